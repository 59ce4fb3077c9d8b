//! Topologies that are documentation and tests. Not here: a command line; `xtask` deploys the storefront.

mod storefront;

pub use storefront::storefront;

#[cfg(test)]
mod tests {
    /// A user's own snapshot test: every edit of the topology shows in review as what it means on AWS.
    #[test]
    fn storefront() {
        insta::assert_snapshot!(crate::storefront::topology());
    }
}
