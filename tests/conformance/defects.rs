//! Every defect is noticed: by the check that it names, and by none outside its theme and the model.

use std::sync::Mutex;

use alloy_assay::{
    Emulator,
    conformance::{Conformance, Server, Status},
    internals::Defect,
};

use super::{check, ids, start, suite, support::seeds::seeds, two_accounts};

/// The most exchanges that a smallest case has beyond what makes its users.
const MOST_EXCHANGES: usize = 5;

fn defective(defect: &Defect) -> (Emulator, Server) {
    let emulator = start(two_accounts().defect(defect.id));
    let suite = suite(emulator.base_url());
    (emulator, suite)
}

/// Returns the wrong results for a defect: missed and false failures.
fn misjudged(defect: &Defect, of_its_own: &Conformance, of_others: &Conformance) -> Vec<String> {
    let mut wrong = Vec::new();
    let named = check(of_its_own, defect.check);
    if named.status != Status::Failed {
        wrong.push(format!("{}: {} is {:?} {:?}", defect.id, defect.check, named.status, named.reason));
    }
    if named.counterexample.len() > MOST_EXCHANGES {
        let calls = named.counterexample.iter().map(|one| one.operation.name()).collect::<Vec<_>>();
        wrong.push(format!("{}: {} has {} exchanges: {calls:?}", defect.id, defect.check, calls.len()));
    }
    for came_to in [of_its_own, of_others] {
        for id in ids(came_to, Status::Error) {
            let reason = check(came_to, id).reason.clone().unwrap_or_default();
            // No false failure: another check covers the step.
            if !reason.contains("could not be set up: ") {
                wrong.push(format!("{}: {id} is in error: {reason}", defect.id));
            }
        }
    }
    for id in ids(of_others, Status::Failed) {
        wrong.push(format!("{}: {id} failed, too: {:?}", defect.id, check(of_others, id).reason));
    }
    wrong
}

fn judge(defect: &Defect) -> Vec<String> {
    let (_emulator, suite) = defective(defect);
    seeds().flat_map(|seed| judge_with(defect, &suite.clone().seed(seed))).collect()
}

fn judge_with(defect: &Defect, suite: &Server) -> Vec<String> {
    let of_its_own = suite.clone().only(defect.check).cases(40).run().unwrap();
    let of_others =
        suite.clone().skip(format!("{}/*", defect.theme())).skip("model/*").cases(2).run().unwrap();
    misjudged(defect, &of_its_own, &of_others)
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn every_defect_is_noticed_by_its_check_and_by_no_other_theme() {
    let defects = Mutex::new(Defect::all());
    let next = || defects.lock().unwrap().next();
    let judge_all = || std::iter::from_fn(next).flat_map(judge).collect::<Vec<_>>();
    let wrong = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(judge_all)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
