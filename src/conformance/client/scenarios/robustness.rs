//! Invalid answers: the client fails in time, and never reports a false success.

use proptest::prelude::*;

use super::{ClientCheck, ensure_done, ensure_failed, plain_file, quick_file};
use crate::{
    Fault,
    conformance::{check::must, client::test_case::TestCase, outcome::Step, strategy::File},
};

const NO_ANSWER: &str = "The spec: the answer is JSON; S3, PutObject: 200 with the ETag of what was stored";

const TIME_OUT: &str = "Give each request a time-out, and each upload an end";

/// So many exchanges are enough to see that the client does not end.
const MAX_EXCHANGES: usize = 24;

pub(super) fn checks() -> Vec<ClientCheck> {
    let status = || prop_oneof![3 => Just(200), 1 => Just(502)];
    vec![
        must(
            "robustness/html",
            "A proxy's page in place of S3's answer is not success",
            NO_ANSWER,
        )
        .right("PUT -> 200, text/html; the client fails")
        .wrong("PUT -> 200, text/html; the client prints a key")
        .put(
            (plain_file(), status()),
            async |case: &TestCase<'_>, (file, status): (File, u16)| {
                let what = format!("the upload was answered {status} with a proxy's page");
                ends(case, &file, Fault::put().garbage(status), &what).await
            },
            "Count an upload as stored only if S3's answer has the status 200, an ETag and an x-amz-request-id, and is not HTML",
        )
        .at_most(4),
        must(
            "robustness/html-url",
            "A proxy's page in place of Alloy's answer is not a URL",
            NO_ANSWER,
        )
        .right("presign -> 200, text/html; the client fails")
        .wrong("presign -> 200, text/html; the client prints a key")
        .put(
            (plain_file(), status()),
            async |case: &TestCase<'_>, (file, status): (File, u16)| {
                let what = format!("the request for a URL was answered {status} with a proxy's page");
                ends(case, &file, Fault::presign().garbage(status), &what).await
            },
            "Check status, content type and fields of Alloy's answer",
        )
        .at_most(3),
        must(
            "robustness/opaque-etag",
            "An ETag that is not the file's MD5 is not a failure",
            "S3, Object: the ETag of an object that is encrypted with SSE-KMS is not an MD5 of its data",
        )
        .right("PUT -> 200, with another ETag; the client prints the key")
        .wrong("PUT -> 200, with another ETag; the client fails")
        .put(
            plain_file(),
            async |case: &TestCase<'_>, file: File| {
                case.use_opaque_etags().await?;
                let upload = case.upload(&file).await?;
                ensure_done(case, &upload, &file).map(|_| ())
            },
            "Compare an ETag with the MD5 only if x-amz-server-side-encryption does not begin with aws:kms, or not at all",
        )
        .at_most(2),
        must(
            "robustness/truncated",
            "An answer that is cut short is not success",
            NO_ANSWER,
        )
        .right("presign -> half of its JSON; the client fails")
        .wrong("presign -> half of its JSON; the client prints a key")
        .put(
            plain_file(),
            async |case: &TestCase<'_>, file: File| {
                ends(case, &file, Fault::presign().truncate(), "the answer with the URL was cut short").await
            },
            "Treat an answer without complete JSON as a failure",
        )
        .at_most(2),
        must(
            "robustness/no-answer",
            "If S3 never answers, the client fails in time",
            NO_ANSWER,
        )
        .right("PUT -> no answer for 10s; the client fails")
        .wrong("PUT -> no answer; the client waits")
        .put(
            quick_file(),
            async |case: &TestCase<'_>, file: File| {
                ends(case, &file, Fault::put().hang(), "no answer to the upload ever came").await
            },
            TIME_OUT,
        )
        .at_most(1),
        must(
            "robustness/no-url",
            "If Alloy never answers, the client fails in time",
            NO_ANSWER,
        )
        .right("presign -> no answer for 10s; the client fails")
        .wrong("presign -> no answer; the client waits")
        .put(
            quick_file(),
            async |case: &TestCase<'_>, file: File| {
                let what = "no answer to the request for a URL ever came";
                ends(case, &file, Fault::presign().hang(), what).await
            },
            TIME_OUT,
        )
        .at_most(1),
    ]
}

/// Fails unless the client ends with an error in spite of a fault.
async fn ends(case: &TestCase<'_>, file: &File, fault: Fault, what: &str) -> Step {
    case.fault(fault);
    let upload = case.upload_until(file, &|seen| seen.len() > MAX_EXCHANGES).await?;
    ensure_failed(&upload, what)
}
