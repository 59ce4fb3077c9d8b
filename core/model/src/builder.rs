//! Declaring a topology at run time: the same keys and values as in `topology!`, through the same rules. Not here: what they
//! mean (`read`, `check`).

use std::panic::Location;

use crate::diagnostic::Invalid;
use crate::given::KEYWORD;
use crate::node::{Node, NodeId};
use crate::read::rules::UNSUPPORTED;
use crate::spec::Source;
use crate::syntax::{Document, Entry, Form, Value};
use crate::topology::{Topology, judge};

/// A declaration in the making.
///
/// ```
/// use polyregion_model::builder::{Builder, call, each_region, number, pair, word};
///
/// let topology = Builder::new("shop")
///     .set("account", "123456789012")
///     .block("regions", [pair("us", word("us_east_1")), pair("eu", word("eu_west_1"))])
///     .item("zone", "site", |zone| zone.is("example.com"))
///     .item("record", "www", |record| {
///         record.is(word("A")).within(word("site")).key("simple", call("values", ["192.0.2.7"])).key("ttl", number(60, "s"))
///     })
///     .item("table", "carts", |table| {
///         table.key("key", pair("id", word("S"))).key("replicas", each_region())
///             .key("writes", call("any_region", [word("last_writer_wins")]))
///     })
///     .topology()?;
/// assert_eq!(topology.resources().len(), 4);
/// # Ok::<(), polyregion_model::Invalid>(())
/// ```
#[derive(Clone, Debug)]
pub struct Builder {
    document: Document,
    /// The line of each entry.
    lines: Vec<u32>,
}

/// An item in the making.
#[derive(Clone, Debug)]
pub struct ItemBuilder {
    entry: Entry,
}

fn node(text: &str) -> Node<String> {
    Node::new(NodeId::none(), text.to_owned())
}

impl Builder {
    /// A declaration with a name. Messages about an item name the line that it was built in.
    #[track_caller]
    pub fn new(name: &str) -> Self {
        let here = Location::caller();
        let source = Source { file: here.file().to_owned(), lines: vec![here.line()] };
        let document = Document { name: node(name), source, ..Document::default() };
        Self { document, lines: Vec::new() }
    }

    /// A warning that is meant, by code.
    #[must_use]
    pub fn allow(mut self, code: &str) -> Self {
        self.document.allow.push(node(code));
        self
    }

    /// `keyword: value`.
    #[must_use]
    #[track_caller]
    pub fn set(self, keyword: &str, value: impl Into<Value>) -> Self {
        let line = Location::caller().line();
        self.entry(Entry { is: Some(value.into()), ..entry(keyword, None) }, line)
    }

    /// `keyword { values }`.
    #[must_use]
    #[track_caller]
    pub fn block(self, keyword: &str, values: impl IntoIterator<Item = Value>) -> Self {
        let line = Location::caller().line();
        self.entry(Entry { body: values.into_iter().collect(), ..entry(keyword, None) }, line)
    }

    /// `kind label: .. in .. { .. }`.
    #[must_use]
    #[track_caller]
    pub fn item(self, kind: &str, label: &str, item: impl FnOnce(ItemBuilder) -> ItemBuilder) -> Self {
        let line = Location::caller().line();
        let built = item(ItemBuilder { entry: entry(kind, Some(node(label))) });
        self.entry(built.entry, line)
    }

    fn entry(mut self, entry: Entry, line: u32) -> Self {
        self.document.entries.push(entry);
        self.lines.push(line);
        self
    }

    /// The declaration as a syntax tree, every node with an id of its own.
    pub fn document(mut self) -> Document {
        let mut lines = std::mem::take(&mut self.document.source.lines);
        let declared = lines.first().copied().unwrap_or_default();
        lines.clear();
        let mut numbers = Numbers { lines, line: declared };
        numbers.give(&mut self.document.name.id);
        self.document.allow.iter_mut().for_each(|code| numbers.give(&mut code.id));
        for (entry, line) in self.document.entries.iter_mut().zip(&self.lines) {
            numbers.line = *line;
            let Entry { keyword, label, docs: _, allow, is, within, body, is_complete: _ } = entry;
            numbers.give(&mut keyword.id);
            allow.iter_mut().for_each(|code| numbers.give(&mut code.id));
            label.iter_mut().for_each(|label| numbers.give(&mut label.id));
            is.iter_mut().chain(within).chain(body).for_each(|value| numbers.value(value));
        }
        self.document.source.lines = numbers.lines;
        self.document
    }

    /// The topology that it declares. Warnings are not among what can fail; [`Self::findings`] has them.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn topology(self) -> Result<Topology, Invalid> {
        let (topology, invalid) = self.check();
        topology.ok_or(invalid)
    }

    /// Everything that there is to say about it, warnings included.
    pub fn findings(&self) -> Invalid {
        self.clone().check().1
    }

    fn check(self) -> (Option<Topology>, Invalid) {
        let document = self.document();
        let input = document.entries.iter().find(|entry| entry.keyword.value == KEYWORD);
        let input = input.map(|entry| entry.keyword.id);
        let (topology, mut found) = judge(document);
        if let Some(input) = input {
            let message = "a topology that is built has no inputs, as its program knows the values";
            found.diagnostics.of(&UNSUPPORTED).with_help(input, message, "write the value itself");
        }
        let topology = topology.filter(|_| input.is_none());
        (topology.map(|topology| topology.with_warnings(&found)), found)
    }
}

fn entry(keyword: &str, label: Option<Node<String>>) -> Entry {
    Entry {
        keyword: node(keyword),
        label,
        docs: String::new(),
        allow: Vec::new(),
        is: None,
        within: None,
        body: Vec::new(),
        is_complete: true,
    }
}

impl ItemBuilder {
    /// Its documentation.
    #[must_use]
    pub fn docs(mut self, docs: &str) -> Self {
        docs.clone_into(&mut self.entry.docs);
        self
    }

    /// A warning that is meant here, by code.
    #[must_use]
    pub fn allow(mut self, code: &str) -> Self {
        self.entry.allow.push(node(code));
        self
    }

    /// What stands after the colon of its header.
    #[must_use]
    pub fn is(mut self, value: impl Into<Value>) -> Self {
        self.entry.is = Some(value.into());
        self
    }

    /// What stands after `in` in its header.
    #[must_use]
    pub fn within(mut self, value: impl Into<Value>) -> Self {
        self.entry.within = Some(value.into());
        self
    }

    /// `key: value`.
    #[must_use]
    pub fn key(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.entry.body.push(pair(key, value));
        self
    }
}

/// Gives ids to nodes in the order written, with their lines.
struct Numbers {
    lines: Vec<u32>,
    line: u32,
}

impl Numbers {
    fn give(&mut self, id: &mut NodeId) {
        *id = NodeId(u32::try_from(self.lines.len()).unwrap_or(u32::MAX));
        self.lines.push(self.line);
    }

    fn value(&mut self, value: &mut Value) {
        self.give(&mut value.id);
        value.each_part_mut(&mut |part| self.value(part));
    }
}

fn value(form: Form) -> Value {
    Value::new(NodeId::none(), form)
}

/// Text in quotes.
impl From<&str> for Value {
    fn from(text: &str) -> Self {
        value(Form::Text(text.to_owned()))
    }
}

/// Text in quotes.
impl From<String> for Value {
    fn from(text: String) -> Self {
        value(Form::Text(text))
    }
}

/// `true` or `false`.
impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        word(&flag.to_string())
    }
}

/// A bare word: a label, a type, a region's code.
pub fn word(text: &str) -> Value {
    value(Form::Word(text.to_owned()))
}

/// A number with its unit, as in `10s`; the unit may be empty.
pub fn number(amount: i64, unit: &str) -> Value {
    value(Form::Number(amount, unit.to_owned()))
}

/// `each region`.
pub fn each_region() -> Value {
    value(Form::Each { other: false })
}

/// `each other region`.
pub fn each_other_region() -> Value {
    value(Form::Each { other: true })
}

/// `[a, b]`.
pub fn list<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Value {
    value(Form::List(values.into_iter().map(Into::into).collect()))
}

/// `name(a, b)`.
pub fn call<V: Into<Value>>(name: &str, arguments: impl IntoIterator<Item = V>) -> Value {
    value(Form::Call(name.to_owned(), arguments.into_iter().map(Into::into).collect()))
}

/// `{ a, b }`.
pub fn block(values: impl IntoIterator<Item = Value>) -> Value {
    value(Form::Block(values.into_iter().collect()))
}

/// `key: value`.
pub fn pair(key: &str, of: impl Into<Value>) -> Value {
    value(Form::Pair(Box::new(word(key)), Box::new(of.into())))
}

/// `regions => answer`.
pub fn arrow(regions: Value, answer: Value) -> Value {
    value(Form::Arrow(Box::new(regions), Box::new(answer)))
}

/// `value { keys }`.
pub fn with(what: Value, keys: impl IntoIterator<Item = Value>) -> Value {
    value(Form::With(Box::new(what), keys.into_iter().collect()))
}

/// `value in place`.
pub fn within(what: Value, place: Value) -> Value {
    value(Form::In(Box::new(what), Box::new(place)))
}

/// `count * value`.
pub fn times(count: u64, what: Value) -> Value {
    value(Form::Times(count, Box::new(what)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{decode, encode};

    #[test]
    fn what_is_wrong_has_a_line() {
        let line = line!() + 3;
        let built = Builder::new("shop")
            .set("account", "123456789012")
            .item("tabel", "carts", |table| table.key("replicas", each_region()));
        let document = built.clone().document();
        assert_eq!(decode(&encode(&document)), Ok(document));
        let found = built.topology().unwrap_err().to_string();
        let expected =
            format!("builder.rs:{line}: error: P0002: unknown item `tabel`, did you mean `table`?\n  help: ");
        assert!(found.contains(&expected), "{found}");
    }

    /// What is checked at compile time is checked the same way here.
    #[test]
    fn objectives_are_held_at_run_time_too() {
        let built = |replicas: Value| {
            Builder::new("shop")
                .set("account", "123456789012")
                .block("regions", [pair("us", word("us_east_1")), pair("eu", word("eu_west_1"))])
                .block("objectives", [pair("survive", word("any_one_region")), pair("rpo", number(5, "s"))])
                .block("tags", [pair("team", "checkout")])
                .item("table", "carts", |table| {
                    let table = table.key("key", pair("id", word("S"))).key("replicas", replicas);
                    table.key("writes", call("one_region", [word("us")]))
                })
        };
        let found = built(word("us")).topology().unwrap_err().to_string();
        assert!(found.contains("P0912: `carts` has no replica without `us`"), "{found}");
        assert!(found.contains("P0902: rpo of table `carts` has no bound: there is one replica"), "{found}");
        let topology = built(each_region()).topology().unwrap();
        assert_eq!(topology.objectives().bounds.len(), 1);
        assert!(topology.pending().is_empty());
        assert!(topology.resources().iter().all(|resource| resource.tags["team"] == "checkout"));
    }
}
