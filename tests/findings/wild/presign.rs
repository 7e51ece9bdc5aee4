//! A presign whose `md5` is not an MD5, and uploads that go to another field of its answer.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::json;

use super::{PHOTO, emulator};
use crate::support::{Client, md5_base64, md5_hex, raw::Connection, request::Request};

const BASE64: &str = "4QrcOUm6Wau+VuBX8g+IPg==";
const HEX: &str = "e10adc3949ba59abbe56e057f20f883e";
const NUMBERS: &str = "225,10,220,57,73,186,89,171,190,86,224,87,242,15,136,62";

#[test]
fn explains_an_invalid_md5() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let (hex, base64) = (md5_hex(PHOTO), md5_base64(PHOTO));
    let dashed =
        hex.as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-").to_uppercase();
    for (md5, telling) in [
        (format!("{base64}\n"), "line end"),
        (format!("{base64}\\n"), "characters `\\n`"),
        (hex[1..].to_owned(), "31 hex digits"),
        (format!("b'{base64}'"), "Python's `b'…'`"),
        (format!("{hex}  f"), "`md5sum`"),
        (format!("MD5(f)= {hex}"), "openssl"),
        ("a7d5".repeat(16), "SHA-256"),
        ("a7d5".repeat(10), "SHA-1"),
        (STANDARD.encode([7; 32]), "SHA-256"),
        (STANDARD.encode(&hex), "base64 of the hex text"),
        (dashed, "separators"),
        ("[object Promise]".to_owned(), "not awaited"),
        ("undefined".to_owned(), "undefined"),
        (String::new(), "empty"),
        (format!("\"{hex}\""), "quotes"),
        (base64.trim_end_matches('=').to_owned(), "padding"),
        (format!("0x{hex}"), "`0x`"),
        ("${MD5}".to_owned(), "placeholder"),
        (format!("{HEX}\r\n"), "line end"),
        (format!(" {HEX}"), "blanks around"),
        (format!("W/\"{HEX}\""), "quotes"),
        (format!("b\"{HEX}\""), "Python"),
        (BASE64.replace('+', " "), "became a blank"),
        (BASE64.replace('=', "%3D"), "percent-encoded"),
        ("KUK\\/q7PQUzK2brEo4IQs\\/w==".to_owned(), "JSON"),
        (BASE64.replace('=', "&#x3D;"), "HTML"),
        (BASE64[..23].to_owned(), "padding"),
        ("4QrcOUm6Wau-VuBX8g-IPg==".to_owned(), "alphabet"),
        ("4QrcOUm6Wau-VuBX8g-IPg".to_owned(), "alphabet"),
        (format!("{HEX} *p.jpg"), "md5sum"),
        (format!("MD5 (p.jpg) = {HEX}"), "openssl"),
        (format!("md5:{HEX}"), "algorithm"),
        (format!("{BASE64}, {BASE64}"), "it is repeated"),
        (STANDARD.encode(BASE64), "twice"),
        (NUMBERS.to_owned(), "numbers"),
        (format!("{{\"type\":\"Buffer\",\"data\":[{NUMBERS}]}}"), "numbers"),
        (STANDARD.encode("a".repeat(64)), "hex text of a SHA-256"),
        ("MTIz".to_owned(), "base64 of 3 bytes"),
        (format!("{}g", &HEX[1..]), "`g` is not a hex digit"),
        ("__invalid__".to_owned(), "not base64"),
        ("é".to_owned(), "not base64"),
        ("***".to_owned(), "mask"),
    ] {
        let before = emulator.findings().len();
        let body = json!({"filename": "p.jpg", "mimeType": "image/jpeg", "md5": md5});
        let answer = client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(400).json();
        let found = emulator.findings().split_off(before);
        assert_eq!(found.len(), 1, "{md5}: {found:#?}");
        assert_eq!((found[0].rule, found[0].pointer.as_str()), ("md5-format", "/md5"), "{md5}");
        assert!(found[0].message.contains(telling), "{md5}: {}", found[0].message);
        assert!(found[0].spec.is_some(), "the document's pattern is named, too");
        assert_eq!(answer["errors"][0]["rule"], "md5-format");
        assert_eq!(answer["errors"][0]["message"], found[0].message.as_str());
    }
}

#[test]
fn leaves_an_md5_of_another_type_to_the_contract() {
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let body = json!({"filename": "p.jpg", "mimeType": "image/jpeg", "md5": 1});
    client.call("POST", "/connectors/files/upload/request", Some(&body)).expect(400);
    assert_eq!(emulator.findings()[0].rule, "contract-body");
}

#[test]
fn reports_an_upload_to_another_field_of_the_answer() {
    let emulator = emulator();
    let presigned = Client::new(&emulator, "alice-key").presign("p.jpg", PHOTO);
    let s3_key = format!("/{}", presigned.key);
    for (path, telling) in [
        ("/[object%20Object]", "JavaScript object"),
        ("/undefined", "`undefined`"),
        ("/", "the URL was empty"),
        ("/new", "`type`"),
        (s3_key.as_str(), "`s3Key`"),
    ] {
        let before = emulator.findings().len();
        let request = Request::alloy("PUT", path).body(PHOTO);
        assert_eq!(request.send(&emulator).status, 404, "{path}");
        let found = emulator.findings().split_off(before);
        assert_eq!(found.len(), 1, "{path}: {found:#?}");
        assert_eq!(found[0].rule, "upload-url-wrong", "{path}: {}", found[0].message);
        assert!(found[0].message.contains(telling), "{path}: {}", found[0].message);
    }
}

#[test]
fn finds_nothing_in_what_browsers_and_probes_fetch() {
    let emulator = emulator();
    for path in
        ["/", "/favicon.ico", "/apple-touch-icon.png", "/.well-known/appspecific/com.chrome.devtools.json"]
    {
        for method in ["GET", "HEAD"] {
            let mut connection = Connection::open(&emulator);
            connection.write(&Request::new(method, path).bytes());
            connection.finish();
            assert!(connection.read_to_end().starts_with(b"HTTP/1.1 404"), "{method} {path}");
        }
    }
    assert_eq!(emulator.exchanges().len(), 8);
    assert!(emulator.findings().is_empty(), "{:?}", emulator.findings());
    let unknown = Request::alloy("GET", "/favicon").send(&emulator);
    assert_eq!((unknown.status, emulator.findings()[0].rule), (404, "contract-path-unknown"));
}
