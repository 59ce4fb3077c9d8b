//! Typed handles: what an application knows of its topology at compile time. Not here: anything that talks to AWS.
//!
//! `topology!` makes constants of these types; an application that uses only them builds with
//! `default-features = false` and compiles no AWS crate.

/// A region of a topology; `topology!` makes an enumeration of them.
pub trait RegionLabel: Copy + Eq {
    /// The topology's label (`us`).
    fn label(self) -> &'static str;
    /// AWS's code (`us-east-1`).
    fn code(self) -> &'static str;
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
}

fn lookup<R: RegionLabel>(pairs: &'static [(R, &'static str)], region: R) -> Option<&'static str> {
    pairs.iter().find(|(known, _)| *known == region).map(|(_, value)| *value)
}
