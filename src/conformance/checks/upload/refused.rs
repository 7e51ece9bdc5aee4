//! Uploads that are refused: each as S3 refuses it, and none of them stored. In three parts: the body and its digest,
//! the URL, the headers.

use bytes::Bytes;
use hyper::Method;
use proptest::{prelude::*, sample::select};

use super::{ServerCheck, ensure_not_stored, ensure_refused, must, other_than, signs};
use crate::conformance::{
    alteration::Alteration,
    outcome::{Step, ensure, offered},
    session::{Put, Session, is_refusal, said},
    strategy::{self, File},
    wire::Body,
};

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must(
            "upload/wrong-body",
            "A body that does not match its Content-MD5 is refused with BadDigest, and not stored",
            "The guide: S3 validates Content-MD5 header during upload; invalid MD5 results in upload rejection",
        )
        .ask((strategy::file(), strategy::content()), wrong_body),
        must(
            "upload/wrong-md5-header",
            "A Content-MD5 other than the signed one is refused with SignatureDoesNotMatch, and nothing is stored",
            "S3, SigV4: a signed header with another value breaks the signature",
        )
        .ask((strategy::file(), strategy::some_content()), wrong_md5_header),
        must(
            "upload/missing-md5",
            "A PUT without the Content-MD5 that was signed is refused with SignatureDoesNotMatch",
            "S3, SigV4: a signed header that is missing breaks the signature",
        )
        .ask(strategy::file(), missing_md5),
        must(
            "upload/altered-url",
            "A URL that was changed in any part is refused, and nothing is stored",
            "S3, SigV4: the signature covers the path and every parameter",
        )
        .ask((strategy::file(), alteration()), altered_url),
        must(
            "upload/anonymous",
            "A PUT without the URL's query is refused with AccessDenied",
            "The guide: users cannot access files belonging to other users; the bucket is private",
        )
        .ask(strategy::file(), anonymous),
        must(
            "upload/wrong-method",
            "The URL is good for PUT alone",
            "S3, SigV4: the signature covers the method",
        )
        .ask((strategy::file(), select(vec![Method::POST, Method::GET, Method::DELETE])), wrong_method),
        must(
            "upload/two-mechanisms",
            "A PUT with an Authorization header beside the URL's query is refused with InvalidArgument",
            "S3: only one auth mechanism is allowed",
        )
        .ask((strategy::file(), select(vec!["Bearer", "Basic"])), two_mechanisms),
        must(
            "upload/unsigned-header",
            "An x-amz-* header that was not signed is refused with AccessDenied",
            "S3, SigV4: every x-amz-* header of a request must be signed",
        )
        .ask((strategy::file(), select(vec!["x-amz-meta-note", "x-amz-acl", "x-amz-tagging"])), unsigned_header),
        must(
            "upload/chunked",
            "A PUT in chunks, without a Content-Length, is refused with NotImplemented",
            "S3: Transfer-Encoding implies functionality that is not implemented",
        )
        .ask(strategy::file(), chunked),
        must(
            "upload/no-length",
            "A PUT without Content-Length is refused with MissingContentLength",
            "S3: you must provide the Content-Length HTTP header",
        )
        .ask(strategy::file(), no_length),
    ]
}

async fn wrong_body(session: &Session, (file, other): (File, Bytes)) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let mut put = Put::of(&file);
    put.body = Body::whole(other_than(&other, &file.content));
    let reply = session.put(&presigned, put).await?;
    ensure_refused(&reply, "a PUT of other bytes than its Content-MD5 says", 400, "BadDigest")?;
    ensure_not_stored(session, &presigned).await
}

async fn wrong_md5_header(session: &Session, (file, other): (File, Bytes)) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    offered!(signs(&presigned, "content-md5"), "the URL does not sign Content-MD5");
    let other = other_than(&other, &file.content);
    let reply = session.put(&presigned, Put::content(&other)).await?;
    let what = "a PUT with another Content-MD5 than the signed one";
    ensure_refused(&reply, what, 403, "SignatureDoesNotMatch")?;
    ensure_not_stored(session, &presigned).await
}

async fn missing_md5(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    offered!(signs(&presigned, "content-md5"), "the URL does not sign Content-MD5");
    let put = Put { content_md5: None, ..Put::of(&file) };
    let reply = session.put(&presigned, put).await?;
    ensure_refused(&reply, "a PUT without Content-MD5", 403, "SignatureDoesNotMatch")?;
    ensure_not_stored(session, &presigned).await
}

/// Every part of the URL but its expiry, which is another theme's.
fn alteration() -> impl Strategy<Value = Alteration> + Send + Sync {
    select(vec![
        Alteration::Signature,
        Alteration::Path,
        Alteration::Set("X-Amz-SignedHeaders", "host".to_owned()),
        Alteration::Set(
            "X-Amz-Credential",
            "AKIDOFNOBODY%2F20260101%2Fus-east-1%2Fs3%2Faws4_request".to_owned(),
        ),
        Alteration::Set("X-Amz-Algorithm", "AWS4-HMAC-SHA1".to_owned()),
        Alteration::Drop("X-Amz-Signature"),
        Alteration::Drop("X-Amz-Date"),
        Alteration::Drop("X-Amz-Credential"),
        Alteration::Drop("X-Amz-SignedHeaders"),
    ])
}

async fn altered_url(session: &Session, (file, alteration): (File, Alteration)) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let target = &presigned.link()?.target;
    offered!(alteration.of(target) != *target, "the URL as it is has {alteration}");
    let reply = session.put(&presigned, Put::of(&file).altered(alteration.clone())).await?;
    ensure!(is_refusal(reply.status), "a URL with {alteration} was answered {}", said(&reply));
    ensure_not_stored(session, &presigned).await
}

async fn anonymous(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let reply = session.put(&presigned, Put::of(&file).altered(Alteration::NoQuery)).await?;
    ensure_refused(&reply, "a PUT without the URL's query", 403, "AccessDenied")?;
    ensure_not_stored(session, &presigned).await
}

async fn wrong_method(session: &Session, (file, method): (File, Method)) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let body = if method == Method::POST { Body::whole(file.content.clone()) } else { Body::none() };
    let put = Put { method: method.clone(), body, ..Put::of(&file) };
    let reply = session.put(&presigned, put).await?;
    ensure!(is_refusal(reply.status), "{method} to the URL was answered {}", said(&reply));
    ensure_not_stored(session, &presigned).await
}

async fn two_mechanisms(session: &Session, (file, scheme): (File, &'static str)) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let put = Put::of(&file).with("authorization", format!("{scheme} {}", session.target.api_key));
    let reply = session.put(&presigned, put).await?;
    ensure_refused(&reply, &format!("a PUT with Authorization: {scheme}"), 400, "InvalidArgument")?;
    ensure_not_stored(session, &presigned).await
}

async fn unsigned_header(session: &Session, (file, name): (File, &'static str)) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let reply = session.put(&presigned, Put::of(&file).with(name, "private")).await?;
    ensure_refused(&reply, &format!("a PUT with {name}"), 403, "AccessDenied")?;
    ensure_not_stored(session, &presigned).await
}

async fn chunked(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let put = Put { body: Body::chunked(file.content.clone()), ..Put::of(&file) };
    let reply = session.put(&presigned, put).await?;
    ensure_refused(&reply, "a PUT in chunks", 501, "NotImplemented")?;
    ensure_not_stored(session, &presigned).await
}

async fn no_length(session: &Session, file: File) -> Step {
    let file = File { content: Bytes::new(), ..file };
    let user = session.user().await?;
    let presigned = session.new_url(&user, &file).await?;
    let reply = session.put(&presigned, Put { body: Body::none(), ..Put::of(&file) }).await?;
    ensure_refused(&reply, "a PUT without Content-Length", 411, "MissingContentLength")
}
