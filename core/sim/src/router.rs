//! The simulated AWS as a whole: routes requests to services, counts them, keeps the state. Not here: the services.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use polyregion_model::Region;

use crate::calls::{Call, Calls};
use crate::clock::Clock;
use crate::connector::Connector;
use crate::fault::ApiError;
use crate::request::Request;
use crate::response::{Protocol, Response};
use crate::store::{OpenError, Store};
use crate::world::{FurnishError, World};
use crate::{dynamodb, elb, iam, rds, route53, s3, sts};

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
    dark: BTreeSet<String>,
    store: Option<Store>,
}

/// What a service says to a request: an operation's name, for the log, with its outcome.
pub(crate) type Handled = (String, Result<Response, ApiError>);

/// What comes of a request.
#[derive(Debug)]
pub(crate) enum Answer {
    Response(Response),
    Unreachable,
}

impl Sim {
    /// An empty AWS that lives in memory.
    pub fn new(account: &str) -> Self {
        Self::from_parts(World::new(account), None)
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
        let inner = Inner { world, clock, calls: Calls::default(), dark: BTreeSet::new(), store };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    /// The state, also after a panic elsewhere: each request changes it at its very end.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An HTTP client for the SDK that leads here.
    pub fn http_client(&self) -> SharedHttpClient {
        SharedHttpClient::new(Connector(self.clone()))
    }

    /// The calls so far.
    pub fn calls(&self) -> Calls {
        self.lock().calls.clone()
    }

    /// Forgets the calls so far.
    pub fn reset_calls(&self) {
        self.lock().calls = Calls::default();
    }

    /// Everything that exists, one line each, in a fixed order. What was furnished is not listed, but for zones.
    pub fn inventory(&self) -> Vec<String> {
        let mut inner = self.lock();
        let now = inner.clock.now();
        inner.world.advance(now);
        inner.world.inventory()
    }

    /// Makes a region dark: its endpoints refuse connections until it is lit again. The endpoints of Route 53 and IAM go
    /// dark with their control region.
    pub fn set_dark(&self, region: Region, dark: bool) {
        let mut inner = self.lock();
        if dark {
            inner.dark.insert(region.code().to_owned());
        } else {
            inner.dark.remove(region.code());
        }
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

    /// Adds a public hosted zone; false if there was one of this name.
    pub fn furnish_zone(&self, name: &str) -> bool {
        route53::furnish_zone(&mut self.lock().world, name)
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
        let mut inner = self.lock();
        let now = inner.clock.now();
        inner.world.advance(now);
        if inner.dark.contains(&request.region) {
            inner.log(request, "?".to_owned(), 0);
            return Answer::Unreachable;
        }
        // Changes are made to a copy, so that a refused request leaves nothing half-done. Reads need none.
        let reads = is_read(request);
        let mut world = if reads { std::mem::take(&mut inner.world) } else { inner.world.clone() };
        let (protocol, (operation, outcome)) = match request.service.as_str() {
            "route53" => (Protocol::RestXml, route53::handle(&mut world, request)),
            "dynamodb" => (Protocol::Json, dynamodb::handle(&mut world, request)),
            "rds" => (Protocol::Query, rds::handle(&mut world, request)),
            "s3" => (Protocol::RestXmlBare, s3::handle(&mut world, request)),
            "iam" => (Protocol::Query, iam::handle(&mut world, request)),
            "sts" => (Protocol::Query, sts::handle(&world, request)),
            "elasticloadbalancing" => (Protocol::Query, elb::handle(&world, request)),
            other => {
                let error = ApiError::unsimulated(format!("the service {other}"));
                (Protocol::Query, ("?".to_owned(), Err(error)))
            }
        };
        if reads {
            inner.world = world;
            let response = outcome.unwrap_or_else(|error| Response::error(protocol, &error));
            inner.log(request, operation, response.status);
            return Answer::Response(response);
        }
        let response = match outcome {
            Ok(response) => {
                inner.world = world;
                match inner.store.as_ref().map(|store| store.save(&inner.world)) {
                    Some(Err(error)) => {
                        let message = format!("the simulated AWS could not write its state: {error}");
                        Response::error(protocol, &ApiError::new("InternalFailure", 500, message))
                    }
                    Some(Ok(())) | None => response,
                }
            }
            Err(error) => Response::error(protocol, &error),
        };
        inner.log(request, operation, response.status);
        Answer::Response(response)
    }
}

impl Inner {
    fn log(&mut self, request: &Request, operation: String, status: u16) {
        let (service, region) = (request.service.clone(), request.region.clone());
        self.calls.push(Call { service, operation, region, status });
    }
}

/// Whether a request only reads: by its method, or by the first word of its operation.
fn is_read(request: &Request) -> bool {
    let target =
        request.headers.get("x-amz-target").and_then(|target| target.split_once('.')).map(|(_, name)| name);
    let action = request.text().strip_prefix("Action=");
    let name = target.or(action).unwrap_or_default();
    let reads = ["Get", "List", "Describe", "Head"].iter().any(|word| name.starts_with(word));
    reads || matches!(request.method.as_str(), "GET" | "HEAD")
}
