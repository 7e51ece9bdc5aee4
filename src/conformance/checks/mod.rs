//! What a server is asked, one file a theme. Each check judges its own theme alone: where it builds on something
//! that does not work, it gives the case up and leaves that to the check whose theme it is.

mod dedup;
mod delete;
mod expiry;
mod isolation;
mod list;
mod presign;
mod upload;

use std::fmt::Debug;

use hyper::header;
use proptest::strategy::Strategy;

use super::{
    Description, Need,
    fresh::Fresh,
    model,
    outcome::{Step, ensure},
    runner::{Check, Over},
    session::{Session, User},
    target::{Bench, Offers},
    wire::{Reply, Request},
};
use crate::{
    exchange::Operation,
    report::{Level, Status},
};

/// A check of a server.
pub(super) type ServerCheck = Check<Bench>;

/// All checks, in the suite's order.
pub(super) fn all() -> Vec<ServerCheck> {
    let themes = [
        presign::checks(),
        upload::checks(),
        dedup::checks(),
        list::checks(),
        delete::checks(),
        expiry::checks(),
        isolation::checks(),
        model::checks(),
    ];
    themes.into_iter().flatten().collect()
}

/// A check of what the documents promise.
pub(in crate::conformance) fn must(
    id: &'static str,
    title: &'static str,
    source: &'static str,
) -> Description {
    Description { id, title, level: Level::Must, source, needs: &[] }
}

/// A check of advice, or of what was decided where the documents are silent.
pub(in crate::conformance) fn should(
    id: &'static str,
    title: &'static str,
    source: &'static str,
) -> Description {
    Description { level: Level::Should, ..must(id, title, source) }
}

impl Description {
    /// With what it needs of a server.
    pub(super) fn needing(self, needs: &'static [Need]) -> Self {
        Self { needs, ..self }
    }

    /// With how it is asked: what the strategy generates, and what is done with it.
    pub(super) fn ask<T: Debug + Fresh + 'static>(
        self,
        strategy: impl Strategy<Value = T> + Send + Sync + 'static,
        ask: impl AsyncFn(&Session, T) -> Step + Send + Sync + 'static,
    ) -> ServerCheck {
        let in_session = async move |bench: &Bench, input: T| {
            let session = Session::of(bench);
            let step = ask(&session, session.fresh(input)).await;
            session.end(step).await
        };
        Check {
            description: self,
            is_alone: self.needs.contains(&Need::Clock),
            most_cases: None,
            unfit: None,
            advice: None,
            property: Box::new(Over::new(strategy, in_session)),
        }
    }
}

impl ServerCheck {
    /// The check at a server that offers this.
    pub(super) fn at(mut self, offers: &Offers) -> Self {
        let lacking = self.description.needs.iter().find_map(|need| offers.lacks(*need));
        self.unfit = lacking.map(|why| (Status::Skipped, why.to_owned()));
        // Without users of their own, all cases would have the same one.
        self.is_alone |= !offers.has(Need::Users);
        self
    }
}

/// Holds a refusal of S3's to its status and its code.
fn ensure_refused(reply: &Reply, what: &str, status: u16, code: &str) -> Step {
    let said = super::session::said(reply);
    ensure!(reply.status.as_u16() == status, "{what}: answered {said}, where S3 answers {status} ({code})");
    let is_code = super::session::s3_code(reply).as_deref() == Some(code);
    ensure!(is_code, "{what}: answered {said} without S3's XML with the code {code}");
    Ok(())
}

/// Holds a call to being refused with 401 without a good `Authorization`: what `call` makes, sent in three ways.
async fn ensure_authenticated(
    session: &Session,
    operation: Operation,
    user: &User,
    way: Unauthorized,
    mut request: Request,
) -> Step {
    let value = match way {
        Unauthorized::None => None,
        Unauthorized::Empty => Some("Bearer".to_owned()),
        Unauthorized::NoBearer => Some(session.target.api_key.clone()),
        Unauthorized::Basic => Some("Basic YTpi".to_owned()),
    };
    request.headers.remove(header::AUTHORIZATION);
    if let Some(value) = value.and_then(|value| value.parse().ok()) {
        request.headers.insert(header::AUTHORIZATION, value);
    }
    let reply = session.ask(operation, user, request).await?;
    let said = super::session::said(&reply);
    ensure!(reply.status.as_u16() == 401, "{}: answered {said}, not 401", way.name());
    Ok(())
}

/// A call without a key that counts.
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

    fn name(self) -> &'static str {
        match self {
            Self::None => "a call without Authorization",
            Self::Empty => "a call with `Authorization: Bearer` and no key",
            Self::NoBearer => "a call with the key in Authorization, without `Bearer `",
            Self::Basic => "a call with `Authorization: Basic`",
        }
    }
}

/// Holds an answer of Alloy's side to the contract.
fn ensure_contract(session: &Session, operation: Operation, reply: &Reply) -> Step {
    let contract = &session.target.contract;
    let broken = contract.check_answer(operation, reply.status, &reply.headers, &reply.body);
    if let Some(first) = broken.first() {
        let place = if first.pointer.is_empty() { String::new() } else { format!(" at {}", first.pointer) };
        ensure!(false, "the answer breaks the OpenAPI document{place}: {}", first.message);
    }
    Ok(())
}
