//! Answers that are none: the client ends with an error in time, and never with a false success.

use proptest::prelude::*;

use super::{ClientCheck, ensure_failed, plain_file};
use crate::{
    Fault,
    conformance::{checks::must, client::trial::Trial, outcome::Step, strategy::File},
};

const NO_ANSWER: &str = "The spec: the answer is JSON; S3, PutObject: 200 with the ETag of what was stored";

/// So many exchanges are enough to see that there is no end.
const MOST: usize = 24;

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        must("robustness/html", "A proxy's page in place of an answer is no success", NO_ANSWER)
            .put(
                (
                    plain_file(),
                    prop_oneof![1 => Just(true), 2 => Just(false)],
                    prop_oneof![3 => Just(200), 1 => Just(502)],
                ),
                html,
                "Look at status, content type and fields of Alloy's answer, and at the ETag of S3's",
            )
            .at_most(6),
        must("robustness/truncated", "An answer that is cut short is no success", NO_ANSWER)
            .put(plain_file(), truncated, "Take an answer that is no whole JSON for none")
            .at_most(2),
        must(
            "robustness/no-answer",
            "Where no answer ever comes, the client ends with an error in time",
            NO_ANSWER,
        )
        .put((plain_file(), any::<bool>()), no_answer, "Give each request a time-out, and each upload an end")
        .at_most(1),
    ]
}

async fn html(trial: &Trial<'_>, (file, is_alloys, status): (File, bool, u16)) -> Step {
    let on = if is_alloys { Fault::presign() } else { Fault::put() };
    trial.fault(on.garbage(status));
    let whose = if is_alloys { "the request for a URL" } else { "the upload" };
    ends(trial, &file, &format!("{whose} was answered {status} with a proxy's page")).await
}

async fn truncated(trial: &Trial<'_>, file: File) -> Step {
    trial.fault(Fault::presign().truncate());
    ends(trial, &file, "the answer with the URL was cut short").await
}

async fn no_answer(trial: &Trial<'_>, (file, is_alloys): (File, bool)) -> Step {
    let on = if is_alloys { Fault::presign() } else { Fault::put() };
    trial.fault(on.hang());
    ends(trial, &file, "no answer ever came").await
}

async fn ends(trial: &Trial<'_>, file: &File, what: &str) -> Step {
    let upload = trial.upload_until(file, &|seen| seen.len() > MOST).await?;
    ensure_failed(&upload, what)
}
