//! The matrix: every key of every item that the engine deploys, changed on a deployed topology. Its cells are data, in
//! `tests/matrix`. Not here: making and deleting whole items.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use polyregion::Topology;
use polyregion::engine::Options;
use polyregion::permissions::{Purpose, policy};
use polyregion::plan::{Action, Goal, Plan};
use polyregion_model::judge;

use crate::cloud::Cloud;

/// The files of cells, by kind of item.
const FILES: [&str; 6] = [
    include_str!("../matrix/zones.cells"),
    include_str!("../matrix/health_checks.cells"),
    include_str!("../matrix/records.cells"),
    include_str!("../matrix/tables.cells"),
    include_str!("../matrix/clusters.cells"),
    include_str!("../matrix/buckets.cells"),
];

const CHANGED: &str = "what exists is not what it was";

/// What becomes of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// These attributes change in place, and change back.
    Changes(BTreeSet<String>),
    /// These attributes change in place. What a topology says nothing about is left as it is, so nothing changes back.
    Adds(BTreeSet<String>),
    /// The records of the name are replaced in one batch, and replaced back.
    Replaces,
    /// The record moves from one zone to another, with a batch for each.
    Moves,
    /// AWS can't, and the plan says so in these words.
    Refuses(String),
    /// Nothing on AWS depends on it.
    Leaves,
    /// It makes or deletes resources, or can't be tried like this; other tests do, as said here.
    Elsewhere(String),
}

/// One change of one key.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The item or block, and the key.
    pub key: String,
    /// What becomes of it.
    pub wanted: Wanted,
    shared: String,
    before: String,
    after: String,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  {}\n  {}", self.key, self.before, self.after)
    }
}

/// All cells.
///
/// # Errors
/// The line that is no part of one.
pub fn cells() -> Result<Vec<Cell>, String> {
    let mut cells = Vec::new();
    for file in FILES {
        let mut shared = String::new();
        for paragraph in file.split("\n\n") {
            let mut lines = paragraph.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            let Some(head) = lines.next() else { continue };
            let body: Vec<&str> = lines.map(str::trim).collect();
            if head == "with" {
                shared = body.join("\n");
                continue;
            }
            cells.push(cell(head, &body, &shared)?);
        }
    }
    Ok(cells)
}

/// Tries the cells of some keys, all of them whatever fails; how many there were, and what failed.
///
/// # Errors
/// Those of [`cells`].
pub async fn try_cells(is_wanted: impl Fn(&str) -> bool) -> Result<(usize, Vec<String>), String> {
    let (mut tried, mut failed) = (0, Vec::new());
    for cell in cells()?.iter().filter(|cell| cell.is_tried() && is_wanted(&cell.key)) {
        tried += 1;
        if let Err(error) = cell.run().await {
            failed.push(format!("{cell}\n    {error}"));
        }
    }
    Ok((tried, failed))
}

fn cell(head: &str, body: &[&str], shared: &str) -> Result<Cell, String> {
    let unknown = || format!("no cell begins with `{head}`");
    let (key, wanted) = head.split_once(' ').ok_or_else(unknown)?;
    let (verb, rest) = wanted.split_once(' ').unwrap_or((wanted, ""));
    let fields = || rest.split(", ").map(str::to_owned).collect();
    let wanted = match verb {
        "changes" => Wanted::Changes(fields()),
        "adds" => Wanted::Adds(fields()),
        "replaces" => Wanted::Replaces,
        "moves" => Wanted::Moves,
        "refuses" => Wanted::Refuses(rest.to_owned()),
        "leaves" => Wanted::Leaves,
        "elsewhere" => Wanted::Elsewhere(rest.to_owned()),
        _ => return Err(unknown()),
    };
    let (before, after) = match (body, &wanted) {
        ([before, after], _) => (*before, *after),
        ([], Wanted::Elsewhere(_)) => ("", ""),
        _ => return Err(format!("`{head}` has {} lines instead of before and after", body.len())),
    };
    let key = key.to_owned();
    Ok(Cell { key, wanted, shared: shared.to_owned(), before: before.to_owned(), after: after.to_owned() })
}

impl Cell {
    /// Whether it is tried here.
    fn is_tried(&self) -> bool {
        !matches!(self.wanted, Wanted::Elsewhere(_))
    }

    /// Tries it on an AWS of its own; what was otherwise than wanted is the error.
    async fn run(&self) -> Result<(), String> {
        let (before, after) = (self.topology(&self.before)?, self.topology(&self.after)?);
        let cloud = Cloud::new(&before)?;
        polyregion::local::furnish(&cloud.sim, &after).map_err(|error| error.to_string())?;
        deploy(&cloud, &before).await?;
        let made = identities(&cloud);
        let there = plan(&cloud, &after).await?;
        if let Wanted::Refuses(words) = &self.wanted {
            self.check_refusal(&there, words)?;
            // A run changes nothing about it, nor what is said.
            let run = cloud.run(&after, Goal::Deploy, Options::default()).await;
            run.map_err(|error| error.to_string())?;
            self.check_refusal(&plan(&cloud, &after).await?, words)
                .map_err(|error| format!("again: {error}"))?;
            return if identities(&cloud) == made {
                deploy(&cloud, &before).await
            } else {
                Err(CHANGED.to_owned())
            };
        }
        self.check(&there, &self.wanted)?;
        deploy(&cloud, &after).await?;
        let back = if let Wanted::Adds(_) = self.wanted { &Wanted::Leaves } else { &self.wanted };
        self.check(&plan(&cloud, &before).await?, back).map_err(|error| format!("and back: {error}"))?;
        deploy(&cloud, &before).await?;
        if matches!(self.wanted, Wanted::Adds(_)) || identities(&cloud) == made {
            Ok(())
        } else {
            Err(CHANGED.to_owned())
        }
    }

    fn topology(&self, item: &str) -> Result<Topology, String> {
        topology(&format!("{}\n{item}", self.shared))
    }

    /// The label of the item that changes.
    fn label(&self) -> &str {
        let word = self.before.split_whitespace().nth(1).unwrap_or_default();
        word.trim_end_matches(':')
    }

    fn check(&self, plan: &Plan, wanted: &Wanted) -> Result<(), String> {
        let Plan { changes, steps, deferred, conflicts, kept, .. } = plan;
        if !(deferred.is_empty() && conflicts.is_empty() && kept.is_empty()) {
            return Err(format!("deferred {deferred:?}, conflicts {conflicts:?}, kept {kept:?}"));
        }
        if let Some(other) = changes.iter().find(|change| change.address.label != self.label()) {
            return Err(format!("{} changes, too", other.address));
        }
        let only_updates = changes.iter().all(|change| change.action == Action::Update);
        let has = |action: Action| changes.iter().any(|change| change.action == action);
        let is_replacement = has(Action::Create) && has(Action::Delete);
        let fields = || -> BTreeSet<String> {
            changes.iter().flat_map(|change| &change.fields).map(|change| change.field.to_string()).collect()
        };
        let holds = match wanted {
            Wanted::Changes(wanted) | Wanted::Adds(wanted) => only_updates && fields() == *wanted,
            Wanted::Replaces => is_replacement && steps.len() == 1,
            Wanted::Moves => is_replacement && steps.len() == 2,
            Wanted::Leaves => plan.is_converged(),
            Wanted::Refuses(_) | Wanted::Elsewhere(_) => false,
        };
        if holds {
            return Ok(());
        }
        let actions: Vec<String> =
            changes.iter().map(|change| format!("{} {}", change.action.symbol(), change.address)).collect();
        Err(format!("{wanted:?} was wanted, and {actions:?} change {:?} in {} steps", fields(), steps.len()))
    }

    fn check_refusal(&self, plan: &Plan, words: &str) -> Result<(), String> {
        let said = plan
            .conflicts
            .iter()
            .any(|conflict| conflict.address.label == self.label() && conflict.what.contains(words));
        // What goes with it waits, too: neither is done without the other.
        if said && plan.changes.is_empty() {
            return Ok(());
        }
        Err(format!("`{words}` was wanted: {:?}, {} changes", plan.conflicts, plan.changes.len()))
    }
}

/// A topology of two regions with items as the macro reads them.
///
/// # Errors
/// What is wrong with them.
pub fn topology(items: &str) -> Result<Topology, String> {
    topology_in("us: us_east_1, eu: eu_west_1", items)
}

/// A topology of regions with items as the macro reads them.
///
/// # Errors
/// What is wrong with them.
pub fn topology_in(regions: &str, items: &str) -> Result<Topology, String> {
    named("matrix", regions, items)
}

/// The same under another name.
///
/// # Errors
/// What is wrong with them.
pub fn named(name: &str, regions: &str, items: &str) -> Result<Topology, String> {
    let head = format!("pub mod {name}; account: \"123456789012\", regions {{ {regions} }}");
    let document = polyregion_macros::document(&format!("{head}\n{items}"));
    let (topology, invalid) = judge(document.map_err(|errors| errors.join("\n"))?);
    topology.ok_or_else(|| invalid.to_string())
}

/// What exists, by what tells it from another of its name, but for the buckets that hold the recorded state.
fn identities(cloud: &Cloud) -> BTreeMap<String, String> {
    let mut identities = cloud.sim.identities();
    identities.retain(|name, _| !name.contains("polyregion-state-"));
    identities
}

async fn plan(cloud: &Cloud, topology: &Topology) -> Result<Plan, String> {
    Ok(cloud.plan(topology, Goal::Deploy).await.map_err(|error| error.to_string())?.plan)
}

/// Deploys with no more permissions than the policy for it grants, and makes sure that planning again is empty.
async fn deploy(cloud: &Cloud, topology: &Topology) -> Result<(), String> {
    let policy = policy(topology, Purpose::Apply).to_string();
    cloud.sim.set_permissions(Some(vec![policy])).map_err(|error| error.to_string())?;
    cloud.deploy(topology).await?;
    let again = plan(cloud, topology).await?;
    if again.is_converged() { Ok(()) } else { Err("planning again is not empty".to_owned()) }
}
