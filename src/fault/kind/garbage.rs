//! `garbage`: a proxy answers in the place of the service.

use hyper::StatusCode;

use super::{Kind, primary};
use crate::{
    exchange::Operation,
    fault::{
        Effect,
        field::{Takes, Value},
        mistake::Mistake,
    },
};

/// The statuses whose answers have no content, and no page: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
const WITHOUT_CONTENT: [StatusCode; 3] =
    [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];

/// Any request can end at a proxy. Also with a 200: a login page of a hotel's network has one.
pub(super) static KIND: Kind = Kind {
    name: "garbage",
    fields: &[primary(
        "status",
        Takes::Status { least: 200 },
        "504",
        "the status, from 200 to 599, of an answer that has content; without it, 502",
    )],
    operations: &Operation::ALL,
    met: "An HTML page, as proxies and load balancers write them, in place of JSON or XML. The request took no effect.",
    example: "presign:nth=1:garbage=504",
    read: |values| Effect::Garbage { status: values.status("status").unwrap_or(StatusCode::BAD_GATEWAY) },
    write: |effect| {
        let Effect::Garbage { status } = effect else { return Vec::new() };
        if *status == StatusCode::BAD_GATEWAY { Vec::new() } else { vec![("status", Value::Status(*status))] }
    },
    check: |effect| {
        let Effect::Garbage { status } = effect else { return None };
        WITHOUT_CONTENT.contains(status).then(|| {
            let what = format!("`status` is `{}`, which has no content, and so no page", status.as_u16());
            Mistake::new("/status", what, "write one such as 502, 504 or 200")
        })
    },
};
