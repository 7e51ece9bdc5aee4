//! Many files one after the other: of two users, with duplicates, and with failures now and then.

use std::collections::HashMap;

use proptest::{collection::vec, prelude::*};

use super::{ClientCheck, count, ensure_done, ensure_failed, plain_file};
use crate::{
    Fault,
    conformance::{
        check::must,
        client::test_case::TestCase,
        outcome::{Step, ensure},
        strategy::{File, apart},
    },
    exchange::Operation,
};

/// An upload of a sequence: its user, its file, and S3's first answer.
#[derive(Clone, Copy, Debug)]
struct One {
    is_second: bool,
    file: usize,
    first: First,
}

/// S3's first answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    Nothing,
    /// It is busy, temporarily.
    IsBusy,
    /// It refuses, which is final.
    Refuses,
}

pub(super) fn checks() -> Vec<ClientCheck> {
    vec![
        must(
            "sequences/many",
            "Many files of two users are all stored, under their keys",
            "The guide as a whole: upload flow, deduplication, user isolation",
        )
        .right("upload of `a.txt` by two users: each is stored under the printed key")
        .wrong("upload of `a.txt` by two users: both are stored for the first")
        .put(
            (plain_file(), vec(one(), 2..6)),
            many,
            "Keep nothing from one upload for the next: neither user, nor URL, nor key",
        )
        .at_most(8),
    ]
}

fn one() -> impl Strategy<Value = One> + Send + Sync {
    let first = prop_oneof![3 => Just(First::Nothing), 1 => Just(First::IsBusy), 1 => Just(First::Refuses)];
    (any::<bool>(), 0..3_usize, first).prop_map(|(is_second, file, first)| One { is_second, file, first })
}

async fn many(case: &TestCase<'_>, (file, all): (File, Vec<One>)) -> Step {
    let users = [case.new_user(), case.new_user()];
    let mut keys: HashMap<(usize, usize), String> = HashMap::new();
    for (number, one) in all.into_iter().enumerate() {
        let user = usize::from(one.is_second);
        let content = apart(&file.content, one.file);
        let file = File { filename: format!("{}-{}", one.file, file.filename), content, ..file.clone() };
        let is_there = keys.contains_key(&(user, one.file));
        let fault = match one.first {
            First::Nothing => None,
            First::IsBusy => Some(Fault::put().error("SlowDown").times(1)),
            First::Refuses => Some(Fault::put().error("AccessDenied")),
        };
        let fault = fault.filter(|_| !is_there).map(|fault| case.fault(fault));
        let upload = case.upload_for(&users[user], &file, &|seen| count(seen, Operation::Put) > 24).await?;
        fault.into_iter().for_each(|fault| case.remove_fault(&fault));
        if one.first == First::Refuses && !is_there {
            ensure_failed(&upload, &format!("S3 refused upload {}", number + 1))?;
            continue;
        }
        // Whether it retries is judged by other checks, as advice.
        if one.first == First::IsBusy && !is_there && upload.outcome.has_failed() {
            ensure_failed(&upload, &format!("S3 was busy at upload {}", number + 1))?;
            continue;
        }
        let key = ensure_done(case, &upload, &file)?;
        let is_own = key.starts_with(&users[user]);
        ensure!(is_own, "upload {} was of user {}, and its key is `{key}`", number + 1, users[user]);
        let known = keys.entry((user, one.file)).or_insert_with(|| key.clone());
        ensure!(*known == key, "one file of one user has two keys, `{known}` and `{key}`");
    }
    Ok(())
}
