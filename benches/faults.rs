//! What faults cost presigns that none strikes: with no rule, and with a thousand, each for another file or
//! another user, or for another operation. The servers take turns; `ASSAY_BENCH_PROGRAM` names another build, one
//! without faults say, that takes its own beside that with no rule.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench that cannot measure stops"
)]
#![allow(clippy::disallowed_methods, reason = "what is measured is real time")]
#![allow(clippy::cast_precision_loss, reason = "figures are printed with few digits")]
#![allow(missing_docs, reason = "a program")]

mod support;

use std::{fmt::Write, path::Path};

use support::{
    server::Server,
    turns::{presign_turns, print},
};

/// How many rules are set.
const RULES: usize = 1000;

fn main() {
    if !support::begin("faults: presigns a second") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let rules = |name: &str, rule: &dyn Fn(usize) -> String| {
        let mut text = String::from("[");
        for number in 0..RULES {
            write!(text, "{}{:?}", if number == 0 { "" } else { "," }, rule(number)).unwrap();
        }
        let path = folder.path().join(name);
        std::fs::write(&path, text + "]").unwrap();
        path
    };
    let files = rules("files.json", &|number| format!("presign:filename=invoice-{number}.pdf:error=503"));
    let patterns = rules("patterns.json", &|number| format!("presign:filename=*-{number}.pdf:error=503"));
    let users = rules("users.json", &|number| format!("presign:user={number:024x}:error=503"));
    let uploads =
        rules("uploads.json", &|number| format!("put:filename=invoice-{number}.pdf:error=SlowDown"));
    support::block_on(async {
        let with = |path: &Path| Server::this(&["-q", "--faults", path.to_str().unwrap()]);
        let mut servers =
            vec![Server::this(&["-q"]), with(&files), with(&patterns), with(&users), with(&uploads)];
        servers.extend(Server::other(&["-q"]));
        let turns = presign_turns(&servers).await;
        let [none, files, patterns, users, uploads, others @ ..] = &turns[..] else { return };
        print("1,000 rules for other files", files, none, "0.90");
        print("1,000 rules for other files, by pattern", patterns, none, "0.90");
        print("1,000 rules for other users", users, none, "0.90");
        print("1,000 rules for uploads", uploads, none, "0.90");
        if let [other] = others {
            print("no rule, beside the other build", none, other, "0.97");
        }
    });
}
