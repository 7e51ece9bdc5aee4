//! Concurrent presigns, uploads, deletes, lists and resets, checked for linearizability: the recorded answers must be
//! those of the same operations one after another, in some order that real time allows.

use std::{
    collections::{BTreeSet, HashSet},
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use alloy_assay::Emulator;

use crate::support::{Client, emulator, seeds::seeds};

const NAMES: [&str; 3] = ["a.txt", "b.txt", "c.txt"];
/// All have different lengths, so that a list shows which is stored.
const CONTENTS: [&[u8]; 3] = [b"1", b"22", b"333"];
const THREADS: usize = 4;
const OPERATIONS: usize = 6;
const ROUNDS: u64 = 25;

/// One call: names and contents as indices of [`NAMES`] and [`CONTENTS`].
#[derive(Clone, Debug, PartialEq, Eq)]
enum Call {
    Presign {
        name: usize,
        content: usize,
        existing: bool,
        answered: usize,
    },
    /// A PUT that was refused stored nothing.
    Put {
        name: usize,
        content: usize,
        stored: bool,
    },
    Delete {
        name: usize,
        found: bool,
    },
    List {
        files: BTreeSet<(usize, usize)>,
    },
    Reset,
}

/// A call, with the moments when it was sent and answered.
#[derive(Clone, Debug)]
struct Record {
    call: Call,
    sent: u64,
    answered: u64,
}

/// Files as (name, content), the oldest upload first.
type Files = Vec<(usize, usize)>;

/// Returns the stored files after `call`; `None` if a server with `files` would answer otherwise.
fn apply(files: &Files, call: &Call) -> Option<Files> {
    let holds = |name: usize, content: usize| files.contains(&(name, content));
    let mut after = files.clone();
    let fits = match call {
        Call::Presign { name, content, existing, answered } => {
            let oldest = files.iter().find(|(_, stored)| stored == content).map(|(name, _)| *name);
            let duplicate = if holds(*name, *content) { Some(*name) } else { oldest };
            (*existing, *answered) == (duplicate.is_some(), duplicate.unwrap_or(*name))
        }
        Call::Put { stored: false, .. } => true,
        Call::Put { name, content, stored: true } => {
            after.retain(|(held, _)| held != name);
            after.push((*name, *content));
            true
        }
        Call::Delete { name, found } => {
            after.retain(|(held, _)| held != name);
            (after.len() < files.len()) == *found
        }
        Call::List { files: listed } => files.iter().copied().collect::<BTreeSet<_>>() == *listed,
        Call::Reset => {
            after.clear();
            true
        }
    };
    fits.then_some(after)
}

/// Whether some order of the calls explains all answers. A call may come next if no other that is left was answered
/// before it was sent.
fn is_linearizable(history: &[Record]) -> bool {
    fn explain(history: &[Record], done: u64, files: &Files, tried: &mut HashSet<(u64, Files)>) -> bool {
        let left = || (0..history.len()).filter(|index| done & (1 << index) == 0);
        let Some(first_answer) = left().map(|index| history[index].answered).min() else {
            return true;
        };
        tried.insert((done, files.clone()))
            && left().filter(|index| history[*index].sent < first_answer).any(|index| {
                apply(files, &history[index].call)
                    .is_some_and(|after| explain(history, done | 1 << index, &after, tried))
            })
    }
    assert!(history.len() < 64, "the set of calls is a u64");
    explain(history, 0, &Files::new(), &mut HashSet::new())
}

/// Returns the index of the name that `key` ends with.
fn name_of(key: &str) -> usize {
    NAMES.iter().position(|name| key.ends_with(&format!("_{name}"))).unwrap()
}

/// Makes random calls and records them.
fn call(client: &Client, user: &str, clock: &AtomicU64, rng: &mut fastrand::Rng) -> Vec<Record> {
    let mut records = Vec::new();
    let mut record = |call: &mut dyn FnMut() -> Call| {
        let sent = clock.fetch_add(1, Ordering::SeqCst);
        let call = call();
        records.push(Record { call, sent, answered: clock.fetch_add(1, Ordering::SeqCst) });
    };
    let name = rng.usize(..NAMES.len());
    match rng.u8(..10) {
        0..=4 => {
            let content = rng.usize(..CONTENTS.len());
            let mut presigned = None;
            record(&mut || {
                let answer = client.presign(NAMES[name], CONTENTS[content]);
                let (existing, answered) = (answer.r#type == "existing", name_of(&answer.key));
                presigned = Some(answer);
                Call::Presign { name, content, existing, answered }
            });
            let presigned = presigned.unwrap();
            let name = name_of(&presigned.key);
            record(&mut || {
                let status = client.put(&presigned, CONTENTS[content]).status;
                Call::Put { name, content, stored: status == 200 }
            });
        }
        5..=6 => record(&mut || {
            let status = client.delete(&format!("{user}_{}", NAMES[name])).status;
            assert!(status == 200 || status == 404, "{status}");
            Call::Delete { name, found: status == 200 }
        }),
        7..=8 => record(&mut || {
            let answer = client.call("GET", "/connectors/files/list", None).expect(200).json();
            let file = |file: &serde_json::Value| {
                let size = usize::try_from(file["size"].as_u64().unwrap()).unwrap();
                (name_of(file["s3Key"].as_str().unwrap()), size - 1)
            };
            Call::List { files: answer["files"].as_array().unwrap().iter().map(file).collect() }
        }),
        _ => record(&mut || {
            client.control("POST", "reset", None).expect(200);
            Call::Reset
        }),
    }
    records
}

/// Makes calls from several threads at once.
fn history(emulator: &Emulator, user: &str, seed: u64) -> Vec<Record> {
    let (clock, barrier) = (AtomicU64::new(0), Barrier::new(THREADS));
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS as u64)
            .map(|thread| {
                let (clock, barrier) = (&clock, &barrier);
                scope.spawn(move || {
                    let mut rng = fastrand::Rng::with_seed(seed << 8 | thread);
                    let client = Client::new(emulator, "alice");
                    barrier.wait();
                    (0..OPERATIONS).flat_map(|_| call(&client, user, clock, &mut rng)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

/// Whether every upload that was refused was under way during a reset.
fn refusals_are_resets(history: &[Record]) -> bool {
    let resets: Vec<_> = history.iter().filter(|record| record.call == Call::Reset).collect();
    history
        .iter()
        .filter(|record| matches!(record.call, Call::Put { stored: false, .. }))
        .all(|put| resets.iter().any(|reset| reset.sent < put.answered && put.sent < reset.answered))
}

#[test]
fn concurrent_calls_are_linearizable() {
    let emulator = emulator();
    let key = Client::new(&emulator, "alice").presign("a.txt", b"1").key;
    let user = key.split('_').next().unwrap();
    for seed in seeds().flat_map(|seed| (0..ROUNDS).map(move |round| seed * ROUNDS + round)) {
        emulator.reset();
        let history = history(&emulator, user, seed);
        assert!(is_linearizable(&history), "seed {seed}: {history:#?}");
        assert!(refusals_are_resets(&history), "seed {seed}: {history:#?}");
    }
}

/// A history of calls, each with the moments when it was sent and answered.
fn recorded<const N: usize>(calls: [(Call, u64, u64); N]) -> Vec<Record> {
    calls.into_iter().map(|(call, sent, answered)| Record { call, sent, answered }).collect()
}

#[test]
fn the_checker_refuses_a_list_without_a_stored_file() {
    let put = Call::Put { name: 0, content: 0, stored: true };
    let empty = Call::List { files: BTreeSet::new() };
    let later = recorded([(put.clone(), 0, 1), (empty.clone(), 2, 3)]);
    assert!(!is_linearizable(&later));
    let at_once = recorded([(put, 0, 2), (empty, 1, 3)]);
    assert!(is_linearizable(&at_once));
}

#[test]
fn the_checker_refuses_a_file_that_comes_back_after_a_reset() {
    let put = Call::Put { name: 0, content: 0, stored: true };
    let existing = Call::Presign { name: 1, content: 0, existing: true, answered: 0 };
    let after_reset = recorded([(put.clone(), 0, 1), (Call::Reset, 2, 3), (existing.clone(), 4, 5)]);
    assert!(!is_linearizable(&after_reset));
    let overlapping = recorded([(put, 0, 3), (Call::Reset, 1, 2), (existing, 4, 5)]);
    assert!(is_linearizable(&overlapping));
}

/// Two deletes of one file: only one of them can have found it.
#[test]
fn the_checker_refuses_a_file_that_is_deleted_twice() {
    let put = Call::Put { name: 0, content: 0, stored: true };
    let found = Call::Delete { name: 0, found: true };
    let twice = recorded([(put, 0, 1), (found.clone(), 2, 5), (found, 3, 4)]);
    assert!(!is_linearizable(&twice));
}
