//! The lists of rules, faults, defects and checks, and the page of each entry.

use crate::support::program::{fits, printed};

/// A list, the groups of its entries (all if none is named), and the least number of entries.
const LISTS: [(&[&str], &[&str], usize); 5] = [
    (&["rules"], &[], 100),
    (&["faults"], &["Kinds", "Scenarios"], 20),
    (&["defects"], &[], 40),
    (&["conformance", "server", "--list"], &[], 60),
    (&["conformance", "client", "--list"], &[], 25),
];

/// Returns the names of the entries, and the groups they are in.
fn entries<'a>(list: &'a str, wanted: &[&str]) -> Vec<(&'a str, &'a str)> {
    let mut group = "";
    let mut entries = Vec::new();
    for line in list.lines() {
        match line.strip_prefix("  ") {
            Some(entry) if wanted.is_empty() || wanted.contains(&group) => {
                entries.push((group, entry.split(' ').next().unwrap()));
            }
            Some(_) => {}
            None => group = line.trim_end_matches(':'),
        }
    }
    entries
}

#[test]
fn lists_have_a_line_of_100_columns_for_each_entry() {
    for (command, groups, least) in LISTS {
        let list = printed(command);
        fits(&list);
        let entries = entries(&list, groups);
        assert!(entries.len() >= least, "{command:?}: {} entries", entries.len());
        for (at, (group, name)) in entries.iter().enumerate() {
            assert!(!group.is_empty() && !name.is_empty(), "{command:?}: {list}");
            assert!(!entries[..at].contains(&(group, name)), "{command:?} lists {name} twice: {list}");
        }
    }
}

#[test]
fn each_page_shows_wrong_and_right_traffic() {
    for (command, groups, _) in LISTS {
        for (_, name) in entries(&printed(command), groups) {
            let select: &[&str] = if command.contains(&"--list") { &["--only", name] } else { &[name] };
            let page = printed(&[command, select].concat());
            fits(&page);
            for label in ["Wrong ", "Right "] {
                let example = page.lines().find_map(|line| line.strip_prefix(label));
                assert!(example.is_some_and(|text| !text.trim().is_empty()), "{label}of {name}: {page}");
            }
        }
    }
}
