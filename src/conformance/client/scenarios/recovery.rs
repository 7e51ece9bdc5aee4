//! What passes: an expired URL, a busy S3, a connection that breaks. A good client tries again, with pauses, and not for
//! ever.

use std::time::Duration;

use jiff::Timestamp;
use proptest::{prelude::*, sample::select};

use super::{ClientCheck, count, ensure_done, ensure_failed, pauses::Pauses, plain_file, quick_file};
use crate::{
    Fault,
    conformance::{
        checks::should,
        client::test_case::{TestCase, Upload},
        outcome::{Step, Stop, ensure},
        strategy::File,
    },
    exchange::{Exchange, Operation},
};

/// So many times a client may try a request that never goes well.
const MOST_TRIES: usize = 12;

/// How long Alloy asks to wait.
const WAIT: Duration = Duration::from_secs(1);

/// How long it has to be: the answer is under way for a while, and clocks are read at both ends.
const LEAST_WAIT: Duration = Duration::from_millis(950);

const TIMEOUTS: &str = "S3, performance guidelines: aggressive time-outs and retries help";

const RETRY: &str = "S3, error responses: 500 and 503 may be retried, with exponential backoff";

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        should(
            "recovery/expired",
            "A URL that has expired is renewed, and the file uploaded",
            "The guide: presigned URLs expire after 1 hour; generate a new one if needed",
        )
        .put(
            (plain_file(), any::<bool>()),
            expired,
            "At S3's 403 with `Request has expired`, ask for a new URL, and PUT to that",
        ),
        should("recovery/slow-down", "A 503 SlowDown of S3's is met by another try", RETRY)
            .put((plain_file(), 1..3_u64), slow_down, "Retry 503 after a pause that grows")
            .at_most(3),
        should("recovery/server-error", "A 500, 502 or 503 of either side is met by another try", RETRY)
            .put(
                (plain_file(), any::<bool>(), select(vec![500, 502, 503])),
                server_error,
                "Retry 5xx after a pause that grows",
            )
            .at_most(8),
        should(
            "recovery/reset",
            "A connection that is reset is met by another try",
            "HTTP: a PUT is idempotent",
        )
        .put(plain_file(), reset, "Retry where the connection breaks: the same bytes to the same URL")
        .at_most(3),
        should(
            "recovery/lost-response",
            "Where the answer to an upload is lost, the file is there once in the end",
            "HTTP: a PUT is idempotent",
        )
        .put(
            plain_file(),
            lost_response,
            "Retry where no answer comes: a PUT of the same bytes changes nothing",
        )
        .at_most(3),
        should("recovery/time-out", "An answer that does not come in time is met by another try", TIMEOUTS)
            .put(
                quick_file(),
                time_out,
                "Give each request a time-out of some seconds, and try again after it",
            )
            .at_most(1),
        should("recovery/pauses", "Tries that go on failing have pauses that grow, and an end", RETRY)
            .put(plain_file(), pauses, "Double the pause after each try, and stop after five or so")
            .at_most(1),
        should(
            "recovery/retry-after",
            "A 429 is met by another try after as long as Retry-After says",
            "HTTP: Retry-After says how long to wait; Alloy's FAQ: too many requests are answered 429",
        )
        .put(plain_file(), retry_after, "Wait for as many seconds as Retry-After says, then try again")
        .at_most(1),
    ]
}

async fn expired(case: &TestCase<'_>, (file, is_for_ever): (File, bool)) -> Step {
    let fault = Fault::put().expired();
    case.fault(if is_for_ever { fault } else { fault.times(1) });
    let upload = case.upload_until(&file, &|seen| count(seen, Operation::Presign) > MOST_TRIES).await?;
    let presigns = upload.count(Operation::Presign);
    if is_for_ever {
        ensure!(
            presigns <= MOST_TRIES,
            "every URL had expired, and {presigns} were asked for, without an end"
        );
        return ensure_failed(&upload, "every URL had expired");
    }
    ensure_done(case, &upload, &file)?;
    ensure!(presigns >= 2, "the URL had expired, and no new one was asked for");
    Ok(())
}

async fn slow_down(case: &TestCase<'_>, (file, times): (File, u64)) -> Step {
    case.fault(Fault::put().error("SlowDown").times(times));
    again(case, &file).await.map(|_| ())
}

async fn server_error(case: &TestCase<'_>, (file, is_alloys, status): (File, bool, u16)) -> Step {
    let on = if is_alloys { Fault::presign() } else { Fault::put() };
    case.fault(on.error(status).times(1));
    again(case, &file).await.map(|_| ())
}

async fn reset(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::put().reset(file.content.len() as u64 / 2).times(1));
    again(case, &file).await.map(|_| ())
}

async fn lost_response(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::put().lost_response().times(1));
    again(case, &file).await.map(|_| ())
}

async fn time_out(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::put().hang().times(1));
    match again(case, &file).await {
        Err(Stop::Failed(why)) => Err(Stop::Late(why)),
        other => other.map(|_| ()),
    }
}

/// Lets S3 be too busy for ever, and judges how the client comes back. More than once where the pauses do not grow: who
/// draws them by lot, as is advised, draws a long one first now and then.
async fn pauses(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::put().error("SlowDown"));
    let mut pauses = Pauses::default();
    while !pauses.are_certain() {
        let upload = case.upload_until(&file, &|seen| count(seen, Operation::Put) > MOST_TRIES).await?;
        let tries: Vec<Timestamp> = upload.of(Operation::Put).map(|exchange| exchange.at).collect();
        ensure!(
            tries.len() <= MOST_TRIES,
            "an upload that S3 is too busy for was tried {} times, without an end",
            tries.len()
        );
        ensure!(
            tries.len() >= 3,
            "an upload that S3 is too busy for was given up after {} of it",
            said(&tries)
        );
        ensure_failed(&upload, "S3 was too busy for the upload, each time")?;
        pauses.add(&tries);
    }
    pauses.trouble().map_or(Ok(()), |trouble| Err(Stop::Late(trouble)))
}

fn said(tries: &[Timestamp]) -> String {
    if tries.len() == 1 { "one try".to_owned() } else { format!("{} tries", tries.len()) }
}

async fn retry_after(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::presign().error(429).retry_after(WAIT).times(1));
    let upload = again(case, &file).await?;
    let tries: Vec<&Exchange> = upload.of(Operation::Presign).take(2).collect();
    let [first, second] = tries[..] else { return Ok(()) };
    let waited = second.at.duration_since(first.at).unsigned_abs();
    ensure!(
        waited >= LEAST_WAIT,
        "Retry-After said 1 second, and the client came back after {}ms",
        waited.as_millis()
    );
    Ok(())
}

/// Holds the client to trying again until it goes well.
async fn again(case: &TestCase<'_>, file: &File) -> Step<Upload> {
    let is_certain = |seen: &[Exchange]| seen.len() > 2 * MOST_TRIES;
    let upload = case.upload_until(file, &is_certain).await?;
    ensure_done(case, &upload, file)?;
    Ok(upload)
}
