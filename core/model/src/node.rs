//! Identity of the nodes of a spec. Not here: spans, which only the macro knows.

/// A node of a [`Spec`](crate::Spec): an index that whoever built the spec can map back to a source position.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct NodeId(pub u32);

impl NodeId {
    /// No node: of what no spec asks for.
    pub fn none() -> Self {
        Self(u32::MAX)
    }
}

/// A value of the spec together with the node it was written at.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Node<T> {
    /// Where it was written.
    pub id: NodeId,
    /// What was written.
    pub value: T,
}

impl<T> Node<T> {
    /// A value written at `id`.
    pub fn new(id: NodeId, value: T) -> Self {
        Self { id, value }
    }
}

impl Node<String> {
    /// The text as a slice.
    pub fn as_str(&self) -> &str {
        &self.value
    }
}
