//! Regions and partitions of AWS. Not here: which of them a topology uses.

mod latency;
mod table;

use std::fmt;

use crate::suggest::did_you_mean;

/// A partition: a set of regions with accounts, names and control planes of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug, PartialOrd, Ord, Hash))]
pub enum Partition {
    /// Commercial regions.
    Aws,
    /// China.
    AwsCn,
    /// GovCloud (US).
    AwsUsGov,
    /// European Sovereign Cloud.
    AwsEusc,
    /// US ISO.
    AwsIso,
    /// US ISOB.
    AwsIsoB,
    /// EU ISOE.
    AwsIsoE,
    /// US ISOF.
    AwsIsoF,
}

impl Partition {
    /// The partition's id, as in ARNs.
    pub fn id(self) -> &'static str {
        match self {
            Partition::Aws => "aws",
            Partition::AwsCn => "aws-cn",
            Partition::AwsUsGov => "aws-us-gov",
            Partition::AwsEusc => "aws-eusc",
            Partition::AwsIso => "aws-iso",
            Partition::AwsIsoB => "aws-iso-b",
            Partition::AwsIsoE => "aws-iso-e",
            Partition::AwsIsoF => "aws-iso-f",
        }
    }

    /// The DNS suffix of the partition's endpoints (botocore `partitions.json`).
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Partition::Aws | Partition::AwsUsGov => "amazonaws.com",
            Partition::AwsCn => "amazonaws.com.cn",
            Partition::AwsEusc => "amazonaws.eu",
            Partition::AwsIso => "c2s.ic.gov",
            Partition::AwsIsoB => "sc2s.sgov.gov",
            Partition::AwsIsoE => "cloud.adc-e.uk",
            Partition::AwsIsoF => "csp.hci.ic.gov",
        }
    }

    /// The region that holds the control planes of IAM and Route 53 (botocore `partitions.json`,
    /// `implicitGlobalRegion`): changes to roles and records need it to be up.
    pub fn control_region(self) -> Region {
        let code = match self {
            Partition::Aws => "us-east-1",
            Partition::AwsCn => "cn-northwest-1",
            Partition::AwsUsGov => "us-gov-west-1",
            Partition::AwsEusc => "eusc-de-east-1",
            Partition::AwsIso => "us-iso-east-1",
            Partition::AwsIsoB => "us-isob-east-1",
            Partition::AwsIsoE => "eu-isoe-west-1",
            Partition::AwsIsoF => "us-isof-south-1",
        };
        Region::REFS[Region::index_of(code)]
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// How S3 wants a region to be named when a bucket is created there (`BucketLocationConstraint`).
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum LocationConstraint {
    /// The region's code.
    Code,
    /// Nothing may be sent: us-east-1 has no constraint.
    Omit,
    /// The region is missing from the public enumeration; the code is sent and AWS decides.
    Unlisted,
}

/// What is known of one region.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct RegionInfo {
    /// AWS's code, as in `us-east-1`.
    pub code: &'static str,
    /// The partition that it belongs to.
    pub partition: Partition,
    /// AWS's name for people.
    pub name: &'static str,
    /// Whether the account must enable it before use.
    pub opt_in: bool,
    /// Whether Route 53 takes latency records for it (`ResourceRecordSetRegion`).
    pub latency_records: bool,
    /// How S3 wants it named.
    pub location: LocationConstraint,
    /// Whether AWS's list of Aurora Global Database regions names it.
    pub aurora_global: bool,
    /// The set of regions that a strongly consistent table may span, if the region is in one (DynamoDB Developer Guide,
    /// multi-region strong consistency).
    pub mrsc: Option<&'static str>,
    /// Degrees north and east, where known. Where AWS names no site, those of the city: good for distances, not exact.
    pub place: Option<(f64, f64)>,
}

/// Kilometres of the earth's radius.
const RADIUS: f64 = 6371.0;
/// Milliseconds of a round trip for each kilometre: half of the measured pairs of regions that are more than 300 km apart need
/// less (`data/latency.csv`). Light in glass needs 0.01.
pub(crate) const PER_KILOMETRE: f64 = 0.0175;

/// Degrees north and east.
pub(crate) type Degrees = (f64, f64);

/// Kilometres between two places.
pub(crate) fn distance(one: Degrees, other: Degrees) -> f64 {
    let (north, east) = (one.0.to_radians(), one.1.to_radians());
    let (other_north, other_east) = (other.0.to_radians(), other.1.to_radians());
    let half = ((other_north - north) / 2.0).sin().powi(2)
        + north.cos() * other_north.cos() * ((other_east - east) / 2.0).sin().powi(2);
    2.0 * RADIUS * half.sqrt().asin()
}

/// A region of AWS.
///
/// ```
/// use polyregion_model::{Partition, Region};
/// let region = Region::from_code("ap-south-1").unwrap();
/// assert_eq!(region.info().partition, Partition::Aws);
/// assert!(Region::from_code("us-east-9").is_none());
/// ```
#[derive(Clone, Copy)]
pub struct Region(&'static RegionInfo);

impl Region {
    /// All of them; indices are private to this module.
    const REFS: [Region; table::REGIONS.len()] = {
        let mut refs = [Region(&table::REGIONS[0]); table::REGIONS.len()];
        let mut i = 0;
        while i < refs.len() {
            refs[i] = Region(&table::REGIONS[i]);
            i += 1;
        }
        refs
    };

    /// Milliseconds of a round trip to another region: the median of a year if it was measured (`data/latency.csv`), else
    /// estimated from the distance, if places are known. What is typical, not what is promised.
    pub fn round_trip_ms(self, other: Region) -> Option<u64> {
        let measured =
            latency::LATENCY.iter().find(|(from, to, _)| *from == self.code() && *to == other.code());
        if let Some((.., tenths)) = measured {
            return Some(u64::from(*tenths).div_ceil(10));
        }
        let way = PER_KILOMETRE * distance(self.info().place?, other.info().place?);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a distance on earth")]
        Some(way.ceil() as u64)
    }

    /// Position of a code that is known to exist; the first region otherwise (a test rules that out).
    fn index_of(code: &str) -> usize {
        table::REGIONS.iter().position(|info| info.code == code).unwrap_or_default()
    }

    /// Every region of every partition.
    pub fn all() -> impl Iterator<Item = Region> {
        Self::REFS.into_iter()
    }

    /// The region with this code (`us-east-1`).
    pub fn from_code(code: &str) -> Option<Region> {
        Self::all().find(|region| region.0.code == code)
    }

    /// The code nearest to a misspelt one.
    pub fn suggest(code: &str) -> Option<&'static str> {
        let mut codes = Vec::new();
        for info in &table::REGIONS {
            codes.push(info.code);
        }
        did_you_mean(code, &codes)
    }

    /// AWS's code.
    pub fn code(self) -> &'static str {
        self.0.code
    }

    /// Everything known of it.
    pub fn info(self) -> &'static RegionInfo {
        self.0
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.code)
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.0.code == other.0.code
    }
}

impl Eq for Region {}

impl PartialOrd for Region {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Region {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.code.cmp(other.0.code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_regions_of_all_partitions() {
        assert_eq!(Region::all().count(), 46);
        let count = |partition| Region::all().filter(|region| region.info().partition == partition).count();
        assert_eq!((count(Partition::Aws), count(Partition::AwsCn), count(Partition::AwsEusc)), (34, 2, 1));
    }

    #[test]
    fn every_partition_has_its_control_region_inside() {
        for region in Region::all() {
            let partition = region.info().partition;
            assert_eq!(partition.control_region().info().partition, partition);
        }
    }
}
