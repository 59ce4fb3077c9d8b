//! Copies that are written, missed, overtaken and mended, in memory.

use std::sync::{Arc, Mutex};

use polyregion_model::Region;
use polyregion_model::builder::{Builder, pair, word};

use super::*;

/// A copy in memory, as one client sees it.
#[derive(Clone, Debug)]
struct Memory {
    stored: Arc<Mutex<Option<Vec<u8>>>>,
    reachable: bool,
}

impl Memory {
    fn new() -> Self {
        Self { stored: Arc::default(), reachable: true }
    }

    fn out_of_reach(&self) -> Self {
        Self { reachable: false, ..self.clone() }
    }

    fn version(&self) -> Option<String> {
        let stored = self.stored.lock().unwrap();
        stored
            .as_ref()
            .map(|bytes| polyregion_model::name::checksum(&String::from_utf8_lossy(bytes)).to_string())
    }
}

impl StateCopy for Memory {
    fn place(&self) -> String {
        "memory".to_owned()
    }
    fn region(&self) -> Option<Region> {
        None
    }
    fn read(&self) -> CopyFuture<'_, Option<Stored>> {
        Box::pin(async move {
            if !self.reachable {
                return Err(CopyError::Unreachable("out of reach".to_owned()));
            }
            let bytes = self.stored.lock().unwrap().clone();
            Ok(bytes.map(|bytes| Stored { bytes, version: self.version().unwrap_or_default() }))
        })
    }
    fn write(&self, bytes: Vec<u8>, expected: Expected) -> CopyFuture<'_, String> {
        Box::pin(async move {
            if !self.reachable {
                return Err(CopyError::Unreachable("out of reach".to_owned()));
            }
            let same = match expected {
                Expected::Nothing => self.version().is_none(),
                Expected::Version(version) => self.version() == Some(version),
            };
            if !same {
                return Err(CopyError::Changed);
            }
            *self.stored.lock().unwrap() = Some(bytes);
            Ok(self.version().unwrap_or_default())
        })
    }
}

fn ledger(copies: &[&Memory]) -> Ledger {
    let copy = |copy: &&Memory| Arc::new((*copy).clone()) as Arc<dyn StateCopy>;
    Ledger::new(copies.iter().map(copy).collect())
}

fn state(epoch: u64, serial: u64) -> State {
    State {
        topology: "shop".to_owned(),
        account: "123456789012".to_owned(),
        lineage: "lineage".to_owned(),
        epoch,
        serial,
        writer: format!("run of epoch {epoch}"),
        lock: None,
        token: None,
        intents: BTreeMap::new(),
        resources: BTreeMap::new(),
        debts: BTreeMap::new(),
    }
}

/// A former holder that reaches only the second copy goes on there; its successor, who reaches both, is the truth.
#[tokio::test]
async fn a_higher_epoch_wins_over_a_higher_serial() {
    let (first, second) = (Memory::new(), Memory::new());
    let successor = ledger(&[&first, &second]);
    let mut reading = successor.look().await;
    successor.write(&mut reading, &state(1, 1)).await.unwrap();
    let former = ledger(&[&first.out_of_reach(), &second]);
    let mut formers = former.look().await;

    let mut successors = successor.look().await;
    former.write(&mut formers, &state(1, 9)).await.unwrap();
    successor.write(&mut successors, &state(2, 2)).await.unwrap();
    assert_eq!(successor.look().await.state, Some(state(2, 2)));
    assert_eq!(former.look().await.state, Some(state(2, 2)));
    let refused = former.write(&mut formers, &state(1, 10)).await;
    assert!(matches!(refused, Err(LedgerError::Fenced { .. })), "{refused:?}");
}

/// Two runs, one after the other, each reached only one copy: neither knows what the other did.
#[tokio::test]
async fn copies_of_one_epoch_by_two_writers_contradict_each_other() {
    let (first, second) = (Memory::new(), Memory::new());
    let both = ledger(&[&first, &second]);
    let mut reading = both.look().await;
    both.write(&mut reading, &state(1, 1)).await.unwrap();
    for (reached, missed, writer, serial) in [(&first, &second, "one", 5), (&second, &first, "other", 4)] {
        let one = ledger(&[reached, &missed.out_of_reach()]);
        let mut reading = one.look().await;
        let state = State { writer: writer.to_owned(), ..state(2, serial) };
        one.write(&mut reading, &state).await.unwrap();
    }
    let regions = [pair("us", word("us_east_1")), pair("eu", word("eu_west_1"))];
    let built = Builder::new("shop").set("account", "123456789012").block("regions", regions);
    let topology = built.topology().unwrap();
    let read = both.read(&topology).await;
    assert!(matches!(read, Err(LedgerError::Split { .. })), "{read:?}");
}

/// The answer to a write is lost, and the write is made again: it finds itself.
#[tokio::test]
async fn a_write_that_arrived_is_no_conflict() {
    let copy = Memory::new();
    let ledger = ledger(&[&copy]);
    let mut reading = ledger.look().await;
    let before = reading.clone();
    ledger.write(&mut reading, &state(1, 1)).await.unwrap();
    let mut again = before;
    ledger.write(&mut again, &state(1, 1)).await.unwrap();
    assert_eq!(ledger.look().await.state, Some(state(1, 1)));
}

#[tokio::test]
async fn of_three_copies_a_majority_must_take_a_write() {
    let (one, two, three) = (Memory::new(), Memory::new(), Memory::new());
    let two_of_three = ledger(&[&one.out_of_reach(), &two, &three]);
    let mut reading = two_of_three.look().await;
    two_of_three.write(&mut reading, &state(1, 1)).await.unwrap();
    let one_of_three = ledger(&[&one.out_of_reach(), &two.out_of_reach(), &three]);
    let mut reading = one_of_three.look().await;
    let refused = one_of_three.write(&mut reading, &state(1, 2)).await;
    assert!(matches!(refused, Err(LedgerError::Unwritten { .. })), "{refused:?}");
}

/// What each older version wrote is read as what this one would write. Version 2 wrote the same as version 3 but for settings of
/// clusters.
#[test]
fn older_formats_are_migrated() {
    let versions: [(&[u8], bool); 4] = [
        (include_bytes!("fixtures/format-1.json"), false),
        (include_bytes!("fixtures/format-3.json"), true),
        (include_bytes!("fixtures/format-4.json"), true),
        (include_bytes!("fixtures/format-5.json"), true),
    ];
    for (document, has_writer) in versions {
        let state = decode(document).unwrap();
        assert_eq!((state.topology.as_str(), state.resources.len()), ("storefront", 19));
        assert_eq!(!state.writer.is_empty(), has_writer);
        assert_eq!(decode(&encode(&state)).unwrap(), state);
    }
}
