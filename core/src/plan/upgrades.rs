//! Versions of database engines: which differences are upgrades, and whose. Not here: carrying them out.

use polyregion_model::{Resource, ResourceKind};

use super::Note;
use super::deploy::Planner;
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;
use crate::observed::Observation;

/// The numbers of a version: of PostgreSQL's own, of Aurora's release for MySQL (`8.0.mysql_aurora.3.08.0`).
fn numbers(version: &str) -> Vec<u64> {
    let own = version.split_once(MYSQL).map_or(version, |(_, release)| release);
    own.split('.').map_while(|part| part.parse().ok()).collect()
}

/// What the version of Aurora MySQL has between MySQL's and its own.
const MYSQL: &str = ".mysql_aurora.";

/// Whether one version is of another major version than the other.
pub(crate) fn is_major(old: &str, new: &str) -> bool {
    numbers(old).first() != numbers(new).first()
}

impl Planner<'_> {
    /// Takes out of the differences of a database what is no change of ours: a version that AWS has raised by itself, and that of a
    /// member, which rises with its global cluster. What is left is possible, or the error says why not.
    pub(super) fn settle_version(
        &mut self,
        resource: &Resource,
        changes: &mut Vec<FieldChange>,
        adopts: bool,
    ) -> Result<(), String> {
        let Some(at) = changes.iter().position(|change| change.field == Field::EngineVersion) else {
            return Ok(());
        };
        let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string).unwrap_or_default();
        let (old, new) =
            changes.get(at).map(|change| (text(&change.old), text(&change.new))).unwrap_or_default();
        let is_newer = numbers(&old) > numbers(&new);
        if resource.kind.as_cluster().is_some() && self.global_rises(resource) {
            changes.remove(at);
            return Ok(());
        }
        if is_newer && !is_major(&old, &new) {
            changes.remove(at);
            if resource.kind.as_global_cluster().is_some() {
                let text =
                    format!("AWS has engine version {old}, newer than {new}, which is declared; it stays");
                self.plan.notes.push(Note { address: resource.address.clone(), text });
            }
            return Ok(());
        }
        if is_newer {
            return Err(format!("its engine version is {old}, and AWS lowers no version to {new}"));
        }
        if adopts && is_major(&old, &new) {
            return Err(format!(
                "its engine version is {old}, and what is taken over gets no other major version"
            ));
        }
        let mut unmanaged = self.input.world.unmanaged.iter();
        if let Some(beside) = unmanaged.find(|it| it.address == resource.address) {
            return Err(format!(
                "its engine version is {old}, and {} is not declared and would get {new}, too",
                beside.what
            ));
        }
        if is_major(&old, &new) && self.names_groups(resource) {
            return Err(format!(
                "its engine version is {old}, and with {new} AWS puts its default parameter groups in the place of the declared ones: \
                 take them out of the declaration, upgrade, and name some of the new family then"
            ));
        }
        if new.contains(MYSQL) && !is_major(&old, &new) && self.has_secondaries(resource) {
            return Err(format!(
                "its engine version is {old}, and Aurora MySQL gets to {new} only without secondaries (Aurora User Guide, \
                 \"Upgrading Aurora MySQL by modifying the engine version\")"
            ));
        }
        Ok(())
    }

    /// Whether the global cluster of a member is to get another version.
    fn global_rises(&self, member: &Resource) -> bool {
        self.of_item(member).any(|other| {
            let ResourceKind::GlobalCluster(global) = &other.kind else { return false };
            match self.input.world.get(&other.address) {
                Observation::Present(found) => {
                    let found = found.attributes.get(&Field::EngineVersion).and_then(Value::as_text);
                    found != Some(global.version.as_str())
                }
                Observation::Absent | Observation::Unknown(_) => false,
            }
        })
    }

    /// Whether a parameter group is declared for a member or an instance.
    fn names_groups(&self, of: &Resource) -> bool {
        self.of_item(of).any(|other| {
            other.kind.settings().is_some_and(|settings| settings.contains_key(&Field::ParameterGroup))
        })
    }

    fn has_secondaries(&self, of: &Resource) -> bool {
        self.of_item(of).filter(|other| other.kind.as_cluster().is_some()).count() > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_numbers() {
        assert!(numbers("16.11") > numbers("16.9"));
        assert!(is_major("16.11", "17.4") && !is_major("16.9", "16.11"));
        let (old, new) = ("8.0.mysql_aurora.3.08.0", "8.0.mysql_aurora.3.10.1");
        assert!(numbers(new) > numbers(old) && !is_major(old, new));
        assert!(is_major("5.7.mysql_aurora.2.12.5", old));
    }
}
