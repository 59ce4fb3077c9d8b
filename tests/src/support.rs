//! The simulated cloud with what tests take for granted. Not here: tests, and the cloud itself (`polyregion_tests::cloud`).

use polyregion::Topology;
use polyregion::apply::Outcome;
use polyregion::engine::Options;
use polyregion::observed::World;
use polyregion::plan::{Goal, Plan};
use polyregion_sim::Sim;
use polyregion_tests::cloud::Cloud as Base;

/// A simulated AWS, and the engine's view of it.
pub(crate) struct Cloud {
    pub(crate) base: Base,
    pub(crate) sim: Sim,
}

impl Cloud {
    /// An AWS that has what the topology expects to exist.
    pub(crate) fn for_topology(topology: &Topology) -> Self {
        Self::on(Base::new(topology).unwrap())
    }

    pub(crate) fn on(base: Base) -> Self {
        Self { sim: base.sim.clone(), base }
    }

    pub(crate) fn sdk(&self) -> aws_config::SdkConfig {
        polyregion::local::sdk_config(&self.sim)
    }

    pub(crate) fn inventory(&self) -> Vec<String> {
        self.base.inventory()
    }

    pub(crate) async fn observe(&self, topology: &Topology) -> World {
        let aws = polyregion::aws::Aws::new(self.sdk(), topology);
        let regions = topology.regions().iter().map(|place| place.region).collect();
        polyregion::aws::probe(&aws, topology.account(), &regions, &Default::default()).await.unwrap();
        polyregion::aws::observe(&aws, topology, &polyregion::observed::Sought::default()).await
    }

    pub(crate) async fn plan(&self, topology: &Topology) -> Plan {
        self.base.plan(topology, Goal::Deploy).await.unwrap().plan
    }

    pub(crate) async fn plan_destroy(&self, topology: &Topology) -> Plan {
        let options = self.base.consent_to_all(topology, Goal::Destroy).await.unwrap();
        self.base.engine(topology, options).plan(Goal::Destroy).await.unwrap().plan
    }

    /// Plans and applies; returns how it ended and its log.
    pub(crate) async fn apply(&mut self, topology: &Topology) -> (Outcome, String) {
        let run = self.base.run(topology, Goal::Deploy, Options::default()).await.unwrap();
        (run.outcome, run.log)
    }

    /// Plans, applies, and makes sure that it worked and that planning again is empty. Returns the log.
    pub(crate) async fn deploy(&mut self, topology: &Topology) -> String {
        let (outcome, log) = self.apply(topology).await;
        assert!(outcome.is_success(), "{log}");
        self.assert_converged(topology).await;
        log
    }

    pub(crate) async fn assert_converged(&self, topology: &Topology) {
        let plan = self.plan(topology).await;
        assert!(plan.is_converged(), "planning again is not empty:\n{}", text(&plan));
    }

    /// Destroys with consent for all data, and makes sure that nothing is left.
    pub(crate) async fn destroy(&mut self, topology: &Topology) -> String {
        let run = self.base.destroy(topology).await.unwrap();
        assert!(run.outcome.is_success(), "{}", run.log);
        assert!(self.plan_destroy(topology).await.is_converged());
        run.log
    }
}

/// A plan without colours. Its hash depends on the recorded state, whose lineage is random.
pub(crate) fn text(plan: &Plan) -> String {
    let coloured = polyregion::report::plan_text(plan, "[hash]");
    let mut plain = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}
