//! Whole histories of users, files, URLs and time, compared with a model of a right server after each step.
//!
//! The model shares nothing with the emulator, which would be right by definition otherwise.

mod history;
mod world;

use super::{Need, check::must, checks::ServerCheck};

pub(super) fn checks() -> Vec<ServerCheck> {
    let source = "The guide as a whole: upload flow, deduplication, user isolation, integrity, files persist until deleted";
    vec![
        must("model/history", "Every answer in a history of calls is as promised", source)
            .right("presign, PUT, list, delete, list -> each answer fits the calls before it")
            .wrong("-> the second list still has the file")
            .ask(history::of_users(3), history::play),
        must("model/history-in-time", "The same, with hours passing between the calls", source)
            .right("presign, 2h, PUT -> 403; presign, PUT -> 200; list -> the file")
            .wrong("-> the first PUT gets 200")
            .needing(&[Need::Clock])
            .ask(history::in_time(3), history::play_in_time),
    ]
}
