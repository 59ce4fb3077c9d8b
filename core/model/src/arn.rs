//! References to things on AWS: keys, alarms, functions by ARN. Not here: which of them an item takes.

use crate::region::Region;
use crate::text::every;

/// An ARN in parts: `arn:partition:service:region:account:resource`.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) struct Arn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// The parts of a text, if it is an ARN.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (Some("arn"), Some(partition), Some(service), Some(region), Some(account), Some(resource)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        Some(Arn { partition, service, region, account, resource })
    }

    /// That it names something of a service in a region and its partition.
    pub(crate) fn check(self, service: &str, region: Region) -> Result<(), String> {
        let partition = region.info().partition.id();
        if self.service != service {
            return Err(format!("it is an ARN of {}, not of {service}", self.service));
        }
        if self.partition != partition {
            return Err(format!("{} is in partition {partition}, not in {}", region.code(), self.partition));
        }
        if self.region != region.code() {
            return Err(format!("it is in {}, not in {}", self.region, region.code()));
        }
        if self.account.len() != 12 || !every(self.account, u8::is_ascii_digit) {
            return Err("its account is not twelve digits".to_owned());
        }
        Ok(())
    }
}

/// Whether a text is the id that EC2 gave to something: its prefix, as in `vpc-`, with 8 or 17 hexadecimal digits.
pub(crate) fn is_ec2_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|id| matches!(id.len(), 8 | 17) && every(id, u8::is_ascii_hexdigit))
}

/// A KMS key that something in a region can use: an ARN, a key id or an alias (KMS API, `KeyId` and `AliasName`).
pub(crate) fn check_key(key: &str, region: Region) -> Result<(), String> {
    let resource = match Arn::parse(key) {
        Some(arn) => {
            arn.check("kms", region)?;
            arn.resource
        }
        None => key,
    };
    if let Some(alias) = resource.strip_prefix("alias/") {
        return check_alias(alias);
    }
    let id = match resource.strip_prefix("key/") {
        Some(id) if resource != key => id,
        // An ARN names a key as `key/..`; a bare id has no such word.
        _ if resource != key => {
            return Err("an ARN of a key ends in `key/` and its id, or in an alias".to_owned());
        }
        _ => key,
    };
    check_id(id)
}

fn check_alias(alias: &str) -> Result<(), String> {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b":/_-".contains(byte);
    if alias.is_empty() || alias.len() > 250 || !every(alias, allowed) {
        return Err("an alias is `alias/` and up to 250 letters, digits and : / _ -".to_owned());
    }
    if alias.starts_with("aws/") {
        return Err("aliases that begin with `alias/aws/` are AWS's own; leave the key out".to_owned());
    }
    Ok(())
}

fn check_id(id: &str) -> Result<(), String> {
    let hex = |text: &str| every(text, u8::is_ascii_hexdigit);
    let is_uuid =
        id.len() == 36 && id.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && id.split('-').all(hex);
    let is_multi_region = id.strip_prefix("mrk-").is_some_and(|rest| rest.len() == 32 && hex(rest));
    if is_uuid || is_multi_region {
        return Ok(());
    }
    Err("a key is an ARN, an alias as in `alias/orders`, or an id as KMS gives them".to_owned())
}

/// The ARN of a KMS key, or of its alias, that is named by its ARN, its id or its alias.
#[cfg(feature = "runtime")]
pub fn key_arn(partition: crate::region::Partition, region: &str, account: &str, name: &str) -> String {
    let prefix = format!("arn:{partition}:kms:{region}:{account}:");
    match name {
        arn if arn.starts_with("arn:") => name.to_owned(),
        alias if alias.starts_with("alias/") => format!("{prefix}{alias}"),
        id => format!("{prefix}key/{id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let region = Region::from_code("eu-west-1").unwrap();
        let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
        let of = |region: &str| format!("arn:aws:kms:{region}:123456789012:key/{id}");
        for good in [id, "alias/orders", "mrk-1234abcd12ab34cd56ef1234567890ab", &of("eu-west-1")] {
            assert_eq!(check_key(good, region), Ok(()), "{good}");
        }
        assert_eq!(check_key("arn:aws:kms:eu-west-1:123456789012:alias/orders", region), Ok(()));
        let bad =
            ["", "orders", "alias/", "alias/aws/s3", "alias/a b", &format!("key/{id}"), &of("us-east-1")];
        for bad in bad {
            assert!(check_key(bad, region).is_err(), "{bad}");
        }
        assert!(check_key(&of("eu-west-1").replace(":aws:", ":aws-cn:"), region).is_err());
        assert!(check_key(&of("eu-west-1").replace("kms", "s3"), region).is_err());
        assert!(check_key(&of("eu-west-1").replace("123456789012", "1"), region).is_err());
        assert!(check_key(&of("eu-west-1").replace("key/", ""), region).is_err());
    }
}
