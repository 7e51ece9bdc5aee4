//! A page in a real browser uploads to a presigned URL, from another origin than the emulator's: what CORS
//! lets it see. Chromium that is not installed is skipped, with a word on stderr, except where `CI=true`: there
//! it is a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "in a test they are assertions, and a browser that hangs is given up in real time"
)]

pub mod chromium;
mod site;
use std::time::Duration;

use alloy_assay::{Builder, Cors, Emulator};
use chromium::Chromium;
use serde_json::{Value, json};
use site::Site;

use crate::support::{Client, Presigned, md5_hex, start};

const PAGE: &str = include_str!("page.html");
const BODY: &str = "hello from a page";

/// Returns the report of a page that tried to upload; `None` without a browser. `cors` sets up the emulator for the
/// page's origin; `before` may change it once the page has its URL.
#[track_caller]
fn upload(
    cors: impl FnOnce(&str) -> Option<Cors>,
    before: impl FnOnce(&Emulator),
) -> Option<(Emulator, Value)> {
    let program = Chromium::installed()?;
    let mut site = Site::new();
    let cors = cors(&site.origin());
    let emulator = start(|builder| cors.into_iter().fold(builder, Builder::cors));
    // A page never has the API key: its server requests the URL.
    let Presigned { url, md5, .. } = Client::new(&emulator, "alice-key").presign("a.txt", BODY.as_bytes());
    before(&emulator);
    let upload = json!({"url": url, "md5": md5, "body": BODY}).to_string();
    let reports = site.serve(PAGE.replace("{Upload};", &format!("{upload};")));
    let browser = Chromium::open(program, &format!("{}/", site.origin()));
    let report = reports.next().unwrap_or_else(|| panic!("the page reports nothing: {}", browser.log()));
    Some((emulator, report))
}

/// Operation and status of the S3 requests, in order.
fn exchanges(emulator: &Emulator) -> Vec<(&'static str, Option<u16>)> {
    let journal = emulator.exchanges();
    let exchanges = journal.iter().map(|exchange| (exchange.operation.name(), exchange.status));
    exchanges.filter(|(operation, _)| *operation != "presign").collect()
}

/// `fetch` fails without a reason; the upload was never sent.
fn assert_hidden(emulator: &Emulator, report: &Value) {
    assert_eq!(*report, json!({"error": "TypeError: Failed to fetch"}));
    assert_eq!(exchanges(emulator), [("preflight", Some(403))]);
    assert!(emulator.files().is_empty());
}

/// The page read its upload's `ETag`, and the file is stored.
fn assert_uploaded(emulator: &Emulator, report: &Value) {
    let etag = format!("\"{}\"", md5_hex(BODY.as_bytes()));
    assert_eq!(*report, json!({"status": 200, "etag": etag, "text": ""}));
    assert_eq!(exchanges(emulator), [("preflight", Some(200)), ("put", Some(200))]);
    assert_eq!(emulator.files()[0].content(), BODY.as_bytes());
    assert_eq!(emulator.files()[0].content_type(), Some("text/plain"));
}

#[test]
fn by_default_any_page_may_upload_and_read_the_etag() {
    let Some((emulator, report)) = upload(|_| None, |_| ()) else { return };
    assert_uploaded(&emulator, &report);
}

#[test]
fn a_page_of_an_allowed_origin_may_upload() {
    let Some((emulator, report)) = upload(|origin| Some(origin.parse().unwrap()), |_| ()) else { return };
    assert_uploaded(&emulator, &report);
}

#[test]
fn without_cors_the_browser_sends_no_upload() {
    let Some((emulator, report)) = upload(|_| Some(Cors::Off), |_| ()) else { return };
    assert_hidden(&emulator, &report);
}

#[test]
fn a_page_of_another_origin_may_not_upload() {
    let other = "http://app.example.test".parse().unwrap();
    let Some((emulator, report)) = upload(|_| Some(other), |_| ()) else { return };
    assert_hidden(&emulator, &report);
}

#[test]
fn a_page_reads_why_its_upload_is_refused() {
    let expire = |emulator: &Emulator| emulator.clock().advance(Duration::from_secs(3601));
    let Some((emulator, report)) = upload(|_| None, expire) else { return };
    assert_eq!((&report["status"], &report["etag"]), (&json!(403), &Value::Null), "{report}");
    let text = report["text"].as_str().unwrap();
    assert!(text.contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"), "{text}");
    assert_eq!(exchanges(&emulator), [("preflight", Some(200)), ("put", Some(403))]);
    assert!(emulator.files().is_empty());
}
