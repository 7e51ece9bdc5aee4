//! JSON Pointers (RFC 6901) as text.

/// Appends a segment to a pointer.
pub(crate) fn join(pointer: &str, segment: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + segment.len() + 1);
    joined.push_str(pointer);
    joined.push('/');
    for character in segment.chars() {
        match character {
            '~' => joined.push_str("~0"),
            '/' => joined.push_str("~1"),
            other => joined.push(other),
        }
    }
    joined
}

/// Returns a pointer without its last segment.
pub(crate) fn parent(pointer: &str) -> &str {
    pointer.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// Returns the decoded name of a segment.
pub(crate) fn unescaped(segment: &str) -> String {
    segment.replace("~1", "/").replace("~0", "~")
}

/// Names a place of a document in a message.
pub(crate) fn shown(pointer: &str) -> String {
    if pointer.is_empty() { "its top".to_owned() } else { format!("`{pointer}`") }
}

/// Names a place of a body in a message: `/files/3/size` is `files[3].size`. `None` for the whole.
pub(crate) fn field(pointer: &str) -> Option<String> {
    let mut name = String::new();
    for segment in pointer.split('/').skip(1) {
        if !name.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit()) && !segment.is_empty() {
            name.push('[');
            name.push_str(segment);
            name.push(']');
            continue;
        }
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&unescaped(segment));
    }
    if pointer.is_empty() { None } else { Some(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_segments() {
        assert_eq!(join("/paths", "/a~b/{c}"), "/paths/~1a~0b~1{c}");
        assert_eq!(parent("/a/b"), "/a");
        assert_eq!(parent("/a"), "");
    }

    #[test]
    fn names_fields_as_in_code() {
        assert_eq!(field(""), None);
        assert_eq!(field("/md5").as_deref(), Some("md5"));
        assert_eq!(field("/files/3/size").as_deref(), Some("files[3].size"));
        assert_eq!(field("/a~1b").as_deref(), Some("a/b"));
    }
}
