//! Guesses the explanation of a body if nothing can be proven: the change cannot be undone, or the body is too large to
//! read.

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName};
use memchr::memmem;

use super::{Explanation, sample::Sample, wrapped::boundary};
use crate::{
    exchange::stand_in,
    findings::refusal::{
        Case,
        words::{header, inline, quoted},
    },
};

/// Longest body that is taken for a name, path or URI, in bytes.
const MAX_NAME: usize = 1024;

/// First bytes of files of a kind, with their media types and extensions.
const KINDS: &[Kind] = &[
    Kind { begins: b"\x89PNG\r\n\x1a\n", name: "a PNG image", is_image: true, said: &["png"] },
    Kind { begins: b"\xff\xd8\xff", name: "a JPEG image", is_image: true, said: &["jpeg", "jpg"] },
    Kind { begins: b"GIF8", name: "a GIF image", is_image: true, said: &["gif"] },
    Kind { begins: b"RIFF", name: "a WebP image", is_image: true, said: &["webp", "wav", "avi"] },
    Kind { begins: b"%PDF-", name: "a PDF document", is_image: false, said: &["pdf"] },
    Kind {
        begins: b"PK\x03\x04",
        name: "a ZIP archive",
        is_image: false,
        said: &["zip", "docx", "xlsx", "pptx", "openxml", "opendocument", "jar", "epub", "apk"],
    },
];

/// First bytes of compressed data, the name of the compression, and its media types and extensions.
const COMPRESSIONS: &[(&[u8], &str, &[&str])] = &[
    (b"\x1f\x8b", "gzip", &["gzip", "gz", "svgz"]),
    (b"\x28\xb5\x2f\xfd", "zstd", &["zst"]),
    (b"\x78\x01", "deflate (zlib)", &["zlib", "deflate"]),
    (b"\x78\x5e", "deflate (zlib)", &["zlib", "deflate"]),
    (b"\x78\x9c", "deflate (zlib)", &["zlib", "deflate"]),
    (b"\x78\xda", "deflate (zlib)", &["zlib", "deflate"]),
    (b"BZh", "bzip2", &["bz2", "bzip"]),
    (b"\xfd7zXZ\0", "xz", &["xz"]),
];

struct Kind {
    begins: &'static [u8],
    name: &'static str,
    is_image: bool,
    /// Parts of types and of filenames.
    said: &'static [&'static str],
}

/// The client's description of the file: announced type and name, and headers.
struct Said<'c> {
    mime_type: &'c str,
    filename: &'c str,
    content_type: String,
    content_encoding: String,
}

impl<'c> Said<'c> {
    fn of(case: &Case<'c>) -> Self {
        let sent =
            |name: &HeaderName| header(case.refused.request.headers, name.as_str()).unwrap_or_default();
        Self {
            mime_type: case.entry.map_or("", |entry| entry.issued.mime_type.as_str()),
            filename: case.entry.map_or("", |entry| entry.issued.filename.as_str()),
            content_type: sent(&CONTENT_TYPE),
            content_encoding: sent(&CONTENT_ENCODING),
        }
    }

    /// Returns whether the file is announced as of this kind: by its type, or by its name where the type is
    /// general.
    fn announces(&self, kind: &Kind) -> bool {
        let mime_type = self.mime_type.to_ascii_lowercase();
        if mime_type.is_empty() || mime_type.contains("octet-stream") {
            return self.has(kind.said);
        }
        kind.said.iter().any(|word| mime_type.contains(word))
    }

    /// Returns whether type or name has one of these words.
    fn has(&self, words: &[&str]) -> bool {
        let (mime_type, filename) = (self.mime_type.to_ascii_lowercase(), self.filename.to_ascii_lowercase());
        let ending = filename.rsplit('.').next().unwrap_or_default();
        words.iter().any(|word| mime_type.contains(word) || ending == *word)
    }
}

/// Finds a text in place of the file that shows by itself, whatever was announced.
pub(super) fn instead_of_content(case: &Case<'_>, sample: &Sample) -> Option<Explanation> {
    let body = sample.whole().filter(|body| body.len() <= MAX_NAME)?;
    let text = std::str::from_utf8(body).ok()?.trim();
    let said = Said::of(case);
    if let Some(what) = stand_in(text) {
        let what = format!("The body is the text {}: {what}. The file's bytes were not sent.", quoted(text));
        return Some(Explanation::new("s3-body-stand-in", what));
    }
    // A form's field, as curl sends it: `file=@p.jpg`.
    let value = text.split_once('=').map_or(text, |(_, value)| value).trim_matches(['"', '\'']);
    let bare = value.trim_start_matches('@');
    let what = place(bare).or_else(|| is_name(bare, said.filename).then_some("the file's name"))?;
    let with_at = text.contains('@') && value.starts_with('@');
    let fix = match said.content_type.as_str() {
        "application/x-www-form-urlencoded" if with_at => {
            " An `@` reads a file only where it comes first (`--data-binary @NAME`)."
        }
        "application/x-www-form-urlencoded" => {
            " curl reads a file only behind an `@`, which is missing: `--data-binary @NAME`, or `-T NAME`."
        }
        _ => "",
    };
    let what = format!("The body is {what}, {}, and not what is in the file.{fix}", quoted(text));
    Some(Explanation::new("s3-body-name", what))
}

/// Describes a text that says where a file is.
fn place(text: &str) -> Option<&'static str> {
    if text.contains(['\n', '\r', '<', '{']) || text.is_empty() {
        return None;
    }
    let schemes = [
        ("file:", "a file's URI"),
        ("content://", "a file's URI"),
        ("ph://", "a file's URI"),
        ("assets-library://", "a file's URI"),
        ("blob:", "a `blob:` URL, which only its page can read"),
        ("http://", "a URL"),
        ("https://", "a URL"),
        ("s3://", "a URL"),
        ("gs://", "a URL"),
    ];
    let lower = text.get(..text.len().min(20)).unwrap_or_default().to_ascii_lowercase();
    if let Some((_, what)) = schemes.iter().find(|(scheme, _)| lower.starts_with(scheme)) {
        return Some(what);
    }
    let drive = text.as_bytes();
    let is_drive =
        drive.len() > 3 && drive[0].is_ascii_alphabetic() && drive[1] == b':' && b"\\/".contains(&drive[2]);
    let last = text.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_path = ["/", "./", "../", "~/", "\\\\"].iter().any(|begin| text.starts_with(begin));
    ((is_drive || is_path) && last.contains('.') && !text.contains("  ")).then_some("a file's path")
}

/// Returns whether a text is the file's name, or a path that ends with it.
fn is_name(text: &str, filename: &str) -> bool {
    let last = |name: &str| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
    !filename.is_empty() && !text.contains('\n') && last(text) == last(filename)
}

/// Returns the most likely explanation of the body.
pub(super) fn read(case: &Case<'_>, sample: &Sample) -> Option<Explanation> {
    let said = Said::of(case);
    let body = &sample.bytes[..];
    if boundary(case, body).is_some() && !said.mime_type.starts_with("multipart/") {
        let what = "The body looks like a form (multipart/form-data) around the file.";
        return Some(Explanation::new("s3-body-multipart", what));
    }
    compressed(body, &said)
        .or_else(|| without_line_ends(body, &said))
        .or_else(|| printed(body))
        .or_else(|| replaced(body))
        .or_else(|| page_or_json(body, &said))
        .or_else(|| of_another_kind(sample, &said))
}

fn compressed(body: &[u8], said: &Said<'_>) -> Option<Explanation> {
    let explanation = |what: String| Some(Explanation::new("s3-body-compressed", what));
    let encoding = said.content_encoding.to_ascii_lowercase();
    let says = match encoding.as_str() {
        "" | "identity" => String::new(),
        encoding => format!(", with `Content-Encoding: {}`", inline(encoding)),
    };
    let found = COMPRESSIONS.iter().find(|(begins, ..)| body.starts_with(begins));
    if let Some((_, name, words)) = found
        && !said.has(words)
    {
        return explanation(format!(
            "The body is compressed with {name}{says}, and the file that was announced is not."
        ));
    }
    let encodings = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress"];
    if encodings.contains(&encoding.as_str()) && found.is_none() && !is_text(body) {
        return explanation(format!(
            "The body is announced as compressed{says}: the MD5 has to be that of the compressed bytes."
        ));
    }
    let lost = COMPRESSIONS.iter().find(|(.., words)| said.has(words));
    if let Some((_, name, _)) = lost
        && !COMPRESSIONS.iter().any(|(begins, ..)| body.starts_with(begins))
    {
        return explanation(format!(
            "The file was announced as compressed with {name}, and the body is not: it was unpacked on the way."
        ));
    }
    None
}

fn without_line_ends(body: &[u8], said: &Said<'_>) -> Option<Explanation> {
    let is_form = said.content_type.starts_with("application/x-www-form-urlencoded");
    if !is_form || body.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return None;
    }
    let what = "The body has no line end in it, and the `Content-Type` that `curl -d` sets: `curl -d @file` drops \
                all line ends and zero bytes.";
    Some(Explanation::new("s3-body-line-ends", what))
}

/// Finds a printed buffer, shortened by printing.
fn printed(body: &[u8]) -> Option<Explanation> {
    let is_node = body.starts_with(b"<Buffer ") && body.trim_ascii_end().ends_with(b">");
    let what =
        "The body is Node's `<Buffer …>`, which it prints for a buffer: only the first 50 bytes are in it.";
    is_node.then(|| Explanation::new("s3-body-encoded", what))
}

fn replaced(body: &[u8]) -> Option<Explanation> {
    let has = |mark: &str| memmem::find(body, mark.as_bytes()).is_some();
    if has("\u{fffd}") {
        let what = "The body has U+FFFD in it (EF BF BD), which stands for bytes that are not text: a file that is \
                    not UTF-8 was read as text.";
        return Some(Explanation::new("s3-body-text-encoding", what));
    }
    // A binary file whose bytes were taken for characters: its magic number in UTF-8.
    let widened =
        |magic: &[u8]| -> Vec<u8> { magic.iter().copied().map(char::from).collect::<String>().into_bytes() };
    let kind = KINDS.iter().find(|kind| {
        let wide = widened(kind.begins);
        wide.len() > kind.begins.len() && body.starts_with(&wide)
    })?;
    let what = format!(
        "The body begins as {} that was read as text with one character for each byte, and written as UTF-8.",
        kind.name
    );
    Some(Explanation::new("s3-body-text-encoding", what))
}

fn page_or_json(body: &[u8], said: &Said<'_>) -> Option<Explanation> {
    let begin = String::from_utf8_lossy(&body[..body.len().min(200)]).trim_start().to_ascii_lowercase();
    let is_page = begin.starts_with("<!doctype html") || begin.starts_with("<html");
    if is_page && !said.has(&["html", "htm"]) {
        let what = "The body is an HTML page, and the file that was announced is not: a page of an error or of a \
                    login was downloaded in its place.";
        return Some(Explanation::new("s3-body-type", what));
    }
    if begin.starts_with("<?xml") && begin.contains("<error>") {
        let what = "The body is an error that S3 answered, as XML: it was downloaded in place of the file.";
        return Some(Explanation::new("s3-body-type", what));
    }
    let is_json =
        said.content_type.starts_with("application/json") || body.starts_with(b"{") || body.starts_with(b"[");
    if !is_json || said.has(&["json"]) || serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err() {
        return None;
    }
    let has = |field: &str| memmem::find(body, field.as_bytes()).is_some();
    let which = if has("\"presignedUrl\"") {
        ": it is the presign's answer"
    } else if has("\"filename\"") && has("\"mimeType\"") {
        ": it is the presign's request"
    } else {
        ""
    };
    Some(Explanation::new(
        "s3-body-json",
        format!("The body is JSON, and the file that was announced is not{which}."),
    ))
}

/// Finds a whole file of another kind than announced, or another image than the hashed one.
fn of_another_kind(sample: &Sample, said: &Said<'_>) -> Option<Explanation> {
    let body = &sample.bytes[..];
    let kind = KINDS.iter().find(|kind| body.starts_with(kind.begins));
    let announced = KINDS.iter().find(|kind| said.announces(kind));
    match (kind, announced) {
        (Some(kind), Some(announced)) if kind.name != announced.name => {
            let what = format!(
                "The body is {}, and {} was announced: it was converted, or it is another file.",
                kind.name, announced.name
            );
            Some(Explanation::new("s3-body-type", what))
        }
        (Some(kind), _) if kind.is_image => {
            let size = dimensions(body)
                .map_or(String::new(), |(width, height)| format!(" of {width} by {height} pixels"));
            let what = format!(
                "The body is {}{size} with other bytes than those that were hashed: every program that resizes, \
                 turns, strips or saves an image writes new bytes.",
                kind.name
            );
            Some(Explanation::new("s3-body-reencoded", what))
        }
        (None, Some(announced)) => {
            let text = if is_text(body) { "text" } else { "bytes that do not begin as one" };
            let what = format!("{} was announced, and the body is {text}.", capital(announced.name));
            Some(Explanation::new("s3-body-type", what))
        }
        _ => None,
    }
}

fn capital(text: &str) -> String {
    text.replacen('a', "A", 1)
}

/// Returns width and height of a PNG, a GIF or a JPEG.
fn dimensions(body: &[u8]) -> Option<(u32, u32)> {
    let big = |at: usize| Some(u16::from_be_bytes(*body.get(at..)?.first_chunk()?));
    let little = |at: usize| Some(u16::from_le_bytes(*body.get(at..)?.first_chunk()?));
    let long = |at: usize| Some(u32::from_be_bytes(*body.get(at..)?.first_chunk()?));
    if body.starts_with(b"\x89PNG") {
        return Some((long(16)?, long(20)?));
    }
    if body.starts_with(b"GIF8") {
        return Some((little(6)?.into(), little(8)?.into()));
    }
    if !body.starts_with(b"\xff\xd8") {
        return None;
    }
    let mut at = 2;
    while body.get(at) == Some(&0xff) {
        // A frame's header, whatever its compression; `c4`, `c8` and `cc` are other segments.
        if matches!(body.get(at + 1)?, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf) {
            return Some((big(at + 7)?.into(), big(at + 5)?.into()));
        }
        at += 2 + usize::from(big(at + 2)?);
    }
    None
}

/// Returns whether bytes look like text: UTF-8, or another encoding with few odd characters.
pub(super) fn is_text(body: &[u8]) -> bool {
    let part = &body[..body.len().min(64 << 10)];
    let is_control = |byte: &&u8| byte.is_ascii_control() && !matches!(byte, b'\n' | b'\r' | b'\t' | 0x0c);
    let high = part.iter().filter(|byte| !byte.is_ascii()).count();
    part.iter().filter(is_control).count() == 0
        && (std::str::from_utf8(part).is_ok() || high * 2 <= part.len())
}
