//! Texts that were changed in transit: line ends, byte order mark, last line end, encoding. Each
//! change is undone, alone or with one other, until the result has the announced digest.

use memchr::memmem;

use super::{Explanation, Wanted, signs::is_text};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Up to this size, in bytes, two changes are undone together.
const MAX_FOR_TWO: usize = 1 << 20;

/// Windows-1252 from 80 to 9F. Zeros are not assigned, and map to themselves.
const CP1252: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
    0x0153, 0, 0x017e, 0x0178,
];

/// A change, undone.
struct Undone {
    rule: &'static str,
    /// Explanation, as the end of `The body is the file …`.
    how: &'static str,
    bytes: Vec<u8>,
}

/// Finds the announced file by undoing changes.
pub(super) fn prove(body: &[u8], wanted: &Wanted) -> Option<Explanation> {
    let first = undone(body);
    if let Some(Undone { rule, how, .. }) = first.iter().find(|undone| wanted.is(&undone.bytes)) {
        return Some(Explanation::new(rule, format!("The body is the file {how}.")));
    }
    if body.len() > MAX_FOR_TWO {
        return None;
    }
    first.iter().find_map(|outer| {
        // Two changes that undo each other are none.
        let is_it = |inner: &Undone| inner.bytes != body && wanted.is(&inner.bytes);
        let inner = undone(&outer.bytes).into_iter().find(is_it)?;
        Some(Explanation::new(outer.rule, format!("The body is the file {}, and {}.", outer.how, inner.how)))
    })
}

/// Returns possible bodies before one change.
fn undone(body: &[u8]) -> Vec<Undone> {
    let mut all = Vec::new();
    let mut push = |rule, how, bytes: Option<Vec<u8>>| {
        all.extend(bytes.filter(|bytes| bytes != body).map(|bytes| Undone { rule, how, bytes }));
    };
    let line_ends = "s3-body-line-ends";
    let unix = replaced(body, b"\r\n", b"\n");
    push(line_ends, "with its line ends changed from CRLF to LF", Some(replaced(&unix, b"\n", b"\r\n")));
    push(line_ends, "with its line ends changed from CR to LF", Some(replaced(&unix, b"\n", b"\r")));
    push(line_ends, "with its line ends changed from LF to CR", Some(replaced(body, b"\r", b"\n")));
    push(line_ends, "with each CRLF changed to CR CR LF", Some(replaced(body, b"\r\r\n", b"\r\n")));
    push(line_ends, "with an empty line put behind each line", Some(replaced(body, b"\n\n", b"\n")));
    push(line_ends, "with its line ends changed from LF to CRLF", Some(unix));
    let bom = "s3-body-bom";
    push(bom, "with a byte order mark (EF BB BF) before it", body.strip_prefix(BOM).map(<[u8]>::to_vec));
    let marked = (!body.starts_with(BOM)).then(|| [BOM, body].concat());
    push(bom, "without its byte order mark (EF BB BF)", marked);
    let last = "s3-body-last-line-end";
    for end in [&b"\r\n"[..], b"\n"] {
        push(last, "with a line end behind it", body.strip_suffix(end).map(<[u8]>::to_vec));
        push(last, "without its last line end", Some([body, end].concat()));
    }
    push(last, "with blanks or line ends around it", Some(body.trim_ascii().to_vec()));
    push(last, "with blanks or line ends behind it", Some(body.trim_ascii_end().to_vec()));
    push("s3-body-text-encoding", "escaped for HTML", html(body));
    encodings(body, &mut push);
    all
}

/// Returns possible bodies in other encodings.
fn encodings(body: &[u8], push: &mut impl FnMut(&'static str, &'static str, Option<Vec<u8>>)) {
    let rule = "s3-body-text-encoding";
    let utf16 = utf16(body);
    let unmarked = utf16.as_deref().map(|text| text.trim_start_matches('\u{feff}').as_bytes().to_vec());
    push(rule, "in UTF-16; the file is in UTF-8", utf16.map(String::into_bytes));
    push(rule, "in UTF-16; the file is in UTF-8", unmarked);
    let Ok(text) = std::str::from_utf8(body) else {
        // Binary bytes were read as text, and that text was hashed.
        if !is_text(body) {
            return;
        }
        let latin = body.iter().copied().map(char::from).collect::<String>();
        push(rule, "in Latin-1; the file is in UTF-8", Some(latin.into_bytes()));
        let windows = body.iter().map(|byte| from_cp1252(*byte)).collect::<String>();
        push(rule, "in Windows-1252; the file is in UTF-8", Some(windows.into_bytes()));
        return;
    };
    for (how, unit, mark) in [
        ("in UTF-8; the file is in UTF-16LE", u16::to_le_bytes as fn(u16) -> [u8; 2], ""),
        ("in UTF-8; the file is in UTF-16LE, with a byte order mark", u16::to_le_bytes, "\u{feff}"),
        ("in UTF-8; the file is in UTF-16BE", u16::to_be_bytes, ""),
        ("in UTF-8; the file is in UTF-16BE, with a byte order mark", u16::to_be_bytes, "\u{feff}"),
    ] {
        let bytes = mark.encode_utf16().chain(text.encode_utf16()).flat_map(unit).collect();
        push(rule, how, Some(bytes));
    }
    if text.is_ascii() {
        return;
    }
    let latin = text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
    push(rule, "read as Latin-1 and written as UTF-8: each byte from 80 on became two", latin);
    let windows = text.chars().map(to_cp1252).collect();
    push(
        rule,
        "read as Windows-1252 and written as UTF-8: each byte from 80 on became two or three",
        windows,
    );
}

fn replaced(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(body.len());
    let mut start = 0;
    for at in memmem::find_iter(body, from) {
        changed.extend_from_slice(&body[start..at]);
        changed.extend_from_slice(to);
        start = at + from.len();
    }
    changed.extend_from_slice(&body[start..]);
    changed
}

fn from_cp1252(byte: u8) -> char {
    let assigned = byte.checked_sub(0x80).and_then(|index| CP1252.get(usize::from(index)));
    let assigned = assigned.filter(|code| **code != 0).and_then(|code| char::from_u32((*code).into()));
    assigned.unwrap_or(char::from(byte))
}

fn to_cp1252(character: char) -> Option<u8> {
    let code = u32::from(character);
    let index = CP1252.iter().position(|known| u32::from(*known) == code && code != 0);
    match index {
        Some(index) => u8::try_from(0x80 + index).ok(),
        None => u8::try_from(code).ok(),
    }
}

/// Undoes HTML escapes.
fn html(body: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'&', body)?;
    let mut plain = body.to_vec();
    for (escape, character) in [
        (&b"&lt;"[..], &b"<"[..]),
        (b"&gt;", b">"),
        (b"&quot;", b"\""),
        (b"&#34;", b"\""),
        (b"&#39;", b"'"),
        (b"&#x27;", b"'"),
        (b"&amp;", b"&"),
    ] {
        plain = replaced(&plain, escape, character);
    }
    Some(plain)
}

/// Decodes UTF-16, in the order of its mark, or else little-endian.
fn utf16(body: &[u8]) -> Option<String> {
    if !body.len().is_multiple_of(2) || !body.contains(&0) {
        return None;
    }
    let big = body.starts_with(b"\xfe\xff");
    let units = body.chunks_exact(2).map(|pair| {
        let pair = [pair[0], pair[1]];
        if big { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    });
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}
