//! Mutations: guards of the engine are broken one at a time, in a copy of the sources, and a test must go red. Not here: the
//! tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

/// A guard, broken.
struct Mutation {
    name: &'static str,
    /// File, what stands there, and what stands there instead.
    edits: &'static [(&'static str, &'static str, &'static str)],
    /// The tests of the integration binary that are run: those whose names contain one of these.
    tests: &'static [&'static str],
}

const MUTATIONS: &[Mutation] = &[
    Mutation {
        name: "the journal off",
        edits: &[
            (
                "core/src/journal.rs",
                "        let line = line(entry)",
                "        if self.place.len() < usize::MAX { return Ok(()); }\n        let line = line(entry)",
            ),
            ("core/src/engine.rs", "state.intents.extend(record::intents(", "drop(record::intents("),
        ],
        tests: &["crash::"],
    },
    Mutation {
        name: "client tokens random",
        edits: &[(
            "core/src/aws/clients.rs",
            "format!(\"{}{}\", self.reference_prefix(address), self.token)",
            "format!(\"{}{}\", crate::random::id().unwrap_or_default(), address.label.len())",
        )],
        tests: &["crash::"],
    },
    Mutation {
        name: "If-Match dropped",
        edits: &[(
            "core/src/aws/bucket_copy.rs",
            "Expected::Version(version) => call.if_match(version),",
            "Expected::Version(_) => call,",
        )],
        tests: &["crash::", "concurrency::"],
    },
    Mutation {
        name: "the lock unfenced",
        edits: &[(
            "core/src/engine/lease.rs",
            "if lock.journal == journal || since.elapsed() >= LEASE {",
            "if lock.journal == journal || since.elapsed() < LEASE {",
        )],
        tests: &["concurrency::"],
    },
    Mutation {
        name: "a lock that was lost goes unnoticed",
        edits: &[(
            "core/src/engine/lease.rs",
            "None if held.age() + MARGIN > LEASE => {",
            "None if held.age() > LEASE * 1000 => {",
        )],
        tests: &["hostile::a_run_that"],
    },
    Mutation {
        name: "calls that wait are sent without a lock",
        edits: &[(
            "core/src/aws/guard.rs",
            "        if self.guards(&call) {\n            self.ask_fence()?;",
            "        if self.guards(&call) && self.housekeeping {\n            self.ask_fence()?;",
        )],
        tests: &["throttle::calls_that_wait"],
    },
    Mutation {
        name: "no call waits for its turn",
        edits: &[(
            "core/src/aws/turn.rs",
            "if !self.waits {",
            "if !self.waits || buckets.describe().is_some() {",
        )],
        tests: &["throttle::published"],
    },
    Mutation {
        name: "the 30 % rule off",
        edits: &[(
            "core/src/plan/ratchet.rs",
            "size >= FEWEST_RECORDS && deleted",
            "size < FEWEST_RECORDS && deleted",
        )],
        tests: &["ratchet::"],
    },
    Mutation {
        name: "an emptied zone believed",
        edits: &[(
            "core/src/engine/settle.rs",
            "if world.zone_sizes.get(&set.zone) == Some(&0) && !is_open {",
            "if world.zone_sizes.get(&set.zone) == Some(&9999) && !is_open {",
        )],
        tests: &["ratchet::"],
    },
    Mutation {
        name: "the plan's hash not checked",
        edits: &[(
            "core/src/engine.rs",
            "Some(expected) if *expected != prepared.hash => {",
            "Some(expected) if expected.is_empty() => {",
        )],
        tests: &["hostile::", "cli::"],
    },
    Mutation {
        name: "the epoch not compared",
        edits: &[(
            "core/src/state/ledger.rs",
            "found.epoch < by.epoch || (found.epoch == by.epoch && found.writer == by.writer)",
            "found.epoch < by.epoch || found.epoch >= by.epoch",
        )],
        tests: &["crash::", "concurrency::"],
    },
    Mutation {
        name: "Unknown read as Absent",
        edits: &[(
            "core/src/aws/observe.rs",
            "    Observation::Unknown(doubt(error))",
            "    let _ = doubt(error);\n    Observation::Absent",
        )],
        tests: &["outage::", "hostile::"],
    },
    Mutation {
        name: "data destroyed in one run",
        edits: &[(
            "core/src/plan/destroy.rs",
            "!holds_data(&resource.kind) || consents.contains(address) || is_disarmed(address, observed)",
            "holds_data(&resource.kind) || consents.contains(address) || is_disarmed(address, observed) || !address.label.is_empty()",
        )],
        tests: &["cli::", "permissions::each", "ratchet::"],
    },
    Mutation {
        name: "what is detached is deleted",
        edits: &[(
            "core/src/plan/removal.rs",
            "(true, true) => Fate::Detach,",
            "(true, true) => Fate::Delete,",
        )],
        tests: &["storefront::a_third"],
    },
    Mutation {
        name: "a refused batch taken for done",
        edits: &[(
            "core/src/aws/execute/records.rs",
            "if is_done(aws, zone_id, changes, known).await? { Ok(None) } else { Err(error) }",
            "if is_done(aws, zone_id, changes, known).await? { Err(error) } else { Ok(None) }",
        )],
        tests: &["crash::", "hostile::"],
    },
];

/// What of the mutations is not where they look for it.
pub(crate) fn stale(root: &Path) -> Vec<String> {
    let mut stale = Vec::new();
    for mutation in MUTATIONS {
        for (file, from, _) in mutation.edits {
            let text = std::fs::read_to_string(root.join(file)).unwrap_or_default();
            if text.matches(from).count() != 1 {
                let name = mutation.name;
                stale.push(format!(
                    "xtask/src/measure/mutations.rs: {name}: what it breaks is not in {file} once"
                ));
            }
        }
    }
    stale
}

/// Runs the mutations; how many there are, how many were caught, and by what.
pub(super) fn measure(root: &Path) -> Result<Value, String> {
    let stale = stale(root);
    if !stale.is_empty() {
        return Err(stale.join("\n"));
    }
    let copy = Copy::make(root)?;
    let mut caught = 0;
    let mut table = Vec::new();
    for mutation in MUTATIONS {
        let by = copy.judge(root, mutation)?;
        caught += usize::from(by.is_some());
        table.push(json!({ "mutation": mutation.name, "caught_by": by }));
    }
    Ok(json!({ "mutations": MUTATIONS.len(), "mutations_caught": caught, "table": table }))
}

/// A copy of the sources.
struct Copy(PathBuf);

impl Copy {
    fn make(root: &Path) -> Result<Self, String> {
        let folder = root.join("target/mutations");
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .map_err(|error| format!("can't empty {}: {error}", folder.display()))?;
        }
        let listed = Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(root)
            .output()
            .map_err(|error| format!("can't run git: {error}"))?;
        for name in String::from_utf8_lossy(&listed.stdout).lines() {
            let (from, to) = (root.join(name), folder.join(name));
            // A file that is deleted and not committed yet is still listed.
            if !from.is_file() {
                continue;
            }
            let parent = to.parent().unwrap_or(&folder);
            std::fs::create_dir_all(parent)
                .map_err(|error| format!("can't make {}: {error}", parent.display()))?;
            std::fs::copy(&from, &to).map_err(|error| format!("can't copy {name}: {error}"))?;
        }
        Ok(Self(folder))
    }

    /// Breaks a guard, runs the tests, and mends it again. Returns the tests that went red.
    fn judge(&self, root: &Path, mutation: &Mutation) -> Result<Option<String>, String> {
        for (file, from, to) in mutation.edits {
            let text = self.read(file)?;
            self.write(file, &text.replacen(from, to, 1))?;
        }
        let output = Command::new("cargo")
            .args(["test", "--quiet", "--package", "polyregion-tests", "--test", "integration", "--"])
            .args(mutation.tests)
            .current_dir(&self.0)
            // Dependencies that are built already are used again.
            .env("CARGO_TARGET_DIR", root.join("target"))
            .env("INSTA_UPDATE", "no")
            .env("RUST_BACKTRACE", "0")
            .output()
            .map_err(|error| format!("can't run cargo: {error}"))?;
        for (file, _, _) in mutation.edits {
            let original =
                std::fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {error}"))?;
            self.write(file, &original)?;
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() {
            return Ok(None);
        }
        let red: Vec<&str> = text
            .lines()
            .skip_while(|line| *line != "failures:")
            .map(str::trim)
            .filter(|line| line.contains("::") && !line.contains(' '))
            .collect();
        if red.is_empty() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("{}: does not compile:\n{errors}", mutation.name));
        }
        Ok(Some(red.join(", ")))
    }

    fn read(&self, file: &str) -> Result<String, String> {
        std::fs::read_to_string(self.0.join(file)).map_err(|error| format!("{file}: {error}"))
    }

    fn write(&self, file: &str, text: &str) -> Result<(), String> {
        std::fs::write(self.0.join(file), text).map_err(|error| format!("{file}: {error}"))
    }
}
