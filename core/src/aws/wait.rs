//! Waiters: polling with a named policy until AWS reports the state that was asked for. Not here: what to poll.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::error::AwsError;
use super::guard::paced;
use crate::apply::{Failure, StatusSink};

/// How to poll.
#[derive(Debug)]
pub(super) struct WaitPolicy {
    /// What is waited for, for messages.
    pub(super) what: &'static str,
    /// Time before the first poll: polls before AWS can be done are calls for nothing.
    pub(super) delay: Duration,
    /// Time between polls.
    pub(super) interval: Duration,
    /// Time after which the step fails. AWS goes on regardless, and the next run waits on.
    pub(super) timeout: Duration,
}

const fn policy(what: &'static str, delay: u64, interval: u64, timeout_minutes: u64) -> WaitPolicy {
    WaitPolicy {
        what,
        delay: Duration::from_secs(delay),
        interval: Duration::from_secs(interval),
        timeout: Duration::from_secs(timeout_minutes * 60),
    }
}

/// "Generally within 60 seconds" (Route 53 API, `GetChange`).
pub(super) const RECORDS_IN_SYNC: WaitPolicy = policy("the change to reach all Route 53 servers", 30, 10, 30);
/// A few minutes (users of other tools); AWS says nothing.
pub(super) const RECOVERY_CHANGED: WaitPolicy = policy("accelerated recovery to change", 60, 20, 60);
/// Accelerated recovery of another zone is changing, of each of many in turn.
pub(super) const ONE_ZONE_AT_A_TIME: WaitPolicy =
    policy("accelerated recovery of other zones", 0, 30, 6 * 60);
/// Empty tables take 20 to 30 seconds.
pub(super) const TABLE_ACTIVE: WaitPolicy = policy("the table to become active", 15, 5, 30);
/// 272 to 514 seconds were measured for the first time, seconds later (a public record of measurements).
pub(super) const WARM: WaitPolicy = policy("the table to be warm", 2, 30, 60);
/// A setting takes a second, or half a minute on a replica; an index or a replica that an earlier run began, as long as filling it takes.
pub(super) const TABLE_AT_REST: WaitPolicy = policy("the table to be at rest", 2, 5, 24 * 60);
/// An index takes minutes on an empty table, and as long as filling it takes on others; deleting one takes minutes, too.
pub(super) const INDEXES_ACTIVE: WaitPolicy = policy("the index to be ready, or gone", 30, 15, 24 * 60);
/// Empty replicas take minutes; of large tables hours are on record (3.5 h: aws-cdk issue 16611).
pub(super) const REPLICA_ACTIVE: WaitPolicy = policy("the replica to become active", 60, 15, 24 * 60);
/// As long as there is something left to replicate; not documented in numbers.
pub(super) const REPLICA_ALONE: WaitPolicy = policy("the replica to stand alone", 15, 15, 24 * 60);
/// Deleting takes about as long as creating.
pub(super) const TABLE_GONE: WaitPolicy = policy("the table to be gone", 15, 10, 60);
/// One to two minutes.
pub(super) const CLUSTER_AVAILABLE: WaitPolicy = policy("the cluster to become available", 60, 20, 120);
/// Five to ten minutes, more for large classes.
pub(super) const INSTANCE_AVAILABLE: WaitPolicy = policy("the instance to become available", 240, 30, 180);
/// About twelve minutes are on record.
pub(super) const INSTANCE_GONE: WaitPolicy = policy("the instance to be gone", 120, 30, 120);
/// A minute or two.
pub(super) const CLUSTER_GONE: WaitPolicy = policy("the cluster to be gone", 30, 20, 120);
/// A settings change, or an attachment or detachment of a member.
pub(super) const CLUSTER_AT_REST: WaitPolicy = policy("the cluster to be at rest", 5, 15, 120);
/// Ten minutes to half an hour (typical; a major version takes as long as the data is large).
pub(super) const CLUSTER_UPGRADED: WaitPolicy = policy("the cluster to be upgraded", 120, 30, 12 * 60);
/// An upgrade that is under way already.
pub(super) const NOT_UPGRADING: WaitPolicy = policy("the upgrade under way to end", 0, 30, 12 * 60);
/// Seconds.
pub(super) const GLOBAL_CLUSTER_AT_REST: WaitPolicy = policy("the global cluster to be at rest", 2, 10, 60);
/// Another change of the same thing is under way.
pub(super) const NOT_BUSY: WaitPolicy = policy("another change of it to end", 0, 10, 30);
/// An hour between two changes of a table's TTL (DynamoDB API, `UpdateTimeToLive`; half an hour was measured).
pub(super) const TTL_CHANGEABLE: WaitPolicy = policy("the table's TTL to be changeable again", 0, 30, 70);
/// What was just made is not seen everywhere at once: seconds, rarely a minute (IAM, S3).
pub(super) const VISIBLE: WaitPolicy = policy("what was just made to be visible", 0, 3, 5);
/// New roles can typically be used after 10 to 30 seconds (reported by users of other tools, not documented). S3 takes a
/// replication configuration before, and objects written meanwhile would not replicate.
pub(super) const ROLE_PROPAGATION: Duration = Duration::from_secs(20);

/// What a poll found.
pub(super) enum Poll<T> {
    /// It is there.
    Done(T),
    /// Not yet; AWS's word for the state.
    Pending(String),
    /// It will never be; AWS's word for the state.
    Failed(String),
}

/// Polls until the state is there. A poll that AWS throttles for long is no failure: what is waited for goes on.
///
/// # Errors
/// When a poll fails, finds that the state will never be, or the policy's time is over.
pub(super) async fn until<T, F>(
    policy: &WaitPolicy,
    status: &StatusSink,
    mut poll: impl FnMut() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<Poll<T>, AwsError>> + Send,
{
    let started = Instant::now();
    pause(paced(policy.delay), policy, status).await?;
    loop {
        let found = match poll().await {
            Ok(Poll::Done(value)) => return Ok(value),
            Ok(Poll::Pending(found)) => found,
            Err(error) if error.is_throttled() => "throttled".to_owned(),
            Err(error) => return Err(error.into()),
            Ok(Poll::Failed(found)) => {
                return Err(Failure::of(
                    format!("waiting for {}", policy.what),
                    format!("AWS reports `{found}`, from which it does not recover by itself"),
                    "look at the resource's events in the AWS console",
                ));
            }
        };
        status.report(&found);
        if started.elapsed() >= policy.timeout {
            return Err(Failure::of(
                format!("waiting for {}", policy.what),
                format!("still `{found}` after {} minutes", policy.timeout.as_secs() / 60),
                "AWS goes on with it; run the command again to go on waiting",
            ));
        }
        pause(paced(policy.interval), policy, status).await?;
    }
}

/// Waits, unless the run is stopped.
async fn pause(time: Duration, policy: &WaitPolicy, status: &StatusSink) -> Result<(), Failure> {
    tokio::select! {
        biased;
        () = status.stop().asked() => {
            let mut failure = Failure::of(
                format!("waiting for {}", policy.what),
                "left, as the run was stopped".to_owned(),
                "AWS goes on with it; run the command again to go on waiting",
            );
            failure.unreachable = true;
            Err(failure)
        }
        () = sleep(time) => Ok(()),
    }
}

/// Makes a call again as long as AWS refuses it because something else is under way; `is_busy` tells by the error.
///
/// # Errors
/// Any other error of the call, or this one for longer than the policy allows.
pub(super) async fn while_busy<T, F>(
    policy: &WaitPolicy,
    is_busy: impl Fn(&AwsError) -> bool,
    status: &StatusSink,
    mut call: impl FnMut() -> F,
) -> Result<T, Failure>
where
    F: Future<Output = Result<T, AwsError>> + Send,
{
    let started = Instant::now();
    loop {
        match call().await {
            Ok(value) => return Ok(value),
            Err(error) if (is_busy(&error) || error.is_throttled()) && started.elapsed() < policy.timeout => {
                let AwsError { code, message, .. } = &error;
                status.report(&format!("busy ({}: {message})", code.as_deref().unwrap_or_default()));
                pause(paced(policy.interval), policy, status).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
}
