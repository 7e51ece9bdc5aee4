//! Many files after each other: of two users in turn, duplicates among them, and now and then something goes wrong.

use std::collections::HashMap;

use proptest::{collection::vec, prelude::*};

use super::{ClientCheck, ensure_done, plain_file};
use crate::{
    Fault,
    conformance::{
        checks::must,
        client::trial::Trial,
        outcome::{Step, ensure},
        strategy::{File, apart},
    },
};

/// An upload of a sequence: whose, which file, and whether S3 is busy at first.
#[derive(Clone, Copy, Debug)]
struct One {
    is_second: bool,
    file: usize,
    is_busy: bool,
}

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        must(
            "sequences/many",
            "Each of many files of two users is there in the end, under the key that was printed for it",
            "The guide as a whole: upload flow, deduplication, user isolation",
        )
        .put(
            (plain_file(), vec(one(), 1..5)),
            many,
            "Keep nothing from one upload for the next: neither user, nor URL, nor key",
        )
        .at_most(5),
    ]
}

fn one() -> impl Strategy<Value = One> + Send + Sync {
    let busy = prop_oneof![4 => Just(false), 1 => Just(true)];
    (any::<bool>(), 0..3_usize, busy).prop_map(|(is_second, file, is_busy)| One { is_second, file, is_busy })
}

async fn many(trial: &Trial<'_>, (file, all): (File, Vec<One>)) -> Step {
    let users = [trial.new_user(), trial.new_user()];
    let mut keys: HashMap<(usize, usize), String> = HashMap::new();
    for (number, one) in all.into_iter().enumerate() {
        if one.is_busy {
            trial.fault(Fault::put().error("SlowDown").times(1));
        }
        let user = usize::from(one.is_second);
        let content = apart(&file.content, one.file);
        let file = File { filename: format!("{}-{}", one.file, file.filename), content, ..file.clone() };
        let upload = trial.upload_for(&users[user], &file, &|_| false).await?;
        let key = ensure_done(trial, &upload, &file)?;
        let is_own = key.starts_with(&users[user]);
        ensure!(is_own, "upload {} was of user {}, and its key is `{key}`", number + 1, users[user]);
        let known = keys.entry((user, one.file)).or_insert_with(|| key.clone());
        ensure!(*known == key, "one file of one user has two keys, `{known}` and `{key}`");
    }
    Ok(())
}
