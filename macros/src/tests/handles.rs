//! The names in handles are those of the resources, though the macro makes no resources.

use std::collections::BTreeSet;

use polyregion_model::handles::handles;

use super::resolved;
use crate::expand::check;

#[test]
fn handles_have_the_names_of_the_resources() {
    let fixtures = [
        super::STOREFRONT,
        include_str!("../../fixtures/valid/every_item.topology"),
        include_str!("../../fixtures/valid/trees.topology"),
        include_str!("../../fixtures/valid/whole_language.topology"),
    ];
    for fixture in fixtures {
        let spec = check(fixture.parse().unwrap()).spec.unwrap();
        let topology = resolved(check(fixture.parse().unwrap())).unwrap();
        let mut named = BTreeSet::new();
        for (kind, label, handle) in handles(&spec) {
            named.extend(handle.names().into_iter().map(|name| (kind, label.to_owned(), name.to_owned())));
        }
        let mut made = BTreeSet::new();
        for resource in topology.resources() {
            let (kind, label) = resource.address.item();
            made.extend(resource.kind.name().map(|name| (kind, label.to_owned(), name.to_owned())));
        }
        // What the engine can't deploy has a handle and no resource yet.
        assert!(made.is_subset(&named), "{:?}", made.difference(&named));
        for (kind, label, name) in named.difference(&made) {
            assert!(!made.iter().any(|(of, item, _)| (of, item) == (kind, label)), "{kind} {label}: {name}");
        }
    }
}
