//! What planning many records costs a process that does nothing else. Not here: what is printed of it (`xtask measure scale`).

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::time::Instant;

use peak_alloc::PeakAlloc;
use polyregion::aws::Aws;
use polyregion::local;
use polyregion::plan::{Goal, Input, deploy};
use polyregion_tests::cloud::Cloud;
use polyregion_tests::scale;
use serde_json::json;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Of how many runs the fastest counts, where nothing but this machine decides.
const RUNS: usize = 5;

fn main() -> ExitCode {
    let count = std::env::args().nth(1).and_then(|count| count.parse().ok());
    let figures = match count {
        Some(count) => measure(count),
        None => Err("usage: plan_cost RECORDS".to_owned()),
    };
    match figures {
        Ok(figures) => {
            #[expect(clippy::print_stdout, reason = "what it is for")]
            {
                println!("{figures}");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "where errors go")]
            {
                eprintln!("error: {error}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Milliseconds and mebibytes of planning so many records that are deployed; the simulated AWS, which answers in the same process,
/// costs its share of the time, and what it keeps is not counted.
fn measure(count: usize) -> Result<serde_json::Value, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| format!("can't start: {error}"))?;
    runtime.block_on(async {
        let topology = scale::records(count, 0)?;
        let cloud = Cloud::new(&topology)?;
        drop(cloud.deploy(&topology).await?);

        let before = MEMORY.current_usage();
        MEMORY.reset_peak_usage();
        let started = Instant::now();
        let prepared = cloud.plan(&topology, Goal::Deploy).await.map_err(|error| error.to_string())?;
        let plan_ms = started.elapsed().as_millis();
        let peak = MEMORY.peak_usage() - before;
        if !prepared.plan.is_converged() {
            return Err("planning again is not empty".to_owned());
        }

        let aws = Aws::new(local::sdk_config(&cloud.sim), &topology);
        let regions = topology.regions().iter().map(|place| place.region).collect();
        let probed = polyregion::aws::probe(&aws, topology.account(), &regions, &BTreeSet::new()).await;
        probed.map_err(|error| error.to_string())?;
        let world = polyregion::aws::observe(&aws, &topology, &polyregion::observed::Sought::default()).await;
        let input = Input {
            topology: &topology,
            removed: &[],
            world: &world,
            state: &prepared.state,
            emptied: &BTreeMap::new(),
            consents: &BTreeSet::new(),
        };
        let mut diff_ms = u128::MAX;
        for _ in 0..RUNS {
            let started = Instant::now();
            let plan = deploy(&input);
            diff_ms = diff_ms.min(started.elapsed().as_millis());
            if !plan.is_converged() {
                return Err("the difference of what is alike is not empty".to_owned());
            }
        }
        Ok(json!({ "diff_ms": diff_ms, "plan_ms": plan_ms, "plan_peak_mib": peak >> 20 }))
    })
}
