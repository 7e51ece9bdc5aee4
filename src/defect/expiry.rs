//! Defects of URL expiry. The conformance checks `expiry/…` detect them.

use std::time::Duration;

use super::{
    Defect,
    mutation::{accept_mismatch, begin, end},
};
use crate::s3::{
    Refusal, Times,
    sigv4::{self, Query},
};

pub(super) static DEFECTS: &[Defect] = &[
    Defect {
        id: "lives-two-hours",
        title: "presigned URLs live twice as long as they say",
        right: "PUT 61 minutes after the presign -> 403 `Request has expired`",
        wrong: "-> 200",
        check: "expiry/after",
        mutations: || {
            vec![begin(|asked, right| match &right {
                Err(Refusal::Expired { expires, times: Times { expires_at, server, .. } })
                    if server.duration_since(*expires_at).as_secs() <= i64::from(*expires) =>
                {
                    asked.again_at(*expires_at)
                }
                _ => right,
            })]
        },
    },
    Defect {
        id: "dies-early",
        title: "presigned URLs live half as long as they say",
        right: "PUT 59 minutes after the presign -> 200",
        wrong: "-> 403 `Request has expired`",
        check: "expiry/before",
        mutations: || {
            vec![begin(|asked, right| {
                let accepted = right?;
                let query = asked.request.query;
                let expires = Query::parse(query).get("X-Amz-Expires").and_then(|text| text.parse().ok());
                if let (Some(end), Some::<i64>(expires)) = (sigv4::end_of(query), expires)
                    && end.as_second() - asked.now.as_second() < expires - expires / 2
                {
                    return asked.again_at(end.saturating_add(Duration::from_secs(1)).unwrap_or(end));
                }
                Ok(accepted)
            })]
        },
    },
    Defect {
        id: "expires-edited",
        title: "accepts a URL with an edited `X-Amz-Expires`",
        right: "PUT to a URL with an edited `X-Amz-Expires` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "expiry/edited",
        mutations: || {
            vec![accept_mismatch(|asked| {
                let url = asked.world.issued.by_signature(asked.request)?;
                // S3 checks the edited expiry before the signature.
                let end = sigv4::end_of(Some(&url.query)).unwrap_or(asked.now);
                Some(asked.again_with_query(&url.query, asked.now.min(end)))
            })]
        },
    },
    Defect {
        id: "expired-stores",
        title: "answers 403 to an expired URL, and stores the file",
        right: "PUT to an expired URL -> 403; nothing is stored",
        wrong: "-> 403; the file is stored",
        check: "expiry/after",
        mutations: || {
            vec![
                begin(|asked, right| match &right {
                    Err(Refusal::Expired { times, .. }) if asked.is_put() => {
                        asked.again_at(times.expires_at).or(right)
                    }
                    _ => right,
                }),
                end(|asked, right| match asked.s3.begin(asked.request, asked.now) {
                    Err(expired @ Refusal::Expired { .. }) => Err(expired.into()),
                    _ => right,
                }),
            ]
        },
    },
];
