//! What S3 can do with an object beside storing it and handing it out, and this side cannot. `begin` of
//! [`super::S3`] asks it once the signature is good.

use super::{RawRequest, Refusal, sigv4::Query};

/// Parameters that make of a request for an object one for something else (S3's API reference, the operations
/// on objects). They count by their names; most have no value.
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

/// The header that makes a PUT a copy.
const COPY: &str = "x-amz-copy-source";

/// Refuses what is not offered.
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
