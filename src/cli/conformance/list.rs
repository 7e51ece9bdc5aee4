//! The checks of a suite as a table, and the page of one: `--list`.

use crate::{
    cli::wrap::{line, wrapped},
    conformance::{Description, Need},
};

/// Formats the checks, grouped by theme; describes the check if it is the only one.
pub(super) fn table(checks: &[Description]) -> String {
    let ids = checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    let mut text = String::new();
    let mut theme = "";
    for check in checks {
        if check.theme() != theme {
            theme = check.theme();
            text.push_str(if text.is_empty() { "" } else { "\n" });
            line(&mut text, format_args!("{theme}:"));
        }
        let needs = if check.needs.is_empty() { String::new() } else { format!(" [{}]", needs(check)) };
        let level = check.level.name();
        line(&mut text, format_args!("  {:<ids$}  {level:<6}  {}{needs}", check.id, check.title));
    }
    match checks {
        [check] => describe(check, &mut text),
        _ => {
            line(
                &mut text,
                format_args!("\n`--list --only ID` describes one, with right and wrong traffic."),
            );
        }
    }
    text
}

/// Describes a check.
fn describe(check: &Description, text: &mut String) {
    text.push('\n');
    if !check.needs.is_empty() {
        wrapped(text, "Needs   ", &needs(check));
    }
    for (label, value) in [("Right", check.right), ("Wrong", check.wrong), ("Source", check.source)] {
        wrapped(text, &format!("{label:<8}"), value);
    }
}

fn needs(check: &Description) -> String {
    let needs: Vec<_> = check.needs.iter().copied().map(Need::name).collect();
    needs.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;

    fn check(id: &'static str, level: Level, needs: &'static [Need]) -> Description {
        Description {
            id,
            title: "The list has each file once",
            level,
            source: "S3",
            right: "list -> `a.txt`",
            wrong: "-> `a.txt`, `a.txt`",
            needs,
        }
    }

    #[test]
    fn groups_checks_by_theme() {
        let table = table(&[
            check("list/complete", Level::Must, &[]),
            check("list/names-without-prefix", Level::Should, &[Need::Users]),
            check("isolation/lists", Level::Must, &[Need::Users, Need::OtherAccount]),
        ]);
        let expected = "\
list:
  list/complete              must    The list has each file once
  list/names-without-prefix  should  The list has each file once [users]

isolation:
  isolation/lists            must    The list has each file once [users, second account]

`--list --only ID` describes one, with right and wrong traffic.
";
        assert_eq!(table, expected);
    }

    #[test]
    fn describes_a_check_if_it_is_the_only_one() {
        let expected = "\
list:
  list/complete  must    The list has each file once [users]

Needs   users
Right   list -> `a.txt`
Wrong   -> `a.txt`, `a.txt`
Source  S3
";
        assert_eq!(table(&[check("list/complete", Level::Must, &[Need::Users])]), expected);
    }
}
