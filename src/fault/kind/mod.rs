//! Kinds of faults, one file each: name, fields, operations, effect on the client, and constructor for Rust tests. To
//! add one, write its file and add it to [`kinds`].

use std::{num::NonZeroU64, time::Duration};

use hyper::StatusCode;

use super::{
    Effect, Fault,
    field::{Field, Value},
    mistake::Mistake,
};
use crate::exchange::Operation;

/// Declares the modules of the kinds and lists them, in the order in which people see them.
macro_rules! kinds {
    ($($module:ident),*) => {
        $(mod $module;)*
        static KINDS: &[&Kind] = &[$(&$module::KIND),*];
    };
}

kinds!(error, expired, delay, throttle, reset, close, lost_response, hang, truncate, garbage, corrupt);

pub use corrupt::Corrupt;
pub use error::Failure;
pub use garbage::garbage;

/// Kind of fault.
#[derive(Debug)]
pub struct Kind {
    /// Name in rules.
    pub name: &'static str,
    /// Effect on the client, in a line.
    pub summary: &'static str,
    /// Effect on the client, and whether the request takes effect.
    pub met: &'static str,
    /// Fields, in the order in which rules are written.
    pub fields: &'static [Field],
    /// Operations that it can strike.
    pub operations: &'static [Operation],
    /// Rule in the short form.
    pub example: &'static str,
    /// Traffic of a client that takes that rule badly.
    pub wrong: &'static str,
    /// Traffic of a client that takes it well.
    pub right: &'static str,
    /// Makes the effect of fields that are allowed.
    pub(super) effect: fn(&Values) -> Effect,
    /// Finds fields that do not go together, or not with the operation; the pointer is that of a field, or empty.
    pub(super) check: fn(&Values, Option<Operation>) -> Option<Mistake>,
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Kind {
    /// Iterates over all kinds.
    pub fn all() -> impl Iterator<Item = &'static Self> + Clone {
        KINDS.iter().copied()
    }

    /// Returns the kind of this name.
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        Self::all().find(|kind| kind.name == name)
    }

    /// Returns the field of this name.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Effect of a rule: a kind and its fields.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectSpec {
    /// Kind of fault.
    pub kind: &'static Kind,
    pub(super) values: Values,
}

/// Fields of an effect with their values, in the order of the kind's fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Values(pub Vec<(&'static Field, Value)>);

impl EffectSpec {
    /// Makes an effect of a kind; fields that the kind does not have, or at their default, are left out.
    pub(super) fn new(kind: &'static Kind, values: impl IntoIterator<Item = (&'static str, Value)>) -> Self {
        let mut effect = Self { kind, values: Values::default() };
        values.into_iter().for_each(|(name, value)| effect.set(name, value));
        effect
    }

    /// Sets a field, where the kind has it.
    pub(super) fn set(&mut self, name: &str, value: Value) {
        let Some(field) = self.kind.field(name) else { return };
        let values = &mut self.values.0;
        values.retain(|(known, _)| known.name != name);
        if field.default.is_none_or(|default| field.takes.read(default) != Some(value.clone())) {
            values.push((field, value));
        }
        values.sort_by_key(|(known, _)| self.kind.fields.iter().position(|field| field.name == known.name));
    }

    /// Returns the effect in the emulator.
    pub(super) fn effect(&self) -> Effect {
        (self.kind.effect)(&self.values)
    }
}

impl Values {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| field.name == name).map(|(_, value)| value)
    }

    fn duration(&self, name: &str) -> Option<Duration> {
        if let Some(Value::Duration(duration)) = self.get(name) { Some(*duration) } else { None }
    }

    fn size(&self, name: &str) -> Option<u64> {
        if let Some(Value::Size(bytes)) = self.get(name) { Some(*bytes) } else { None }
    }

    fn rate(&self, name: &str) -> NonZeroU64 {
        self.size(name).and_then(NonZeroU64::new).unwrap_or(NonZeroU64::MIN)
    }

    fn status(&self, name: &str) -> Option<StatusCode> {
        let Some(Value::Number(status)) = self.get(name) else { return None };
        u16::try_from(*status).ok().and_then(|status| StatusCode::from_u16(status).ok())
    }

    fn text(&self, name: &str) -> Option<String> {
        if let Some(Value::Text(text)) = self.get(name) { Some(text.clone()) } else { None }
    }
}

/// For a kind whose fields always go together.
fn fine(_: &Values, _: Option<Operation>) -> Option<Mistake> {
    None
}

impl Fault<()> {
    /// Gives the rule an effect.
    fn causing(self, kind: &'static Kind, values: impl IntoIterator<Item = (&'static str, Value)>) -> Fault {
        self.with_effect(EffectSpec::new(kind, values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_allowed_and_a_rule_in_its_shortest_form() {
        for kind in Kind::all() {
            for field in kind.fields {
                let value = field.takes.read(field.example).unwrap();
                assert!(field.takes.allows(&value), "{} {}", kind.name, field.name);
            }
            let rule: Fault = kind.example.parse().unwrap();
            assert_eq!((rule.effect.kind, rule.to_string().as_str()), (kind, kind.example));
        }
    }

    #[test]
    fn a_kind_strikes_what_it_is_for() {
        for kind in Kind::all() {
            let (name, strikes) = (kind.name, |operation| kind.operations.contains(&operation));
            assert!(strikes(Operation::Put), "{name}");
            assert_eq!(strikes(Operation::Presign), name != "corrupt", "{name}");
            assert_eq!(strikes(Operation::Execute), !["corrupt", "expired"].contains(&name), "{name}");
            assert_eq!(strikes(Operation::List), !["corrupt", "expired", "reset"].contains(&name), "{name}");
            let not_head = ["corrupt", "expired", "reset", "truncate"];
            assert_eq!(strikes(Operation::Head), !not_head.contains(&name), "{name}");
        }
    }
}
