//! Encryption at rest as the model writes it, for services that take its parts apart. Not here: sending it.

/// The key that AWS manages for a service, or with a key in brackets, the customer's.
pub(super) const KMS: &str = "kms";

/// The word and the key of `word("key")`, or of a word alone.
pub(super) fn parts(text: &str) -> (&str, Option<&str>) {
    match text.split_once('(') {
        Some((word, key)) => (word, Some(key.trim_end_matches(')').trim_matches('"'))),
        None => (text, None),
    }
}

/// The customer's key, if it is one.
pub(crate) fn customer_key(text: &str) -> Option<String> {
    parts(text).1.map(str::to_owned)
}

/// As the model writes it.
pub(super) fn text(word: &str, key: Option<&str>) -> String {
    match key {
        Some(key) => format!("{word}({key:?})"),
        None => word.to_owned(),
    }
}
