//! Every broken client is caught by the scenario that should catch it.

use std::{path::Path, sync::Mutex};

use alloy_assay::conformance::Status;

use super::{
    MACHINE, check, suite,
    support::{reference::Broken, seeds::seeds},
};

/// Checks of pauses: on a busy machine, a client without pauses seems to pause.
const BY_THE_CLOCK: [&str; 2] = ["recovery/pauses", "recovery/retry-after"];

/// Returns the wrong verdicts on a client; empty if its bug is found.
fn missed(broken: &Broken, folder: &Path) -> Option<String> {
    seeds().find_map(|seed| missed_with(seed, broken, folder))
}

fn missed_with(seed: u64, broken: &Broken, folder: &Path) -> Option<String> {
    let is_persistent = broken.mode.as_deref() == Some("persistent");
    let suite = suite(&broken.command(folder), is_persistent).only(&broken.caught_by).seed(seed);
    let came_to = suite.timeout(std::time::Duration::from_secs(15)).run().unwrap();
    let caught = check(&came_to, &broken.caught_by);
    if caught.status == Status::Failed {
        println!("{}: {}: {}", broken.id, caught.id, caught.reason.as_deref().unwrap_or_default());
        return None;
    }
    let Broken { id, .. } = broken;
    Some(format!("{id}: {} is {:?} {:?} with seed {seed}", caught.id, caught.status, caught.reason))
}

/// Returns the missed bugs, with this many threads.
fn all_missed(all: &[Broken], threads: usize) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let queue = Mutex::new(all.iter());
    let next = || queue.lock().unwrap().next();
    let judge =
        || std::iter::from_fn(next).filter_map(|broken| missed(broken, folder.path())).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(judge)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn each_is_caught_by_the_scenario_that_should_catch_it() {
    let here = Broken::all().into_iter().filter(|broken| broken.reference().is_here());
    let by_the_clock = |broken: &Broken| BY_THE_CLOCK.contains(&broken.caught_by.as_str());
    let (by_the_clock, others): (Vec<_>, Vec<_>) = here.partition(by_the_clock);
    let mut missed = {
        let _busy = MACHINE.read();
        all_missed(&others, 6)
    };
    let _alone = MACHINE.write();
    missed.extend(all_missed(&by_the_clock, 1));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
