//! The command line as its user meets it: a program of a few lines, run as a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder that is gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("polyregion-test-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_storefront"));
    command.args(args).env_clear().stdin(std::process::Stdio::null());
    // Nothing of the machine's own configuration, and no metadata service.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("HOME", "/nonexistent");
    command
}

fn local(folder: &Path, args: &[&str]) -> Output {
    let state = folder.display().to_string();
    command(args).args(["--local", "--local-state", &state]).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn deploy_plan_and_destroy_with_their_exit_codes() {
    let folder = Folder::new("cycle");
    let run = |args: &[&str]| local(&folder.0, args);

    let plan = run(&["plan"]);
    assert_eq!(code(&plan), 2, "{}", stderr(&plan));
    assert!(stdout(&plan).contains("19 to create"));
    assert!(stderr(&plan).contains(&folder.0.display().to_string()), "the folder is stated");

    let deploy = run(&["deploy", "--yes"]);
    assert_eq!(code(&deploy), 0, "{}", stderr(&deploy));
    assert!(stderr(&deploy).contains("18 of 18 steps done"), "{}", stderr(&deploy));

    let plan = run(&["plan"]);
    assert_eq!((code(&plan), stdout(&plan).contains("nothing to do")), (0, true), "{}", stdout(&plan));

    // What holds data takes two runs.
    let destroy = run(&["destroy", "--yes"]);
    assert_eq!(code(&destroy), 3, "{}", stderr(&destroy));
    assert!(stdout(&destroy).contains("holds data"), "{}", stdout(&destroy));
    let destroy = run(&["destroy", "--yes"]);
    assert_eq!(code(&destroy), 0, "{}", stderr(&destroy));
    let plan = run(&["plan"]);
    assert!(stdout(&plan).contains("19 to create"));
}

#[test]
fn json_is_one_object_or_one_per_line() {
    let folder = Folder::new("json");
    let plan = local(&folder.0, &["plan", "--json"]);
    let object: serde_json::Value = serde_json::from_slice(&plan.stdout).unwrap();
    assert_eq!(object["changes"].as_array().unwrap().len(), 19);
    let deploy = local(&folder.0, &["deploy", "--yes", "--json"]);
    let lines: Vec<serde_json::Value> =
        stdout(&deploy).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.first().unwrap()["goal"], "deploy");
    assert_eq!(lines.last().unwrap()["event"], "finished");
}

#[test]
fn without_credentials_it_says_so_and_names_local() {
    let plan = command(&["plan"]).output().unwrap();
    assert_eq!(code(&plan), 1);
    let text = stderr(&plan);
    assert!(text.contains("no AWS credentials were found") && text.contains("--local"), "{text}");
}

#[test]
fn nothing_changes_without_a_yes() {
    let folder = Folder::new("yes");
    let deploy = local(&folder.0, &["deploy"]);
    assert_eq!(code(&deploy), 1);
    assert!(stderr(&deploy).contains("add --yes"), "{}", stderr(&deploy));
    assert_eq!(code(&local(&folder.0, &["plan"])), 2);
}

#[test]
fn a_damaged_simulated_aws_is_refused_and_kept() {
    let folder = Folder::new("damaged");
    for content in ["{", "{\"version\":99,\"world\":{}}", ""] {
        std::fs::write(folder.0.join("aws.json"), content).unwrap();
        let plan = local(&folder.0, &["plan"]);
        assert_eq!(code(&plan), 1, "{}", stderr(&plan));
        assert!(stderr(&plan).contains("aws.json"), "{}", stderr(&plan));
        assert_eq!(std::fs::read_to_string(folder.0.join("aws.json")).unwrap(), content);
    }
}

#[test]
fn codes_are_explained() {
    let page = command(&["explain", "P0302"]).output().unwrap();
    assert_eq!(code(&page), 0);
    insta::assert_snapshot!(stdout(&page));
    let item = command(&["explain", "bucket"]).output().unwrap();
    assert_eq!(code(&item), 0);
    assert!(stdout(&item).contains("mirror: each region  (one of these)"), "{}", stdout(&item));
    let unknown = command(&["explain", "P9999"]).output().unwrap();
    assert_eq!(code(&unknown), 1);
    assert!(stderr(&unknown).contains("there is no diagnostic code"));
}

#[test]
fn help_and_mistakes() {
    let help = command(&["--help"]).output().unwrap();
    assert_eq!(code(&help), 0);
    insta::assert_snapshot!(stdout(&help));
    let plan_help = command(&["deploy", "--help"]).output().unwrap();
    insta::assert_snapshot!("deploy_help", stdout(&plan_help));
    let mistake = command(&["depoly"]).output().unwrap();
    assert_eq!(code(&mistake), 1);
    assert!(stderr(&mistake).contains("deploy"), "{}", stderr(&mistake));
}

#[test]
fn show_prints_the_topology() {
    let show = command(&["show"]).output().unwrap();
    assert_eq!(code(&show), 0);
    assert_eq!(stdout(&show), polyregion_examples::storefront::topology().to_string());
}

#[test]
fn a_saved_plan_is_applied_once_and_only_where_it_was_made() {
    let folder = Folder::new("saved");
    let run = |args: &[&str]| local(&folder.0, args);
    let file = folder.0.join("plan.json").display().to_string();
    assert_eq!(code(&run(&["plan", "--out", &file])), 2);
    let deploy = run(&["deploy", "--yes", "--plan", &file]);
    assert_eq!(code(&deploy), 0, "{}", stderr(&deploy));
    let again = run(&["deploy", "--yes", "--plan", &file]);
    assert_eq!(code(&again), 1);
    assert!(stderr(&again).contains("it was applied already"), "{}", stderr(&again));
    // For another command.
    let other = run(&["destroy", "--yes", "--plan", &file]);
    assert!(stderr(&other).contains("the plan was made for the command deploy"), "{}", stderr(&other));
    // Edited, cut, newer, something else.
    let text = std::fs::read_to_string(&file).unwrap();
    let bad = [
        text.replace("storefront", "shop"),
        text.replace("123456789012", "999999999999"),
        text.replace("\"endpoints\": {}", "\"endpoints\": {\"S3\": \"http://127.0.0.1:1\"}"),
        text.replace("\"polyregion_plan\": 1", "\"polyregion_plan\": 2"),
        text[..text.len() / 2].to_owned(),
        "{}".to_owned(),
        String::new(),
    ];
    let mut said = String::new();
    for text in bad {
        std::fs::write(&file, text).unwrap();
        let refused = run(&["deploy", "--yes", "--plan", &file]);
        assert_eq!(code(&refused), 1);
        let lines = stderr(&refused);
        let lines = lines.lines().filter(|line| line.starts_with("error:") || line.starts_with("help:"));
        said.extend(lines.map(|line| line.replace(&file, "FILE") + "\n"));
    }
    insta::assert_snapshot!(said);
    assert_eq!(code(&run(&["deploy", "--yes", "--plan", "/nonexistent/plan"])), 1);
}

#[test]
fn consent_is_bound_to_a_plan() {
    let folder = Folder::new("consent");
    let run = |args: &[&str]| local(&folder.0, args);
    assert_eq!(code(&run(&["deploy", "--yes"])), 0);
    let unbound = run(&["destroy", "--yes", "--consent", "table.user_sessions@us"]);
    assert_eq!(code(&unbound), 1);
    let help = stderr(&unbound);
    let hash = help.rsplit_once("--plan-hash ").unwrap().1.trim().to_owned();
    let bound =
        ["destroy", "--yes", "--consent", "table.user_sessions@us", "--consent", "table.user_sessions@ap"];
    let wrong = run(&[&bound[..], &["--plan-hash", "0000000000000000"]].concat());
    assert_eq!(code(&wrong), 1, "{}", stderr(&wrong));
    let first = run(&[&bound[..], &["--plan-hash", &hash]].concat());
    // What there was consent for is gone after the first run, the rest after the second.
    assert_eq!(code(&first), 3, "{}", stderr(&first));
    assert!(stderr(&first).contains("done table.user_sessions@us"), "{}", stderr(&first));
    assert_eq!(code(&run(&["destroy", "--yes"])), 0);
}

#[test]
fn without_a_region_the_rest_is_planned_and_the_exit_code_says_so() {
    let folder = Folder::new("without");
    let run = |args: &[&str]| local(&folder.0, args);
    assert_eq!(code(&run(&["deploy", "--yes"])), 0);
    for region in ["us-east-1", "ap-south-1"] {
        let plan = run(&["plan", "--without", region]);
        assert_eq!(code(&plan), 3, "{}", stdout(&plan));
        let deploy = run(&["deploy", "--yes", "--without", region]);
        assert_eq!(code(&deploy), 3, "{}", stderr(&deploy));
        let state = run(&["state", "show"]);
        assert!(stdout(&state).contains("owed") && stdout(&state).contains(region), "{}", stdout(&state));
        let plan = run(&["plan", "--without", region]);
        assert!(stdout(&plan).contains("owed since"), "{}", stdout(&plan));
        // Back again, what is owed is settled.
        assert_eq!(code(&run(&["deploy", "--yes"])), 0);
        assert!(!stdout(&run(&["state", "show"])).contains("owed"));
    }
    let nowhere = run(&["plan", "--without", "us-east-9"]);
    assert_eq!(code(&nowhere), 1);
    assert!(stderr(&nowhere).contains("did you mean"), "{}", stderr(&nowhere));
}

#[test]
fn the_state_can_be_looked_at_and_mended() {
    let folder = Folder::new("state");
    let run = |args: &[&str]| local(&folder.0, args);
    assert!(stdout(&run(&["state", "show"])).contains("nothing is recorded"));
    assert_eq!(code(&run(&["deploy", "--yes"])), 0);
    let show = run(&["state", "show"]);
    let text = stdout(&show);
    assert!(text.contains("19 resources") && text.contains("not locked"), "{text}");
    let json: serde_json::Value = serde_json::from_slice(&run(&["state", "show", "--json"]).stdout).unwrap();
    assert_eq!(json["state"]["resources"].as_object().unwrap().len(), 19);
    assert_eq!(code(&run(&["state", "unlock", "nobody"])), 1);

    let file = folder.0.join("storefront.state.json");
    std::fs::write(&file, "{").unwrap();
    let plan = run(&["plan"]);
    assert_eq!(code(&plan), 1);
    assert!(stderr(&plan).contains("state rebuild"), "{}", stderr(&plan));
    assert_eq!(code(&run(&["state", "show"])), 1);
    assert_eq!(code(&run(&["state", "rebuild"])), 0);
    assert_eq!(code(&run(&["plan"])), 0);
    // A journal that can't be used.
    std::fs::write(folder.0.join("storefront.journal"), "x\ny\n").unwrap();
    let deploy = run(&["deploy", "--yes"]);
    assert_eq!(code(&deploy), 1);
    assert!(stderr(&deploy).contains("move ") && stderr(&deploy).contains("line 1"), "{}", stderr(&deploy));
    // One of a run on a state that is not here.
    let other = Folder::new("other-state");
    assert_eq!(code(&local(&other.0, &["deploy", "--yes"])), 0);
    let text = std::fs::read_to_string(other.0.join("storefront.journal")).unwrap();
    let unfinished: Vec<&str> = text.lines().filter(|line| !line.contains("\"end\"")).collect();
    std::fs::write(folder.0.join("storefront.journal"), unfinished.join("\n") + "\n").unwrap();
    let deploy = run(&["deploy", "--yes"]);
    assert_eq!(code(&deploy), 1);
    assert!(stderr(&deploy).contains("belongs to another recorded state"), "{}", stderr(&deploy));
    std::fs::remove_file(folder.0.join("storefront.journal")).unwrap();
    assert_eq!(code(&run(&["deploy", "--yes"])), 0);
}

#[test]
fn policies_are_printed_as_iam_takes_them() {
    for purpose in ["plan", "apply", "destroy"] {
        let output = command(&["policy", purpose]).output().unwrap();
        let policy: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(policy["Version"], "2012-10-17");
    }
}

/// No password is in any file or stream of a whole life.
#[test]
fn no_password_is_written_anywhere() {
    let folder = Folder::new("canary");
    let mut streams = Vec::new();
    for args in [
        &["plan", "--json"][..],
        &["deploy", "--yes", "--json"],
        &["deploy", "--yes"],
        &["state", "show", "--json"],
        &["destroy", "--yes"],
    ] {
        let output = local(&folder.0, args);
        streams.extend(output.stdout);
        streams.extend(output.stderr);
    }
    for entry in std::fs::read_dir(&folder.0).unwrap() {
        streams.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    // A password is 32 of 64 characters in a row; nothing else here is so long without a break, but checksums and one word of AWS's.
    let text = String::from_utf8(streams).unwrap();
    let is_password = |word: &&str| {
        word.len() == 32
            && word.chars().any(|c| c.is_ascii_uppercase())
            && word.chars().any(|c| c.is_ascii_lowercase())
    };
    let found: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
        .filter(is_password)
        .filter(|word| *word != "IAMDatabaseAuthenticationEnabled")
        .collect();
    assert_eq!(found, Vec::<&str>::new());
}
