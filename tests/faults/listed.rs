//! Faults on the command line: `assay faults` lists and describes them, `--fault`, `--faults` and `--scenario` set
//! them, and mistakes are reported with a caret.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{fs, path::Path};

use alloy_assay::{
    Fault, Scenario,
    internals::{Defect, FaultKind as Kind, selectors},
};
use proptest::prelude::*;
use serde_json::Value;

use crate::support::{
    golden,
    program::{Served, assay, fits, mistake, printed, serve, words},
};

#[test]
fn everything_is_listed() {
    let list = printed(&["faults"]);
    fits(&list);
    golden::check("faults/list.txt", &list, &[]);
    let list = words(&list);
    for kind in Kind::all() {
        assert!(list.contains(&format!("{} {}", kind.name, kind.summary)), "{}: {list}", kind.name);
    }
    for scenario in Scenario::all() {
        assert!(list.contains(&format!("{} {}", scenario.name, scenario.title)), "{}", scenario.name);
    }
    for selector in selectors() {
        assert!(list.contains(&format!("{} {}", selector.name, selector.meaning)), "{}", selector.name);
    }
}

#[test]
fn each_scenario_and_each_kind_can_be_explained() {
    for scenario in Scenario::all() {
        let explained = printed(&["faults", scenario.name]);
        fits(&explained);
        let explained = words(&explained);
        for text in [scenario.title, scenario.production, scenario.client, scenario.wrong, scenario.right] {
            assert!(explained.contains(&words(text)), "{text} is missing in {explained}");
        }
        assert!(scenario.rules.iter().all(|rule| explained.contains(rule)), "{explained}");
    }
    for kind in Kind::all() {
        let explained = printed(&["faults", kind.name]);
        fits(&explained);
        for text in [kind.summary, kind.met, kind.wrong, kind.right] {
            assert!(words(&explained).contains(&words(text)), "{explained}");
        }
        assert!(kind.example.parse::<alloy_assay::Fault>().is_ok(), "{}", kind.example);
        assert!(explained.contains(&format!("In short     {}", kind.example)), "{explained}");
    }
    for name in ["throttled-api", "lost-response", "error"] {
        golden::check(&format!("faults/{name}.txt"), &printed(&["faults", name]), &[]);
    }
}

#[test]
fn every_entry_of_the_lists_takes_one_line() {
    for command in ["faults", "defects"] {
        let list = printed(&[command]);
        fits(&list);
        let names: Vec<&str> = match command {
            "faults" => {
                Kind::all().map(|kind| kind.name).chain(Scenario::all().map(|one| one.name)).collect()
            }
            _ => Defect::all().map(|defect| defect.id).collect(),
        };
        for name in names {
            assert!(list.lines().any(|line| line.starts_with(&format!("  {name} "))), "{name}: {list}");
        }
    }
}

#[test]
fn each_defect_is_described_with_right_and_wrong_traffic() {
    for defect in Defect::all() {
        let page = printed(&["defects", defect.id]);
        fits(&page);
        for text in [defect.title, defect.right, defect.wrong, defect.check] {
            assert!(words(&page).contains(text), "{text} is missing in {page}");
        }
    }
    golden::check("defects/list.txt", &printed(&["defects"]), &[]);
    golden::check("defects/md5-as-hex.txt", &printed(&["defects", "md5-as-hex"]), &[]);
    let message = mistake(&assay(&["defects", "md5_as_hx"]).output().unwrap());
    assert_eq!(message, "assay: unknown defect `md5_as_hx` (did you mean `md5-as-hex`?)\n");
}

#[test]
fn suggests_the_nearest_name_for_an_unknown_one() {
    for (name, printed) in [
        ("slow_down", "unknown fault or scenario `slow_down` (did you mean `slow-down`?)"),
        ("truncat", "unknown fault or scenario `truncat` (did you mean `truncate`?)"),
        ("frobnicate", "unknown fault or scenario `frobnicate` (`assay faults` lists them)"),
        ("\u{1b}[2J", "unknown fault or scenario `\\u{1b}[2J` (`assay faults` lists them)"),
    ] {
        assert_eq!(mistake(&assay(&["faults", name]).output().unwrap()), format!("assay: {printed}\n"));
    }
}

#[test]
fn reports_a_mistake_in_a_flag_with_a_caret() {
    for (name, arguments) in [
        ("flag-never", ["--fault", "put:nth=0:error=SlowDown"]),
        ("flag-elsewhere", ["--fault", "list:reset=64KiB"]),
        ("flag-unknown-code", ["--fault", "put:error=SlowDwon"]),
        ("flag-unknown-operation", ["--fault", "putt:close"]),
        ("flag-without-effect", ["--fault", "put:nth=1"]),
        ("flag-unclosed-quote", ["--fault", "put:filename=\"a:close"]),
        ("flag-scenario", ["--scenario", "frobnicate"]),
        ("flag-faults", ["--faults", "not-there.toml"]),
    ] {
        let printed = mistake(&assay(&[&["serve"], &arguments[..]].concat()).output().unwrap());
        golden::check(&format!("faults/{name}.txt"), &printed, &[]);
    }
    let by_variable = mistake(&assay(&["run"]).env("ASSAY_SCENARIO", "slow-dwon").output().unwrap());
    assert_eq!(
        by_variable,
        "assay: ASSAY_SCENARIO: unknown scenario `slow-dwon`; did you mean `slow-down`?\n"
    );
}

#[test]
fn reports_a_mistake_in_a_file_with_its_line() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
    fs::create_dir_all(&folder).unwrap();
    for (name, content) in [
        ("never.json", "[\n  {\"on\": \"put\", \"nth\": 0, \"effect\": {\"kind\": \"close\"}}\n]\n"),
        ("short.json", "[\"put:close\",\n \"put:delay=soon\"]\n"),
        ("syntax.json", "{\"faults\": [\n  {\"on\": \"put\" \"nth\": 1}\n]}\n"),
        ("unknown.json", "{\"on\": \"put\", \"secret_access_key\": \"nobody-may-see\"}\n"),
        ("elsewhere.toml", "# all\n[[fault]]\non = \"get\"\neffect = { kind = \"corrupt\" }\n"),
        ("settings.toml", "[[api_key]]\nkey = \"alice-key\"\n"),
        ("syntax.toml", "[[fault]]\non = put\n"),
        ("json-without-its-name", "{\"on\": \"put\"}\n"),
    ] {
        fs::write(folder.join(name), content).unwrap();
        let output = assay(&["serve", "--faults", name]).current_dir(&folder).output().unwrap();
        golden::check(&format!("faults/in-{name}.txt"), &mistake(&output), &[]);
    }
    fs::write(folder.join("latin-1.toml"), b"# \xfcber\n").unwrap();
    let output = assay(&["serve"]).env("ASSAY_FAULTS", "latin-1.toml").current_dir(&folder).output().unwrap();
    assert_eq!(
        mistake(&output),
        "assay: ASSAY_FAULTS: `latin-1.toml` is not valid UTF-8; save it as UTF-8\n"
    );
}

/// Returns the faults that a server has by its flags and its file.
fn configured(file: &str, flags: &[&str]) -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("assay.toml"), file).unwrap();
    fs::create_dir(folder.path().join("files")).unwrap();
    let faults = folder.path().join("files/faults.json");
    fs::copy("fixtures/config/files/faults.json", faults).unwrap();
    let served = Served::start(serve(flags).current_dir(folder.path()));
    let client = served.client("any-key");
    let mut reply = client.control("GET", "faults", None).expect(200).json();
    let rules = std::mem::take(reply["faults"].as_array_mut().unwrap());
    rules.into_iter().map(without_id).collect()
}

/// Returns a rule without the server's additions.
fn without_id(mut rule: Value) -> Value {
    let fields = rule.as_object_mut().unwrap();
    fields.remove("id");
    fields.remove("hits");
    rule
}

/// Returns rules as JSON, given in their short form.
fn rules(short: &[&str]) -> Vec<Value> {
    short.iter().map(|rule| serde_json::to_value(rule.parse::<Fault>().unwrap()).unwrap()).collect()
}

#[test]
fn flags_replace_what_the_file_has_under_the_same_name() {
    let file = "faults = 'files/faults.json'\nscenario = 'bad-digest'\n\
        [[fault]]\non = 'put'\neffect = { kind = 'close' }\n";
    let of_file = ["list:from=10s:for=30s:error=503,retry_after=5s", "put:reset=64KiB"];
    let [first, second] = of_file;
    let in_file = rules(&["put:close", first, second, "put:nth=1:error=BadDigest"]);
    assert_eq!(configured(file, &[]), in_file);
    // The order is that of the kinds of settings, not of the command line.
    let flags = ["--scenario", "slow-down", "--fault", "put:hang", "--fault", "get:hang"];
    let expected = rules(&["put:hang", "get:hang", first, second, "put:times=2:error=SlowDown"]);
    assert_eq!(configured(file, &flags), expected);
    assert_eq!(configured("", &["--faults", "files/faults.json"]), rules(&of_file));
    assert_eq!(configured("", &[]), [Value::Null; 0]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_value_of_the_flag_makes_it_panic(rule in any::<String>()) {
        let _ = rule.parse::<Fault>();
        let _ = format!("put:{rule}").parse::<Fault>();
    }
}
