//! Form-encoded requests. Not here: what the parameters mean.

use std::collections::{BTreeMap, BTreeSet};

use crate::fault::ApiError;

/// The parameters of a request. Each is taken by name; what nobody took is refused at the end.
#[derive(Debug)]
pub(crate) struct Params {
    operation: String,
    values: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Params {
    pub(crate) fn parse(body: &str) -> Self {
        let mut values: BTreeMap<String, String> = body
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (percent_decode(name), percent_decode(&value.replace('+', " "))))
            .collect();
        let operation = values.remove("Action").unwrap_or_default();
        values.remove("Version");
        Self { operation, values, taken: BTreeSet::new() }
    }

    pub(crate) fn get(&mut self, name: &str) -> Option<String> {
        self.taken.insert(name.to_owned());
        self.values.get(name).filter(|value| !value.is_empty()).cloned()
    }

    pub(crate) fn require(&mut self, name: &str) -> Result<String, ApiError> {
        self.get(name).ok_or_else(|| {
            ApiError::new("MissingParameter", 400, format!("The request must contain the parameter {name}."))
        })
    }

    pub(crate) fn flag(&mut self, name: &str) -> Option<bool> {
        self.get(name).map(|value| value == "true")
    }

    pub(crate) fn number(&mut self, name: &str) -> Option<i64> {
        self.get(name).and_then(|value| value.parse().ok())
    }

    /// `prefix.1`, `prefix.2`, ...
    pub(crate) fn list(&mut self, prefix: &str) -> Vec<String> {
        (1..).map_while(|number| self.get(&format!("{prefix}.{number}"))).collect()
    }

    /// `prefix.1.Key` and `prefix.1.Value`, ...
    pub(crate) fn tags(&mut self, prefix: &str) -> BTreeMap<String, String> {
        (1..)
            .map_while(|number| {
                let key = self.get(&format!("{prefix}.{number}.Key"))?;
                Some((key, self.get(&format!("{prefix}.{number}.Value")).unwrap_or_default()))
            })
            .collect()
    }

    /// Refuses parameters that nobody took: AWS may know them, the simulation does not.
    pub(crate) fn finish(&self) -> Result<(), ApiError> {
        match self.values.iter().find(|(name, value)| !value.is_empty() && !self.taken.contains(*name)) {
            Some((name, _)) => {
                Err(ApiError::unsimulated(format!("the parameter {name} of {}", self.operation)))
            }
            None => Ok(()),
        }
    }
}

/// Text without percent escapes.
pub(crate) fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => {
                std::str::from_utf8(&[*high, *low]).ok().and_then(|hex| u8::from_str_radix(hex, 16).ok())
            }
            _ => None,
        };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &tail[2..] } else { tail };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Text with everything escaped but letters, digits and `-._~` (RFC 3986), as IAM answers with documents.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_takes_is_named() {
        let mut params =
            Params::parse("Action=A&Version=1&Name=a%20b&Tags.Tag.1.Key=k&Tags.Tag.1.Value=v&Odd=1");
        assert_eq!(params.get("Name").as_deref(), Some("a b"));
        assert_eq!(params.tags("Tags.Tag").get("k").map(String::as_str), Some("v"));
        let error = params.finish().unwrap_err();
        assert!(error.message.contains("the parameter Odd of A"), "{}", error.message);
    }

    #[test]
    fn encoding_round_trips() {
        let text = "{\"a\": \"b+c/ü\"}";
        assert_eq!(percent_decode(&percent_encode(text)), text);
    }
}
