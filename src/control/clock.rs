//! `GET` and `POST /_assay/clock`: how tests let an hour pass.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{error::Error, ok};
use crate::{
    exchange::{Answer, BadDuration, BoundedDuration},
    files::{Clock, ClockReading},
};

#[derive(Serialize)]
struct Reply {
    now: String,
    offset_seconds: i64,
    frozen: bool,
}

/// Change of the clock.
#[derive(Debug, PartialEq, Eq)]
enum Change {
    Advance(std::time::Duration),
    Set(Timestamp),
    Freeze(bool),
    Reset,
}

/// Returns the clock's time.
pub(super) fn show(reading: ClockReading) -> Answer {
    ok(&Reply {
        now: format!("{:.3}", reading.now),
        offset_seconds: reading.offset_seconds,
        frozen: reading.frozen,
    })
}

/// Changes the clock, and returns its new time.
pub(super) fn change(clock: &Clock, body: &[u8]) -> Result<Answer, Error> {
    let out_of_range = |pointer: &'static str| {
        move |error: crate::files::ClockError| Error::invalid(pointer, error.to_string())
    };
    let reading = match parse(body)? {
        Change::Advance(by) => clock.advance(by).map_err(out_of_range("/advance"))?,
        Change::Set(to) => clock.set(to).map_err(out_of_range("/set"))?,
        Change::Freeze(true) => clock.freeze(),
        Change::Freeze(false) => clock.unfreeze(),
        Change::Reset => clock.reset(),
    };
    Ok(show(reading))
}

/// Reads the one change of a body: the result of two would depend on their order.
fn parse(body: &[u8]) -> Result<Change, Error> {
    let fields: Map<String, Value> = serde_json::from_slice(body)
        .map_err(|error| Error::invalid("", format!("the body must be a JSON object: {error}")))?;
    let mut fields = fields.into_iter();
    let (Some((name, value)), None) = (fields.next(), fields.next()) else {
        return Err(Error::invalid(
            "",
            r#"the body must have one of {"advance": "61m"}, {"set": "2026-01-02T03:04:05Z"}, {"freeze": true} and {"reset": true}"#,
        ));
    };
    let wrong = |what: &str| Error::invalid(format!("/{name}"), format!("`{name}` must be {what}"));
    match (name.as_str(), &value) {
        ("advance", Value::String(text)) => text
            .parse()
            .map(|by: BoundedDuration| Change::Advance(by.get()))
            .map_err(|error: BadDuration| Error::invalid("/advance", error.to_string())),
        ("advance", _) => Err(wrong("a duration as text, such as \"61m\"")),
        ("set", Value::String(text)) => text
            .parse()
            .map(Change::Set)
            .map_err(|_| wrong("a time from 1970 to 9999, such as \"2026-01-02T03:04:05Z\"")),
        ("set", _) => Err(wrong("a time as text, such as \"2026-01-02T03:04:05Z\"")),
        ("freeze", Value::Bool(freeze)) => Ok(Change::Freeze(*freeze)),
        ("freeze", _) => Err(wrong("true or false")),
        ("reset", Value::Bool(true)) => Ok(Change::Reset),
        ("reset", _) => Err(wrong("true")),
        _ => {
            let what = format!("the clock has no `{name}`: there are advance, set, freeze and reset");
            Err(Error::invalid(format!("/{name}"), what))
        }
    }
}
