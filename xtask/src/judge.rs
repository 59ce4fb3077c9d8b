//! The outside judge: the storefront's command line against an emulated AWS that others wrote (ministack), plain and
//! through a proxy that makes calls fail (microburst); and the simulated AWS of this project as others see it: boto3 and the AWS CLI, and
//! beside moto and ministack. Not here: the tests, which run on the simulated AWS.
//!
//! Everything listens on loopback. Logs are kept in `target/judge`.

mod clients;
mod cloud;
mod differ;
mod edited;
mod fault;
mod http;
mod modest;
mod program;
mod server;
mod sweep;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;
use polyregion::Topology;
use polyregion_examples::storefront;

use self::cloud::{Cloud, expected};
use self::fault::{CREATING, Call, DELETING, EDITING, Rules};
use self::program::Program;
use self::server::Server;
use self::sweep::{Scenario, sweep};
use crate::run::cargo_output;

/// What to judge.
#[derive(Args)]
pub(crate) struct Judge {
    /// With a command: run it on a topology of what moto knows
    #[arg(long, hide = true)]
    modest: bool,
    /// Run this command on the edited storefront and judge nothing, as the judge itself does
    #[command(subcommand)]
    pub(crate) command: Option<polyregion::cli::Command>,
}

impl Judge {
    /// The topology that a command is about.
    pub(crate) fn topology(&self) -> &'static Topology {
        if self.modest { modest() } else { edited() }
    }
}

/// The storefront after an edit.
fn edited() -> &'static Topology {
    edited::storefront::topology()
}

fn modest() -> &'static Topology {
    modest::modest::topology()
}

/// An account that the topology is not of.
const OTHER_ACCOUNT: &str = "210987654321";
/// How many emulators, each with its proxy, work at the same time. Most of the time is the SDK's, waiting to try again.
const BENCHES: usize = 3;

pub(crate) fn run(root: &Path) -> Result<(), String> {
    let folder = root.join("target/judge");
    make(&folder)?;
    let mut report = Report::default();
    let python = report.step("ministack and microburst are installed", || server::python(&folder))?;
    let executable = report.step("the storefront's command line is built", || build(root))?;
    report.tell("boto3 and the AWS CLI read back from the simulated AWS what was made there", || {
        clients::judge(&python, &executable, &folder.join("clients")).map(|covered| ((), covered))
    })?;
    report.tell("moto and ministack answer random calls as the simulated AWS does", || {
        differ::judge(&python, &folder.join("differ")).map(|covered| ((), covered))
    })?;
    report.step("deploy and destroy on moto: as declared, each plan after it empty", || {
        on_moto(&python, &folder.join("moto"))
    })?;
    let benches = report.step("ministack and microburst answer", || {
        let bench = |number| Bench::start(&python, &executable, &folder.join(format!("bench-{number}")));
        (1..=BENCHES).map(bench).collect::<Result<Vec<_>, _>>()
    })?;
    // Without these there is nothing to judge.
    if let Some(bench) = benches.first() {
        report.step("deploy, edit, destroy: each as declared, each plan after it empty", || bench.life())?;
        report.step("credentials of another account are refused", || bench.other_account())?;
    }
    let mut checks = vec![Check::Outage];
    checks.extend(CREATING.iter().map(|call| Check::Fault(Scenario::Deploy, call)));
    checks.extend(EDITING.iter().map(|call| Check::Fault(Scenario::Edit, call)));
    checks.extend(DELETING.iter().map(|call| Check::Fault(Scenario::Destroy, call)));
    report.share(&checks, &benches);
    report.end()
}

/// A modest topology comes and goes. Zones, health checks and the like are judged by ministack in more ways.
fn on_moto(python: &Path, folder: &Path) -> Result<(), String> {
    make_anew(folder)?;
    let moto = Server::moto(python, folder)?;
    let executable = std::env::current_exe().map_err(|error| format!("can't find this program: {error}"))?;
    let (topology, folder) = (modest(), folder.to_owned());
    let program =
        Program { executable, words: &["judge", "--modest"], account: topology.account().to_owned(), folder };
    let cloud = Cloud::new(moto.port, topology);
    let same = |wanted: &[String]| cloud.inventory().and_then(|found| compare(&found, wanted));
    program.run("deploy", &["deploy", "--yes"], moto.port)?.expect(0)?;
    program.run("plan", &["plan"], moto.port)?.expect(0)?;
    same(&expected(topology))?;
    program.run("destroy-first", &["destroy", "--yes"], moto.port)?.expect(3)?;
    program.run("destroy", &["destroy", "--yes"], moto.port)?.expect(0)?;
    same(&[])
}

/// Compares what exists with what must.
fn compare(found: &[String], wanted: &[String]) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    let missing = wanted.iter().filter(|line| !found.contains(line));
    let missing: Vec<String> = missing.map(|line| format!("no {line}")).collect();
    let extra = found.iter().filter(|line| !wanted.contains(line)).cloned();
    let twice = found.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| format!("twice {}", pair[0]));
    let lines: Vec<String> = missing.into_iter().chain(extra).chain(twice).collect();
    Err(format!("the account holds what it should not: {}", lines.join("; ")))
}

/// Makes a folder anew; what was in it would be taken for what is done now.
fn make_anew(folder: &Path) -> Result<(), String> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("can't remove {}: {error}", folder.display()))
        }
        Ok(()) | Err(_) => make(folder),
    }
}

fn make(folder: &Path) -> Result<(), String> {
    std::fs::create_dir_all(folder).map_err(|error| format!("can't make {}: {error}", folder.display()))
}

/// Builds the program that is judged; returns where it is.
fn build(root: &Path) -> Result<PathBuf, String> {
    let args = ["build", "--quiet", "-p", "polyregion-tests", "--bin", "storefront", "--message-format=json"];
    let messages = cargo_output(root, &args)?;
    let executable = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|message| message["target"]["name"] == "storefront" && message["executable"].is_string());
    let path = executable.as_ref().and_then(|message| message["executable"].as_str());
    path.map(Into::into).ok_or_else(|| "cargo does not say where it built the storefront".to_owned())
}

/// A check that needs an emulator of its own while it runs, and leaves nothing that the next one minds.
enum Check {
    /// A region is cut off.
    Outage,
    /// Faults happen to a call.
    Fault(Scenario, &'static Call),
}

impl Check {
    fn name(&self) -> String {
        match self {
            Check::Outage => "a region that is cut off is unknown, not gone".to_owned(),
            Check::Fault(scenario, call) => {
                format!("{} with faults in {}", scenario.name(), call.operation)
            }
        }
    }

    /// Returns what it covered.
    fn run(&self, bench: &Bench) -> Result<String, String> {
        match self {
            Check::Outage => bench.outage().map(|()| String::new()),
            Check::Fault(scenario, call) => sweep(bench, *scenario, call),
        }
    }
}

/// An emulator with its proxy, and the programs that are run against them.
struct Bench {
    storefront: Program,
    edited: Program,
    /// The topology of `storefront`.
    topology: &'static Topology,
    /// The topology of `edited`, which has more regions.
    widest: &'static Topology,
    cloud: Cloud,
    rules: Rules,
    ministack: Server,
    microburst: Server,
}

impl Bench {
    fn start(python: &Path, executable: &Path, folder: &Path) -> Result<Self, String> {
        make_anew(folder)?;
        let ministack = Server::ministack(python, folder)?;
        let microburst = Server::microburst(python, folder, &ministack)?;
        Cloud::new(microburst.port, edited()).warm_up()?;
        let this = std::env::current_exe().map_err(|error| format!("can't find this program: {error}"))?;
        let (topology, widest) = (storefront::topology(), edited());
        let program = |executable: &Path, words| Program {
            executable: executable.to_owned(),
            words,
            account: topology.account().to_owned(),
            folder: folder.to_owned(),
        };
        Ok(Self {
            storefront: program(executable, &[]),
            edited: program(&this, &["judge"]),
            topology,
            widest,
            cloud: Cloud::new(ministack.port, widest),
            rules: Rules { port: microburst.port },
            ministack,
            microburst,
        })
    }

    fn life(&self) -> Result<(), String> {
        self.cloud.furnish(self.widest)?;
        let (first, second) = (&self.storefront, &self.edited);
        first.run("plan", &["plan"], self.ministack.port)?.expect(2)?;
        first.run("deploy", &["deploy", "--yes"], self.ministack.port)?.expect(0)?;
        first.run("plan-deployed", &["plan"], self.ministack.port)?.expect(0)?;
        self.compare(&expected(self.topology))?;

        second.run("plan-edit", &["plan"], self.ministack.port)?.expect(2)?;
        second.run("edit", &["deploy", "--yes"], self.ministack.port)?.expect(0)?;
        second.run("plan-edited", &["plan"], self.ministack.port)?.expect(0)?;
        self.compare(&expected(self.widest))?;

        // What holds data takes two runs.
        second.run("destroy-first", &["destroy", "--yes"], self.ministack.port)?.expect(3)?;
        second.run("destroy", &["destroy", "--yes"], self.ministack.port)?.expect(0)?;
        self.compare(&[])?;
        let again = second.run("destroy-again", &["destroy", "--yes"], self.ministack.port)?.expect(0)?;
        again.expect_words("nothing to do")?;
        // What was deleted can be made again.
        first.run("deploy-again", &["deploy", "--yes"], self.ministack.port)?.expect(0)?;
        first.run("plan-again", &["plan"], self.ministack.port)?.expect(0)?;
        self.compare(&expected(self.topology))
    }

    fn other_account(&self) -> Result<(), String> {
        let Program { executable, words, account: _, folder } = &self.storefront;
        let other = Program {
            executable: executable.clone(),
            words,
            account: OTHER_ACCOUNT.to_owned(),
            folder: folder.clone(),
        };
        let ended = other.run("other-account", &["deploy", "--yes"], self.ministack.port)?.expect(1)?;
        ended.expect_words(OTHER_ACCOUNT)
    }

    /// First with nothing deployed, then with everything.
    fn outage(&self) -> Result<(), String> {
        let region = self.topology.regions().last().map(|place| place.region.code());
        let region = region.ok_or("the topology has no region")?;
        self.cloud.furnish(self.topology)?;
        // With nothing deployed, nobody knows whether the region that is cut off holds a state.
        for (name, code) in [("outage-before", 1), ("outage-after", 3)] {
            self.rules.cut_off(region)?;
            let ended = self.storefront.run(name, &["deploy", "--yes"], self.microburst.port);
            self.rules.clear()?;
            ended?.expect(code)?;
            self.storefront
                .run(&format!("{name}-again"), &["deploy", "--yes"], self.microburst.port)?
                .expect(0)?;
            self.storefront.run(&format!("{name}-plan"), &["plan"], self.microburst.port)?.expect(0)?;
            self.compare(&expected(self.topology))?;
        }
        Ok(())
    }

    /// Compares what exists with what must.
    fn compare(&self, wanted: &[String]) -> Result<(), String> {
        compare(&self.cloud.inventory()?, wanted)
    }
}

/// Prints one line per check.
#[derive(Default)]
struct Report {
    checks: usize,
    failures: usize,
}

impl Report {
    /// A check whose failure ends everything.
    fn step<T>(&mut self, name: &str, check: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
        self.tell(name, || check().map(|value| (value, String::new())))
    }

    /// The same of a check that says what it covered.
    fn tell<T>(
        &mut self,
        name: &str,
        check: impl FnOnce() -> Result<(T, String), String>,
    ) -> Result<T, String> {
        let started = Instant::now();
        self.checks += 1;
        let result = check();
        let detail = result.as_ref().map_or("", |(_, detail)| detail.as_str());
        self.print(name, detail, result.is_ok(), started);
        result.map(|(value, _)| value).map_err(|error| format!("{name}: {error}"))
    }

    /// Checks that don't depend on each other, each on the bench that is free first.
    fn share(&mut self, checks: &[Check], benches: &[Bench]) {
        let (sender, results) = std::sync::mpsc::channel();
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for bench in benches {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    while let Some(check) = checks.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let started = Instant::now();
                        // The receiver is there until the last sender is gone.
                        drop(sender.send((check.name(), check.run(bench), started)));
                    }
                });
            }
            drop(sender);
            for (name, result, started) in results {
                self.checks += 1;
                self.failures += usize::from(result.is_err());
                let passed = result.is_ok();
                self.print(&name, &result.unwrap_or_else(|error| error), passed, started);
            }
        });
    }

    fn print(&self, name: &str, detail: &str, passed: bool, started: Instant) {
        let (word, separator) =
            (if passed { "ok  " } else { "FAIL" }, if detail.is_empty() { "" } else { ": " });
        let seconds = started.elapsed().as_secs_f64();
        // A reader that went away is no reason to stop.
        let _ = writeln!(std::io::stdout(), "{word} {name}{separator}{detail} ({seconds:.1} s)");
    }

    fn end(self) -> Result<(), String> {
        if self.failures == 0 {
            Ok(())
        } else {
            Err(format!("{} of {} checks failed; logs are in target/judge", self.failures, self.checks))
        }
    }
}
