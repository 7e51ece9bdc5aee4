//! Features of S3 that the emulator does not support. [`super::S3`] checks them after the signature.

use super::{RawRequest, Refusal, sigv4::Query};

/// Parameters that turn a request for an object into another operation, from S3's API reference.
/// Only their names count.
const PARAMETERS: [&str; 13] = [
    "acl",
    "attributes",
    "legal-hold",
    "partNumber",
    "renameObject",
    "restore",
    "retention",
    "select",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versionId",
];

/// Header that makes a PUT a copy.
const COPY: &str = "x-amz-copy-source";

/// Refuses unsupported features.
pub(super) fn must_be_offered(request: &RawRequest<'_>, query: &Query<'_>) -> Result<(), Refusal> {
    if request.headers.contains_key(COPY) {
        return Err(Refusal::NotImplemented { header: COPY });
    }
    let asks = |name: &&&str| query.params().iter().any(|param| *param.name == *name.as_bytes());
    match PARAMETERS.iter().find(asks) {
        Some(name) => Err(Refusal::NotImplemented { header: name }),
        None => Ok(()),
    }
}
