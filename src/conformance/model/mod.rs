//! A whole history compared with what a right server would do: users, files, URLs that wait, a clock. Each answer is
//! held against the model right after its step.
//!
//! The model is written for this purpose alone. It shares nothing with the emulator, which would be right by
//! definition otherwise.

mod history;
mod world;

use super::{
    Need,
    checks::{ServerCheck, must},
};

/// The checks of this theme.
pub(super) fn checks() -> Vec<ServerCheck> {
    let source = "The guide as a whole: upload flow, deduplication, user isolation, integrity, files persist until deleted";
    vec![
        must(
            "model/history",
            "Every answer of a history is what the documents promise after all before it",
            source,
        )
        .ask(history::of_users(3), history::play),
        must("model/history-in-time", "So it is when hours pass between the steps", source)
            .needing(&[Need::Clock])
            .ask(history::in_time(3), history::play_in_time),
    ]
}
