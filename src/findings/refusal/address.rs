//! The target of a request: its method, bucket, key and path.

use hyper::{Method, header::CONTENT_TYPE};

use super::{
    Case,
    words::{header, quoted, quoted_bytes},
};
use crate::{
    exchange::{BUCKET, Violation},
    files::S3Key,
    s3::Resource,
};

/// Explains a method that is not allowed, and a PUT of the bucket itself.
pub(super) fn method(case: &Case<'_>, method: &Method, resource: Resource) -> Violation {
    if resource == Resource::Bucket {
        let message = format!(
            "The {} request names the bucket and no key: its path is {}.",
            method.as_str(),
            quoted(case.refused.request.path)
        );
        return Violation::new("s3-bucket", "path", message);
    }
    let content_type = header(case.refused.request.headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let form = if content_type.starts_with("multipart/form-data") {
        " It sends a form, which a presigned URL for PUT does not take."
    } else {
        ""
    };
    let message = format!(
        "The request is a {}, and its query has nothing that signs it. An upload is a PUT to the whole URL.{form}",
        quoted(method.as_str())
    );
    Violation::new("s3-method-not-allowed", "method", message)
}

/// Explains a key that is too long.
pub(super) fn key_too_long(size: usize) -> Violation {
    let message = format!("The key has {size} bytes of UTF-8, and S3 takes {}.", S3Key::MAX_BYTES);
    Violation::new("s3-key-too-long", "path", message)
}

/// Explains a path that does not begin with the bucket.
pub(super) fn no_such_bucket(case: &Case<'_>, bucket: &str) -> Violation {
    match case.entry {
        Some(entry) if entry.issued.key.as_str() == bucket => other_bucket("", bucket),
        _ => other_bucket(bucket, ""),
    }
}

/// Explains a path with another bucket, or none, before a key.
pub(super) fn other_bucket(bucket: &str, key: &str) -> Violation {
    let message = if bucket.is_empty() {
        format!("The bucket is missing from the path: it is `/{BUCKET}/` and then the key, {}.", quoted(key))
    } else {
        format!("The path names the bucket {}, and the only bucket is `{BUCKET}`.", quoted(bucket))
    };
    Violation::new("s3-no-such-bucket", "path", message)
}

/// Explains a preflight for another bucket.
pub(super) fn no_such_bucket_of(case: &Case<'_>) -> Violation {
    no_such_bucket(case, case.refused.request.path.split('/').nth(1).unwrap_or_default())
}

/// Explains a key that holds nothing, read with a good signature.
pub(super) fn no_such_key(case: &Case<'_>, key: &S3Key) -> Violation {
    let uploaded = match case.entry {
        Some(entry) if entry.uploads == 0 => " A URL was requested for it, and no upload to it succeeded.",
        Some(_) => " It was uploaded, and is gone since.",
        None => "",
    };
    let message = format!("Nothing is stored under the key {}.{uploaded}", quoted(key.as_str()));
    Violation::new("s3-no-such-key", "path", message)
}

/// Explains a malformed escape in the path.
pub(super) fn malformed_escape(case: &Case<'_>) -> Violation {
    let path = case.refused.request.path.as_bytes();
    let is_digit = |at: usize| path.get(at).is_some_and(u8::is_ascii_hexdigit);
    let at = (0..path.len()).find(|at| path[*at] == b'%' && !(is_digit(at + 1) && is_digit(at + 2)));
    let at = at.unwrap_or_default();
    let message = format!(
        "The path has a `%` without two hex digits behind it, at {}. A percent sign in a key is `%25`.",
        quoted_bytes(&path[at..path.len().min(at + 3)])
    );
    Violation::new("s3-path-escape", "path", message)
}

/// Explains a path that is not UTF-8.
pub(super) fn no_text(case: &Case<'_>) -> Violation {
    let message = format!(
        "The decoded path is not UTF-8: {}. A key in Latin-1 has `%E9` where UTF-8 has \
         `%C3%A9`.",
        quoted(case.refused.request.path)
    );
    Violation::new("s3-path-utf8", "path", message)
}

/// Explains a feature of S3 that the emulator does not have.
pub(super) fn not_implemented(what: &str) -> Violation {
    let message = format!(
        "The request asks by `{what}` for something else than to store a whole object or to read one, and the \
         emulator does nothing else."
    );
    Violation::new("s3-not-implemented", what, message)
}

/// Explains a condition that S3 does not take for PUT.
pub(super) fn unsupported_condition(headers: &str, additional: &str) -> Violation {
    let message = format!(
        "The upload sends {}, which S3 does not take on PUT (\"{additional}\"). It takes `If-None-Match: *`, or \
         `If-Match` with an ETag.",
        headers.split(',').map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
    );
    Violation::new("s3-condition-unsupported", headers.split(',').next().unwrap_or_default(), message)
}

/// Explains a condition that does not hold.
pub(super) fn precondition_failed(case: &Case<'_>, condition: &str) -> Violation {
    let sent =
        header(case.refused.request.headers, condition).map(|value| quoted(&value)).unwrap_or_default();
    let message = if condition == "If-None-Match" {
        "The upload has `If-None-Match: *`, which stores only if the key is free, but the key has an object."
            .to_owned()
    } else {
        format!(
            "The upload asks by `If-Match` to replace the object with the ETag {sent}, and the key holds another."
        )
    };
    Violation::new("s3-precondition-failed", condition, message)
}
