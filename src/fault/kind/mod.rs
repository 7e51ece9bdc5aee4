//! The kinds of faults: one file each, with its name, its fields, what it can strike and what the client meets.
//! `parse` reads effects by them, `write` writes them, `check` asks what is allowed, `assay faults` lists them.

mod close;
mod corrupt;
mod delay;
mod error;
mod expired;
mod garbage;
mod hang;
mod lost_response;
mod reset;
mod throttle;
mod truncate;

use std::time::Duration;

use hyper::StatusCode;

use super::{
    Effect,
    field::{Field, Takes, Value},
    mistake::Mistake,
};
use crate::exchange::Operation;

/// A kind of fault.
#[derive(Debug)]
pub struct Kind {
    /// Its name, as rules write it.
    pub name: &'static str,
    /// What can be said of it.
    pub fields: &'static [Field],
    /// What it can strike.
    pub operations: &'static [Operation],
    /// What the client meets, in a sentence or two.
    pub met: &'static str,
    /// A rule in the short form.
    pub example: &'static str,
    /// The effect of fields, of which the required ones are there and all are allowed.
    pub(super) read: fn(&Values) -> Effect,
    /// The fields of an effect of this kind.
    pub(super) write: fn(&Effect) -> Vec<(&'static str, Value)>,
    /// What is wrong with fields that do not go together; the pointer is that of a field, or empty.
    pub(super) check: fn(&Effect) -> Option<Mistake>,
}

/// Every kind, in the order in which they are listed.
static KINDS: [&Kind; 11] = [
    &error::KIND,
    &expired::KIND,
    &delay::KIND,
    &throttle::KIND,
    &reset::KIND,
    &close::KIND,
    &lost_response::KIND,
    &hang::KIND,
    &truncate::KIND,
    &garbage::KIND,
    &corrupt::KIND,
];

/// Every operation that is answered with content.
const WITH_CONTENT: [Operation; 12] = [
    Operation::Presign,
    Operation::List,
    Operation::Delete,
    Operation::CreateUser,
    Operation::ListUsers,
    Operation::GetUser,
    Operation::DeleteUser,
    Operation::Execute,
    Operation::Put,
    Operation::Get,
    Operation::Preflight,
    Operation::Unknown,
];

impl Kind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        KINDS.into_iter()
    }

    /// The kind of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|kind| kind.name == name)
    }

    /// The kind of an effect.
    #[must_use]
    pub fn of(effect: &Effect) -> &'static Self {
        match effect {
            Effect::Error(_) => &error::KIND,
            Effect::Expired => &expired::KIND,
            Effect::Delay { .. } => &delay::KIND,
            Effect::Throttle { .. } => &throttle::KIND,
            Effect::Reset { .. } => &reset::KIND,
            Effect::Close => &close::KIND,
            Effect::LostResponse => &lost_response::KIND,
            Effect::Hang { .. } => &hang::KIND,
            Effect::Truncate { .. } => &truncate::KIND,
            Effect::Garbage { .. } => &garbage::KIND,
            Effect::Corrupt => &corrupt::KIND,
        }
    }

    /// The field of this name.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Effect {
    /// Whether an exchange of this operation can meet it.
    #[must_use]
    pub fn can_strike(&self, operation: Operation) -> bool {
        Kind::of(self).operations.contains(&operation)
    }
}

/// The fields of an effect that is read.
#[derive(Default)]
pub(super) struct Values(pub Vec<(&'static str, Value)>);

impl Values {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn duration(&self, name: &str) -> Option<Duration> {
        if let Some(Value::Duration(duration)) = self.get(name) { Some(*duration) } else { None }
    }

    fn size(&self, name: &str) -> Option<u64> {
        if let Some(Value::Size(bytes)) = self.get(name) { Some(*bytes) } else { None }
    }

    fn status(&self, name: &str) -> Option<StatusCode> {
        if let Some(Value::Status(status)) = self.get(name) { Some(*status) } else { None }
    }

    fn text(&self, name: &str) -> Option<String> {
        if let Some(Value::Text(text)) = self.get(name) { Some(text.clone()) } else { None }
    }
}

const fn field(name: &'static str, takes: Takes, example: &'static str, meaning: &'static str) -> Field {
    Field { name, takes, is_primary: false, is_required: false, meaning, example }
}

/// The field that the short form writes without its name.
const fn primary(name: &'static str, takes: Takes, example: &'static str, meaning: &'static str) -> Field {
    Field { is_primary: true, ..field(name, takes, example, meaning) }
}

/// The same, and there is no rule without it.
const fn required(name: &'static str, takes: Takes, example: &'static str, meaning: &'static str) -> Field {
    Field { is_required: true, ..primary(name, takes, example, meaning) }
}

/// Of a kind that has no fields.
fn nothing(_: &Effect) -> Vec<(&'static str, Value)> {
    Vec::new()
}

/// Of a kind whose fields always go together.
fn fine(_: &Effect) -> Option<Mistake> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_what_it_writes() {
        for kind in Kind::all() {
            let examples = kind.fields.iter().map(|field| {
                let value = field.takes.read(field.example).unwrap();
                assert!(field.takes.allows(&value), "{} {}", kind.name, field.name);
                (field.name, value)
            });
            let values = Values(examples.collect());
            let effect = (kind.read)(&values);
            assert_eq!(Kind::of(&effect).name, kind.name);
            assert_eq!((kind.write)(&effect), values.0, "{}", kind.name);
            assert_eq!((kind.check)(&effect), None);
            assert_eq!(Kind::find(kind.name).map(|found| found.name), Some(kind.name));
        }
    }

    #[test]
    fn a_kind_strikes_what_it_is_for() {
        let effects = Kind::all().map(|kind| (kind.read)(&Values::default()));
        for effect in effects {
            let strikes = |operation| effect.can_strike(operation);
            let name = Kind::of(&effect).name;
            assert!(strikes(Operation::Put), "{name}");
            assert_eq!(strikes(Operation::Presign), name != "corrupt", "{name}");
            assert_eq!(strikes(Operation::Execute), !["corrupt", "expired"].contains(&name), "{name}");
            assert_eq!(strikes(Operation::List), !["corrupt", "expired", "reset"].contains(&name), "{name}");
            let not_head = ["corrupt", "expired", "reset", "truncate"];
            assert_eq!(strikes(Operation::Head), !not_head.contains(&name), "{name}");
        }
    }
}
