//! Name that was most likely meant.

use crate::text;

/// Finds the known name that was most likely meant, if one is near.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, _most: usize) -> Option<&'a str> {
    text::nearest(name, known)
}
