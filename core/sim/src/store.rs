//! The simulated AWS on disk: one file per folder, replaced as a whole. Not here: when it is written.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::world::World;

/// The format of the file. Raised when its fields change: an older file is refused rather than misread.
const VERSION: u32 = 3;

/// Why a folder can't be opened as a simulated AWS.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder or file can't be read or written.
    #[error("can't use {} for the simulated AWS: {source}", path.display())]
    Io {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not one of ours, is damaged, or is of another version.
    #[error("{} is not a simulated AWS of this version: {why}; delete the folder to start from nothing", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It belongs to another account.
    #[error("{} is the simulated AWS of account {found}, not of {expected}; choose another folder", path.display())]
    Account {
        /// The file.
        path: PathBuf,
        /// Its account.
        found: String,
        /// The account asked for.
        expected: String,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    world: World,
}

/// Where the state of a simulated AWS is kept.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
}

impl Store {
    /// Opens a folder, which is made if needed, with the state in it.
    pub(crate) fn open(folder: &Path, account: &str) -> Result<(Self, World), OpenError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| OpenError::Io { path, source }
        };
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        let path = folder.join("aws.json");
        let world = match std::fs::read_to_string(&path) {
            Ok(text) => {
                let file: File = serde_json::from_str(&text)
                    .map_err(|error| OpenError::Format { path: path.clone(), why: error.to_string() })?;
                if file.version != VERSION {
                    let why = format!("it has version {}, this is {VERSION}", file.version);
                    return Err(OpenError::Format { path, why });
                }
                file.world
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => World::new(account),
            Err(error) => return Err(failed(&path)(error)),
        };
        if world.account != account {
            return Err(OpenError::Account { path, found: world.account, expected: account.to_owned() });
        }
        Ok((Self { path }, world))
    }

    /// Replaces the file: written beside it first, so that a crash leaves the old one.
    pub(crate) fn save(&self, world: &World) -> io::Result<()> {
        let beside = self.path.with_extension("json.new");
        let mut file = std::fs::File::create(&beside)?;
        serde_json::to_writer_pretty(&mut file, &serde_json::json!({ "version": VERSION, "world": world }))?;
        file.flush()?;
        std::fs::rename(&beside, &self.path)
    }
}
