//! Wrong announced MD5s: the MD5 of something else than the file.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};

use super::{JPEG, PHOTO, emulator, one, presign};
use crate::support::{md5_base64, md5_hex, request::Request};

#[test]
fn recognises_the_md5_of_something_else() {
    let emulator = emulator();
    let base64 = STANDARD.encode(PHOTO);
    let list = PHOTO.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let lines = base64.as_bytes().chunks(76).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    let pairs = PHOTO.iter().take(50).map(|byte| format!(" {byte:02x}")).collect::<Vec<_>>().concat();
    let latin: String = PHOTO.iter().copied().map(char::from).collect();
    let text = |text: &str| md5_hex(text.as_bytes());
    for (name, md5, telling) in [
        ("nothing", text(""), "nothing at all"),
        ("data URL", text(&format!("data:image/jpeg;base64,{base64}")), "`data:` URL"),
        ("octets", text(&format!("data:application/octet-stream;base64,{base64}")), "`data:` URL"),
        ("ArrayBuffer", text("[object ArrayBuffer]"), "`[object ArrayBuffer]`"),
        ("promise", text("[object Promise]"), "not awaited"),
        ("undefined", text("undefined"), "`undefined`"),
        ("null", text("null"), "`null`"),
        ("empty object", text("{}"), "`{}`"),
        ("echo", text("undefined\n"), "`undefined`"),
        ("numbers", text(&list), "numbers"),
        ("spaced numbers", text(&format!("[{}]", list.replace(',', ", "))), "numbers"),
        (
            "buffer as JSON",
            text(&format!("{{\"type\":\"Buffer\",\"data\":[{list}]}}")),
            "the buffer written as JSON",
        ),
        ("printed buffer", text(&format!("<Buffer{pairs}>")), "`<Buffer …>`"),
        ("base64", text(&base64), "the file's base64"),
        ("base64 in lines", text(&lines), "the file's base64"),
        ("base64 for URLs", text(&URL_SAFE_NO_PAD.encode(PHOTO)), "the file's base64"),
        ("hex", text(&hex::encode(PHOTO)), "hex digits"),
        ("its MD5", text(&md5_hex(PHOTO)), "hashed once more"),
        ("its MD5 as base64", text(&md5_base64(PHOTO)), "hashed once more"),
        ("SHA-256", hex::encode(Sha256::digest(PHOTO))[..32].to_owned(), "SHA-256"),
        ("name", text("p.jpg"), "the file's name, `p.jpg`"),
        ("path", text("/tmp/p.jpg"), "`/tmp/p.jpg`"),
        ("type", text("image/jpeg"), "the file's type"),
        ("read as UTF-8", text(&String::from_utf8_lossy(PHOTO)), "read as text"),
        ("read as Latin-1", text(&latin), "one character for each byte"),
    ] {
        let presigned = presign(&emulator, "p.jpg", JPEG, &md5);
        let request = Request::put(&presigned.url, &presigned.md5, PHOTO).and("content-type", JPEG);
        one(
            &emulator,
            name,
            &request,
            "s3-announced-md5",
            &["The MD5 that was announced is that of", telling],
        );
    }
}
