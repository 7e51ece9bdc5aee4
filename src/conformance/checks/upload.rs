//! The PUT to a presigned URL: stored bytes, overwrites, and refused uploads.

use bytes::Bytes;
use hyper::header;
use proptest::sample::select;

use super::{ServerCheck, must, other_than, signs};
use crate::conformance::{
    outcome::{Step, assume, ensure, holds, offered},
    session::{Presigned, Put, Session, header_of, is_refusal, said},
    strategy::{self, File, Md5Form},
    wire::Body,
};

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must(
            "upload/round-trip",
            "The stored bytes are the uploaded bytes",
            "The guide: MD5 verification ensures file integrity",
        )
        .right("PUT of 1,000 bytes -> 200; list -> \"size\": 1000")
        .wrong("-> 200; list -> \"size\": 999")
        .ask(strategy::file(), round_trip),
        must(
            "upload/etag",
            "An upload gets 200, with the MD5 as its ETag",
            "S3, PutObject: the ETag of an object in one part is the MD5 of its content, in quotes",
        )
        .right("PUT of `hello` -> 200, ETag: \"5d41402abc4b2a76b9719d911017c592\"")
        .wrong("-> 200, ETag: \"XUFAKrxLKna5cZ2REBfFkg==\"")
        .ask(strategy::file(), etag),
        must(
            "upload/empty-file",
            "An empty file can be uploaded",
            "S3, PutObject: a Content-Length of 0 stores an empty object",
        )
        .right("PUT with Content-Length: 0 -> 200; list -> \"size\": 0")
        .wrong("-> 411 MissingContentLength")
        .ask(strategy::file(), empty_file),
        must(
            "upload/content-type",
            "An unsigned Content-Type may be any, or missing",
            "S3, SigV4: a header that is not signed is not compared; Content-Type becomes the object's",
        )
        .right("PUT with Content-Type: text/html, not signed -> 200")
        .wrong("-> 403 SignatureDoesNotMatch")
        .ask((strategy::file(), select(vec![None, Some("text/html"), Some("image/gif")])), content_type),
        must(
            "upload/reuse",
            "A URL can be used again until it expires",
            "S3, presigned URLs: a URL can be used multiple times, up to its expiration",
        )
        .right("PUT, the same PUT again -> 200, 200")
        .wrong("-> 200, 403")
        .ask(strategy::file(), reuse),
        must(
            "upload/overwrite",
            "Another file of the same name replaces the first",
            "S3, PutObject: an object that is there already is overwritten; the guide's pattern has no counter",
        )
        .right("upload of `a.txt`, upload of other content as `a.txt`; list -> the second file's size")
        .wrong("-> the first file's size")
        .ask((strategy::file(), strategy::content()), overwrite),
        must(
            "upload/failed-overwrite",
            "A refused upload leaves the old file",
            "S3, PutObject: an object is never added or replaced in part",
        )
        .right("PUT over a file, with a wrong body -> 400 BadDigest; list -> the old file")
        .wrong("-> 400 BadDigest; list -> no files")
        .ask((strategy::file(), strategy::content()), failed_overwrite),
    ]
}

async fn round_trip(session: &Session, file: File) -> Step {
    let presigned = session.first_url(&file).await?;
    let reply = session.put(&presigned, Put::of(&file)).await?;
    ensure!(reply.status.is_success(), "the upload was answered {}", said(&reply));
    if let Some(is_stored) = session.holds(&presigned.key, &file.content).await? {
        return holds!(is_stored, "the {} bytes that were sent are not what is stored", file.content.len());
    }
    ensure_listed(session, &presigned).await
}

async fn etag(session: &Session, file: File) -> Step {
    let presigned = session.first_url(&file).await?;
    let reply = session.put(&presigned, Put::of(&file)).await?;
    ensure!(reply.status.as_u16() == 200, "the upload was answered {}, not 200", said(&reply));
    let etag = header_of(&reply, &header::ETAG).unwrap_or_default();
    let expected = format!("\"{}\"", Md5Form::Hex.of(&file.content));
    holds!(etag == expected, "the ETag is `{etag}`, not `{expected}`")
}

async fn empty_file(session: &Session, file: File) -> Step {
    let file = File { content: Bytes::new(), ..file };
    let presigned = session.first_url(&file).await?;
    let reply = session.put(&presigned, Put::of(&file)).await?;
    ensure!(reply.status.is_success(), "the upload of an empty file was answered {}", said(&reply));
    ensure_listed(session, &presigned).await
}

async fn content_type(session: &Session, (file, mime_type): (File, Option<&'static str>)) -> Step {
    let presigned = session.first_url(&file).await?;
    offered!(!signs(&presigned, "content-type"), "the URL signs Content-Type");
    let mut put = Put::content(&file.content);
    put.headers.extend(mime_type.map(|mime_type| ("content-type", mime_type.to_owned())));
    let reply = session.put(&presigned, put).await?;
    let sent = mime_type
        .map_or("without a Content-Type".to_owned(), |mime_type| format!("with Content-Type `{mime_type}`"));
    holds!(reply.status.is_success(), "a PUT {sent} was answered {}", said(&reply))
}

async fn reuse(session: &Session, file: File) -> Step {
    let presigned = session.first_upload(&file).await?;
    let reply = session.put(&presigned, Put::of(&file)).await?;
    holds!(reply.status.is_success(), "the second PUT was answered {}", said(&reply))
}

async fn overwrite(session: &Session, (file, other): (File, Bytes)) -> Step {
    let user = session.user().await?;
    let first = session.upload(&user, &file).await?;
    let other = File { content: other_than(&other, &file.content), ..file };
    let second = session.new_url(&user, &other).await?;
    offered!(first.key == second.key, "one name has two keys here");
    let reply = session.put(&second, Put::of(&other)).await?;
    ensure!(reply.status.is_success(), "the second file's upload was answered {}", said(&reply));
    if let Some(is_stored) = session.holds(&second.key, &other.content).await? {
        return holds!(is_stored, "the second file's bytes are not what is stored");
    }
    let listed = session.file(&user, &second.key).await?;
    let (size, length) = (listed.map_or(0, |file| file.size), other.content.len());
    holds!(size == length as u64, "the second file has {length} bytes, and the list says {size}")
}

async fn failed_overwrite(session: &Session, (file, other): (File, Bytes)) -> Step {
    let user = session.user().await?;
    let first = session.upload(&user, &file).await?;
    let announced = File { content: other_than(&other, &file.content), ..file.clone() };
    let second = session.new_url(&user, &announced).await?;
    offered!(first.key == second.key, "one name has two keys here");
    let put = Put::of(&announced).body(Body::whole(other_than(&announced.content, &announced.content)));
    let reply = session.put(&second, put).await?;
    assume!(is_refusal(reply.status), "a body that does not match was answered {}", said(&reply));
    let is_listed = session.lists(&first).await?;
    ensure!(is_listed, "after a refused overwrite the list does not have `{}` any more", first.key);
    let is_stored = session.holds(&first.key, &file.content).await?;
    holds!(
        is_stored != Some(false),
        "after a refused overwrite the first file's bytes are not what is stored"
    )
}

async fn ensure_listed(session: &Session, presigned: &Presigned) -> Step {
    let is_listed = session.lists(presigned).await?;
    holds!(is_listed, "the list does not have `{}` after its upload", presigned.key)
}
