//! What several rules ask of text. Not here: the syntax of names (`name`), templates (`template`).

/// Whether every byte of a text is allowed.
pub(crate) fn every(text: &str, allowed: fn(&u8) -> bool) -> bool {
    text.as_bytes().iter().all(allowed)
}

/// A whole number in digits, up to the most that it can be. (Rust reads `+10` as a number, too.)
pub(crate) fn number(text: &str, most: u64) -> Option<u64> {
    if !every(text, u8::is_ascii_digit) {
        return None;
    }
    text.parse().ok().filter(|number| *number <= most)
}

/// Texts with something between them.
pub(crate) fn spelt(texts: &[String], between: &str) -> String {
    let mut whole = String::new();
    for text in texts {
        if !whole.is_empty() {
            whole.push_str(between);
        }
        whole.push_str(text);
    }
    whole
}
