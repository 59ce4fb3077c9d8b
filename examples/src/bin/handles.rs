//! An application's view of the storefront: typed names per region, and no AWS crate in sight.

use polyregion::handle::RegionLabel;
use polyregion_examples::storefront::{Region, buckets, clusters, records, tables};

#[expect(clippy::print_stdout, reason = "an example that prints")]
fn main() {
    println!("{}", records::API.name());
    for region in Region::ALL {
        println!("{} ({})", region.label(), region.code());
        if tables::USER_SESSIONS.is_in(region) {
            println!("  table {}", tables::USER_SESSIONS.name());
        }
        if let Some(name) = buckets::ASSETS.name_in(region) {
            println!("  bucket {name}");
        }
        if let Some(identifier) = clusters::ORDERS.identifier_in(region) {
            println!("  cluster {identifier}, port {}", clusters::ORDERS.port());
        }
    }
}
