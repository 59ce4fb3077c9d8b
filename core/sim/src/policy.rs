//! Identity policies: reading them, and whether they allow something. Not here: what a request needs (`authorize`).
//!
//! The grammar is IAM's (User Guide, "Policy grammar" and "Policy evaluation logic"), as far as it is read here; the rest
//! is refused by name when policies are set, as a statement that is misread is worse than none.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What is asked: an action on a resource under conditions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Need {
    /// `service:Action`.
    pub(crate) action: &'static str,
    /// An ARN, or `*` for actions that have no resource.
    pub(crate) resource: String,
    /// Values of condition keys, by key in lower case.
    pub(crate) context: BTreeMap<String, String>,
}

/// An answer, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

/// The policies of the caller.
#[derive(Clone, Debug)]
pub(crate) struct Policies(Vec<Statement>);

#[derive(Clone, Debug)]
struct Statement {
    allows: bool,
    actions: Vec<String>,
    resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Clone, Debug)]
struct Condition {
    /// Whether `*` and `?` stand for others.
    like: bool,
    /// In lower case.
    key: String,
    values: Vec<String>,
}

impl Policies {
    /// Reads documents; the error says what is wrong or not known.
    pub(crate) fn parse(documents: &[String]) -> Result<Self, String> {
        let mut statements = Vec::new();
        for (number, document) in documents.iter().enumerate() {
            let at = |why: String| format!("policy {}: {why}", number + 1);
            let value: Value = serde_json::from_str(document).map_err(|error| at(error.to_string()))?;
            let document = value.as_object().ok_or_else(|| at("it is not an object".to_owned()))?;
            only(document, &["Version", "Id", "Statement"]).map_err(at)?;
            let version = document.get("Version").and_then(Value::as_str);
            if version != Some("2012-10-17") {
                return Err(at("only version 2012-10-17 is simulated".to_owned()));
            }
            let list = match document.get("Statement") {
                Some(Value::Array(list)) => list.clone(),
                Some(one @ Value::Object(_)) => vec![one.clone()],
                Some(_) | None => return Err(at("it has no Statement".to_owned())),
            };
            for (number, statement) in list.iter().enumerate() {
                let at = |why: String| at(format!("statement {}: {why}", number + 1));
                let statement = statement.as_object().ok_or_else(|| at("it is not an object".to_owned()))?;
                statements.push(Statement::parse(statement).map_err(at)?);
            }
        }
        Ok(Self(statements))
    }

    /// A denial beats whatever allows.
    pub(crate) fn decide(&self, need: &Need) -> Decision {
        let matching = self.0.iter().filter(|statement| statement.matches(need));
        let mut decision = Decision::NotAllowed;
        for statement in matching {
            if !statement.allows {
                return Decision::Denied;
            }
            decision = Decision::Allowed;
        }
        decision
    }
}

impl Statement {
    fn parse(statement: &Map<String, Value>) -> Result<Self, String> {
        only(statement, &["Sid", "Effect", "Action", "Resource", "Condition"])?;
        let allows = match statement.get("Effect").and_then(Value::as_str) {
            Some("Allow") => true,
            Some("Deny") => false,
            Some(_) | None => return Err("its Effect is neither Allow nor Deny".to_owned()),
        };
        let actions = texts(statement, "Action")?;
        if let Some(odd) = actions.iter().find(|action| *action != "*" && !action.contains(':')) {
            return Err(format!("the action {odd} has no service"));
        }
        let resources = texts(statement, "Resource")?;
        if let Some(odd) = resources.iter().find(|arn| *arn != "*" && arn.split(':').count() < 6) {
            return Err(format!("the resource {odd} is not an ARN"));
        }
        let mut conditions = Vec::new();
        let blocks = match statement.get("Condition") {
            Some(Value::Object(blocks)) => Some(blocks),
            Some(_) => return Err("its Condition is not an object".to_owned()),
            None => None,
        };
        for (operator, keys) in blocks.into_iter().flatten() {
            let like = match operator.as_str() {
                // Requests have one value of each key here.
                "StringEquals" | "ForAnyValue:StringEquals" => false,
                "StringLike" => true,
                other => return Err(format!("the condition operator {other} is not simulated")),
            };
            let keys = keys.as_object().ok_or_else(|| format!("{operator} is not an object"))?;
            for key in keys.keys() {
                let values = texts(keys, key)?;
                let key = known_key(key)?;
                conditions.push(Condition { like, key, values });
            }
        }
        Ok(Self { allows, actions, resources, conditions })
    }

    fn matches(&self, need: &Need) -> bool {
        let action = need.action.to_ascii_lowercase();
        self.actions.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &action))
            && self.resources.iter().any(|pattern| matches(pattern, &need.resource))
            && self.conditions.iter().all(|condition| condition.holds(&need.context))
    }
}

impl Condition {
    /// A key that the request doesn't have makes these operators false.
    fn holds(&self, context: &BTreeMap<String, String>) -> bool {
        let Some(value) = context.get(&self.key) else { return false };
        let equal = |wanted: &String| if self.like { matches(wanted, value) } else { wanted == value };
        self.values.iter().any(equal)
    }
}

/// A condition key as contexts have it: keys have no case, also not where they name a tag.
fn known_key(key: &str) -> Result<String, String> {
    let lower = key.to_ascii_lowercase();
    let whole = ["aws:requestedregion", "iam:passedtoservice", "kms:resourcealiases", "kms:viaservice"]
        .contains(&lower.as_str());
    let tag = ["aws:resourcetag/", "aws:requesttag/"].iter().any(|prefix| lower.starts_with(prefix));
    if whole || tag { Ok(lower) } else { Err(format!("the condition key {key} is not simulated")) }
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("{key} is not simulated")),
        None => Ok(()),
    }
}

/// A text or a list of texts.
fn texts(object: &Map<String, Value>, key: &str) -> Result<Vec<String>, String> {
    let list = match object.get(key) {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    let texts: Option<Vec<String>> = list.iter().map(|value| value.as_str().map(str::to_owned)).collect();
    let texts = texts.filter(|texts| !texts.is_empty()).ok_or_else(|| format!("it has no {key}"))?;
    match texts.iter().find(|text| text.contains("${")) {
        Some(text) => Err(format!("policy variables, as in {text}, are not simulated")),
        None => Ok(texts),
    }
}

/// Whether a text has the form of a pattern: `*` stands for any text, `?` for any character.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut from) = (0, 0);
    // Where the last star was, and how much it stands for so far.
    let mut star: Option<(usize, usize)> = None;
    while from < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(character) if *character == '?' || *character == text[from] => {
                at += 1;
                from += 1;
            }
            Some(_) | None => match star {
                Some((star_at, covered)) => {
                    star = Some((star_at, covered + 1));
                    at = star_at + 1;
                    from = covered + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(action: &'static str, resource: &str, context: &[(&str, &str)]) -> Need {
        let context = context.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Need { action, resource: resource.to_owned(), context }
    }

    #[test]
    fn patterns() {
        let cases = [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*b*", "abc", true),
            ("a*b*c", "aXbYbZc", true),
            ("abc", "ABC", false),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn decisions() {
        let policy = r#"{"Version": "2012-10-17", "Statement": [
            {"Sid": "a", "Effect": "Allow", "Action": ["s3:get*", "s3:ListBucket"], "Resource": "arn:aws:s3:::b*"},
            {"Effect": "Allow", "Action": "rds:*", "Resource": "*",
             "Condition": {"StringEquals": {"aws:RequestedRegion": ["eu-west-1", "us-east-1"]},
                           "StringLike": {"AWS:ResourceTag/Stack": "shop-*"}}},
            {"Effect": "Deny", "Action": "*:Delete*", "Resource": "*"},
            {"Effect": "Allow", "Action": "rds:DeleteDBCluster", "Resource": "*"}]}"#;
        let policies = Policies::parse(&[policy.to_owned()]).unwrap();
        let (bucket, cluster) = ("arn:aws:s3:::bucket", "arn:aws:rds:eu-west-1:1:cluster:c");
        let (here, there) = (("aws:requestedregion", "eu-west-1"), ("aws:requestedregion", "eu-west-2"));
        let (ours, other) = (("aws:resourcetag/stack", "shop-1"), ("aws:resourcetag/stack", "Shop-1"));
        let cases = [
            (need("s3:GetObject", "arn:aws:s3:::bucket/k", &[]), Decision::Allowed),
            (need("s3:ListBucket", bucket, &[]), Decision::Allowed),
            (need("s3:ListBucketVersions", bucket, &[]), Decision::NotAllowed),
            (need("s3:GetObject", "arn:aws:s3:::other/k", &[]), Decision::NotAllowed),
            (need("rds:ModifyDBCluster", cluster, &[here, ours]), Decision::Allowed),
            (need("rds:ModifyDBCluster", cluster, &[there, ours]), Decision::NotAllowed),
            (need("rds:ModifyDBCluster", cluster, &[here, other]), Decision::NotAllowed),
            (need("rds:ModifyDBCluster", cluster, &[here]), Decision::NotAllowed),
            (need("rds:DeleteDBCluster", cluster, &[here, ours]), Decision::Denied),
            (need("iam:CreateRole", "*", &[]), Decision::NotAllowed),
        ];
        for (need, expected) in cases {
            assert_eq!(policies.decide(&need), expected, "{need:?}");
        }
    }

    #[test]
    fn what_is_not_read_is_refused_by_name() {
        let cases = [
            (r#"{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}"#, "NotAction"),
            (r#"{"Effect": "Allow", "Action": "s3:*", "NotResource": "*"}"#, "NotResource"),
            (r#"{"Effect": "Allow", "Action": "s3:*"}"#, "no Resource"),
            (r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": []}"#, "its Condition"),
            (r#"{"Effect": "Allow", "Action": "s3", "Resource": "*"}"#, "the action s3"),
            (r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "bucket"}"#, "the resource bucket"),
            (r#"{"Effect": "allow", "Action": "s3:*", "Resource": "*"}"#, "Effect"),
            (
                r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::${aws:username}"}"#,
                "${aws:username}",
            ),
            (
                r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                   "Condition": {"Bool": {"aws:SecureTransport": "true"}}}"#,
                "the condition operator Bool",
            ),
            (
                r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                   "Condition": {"StringLike": {"s3:prefix": "a"}}}"#,
                "the condition key s3:prefix",
            ),
        ];
        for (statement, expected) in cases {
            let document = format!(r#"{{"Version": "2012-10-17", "Statement": {statement}}}"#);
            let error = Policies::parse(&[document]).unwrap_err();
            assert!(error.starts_with("policy 1: statement 1: ") && error.contains(expected), "{error}");
        }
    }
}
