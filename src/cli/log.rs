//! Where the program's events go: stderr, a line each, as text for people or as JSON for tools.

use std::{fmt, io::IsTerminal};

use jiff::Timestamp;
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{format::Writer, time::FormatTime},
};

/// How events are written: for people, or as an object a line. (Without a comment each, `--help` stays one
/// line an option.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

/// Which events are written: `-q` leaves warnings and errors, `-v` adds what helps to debug.
pub(super) fn level(quiet: bool, verbose: bool) -> LevelFilter {
    match (quiet, verbose) {
        (true, _) => LevelFilter::WARN,
        (false, false) => LevelFilter::INFO,
        (false, true) => LevelFilter::DEBUG,
    }
}

/// Sends the program's events to stderr from here on.
pub(super) fn start(format: Format, level: LevelFilter) {
    // Of other crates only warnings are for our users.
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_timer(Utc)
        .with_writer(std::io::stderr);
    match format {
        Format::Text => {
            let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            builder.compact().with_ansi(colour).init();
        }
        Format::Json => builder.json().flatten_event(true).with_current_span(false).init(),
    }
}

/// Real time: the emulator's own clock may stand still.
struct Utc;

impl FormatTime for Utc {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        #[expect(clippy::disallowed_methods, reason = "a log line is dated by when it was written")]
        let now = Timestamp::now();
        write!(w, "{now:.3}")
    }
}
