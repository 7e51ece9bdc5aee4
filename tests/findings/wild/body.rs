//! Wrong bodies instead of a file.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{JPEG, PHOTO, TEXT, emulator, one, presign};
use crate::support::{md5_hex, raw::Connection, request::Request};

const FORM: &str = "application/x-www-form-urlencoded";

/// The upload of `sent` where `content` was announced.
fn upload(
    emulator: &alloy_assay::Emulator,
    name: &str,
    mime_type: &str,
    content: &[u8],
    sent: &[u8],
) -> Request {
    let presigned = presign(emulator, name, mime_type, &md5_hex(content));
    Request::put(&presigned.url, &presigned.md5, sent)
}

#[test]
fn recognises_bodies_sent_instead_of_a_file() {
    let emulator = emulator();
    for (sent, rule, telling) in [
        ("[object Object]", "s3-body-stand-in", "JavaScript object"),
        ("[object Blob]", "s3-body-stand-in", "`[object Blob]`"),
        ("[object Promise]", "s3-body-stand-in", "not awaited"),
        ("undefined", "s3-body-stand-in", "no value"),
        ("null", "s3-body-stand-in", "`null`"),
        ("None", "s3-body-stand-in", "Python's `None`"),
        ("{}", "s3-body-stand-in", "`JSON.stringify`"),
        ("<_io.BufferedReader name='p.jpg'>", "s3-body-stand-in", "Python file object"),
        ("[B@6d06d69c", "s3-body-stand-in", "Java byte array"),
        ("java.io.FileInputStream@1b6d3586", "s3-body-stand-in", "Java object"),
        ("System.Byte[]", "s3-body-stand-in", ".NET object"),
        ("#<File:0x000055d0c0ffee>", "s3-body-stand-in", "Ruby"),
        ("File: '/data/p.jpg'", "s3-body-stand-in", "Dart"),
        ("file:///data/p.jpg", "s3-body-name", "a file's URI"),
        ("content://media/external/images/1", "s3-body-name", "a file's URI"),
        ("blob:http://localhost:3000/0f5f1f0e-7d0c", "s3-body-name", "`blob:` URL"),
        ("https://example.com/p.jpg", "s3-body-name", "a URL"),
        ("/data/p.jpg", "s3-body-name", "path"),
        ("C:\\photos\\p.jpg", "s3-body-name", "path"),
        ("p.jpg", "s3-body-name", "the file's name"),
        ("\"p.jpg\"", "s3-body-name", "the file's name"),
        ("<!DOCTYPE html>\n<html><title>502</title></html>", "s3-body-type", "an HTML page"),
        ("{\"message\":\"Unauthorized\"}", "s3-body-json", "is JSON"),
        ("{\"presignedUrl\":{\"type\":\"new\"}}", "s3-body-json", "the presign's answer"),
        (
            "{\"filename\":\"p.jpg\",\"mimeType\":\"image/jpeg\",\"md5\":\"0\"}",
            "s3-body-json",
            "the presign's request",
        ),
        ("\u{89}PNG\r\n\u{1a}\n", "s3-body-text-encoding", "one character for each byte"),
    ] {
        let request = upload(&emulator, "p.jpg", JPEG, PHOTO, sent.as_bytes()).and("content-type", JPEG);
        one(&emulator, sent, &request, rule, &[telling]);
    }
}

#[test]
fn reports_a_missing_at_sign_to_curl_users() {
    let emulator = emulator();
    for sent in ["p.jpg", "/data/p.jpg", "file=p.jpg"] {
        let request = upload(&emulator, "p.jpg", JPEG, PHOTO, sent.as_bytes()).and("content-type", FORM);
        one(&emulator, sent, &request, "s3-body-name", &["`@`, which is missing", "--data-binary @NAME"]);
    }
    let request = upload(&emulator, "p.jpg", JPEG, PHOTO, b"file=@p.jpg").and("content-type", FORM);
    one(&emulator, "at sign behind a name", &request, "s3-body-name", &["only where it comes first"]);
}

#[test]
fn recognises_a_wrapped_or_printed_file() {
    let emulator = emulator();
    let base64 = STANDARD.encode(PHOTO);
    let list = PHOTO.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let pairs = PHOTO.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let python = PHOTO.iter().map(|byte| format!("\\x{byte:02x}")).collect::<Vec<_>>().concat();
    let part = |head: &str, content: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"file\"\r\n{head}\r\n{content}\r\n--x--\r\n")
    };
    for (sent, rule, telling) in [
        (
            format!("{{\"type\":\"Buffer\",\"data\":[{list}]}}"),
            "s3-body-json",
            "a list of numbers at `/data`",
        ),
        (format!("{{\"file\":\"{base64}\"}}"), "s3-body-json", "base64 at `/file`"),
        (base64.clone(), "s3-body-encoded", "base64 of the file"),
        (format!("{base64}\n"), "s3-body-encoded", "base64 of the file"),
        (format!("data:image/jpeg;base64,{base64}"), "s3-body-encoded", "`data:` URL"),
        (STANDARD.encode(&base64), "s3-body-encoded", "base64 twice"),
        (format!("\"{base64}\""), "s3-body-json", "base64"),
        (pairs.replace(' ', ""), "s3-body-encoded", "hex digits"),
        (pairs.clone(), "s3-body-encoded", "hex digits"),
        (format!("<Buffer {pairs}>"), "s3-body-encoded", "hex digits"),
        (list.clone(), "s3-body-encoded", "numbers"),
        (format!("[{}]", list.replace(',', " ")), "s3-body-encoded", "numbers"),
        (format!("b'{python}'"), "s3-body-encoded", "Python"),
        (part("Content-Transfer-Encoding: base64\r\n", &base64), "s3-body-multipart", "part `file`"),
        (
            format!("<Buffer {}... 650 more bytes>", &pairs[..60]),
            "s3-body-encoded",
            "only the first 50 bytes",
        ),
    ] {
        let request = upload(&emulator, "p.jpg", JPEG, PHOTO, sent.as_bytes()).and("content-type", JPEG);
        one(&emulator, &sent, &request, rule, &[telling]);
    }
}

#[test]
fn explains_changes_of_a_text() {
    let emulator = emulator();
    let text = String::from_utf8(TEXT.to_vec()).unwrap();
    let crlf = text.replace('\n', "\r\n");
    let windows = text.chars().map(|character| match character {
        '–' => 0x96,
        '€' => 0x80,
        other => u8::try_from(u32::from(other)).unwrap(),
    });
    let windows: Vec<u8> = windows.collect();
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, sent, rule, telling) in [
        ("CRLF", crlf.clone().into_bytes(), "s3-body-line-ends", "from LF to CRLF"),
        ("CR CR LF", crlf.replace('\r', "\r\r").into_bytes(), "s3-body-line-ends", "CRLF"),
        ("empty lines", text.replace('\n', "\n\n").into_bytes(), "s3-body-line-ends", "empty line"),
        ("BOM", format!("\u{feff}{text}").into_bytes(), "s3-body-bom", "byte order mark"),
        ("BOM and CRLF", format!("\u{feff}{crlf}").into_bytes(), "s3-body-line-ends", "byte order mark"),
        (
            "trimmed",
            text.trim_end().as_bytes().to_vec(),
            "s3-body-last-line-end",
            "without its last line end",
        ),
        ("CRLF, trimmed", crlf.trim_end().as_bytes().to_vec(), "s3-body-line-ends", "last line end"),
        ("Windows-1252", windows.clone(), "s3-body-text-encoding", "Windows-1252"),
        ("UTF-16", utf16, "s3-body-text-encoding", "UTF-16"),
        ("HTML", text.replace('\n', "<").into_bytes(), "s3-body-other", "text"),
    ] {
        let request = upload(&emulator, "t.txt", "text/plain", TEXT, &sent);
        one(&emulator, name, &request, rule, &[telling]);
    }
    // Bytes that are read as Windows-1252 and written as UTF-8 grow; the reverse is reported too. Uses another
    // emulator, which does not know the content under another name.
    let emulator = super::emulator();
    let request = upload(&emulator, "t.txt", "text/plain", &windows, TEXT);
    one(&emulator, "mojibake", &request, "s3-body-text-encoding", &["Windows-1252"]);
    let escaped = upload(&emulator, "t.txt", "text/plain", b"a < b & c\n", b"a &lt; b &amp; c\n");
    one(&emulator, "escaped", &escaped, "s3-body-text-encoding", &["escaped for HTML"]);
}

#[test]
fn recognises_rewritten_json() {
    let emulator = emulator();
    let file = "{\n  \"name\": \"Gr\u{fc}n\",\n  \"list\": [\n    1,\n    2.50\n  ],\n  \"none\": {}\n}\n";
    let compact = "{\"name\":\"Gr\u{fc}n\",\"list\":[1,2.50],\"none\":{}}";
    for (name, sent, telling) in [
        ("compact", compact.to_owned(), "indented by 2 blanks, with a line end"),
        ("Python", compact.replace(':', ": ").replace(',', ", "), "indented by 2 blanks"),
        ("escaped", compact.replace('\u{fc}', "\\u00fc"), "without `\\u` escapes"),
        ("no line end", file.trim_end().to_owned(), "without its last line end"),
    ] {
        let request = upload(&emulator, "a.json", "application/json", file.as_bytes(), sent.as_bytes());
        let rule = if name == "no line end" { "s3-body-last-line-end" } else { "s3-body-json-rewritten" };
        one(&emulator, name, &request, rule, &[telling]);
    }
}

#[test]
fn recognises_compression_and_decompression() {
    let emulator = emulator();
    for (name, mime_type, begin, encoding, telling) in [
        ("t.txt", "text/plain", &b"\x1f\x8b\x08\0"[..], "gzip", "gzip, with `Content-Encoding: gzip`"),
        ("t.txt", "text/plain", b"\x1f\x8b\x08\0", "", "compressed with gzip"),
        ("t.txt", "text/plain", b"\x78\x9c\xab\xca", "deflate", "deflate"),
        ("t.txt", "text/plain", b"\x28\xb5\x2f\xfd", "", "zstd"),
        ("t.txt", "text/plain", b"\x0b\x02\x80\xff", "br", "`Content-Encoding: br`"),
        ("t.txt.gz", "application/gzip", b"plain text", "", "unpacked"),
    ] {
        let mut request =
            upload(&emulator, name, mime_type, b"plain text\n", &[begin, b"\xc3\x28\x01\0"].concat());
        if !encoding.is_empty() {
            request = request.and("content-encoding", encoding);
        }
        one(&emulator, name, &request, "s3-body-compressed", &[telling]);
    }
}

#[test]
fn reports_a_body_longer_than_the_file() {
    let emulator = emulator();
    let mut padded = PHOTO.to_vec();
    padded.resize(4096, 0);
    let mut pool = vec![b'x'; 8192];
    pool[160..160 + PHOTO.len()].copy_from_slice(PHOTO);
    let part = [&b"Content-Type: image/jpeg\r\n\r\n"[..], PHOTO].concat();
    let telling = format!("{} bytes, with {} zero bytes behind it", PHOTO.len(), 4096 - PHOTO.len());
    for (name, sent, telling) in [
        ("zeros", padded, telling.as_str()),
        ("line end", [PHOTO, b"\r\n--x--"].concat(), "7 bytes stand behind them"),
        ("part", part, "28 bytes stand before them"),
        ("pool", pool, "bytes from 160 on"),
    ] {
        let request = upload(&emulator, "p.jpg", JPEG, PHOTO, &sent);
        one(&emulator, name, &request, "s3-body-padded", &[telling]);
    }
}

#[test]
fn distinguishes_a_converted_image_from_a_saved_one() {
    let emulator = emulator();
    let png = include_bytes!("../../../fixtures/files/gradient.png");
    let (image, end) = png.split_at(png.len() - 12);
    let again = [image, b"\0\0\0\x0dtEXtSoftware\0test\x1f\x2e\x3d\x4c", end].concat();
    let saved = upload(&emulator, "p.png", "image/png", png, &again);
    one(&emulator, "saved again", &saved, "s3-body-reencoded", &["a PNG image of", "pixels"]);
    let converted = upload(&emulator, "p.jpg", JPEG, PHOTO, &again);
    one(
        &emulator,
        "converted",
        &converted,
        "s3-body-type",
        &["is a PNG image, and a JPEG image was announced"],
    );
    let text = upload(&emulator, "p.png", "image/png", png, b"no image at all");
    one(&emulator, "text", &text, "s3-body-type", &["A PNG image was announced, and the body is text"]);
}

#[test]
fn reports_a_content_length_in_characters() {
    let emulator = emulator();
    let text = "Grüße\nline two\n".as_bytes();
    for (length, telling) in [(15, "counts characters, 15"), (16, "17 bytes")] {
        let request = upload(&emulator, "t.txt", "text/plain", text, text);
        let request = request.with("content-length", length.to_string());
        one(&emulator, telling, &request, "s3-content-length-short", &[telling, "more followed"]);
    }
}

#[test]
fn explains_a_body_shorter_than_announced() {
    let emulator = emulator();
    let latin: Vec<u8> =
        "Grüße\nline two\n".chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    let text = "Grüße\nline two\n".as_bytes();
    let base64 = STANDARD.encode(PHOTO).len().to_string();
    let length = PHOTO.len().to_string();
    for (name, content, sent, announced, rule, telling) in [
        ("stream", PHOTO, &b""[..], length.as_str(), "s3-body-empty", "was read before"),
        ("Latin-1", text, &latin, "17", "s3-body-text-encoding", "in Latin-1"),
        ("LF", b"a\r\nb\r\n", b"a\nb\n", "6", "s3-body-line-ends", "from CRLF to LF"),
        ("base64", PHOTO, PHOTO, &base64, "s3-body-timeout", "length of the body's base64"),
        ("unknown", PHOTO, b"12", "3", "s3-body-timeout", "announces 3 bytes, but 2 arrived"),
    ] {
        let request =
            upload(&emulator, "t.txt", "text/plain", content, sent).with("content-length", announced);
        let before = emulator.findings().len();
        // The connection stays open, as a client's does that waits for its answer.
        let mut connection = Connection::open(&emulator);
        assert_eq!(request.send_on(&mut connection).status, 400, "{name}");
        let found = emulator.findings().split_off(before);
        assert_eq!(found.len(), 1, "{name}: {found:#?}");
        assert_eq!(found[0].rule, rule, "{name}: {}", found[0].message);
        assert!(found[0].message.contains(telling), "{name}: {}", found[0].message);
    }
}

#[test]
fn compares_a_body_with_a_file_that_is_stored() {
    let emulator = emulator();
    let file = PHOTO.repeat(3);
    let put = |sent: &[u8]| upload(&emulator, "p.bin", "application/octet-stream", &file, sent);
    assert_eq!(put(&file).send(&emulator).status, 200);
    let mut changed = file.clone();
    changed[20] ^= 1;
    let half = file.len() / 2;
    for (name, sent, rule, telling) in [
        ("first half", &file[..half], "s3-body-truncated", format!("only the first {half} bytes")),
        ("second half", &file[half..], "s3-body-truncated", format!("without its first {half} bytes")),
        (
            "one bit",
            &changed,
            "s3-body-other",
            "The first 20 bytes are the same, and byte 21 differs".to_owned(),
        ),
        ("another", b"zz", "s3-body-other", "The first byte differs".to_owned()),
    ] {
        one(&emulator, name, &put(sent), rule, &[&telling, "is stored already"]);
    }
}

#[test]
fn finds_the_file_in_what_is_around_it() {
    let file = b"one\ntwo\xff\n";
    let base64 = STANDARD.encode(file);
    let form = [
        &b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n"[..],
        file,
        b"\r\n--x--\r\n",
    ]
    .concat();
    let deep = format!("{{\"a\":[1,{{\"b\":\"{base64}\"}}]}}");
    let chunks = b"3;chunk-signature=00ff\r\n123\r\n2\r\n45\r\n0\r\n\r\n";
    for (content, sent, rule, telling) in [
        (&file[..], &form[..], "s3-body-multipart", "part `file`"),
        (file, base64.trim_end_matches('=').as_bytes(), "s3-body-encoded", "base64"),
        (file, deep.as_bytes(), "s3-body-json", "as base64 at `/a/1/b`"),
        (b"123", b"\"123\"", "s3-body-json", "as text."),
        (b"12", br#"{"0":49,"1":50}"#, "s3-body-json", "a list of numbers"),
        (b"a b", b"file=a+b&x=1", "s3-body-form", "field `file`"),
        (b"a\n", b"a%0A", "s3-body-form", "percent-encoded"),
        (b"12345", chunks, "s3-body-chunked", "aws-chunked"),
    ] {
        alone(content, sent, rule, telling);
    }
}

#[test]
fn changes_a_changed_text_back() {
    for (content, sent, rule, telling) in [
        (&b"a\r\nb\r\n"[..], &b"a\nb\n"[..], "s3-body-line-ends", "from CRLF to LF"),
        (b"\xef\xbb\xbfa", b"a", "s3-body-bom", "without its byte order mark"),
        (b"a", b"a\n", "s3-body-last-line-end", "with a line end behind it"),
        ("größer".as_bytes(), b"gr\xf6\xdfer", "s3-body-text-encoding", "in Latin-1"),
        (b"gr\xf6\xdfer", "größer".as_bytes(), "s3-body-text-encoding", "read as Latin-1"),
        (b"a", b"\xff\xfea\0", "s3-body-text-encoding", "in UTF-16"),
        (b"a\0b\0", b"ab", "s3-body-text-encoding", "UTF-16LE"),
        (b"\x89PNG\xff", "\u{fffd}PNG\u{fffd}".as_bytes(), "s3-body-text-encoding", "U+FFFD"),
    ] {
        alone(content, sent, rule, telling);
    }
}

#[test]
fn tells_that_what_was_announced_is_of_something_else() {
    let large = vec![7; 5000];
    let (base64, hex) = (STANDARD.encode(b"fi\xffle"), md5_hex(b"file"));
    for (content, sent, telling) in [
        (&b""[..], &b"file"[..], "nothing at all"),
        (&large[..4096], &large, "first 4096 bytes"),
        (base64.as_bytes(), b"fi\xffle", "base64"),
        (hex.as_bytes(), b"file", "once more"),
        ("a\u{fffd}".as_bytes(), b"a\xff", "read as text"),
    ] {
        alone(content, sent, "s3-announced-md5", telling);
    }
}

#[test]
fn reads_signs_where_nothing_is_proven() {
    let form = b"--x\r\nContent-Disposition: form-data\r\n\r\nelse\r\n--x--";
    for (sent, rule, telling) in [
        (&b""[..], "s3-body-empty", "empty"),
        (b"\x1f\x8b\x08whatever", "s3-body-compressed", "gzip"),
        (form, "s3-body-multipart", "looks like a form"),
        (b"else", "s3-body-other", "not those that were announced"),
    ] {
        alone(b"file", sent, rule, telling);
    }
}

/// Sends `sent` where `content` was announced, to an emulator that knows no other file.
#[track_caller]
fn alone(content: &[u8], sent: &[u8], rule: &str, telling: &str) {
    let emulator = emulator();
    let request = upload(&emulator, "f.bin", "application/octet-stream", content, sent);
    one(&emulator, telling, &request, rule, &[telling]);
}
