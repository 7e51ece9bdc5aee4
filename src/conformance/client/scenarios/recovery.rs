//! Temporary failures: an expired URL, a busy S3, a broken connection. A good client retries, with pauses, and not
//! forever.

use std::time::Duration;

use jiff::Timestamp;
use proptest::{prelude::*, sample::select};

use super::{ClientCheck, count, ensure_done, ensure_failed, pauses::Pauses, plain_file, quick_file};
use crate::{
    Fault,
    conformance::{
        check::should,
        client::test_case::{TestCase, Upload},
        outcome::{Step, Stop, ensure, holds},
        strategy::File,
    },
    exchange::{Exchange, Operation},
    text::counted,
};

/// Limit on the attempts of a request that never succeeds.
const MAX_ATTEMPTS: usize = 12;

/// The wait of Alloy's `Retry-After`.
const WAIT: Duration = Duration::from_secs(1);

/// The wait that is enough, as seen by the server.
const MIN_WAIT: Duration = Duration::from_millis(950);

const TIMEOUTS: &str = "S3, performance guidelines: aggressive time-outs and retries help";

const RETRY: &str = "S3, error responses: 500 and 503 may be retried, with exponential backoff";

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        should(
            "recovery/expired",
            "An expired URL is renewed, and the file uploaded",
            "The guide: presigned URLs expire after 1 hour; generate a new one if needed",
        )
        .right("PUT -> 403 `Request has expired`; presign; PUT -> 200")
        .wrong("PUT -> 403 `Request has expired`; the same PUT -> 403")
        .put(
            (plain_file(), any::<bool>()),
            expired,
            "After S3's 403 `Request has expired`, request a new URL, and PUT to it",
        ),
        should("recovery/slow-down", "A 503 SlowDown of S3 is retried", RETRY)
            .right("PUT -> 503; 1s; the same PUT -> 200")
            .wrong("PUT -> 503; the client fails")
            .put((plain_file(), 1..3_u64), slow_down, "Retry 503 after a pause that grows")
            .at_most(3),
        should("recovery/server-error", "A 500, 502 or 503 of either API is retried", RETRY)
            .right("presign -> 502; 1s; presign -> 200")
            .wrong("presign -> 502; the client fails")
            .put(
                (plain_file(), any::<bool>(), select(vec![500, 502, 503])),
                server_error,
                "Retry 5xx after a pause that grows",
            )
            .at_most(8),
        should("recovery/reset", "A reset connection is retried", "HTTP: a PUT is idempotent")
            .right("PUT -> connection reset; 1s; PUT of the whole file -> 200")
            .wrong("PUT -> connection reset; the client fails")
            .put(plain_file(), reset, "Retry where the connection breaks: the same bytes to the same URL")
            .at_most(3),
        should(
            "recovery/lost-response",
            "A lost answer leaves the file stored once",
            "HTTP: a PUT is idempotent",
        )
        .right("PUT -> connection closed; the same PUT -> 200: one file")
        .wrong("PUT -> connection closed; upload of `a (1).txt`: two files")
        .put(plain_file(), lost_response, "Retry if no answer comes: a PUT of the same bytes changes nothing")
        .at_most(3),
        should("recovery/time-out", "An answer that does not come in time is retried", TIMEOUTS)
            .right("PUT -> no answer for 10s; the same PUT -> 200")
            .wrong("PUT -> no answer; the client waits")
            .put(
                quick_file(),
                time_out,
                "Give each request a time-out of some seconds, and try again after it",
            )
            .at_most(1),
        should("recovery/pauses", "Retries have growing pauses and an end", RETRY)
            .right("PUT -> 503; 1s; PUT -> 503; 2s; PUT -> 503; the client fails")
            .wrong("PUT -> 503; PUT -> 503; PUT -> 503; … without a pause")
            .put(plain_file(), pauses, "Double the pause after each try, and stop after five or so")
            .at_most(1),
        should(
            "recovery/retry-after",
            "A 429 is retried after Retry-After",
            "HTTP: Retry-After says how long to wait; Alloy's FAQ: too many requests are answered 429",
        )
        .right("presign -> 429, Retry-After: 2; 2s; presign -> 200")
        .wrong("presign -> 429, Retry-After: 2; presign at once -> 429")
        .put(plain_file(), retry_after, "Wait for as many seconds as Retry-After says, then try again")
        .at_most(1),
    ]
}

async fn expired(case: &TestCase<'_>, (file, is_forever): (File, bool)) -> Step {
    let fault = Fault::put().expired();
    case.fault(if is_forever { fault } else { fault.times(1) });
    let upload = case.upload_until(&file, &|seen| count(seen, Operation::Presign) > MAX_ATTEMPTS).await?;
    let presigns = upload.count(Operation::Presign);
    if is_forever {
        ensure!(
            presigns <= MAX_ATTEMPTS,
            "every URL had expired, and {presigns} were requested, without end"
        );
        return ensure_failed(&upload, "every URL had expired");
    }
    ensure_done(case, &upload, &file)?;
    holds!(presigns >= 2, "the URL had expired, but no new one was requested")
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

/// Makes S3 busy forever, and judges the pauses of the client. If they do not grow, it is run again: random pauses,
/// which are advised, may begin with a long one.
async fn pauses(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::put().error("SlowDown"));
    let mut pauses = Pauses::default();
    while !pauses.are_certain() {
        let upload = case.upload_until(&file, &|seen| count(seen, Operation::Put) > MAX_ATTEMPTS).await?;
        let tries: Vec<Timestamp> = upload.of(Operation::Put).map(|exchange| exchange.at).collect();
        let count = tries.len();
        ensure!(
            count <= MAX_ATTEMPTS,
            "an upload that S3 was too busy for was tried {count} times, without end"
        );
        let attempts = counted(count, "attempt");
        ensure!(count >= 3, "an upload that S3 was too busy for was given up after {attempts}");
        ensure_failed(&upload, "S3 was too busy for the upload, each time")?;
        pauses.add(&tries);
    }
    pauses.trouble().map_or(Ok(()), |trouble| Err(Stop::Late(trouble)))
}

async fn retry_after(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::presign().error(429).retry_after(WAIT).times(1));
    let upload = again(case, &file).await?;
    let tries: Vec<&Exchange> = upload.of(Operation::Presign).take(2).collect();
    let [first, second] = tries[..] else { return Ok(()) };
    let waited = second.at.duration_since(first.at).unsigned_abs();
    let ms = waited.as_millis();
    holds!(waited >= MIN_WAIT, "Retry-After said 1 second, but the client retried after {ms}ms")
}

/// Fails unless the client retries until the upload succeeds.
async fn again(case: &TestCase<'_>, file: &File) -> Step<Upload> {
    let is_certain = |seen: &[Exchange]| seen.len() > 2 * MAX_ATTEMPTS;
    let upload = case.upload_until(file, &is_certain).await?;
    ensure_done(case, &upload, file)?;
    Ok(upload)
}
