//! The expiry of URLs, on the server's own clock.

use proptest::prelude::*;

use super::{ServerCheck, ensure_not_stored, ensure_refused, must, should};
use crate::conformance::{
    Need,
    alteration::Alteration,
    outcome::{Step, assume, ensure, holds},
    session::{Presigned, Put, Session, is_refusal, said},
    strategy::{self, File},
    wire::Reply,
};

const HOUR: u64 = 3600;

const ONE_HOUR: &str = "The guide: presigned URLs expire after 1 hour; generate a new one if needed";

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must("expiry/before", "A URL is valid a second before its hour is over", ONE_HOUR)
            .right("presign, 59m59s, PUT -> 200")
            .wrong("-> 403 AccessDenied")
            .needing(&[Need::Clock])
            .ask((strategy::file(), 1..HOUR), before),
        should(
            "expiry/at",
            "A URL is valid in the last second of its hour",
            "S3: a request is refused once the time is after X-Amz-Date and X-Amz-Expires",
        )
        .right("presign, 1h, PUT -> 200")
        .wrong("-> 403 AccessDenied")
        .needing(&[Need::Clock])
        .ask(strategy::file(), at),
        must("expiry/after", "A URL gets AccessDenied after its hour", ONE_HOUR)
            .right("presign, 1h1s, PUT -> 403 AccessDenied; list -> no files")
            .wrong("-> 200; list -> the file")
            .needing(&[Need::Clock])
            .ask((strategy::file(), HOUR + 1..3 * HOUR), after),
        must("expiry/renewed", "A new URL works after the hour", ONE_HOUR)
            .right("presign, 61m, presign, PUT -> 200")
            .wrong("-> 403 AccessDenied")
            .needing(&[Need::Clock])
            .ask((strategy::file(), HOUR + 1..3 * HOUR), renewed),
        must(
            "expiry/edited",
            "A URL with an edited expiry is refused",
            "S3, SigV4: the signature covers every parameter, X-Amz-Expires and X-Amz-Date among them",
        )
        .right("PUT with X-Amz-Expires=7200 in place of 3600 -> 403 SignatureDoesNotMatch")
        .wrong("-> 200")
        .ask((strategy::file(), edited_expiry()), edited),
    ]
}

async fn put_after(session: &Session, file: &File, seconds: u64) -> Step<(Presigned, Reply)> {
    session.freeze().await?;
    let presigned = session.first_url(file).await?;
    session.advance(seconds).await?;
    let reply = session.put(&presigned, Put::of(file)).await?;
    Ok((presigned, reply))
}

async fn before(session: &Session, (file, seconds): (File, u64)) -> Step {
    let (_, reply) = put_after(session, &file, seconds).await?;
    holds!(reply.status.is_success(), "a PUT {seconds} seconds after its URL was answered {}", said(&reply))
}

async fn at(session: &Session, file: File) -> Step {
    before(session, (file, HOUR)).await
}

async fn after(session: &Session, (file, seconds): (File, u64)) -> Step {
    let (presigned, reply) = put_after(session, &file, seconds).await?;
    let what = format!("a PUT {seconds} seconds after its URL was handed out");
    ensure_refused(&reply, &what, 403, "AccessDenied")?;
    ensure_not_stored(session, &presigned).await
}

async fn renewed(session: &Session, (file, seconds): (File, u64)) -> Step {
    let (presigned, reply) = put_after(session, &file, seconds).await?;
    assume!(is_refusal(reply.status), "the expired URL was answered {}", said(&reply));
    assume!(!session.lists(&presigned).await?, "the expired URL's file is stored");
    let fresh = session.new_url(&presigned.user, &file).await?;
    let reply = session.put(&fresh, Put::of(&file)).await?;
    holds!(reply.status.is_success(), "a PUT to the new URL was answered {}", said(&reply))
}

fn edited_expiry() -> impl Strategy<Value = Alteration> + Send + Sync {
    let expires =
        (HOUR + 1..=604_800).prop_map(|seconds| Alteration::Set("X-Amz-Expires", seconds.to_string()));
    let drop = Just(Alteration::Drop("X-Amz-Expires"));
    prop_oneof![4 => expires, 1 => drop]
}

async fn edited(session: &Session, (file, alteration): (File, Alteration)) -> Step {
    let presigned = session.first_url(&file).await?;
    let reply = session.put(&presigned, Put::of(&file).altered(alteration.clone())).await?;
    ensure!(is_refusal(reply.status), "a URL with {alteration} was answered {}", said(&reply));
    ensure_not_stored(session, &presigned).await
}
