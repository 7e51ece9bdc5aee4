//! Selectors of rules: which exchanges, which of those, and when.

use super::{
    Fault, Kind,
    field::{Field, Takes, Value},
};
use crate::exchange::Glob;

/// A pattern of [`Glob`].
const TEXT: Takes = Takes::Text { most: Glob::MAX_BYTES, empty: false };

/// Returns the selectors, in the order in which rules are written.
pub fn selectors() -> &'static [Field] {
    &SELECTORS
}

/// All of them.
pub(super) static SELECTORS: [Field; 10] = [
    Field::new("user", Takes::User, "651eb6e11d156e0d7a42c59d", "only requests about this user's files"),
    Field::new(
        "filename",
        TEXT,
        "*.pdf",
        "only files with this name, as presigned; `*` and `?` are wildcards",
    ),
    Field::new("key", TEXT, "*_report.pdf", "only files with this key; `*` and `?` are wildcards"),
    Field::new("nth", Takes::Count, "2", "only the n-th request"),
    Field::new("every", Takes::Count, "3", "every n-th request"),
    Field::new(
        "probability",
        Takes::Probability,
        "0.05",
        "each request with this probability, from the seed",
    ),
    Field::new("after", Takes::Count, "4", "the n-th request and all later ones"),
    Field::new(
        "from",
        Takes::Duration { zero: true },
        "10s",
        "when the rule begins, after it was set, on the emulator's clock",
    ),
    Field::new(
        "for",
        Takes::Duration { zero: false },
        "30s",
        "how long the rule lasts from then on, on the emulator's clock",
    ),
    Field::new("times", Takes::Count, "2", "how often the rule strikes at most"),
];

impl Fault {
    /// Returns whether this is the name of something that a rule, or its effect, can say.
    pub fn has_part(name: &str) -> bool {
        let of_every_rule = ["on", "effect", "kind"].contains(&name) || find(name).is_some();
        of_every_rule || Kind::all().any(|kind| kind.field(name).is_some())
    }
}

/// Finds a selector by its name.
pub(super) fn find(name: &str) -> Option<&'static Field> {
    SELECTORS.iter().find(|selector| selector.name == name)
}

/// Returns the selectors of a rule, with their values.
pub(super) fn of<E>(fault: &Fault<E>) -> impl Iterator<Item = (&'static Field, Value)> {
    let glob = |glob: &Option<Glob>| glob.as_ref().map(|glob| Value::Text(glob.to_string()));
    let values = [
        fault.user.map(Value::User),
        glob(&fault.filename),
        glob(&fault.key),
        fault.nth.map(Value::Number),
        fault.every.map(Value::Number),
        fault.probability.map(Value::Probability),
        fault.after.map(Value::Number),
        fault.from.map(Value::Duration),
        fault.lasting.map(Value::Duration),
        fault.times.map(Value::Number),
    ];
    SELECTORS.iter().zip(values).filter_map(|(selector, value)| Some((selector, value?)))
}

/// Gives a rule a selector.
pub(super) fn set<E>(fault: &mut Fault<E>, selector: &Field, value: Value) {
    match (selector.name, value) {
        ("user", Value::User(user)) => fault.user = Some(user),
        ("filename", Value::Text(pattern)) => fault.filename = Some(Glob::new(pattern)),
        ("key", Value::Text(pattern)) => fault.key = Some(Glob::new(pattern)),
        ("nth", Value::Number(number)) => fault.nth = Some(number),
        ("every", Value::Number(number)) => fault.every = Some(number),
        ("probability", Value::Probability(probability)) => fault.probability = Some(probability),
        ("after", Value::Number(number)) => fault.after = Some(number),
        ("from", Value::Duration(duration)) => fault.from = Some(duration),
        ("for", Value::Duration(duration)) => fault.lasting = Some(duration),
        ("times", Value::Number(number)) => fault.times = Some(number),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_set_and_found_again() {
        for selector in &SELECTORS {
            let mut fault = Fault::new(None, ());
            let value = selector.takes.read(selector.example).unwrap();
            assert!(selector.takes.allows(&value), "{}", selector.name);
            set(&mut fault, selector, value.clone());
            assert_eq!(of(&fault).collect::<Vec<_>>(), [(selector, value)]);
            assert_eq!(find(selector.name), Some(selector));
        }
    }
}
