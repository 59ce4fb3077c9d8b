//! Running the command line that is judged, as a user would: a process with arguments, an exit code and output. Not here:
//! what is expected of it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Nothing takes longer, with every retry of the SDK.
const LIMIT: Duration = Duration::from_secs(180);
/// The emulator is done at once; a deploy of twenty minutes takes a second.
const POLL_FACTOR: &str = "0.001";
/// How long a killed program's last call has had to reach the emulator.
const GRACE: Duration = Duration::from_millis(100);

/// A program with the command line of polyregion.
pub(super) struct Program {
    pub(super) executable: PathBuf,
    /// Words before the command.
    pub(super) words: &'static [&'static str],
    /// The account that its credentials are of.
    pub(super) account: String,
    /// Where it runs and its output is kept.
    pub(super) folder: PathBuf,
}

/// How a run ended.
pub(super) struct Ended {
    /// The exit code; none if it was killed.
    pub(super) code: Option<i32>,
    /// What it printed, progress included.
    pub(super) output: String,
    log: PathBuf,
}

impl Program {
    /// Runs a command against a port of this machine to its end.
    pub(super) fn run(&self, name: &str, command: &[&str], port: u16) -> Result<Ended, String> {
        self.run_until(name, command, port, || Ok(false))
    }

    /// Runs a command and kills it soon after `fatal` says so.
    pub(super) fn run_until(
        &self,
        name: &str,
        command: &[&str],
        port: u16,
        fatal: impl Fn() -> Result<bool, String>,
    ) -> Result<Ended, String> {
        let log = self.folder.join(format!("{name}.log"));
        let problem = |error: std::io::Error| format!("can't run {}: {error}", self.executable.display());
        let mut child = self.spawn(command, port, &log).map_err(problem)?;
        let started = Instant::now();
        let code = loop {
            if let Some(status) = child.try_wait().map_err(problem)? {
                break status.code();
            }
            let late = started.elapsed() > LIMIT;
            let stop = fatal();
            if late || stop.as_ref().map_or(true, |stop| *stop) {
                std::thread::sleep(GRACE);
                child.kill().map_err(problem)?;
                child.wait().map_err(problem)?;
                stop?;
                if late {
                    return Err(format!("no end after {} s; see {}", LIMIT.as_secs(), log.display()));
                }
                break None;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        let output = std::fs::read_to_string(&log).map_err(problem)?;
        Ok(Ended { code, output, log })
    }

    fn spawn(&self, command: &[&str], port: u16, log: &Path) -> Result<Child, std::io::Error> {
        let file = File::create(log)?;
        // No credentials, profile or proxy of whoever runs this.
        Command::new(&self.executable)
            .env_clear()
            .env("HOME", &self.folder)
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "judge")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .current_dir(&self.folder)
            .args(self.words)
            .args(command)
            .args(["--endpoint-url", &format!("http://127.0.0.1:{port}"), "--poll-factor", POLL_FACTOR])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
    }
}

impl Ended {
    /// Refuses any other exit code.
    pub(super) fn expect(self, code: i32) -> Result<Self, String> {
        if self.code == Some(code) {
            Ok(self)
        } else {
            Err(format!("wanted exit code {code}, {}", self.describe()))
        }
    }

    /// How it ended and what it said.
    pub(super) fn describe(&self) -> String {
        let found = self.code.map_or("none".to_owned(), |code| code.to_string());
        let telling = |marks: &[&str]| {
            let lines = self.output.lines().filter(|line| marks.iter().any(|mark| line.contains(mark)));
            lines.take(4).map(str::trim).collect::<Vec<_>>().join("; ")
        };
        // Why it failed; if it did not, what it found to do.
        let mut said = telling(&[" failed ", "error:", "what:"]);
        if said.is_empty() {
            said = telling(&["to create", "to update", "to delete", "deferred", "nothing to do"]);
        }
        format!("exit code {found}: {said}; see {}", self.log.display())
    }

    /// Refuses output without these words.
    pub(super) fn expect_words(&self, words: &str) -> Result<(), String> {
        if self.output.contains(words) {
            Ok(())
        } else {
            Err(format!("`{words}` is not in {}", self.log.display()))
        }
    }
}
