//! An upload without faults.

use proptest::arbitrary::any;
use serde_json::Value;

use super::{ClientCheck, count, ensure_done, header, odd_file, plain_file};
use crate::{
    Fault,
    conformance::{
        check::{must, should},
        client::test_case::{TestCase, Upload},
        outcome::{Step, ensure, holds},
        strategy::{File, Md5Form},
    },
    exchange::{Exchange, Message, Operation},
};

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        must(
            "upload/bytes",
            "The stored bytes are the file",
            "The guide: MD5 verification ensures file integrity",
        )
        .right("PUT with the bytes of the file")
        .wrong("PUT with other line ends than the file has")
        .put(plain_file(), bytes, "Read the file as bytes, and send them as the body as they are"),
        must(
            "upload/md5",
            "The MD5 is the file's, and base64 in Content-MD5",
            "The guide: calculate the MD5 hash of your file; S3 validates Content-MD5 header during upload",
        )
        .right("PUT of `hello` with Content-MD5: XUFAKrxLKna5cZ2REBfFkg==")
        .wrong("PUT of `hello` with Content-MD5: 5d41402abc4b2a76b9719d911017c592")
        .put(plain_file(), md5, "Hash the file's bytes; send the answer's md5 as Content-MD5"),
        must(
            "upload/url-as-given",
            "The presigned URL is used unchanged",
            "S3, SigV4: the signature covers the path and every parameter",
        )
        .right("PUT {presignedUrl}")
        .wrong("PUT {presignedUrl}&x-id=PutObject")
        .put(
            plain_file(),
            url_as_given,
            "Pass the URL to the HTTP client unchanged: do not decode, rebuild or sort it",
        ),
        must(
            "upload/headers",
            "A presign has all required headers",
            "The spec: bearerAuth, x-api-version is required; Alloy's reference: x-alloy-userid",
        )
        .right("presign with Authorization: Bearer …, x-api-version, x-alloy-userid and Content-Type")
        .wrong("presign without x-api-version")
        .put(plain_file(), headers, "Send all four with every call of Alloy's side"),
        must(
            "upload/no-key-to-s3",
            "The API key is sent to Alloy, not to S3",
            "S3: only one auth mechanism is allowed",
        )
        .right("PUT with Content-MD5 and Content-Type")
        .wrong("PUT with Content-MD5, Content-Type and Authorization: Bearer …")
        .put(plain_file(), no_key_to_s3, "Use a client without default headers for the PUT"),
        must(
            "upload/content-length",
            "The PUT has Content-Length, not Transfer-Encoding",
            "S3: Transfer-Encoding implies functionality that is not implemented",
        )
        .right("PUT with Content-Length: 11")
        .wrong("PUT with Transfer-Encoding: chunked")
        .put(plain_file(), content_length, "Give the HTTP client bytes, or a stream with its length"),
        must(
            "upload/honest",
            "The printed key is the returned one, and the file is there",
            "The guide: save the returned s3Key in your database for future reference",
        )
        .right("PUT -> 200; the client prints the `s3Key` of the presign's answer")
        .wrong("PUT -> 200; the client prints `a.txt`")
        .put(
            (odd_file(), any::<bool>()),
            honest,
            "Print the answer's s3Key after a 200 to the PUT; otherwise exit with a code other than 0",
        ),
        must(
            "upload/names",
            "A file of any name is announced under it, and uploaded",
            "The spec: filename, the name of the file to be uploaded",
        )
        .right("presign with \"filename\": \"a b.txt\" for the file `a b.txt`")
        .wrong("presign with \"filename\": \"a\"")
        .put(
            odd_file(),
            names,
            "Use the name unchanged: quote it for shells, and let a library write the JSON",
        ),
        should(
            "upload/mime-type",
            "The Content-Type of the PUT is the announced mimeType",
            "The guide's sample code sends the file's type as Content-Type",
        )
        .right("presign with \"mimeType\": \"text/csv\"; PUT with Content-Type: text/csv")
        .wrong("PUT with Content-Type: application/x-www-form-urlencoded")
        .put(plain_file(), mime_type, "Send the announced type as Content-Type"),
    ]
}

async fn bytes(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    ensure_done(case, &upload, &file).map(|_| ())
}

async fn md5(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    let (hex, base64) = (Md5Form::Hex.of(&file.content), Md5Form::Base64.of(&file.content));
    let presign = first(&upload, Operation::Presign)?;
    let announced = announced(presign, "md5");
    let is_right = announced.eq_ignore_ascii_case(&hex) || announced == base64;
    ensure!(is_right, "the md5 that was announced is `{announced}`, and the file's is {hex} ({base64})");
    let sent = header(first(&upload, Operation::Put)?, "content-md5").unwrap_or_default();
    holds!(sent == base64, "the PUT's Content-MD5 is `{sent}`, not `{base64}`")
}

async fn url_as_given(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    let presign = first(&upload, Operation::Presign)?;
    let given = answered(presign, "presignedUrl");
    let given =
        given.split_once("//").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or_default();
    let put = first(&upload, Operation::Put)?;
    ensure!(put.path == given, "the PUT went to `{}`, and the URL that was given is `{given}`", put.path);
    let status = put.status.unwrap_or_default();
    holds!(status != 403, "the PUT was refused with 403: {}", why(case))
}

async fn headers(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    let presign = first(&upload, Operation::Presign)?;
    let authorization = header(presign, "authorization").unwrap_or_default();
    ensure!(authorization.starts_with("Bearer "), "Authorization is `{authorization}`, without `Bearer `");
    for (name, expected) in [("x-api-version", "2025-09"), ("x-alloy-userid", upload.user.as_str())] {
        let value = header(presign, name).unwrap_or("missing");
        ensure!(value == expected, "{name} is {value}, not {expected}");
    }
    let content_type = header(presign, "content-type").unwrap_or("missing");
    let is_json = content_type.starts_with("application/json");
    holds!(is_json, "Content-Type is {content_type}, not application/json")
}

async fn no_key_to_s3(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    first(&upload, Operation::Put)?;
    let leak = case.findings().into_iter().find(|(rule, _)| *rule == "key-to-s3");
    ensure!(leak.is_none(), "{}", leak.map(|(_, message)| message).unwrap_or_default());
    let with_key = upload.of(Operation::Put).find(|put| header(put, "authorization").is_some());
    holds!(with_key.is_none(), "the PUT to S3 has an Authorization header")
}

async fn content_length(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    let put = first(&upload, Operation::Put)?;
    let encoding = header(put, "transfer-encoding");
    ensure!(encoding.is_none(), "the PUT has Transfer-Encoding: {}", encoding.unwrap_or_default());
    let (length, expected) =
        (header(put, "content-length").unwrap_or("missing"), file.content.len().to_string());
    holds!(length == expected, "the PUT's Content-Length is {length}, and the file has {expected} bytes")
}

async fn honest(case: &TestCase<'_>, (file, is_refused): (File, bool)) -> Step {
    if is_refused {
        case.fault(Fault::put().error("AccessDenied"));
        let upload = case.upload_until(&file, &|seen| count(seen, Operation::Put) > 2).await?;
        let claimed = upload.outcome.key().filter(|key| case.stored(key).is_none());
        let key = claimed.unwrap_or_default();
        return holds!(claimed.is_none(), "S3 refused the upload, but the client claims the key `{key}`");
    }
    let upload = case.upload(&file).await?;
    let Some(key) = upload.outcome.key() else { return Err(super::not_done(&upload)) };
    let answered = answered(first(&upload, Operation::Presign)?, "s3Key");
    ensure!(key == answered, "the client printed `{key}`, and the key that was answered is `{answered}`");
    ensure_done(case, &upload, &file).map(|_| ())
}

async fn names(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    let announced = announced(first(&upload, Operation::Presign)?, "filename");
    ensure!(announced == file.filename, "the file `{}` was announced as `{announced}`", file.filename);
    ensure_done(case, &upload, &file).map(|_| ())
}

async fn mime_type(case: &TestCase<'_>, file: File) -> Step {
    let upload = case.upload(&file).await?;
    let announced = announced(first(&upload, Operation::Presign)?, "mimeType");
    let sent = header(first(&upload, Operation::Put)?, "content-type").unwrap_or("missing");
    holds!(sent == announced, "the PUT's Content-Type is {sent}, and {announced} was announced")
}

/// Returns the first exchange of an operation; fails without one.
fn first(upload: &Upload, operation: Operation) -> Step<&Exchange> {
    upload.of(operation).next().ok_or_else(|| super::not_done(upload))
}

/// Returns a field of a request's body.
fn announced(presign: &Exchange, name: &str) -> String {
    text_at(&presign.request, &format!("/{name}"))
}

/// Returns a field of the answer to a presign.
fn answered(presign: &Exchange, name: &str) -> String {
    text_at(&presign.response, &format!("/presignedUrl/{name}"))
}

fn text_at(message: &Message, pointer: &str) -> String {
    let body: Option<Value> = message.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
    body.as_ref().and_then(|body| body.pointer(pointer)?.as_str()).unwrap_or_default().to_owned()
}

/// Returns the message of the last finding.
fn why(case: &TestCase<'_>) -> String {
    case.findings().pop().map(|(_, message)| message).unwrap_or_default()
}
