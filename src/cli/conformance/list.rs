//! The checks of a suite as a table: `--list`.

use crate::{
    cli::wrap::{line, wrapped},
    conformance::{Description, Need},
};

/// Formats the checks, grouped by theme.
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
        let head = format!("  {:<ids$}  {:<6}  ", check.id, check.level.name());
        wrapped(&mut text, &head, &format!("{}{}", check.title, needs(check)));
    }
    text
}

/// Describes what a check needs of a server, to follow its title.
fn needs(check: &Description) -> String {
    let needs: Vec<_> = check.needs.iter().copied().map(Need::name).collect();
    if needs.is_empty() { String::new() } else { format!(" [{}]", needs.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;

    #[test]
    fn groups_checks_by_theme() {
        let check = |id, level, needs| Description {
            id,
            title: "The list has each file once",
            level,
            source: "S3",
            needs,
        };
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
";
        assert_eq!(table, expected);
    }
}
