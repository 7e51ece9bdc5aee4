//! Where the program's events go: stderr, a line each, as text for people or as JSON for tools.

use std::{fmt, io::IsTerminal};

use jiff::Timestamp;
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{format::Writer, time::FormatTime},
};

use crate::config::{LogFormat, Logging};

/// Which events are written: `-q` leaves warnings and errors, `-v` adds what helps to debug.
fn level(logging: Logging) -> LevelFilter {
    match (logging.quiet, logging.verbose) {
        (true, _) => LevelFilter::WARN,
        (false, false) => LevelFilter::INFO,
        (false, true) => LevelFilter::DEBUG,
    }
}

/// Sends the program's events to stderr from here on.
pub(super) fn start(logging: Logging) {
    let builder = tracing_subscriber::fmt()
        .with_max_level(level(logging))
        .with_target(false)
        .with_timer(Utc)
        // It would tell a failed write by another one, and panic: whoever stops reading the log ends nothing.
        .log_internal_errors(false)
        .with_writer(std::io::stderr);
    match logging.format {
        LogFormat::Text => {
            let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            builder.compact().with_ansi(colour).init();
        }
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).init(),
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
