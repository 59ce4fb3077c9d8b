//! Waiting for a turn: each attempt of each call takes its tokens before it is signed. Not here: how many tokens there are
//! (`limit`).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use polyregion_model::Region;
use tokio::time::Instant;

use super::guard::{SUBJECT, Subject, Watch};

/// Shorter waits are not worth a word; longer ones are looked at so often.
const WORTH_A_WORD: Duration = Duration::from_secs(2);

/// How long the attempts of one call have waited for their turns.
#[derive(Clone, Debug, Default)]
pub(super) struct Waited(Arc<Mutex<Duration>>);

impl Storable for Waited {
    type Storer = StoreReplace<Self>;
}

impl Waited {
    fn add(&self, time: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += time;
    }

    pub(super) fn total(&self) -> Duration {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the calls of one client wait for their turns. It stands where the SDK asks for credentials, as that is the only place
/// between two attempts where it lets others wait, and before the signature, which AWS takes for five minutes only (Signature
/// Version 4, "Elements of an AWS API request signature"): two hundred health checks wait longer.
#[derive(Clone, Debug)]
pub(super) struct Turns {
    pub(super) credentials: SharedIdentityCache,
    pub(super) watch: Arc<Watch>,
    pub(super) region: Region,
    /// Whether its calls wait. The tool's own housekeeping does not: a lock that isn't renewed in time is lost. Neither does a run
    /// at a quicker pace than AWS's: emulators count no calls.
    pub(super) waits: bool,
}

impl Turns {
    async fn wait(&self, cfg: &ConfigBag) {
        let Some(metadata) = cfg.load::<Metadata>() else { return };
        let buckets = self.watch.limits.of(metadata.service(), metadata.name(), self.region);
        if !self.waits {
            return buckets.take();
        }
        let started = Instant::now();
        let turn = buckets.wait();
        tokio::pin!(turn);
        let mut said = None;
        while tokio::time::timeout(WORTH_A_WORD, &mut turn).await.is_err() {
            // What is not there, or is to end, needs no line: the guard says why.
            let is_stopped = SUBJECT.try_with(Subject::is_stopped).unwrap_or_default();
            if is_stopped || self.watch.withholds(self.region, metadata.service()).is_some() {
                break;
            }
            // What is lacking may change meanwhile.
            let lacking = buckets.describe();
            if said != lacking {
                let status = format!("waiting for its turn ({})", lacking.as_deref().unwrap_or_default());
                // Outside a step nobody listens.
                let _ = SUBJECT.try_with(|subject| subject.report(&status));
                said = lacking;
            }
        }
        if let Some(waited) = cfg.load::<Waited>() {
            waited.add(started.elapsed());
        }
    }
}

impl ResolveCachedIdentity for Turns {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        cfg: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        IdentityFuture::new(async move {
            self.wait(cfg).await;
            self.credentials.resolve_cached_identity(resolver, components, cfg).await
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.credentials.validate_base_client_config(components, cfg)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, cfg: &ConfigBag) -> Result<(), BoxError> {
        self.credentials.validate_final_config(components, cfg)
    }
}
