//! The checks of a suite as a table: `--list`.

use crate::{
    cli::wrap::{line, wrapped},
    conformance::{Description, Need},
};

/// The checks, grouped by theme.
pub(super) fn table(checks: &[Description]) -> String {
    let width = |of: fn(&Description) -> usize| checks.iter().map(of).max().unwrap_or_default();
    let (ids, needed) = (width(|check| check.id.len()), width(|check| needs(check).len()));
    let mut text = String::new();
    let mut theme = "";
    for check in checks {
        if check.theme() != theme {
            theme = check.theme();
            text.push_str(if text.is_empty() { "" } else { "\n" });
            line(&mut text, format_args!("{theme}:"));
        }
        let head = format!("  {:<ids$}  {:<6}  {:<needed$}  ", check.id, check.level.name(), needs(check));
        wrapped(&mut text, &head, check.title);
    }
    text
}

/// What a check needs of a server, in words; a dash where that is nothing.
fn needs(check: &Description) -> String {
    let needs: Vec<_> = check.needs.iter().copied().map(Need::name).collect();
    if needs.is_empty() { "-".to_owned() } else { needs.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Level;

    #[test]
    fn checks_stand_below_their_theme_in_lines_that_fit() {
        let check = |id, level, needs| Description {
            id,
            title: "The file that was uploaded is in the list, and its name is there without the user's prefix",
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
  list/complete              must    -                      The file that was uploaded is in the
                                                            list, and its name is there without the
                                                            user's prefix
  list/names-without-prefix  should  users                  The file that was uploaded is in the
                                                            list, and its name is there without the
                                                            user's prefix

isolation:
  isolation/lists            must    users, second account  The file that was uploaded is in the
                                                            list, and its name is there without the
                                                            user's prefix
";
        assert_eq!(table, expected);
    }
}
