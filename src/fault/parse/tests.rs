//! The forms compared with each other. `tests/faults/rules.rs` has the mistakes.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::{
    exchange::{Glob, Operation},
    fault::{
        EffectSpec,
        field::{Field, Takes, Value},
        kind::Kind,
        selector,
    },
};

fn read_toml(text: &str) -> Result<Vec<Fault>, Mistakes> {
    toml(&DeTable::parse(text).unwrap())
}

/// Returns a value that a field allows.
fn value(takes: Takes) -> BoxedStrategy<Value> {
    let status = |least: u16| (least..600).prop_map(|status| Value::Number(status.into()));
    let sizes = prop_oneof![1..=u64::MAX, (1..1000_u64).prop_map(|kib| kib << 10)];
    match takes {
        Takes::Count => (1..=u64::MAX).prop_map(Value::Number).boxed(),
        Takes::Probability => {
            prop_oneof![Just(1.0), f64::MIN_POSITIVE..1.0].prop_map(Value::Probability).boxed()
        }
        Takes::Duration { .. } => {
            (1..10_u64.pow(17)).prop_map(|nanos| Value::Duration(Duration::from_nanos(nanos))).boxed()
        }
        Takes::Seconds => (0..86_400_u64).prop_map(|s| Value::Duration(Duration::from_secs(s))).boxed(),
        Takes::Size { .. } => sizes.prop_map(Value::Size).boxed(),
        Takes::Status { least } => status(least).boxed(),
        Takes::Code => "[A-Za-z0-9.]{1,20}".prop_map(Value::Text).boxed(),
        Takes::Text { .. } => {
            let texts = prop_oneof![any::<String>(), "[ :,=\"\\\\a\t\n]{1,9}", "[*?.a-z]{1,9}"];
            texts.prop_map(Value::Text).prop_filter("is allowed", move |text| takes.allows(text)).boxed()
        }
        Takes::User => "[0-9a-f]{24}".prop_map(|id| Value::User(id.parse().unwrap())).boxed(),
    }
}

fn field(field: &'static Field) -> impl Strategy<Value = Option<(&'static Field, Value)>> {
    let given = (any::<bool>(), value(field.takes));
    given.prop_map(move |(is_given, value)| (is_given || field.required).then_some((field, value)))
}

/// Rules of which all but what goes together is right.
fn fault() -> impl Strategy<Value = Fault> {
    let kinds: Vec<_> = Kind::all().collect();
    let effect = prop::sample::select(kinds).prop_flat_map(|kind| {
        let fields: Vec<_> = kind.fields.iter().map(field).collect();
        fields.prop_map(move |fields| {
            let values = fields.into_iter().flatten().map(|(field, value)| (field.name, value));
            EffectSpec::new(kind, values)
        })
    });
    let selectors: Vec<_> = selector::SELECTORS.iter().map(field).collect();
    (prop::option::of(prop::sample::select(Operation::ALL.to_vec())), selectors, effect).prop_map(
        |(on, selectors, effect)| {
            let mut fault = Fault::new(on, ()).with_effect(effect);
            for (selector, value) in selectors.into_iter().flatten() {
                selector::set(&mut fault, selector, value);
            }
            fault
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    /// Every form reads back what it writes, and takes exactly what `check` takes.
    #[test]
    fn every_rule_reads_back_in_every_form(fault in fault()) {
        let read = [
            fault.to_string().parse::<Fault>().map(|rule| vec![rule]),
            call(&serde_json::to_vec(&fault).unwrap()),
            super::json(&serde_json::to_string_pretty(&fault).unwrap()),
            read_toml(&fault.to_toml()),
        ];
        for read in read {
            match (fault.check(), read) {
                (Ok(()), read) => prop_assert_eq!(read, Ok(vec![fault.clone()])),
                (Err(expected), Err(mistakes)) => {
                    let pointers = |of: &Mistakes| {
                        let mut pointers: Vec<String> = of.iter().map(|one| one.pointer.replace("/fault/0", "")).collect();
                        pointers.sort();
                        pointers
                    };
                    prop_assert_eq!(pointers(&mistakes), pointers(&expected));
                }
                (Err(expected), Ok(_)) => prop_assert!(false, "{} was read: {}", fault, expected),
            }
        }
    }

    #[test]
    fn nothing_makes_it_panic(text in any::<String>(), bytes in any::<Vec<u8>>()) {
        let _ = (short(&text), call(text.as_bytes()), call(&bytes), super::json(&text), is_json(&text));
    }

    #[test]
    fn nothing_that_looks_like_a_rule_makes_it_panic(
        parts in prop::collection::vec(prop::sample::select(vec![
            "put", "any", "list", ":", ",", "=", "\"", "\\", "nth", "1", "0", "error", "delay", "200ms", "é", "日",
            "reset", "64KiB", "{", "}", "[", "]", "\"on\"", "\"effect\"", "\"kind\"", " ", "\n", "null", "1e5", "\\u12",
            "\"put\"", "\"close\"", "fault", "[[", "]]", "'", "scenario", "\"nth\"", "-", ".",
        ]), 0..30),
    ) {
        let text = parts.concat();
        let _ = (short(&text), call(text.as_bytes()), super::json(&text));
        if let Ok(root) = DeTable::parse(&text) {
            let _ = toml(&root);
        }
    }
}

#[test]
fn what_cannot_go_together_is_refused_in_a_test_too() {
    let pointers =
        |fault: Fault| fault.check().unwrap_err().into_iter().map(|one| one.pointer).collect::<Vec<_>>();
    assert_eq!(
        pointers(Fault::put().with_effect(EffectSpec::new(Kind::find("error").unwrap(), []))),
        ["/effect"]
    );
    assert_eq!(pointers(Fault::put().error(200)), ["/effect/status"]);
    assert_eq!(pointers(Fault::put().garbage(7)), ["/effect/status"]);
    assert_eq!(pointers(Fault::put().garbage(205)), ["/effect/status"]);
    assert_eq!(pointers(Fault::put().error(503).message("x\0y")), ["/effect/message"]);
    for on in Operation::ALL {
        let rule = |error: &str| format!("{on}:error={error}").parse::<Fault>();
        assert_eq!(rule("503,code=Foo").is_err(), on.route().is_some(), "{on}");
        assert!(rule("SlowDown").is_ok() && rule("503").is_ok(), "{on}");
    }
    assert!("any:error=503,code=Foo".parse::<Fault>().is_ok());
    assert_eq!(pointers(Fault::put().probability(f64::NAN).close()), ["/probability"]);
    assert_eq!(pointers(Fault { key: Some(Glob::new("")), ..Fault::put().close() }), ["/key"]);
    let long = Duration::from_secs(u64::MAX);
    assert_eq!(pointers(Fault::put().from(long).hang_for(long)), ["/from", "/effect/duration"]);
}
