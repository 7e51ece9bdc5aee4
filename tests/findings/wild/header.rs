//! Wrong headers of an upload.

use super::{JPEG, PHOTO, emulator, one, presign};
use crate::support::{md5_hex, request::Request};

/// A file whose MD5 has a `+` in its base64.
fn with_plus() -> Vec<u8> {
    let has_plus =
        |content: &Vec<u8>| crate::support::md5_base64(content).trim_start_matches('+').contains('+');
    (0..1_000_000).map(|number: u32| number.to_string().into_bytes()).find(has_plus).unwrap()
}

#[test]
fn explains_a_wrong_content_md5() {
    let emulator = emulator();
    let content = with_plus();
    let presigned = presign(&emulator, "c.txt", "text/plain", &md5_hex(&content));
    let (md5, hex) = (presigned.md5.as_str(), md5_hex(&content));
    let good = || Request::put(&presigned.url, md5, &content);
    for (value, rule, telling) in [
        (md5.replace('+', " "), "s3-content-md5-form", "a `+` of its base64 became a blank"),
        (md5.replace('+', "%2B"), "s3-content-md5-form", "percent-encoded"),
        (format!("\"{md5}\""), "s3-content-md5-form", "quotes"),
        (format!("b'{md5}'"), "s3-content-md5-form", "Python"),
        (format!("{md5}\\n"), "s3-content-md5-form", "`\\n` behind"),
        (md5.trim_end_matches('=').to_owned(), "s3-content-md5-form", "padding"),
        ("[object Promise]".to_owned(), "s3-content-md5-form", "not awaited"),
        ("undefined".to_owned(), "s3-content-md5-form", "`undefined`"),
        (md5.to_lowercase(), "s3-content-md5-other", "case of its letters"),
        (hex.clone(), "s3-content-md5-hex", "as hex"),
        (hex.to_uppercase(), "s3-content-md5-hex", "as hex"),
        (format!("{hex}  c.txt"), "s3-content-md5-form", "md5sum"),
        ("1B2M2Y8AsgTpgAmY7PhCfg==".to_owned(), "s3-content-md5-other", "the MD5 of nothing"),
    ] {
        one(&emulator, &value, &good().with("content-md5", &value), rule, &[telling]);
    }
    one(&emulator, "twice", &good().and("content-md5", md5), "s3-content-md5-other", &["more than once"]);
}

#[test]
fn explains_a_chunked_body() {
    let emulator = emulator();
    for (content, telling) in [(&b""[..], "The file is empty"), (PHOTO, "with a stream of unknown length")] {
        let presigned = presign(&emulator, "p.jpg", JPEG, &md5_hex(content));
        let request = Request::put(&presigned.url, &presigned.md5, b"0\r\n\r\n");
        let request = request.without("content-length").and("transfer-encoding", "chunked");
        one(&emulator, telling, &request, "s3-transfer-encoding", &[telling]);
    }
}

#[test]
fn recognises_a_body_in_sdk_chunks() {
    let emulator = emulator();
    let presigned = presign(&emulator, "p.jpg", JPEG, &md5_hex(PHOTO));
    let mut body = format!("{:x};chunk-signature=00ff\r\n", PHOTO.len()).into_bytes();
    body.extend_from_slice(PHOTO);
    body.extend_from_slice(b"\r\n0;chunk-signature=00ff\r\n\r\n");
    let request = Request::put(&presigned.url, &presigned.md5, &body).and("content-encoding", "aws-chunked");
    one(&emulator, "aws-chunked", &request, "s3-body-chunked", &["aws-chunked"]);
}
