//! Permanent failures: clients retry with growing pauses, and give up.

use std::time::Duration;

use alloy_assay::{Exchange, Operation};

use super::{
    refused::{assert_failed, file},
    session::{Job, Persistent},
    support::{emulator, eventually, reference::Reference},
};

/// The first pause, in milliseconds.
const PAUSE: u64 = 5;

/// The permanent fault, the expected message, and the expected number of presigns and PUTs.
const TROUBLES: [(&str, &str, usize, usize); 10] = [
    ("presign:error=429", "HTTP 429", 5, 0),
    ("presign:garbage=200", "html", 5, 0),
    ("presign:truncate=20", "5 attempts", 5, 0),
    ("presign:error=503,retry_after=61s", "too long", 1, 0),
    ("put:error=SlowDown", "SlowDown", 1, 5),
    ("put:error=RequestTimeout", "RequestTimeout", 1, 5),
    ("put:error=500", "HTTP 500", 1, 5),
    ("put:garbage=200", "html", 1, 5),
    ("put:reset", "5 attempts", 1, 5),
    ("put:expired", "Request has expired", 3, 3),
];

/// The same for faults that need a timeout. Only here it is short: on a busy machine a good answer may take longer.
const SILENCE: [(&str, &str, usize, usize); 1] = [("any:hang", "5 attempts", 5, 0)];

#[track_caller]
pub fn after_a_while(client: &Reference) {
    if !client.is_here() {
        return;
    }
    give_up(client, "20", &TROUBLES);
    give_up(client, "0.2", &SILENCE);
}

#[track_caller]
fn give_up(client: &Reference, timeout: &str, troubles: &[(&str, &str, usize, usize)]) {
    let (_folder, path) = file();
    let mut command = client.command();
    command.env("ALLOY_PAUSE_MS", PAUSE.to_string()).env("ALLOY_TIMEOUT", timeout);
    let mut process = Persistent::start(&mut command);
    let emulator = emulator();
    for &(rule, says, presigns, puts) in troubles {
        emulator.reset();
        emulator.inject(rule.parse().unwrap());
        let why = process.upload(&Job::of(&emulator, &path, "a.txt")).unwrap_err();
        assert!(why.contains(says), "{rule}: {why}");
        // An exchange is recorded when the client is gone, which may have its answer by then.
        eventually("the last exchange", || emulator.exchanges().len() >= presigns + puts);
        assert_failed(&emulator, rule, presigns, puts);
        if presigns.max(puts) == 5 {
            assert_pauses_grow(rule, &emulator.exchanges());
        }
    }
    process.end();
}

/// Holds that each pause before the same request is at least twice as long as the first that came before it.
#[track_caller]
fn assert_pauses_grow(rule: &str, journal: &[Exchange]) {
    let repeated = if journal.len() == 5 { Operation::Presign } else { Operation::Put };
    let same: Vec<_> = journal.iter().filter(|exchange| exchange.operation == repeated).collect();
    for (times, pair) in same.windows(2).enumerate() {
        let apart = Duration::try_from(pair[1].at.duration_since(pair[0].at)).unwrap();
        let pause = Duration::from_millis(PAUSE << times);
        assert!(apart >= pause, "{rule}: pause {times} is {apart:?}, and not {pause:?}");
    }
}
