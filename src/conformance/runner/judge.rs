//! One check, from its first case to its verdict.

use std::time::{Duration, Instant};

use super::{Check, Plan, case, past::Past};
use crate::{
    conformance::{
        Progress,
        outcome::{Evidence, Ran, Stop},
        wire::now,
    },
    exchange::BoundedDuration,
    report::{CheckResult, Status},
};

/// No further case is tried after so many, of which none could be set up.
const MAX_BLOCKED: u32 = 10;

/// The cases of a check so far.
#[derive(Default)]
struct Tally {
    run: u32,
    /// How many could not be set up, and why the last one could not.
    blocked: u32,
    blocked_by: Option<String>,
    /// How many need what the server does not offer, and what the last one needs.
    not_offered: u32,
    lacks: Option<String>,
    /// How long a client waited of its own accord in them.
    waited: Option<Duration>,
}

/// A case that does not hold.
struct Counterexample {
    seed: u64,
    case: u32,
    message: String,
    evidence: Evidence,
    /// What to do, unless it is what the check says.
    fix: Option<&'static str>,
}

/// Runs a check's cases until one fails, or all are done.
pub(super) async fn judge<S>(
    check: &Check<S>,
    subject: &S,
    plan: &Plan<'_>,
    past: &Past,
    watch: &(dyn Fn(Progress<'_>) + Sync),
) -> CheckResult {
    let began = now();
    let mut result = check.result();
    if let Some((status, reason)) = &check.unfit {
        result.status = *status;
        result.reason = Some(reason.clone());
        return result;
    }
    let mut tally = Tally::default();
    let deadline = plan.max_time.map(|time| began + BoundedDuration::saturating(time).get());
    let stop = cases(check, subject, plan, past, deadline, &mut tally, watch).await;
    result.cases = tally.run;
    result.waited = tally.waited;
    conclude(&mut result, check, plan, tally, stop);
    result.took = now().saturating_duration_since(began);
    result
}

/// What ended a check before its last case.
enum Ended {
    Failed(Counterexample),
    Broken(Counterexample),
    OutOfTime,
}

async fn cases<S>(
    check: &Check<S>,
    subject: &S,
    plan: &Plan<'_>,
    past: &Past,
    deadline: Option<Instant>,
    tally: &mut Tally,
    watch: &(dyn Fn(Progress<'_>) + Sync),
) -> Option<Ended> {
    let all = check.most_cases.map_or(plan.cases, |most| most.min(plan.cases));
    for (seed, number) in numbers(plan, all, past.of(check.description.id)) {
        let Some(mut case) = check.property.draw(&mut case::chance(seed, check.description.id, number))
        else {
            continue;
        };
        let Some(ran) = within(deadline, case.run(subject)).await else { return Some(Ended::OutOfTime) };
        tally.run += 1;
        tally.waited = ran.waited.map(|waited| tally.waited.unwrap_or_default() + waited).or(tally.waited);
        let found = |message, evidence, fix| Counterexample { seed, case: number, message, evidence, fix };
        match ran.step {
            Ok(()) => {}
            Err(Stop::NotOffered(what)) => {
                tally.not_offered += 1;
                tally.lacks = Some(what);
            }
            Err(Stop::Blocked(why)) => {
                tally.blocked += 1;
                tally.blocked_by = Some(why);
            }
            Err(Stop::Broken(why)) => return Some(Ended::Broken(found(why, ran.evidence, None))),
            Err(Stop::Unheard(why, fix)) => {
                return Some(Ended::Failed(found(why, ran.evidence, Some(fix))));
            }
            Err(Stop::Late(why)) => return Some(Ended::Failed(found(why, ran.evidence, None))),
            Err(Stop::Failed(why)) => {
                let until =
                    deadline.unwrap_or_else(|| now() + BoundedDuration::saturating(plan.patience.time).get());
                let limits = (plan.patience.tries, until);
                let smallest = shrink(check, &mut *case, subject, (why, ran.evidence), limits, watch).await;
                let (why, evidence) = confirm(&mut *case, subject, smallest, until).await;
                return Some(Ended::Failed(found(why, evidence, None)));
            }
        }
        if tally.blocked + tally.not_offered == tally.run && tally.run >= MAX_BLOCKED {
            return None;
        }
        watch(Progress::Cases { check: &check.description, done: tally.run, of: all });
    }
    None
}

/// The seeds and numbers of a check's cases: those that failed before, then all others; or the one that is asked for.
fn numbers(plan: &Plan<'_>, all: u32, past: &[(u64, u32)]) -> impl Iterator<Item = (u64, u32)> {
    let (past, cases) = match plan.case {
        Some(case) => (&[][..], case..case.saturating_add(1)),
        None => (past, 0..all),
    };
    let seed = plan.seed;
    past.iter().copied().chain(cases.map(move |case| (seed, case)))
}

/// The smallest case that still fails, as far as time and patience reach.
async fn shrink<S>(
    check: &Check<S>,
    case: &mut dyn case::Case<S>,
    subject: &S,
    first: (String, Evidence),
    (most, until): (u32, Instant),
    watch: &(dyn Fn(Progress<'_>) + Sync),
) -> (String, Evidence) {
    let mut smallest = first;
    let mut tried = 0;
    let mut is_other = case.simplify();
    while is_other && tried < most {
        tried += 1;
        watch(Progress::Shrinking { check: &check.description, tried });
        let Some(Ran { step, evidence, .. }) = within(Some(until), case.run(subject)).await else { break };
        is_other = if let Err(Stop::Failed(why)) = step {
            smallest = (why, evidence);
            case.keep();
            case.simplify()
        } else {
            case.complicate()
        };
    }
    smallest
}

/// Runs the smallest case once more from a fresh start. The exchanges are those of that run, if it fails too.
async fn confirm<S>(
    case: &mut dyn case::Case<S>,
    subject: &S,
    (why, evidence): (String, Evidence),
    until: Instant,
) -> (String, Evidence) {
    match within(Some(until), case.rerun(subject)).await {
        Some(Ran { step: Err(Stop::Failed(why)), evidence, .. }) => (why, evidence),
        // A client that takes its time has failed again.
        None | Some(Ran { step: Err(Stop::Late(_)), .. }) => (why, evidence),
        Some(_) => {
            (format!("{why} (this did not repeat when the case was run again from a fresh start)"), evidence)
        }
    }
}

/// What a case comes to, unless time is up before.
async fn within(deadline: Option<Instant>, run: impl Future<Output = Ran>) -> Option<Ran> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), run).await.ok(),
        None => Some(run.await),
    }
}

fn conclude<S>(
    result: &mut CheckResult,
    check: &Check<S>,
    plan: &Plan<'_>,
    tally: Tally,
    ended: Option<Ended>,
) {
    let mut show = |status, found: Counterexample| {
        result.status = status;
        result.reason = Some(found.message);
        result.counterexample = found.evidence.exchanges;
        result.findings = found.evidence.findings;
        result.curl = found.evidence.curl;
        result.output = found.evidence.output;
        result.advice = found.fix.or(check.advice);
        result.replay = Some(plan.replay(found.seed, check.description.id, found.case));
    };
    match ended {
        Some(Ended::Failed(found)) => show(Status::Failed, found),
        Some(Ended::Broken(found)) => show(Status::Error, found),
        Some(Ended::OutOfTime) if tally.run == 0 => {
            result.status = Status::Error;
            result.reason =
                Some("its first case was not over when its time was up (see --max-time)".to_owned());
        }
        Some(Ended::OutOfTime) => {
            result.reason = Some(format!("its time was up after {} of {} cases", tally.run, plan.cases));
        }
        None if tally.blocked > 0 => {
            let why = tally.blocked_by.unwrap_or_default();
            let cases = if tally.blocked == tally.run {
                String::new()
            } else {
                format!("{} of {} cases ", tally.blocked, tally.run)
            };
            result.status = Status::Error;
            result.reason = Some(format!("{cases}could not be set up: {why}"));
        }
        None if tally.run > 0 && tally.not_offered == tally.run => {
            result.status = Status::Skipped;
            result.reason = tally.lacks;
        }
        None => {}
    }
}
