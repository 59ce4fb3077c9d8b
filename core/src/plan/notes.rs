//! What else is worth saying about a plan. Not here: what it changes (`deploy`).

use polyregion_model::{ClusterRole, ResourceKind};

use super::Note;
use super::change::{Action, Change};
use super::deploy::Planner;
use super::upgrades::is_major;
use crate::attribute::{Field, Value};
use crate::diff::FieldChange;
use crate::observed::Observation;

impl Planner<'_> {
    pub(super) fn notes(&mut self) {
        for unmanaged in &self.input.world.unmanaged {
            let text = match &unmanaged.obstacle {
                // Its deletion is a change of its own, or a conflict says why not.
                Some(_) => continue,
                None => format!("{} is not declared and is left alone", unmanaged.what),
            };
            self.plan.notes.push(Note { address: unmanaged.address.clone(), text });
        }
        self.moved_roles();
        self.losses();
        let creates_primary = |change: &&Change| change.action == Action::Create;
        for change in self.plan.changes.iter().filter(creates_primary) {
            let Some(resource) = self.input.topology.resource(&change.address) else { continue };
            if let ResourceKind::Cluster(cluster) = &resource.kind
                && let ClusterRole::Primary { master_username, .. } = &cluster.role
            {
                let is_on = cluster.settings.contains_key(&Field::IamAuthentication);
                let or = if is_on { ", or let users log in with IAM, which is on" } else { "" };
                let text = format!(
                    "the password of `{master_username}` is generated and not kept: set one with `aws rds \
                     modify-db-cluster`{or}"
                );
                self.plan.notes.push(Note { address: change.address.clone(), text });
            }
        }
        self.plan.notes.sort();
    }

    /// What a change in place takes away later, or by itself.
    fn losses(&mut self) {
        let mut notes = Vec::new();
        for change in &self.plan.changes {
            if matches!(change.action, Action::Update | Action::Adopt) {
                let texts = change.fields.iter().filter_map(loss);
                notes.extend(
                    texts.map(|text| Note { address: change.address.clone(), text: text.to_owned() }),
                );
                notes.extend(self.copied_late(change));
            }
        }
        self.plan.notes.extend(notes);
    }

    /// The replication of a bucket that gets a key comes after it.
    fn copied_late(&self, change: &Change) -> Option<Note> {
        let encrypts = |change: &FieldChange| change.field == Field::Encryption && change.new.is_some();
        let is_bucket = self.input.topology.resource(&change.address)?.kind.as_bucket().is_some();
        let own = change.address.clone().with_part("replication");
        let is_source = self.input.topology.resource(&own).is_some();
        (is_bucket && is_source && change.fields.iter().any(encrypts)).then(|| Note {
            address: change.address.clone(),
            text: "what is written until its replication has the keys, seconds later, is not copied by S3 but with Batch Replication".to_owned(),
        })
    }

    /// A declared primary that is not the writer: switched over, or declared elsewhere since. No change of ours.
    fn moved_roles(&mut self) {
        for resource in self.input.topology.resources() {
            let Some(cluster) = resource.kind.as_cluster() else { continue };
            let Observation::Present(observed) = self.input.world.get(&resource.address) else { continue };
            let is_primary = matches!(cluster.role, ClusterRole::Primary { .. });
            let reads = observed.attributes.get(&Field::IsWriter) == Some(&Value::Flag(false));
            if is_primary && reads {
                let text = "it is declared as the primary, and another member takes the writes; a deploy moves no role";
                self.plan.notes.push(Note { address: resource.address.clone(), text: text.to_owned() });
            }
        }
    }
}

/// What a change of an attribute takes away, if it does.
fn loss(change: &FieldChange) -> Option<&'static str> {
    let FieldChange { field, old, new } = change;
    let days = |value: &Option<Value>| value.as_ref().and_then(Value::as_number).unwrap_or_default();
    let is_less = days(new) < days(old);
    let texts = old.as_ref().and_then(Value::as_text).zip(new.as_ref().and_then(Value::as_text));
    let mut rules = new.as_ref().and_then(Value::as_map).into_iter().flat_map(|rules| rules.values());
    if *field == Field::PointInTimeRecovery && is_less {
        Some(
            "the times that it can no longer be restored to are lost: recovery begins anew when it is turned on again",
        )
    } else if let (Field::EngineVersion, Some((old, new))) = (*field, texts) {
        Some(if is_major(old, new) {
            "AWS upgrades all members together, and the database is away meanwhile; there is no way back but a restore"
        } else {
            "the secondaries are upgraded before the primary; instances restart, and there is no way back"
        })
    } else if *field == Field::BackupRetentionPeriod && is_less {
        Some("backups that are older than the new retention are deleted")
    } else if *field == Field::Lifecycle && rules.any(|rule| rule.contains("expire")) {
        Some("S3 deletes what a rule lets expire, in every region, and no run asks again")
    } else {
        None
    }
}
