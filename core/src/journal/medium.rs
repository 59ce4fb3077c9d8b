//! What a journal is written on: a file, or what a test puts in its place. Not here: what is written.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Something that a journal can be written on.
pub trait Medium: Send + fmt::Debug {
    /// Everything on it.
    ///
    /// # Errors
    /// When it can't be read.
    fn read(&mut self) -> io::Result<Vec<u8>>;
    /// Writes at its end.
    ///
    /// # Errors
    /// When it can't be written; part of it may have been.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Returns when what was written would survive a loss of power.
    ///
    /// # Errors
    /// When that can't be had.
    fn sync(&mut self) -> io::Result<()>;
    /// Drops all but the first bytes, durably.
    ///
    /// # Errors
    /// When it can't be written.
    fn truncate(&mut self, bytes: usize) -> io::Result<()>;
    /// Tells this medium from any other; the same whenever it is opened.
    ///
    /// # Errors
    /// When it can't be read or made.
    fn id(&mut self) -> io::Result<String>;
}

/// A file. Its lock is held as long as it is open.
#[derive(Debug)]
pub struct FileMedium {
    file: File,
    id: String,
}

impl FileMedium {
    /// Opens a file, which is made with its folder if needed.
    ///
    /// # Errors
    /// When it can't be; [`io::ErrorKind::WouldBlock`] when another process has it open.
    pub fn open(path: &Path) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        file.try_lock().map_err(io::Error::from)?;
        let id = format!("{}{}", read_or_make_id(&path.with_extension("journal.id"))?, place_of(&file)?);
        // A file that was just made is only there after a crash if its folder is on disk.
        File::open(folder)?.sync_all()?;
        Ok(Self { file, id })
    }
}

/// Which file it is on this machine: a folder that was copied is another journal, whoever wrote the first may be alive.
#[cfg(unix)]
fn place_of(file: &File) -> io::Result<String> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = file.metadata()?;
    Ok(format!("-{:x}-{:x}", metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn place_of(_: &File) -> io::Result<String> {
    Ok(String::new())
}

/// The id beside the journal, which two folders have only if one is a copy of the other.
fn read_or_make_id(path: &Path) -> io::Result<String> {
    match std::fs::read_to_string(path) {
        Ok(id) if !id.trim().is_empty() => Ok(id.trim().to_owned()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(_) | Err(_) => {
            let id = crate::random::id()?;
            std::fs::write(path, &id)?;
            File::open(path)?.sync_all()?;
            Ok(id)
        }
    }
}

impl Medium for FileMedium {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        self.file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn truncate(&mut self, bytes: usize) -> io::Result<()> {
        self.file.set_len(u64::try_from(bytes).map_err(io::Error::other)?)?;
        self.file.sync_all()
    }

    fn id(&mut self) -> io::Result<String> {
        Ok(self.id.clone())
    }
}
