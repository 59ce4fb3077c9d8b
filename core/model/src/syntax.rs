//! The syntax tree of the language: entries, keys and values, as written. The macro makes it of tokens, a builder of calls.
//! Not here: what keys and values mean (`read`) and whether that is valid (`check`).

use std::fmt;

use crate::node::{Node, NodeId};
use crate::rule::Code;
use crate::spec::Source;

/// A whole declaration.
#[derive(Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Document {
    /// The topology's name; empty if it is missing.
    pub name: Node<String>,
    /// Documentation written above it.
    pub docs: String,
    /// The warnings that are allowed everywhere, by code.
    pub allow: Vec<Node<String>>,
    /// What is declared, in the order written.
    pub entries: Vec<Entry>,
    /// Where the nodes were written; empty for what was not written in a source file.
    pub source: Source,
}

/// `keyword: value`, `keyword { .. }` or `keyword label: is in within { .. }`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Entry {
    /// The word that it begins with.
    pub keyword: Node<String>,
    /// The item's label; settings of the topology have none.
    pub label: Option<Node<String>>,
    /// Documentation written above it.
    pub docs: String,
    /// The warnings that are allowed in it, by code.
    pub allow: Vec<Node<String>>,
    /// What stands after the colon.
    pub is: Option<Value>,
    /// What stands after `in`.
    pub within: Option<Value>,
    /// What stands in braces.
    pub body: Vec<Value>,
    /// Whether it has all that its syntax asks for. What does not was half typed, and says nothing but its label.
    pub is_complete: bool,
}

/// A value, with the node of its first token.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Value {
    /// Where it begins.
    pub id: NodeId,
    /// What it is.
    pub form: Form,
}

/// The forms of values. Readers decide which of them a key takes.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum Form {
    /// Nothing was written.
    Missing,
    /// Something that is no value, about which all has been said.
    Broken,
    /// `"text"`.
    Text(String),
    /// `10`, `10s`, `-25`: a whole number with its unit, which may be empty.
    Number(i64, String),
    /// `0.5`: a number with a fraction, as written.
    Decimal(String),
    /// `word`.
    Word(String),
    /// `each region`, or `each other region`.
    Each {
        /// Whether the region that the item already names is left out.
        other: bool,
    },
    /// `[a, b]`.
    List(Vec<Value>),
    /// `{ a, b }`.
    Block(Vec<Value>),
    /// `name(a, b)`.
    Call(String, Vec<Value>),
    /// `value { a, b }`.
    With(Box<Value>, Vec<Value>),
    /// `2 * value`; the number's own node is the value's.
    Times(u64, Box<Value>),
    /// `value in place`.
    In(Box<Value>, Box<Value>),
    /// `a => b`.
    Arrow(Box<Value>, Box<Value>),
    /// `a: b`.
    Pair(Box<Value>, Box<Value>),
    /// `const { .. }`, or a path: a Rust expression, by its number, and as written. Its value is known when the program starts.
    Constant(u32, String),
}

/// Values with commas.
fn listed(values: &[Value], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (number, value) in values.iter().enumerate() {
        write!(f, "{}{value}", if number == 0 { "" } else { ", " })?;
    }
    Ok(())
}

/// As it is written, on one line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let enclosed = |open: &str, values: &[Value], close: &str, f: &mut fmt::Formatter<'_>| {
            f.write_str(open)?;
            listed(values, f)?;
            f.write_str(close)
        };
        match &self.form {
            Form::Missing | Form::Broken => f.write_str("?"),
            Form::Text(text) => write!(f, "{text:?}"),
            Form::Number(number, unit) => write!(f, "{number}{unit}"),
            Form::Decimal(text) | Form::Word(text) => f.write_str(text),
            Form::Each { other: false } => f.write_str("each region"),
            Form::Each { other: true } => f.write_str("each other region"),
            Form::List(values) => enclosed("[", values, "]", f),
            Form::Block(values) => enclosed("{ ", values, " }", f),
            Form::Call(name, values) => {
                f.write_str(name)?;
                enclosed("(", values, ")", f)
            }
            Form::With(value, body) => {
                write!(f, "{value} ")?;
                enclosed("{ ", body, " }", f)
            }
            Form::Times(count, value) => write!(f, "{count} * {value}"),
            Form::In(value, place) => write!(f, "{value} in {place}"),
            Form::Arrow(first, second) => write!(f, "{first} => {second}"),
            Form::Pair(first, second) => write!(f, "{first}: {second}"),
            Form::Constant(_, text) => f.write_str(text),
        }
    }
}

impl Document {
    /// Whether a warning is allowed at a node. The nodes of an entry follow its keyword's and precede the next one's.
    pub(crate) fn allows(&self, code: Code, node: NodeId) -> bool {
        let within = self.entries.partition_point(|entry| entry.keyword.id <= node);
        let entry = within.checked_sub(1).and_then(|index| self.entries.get(index));
        let is_it = |allowed: &Node<String>| allowed.value.parse() == Ok(code);
        self.allow.iter().any(is_it) || entry.is_some_and(|entry| entry.allow.iter().any(is_it))
    }
}

impl Entry {
    /// The values in it, in the order written. What an item is called is none.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        self.is.iter().chain(&self.within).chain(&self.body)
    }

    /// The same, to be changed.
    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        self.is.iter_mut().chain(&mut self.within).chain(&mut self.body)
    }
}

/// The walk through the values that a value is made of, for those that read them and for those that change them.
macro_rules! each_part {
    ($(#[doc = $docs:literal])* $name:ident, $iter:ident $(, $mut:ident)?) => {
        $(#[doc = $docs])*
        pub fn $name<'a>(&'a $($mut)? self, visit: &mut dyn FnMut(&'a $($mut)? Value)) {
            match &$($mut)? self.form {
                Form::Missing
                | Form::Broken
                | Form::Text(_)
                | Form::Number(..)
                | Form::Decimal(_)
                | Form::Word(_)
                | Form::Each { .. }
                | Form::Constant(..) => {}
                Form::List(values) | Form::Block(values) | Form::Call(_, values) => {
                    values.$iter().for_each(visit);
                }
                Form::With(value, body) => {
                    visit(value);
                    body.$iter().for_each(visit);
                }
                Form::Times(_, value) => visit(value),
                Form::In(first, second) | Form::Arrow(first, second) | Form::Pair(first, second) => {
                    visit(first);
                    visit(second);
                }
            }
        }
    };
}

impl Value {
    each_part! {
        /// Calls `visit` with each value that this one is made of, in the order written, and not with what those are made of.
        each_part, iter
    }

    each_part! {
        /// The same, to be changed.
        each_part_mut, iter_mut, mut
    }

    /// A value written at `id`.
    pub fn new(id: NodeId, form: Form) -> Self {
        Self { id, form }
    }

    /// The word with its node, if it is one.
    pub fn word(&self) -> Option<Node<String>> {
        if let Form::Word(word) = &self.form { Some(Node::new(self.id, word.clone())) } else { None }
    }
}
