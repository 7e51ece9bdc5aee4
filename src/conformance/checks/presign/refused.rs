//! Requests for a URL that are refused.

use hyper::{Method, header};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

use super::{PATH, ServerCheck, Unauthorized, ask, body_of, ensure_authenticated, must, should};
use crate::{
    conformance::{
        Need,
        outcome::{Step, ensure},
        session::{Session, said},
        strategy::{self, File, Md5Form, PresignRequest},
        target::NOBODYS_KEY,
        wire::Body,
    },
    exchange::Operation,
};

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must(
            "presign/required-fields",
            "A request without filename, mimeType or md5, or with one that is no string, is refused with 400",
            "The spec: required filename, mimeType and md5, all strings; 400 `Invalid input`",
        )
        .ask((strategy::presign_request(), missing_field()), required_fields),
        must(
            "presign/bad-md5",
            "An md5 that is neither 32 hex digits nor base64 of 16 bytes is refused with 400",
            "The guide: MD5 in either hex (32 characters) or base64 (24 characters) format",
        )
        .ask((strategy::file(), bad_md5()), refuses_md5),
        must(
            "presign/malformed-body",
            "A body that is no JSON object is refused with 400",
            "The spec: the request body is required, a JSON object; 400 `Invalid input`",
        )
        .ask(select(vec!["", "{", "[]", "null", "\"text\"", "<xml/>", "{\"filename\":}"]), malformed_body),
        must(
            "presign/api-version",
            "A request without x-api-version is refused with 400",
            "The spec: the header x-api-version is required; 400 `Invalid input`",
        )
        .ask(strategy::presign_request(), api_version),
        must(
            "presign/authentication",
            "A request without a bearer token is refused with 401",
            "The spec: security bearerAuth; 401 `Unauthorized`",
        )
        .ask((strategy::presign_request(), Unauthorized::any()), authentication),
        must(
            "presign/unknown-key",
            "A request with a key of nobody's is refused with 401",
            "The spec: 401 `Unauthorized`",
        )
        .needing(&[Need::Keys])
        .ask(strategy::presign_request(), unknown_key),
        should(
            "presign/empty-filename",
            "An empty filename is refused with 400",
            "This project's decision: a key needs a name",
        )
        .ask(strategy::file(), empty_filename),
    ]
}

/// A field, and what stands in its place.
fn missing_field() -> impl Strategy<Value = (&'static str, Option<Value>)> + Send + Sync {
    let wrong = select(vec![None, Some(Value::Null), Some(json!(7)), Some(json!(["a"])), Some(json!({}))]);
    (select(vec!["filename", "mimeType", "md5"]), wrong)
}

async fn required_fields(
    session: &Session,
    (wanted, (field, value)): (PresignRequest, (&'static str, Option<Value>)),
) -> Step {
    let user = session.user().await?;
    let mut body = body_of(session, &user, &wanted);
    let what = match &value {
        Some(value) => format!("a request with {value} as {field}"),
        None => format!("a request without {field}"),
    };
    if let Some(fields) = body.as_object_mut() {
        fields.remove(field);
        fields.extend(value.map(|value| (field.to_owned(), value)));
    }
    let reply = ask(session, &user, &body).await?;
    ensure!(reply.status.as_u16() == 400, "{what} was answered {}, not 400", said(&reply));
    Ok(())
}

fn bad_md5() -> impl Strategy<Value = String> + Send + Sync {
    let texts = [
        "",
        "d41d8cd98f00b204e9800998ecf8427",
        "d41d8cd98f00b204e9800998ecf8427e0",
        "z41d8cd98f00b204e9800998ecf8427e",
        "1B2M2Y8AsgTpgAmY7PhCf",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "not an md5",
        "*B2M2Y8AsgTpgAmY7PhCfg==",
    ];
    select(texts.map(str::to_owned).to_vec())
}

async fn refuses_md5(session: &Session, (file, md5): (File, String)) -> Step {
    let user = session.user().await?;
    let wanted = PresignRequest { md5, ..file.announce(Md5Form::Hex) };
    let reply = session.presign(&user, &wanted).await?;
    ensure!(reply.status.as_u16() == 400, "`{}` as md5 was answered {}, not 400", wanted.md5, said(&reply));
    Ok(())
}

async fn malformed_body(session: &Session, body: &'static str) -> Step {
    let user = session.user().await?;
    let mut request = session.request(&user, Method::POST, PATH, Some(&Value::Null));
    request.body = Body::whole(body);
    let reply = session.ask(Operation::Presign, &user, request).await?;
    ensure!(reply.status.as_u16() == 400, "`{body}` as body was answered {}, not 400", said(&reply));
    Ok(())
}

async fn api_version(session: &Session, wanted: PresignRequest) -> Step {
    let user = session.user().await?;
    let mut request = session.presign_request(&user, &wanted);
    request.headers.remove("x-api-version");
    let reply = session.ask(Operation::Presign, &user, request).await?;
    ensure!(reply.status.as_u16() == 400, "a request without it was answered {}, not 400", said(&reply));
    Ok(())
}

async fn authentication(session: &Session, (wanted, way): (PresignRequest, Unauthorized)) -> Step {
    let user = session.user().await?;
    let request = session.presign_request(&user, &wanted);
    ensure_authenticated(session, Operation::Presign, &user, way, request).await
}

async fn unknown_key(session: &Session, wanted: PresignRequest) -> Step {
    let user = session.user().await?;
    let mut request = session.presign_request(&user, &wanted);
    if let Ok(value) = format!("Bearer {NOBODYS_KEY}").parse() {
        request.headers.insert(header::AUTHORIZATION, value);
    }
    let reply = session.ask(Operation::Presign, &user, request).await?;
    ensure!(reply.status.as_u16() == 401, "a key of nobody's was answered {}, not 401", said(&reply));
    Ok(())
}

async fn empty_filename(session: &Session, file: File) -> Step {
    let user = session.user().await?;
    let mut body = body_of(session, &user, &file.announce(Md5Form::Hex));
    body["filename"] = json!("");
    let reply = ask(session, &user, &body).await?;
    ensure!(reply.status.as_u16() == 400, "an empty filename was answered {}, not 400", said(&reply));
    Ok(())
}
