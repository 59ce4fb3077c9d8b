//! Ownership tags: every taggable resource carries them, and nothing without them is ours. Not here: zones and health
//! checks, which are recognised by their caller references (`Aws::reference_prefix`).

use aws_smithy_types::error::operation::BuildError;
use polyregion_model::Address;

use super::error::AwsError;
use crate::observed::{Owner, Stranger};

/// The key of the tag that names the topology.
const TOPOLOGY: &str = "polyregion:topology";
/// The key of the tag that holds the address.
const ADDRESS: &str = "polyregion:address";

/// The key of the tag on what serves polyregion itself.
pub(super) const PURPOSE: &str = "polyregion:purpose";

/// The tags of a resource, by key.
pub(super) fn tags(topology: &str, address: &Address) -> [(&'static str, String); 2] {
    // Tag values of the services at hand may hold letters, digits, spaces and `+ - = . _ : / @`; addresses do.
    [(TOPOLOGY, topology.to_owned()), (ADDRESS, address.to_string())]
}

/// The tags of a resource as a service's own type, which most SDK crates build fallibly.
pub(super) fn built<T>(
    topology: &str,
    address: &Address,
    build: impl Fn(&str, String) -> Result<T, BuildError>,
) -> Result<Vec<T>, AwsError> {
    let built =
        tags(topology, address).into_iter().map(|(key, value)| build(key, value)).collect::<Result<_, _>>();
    Ok(built?)
}

/// Whose a resource with these tags is.
pub(super) fn owner<'a>(
    topology: &str,
    address: &Address,
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Owner {
    let mut found_topology = None;
    let mut found_address = None;
    for (key, value) in tags {
        if key == TOPOLOGY {
            found_topology = Some(value);
        } else if key == ADDRESS {
            found_address = Some(value);
        }
    }
    match (found_topology, found_address) {
        (Some(found), Some(at)) if found == topology && at == address.to_string() => Owner::Ours,
        (Some(found), at) => {
            Owner::Foreign(Stranger::Marked { topology: found.to_owned(), address: at.map(str::to_owned) })
        }
        (None, _) => Owner::Foreign(Stranger::Unmarked),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_both_tags_make_it_ours() {
        let address: Address = "table.a@us".parse().unwrap();
        let ours = tags("shop", &address);
        let pairs = || ours.iter().map(|(key, value)| (*key, value.as_str()));
        assert_eq!(owner("shop", &address, pairs()), Owner::Ours);
        assert!(matches!(owner("other", &address, pairs()), Owner::Foreign(_)));
        assert!(matches!(owner("shop", &"table.b@us".parse().unwrap(), pairs()), Owner::Foreign(_)));
        assert!(matches!(owner("shop", &address, []), Owner::Foreign(_)));
    }
}
