//! `GET /connectors/files/list`: all files of the user, and their fields.

use hyper::{Method, header};
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};

use super::{ServerCheck, Unauthorized, ensure_contract, must};
use crate::{
    conformance::{
        Need,
        outcome::{Step, Stop, assume, ensure, holds},
        session::{Listed, Presigned, Put, Session, header_of, listed, said},
        strategy::{self, File},
    },
    exchange::Operation,
};

const LISTED: &str = "Alloy's reference: 200 {files: [{s3Key, filename, size, lastModified}]}";

/// Tolerance between the list's time and the `Date` of the upload's answer.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must("list/contract", "The list matches the document", LISTED)
            .right("list -> 200 {\"files\": [{\"s3Key\", \"filename\", \"size\", \"lastModified\"}]}")
            .wrong("-> 200 [{\"s3Key\", \"filename\", \"size\", \"lastModified\"}]")
            .ask(strategy::files(0..4), contract),
        must(
            "list/complete",
            "The list has each stored file once, and no other",
            "The guide: you can verify your uploaded files using the List Files endpoint",
        )
        .right("upload of `a.txt` and `b.txt`, presign of `c.txt`; list -> `a.txt`, `b.txt`")
        .wrong("-> `a.txt`, `b.txt`, `c.txt`")
        .ask(strategy::files(0..5), complete),
        must(
            "list/own-only",
            "The list has no file of another user",
            "The guide: list endpoint only returns files for the authenticated user",
        )
        .right("upload by user 1; list of user 2 -> no files")
        .wrong("-> user 1's file")
        .needing(&[Need::Users])
        .ask(strategy::file(), own_only),
        must("list/sizes", "`size` is the number of bytes", LISTED)
            .right("upload of `ü` in UTF-8; list -> \"size\": 2")
            .wrong("-> \"size\": 1")
            .ask(strategy::file(), sizes),
        must(
            "list/filenames",
            "`filename` is the key without the user's id and `_`",
            "Alloy's reference: filename without the user-id prefix",
        )
        .right("list -> \"filename\": \"a.txt\"")
        .wrong("-> \"filename\": \"651eb6e11d156e0d7a42c59d_a.txt\"")
        .ask(strategy::file(), filenames),
        must("list/times", "`lastModified` is the end of the upload, in RFC 3339", LISTED)
            .right("list -> \"lastModified\": \"2026-01-02T03:04:05.000Z\"")
            .wrong("-> \"lastModified\": \"2026-01-02T03:04:05.000\"")
            .ask(strategy::file(), times),
        must(
            "list/authentication",
            "A list without a bearer token gets 401",
            "The spec: security bearerAuth; 401 `Unauthorized`",
        )
        .right("list without Authorization -> 401")
        .wrong("-> 200 {\"files\": []}")
        .ask(Unauthorized::any(), authentication),
    ]
}

async fn contract(session: &Session, files: Vec<File>) -> Step {
    let user = session.user().await?;
    for file in &files {
        session.upload(&user, file).await?;
    }
    let reply = session.list(&user).await?;
    ensure!(reply.status.as_u16() == 200, "the list was answered {}", said(&reply));
    let is_list = listed(&reply).is_some();
    ensure!(is_list, "the list is not of the form {{files: [{{s3Key, filename, size, lastModified}}]}}");
    ensure_contract(session, Operation::List, &reply)
}

async fn complete(session: &Session, files: Vec<File>) -> Step {
    let user = session.user().await?;
    let mut uploaded = Vec::new();
    for file in &files {
        uploaded.push(session.upload(&user, file).await?.key);
    }
    uploaded.sort();
    let whole = uploaded.len();
    uploaded.dedup();
    assume!(uploaded.len() == whole, "two names have one key");
    let listed = session.files(&user).await?;
    for key in &uploaded {
        let times = listed.iter().filter(|file| file.key == *key).count();
        ensure!(times == 1, "`{key}` was uploaded, and the list of {} has it {times} times", listed.len());
    }
    // `list/own-only` checks other users' files; without users, older files may exist.
    if let Some(id) = &user.id {
        let unknown = listed.iter().find(|file| file.key.starts_with(id) && !uploaded.contains(&file.key));
        let key = unknown.map_or("", |file| &file.key);
        ensure!(unknown.is_none(), "the list has `{key}`, which was never uploaded");
    }
    Ok(())
}

async fn own_only(session: &Session, file: File) -> Step {
    let (one, other) = (session.user().await?, session.user().await?);
    let stored = session.upload(&one, &file).await?;
    let seen = session.file(&other, &stored.key).await?;
    holds!(seen.is_none(), "the list of one user has `{}`, which is another's", stored.key)
}

async fn sizes(session: &Session, file: File) -> Step {
    let stored = session.first_upload(&file).await?;
    let is_whole = session.holds(&stored.key, &file.content).await?;
    assume!(is_whole != Some(false), "what is stored is not what was sent");
    let (size, length) = (entry(session, &stored).await?.size, file.content.len());
    holds!(size == length as u64, "a file of {length} bytes has the size {size}")
}

async fn filenames(session: &Session, file: File) -> Step {
    let stored = session.first_upload(&file).await?;
    let filename = entry(session, &stored).await?.filename;
    let expected = stored.key.split_once('_').map_or("", |(_, name)| name);
    holds!(filename == expected, "`{}` has the filename `{filename}`, not `{expected}`", stored.key)
}

async fn times(session: &Session, file: File) -> Step {
    let presigned = session.first_url(&file).await?;
    let reply = session.put(&presigned, Put::of(&file)).await?;
    assume!(reply.status.is_success(), "the upload was answered {}", said(&reply));
    let text = entry(session, &presigned).await?.last_modified;
    let no_time = || Stop::Failed(format!("lastModified is `{text}`, not a time in RFC 3339"));
    let time: Timestamp = text.parse().map_err(|_| no_time())?;
    let date = header_of(&reply, &header::DATE).and_then(|date| rfc2822::parse(date).ok());
    let Some(date) = date else { return Ok(()) };
    let apart = time.duration_since(date.timestamp()).abs();
    holds!(apart <= TOLERANCE, "lastModified is {text}, and the upload's answer was of {date}")
}

async fn authentication(session: &Session, way: Unauthorized) -> Step {
    let user = session.user().await?;
    let request = session.request(&user, Method::GET, "/connectors/files/list", None);
    way.ensure_refused(session, Operation::List, &user, request).await
}

/// Returns a file's entry in its user's list; without one, the case is given up.
async fn entry(session: &Session, stored: &Presigned) -> Step<Listed> {
    let listed = session.file(&stored.user, &stored.key).await?;
    listed.ok_or_else(|| Stop::Blocked("the list does not have the file".to_owned()))
}
