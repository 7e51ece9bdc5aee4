//! Headers that must be signed and are not, a second authentication mechanism, too many headers.

use hyper::header::{AUTHORIZATION, HeaderValue};

use super::{
    Case,
    content_md5::NAME as CONTENT_MD5,
    parameters::is_encoded,
    url,
    words::{list, quoted},
};
use crate::{
    exchange::{Violation, header_section_size},
    s3::MAX_HEADER_SECTION,
};

const SIGNED_HEADERS: &str = "X-Amz-SignedHeaders";

/// Explains headers that are not signed. `names` is S3's list.
pub(super) fn not_signed(case: &Case<'_>, names: &str) -> Vec<Violation> {
    let signed = case.param(SIGNED_HEADERS);
    let names: Vec<&str> = names.split(", ").collect();
    let mut found = Vec::new();
    // A changed list of signed headers explains what it lacks.
    let is_list_wrong = names.contains(&"host");
    if is_list_wrong {
        found.push(url::altered(case).unwrap_or_else(|| wrong_list(case, &signed)));
    } else if names.contains(&CONTENT_MD5) {
        let message = format!(
            "The request sends `Content-MD5`, and the URL was signed without it: its signed headers are {}. S3 \
             takes a `Content-MD5` that was signed, or none.",
            quoted(&signed)
        );
        found.push(Violation::new("s3-content-md5-unsigned", CONTENT_MD5, message));
    }
    let extra: Vec<&str> = names.into_iter().filter(|name| name.starts_with("x-amz-")).collect();
    if let Some(first) = extra.first() {
        found.push(Violation::new("s3-header-unsigned", *first, extra_headers(case, &extra, &signed)));
    }
    found
}

/// Explains a list of signed headers without `host`.
fn wrong_list(case: &Case<'_>, signed: &str) -> Violation {
    if is_encoded(signed) {
        let message = format!(
            "The URL was percent-encoded twice: once decoded, `X-Amz-SignedHeaders` is {}, one name, instead of several with `;` between them (`%3B` became `%253B`).",
            quoted(signed)
        );
        return Violation::new("s3-url-encoded-twice", SIGNED_HEADERS, message);
    }
    let message = match case.edited(SIGNED_HEADERS) {
        Some(edited) => format!("`X-Amz-SignedHeaders` is {}, without `host`.{edited}", quoted(signed)),
        None => format!(
            "`X-Amz-SignedHeaders` is {}: `host` has to be among the signed headers of every URL.",
            quoted(signed)
        ),
    };
    Violation::new("s3-host-unsigned", SIGNED_HEADERS, message)
}

fn extra_headers(case: &Case<'_>, extra: &[&str], signed: &str) -> String {
    let (headers, were) = if extra.len() == 1 { ("header", "was") } else { ("headers", "were") };
    let is_in_query = |name: &&&str| {
        case.sent.params().iter().any(|param| param.name.eq_ignore_ascii_case(name.as_bytes()))
    };
    let in_query = extra.iter().find(is_in_query);
    let in_query = in_query.map(|name| format!(" The URL has {} in its query already.", quoted(name)));
    format!(
        "The request sends the {headers} {}, which {were} not signed: the URL's signed headers are {}.{}",
        list(extra.iter().copied()),
        quoted(signed),
        in_query.unwrap_or_default()
    )
}

/// Explains an `Authorization` header in addition to query authentication. Its value is a secret.
pub(super) fn two_mechanisms(authorization: &str) -> Violation {
    let message = format!(
        "The request has an `Authorization` header ({}) in addition to the signature in its URL. S3 accepts one or the other, and the header gives S3 a key that it does not need.",
        scheme(authorization)
    );
    Violation::new("s3-authorization", AUTHORIZATION.as_str(), message)
}

/// Describes an `Authorization` without its secret.
pub(super) fn scheme(authorization: &str) -> &'static str {
    let word = authorization.split(' ').next().unwrap_or_default();
    let known = [
        ("Bearer", "a `Bearer` token"),
        ("Basic", "of the scheme `Basic`"),
        ("Digest", "of the scheme `Digest`"),
        ("AWS4-HMAC-SHA256", "of the scheme `AWS4-HMAC-SHA256`"),
        ("AWS", "of the scheme `AWS`"),
    ];
    let known = known.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
    known.map_or("of no scheme that is known", |(_, reported)| reported)
}

/// Explains a header section that is too large.
pub(super) fn too_large(case: &Case<'_>) -> Violation {
    let headers = case.refused.request.headers;
    let length = |name: &str| headers.get_all(name).iter().map(HeaderValue::len).sum::<usize>();
    let largest = headers.keys().map(|name| (length(name.as_str()), name.as_str())).max().unwrap_or_default();
    let message = format!(
        "The request's headers have {} bytes, and S3 takes {MAX_HEADER_SECTION}. The largest is {}, with {}.",
        header_section_size(headers),
        quoted(largest.1),
        largest.0
    );
    Violation::new("s3-headers-too-large", largest.1, message)
}
