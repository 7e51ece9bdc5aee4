//! What a client is put through, one file a theme. Each scenario lets it upload generated files, with or without
//! something that goes wrong, and judges by what the emulator saw.

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
        outcome::{Step, Stop, ensure},
        runner::{Check, Over},
        strategy::{self, File},
    },
    exchange::{Exchange, Operation},
};

/// A check of a client.
pub(super) type ClientCheck = Check<Harness>;

/// All scenarios, in the suite's order.
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

/// Whether it is about an upload without any trouble, which all others build on.
pub(super) fn is_of_an_upload(check: &ClientCheck) -> bool {
    check.description.theme() == "upload"
}

/// An upload without any trouble.
pub(super) async fn plain(harness: &Harness) -> Step {
    let case = TestCase::begin(harness);
    let content = bytes::Bytes::from_static(b"a file as any other\n");
    let file = File { filename: "a.txt".to_owned(), mime_type: "text/plain", content };
    let upload = case.upload(&file).await?;
    ensure_done(&case, &upload, &file).map(|_| ())
}

impl Description {
    /// With how a client is put through it, and what to do where it fails.
    fn put<T: Debug + 'static>(
        self,
        strategy: impl Strategy<Value = T> + Send + Sync + 'static,
        put: impl AsyncFn(&TestCase<'_>, T) -> Step + Send + Sync + 'static,
        advice: &'static str,
    ) -> ClientCheck {
        let on_harness = async move |harness: &Harness, input: T| {
            let case = TestCase::begin(harness);
            let step = put(&case, input).await;
            case.end(step)
        };
        Check {
            description: self,
            is_alone: false,
            most_cases: None,
            unfit: None,
            advice: Some(advice),
            property: Box::new(Over::new(strategy, on_harness)),
        }
    }
}

impl ClientCheck {
    /// With so many cases at most: each takes its time.
    fn at_most(mut self, cases: u32) -> Self {
        self.most_cases = Some(cases);
        self
    }
}

/// A file with a plain name: what is asked about is not its name.
fn plain_file() -> impl Strategy<Value = File> + Send + Sync {
    file_of(content())
}

/// A file with a plain name that nobody needs long for: a client may well wait the longer for an answer, the larger the
/// file is, and where none comes what it waits is bounded.
fn quick_file() -> impl Strategy<Value = File> + Send + Sync {
    file_of(strategy::content())
}

/// A file with a plain name and such bytes.
fn file_of(
    content: impl Strategy<Value = bytes::Bytes> + Send + Sync,
) -> impl Strategy<Value = File> + Send + Sync {
    (select(vec!["a.txt", "report.pdf", "data.csv", "photo"]), strategy::mime_type(), content)
        .prop_map(|(filename, mime_type, content)| File { filename: filename.to_owned(), mime_type, content })
}

/// A file with a name that a disk can bear, and a client's shell, JSON and URLs might not.
fn odd_file() -> impl Strategy<Value = File> + Send + Sync {
    (disk_name(), strategy::mime_type(), strategy::some_content())
        .prop_map(|(filename, mime_type, content)| File { filename, mime_type, content })
}

/// Bytes as in [`strategy::content`], also around the sizes of blocks and buffers, with line ends of two kinds, and now
/// and then above a MiB.
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

/// The name of a file on a disk: some pieces of which each is somebody's own sign, or one that is long, or one that looks
/// like an option. Most names have most of the pieces, so that few cases meet each; the smallest has what it takes.
fn disk_name() -> impl Strategy<Value = String> + Send + Sync {
    let pieces = vec![
        "a", " ", "'", "\"", "%41", "%", "+", "ü", "日本", "🙂", "&b=c", ";", "$HOME", "`id`", "\\", "#",
        "?", "..", "{file}", "  ",
    ];
    // Each is left out where nothing hangs on it.
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

/// The key that a client claims, where the file is stored under it as it was; else the case fails.
fn ensure_done(case: &TestCase<'_>, upload: &Upload, file: &File) -> Step<String> {
    let Some(key) = upload.outcome.key() else { return Err(not_done(upload)) };
    let stored = case.stored(key);
    ensure!(stored.is_some(), "the client says that it is done, and nothing is stored under `{key}`");
    let same = stored.as_deref() == Some(&file.content[..]);
    let (sent, length) = (stored.map_or(0, |bytes| bytes.len()), file.content.len());
    ensure!(same, "what is stored is not the file: {sent} bytes of a file of {length}");
    Ok(key.to_owned())
}

/// A client that failed where it need not.
fn not_done(upload: &Upload) -> Stop {
    let last = upload.exchanges.last().map(|exchange| {
        let status = exchange.status.map_or("no answer".to_owned(), |status| status.to_string());
        format!(" (the last exchange: {} -> {status})", exchange.operation)
    });
    let message = format!("{}{}", upload.outcome, last.unwrap_or_default());
    if matches!(upload.outcome, Outcome::Nothing(_)) { Stop::Late(message) } else { Stop::Failed(message) }
}

/// Holds a client to saying that it failed.
fn ensure_failed(upload: &Upload, what: &str) -> Step {
    match &upload.outcome {
        Outcome::Failed { is_told: true, .. } => Ok(()),
        Outcome::Failed { how, .. } => {
            Err(Stop::Failed(format!("{what}, and the client fails without a word of why ({how})")))
        }
        Outcome::Done(key) => {
            Err(Stop::Failed(format!("{what}, and the client says that it is done, under `{key}`")))
        }
        outcome => Err(Stop::Late(format!("{what}: {outcome}"))),
    }
}

/// The value of a request's header.
fn header<'a>(exchange: &'a Exchange, name: &'a str) -> Option<&'a str> {
    exchange.request.headers.get(name)
}

/// How many requests of an operation there are.
fn count(exchanges: &[Exchange], operation: Operation) -> usize {
    exchanges.iter().filter(|exchange| exchange.operation == operation).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest! {
        /// The good client in bash waits as many seconds more as the file has quarters of a MiB: of a larger file, that
        /// had been more than a case may take.
        #[test]
        fn nobody_needs_long_for_a_quick_file(file in quick_file()) {
            prop_assert!(file.content.len() <= 40_000);
        }
    }
}
