//! Isolation of two accounts from each other.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{ServerCheck, must, should};
use crate::conformance::{
    Need,
    fresh::Fresh,
    outcome::{Step, assume, ensure, holds, offered},
    session::{Account, Presigned, Session, User, is_refusal, said},
    strategy::{self, File, Md5Form},
};

const ISOLATION: &str = "The guide: users cannot access or delete files belonging to other users; all files are scoped to individual users";

/// Concurrent calls of another account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    /// Uploads its file.
    Upload,
    /// Requests a URL for the other's file.
    Announce,
    /// Requests its list.
    List,
    /// Tries to delete the other's file.
    Delete,
}

pub(super) fn checks() -> Vec<ServerCheck> {
    vec![
        must("isolation/accounts", "Accounts cannot see or change each other's files", ISOLATION)
            .right("upload by account 1; list of account 2 -> no files")
            .wrong("-> account 1's file")
            .needing(&[Need::OtherAccount])
            .ask((strategy::file(), strategy::content(), moves()), accounts),
        must("isolation/same-name", "Two accounts can have files of the same name", ISOLATION)
            .right("upload of `a.txt` by both accounts; each list -> its own `a.txt`")
            .wrong("-> one list has no file")
            .needing(&[Need::OtherAccount])
            .ask((strategy::file(), strategy::content()), same_name),
        must("isolation/keys", "x-alloy-userid defaults to the key's own user", ISOLATION)
            .right("list with key 1, without x-alloy-userid -> the files of its own user")
            .wrong("-> the files of key 2's user, too")
            .needing(&[Need::OtherAccount])
            .ask(strategy::file(), keys),
        should(
            "isolation/user-header",
            "x-alloy-userid stays within its account",
            "This project's decision: a user belongs to one account; 400 `userId must be valid`",
        )
        .right("list with key 1 and a user of account 2 in x-alloy-userid -> 400")
        .wrong("-> 200, with that user's files")
        .needing(&[Need::OtherAccount, Need::Users])
        .ask(strategy::file(), user_header),
    ]
}

impl Fresh for Move {}

fn moves() -> impl Strategy<Value = Vec<(bool, Move)>> + Send + Sync {
    let one = select(vec![Move::Upload, Move::Announce, Move::List, Move::Delete]);
    vec((any::<bool>(), one), 1..8)
}

/// An account: its user, its file, and where that is stored.
struct Side {
    user: User,
    file: File,
    stored: Option<Presigned>,
}

async fn accounts(
    session: &Session,
    (file, content, moves): (File, bytes::Bytes, Vec<(bool, Move)>),
) -> Step {
    // Files of the other account must not be duplicates of these.
    let files = [file.content.clone(), [&content[..], b"2"].concat().into()]
        .map(|content| File { content: session.own(&content), ..file.clone() });
    let users = [session.user_of(Account::First).await?, session.user_of(Account::Other).await?];
    let mut sides: Vec<Side> =
        users.into_iter().zip(files).map(|(user, file)| Side { user, file, stored: None }).collect();
    for (is_second, act) in moves {
        let at = usize::from(is_second);
        take(session, &mut sides, at, act).await?;
    }
    for side in &sides {
        let Some(stored) = &side.stored else { continue };
        ensure!(
            session.lists(stored).await?,
            "`{}` was uploaded, but is gone from its user's list",
            stored.key
        );
    }
    Ok(())
}

async fn take(session: &Session, sides: &mut [Side], at: usize, act: Move) -> Step {
    let (own, other) = (&sides[at], &sides[1 - at]);
    match (act, &other.stored) {
        (Move::Upload, _) if own.stored.is_none() => {
            let presigned = session.announce(&own.user, &own.file).await?;
            assume!(presigned.kind == "new", "a file that nobody uploaded is `{}`", presigned.kind);
            session.store(&presigned, &own.file).await?;
            sides[at].stored = Some(presigned);
        }
        (Move::Announce, Some(_)) => {
            let kind = session.announce(&own.user, &other.file).await?.kind;
            ensure!(kind == "new", "a file that another account's user has is `{kind}`");
        }
        (Move::List, Some(stored)) => {
            let seen = session.file(&own.user, &stored.key).await?;
            ensure!(seen.is_none(), "the list has `{}`, which is another account's", stored.key);
        }
        (Move::Delete, Some(stored)) => {
            let reply = session.delete(&own.user, &stored.key).await?;
            let is_refused = is_refusal(reply.status);
            ensure!(is_refused, "the delete of another account's file was answered {}", said(&reply));
        }
        _ => {}
    }
    Ok(())
}

async fn same_name(session: &Session, (file, content): (File, bytes::Bytes)) -> Step {
    let (one, other) = (session.user_of(Account::First).await?, session.user_of(Account::Other).await?);
    let theirs = File { content: session.own(&content), ..file.clone() };
    let first = session.upload(&one, &file).await?;
    let is_stored = session.holds(&first.key, &file.content).await?;
    assume!(is_stored != Some(false), "what is stored is not what was sent");
    let second = session.announce(&other, &theirs).await?;
    ensure!(first.key != second.key, "two accounts' files of one name have one key, `{}`", first.key);
    session.store(&second, &theirs).await?;
    let (key, after) = (&first.key, "after another account uploaded a file of its name");
    ensure!(session.lists(&first).await?, "`{key}` is gone {after}");
    let is_stored = session.holds(key, &file.content).await?;
    holds!(is_stored != Some(false), "`{key}` has other bytes {after}")
}

async fn keys(session: &Session, file: File) -> Step {
    let [one, other] = [Account::First, Account::Other].map(|account| User { account, id: None });
    let listed = session.list(&one).await?;
    let status = listed.status;
    offered!(!is_refusal(status), "the server takes no call without x-alloy-userid ({})", status.as_u16());
    // The key's own user is the same in every case.
    let file = File { content: session.own(&file.content), ..file };
    let stored = session.upload(&one, &file).await?;
    let seen = session.file(&other, &stored.key).await?;
    ensure!(seen.is_none(), "the list without x-alloy-userid has `{}`, which is another key's", stored.key);
    let kind = session.announce(&other, &file).await?.kind;
    ensure!(kind == "new", "without x-alloy-userid, a file that another key has is `{kind}`");
    let reply = session.delete(&other, &stored.key).await?;
    ensure!(is_refusal(reply.status), "the delete of another key's file was answered {}", said(&reply));
    let is_listed = session.lists(&stored).await?;
    holds!(is_listed, "another key's delete was refused, but `{}` is gone", stored.key)
}

async fn user_header(session: &Session, file: File) -> Step {
    let one = session.user_of(Account::First).await?;
    let intruder = User { account: Account::Other, ..one };
    let reply = session.presign(&intruder, &file.announce(Md5Form::Hex)).await?;
    holds!(is_refusal(reply.status), "a call for another account's user was answered {}", said(&reply))
}
