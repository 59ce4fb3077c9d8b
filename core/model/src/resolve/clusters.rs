//! From clusters to what RDS makes of them. Not here: their settings (`settings`).

use super::{resource, settings};
use crate::address::Address;
use crate::check::clusters as cluster_names;
use crate::check::{Context, Place};
use crate::kind::Kind;
use crate::node::Node;
use crate::read::own;
use crate::resource::*;
use crate::spec::*;

/// AWS's default of one day loses too much for what runs in several regions; a week is what the console proposes for
/// production.
const DEFAULT_RETENTION_DAYS: u8 = 7;

pub(super) fn resolve_cluster(
    context: &Context<'_>,
    cluster: &ClusterSpec,
    out: &mut Vec<Resource>,
) -> Option<()> {
    let ClusterSpec {
        label,
        docs: _,
        pending: _,
        unread: _,
        engine: EngineSpec { name: _, version },
        primary,
        secondaries,
        instances: _,
        subnet_group,
        database,
        master_username,
        kms_key,
        backup_retention: backup_retention_days,
        deletion_protection,
        // These are in `settings`.
        serverless_capacity: _,
        write_forwarding: _,
        parameter_group: _,
        backup_window: _,
        maintenance_window: _,
        storage: _,
        port: _,
        network: _,
        iam_authentication: _,
        log_exports: _,
        performance_insights: _,
        // These are in `tags`.
        tags: _,
        instance_parameter_group: _,
        monitoring: _,
        extended_support,
        overrides,
        // Pending: none of it is there when the engine deploys.
        credentials: _,
        managed_rpo: _,
        // Of all that the item has, in `resolve`.
        adopt: _,
        existing: _,
    } = cluster;
    let engine = cluster_names::engine(cluster)?;
    let primary_place = context.place(primary.as_str())?;
    let protection = deletion_protection.as_ref().is_none_or(|node| node.value);
    let retention = backup_retention_days.as_ref().map(|days| u8::try_from(days.value)).transpose().ok()?;
    let database = database.as_ref().map(|database| database.value.clone());
    let global_identifier = cluster_names::global_identifier(cluster);
    let global = Address::global(Kind::Cluster, label.as_str());
    let kind = ResourceKind::GlobalCluster(GlobalCluster {
        identifier: global_identifier.clone(),
        region: primary_place.1,
        engine,
        version: version.value.clone(),
        database: database.clone(),
        deletion_protection: protection,
        extended_support: extended_support.as_ref().is_none_or(|flag| flag.value),
    });
    out.push(resource(global.clone(), label.id, [], kind));
    let member = |place: Place<'_>| Address::regional(Kind::Cluster, label.as_str(), place.0);
    let writer = member(primary_place).with_part("1");
    let members = [primary_place].into_iter().chain(context.set(secondaries, Some(primary.as_str())));
    for place in members {
        let (role, needs) = if place == primary_place {
            let user = master_username.as_ref().map(|user| user.value.clone());
            let master_username = user.unwrap_or_else(|| engine.default_master_username().to_owned());
            (ClusterRole::Primary { master_username, database: database.clone() }, vec![global.clone()])
        } else {
            // A secondary can't be created before the primary has an available writer (RDS-110).
            (ClusterRole::Secondary, vec![global.clone(), writer.clone()])
        };
        let own = own(overrides, place.0);
        let expand = |own: Option<&Option<Node<String>>>, template: &Option<Node<String>>| match own
            .and_then(Option::as_ref)
            .or(template.as_ref())
        {
            Some(template) => context.expand(template.as_str(), Some(place)).map(Some),
            None => Some(None),
        };
        let identifier = cluster_names::member_identifier(cluster, place.1);
        let kind = ResourceKind::Cluster(Cluster {
            identifier: identifier.clone(),
            global_identifier: global_identifier.clone(),
            region: place.1,
            engine,
            version: version.value.clone(),
            role,
            // RDS stores the names of groups in lower case.
            subnet_group: expand(own.map(|own| &own.subnet_group), subnet_group)?
                .map(|name| name.to_ascii_lowercase()),
            kms_key: expand(own.map(|own| &own.kms_key), kms_key)?,
            backup_retention_days: retention.unwrap_or(DEFAULT_RETENTION_DAYS),
            deletion_protection: protection,
            settings: settings::cluster(context, cluster, engine, place)?,
        });
        out.push(resource(member(place), label.id, needs, kind));
        let Some(InstancesSpec { count, class }) = cluster_names::instances(cluster, place.0) else {
            continue;
        };
        let settings = settings::instance(context, cluster, place)?;
        for number in 1..=count.value {
            let kind = ResourceKind::Instance(Instance {
                identifier: cluster_names::instance_identifier(cluster, place.1, number),
                cluster_identifier: identifier.clone(),
                region: place.1,
                engine,
                class: class.value.clone(),
                settings: settings.clone(),
            });
            out.push(resource(member(place).with_part(number.to_string()), label.id, [member(place)], kind));
        }
    }
    Some(())
}
