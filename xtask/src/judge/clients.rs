//! What other clients see of the simulated AWS: the storefront is deployed on its server, and boto3 and the AWS CLI read back what was
//! made. Not here: what the emulators make of the same calls.

use std::path::Path;
use std::process::{Command, Stdio};

use polyregion_examples::storefront;

use super::cloud::expected;
use super::program::Program;

/// Lists an account with boto3.
const LOOK: &str = include_str!("look.py");

/// So much faster than AWS: a deploy of eighteen minutes takes a few seconds.
const SPEED: f64 = 400.0;

/// What the AWS CLI is asked, and a word of its answer. `{table}` is the name of a table.
const ASKED: [(&[&str], &str); 12] = [
    (&["sts", "get-caller-identity"], "123456789012"),
    (&["route53", "list-hosted-zones"], "/hostedzone/"),
    (&["route53", "list-health-checks"], "HealthCheckConfig"),
    (&["dynamodb", "list-tables"], "TableNames"),
    (&["dynamodb", "describe-table", "--table-name", "{table}"], "GlobalTableVersion"),
    (&["dynamodb", "describe-continuous-backups", "--table-name", "{table}"], "PointInTimeRecoveryStatus"),
    (&["rds", "describe-global-clusters"], "GlobalClusterMembers"),
    (&["rds", "describe-db-clusters"], "DBClusterIdentifier"),
    (&["rds", "describe-db-instances"], "DBInstanceClass"),
    (&["iam", "list-roles"], "AssumeRolePolicyDocument"),
    (&["s3api", "list-buckets"], "BucketRegion"),
    (&["s3", "ls"], "polyregion-state-"),
];

/// Deploys on a server of its own, and looks with every client.
pub(super) fn judge(python: &Path, executable: &Path, folder: &Path) -> Result<String, String> {
    super::make_anew(folder)?;
    let topology = storefront::topology();
    let port = crate::aws_sim::spawn(topology, SPEED)?;
    let account = topology.account().to_owned();
    let program =
        Program { executable: executable.to_owned(), words: &[], account, folder: folder.to_owned() };
    program.run("deploy", &["deploy", "--yes"], port)?.expect(0)?;
    program.run("plan", &["plan"], port)?.expect(0)?;
    let wanted = expected(topology);

    let url = format!("http://127.0.0.1:{port}");
    let regions = topology.regions().iter().map(|place| place.region.code());
    let seen = client(Command::new(python).args(["-c", LOOK, &url]).args(regions), folder)?;
    let seen: Vec<String> = seen.lines().map(str::to_owned).collect();
    super::compare(&seen, &wanted).map_err(|error| format!("by boto3, {error}"))?;

    let aws = python.with_file_name("aws");
    let table = topology.resources().iter().find_map(|resource| resource.kind.as_table());
    let table = table.map(|table| table.name.as_str()).ok_or("the storefront has no table")?;
    for (words, answer) in ASKED {
        let words: Vec<String> = words.iter().map(|word| word.replace("{table}", table)).collect();
        let said =
            client(Command::new(python).arg(&aws).args(["--endpoint-url", &url]).args(&words), folder)?;
        if !said.contains(answer) {
            return Err(format!("`aws {}` does not say `{answer}`: {said}", words.join(" ")));
        }
    }
    Ok(format!("{} lines each, and {} commands of the AWS CLI", wanted.len(), ASKED.len()))
}

/// Runs a client without whatever this machine has configured; returns what it printed.
fn client(command: &mut Command, folder: &Path) -> Result<String, String> {
    command.env_clear().env("HOME", folder).env("PATH", "/usr/bin:/bin").current_dir(folder);
    command.env("AWS_ACCESS_KEY_ID", "judge").env("AWS_SECRET_ACCESS_KEY", "judge");
    command.env("AWS_DEFAULT_REGION", "us-east-1").env("AWS_EC2_METADATA_DISABLED", "true");
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("can't run a client: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("a client failed: {}", said.trim().lines().next_back().unwrap_or("it did not say why")))
}
