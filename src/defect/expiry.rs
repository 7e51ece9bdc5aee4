//! Defects of a URL's end. The conformance checks `expiry/…` notice them.

use std::time::Duration;

use super::{Defect, Mutation, mutation::Asked};
use crate::{
    exchange::Answer,
    s3::{
        Accepted, Refusal, Rejection, Times,
        sigv4::{self, Query},
    },
};

pub(super) static DEFECTS: [Defect; 4] = [
    Defect {
        id: "lives-two-hours",
        title: "presigned URLs live twice as long as they say",
        right: "PUT 61 minutes after the presign -> 403 `Request has expired`",
        wrong: "-> 200",
        check: "expiry/after",
        mutation: || Box::new(LivesTwoHours),
    },
    Defect {
        id: "dies-early",
        title: "presigned URLs live half as long as they say",
        right: "PUT 59 minutes after the presign -> 200",
        wrong: "-> 403 `Request has expired`",
        check: "expiry/before",
        mutation: || Box::new(DiesEarly),
    },
    Defect {
        id: "expires-edited",
        title: "accepts a URL with an edited `X-Amz-Expires`",
        right: "PUT to a URL with an edited `X-Amz-Expires` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "expiry/edited",
        mutation: || Box::new(ExpiresEdited),
    },
    Defect {
        id: "expired-stores",
        title: "answers 403 to an expired URL, and stores the file",
        right: "PUT to an expired URL -> 403; nothing is stored",
        wrong: "-> 403; the file is stored",
        check: "expiry/after",
        mutation: || Box::new(ExpiredStores),
    },
];

struct LivesTwoHours;

impl Mutation for LivesTwoHours {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        match &right {
            Err(Refusal::Expired { expires, times: Times { expires_at, server, .. } })
                if server.duration_since(*expires_at).as_secs() <= i64::from(*expires) =>
            {
                asked.again_at(*expires_at)
            }
            _ => right,
        }
    }
}

struct DiesEarly;

impl Mutation for DiesEarly {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let accepted = right?;
        let expires =
            Query::parse(asked.request.query).get("X-Amz-Expires").and_then(|text| text.parse().ok());
        if let (Some(end), Some::<i64>(expires)) = (sigv4::end_of(asked.request.query), expires)
            && end.as_second() - asked.now.as_second() < expires - expires / 2
        {
            return asked.again_at(end.saturating_add(Duration::from_secs(1)).unwrap_or(end));
        }
        Ok(accepted)
    }
}

/// A URL that has expired by what it says now is refused before its signature is looked at.
struct ExpiresEdited;

impl Mutation for ExpiresEdited {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let Err(Refusal::SignatureDoesNotMatch(_)) = right else { return right };
        match asked.world.issued.by_signature(asked.request) {
            Some(url) => {
                let end = sigv4::end_of(Some(&url.query)).unwrap_or(asked.now);
                asked.again_with_query(&url.query, asked.now.min(end))
            }
            None => right,
        }
    }
}

struct ExpiredStores;

impl Mutation for ExpiredStores {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        match &right {
            Err(Refusal::Expired { times, .. }) if asked.is_put() => {
                asked.again_at(times.expires_at).or(right)
            }
            _ => right,
        }
    }

    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        match asked.s3.begin(asked.request, asked.now) {
            Err(expired @ Refusal::Expired { .. }) => Err(expired.into()),
            _ => right,
        }
    }
}
