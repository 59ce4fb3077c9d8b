//! The differential test: the same random calls to the simulated AWS, to moto and to ministack, where these are right, and every
//! disagreement explained. Not here: the calls (`differ.py`) and the explanations (`disagreements.txt`).

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use polyregion_examples::storefront;
use serde_json::Value;

use super::server::Server;

/// Sends the calls and compares.
const DIFFER: &str = include_str!("differ.py");
/// What is known.
const EXPLAINED: &str = include_str!("disagreements.txt");

/// So fast that whatever AWS takes its time for is done when the next call comes: the emulators do it at once.
const SPEED: f64 = 1e7;
/// The same calls in every run, so that a run that fails can be looked into. Each sequence is tried for each service.
const SEED: u32 = 3;
const SEQUENCES: u32 = 24;
const STEPS: u32 = 30;

/// Compares; returns how much was compared.
pub(super) fn judge(python: &Path, folder: &Path) -> Result<String, String> {
    super::make_anew(folder)?;
    let port = crate::aws_sim::spawn(storefront::topology(), SPEED)?;
    let moto = Server::moto(python, folder)?;
    let ministack = Server::ministack(python, folder)?;
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let mut command = Command::new(python);
    command.env_clear().env("HOME", folder).env("PATH", "/usr/bin:/bin").current_dir(folder);
    command.args(["-c", DIFFER]).args([SEED, SEQUENCES, STEPS].map(|number| number.to_string()));
    command.arg(url(port)).arg(format!("moto={}", url(moto.port)));
    command.arg(format!("ministack={}", url(ministack.port)));
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("can't compare: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(said.trim().lines().next_back().unwrap_or("it did not say why").to_owned());
    }
    let found: Value = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    std::fs::write(folder.join("found.json"), &output.stdout).map_err(|error| error.to_string())?;
    compare(&found)
}

/// Fails for what is not explained, and for explanations of nothing.
fn compare(found: &Value) -> Result<String, String> {
    let mut explained: BTreeMap<&str, usize> = BTreeMap::new();
    for line in EXPLAINED.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        explained.insert(line, 0);
    }
    let mut problems = Vec::new();
    let kinds = found["found"].as_object().ok_or("it found nothing at all")?;
    for (kind, times) in kinds {
        let matching: Vec<&str> = explained.keys().filter(|line| is_like(line, kind)).copied().collect();
        if matching.is_empty() {
            problems.push(format!("{kind} ({times} times, as in {})", found["example"][kind]));
        }
        for line in matching {
            *explained.entry(line).or_default() += 1;
        }
    }
    let idle = explained.iter().filter(|(_, times)| **times == 0);
    problems.extend(idle.map(|(line, _)| format!("`{line}` is explained and was not found")));
    if !problems.is_empty() {
        return Err(problems.join("; "));
    }
    let calls = found["calls"].as_object().into_iter().flatten();
    let calls: Vec<String> = calls.map(|(who, calls)| format!("{calls} calls to {who}")).collect();
    Ok(format!("{}, {} kinds of disagreement, all explained", calls.join(", "), kinds.len()))
}

/// Whether a disagreement is of the explained kind: word by word, a star for any part of one.
fn is_like(pattern: &str, kind: &str) -> bool {
    let (mut patterns, mut words) = (pattern.split(' '), kind.split(' '));
    let alike = patterns.by_ref().zip(words.by_ref()).all(|(pattern, word)| match pattern.split_once('*') {
        Some((start, end)) => {
            word.len() >= start.len() + end.len() && word.starts_with(start) && word.ends_with(end)
        }
        None => pattern == word,
    });
    alike && pattern.split(' ').count() == kind.split(' ').count()
}
