//! The form of recorded state: one JSON document with a version and a checksum. Older versions are migrated, newer ones
//! refused, damaged ones named. Not here: where it is kept (`ledger`).

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::State;

/// The version that this library writes. A version is raised whenever an older library could misread what a newer one
/// wrote; each raise comes with a migration.
pub const FORMAT: u64 = 1 + MIGRATIONS.len() as u64;

/// Makes a state of the next version of one.
type Migration = fn(&mut Value) -> Result<(), String>;

/// From each version to the next: the first migrates version 1.
const MIGRATIONS: &[Migration] = &[
    name_the_writer,
    begin_settings,
    begin_settings_of_tables,
    begin_rules_of_buckets,
    begin_settings_of_zones,
];

/// Version 1 named the run only while it held the lock.
fn name_the_writer(state: &mut Value) -> Result<(), String> {
    let writer = state.pointer("/lock/run").cloned().unwrap_or_else(|| json!(""));
    let state = state.as_object_mut().ok_or("the state is no object")?;
    state.insert("writer".to_owned(), writer);
    Ok(())
}

/// Version 2 recorded no settings, which older libraries don't know and would call damage.
fn begin_settings(_: &mut Value) -> Result<(), String> {
    Ok(())
}

/// The same of version 3 and settings of tables, and their indexes.
fn begin_settings_of_tables(_: &mut Value) -> Result<(), String> {
    Ok(())
}

/// The same of version 4 and rules of buckets.
fn begin_rules_of_buckets(_: &mut Value) -> Result<(), String> {
    Ok(())
}

/// The same of version 5 and settings of zones, limits of indexes, and keys of copies.
fn begin_settings_of_zones(_: &mut Value) -> Result<(), String> {
    Ok(())
}

/// Why bytes are not a state that this library can use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// They are cut off, changed or something else.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A newer version of polyregion wrote them.
    #[error("it has format {found}, and this version of polyregion knows formats up to {FORMAT}")]
    Future {
        /// Its format.
        found: u64,
    },
}

/// The document of a state.
pub fn encode(state: &State) -> Vec<u8> {
    // A state is maps, numbers and texts, whose serialisation can't fail.
    let value = serde_json::to_value(state).unwrap_or_default();
    let checksum = checksum(&value);
    let document = json!({ "format": FORMAT, "checksum": checksum, "state": value });
    let mut text = format!("{document:#}");
    text.push('\n');
    text.into_bytes()
}

/// The state of a document, of this version or an older one.
///
/// # Errors
/// When it is damaged or newer.
pub fn decode(bytes: &[u8]) -> Result<State, DocumentError> {
    let damaged = |why: &str| DocumentError::Damaged(why.to_owned());
    let document: Value =
        serde_json::from_slice(bytes).map_err(|error| DocumentError::Damaged(error.to_string()))?;
    let format = document.get("format").and_then(Value::as_u64);
    let format = format.ok_or_else(|| damaged("it has no `format`, so polyregion did not write it"))?;
    if format > FORMAT {
        return Err(DocumentError::Future { found: format });
    }
    let mut value = document.get("state").cloned().ok_or_else(|| damaged("it has no `state`"))?;
    let expected = document.get("checksum").and_then(Value::as_str);
    if expected != Some(checksum(&value).as_str()) {
        return Err(damaged("its checksum does not fit: it was changed or cut"));
    }
    let done = usize::try_from(format.saturating_sub(1)).unwrap_or_default();
    for migrate in MIGRATIONS.iter().skip(done) {
        migrate(&mut value).map_err(DocumentError::Damaged)?;
    }
    serde_json::from_value(value).map_err(|error| DocumentError::Damaged(error.to_string()))
}

/// Of the value in canonical form: keys in order, no white space.
fn checksum(value: &Value) -> String {
    hex(&Sha256::digest(value.to_string()))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
