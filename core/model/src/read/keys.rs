//! `item!` and `keys!`: one declaration of a structure makes the structure, its reader, and the table of its keys, which
//! messages, editors and the reference use. Not here: the structures (`spec`) and the forms of values (`forms`).

/// Where a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `key: value` in the braces.
    Body,
    /// After the colon of the header.
    Is,
    /// After `in` in the header.
    Within,
}

/// One key of an item or of a block.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Where it is written.
    pub place: Place,
    /// Whether it must be given.
    pub required: bool,
    /// The form of its value, in words.
    pub form: &'static str,
    /// A value that it takes.
    pub example: &'static str,
    /// What it means.
    pub docs: &'static str,
}

/// The table rows of a key, by its presence.
macro_rules! rows {
    (one_of, $name:expr, $form:ty, $example:literal, $docs:expr) => {
        <$form as $crate::read::Choice>::KEYS.to_vec()
    };
    (required, $($rest:tt)*) => { $crate::read::rows!(@ Body true, $($rest)*) };
    (optional, $($rest:tt)*) => { $crate::read::rows!(@ Body false, $($rest)*) };
    (is, $($rest:tt)*) => { $crate::read::rows!(@ Is true, $($rest)*) };
    (within, $($rest:tt)*) => { $crate::read::rows!(@ Within true, $($rest)*) };
    (maybe_within, $($rest:tt)*) => { $crate::read::rows!(@ Within false, $($rest)*) };
    (@ $place:ident $required:literal, $name:expr, $form:ty, $example:literal, $docs:expr) => {
        vec![$crate::read::Key {
            name: $name,
            place: $crate::read::Place::$place,
            required: $required,
            form: <$form as $crate::read::Read>::WORDS,
            example: $example,
            docs: $docs,
        }]
    };
}
pub(crate) use rows;

/// An item's structure: `key: type = presence(Form, "example")`, each with its documentation. Besides its keys it has its
/// `label` and `docs`. The presences are those of `Parts`.
macro_rules! item {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident {
            $($(#[doc = $docs:literal])* $key:ident: $type:ty = $presence:ident($form:ty, $example:literal),)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// The item's label.
            pub label: $crate::node::Node<String>,
            /// Documentation of the item.
            pub docs: String,
            $($(#[doc = $docs])* pub $key: $type,)*
        }

        impl $name {
            /// What it is.
            pub(crate) const ABOUT: &'static str = concat!($($about, "\n"),*);

            /// What may be written.
            pub(crate) fn keys() -> &'static [$crate::read::Key] {
                static KEYS: ::std::sync::LazyLock<Vec<$crate::read::Key>> = ::std::sync::LazyLock::new(|| {
                    [$($crate::read::rows!(
                        $presence, stringify!($key), $form, $example, concat!($($docs, "\n"),*)
                    )),*].concat()
                });
                &KEYS
            }

            /// Reads an item; nothing if something that it can't do without is missing.
            pub(crate) fn read(
                entry: &$crate::syntax::Entry,
                diagnostics: &mut $crate::diagnostic::Diagnostics,
            ) -> Option<Self> {
                let parts = $crate::read::Parts::of_item(entry, Self::keys(), diagnostics);
                $(let $key = parts.$presence::<$form>(stringify!($key), $example, diagnostics);)*
                Some(Self {
                    label: entry.label.clone()?,
                    docs: entry.docs.clone(),
                    $($key: $key?,)*
                })
            }
        }
    };
}
pub(crate) use item;

/// The structure of what stands in braces behind a value. Besides its keys it has the `id` of what it belongs to.
macro_rules! keys {
    (
        $(#[doc = $about:literal])*
        pub struct $name:ident ($what:literal) {
            $($(#[doc = $docs:literal])* $key:ident: $type:ty = $presence:ident($form:ty, $example:literal),)*
        }
    ) => {
        $(#[doc = $about])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name {
            /// Where it was written.
            pub id: $crate::node::NodeId,
            $($(#[doc = $docs])* pub $key: $type,)*
        }

        impl $name {
            /// What it is.
            pub(crate) const ABOUT: &'static str = concat!($($about, "\n"),*);

            /// What may be written.
            pub(crate) fn keys() -> &'static [$crate::read::Key] {
                static KEYS: ::std::sync::LazyLock<Vec<$crate::read::Key>> = ::std::sync::LazyLock::new(|| {
                    [$($crate::read::rows!(
                        $presence, stringify!($key), $form, $example, concat!($($docs, "\n"),*)
                    )),*].concat()
                });
                &KEYS
            }

            /// Reads what stands in braces; nothing if something that it can't do without is missing.
            pub(crate) fn read(
                id: $crate::node::NodeId,
                body: &[$crate::syntax::Value],
                diagnostics: &mut $crate::diagnostic::Diagnostics,
            ) -> Option<Self> {
                let parts = $crate::read::Parts::of_block($what, id, body, Self::keys(), diagnostics);
                $(let $key = parts.$presence::<$form>(stringify!($key), $example, diagnostics);)*
                Some(Self { id, $($key: $key?,)* })
            }
        }
    };
}
pub(crate) use keys;
