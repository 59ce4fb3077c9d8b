//! The conventions that no compiler checks: size of files, first lines, and who may name whom. Not here: formatting and
//! lints.

use std::path::{Path, PathBuf};

use crate::run::cargo_output;

/// Most lines of a file: more is two concerns.
const MAX_LINES: usize = 500;

/// `(folder or file, text, why)`: no file below may contain the text. Tests of a folder are held to the same.
const FORBIDDEN: [(&str, &str, &str); 12] = [
    ("core/model/src", "std::fs", "the model does no I/O"),
    ("core/model/src", "std::env", "the model does no I/O"),
    ("macros/src", "std::env::var(", "the macro is a function of its tokens"),
    ("core/src/plan", "async ", "planning is synchronous"),
    ("core/src/plan", "tokio::", "planning is synchronous and has no clock"),
    ("core/src/plan", "crate::aws", "planning knows no AWS"),
    ("core/src/diff.rs", "crate::aws", "the diff knows no AWS"),
    ("core/src/apply", "crate::diff", "applying decides nothing"),
    ("core/src/apply", "crate::observed", "applying decides nothing"),
    ("core/src/apply", "crate::aws", "applying knows steps, not AWS"),
    ("core/src/aws", "crate::cli", "nobody imports the command line"),
    ("core/src/report", "crate::cli", "nobody imports the command line"),
];

pub(crate) fn run(root: &Path) -> Result<(), String> {
    let mut problems = Vec::new();
    for file in rust_files(root)? {
        let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        check_file(&name, &text, &mut problems);
    }
    check_dependencies(root, &mut problems)?;
    problems.extend(crate::measure::stale_mutations(root));
    problems.extend(crate::rules::unknown(root)?);
    if problems.is_empty() { Ok(()) } else { Err(format!("tidy:\n  {}", problems.join("\n  "))) }
}

/// The Rust files of the repository, without build output and without cases that are wrong on purpose.
fn rust_files(root: &Path) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> =
        ["macros", "core", "examples", "tests", "xtask"].iter().map(|name| root.join(name)).collect();
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && !["target", "ui", "snapshots", "fixtures"].iter().any(|skip| name == *skip) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn check_file(name: &str, text: &str, problems: &mut Vec<String>) {
    let lines = text.lines().count();
    if lines > MAX_LINES {
        problems.push(format!("{name}: {lines} lines; split it below {MAX_LINES}"));
    }
    // The library's page is the README.
    if !text.starts_with("//!") && !text.starts_with("#![doc") {
        problems.push(format!("{name}: begin with `//!` and say what lives here and what does not"));
    }
    // This file names what it forbids.
    if name == "xtask/src/tidy.rs" {
        return;
    }
    for (place, forbidden, why) in FORBIDDEN {
        if name.starts_with(place) && text.contains(forbidden) {
            problems.push(format!("{name}: `{forbidden}` is not allowed here, as {why}"));
        }
    }
    let may_name_sdk = ["core/src/aws/", "tests/"].iter().any(|place| name.starts_with(place));
    if !may_name_sdk
        && text.lines().any(|line| line.contains("aws_sdk_") && !line.trim_start().starts_with("//"))
    {
        problems.push(format!("{name}: only core/src/aws names `aws_sdk_*`"));
    }
}

/// Imports go one way, and an application that only wants handles compiles no AWS crate.
fn check_dependencies(root: &Path, problems: &mut Vec<String>) -> Result<(), String> {
    let tree =
        |package: &str| cargo_output(root, &["tree", "-p", package, "-e", "normal", "--prefix", "none"]);
    let others = tree("polyregion-model")?.lines().count();
    if others != 1 {
        problems
            .push("polyregion-model has dependencies; it has none, so that the macro stays small".to_owned());
    }
    for package in ["polyregion-macros", "polyregion-examples"] {
        let names: Vec<String> =
            tree(package)?.lines().filter(|line| line.starts_with("aws-")).map(str::to_owned).collect();
        if !names.is_empty() {
            problems.push(format!("{package} depends on {}", names.join(", ")));
        }
    }
    if tree("polyregion-sim")?.lines().any(|line| line.starts_with("aws-sdk-")) {
        problems.push("polyregion-sim depends on an SDK crate; it speaks the wire formats itself".to_owned());
    }
    Ok(())
}
