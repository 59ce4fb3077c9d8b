//! Observed state: what AWS answered about each resource of a topology. Not here: asking (`aws::observe`) and what to do
//! about it (`plan`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;

use polyregion_model::{Address, LoadBalancerRef, Region, Resource};

use crate::attribute::{Attributes, Field, Value};
use crate::record::RecordValue;

/// What is known of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It exists.
    Present(Box<Observed>),
    /// The service itself said, under the right account, that it doesn't exist.
    Absent,
    /// Nobody knows: the service could not be asked or refused to say. Never a reason to create, change or delete.
    Unknown(Doubt),
}

/// Why something is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Why.
    pub why: String,
    /// The region that did not answer, if that is why.
    pub region: Option<Region>,
}

impl Doubt {
    /// A doubt that is no region's fault.
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), region: None }
    }
}

/// A resource that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// What AWS calls it: an id, a name or an ARN, whatever calls about it take.
    pub physical_id: String,
    /// Whose it is.
    pub owner: Owner,
    /// AWS's own status, when it is not at rest (`CREATING`, `modifying`).
    pub transition: Option<String>,
    /// Its attributes.
    pub attributes: Attributes,
    /// For a record: exactly what Route 53 holds, as deleting it wants.
    pub record: Option<RecordValue>,
}

impl Observed {
    /// Whether AWS refuses to delete it.
    pub(crate) fn is_protected(&self) -> bool {
        self.attributes.get(&Field::DeletionProtection) == Some(&Value::Flag(true))
    }

    /// Whether it takes the writes of its global cluster.
    pub(crate) fn is_writer(&self) -> bool {
        self.attributes.get(&Field::IsWriter) == Some(&Value::Flag(true))
    }

    /// Whether it is in a global cluster.
    pub(crate) fn is_member(&self) -> bool {
        self.attributes.contains_key(&Field::GlobalCluster)
    }
}

/// Whose a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Its tags say that it is this topology's.
    Ours,
    /// It has no tags of its own and goes with the resource it is a part of: records with their zone, replication with
    /// its bucket.
    Inherited,
    /// Somebody else's.
    Foreign(Stranger),
}

/// Whose a resource is that is not ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// It carries no mark of polyregion.
    Unmarked,
    /// It carries a mark of something else that keeps it (in words).
    Kept {
        /// What does.
        by: String,
    },
    /// It carries the tags of another topology, or of another address of this one.
    Marked {
        /// The topology's name.
        topology: String,
        /// The address, if it is marked with one.
        address: Option<String>,
    },
    /// It stands where a replica is declared and is a table of its own.
    NoReplica {
        /// Whether its tags say that it was a replica of ours once.
        once_ours: bool,
    },
}

/// As in `the table carts exists and …`.
impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stranger::Unmarked => f.write_str("was not made by polyregion"),
            Stranger::Kept { by } => write!(f, "belongs to {by}"),
            Stranger::Marked { topology, address } => {
                let address = address.as_deref().unwrap_or("an unknown address");
                write!(f, "belongs to topology `{topology}` as `{address}`")
            }
            Stranger::NoReplica { once_ours: false } => f.write_str("is a table of its own, not a replica"),
            Stranger::NoReplica { once_ours: true } => {
                f.write_str("stands alone since its region was taken out, with the data it had then")
            }
        }
    }
}

/// A load balancer that an alias looks up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadBalancer {
    /// Its DNS name, lower case.
    pub dns_name: String,
    /// The id of the hosted zone that answers for it.
    pub hosted_zone_id: String,
}

/// The outcome of looking up a load balancer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It exists.
    Found(LoadBalancer),
    /// The service said that there is none of this name.
    Missing,
    /// Nobody knows.
    Unknown(Doubt),
}

/// Something that exists in the neighbourhood and that the topology doesn't declare. It is shown and left alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unmanaged {
    /// What it is near to.
    pub address: Address,
    /// What it is, in words.
    pub what: String,
    /// For a record that stands in the way of the declared ones (another policy of the same name and type): exactly what
    /// Route 53 holds.
    pub obstacle: Option<RecordValue>,
}

/// Everything that was observed.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// One observation per resource of the topology.
    pub resources: BTreeMap<Address, Observation>,
    /// The load balancers that aliases look up.
    pub load_balancers: BTreeMap<LoadBalancerRef, Lookup>,
    /// What else is there.
    pub unmanaged: Vec<Unmanaged>,
    /// How many records each zone holds, but for the NS and SOA records at its apex.
    pub zone_sizes: BTreeMap<Address, usize>,
    /// The regions that are down or were declared so, with why.
    pub down: BTreeMap<Region, String>,
}

impl World {
    /// What is known of a resource. One that was not even asked about is unknown.
    pub fn get(&self, address: &Address) -> &Observation {
        static NEVER: LazyLock<Observation> =
            LazyLock::new(|| Observation::Unknown(Doubt::new("it was not observed")));
        self.resources.get(address).unwrap_or(&NEVER)
    }

    /// The physical id of a resource that exists.
    pub fn physical_id(&self, address: &Address) -> Option<&str> {
        match self.resources.get(address) {
            Some(Observation::Present(observed)) => Some(&observed.physical_id),
            Some(Observation::Absent | Observation::Unknown(_)) | None => None,
        }
    }
}

/// The settings that were declared when a resource was made, by its address: those whose reading is a call of its own are asked for
/// only if they are declared, now or then.
#[derive(Clone, Debug, Default)]
pub struct Sought(BTreeMap<Address, BTreeSet<Field>>);

impl Sought {
    /// What these resources had declared.
    pub(crate) fn of<'a>(made: impl IntoIterator<Item = &'a Resource>) -> Self {
        let mut sought: BTreeMap<Address, BTreeSet<Field>> = BTreeMap::new();
        for resource in made {
            sought.entry(resource.address.clone()).or_default().extend(resource.declared());
        }
        Self(sought)
    }

    /// What is sought of a resource.
    pub(crate) fn fields(&self, resource: &Resource) -> BTreeSet<Field> {
        let made = self.0.get(&resource.address).into_iter().flatten().copied();
        resource.declared().into_iter().chain(made).collect()
    }
}
