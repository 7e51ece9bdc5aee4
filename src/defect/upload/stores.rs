//! What an upload leaves behind and is answered with, other than it should be.

use std::sync::Arc;

use crc64fast_nvme::Digest as Crc64;
use hyper::header::{self, HeaderValue};

use crate::{
    defect::{Defect, Mutation, mutation::Asked, recent::Recent, world::copy},
    exchange::Answer,
    files::{Blob, CannotKeep, Md5Digest, Object, S3Key, Stored},
    s3::{Accepted, Refusal, Rejection},
};

pub(in crate::defect) static DEFECTS: [Defect; 4] = [
    Defect {
        id: "stores-refused",
        title: "stores a body that it answers with `BadDigest`",
        right: "PUT of other bytes -> 400 BadDigest; nothing is stored",
        wrong: "-> 400 BadDigest; the bytes are stored",
        check: "upload/wrong-body",
        mutation: || Box::new(StoresRefused),
    },
    Defect {
        id: "failed-overwrite-loses-file",
        title: "deletes the old file when the body of an overwrite is refused",
        right: "PUT of other bytes over a file -> 400; the old file stays",
        wrong: "-> 400; the old file is gone",
        check: "upload/failed-overwrite",
        mutation: || Box::new(FailedOverwriteLosesFile),
    },
    Defect {
        id: "overwrite-ignored",
        title: "answers 200 to an overwrite, and keeps the old file",
        right: "PUT over a file -> 200; the new bytes are stored",
        wrong: "-> 200; the old bytes stay",
        check: "upload/overwrite",
        mutation: || Box::new(OverwriteIgnored(Recent::new())),
    },
    Defect {
        id: "etag-in-base64",
        title: "`ETag` of an upload is the MD5 as base64",
        right: "PUT -> 200, `ETag: \"e10adc3949ba59abbe56e057f20f883e\"`",
        wrong: "-> 200, `ETag: \"4QrcOUm6Wau+VuBX8g+IPg==\"`",
        check: "upload/etag",
        mutation: || Box::new(EtagInBase64),
    },
];

impl Asked<'_> {
    /// The object that an upload is for.
    pub(in crate::defect) fn put_key(&self) -> Option<S3Key> {
        self.s3.key(self.request).filter(|_| self.is_put())
    }
}

struct StoresRefused;

impl Mutation for StoresRefused {
    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        if let Err(Rejection { refusal: Refusal::BadDigest { calculated, .. }, body: Some(body) }) = &right
            && let Some(key) = asked.put_key()
            && let Ok(mut content) = content_of(body, *calculated)
        {
            let content_type = asked.request.headers.get(header::CONTENT_TYPE);
            content.content_type = content_type.and_then(|value| value.to_str().ok()).map(Into::into);
            asked.world.store(&key, content, asked.now);
        }
        right
    }
}

/// A body as it would have been stored.
fn content_of(body: &Blob, md5: Md5Digest) -> Result<Stored, CannotKeep> {
    let mut crc = Crc64::new();
    for piece in body.pieces() {
        crc.write(&piece?);
    }
    Ok(Stored { blob: copy(body, body.size())?, md5, crc64nvme: crc.sum64(), content_type: None })
}

struct FailedOverwriteLosesFile;

impl Mutation for FailedOverwriteLosesFile {
    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        let failed = right.as_ref().err().map(|rejection| &rejection.refusal);
        if let Some(Refusal::BadDigest { .. } | Refusal::IncompleteBody) = failed
            && let Some(key) = asked.put_key()
            && let Some(owner) = key.owner()
        {
            // Where there was none, nothing is lost.
            let _ = asked.world.state.delete(owner, key.as_str());
        }
        right
    }
}

/// Remembers what stood there when an upload began, and puts it back.
struct OverwriteIgnored(Recent<S3Key, Arc<Object>>);

impl Mutation for OverwriteIgnored {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let accepted = right?;
        if let Some(key) = asked.put_key()
            && let Some(old) = asked.world.state.get(&key)
        {
            self.0.put(key, old);
        }
        Ok(accepted)
    }

    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        let old = asked.put_key().and_then(|key| self.0.take(&key));
        let answer = right?;
        if let Some(old) = old
            && let Ok(blob) = copy(&old.blob, old.blob.size())
        {
            let (md5, crc64nvme, content_type) = (old.md5, old.crc64nvme, old.content_type.clone());
            asked.world.store(&old.key, Stored { blob, md5, crc64nvme, content_type }, old.last_modified);
        }
        Ok(answer)
    }
}

struct EtagInBase64;

impl Mutation for EtagInBase64 {
    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        let answer = right?;
        let etag = answer.headers.get(header::ETAG).filter(|_| asked.is_put());
        let md5 = etag.and_then(|etag| etag.to_str().ok()?.trim_matches('"').parse::<Md5Digest>().ok());
        match md5.map(|md5| HeaderValue::from_str(&format!("\"{}\"", md5.to_base64()))) {
            Some(Ok(etag)) => Ok(answer.with(header::ETAG, etag)),
            _ => Ok(answer),
        }
    }
}
