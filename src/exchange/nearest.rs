//! Did you mean …? The known name that is nearest to one that is none. `config` asks for settings and rules,
//! `cli` for rules.

/// Names are not longer, and a longer text is not worth the time. In bytes.
const LONGEST: usize = 60;

/// The name that was meant, where one is near: a slip for every three of its characters, one at least and `most`
/// at the most.
#[must_use]
pub fn nearest<'a>(text: &str, known: impl IntoIterator<Item = &'a str>, most: usize) -> Option<&'a str> {
    if text.len() > LONGEST {
        return None;
    }
    known
        .into_iter()
        .map(|name| (strsim::osa_distance(text, name), name))
        .filter(|(slips, name)| *slips <= (name.len() / 3).clamp(1, most))
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}
