//! What is swept: the storefront from nothing, edited, and to nothing; and a record in a zone of somebody else. Not here: how.

use polyregion::Topology;
use polyregion::engine::Options;
use polyregion::permissions::{Purpose, policy};
use polyregion::plan::Goal;
use polyregion_examples::storefront;

use crate::cloud::Cloud;

/// About as many effects as all scenes have, so that pairs can be shared out between them.
pub const TYPICAL_EFFECTS: usize = 1000;

mod edited {
    polyregion::topology! {
        /// The storefront after an edit of most of what can change in place, with a record and a check more and less.
        #[allow(polyregion::p0414)]
        pub mod storefront;

        account: "123456789012",
        regions { us: us_east_1, ap: ap_south_1 }

        tags { stage: "test" }

        zone site: "naveenteja.cloud" { comment: "edited", accelerated_recovery: true }

        health_check api in each region {
            https: "api-{region}.naveenteja.cloud/healthz",
            interval: 10s, failure_threshold: 5,
        }

        health_check www { https: "status.naveenteja.cloud/", interval: 30s }

        record api: A in site {
            latency: each region => load_balancer("api-{region}") { health_check: api },
        }

        record www: CNAME in site { simple: values("api.naveenteja.cloud") }

        table user_sessions {
            key: session_id: S, replicas: each region, writes: any_region(last_writer_wins), ttl: expires_at,
            point_in_time_recovery: true, class: standard_infrequent_access,
            indexes: { by_user: global { key: user: S, max_reads: 100 } },
            warm_throughput: { reads: 15000 }, encryption: kms,
        }

        cluster orders: aurora_postgresql("16.13") {
            primary: us, secondaries: each other region, backup_retention: 8d,
            instances: 2 * db_r6g_large, subnet_group: "orders-{region}",
        }

        bucket assets {
            mirror: each region, ownership: bucket_owner_preferred, storage_class: standard_ia, object_lock: true,
            encryption: kms("alias/assets"),
            lifecycle: { old: { expire_old_versions: 90d } },
        }
    }
}

mod visiting {
    polyregion::topology! {
        /// A record in a zone that somebody else made: only what was written down tells whose it is.
        #[allow(polyregion::p0414)]
        pub mod guest;
        account: "123456789012",
        regions { us: us_east_1, eu: eu_west_1 }
        zone site: "example.com" { existing: true }
        record guest: A in site { simple: values("192.0.2.7") }
        record mail: MX in site { simple: values("10 mail.example.net") }
    }
}

/// A neighbour, whose things must not be touched.
mod neighbour {
    polyregion::topology! {
        #[allow(polyregion::p0414)]
        pub mod neighbour;
        account: "123456789012",
        regions { us: us_east_1, ap: ap_south_1 }
        zone site: "example.org" {}
        health_check site { https: "example.org/" }
        record site: A in site { simple: values("192.0.2.9") }
        table carts { key: id: S, replicas: each region, writes: any_region(last_writer_wins) }
        bucket pictures { mirror: each region }
    }
}

/// Commands, and the world that they start in.
#[derive(Debug)]
pub struct Scene {
    /// Its name.
    pub name: &'static str,
    /// What is declared.
    pub topology: &'static Topology,
    /// The commands.
    pub commands: &'static [Goal],
    /// The world and the machine.
    pub base: Cloud,
}

impl Scene {
    /// The world and the machine, for one run: with no more permissions than `policy` grants for it.
    ///
    /// # Errors
    /// When the simulated AWS does not understand the policy.
    pub fn begin(&self) -> Result<Cloud, String> {
        let cloud = self.base.fork();
        let purpose = if self.commands.contains(&Goal::Destroy) { Purpose::Destroy } else { Purpose::Apply };
        cloud.sim.set_permissions(Some(vec![policy(self.topology, purpose).to_string()]))?;
        Ok(cloud)
    }
}

/// All scenes, made in the current runtime.
///
/// # Errors
/// When their beginnings can't be made.
pub async fn all() -> Result<Vec<Scene>, String> {
    let storefront = storefront::topology();
    let empty = with_neighbour(Cloud::new(storefront)?).await?;
    let deployed = empty.fork();
    deploy(&deployed, storefront).await?;
    let guest = visiting::guest::topology();
    let visited = with_neighbour(Cloud::new(guest)?).await?;
    let visiting = visited.fork();
    deploy(&visiting, guest).await?;
    let scene =
        |name, topology, commands, base: &Cloud| Scene { name, topology, commands, base: base.fork() };
    Ok(vec![
        scene("deploy", storefront, &[Goal::Deploy], &empty),
        scene("update", edited::storefront::topology(), &[Goal::Deploy], &deployed),
        scene("destroy", storefront, &[Goal::Destroy, Goal::Destroy], &deployed),
        scene("visit", guest, &[Goal::Deploy], &visited),
        scene("leave", guest, &[Goal::Destroy, Goal::Destroy], &visiting),
    ])
}

async fn with_neighbour(cloud: Cloud) -> Result<Cloud, String> {
    // The neighbour has a machine of its own.
    deploy(&cloud.on_another_machine(), neighbour::neighbour::topology()).await?;
    Ok(cloud)
}

async fn deploy(cloud: &Cloud, topology: &Topology) -> Result<(), String> {
    let run = cloud.run(topology, Goal::Deploy, Options::default()).await;
    let run = run.map_err(|error| error.to_string())?;
    if run.outcome.is_success() { Ok(()) } else { Err(run.log) }
}
