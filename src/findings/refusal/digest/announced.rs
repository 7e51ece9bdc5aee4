//! Where the body may well be the file, and what was announced is the MD5 of something else: of nothing, of the
//! file's name, of its beginning, of the file in another form.

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};

use super::{Told, Wanted, of};
use crate::{
    files::Md5Digest,
    findings::refusal::{Case, words::quoted},
};

/// Files are hashed in pieces of this many bytes, or of a multiple.
const PIECE: usize = 1 << 10;

/// What the announced digest is of.
pub(super) fn prove(case: &Case<'_>, body: &[u8], wanted: &Wanted) -> Option<Told> {
    let told = |what: String| {
        Some(Told::new("s3-announced-md5", format!("The MD5 that was announced is that of {what}.")))
    };
    if wanted.0 == Md5Digest::OF_NOTHING {
        return told("nothing at all, as if the file had been hashed before it was read".to_owned());
    }
    if let Some(entry) = case.entry
        && wanted.is(entry.issued.filename.as_bytes())
    {
        return told(format!("the file's name, {}", quoted(&entry.issued.filename)));
    }
    if let Some(length) = beginning(body, wanted) {
        return told(format!("the first {length} bytes of the body"));
    }
    if wanted.is(STANDARD.encode(body).as_bytes()) {
        return told("the body's base64".to_owned());
    }
    if wanted.is(hex::encode(body).as_bytes()) {
        return told("the body's hex digits".to_owned());
    }
    let text = String::from_utf8_lossy(body);
    if text.len() != body.len() && wanted.is(text.as_bytes()) {
        return told("the file read as text, where what is no UTF-8 is lost".to_owned());
    }
    let digest = of(body);
    if wanted.is(digest.to_hex().as_bytes()) || wanted.is(digest.to_base64().as_bytes()) {
        return told("the file's MD5, hashed once more".to_owned());
    }
    None
}

/// How long the beginning is that was hashed, where it ends with a piece.
fn beginning(body: &[u8], wanted: &Wanted) -> Option<usize> {
    let mut hash = Md5::new();
    let mut length = 0;
    for piece in body.chunks_exact(PIECE) {
        hash.update(piece);
        length += PIECE;
        let so_far: [u8; 16] = hash.clone().finalize().into();
        if wanted.0 == so_far.into() {
            return Some(length);
        }
    }
    None
}
