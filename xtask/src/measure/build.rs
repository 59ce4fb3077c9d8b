//! Build times. Single numbers depend on the machine; the ratio of two builds of one run is what can be compared.

use std::path::Path;
use std::time::Instant;

use serde_json::{Value, json};

use crate::run::cargo;

/// The SDK crates that the engine uses.
const SDK: [&str; 8] = [
    "aws-config",
    "aws-sdk-dynamodb",
    "aws-sdk-elasticloadbalancingv2",
    "aws-sdk-iam",
    "aws-sdk-rds",
    "aws-sdk-route53",
    "aws-sdk-s3",
    "aws-sdk-sts",
];

pub(super) fn measure(root: &Path) -> Result<Value, String> {
    let sdk: Vec<&str> = SDK.iter().flat_map(|package| ["-p", package]).collect();
    // Whatever must be downloaded is downloaded before the clock starts.
    cargo(root, &["fetch"], &[])?;
    let sdk_seconds = cold(root, &sdk)?;
    let deploy_seconds = cold(root, &["-p", "xtask"])?;
    Ok(json!({
        "build_sdk_seconds": sdk_seconds.round(),
        "build_deploy_seconds": deploy_seconds.round(),
        "build_ratio": (deploy_seconds / sdk_seconds * 100.0).round() / 100.0,
    }))
}

/// Seconds of a build into an empty folder.
fn cold(root: &Path, packages: &[&str]) -> Result<f64, String> {
    let folder = std::env::temp_dir().join(format!("polyregion-measure-{}", std::process::id()));
    let target = folder.display().to_string();
    let started = Instant::now();
    let built = cargo(root, &[&["build", "--quiet", "--target-dir", &target], packages].concat(), &[]);
    let seconds = started.elapsed().as_secs_f64();
    std::fs::remove_dir_all(&folder)
        .map_err(|error| format!("can't remove {}: {error}", folder.display()))?;
    built.map(|()| seconds)
}
