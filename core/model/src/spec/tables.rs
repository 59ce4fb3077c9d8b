//! Tables as written. Not here: rules about them.

use super::RegionSet;
use crate::diagnostic::Diagnostics;
use crate::node::Node;
use crate::read::rules::UNSUPPORTED;
use crate::read::{AttributeName, Flag, Misfit, Read, Regions, Text, item};
use crate::syntax::{Form, Value};

item! {
    /// `table user_sessions { .. }`.
    pub struct TableSpec {
        /// The table's name on AWS. Absent: the label with hyphens.
        name: Option<Node<String>> = optional(Text, "\"sessions\""),
        /// The partition key.
        key: KeySpec = required(KeyAttribute, "id: S"),
        /// The sort key.
        sort_key: Option<KeySpec> = optional(KeyAttribute, "at: N"),
        /// Where it exists.
        replicas: RegionSet = required(Regions, "each region"),
        /// Who may write where.
        writes: Option<Node<String>> = optional(Writes, "any_region(last_writer_wins)"),
        /// The number attribute after whose time an item expires.
        ttl: Option<Node<String>> = optional(AttributeName, "expires_at"),
        /// AWS refuses to delete the table and its replicas. Default: on.
        deletion_protection: Option<Node<bool>> = optional(Flag, "true"),
    }
}

/// `session_id: S`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySpec {
    /// The attribute's name.
    pub attribute: Node<String>,
    /// Its type, as written: `S`, `N` or `B`.
    pub key_type: Node<String>,
}

/// An attribute with its type.
pub(crate) struct KeyAttribute;

impl Read for KeyAttribute {
    type Out = KeySpec;
    const WORDS: &'static str = "an attribute with its type, as in `id: S`";

    fn read(value: &Value, _: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let Form::Pair(attribute, key_type) = &value.form else { return Err(Misfit::Form) };
        let attribute = attribute.word().ok_or(Misfit::Form)?;
        Ok(KeySpec { attribute, key_type: key_type.word().ok_or(Misfit::Form)? })
    }
}

/// `any_region(last_writer_wins)` says what multi-region eventual consistency does. Strong consistency and a single
/// writer are other designs, which are not built.
pub(crate) struct Writes;

impl Read for Writes {
    type Out = Node<String>;
    const WORDS: &'static str = "`any_region(last_writer_wins)`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        let (mode, inside) = if let Form::Call(mode, arguments) = &value.form {
            (mode.clone(), if let [one] = arguments.as_slice() { one.word() } else { None })
        } else {
            (value.word().ok_or(Misfit::Form)?.value, None)
        };
        match (mode.as_str(), inside) {
            ("any_region", Some(inside)) if inside.value == "last_writer_wins" => {
                Ok(Node::new(value.id, mode))
            }
            ("any_region" | "one_region", _) => {
                let message = "a table that is not `any_region(last_writer_wins)` is not supported yet";
                let help = "write `any_region(last_writer_wins)`, which is also the default";
                diagnostics.of(&UNSUPPORTED).with_help(value.id, message, help);
                Err(Misfit::Reported)
            }
            _ => Err(Misfit::Form),
        }
    }
}
