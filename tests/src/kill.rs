//! The real program, killed or asked to stop while it works on a real file system, and started again. Not here: dying at each
//! single effect (`sweep`).

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storefront"));
    command.args(args).arg("--local").arg("--local-state").arg(folder);
    command.env_clear().env("HOME", "/nonexistent").stdin(Stdio::null());
    command
}

/// Runs a command and kills it as soon as the journal has so many lines. False if it ended before.
fn kill_at(folder: &Path, args: &[&str], lines: usize) -> bool {
    let Some(mut child) = run_until(folder, args, lines) else { return false };
    child.kill().unwrap();
    child.wait().unwrap();
    true
}

/// Runs a command until the journal has so many lines. None if it ended before.
fn run_until(folder: &Path, args: &[&str], lines: usize) -> Option<Child> {
    let journal = folder.join("storefront.journal");
    let mut child = command(folder, args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let started = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        let written = std::fs::read(&journal).unwrap_or_default();
        if written.iter().filter(|byte| **byte == b'\n').count() >= lines {
            return Some(child);
        }
        assert!(started.elapsed() < Duration::from_secs(60), "it hangs");
        std::thread::yield_now();
    }
}

fn code(folder: &Path, args: &[&str]) -> (i32, String) {
    let output = command(folder, args).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// How many of a kind the simulated AWS holds.
fn count(folder: &Path, kind: &str) -> usize {
    let aws: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("aws.json")).unwrap()).unwrap();
    aws["world"][kind].as_object().unwrap().len()
}

#[test]
fn killed_and_started_again_it_goes_on() {
    let mut killed = 0;
    for lines in [1, 2, 3, 5, 8, 13, 21, 34, 55, 72] {
        let folder = std::env::temp_dir().join(format!("polyregion-kill-{}-{lines}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        killed += usize::from(kill_at(&folder, &["deploy", "--yes"], lines));
        let (deployed, text) = code(&folder, &["deploy", "--yes"]);
        assert_eq!(deployed, 0, "{lines}: {text}");
        let (planned, text) = code(&folder, &["plan"]);
        assert_eq!(planned, 0, "{lines}: {text}");
        assert_eq!((count(&folder, "zones"), count(&folder, "health_checks")), (1, 2), "{lines}");
        let (_, state) = code(&folder, &["state", "show"]);
        assert!(state.contains("19 resources") && state.contains("not locked"), "{lines}: {state}");

        killed += usize::from(kill_at(&folder, &["destroy", "--yes"], lines));
        let mut last = (3, String::new());
        for _ in 0..3 {
            last = code(&folder, &["destroy", "--yes"]);
        }
        assert_eq!(last.0, 0, "{lines}: {}", last.1);
        assert_eq!((count(&folder, "zones"), count(&folder, "buckets")), (0, 0), "{lines}");
        std::fs::remove_dir_all(folder).unwrap();
    }
    assert!(killed > 8, "only {killed} were killed in time");
}

/// Asked to end, it ends in order: what is under way is answered, the lock is given back, and the exit code says that it is partial.
#[cfg(unix)]
#[test]
fn asked_to_end_it_ends_in_order() {
    let mut partial = 0;
    for lines in [1, 5, 13, 21, 34] {
        let folder = std::env::temp_dir().join(format!("polyregion-term-{}-{lines}", std::process::id()));
        drop(std::fs::remove_dir_all(&folder));
        if let Some(mut child) = run_until(&folder, &["deploy", "--yes"], lines) {
            let signal = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
            assert!(signal.success());
            let ended = child.wait().unwrap();
            // By then it may have been done.
            assert!(matches!(ended.code(), Some(0 | 3)), "{lines}: {ended}");
            partial += usize::from(ended.code() == Some(3));
            let (_, state) = code(&folder, &["state", "show"]);
            assert!(state.contains("not locked"), "{lines}: {state}");
        }
        let (deployed, text) = code(&folder, &["deploy", "--yes"]);
        assert_eq!(deployed, 0, "{lines}: {text}");
        assert_eq!(code(&folder, &["plan"]).0, 0, "{lines}");
        std::fs::remove_dir_all(folder).unwrap();
    }
    assert!(partial > 0, "none was stopped in time");
}
