//! What becomes of a call after an attempt that failed: how long it is tried again. Not here: waiting for a turn (`turn`), and
//! calls that are not sent at all (`guard`).

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use tokio::time::Instant;

use super::config::ATTEMPT_TIMEOUT;
use super::error::{BUSY, THROTTLED, TIMED_OUT};
use super::turn::Waited;

/// A region that answers its first call and then goes silent must not hold a call for minutes: no more attempts than these without
/// an answer, and none that could end later than this after the first was sent. The SDK's default of three attempts is fewer than
/// the restart of a front end takes.
const MOST_UNANSWERED: u32 = 6;
const LONGEST_SILENCE: Duration = Duration::from_secs(75);
/// The same for the tool's own housekeeping: the lock must be renewed in time also when a copy of the state is out of reach.
pub(crate) const LONGEST_SILENCE_OF_HOUSEKEEPING: Duration = Duration::from_secs(40);
const _: () =
    assert!(LONGEST_SILENCE_OF_HOUSEKEEPING.as_secs() > ATTEMPT_TIMEOUT.as_secs(), "one attempt must fit");
/// What is busy with something else is asked again so often by itself; steps that know how long it may take wait longer.
const MOST_BUSY: u32 = 6;
/// What only throttles a call is there, and has an answer sooner or later: with pauses of up to 20 s, after ten minutes.
const MOST_ATTEMPTS: u32 = 40;
/// The longest pause between two attempts of what does not wait for its turn.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often calls are tried, unless an attempt shows that it's no use.
pub(super) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MOST_ATTEMPTS)
}

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attempted {
    /// It has an answer, of whatever kind.
    Answered,
    /// It was refused for its rate.
    Throttled,
    /// Something else is under way.
    Busy,
    /// It has none: no connection, no response, or the service's word that it has trouble of its own.
    Unanswered,
}

impl Attempted {
    /// What a response means.
    pub(super) fn of(response: &HttpResponse) -> Self {
        let status = response.status();
        if !status.is_client_error() && !status.is_server_error() {
            return Attempted::Answered;
        }
        match code_of(response) {
            // S3 says so with status 503, as if it were out.
            Some(code) if THROTTLED.contains(&code.as_str()) => Attempted::Throttled,
            Some(code) if BUSY.contains(&code.as_str()) => Attempted::Busy,
            Some(code) if TIMED_OUT.contains(&code.as_str()) => Attempted::Unanswered,
            Some(_) | None if status.is_server_error() => Attempted::Unanswered,
            Some(_) | None => Attempted::Answered,
        }
    }
}

/// The code of an error, in whichever of AWS's protocols it is written: `<Code>` or `__type`, which has a prefix.
fn code_of(response: &HttpResponse) -> Option<String> {
    let body = response.body().bytes()?;
    if let Ok(serde_json::Value::Object(members)) = serde_json::from_slice(body) {
        let code = members.get("__type")?.as_str()?;
        return Some(code.rsplit('#').next().unwrap_or(code).to_owned());
    }
    let (code, _) = std::str::from_utf8(body).ok()?.split_once("<Code>")?.1.split_once('<')?;
    Some(code.to_owned())
}

/// How long a call has had no answer.
#[derive(Clone, Debug, Default)]
pub(super) struct Patience {
    unanswered: u32,
    busy: u32,
    /// When the last attempt was sent, and how long the call had waited for its turns by then.
    sent: Option<(Instant, Duration)>,
    /// The same of the first of those that had no answer.
    silent: Option<(Instant, Duration)>,
}

impl Storable for Patience {
    type Storer = StoreReplace<Self>;
}

impl Patience {
    /// Begins with a call.
    pub(super) fn begin(cfg: &mut ConfigBag) {
        cfg.interceptor_state().store_put(Self::default()).store_put(Waited::default());
    }

    /// Notes that an attempt is sent.
    pub(super) fn send(cfg: &mut ConfigBag) {
        let waited = cfg.load::<Waited>().map(Waited::total).unwrap_or_default();
        if let Some(patience) = cfg.get_mut_from_interceptor_state::<Self>() {
            patience.sent = Some((Instant::now(), waited));
        }
    }

    /// Whether any attempt was sent.
    pub(super) fn has_sent(cfg: &ConfigBag) -> bool {
        cfg.load::<Self>().is_some_and(|patience| patience.sent.is_some())
    }

    /// Has the SDK try again, or not, after an attempt. A call that waits in line needs no other pause when it was throttled.
    pub(super) fn settle(attempted: Attempted, waits_in_line: bool, longest: Duration, cfg: &mut ConfigBag) {
        let waited = cfg.load::<Waited>().map(Waited::total).unwrap_or_default();
        let mut patience = cfg.load::<Self>().cloned().unwrap_or_default();
        let goes_on = patience.goes_on(attempted, waited, longest);
        let Some(retries) = cfg.load::<RetryConfig>().cloned() else { return };
        let usual = self::retries();
        let (first, most) = match attempted {
            Attempted::Throttled if waits_in_line => (Duration::ZERO, Duration::ZERO),
            Attempted::Throttled => (usual.initial_backoff(), LONGEST_PAUSE),
            Attempted::Answered | Attempted::Busy | Attempted::Unanswered => {
                (usual.initial_backoff(), usual.max_backoff())
            }
        };
        let retries = retries.with_initial_backoff(first).with_max_backoff(most);
        let retries = if goes_on { retries } else { retries.with_max_attempts(1) };
        cfg.interceptor_state().store_put(patience).store_put(retries);
    }

    /// Whether another attempt may be made.
    fn goes_on(&mut self, attempted: Attempted, waited: Duration, longest: Duration) -> bool {
        match attempted {
            Attempted::Answered | Attempted::Throttled => {
                (self.unanswered, self.silent) = (0, None);
                true
            }
            Attempted::Busy => {
                (self.unanswered, self.silent) = (0, None);
                self.busy += 1;
                self.busy < MOST_BUSY
            }
            Attempted::Unanswered => {
                self.unanswered += 1;
                let sent = self.sent.unwrap_or_else(|| (Instant::now(), waited));
                let (since, before) = *self.silent.get_or_insert(sent);
                let silence = since.elapsed().saturating_sub(waited.saturating_sub(before));
                self.unanswered < MOST_UNANSWERED && silence + ATTEMPT_TIMEOUT <= longest
            }
        }
    }
}

/// How long a call may go without an answer.
pub(super) fn longest_silence(housekeeping: bool) -> Duration {
    if housekeeping { LONGEST_SILENCE_OF_HOUSEKEEPING } else { LONGEST_SILENCE }
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn response(status: u16, body: &'static str) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
    }

    #[test]
    fn what_responses_mean() {
        let route53 = "<?xml version=\"1.0\"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code>\
                       <Message>Rate exceeded</Message></Error></ErrorResponse>";
        let dynamodb = r#"{ "__type": "com.amazonaws.dynamodb.v20120810#LimitExceededException" }"#;
        let s3 = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";
        for (status, body, expected) in [
            (200, "<Code>Throttling</Code>", Attempted::Answered),
            (400, route53, Attempted::Throttled),
            (400, dynamodb, Attempted::Busy),
            (503, s3, Attempted::Throttled),
            (503, "", Attempted::Unanswered),
            (404, "", Attempted::Answered),
            (400, "<Error><Code>RequestTimeout</Code></Error>", Attempted::Unanswered),
            (500, "<Error><Code>InternalError</Code></Error>", Attempted::Unanswered),
        ] {
            assert_eq!(Attempted::of(&response(status, body)), expected, "{status} {body}");
        }
    }

    /// Calls of a step, sent at once and answered, or not, after so many seconds.
    async fn attempt(patience: &mut Patience, attempted: Attempted, seconds: u64, waited: u64) -> bool {
        let waited = Duration::from_secs(waited);
        patience.sent = Some((Instant::now(), waited));
        tokio::time::advance(Duration::from_secs(seconds)).await;
        patience.goes_on(attempted, waited, LONGEST_SILENCE)
    }

    #[tokio::test(start_paused = true)]
    async fn silence_ends_a_call_and_throttling_does_not() {
        let mut patience = Patience::default();
        for _ in 0..5 {
            assert!(attempt(&mut patience, Attempted::Unanswered, 0, 0).await);
        }
        assert!(!attempt(&mut patience, Attempted::Unanswered, 0, 0).await, "the sixth is the last");

        let mut patience = Patience::default();
        assert!(attempt(&mut patience, Attempted::Unanswered, 30, 0).await);
        assert!(!attempt(&mut patience, Attempted::Unanswered, 30, 0).await, "a third would end after 90 s");

        let mut patience = Patience::default();
        assert!(attempt(&mut patience, Attempted::Unanswered, 5, 10).await);
        tokio::time::advance(Duration::from_secs(100)).await;
        assert!(attempt(&mut patience, Attempted::Unanswered, 5, 110).await, "it waited for its turn");

        let mut patience = Patience::default();
        for _ in 0..30 {
            for _ in 0..3 {
                assert!(attempt(&mut patience, Attempted::Unanswered, 1, 0).await);
            }
            assert!(attempt(&mut patience, Attempted::Throttled, 1, 0).await, "it is there");
        }
        for _ in 0..5 {
            assert!(attempt(&mut patience, Attempted::Busy, 0, 0).await);
        }
        assert!(!attempt(&mut patience, Attempted::Busy, 0, 0).await);
    }
}
