//! What is in a bucket: versions of objects with their bytes. Not here: operations on them.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_smithy_types::base64;
use serde::{Deserialize, Serialize};

/// One version of an object, or the marker that it was deleted.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    /// `null` for those that were written while versioning was off.
    pub(super) id: String,
    pub(super) modified: f64,
    /// None for a delete marker.
    pub(super) content: Option<Content>,
}

/// An object's bytes and what is said about them. Cheap to clone: the world is copied at every change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Content {
    pub(super) bytes: Bytes,
    /// With its quotes.
    pub(super) etag: String,
    /// Headers that come back as they were sent: type, metadata, encryption, checksum.
    pub(super) headers: BTreeMap<String, String>,
}

/// Bytes that are shared in memory and base64 on disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Bytes(pub(super) Arc<[u8]>);

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> Self {
        base64::encode(&bytes.0)
    }
}

impl TryFrom<String> for Bytes {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = base64::decode(&text).map_err(|error| format!("bytes of an object: {error}"))?;
        Ok(Self(bytes.into()))
    }
}

/// The version id of what is written while versioning is off.
pub(super) const NULL: &str = "null";

/// An entity tag: S3's is opaque, and the MD5 only for some objects; this one is two FNV-1a hashes.
pub(super) fn etag(bytes: &[u8]) -> String {
    let hash = |basis: u64| {
        bytes.iter().fold(basis, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    };
    format!("\"{:016x}{:016x}\"", hash(0xcbf2_9ce4_8422_2325), hash(0x6c62_272e_07bb_0142))
}

/// The CRC-32 of ISO 3309 in base64, as checksum headers have it.
pub(super) fn crc32(bytes: &[u8]) -> String {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    base64::encode((!crc).to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_right_and_tags_differ() {
        // The check value of the CRC catalogue: cbf43926.
        assert_eq!(crc32(b"123456789"), base64::encode([0xcb, 0xf4, 0x39, 0x26]));
        assert_ne!(etag(b"a"), etag(b"b"));
    }

    #[test]
    fn bytes_survive_the_file() {
        let bytes = Bytes(vec![0, 255, 10].into());
        let text = serde_json::to_string(&bytes).unwrap();
        assert_eq!(serde_json::from_str::<Bytes>(&text).unwrap().0, bytes.0);
    }
}
