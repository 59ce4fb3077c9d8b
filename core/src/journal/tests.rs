//! What a journal keeps, and what it refuses.

use std::io;
use std::path::PathBuf;

use super::*;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("polyregion-journal-{}-{name}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    folder
}

fn done(address: &str) -> Entry {
    Entry::Done { address: address.parse().unwrap(), physical_id: Some("Z1".to_owned()) }
}

#[test]
fn what_was_written_is_read_again() {
    let folder = folder("again");
    let (journal, left) = Journal::open(&folder, "shop").unwrap();
    assert_eq!(left, []);
    journal.begin("lineage", "run", "hash").unwrap();
    journal.append(&done("zone.site")).unwrap();
    assert!(matches!(Journal::open(&folder, "shop"), Err(JournalError::InUse { .. })));
    let id = journal.id().to_owned();
    drop(journal);
    let (journal, left) = Journal::open(&folder, "shop").unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(left[1], done("zone.site"));
    assert_eq!(journal.id(), id);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_torn_last_line_is_dropped_and_damage_before_it_is_not() {
    let folder = folder("torn");
    let path = folder.join("shop.journal");
    let (journal, _) = Journal::open(&folder, "shop").unwrap();
    journal.begin("lineage", "run", "hash").unwrap();
    journal.append(&done("zone.site")).unwrap();
    drop(journal);
    let whole = std::fs::read(&path).unwrap();
    for cut in 1..40 {
        std::fs::write(&path, &whole[..whole.len() - cut]).unwrap();
        let (journal, left) = Journal::open(&folder, "shop").unwrap();
        assert_eq!(left.len(), 1, "{cut}");
        journal.append(&done("zone.site")).unwrap();
        drop(journal);
        assert_eq!(std::fs::read(&path).unwrap(), whole);
    }
    let mut damaged = whole.clone();
    damaged[30] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    let error = Journal::open(&folder, "shop").unwrap_err();
    assert!(matches!(error, JournalError::Unusable { line: 1, .. }), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), damaged, "what is damaged is kept");
    let newer = line(&Entry::Begin {
        format: FORMAT + 1,
        lineage: String::new(),
        run: String::new(),
        plan: String::new(),
    });
    std::fs::write(&path, newer.unwrap()).unwrap();
    assert!(matches!(Journal::open(&folder, "shop"), Err(JournalError::Unusable { .. })));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A disk that is full after so many bytes.
#[derive(Debug)]
struct Full(usize);

impl Medium for Full {
    fn read(&mut self) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(())
    }
    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn truncate(&mut self, _: usize) -> io::Result<()> {
        Ok(())
    }
    fn id(&mut self) -> io::Result<String> {
        Ok("full".to_owned())
    }
}

#[test]
fn a_full_disk_is_an_error_before_anything_is_sent() {
    let (journal, _) = Journal::on(Box::new(Full(200)), "disk".to_owned()).unwrap();
    journal.begin("lineage", "run", "hash").unwrap();
    let mut appended = 0;
    let error = loop {
        match journal.append(&done("zone.site")) {
            Ok(()) => appended += 1,
            Err(error) => break error,
        }
    };
    assert!(appended < 3);
    assert!(error.to_string().starts_with("can't use the journal disk: "), "{error}");
}
