//! Tags: those that every taggable resource carries, without which nothing is ours, and those that are declared. Not here: changing them
//! (`execute`), and zones and health checks that were made here, which are recognised by their caller references (`Aws::reference_prefix`).

use std::collections::BTreeMap;

use aws_smithy_types::error::operation::BuildError;
use polyregion_model::Address;

use super::clients::Aws;
use super::error::AwsError;
use crate::attribute::Value;
use crate::observed::{Owner, Stranger};

/// The key of the tag that names the topology.
const TOPOLOGY: &str = "polyregion:topology";
/// The key of the tag that holds the address.
const ADDRESS: &str = "polyregion:address";

/// The key of the tag on what serves polyregion itself.
pub(super) const PURPOSE: &str = "polyregion:purpose";

/// The tag of what CloudFormation makes, which deletes it with its stack (CloudFormation User Guide, "Resource tags").
const STACK: &str = "aws:cloudformation:stack-name";

/// The tags that mark a resource, by key.
fn marks(topology: &str, address: &Address) -> [(&'static str, String); 2] {
    // Tag values of the services at hand may hold letters, digits, spaces and `+ - = . _ : / @`; addresses do.
    [(TOPOLOGY, topology.to_owned()), (ADDRESS, address.to_string())]
}

/// The tags of a resource: those that mark it, and those that are declared.
pub(super) fn tags(aws: &Aws, address: &Address) -> Vec<(String, String)> {
    let declared = aws.declared(address).map(|resource| resource.tags.clone()).unwrap_or_default();
    let marks = marks(&aws.topology, address).into_iter().map(|(key, value)| (key.to_owned(), value));
    marks.chain(declared).collect()
}

/// Tags as a service's own type, which most SDK crates build fallibly.
pub(super) fn built<T>(
    tags: impl IntoIterator<Item = (String, String)>,
    build: impl Fn(String, String) -> Result<T, BuildError>,
) -> Result<Vec<T>, AwsError> {
    let built = tags.into_iter().map(|(key, value)| build(key, value)).collect::<Result<_, _>>();
    Ok(built?)
}

/// What tags say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tagged {
    /// Whose the resource is.
    pub(super) owner: Owner,
    /// The tags that mark nothing; none if there are none.
    pub(super) others: Option<Value>,
}

impl From<Owner> for Tagged {
    fn from(owner: Owner) -> Self {
        Self { owner, others: None }
    }
}

/// What the tags of a resource say.
pub(super) fn read<'a>(
    topology: &str,
    address: &Address,
    tags: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Tagged {
    let mut found_topology = None;
    let mut found_address = None;
    let (mut others, mut kept) = (BTreeMap::new(), None);
    for (key, value) in tags {
        if key == STACK {
            kept = Some(format!("the CloudFormation stack `{value}`"));
        } else if key == PURPOSE {
            kept = Some(format!("polyregion itself (its {value})"));
        }
        if key == TOPOLOGY {
            found_topology = Some(value);
        } else if key == ADDRESS {
            found_address = Some(value);
        } else {
            others.insert(key.to_owned(), value.to_owned());
        }
    }
    let owner = match (found_topology, found_address) {
        (Some(found), Some(at)) if found == topology && at == address.to_string() => Owner::Ours,
        (Some(found), at) => {
            Owner::Foreign(Stranger::Marked { topology: found.to_owned(), address: at.map(str::to_owned) })
        }
        (None, _) => Owner::Foreign(kept.map_or(Stranger::Unmarked, |by| Stranger::Kept { by })),
    };
    Tagged { owner, others: (!others.is_empty()).then_some(Value::Map(others)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_both_tags_make_it_ours() {
        let address = |text: &str| text.parse::<Address>().unwrap();
        let carts = address("table.a@us");
        let marks = marks("shop", &carts);
        let tags = || marks.iter().map(|(key, value)| (*key, value.as_str())).chain([("team", "web")]);
        let tagged = read("shop", &carts, tags());
        assert_eq!(tagged.owner, Owner::Ours);
        assert_eq!(tagged.others, Some(Value::Map([("team".to_owned(), "web".to_owned())].into())));
        assert!(matches!(read("other", &carts, tags()).owner, Owner::Foreign(_)));
        assert!(matches!(read("shop", &address("table.b@us"), tags()).owner, Owner::Foreign(_)));
        assert!(matches!(read("shop", &carts, []).owner, Owner::Foreign(Stranger::Unmarked)));
        for kept in [(STACK, "web"), (PURPOSE, "state")] {
            assert!(matches!(read("shop", &carts, [kept]).owner, Owner::Foreign(Stranger::Kept { .. })));
        }
    }
}
