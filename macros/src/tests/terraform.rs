//! The examples of Terraform's AWS provider, said in the language and planned from nothing.

use std::fmt::Write as _;

use polyregion_model::Severity;

use super::resolved;
use super::rules::{broken, framed};
use crate::expand::check;

const EXAMPLES: &str = include_str!("../../fixtures/terraform.examples");

#[test]
fn the_examples_of_terraform_are_planned() {
    let mut shown = String::new();
    let mut count = 0;
    for example in EXAMPLES.split("=== ").skip(1) {
        let (title, text) = example.split_once('\n').unwrap();
        let (unsaid, text): (Vec<&str>, Vec<&str>) =
            text.lines().partition(|line| line.starts_with("can't: "));
        let text = framed(&text.join("\n"));
        // What Terraform shows for one region is often pointed out.
        let (errors, warnings): (Vec<_>, Vec<_>) =
            broken(&text).into_iter().partition(|(rule, ..)| rule.severity == Severity::Error);
        assert!(errors.is_empty(), "{title}: {errors:?}");
        let topology = resolved(check(text.parse().unwrap()));
        let plan = topology.unwrap().to_string();
        // The first two lines say the account and the regions, which are the same for all.
        let plan = plan.lines().skip(2).collect::<Vec<_>>().join("\n");
        let _ = writeln!(shown, "=== {title}");
        for line in unsaid {
            let _ = writeln!(shown, "{line}");
        }
        for (.., message) in warnings {
            let _ = writeln!(shown, "warning: {message}");
        }
        let _ = writeln!(shown, "{}\n", plan.trim());
        count += 1;
    }
    assert!(count >= 25, "{count}");
    insta::assert_snapshot!(shown);
}
