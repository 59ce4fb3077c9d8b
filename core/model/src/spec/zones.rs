//! Zones and networks of addresses as written. Not here: rules about them, health checks.

use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::read::{ByName, Flag, Many, Misfit, Read, Tag, Tags, Text, item};
use crate::syntax::{Form, Value};

item! {
    /// `zone site: "example.com" { .. }`.
    pub struct ZoneSpec {
        /// The domain name.
        name: Node<String> = is(DomainName, "\"example.com\""),
        /// Whether the zone exists already and belongs to somebody else: records are put into it, the zone itself is
        /// neither created, changed nor deleted.
        existing: Option<Node<bool>> = optional(Flag, "true"),
        /// Whether a zone of this name that belongs to nobody is taken over. Default: no.
        adopt: Option<Node<bool>> = optional(Flag, "true"),
        /// The zone's comment on AWS. Absent: what is documented above it.
        comment: Option<Node<String>> = optional(Text, "\"managed by polyregion\""),
        /// The VPCs that ask it, by region: the zone is private. Absent: everybody asks it. A zone can't become the other.
        vpcs: Option<Vec<(Node<String>, Vec<Node<String>>)>> = optional(ByName<OneOrMany>, "{ us: \"vpc-0123456789abcdef0\" }"),
        /// Whether records can be changed again, typically within an hour, when us-east-1 is down. Only of public zones. Default: no.
        accelerated_recovery: Option<Node<bool>> = optional(Flag, "true"),
        /// Tags of the zone.
        tags: Option<Vec<Tag>> = optional(Tags, "{ team: \"edge\" }"),
    }
}

/// `"a"` or `["a", "b"]`.
pub(crate) struct OneOrMany;

impl Read for OneOrMany {
    type Out = Vec<Node<String>>;
    const WORDS: &'static str = "a string in double quotes, or several in brackets";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::List(_) = &value.form {
            return Many::<Text>::read(value, diagnostics);
        }
        Ok(vec![Text::read(value, diagnostics)?])
    }
}

item! {
    /// `cidr_collection offices { locations: { berlin: ["203.0.113.0/24"] } }`: networks of addresses that records can be
    /// routed by. This version checks it and does not deploy it.
    pub struct CidrCollectionSpec {
        /// The collection's name on AWS. Absent: the label with hyphens.
        name: Option<Node<String>> = optional(Text, "\"offices\""),
        /// Its locations with their blocks of addresses.
        locations: Vec<(Node<String>, Vec<Node<String>>)> = required(ByName<OneOrMany>, "{ berlin: [\"203.0.113.0/24\"] }"),
    }
}

/// The name of a zone, behind the colon.
pub(crate) struct DomainName;

impl Read for DomainName {
    type Out = Node<String>;
    const WORDS: &'static str = "`: \"example.com\"`, the zone's domain name";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        Text::read(value, diagnostics)
    }
}
