//! Running other programs. Not here: which.

use std::path::Path;
use std::process::Command;

/// Runs cargo in the repository; its output goes where ours goes.
pub(crate) fn cargo(root: &Path, args: &[&str], variables: &[(&str, &str)]) -> Result<(), String> {
    let status = command(root, args, variables).status();
    let status = status.map_err(|error| format!("can't run cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`cargo {}` failed", args.join(" "))) }
}

/// Runs cargo in the repository and returns what it prints on standard output.
pub(crate) fn cargo_output(root: &Path, args: &[&str]) -> Result<String, String> {
    let output = command(root, args, &[]).output().map_err(|error| format!("can't run cargo: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!("`cargo {}` failed: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)))
    }
}

fn command(root: &Path, args: &[&str], variables: &[(&str, &str)]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root).args(args).envs(variables.iter().copied());
    command
}
