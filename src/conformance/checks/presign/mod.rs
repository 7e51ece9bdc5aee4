//! `POST /connectors/files/upload/request`: what is answered (`answered`), and what is refused (`refused`).

mod answered;
mod refused;

use hyper::Method;
use serde_json::{Value, json};

use super::{ServerCheck, Unauthorized, ensure_authenticated, ensure_contract, must, should};
use crate::{
    conformance::{
        outcome::Step,
        session::{Session, User},
        strategy::PresignRequest,
        wire::Reply,
    },
    exchange::Operation,
};

const PATH: &str = "/connectors/files/upload/request";

pub(super) fn checks() -> Vec<ServerCheck> {
    answered::checks().into_iter().chain(refused::checks()).collect()
}

async fn ask(session: &Session, user: &User, body: &Value) -> Step<Reply> {
    session.ask(Operation::Presign, user, session.request(user, Method::POST, PATH, Some(body))).await
}

fn body_of(session: &Session, user: &User, wanted: &PresignRequest) -> Value {
    json!({
        "filename": session.name(user, &wanted.filename),
        "mimeType": wanted.mime_type,
        "md5": wanted.md5,
    })
}
