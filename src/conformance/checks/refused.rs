//! Requests for a URL and uploads that are refused. A refused upload is answered as S3 does, and not stored.

use bytes::Bytes;
use hyper::{Method, header};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::{
    ServerCheck, Unauthorized, ensure_not_stored, ensure_refused, is_refusal, must, other_than, said, should,
    signs,
};
use crate::{
    conformance::{
        Need,
        alteration::Alteration,
        outcome::{Step, ensure, holds, offered},
        session::{PRESIGN, Presigned, Put, Session, User},
        strategy::{self, File, Md5Form, PresignRequest},
        target::UNKNOWN_KEY,
        wire::{Body, Request},
    },
    exchange::Operation,
};

const SIGNED_HEADER: &str = "S3, SigV4: a signed header with another value breaks the signature";

/// Values of `md5` that are neither hex nor base64 of an MD5.
const BAD_MD5: [&str; 8] = [
    "",
    "d41d8cd98f00b204e9800998ecf8427",
    "d41d8cd98f00b204e9800998ecf8427e0",
    "z41d8cd98f00b204e9800998ecf8427e",
    "1B2M2Y8AsgTpgAmY7PhCf",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "not an md5",
    "*B2M2Y8AsgTpgAmY7PhCfg==",
];

/// Bodies that are not a JSON object.
const BAD_BODY: [&str; 7] = ["", "{", "[]", "null", "\"text\"", "<xml/>", "{\"filename\":}"];

pub(super) fn presigns() -> Vec<ServerCheck> {
    let wrong = vec![None, Some(Value::Null), Some(json!(7)), Some(json!(["a"])), Some(json!({}))];
    let field = (select(vec!["filename", "mimeType", "md5"]), select(wrong));
    vec![
        must(
            "presign/required-fields",
            "A missing or non-string field gets 400",
            "The spec: required filename, mimeType and md5, all strings; 400 `Invalid input`",
        )
        .right("presign without `mimeType` -> 400")
        .wrong("-> 200 with a URL")
        .ask((strategy::presign_request(), field), required_fields),
        must(
            "presign/bad-md5",
            "An `md5` that is neither hex nor base64 gets 400",
            "The guide: MD5 in either hex (32 characters) or base64 (24 characters) format",
        )
        .right("presign with \"md5\": \"abc\" -> 400")
        .wrong("-> 200 with a URL")
        .ask(
            (strategy::file(), select(BAD_MD5.map(str::to_owned).to_vec())),
            async |session, (file, md5)| {
                let user = session.user().await?;
                let wanted = PresignRequest { md5, ..File::announce(&file, Md5Form::Hex) };
                let what = format!("`{}` as md5", wanted.md5);
                refused(session, &user, session.presign_request(&user, &wanted), &what, 400).await
            },
        ),
        must(
            "presign/malformed-body",
            "A body that is not a JSON object gets 400",
            "The spec: the request body is required, a JSON object; 400 `Invalid input`",
        )
        .right("presign with the body `[]` -> 400")
        .wrong("-> 500")
        .ask(select(BAD_BODY.to_vec()), async |session, body: &'static str| {
            let user = session.user().await?;
            let mut request = session.request(&user, Method::POST, PRESIGN, Some(&Value::Null));
            request.body = Body::whole(body);
            refused(session, &user, request, &format!("`{body}` as body"), 400).await
        }),
        must(
            "presign/api-version",
            "A presign without x-api-version gets 400",
            "The spec: the header x-api-version is required; 400 `Invalid input`",
        )
        .right("presign without x-api-version -> 400")
        .wrong("-> 200 with a URL")
        .ask(strategy::presign_request(), async |session, wanted: PresignRequest| {
            let user = session.user().await?;
            let mut request = session.presign_request(&user, &wanted);
            request.headers.remove("x-api-version");
            refused(session, &user, request, "a request without it", 400).await
        }),
        must(
            "presign/authentication",
            "A presign without a bearer token gets 401",
            "The spec: security bearerAuth; 401 `Unauthorized`",
        )
        .right("presign without Authorization -> 401")
        .wrong("-> 200 with a URL")
        .ask((strategy::presign_request(), Unauthorized::any()), async |session, (wanted, way)| {
            let user = session.user().await?;
            let request = session.presign_request(&user, &wanted);
            Unauthorized::ensure_refused(way, session, Operation::Presign, &user, request).await
        }),
        must(
            "presign/unknown-key",
            "A presign with an unknown API key gets 401",
            "The spec: 401 `Unauthorized`",
        )
        .right("presign with Authorization: Bearer unknown-key -> 401")
        .wrong("-> 200 with a URL")
        .needing(&[Need::Keys])
        .ask(strategy::presign_request(), async |session, wanted: PresignRequest| {
            let user = session.user().await?;
            let mut request = session.presign_request(&user, &wanted);
            if let Ok(value) = format!("Bearer {UNKNOWN_KEY}").parse() {
                request.headers.insert(header::AUTHORIZATION, value);
            }
            refused(session, &user, request, "an unknown API key", 401).await
        }),
        should(
            "presign/empty-filename",
            "An empty filename gets 400",
            "This project's decision: a key needs a name",
        )
        .right("presign with \"filename\": \"\" -> 400")
        .wrong("-> 200, \"s3Key\": \"651eb6e11d156e0d7a42c59d_\"")
        .ask(strategy::file(), async |session, file: File| {
            let user = session.user().await?;
            let mut body = session.presign_body(&user, &file.announce(Md5Form::Hex));
            body["filename"] = json!("");
            let request = session.request(&user, Method::POST, PRESIGN, Some(&body));
            refused(session, &user, request, "an empty filename", 400).await
        }),
    ]
}

/// Fails unless a request for a URL is refused with this status.
async fn refused(session: &Session, user: &User, request: Request, what: &str, status: u16) -> Step {
    let reply = session.ask(Operation::Presign, user, request).await?;
    holds!(reply.status.as_u16() == status, "{what} was answered {}, not {status}", said(&reply))
}

async fn required_fields(
    session: &Session,
    (wanted, (field, value)): (PresignRequest, (&'static str, Option<Value>)),
) -> Step {
    let user = session.user().await?;
    let mut body = session.presign_body(&user, &wanted);
    let what = match &value {
        Some(value) => format!("a request with {value} as {field}"),
        None => format!("a request without {field}"),
    };
    if let Some(fields) = body.as_object_mut() {
        fields.remove(field);
        fields.extend(value.map(|value| (field.to_owned(), value)));
    }
    let request = session.request(&user, Method::POST, PRESIGN, Some(&body));
    refused(session, &user, request, &what, 400).await
}

pub(super) fn uploads() -> Vec<ServerCheck> {
    vec![
        must(
            "upload/wrong-body",
            "A body with another MD5 gets BadDigest, and is not stored",
            "The guide: S3 validates Content-MD5 header during upload; invalid MD5 results in upload rejection",
        )
        .right("PUT of `hallo` with the MD5 of `hello` -> 400 BadDigest; list -> no files")
        .wrong("-> 200; list -> the file")
        .ask((strategy::file(), strategy::content()), async |session, (file, other): (File, Bytes)| {
            let presigned = session.first_url(&file).await?;
            let put = Put::of(&file).body(Body::whole(other_than(&other, &file.content)));
            let what = "a PUT of other bytes than its Content-MD5 says";
            not_stored(session, &presigned, put, what, 400, "BadDigest").await
        }),
        must(
            "upload/wrong-md5-header",
            "A Content-MD5 other than the signed one is refused",
            SIGNED_HEADER,
        )
        .right("PUT with another Content-MD5 -> 403 SignatureDoesNotMatch")
        .wrong("-> 200")
        .ask((strategy::file(), strategy::some_content()), async |session, (file, other): (File, Bytes)| {
            let presigned = signing_md5(session, &file).await?;
            let put = Put::content(&other_than(&other, &file.content));
            let what = "a PUT with another Content-MD5 than the signed one";
            not_stored(session, &presigned, put, what, 403, "SignatureDoesNotMatch").await
        }),
        must(
            "upload/missing-md5",
            "A PUT without the signed Content-MD5 is refused",
            "S3, SigV4: a signed header that is missing breaks the signature",
        )
        .right("PUT without Content-MD5 -> 403 SignatureDoesNotMatch")
        .wrong("-> 200")
        .ask(strategy::file(), async |session, file: File| {
            let presigned = signing_md5(session, &file).await?;
            let put = Put { content_md5: None, ..Put::of(&file) };
            not_stored(session, &presigned, put, "a PUT without Content-MD5", 403, "SignatureDoesNotMatch").await
        }),
        must(
            "upload/altered-url",
            "An altered URL is refused",
            "S3, SigV4: the signature covers the path and every parameter",
        )
        .right("PUT with another X-Amz-Signature -> 403 SignatureDoesNotMatch")
        .wrong("-> 200")
        .ask((strategy::file(), alteration()), altered_url),
        must(
            "upload/anonymous",
            "A PUT without the URL's query gets AccessDenied",
            "The guide: users cannot access files belonging to other users; the bucket is private",
        )
        .right("PUT /alloy-user-files/651eb6e11d156e0d7a42c59d_a.txt -> 403 AccessDenied")
        .wrong("-> 200")
        .ask(strategy::file(), async |session, file: File| {
            let presigned = session.first_url(&file).await?;
            let put = Put::of(&file).altered(Alteration::NoQuery);
            not_stored(session, &presigned, put, "a PUT without the URL's query", 403, "AccessDenied").await
        }),
        must(
            "upload/wrong-method",
            "The URL is valid only for PUT",
            "S3, SigV4: the signature covers the method",
        )
        .right("POST to the presigned URL -> 403 SignatureDoesNotMatch")
        .wrong("-> 200, and the file is stored")
        .ask((strategy::file(), select(vec![Method::POST, Method::GET, Method::DELETE])), wrong_method),
    ]
}

/// Uploads with wrong headers.
pub(super) fn headers() -> Vec<ServerCheck> {
    vec![
        must(
            "upload/two-mechanisms",
            "A PUT with an Authorization header gets InvalidArgument",
            "S3: only one auth mechanism is allowed",
        )
        .right("PUT with Authorization: Bearer … -> 400 InvalidArgument")
        .wrong("-> 200")
        .ask((strategy::file(), select(vec!["Bearer", "Basic"])), async |session, (file, scheme)| {
            let presigned = session.first_url(&file).await?;
            let key = &session.target.api_key;
            let put = Put::of(&file).with("authorization", format!("{scheme} {key}"));
            let what = format!("a PUT with Authorization: {scheme}");
            not_stored(session, &presigned, put, &what, 400, "InvalidArgument").await
        }),
        must(
            "upload/unsigned-header",
            "An unsigned x-amz-* header gets AccessDenied",
            "S3, SigV4: every x-amz-* header of a request must be signed",
        )
        .right("PUT with x-amz-meta-owner: jane, not signed -> 403 AccessDenied")
        .wrong("-> 200")
        .ask(
            (strategy::file(), select(vec!["x-amz-meta-note", "x-amz-acl", "x-amz-tagging"])),
            async |session, (file, name)| {
                let presigned = session.first_url(&file).await?;
                let put = Put::of(&file).with(name, "private");
                not_stored(session, &presigned, put, &format!("a PUT with {name}"), 403, "AccessDenied").await
            },
        ),
        must(
            "upload/chunked",
            "A chunked PUT gets NotImplemented",
            "S3: Transfer-Encoding implies functionality that is not implemented",
        )
        .right("PUT with Transfer-Encoding: chunked -> 501 NotImplemented")
        .wrong("-> 200")
        .ask(strategy::file(), async |session, file: File| {
            let presigned = session.first_url(&file).await?;
            let put = Put::of(&file).body(Body::chunked(file.content));
            not_stored(session, &presigned, put, "a PUT in chunks", 501, "NotImplemented").await
        }),
        must(
            "upload/no-length",
            "A PUT without Content-Length gets MissingContentLength",
            "S3: you must provide the Content-Length HTTP header",
        )
        .right("PUT without Content-Length -> 411 MissingContentLength")
        .wrong("-> 200, with an empty file")
        .ask(strategy::file(), async |session, file: File| {
            let file = File { content: Bytes::new(), ..file };
            let presigned = session.first_url(&file).await?;
            let reply = session.put(&presigned, Put::of(&file).body(Body::none())).await?;
            ensure_refused(&reply, "a PUT without Content-Length", 411, "MissingContentLength")
        }),
    ]
}

/// Fails unless S3 refuses a PUT with this status and code, and does not store it.
async fn not_stored(
    session: &Session,
    presigned: &Presigned,
    put: Put,
    what: &str,
    status: u16,
    code: &str,
) -> Step {
    let reply = session.put(presigned, put).await?;
    ensure_refused(&reply, what, status, code)?;
    ensure_not_stored(session, presigned).await
}

/// Requests a URL that signs Content-MD5.
async fn signing_md5(session: &Session, file: &File) -> Step<Presigned> {
    let presigned = session.first_url(file).await?;
    offered!(signs(&presigned, "content-md5"), "the URL does not sign Content-MD5");
    Ok(presigned)
}

/// Changes every part of the URL except its expiry, which is another theme's.
fn alteration() -> impl Strategy<Value = Alteration> + Send + Sync {
    let credential = "AKIDOFNOBODY%2F20260101%2Fus-east-1%2Fs3%2Faws4_request";
    select(vec![
        Alteration::Signature,
        Alteration::Path,
        Alteration::Set("X-Amz-SignedHeaders", "host".to_owned()),
        Alteration::Set("X-Amz-Credential", credential.to_owned()),
        Alteration::Set("X-Amz-Algorithm", "AWS4-HMAC-SHA1".to_owned()),
        Alteration::Drop("X-Amz-Signature"),
        Alteration::Drop("X-Amz-Date"),
        Alteration::Drop("X-Amz-Credential"),
        Alteration::Drop("X-Amz-SignedHeaders"),
    ])
}

async fn altered_url(session: &Session, (file, alteration): (File, Alteration)) -> Step {
    let presigned = session.first_url(&file).await?;
    let target = &presigned.link()?.target;
    offered!(alteration.of(target) != *target, "the URL as it is has {alteration}");
    let reply = session.put(&presigned, Put::of(&file).altered(alteration.clone())).await?;
    ensure!(is_refusal(reply.status), "a URL with {alteration} was answered {}", said(&reply));
    ensure_not_stored(session, &presigned).await
}

async fn wrong_method(session: &Session, (file, method): (File, Method)) -> Step {
    let presigned = session.first_url(&file).await?;
    let body = if method == Method::POST { Body::whole(file.content.clone()) } else { Body::none() };
    let put = Put { method: method.clone(), body, ..Put::of(&file) };
    let reply = session.put(&presigned, put).await?;
    ensure!(is_refusal(reply.status), "{method} to the URL was answered {}", said(&reply));
    ensure_not_stored(session, &presigned).await
}
