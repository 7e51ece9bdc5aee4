//! `/_assay/faults`: what goes wrong on purpose, set and taken back while the emulator runs.

use hyper::{Method, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::{error::Error, json_answer, ok, query::Parameters};
use crate::{
    exchange::Answer,
    fault::{CannotSet, Faults, Mistakes, Scenario, SetFault, parse},
};

#[derive(Serialize)]
struct List {
    faults: Vec<SetFault>,
}

/// Answers a call to all of the faults, or to those that select by one user: `GET`, `POST` and `DELETE`.
pub(super) fn all(
    faults: &Faults,
    method: &Method,
    parameters: Parameters<'_>,
    body: &[u8],
) -> Result<Answer, Error> {
    let user =
        if *method == Method::POST { parameters.done().map(|()| None) } else { parameters.only_user() }?;
    match *method {
        Method::GET => Ok(ok(&List { faults: faults.list(user) })),
        Method::POST => set(faults, body),
        Method::DELETE => {
            user.map_or_else(|| faults.clear(), |user| faults.remove_of(user));
            Ok(ok(&json!({"status": "ok"})))
        }
        _ => Err(Error::MethodNotAllowed("GET, POST, DELETE")),
    }
}

/// Answers with the scenarios that can be set by name.
pub(super) fn scenarios() -> Answer {
    let scenarios = Scenario::all().map(|scenario| {
        json!({
            "name": scenario.name,
            "title": scenario.title,
            "production": scenario.production,
            "client": scenario.client,
            "rules": scenario.rules,
        })
    });
    ok(&json!({"scenarios": scenarios.collect::<Vec<_>>()}))
}

/// Answers a call to one of them: `DELETE`.
pub(super) fn one(faults: &Faults, method: &Method, id: &str) -> Result<Answer, Error> {
    match *method {
        Method::DELETE if faults.remove(id) => Ok(ok(&json!({"status": "ok"}))),
        Method::DELETE => Err(Error::NoSuchFault),
        _ => Err(Error::MethodNotAllowed("DELETE")),
    }
}

/// Adds the rules of a body. Returns one rule for a rule, and a list for a list or a scenario.
fn set(faults: &Faults, body: &[u8]) -> Result<Answer, Error> {
    let set = faults.set(parse::call(body)?)?;
    Ok(match &*set {
        [fault] if !parse::is_set(body) => json_answer(StatusCode::CREATED, fault),
        _ => json_answer(StatusCode::CREATED, &List { faults: set }),
    })
}

impl From<Mistakes> for Error {
    fn from(mistakes: Mistakes) -> Self {
        let places = mistakes.iter().map(|mistake| (mistake.pointer.clone(), mistake.to_string()));
        Self::Mistakes(places.collect())
    }
}

impl From<CannotSet> for Error {
    fn from(error: CannotSet) -> Self {
        match error {
            CannotSet::Mistakes(mistakes) => mistakes.into(),
            CannotSet::TooMany(_) => Self::invalid("", error.to_string()),
        }
    }
}
