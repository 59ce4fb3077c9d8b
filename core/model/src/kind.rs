//! Kinds of items. Not here: the items.

use std::fmt;

/// The kind of an item.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug, PartialOrd, Ord, Hash))]
pub enum Kind {
    /// A Route 53 hosted zone.
    Zone,
    /// A Route 53 health check.
    HealthCheck,
    /// A Route 53 CIDR collection.
    CidrCollection,
    /// A record: one name and type with its routing.
    Record,
    /// A DynamoDB table with its replicas.
    Table,
    /// An Aurora global database.
    Cluster,
    /// S3 buckets in several regions.
    Bucket,
    /// What runs where, for which nothing is deployed.
    Service,
}

impl Kind {
    /// Every kind, in the order in which plans show them.
    pub const ALL: [Kind; 8] = [
        Kind::Zone,
        Kind::HealthCheck,
        Kind::CidrCollection,
        Kind::Record,
        Kind::Table,
        Kind::Cluster,
        Kind::Bucket,
        Kind::Service,
    ];

    /// The keyword of the language, which is also the first part of an address.
    pub fn keyword(self) -> &'static str {
        match self {
            Kind::Zone => "zone",
            Kind::HealthCheck => "health_check",
            Kind::CidrCollection => "cidr_collection",
            Kind::Record => "record",
            Kind::Table => "table",
            Kind::Cluster => "cluster",
            Kind::Bucket => "bucket",
            Kind::Service => "service",
        }
    }

    /// Whether it is Route 53's.
    pub fn is_route53(self) -> bool {
        match self {
            Kind::Zone | Kind::HealthCheck | Kind::CidrCollection | Kind::Record => true,
            Kind::Table | Kind::Cluster | Kind::Bucket | Kind::Service => false,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword())
    }
}
