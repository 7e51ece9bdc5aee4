//! The checks of clients, one file a theme. In each, the client uploads generated files, with or without faults, and
//! the check judges the emulator's records.

mod economy;
mod pauses;
mod recovery;
mod refusal;
mod robustness;
mod sequences;
mod upload;

use std::fmt::Debug;

use proptest::{option::weighted, prelude::*, sample::select};

use super::{
    harness::Harness,
    outcome::Outcome,
    test_case::{TestCase, Upload},
};
use crate::{
    conformance::{
        Description,
        check::Check,
        outcome::{Step, Stop, ensure},
        strategy::{self, File},
    },
    exchange::{Exchange, Operation},
};

/// A check of a client.
pub(super) type ClientCheck = Check<Harness>;

/// Returns all checks, in the suite's order.
pub(super) fn all() -> Vec<ClientCheck> {
    let themes = [
        upload::checks(),
        refusal::checks(),
        recovery::checks(),
        economy::checks(),
        robustness::checks(),
        sequences::checks(),
    ];
    themes.into_iter().flatten().collect()
}

/// Returns whether a check is about a plain upload, on which all others depend.
pub(super) fn is_plain(check: &ClientCheck) -> bool {
    check.description.theme() == "upload"
}

/// Runs an upload without faults.
pub(super) async fn plain(harness: &Harness) -> Step {
    let case = TestCase::begin(harness);
    let content = bytes::Bytes::from_static(b"a file as any other\n");
    let file = File { filename: "a.txt".to_owned(), mime_type: "text/plain", content };
    let upload = case.upload(&file).await?;
    ensure_done(&case, &upload, &file).map(|_| ())
}

impl Description {
    /// Makes the check that passes each generated input to `put`; `advice` says how to fix a failure.
    fn put<T: Clone + Debug + 'static>(
        self,
        inputs: impl Strategy<Value = T> + Send + Sync + 'static,
        put: impl AsyncFn(&TestCase<'_>, T) -> Step + Send + Sync + 'static,
        advice: &'static str,
    ) -> ClientCheck {
        let on_harness = async move |harness: &Harness, input: T| {
            let case = TestCase::begin(harness);
            let step = put(&case, input).await;
            case.end(step)
        };
        ClientCheck { advice: Some(advice), ..Check::new(self, inputs, on_harness) }
    }
}

impl ClientCheck {
    /// Limits the number of cases, if each takes long.
    fn at_most(mut self, cases: u32) -> Self {
        self.max_cases = Some(cases);
        self
    }
}

/// Generates a file with a plain name.
fn plain_file() -> impl Strategy<Value = File> + Send + Sync {
    file_of(content())
}

/// Generates a small file with a plain name: a client may wait longer for an answer, the larger the file is, and if
/// none comes, the time is limited.
fn quick_file() -> impl Strategy<Value = File> + Send + Sync {
    file_of(strategy::content())
}

/// Generates a file with a plain name and this content.
fn file_of(
    content: impl Strategy<Value = bytes::Bytes> + Send + Sync,
) -> impl Strategy<Value = File> + Send + Sync {
    (select(vec!["a.txt", "report.pdf", "data.csv", "photo"]), strategy::mime_type(), content)
        .prop_map(|(filename, mime_type, content)| File { filename: filename.to_owned(), mime_type, content })
}

/// Generates a file with a name that is valid on disk, and difficult in shells, JSON and URLs.
fn odd_file() -> impl Strategy<Value = File> + Send + Sync {
    (disk_name(), strategy::mime_type(), strategy::some_content())
        .prop_map(|(filename, mime_type, content)| File { filename, mime_type, content })
}

/// Generates content as [`strategy::content`] does, also around the sizes of blocks and buffers, with two kinds of line
/// ends, and sometimes above a MiB.
fn content() -> impl Strategy<Value = bytes::Bytes> + Send + Sync {
    let borders = (select(vec![0_usize, 512, 4096, 8192, 16_384, 65_536]), 0..3_usize);
    let of_size = |size: usize| -> bytes::Bytes { (0..=250).cycle().take(size).collect() };
    prop_oneof![
        2 => Just(bytes::Bytes::new()),
        3 => strategy::content(),
        3 => borders.prop_map(move |(border, over)| of_size((border + over).saturating_sub(1))),
        2 => Just(bytes::Bytes::from_static(b"one\r\ntwo\nthree\r\n")),
        1 => (1_048_000..1_600_000_usize).prop_map(of_size),
    ]
}

/// Generates a file name with pieces that are special somewhere, a long one, or one that looks like an option. Most
/// names have most of the pieces, so that few cases cover them all; shrinking leaves those that matter.
fn disk_name() -> impl Strategy<Value = String> + Send + Sync {
    let pieces = vec![
        "a", " ", "'", "\"", "%41", "%", "+", "ü", "日本", "🙂", "&b=c", ";", "$HOME", "`id`", "\\", "#",
        "?", "..", "{file}", "  ",
    ];
    // Shrinking leaves out each that does not matter.
    let pieces: Vec<_> = pieces.into_iter().map(|piece| weighted(0.7, Just(piece))).collect();
    let pieces = pieces.prop_shuffle().prop_map(|pieces| {
        let there: String = pieces.into_iter().flatten().collect();
        format!("{there}.txt")
    });
    let option = select(vec!["-rf.txt", "--help", "-n.txt", "-e"]).prop_map(str::to_owned);
    let whole = select(vec![".hidden", "no-extension"]).prop_map(str::to_owned);
    let long = (1..=251_usize).prop_map(|length| format!("{}.txt", "n".repeat(length)));
    prop_oneof![6 => pieces, 2 => option, 1 => whole, 1 => long]
}

/// Returns the key that a client claims; fails unless the file is stored under it.
fn ensure_done(case: &TestCase<'_>, upload: &Upload, file: &File) -> Step<String> {
    let Some(key) = upload.outcome.key() else { return Err(not_done(upload)) };
    let stored = case.stored(key);
    ensure!(stored.is_some(), "the client claims the key `{key}`, but nothing is stored there");
    let same = stored.as_deref() == Some(&file.content[..]);
    let (sent, length) = (stored.map_or(0, |bytes| bytes.len()), file.content.len());
    ensure!(same, "what is stored is not the file: {sent} bytes of a file of {length}");
    Ok(key.to_owned())
}

/// Fails because the client did not succeed.
fn not_done(upload: &Upload) -> Stop {
    let last = upload.exchanges.last().map(|exchange| {
        let status = exchange.status.map_or("no answer".to_owned(), |status| status.to_string());
        format!(" (the last exchange: {} -> {status})", exchange.operation)
    });
    let message = format!("{}{}", upload.outcome, last.unwrap_or_default());
    if matches!(upload.outcome, Outcome::Nothing(_)) { Stop::Late(message) } else { Stop::Failed(message) }
}

/// Fails unless the client reported a failure, with a reason.
fn ensure_failed(upload: &Upload, what: &str) -> Step {
    match &upload.outcome {
        Outcome::Failed { has_reason: true, .. } => Ok(()),
        Outcome::Failed { how, .. } => {
            Err(Stop::Failed(format!("{what}, and the client fails without a reason ({how})")))
        }
        Outcome::Done(key) => Err(Stop::Failed(format!("{what}, but the client claims the key `{key}`"))),
        outcome => Err(Stop::Late(format!("{what}: {outcome}"))),
    }
}

/// Returns the value of a request's header.
fn header<'a>(exchange: &'a Exchange, name: &'a str) -> Option<&'a str> {
    exchange.request.headers.get(name)
}

/// Counts the requests of an operation.
fn count(exchanges: &[Exchange], operation: Operation) -> usize {
    exchanges.iter().filter(|exchange| exchange.operation == operation).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest! {
        /// The reference client in bash waits a second more for each quarter of a MiB.
        #[test]
        fn a_quick_file_is_small(file in quick_file()) {
            prop_assert!(file.content.len() <= 40_000);
        }
    }
}
