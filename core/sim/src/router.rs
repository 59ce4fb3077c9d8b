//! The simulated AWS as a whole: routes requests to services, counts them, keeps the state. Not here: the services.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use polyregion_model::Region;

use crate::calls::{Call, Calls};
use crate::clock::Clock;
use crate::connector::Client;
use crate::fault::ApiError;
use crate::inject::{Attempt, Fault, Faults, Injector, Outage, Outages, internal_failure};
use crate::operation::{self, is_read};
use crate::policy::Policies;
use crate::request::Request;
use crate::response::{Protocol, Response};
use crate::store::{OpenError, Store};
use crate::throttle::{Rates, Throttle};
use crate::world::{FurnishError, World};
use crate::{authorize, dynamodb, elb, iam, rds, route53, s3, sts};

/// A simulated AWS with one account. Cheap to clone; clones share the state.
#[derive(Clone, Debug)]
pub struct Sim {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    world: World,
    clock: Clock,
    calls: Calls,
    outages: Outages,
    injector: Option<Injector>,
    throttle: Option<Throttle>,
    /// The caller's, if they are enforced.
    policies: Option<Policies>,
    /// Passwords that were received. Never kept on disk.
    secrets: BTreeSet<String>,
    store: Option<Store>,
}

/// What comes of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A response, after a while.
    Response(Response, Duration),
    /// The connection is refused.
    Refused,
    /// The connection closes without a response.
    Closed,
    /// No connection is made.
    Unconnected,
    /// No response comes.
    Silence,
}

impl Sim {
    /// An empty AWS that lives in memory.
    pub fn new(account: &str) -> Self {
        Self::from_parts(World::new(account), None)
    }

    /// The same for callers from outside the process: it is there as late as here, and its own time runs so many times as fast, so that
    /// nobody waits as long for it as for AWS.
    pub fn running(account: &str, speed: f64) -> Self {
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64();
        let sim = Self::new(account);
        sim.lock().clock = Clock::running(now, speed);
        sim
    }

    /// The AWS kept in a folder, which is made if needed. Every change is on disk before its call returns.
    ///
    /// # Errors
    /// When the folder can't be used or holds something else.
    pub fn open(folder: &Path, account: &str) -> Result<Self, OpenError> {
        let (store, world) = Store::open(folder, account)?;
        Ok(Self::from_parts(world, Some(store)))
    }

    fn from_parts(world: World, store: Option<Store>) -> Self {
        let clock = Clock::starting_at(world.now);
        let inner = Inner {
            world,
            clock,
            calls: Calls::default(),
            outages: Outages::default(),
            injector: None,
            throttle: None,
            policies: None,
            secrets: BTreeSet::new(),
            store,
        };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// The state, also after a panic elsewhere: each request changes it at its very end.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An HTTP client for the SDK that leads here.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Client(self.clone()))
    }

    /// The calls so far.
    pub fn calls(&self) -> Calls {
        self.lock().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn reset_calls(&self) {
        self.lock().calls = Calls::default();
    }

    /// An independent copy in memory: the same world, whose clock goes on from the same time. It has no calls, faults,
    /// outages, throttling, permissions and secrets of its own yet.
    #[must_use]
    pub fn fork(&self) -> Self {
        let mut inner = self.lock();
        inner.advance();
        Self::from_parts(inner.world.clone(), None)
    }

    /// Everything that exists, one line each, in a fixed order. What was furnished is not listed, but for zones.
    pub fn inventory(&self) -> Vec<String> {
        let mut inner = self.lock();
        inner.advance();
        inner.world.inventory()
    }

    /// Which physical thing each line of the inventory stands for: a thing that was deleted and made again has another
    /// value. Records have no identity and are left out. Lines of zones and health checks, which may be equal, go on with
    /// the caller reference in parentheses.
    pub fn identities(&self) -> BTreeMap<String, String> {
        let mut inner = self.lock();
        inner.advance();
        inner.world.identities()
    }

    /// Every `MasterUserPassword` that a request brought, also a refused one.
    pub fn secrets_seen(&self) -> BTreeSet<String> {
        self.lock().secrets.clone()
    }

    /// Has somebody decide what becomes of each request from now on; `None` ends that. Who decides is asked before anything
    /// is done about the request, and not about requests to regions that are out.
    pub fn set_faults(&self, faults: Option<Faults>) {
        self.lock().injector = faults.map(Injector::new);
    }

    /// Throttles calls from now on, with buckets that are full; `None` ends that.
    pub fn set_throttling(&self, rates: Option<Rates>) {
        self.lock().throttle = rates.map(Throttle::new);
    }

    /// What time it is there. Requests have to be signed by this clock.
    pub fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(self.lock().clock.callers())
    }

    /// Takes a region out, or back: its endpoints don't answer. The endpoints of Route 53 and IAM are those of their control
    /// region. While us-east-1 is out, buckets of every region of its partition can't be made, configured or deleted.
    pub fn set_outage(&self, region: Region, outage: Option<Outage>) {
        self.lock().outages.set(region, outage);
    }

    /// Makes a region dark, or lights it again: an outage that refuses connections.
    pub fn set_dark(&self, region: Region, dark: bool) {
        self.set_outage(region, dark.then_some(Outage::Refused));
    }

    /// Allows the caller only what these identity policies allow, JSON documents as IAM has them; `None` allows everything.
    /// Read are `Effect`, `Action`, `Resource` and the conditions `StringEquals` and `StringLike` on `aws:RequestedRegion`,
    /// `aws:ResourceTag/…`, `aws:RequestTag/…` and `iam:PassedToService`.
    ///
    /// # Errors
    /// When a document is malformed or has something else in it: the error names it, and nothing is changed.
    pub fn set_permissions(&self, policies: Option<Vec<String>>) -> Result<(), String> {
        let policies = policies.map(|documents| Policies::parse(&documents)).transpose()?;
        self.lock().policies = policies;
        Ok(())
    }

    /// Adds a load balancer, as somebody other than the topology would; false if there was one.
    ///
    /// # Errors
    /// When no hosted zone is known for load balancers of the region.
    pub fn furnish_load_balancer(&self, region: Region, name: &str) -> Result<bool, FurnishError> {
        let mut inner = self.lock();
        let added = inner.world.furnish_load_balancer(region, name)?;
        Ok(added)
    }

    /// Adds a DB subnet group; false if there was one.
    pub fn furnish_subnet_group(&self, region: Region, name: &str) -> bool {
        self.lock().world.subnet_groups.entry(region.code().to_owned()).or_default().insert(name.to_owned())
    }

    /// Adds a DB cluster parameter group; false if there was one.
    pub fn furnish_parameter_group(&self, region: Region, name: &str) -> bool {
        self.lock()
            .world
            .parameter_groups
            .entry(region.code().to_owned())
            .or_default()
            .insert(name.to_owned())
    }

    /// Adds a DB parameter group, which instances have; false if there was one.
    pub fn furnish_instance_parameter_group(&self, region: Region, name: &str) -> bool {
        let groups = &mut self.lock().world.instance_parameter_groups;
        groups.entry(region.code().to_owned()).or_default().insert(name.to_owned())
    }

    /// Adds a hosted zone that these VPCs ask (their regions by their ids), or everybody if there are none; false if there was one of this
    /// name.
    pub fn furnish_zone(&self, name: &str, vpcs: BTreeMap<String, String>) -> bool {
        route53::furnish_zone(&mut self.lock().world, name, vpcs)
    }

    /// Writes the state to its folder, if it has one.
    ///
    /// # Errors
    /// When it can't be written.
    pub fn save(&self) -> io::Result<()> {
        let mut inner = self.lock();
        let now = inner.clock.now();
        inner.world.now = now;
        inner.store.as_ref().map_or(Ok(()), |store| store.save(&inner.world))
    }

    /// Answers a request.
    pub(crate) fn handle(&self, request: &Request) -> Answer {
        let operation = operation::name(request);
        let asked = {
            let mut inner = self.lock();
            if let Some(outage) = inner.outages.of(&request.region) {
                inner.log(request, &operation, 0, None);
                return match outage {
                    Outage::Refused => Answer::Refused,
                    Outage::Silent => Answer::Unconnected,
                };
            }
            inner.secrets.extend(rds::password(request));
            inner.injector.as_mut().map(Injector::next)
        };
        // The lock is not held here: whoever decides may look at the simulation.
        let fault = asked.map_or(Fault::Pass, |(number, faults)| {
            faults(&Attempt {
                number,
                service: request.service.clone(),
                operation: operation.clone(),
                region: request.region.clone(),
                mutates: !is_read(&operation),
            })
        });
        let mut inner = self.lock();
        let answer = match fault {
            Fault::Pass => Answer::Response(inner.carry_out(request, &operation), Duration::ZERO),
            Fault::Delay(delay) => Answer::Response(inner.carry_out(request, &operation), delay),
            Fault::Hang => Answer::Silence,
            Fault::Refuse => Answer::Refused,
            Fault::HangAfter => {
                inner.carry_out(request, &operation);
                Answer::Silence
            }
            Fault::LoseReply => {
                inner.carry_out(request, &operation);
                Answer::Closed
            }
            Fault::FailAfter => {
                inner.carry_out(request, &operation);
                let error = internal_failure(&request.service);
                Answer::Response(refusal(request, &error), Duration::ZERO)
            }
            Fault::Fail { code, status, message } => {
                let error = ApiError::new(code, status, message);
                Answer::Response(refusal(request, &error), Duration::ZERO)
            }
        };
        let (status, code) = match &answer {
            Answer::Response(response, _) => (response.status, response.code),
            Answer::Refused | Answer::Closed | Answer::Unconnected | Answer::Silence => (0, None),
        };
        inner.log(request, &operation, status, code);
        answer
    }
}

impl Inner {
    /// Lets happen what is due by now.
    fn advance(&mut self) {
        let now = self.clock.now();
        self.world.advance(now);
    }

    /// Does what a request asks, all of it or nothing.
    fn carry_out(&mut self, request: &Request, operation: &str) -> Response {
        self.advance();
        let outcome = self.check(request, operation).and_then(|()| self.change(request, operation));
        outcome.unwrap_or_else(|error| refusal(request, &error))
    }

    /// What is refused whatever the state.
    fn check(&mut self, request: &Request, operation: &str) -> Result<(), ApiError> {
        operation::check_known(&request.service, operation)?;
        let now = self.clock.now();
        request.check_age(self.clock.callers())?;
        if let Some(throttle) = &mut self.throttle {
            throttle.take(request, operation, now)?;
        }
        self.outages.check(&request.service, operation, &request.region)?;
        match &self.policies {
            Some(policies) => authorize::check(policies, &self.world, operation, request),
            None => Ok(()),
        }
    }

    fn change(&mut self, request: &Request, operation: &str) -> Result<Response, ApiError> {
        // Changes are made to a copy, so that a refused request leaves nothing half-done. Reads need none.
        if is_read(operation) {
            let outcome = dispatch(&mut self.world, operation, request);
            return outcome.map_err(|error| match &self.policies {
                Some(policies) => authorize::veil(policies, &self.world, operation, request, error),
                None => error,
            });
        }
        let mut world = self.world.clone();
        let response = dispatch(&mut world, operation, request)?;
        self.world = world;
        if let Some(Err(error)) = self.store.as_ref().map(|store| store.save(&self.world)) {
            let message = format!("the simulated AWS could not write its state: {error}");
            return Err(ApiError::new("InternalFailure", 500, message));
        }
        Ok(response)
    }

    fn log(&mut self, request: &Request, operation: &str, status: u16, code: Option<&'static str>) {
        let (service, region) = (request.service.clone(), request.region.clone());
        self.calls.push(Call { service, operation: operation.to_owned(), region, status, code });
    }
}

/// An error as the service of a request writes it. To HEAD nobody answers with a body.
fn refusal(request: &Request, error: &ApiError) -> Response {
    if request.method == "HEAD" {
        return Response { code: Some(error.code), ..Response::empty(error.status) };
    }
    let protocol = match request.service.as_str() {
        "route53" => Protocol::RestXml,
        "dynamodb" => Protocol::Json,
        "s3" => Protocol::RestXmlBare,
        _ => Protocol::Query,
    };
    Response::error(protocol, error)
}

fn dispatch(world: &mut World, operation: &str, request: &Request) -> Result<Response, ApiError> {
    match request.service.as_str() {
        "route53" => route53::handle(world, operation, request),
        "dynamodb" => dynamodb::handle(world, operation, request),
        "rds" => rds::handle(world, operation, request),
        "s3" => s3::handle(world, operation, request),
        "iam" => iam::handle(world, operation, request),
        "sts" => sts::handle(world, operation, request),
        "elasticloadbalancing" => elb::handle(world, operation, request),
        other => Err(ApiError::unsimulated(format!("the service {other}"))),
    }
}
