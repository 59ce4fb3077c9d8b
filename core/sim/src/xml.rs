//! XML as a tree of elements: enough for bodies of AWS. Not here: what they say.

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use serde::{Deserialize, Serialize};

use crate::fault::ApiError;

/// An element with either children or text. Attributes are not kept: AWS puts nothing but namespaces there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    pub(crate) fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    pub(crate) fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// With a child that has only text.
    pub(crate) fn with(self, name: impl Into<String>, text: impl ToString) -> Self {
        let child = Element { name: name.into(), children: Vec::new(), text: text.to_string() };
        self.child(child)
    }

    /// With such a child, if there is a text.
    pub(crate) fn with_some(self, name: &str, text: Option<impl ToString>) -> Self {
        match text {
            Some(text) => self.with(name, text),
            None => self,
        }
    }

    /// The text of a child.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.find(name).map(|child| child.text.as_str())
    }

    pub(crate) fn find(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Refuses children of other names: AWS may know them, the simulation does not.
    pub(crate) fn only(&self, names: &[&str]) -> Result<&Self, ApiError> {
        match self.children.iter().find(|child| !names.contains(&child.name.as_str())) {
            Some(child) => Err(ApiError::unsimulated(format!("the element {} of {}", child.name, self.name))),
            None => Ok(self),
        }
    }

    /// The document with this root.
    pub(crate) fn document(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        out.push('>');
        out.push_str(&escape(self.text.as_str()));
        for child in &self.children {
            child.write(out);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }

    /// The root of a document. Names lose their prefixes.
    pub(crate) fn parse(text: &str) -> Result<Element, ApiError> {
        let malformed = |_| ApiError::new("MalformedXML", 400, "The XML you provided was not well-formed");
        let mut reader = Reader::from_str(text);
        let mut stack: Vec<Element> = vec![Element::default()];
        loop {
            match reader.read_event().map_err(malformed)? {
                Event::Start(start) => {
                    stack.push(Element::new(start.local_name().as_ref()));
                }
                Event::Empty(start) => {
                    let element = Element::new(start.local_name().as_ref());
                    if let Some(parent) = stack.last_mut() {
                        parent.children.push(element);
                    }
                }
                Event::End(_) => {
                    let Some(element) = stack.pop() else { break };
                    match stack.last_mut() {
                        Some(parent) => parent.children.push(element),
                        None => break,
                    }
                }
                Event::Text(part) => {
                    if let Some(top) = stack.last_mut() {
                        top.text.push_str(&part);
                    }
                }
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().map_err(malformed)? {
                        Some(character) => Some(character),
                        None => match reference.as_ref() {
                            "amp" => Some('&'),
                            "lt" => Some('<'),
                            "gt" => Some('>'),
                            "quot" => Some('"'),
                            "apos" => Some('\''),
                            _ => None,
                        },
                    };
                    if let (Some(top), Some(character)) = (stack.last_mut(), character) {
                        top.text.push(character);
                    }
                }
                Event::Eof => break,
                Event::CData(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
        }
        let root = stack.into_iter().next().and_then(|document| document.children.into_iter().next());
        root.ok_or_else(|| ApiError::new("MalformedXML", 400, "The XML you provided was not well-formed"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_round_trip_with_every_special_character() {
        let root = Element::new("R").with("Value", "a & b < c > \"d\" 'e'").child(Element::new("Empty"));
        assert_eq!(Element::parse(&root.document()).unwrap(), root);
    }

    #[test]
    fn unknown_children_are_named() {
        let root = Element::new("R").with("Odd", "1");
        assert!(root.only(&["Known"]).unwrap_err().message.contains("the element Odd of R"));
    }
}
