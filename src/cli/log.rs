//! The program's log on stderr, a line for each event, as text for people or as JSON for tools.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::LevelFilter;

use super::lines::Lines;
use crate::{
    config::{LogFormat, LogSettings},
    report::Stream,
};

/// The least severe level that is logged with `-q`, by default, and with `-v`.
pub(super) type Levels = [LevelFilter; 3];

/// Of a server: a line an exchange by default.
pub(super) const OF_A_SERVER: Levels = [LevelFilter::WARN, LevelFilter::INFO, LevelFilter::DEBUG];

/// Beside a command that writes to stderr too: warnings by default.
pub(super) const BESIDE_A_COMMAND: Levels = [LevelFilter::ERROR, LevelFilter::WARN, LevelFilter::INFO];

/// Returns whether a stream gets colours: a terminal whose owner has not said otherwise (<https://no-color.org>).
pub(super) fn has_colours(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Sends the program's events to stderr from here on.
pub(super) fn start(settings: &LogSettings, [quiet, usual, verbose]: Levels) {
    let level = match (settings.quiet.0, settings.verbose.0) {
        (true, _) => quiet,
        (false, false) => usual,
        (false, true) => verbose,
    };
    let lines = match settings.format {
        LogFormat::Json => Lines::Json,
        LogFormat::Text => {
            Lines::Text { is_coloured: has_colours(&io::stderr()), is_verbose: settings.verbose.0 }
        }
    };
    tracing_subscriber::fmt()
        .with_max_level(level)
        // tracing would report a failed write with another write, and panic.
        .log_internal_errors(false)
        .with_writer(|| Queued)
        .event_format(lines)
        .init();
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
