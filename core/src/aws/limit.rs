//! How often AWS lets itself be asked: the token buckets that it publishes, and those that are learnt from its refusals. Not
//! here: waiting for a turn (`turn`), and what a call does that was refused nevertheless (`guard`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use polyregion_model::Region;
use tokio::time::Instant;

/// A bucket holds so many tokens, and so many come back in a second. Each call takes one.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    burst: f64,
    per_second: f64,
}

const fn rate(burst: u32, per_second: f64) -> Rate {
    Rate { burst: burst as f64, per_second }
}

/// The service that publishes its buckets, as the SDK's metadata names it.
const ROUTE_53: &str = "Route 53";

/// The buckets of an account at Route 53 (Developer Guide, "Throttling for Amazon Route 53 API requests"): one for all calls,
/// which is the one without a name, and one for each operation. Those of the other operations that the engine calls hold as much as
/// the one for all, so that they never say anything new. The limit on record changes in a second has no published number: it is
/// noticed when it refuses.
const PUBLISHED: [(&str, Rate); 5] = [
    ("", rate(50, 10.0)),
    ("CreateHealthCheck", rate(50, 0.5)),
    ("CreateHostedZone", rate(40, 2.0)),
    ("DeleteHealthCheck", rate(15, 3.0)),
    ("DeleteHostedZone", rate(40, 5.0)),
];

/// Where the search for a rate begins that nobody publishes, once a service has refused a call for its rate.
const UNPUBLISHED: Rate = rate(5, 10.0);
/// A rate that was found may become so many times the one that the search began with; beyond that it limits nothing.
const MOST_OF_UNPUBLISHED: f64 = 16.0;

/// What a refusal leaves of a rate, and the least that is ever left: somebody else uses up the rest.
const CUT: f64 = 0.7;
const LEAST: f64 = 1.0 / 16.0;
/// What an answer gives back: after fifty answers the rate is whole again.
const GAIN: f64 = 0.02;
/// A refused bucket is left alone for so long, and for twice as long each time, up to the second.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// How full a bucket is, as far as we know: the console and other tools take from it, too.
#[derive(Debug)]
struct Level {
    rate: Rate,
    /// The part of the rate that is ours, and the largest that it may become.
    share: f64,
    most: f64,
    tokens: f64,
    seen: Instant,
    shut_until: Instant,
    pause: Duration,
}

impl Level {
    fn full(rate: Rate, most: f64, now: Instant) -> Self {
        Self { rate, share: 1.0, most, tokens: rate.burst, seen: now, shut_until: now, pause: PAUSE }
    }

    fn per_second(&self) -> f64 {
        self.rate.per_second * self.share
    }

    fn refill(&mut self, now: Instant) {
        // While it is shut nothing is counted on: it was empty just before.
        let since = now.saturating_duration_since(self.seen.max(self.shut_until));
        self.tokens = (self.tokens + since.as_secs_f64() * self.per_second()).min(self.rate.burst);
        self.seen = self.seen.max(now);
    }

    /// When to look again, if there is no token.
    fn lacks(&mut self, now: Instant) -> Option<Instant> {
        self.refill(now);
        if now < self.shut_until {
            return Some(self.shut_until);
        }
        // What rounding leaves of a token that is due is not waited for.
        let missing = 1.0 - self.tokens;
        (missing > 1e-6).then(|| now + Duration::from_secs_f64(missing / self.per_second()))
    }

    /// Takes a token, whether there is one or not.
    fn take(&mut self, now: Instant) {
        self.refill(now);
        self.tokens -= 1.0;
    }

    /// Learns from a refusal. Fifty calls that are refused at once say no more than one.
    fn refused(&mut self, now: Instant) {
        self.refill(now);
        self.tokens = self.tokens.min(0.0);
        if now < self.shut_until {
            return;
        }
        self.share = (self.share * CUT).max(LEAST);
        self.shut_until = now + self.pause;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    fn answered(&mut self) {
        self.share = (self.share + GAIN).min(self.most);
        self.pause = PAUSE;
    }
}

/// A bucket, and the place where those who wait for a token of it stand in line.
#[derive(Debug)]
pub(super) struct Bucket {
    name: String,
    /// Fair: who comes first is served first.
    line: tokio::sync::Mutex<()>,
    level: Mutex<Level>,
}

impl Bucket {
    fn new(name: String, rate: Rate, most: f64) -> Arc<Self> {
        let level = Mutex::new(Level::full(rate, most, Instant::now()));
        Arc::new(Self { name, line: tokio::sync::Mutex::default(), level })
    }

    fn with<T>(&self, change: impl FnOnce(&mut Level) -> T) -> T {
        change(&mut self.level.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn describe(&self) -> String {
        let per_second = self.with(|level| level.per_second());
        let rate = if per_second < 1.0 {
            format!("one in {:.0} s", 1.0 / per_second)
        } else {
            format!("{per_second:.0} a second")
        };
        format!("{}, {rate}", self.name)
    }

    fn lacks(&self) -> Option<Instant> {
        self.with(|level| level.lacks(Instant::now()))
    }

    async fn filled(&self) {
        while let Some(again) = self.lacks() {
            tokio::time::sleep_until(again).await;
        }
    }

    fn take(&self) {
        self.with(|level| level.take(Instant::now()));
    }
}

/// The buckets that one call takes a token from: that of its operation, then that of its service, as far as there are any.
#[derive(Debug)]
pub(super) struct Buckets(Vec<Arc<Bucket>>);

impl Buckets {
    /// Waits until each has a token, and takes them all at once: AWS counts when the call arrives, and a bucket that is full
    /// until then gains nothing. Whoever waits for the first keeps nobody from the second.
    pub(super) async fn wait(&self) {
        let Some((last, before)) = self.0.split_last() else { return };
        let mut places = Vec::new();
        for bucket in before {
            places.push(bucket.line.lock().await);
        }
        loop {
            for bucket in before {
                bucket.filled().await;
            }
            let _place = last.line.lock().await;
            last.filled().await;
            // One of the others may have been refused meanwhile.
            if before.iter().all(|bucket| bucket.lacks().is_none()) {
                break self.take();
            }
        }
    }

    /// Takes the tokens, whether they are there or not.
    pub(super) fn take(&self) {
        self.0.iter().for_each(|bucket| bucket.take());
    }

    /// What is waited for just now, in words.
    pub(super) fn describe(&self) -> Option<String> {
        let empty = self.0.iter().find(|bucket| bucket.lacks().is_some());
        empty.or(self.0.last()).map(|bucket| bucket.describe())
    }
}

/// The buckets of everything that a run calls.
#[derive(Debug, Default)]
pub(super) struct Limits {
    buckets: Mutex<BTreeMap<Key, Arc<Bucket>>>,
}

/// Service, operation (none for the bucket of all operations) and region.
type Key = (String, String, Region);

impl Limits {
    /// The buckets that a call takes a token from.
    pub(super) fn of(&self, service: &str, operation: &str, region: Region) -> Buckets {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if service != ROUTE_53 {
            let key = (service.to_owned(), String::new(), region);
            return Buckets(buckets.get(&key).cloned().into_iter().collect());
        }
        let published = |name: &str| PUBLISHED.iter().find(|(published, _)| *published == name);
        let found = [operation, ""].into_iter().filter_map(published).map(|(name, rate)| {
            let key = (service.to_owned(), (*name).to_owned(), region);
            let shown = if name.is_empty() { ROUTE_53 } else { name };
            let bucket = buckets.entry(key).or_insert_with(|| Bucket::new(shown.to_owned(), *rate, 1.0));
            Arc::clone(bucket)
        });
        Buckets(found.collect())
    }

    /// A call was refused for its rate. By which of its buckets, AWS does not say.
    pub(super) fn refused(&self, service: &str, operation: &str, region: Region) {
        if service != ROUTE_53 {
            let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
            let key = (service.to_owned(), String::new(), region);
            let name = || format!("{service} in {region}");
            buckets.entry(key).or_insert_with(|| Bucket::new(name(), UNPUBLISHED, MOST_OF_UNPUBLISHED));
        }
        for bucket in self.of(service, operation, region).0 {
            bucket.with(|level| level.refused(Instant::now()));
        }
    }

    /// A call was answered.
    pub(super) fn answered(&self, service: &str, operation: &str, region: Region) {
        for bucket in self.of(service, operation, region).0 {
            bucket.with(Level::answered);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When each of so many calls has its turn, in tenths of a second after the first, all of them waiting from the start.
    fn turns(level: &mut Level, start: Instant, calls: usize) -> Vec<u64> {
        let mut now = start;
        let mut turns = Vec::new();
        while turns.len() < calls {
            match level.lacks(now) {
                Some(again) => now = again,
                None => {
                    level.take(now);
                    turns.push((now - start).as_millis() as u64 / 100);
                }
            }
        }
        turns
    }

    #[test]
    fn a_burst_and_then_one_by_one() {
        let start = Instant::now();
        let mut level = Level::full(rate(3, 0.5), 1.0, start);
        assert_eq!(turns(&mut level, start, 6), [0, 0, 0, 20, 40, 60]);
        // A pause fills it no further than it can hold.
        let later = start + Duration::from_secs(600);
        assert_eq!(turns(&mut level, later, 5), [0, 0, 0, 20, 40]);
    }

    #[test]
    fn a_refusal_empties_shuts_and_slows() {
        let start = Instant::now();
        let mut level = Level::full(rate(50, 10.0), 1.0, start);
        level.refused(start);
        // One that was sent at the same time says nothing new.
        level.refused(start);
        let slowed = turns(&mut level, start, 8);
        assert_eq!(slowed, [11, 12, 14, 15, 17, 18, 20, 21], "a second's pause, then seven in a second");
        // Refused again, it is left alone for twice as long; after an answer the first pause is back.
        let again = start + Duration::from_secs(60);
        level.refused(again);
        assert_eq!(level.shut_until, again + Duration::from_secs(2));
        level.answered();
        let third = again + Duration::from_secs(60);
        level.refused(third);
        assert_eq!(level.shut_until, third + Duration::from_secs(1));
        for _ in 0..100 {
            level.answered();
        }
        assert_eq!(level.per_second(), 10.0);
        for _ in 0..100 {
            level.shut_until = third;
            level.refused(third);
        }
        assert_eq!((level.share, level.pause), (LEAST, LONGEST_PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn each_operation_has_its_bucket_and_all_share_one() {
        let limits = Limits::default();
        let region = Region::from_code("us-east-1").unwrap();
        let names = |service: &str, operation: &str| -> Vec<String> {
            limits.of(service, operation, region).0.iter().map(|bucket| bucket.describe()).collect()
        };
        assert_eq!(
            names(ROUTE_53, "CreateHealthCheck"),
            ["CreateHealthCheck, one in 2 s", "Route 53, 10 a second"]
        );
        assert_eq!(names(ROUTE_53, "GetChange"), ["Route 53, 10 a second"]);
        assert!(names("RDS", "CreateDBCluster").is_empty(), "nothing is published");
        limits.refused("RDS", "CreateDBCluster", region);
        assert_eq!(names("RDS", "DescribeDBClusters"), ["RDS in us-east-1, 7 a second"]);
        let elsewhere = Region::from_code("eu-west-1").unwrap();
        assert!(limits.of("RDS", "DescribeDBClusters", elsewhere).describe().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_first_is_served_first() {
        let bucket = || Bucket::new("test".to_owned(), rate(1, 1.0), 1.0);
        let buckets = Arc::new(Buckets(vec![bucket(), bucket()]));
        let served = Arc::new(Mutex::new(Vec::new()));
        let start = Instant::now();
        let waiting: Vec<_> = (0..4)
            .map(|number| {
                let (buckets, served) = (Arc::clone(&buckets), Arc::clone(&served));
                tokio::spawn(async move {
                    buckets.wait().await;
                    served.lock().unwrap().push((number, start.elapsed().as_secs()));
                })
            })
            .collect();
        // One that gives up waiting costs nobody a turn.
        waiting[1].abort();
        for task in waiting {
            let _ = task.await;
        }
        assert_eq!(*served.lock().unwrap(), [(0, 0), (2, 1), (3, 2)]);
    }
}
