//! The line of the file in which a mistake is, with a caret under it, and without secrets.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// What stands in place of a secret.
const MASK: &str = r#""***""#;

/// Where a mistake is, and what to show of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The line and the caret.
    pub shown: String,
}

/// The excerpt for `span` of `text`, both in bytes. `secrets` are sorted and do not overlap.
pub(super) fn excerpt(text: &str, span: &Range<usize>, secrets: &[Range<usize>]) -> Excerpt {
    let start = text.floor_char_boundary(span.start);
    let before = &text[..start];
    let from = before.rfind('\n').map_or(0, |at| at + 1);
    let to = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let line = text[from..to].trim_end();
    let in_line = |range: &Range<usize>| {
        let clip = |at: usize| line.floor_char_boundary(at.clamp(from, from + line.len()) - from);
        clip(range.start)..clip(range.end)
    };
    let secrets: Vec<_> = secrets.iter().map(in_line).filter(|range| !range.is_empty()).collect();
    let span = snapped(in_line(&(start..span.end.max(start))), &secrets);
    let number = before.matches('\n').count() + 1;
    let column = line[..span.start].chars().count() + 1;
    Excerpt { line: number, column, shown: render(&masked(line, &secrets), number, shifted(&span, &secrets)) }
}

/// `span` with the whole of every secret that it touches: where it begins inside of one is nobody's business.
fn snapped(mut span: Range<usize>, secrets: &[Range<usize>]) -> Range<usize> {
    for secret in secrets {
        if secret.start < span.start && span.start < secret.end {
            span.start = secret.start;
        }
        if span.start < secret.end && secret.start < span.end.max(span.start + 1) {
            span.end = span.end.max(secret.end);
        }
    }
    span
}

fn masked(line: &str, secrets: &[Range<usize>]) -> String {
    let mut shown = String::with_capacity(line.len());
    let mut from = 0;
    for secret in secrets {
        shown.push_str(&line[from..secret.start]);
        shown.push_str(MASK);
        from = secret.end;
    }
    shown + &line[from..]
}

/// Where a snapped span is once the secrets are masked.
fn shifted(span: &Range<usize>, secrets: &[Range<usize>]) -> Range<usize> {
    let shift = |at: usize| {
        let before = secrets.iter().filter(|secret| secret.end <= at);
        before.fold(at, |shown, secret| shown + MASK.len() - secret.len())
    };
    shift(span.start)..shift(span.end)
}

/// Wide characters, tabs, control characters and long lines are the renderer's business.
fn render(line: &str, number: usize, span: Range<usize>) -> String {
    let snippet =
        Snippet::source(line).line_start(number).annotation(AnnotationKind::Primary.span(span)).fold(false);
    Renderer::plain().render(&[Group::with_level(Level::ERROR).element(snippet)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_caret() {
        let text = "a = 1\r\n\turl_expiry = \"söön\"\r\n";
        let at = text.find("\"s").unwrap();
        let found = excerpt(text, &(at..at + 8), &[]);
        assert_eq!((found.line, found.column), (2, 15));
        assert_eq!(found.shown, "  |\n2 |     url_expiry = \"söön\"\n  |                  ^^^^^^");
    }

    #[test]
    fn a_secret_is_masked_and_the_caret_follows() {
        let text = "key = \"top-secret\", user_id = 5";
        let found = excerpt(text, &(30..31), &[6..18, 40..40]);
        assert_eq!(found.shown, "  |\n1 | key = \"***\", user_id = 5\n  |                        ^");
        // Also where the mistake is inside of it.
        let found = excerpt(text, &(10..10), &[6..18, 20..20]);
        assert_eq!(
            (found.column, found.shown.as_str()),
            (7, "  |\n1 | key = \"***\", user_id = 5\n  |       ^^^^^")
        );
    }

    #[test]
    fn the_end_of_the_text_is_a_place_too() {
        assert_eq!(excerpt("", &(0..0), &[]).line, 1);
        let found = excerpt("a = [\n", &(6..6), &[]);
        assert_eq!((found.line, found.column), (2, 1));
        assert_eq!(excerpt("é", &(1..9), &[]).column, 1);
    }
}
