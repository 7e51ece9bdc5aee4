//! Faults in the middle of a large upload: the clients' reports, and the received bytes. Ten times each, since the
//! timing varies.

use std::fs;

use alloy_assay::Fault;
use tempfile::TempDir;

use super::{Client, Outcome, Request, curl};
use crate::support::{self, emulator};

/// Size of the file: more than both systems buffer between a client and the emulator, 10 MiB on Linux.
const SIZE: usize = 16 << 20;

const TIMES: usize = 10;

/// After how many bytes it is reset.
const RESET: u64 = 1 << 20;

/// Result of the uploads.
struct Met {
    /// Received bytes of the body, each time.
    taken: Vec<u64>,
    outcomes: Vec<Outcome>,
}

/// Has a client upload a large file to an emulator with this fault, again and again: nothing is stored or answered,
/// and all that the client reports is one of `expected`.
#[track_caller]
fn hold(ask: impl Fn(&Request<'_>) -> Vec<Outcome>, fault: Fault, expected: &[&str]) -> Met {
    let emulator = emulator();
    emulator.inject(fault);
    let bytes = vec![b'a'; SIZE];
    let presigned = support::Client::new(&emulator, "alice-key").presign("a.txt", &bytes);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("a.txt");
    fs::write(&file, &bytes).unwrap();
    let outcomes = ask(&Request {
        method: "PUT",
        url: &presigned.url,
        headers: &[("Content-MD5", &presigned.md5), ("Content-Type", "text/plain")],
        file: Some(&file),
        times: TIMES,
        seconds: 60,
    });
    let reported: Vec<String> = outcomes.iter().map(Outcome::in_short).collect();
    assert!(reported.iter().all(|reported| expected.contains(&reported.as_str())), "{reported:?}");
    let puts = emulator.exchanges().split_off(1);
    assert_eq!(puts.len(), TIMES);
    assert!(puts.iter().all(|put| (put.status, put.fault.as_deref()) == (None, Some("1"))), "{puts:?}");
    assert_eq!((emulator.files().len(), emulator.findings().len()), (0, 0));
    assert_eq!(emulator.faults().list()[0].hits, TIMES as u64);
    Met { taken: puts.iter().map(|put| put.request.bytes).collect(), outcomes }
}

/// curl that sends the body at once. By default it waits for 100.
#[track_caller]
fn unasked(request: &Request<'_>) -> Vec<Outcome> {
    (0..request.times).map(|_| curl(request, &["--header", "Expect:"])).collect()
}

/// A reset is one, also for a client that writes: it need not read to hear of it.
#[track_caller]
fn hold_reset(ask: impl Fn(&Request<'_>) -> Vec<Outcome>, expected: &[&str]) {
    let Met { taken, outcomes } = hold(ask, Fault::put().reset(RESET), expected);
    // A little more, which was read with the last byte of these.
    assert!(taken.iter().all(|taken| (RESET..SIZE as u64 / 2).contains(taken)), "{taken:?}");
    assert!(
        outcomes.iter().all(|outcomes| outcomes.sent.is_none_or(|sent| sent < SIZE as u64)),
        "{outcomes:?}"
    );
}

/// A clean end stays clean while the client writes: all of it is taken, and then thrown away.
#[track_caller]
fn hold_close(ask: impl Fn(&Request<'_>) -> Vec<Outcome>, expected: &str) {
    let Met { taken, outcomes } = hold(ask, Fault::put().close(), &[expected]);
    assert!(taken.iter().all(|taken| *taken == 0), "{taken:?}");
    assert!(
        outcomes.iter().all(|outcomes| outcomes.sent.is_none_or(|sent| sent == SIZE as u64)),
        "{outcomes:?}"
    );
}

/// Reports of a reset during a write.
#[track_caller]
pub(super) fn reset(client: Client) {
    if !client.is_here() {
        return;
    }
    let ask = |request: &Request<'_>| client.ask(request);
    match client {
        // 55 where it is the next write that fails, 56 where it is a read.
        Client::Curl => {
            hold_reset(ask, &["exit 55", "exit 56"]);
            hold_reset(unasked, &["exit 55", "exit 56"]);
        }
        // Whether it is a write or a read that fails, the system says the same.
        Client::Node => hold_reset(ask, &["ECONNRESET"]),
        // urllib3 ignores this failed write, since an answer may exist, then reads nothing. It stopped writing, so it
        // was not a clean end.
        Client::Requests => {
            hold_reset(ask, &["ConnectionError ConnectionResetError", "ConnectionError RemoteDisconnected"]);
        }
    }
}

/// Its report of a clean end.
#[track_caller]
pub(super) fn close(client: Client) {
    if !client.is_here() {
        return;
    }
    let ask = |request: &Request<'_>| client.ask(request);
    match client {
        Client::Curl => {
            hold_close(ask, "exit 52");
            hold_close(unasked, "exit 52");
        }
        Client::Node => hold_close(ask, "UND_ERR_SOCKET"),
        Client::Requests => hold_close(ask, "ConnectionError RemoteDisconnected"),
    }
}
