//! Bytes of a declaration: what the macro emits as one literal and the program decodes once when it starts.
//! Not here: files of any kind; the bytes never outlive a build, so the format has no version.
//!
//! One literal instead of nested constructors keeps the expansion small: rustc checks a byte string in a fraction of
//! the time that it takes for a structure of the same content.

#[cfg(feature = "runtime")]
use std::fmt;

use crate::node::{Node, NodeId};
use crate::spec::Source;
use crate::syntax::{Document, Entry, Form, Value};

/// Bytes that are not a declaration. It means that macro and library are of different builds.
#[cfg(feature = "runtime")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError;

#[cfg(feature = "runtime")]
impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the embedded topology can't be decoded, as polyregion and polyregion-macros differ in version; run `cargo update`")
    }
}

#[cfg(feature = "runtime")]
impl std::error::Error for DecodeError {}

/// The bytes of a declaration.
pub fn encode(document: &Document) -> Vec<u8> {
    let mut out = Vec::new();
    document.put(&mut out);
    out
}

/// The declaration of these bytes.
///
/// # Errors
/// When they were not made by [`encode`] of this version.
#[cfg(feature = "runtime")]
pub fn decode(bytes: &[u8]) -> Result<Document, DecodeError> {
    let mut rest = bytes;
    let document = Document::get(&mut rest)?;
    if rest.is_empty() { Ok(document) } else { Err(DecodeError) }
}

/// What can be written to and read from bytes.
trait Wire: Sized {
    fn put(&self, out: &mut Vec<u8>);
    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError>;
}

impl Wire for u8 {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(*self);
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let (first, rest) = bytes.split_first().ok_or(DecodeError)?;
        *bytes = rest;
        Ok(*first)
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        u8::from(*self).put(out);
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        match u8::get(bytes)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(DecodeError),
        }
    }
}

impl Wire for u64 {
    /// Seven bits a byte, least significant first: most numbers here are small.
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        loop {
            let low = (rest & 0x7f) as u8;
            rest >>= 7;
            if rest == 0 {
                return out.push(low);
            }
            out.push(low | 0x80);
        }
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = u8::get(bytes)?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(DecodeError)
    }
}

impl Wire for u32 {
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        u64::get(bytes)?.try_into().map_err(|_| DecodeError)
    }
}

impl Wire for String {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        out.extend_from_slice(self.as_bytes());
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let length = usize::try_from(u64::get(bytes)?).map_err(|_| DecodeError)?;
        let (text, rest) = bytes.split_at_checked(length).ok_or(DecodeError)?;
        *bytes = rest;
        String::from_utf8(text.to_vec()).map_err(|_| DecodeError)
    }
}

impl Wire for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_negative().put(out);
        self.unsigned_abs().put(out);
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let is_negative = bool::get(bytes)?;
        let size = u64::get(bytes)?;
        if is_negative { 0_i64.checked_sub_unsigned(size) } else { 0_i64.checked_add_unsigned(size) }
            .ok_or(DecodeError)
    }
}

impl<T: Wire> Wire for Box<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.as_ref().put(out);
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        T::get(bytes).map(Box::new)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        Ok(if bool::get(bytes)? { Some(T::get(bytes)?) } else { None })
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        (self.len() as u64).put(out);
        for item in self {
            item.put(out);
        }
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        let mut items = Vec::new();
        for _ in 0..u64::get(bytes)? {
            items.push(T::get(bytes)?);
        }
        Ok(items)
    }
}

/// Implements [`Wire`] for a structure: all its fields, in this order. Destructuring makes a forgotten one an error.
macro_rules! wire_struct {
    ($($name:ident $(<$generic:ident>)? { $($field:ident),* $(,)? })*) => {$(
        impl $(<$generic: Wire>)? Wire for $name $(<$generic>)? {
            fn put(&self, out: &mut Vec<u8>) {
                let Self { $($field),* } = self;
                $($field.put(out);)*
            }

            #[cfg(feature = "runtime")]
            fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
                Ok(Self { $($field: Wire::get(bytes)?),* })
            }
        }
    )*};
}

/// Implements [`Wire`] for an enumeration: a tag, then the variant's parts.
macro_rules! wire_enum {
    ($($name:ident { $($tag:literal => $variant:ident $(($($part:ident),*))? $({$($field:ident),*})?),* $(,)? })*) => {$(
        impl Wire for $name {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $($name::$variant $(($($part),*))? $({$($field),*})? => {
                        out.push($tag);
                        $($($part.put(out);)*)?
                        $($($field.put(out);)*)?
                    })*
                }
            }

            #[cfg(feature = "runtime")]
            fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
                match u8::get(bytes)? {
                    $($tag => {
                        $($(let $part = Wire::get(bytes)?;)*)?
                        $($(let $field = Wire::get(bytes)?;)*)?
                        Ok($name::$variant $(($($part),*))? $({$($field),*})?)
                    })*
                    _ => Err(DecodeError),
                }
            }
        }
    )*};
}

impl Wire for NodeId {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    #[cfg(feature = "runtime")]
    fn get(bytes: &mut &[u8]) -> Result<Self, DecodeError> {
        u32::get(bytes).map(NodeId)
    }
}

wire_struct! {
    Node<T> { id, value }
    Document { name, docs, allow, entries, source }
    Source { file, lines }
    Entry { keyword, label, docs, allow, is, within, body, is_complete }
    Value { id, form }
}

wire_enum! {
    Form {
        0 => Missing,
        1 => Broken,
        2 => Text(text),
        3 => Number(number, unit),
        4 => Decimal(text),
        5 => Word(word),
        6 => Each { other },
        7 => List(values),
        8 => Block(values),
        9 => Call(name, arguments),
        10 => With(value, body),
        11 => Times(count, value),
        12 => In(value, place),
        13 => Arrow(from, to),
        14 => Pair(key, value),
        15 => Constant(number, text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of every form.
    fn document() -> Document {
        let node = |text: &str| Node::new(NodeId(7), text.to_owned());
        let value = |form| Value::new(NodeId(300), form);
        let boxed = |form| Box::new(Value::new(NodeId(1), form));
        let word = || Form::Word("word".to_owned());
        let forms = [
            Form::Missing,
            Form::Broken,
            Form::Text("tēxt".to_owned()),
            Form::Number(-25, String::new()),
            Form::Number(i64::MAX, "min".to_owned()),
            Form::Number(i64::MIN, String::new()),
            Form::Decimal("0.5".to_owned()),
            word(),
            Form::Each { other: true },
            Form::List(vec![value(word())]),
            Form::Block(Vec::new()),
            Form::Call("alias".to_owned(), vec![value(word())]),
            Form::With(boxed(word()), vec![value(Form::Missing)]),
            Form::Times(2, boxed(word())),
            Form::In(boxed(word()), boxed(word())),
            Form::Arrow(boxed(Form::Each { other: false }), boxed(word())),
            Form::Pair(boxed(word()), boxed(word())),
            Form::Constant(300, "config::TTL".to_owned()),
        ];
        let entry = Entry {
            keyword: node("table"),
            label: Some(node("orders")),
            docs: "Orders.".to_owned(),
            allow: vec![node("p0313")],
            is: Some(value(word())),
            within: None,
            body: forms.into_iter().map(value).collect(),
            is_complete: true,
        };
        let source = Source { file: "storefront.rs".to_owned(), lines: vec![3, 14] };
        Document {
            name: node("storefront"),
            docs: String::new(),
            allow: Vec::new(),
            entries: vec![entry],
            source,
        }
    }

    #[test]
    fn a_whole_document_round_trips() {
        let document = document();
        assert_eq!(decode(&encode(&document)), Ok(document));
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic() {
        let bytes = encode(&document());
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), Err(DecodeError), "cut at {length}");
        }
        for position in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 0xff;
            drop(decode(&damaged));
        }
    }
}
