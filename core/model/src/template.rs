//! Name templates: `"api-{region}"`, with `{{` and `}}` for braces. Not here: which names are legal.

use crate::region::Region;

/// What the placeholders of a template stand for.
#[derive(Clone, Copy)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) struct Placeholders<'a> {
    /// `{account}`.
    pub(crate) account: &'a str,
    /// `{region}` (AWS's code) and `{label}` (the topology's label of it), where there is one region.
    pub(crate) region: Option<(&'a str, Region)>,
}

/// The placeholders that a template may use.
pub(crate) const PLACEHOLDERS: [&str; 3] = ["region", "label", "account"];

/// Why a template can't be expanded.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "runtime", derive(Debug))]
pub(crate) enum TemplateError {
    /// No such placeholder.
    Unknown(String),
    /// `{region}` where the item exists once.
    NoRegion,
    /// `{` without `}` or the reverse.
    Unbalanced,
}

/// The text with every placeholder replaced.
pub(crate) fn expand(template: &str, values: Placeholders<'_>) -> Result<String, TemplateError> {
    let mut out = String::new();
    let mut rest = template;
    while let Some(open) = rest.find(['{', '}']) {
        out.push_str(&rest[..open]);
        let at = &rest[open..];
        // As in Rust's own format strings.
        if let Some(after) = at.strip_prefix("{{").or_else(|| at.strip_prefix("}}")) {
            out.push_str(&at[..1]);
            rest = after;
            continue;
        }
        let inside = at.strip_prefix('{').ok_or(TemplateError::Unbalanced)?;
        let (name, after) = inside.split_once('}').ok_or(TemplateError::Unbalanced)?;
        let region = || values.region.ok_or(TemplateError::NoRegion);
        match name {
            "region" => out.push_str(region()?.1.code()),
            "label" => out.push_str(region()?.0),
            "account" => out.push_str(values.account),
            other => return Err(TemplateError::Unknown(other.to_owned())),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(template: &str) -> Result<String, TemplateError> {
        let region = Region::from_code("ap-south-1").unwrap();
        expand(template, Placeholders { account: "123456789012", region: Some(("ap", region)) })
    }

    #[test]
    fn placeholders_are_replaced() {
        assert_eq!(run("a-{region}-{label}-{account}"), Ok("a-ap-south-1-ap-123456789012".to_owned()));
        assert_eq!(run("plain"), Ok("plain".to_owned()));
        assert_eq!(run("{{\"v\": \"{label}\"}}"), Ok("{\"v\": \"ap\"}".to_owned()));
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(run("{regoin}"), Err(TemplateError::Unknown("regoin".to_owned())));
        assert_eq!(run("a{"), Err(TemplateError::Unbalanced));
        assert_eq!(run("a}"), Err(TemplateError::Unbalanced));
        let nowhere = Placeholders { account: "1", region: None };
        assert_eq!(expand("{region}", nowhere), Err(TemplateError::NoRegion));
    }
}
