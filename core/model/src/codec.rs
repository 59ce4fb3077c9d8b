//! Bytes of a spec: what the macro emits as one literal and the program decodes once when it starts.
//! Not here: files of any kind; the bytes never outlive a build, so the format has no version.
//!
//! One literal instead of nested constructors keeps the expansion small: rustc checks a byte string in a fraction of
//! the time that it takes for a structure of the same content.

use std::fmt;

use crate::node::{Node, NodeId};
use crate::spec::*;

/// Bytes that are not a spec. It means that macro and library are of different builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError;

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the embedded topology can't be decoded, as polyregion and polyregion-macros differ in version; run `cargo update`")
    }
}

impl std::error::Error for DecodeError {}

/// The bytes of a spec.
pub fn encode(spec: &Spec) -> Vec<u8> {
    let mut out = Vec::new();
    spec.put(&mut out);
    out
}

/// The spec of these bytes.
///
/// # Errors
/// When they were not made by [`encode`] of this version.
pub fn decode(bytes: &[u8]) -> Result<Spec, DecodeError> {
    let mut rest = bytes;
    let spec = Spec::get(&mut rest)?;
    if rest.is_empty() { Ok(spec) } else { Err(DecodeError) }
}

/// What can be written to and read from bytes.
trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError>;
}

impl Wire for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let (first, rest) = bytes.split_first().ok_or(DecodeError)?;
        *bytes = rest;
        Ok(*first)
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        match u8::get(bytes)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError),
        }
    }
}

impl Wire for u64 {
    /// Seven bits a byte, least significant first: most numbers here are small.
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        loop {
            let low = (rest & 0x7f) as u8;
            rest >>= 7;
            if rest == 0 {
                return out.push(low);
            }
            out.push(low | 0x80);
        }
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = u8::get(bytes)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError)
    }
}

impl Wire for u32 {
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        u64::get(bytes)?.try_into().map_err(|_| DecodeError)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let length = usize::try_from(u64::get(bytes)?).map_err(|_| DecodeError)?;
        let (text, rest) = bytes.split_at_checked(length).ok_or(DecodeError)?;
        *bytes = rest;
        String::from_utf8(text.to_vec()).map_err(|_| DecodeError)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        Ok(if bool::get(bytes)? { Some(T::get(bytes)?) } else { None })
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        for item in self {
            item.put(out);
        }
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        (0..u64::get(bytes)?).map(|_| T::get(bytes)).collect()
    }
}

/// Implements [`Wire`] for a structure: all its fields, in this order. Destructuring makes a forgotten one an error.
macro_rules! wire_struct {
    ($($name:ident $(<$generic:ident>)? { $($field:ident),* $(,)? })*) => {$(
        impl $(<$generic: Wire>)? Wire for $name $(<$generic>)? {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }

            fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Wire::get(bytes)?),* })
            }
        }
    )*};
}

/// Implements [`Wire`] for an enumeration: a tag, then the variant's parts.
macro_rules! wire_enum {
    ($($name:ident { $($tag:literal => $variant:ident $(($($part:ident),*))? $({$($field:ident),*})?),* $(,)? })*) => {$(
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $($name::$variant $(($($part),*))? $({$($field),*})? => {
                        out.push($tag);
                        $($($part.put(out);)*)?
                        $($($field.put(out);)*)?
                    })*
                }
            }

            fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
                match u8::get(bytes)? {
                    $($tag => {
                        $($(let $part = Wire::get(bytes)?;)*)?
                        $($(let $field = Wire::get(bytes)?;)*)?
                        Ok($name::$variant $(($($part),*))? $({$($field),*})?)
                    })*
                    _ => Err(DecodeError),
                }
            }
        }
    )*};
}

impl Wire for NodeId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        u32::get(bytes).map(NodeId)
    }
}

wire_struct! {
    Node<T> { id, value }
    Spec { name, docs, account, regions, items, source }
    Source { file, lines }
    RegionDecl { label, code }
    ZoneSpec { label, docs, name, existing, comment }
    HealthCheckSpec { label, docs, regions, protocol, endpoint, interval, failure_threshold }
    RecordSpec { label, docs, record_type, zone, name, ttl, routing }
    TargetEntry { regions, target }
    RecordTarget { id, kind, health_check, evaluate_target_health }
    KeySpec { attribute, key_type }
    TableSpec { label, docs, name, key, sort_key, replicas, ttl, deletion_protection }
    ClusterSpec {
        label, docs, engine, version, primary, secondaries, instance_count, instance_class, subnet_group, database,
        master_username, kms_key, backup_retention_days, deletion_protection,
    }
    BucketSpec { label, docs, name, mirror, replication_time_control }
}

wire_enum! {
    Item { 0 => Zone(item), 1 => HealthCheck(item), 2 => Record(item), 3 => Table(item), 4 => Cluster(item), 5 => Bucket(item) }
    RegionSet { 0 => Each(id), 1 => EachOther(id), 2 => Listed(id, labels) }
    Protocol { 0 => Http, 1 => Https, 2 => Tcp }
    RecordType { 0 => A, 1 => AAAA, 2 => CNAME, 3 => TXT, 4 => MX, 5 => SRV, 6 => CAA, 7 => NS }
    RoutingSpec { 0 => Simple(target), 1 => Latency(id, entries) }
    TargetKind { 0 => Values(values), 1 => Alias(name), 2 => LoadBalancer { name, region } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture;

    #[test]
    fn a_whole_spec_round_trips() {
        let spec = fixture::storefront();
        assert_eq!(decode(&encode(&spec)), Ok(spec));
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic() {
        let bytes = encode(&fixture::storefront());
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), Err(DecodeError), "cut at {length}");
        }
        for position in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 0xff;
            drop(decode(&damaged));
        }
    }
}
