//! Bodies that are not compared with what was announced, or not kept as they came.

use crate::{
    defect::{Defect, Mutation, world::copy},
    files::{CannotKeep, Keep, Md5Digest, Stored},
    s3::RawRequest,
};

pub(in crate::defect) static DEFECTS: [Defect; 2] = [
    Defect {
        id: "ignores-content-md5",
        title: "stores a body that does not match its `Content-MD5`",
        right: "PUT of other bytes -> 400 BadDigest",
        wrong: "-> 200; the bytes are stored",
        check: "upload/wrong-body",
        mutation: || Box::new(IgnoresContentMd5),
    },
    Defect {
        id: "last-byte-lost",
        title: "stores all but the last byte of a file of two bytes or more",
        right: "PUT of `123456` -> 200; GET -> `123456`",
        wrong: "-> 200; GET -> `12345`",
        check: "upload/round-trip",
        mutation: || Box::new(LastByteLost),
    },
];

struct IgnoresContentMd5;

impl Mutation for IgnoresContentMd5 {
    fn keep(&self, _request: &RawRequest<'_>, right: Box<dyn Keep>) -> Box<dyn Keep> {
        Box::new(Unverified(right))
    }
}

/// Whatever came is fine.
#[derive(Debug)]
struct Unverified(Box<dyn Keep>);

impl Keep for Unverified {
    fn verifies(&self, _announced: Md5Digest, _came: Md5Digest) -> bool {
        true
    }

    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep> {
        self.0.keep(content)
    }

    fn reads(&self) -> bool {
        self.0.reads()
    }
}

/// The MD5 that was sent counts, whatever was announced.
#[derive(Debug)]
pub(super) struct ComparedWith {
    pub(super) sent: Md5Digest,
    pub(super) right: Box<dyn Keep>,
}

impl Keep for ComparedWith {
    fn verifies(&self, _announced: Md5Digest, came: Md5Digest) -> bool {
        self.right.verifies(self.sent, came)
    }

    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep> {
        self.right.keep(content)
    }

    fn reads(&self) -> bool {
        self.right.reads()
    }
}

struct LastByteLost;

impl Mutation for LastByteLost {
    fn keep(&self, _request: &RawRequest<'_>, right: Box<dyn Keep>) -> Box<dyn Keep> {
        Box::new(Shortened(right))
    }
}

/// The digests stay those of what was sent: only the size and the bytes tell.
#[derive(Debug)]
struct Shortened(Box<dyn Keep>);

impl Keep for Shortened {
    fn verifies(&self, announced: Md5Digest, came: Md5Digest) -> bool {
        self.0.verifies(announced, came)
    }

    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep> {
        let content = self.0.keep(content)?;
        match content.blob.size() {
            0 | 1 => Ok(content),
            size => Ok(Stored { blob: copy(&content.blob, size - 1)?, ..content }),
        }
    }

    fn reads(&self) -> bool {
        true
    }
}
