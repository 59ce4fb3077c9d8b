//! Throttling: an account's token buckets, by service, operation and region. Not here: limits on how much there may be, which are
//! the services' own.

use std::collections::BTreeMap;

use crate::fault::ApiError;
use crate::request::Request;

/// A bucket holds so many tokens at most, and so many come back in a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// What it holds when it is full.
    pub burst: f64,
    /// What comes back in a second.
    pub per_second: f64,
}

/// Buckets of Route 53, as published (Developer Guide, "Throttling for Amazon Route 53 API requests"): for all calls of an
/// account, and for an operation. What is not listed has a bucket of its own which is no smaller than the one for all.
const ROUTE_53: [(&str, f64, f64); 12] = [
    ("", 50.0, 10.0),
    ("AssociateVPCWithHostedZone", 20.0, 5.0),
    ("ChangeCidrCollection", 40.0, 5.0),
    ("CreateCidrCollection", 40.0, 5.0),
    ("CreateHealthCheck", 50.0, 0.5),
    ("CreateHostedZone", 40.0, 2.0),
    ("DeleteCidrCollection", 40.0, 5.0),
    ("DeleteHealthCheck", 15.0, 3.0),
    ("DeleteHostedZone", 40.0, 5.0),
    ("DisassociateVPCFromHostedZone", 10.0, 5.0),
    ("GetHealthCheckLastFailureReason", 4.0, 1.0),
    ("GetHealthCheckStatus", 4.0, 1.0),
];

/// How often an account may call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rates {
    /// By service and operation; without an operation, for all of the service's in a region together.
    calls: BTreeMap<(String, String), Rate>,
    /// For changes of record sets, each of a batch by itself.
    changes: Option<Rate>,
}

impl Rates {
    /// What AWS publishes: the buckets of Route 53. For record changes there is one too, whose size it does not publish.
    pub fn published() -> Self {
        ROUTE_53.iter().fold(Self::default(), |rates, (operation, burst, per_second)| {
            rates.with("route53", operation, Rate { burst: *burst, per_second: *per_second })
        })
    }

    /// With a bucket for an operation, or for all of a service's in a region when the operation is empty. The service is named as
    /// in signatures (`dynamodb`).
    #[must_use]
    pub fn with(mut self, service: &str, operation: &str, rate: Rate) -> Self {
        self.calls.insert((service.to_owned(), operation.to_owned()), rate);
        self
    }

    /// With a bucket for changes of record sets. A batch of more than it holds passes when it is full.
    #[must_use]
    pub fn with_record_changes(mut self, rate: Rate) -> Self {
        self.changes = Some(rate);
        self
    }

    /// What is left when somebody else in the account uses up the rest.
    #[must_use]
    pub fn left(mut self, part: f64) -> Self {
        for rate in self.calls.values_mut().chain(&mut self.changes) {
            rate.burst = (rate.burst * part).max(1.0);
            rate.per_second *= part;
        }
        self
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    rate: Rate,
    tokens: f64,
    /// Seconds since the Unix epoch.
    seen: f64,
}

impl Bucket {
    fn full(rate: Rate, now: f64) -> Self {
        Self { rate, tokens: rate.burst, seen: now }
    }

    fn refill(&mut self, now: f64) {
        let refilled = self.tokens + (now - self.seen) * self.rate.per_second;
        *self = Self { tokens: refilled.min(self.rate.burst), seen: now, ..*self };
    }

    /// Whether it has so many tokens; what rounding leaves out is there. One that is asked for more than it holds must be full.
    fn has(&self, tokens: f64) -> bool {
        self.tokens + 1e-6 >= tokens.min(self.rate.burst)
    }
}

/// The buckets as they are.
#[derive(Clone, Debug)]
pub(crate) struct Throttle {
    rates: Rates,
    calls: BTreeMap<(String, String, String), Bucket>,
    changes: Option<Bucket>,
}

impl Throttle {
    /// All buckets are full.
    pub(crate) fn new(rates: Rates) -> Self {
        Self { rates, calls: BTreeMap::new(), changes: None }
    }

    /// Takes the tokens of a call, or none if one of the buckets has too few (that refused calls cost nothing is not verified).
    pub(crate) fn take(&mut self, request: &Request, operation: &str, now: f64) -> Result<(), ApiError> {
        let mut taken = Vec::new();
        for name in [operation, ""] {
            let Some(rate) = self.rates.calls.get(&(request.service.clone(), name.to_owned())) else {
                continue;
            };
            let key = (request.service.clone(), name.to_owned(), request.region.clone());
            let bucket = self.calls.entry(key.clone()).or_insert_with(|| Bucket::full(*rate, now));
            bucket.refill(now);
            if !bucket.has(1.0) {
                return Err(rate_exceeded(&request.service));
            }
            taken.push(key);
        }
        if let Some(rate) = self.rates.changes.filter(|_| operation == "ChangeResourceRecordSets") {
            let bucket = self.changes.get_or_insert_with(|| Bucket::full(rate, now));
            let changes = request.text().matches("<Change>").count() as f64;
            bucket.refill(now);
            if !bucket.has(changes) {
                return Err(rate_exceeded(&request.service));
            }
            bucket.tokens -= changes;
        }
        for key in taken {
            if let Some(bucket) = self.calls.get_mut(&key) {
                bucket.tokens -= 1.0;
            }
        }
        Ok(())
    }
}

/// A service's own word for it (Route 53 Developer Guide, as above; S3's list of error responses; "Common errors" of the other
/// API references). The words of DynamoDB are typical.
fn rate_exceeded(service: &str) -> ApiError {
    match service {
        "s3" => ApiError::new("SlowDown", 503, "Please reduce your request rate."),
        "dynamodb" => {
            ApiError::new("ThrottlingException", 400, "Rate of requests exceeds the allowed throughput.")
        }
        _ => ApiError::new("Throttling", 400, "Rate exceeded"),
    }
}
