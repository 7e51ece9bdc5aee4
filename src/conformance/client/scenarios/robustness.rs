//! Answers that are none: the client ends with an error in time, and never with a false success.

use proptest::prelude::*;

use super::{ClientCheck, ensure_failed, plain_file, quick_file};
use crate::{
    Fault,
    conformance::{checks::must, client::test_case::TestCase, outcome::Step, strategy::File},
};

const NO_ANSWER: &str = "The spec: the answer is JSON; S3, PutObject: 200 with the ETag of what was stored";

/// So many exchanges are enough to see that there is no end.
const MOST: usize = 24;

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        must("robustness/html", "A proxy's page in place of S3's answer is no success", NO_ANSWER)
            .put(
                (plain_file(), prop_oneof![3 => Just(200), 1 => Just(502)]),
                async |case: &TestCase<'_>, (file, status)| html(case, Side::S3, file, status).await,
                "Take an upload for stored where S3's answer has the status 200, an ETag and an x-amz-request-id, and is no HTML",
            )
            .at_most(4),
        must("robustness/html-url", "A proxy's page in place of Alloy's answer is no URL", NO_ANSWER)
            .put(
                (plain_file(), prop_oneof![3 => Just(200), 1 => Just(502)]),
                async |case: &TestCase<'_>, (file, status)| html(case, Side::Alloy, file, status).await,
                "Look at status, content type and fields of Alloy's answer",
            )
            .at_most(3),
        must("robustness/truncated", "An answer that is cut short is no success", NO_ANSWER)
            .put(plain_file(), truncated, "Take an answer that is no whole JSON for none")
            .at_most(2),
        must(
            "robustness/no-answer",
            "Where S3 never answers, the client ends with an error in time",
            NO_ANSWER,
        )
        .put(
            quick_file(),
            async |case: &TestCase<'_>, file| no_answer(case, Side::S3, file).await,
            "Give each request a time-out, and each upload an end",
        )
        .at_most(1),
        must(
            "robustness/no-url",
            "Where Alloy never answers, the client ends with an error in time",
            NO_ANSWER,
        )
        .put(
            quick_file(),
            async |case: &TestCase<'_>, file| no_answer(case, Side::Alloy, file).await,
            "Give each request a time-out, and each upload an end",
        )
        .at_most(1),
    ]
}

/// Whose answer it is.
#[derive(Clone, Copy)]
enum Side {
    Alloy,
    S3,
}

impl Side {
    fn fault(self) -> Fault<()> {
        match self {
            Self::Alloy => Fault::presign(),
            Self::S3 => Fault::put(),
        }
    }

    fn request(self) -> &'static str {
        match self {
            Self::Alloy => "the request for a URL",
            Self::S3 => "the upload",
        }
    }
}

async fn html(case: &TestCase<'_>, side: Side, file: File, status: u16) -> Step {
    case.fault(side.fault().garbage(status));
    ends(case, &file, &format!("{} was answered {status} with a proxy's page", side.request())).await
}

async fn truncated(case: &TestCase<'_>, file: File) -> Step {
    case.fault(Fault::presign().truncate());
    ends(case, &file, "the answer with the URL was cut short").await
}

async fn no_answer(case: &TestCase<'_>, side: Side, file: File) -> Step {
    case.fault(side.fault().hang());
    ends(case, &file, &format!("no answer to {} ever came", side.request())).await
}

async fn ends(case: &TestCase<'_>, file: &File, what: &str) -> Step {
    let upload = case.upload_until(file, &|seen| seen.len() > MOST).await?;
    ensure_failed(&upload, what)
}
