//! Compares a body with other data if its bytes alone prove nothing: appended bytes, a stored file with the announced
//! digest, its length.

use hyper::header::CONTENT_LENGTH;
use md5::{Digest, Md5};

use super::{Explanation, Wanted, finish, sample::Sample, signs::is_text};
use crate::{
    files::Blob,
    findings::refusal::{
        Case,
        words::{count, header},
    },
};

/// Finds a body that `Content-Length` cut short: with bytes that came behind it, it has the
/// announced digest.
pub(super) fn cut_by_length(case: &Case<'_>, body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let behind = case.refused.behind;
    let hash = Md5::new_with_prefix(body);
    // Last bytes that were read. The body may have the first of them.
    let from =
        (0..behind.len()).find(|from| finish(hash.clone().chain_update(&behind[*from..])) == wanted.0)?;
    let rest = &behind[from..];
    let whole = [body, rest].concat();
    let announced = body.len();
    let text = std::str::from_utf8(&whole).ok();
    let characters = text.map(|text| text.encode_utf16().count().min(text.chars().count()));
    let is_of_characters =
        text.is_some_and(|text| [text.chars().count(), text.encode_utf16().count()].contains(&announced));
    let why = match characters {
        _ if is_of_characters => {
            format!(": it counts characters, {announced}, instead of bytes, {}", whole.len())
        }
        Some(characters) if characters < whole.len() => {
            format!(": the file has {} and {characters} characters", count(whole.len(), "byte"))
        }
        _ => format!(": the file has {}", count(whole.len(), "byte")),
    };
    let what = format!(
        "`Content-Length` is too small{why}. S3 read {announced} bytes, and {} more followed.",
        rest.len()
    );
    Some(Explanation::new("s3-content-length-short", what))
}

/// Describes a body by a stored file with the announced digest.
pub(super) fn with_known(sample: &Sample, known: &Blob) -> Explanation {
    let known = Sample::of(known);
    let (body, file) = (&sample.bytes[..], &known.bytes[..]);
    let common = body.iter().zip(file).take_while(|(one, other)| one == other).count();
    let sizes = format!("The file is stored already, with {}.", count(known.size, "byte"));
    if common == body.len() && sample.size < known.size {
        let what = format!(
            "The body is only the first {} of the file: {} are missing.",
            count(sample.size, "byte"),
            count(known.size - sample.size, "byte")
        );
        return Explanation::new("s3-body-truncated", format!("{what} {sizes}"));
    }
    if common == file.len() && sample.size > known.size {
        let what =
            format!("The body is the file with {} behind it.", count(sample.size - known.size, "byte"));
        return Explanation::new("s3-body-padded", format!("{what} {sizes}"));
    }
    if let Some(lost) = file.len().checked_sub(body.len())
        && lost > 0
        && file.ends_with(body)
    {
        let what = format!("The body is the file without its first {}.", count(lost, "byte"));
        return Explanation::new("s3-body-truncated", format!("{what} {sizes}"));
    }
    let same = if common == 0 {
        "The first byte differs".to_owned()
    } else {
        format!("The first {common} bytes are the same, and byte {} differs", common + 1)
    };
    Explanation::new("s3-body-other", format!("The body is not the file that was announced. {same}. {sizes}"))
}

/// Shortest body whose length is compared with others, in bytes.
const MIN_LENGTH: usize = 8;

/// Names a value with the announced length, if fewer bytes came.
pub(super) fn same_length(body: &[u8], announced: u64) -> Option<&'static str> {
    let announced = usize::try_from(announced).ok()?;
    let line_ends =
        memchr::memchr_iter(b'\n', body).count() - memchr::memmem::find_iter(body, b"\r\n").count();
    let in_utf8 = body.iter().map(|byte| if byte.is_ascii() { 1 } else { 2 }).sum::<usize>();
    let units = std::str::from_utf8(body).ok().map(|text| text.encode_utf16().count() * 2);
    [
        (body.len().div_ceil(3) * 4, "the length of the body's base64"),
        (body.len() * 2, "twice the length of the body, as of its hex digits or its UTF-16"),
        (units.unwrap_or_default(), "the length of the body in UTF-16"),
        (body.len() + line_ends, "the length of the body with CRLF line ends"),
        (in_utf8, "the length that the body's text would have in UTF-8"),
    ]
    .into_iter()
    .find(|(length, _)| *length == announced && announced > body.len() && body.len() >= MIN_LENGTH)
    .map(|(_, what)| what)
}

/// Describes a body of which nothing else is known.
pub(super) fn with_nothing(case: &Case<'_>, sample: &Sample) -> String {
    let announced = header(case.refused.request.headers, CONTENT_LENGTH.as_str()).unwrap_or_default();
    let more = if case.entry.is_some_and(|entry| entry.uploads > 0) {
        " A file was uploaded with this URL before: a PUT replaces it, and does not append to it.".to_owned()
    } else if announced.parse() == Ok(sample.size) {
        format!(
            " S3 read as many bytes as `Content-Length` says, {announced}: if the file has more, the rest is missing."
        )
    } else {
        String::new()
    };
    let kind = if is_text(&sample.bytes) { "text" } else { "binary" };
    format!(
        "The body's bytes are not those that were announced: no known change turns one into the other. The body is \
         {kind}.{more}"
    )
}
