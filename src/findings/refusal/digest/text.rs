//! Texts that were changed on their way: line ends, a byte order mark, the last line end, the encoding. Each is
//! changed back, and what comes out has the announced digest.

use memchr::memmem;

use super::{Told, Wanted};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The announced file, once one change is undone.
pub(super) fn prove(body: &[u8], wanted: &Wanted) -> Option<Told> {
    line_ends(body, wanted)
        .or_else(|| mark(body, wanted))
        .or_else(|| last_line_end(body, wanted))
        .or_else(|| encoding(body, wanted))
}

fn line_ends(body: &[u8], wanted: &Wanted) -> Option<Told> {
    let told = |what: &str| Some(Told::new("s3-body-line-ends", what));
    if memmem::find(body, b"\r\n").is_some() && wanted.is(&replaced(body, b"\r\n", b"\n")) {
        return told("The body is the file with its line ends changed from LF to CRLF.");
    }
    let unix = memchr::memchr(b'\n', body).is_some();
    if unix && wanted.is(&replaced(&replaced(body, b"\r\n", b"\n"), b"\n", b"\r\n")) {
        return told("The body is the file with its line ends changed from CRLF to LF.");
    }
    None
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

fn mark(body: &[u8], wanted: &Wanted) -> Option<Told> {
    let what = match body.strip_prefix(BOM) {
        Some(rest) if wanted.is(rest) => "The body is the file with a byte order mark (EF BB BF) before it.",
        None if wanted.is(&[BOM, body].concat()) => {
            "The body is the file without its byte order mark (EF BB BF)."
        }
        _ => return None,
    };
    Some(Told::new("s3-body-bom", what))
}

fn last_line_end(body: &[u8], wanted: &Wanted) -> Option<Told> {
    let told = |what: &str| Some(Told::new("s3-body-last-line-end", what));
    for end in ["\r\n", "\n"] {
        if body.strip_suffix(end.as_bytes()).is_some_and(|rest| wanted.is(rest)) {
            return told("The body is the file with a line end behind it.");
        }
        if wanted.is(&[body, end.as_bytes()].concat()) {
            return told("The body is the file without its last line end.");
        }
    }
    let trimmed = body.trim_ascii();
    if trimmed.len() < body.len() && wanted.is(trimmed) {
        return told("The body is the file with blanks or line ends around it.");
    }
    None
}

fn encoding(body: &[u8], wanted: &Wanted) -> Option<Told> {
    let told = |what: &str| Some(Told::new("s3-body-text-encoding", what));
    if let Some(text) = utf16(body)
        && (wanted.is(text.as_bytes()) || wanted.is(text.trim_start_matches('\u{feff}').as_bytes()))
    {
        return told("The body is the file in UTF-16; the file is in UTF-8.");
    }
    let Ok(text) = std::str::from_utf8(body) else {
        let text: String = body.iter().copied().map(char::from).collect();
        return wanted.is(text.as_bytes()).then(|| {
            Told::new("s3-body-text-encoding", "The body is the file in Latin-1; the file is in UTF-8.")
        });
    };
    for (little, name) in [(true, "UTF-16LE"), (false, "UTF-16BE")] {
        let bytes = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16();
            units.flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
        };
        let marked = || bytes(&format!("\u{feff}{text}"));
        if wanted.is(&bytes(text)) || wanted.is(&marked()) {
            return told(&format!("The body is the file in UTF-8; the file is in {name}."));
        }
    }
    if text.is_ascii() {
        return None;
    }
    let latin: Option<Vec<u8>> =
        text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect();
    if wanted.is(&latin?) {
        return told(
            "The body is the file, read as Latin-1 and written as UTF-8: each byte from 80 on became two.",
        );
    }
    None
}

/// The text of bytes in UTF-16, in whichever order its mark says, or else little-endian.
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
