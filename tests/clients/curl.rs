//! HTTP features that only curl shows: `Expect: 100-continue`, and kept-alive connections.

use std::{fs, path::Path, process::Command};

use alloy_assay::Emulator;
use tempfile::TempDir;

use super::{
    refused::Expired,
    support::{
        Client, Presigned, emulator,
        installed::{Need, Program, Run, run},
    },
};

const CURL: Program = Program {
    runner: "curl",
    script: "curl",
    needs: &[Need("curl (7.47 or newer)", "curl", &["--expect100-timeout", "1", "--version"])],
};

/// Printed behind each answer: its status, how much of the body was sent, how many connections were opened.
const REPORT: &str = "\n%{http_code} sent=%{size_upload} connections=%{num_connects}\n";

/// curl, telling everything.
fn curl() -> Command {
    let mut command = Command::new("curl");
    command.args(["--disable", "--silent", "--show-error", "--verbose"]);
    command
}

/// The options for one upload. `expect` is the header's whole line; curl leaves the header out for `Expect:`.
fn upload(command: &mut Command, presigned: &Presigned, file: &Path, expect: &str) {
    command.arg("--upload-file").arg(file).arg(&presigned.url);
    command.args(["--header", &format!("Content-MD5: {}", presigned.md5), "--header", expect]);
    command.args(["--header", "Content-Type: text/plain"]);
    // Without an answer curl would send the body anyway, after a second.
    command.args(["--expect100-timeout", "50", "--write-out", REPORT]);
}

#[track_caller]
fn put(presigned: &Presigned, file: &Path, expect: &str) -> Run {
    let mut command = curl();
    upload(&mut command, presigned, file, expect);
    run(&mut command)
}

/// A file of this many bytes, with a URL for its upload.
fn prepared(
    emulator: &Emulator,
    folder: &TempDir,
    name: &str,
    bytes: &[u8],
) -> (Presigned, std::path::PathBuf) {
    let file = folder.path().join(name);
    fs::write(&file, bytes).unwrap();
    (Client::new(emulator, "alice-key").presign(name, bytes), file)
}

#[track_caller]
fn assert_has(run: &Run, part: &str) {
    assert!(run.stdout.contains(part) || run.stderr.contains(part), "no {part} in {run:#?}");
}

/// The refusal came before the body, and instead of it.
#[track_caller]
fn assert_refused_unsent(emulator: &Emulator, refused: &Run, message: &str) {
    assert_has(refused, "> Expect: 100-continue");
    assert!(!refused.stderr.contains("100 Continue"), "{refused:#?}");
    assert_has(refused, message);
    assert_has(refused, "\n403 sent=0 ");
    let exchange = emulator.exchanges().pop().unwrap();
    assert_eq!((exchange.status, exchange.request.bytes), (Some(403), 0));
    assert!(emulator.files().is_empty());
}

#[test]
fn answers_a_good_upload_with_100_continue() {
    if !CURL.is_here() {
        return;
    }
    let (emulator, folder) = (emulator(), TempDir::new().unwrap());
    for size in [1, 3 << 20] {
        let (presigned, file) = prepared(&emulator, &folder, "a.bin", &vec![b'a'; size]);
        let done = put(&presigned, &file, "Expect: 100-continue");
        assert_has(&done, "> Expect: 100-continue");
        assert_has(&done, "< HTTP/1.1 100 Continue");
        assert_has(&done, &format!("\n200 sent={size} "));
    }
    assert!(emulator.findings().is_empty(), "{:#?}", emulator.findings());
}

#[test]
fn an_upload_to_an_expired_url_is_refused_before_its_body() {
    if !CURL.is_here() {
        return;
    }
    let expired = Expired::new();
    let refused = put(&expired.presigned, &expired.file, "Expect: 100-continue");
    assert_refused_unsent(&expired.emulator, &refused, "<Message>Request has expired</Message>");
}

#[test]
fn an_upload_with_a_bad_signature_is_refused_before_its_body() {
    if !CURL.is_here() {
        return;
    }
    let (emulator, folder) = (emulator(), TempDir::new().unwrap());
    let (mut presigned, file) = prepared(&emulator, &folder, "a.bin", &vec![b'a'; 3 << 20]);
    let (rest, signature) = presigned.url.split_once("X-Amz-Signature=").unwrap();
    let changed = if signature.starts_with('0') { '1' } else { '0' };
    presigned.url = format!("{rest}X-Amz-Signature={changed}{}", &signature[1..]);
    let refused = put(&presigned, &file, "Expect: 100-continue");
    assert_refused_unsent(&emulator, &refused, "<Code>SignatureDoesNotMatch</Code>");
}

#[test]
fn a_refusal_that_was_not_waited_for_is_read_all_the_same() {
    if !CURL.is_here() {
        return;
    }
    let expired = Expired::new();
    let refused = put(&expired.presigned, &expired.file, "Expect:");
    assert!(!refused.stderr.contains("> Expect"), "{refused:#?}");
    assert_has(&refused, "<Message>Request has expired</Message>");
    assert_has(&refused, "\n403 sent=");
}

#[test]
fn two_uploads_share_a_connection() {
    if !CURL.is_here() {
        return;
    }
    for expect in ["Expect:", "Expect: 100-continue"] {
        let (emulator, folder) = (emulator(), TempDir::new().unwrap());
        let mut command = curl();
        for (at, size) in [1000, 2000].into_iter().enumerate() {
            let (presigned, file) = prepared(&emulator, &folder, &format!("{at}.bin"), &vec![b'a'; size]);
            if at > 0 {
                command.arg("--next");
            }
            upload(&mut command, &presigned, &file, expect);
        }
        let done = run(&mut command);
        assert_has(&done, "\n200 sent=1000 connections=1\n");
        assert_has(&done, "\n200 sent=2000 connections=0\n");
        assert_eq!(emulator.files().len(), 2);
        assert!(emulator.findings().is_empty(), "{:#?}", emulator.findings());
    }
}
