//! What can go wrong with a call, and the rules that make the proxy (microburst) let it happen. Not here: which runs the
//! faults happen in.

use serde_json::{Value, json};

use super::http;

/// A call that changes something.
#[derive(Debug)]
pub(super) struct Call {
    service: &'static str,
    pub(super) operation: &'static str,
    /// What AWS answers, with its status, when something else is under way; for calls that this is typical of.
    busy: Option<(&'static str, u16)>,
    /// Whether its answer has a body, which can be cut off.
    has_body: bool,
}

impl Call {
    const fn new(service: &'static str, operation: &'static str) -> Self {
        Self { service, operation, busy: None, has_body: true }
    }

    const fn busy(mut self, code: &'static str, status: u16) -> Self {
        self.busy = Some((code, status));
        self
    }

    const fn without_body(mut self) -> Self {
        self.has_body = false;
        self
    }

    /// Whether making it again meets nothing that the first time left. What exists can't be made again, and a batch of
    /// records holds only once.
    fn is_repeatable(&self) -> bool {
        !self.operation.starts_with("Create") && self.operation != "ChangeResourceRecordSets"
    }
}

/// The calls of a deploy from nothing.
pub(super) const CREATING: [Call; 16] = [
    Call::new("route53", "CreateHostedZone"),
    Call::new("route53", "CreateHealthCheck"),
    Call::new("route53", "ChangeTagsForResource"),
    Call::new("route53", "ChangeResourceRecordSets").busy("PriorRequestNotComplete", 400),
    Call::new("dynamodb", "CreateTable"),
    Call::new("dynamodb", "UpdateTimeToLive").busy("ResourceInUseException", 400),
    Call::new("dynamodb", "UpdateTable").busy("ResourceInUseException", 400),
    Call::new("dynamodb", "TagResource").without_body(),
    Call::new("rds", "CreateGlobalCluster"),
    Call::new("rds", "CreateDBCluster").busy("InvalidGlobalClusterStateFault", 400),
    Call::new("rds", "CreateDBInstance").busy("InvalidDBClusterStateFault", 400),
    Call::new("iam", "CreateRole"),
    Call::new("iam", "PutRolePolicy").busy("NoSuchEntity", 404),
    Call::new("s3", "CreateBucket").without_body().busy("OperationAborted", 409),
    Call::new("s3", "PutBucketVersioning").without_body().busy("NoSuchBucket", 404),
    Call::new("s3", "PutBucketReplication").without_body().busy("OperationAborted", 409),
];

/// Those that an edit adds.
pub(super) const EDITING: [Call; 8] = [
    Call::new("route53", "UpdateHostedZoneComment"),
    Call::new("route53", "UpdateHealthCheck"),
    Call::new("route53", "ChangeResourceRecordSets"),
    Call::new("dynamodb", "UpdateTimeToLive"),
    Call::new("dynamodb", "UpdateTable"),
    Call::new("rds", "ModifyGlobalCluster"),
    Call::new("rds", "ModifyDBCluster"),
    Call::new("rds", "ModifyDBInstance"),
];

/// The calls of destroying.
pub(super) const DELETING: [Call; 15] = [
    Call::new("route53", "ChangeResourceRecordSets"),
    Call::new("route53", "DeleteHealthCheck"),
    Call::new("route53", "DeleteHostedZone"),
    Call::new("dynamodb", "UpdateTable"),
    Call::new("dynamodb", "DeleteTable"),
    Call::new("rds", "RemoveFromGlobalCluster"),
    Call::new("rds", "ModifyDBCluster"),
    Call::new("rds", "DeleteDBInstance"),
    Call::new("rds", "DeleteDBCluster"),
    Call::new("rds", "ModifyGlobalCluster"),
    Call::new("rds", "DeleteGlobalCluster"),
    Call::new("iam", "DeleteRolePolicy"),
    Call::new("iam", "DeleteRole"),
    Call::new("s3", "DeleteBucketReplication").without_body(),
    Call::new("s3", "DeleteBucket").without_body(),
];

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The call is made, its answer does not arrive, and the SDK makes it again.
    Lost,
    /// The first attempt is answered with an internal error and nothing is done.
    Failed,
    /// The connection of the first attempt is reset before anything is done.
    Reset,
    /// The first two attempts are throttled.
    Throttled,
    /// Twice something else is under way, which the SDK does not know as a reason to try again.
    Busy,
    /// It is not allowed, however often it is made.
    Refused,
    /// The call is made and the program is killed before it hears of it.
    Killed,
}

impl Fault {
    pub(super) const ALL: [Fault; 7] = [
        Fault::Lost,
        Fault::Failed,
        Fault::Reset,
        Fault::Throttled,
        Fault::Busy,
        Fault::Refused,
        Fault::Killed,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Fault::Lost => "lost",
            Fault::Failed => "failed",
            Fault::Reset => "reset",
            Fault::Throttled => "throttled",
            Fault::Busy => "busy",
            Fault::Refused => "refused",
            Fault::Killed => "killed",
        }
    }

    /// Whether a single run must get over it.
    pub(super) fn is_survivable(self, call: &Call) -> bool {
        match self {
            Fault::Failed | Fault::Reset | Fault::Throttled | Fault::Busy => true,
            Fault::Lost => call.is_repeatable(),
            Fault::Refused | Fault::Killed => false,
        }
    }

    /// The proxy's rule; none if this does not happen to this call.
    fn rule(self, call: &Call) -> Option<Value> {
        let mut rule = match self {
            // What has no body can't be cut off. A length that is none makes the proxy itself answer with 500 then.
            Fault::Lost if !call.has_body => {
                json!({ "times": 1, "response": { "set_headers": { "Content-Length": "none" } } })
            }
            Fault::Lost => json!({ "times": 1, "response": { "abort_bytes": 0 } }),
            Fault::Failed => json!({ "times": 1, "error": { "code": "InternalFailure", "status": 500 } }),
            Fault::Reset => json!({ "times": 1, "reset": true }),
            Fault::Throttled => {
                let (code, status) = match call.service {
                    "dynamodb" => ("ThrottlingException", 400),
                    "s3" => ("SlowDown", 503),
                    _ => ("Throttling", 400),
                };
                json!({ "times": 2, "error": { "code": code, "status": status } })
            }
            Fault::Busy => {
                let (code, status) = call.busy?;
                json!({ "times": 2, "error": { "code": code, "status": status } })
            }
            Fault::Refused => json!({ "error": { "code": "AccessDenied", "status": 403 } }),
            // Some bytes an hour: the answer is on its way for longer than the program lives.
            Fault::Killed => json!({ "response": { "bandwidth_kbps": 0.0001 } }),
        };
        rule["service"] = call.service.into();
        // The SDK leaves out the slash at the end of this one's path, and the proxy does not know it without.
        if call.operation == "ChangeResourceRecordSets" {
            rule["body"] = "ChangeResourceRecordSetsRequest".into();
        } else {
            rule["operation"] = call.operation.into();
        }
        Some(rule)
    }
}

/// The proxy's rules.
pub(super) struct Rules {
    pub(super) port: u16,
}

impl Rules {
    /// Lets a fault happen to a call from now on; false if it does not happen to this call.
    pub(super) fn set(&self, fault: Fault, call: &Call) -> Result<bool, String> {
        match fault.rule(call) {
            Some(rule) => self.replace(&json!([rule])).map(|()| true),
            None => Ok(false),
        }
    }

    /// Cuts a region off.
    pub(super) fn cut_off(&self, region: &str) -> Result<(), String> {
        self.replace(&json!([{ "service": "*", "region": region, "reset": true }]))
    }

    /// Lets nothing happen any more.
    pub(super) fn clear(&self) -> Result<(), String> {
        self.replace(&json!([]))
    }

    fn replace(&self, rules: &Value) -> Result<(), String> {
        http::send(self.port, "DELETE", "/_microburst/fired", &[], "")?;
        let headers = [("Content-Type", "application/json")];
        http::send(self.port, "POST", "/_microburst/rules", &headers, &rules.to_string()).map(drop)
    }

    /// Whether a rule has applied since it was set.
    pub(super) fn have_applied(&self) -> Result<bool, String> {
        let fired = http::send(self.port, "GET", "/_microburst/fired", &[], "")?;
        Ok(fired.trim() != "[]")
    }
}
