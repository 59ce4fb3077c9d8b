//! A simulated cloud with the engine on it. Not here: tests.

use std::sync::{Arc, Mutex};

use polyregion::apply::{EventSink, Outcome, apply};
use polyregion::aws::{Aws, Executor, observe};
use polyregion::observed::World;
use polyregion::plan::{self, Plan};
use polyregion::report::event_line;
use polyregion::{Topology, local};
use polyregion_sim::Sim;

/// A simulated AWS, and the engine's view of it.
pub(crate) struct Cloud {
    pub(crate) sim: Sim,
    runs: u32,
}

impl Cloud {
    /// An AWS that has what the topology expects to exist.
    pub(crate) fn for_topology(topology: &Topology) -> Self {
        let cloud = Self { sim: Sim::new(topology.account()), runs: 0 };
        local::furnish(&cloud.sim, topology).unwrap();
        cloud
    }

    fn aws(&self, topology: &Topology) -> Aws {
        Aws::new(local::sdk_config(&self.sim), topology, format!("run{}", self.runs))
    }

    pub(crate) fn sdk(&self) -> aws_config::SdkConfig {
        local::sdk_config(&self.sim)
    }

    pub(crate) async fn observe(&self, topology: &Topology) -> World {
        observe(&self.aws(topology), topology).await
    }

    pub(crate) async fn plan(&self, topology: &Topology) -> Plan {
        plan::deploy(topology, &self.observe(topology).await)
    }

    pub(crate) async fn plan_destroy(&self, topology: &Topology) -> Plan {
        plan::destroy(topology, &self.observe(topology).await)
    }

    /// Applies a plan; returns how it ended and its log.
    pub(crate) async fn apply(&mut self, topology: &Topology, plan: &Plan) -> (Outcome, String) {
        self.runs += 1;
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = {
            let (lines, plan) = (Arc::clone(&lines), plan.clone());
            EventSink::new(move |event| lines.lock().unwrap().push(event_line(&plan, &event)))
        };
        let outcome = apply(plan, Arc::new(Executor::new(self.aws(topology))), sink).await;
        let lines = lines.lock().unwrap().join("\n");
        (outcome, lines)
    }

    /// Plans, applies, and makes sure that it worked and that planning again is empty. Returns the log.
    pub(crate) async fn deploy(&mut self, topology: &Topology) -> String {
        let plan = self.plan(topology).await;
        let (outcome, log) = self.apply(topology, &plan).await;
        assert!(outcome.is_success(), "{log}");
        self.assert_converged(topology).await;
        log
    }

    pub(crate) async fn assert_converged(&self, topology: &Topology) {
        let plan = self.plan(topology).await;
        assert!(plan.is_converged(), "planning again is not empty:\n{}", text(&plan));
    }

    /// Destroys, and makes sure that nothing is left.
    pub(crate) async fn destroy(&mut self, topology: &Topology) -> String {
        let plan = self.plan_destroy(topology).await;
        let (outcome, log) = self.apply(topology, &plan).await;
        assert!(outcome.is_success(), "{log}");
        assert!(self.plan_destroy(topology).await.is_converged());
        log
    }
}

/// A plan without colours.
pub(crate) fn text(plan: &Plan) -> String {
    let coloured = polyregion::report::plan_text(plan);
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}
