//! The rules of the language itself, which whoever parses and reads keeps. Not here: rules about what was read (`check`).

use crate::diagnostic::Severity;
use crate::rule::{Check, Code, Rule};

const fn language(
    code: u16,
    title: &'static str,
    rule: &'static str,
    fix: &'static str,
    examples: (&'static str, &'static str),
) -> Rule {
    let (wrong, right) = examples;
    Rule {
        code: Code(code),
        severity: Severity::Error,
        title,
        rule,
        source: "the language",
        covers: &[],
        fix,
        wrong,
        right,
        check: Check::Reading,
    }
}

/// All of them.
pub(crate) static RULES: [&Rule; 10] = [
    &SYNTAX,
    &UNKNOWN_ITEM,
    &UNKNOWN_KEY,
    &MISSING_KEY,
    &DUPLICATE_KEY,
    &WRONG_VALUE,
    &UNSUPPORTED,
    &NOT_ALLOWED,
    &INPUT,
    &UNUSED_INPUT,
];

pub(crate) static SYNTAX: Rule = language(
    1,
    "syntax",
    "The tokens do not follow the grammar of `topology!`. The rest of the topology is still read: parsing starts again at \
     the next key or item.",
    "compare with the example in the README; an item is `kind label { key: value, .. }`",
    ("bucket media { mirror: each «}»", "bucket media { mirror: each region }"),
);

pub(crate) static UNKNOWN_ITEM: Rule = language(
    2,
    "unknown item",
    "An item starts with one of the language's keywords: zone, health_check, cidr_collection, record, table, cluster, bucket, service; `account` and \
     `regions` come before the items.",
    "write one of zone, health_check, cidr_collection, record, table, cluster, bucket, service",
    (
        "«tabel» carts { key: id: S, replicas: each region }",
        "table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }",
    ),
);

pub(crate) static UNKNOWN_KEY: Rule = language(
    3,
    "unknown key",
    "The item does not have this key.",
    "",
    ("bucket media { mirror: each region, «mirorr»: each region }", "bucket media { mirror: each region }"),
);

pub(crate) static MISSING_KEY: Rule = language(
    4,
    "missing key",
    "The item can't be understood without this key; there is no default that would be safe.",
    "",
    ("bucket «media» {}", "bucket media { mirror: each region }"),
);

pub(crate) static DUPLICATE_KEY: Rule = language(
    5,
    "duplicate key",
    "A key is given at most once, and of keys that exclude each other one, so that no value silently loses.",
    "keep one of them",
    ("bucket media { mirror: each region, «mirror»: [us, eu] }", "bucket media { mirror: each region }"),
);

pub(crate) static WRONG_VALUE: Rule = Rule {
    // What is one of some words in AWS's API is one of the language's words.
    covers: &[
        "DDB-008", "DDB-013", "DDB-015", "HC-020", "RDS-065", "RDS-068", "S3-027", "S3-030", "S3-056",
        "S3-071",
    ],
    ..language(
        6,
        "wrong form of value",
        "The key takes a value of another form.",
        "write the value in that form",
        ("bucket media { mirror: «\"everywhere\"» }", "bucket media { mirror: each region }"),
    )
};

pub(crate) static UNSUPPORTED: Rule = language(
    7,
    "not supported here",
    "A Rust expression (`const { .. }` or a path like `crate::TTL`) and an input stand for one text, number, duration or flag. What \
     gives a topology its shape, as regions, labels and words do, is written out, so that rustc can check it.",
    "write the value itself",
    (
        "bucket media { mirror: «const { EVERYWHERE }» }",
        "bucket media { mirror: each region, name: const { NAME } }",
    ),
);

pub(crate) static NOT_ALLOWED: Rule = language(
    8,
    "not to be allowed",
    "`#[allow(polyregion::p0703)]` on an item, or on the whole topology, silences a warning there. What AWS refuses can't be \
     allowed.",
    "write the code of a warning, or mend what it is about",
    (
        "#[allow(polyregion::«p0701»)]\nbucket media { mirror: each region }",
        "#[allow(polyregion::p0703)]\nbucket media { mirror: each region, name: \"media.{region}\" }",
    ),
);

pub(crate) static INPUT: Rule = language(
    9,
    "bad input",
    "An input is declared once, with a label and one of the types of inputs, and is used as `input(label)`. The program that applies \
     the topology gives its value.",
    "declare it, as in `input api_us: DnsName;`",
    (
        "zone site: \"example.com\" {}\nrecord www: CNAME in site { name: \"www\", simple: values(«input(target)») }",
        "input target: DnsName;\nzone site: \"example.com\" {}\nrecord www: CNAME in site { name: \"www\", simple: values(input(target)) }",
    ),
);

pub(crate) static UNUSED_INPUT: Rule = Rule {
    severity: Severity::Warning,
    ..language(
        10,
        "unused input",
        "Every program that asks for the topology gives a value for each of its inputs.",
        "use it as `input(label)`, or leave it out",
        (
            "input «target»: DnsName;",
            "input target: DnsName;\nzone site: \"example.com\" {}\nrecord www: CNAME in site { name: \"www\", simple: values(input(target)) }",
        ),
    )
};
