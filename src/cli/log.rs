//! Where the program's events go: stderr, a line each, as text for people or as JSON for tools.

use std::{
    fmt,
    io::{self, IsTerminal},
};

use jiff::Timestamp;
use tracing_subscriber::{
    filter::LevelFilter,
    fmt::{format::Writer, time::FormatTime},
};

use super::lines::{Json, Text};
use crate::{
    config::{LogFormat, Logging},
    report::Stream,
};

/// The least that is written with `-q`, without a word, and with `-v`.
pub(super) type Levels = [LevelFilter; 3];

/// Of a server: a line an exchange, unless only warnings and errors are asked for, or what helps to debug, too.
pub(super) const OF_A_SERVER: Levels = [LevelFilter::WARN, LevelFilter::INFO, LevelFilter::DEBUG];

/// Beside a command that writes to stderr too: warnings, unless more is asked for.
pub(super) const BESIDE_A_COMMAND: Levels = [LevelFilter::ERROR, LevelFilter::WARN, LevelFilter::INFO];

fn level(logging: Logging, [quiet, usual, verbose]: Levels) -> LevelFilter {
    match (logging.quiet, logging.verbose) {
        (true, _) => quiet,
        (false, false) => usual,
        (false, true) => verbose,
    }
}

/// Whether a stream is to be coloured: a terminal whose owner has not said otherwise (<https://no-color.org>).
pub(super) fn has_colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Sends the program's events to stderr from here on.
pub(super) fn start(logging: Logging, levels: Levels) {
    let builder = tracing_subscriber::fmt()
        .with_max_level(level(logging, levels))
        .with_target(false)
        .with_timer(Utc)
        // It would tell a failed write by another one, and panic: whoever stops reading the log ends nothing.
        .log_internal_errors(false)
        .with_writer(|| Queued);
    match logging.format {
        LogFormat::Text => {
            builder.compact().with_ansi(has_colours(&std::io::stderr())).fmt_fields(Text).init();
        }
        LogFormat::Json => {
            builder.json().flatten_event(true).with_current_span(false).map_event_format(Json).init();
        }
    }
}

/// Standard error, by way of its queue: a reader that stops reading holds up no request.
struct Queued;

impl io::Write for Queued {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        Stream::stderr().offer(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
