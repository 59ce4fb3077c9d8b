//! A copy of the state in a local folder, for `--local`. Not here: copies on AWS (`aws::bucket_copy`).

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use polyregion_model::Region;
use sha2::{Digest as _, Sha256};

use super::document::hex;
use super::{CopyError, CopyFuture, Expected, StateCopy, Stored};

/// A file that holds the state.
#[derive(Debug)]
pub struct FolderCopy {
    path: PathBuf,
}

impl FolderCopy {
    /// The state of a topology in a folder, which is made when it is first written.
    pub fn new(folder: &Path, topology: &str) -> Self {
        Self { path: folder.join(format!("{topology}.state.json")) }
    }

    fn stored(&self) -> io::Result<Option<Stored>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(Stored { version: hex(&Sha256::digest(&bytes)), bytes })),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn replace(&self, bytes: &[u8], expected: &Expected) -> Result<String, CopyError> {
        let refused = |error: io::Error| CopyError::Refused(error.to_string());
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(refused)?;
        // Held while the file is compared and replaced; given back when it is dropped.
        let guard = File::create(self.path.with_extension("json.lock")).map_err(refused)?;
        guard.lock().map_err(refused)?;
        let found = self.stored().map_err(refused)?;
        let same = match (&found, expected) {
            (None, Expected::Nothing) => true,
            (Some(found), Expected::Version(version)) => found.version == *version,
            (None, Expected::Version(_)) | (Some(_), Expected::Nothing) => false,
        };
        if !same {
            return Err(CopyError::Changed);
        }
        // Written beside it and renamed, so that a crash leaves the old one; on disk before it has the name.
        let beside = self.path.with_extension("json.new");
        let mut file = File::create(&beside).map_err(refused)?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(refused)?;
        fs::rename(&beside, &self.path).map_err(refused)?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(refused)?;
        Ok(hex(&Sha256::digest(bytes)))
    }
}

impl StateCopy for FolderCopy {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn region(&self) -> Option<Region> {
        None
    }

    fn read(&self) -> CopyFuture<'_, Option<Stored>> {
        Box::pin(async move {
            let refused = |error: io::Error| CopyError::Refused(format!("{}: {error}", self.path.display()));
            self.stored().map_err(refused)
        })
    }

    fn write(&self, bytes: Vec<u8>, expected: Expected) -> CopyFuture<'_, String> {
        Box::pin(async move { self.replace(&bytes, &expected) })
    }
}
