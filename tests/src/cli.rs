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
