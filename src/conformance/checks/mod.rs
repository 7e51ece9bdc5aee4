//! The checks of servers, one file a theme. Each checks only its own theme: if a step that it depends on fails, it
//! gives up the case, and another check reports it.

mod dedup;
mod delete;
mod expiry;
mod isolation;
mod list;
mod presign;
mod refused;
mod upload;

use std::fmt::Debug;

use hyper::header;
use proptest::strategy::Strategy;

use super::{
    Description, Need,
    check::{Check, must, should},
    fresh::Fresh,
    model,
    outcome::{Step, ensure, holds},
    session::{Presigned, Session, User, is_refusal, s3_code, said},
    target::{Harness, Target},
    wire::{Reply, Request},
};
use crate::exchange::Operation;

/// A check of a server.
pub(super) type ServerCheck = Check<Harness>;

/// Returns all checks, in the suite's order.
pub(super) fn all() -> Vec<ServerCheck> {
    let themes = [
        presign::checks(),
        refused::presigns(),
        upload::checks(),
        refused::uploads(),
        refused::headers(),
        dedup::checks(),
        list::checks(),
        delete::checks(),
        expiry::checks(),
        isolation::checks(),
        model::checks(),
    ];
    themes.into_iter().flatten().collect()
}

impl Description {
    /// Sets the required features of the server.
    pub(super) fn needing(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// Creates the check that passes each generated input to `ask`, in a new session.
    pub(super) fn ask<T: Clone + Debug + Fresh + 'static>(
        self,
        inputs: impl Strategy<Value = T> + Send + Sync + 'static,
        ask: impl AsyncFn(&Session, T) -> Step + Send + Sync + 'static,
    ) -> ServerCheck {
        let in_session = async move |harness: &Harness, input: T| {
            let session = Session::new(harness);
            let step = ask(&session, session.fresh(input)).await;
            session.end(step).await
        };
        let check = Check::new(self, inputs, in_session);
        ServerCheck { is_alone: self.needs.contains(&Need::Clock), ..check }
    }
}

impl ServerCheck {
    /// Marks the check as skipped if the server lacks a feature that it needs.
    pub(super) fn at(mut self, target: &Target) -> Self {
        self.unfit = self.description.needs.iter().find_map(|need| target.offers.lacks(*need));
        // Many fakes do not bear it if cases change the files of one user at the same time.
        self.is_alone |= !target.offers.has(Need::Users) && !target.has_user_by_key;
        self
    }
}

/// Fails unless S3 refused a request with this status and code.
fn ensure_refused(reply: &Reply, what: &str, status: u16, code: &str) -> Step {
    let said = said(reply);
    ensure!(reply.status.as_u16() == status, "{what}: answered {said}, where S3 answers {status} ({code})");
    let has_code = s3_code(reply).as_deref() == Some(code);
    holds!(has_code, "{what}: answered {said} without S3's XML with the code {code}")
}

/// Fails if a refused upload was stored.
async fn ensure_not_stored(session: &Session, presigned: &Presigned) -> Step {
    let is_listed = session.lists(presigned).await?;
    holds!(!is_listed, "it was refused, but `{}` is in the list", presigned.key)
}

/// Fails unless an answer of the Alloy API matches the contract.
fn ensure_contract(session: &Session, operation: Operation, reply: &Reply) -> Step {
    let contract = &session.target.contract;
    let broken = contract.check_answer(operation, reply.status, &reply.headers, &reply.body);
    let Some(first) = broken.first() else { return Ok(()) };
    let place = if first.pointer.is_empty() { String::new() } else { format!(" at {}", first.pointer) };
    holds!(false, "the answer breaks the OpenAPI document{place}: {}", first.message)
}

/// A way to send no valid API key.
#[derive(Clone, Copy, Debug)]
enum Unauthorized {
    None,
    Empty,
    NoBearer,
    Basic,
}

impl Fresh for Unauthorized {}

impl Unauthorized {
    fn any() -> impl Strategy<Value = Self> + Send + Sync {
        proptest::sample::select(vec![Self::None, Self::Empty, Self::NoBearer, Self::Basic])
    }

    /// Fails unless a call without a valid key is refused with 401.
    async fn ensure_refused(
        self,
        session: &Session,
        operation: Operation,
        user: &User,
        mut request: Request,
    ) -> Step {
        let key = &session.target.api_key;
        let (what, value) = match self {
            Self::None => ("a call without Authorization", None),
            Self::Empty => ("a call with `Authorization: Bearer` and no key", Some("Bearer")),
            Self::NoBearer => ("a call with the key in Authorization, without `Bearer `", Some(key.as_str())),
            Self::Basic => ("a call with `Authorization: Basic`", Some("Basic YTpi")),
        };
        request.headers.remove(header::AUTHORIZATION);
        if let Some(value) = value.and_then(|value| value.parse().ok()) {
            request.headers.insert(header::AUTHORIZATION, value);
        }
        let reply = session.ask(operation, user, request).await?;
        holds!(reply.status.as_u16() == 401, "{what}: answered {}, not 401", said(&reply))
    }
}

/// Returns bytes that differ from `content`: `other`, or one byte more if it is the same.
fn other_than(other: &bytes::Bytes, content: &bytes::Bytes) -> bytes::Bytes {
    if other == content { [other, &b"x"[..]].concat().into() } else { other.clone() }
}

/// Returns whether a presigned URL signs a header.
fn signs(presigned: &Presigned, header: &str) -> bool {
    let target = presigned.link.as_ref().map_or("", |link| &link.target);
    let signed = target.split_once("X-Amz-SignedHeaders=").map_or("", |(_, rest)| rest);
    let signed = signed.split('&').next().unwrap_or_default().to_ascii_lowercase();
    signed.split("%3b").any(|one| one == header)
}
