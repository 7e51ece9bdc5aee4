//! Explains a digest that is not the body's, if the body may be correct: the MD5 of nothing, of the name, of a
//! placeholder, of a part.

use std::fmt::Write;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD},
};
use hyper::header::CONTENT_TYPE;
use md5::{Digest, Md5};
use sha2::Sha256;

use super::{Explanation, Wanted, finish, of, signs::is_text};
use crate::{
    exchange::stand_in,
    files::Md5Digest,
    findings::refusal::{
        Case,
        words::{count, header, quoted},
    },
};

/// Up to this size, in bytes, a body's beginning is hashed at every length, above it at multiples
/// of [`PIECE`].
const EVERY_LENGTH: usize = 256 << 10;

/// Files are hashed in pieces of a multiple of this many bytes.
const PIECE: usize = 1 << 10;

/// Up to this size, in bytes, a body is written out as numbers: each byte takes four.
const MAX_PRINTED: usize = 4 << 20;

/// Texts that are hashed where a program passes a value that is not the file's bytes.
const STAND_INS: [&str; 26] = [
    "[object Object]",
    "[object ArrayBuffer]",
    "[object Blob]",
    "[object File]",
    "[object FileList]",
    "[object FormData]",
    "[object Promise]",
    "[object ReadableStream]",
    "[object Response]",
    "[object Uint8Array]",
    "[object DataView]",
    "[object Undefined]",
    "[object Null]",
    "Promise { <pending> }",
    "undefined",
    "null",
    "NaN",
    "None",
    "nil",
    "<nil>",
    "true",
    "false",
    "{}",
    "[]",
    "\"\"",
    "System.Byte[]",
];

/// Returns the text that has the announced digest, unless it is the body.
pub(super) fn prove(case: &Case<'_>, body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let explanation = |what: String| {
        Some(Explanation::new("s3-announced-md5", format!("The MD5 that was announced is that of {what}.")))
    };
    if wanted.0 == Md5Digest::OF_NOTHING {
        return explanation("nothing at all, as if the file had been hashed before it was read".to_owned());
    }
    let text = STAND_INS
        .into_iter()
        .find(|text| wanted.is(text.as_bytes()) || wanted.is(format!("{text}\n").as_bytes()));
    if let Some(text) = text {
        let what = stand_in(text).unwrap_or("not the file's content");
        return explanation(format!("the text {}, which is {what}", quoted(text)));
    }
    if let Some((name, value)) = names(case).into_iter().find(|(_, value)| wanted.is(value.as_bytes())) {
        return explanation(format!("{name}, {}", quoted(&value)));
    }
    if let Some(what) = other_forms(case, body, wanted) {
        return explanation(what);
    }
    around(body, wanted)
}

/// Returns values that a program has besides the file's content.
fn names(case: &Case<'_>) -> Vec<(&'static str, String)> {
    let Some(entry) = case.entry else { return Vec::new() };
    let issued = &entry.issued;
    let name = issued.filename.as_str();
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut names = vec![
        ("the file's name", name.to_owned()),
        ("the file's name without its folders", last.to_owned()),
        ("the file's type", issued.mime_type.as_str().to_owned()),
        ("the file's key", issued.key.as_str().to_owned()),
        ("the user's id", issued.user.to_string()),
    ];
    if let Some((stem, _)) = last.rsplit_once('.') {
        names.push(("the file's name without its ending", stem.to_owned()));
    }
    for before in ["./", "/", "/tmp/", "file://", "file:///"] {
        names.push(("a path of the file", format!("{before}{last}")));
    }
    names.retain(|(_, value)| !value.is_empty());
    names
}

/// Finds the file in another form that was hashed instead.
fn other_forms(case: &Case<'_>, body: &[u8], wanted: &Wanted) -> Option<String> {
    let is = |bytes: &[u8], what: &str| wanted.is(bytes).then(|| what.to_owned());
    let digest = of(body);
    let bytes: [u8; 16] = hex::decode(digest.to_hex()).ok()?.try_into().ok()?;
    let (hex_text, base64_text) = (digest.to_hex(), digest.to_base64());
    let hashed = is(hex_text.as_bytes(), "the file's MD5 as hex, hashed once more")
        .or_else(|| is(base64_text.as_bytes(), "the file's MD5 as base64, hashed once more"))
        .or_else(|| is(&bytes, "the file's MD5, hashed once more"))
        .or_else(|| is(hex_text.to_uppercase().as_bytes(), "the file's MD5 as hex, hashed once more"))
        .or_else(|| {
            let sha: [u8; 32] = Sha256::digest(body).into();
            let begins = Md5Digest::from(*sha.first_chunk::<16>()?) == wanted.0;
            begins.then(|| "another kind: the first 16 bytes of the file's SHA-256".to_owned())
        });
    hashed
        .or_else(|| encoded(case, body, wanted))
        .or_else(|| printed(body, wanted))
        .or_else(|| read_as_text(body, wanted))
}

/// Finds the file as base64 or hex, alone or in a `data:` URL.
fn encoded(case: &Case<'_>, body: &[u8], wanted: &Wanted) -> Option<String> {
    let base64 = STANDARD.encode(body);
    let is = |text: &str| wanted.is(text.as_bytes());
    let lines = |width: usize, end: &str| {
        let lines = base64.as_bytes().chunks(width).map(String::from_utf8_lossy);
        lines.collect::<Vec<_>>().join(end)
    };
    let forms = || {
        [
            base64.clone(),
            format!("{base64}\n"),
            STANDARD_NO_PAD.encode(body),
            URL_SAFE.encode(body),
            URL_SAFE_NO_PAD.encode(body),
            lines(76, "\n"),
            lines(76, "\r\n"),
            format!("{}\n", lines(76, "\n")),
            format!("{}\r\n", lines(76, "\r\n")),
            format!("{}\n", lines(64, "\n")),
            format!("\"{base64}\""),
        ]
    };
    if forms().iter().any(|form| is(form)) {
        return Some("the file's base64".to_owned());
    }
    let sent = header(case.refused.request.headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let announced = case.entry.map_or("", |entry| entry.issued.mime_type.as_str());
    for media_type in
        [announced, &sent, "application/octet-stream", "text/plain", "image/png", "image/jpeg", ""]
    {
        for form in [
            format!("data:{media_type};base64,{base64}"),
            format!("data:{media_type};charset=utf-8;base64,{base64}"),
        ] {
            if is(&form) {
                return Some(
                    "the file as a `data:` URL, as `readAsDataURL` and `toDataURL` give it".to_owned(),
                );
            }
        }
    }
    let hex = hex::encode(body);
    let is_hex = is(&hex) || is(&hex.to_uppercase()) || is(&format!("{hex}\n"));
    is_hex.then(|| "the file's hex digits".to_owned())
}

/// Finds the file's bytes as a program prints them.
fn printed(body: &[u8], wanted: &Wanted) -> Option<String> {
    if body.len() > MAX_PRINTED {
        return None;
    }
    let is = |text: &str| wanted.is(text.as_bytes());
    let join = |separator: &str| {
        let mut text = String::with_capacity(body.len() * 4);
        for (index, byte) in body.iter().enumerate() {
            let separator = if index == 0 { "" } else { separator };
            let _ = write!(text, "{separator}{byte}");
        }
        text
    };
    let comma = join(",");
    let spaced = join(", ");
    let signed: Vec<String> = body.iter().map(|byte| i8::from_ne_bytes([*byte]).to_string()).collect();
    if [
        &comma,
        &spaced,
        &join(" "),
        &format!("[{comma}]"),
        &format!("[{spaced}]"),
        &format!("[{}]", join(" ")),
        &format!("[{}]", signed.join(", ")),
        &signed.join(","),
    ]
    .into_iter()
    .any(|form| is(form))
    {
        return Some("a list of the file's bytes as numbers".to_owned());
    }
    let members: Vec<String> =
        body.iter().enumerate().map(|(index, byte)| format!("\"{index}\":{byte}")).collect();
    for form in [format!("{{\"type\":\"Buffer\",\"data\":[{comma}]}}"), format!("{{{}}}", members.join(","))]
    {
        if is(&form) {
            return Some("the buffer written as JSON".to_owned());
        }
    }
    let hex =
        |count: usize| body.iter().take(count).fold(String::new(), |text, byte| format!("{text} {byte:02x}"));
    let more = match body.len() {
        0..=50 => String::new(),
        51 => " ... 1 more byte".to_owned(),
        length => format!(" ... {} more bytes", length - 50),
    };
    is(&format!("<Buffer{}{more}>", hex(50)))
        .then(|| "Node's `<Buffer …>`, which it prints for a buffer".to_owned())
}

/// Finds the file read as text, in a way that loses or changes bytes.
fn read_as_text(body: &[u8], wanted: &Wanted) -> Option<String> {
    let explanation = |how: &str| Some(format!("the file read as text{how}"));
    let text = String::from_utf8_lossy(body);
    if text.len() != body.len() && wanted.is(text.as_bytes()) {
        return explanation(", where bytes that are not UTF-8 are replaced by U+FFFD");
    }
    if body.is_ascii() {
        return None;
    }
    let latin: String = body.iter().copied().map(char::from).collect();
    if !is_text(body) && wanted.is(latin.as_bytes()) {
        return explanation(" with one character for each byte (Latin-1, `binary`), and written as UTF-8");
    }
    let masked: Vec<u8> = body.iter().map(|byte| byte & 0x7f).collect();
    let marked: Vec<u8> = body.iter().map(|byte| if byte.is_ascii() { *byte } else { b'?' }).collect();
    let dropped: Vec<u8> = body.iter().copied().filter(u8::is_ascii).collect();
    let valid: String = text.chars().filter(|character| *character != char::REPLACEMENT_CHARACTER).collect();
    if [masked, marked, dropped, valid.into_bytes()].iter().any(|form| wanted.is(form)) {
        return explanation(", where bytes that are not text are changed or dropped");
    }
    None
}

/// Finds a part of the body. Whether the digest or the body is wrong stays open.
fn around(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let explanation = |what: String| Some(Explanation::new("s3-body-padded", what));
    if let Some(length) = beginning(body, wanted) {
        let rest = &body[length..];
        if rest.iter().all(|byte| *byte == 0) {
            return explanation(format!(
                "The body is the file, {length} bytes, with {} behind it: a buffer is larger than what was read into it.",
                count(rest.len(), "zero byte")
            ));
        }
        if length.is_multiple_of(PIECE) {
            let what = format!("The MD5 that was announced is that of the first {length} bytes of the body.");
            return Some(Explanation::new("s3-announced-md5", what));
        }
        return explanation(format!(
            "The first {length} bytes of the body have the announced MD5, and {} behind them.",
            stand(rest.len())
        ));
    }
    if let Some(from) = starts(body).into_iter().find(|from| wanted.is(&body[*from..])) {
        return explanation(format!(
            "The last {} bytes of the body have the announced MD5, and {} before them.",
            body.len() - from,
            stand(from)
        ));
    }
    let (from, length) = in_pool(body, wanted)?;
    explanation(format!(
        "The body is all of the memory that Node's small buffers share, 8192 bytes; the file is the {length} bytes \
         from {from} on. `buffer.buffer` is that memory: send `buffer` itself."
    ))
}

fn stand(bytes: usize) -> String {
    if bytes == 1 { "1 byte stands".to_owned() } else { format!("{bytes} bytes stand") }
}

/// Returns the length of the beginning that has the announced digest.
fn beginning(body: &[u8], wanted: &Wanted) -> Option<usize> {
    let step = if body.len() <= EVERY_LENGTH { 1 } else { PIECE };
    let mut hash = Md5::new();
    let mut length = 0;
    for piece in body.chunks(step) {
        hash.update(piece);
        length += piece.len();
        if length < body.len() && finish(hash.clone()) == wanted.0 {
            return Some(length);
        }
    }
    let content = body.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    // The file itself may end with a few zeros.
    let ends = content..body.len().min(content + 16);
    ends.into_iter().find(|end| step > 1 && wanted.is(&body[..*end]))
}

/// Returns where a file may begin that has something before it.
fn starts(body: &[u8]) -> Vec<usize> {
    let mut starts: Vec<usize> = (1..=16).chain([32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]).collect();
    for gap in [&b"\r\n\r\n"[..], b"\n\n", b"\n", b","] {
        starts.extend(
            memchr::memmem::find_iter(&body[..body.len().min(8192)], gap).take(4).map(|at| at + gap.len()),
        );
    }
    starts.retain(|start| *start < body.len());
    starts
}

/// Finds the file in the memory that Node's buffers share; returns its place and length.
fn in_pool(body: &[u8], wanted: &Wanted) -> Option<(usize, usize)> {
    /// Size of that memory, and the alignment of buffers in it.
    const POOL: (usize, usize) = (8192, 8);
    if body.len() != POOL.0 {
        return None;
    }
    (0..POOL.0).step_by(POOL.1).find_map(|from| {
        let mut hash = Md5::new();
        body[from..].iter().enumerate().find_map(|(index, byte)| {
            hash.update([*byte]);
            (finish(hash.clone()) == wanted.0).then_some((from, index + 1))
        })
    })
}
