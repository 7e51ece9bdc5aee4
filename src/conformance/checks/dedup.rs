//! When a file is `existing`.

use bytes::Bytes;

use super::{ServerCheck, must, should};
use crate::conformance::{
    Need,
    outcome::{Step, assume, ensure, holds, offered},
    session::{Put, Session, is_refusal, said},
    strategy::{self, File, Md5Form, apart},
    target::text_at,
    wire::Body,
};

const DUPLICATES: &str =
    "The guide: the system detects duplicate files using MD5 hashes and returns type: \"existing\"";

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must(
            "dedup/new-until-stored",
            "Content is `new` until it is stored",
            DUPLICATES,
        )
        .right("presign, presign of the same content -> `new`, `new`")
        .wrong("-> `new`, `existing`")
        .ask(strategy::file(), new_until_stored),
        must(
            "dedup/existing-after",
            "Stored content is `existing`, under its key",
            DUPLICATES,
        )
        .right("upload, presign of the same content -> `existing`, with the file's `s3Key`")
        .wrong("-> `new`")
        .ask((strategy::file(), strategy::md5_form()), existing_after),
        should(
            "dedup/existing-url",
            "An `existing` answer has a presignedUrl, too",
            "The spec: 200 with md5, presignedUrl, type and s3Key: clients that take the answer apart need all four",
        )
        .right("upload, presign of the same content -> `existing`, with `presignedUrl`")
        .wrong("-> `existing`, without `presignedUrl`")
        .ask(strategy::file(), existing_url),
        must(
            "dedup/by-content",
            "Content is `existing` under another name, too",
            "The guide: automatic deduplication: MD5-based file detection",
        )
        .right("upload of `a.txt`, presign of `b.txt` with the same `md5` -> `existing`")
        .wrong("-> `new`")
        .ask((strategy::file(), strategy::filename()), by_content),
        must(
            "dedup/by-user",
            "Another user's content is `new`",
            "The guide: all files are scoped to individual users",
        )
        .right("upload by user 1, presign of the same content by user 2 -> `new`")
        .wrong("-> `existing`, with user 1's key")
        .needing(&[Need::Users])
        .ask(strategy::file(), by_user),
        must(
            "dedup/after-delete",
            "Deleted content is `new` again",
            "The guide: files persist until explicitly deleted via the delete endpoint",
        )
        .right("upload, delete, presign of the same content -> `new`")
        .wrong("-> `existing`")
        .ask(strategy::file(), after_delete),
        must(
            "dedup/after-overwrite",
            "Overwritten content is `new`, its replacement `existing`",
            DUPLICATES,
        )
        .right("upload of `a.txt`, overwrite it, presign of the first content -> `new`")
        .wrong("-> `existing`")
        .ask((strategy::file(), strategy::filename()), after_overwrite),
        must(
            "dedup/after-refusal",
            "Content whose upload was refused is `new`",
            "The guide: invalid MD5 results in upload rejection",
        )
        .right("PUT with a wrong body -> 400; presign of the same content -> `new`")
        .wrong("-> `existing`")
        .ask((strategy::file(), strategy::some_content()), after_refusal),
    ]
}

async fn new_until_stored(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    for time in ["first", "second"] {
        let kind = session.announce(&user, &file).await?.kind;
        ensure!(kind == "new", "a file that was not uploaded is `{kind}` at the {time} request");
    }
    Ok(())
}

async fn existing_after(session: &Session, (file, form): (File, Md5Form)) -> Step {
    let user = session.user().await?;
    let stored = session.upload(&user, &file).await?;
    let reply = session.presign(&user, &file.announce(form)).await?;
    assume!(reply.status.is_success(), "the second request was answered {}", said(&reply));
    let text = |name: &str| text_at(&reply, &format!("/presignedUrl/{name}")).unwrap_or_default();
    let (kind, key) = (text("type"), text("s3Key"));
    ensure!(kind == "existing", "a file that is stored is `{kind}`");
    holds!(key == stored.key, "its key is `{key}`, and it is stored under `{}`", stored.key)
}

async fn existing_url(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    session.upload(&user, &file).await?;
    let found = session.announce(&user, &file).await?;
    offered!(found.kind == "existing", "the server answers `existing` for no file");
    holds!(found.link.is_some(), "the answer `existing` has no presignedUrl")
}

async fn by_content(session: &Session, (file, filename): (File, String)) -> Step {
    let user = session.user().await?;
    let stored = session.upload(&user, &file).await?;
    let renamed = File { filename: format!("2-{filename}"), ..file };
    let found = session.announce(&user, &renamed).await?;
    ensure!(found.kind == "existing", "the same bytes under another name are `{}`", found.kind);
    holds!(
        found.key == stored.key,
        "the key answered is `{}`, where `{}` has the bytes",
        found.key,
        stored.key
    )
}

async fn by_user(session: &Session, file: File) -> Step {
    let (one, other) = (session.user().await?, session.user().await?);
    session.upload(&one, &file).await?;
    let kind = session.announce(&other, &file).await?.kind;
    holds!(kind == "new", "a file that another user has is `{kind}`")
}

async fn after_delete(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let stored = session.upload(&user, &file).await?;
    session.deleted(&stored).await?;
    let kind = session.announce(&user, &file).await?.kind;
    holds!(kind == "new", "a file that was deleted is `{kind}`")
}

async fn after_overwrite(session: &Session, (file, filename): (File, String)) -> Step {
    let user = session.user().await?;
    let first = session.upload(&user, &file).await?;
    let second = File { content: apart(&file.content, 2), ..file.clone() };
    let presigned = session.upload(&user, &second).await?;
    offered!(first.key == presigned.key, "one name has two keys here");
    let is_replaced = session.holds(&presigned.key, &second.content).await?;
    assume!(is_replaced != Some(false), "the second file of one name did not replace the first");
    let renamed = File { filename: format!("2-{filename}"), ..file };
    let kind = session.announce(&user, &renamed).await?.kind;
    holds!(kind == "new", "content that was replaced is `{kind}`")
}

async fn after_refusal(session: &Session, (file, other): (File, Bytes)) -> Step {
    let presigned = session.first_url(&file).await?;
    let put = Put::of(&file).body(Body::whole([&file.content[..], &other].concat()));
    let reply = session.put(&presigned, put).await?;
    assume!(is_refusal(reply.status), "a body that does not match was answered {}", said(&reply));
    assume!(!session.lists(&presigned).await?, "the refused upload is in the list");
    let kind = session.announce(&presigned.user, &file).await?.kind;
    holds!(kind == "new", "a file whose upload was refused is `{kind}`")
}
