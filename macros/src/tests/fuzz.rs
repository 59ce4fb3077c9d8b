//! What people type, half type and paste: whatever the tokens are, the macro ends without a panic and says what is wrong, or
//! expands to something that rustc can read.
//!
//! `POLYREGION_FUZZ=10000000 cargo test --profile fuzz -p polyregion-macros fuzz` tries so many, on all cores; a finding prints its
//! seed, and `POLYREGION_FUZZ_SEED` is the first one.

use std::str::FromStr as _;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::{STOREFRONT, resolved};
use crate::conditional;
use crate::expand::{check, expand_checked};

/// A topology with everything that the language has.
const EVERYTHING: &str = include_str!("../../fixtures/valid/every_item.topology");
/// The rest of the language.
const WHOLE: &str = include_str!("../../fixtures/valid/whole_language.topology");
/// A topology with objectives.
const SHOP: &str = include_str!("../../fixtures/objectives/shop.topology");
/// A topology with values of the program.
const GIVEN: &str = include_str!("../../fixtures/valid/given.topology");

/// How many random streams are tried when nobody asks for more.
const FEW: u64 = 3_000;

/// Words and marks of which random streams are made: those of the language, and some that it has no place for.
const VOCABULARY: [&str; 113] = [
    "tags",
    "retire",
    "rto",
    "2min",
    "0.5",
    "survive",
    "any_one_region",
    "service",
    "serves",
    "cidr_collection",
    "locations",
    "cfg",
    "allow",
    "overrides",
    "indexes",
    "global",
    "local",
    "capacity",
    "provisioned",
    "encryption",
    "kms",
    "lifecycle",
    "copy",
    "calculated",
    "pub",
    "mod",
    "t",
    ";",
    ":",
    ",",
    "=>",
    "=",
    ">",
    "*",
    "-",
    "#",
    "!",
    "::",
    ".",
    "'a",
    "_",
    "r#type",
    "self",
    "crate",
    "account",
    "\"123456789012\"",
    "regions",
    "us",
    "eu",
    "us_east_1",
    "eu_west_1",
    "zone",
    "site",
    "\"example.com\"",
    "in",
    "each",
    "region",
    "other",
    "health_check",
    "record",
    "table",
    "cluster",
    "bucket",
    "objectives",
    "input",
    "input(t)",
    "const { X }",
    "DnsName",
    "A",
    "AAAA",
    "CNAME",
    "TXT",
    "existing",
    "true",
    "false",
    "comment",
    "\"\"",
    "\"{region}\"",
    "\"{\"",
    "\"ü\"",
    "b\"x\"",
    "'x'",
    "0",
    "1",
    "10s",
    "60min",
    "7d",
    "-1",
    "99999999999999999999",
    "0.5",
    "1e9",
    "https",
    "interval",
    "simple",
    "latency",
    "weighted",
    "failover",
    "primary",
    "secondary",
    "geolocation",
    "continent",
    "default",
    "coordinates",
    "values",
    "alias",
    "load_balancer",
    "key",
    "id",
    "S",
    "replicas",
    "mirror",
    "instances",
    "db_r6g_large",
];

/// Runs the macro; a panic fails the test, and so does an expansion that is not Rust although nothing was reported, or a
/// declaration that is valid and stands for nothing.
fn run(tokens: TokenStream, what: &dyn Fn() -> String) {
    // Which of its two invocations rustc keeps is not known here: each is run as rustc would.
    if let Some(split) = conditional::split(&tokens) {
        assert!(syn::parse2::<syn::File>(split.clone()).is_ok(), "not Rust: {}\n{split}", what());
        let inside = split.into_iter().filter_map(|token| match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group.stream()),
            TokenTree::Group(_) | TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
        });
        inside.for_each(|invocation| run(invocation, what));
        return;
    }
    let checked = check(tokens.clone());
    // What has values that are not known is resolved when the program starts.
    if checked.spec.is_some() && checked.is_whole {
        assert!(resolved(check(tokens)).is_some(), "valid, and stands for nothing: {}", what());
    }
    assert!(
        checked.spec.is_some() || checked.findings.has_errors(),
        "neither valid nor reported: {}",
        what()
    );
    let expanded = expand_checked(checked);
    assert!(syn::parse2::<syn::File>(expanded.clone()).is_ok(), "not Rust: {}\n{expanded}", what());
}

/// Every stream that lacks exactly one token of this one, or all after it.
fn without_one(tokens: &TokenStream, visit: &mut dyn FnMut(TokenStream)) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    for (index, tree) in trees.iter().enumerate() {
        let (before, after) = (&trees[..index], &trees[index + 1..]);
        visit(before.iter().chain(after).cloned().collect());
        visit(before.iter().cloned().collect());
        let TokenTree::Group(group) = tree else { continue };
        without_one(&group.stream(), &mut |inside| {
            let inside = TokenTree::Group(Group::new(group.delimiter(), inside));
            visit(before.iter().chain([&inside]).chain(after).cloned().collect());
        });
    }
}

#[test]
fn no_missing_token_is_a_panic() {
    for text in [STOREFRONT, EVERYTHING, SHOP, GIVEN] {
        let tokens = TokenStream::from_str(text).unwrap();
        let mut count = 0;
        without_one(&tokens, &mut |tokens| {
            count += 1;
            run(tokens.clone(), &|| tokens.to_string());
        });
        assert!(count > 200, "{count}");
    }
}

/// Random tokens, some of them in groups.
fn random(rng: &mut fastrand::Rng, depth: usize) -> TokenStream {
    let mut out = TokenStream::new();
    for _ in 0..rng.usize(..12) {
        if depth > 0 && rng.u8(..4) == 0 {
            let delimiters = [Delimiter::Brace, Delimiter::Bracket, Delimiter::Parenthesis, Delimiter::None];
            let delimiter = delimiters[rng.usize(..4)];
            out.extend([TokenTree::Group(Group::new(delimiter, random(rng, depth - 1)))]);
        } else {
            out.extend(TokenStream::from_str(VOCABULARY[rng.usize(..VOCABULARY.len())]).unwrap());
        }
    }
    out
}

/// A topology with some of its tokens replaced, repeated, left out or moved.
fn mutated(tokens: &TokenStream, rng: &mut fastrand::Rng) -> TokenStream {
    let mut out: Vec<TokenTree> = Vec::new();
    for tree in tokens.clone() {
        match (rng.u8(..60), tree) {
            (0, _) => {}
            (1, tree) => out.extend([tree.clone(), tree]),
            (2, _) => out.extend(random(rng, 2)),
            (3, tree) => {
                let at = rng.usize(..=out.len());
                out.insert(at, tree);
            }
            (_, TokenTree::Group(group)) => {
                out.push(TokenTree::Group(Group::new(group.delimiter(), mutated(&group.stream(), rng))));
            }
            (_, tree) => out.push(tree),
        }
    }
    out.into_iter().collect()
}

/// The beginning of a topology and some of its items: fewer at once, and in other company than they were written for.
fn some(tokens: &TokenStream, rng: &mut fastrand::Rng) -> TokenStream {
    let mut out = Vec::new();
    let mut item = Vec::new();
    let mut is_first = true;
    for tree in tokens.clone() {
        let ends = matches!(&tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        item.push(tree);
        // The name, the account and the regions come first.
        if ends && (std::mem::take(&mut is_first) || rng.u8(..3) == 0) {
            out.append(&mut item);
        } else if ends {
            item.clear();
        }
    }
    out.into_iter().collect()
}

/// The input that a seed stands for.
fn input(seed: u64, corpus: &[TokenStream]) -> TokenStream {
    let mut rng = fastrand::Rng::with_seed(seed);
    match corpus.get(rng.usize(..=corpus.len())) {
        Some(whole) if rng.u8(..4) == 0 => mutated(whole, &mut rng),
        Some(whole) => mutated(&some(whole, &mut rng), &mut rng),
        None => random(&mut rng, 3),
    }
}

/// Runs the inputs of some seeds.
fn run_all(seeds: std::ops::Range<u64>) {
    // Outside rustc every parsed text is kept for its spans as long as the thread lives, so they are forgotten now and then, and
    // with them the corpus.
    const TOGETHER: usize = 1_000;
    let seeds: Vec<u64> = seeds.collect();
    for seeds in seeds.chunks(TOGETHER) {
        let corpus =
            [STOREFRONT, EVERYTHING, WHOLE, SHOP, GIVEN].map(|text| TokenStream::from_str(text).unwrap());
        for seed in seeds {
            run(input(*seed, &corpus), &|| format!("seed {seed}: {}", input(*seed, &corpus)));
        }
        drop(corpus);
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}

#[test]
fn fuzz() {
    let asked = |name: &str| std::env::var_os(name)?.to_str()?.parse::<u64>().ok();
    let wanted = asked("POLYREGION_FUZZ").unwrap_or(FEW);
    let start = asked("POLYREGION_FUZZ_SEED").unwrap_or(1);
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get() as u64);
    let share = wanted.div_ceil(cores);
    std::thread::scope(|scope| {
        for first in (start..start + wanted).step_by(share.max(1) as usize) {
            scope.spawn(move || run_all(first..(first + share).min(start + wanted)));
        }
    });
}
