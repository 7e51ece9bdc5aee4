//! `error`: the service says no.

use super::{Kind, field, primary};
use crate::{
    exchange::{Operation, S3Code, nearest},
    fault::{
        Effect, Failure,
        field::{Takes, Value},
        mistake::{Mistake, quoted},
    },
};

/// Any request can be refused. A code of S3's brings its status; any other needs one.
pub(super) static KIND: Kind = Kind {
    name: "error",
    fields: &[
        primary(
            "status",
            Takes::Status { least: 300 },
            "429",
            "the status, from 300 to 599; without it, the code's",
        ),
        primary(
            "code",
            Takes::Code,
            "SlowDown",
            "S3's code; without it, one that goes with the status. Alloy's errors have none",
        ),
        field(
            "message",
            Takes::Text { most: 1024, empty: true },
            "Busy",
            "the message; without it, the usual one",
        ),
        field("retry_after", Takes::Seconds, "1s", "what `Retry-After` says; without it, there is none"),
    ],
    operations: &Operation::ALL,
    met: "An error in the side's own form: Alloy's JSON or S3's XML. The request took no effect.",
    example: "put:times=2:error=SlowDown",
    read: |values| {
        Effect::Error(Failure {
            status: values.status("status"),
            code: values.text("code"),
            message: values.text("message"),
            retry_after: values.duration("retry_after"),
        })
    },
    write: |effect| {
        let Effect::Error(failure) = effect else { return Vec::new() };
        let text = |text: &Option<String>| text.clone().map(Value::Text);
        [
            ("status", failure.status.map(Value::Status)),
            ("code", text(&failure.code)),
            ("message", text(&failure.message)),
            ("retry_after", failure.retry_after.map(Value::Duration)),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
    },
    check: |effect| {
        let Effect::Error(failure) = effect else { return None };
        match (&failure.status, &failure.code) {
            (None, None) => {
                let remedy = "write a status such as 503, or a code such as SlowDown";
                Some(Mistake::new("", "`error` has neither `status` nor `code`", remedy))
            }
            (None, Some(code)) if S3Code::find(code).is_none() => {
                let remedy = nearest(code, S3Code::ALL.iter().map(|known| known.name()), 4).map_or_else(
                    || "write one of S3's, such as SlowDown, or a `status` with it".to_owned(),
                    |near| format!("did you mean `{near}`? A code of another name needs a `status`"),
                );
                let what = format!("`code` is `{}`, which S3 does not have", quoted(code));
                Some(Mistake::new("/code", what, remedy))
            }
            _ => None,
        }
    },
};
