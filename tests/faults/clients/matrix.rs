//! Each kind of fault with each client: the client's report, and the emulator's state and journal.

use std::thread;

use alloy_assay::{Fault, internals::FaultKind as Kind};

use super::{Client, meeting::Meeting};

/// The clients' reports and the effects of the request. The columns:
///
/// - `fault`: the only rule, in its short form.
/// - `request`: the request: the PUT of a file, small unless said otherwise; a presign,
///   whose answer it reads as JSON, but for curl; a GET or HEAD of a file that is there already. It is waited for a
///   minute, or as long as is said. curl and fetch wait so long for the whole of it; requests does so for each piece.
/// - `curl`: the status and curl's exit code: 18 partial file, 28 timed out, 52 empty reply, 55 and 56 failure
///   in sending and in receiving, whichever it is doing when it is reset.
/// - `node`: the status, and the code of what fetch failed with, or the error's name. `UND_ERR_SOCKET` is always
///   undici's `other side closed`.
/// - `requests`: the status, and the exception with the innermost of those that it wraps. It is raised before the
///   status is given out. A `ConnectionError` alone is one around `ConnectionResetError` or `RemoteDisconnected`:
///   a reset that is met in sending is passed over by urllib3, which then finds nothing to read.
/// - `stored`: what the bucket has of the file: `-` nothing, what was `sent`, or `other` bytes.
/// - `journal`: the status there, `-` for none, and how many bytes of the answer a cut one has.
///
/// Uncertain cells are `?`: the system of a client that gives up may have sent all or not.
const MATRIX: &str = "
fault                            | request      | curl               | node                | requests                             | stored | journal
put:error=SlowDown               | PUT          | 503                | 503                 | 503                                  | -      | 503
put:error=503,retry_after=1s     | PUT large    | 503                | 503                 | 503                                  | -      | 503
presign:error=429,retry_after=1s | presign      | 429                | 429                 | 429                                  | -      | 429
get:error=503                    | GET          | 503                | 503                 | 503                                  | sent   | 503
head:error=NoSuchKey             | HEAD         | 404                | 404                 | 404                                  | sent   | 404

put:nth=1:expired                | PUT twice    | 403                | 403                 | 403                                  | -      | 403
presign:expired                  | PUT          | 403                | 403                 | 403                                  | -      | 403

put:delay=50ms                   | PUT          | 200                | 200                 | 200                                  | sent   | 200
put:delay=1h                     | PUT 1s       | exit 28            | TimeoutError        | ReadTimeout                          | sent   | -
presign:delay=1h                 | presign 1s   | exit 28            | TimeoutError        | ReadTimeout                          | -      | -

put:throttle=256KiB              | PUT large    | 200                | 200                 | 200                                  | sent   | 200
put:throttle=10KiB               | PUT large 1s | exit 28            | TimeoutError        | ReadTimeout                          | ?      | ?
get:throttle=256KiB              | GET          | 200                | 200                 | 200                                  | sent   | 200
get:throttle=100KiB              | GET 1s       | 200, exit 28       | 200, TimeoutError   | ?                                    | sent   | ?

put:reset                        | PUT          | exit 55 or exit 56 | ECONNRESET          | ConnectionError                      | -      | -
put:reset=150000                 | PUT large    | exit 55 or exit 56 | ECONNRESET          | ConnectionError                      | -      | -
put:reset=1MiB                   | PUT          | exit 56            | ECONNRESET          | ConnectionError ConnectionResetError | -      | -
presign:reset=1MiB               | presign      | exit 56            | ECONNRESET          | ConnectionError ConnectionResetError | -      | -

put:close                        | PUT          | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | -      | -
put:close                        | PUT large    | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | -      | -
presign:close                    | presign      | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | -      | -
get:close                        | GET          | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | sent   | -

put:lost-response                | PUT          | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | sent   | -
put:lost-response                | PUT large    | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | sent   | -
presign:lost-response            | presign      | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | -      | -

put:hang                         | PUT 1s       | exit 28            | TimeoutError        | ReadTimeout                          | -      | -
put:hang                         | PUT large 1s | exit 28            | TimeoutError        | ReadTimeout                          | -      | -
put:hang=50ms                    | PUT          | exit 52            | UND_ERR_SOCKET      | ConnectionError RemoteDisconnected   | -      | -
presign:hang                     | presign 1s   | exit 28            | TimeoutError        | ReadTimeout                          | -      | -

put:truncate                     | PUT          | 200, exit 18       | 200, UND_ERR_SOCKET | ChunkedEncodingError IncompleteRead  | sent   | 200 0
presign:truncate=20              | presign      | 200, exit 18       | 200, UND_ERR_SOCKET | ChunkedEncodingError IncompleteRead  | -      | 200 20
get:truncate=1000                | GET          | 200, exit 18       | 200, UND_ERR_SOCKET | ChunkedEncodingError IncompleteRead  | sent   | 200 1000

put:garbage=504                  | PUT          | 504                | 504                 | 504                                  | -      | 504
presign:garbage=200              | presign      | 200                | 200, SyntaxError    | 200, JSONDecodeError                 | -      | 200

put:corrupt                      | PUT          | 200                | 200                 | 200                                  | other  | 200
";

/// A row of the matrix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub fault: &'static str,
    pub request: &'static str,
    reported: [&'static str; 3],
    stored: &'static str,
    journal: &'static str,
}

/// The lines of the matrix but for its head and those that part the kinds.
fn rows() -> Vec<Row> {
    let lines = MATRIX.lines().filter(|line| !line.is_empty()).skip(1);
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [fault, request, curl, node, requests, stored, journal] = cells[..] else { panic!("{line}") };
        Row { fault, request, reported: [curl, node, requests], stored, journal }
    };
    lines.map(row).collect()
}

impl Row {
    /// Whether the request is one of which this is said.
    pub fn asks(&self, word: &str) -> bool {
        self.request.split(' ').any(|known| known == word)
    }

    /// Whether it is not held what becomes of the request.
    pub fn is_open(&self) -> bool {
        self.journal == "?"
    }

    /// Returns the differences from the row, with this client.
    fn differences(&self, client: Client) -> Vec<String> {
        let meeting = Meeting::of(self, client);
        let columns = [
            ("it reports", self.reported[client as usize], meeting.reported()),
            ("stored is", self.stored, meeting.stored()),
            ("the journal says", self.journal, meeting.journal(self)),
        ];
        let wrong = columns.into_iter().filter(|(_, expected, found)| !fits(expected, found));
        let outcomes = wrong.map(|(what, expected, found)| {
            format!("{client:?}, {} | {}: {what} {found:?}, not {expected:?}", self.fault, self.request)
        });
        let outcomes: Vec<_> = outcomes.collect();
        if outcomes.is_empty() {
            meeting.hold(self);
        }
        outcomes
    }
}

/// Returns whether a result matches a cell.
fn fits(cell: &str, found: &str) -> bool {
    match cell {
        "?" => true,
        "ConnectionError" => {
            ["ConnectionError ConnectionResetError", "ConnectionError RemoteDisconnected"].contains(&found)
        }
        cell => cell.split(" or ").any(|cell| cell == found),
    }
}

/// Holds all rows with one client.
#[track_caller]
pub(super) fn hold(client: Client) {
    if !client.is_here() {
        return;
    }
    let rows = rows();
    // Much of the time they wait.
    let differences = thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(3));
        let threads: Vec<_> = parts
            .map(|part| {
                scope.spawn(move || part.iter().flat_map(|row| row.differences(client)).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_kind_is_in_the_matrix() {
    let there: Vec<_> =
        rows().iter().map(|row| row.fault.parse::<Fault>().unwrap().effect.kind.name).collect();
    for kind in Kind::all() {
        assert!(there.contains(&kind.name), "{}", kind.name);
    }
}

#[test]
fn a_download_has_no_body_to_be_reset_in() {
    for rule in ["get:reset", "head:reset=1KiB"] {
        let mistakes = rule.parse::<Fault>().unwrap_err();
        assert_eq!(
            mistakes.iter().map(|mistake| &mistake.pointer).collect::<Vec<_>>(),
            ["/on"],
            "{mistakes}"
        );
    }
}
