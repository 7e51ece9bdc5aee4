//! `assay rules`: every rule is listed, and each can be explained.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use alloy_assay::internals::Rule;

use crate::support::{
    golden,
    program::{assay, fits, mistake, printed, words},
};

#[test]
fn every_rule_is_listed_once_below_whose_it_is() {
    let list = printed(&["rules"]);
    fits(&list);
    let mut rest = list.as_str();
    for (whose, themes) in Rule::groups() {
        let (_, from) = rest.split_once(&format!("{whose}:\n")).unwrap_or_else(|| panic!("{whose}: {list}"));
        let group = from.split("\n\n").next().unwrap();
        rest = &from[group.len()..];
        for rule in themes.iter().copied().flatten() {
            let row = group.lines().filter(|line| line.split_whitespace().next() == Some(rule.id));
            let rows: Vec<&str> = row.collect();
            assert_eq!(rows.len(), 1, "{}: {group}", rule.id);
            assert!(rows[0].ends_with(rule.title), "{}: {group}", rule.id);
        }
    }
}

#[test]
fn each_rule_can_be_explained() {
    for rule in Rule::all() {
        let explained = printed(&["rules", rule.id]);
        fits(&explained);
        let explained = words(&explained);
        for text in [rule.id, rule.title, rule.hint, rule.wrong, rule.right, rule.source] {
            assert!(explained.contains(&words(text)), "{text} is missing in {explained}");
        }
    }
    golden::check("rules/contract-header.txt", &printed(&["rules", "contract-header"]), &[]);
}

#[test]
fn unknown_rule_is_answered_with_the_nearest_one() {
    for (id, printed) in [
        ("contract-heder", "assay: unknown rule `contract-heder` (did you mean `contract-header`?)\n"),
        ("Contract_Header", "assay: unknown rule `Contract_Header` (did you mean `contract-header`?)\n"),
        ("frobnicate", "assay: unknown rule `frobnicate` (`assay rules` lists them)\n"),
        ("\u{1b}[2J", "assay: unknown rule `\\u{1b}[2J` (`assay rules` lists them)\n"),
    ] {
        assert_eq!(mistake(&assay(&["rules", id]).output().unwrap()), printed);
    }
    mistake(&assay(&["rules", "host", "user-id"]).output().unwrap());
}
