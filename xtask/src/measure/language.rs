//! What the language checks, and what that costs rustc: thousands of records in one topology beside the same data as a plain
//! static slice, and a crate that uses only the macro beside one that only depends on syn and quote. Not here: whether the
//! rules are right (their examples are tests).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Value, json};

use crate::rules;
use crate::run::{cargo, cargo_output};

/// The fastest of so many runs is taken: the machine may be busy, never idle by accident.
const RUNS: usize = 3;
/// Cold checks are short, and what else the machine does weighs more in them.
const COLD_RUNS: usize = 12;

pub(super) fn measure(root: &Path) -> Result<Value, String> {
    let (total, compile_time, checked) = rules::counts(root)?;
    let folder = root.join("target/language");
    let written = |error: std::io::Error| format!("can't write {}: {error}", folder.display());
    std::fs::create_dir_all(folder.join("src")).map_err(written)?;
    let core = root.join("core").display().to_string();
    std::fs::write(folder.join("Cargo.toml"), manifest(&core)).map_err(written)?;
    for (name, text) in programs() {
        std::fs::write(folder.join(format!("src/{name}.rs")), text).map_err(written)?;
    }
    // Dependencies are built before the clock starts.
    cargo(&folder, &["check", "--quiet", "--bins"], &NOT_INCREMENTAL)?;
    let empty = fastest(&folder, "empty")?;
    let beyond_empty = |name: &str| -> Result<f64, String> { Ok(fastest(&folder, name)? - empty) };
    let (thousand, ten_thousand) = (beyond_empty("topology_1000")?, beyond_empty("topology_10000")?);
    let slice = beyond_empty("slice_10000")?;
    let only_macro = format!("polyregion = {{ path = {core:?}, default-features = false }}");
    let macro_only = empty_crate(root, "language-macro", &only_macro)?;
    let syn_only = empty_crate(root, "language-syn", "syn = \"3\"\nquote = \"1\"")?;
    let [macro_only, syn_only] = cold([&macro_only, &syn_only])?;
    let (cases, caught) = survival(root)?;
    let milliseconds = |seconds: f64| (seconds * 1000.0).round();
    let ratio = |one: f64, other: f64| (one / other * 100.0).round() / 100.0;
    Ok(json!({
        "rules_total": total,
        "rules_compile_time": compile_time,
        "rules_checked": checked,
        "records_1000_ms": milliseconds(thousand),
        "records_10000_ms": milliseconds(ten_thousand),
        "slice_10000_ms": milliseconds(slice),
        "records_to_slice_ratio": ratio(ten_thousand, slice),
        "records_growth_ratio": ratio(ten_thousand, thousand),
        "macro_check_ratio": ratio(macro_only, syn_only),
        "survive_cases": cases,
        "survive_cases_caught": caught,
    }))
}

/// How many things `survive` relies on are taken away in a test, and for how many of them the build fails.
fn survival(root: &Path) -> Result<(u64, u64), String> {
    let test = "tests::objectives::nothing_that_survival_relies_on_can_be_taken_away";
    let output = cargo_output(
        root,
        &["test", "--quiet", "-p", "polyregion-macros", test, "--", "--exact", "--nocapture"],
    )?;
    let line = output.lines().find_map(|line| line.split_once("survive cases: "));
    let counts = line.and_then(|(_, counts)| {
        let (cases, caught) = counts.split_once(", caught: ")?;
        Some((cases.parse().ok()?, caught.trim().parse().ok()?))
    });
    counts.ok_or_else(|| format!("the test {test} says nothing of its cases:\n{output}"))
}

const NOT_INCREMENTAL: [(&str, &str); 1] = [("CARGO_INCREMENTAL", "0")];

fn manifest(core: &str) -> String {
    let mut manifest = format!(
        "[package]\nname = \"language\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         polyregion = {{ path = {core:?}, default-features = false, features = [\"topology\"] }}\n"
    );
    for (name, _) in programs() {
        let _ = write!(manifest, "\n[[bin]]\nname = {name:?}\npath = \"src/{name}.rs\"\n");
    }
    manifest
}

fn programs() -> [(&'static str, String); 4] {
    [
        ("empty", "fn main() {}\n".to_owned()),
        ("topology_1000", topology(1000)),
        ("topology_10000", topology(10_000)),
        ("slice_10000", slice(10_000)),
    ]
}

fn address(number: usize) -> String {
    format!("10.{}.{}.{}", number >> 16, number >> 8 & 0xff, number & 0xff)
}

/// So many records in one topology.
fn topology(records: usize) -> String {
    let mut text = "polyregion::topology! {\n    pub mod big;\n    account: \"123456789012\",\n    \
                    regions { us: us_east_1, eu: eu_west_1 }\n    zone site: \"example.com\" {}\n"
        .to_owned();
    for number in 0..records {
        let address = address(number);
        let _ =
            writeln!(text, "    record r{number}: A in site {{ ttl: 60s, simple: values(\"{address}\") }}");
    }
    text.push_str("}\n\nfn main() { assert!(!big::topology().resources().is_empty()); }\n");
    text
}

/// The same data as a static slice of structures that hold what a record's declaration can say.
fn slice(records: usize) -> String {
    let mut text = "\
        pub struct Node<T> { pub line: u32, pub value: T }\n\
        pub enum Type { A, Other(&'static str) }\n\
        pub enum Kind { Values(&'static [Node<&'static str>]), Alias(Node<&'static str>) }\n\
        pub struct Target { pub kind: Kind, pub health_check: Option<Node<&'static str>>, \
        pub evaluate_target_health: Option<Node<bool>>, pub bias: Option<Node<i64>> }\n\
        pub enum Routing { Simple(Target), Group(&'static str, &'static [(&'static str, Target)]) }\n\
        pub struct Record { pub label: Node<&'static str>, pub docs: &'static str, pub record_type: Node<Type>, \
        pub zone: Node<&'static str>, pub name: Option<Node<&'static str>>, pub ttl: Option<Node<u64>>, \
        pub routing: Routing }\n\
        pub static RECORDS: &[Record] = &[\n"
        .to_owned();
    for number in 0..records {
        let (address, line) = (address(number), number + 6);
        let _ = writeln!(
            text,
            "    Record {{ label: Node {{ line: {line}, value: \"r{number}\" }}, docs: \"\", \
             record_type: Node {{ line: {line}, value: Type::A }}, zone: Node {{ line: {line}, value: \"site\" }}, \
             name: None, ttl: Some(Node {{ line: {line}, value: 60 }}), routing: Routing::Simple(Target {{ \
             kind: Kind::Values(&[Node {{ line: {line}, value: \"{address}\" }}]), health_check: None, \
             evaluate_target_health: None, bias: None }}) }},"
        );
    }
    text.push_str("];\n\nfn main() { assert!(!RECORDS.is_empty()); }\n");
    text
}

/// Seconds that checking one program takes, its dependencies aside.
fn fastest(folder: &Path, name: &str) -> Result<f64, String> {
    let source = folder.join(format!("src/{name}.rs"));
    let mut fastest = f64::INFINITY;
    for _ in 0..RUNS {
        let text = std::fs::read(&source).map_err(|error| format!("{}: {error}", source.display()))?;
        std::fs::write(&source, text).map_err(|error| format!("{}: {error}", source.display()))?;
        let started = Instant::now();
        cargo(folder, &["check", "--quiet", "--bin", name], &NOT_INCREMENTAL)?;
        fastest = fastest.min(started.elapsed().as_secs_f64());
    }
    Ok(fastest)
}

/// An empty crate with these dependencies, which are downloaded before anything is timed.
fn empty_crate(root: &Path, name: &str, dependencies: &str) -> Result<PathBuf, String> {
    let folder = root.join("target").join(name);
    let failed = |error: std::io::Error| format!("can't write {}: {error}", folder.display());
    std::fs::create_dir_all(folder.join("src")).map_err(failed)?;
    let manifest = format!(
        "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{dependencies}\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).map_err(failed)?;
    std::fs::write(folder.join("src/lib.rs"), "").map_err(failed)?;
    cargo(&folder, &["fetch", "--quiet"], &[])?;
    Ok(folder)
}

/// Seconds of checking two crates with nothing built, in turn, so that both meet the machine in the same moods.
fn cold(folders: [&Path; 2]) -> Result<[f64; 2], String> {
    let mut fastest = [f64::INFINITY; 2];
    for _ in 0..COLD_RUNS {
        for (fastest, folder) in fastest.iter_mut().zip(folders) {
            match std::fs::remove_dir_all(folder.join("target")) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(format!("can't empty {}: {error}", folder.display()));
                }
                Ok(()) | Err(_) => {}
            }
            let started = Instant::now();
            // Said, as a folder that the environment names would stay warm.
            cargo(folder, &["check", "--quiet", "--target-dir", "target"], &NOT_INCREMENTAL)?;
            *fastest = fastest.min(started.elapsed().as_secs_f64());
        }
    }
    Ok(fastest)
}
