//! Encryption as written, the same for every service. Not here: rules about keys.

use crate::diagnostic::Diagnostics;
use crate::node::{Node, NodeId};
use crate::read::{Misfit, Read, Text};
use crate::syntax::{Form, Value};

/// Whose key data is encrypted with.
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum EncryptionSpec {
    /// A key of the service's own, which nobody sees.
    Service(NodeId),
    /// The key that AWS manages for the service in the account.
    Managed(NodeId),
    /// The customer's key in each region, a template: an ARN, an id or an alias.
    Customer(Node<String>),
    /// The same, twice over: S3's dual-layer encryption. Without a key, the one that AWS manages.
    DualLayer(NodeId, Option<Node<String>>),
}

impl EncryptionSpec {
    /// The customer's key, if it is one.
    pub fn key(&self) -> Option<&Node<String>> {
        match self {
            EncryptionSpec::Service(_) | EncryptionSpec::Managed(_) => None,
            EncryptionSpec::Customer(key) => Some(key),
            EncryptionSpec::DualLayer(_, key) => key.as_ref(),
        }
    }

    /// Where it was written.
    pub fn id(&self) -> NodeId {
        match self {
            EncryptionSpec::Service(id) | EncryptionSpec::Managed(id) | EncryptionSpec::DualLayer(id, _) => {
                *id
            }
            EncryptionSpec::Customer(key) => key.id,
        }
    }
}

/// `service_key`, `kms` or `kms("alias/orders")`.
pub(crate) struct Encryption;

impl Read for Encryption {
    type Out = EncryptionSpec;
    const WORDS: &'static str =
        "`service_key`, `kms` for the key that AWS manages, or `kms(\"alias/orders\")`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::Call(name, arguments) = &value.form {
            let [key] = arguments.as_slice() else { return Err(Misfit::Form) };
            if name != "kms" {
                return Err(Misfit::Form);
            }
            return Text::read(key, diagnostics).map(EncryptionSpec::Customer);
        }
        match value.word().ok_or(Misfit::Form)?.as_str() {
            "service_key" => Ok(EncryptionSpec::Service(value.id)),
            "kms" => Ok(EncryptionSpec::Managed(value.id)),
            _ => Err(Misfit::Form),
        }
    }
}

/// `service_key`, `kms`, `kms("alias/media")`, `dual_layer_kms` or `dual_layer_kms("alias/media")`: what buckets have.
pub(crate) struct BucketEncryption;

impl Read for BucketEncryption {
    type Out = EncryptionSpec;
    const WORDS: &'static str =
        "`service_key`, `kms`, `kms(\"alias/media\")` or `dual_layer_kms(\"alias/media\")`";

    fn read(value: &Value, diagnostics: &mut Diagnostics) -> Result<Self::Out, Misfit> {
        if let Form::Call(name, arguments) = &value.form
            && name == "dual_layer_kms"
        {
            let [key] = arguments.as_slice() else { return Err(Misfit::Form) };
            let key = Text::read(key, diagnostics)?;
            return Ok(EncryptionSpec::DualLayer(value.id, Some(key)));
        }
        if value.word().is_some_and(|word| word.value == "dual_layer_kms") {
            return Ok(EncryptionSpec::DualLayer(value.id, None));
        }
        Encryption::read(value, diagnostics)
    }
}
