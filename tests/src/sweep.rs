//! The sweep: every external effect of a deploy, an update and a destroy is struck in every way, the process is dropped, and
//! the command is given again. Not here: what must hold then (`sweep::invariants`), what is deployed (`sweep::scenes`), and how
//! an effect is struck (`hazard`).

pub mod invariants;
pub mod scenes;

use std::collections::BTreeMap;

use polyregion::engine::{EngineError, Options};
use polyregion::plan::Goal;
use polyregion::state::Reading;

use self::invariants::{Expected, check};
use self::scenes::Scene;
use crate::cloud::{Cloud, Run};
use crate::hazard::{Effect, Hazard, Mode};

/// How much is swept.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// Only every so-many-th strike, from an offset that the seed decides; 1 sweeps all.
    pub stride: usize,
    /// Pairs of strikes: the second hits the run that repairs what the first left.
    pub pairs: usize,
    /// Decides what is sampled.
    pub seed: u64,
}

/// What a sweep found.
#[derive(Clone, Debug, Default)]
pub struct Swept {
    /// External effects, over all scenes.
    pub effects: usize,
    /// Runs that were struck.
    pub runs: usize,
    /// Runs that were struck twice.
    pub pairs: usize,
    /// What did not hold, with the strike that it followed.
    pub violations: Vec<String>,
}

impl Swept {
    fn add(&mut self, other: Swept) {
        self.effects += other.effects;
        self.runs += other.runs;
        self.pairs += other.pairs;
        self.violations.extend(other.violations);
    }
}

/// Scenes with fewer strikes are sampled more closely.
const SMALL: usize = 300;

/// Sweeps all scenes with two threads, as many as the machines that this runs on have cores.
///
/// # Errors
/// When a scene does not even work undisturbed.
pub fn sweep(extent: Extent) -> Result<Swept, String> {
    const THREADS: usize = 2;
    let results: Vec<Result<Swept, String>> = std::thread::scope(|scope| {
        let handles: Vec<_> =
            (0..THREADS).map(|thread| scope.spawn(move || sweep_share(extent, thread, THREADS))).collect();
        let joined = handles.into_iter().map(|handle| handle.join());
        joined
            .map(|result| result.unwrap_or_else(|_| Err("a thread of the sweep panicked".to_owned())))
            .collect()
    });
    let mut swept = Swept::default();
    for (thread, result) in results.into_iter().enumerate() {
        let mut share = result?;
        // Every thread counts the same effects.
        share.effects = if thread == 0 { share.effects } else { 0 };
        swept.add(share);
    }
    swept.violations.sort();
    Ok(swept)
}

fn sweep_share(extent: Extent, thread: usize, threads: usize) -> Result<Swept, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    let runtime = runtime.map_err(|error| format!("can't make a runtime: {error}"))?;
    runtime.block_on(async {
        let mut swept = Swept::default();
        for scene in scenes::all().await? {
            let undisturbed = Undisturbed::of(&scene).await?;
            swept.effects += undisturbed.effects.len();
            let mut random = fastrand::Rng::with_seed(extent.seed);
            let strikes = undisturbed.strikes();
            // Small scenes show what large ones don't, and cost little.
            let stride = if strikes.len() < SMALL { extent.stride.div_ceil(32) } else { extent.stride };
            let sampled = strikes.iter().skip(random.usize(..stride)).step_by(stride);
            for (number, strike) in sampled.enumerate() {
                if number % threads == thread {
                    let (struck, violations) = undisturbed.strike(&scene, &[*strike]).await;
                    swept.runs += struck.min(1);
                    swept.violations.extend(violations);
                }
            }
            // Pairs are shared out between the scenes by their size.
            let pairs = extent.pairs * undisturbed.effects.len() / scenes::TYPICAL_EFFECTS;
            for number in 0..pairs {
                let Some(first) = random.choice(&strikes).copied() else { break };
                // The repair does what is left after its planning.
                let left = strikes.iter().filter(|(at, _)| *at < undisturbed.effects.len() - first.0 / 2);
                let Some(second) = random.choice(&left.copied().collect::<Vec<_>>()).copied() else { break };
                let pair = [first, second];
                if number % threads == thread {
                    // A repair is shorter than the whole, so the second strike may find nothing to hit.
                    let (struck, violations) = undisturbed.strike(&scene, &pair).await;
                    swept.pairs += usize::from(struck == 2);
                    swept.violations.extend(violations);
                }
            }
        }
        Ok(swept)
    })
}

/// A scene as it goes when nothing strikes.
struct Undisturbed {
    effects: Vec<Effect>,
    expected: Expected,
}

impl Undisturbed {
    async fn of(scene: &Scene) -> Result<Self, String> {
        let cloud = scene.begin()?;
        let hazard = Hazard::at(&[]);
        let ended = struck(&cloud, scene, &hazard).await;
        if let Some(error) = ended.error {
            return Err(format!("{} fails undisturbed: {error}", scene.name));
        }
        cloud.sim.set_faults(None);
        let expected = Expected::after(&cloud, scene).await?;
        Ok(Self { effects: hazard.seen(), expected })
    }

    /// Every effect in every mode that it can be struck in.
    fn strikes(&self) -> Vec<(usize, Mode)> {
        let numbered = self.effects.iter().enumerate();
        let modes = |(number, effect): (usize, &Effect)| {
            let effect = effect.clone();
            Mode::ALL.into_iter().filter(move |mode| mode.applies(&effect)).map(move |mode| (number, mode))
        };
        numbered.flat_map(modes).collect()
    }

    /// Strikes one run after another, then lets the command run undisturbed, and checks. Returns how often it struck, and what
    /// does not hold.
    async fn strike(&self, scene: &Scene, strikes: &[(usize, Mode)]) -> (usize, Vec<String>) {
        let mut cloud = match scene.begin() {
            Ok(cloud) => cloud,
            Err(error) => return (0, vec![error]),
        };
        let mut shown = String::new();
        let mut former: Option<Reading> = None;
        let before = cloud.sim.identities();
        let mut at_strike = BTreeMap::new();
        let mut struck_times = 0;
        for strike in strikes {
            let hazard = Hazard::at(&[*strike]);
            let ended = struck(&cloud, scene, &hazard).await;
            cloud.sim.set_faults(None);
            struck_times += usize::from(hazard.has_struck());
            shown.push_str(&ended.shown);
            match strike.1 {
                Mode::Torn | Mode::Before => cloud.disk.lose_power(),
                Mode::MachineLost => cloud = cloud.on_another_machine(),
                Mode::ReplyLost | Mode::Unjournaled | Mode::FailAfter | Mode::Resent => {}
            }
            let reading = cloud.look(scene.topology).await;
            former = former.or(Some(reading));
            at_strike = cloud.sim.identities();
        }
        cloud.sim.reset_calls();
        let repaired = repair(&cloud, scene, &mut shown).await;
        let calls = cloud.sim.calls().len();
        let name = format!("{} {strikes:?} {:?}", scene.name, self.effects.get(strikes[0].0));
        let mut violations = Vec::new();
        match repaired {
            Ok(()) => violations.extend(
                check(&self.expected, &cloud, scene, &before, &at_strike, former, &shown, calls).await,
            ),
            Err(error) => violations.push(format!("the command given again fails: {error}")),
        }
        (struck_times, violations.into_iter().map(|violation| format!("{name}: {violation}")).collect())
    }
}

/// How a run that may have been struck ended.
struct Ended {
    shown: String,
    /// Why it did not succeed, if it was not killed.
    error: Option<String>,
}

/// Runs the commands of a scene until they are through or the process is dead.
async fn struck(cloud: &Cloud, scene: &Scene, hazard: &Hazard) -> Ended {
    cloud.sim.set_faults(Some(hazard.faults()));
    let machine = Cloud { sim: cloud.sim.clone(), disk: cloud.disk.with_hazard(hazard) };
    let mut shown = String::new();
    let commands = async {
        for goal in scene.commands {
            match machine.run(scene.topology, *goal, Options::default()).await {
                Ok(run) => {
                    shown.push_str(&run.shown);
                    if let Some(failure) = run.outcome.failed.values().next() {
                        return Some(failure.to_string());
                    }
                }
                Err(error) => return Some(describe(&error)),
            }
        }
        None
    };
    let error = tokio::select! {
        biased;
        () = hazard.killed() => None,
        error = commands => error,
    };
    Ended { shown, error }
}

/// Gives the command again until nothing is left to do.
async fn repair(cloud: &Cloud, scene: &Scene, shown: &mut String) -> Result<(), String> {
    // A destroy has two runs; a failure that was injected into the first leaves it to be begun again.
    const MOST_RUNS: usize = 4;
    let goal = scene.commands.first().copied().unwrap_or(Goal::Deploy);
    let mut last = String::new();
    for _ in 0..MOST_RUNS {
        let run: Run =
            cloud.run(scene.topology, goal, Options::default()).await.map_err(|error| describe(&error))?;
        shown.push_str(&run.shown);
        last = run.log;
        let plan = cloud.plan(scene.topology, goal).await.map_err(|error| describe(&error))?;
        if plan.plan.is_converged() {
            return Ok(());
        }
        // A deploy that was not stopped must not need to be given twice.
        if goal == Goal::Deploy {
            return Err(format!("planning again is not empty: {:?}\n{last}", plan.plan.changes));
        }
    }
    Err(format!("it does not end:\n{last}"))
}

/// An error with what it tells the user to do.
fn describe(error: &EngineError) -> String {
    format!("{error} ({})", error.help())
}
