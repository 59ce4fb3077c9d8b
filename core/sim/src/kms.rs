//! Keys of KMS as other services name them. There is no KMS here: any key exists, and an alias points to a key of its own.

use crate::world::partition;

/// The ARN of a key that is named by its ARN, its id or an alias; an ARN of another region is the error.
pub(crate) fn resolve(account: &str, region: &str, name: &str) -> Result<String, String> {
    let prefix = format!("arn:{}:kms:{region}:{account}:", partition(region));
    let name = match name.strip_prefix("arn:") {
        Some(_) => name
            .strip_prefix(&prefix)
            .ok_or_else(|| format!("Invalid arn {}", name.split(':').nth(3).unwrap_or_default()))?,
        None => name,
    };
    match name.strip_prefix("alias/") {
        Some(alias) => Ok(format!("{prefix}key/{}", id(alias))),
        None => Ok(format!("{prefix}key/{}", name.trim_start_matches("key/"))),
    }
}

/// An id in a key's form, the same for the same alias (FNV-1a, twice).
fn id(alias: &str) -> String {
    let hash = |seed: u64| {
        alias.bytes().fold(seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    };
    let (high, low) = (hash(0xcbf2_9ce4_8422_2325), hash(0x8422_2325_cbf2_9ce4));
    let digits = format!("{high:016x}{low:016x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}
