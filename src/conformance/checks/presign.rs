//! `POST /connectors/files/upload/request`: the answer, the key, and the URL.

use hyper::Method;
use percent_encoding::percent_decode_str;
use proptest::{option, sample::select};

use super::{ServerCheck, ensure_contract, must, should};
use crate::{
    conformance::{
        outcome::{Step, assume, ensure, holds},
        session::{PRESIGN, Session, said},
        strategy::{self, File, Md5Form, PresignRequest},
        target::text_at,
    },
    exchange::Operation,
};

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must(
            "presign/contract",
            "The answer to a presign matches the document",
            "The spec: 200 `Presigned URL generated successfully`, with md5, presignedUrl, type and s3Key",
        )
        .right("presign -> 200 with `md5`, `presignedUrl`, `type` and `s3Key`")
        .wrong("-> 200 without `s3Key`")
        .ask(strategy::presign_request(), contract),
        must(
            "presign/md5-forms",
            "`md5` is accepted as hex and base64, returned as base64",
            "The guide: the system automatically converts hex to base64 if needed",
        )
        .right("presign with a hex `md5` -> 200, \"md5\": \"4QrcOUm6Wau+VuBX8g+IPg==\"")
        .wrong("-> 200, \"md5\": \"e10adc3949ba59abbe56e057f20f883e\"")
        .ask(strategy::file(), md5_forms),
        must(
            "presign/version-prefix",
            "The path works behind a version, such as /2025-09",
            "The guide's sample code calls the path behind its version",
        )
        .right("POST /2025-09/connectors/files/upload/request -> 200")
        .wrong("-> 404")
        .ask((strategy::presign_request(), select(vec!["2025-09", "2025-06", "2026-01"])), version_prefix),
        must(
            "presign/key-pattern",
            "The key is the user's id, `_` and the name with extension",
            "The guide: file name pattern {userId}_{sanitized_filename}.{extension}",
        )
        .right("presign of `report.pdf` -> \"s3Key\": \"651eb6e11d156e0d7a42c59d_report.pdf\"")
        .wrong("-> \"s3Key\": \"report.pdf\"")
        .ask(strategy::presign_request(), key_pattern),
        should(
            "presign/key-safe",
            "The key has only safe characters, and fits S3's limit",
            "The guide: {sanitized_filename}; which characters stay is this project's decision, the length is S3's",
        )
        .right("presign of `a b?.txt` -> \"s3Key\": \"651eb6e11d156e0d7a42c59d_a_b_.txt\"")
        .wrong("-> \"s3Key\": \"651eb6e11d156e0d7a42c59d_a b?.txt\"")
        .ask((strategy::presign_request(), option::weighted(0.2, 900..3000_usize)), key_safe),
        should(
            "presign/key-stable",
            "The same name has the same key",
            "The guide: {userId}_{sanitized_filename}.{extension}, a pattern without a counter",
        )
        .right("presign of `a.txt`, twice -> `…_a.txt`, `…_a.txt`")
        .wrong("-> `…_a.txt`, `…_a-1.txt`")
        .ask((strategy::file(), strategy::some_content()), key_stable),
        must(
            "presign/url-form",
            "The URL signs Content-MD5 and host for one hour",
            "The guide: presigned URLs expire after 1 hour; S3 validates the Content-MD5 header during upload",
        )
        .right("presign -> URL with X-Amz-Expires=3600 and X-Amz-SignedHeaders=content-md5%3Bhost")
        .wrong("-> URL with X-Amz-SignedHeaders=host")
        .ask(strategy::presign_request(), url_form),
    ]
}

async fn contract(session: &Session, request: PresignRequest) -> Step {
    let user = session.user().await?;
    let reply = session.presign(&user, &request).await?;
    ensure!(reply.status.as_u16() == 200, "a good request was answered {}", said(&reply));
    for name in ["md5", "presignedUrl", "type", "s3Key"] {
        let is_there = text_at(&reply, &format!("/presignedUrl/{name}")).is_some();
        ensure!(is_there, "the answer has no text at /presignedUrl/{name}");
    }
    ensure_contract(session, Operation::Presign, &reply)
}

async fn md5_forms(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let base64 = Md5Form::Base64.of(&file.content);
    for form in [Md5Form::Hex, Md5Form::Base64] {
        let reply = session.presign(&user, &file.announce(form)).await?;
        ensure!(reply.status.is_success(), "an md5 as {form:?} was answered {}", said(&reply));
        let answered = text_at(&reply, "/presignedUrl/md5").unwrap_or_default();
        ensure!(answered == base64, "an md5 as {form:?} is answered as `{answered}`, not as `{base64}`");
    }
    Ok(())
}

async fn version_prefix(session: &Session, (wanted, version): (PresignRequest, &'static str)) -> Step {
    let user = session.user().await?;
    let bare = session.presign(&user, &wanted).await?;
    assume!(bare.status.is_success(), "the bare path was answered {}", said(&bare));
    let body = session.presign_body(&user, &wanted);
    let request = session.request(&user, Method::POST, &format!("/{version}{PRESIGN}"), Some(&body));
    let reply = session.ask(Operation::Presign, &user, request).await?;
    holds!(reply.status.is_success(), "behind /{version} it was answered {}", said(&reply))
}

async fn key_pattern(session: &Session, wanted: PresignRequest) -> Step {
    let user = session.user().await?;
    let key = session.url(&user, &wanted).await?.key;
    let (owner, name) = key.split_at_checked(24).unwrap_or_default();
    let is_id = owner.len() == 24 && owner.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(is_id && name.starts_with('_'), "the s3Key `{key}` does not begin with a user's id and `_`");
    if let Some(id) = &user.id {
        ensure!(owner == id, "the s3Key `{key}` begins with another id than the user's, {id}");
    }
    if let Some(extension) = extension(&wanted.filename) {
        let has_it = key.ends_with(&format!(".{extension}"));
        ensure!(has_it, "the s3Key `{key}` does not end with .{extension}, as the filename does");
    }
    Ok(())
}

/// Returns the extension of a name, if it is a plain one.
fn extension(filename: &str) -> Option<&str> {
    let (stem, extension) = filename.rsplit_once('.')?;
    let is_plain = extension.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !extension.is_empty();
    (is_plain && stem.chars().any(char::is_alphanumeric)).then_some(extension)
}

async fn key_safe(session: &Session, (wanted, longer): (PresignRequest, Option<usize>)) -> Step {
    let user = session.user().await?;
    let filename = match longer {
        Some(length) => format!("{}{}", "n".repeat(length), wanted.filename),
        None => wanted.filename.clone(),
    };
    let key = session.url(&user, &PresignRequest { filename, ..wanted }).await?.key;
    let odd = key.chars().find(|one| !(one.is_ascii_alphanumeric() || "._-".contains(*one)));
    ensure!(odd.is_none(), "the s3Key `{key}` has the character {:?}", odd.unwrap_or_default());
    holds!(key.len() <= 1024, "the s3Key has {} bytes, and S3 takes 1,024", key.len())
}

async fn key_stable(session: &Session, (file, content): (File, bytes::Bytes)) -> Step {
    let user = session.user().await?;
    let one = session.announce(&user, &file).await?;
    let other = session.announce(&user, &File { content, ..file }).await?;
    holds!(one.key == other.key, "one name has two keys: `{}` and `{}`", one.key, other.key)
}

async fn url_form(session: &Session, wanted: PresignRequest) -> Step {
    let user = session.user().await?;
    let presigned = session.url(&user, &wanted).await?;
    let target = &presigned.link()?.target;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parameter = |name: &str| {
        let raw = query.split('&').find_map(|one| one.strip_prefix(name)?.strip_prefix('='))?;
        percent_decode_str(raw).decode_utf8().ok()
    };
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        ensure!(parameter(name).is_some(), "the URL has no {name}");
    }
    let expires = parameter("X-Amz-Expires").unwrap_or_default();
    ensure!(expires == "3600", "X-Amz-Expires is {expires}, not the 3600 seconds of an hour");
    let signed = parameter("X-Amz-SignedHeaders").unwrap_or_default();
    for name in ["content-md5", "host"] {
        let is_signed = signed.split(';').any(|one| one == name);
        ensure!(is_signed, "X-Amz-SignedHeaders is `{signed}`, without {name}");
    }
    let path = percent_decode_str(path).decode_utf8_lossy();
    let names_key = path.ends_with(&format!("/{}", presigned.key));
    holds!(names_key, "the URL's path `{path}` does not end with the s3Key `{}`", presigned.key)
}
