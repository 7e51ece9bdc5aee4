//! Rules as text: what each form says, and what each mistake is told, with its place.

use std::{fmt::Debug, time::Duration};

use alloy_assay::{
    Fault,
    internals::{
        Mistakes,
        parse::{self, call, is_json, is_set, short, toml},
    },
};
use toml::de::DeTable;

/// Returns pointer, character and sentence of each mistake.
fn reported<T: Debug>(read: Result<T, Mistakes>) -> Vec<(String, usize, String)> {
    let mistakes = read.unwrap_err();
    let start = |span: Option<&std::ops::Range<usize>>| span.map_or(0, |span| span.start);
    mistakes.iter().map(|one| (one.pointer.clone(), start(one.span.as_ref()), one.to_string())).collect()
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
    assert_eq!(parse::json(&format!("{{\"faults\": [{json}]}}")), Ok(vec![expected.clone()]));
    assert_eq!(parse::json(&format!("[{json}]")), Ok(vec![expected.clone()]));
    assert_eq!(read_toml(toml), Ok(vec![expected.clone()]));
    assert_eq!(read_toml(&format!("fault = ['{short}']")), Ok(vec![expected]));
    assert_eq!(read_toml(""), Ok(vec![]));
    assert_eq!(parse::json("[]"), Ok(vec![]));
}

#[test]
fn a_scenario_is_called_by_its_name() {
    let rules = call(br#"[{"scenario": "gateway-html"}, "put:close"]"#).unwrap();
    assert_eq!(rules.len(), 3);
    let mistakes = reported(call(br#"{"scenario": "gateway_htm"}"#));
    let expected = "unknown scenario `gateway_htm`; did you mean `gateway-html`?";
    assert_eq!(mistakes, [("/scenario".to_owned(), 13, expected.to_owned())]);
    assert_eq!(reported(call(br#"[{"scenario": 5}]"#))[0].0, "/0/scenario");
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
        let first = reported(call(text.as_bytes())).remove(0);
        assert_eq!((first.0.as_str(), first.1), (pointer, place), "{text}: {}", first.2);
        assert!(first.2.starts_with(sentence), "{text}: {}", first.2);
    }
    assert_eq!(reported(call(b"\xff"))[0].2.split(';').next(), Some("the body is not UTF-8"));
    assert!(reported(call("[".repeat(100_000).as_bytes()))[0].2.contains("not valid JSON"));
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert!(reported(call(deep.as_bytes()))[0].2.contains("values are nested more than"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_text_and_moves_no_place() {
    let rule = r#"{"on": "put", "effect": {"kind": "close"}}"#;
    for text in [rule, "put:close", "[\"put:close\"]"] {
        assert_eq!(call(format!("\u{feff}{text}").as_bytes()), Ok(vec![Fault::put().close()]), "{text}");
    }
    assert_eq!(parse::json(&format!("\u{feff}[{rule}]")), Ok(vec![Fault::put().close()]));
    assert!(is_set("\u{feff}[]".as_bytes()) && is_set("\u{feff}{\"scenario\": 1}".as_bytes()));
    for text in [
        "[\"put:nth=^0:close\"]",
        "[\n  {\"on\": ^5, \"effect\": {\"kind\": \"close\"}}]",
        "[\n ^x]",
        "[1,^]",
    ] {
        let place = text.find('^').unwrap();
        let text = text.replacen('^', "", 1);
        assert_eq!(reported(parse::json(&text))[0].1, place, "{text}");
        assert_eq!(reported(parse::json(&format!("\u{feff}{text}")))[0].1, place + 3, "{text}");
    }
    let reported = reported(call("\u{feff}{\"on\" 5}".as_bytes()));
    assert!(reported[0].2.starts_with("at line 1, column 7, not valid JSON"), "{}", reported[0].2);
}

#[test]
fn a_set_is_bounded_and_atomic() {
    let rules = |count: usize| format!("[{}]", vec!["\"put:close\""; count].join(","));
    assert_eq!(call(rules(1000).as_bytes()).unwrap().len(), 1000);
    assert!(reported(call(rules(1001).as_bytes()))[0].2.starts_with("these are 1001 rules"));
    let mistakes = reported(call(
        br#"["put:close", "put:nth=0:close", {"on": "list", "nth": 0, "effect": {"kind": "reset"}}]"#,
    ));
    assert_eq!(mistakes.iter().map(|one| one.0.as_str()).collect::<Vec<_>>(), ["/1", "/2/on", "/2/nth"]);
}

#[test]
fn mistakes_in_toml_have_places() {
    for (text, sentence) in [
        ("[[^fualt]]\non = 'put'", "unknown field `fualt`; did you mean `fault`?"),
        ("^listen = 'a'", "unknown field `listen`; write each rule under its own [[fault]]"),
        ("^[fault]\non = 'put'", "rules are a list, and this is a table; write [[fault]] in double brackets"),
        ("[[fault]]\non = 'put'\nnth = ^0\neffect = { kind = 'close' }", "`nth` is `0`"),
        ("[[fault]]\non = 'put'\nprobability = ^nan\neffect = { kind = 'close' }", "`probability` is `nan`"),
        ("[[fault]]\non = 'put'\neffect = { kind = 'reset', after_bytes = ^-1 }", "`after_bytes` is `-1`"),
        ("[[fault]]\non = 'put'\nfor = ^2026-01-01\neffect = { kind = 'close' }", "`for` is a date or time"),
        ("^[[fault]]\nnth = 1", "`on` is missing; write an operation such as put, or any"),
        ("fault = ['put:nth=^0:close']", "`nth` is `0`"),
    ] {
        let place = text.find('^').unwrap();
        let first = reported(read_toml(&text.replacen('^', "", 1))).remove(0);
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
fn distinguishes_json_from_toml() {
    for text in ["{}", " [ {\"on\"", "[\"put", "[]", "\n[\n\n]"] {
        assert!(is_json(text), "{text}");
    }
    for text in ["", "[[fault]]", "[fault]", "fault = []", "# {}"] {
        assert!(!is_json(text), "{text}");
    }
}

#[track_caller]
fn reads(text: &str, rule: &Fault) {
    assert_eq!(short(text).as_ref(), Ok(rule), "{text}");
}

#[test]
fn rules_are_read() {
    reads("put:nth=1:error=SlowDown", &Fault::put().nth(1).error("SlowDown"));
    reads(" presign:expired ", &Fault::presign().expired());
    let limited = Fault::presign().times(2).error(429).retry_after(Duration::from_secs(1));
    reads("presign:times=2:error=429,retry_after=1s", &limited);
    reads("presign:error=retry_after=1s,status=429:times=2", &limited);
    reads("put:reset=64KiB", &Fault::put().reset(65_536));
    reads("put:reset", &Fault::put().reset(0));
    let slow = Fault::any().probability(0.05).delay(Duration::from_millis(200));
    reads("any:probability=0.05:delay=200ms", &slow);
    reads("any:probability=5e-2:delay=200ms,jitter=50ms", &slow.jitter(Duration::from_millis(50)));
    reads("list:garbage=503", &Fault::list().garbage(503));
    reads("list:garbage", &Fault::list().garbage(502));
    reads("any:for=30s:from=1m:hang=1h", &{
        let rule = Fault::any().lasting(Duration::from_secs(30)).from(Duration::from_secs(60));
        rule.hang_for(Duration::from_secs(3600))
    });
}

#[test]
fn a_value_in_quotes_may_have_any_character() {
    let rule = Fault::put().filename("a:b,\"c\\d=.pdf").close();
    reads("put:filename=\"a:b,\\\"c\\\\d=.pdf\":close", &rule);
    reads("put:filename=x=\"y\":close", &Fault::put().filename("x=\"y\"").close());
    reads("put:error=message=\"a: b\",code=SlowDown", &Fault::put().error("SlowDown").message("a: b"));
    reads("put:error=503,message=a=b", &Fault::put().error(503).message("a=b"));
}

/// Each with a caret before the mistake.
const MISTAKES: &[(&str, &str)] = &[
    ("^", "a rule begins with an operation; write one such as put, or any, and a colon"),
    ("^:close", "a rule begins with an operation; write one such as put, or any, and a colon"),
    ("^close", "a rule begins with an operation, not `close`; write one such as put, or any, and a colon"),
    (
        "^nth=1:close",
        "a rule begins with an operation, not `nth`; write one such as put, or any, and a colon",
    ),
    ("^putt:close", "unknown operation `putt`; did you mean `put`?"),
    ("^create_user:close", "unknown operation `create_user`; did you mean `create-user`?"),
    ("put^", "this rule has no effect; write what happens, as in put:error=SlowDown"),
    (
        "^5",
        "unknown operation `5`; there are presign, list, delete, create-user, list-users, get-user, delete-user, execute, put, get, head, preflight, unknown and any",
    ),
    ("^putt:nth=1", "unknown operation `putt`; did you mean `put`?"),
    ("put:nth=1^", "this rule has no effect; write what happens, as in put:error=SlowDown"),
    ("put:^:close", "this part is empty; write an effect such as close, or leave the colon out"),
    ("put:^nht=1:close", "`nht` is neither a selector nor an effect; did you mean `nth`?"),
    (
        "put:^lost_response",
        "`lost_response` is neither a selector nor an effect; did you mean `lost-response`?",
    ),
    ("put:^get:close", "second operation `get`; write one rule for each operation"),
    ("put:close:^hang", "a rule has one effect; write one rule for each effect"),
    ("put:nth=1:^nth=2:close", "duplicate `nth`; write it once"),
    ("put:^nth:close", "`nth` has no value; write nth=2"),
    ("put:nth=^:close", "`nth` is ``; write a whole number from 1 on"),
    ("put:nth=^two:close", "`nth` is `two`; write a whole number from 1 on"),
    (
        "put:nth=1^,error=503",
        "unexpected comma after the value of `nth`; write a colon before the next part, or the value in double quotes",
    ),
    (
        "put:hang^,duration=1s",
        "unexpected comma after `hang`; write a colon before the next part, or the value in double quotes",
    ),
    (
        "put:error=503^=2",
        "unexpected second `=` in the value of `error`; write a comma before the next field, or the value in double quotes",
    ),
    (
        "put:error=SlowDown^=message",
        "unexpected second `=` in the value of `error`; write a comma before the next field, or the value in double quotes",
    ),
    ("put:error=^cod=SlowDown", "unknown field `cod` of `error`; did you mean `code`?"),
    (
        "put:delay=1s^,",
        "missing field of `delay` after the comma; write one and its value there, or leave the comma out",
    ),
    (
        "put:delay=1s^,,jitter=1s:nth=1",
        "missing field of `delay` after the comma; write one and its value there, or leave the comma out",
    ),
    ("put:error=503,message=a,^status=1", "duplicate `status`; write it once"),
    ("put:error=^200", "`status` is `200`; write an HTTP status from 300 to 599"),
    ("put:error=^9999", "`status` is `9999`; write an HTTP status from 300 to 599"),
    (
        "put:error=^SlowDwon",
        "`code` is `SlowDwon`, which S3 does not have; did you mean `SlowDown`? A code of another name needs a `status`",
    ),
    ("put:error=^", "`code` is ``; write one such as SlowDown: up to 128 ASCII letters, digits and dots"),
    (
        "put:^error",
        "`error` has neither `status` nor `code`; write a status such as 503, or a code such as SlowDown",
    ),
    (
        "put:^delay",
        "`delay` needs `duration`; write a duration above 0s, up to 87600h, such as 300ms, 2s, 59m50s or 1h",
    ),
    ("put:delay=1s,^durtion=2s", "unknown field `durtion` of `delay`; did you mean `duration`?"),
    ("put:delay=1s,^nth=2", "unknown field `nth` of `delay`; move it out of `effect`"),
    ("put:delay=1s,jitter=^2s", "`jitter` is `2s`, more than `duration`; write at most `1s`"),
    (
        "put:throttle=^0",
        "`bytes_per_second` is `0`; write a number of bytes from 1 on, or a size such as 64KiB or 8MiB",
    ),
    ("put:close=^5", "unexpected `5` after `close`; leave it out: `close` takes nothing"),
    (
        "^list:reset",
        "`on` is `list`, which `reset` cannot strike; write put, presign, create-user, execute or any",
    ),
    ("put:nth=^1:every=2:close", "`nth` cannot be combined with `every`; use one of them"),
    ("put:probability=^1.5:close", "`probability` is `1.5`; write a number above 0 and up to 1"),
    (
        "put:for=^0s:close",
        "`for` is `0s`; write a duration above 0s, up to 87600h, such as 300ms, 2s, 59m50s or 1h",
    ),
    (
        "put:from=^1000000h:close",
        "`from` is `1000000h`; write a duration up to 87600h, such as 300ms, 2s, 59m50s or 1h",
    ),
    ("put:user=^alice:close", "`user` is `alice`; write 24 hex digits, such as 651eb6e11d156e0d7a42c59d"),
    (
        "list:key=^x:close",
        "`key` cannot be combined with `list`, which has no file; leave it out, or let `on` be presign, put, get, head, delete or any",
    ),
    (
        "preflight:key=^x:close",
        "`key` cannot be combined with `preflight`, which has no file; leave it out, or let `on` be presign, put, get, head, delete or any",
    ),
    (
        "put:garbage=^204",
        "`status` is `204`, which has no content, and so no page; write one such as 502, 504 or 200",
    ),
    (
        "put:garbage=^304",
        "`status` is `304`, which has no content, and so no page; write one such as 502, 504 or 200",
    ),
    (
        "list:error=429,code=^Foo",
        "`code` has no effect on `list`: errors of the Alloy API have no code; leave it out",
    ),
    (
        "put:error=503,message=^a\0b",
        "`message` has the character `\\u{0}`; write a text of up to 1024 bytes, without control characters",
    ),
    ("put:key=^\"a:close", "this quote is not closed; write a second one behind the value"),
    (
        "put:key=\"a\"^b:close",
        "unexpected `b` after the closing quote; write a colon or a comma there, or `\\\"` for a quote that is part of the value",
    ),
    (
        "put:key=\"^\\a\":close",
        "a `\\` before a character that needs no escape; write `\\\\` for a backslash, and `\\\"` for a quote",
    ),
];

#[test]
fn reports_a_mistake_at_its_character() {
    for (text, reported) in MISTAKES {
        let place = text.find('^').unwrap();
        let mistakes = short(&text.replacen('^', "", 1)).unwrap_err();
        let first = mistakes.iter().next().unwrap();
        assert_eq!(first.to_string(), *reported, "{text}");
        assert_eq!(first.span.as_ref().map(|span| span.start), Some(place), "{text}");
    }
}

#[test]
fn reports_all_violations_at_once() {
    let mistakes = short("list:nth=0:every=x:probability=2:reset=many").unwrap_err();
    let pointers: Vec<&str> = mistakes.iter().map(|mistake| mistake.pointer.as_str()).collect();
    assert_eq!(pointers, ["/nth", "/every", "/probability", "/effect/after_bytes"]);
    let mistakes = short("putt:nht=1").unwrap_err().to_string();
    let beginnings: Vec<&str> = mistakes.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(beginnings, ["unknown", "`nht`"]);
}
