//! Where the program's events go: stderr, a line each, as text for people or as JSON for tools.

use std::{fmt, io::IsTerminal};

use jiff::Timestamp;
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{format::Writer, time::FormatTime},
};

use super::lines::{Json, Text};
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
            builder.compact().with_ansi(is_coloured()).fmt_fields(Text).init();
        }
        LogFormat::Json => {
            builder.json().flatten_event(true).with_current_span(false).map_event_format(Json).init();
        }
    }
}

/// Colours are for terminals whose owners have not said that they want none: <https://no-color.org>.
fn is_coloured() -> bool {
    let is_refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    std::io::stderr().is_terminal() && !is_refused
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
