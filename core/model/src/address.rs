//! Addresses: our own identity of every resource. Not here: what AWS calls it (the physical id).

use std::fmt;
use std::str::FromStr;

use crate::kind::Kind;

/// The identity of one resource: `kind.label[@region][/part]`.
///
/// `region` is the label that the topology gave the region (`us`), not AWS's code. An address never depends on
/// an attribute that a user may change, so renaming a table on AWS keeps its address.
///
/// ```
/// use polyregion_model::Address;
/// let address: Address = "cluster.orders@us/1".parse().unwrap();
/// assert_eq!(address.region.as_deref(), Some("us"));
/// assert_eq!(address.to_string(), "cluster.orders@us/1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The kind of item.
    pub kind: Kind,
    /// The item's label in the topology.
    pub label: String,
    /// The label of the region, for what exists once per region.
    pub region: Option<String>,
    /// Which part of the item, where one item has several resources in one place.
    pub part: Option<String>,
}

impl Address {
    /// The address of an item that exists once.
    pub fn global(kind: Kind, label: &str) -> Self {
        Self { kind, label: label.to_owned(), region: None, part: None }
    }

    /// The address of an item's resource in one region.
    pub fn regional(kind: Kind, label: &str, region: &str) -> Self {
        Self { kind, label: label.to_owned(), region: Some(region.to_owned()), part: None }
    }

    /// What the resources of one item have in common.
    pub fn item(&self) -> (Kind, &str) {
        (self.kind, &self.label)
    }

    /// The same address with a part.
    #[must_use]
    pub fn with_part(mut self, part: impl Into<String>) -> Self {
        self.part = Some(part.into());
        self
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, label, region, part } = self;
        write!(f, "{kind}.{label}")?;
        if let Some(region) = region {
            write!(f, "@{region}")?;
        }
        if let Some(part) = part {
            write!(f, "/{part}")?;
        }
        Ok(())
    }
}

/// A text that is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseAddressError(String);

impl fmt::Display for ParseAddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not an address; write kind.label[@region][/part], as in table.sessions@us", self.0)
    }
}

impl std::error::Error for ParseAddressError {}

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || ParseAddressError(text.to_owned());
        let (rest, part) = match text.split_once('/') {
            Some((rest, part)) => (rest, Some(part.to_owned())),
            None => (text, None),
        };
        let (rest, region) = match rest.split_once('@') {
            Some((rest, region)) => (rest, Some(region.to_owned())),
            None => (rest, None),
        };
        let (kind, label) = rest.split_once('.').ok_or_else(error)?;
        let kind = Kind::ALL.into_iter().find(|k| k.keyword() == kind).ok_or_else(error)?;
        let parts = [Some(label), region.as_deref(), part.as_deref()];
        if parts.into_iter().flatten().any(str::is_empty) {
            return Err(error());
        }
        Ok(Self { kind, label: label.to_owned(), region, part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_round_trips() {
        for text in ["zone.site", "record.api@us", "cluster.orders@us/1", "bucket.assets/replication_role"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in ["", "zone", "zone.", "disk.a", "table.a@", "table.a@us/"] {
            let error = text.parse::<Address>().unwrap_err();
            assert!(error.to_string().contains("kind.label"), "{text}");
        }
    }
}
