//! Reading the data files of `core/model/data`. Not here: what is made of them.

use std::path::Path;

/// The rows of a data file without its header, each with as many fields as that. Lines that begin with `#` are comments.
pub(crate) fn rows(path: &Path) -> Result<Vec<Vec<String>>, String> {
    let failed = |error: csv::Error| format!("can't read {}: {error}", path.display());
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).map_err(failed)?;
    let row = |record: csv::Result<csv::StringRecord>| {
        record.map(|record| record.iter().map(str::to_owned).collect()).map_err(failed)
    };
    reader.records().map(row).collect()
}
