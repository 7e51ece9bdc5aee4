//! Every broken client is caught by the scenario that should catch it.

use std::{path::Path, sync::Mutex};

use alloy_assay::report::Status;

use super::{check, suite, support::reference::Broken};

/// What is wrong with the verdict on a client; nothing where it is caught.
fn missed(broken: &Broken, folder: &Path) -> Option<String> {
    let is_persistent = broken.mode.as_deref() == Some("persistent");
    let suite = suite(&broken.command(folder), is_persistent).only(&broken.caught_by);
    let came_to = suite.timeout(std::time::Duration::from_secs(15)).run().unwrap();
    let caught = check(&came_to, &broken.caught_by);
    if caught.status == Status::Failed {
        println!("{}: {}: {}", broken.id, caught.id, caught.reason.as_deref().unwrap_or_default());
        return None;
    }
    Some(format!("{}: {} is {:?} {:?}", broken.id, caught.id, caught.status, caught.reason))
}

#[test]
fn each_is_caught_by_the_scenario_that_should_catch_it() {
    let folder = tempfile::tempdir().unwrap();
    let all = Broken::all();
    let here = all.iter().filter(|broken| broken.reference().is_here());
    let queue = Mutex::new(here);
    let next = || queue.lock().unwrap().next();
    let judge =
        || std::iter::from_fn(next).filter_map(|broken| missed(broken, folder.path())).collect::<Vec<_>>();
    let missed = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(judge)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
