//! `item!`, `keys!` and `words!`: one declaration of a structure makes the structure, its reader, and the table of its keys,
//! which messages, editors and the reference use. Not here: the structures (`spec`) and the forms of values (`forms`).

/// Where a key is written.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub enum Place {
    /// `key: value` in the braces.
    Body,
    /// The same, of several keys of which exactly one is given.
    OneOf,
    /// After the colon of the header.
    Is,
    /// After `in` in the header.
    Within,
}

/// One key of an item or of a block.
#[derive(Clone, Copy)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Where it is written.
    pub place: Place,
    /// Whether it must be given.
    pub required: bool,
    /// Whether the engine of this version deploys it. What it does not is read and checked, and refused by name when planning.
    pub deployed: bool,
    /// The form of its value, in words.
    pub form: &'static str,
    /// A value that it takes.
    pub example: &'static str,
    /// What it means.
    pub docs: &'static str,
}

/// Keys as they are declared: each on its own, or several of which one is given.
pub type Keys = &'static [&'static [Key]];

/// Each key on its own.
pub(crate) fn each_key(keys: Keys) -> Vec<&'static Key> {
    let mut each = Vec::new();
    for group in keys {
        each.extend(*group);
    }
    each
}

/// The table rows of a key, by its presence.
macro_rules! rows {
    (one_of, $name:expr, $form:ty, $example:literal, $docs:expr) => {
        <$form as $crate::read::Choice>::KEYS
    };
    (required, $($rest:tt)*) => { $crate::read::rows!(@ Body true true, $($rest)*) };
    (optional, $($rest:tt)*) => { $crate::read::rows!(@ Body false true, $($rest)*) };
    (later, $($rest:tt)*) => { $crate::read::rows!(@ Body false false, $($rest)*) };
    (is, $($rest:tt)*) => { $crate::read::rows!(@ Is true true, $($rest)*) };
    (within, $($rest:tt)*) => { $crate::read::rows!(@ Within true true, $($rest)*) };
    (maybe_within, $($rest:tt)*) => { $crate::read::rows!(@ Within false true, $($rest)*) };
    (@ $place:ident $required:literal $deployed:literal, $name:expr, $form:ty, $example:literal, $docs:expr) => {
        &[$crate::read::Key {
            name: $name,
            place: $crate::read::Place::$place,
            required: $required,
            deployed: $deployed,
            form: <$form as $crate::read::Read>::WORDS,
            example: $example,
            docs: $docs,
        }]
    };
}
pub(crate) use rows;

/// A field from what was read of its key, by its presence: what may be left out is `Option`, and without what must be given
/// there is no structure.
macro_rules! field {
    (optional $read:expr) => {
        $read
    };
    (later $read:expr) => {
        $read
    };
    (maybe_within $read:expr) => {
        $read
    };
    ($presence:ident $read:expr) => {
        $read?
    };
}
pub(crate) use field;

/// What is known of a structure besides its fields: what it is, and what may be written.
macro_rules! table {
    ($about:expr, $($presence:ident $key:ident $form:ty, $example:literal, $docs:expr;)*) => {
        /// What it is.
        pub(crate) const ABOUT: &'static str = $about;

        /// What may be written.
        pub(crate) const KEYS: $crate::read::Keys =
            &[$($crate::read::rows!($presence, stringify!($key), $form, $example, $docs)),*];
    };
}
pub(crate) use table;

/// An item's structure: `key: type = presence(Form, "example")`, each with its documentation. Besides its keys it has its
/// `label` and `docs`, and knows which of its keys the engine can't deploy yet. The presences are those of `Parts`. A trait behind the
/// name is derived: few are, as each costs rustc as much as the reader.
macro_rules! item {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident $(: $derived:ident)? {
            $($(#[doc = $docs:literal])* $key:ident: $type:ty = $presence:ident($form:ty, $example:literal),)*
        }
    ) => {
        $(#[doc = $about])*
        $(#[derive($derived)])?
        pub struct $name {
            /// The item's label.
            pub label: $crate::node::Node<String>,
            /// Documentation of the item.
            pub docs: String,
            /// What was written that the engine can't deploy yet.
            pub pending: Vec<$crate::spec::Pending>,
            /// The optional keys that were given and could not be read: they are not missing.
            pub unread: Vec<String>,
            $($(#[doc = $docs])* pub $key: $type,)*
        }

        #[cfg(feature = "runtime")]
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl $name {
            $crate::read::table! {
                concat!($($about, "\n"),*),
                $($presence $key $form, $example, concat!($($docs, "\n"),*);)*
            }

            /// Reads an item; nothing if something that it can't do without is missing.
            pub(crate) fn read(
                entry: &$crate::syntax::Entry,
                diagnostics: &mut $crate::diagnostic::Diagnostics,
            ) -> Option<Self> {
                let parts = $crate::read::Parts::of_item(entry, Self::KEYS, diagnostics);
                $(let $key = parts.$presence::<$form>(stringify!($key), $example, diagnostics);)*
                Some(Self {
                    label: entry.label.clone()?,
                    docs: entry.docs.clone(),
                    pending: parts.pending(Self::KEYS),
                    $($key: $crate::read::field!($presence $key),)*
                    unread: parts.unread(),
                })
            }
        }
    };
}
pub(crate) use item;

/// The structure of what stands in braces. Besides its keys it has the `id` of what it belongs to.
macro_rules! keys {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident ($what:literal) $(: $derived:ident)? {
            $($(#[doc = $docs:literal])* $key:ident: $type:ty = $presence:ident($form:ty, $example:literal),)*
        }
    ) => {
        $(#[doc = $about])*
        $(#[derive($derived)])?
        pub struct $name {
            /// Where it was written.
            pub id: $crate::node::NodeId,
            $($(#[doc = $docs])* pub $key: $type,)*
        }

        #[cfg(feature = "runtime")]
        impl ::std::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }

        impl $name {
            $crate::read::table! {
                concat!($($about, "\n"),*),
                $($presence $key $form, $example, concat!($($docs, "\n"),*);)*
            }
        }

        impl $crate::read::Block for $name {
            const WORDS: &'static str = concat!("the keys of ", $what, " in braces");

            fn read_block(
                id: $crate::node::NodeId,
                body: &[$crate::syntax::Value],
                diagnostics: &mut $crate::diagnostic::Diagnostics,
            ) -> Option<Self> {
                let parts = $crate::read::Parts::of_block($what, id, body, Self::KEYS, diagnostics);
                $(let $key = parts.$presence::<$form>(stringify!($key), $example, diagnostics);)*
                Some(Self { id, $($key: $crate::read::field!($presence $key),)* })
            }
        }
    };
}
pub(crate) use keys;

/// Words that mean something: an enum, what each is called, and its reader.
macro_rules! words {
    ($($(#[doc = $about:literal])* pub enum $name:ident ($words:literal) {
        $($(#[doc = $docs:literal])* $variant:ident = $word:literal,)*
    })*) => {$(
        $(#[doc = $about])*
        #[derive(Clone, Copy, PartialEq, Eq)]
        #[cfg_attr(feature = "runtime", derive(Debug))]
        pub enum $name {
            $($(#[doc = $docs])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The word.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                let found = Self::ALL.iter().find(|known| known.word() == word);
                found.copied().ok_or_else(|| serde::de::Error::custom(format!("`{word}` where {} is meant", $words)))
            }
        }

        impl $crate::read::Read for $name {
            type Out = $crate::node::Node<$name>;
            const WORDS: &'static str = $words;

            fn read(
                value: &$crate::syntax::Value,
                _: &mut $crate::diagnostic::Diagnostics,
            ) -> Result<Self::Out, $crate::read::Misfit> {
                let written = value.word().ok_or($crate::read::Misfit::Form)?;
                for known in Self::ALL {
                    if known.word() == written.value {
                        return Ok($crate::node::Node::new(written.id, *known));
                    }
                }
                Err($crate::read::Misfit::Form)
            }
        }
    )*};
}
pub(crate) use words;
