//! Values that come from the program: Rust expressions and inputs, and what types they have. Not here: what is checked without them
//! (`sample`), how they take their places (`value`), and their tokens (the macro's).

mod sample;
#[cfg(feature = "runtime")]
mod value;
mod visit;

pub use self::sample::{Checked, check, is_known};
#[cfg(feature = "runtime")]
pub use self::value::{Given, fill};
pub use self::visit::is_key_given;
use crate::diagnostic::Diagnostics;
use crate::kind::Kind;
use crate::name::{check_label, check_module_name};
use crate::node::Node;
use crate::read::rules::{INPUT, UNUSED_INPUT};
use crate::rule::quoted;
use crate::suggest::did_you_mean;
use crate::syntax::{Document, Value};
use crate::text::number;

/// The keyword of inputs, and the call that stands for one: `input(api_us)`.
pub const KEYWORD: &str = "input";

/// What the reference says of inputs.
pub(crate) const ABOUT: &str = "\
    A value that the program gives when it asks for the topology: `input target: DnsName;` declares it, and `input(target)` stands for it \
    where one text, number, duration or flag stands. Its type is one of DnsName, Ipv4Addr, Ipv6Addr, String, u32, f64, Duration and bool. \
    With inputs, `topology` takes the structure `Inputs`, whose fields they are. What is known while compiling is a Rust expression: \
    `const { .. }`, or a path as in `config::DOMAIN`.";

/// The type that a given value has, by its place.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum GivenType {
    /// Text.
    Text,
    /// A whole number, or one with a fraction.
    Number,
    /// A whole number.
    Whole,
    /// A duration.
    Duration,
    /// A duration of whole days.
    Days,
    /// `true` or `false`.
    Flag,
}

/// What an input can be: the type in the structure `Inputs`, and what it is in its places.
struct InputType {
    name: &'static str,
    candidates: &'static [GivenType],
}

/// Every type of inputs. Those that are text in the language are checked when they are made.
const INPUT_TYPES: [InputType; 8] = [
    InputType { name: "DnsName", candidates: &[GivenType::Text] },
    InputType { name: "Ipv4Addr", candidates: &[GivenType::Text] },
    InputType { name: "Ipv6Addr", candidates: &[GivenType::Text] },
    InputType { name: "String", candidates: &[GivenType::Text] },
    InputType { name: "u32", candidates: &[GivenType::Number, GivenType::Whole] },
    InputType { name: "f64", candidates: &[GivenType::Number] },
    InputType { name: "Duration", candidates: &[GivenType::Duration, GivenType::Days] },
    InputType { name: "bool", candidates: &[GivenType::Flag] },
];

/// An input as declared: `input api_us: DnsName;`.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Input {
    /// Its label.
    pub label: Node<String>,
    /// Documentation written above it.
    pub docs: String,
    /// Its type, by name.
    pub type_name: Node<String>,
}

/// The inputs of a declaration that can be used, each label once.
pub fn inputs(document: &Document) -> Vec<Input> {
    read_inputs(document, &mut Diagnostics::default())
}

/// The same; what can't be used is reported.
pub(crate) fn read_inputs(document: &Document, diagnostics: &mut Diagnostics) -> Vec<Input> {
    let mut inputs: Vec<Input> = Vec::new();
    for entry in document.entries.iter().filter(|entry| entry.keyword.value == KEYWORD && entry.is_complete) {
        let Some(label) = &entry.label else {
            diagnostics.expected(entry.keyword.id, "a label after `input`, as in `input api_us: DnsName;`");
            continue;
        };
        let type_name = entry.is.as_ref().and_then(Value::word);
        let Some(type_name) = type_name else {
            let place = entry.is.as_ref().map_or(label.id, |value| value.id);
            diagnostics.expected(place, "a type after the input's label, as in `input api_us: DnsName;`");
            continue;
        };
        let type_name = known_type(type_name, diagnostics);
        if let Err(why) = check_label(&label.value).and_then(|()| check_module_name(&label.value)) {
            let message = format!("the input `{}` can't have that label: {why}", label.value);
            diagnostics.of(&INPUT).with_help(
                label.id,
                message,
                "it becomes a field: use lower case, digits and underscores, and no word of Rust",
            );
        } else if let Some(first) = inputs.iter().find(|known| known.label.value == label.value) {
            let message = format!("the input `{}` is declared twice", label.value);
            diagnostics.of(&INPUT).related(label.id, message, (first.label.id, "first declared here"));
        } else {
            inputs.push(Input { label: label.clone(), docs: entry.docs.clone(), type_name });
        }
    }
    inputs
}

/// A type of inputs: the one that is written, or, if no input has that, which is reported, the one that is most like it, so that the
/// input is there all the same and nothing else is said about it.
fn known_type(written: Node<String>, diagnostics: &mut Diagnostics) -> Node<String> {
    let name = written.as_str();
    if input_types().contains(&name) {
        return written;
    }
    let is_number =
        name.strip_prefix(['u', 'i']).is_some_and(|rest| rest == "size" || number(rest, 255).is_some());
    let nearest = if is_number { "u32" } else { did_you_mean(name, &input_types()).unwrap_or("String") };
    let message = format!("no input has the type `{name}`, did you mean `{nearest}`?");
    let help = format!("its type is one of {}", quoted(&input_types()));
    diagnostics.of(&INPUT).with_help(written.id, message, help);
    Node::new(written.id, nearest.to_owned())
}

/// Points out the inputs that nothing uses.
fn check_used(inputs: &[Input], used: &[String], diagnostics: &mut Diagnostics) {
    for Input { label, docs: _, type_name: _ } in inputs {
        if !used.contains(&label.value) {
            let message = format!("nothing uses the input `{}`, and every program must give it", label.value);
            diagnostics.of(&UNUSED_INPUT).at(label.id, message);
        }
    }
}

/// The keywords that begin an entry with a label.
pub fn labelled() -> Vec<&'static str> {
    let mut labelled = Vec::new();
    for kind in Kind::ALL {
        labelled.push(kind.keyword());
    }
    labelled.push(KEYWORD);
    labelled
}

/// The words that begin an entry.
pub fn entry_keywords() -> Vec<&'static str> {
    let mut keywords = labelled();
    keywords.extend(["account", "regions", "objectives", "tags", "retire"]);
    keywords
}

/// The names of the types of inputs.
pub fn input_types() -> Vec<&'static str> {
    let mut names = Vec::new();
    for known in &INPUT_TYPES {
        names.push(known.name);
    }
    names
}
