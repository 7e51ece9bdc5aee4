//! The forms compared with each other, and the mistakes in sets of rules.

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

/// Returns pointer, character and sentence of each mistake.
fn told<T: std::fmt::Debug>(read: Result<T, Mistakes>) -> Vec<(String, usize, String)> {
    let mistakes = read.unwrap_err();
    let start = |mistake: &Mistake| mistake.span.as_ref().map_or(0, |span| span.start);
    mistakes.iter().map(|one| (one.pointer.clone(), start(one), one.to_string())).collect()
}

fn read_toml(text: &str) -> Result<Vec<Fault>, Mistakes> {
    toml(&DeTable::parse(text).unwrap())
}

#[test]
fn the_forms_say_the_same() {
    let expected =
        Fault::put().filename("*.pdf").nth(2).error("SlowDown").retry_after(Duration::from_secs(1));
    let short = "put:filename=*.pdf:nth=2:error=SlowDown,retry_after=1s";
    let json = r#" {"on": "put", "filename": "*.pdf", "nth": 2,
        "effect": {"kind": "error", "code": "SlowDown", "retry_after": "1s"}, "id": 3, "hits": 0} "#;
    let toml = "[[fault]]\non = 'put'\nfilename = '*.pdf'\nnth = 0x2\n[fault.effect]\nkind = 'error'\n\
        code = 'SlowDown'\nretry_after = '1s'\n";
    assert_eq!(short.parse(), Ok(expected.clone()));
    assert_eq!(call(json.as_bytes()), Ok(vec![expected.clone()]));
    assert_eq!(call(short.as_bytes()), Ok(vec![expected.clone()]));
    assert_eq!(call(format!("[{json}, \"{short}\"]").as_bytes()), Ok(vec![expected.clone(); 2]));
    assert_eq!(super::json(&format!("{{\"faults\": [{json}]}}")), Ok(vec![expected.clone()]));
    assert_eq!(super::json(&format!("[{json}]")), Ok(vec![expected.clone()]));
    assert_eq!(read_toml(toml), Ok(vec![expected.clone()]));
    assert_eq!(read_toml(&format!("fault = ['{short}']")), Ok(vec![expected]));
    assert_eq!(read_toml(""), Ok(vec![]));
    assert_eq!(super::json("[]"), Ok(vec![]));
}

#[test]
fn a_scenario_is_called_by_its_name() {
    let rules = call(br#"[{"scenario": "gateway-html"}, "put:close"]"#).unwrap();
    assert_eq!(rules.len(), 3);
    let mistakes = told(call(br#"{"scenario": "gateway_htm"}"#));
    let expected = "unknown scenario `gateway_htm`; did you mean `gateway-html`?";
    assert_eq!(mistakes, [("/scenario".to_owned(), 13, expected.to_owned())]);
    assert_eq!(told(call(br#"[{"scenario": 5}]"#))[0].0, "/0/scenario");
}

#[test]
fn mistakes_in_json_have_pointers_and_places() {
    for (text, pointer, place, sentence) in [
        ("", "", 0, "the body has no rule"),
        ("\"put\"", "", 4, "at character 4, this rule has no effect"),
        ("put:nth=0:close", "", 8, "at character 9, `nth` is `0`"),
        ("\"p\\u0075t:nth=0:close\"", "", 0, "at character 9, `nth` is `0`"),
        ("{\"on\": \"put\",}", "", 13, "at line 1, column 14, not valid JSON: key must be a string"),
        ("{\n \"on\" \"put\"}", "", 8, "at line 2, column 7, not valid JSON: expected `:`"),
        ("{} x", "", 3, "at line 1, column 4, not valid JSON: trailing characters"),
        ("{\"on\": \"put\", \"on\": \"get\"}", "", 14, "at line 1, column 15, duplicate `on`; write it once"),
        ("{\"on\": \"put\"}", "", 0, "`effect` is missing"),
        ("[5]", "/0", 1, "a rule is a table or a text, and this is a number"),
        (
            "[{\"on\": 5, \"effect\": {\"kind\": \"close\"}}]",
            "/0/on",
            8,
            "`on` takes the name of an operation",
        ),
        ("{\"on\": \"put\", \"effect\": \"close\"}", "/effect", 24, "`effect` takes a table with a `kind`"),
        (
            "{\"on\": \"put\", \"effect\": {}}",
            "/effect",
            24,
            "`effect` has no `kind`; write error, expired, ",
        ),
        (
            "{\"on\": \"put\", \"effect\": {\"kind\": \"clsoe\"}}",
            "/effect/kind",
            33,
            "unknown effect `clsoe`; did you mean `close`?",
        ),
        (
            "{\"on\": \"put\", \"effect\": {\"kind\": \"error\", \"code\": \"Nope\"}}",
            "/effect/code",
            50,
            "`code` is `Nope`, which S3 does not have",
        ),
        (
            "{\"on\": \"put\", \"nth\": \"1\", \"effect\": {\"kind\": \"close\"}}",
            "/nth",
            21,
            "`nth` is a text; write a whole number from 1 on",
        ),
        ("{\"on\": \"put\", \"nth\": 1.5, \"effect\": {\"kind\": \"close\"}}", "/nth", 21, "`nth` is `1.5`"),
        ("{\"on\": \"put\", \"nth\": -1, \"effect\": {\"kind\": \"close\"}}", "/nth", 21, "`nth` is `-1`"),
        (
            "{\"on\": \"put\", \"from\": 5, \"effect\": {\"kind\": \"close\"}}",
            "/from",
            22,
            "`from` is a number; write a duration",
        ),
        (
            "{\"on\": \"put\", \"from\": null, \"effect\": {\"kind\": \"close\"}}",
            "/from",
            22,
            "`from` is null",
        ),
        (
            "{\"on\": \"put\", \"code\": 5, \"effect\": {\"kind\": \"close\"}}",
            "/code",
            14,
            "unknown field `code`; put it in `effect`",
        ),
        (
            "{\"on\": \"put\", \"a/b~\": 5, \"effect\": {\"kind\": \"close\"}}",
            "/a~1b~0",
            14,
            "unknown field `a/b~`; it has on, user",
        ),
        (
            "{\"on\": \"put\", \"effect\": {\"kind\": \"close\", \"x\": 5}}",
            "/effect/x",
            42,
            "unknown field `x` of `close`; it has none",
        ),
    ] {
        let first = told(call(text.as_bytes())).remove(0);
        assert_eq!((first.0.as_str(), first.1), (pointer, place), "{text}: {}", first.2);
        assert!(first.2.starts_with(sentence), "{text}: {}", first.2);
    }
    assert_eq!(told(call(b"\xff"))[0].2.split(';').next(), Some("the body is not UTF-8"));
    assert!(told(call("[".repeat(100_000).as_bytes()))[0].2.contains("not valid JSON"));
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(told(call(deep.as_bytes()))[0].2.contains("values are nested more than"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_text_and_moves_no_place() {
    let rule = r#"{"on": "put", "effect": {"kind": "close"}}"#;
    for text in [rule, "put:close", "[\"put:close\"]"] {
        assert_eq!(call(format!("\u{feff}{text}").as_bytes()), Ok(vec![Fault::put().close()]), "{text}");
    }
    assert_eq!(super::json(&format!("\u{feff}[{rule}]")), Ok(vec![Fault::put().close()]));
    assert!(is_set("\u{feff}[]".as_bytes()) && is_set("\u{feff}{\"scenario\": 1}".as_bytes()));
    for text in [
        "[\"put:nth=^0:close\"]",
        "[\n  {\"on\": ^5, \"effect\": {\"kind\": \"close\"}}]",
        "[\n ^x]",
        "[1,^]",
    ] {
        let place = text.find('^').unwrap();
        let text = text.replacen('^', "", 1);
        assert_eq!(told(super::json(&text))[0].1, place, "{text}");
        assert_eq!(told(super::json(&format!("\u{feff}{text}")))[0].1, place + 3, "{text}");
    }
    let told = told(call("\u{feff}{\"on\" 5}".as_bytes()));
    assert!(told[0].2.starts_with("at line 1, column 7, not valid JSON"), "{}", told[0].2);
}

#[test]
fn a_set_is_bounded_and_taken_whole() {
    let rules = |count: usize| format!("[{}]", vec!["\"put:close\""; count].join(","));
    assert_eq!(call(rules(1000).as_bytes()).unwrap().len(), 1000);
    assert!(told(call(rules(1001).as_bytes()))[0].2.starts_with("these are 1001 rules"));
    let mistakes = told(call(
        br#"["put:close", "put:nth=0:close", {"on": "list", "nth": 0, "effect": {"kind": "reset"}}]"#,
    ));
    assert_eq!(mistakes.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), ["/1", "/2/on", "/2/nth"]);
}

#[test]
fn mistakes_in_toml_have_places() {
    for (text, sentence) in [
        ("[[^fualt]]\non = 'put'", "unknown field `fualt`; did you mean `fault`?"),
        ("^listen = 'a'", "unknown field `listen`; write each rule below a [[fault]] of its own"),
        ("^[fault]\non = 'put'", "rules are a list, and this is a table; write [[fault]] in double brackets"),
        ("[[fault]]\non = 'put'\nnth = ^0\neffect = { kind = 'close' }", "`nth` is `0`"),
        ("[[fault]]\non = 'put'\nprobability = ^nan\neffect = { kind = 'close' }", "`probability` is `nan`"),
        ("[[fault]]\non = 'put'\neffect = { kind = 'reset', after_bytes = ^-1 }", "`after_bytes` is `-1`"),
        ("[[fault]]\non = 'put'\nfor = ^2026-01-01\neffect = { kind = 'close' }", "`for` is a date or time"),
        ("^[[fault]]\nnth = 1", "`on` is missing; write an operation such as put, or any"),
        ("fault = ['put:nth=^0:close']", "`nth` is `0`"),
    ] {
        let place = text.find('^').unwrap();
        let first = told(read_toml(&text.replacen('^', "", 1))).remove(0);
        assert_eq!(first.1, place, "{text}: {}", first.2);
        assert!(first.2.starts_with(sentence), "{text}: {}", first.2);
    }
}

#[test]
fn values_under_unknown_names_are_hidden() {
    let text =
        "[[api_key]]\nkey = 'alice'\n[[fault]]\non = 'put'\nkye = ['bob']\neffect = { kind = 'close' }";
    let mistakes = read_toml(text).unwrap_err();
    let hidden: Vec<&str> = mistakes.hidden().iter().map(|span| &text[span.clone()]).collect();
    assert_eq!(hidden, ["'alice'", "'bob'"]);
}

#[test]
fn json_is_told_from_toml() {
    for text in ["{}", " [ {\"on\"", "[\"put", "[]", "\n[\n\n]"] {
        assert!(is_json(text), "{text}");
    }
    for text in ["", "[[fault]]", "[fault]", "fault = []", "# {}"] {
        assert!(!is_json(text), "{text}");
    }
}

/// A value that a field allows.
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
