//! The PUT to a presigned URL: what is stored (`stored`), and what S3 refuses and then does not store (`refused`).

mod refused;
mod stored;

use bytes::Bytes;

use super::{ServerCheck, ensure_refused, must};
use crate::conformance::{
    outcome::{Step, ensure},
    session::{Presigned, Session},
};

pub(super) fn checks() -> Vec<ServerCheck> {
    stored::checks().into_iter().chain(refused::checks()).collect()
}

/// Holds a refused upload to having stored nothing.
async fn ensure_not_stored(session: &Session, presigned: &Presigned) -> Step {
    let listed = session.file(&presigned.user, &presigned.key).await?;
    ensure!(listed.is_none(), "it was refused, and `{}` is in the list all the same", presigned.key);
    Ok(())
}

fn signs(presigned: &Presigned, header: &str) -> bool {
    let target = presigned.link.as_ref().map_or("", |link| &link.target);
    let signed = target.split_once("X-Amz-SignedHeaders=").map_or("", |(_, rest)| rest);
    let signed = signed.split('&').next().unwrap_or_default().to_ascii_lowercase();
    signed.split("%3b").any(|one| one == header)
}

/// Bytes that differ from some: those given, and one more where they are the same.
fn other_than(other: &Bytes, content: &Bytes) -> Bytes {
    if other == content { [other, &b"x"[..]].concat().into() } else { other.clone() }
}
