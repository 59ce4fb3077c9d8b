//! Every problem a topology can have, as data; its words live in `Display` and [`Problem::help`] and nowhere else.
//! Not here: how problems are found (`check`) and the pages that explain their codes ([`crate::ExplainPage`]).

use std::fmt;

use crate::code::Code;
use crate::diagnostic::Severity;

/// A problem. Messages are lower case, without a final period, and name what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of a variant are the words of its message")]
pub enum Problem {
    /// The tokens don't follow the grammar.
    Syntax { expected: String },
    /// A keyword that starts no item.
    UnknownItem { word: String, suggestion: Option<String> },
    /// A key that the item doesn't have.
    UnknownKey { key: String, item: String, known: Vec<String>, suggestion: Option<String> },
    /// A key that the item must have.
    MissingKey { key: String, item: String, example: String },
    /// A key given twice.
    DuplicateKey { key: String },
    /// A value of a form that the key doesn't take.
    WrongValue { key: String, expected: String },
    /// Part of the language's plan, not built yet.
    Unsupported { what: String, instead: String },

    /// No such region of AWS.
    UnknownRegion { code: String, suggestion: Option<String> },
    /// Regions of two partitions.
    MixedPartitions { code: String, partition: String, expected: String },
    /// A region declared twice.
    DuplicateRegion { code: String },
    /// A label used twice.
    DuplicateLabel { kind: String, label: String },
    /// Not an account id.
    BadAccount { account: String },
    /// A region label that the topology doesn't declare.
    UndeclaredRegion { label: String, declared: Vec<String>, suggestion: Option<String> },
    /// Fewer than two regions.
    TooFewRegions,
    /// An item that is referred to and not declared.
    UnknownReference { kind: String, label: String, suggestion: Option<String> },
    /// A template that can't be expanded.
    BadTemplate { template: String, reason: String },
    /// A region that accounts must enable.
    OptInRegion { code: String },
    /// Two resources with one name.
    DuplicateName { what: String, name: String },
    /// Not a label.
    BadLabel { label: String, reason: String },
    /// A region listed twice in one set.
    RepeatedRegion { label: String },

    /// Not a zone's name.
    BadZoneName { name: String, reason: String },
    /// A comment that Route 53 does not take.
    BadZoneComment { reason: String },
    /// Two zones of one name.
    DuplicateZone { name: String },

    /// Not a record's name.
    BadRecordName { name: String, reason: String },
    /// A CNAME where the zone begins.
    CnameAtApex { zone: String },
    /// A CNAME next to another type.
    CnameConflict { name: String },
    /// A value that doesn't fit the type.
    BadRecordValue { record_type: String, value: String, reason: String },
    /// An alias with a TTL.
    AliasWithTtl,
    /// A TTL out of range.
    BadTtl { ttl: u64 },
    /// A region twice in one latency group.
    DuplicateLatencyRegion { label: String },
    /// The same name and type twice.
    DuplicateRecord { name: String, record_type: String },
    /// A region that Route 53 takes no latency records for.
    NoLatencyRecords { code: String },
    /// An alias target whose zone isn't known.
    UnknownAliasTarget { name: String },
    /// A health check on a simple record.
    HealthCheckOnSimple,
    /// A type that can't be an alias of AWS names.
    AliasType { record_type: String },
    /// A latency member that nothing takes out.
    NoHealthSignal { label: String },
    /// An alias to a load balancer of another region.
    AliasOtherRegion { name: String, target: String, record: String },
    /// A latency group that forgets a region.
    LatencyForgetsRegion { labels: Vec<String> },
    /// A latency group of one.
    LonelyLatency,
    /// NS records of the zone itself.
    ApexNameServers { zone: String },
    /// Following the health of what has none.
    NoTargetHealth,
    /// The number of values.
    ValueCount { count: usize, limit: usize },
    /// A value given twice.
    DuplicateValue { value: String },
    /// A load balancer without a region.
    LoadBalancerWithoutRegion,

    /// An interval that Route 53 doesn't have.
    BadInterval { interval: u64 },
    /// A threshold out of range.
    BadThreshold { threshold: u64 },
    /// Not an endpoint.
    BadEndpoint { endpoint: String, reason: String },
    /// A check that asks the record it decides about.
    ProbesOwnRecord { name: String },

    /// Not a table's name.
    BadTableName { name: String, reason: String },
    /// Not a key type.
    BadKeyType { key_type: String, attribute: String },
    /// Not a key attribute.
    BadKeyAttribute { attribute: String, reason: String },
    /// TTL on a key.
    TtlIsKey { attribute: String },
    /// A set without regions.
    NoRegions { what: String },

    /// Not an identifier of RDS.
    BadIdentifier { identifier: String, reason: String },
    /// No such engine.
    UnknownEngine { engine: String, suggestion: Option<String> },
    /// The primary among the secondaries.
    PrimaryIsSecondary { label: String },
    /// The number of secondaries.
    SecondaryCount { count: usize },
    /// The number of instances.
    InstanceCount { count: u64, most: u64 },
    /// A class that global databases refuse.
    BadInstanceClass { class: String, reason: String },
    /// Not a version of the engine.
    BadEngineVersion { version: String, example: String },
    /// Not a user or database name.
    BadDatabaseName { what: String, name: String, reason: String },
    /// Days out of range.
    BadRetention { days: u64 },
    /// A region that AWS's list of global database regions lacks.
    UnverifiedGlobalRegion { code: String },
    /// A single instance.
    SingleInstance,

    /// Not a bucket's name.
    BadBucketName { name: String, reason: String },
    /// A mirror of one.
    LonelyMirror,
    /// Dots in a bucket's name.
    DottedBucket { name: String },
}

/// `, did you mean `x`?` or nothing.
fn suggest(suggestion: Option<&String>) -> String {
    suggestion.map(|word| format!(", did you mean `{word}`?")).unwrap_or_default()
}

fn list(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use Problem::*;
        match self {
            Syntax { expected } => write!(f, "expected {expected}"),
            UnknownItem { word, suggestion } => {
                write!(f, "unknown item `{word}`{}", suggest(suggestion.as_ref()))
            }
            UnknownKey { key, item, known: _, suggestion } => {
                write!(f, "{item} has no key `{key}`{}", suggest(suggestion.as_ref()))
            }
            MissingKey { key, item, example: _ } => write!(f, "{item} lacks the key `{key}`"),
            DuplicateKey { key } => write!(f, "the key `{key}` is given twice"),
            WrongValue { key, expected } => write!(f, "`{key}` takes {expected}"),
            Unsupported { what, instead: _ } => write!(f, "{what} is not supported yet"),

            UnknownRegion { code, suggestion } => {
                write!(f, "unknown region `{code}`{}", suggest(suggestion.as_ref()))
            }
            MixedPartitions { code, partition, expected } => {
                write!(
                    f,
                    "region {code} is in partition {partition}, the regions before it are in {expected}"
                )
            }
            DuplicateRegion { code } => write!(f, "region {code} is declared twice"),
            DuplicateLabel { kind, label } => write!(f, "the {kind} label `{label}` is used twice"),
            BadAccount { account } => write!(f, "`{account}` is not an AWS account id"),
            UndeclaredRegion { label, declared: _, suggestion } => {
                write!(f, "region `{label}` is not declared{}", suggest(suggestion.as_ref()))
            }
            TooFewRegions => write!(f, "an active-active topology has at least two regions"),
            UnknownReference { kind, label, suggestion } => {
                write!(f, "no {kind} `{label}` is declared{}", suggest(suggestion.as_ref()))
            }
            BadTemplate { template, reason } => write!(f, "`{template}` can't be expanded: {reason}"),
            OptInRegion { code } => write!(f, "region {code} is off until the account enables it"),
            DuplicateName { what, name } => write!(f, "two {what} would be named `{name}`"),
            BadLabel { label, reason } => write!(f, "`{label}` can't be a label: {reason}"),
            RepeatedRegion { label } => write!(f, "region `{label}` is listed twice"),

            BadZoneName { name, reason } => write!(f, "`{name}` is not a hosted zone's name: {reason}"),
            BadZoneComment { reason } => write!(f, "this can't be a zone's comment: {reason}"),
            DuplicateZone { name } => write!(f, "two zones are named {name}"),

            BadRecordName { name, reason } => write!(f, "`{name}` is not a record's name: {reason}"),
            CnameAtApex { zone } => write!(f, "a CNAME is not permitted at the apex of {zone}"),
            CnameConflict { name } => write!(f, "{name} has a CNAME and a record of another type"),
            BadRecordValue { record_type, value, reason } => {
                write!(f, "`{value}` is not a value of a record of type {record_type}: {reason}")
            }
            AliasWithTtl => write!(f, "an alias record has no ttl of its own"),
            BadTtl { ttl } => write!(f, "a ttl of {ttl} s is out of range"),
            DuplicateLatencyRegion { label } => {
                write!(f, "a latency record for region `{label}` already exists in this group")
            }
            DuplicateRecord { name, record_type } => {
                write!(f, "{name} of type {record_type} is declared twice")
            }
            NoLatencyRecords { code } => write!(f, "Route 53 has no latency records for region {code}"),
            UnknownAliasTarget { name } => {
                write!(f, "no hosted-zone id is known for the alias target `{name}`")
            }
            HealthCheckOnSimple => write!(f, "a health check needs a routing policy other than simple"),
            AliasType { record_type } => write!(f, "an alias of an AWS name can't have type {record_type}"),
            NoHealthSignal { label } => {
                write!(f, "nothing takes the answer for region `{label}` out when it fails")
            }
            AliasOtherRegion { name, target, record } => {
                write!(f, "`{name}` is in {target}, the record is for {record}")
            }
            LatencyForgetsRegion { labels } => {
                write!(f, "the latency group has no answer for {}", list(labels))
            }
            LonelyLatency => write!(f, "a latency group of one region gives no choice"),
            ApexNameServers { zone } => write!(f, "the NS records of {zone} itself are Route 53's"),
            NoTargetHealth => write!(f, "evaluate_target_health must be false for a CloudFront distribution"),
            ValueCount { count, limit } => write!(f, "{count} values where Route 53 takes 1 to {limit}"),
            DuplicateValue { value } => write!(f, "the value `{value}` is given twice"),
            LoadBalancerWithoutRegion => write!(f, "the load balancer's region is missing"),

            BadInterval { interval } => write!(f, "an interval of {interval} s does not exist"),
            BadThreshold { threshold } => write!(f, "a failure threshold of {threshold} is out of range"),
            BadEndpoint { endpoint, reason } => write!(f, "`{endpoint}` can't be checked: {reason}"),
            ProbesOwnRecord { name } => {
                write!(f, "the health check asks {name}, whose answer it decides about")
            }

            BadTableName { name, reason } => write!(f, "`{name}` is not a table's name: {reason}"),
            BadKeyType { key_type, attribute } => {
                write!(f, "key attribute `{attribute}` can't have type `{key_type}`")
            }
            BadKeyAttribute { attribute, reason } => {
                write!(f, "`{attribute}` can't be a key attribute: {reason}")
            }
            TtlIsKey { attribute } => write!(f, "the ttl attribute `{attribute}` is a key of type S or B"),
            NoRegions { what } => write!(f, "{what} has no region"),

            BadIdentifier { identifier, reason } => {
                write!(f, "`{identifier}` is not an RDS identifier: {reason}")
            }
            UnknownEngine { engine, suggestion } => {
                write!(f, "unknown engine `{engine}`{}", suggest(suggestion.as_ref()))
            }
            PrimaryIsSecondary { label } => write!(f, "region `{label}` is the primary's"),
            SecondaryCount { count } => write!(f, "{count} secondaries where a global database has 1 to 10"),
            InstanceCount { count, most } => {
                write!(f, "{count} instances where a member of this database has 1 to {most}")
            }
            BadInstanceClass { class, reason } => write!(f, "instance class {class} can't be used: {reason}"),
            BadEngineVersion { version, example: _ } => {
                write!(f, "`{version}` is not a version of this engine")
            }
            BadDatabaseName { what, name, reason } => write!(f, "`{name}` is not a {what}: {reason}"),
            BadRetention { days } => write!(f, "backups can't be kept for {days} days"),
            UnverifiedGlobalRegion { code } => {
                write!(f, "AWS's list of Aurora Global Database regions does not name {code}")
            }
            SingleInstance => write!(f, "one instance per member leaves no local failover"),

            BadBucketName { name, reason } => write!(f, "`{name}` is not a bucket's name: {reason}"),
            LonelyMirror => write!(f, "a mirror needs at least two regions"),
            DottedBucket { name } => write!(f, "the dots in `{name}` break TLS for virtual-hosted access"),
        }
    }
}

impl Problem {
    /// How bad it is.
    pub fn severity(&self) -> Severity {
        use Problem::*;
        match self {
            OptInRegion { .. }
            | DuplicateZone { .. }
            | NoHealthSignal { .. }
            | AliasOtherRegion { .. }
            | LatencyForgetsRegion { .. }
            | LonelyLatency
            | ProbesOwnRecord { .. }
            | TtlIsKey { .. }
            | UnverifiedGlobalRegion { .. }
            | SingleInstance
            | DottedBucket { .. } => Severity::Warning,
            Syntax { .. }
            | UnknownItem { .. }
            | UnknownKey { .. }
            | MissingKey { .. }
            | DuplicateKey { .. }
            | WrongValue { .. }
            | Unsupported { .. }
            | UnknownRegion { .. }
            | MixedPartitions { .. }
            | DuplicateRegion { .. }
            | DuplicateLabel { .. }
            | BadAccount { .. }
            | UndeclaredRegion { .. }
            | TooFewRegions
            | UnknownReference { .. }
            | BadTemplate { .. }
            | DuplicateName { .. }
            | BadLabel { .. }
            | RepeatedRegion { .. }
            | BadZoneName { .. }
            | BadZoneComment { .. }
            | BadRecordName { .. }
            | CnameAtApex { .. }
            | CnameConflict { .. }
            | BadRecordValue { .. }
            | AliasWithTtl
            | BadTtl { .. }
            | DuplicateLatencyRegion { .. }
            | DuplicateRecord { .. }
            | NoLatencyRecords { .. }
            | UnknownAliasTarget { .. }
            | HealthCheckOnSimple
            | AliasType { .. }
            | ApexNameServers { .. }
            | NoTargetHealth
            | ValueCount { .. }
            | DuplicateValue { .. }
            | LoadBalancerWithoutRegion
            | BadInterval { .. }
            | BadThreshold { .. }
            | BadEndpoint { .. }
            | BadTableName { .. }
            | BadKeyType { .. }
            | BadKeyAttribute { .. }
            | NoRegions { .. }
            | BadIdentifier { .. }
            | UnknownEngine { .. }
            | PrimaryIsSecondary { .. }
            | SecondaryCount { .. }
            | InstanceCount { .. }
            | BadInstanceClass { .. }
            | BadEngineVersion { .. }
            | BadDatabaseName { .. }
            | BadRetention { .. }
            | BadBucketName { .. }
            | LonelyMirror => Severity::Error,
        }
    }

    /// The code that `explain` takes. The hundreds digit is the subject: 0 language, 1 topology, 2 zones, 3 records,
    /// 4 health checks, 5 tables, 6 clusters, 7 buckets. Numbers are never reused.
    pub fn code(&self) -> Code {
        use Problem::*;
        Code(match self {
            Syntax { .. } => 1,
            UnknownItem { .. } => 2,
            UnknownKey { .. } => 3,
            MissingKey { .. } => 4,
            DuplicateKey { .. } => 5,
            WrongValue { .. } => 6,
            Unsupported { .. } => 7,
            UnknownRegion { .. } => 101,
            MixedPartitions { .. } => 102,
            DuplicateRegion { .. } => 103,
            DuplicateLabel { .. } => 104,
            BadAccount { .. } => 105,
            UndeclaredRegion { .. } => 106,
            TooFewRegions => 107,
            UnknownReference { .. } => 108,
            BadTemplate { .. } => 109,
            OptInRegion { .. } => 110,
            DuplicateName { .. } => 111,
            RepeatedRegion { .. } => 112,
            BadLabel { .. } => 113,
            BadZoneName { .. } => 201,
            DuplicateZone { .. } => 202,
            BadZoneComment { .. } => 203,
            BadRecordName { .. } => 301,
            CnameAtApex { .. } => 302,
            CnameConflict { .. } => 303,
            BadRecordValue { .. } => 304,
            AliasWithTtl => 305,
            BadTtl { .. } => 306,
            DuplicateLatencyRegion { .. } => 307,
            DuplicateRecord { .. } => 308,
            NoLatencyRecords { .. } => 309,
            UnknownAliasTarget { .. } => 310,
            HealthCheckOnSimple => 311,
            AliasType { .. } => 312,
            NoHealthSignal { .. } => 313,
            AliasOtherRegion { .. } => 314,
            LatencyForgetsRegion { .. } => 315,
            LonelyLatency => 316,
            NoTargetHealth => 317,
            ValueCount { .. } => 318,
            DuplicateValue { .. } => 319,
            LoadBalancerWithoutRegion => 320,
            ApexNameServers { .. } => 321,
            BadInterval { .. } => 401,
            BadThreshold { .. } => 402,
            BadEndpoint { .. } => 403,
            ProbesOwnRecord { .. } => 404,
            BadTableName { .. } => 501,
            BadKeyType { .. } => 502,
            BadKeyAttribute { .. } => 503,
            TtlIsKey { .. } => 504,
            NoRegions { .. } => 505,
            BadIdentifier { .. } => 601,
            UnknownEngine { .. } => 602,
            PrimaryIsSecondary { .. } => 603,
            SecondaryCount { .. } => 604,
            InstanceCount { .. } => 605,
            BadInstanceClass { .. } => 606,
            BadEngineVersion { .. } => 607,
            BadDatabaseName { .. } => 608,
            BadRetention { .. } => 609,
            UnverifiedGlobalRegion { .. } => 610,
            SingleInstance => 611,
            BadBucketName { .. } => 701,
            LonelyMirror => 702,
            DottedBucket { .. } => 703,
        })
    }
}

impl Problem {
    /// How to fix it: particular where the problem has particulars, else the fix of the code's page.
    pub fn help(&self) -> String {
        use Problem::*;
        let page_fix =
            || crate::ExplainPage::of(self.code()).map(|page| page.fix.to_owned()).unwrap_or_default();
        #[expect(clippy::wildcard_enum_match_arm, reason = "every other problem's help is its page's fix")]
        match self {
            UnknownKey { known, .. } => format!("its keys are {}", list(known)),
            MissingKey { example, .. } => format!("add `{example}`"),
            Unsupported { instead, .. } => instead.clone(),
            UndeclaredRegion { declared, .. } => {
                format!("declare it in `regions`, or use one of {}", list(declared))
            }
            BadEngineVersion { example, .. } => format!("write a version such as \"{example}\""),
            AliasWithTtl => "remove the ttl: Route 53 uses the one of the alias target".to_owned(),
            _ => page_fix(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of each, by code, for the house rules about words.
    #[test]
    fn every_code_has_a_page_and_messages_keep_the_house_style() {
        let samples = [
            Problem::Syntax { expected: "`:`".into() },
            Problem::UnknownItem { word: "tabel".into(), suggestion: Some("table".into()) },
            Problem::CnameAtApex { zone: "example.com".into() },
            Problem::AliasWithTtl,
            Problem::LonelyMirror,
        ];
        for problem in samples {
            let message = problem.to_string();
            assert!(!message.ends_with('.'), "{message}");
            assert!(!problem.help().is_empty(), "{message}");
            assert!(crate::ExplainPage::of(problem.code()).is_some(), "{message}");
        }
    }
}
