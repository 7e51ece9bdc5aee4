//! What selects an exchange for a rule, by name: which exchanges, which of those, and when. `parse` reads them,
//! `write` writes them, `check` looks at each, `assay faults` lists them.

use super::{
    Fault, Kind,
    field::{Field, Takes, Value},
};
use crate::exchange::Glob;

/// No name and no pattern is longer. In bytes, as S3 bounds its keys.
const TEXT: Takes = Takes::Text { most: 1024, empty: false };

const fn selector(name: &'static str, takes: Takes, example: &'static str, meaning: &'static str) -> Field {
    Field { name, takes, is_primary: false, is_required: false, meaning, example }
}

/// What selects an exchange, in the order in which rules are written.
#[must_use]
pub fn selectors() -> &'static [Field] {
    &SELECTORS
}

/// All of them.
pub(super) static SELECTORS: [Field; 10] = [
    selector("user", Takes::User, "651eb6e11d156e0d7a42c59d", "the user whose files it is about"),
    selector("filename", TEXT, "*.pdf", "the file's name as it was presigned; `*` and `?` stand for others"),
    selector("key", TEXT, "*_report.pdf", "the file's key; `*` and `?` stand for others"),
    selector("nth", Takes::Count, "2", "the n-th alone"),
    selector("every", Takes::Count, "3", "each n-th"),
    selector("probability", Takes::Chance, "0.05", "by chance, from the program's seed"),
    selector("after", Takes::Count, "4", "from the n-th on"),
    selector(
        "from",
        Takes::Duration { zero: true },
        "10s",
        "how long after it was set it begins, on the emulator's clock",
    ),
    selector("for", Takes::Duration { zero: false }, "30s", "how long it lasts, on the emulator's clock"),
    selector("times", Takes::Count, "2", "how often it strikes at the most"),
];

impl Fault {
    /// Whether this is the name of something that a rule, or its effect, can say.
    #[must_use]
    pub fn has_part(name: &str) -> bool {
        let of_every_rule = ["on", "effect", "kind"].contains(&name) || find(name).is_some();
        of_every_rule || Kind::all().any(|kind| kind.field(name).is_some())
    }
}

/// The one of this name.
pub(super) fn find(name: &str) -> Option<&'static Field> {
    SELECTORS.iter().find(|selector| selector.name == name)
}

/// Those that a rule has, with their values.
pub(super) fn of<E>(fault: &Fault<E>) -> impl Iterator<Item = (&'static Field, Value)> {
    let glob = |glob: &Option<Glob>| glob.as_ref().map(|glob| Value::Text(glob.to_string()));
    let values = [
        fault.user.map(Value::User),
        glob(&fault.filename),
        glob(&fault.key),
        fault.nth.map(Value::Number),
        fault.every.map(Value::Number),
        fault.probability.map(Value::Chance),
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
        ("probability", Value::Chance(chance)) => fault.probability = Some(chance),
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
