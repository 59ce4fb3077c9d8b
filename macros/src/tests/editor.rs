//! What editors see while somebody types: the word that rust-analyzer puts there, and what is complete beside it.

use crate::expand::expand;

const TYPED: &str = "intellijRulezz";

fn topology(items: &str) -> String {
    let text = format!(
        "pub mod t; account: \"123456789012\", regions {{ us: us_east_1, eu: eu_west_1 }}\n\
         zone site: \"example.com\" {{}}\n\
         table carts {{ key: id: S, replicas: each region, writes: one_region(us) }}\n{items}"
    );
    let tokens = expand(text.parse().unwrap());
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

/// What could stand where somebody types.
fn could_be(items: &str) -> Vec<String> {
    let expanded = topology(items);
    assert!(
        expanded.contains(&format!("could_be::{TYPED}")) || expanded.contains("could_be::re"),
        "{expanded}"
    );
    let module = expanded.split("mod could_be {").nth(1).unwrap().split('}').next().unwrap();
    let names = module.lines().filter_map(|line| line.trim().strip_prefix("pub const ")?.split(':').next());
    // What is complete is there, whatever is typed beside it.
    assert!(expanded.contains("pub const CARTS: Table<super::Region>"), "{expanded}");
    names.map(str::to_owned).collect()
}

#[test]
fn keywords_keys_regions_and_labels_are_proposed() {
    let keywords = could_be(TYPED);
    assert!(keywords.contains(&"table".to_owned()) && keywords.contains(&"objectives".to_owned()));
    let keys = could_be(&format!("bucket media {{ mirror: each region, re{TYPED} }}"));
    assert!(keys.contains(&"replication_time_control".to_owned()), "{keys:?}");
    let labels = could_be(&format!("service shop in each region {{ reads: [{TYPED}] }}"));
    assert!(labels.contains(&"carts".to_owned()) && labels.contains(&"us".to_owned()), "{labels:?}");
    let inputs = could_be(&format!(
        "input target: DnsName;\nrecord www: CNAME in site {{ simple: values(input({TYPED})) }}"
    ));
    assert_eq!(inputs, ["target"]);
    let types = could_be(&format!("input target: {TYPED};"));
    assert!(types.contains(&"DnsName".to_owned()) && types.contains(&"u32".to_owned()), "{types:?}");
    let zones = could_be(&format!("record www: A in {TYPED}"));
    assert_eq!(zones, ["site"]);
}

#[test]
fn regions_are_proposed() {
    let text = format!("pub mod t; account: \"123456789012\", regions {{ us: us_east_1, eu: {TYPED} }}");
    let expanded = prettyplease::unparse(&syn::parse2(expand(text.parse().unwrap())).unwrap());
    assert!(expanded.contains("pub const eu_west_1: () = ();"), "{expanded}");
}

#[test]
fn mentions_lead_to_declarations() {
    let expanded = topology(
        "record www: A in site { simple: values(\"8.8.8.8\") }\nservice shop in [us, eu] { reads: [carts], serves: [www] }",
    );
    for path in ["zone::site", "table::carts", "record::www", "region::us"] {
        assert!(expanded.contains(&format!("let _ = {path};")), "{path}: {expanded}");
    }
}
