//! Typed handles: what an application knows of its topology at compile time. Not here: anything that talks to AWS.
//!
//! `topology!` makes constants of these types; an application that uses only them builds with
//! `default-features = false` and compiles no AWS crate.

/// A region of a topology; `topology!` makes an enumeration of them.
pub trait RegionLabel: Copy + Eq + 'static {
    /// The topology's label (`us`).
    fn label(self) -> &'static str;
    /// AWS's code (`us-east-1`).
    fn code(self) -> &'static str;
    /// The topology's account.
    const ACCOUNT: &'static str;
    /// The partition of all its regions (`aws`).
    const PARTITION: &'static str;
    /// What the names of the partition's endpoints end in (`amazonaws.com`).
    const DNS_SUFFIX: &'static str;
    /// Every region of the topology by its round trip from this one, which comes first. Measured between regions as the median
    /// of a year, or estimated from distances.
    fn by_distance(self) -> &'static [Self];

    /// The nearest region that something is in; this one, if it is in this one.
    fn nearest(self, is_in: impl Fn(Self) -> bool) -> Option<Self> {
        self.by_distance().iter().copied().find(|region| is_in(*region))
    }
}

/// A DNS record.
#[derive(Clone, Copy, Debug)]
pub struct Record {
    name: &'static str,
}

impl Record {
    /// Made by `topology!`.
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// The whole name, without the trailing dot.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// What has a name only when the program starts, as that depends on an input or a Rust expression: the topology's own function
/// `topology` knows it.
#[derive(Clone, Copy, Debug)]
pub struct Unnamed;

/// A DynamoDB table.
#[derive(Clone, Copy, Debug)]
pub struct Table<R: 'static> {
    name: &'static str,
    regions: &'static [R],
}

impl<R: RegionLabel> Table<R> {
    /// Made by `topology!`.
    pub const fn new(name: &'static str, regions: &'static [R]) -> Self {
        Self { name, regions }
    }

    /// The table's name, the same in every region.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The regions with a replica, the home first.
    pub const fn regions(&self) -> &'static [R] {
        self.regions
    }

    /// Whether a region has a replica.
    pub fn is_in(&self, region: R) -> bool {
        self.regions.contains(&region)
    }

    /// The region of the replica that is nearest to a region; its own, if it has one.
    pub fn nearest(&self, region: R) -> Option<R> {
        region.nearest(|region| self.is_in(region))
    }

    /// The ARN of a region's replica.
    pub fn arn_in(&self, region: R) -> Option<String> {
        let (partition, account) = (R::PARTITION, R::ACCOUNT);
        let arn = || format!("arn:{partition}:dynamodb:{}:{account}:table/{}", region.code(), self.name);
        self.is_in(region).then(arn)
    }

    /// The URL of DynamoDB in the region of a replica.
    pub fn endpoint_in(&self, region: R) -> Option<String> {
        self.is_in(region).then(|| format!("https://dynamodb.{}.{}", region.code(), R::DNS_SUFFIX))
    }
}

/// An Aurora global database.
#[derive(Clone, Copy, Debug)]
pub struct Cluster<R: 'static> {
    identifier: &'static str,
    port: u16,
    members: &'static [(R, &'static str)],
}

impl<R: RegionLabel> Cluster<R> {
    /// Made by `topology!`.
    pub const fn new(identifier: &'static str, port: u16, members: &'static [(R, &'static str)]) -> Self {
        Self { identifier, port, members }
    }

    /// The identifier of the global cluster.
    pub const fn identifier(&self) -> &'static str {
        self.identifier
    }

    /// The port of every member.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The identifier of a region's member cluster. Its endpoint has a part that AWS chooses, so look it up with
    /// `DescribeDBClusters`. Which member takes the writes is observed, as a switchover moves the role.
    pub fn identifier_in(&self, region: R) -> Option<&'static str> {
        lookup(self.members, region)
    }

    /// The region of the member that is nearest to a region; its own, if it has one.
    pub fn nearest(&self, region: R) -> Option<R> {
        region.nearest(|region| self.identifier_in(region).is_some())
    }

    /// The ARN of the global cluster.
    pub fn arn(&self) -> String {
        format!("arn:{}:rds::{}:global-cluster:{}", R::PARTITION, R::ACCOUNT, self.identifier)
    }

    /// The ARN of a region's member cluster.
    pub fn arn_in(&self, region: R) -> Option<String> {
        let (partition, account) = (R::PARTITION, R::ACCOUNT);
        let identifier = self.identifier_in(region)?;
        Some(format!("arn:{partition}:rds:{}:{account}:cluster:{identifier}", region.code()))
    }
}

/// A mirrored bucket.
#[derive(Clone, Copy, Debug)]
pub struct Bucket<R: 'static> {
    names: &'static [(R, &'static str)],
}

impl<R: RegionLabel> Bucket<R> {
    /// Made by `topology!`.
    pub const fn new(names: &'static [(R, &'static str)]) -> Self {
        Self { names }
    }

    /// The name of a region's copy.
    pub fn name_in(&self, region: R) -> Option<&'static str> {
        lookup(self.names, region)
    }

    /// The region of the copy that is nearest to a region; its own, if it has one.
    pub fn nearest(&self, region: R) -> Option<R> {
        region.nearest(|region| self.name_in(region).is_some())
    }

    /// The ARN of a region's copy.
    pub fn arn_in(&self, region: R) -> Option<String> {
        self.name_in(region).map(|name| format!("arn:{}:s3:::{name}", R::PARTITION))
    }

    /// The URL of a region's copy.
    pub fn endpoint_in(&self, region: R) -> Option<String> {
        let name = self.name_in(region)?;
        Some(format!("https://{name}.s3.{}.{}", region.code(), R::DNS_SUFFIX))
    }
}

fn lookup<R: RegionLabel>(pairs: &'static [(R, &'static str)], region: R) -> Option<&'static str> {
    pairs.iter().find(|(known, _)| *known == region).map(|(_, value)| *value)
}
