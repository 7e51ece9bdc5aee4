//! One check, from its first case to its verdict.

use std::time::Instant;

use proptest::strategy::ValueTree;

use super::Plan;
use crate::{
    conformance::{
        Progress,
        check::{Case, Check},
        outcome::{Evidence, Ran, Stop},
        wire::now,
    },
    exchange::BoundedDuration,
    report::{CheckResult, Status},
};

/// Number of cases whose set-up fails after which no further case is tried.
const MAX_BLOCKED: u32 = 10;

/// Runs a check's cases until one fails, or all are done.
pub(super) async fn judge<S: 'static>(check: &Check<S>, subject: &S, plan: &Plan<'_>) -> CheckResult {
    let began = now();
    let mut result = check.result();
    if let Some((status, reason)) = &check.unfit {
        result.status = *status;
        result.reason = Some(reason.clone());
        return result;
    }
    run(check, subject, plan, began, &mut result).await;
    result.took = now().saturating_duration_since(began);
    result
}

async fn run<S: 'static>(
    check: &Check<S>,
    subject: &S,
    plan: &Plan<'_>,
    began: Instant,
    result: &mut CheckResult,
) {
    let deadline = plan.max_time.map(|time| began + BoundedDuration::saturating(time).get());
    let id = check.description.id;
    let all = check.max_cases.map_or(plan.cases, |most| most.min(plan.cases));
    let (mut blocked, mut not_offered) = ((0, String::new()), (0, String::new()));
    for (seed, number) in numbers(plan, all, id) {
        let Some(mut case) = check.case(seed, number) else { continue };
        let Some(ran) = within(deadline, &case.current(), subject).await else {
            result.reason = Some(format!("its time was up after {} of {} cases", result.cases, plan.cases));
            if result.cases == 0 {
                result.status = Status::Error;
                let why = "its first case was not over when its time was up (see --max-time)";
                result.reason = Some(why.to_owned());
            }
            break;
        };
        result.cases += 1;
        if let Some(waited) = ran.waited {
            *result.waited.get_or_insert_default() += waited;
        }
        match ran.step {
            Ok(()) => {}
            Err(Stop::NotOffered(what)) => not_offered = (not_offered.0 + 1, what),
            Err(Stop::Blocked(why)) => blocked = (blocked.0 + 1, why),
            Err(stop) => {
                let failure = match stop {
                    Stop::Failed(why) => {
                        let first = (why, ran.evidence);
                        let (why, evidence) = shrink(check, &mut *case, subject, first, plan, deadline).await;
                        (Stop::Failed(why), evidence)
                    }
                    stop => (stop, ran.evidence),
                };
                result.advice = check.advice;
                result.replay = Some(plan.replay(seed, id, number));
                return show(result, failure);
            }
        }
        if blocked.0 + not_offered.0 == result.cases && result.cases >= MAX_BLOCKED {
            break;
        }
        (plan.watch)(Progress::Cases { check: &check.description, done: result.cases, of: all });
    }
    if blocked.0 > 0 {
        let all = result.cases;
        let cases = if blocked.0 == all { String::new() } else { format!("{} of {all} cases ", blocked.0) };
        result.status = Status::Error;
        result.reason = Some(format!("{cases}could not be set up: {}", blocked.1));
    } else if result.cases > 0 && not_offered.0 == result.cases {
        result.status = Status::Skipped;
        result.reason = Some(not_offered.1);
    }
}

/// Returns the seeds and numbers of a check's cases: past failures first; or only the requested case.
fn numbers(plan: &Plan<'_>, all: u32, id: &str) -> impl Iterator<Item = (u64, u32)> {
    let (past, cases) = match plan.case {
        Some(case) => (&[][..], case..case.saturating_add(1)),
        None => (plan.past.of(id), 0..all),
    };
    let seed = plan.seed;
    past.iter().copied().chain(cases.map(move |case| (seed, case)))
}

/// Looks for the smallest case that still fails, and runs it once more: the exchanges are those of that run if it
/// fails too.
async fn shrink<S: 'static>(
    check: &Check<S>,
    case: &mut dyn ValueTree<Value = Case<S>>,
    subject: &S,
    first: (String, Evidence),
    plan: &Plan<'_>,
    deadline: Option<Instant>,
) -> (String, Evidence) {
    let (most, time) = plan.shrinking;
    let until = Some(deadline.unwrap_or_else(|| now() + time));
    let (mut smallest, mut failure, mut tried) = (case.current(), first, 0);
    let mut is_other = case.simplify();
    while is_other && tried < most {
        tried += 1;
        (plan.watch)(Progress::Shrinking { check: &check.description, tried });
        let current = case.current();
        is_other = match within(until, &current, subject).await {
            None => break,
            Some(Ran { step: Err(Stop::Failed(why)), evidence, .. }) => {
                (smallest, failure) = (current, (why, evidence));
                case.simplify()
            }
            Some(_) => case.complicate(),
        };
    }
    match within(until, &smallest, subject).await {
        Some(Ran { step: Err(Stop::Failed(why)), evidence, .. }) => (why, evidence),
        // A client that takes its time has failed again.
        None | Some(Ran { step: Err(Stop::Late(_)), .. }) => failure,
        Some(_) => {
            let (why, evidence) = failure;
            (format!("{why} (this did not repeat when the case was run again from a fresh start)"), evidence)
        }
    }
}

/// Runs a case; `None` if time is up before it ends.
async fn within<S>(deadline: Option<Instant>, case: &Case<S>, subject: &S) -> Option<Ran> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline.into(), case.run(subject)).await.ok(),
        None => Some(case.run(subject).await),
    }
}

fn show(result: &mut CheckResult, (stop, evidence): (Stop, Evidence)) {
    result.status = if matches!(stop, Stop::Broken(_)) { Status::Error } else { Status::Failed };
    if let Stop::Unheard(_, fix) = stop {
        result.advice = Some(fix);
    }
    result.reason = Some(stop.why());
    result.counterexample = evidence.exchanges;
    result.findings = evidence.findings;
    result.curl = evidence.curl;
    result.output = evidence.output;
}
