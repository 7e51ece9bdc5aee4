//! `DELETE /connectors/files/{s3Key}`: the user's own files, and nobody else's.

use hyper::Method;

use super::{ServerCheck, Unauthorized, ensure_contract, must, should};
use crate::{
    conformance::{
        Need,
        outcome::{Step, assume, ensure, holds},
        session::{Session, is_refusal, path_of, said},
        strategy::{self, File},
    },
    exchange::Operation,
};

const OWNERSHIP: &str = "The guide: delete endpoint validates file ownership before deletion";

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must(
            "delete/contract",
            "The answer to a delete matches the document",
            "Alloy's reference: 200 {success: true, message: \"File deleted successfully\"}",
        )
        .right("delete -> 200 {\"success\": true, \"message\": \"File deleted successfully\"}")
        .wrong("-> 204")
        .ask(strategy::file(), contract),
        must(
            "delete/own",
            "A deleted file is not in the list",
            "The guide: files persist until explicitly deleted via the delete endpoint",
        )
        .right("upload, delete -> 200; list -> no files")
        .wrong("-> 200; list -> the file")
        .ask(strategy::file(), own),
        must("delete/foreign", "Another user's file cannot be deleted", OWNERSHIP)
            .right("upload by user 1, delete by user 2 -> 403; list of user 1 -> the file")
            .wrong("-> 200; list of user 1 -> no files")
            .needing(&[Need::Users])
            .ask(strategy::file(), foreign),
        should("delete/twice", "A second delete of a file gets 404", "This project's decision, as is usual")
            .right("delete, the same delete again -> 200, 404")
            .wrong("-> 200, 200")
            .ask(strategy::file(), twice),
        must(
            "delete/others-stay",
            "A delete removes only its own file",
            "The guide: files persist until explicitly deleted via the delete endpoint",
        )
        .right("upload of `a.txt` and `b.txt`, delete of `a.txt`; list -> `b.txt`")
        .wrong("-> no files")
        .ask((strategy::file(), strategy::filename()), others_stay),
        must(
            "delete/upload-again",
            "A deleted file can be uploaded again",
            "The guide: files persist until explicitly deleted; a presigned URL expires after 1 hour",
        )
        .right("upload, delete, upload of the same file; list -> the file")
        .wrong("-> no files")
        .ask(strategy::file(), upload_again),
        must(
            "delete/authentication",
            "A delete without a bearer token gets 401",
            "The spec: security bearerAuth; 401 `Unauthorized`",
        )
        .right("delete without Authorization -> 401; list -> the file")
        .wrong("-> 200; list -> no files")
        .ask((strategy::file(), Unauthorized::any()), authentication),
    ]
}

async fn contract(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let stored = session.upload(&user, &file).await?;
    let reply = session.delete(&user, &stored.key).await?;
    ensure!(reply.status.as_u16() == 200, "the delete was answered {}", said(&reply));
    let body: Option<serde_json::Value> = serde_json::from_slice(&reply.body).ok();
    let is_success = body.is_some_and(|body| body["success"] == true);
    ensure!(is_success, "the answer to the delete does not say `\"success\": true`");
    ensure_contract(session, Operation::Delete, &reply)
}

async fn own(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let stored = session.upload(&user, &file).await?;
    assume!(session.lists(&stored).await?, "the list does not have the file before it is deleted");
    let reply = session.delete(&user, &stored.key).await?;
    ensure!(reply.status.is_success(), "the delete was answered {}", said(&reply));
    let is_listed = session.lists(&stored).await?;
    holds!(!is_listed, "the delete was answered {}, but the list still has `{}`", said(&reply), stored.key)
}

async fn foreign(session: &Session, file: File) -> Step {
    let (one, other) = (session.user().await?, session.user().await?);
    let stored = session.upload(&one, &file).await?;
    let reply = session.delete(&other, &stored.key).await?;
    ensure!(is_refusal(reply.status), "another user's delete was answered {}", said(&reply));
    let is_listed = session.lists(&stored).await?;
    holds!(is_listed, "another user's delete was refused, but `{}` is gone", stored.key)
}

async fn twice(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let stored = session.upload(&user, &file).await?;
    session.deleted(&stored).await?;
    let second = session.delete(&user, &stored.key).await?;
    holds!(second.status.as_u16() == 404, "the second delete was answered {}, not 404", said(&second))
}

/// The other file has the same content, and differs only by its key.
async fn others_stay(session: &Session, (file, filename): (File, String)) -> Step {
    let user = session.user().await?;
    // Asked for before the other is there, so that both are `new`.
    let one = session.new_url(&user, &file).await?;
    let other = File { filename: format!("2-{filename}"), ..file.clone() };
    let two = session.given(&user, &other).await?;
    assume!(one.key != two.key, "two names have one key");
    session.store(&one, &file).await?;
    let reply = session.delete(&user, &one.key).await?;
    assume!(reply.status.is_success(), "the delete was answered {}", said(&reply));
    let is_listed = session.lists(&two).await?;
    holds!(is_listed, "`{}` was deleted, and `{}`, which was there before, is gone", one.key, two.key)
}

async fn upload_again(session: &Session, file: File) -> Step {
    let stored = session.first_upload(&file).await?;
    session.deleted(&stored).await?;
    session.store(&stored, &file).await?;
    let is_listed = session.lists(&stored).await?;
    holds!(is_listed, "the list does not have `{}` after it was uploaded again", stored.key)
}

async fn authentication(session: &Session, (file, way): (File, Unauthorized)) -> Step {
    let user = session.user().await?;
    let stored = session.upload(&user, &file).await?;
    let request = session.request(&user, Method::DELETE, &path_of(&stored.key), None);
    way.ensure_refused(session, Operation::Delete, &user, request).await?;
    let is_listed = session.lists(&stored).await?;
    holds!(is_listed, "the delete was refused, but `{}` is gone", stored.key)
}
