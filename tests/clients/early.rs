//! S3 refuses uploads of 64 MiB by their head, while the body is being sent. Every client reads the refusal, every
//! time.

use std::{fs::File, io::Write, path::PathBuf, process::Command, time::Duration};

use alloy_assay::Emulator;
use serde::Deserialize;
use tempfile::TempDir;

use super::support::{
    Client, Presigned, emulator,
    installed::{Need, Program, run_within},
    raw::Connection,
    request::Request,
    start,
};

/// Size of an upload: more than all buffers between the two ends.
const SIZE: usize = 64 << 20;

/// Number of attempts: a lost answer would be rare.
const TIMES: usize = 20;

/// Time limit for a client's attempts.
const LIMIT: Duration = Duration::from_secs(300);

/// Why an upload is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    Expired,
    TooLarge,
    Chunked,
}

/// Outcome of an upload, as the scripts report it.
#[derive(Debug, Deserialize)]
struct Outcome {
    status: Option<u16>,
    body: Option<String>,
    error: Option<String>,
}

impl Outcome {
    fn of(status: u16, body: String) -> Self {
        Self { status: Some(status), body: Some(body), error: None }
    }
}

impl Reason {
    /// Framing of the body.
    fn framing(self) -> &'static str {
        if self == Self::Chunked { "chunked" } else { "length" }
    }

    fn emulator(self) -> Emulator {
        match self {
            Self::TooLarge => start(|builder| builder.max_object_size(SIZE as u64 - 1)),
            Self::Expired | Self::Chunked => emulator(),
        }
    }

    /// The status, and how the document begins.
    fn refusal(self) -> (u16, &'static str) {
        match self {
            Self::Expired => (403, "<Code>AccessDenied</Code><Message>Request has expired</Message>"),
            Self::TooLarge => (400, "<Code>EntityTooLarge</Code>"),
            Self::Chunked => (501, "<Code>NotImplemented</Code>"),
        }
    }
}

/// An upload that will be refused.
struct Doomed {
    reason: Reason,
    emulator: Emulator,
    presigned: Presigned,
    folder: TempDir,
}

impl Doomed {
    fn new(reason: Reason) -> Self {
        let emulator = reason.emulator();
        let presigned = Client::new(&emulator, "alice-key").presign("doomed.bin", b"of no importance");
        if reason == Reason::Expired {
            emulator.clock().advance(Duration::from_secs(3601));
        }
        let folder = TempDir::new().unwrap();
        let doomed = Self { reason, emulator, presigned, folder };
        File::create(doomed.file()).unwrap().set_len(SIZE as u64).unwrap();
        doomed
    }

    /// A sparse file of zeros.
    fn file(&self) -> PathBuf {
        self.folder.path().join("doomed.bin")
    }

    /// The refusal was read each time, and depended only on the head.
    #[track_caller]
    fn assert_read(&self, reported: &[Outcome]) {
        let (status, part) = self.reason.refusal();
        let start = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>";
        let is_read = |reported: &&Outcome| {
            let body = reported.body.as_deref().unwrap_or_default();
            let is_whole = body.starts_with(start) && body.ends_with("</HostId></Error>");
            reported.status == Some(status) && is_whole && body.contains(part)
        };
        let read = reported.iter().filter(is_read).count();
        assert_eq!(read, TIMES, "so many of {TIMES} were read; {reported:#?}");
        assert!(reported.iter().all(|reported| reported.error.is_none()), "{reported:#?}");

        let journal = self.emulator.exchanges();
        let puts: Vec<_> = journal.iter().filter(|exchange| exchange.operation.name() == "put").collect();
        assert_eq!(puts.len(), TIMES);
        for put in puts {
            assert_eq!((put.status, put.request.bytes), (Some(status), 0));
        }
        assert!(self.emulator.files().is_empty());
    }
}

/// A script that uploads in a loop, with the library to use if it has several.
fn loops(program: &Program, library: Option<&str>, reason: Reason) {
    if !program.is_here() {
        return;
    }
    let doomed = Doomed::new(reason);
    let mut command = program.command();
    command.args(library).args([reason.framing(), &TIMES.to_string()]);
    command.args([&doomed.presigned.url, &doomed.presigned.md5]).arg(doomed.file());
    let printed = run_within(LIMIT, &mut command).expect_success();
    let reported: Vec<Outcome> =
        printed.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    doomed.assert_read(&reported);
}

const NODE: Program = Program { script: "clients/refused.mjs", ..super::NODE };
const PYTHON: Program = Program { script: "clients/refused.py", ..super::URLLIB };
const REQUESTS: Program = Program { script: "clients/refused.py", ..super::REQUESTS };

fn node(reason: Reason) {
    loops(&NODE, None, reason);
}

fn urllib(reason: Reason) {
    loops(&PYTHON, Some("urllib"), reason);
}

fn http_client(reason: Reason) {
    loops(&PYTHON, Some("http.client"), reason);
}

fn requests(reason: Reason) {
    loops(&REQUESTS, Some("requests"), reason);
}

const CURL: Program = Program {
    runner: "curl",
    script: "curl",
    needs: &[
        Need("sh", "sh", &["-c", "true"]),
        Need("curl (7.47 or newer)", "curl", &["--expect100-timeout", "1", "--version"]),
    ],
};

/// curl with its defaults: it announces a large body, and waits for 100.
fn curl(reason: Reason) {
    curls(reason, &["--expect100-timeout", "50"], true);
}

/// curl that begins with the body at once.
fn curl_unasked(reason: Reason) {
    curls(reason, &["--header", "Expect:"], false);
}

fn curls(reason: Reason, options: &[&str], waits: bool) {
    if !CURL.is_here() {
        return;
    }
    let doomed = Doomed::new(reason);
    let file = doomed.file();
    let reported: Vec<Outcome> = (0..TIMES)
        .map(|_| {
            let mut command = Command::new("sh");
            // Input from a pipe has an unknown length.
            let source = if reason == Reason::Chunked { "- <\"$0\"" } else { "\"$0\"" };
            command.args(["-c", &format!("exec curl \"$@\" --upload-file {source}")]).arg(&file);
            command.args(["--disable", "--silent", "--show-error", "--verbose"]).args(options);
            command.args(["--header", &format!("Content-MD5: {}", doomed.presigned.md5)]);
            command.args(["--write-out", "\n%{http_code} %{size_upload}", &doomed.presigned.url]);
            let run = run_within(LIMIT, &mut command);
            assert!(run.succeeded, "{run:#?}");
            assert_eq!(run.stderr.contains("> Expect: 100-continue"), waits, "{run:#?}");
            assert!(!run.stderr.contains("HTTP/1.1 100"), "{run:#?}");
            let (body, figures) = run.stdout.rsplit_once('\n').unwrap();
            let (status, sent) = figures.split_once(' ').unwrap();
            assert!(!waits || sent == "0", "{run:#?}");
            Outcome::of(status.parse().unwrap(), body.to_owned())
        })
        .collect();
    doomed.assert_read(&reported);
}

/// A client that writes its whole body and only then looks for an answer.
fn raw_writes(reason: Reason) {
    let doomed = Doomed::new(reason);
    let put = Request::put(&doomed.presigned.url, &doomed.presigned.md5, b"");
    let body = vec![b'x'; SIZE];
    let bytes = if reason == Reason::Chunked {
        let put = put.without("content-length").and("transfer-encoding", "chunked");
        [&put.head(), format!("{SIZE:x}\r\n").as_bytes(), &body, b"\r\n0\r\n\r\n"].concat()
    } else {
        [put.with("content-length", SIZE.to_string()).head(), body].concat()
    };
    let reported: Vec<Outcome> = (0..TIMES)
        .map(|_| {
            let mut connection = Connection::open(&doomed.emulator);
            connection.stream().write_all(&bytes).unwrap();
            let answer = connection.read_answer();
            assert_eq!(answer.header("connection"), "close");
            assert!(connection.read_answer_or_end().is_none());
            Outcome::of(answer.status, answer.text())
        })
        .collect();
    doomed.assert_read(&reported);
}

/// Each client with each reason.
macro_rules! every_client {
    ($($client:ident)*) => {$(
        mod $client {
            use super::Reason;

            #[test]
            fn reads_that_the_url_has_expired() {
                super::$client(Reason::Expired);
            }

            #[test]
            fn reads_that_the_upload_is_too_large() {
                super::$client(Reason::TooLarge);
            }

            #[test]
            fn reads_that_chunks_are_not_taken() {
                super::$client(Reason::Chunked);
            }
        }
    )*};
}

every_client! { node urllib http_client requests curl curl_unasked raw_writes }

/// Bytes without a length are not a body, but their sender reads the refusal.
#[test]
fn who_names_no_length_reads_that_there_is_none() {
    let emulator = emulator();
    let presigned = Client::new(&emulator, "alice-key").presign("doomed.bin", b"of no importance");
    let put = Request::put(&presigned.url, &presigned.md5, b"").without("content-length");
    let mut bytes = put.head();
    bytes.resize(bytes.len() + SIZE, b'x');
    for _ in 0..TIMES {
        let mut connection = Connection::open(&emulator);
        connection.stream().write_all(&bytes).unwrap();
        let answer = connection.read_answer();
        assert_eq!(answer.status, 411, "{}", answer.text());
        assert!(answer.text().contains("<Code>MissingContentLength</Code>"), "{}", answer.text());
    }
    assert!(emulator.files().is_empty());
}
