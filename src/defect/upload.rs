//! Defects of uploads: wrongly accepted or refused requests, wrong stored bytes, wrong answers. The conformance checks
//! `upload/…` detect them.

use std::sync::Arc;

use crc64fast_nvme::Digest as Crc64;
use hyper::{
    Method,
    header::{self, HeaderMap, HeaderValue},
};

use super::{
    Defect, Mutation,
    mutation::{accept_mismatch, answer, begin, end, handed_out, keep},
    recent::Recent,
    world::copy,
};
use crate::{
    exchange::Operation,
    files::{Blob, CannotKeep, Keep, Md5Digest, Object, S3Key, Stored},
    s3::{Refusal, Rejection, sigv4},
};

const CONTENT_MD5: &str = "content-md5";

pub(super) static DEFECTS: &[Defect] = &[
    Defect {
        id: "ignores-content-md5",
        title: "stores a body that does not match its `Content-MD5`",
        right: "PUT of other bytes -> 400 BadDigest",
        wrong: "-> 200; the bytes are stored",
        check: "upload/wrong-body",
        mutations: || vec![keep(|_, right| Box::new(Kept { accepts_any: true, ..Kept::like(right) }))],
    },
    Defect {
        id: "last-byte-lost",
        title: "stores all but the last byte of a file of two bytes or more",
        right: "PUT of `123456` -> 200; GET -> `123456`",
        wrong: "-> 200; GET -> `12345`",
        check: "upload/round-trip",
        mutations: || {
            // The digests stay those of the sent bytes: only the size and the bytes differ.
            vec![keep(|_, right| Box::new(Kept { drops_last_byte: true, ..Kept::like(right) }))]
        },
    },
    Defect {
        id: "any-signature",
        title: "accepts any `X-Amz-Signature`",
        right: "PUT with another `X-Amz-Signature` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "upload/altered-url",
        mutations: || {
            vec![accept_mismatch(|asked| {
                let md5 = content_md5(asked.request.headers)?;
                let url = asked.world.issued.by_content(asked.request, md5)?;
                Some(asked.again_with_query(&url.query, asked.now))
            })]
        },
    },
    Defect {
        id: "content-md5-optional",
        title: "accepts a PUT without the signed `Content-MD5`",
        right: "PUT without `Content-MD5` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "upload/missing-md5",
        mutations: || {
            vec![accept_mismatch(|asked| {
                let url = asked.world.issued.by_signature(asked.request)?;
                let is_missing = !asked.request.headers.contains_key(CONTENT_MD5);
                is_missing.then(|| asked.again_with(|headers| set_md5(headers, url.md5)))
            })]
        },
    },
    Defect {
        id: "wrong-md5-header",
        title: "accepts a `Content-MD5` that is not signed, if the body matches",
        right: "PUT with other content and its `Content-MD5` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "upload/wrong-md5-header",
        mutations: || {
            vec![
                accept_mismatch(|asked| {
                    content_md5(asked.request.headers)?;
                    let url = asked.world.issued.by_signature(asked.request)?;
                    Some(asked.again_with(|headers| set_md5(headers, url.md5)))
                }),
                keep(|request, right| {
                    let expects = content_md5(request.headers);
                    Box::new(Kept { expects, ..Kept::like(right) })
                }),
            ]
        },
    },
    Defect {
        id: "post-is-put",
        title: "stores the file of a POST to the URL",
        right: "POST to the URL -> 403 SignatureDoesNotMatch",
        wrong: "-> 200; the file is stored",
        check: "upload/wrong-method",
        mutations: || {
            vec![accept_mismatch(|asked| {
                (*asked.request.method == Method::POST).then(|| asked.again_as(&Method::PUT))
            })]
        },
    },
    Defect {
        id: "second-put-refused",
        title: "answers 403 to the second PUT with the same URL",
        right: "PUT twice with one URL -> 200, 200",
        wrong: "-> 200, 403",
        check: "upload/reuse",
        mutations: second_put_refused,
    },
    Defect {
        id: "empty-file-refused",
        title: "refuses an empty file as one without a length",
        right: "PUT of an empty file -> 200",
        wrong: "-> 411 MissingContentLength",
        check: "upload/empty-file",
        mutations: || {
            vec![begin(|asked, right| {
                let accepted = right?;
                let length = asked.request.headers.get(header::CONTENT_LENGTH);
                let is_empty = length.is_some_and(|length| length == "0");
                if asked.is_put() && is_empty { Err(Refusal::MissingContentLength) } else { Ok(accepted) }
            })]
        },
    },
    Defect {
        id: "two-mechanisms",
        title: "ignores an `Authorization` header next to the signed query",
        right: "PUT with `Authorization: Bearer KEY` -> 400 InvalidArgument",
        wrong: "-> 200",
        check: "upload/two-mechanisms",
        mutations: || {
            vec![begin(|asked, right| match right {
                Err(Refusal::TwoAuthMechanisms { .. }) => {
                    asked.again_with(|headers| _ = headers.remove(header::AUTHORIZATION))
                }
                right => right,
            })]
        },
    },
    Defect {
        id: "unsigned-headers",
        title: "ignores an `x-amz-meta-*` header that is not signed",
        right: "PUT with `x-amz-meta-a: 1` -> 403 AccessDenied",
        wrong: "-> 200",
        check: "upload/unsigned-header",
        mutations: || {
            vec![begin(|asked, right| {
                let Err(Refusal::HeadersNotSigned { names }) = &right else { return right };
                asked.again_with(|headers| {
                    for name in names.split(", ").filter(|name| name.starts_with("x-amz-meta-")) {
                        headers.remove(name);
                    }
                })
            })]
        },
    },
    Defect {
        id: "chunked-taken",
        title: "stores a PUT with `Transfer-Encoding: chunked`",
        right: "PUT with `Transfer-Encoding: chunked` -> 501 NotImplemented",
        wrong: "-> 200",
        check: "upload/chunked",
        mutations: || {
            vec![begin(|asked, right| match right {
                Err(Refusal::NotImplemented { .. })
                    if asked.request.headers.contains_key(header::TRANSFER_ENCODING) =>
                {
                    // The length of the body is only known once it has come.
                    asked.again_with(|headers| {
                        headers.remove(header::TRANSFER_ENCODING);
                        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
                    })
                }
                right => right,
            })]
        },
    },
    Defect {
        id: "stores-refused",
        title: "stores a body that it answers with `BadDigest`",
        right: "PUT of other bytes -> 400 BadDigest; nothing is stored",
        wrong: "-> 400 BadDigest; the bytes are stored",
        check: "upload/wrong-body",
        mutations: stores_refused,
    },
    Defect {
        id: "failed-overwrite-loses-file",
        title: "deletes the old file when the body of an overwrite is refused",
        right: "PUT of other bytes over a file -> 400; the old file stays",
        wrong: "-> 400; the old file is gone",
        check: "upload/failed-overwrite",
        mutations: || {
            vec![end(|asked, right| {
                let refusal = right.as_ref().err().map(|rejection| &rejection.refusal);
                if let Some(Refusal::BadDigest { .. } | Refusal::IncompleteBody) = refusal
                    && let Some(key) = asked.put_key()
                    && let Some(owner) = key.owner()
                {
                    // No file, no loss.
                    let _ = asked.world.state.delete(owner, key.as_str());
                }
                right
            })]
        },
    },
    Defect {
        id: "overwrite-ignored",
        title: "answers 200 to an overwrite, and keeps the old file",
        right: "PUT over a file -> 200; the new bytes are stored",
        wrong: "-> 200; the old bytes stay",
        check: "upload/overwrite",
        mutations: overwrite_ignored,
    },
    Defect {
        id: "etag-in-base64",
        title: "`ETag` of an upload is the MD5 as base64",
        right: "PUT -> 200, `ETag: \"e10adc3949ba59abbe56e057f20f883e\"`",
        wrong: "-> 200, `ETag: \"4QrcOUm6Wau+VuBX8g+IPg==\"`",
        check: "upload/etag",
        mutations: || {
            vec![end(|asked, right| {
                let answer = right?;
                let etag = answer.headers.get(header::ETAG).filter(|_| asked.is_put());
                let md5 =
                    etag.and_then(|etag| etag.to_str().ok()?.trim_matches('"').parse::<Md5Digest>().ok());
                match md5.map(|md5| HeaderValue::from_str(&format!("\"{}\"", md5.to_base64()))) {
                    Some(Ok(etag)) => Ok(answer.with(header::ETAG, etag)),
                    _ => Ok(answer),
                }
            })]
        },
    },
];

/// Returns the `Content-MD5` of a request if it is valid.
fn content_md5(headers: &HeaderMap) -> Option<Md5Digest> {
    Md5Digest::from_base64(headers.get(CONTENT_MD5)?.to_str().ok()?).ok()
}

fn set_md5(headers: &mut HeaderMap, md5: Md5Digest) {
    if let Ok(md5) = HeaderValue::from_str(&md5.to_base64()) {
        headers.insert(CONTENT_MD5, md5);
    }
}

/// Verifies and keeps an upload in another way than `right` does.
#[derive(Debug)]
struct Kept {
    right: Box<dyn Keep>,
    accepts_any: bool,
    drops_last_byte: bool,
    /// The MD5 that counts in place of the announced one.
    expects: Option<Md5Digest>,
}

impl Kept {
    fn like(right: Box<dyn Keep>) -> Self {
        Self { right, accepts_any: false, drops_last_byte: false, expects: None }
    }
}

impl Keep for Kept {
    fn verifies(&self, announced: Md5Digest, came: Md5Digest) -> bool {
        self.accepts_any || self.right.verifies(self.expects.unwrap_or(announced), came)
    }

    fn keep(&self, content: Stored) -> Result<Stored, CannotKeep> {
        let content = self.right.keep(content)?;
        match content.blob.size() {
            size @ 2.. if self.drops_last_byte => {
                Ok(Stored { blob: copy(&content.blob, size - 1)?, ..content })
            }
            _ => Ok(content),
        }
    }

    fn reads(&self) -> bool {
        self.drops_last_byte || self.right.reads()
    }
}

/// Remembers the signatures of accepted uploads until they are issued again: two presigns within a second return the
/// same URL.
fn second_put_refused() -> Vec<Mutation> {
    let used = Recent::<String>::new();
    let (remember, forget) = (used.clone(), used.clone());
    vec![
        answer(Operation::Presign, move |_, _, answer| {
            if let Some((url, _)) = handed_out(&answer)
                && let Some(signature) = sigv4::signature_of(&url)
            {
                forget.take(signature);
            }
            answer
        }),
        begin(move |asked, right| {
            let accepted = right?;
            let signature = asked.request.query.and_then(sigv4::signature_of).filter(|_| asked.is_put());
            if signature.is_some_and(|signature| used.has(signature)) {
                return Err(Refusal::AccessDenied);
            }
            Ok(accepted)
        }),
        end(move |asked, right| {
            let answer = right?;
            if asked.is_put()
                && let Some(signature) = asked.request.query.and_then(sigv4::signature_of)
            {
                remember.put(signature.to_owned(), ());
            }
            Ok(answer)
        }),
    ]
}

fn stores_refused() -> Vec<Mutation> {
    vec![end(|asked, right| {
        if let Err(Rejection { refusal: Refusal::BadDigest { calculated, .. }, body: Some(body) }) = &right
            && let Some(key) = asked.put_key()
            && let Ok(mut content) = content_of(body, *calculated)
        {
            let content_type = asked.request.headers.get(header::CONTENT_TYPE);
            content.content_type = content_type.and_then(|value| value.to_str().ok()).map(Into::into);
            asked.world.store(&key, content, asked.now);
        }
        right
    })]
}

/// Returns a body as it would have been stored.
fn content_of(body: &Blob, md5: Md5Digest) -> Result<Stored, CannotKeep> {
    let mut crc = Crc64::new();
    for piece in body.pieces() {
        crc.write(&piece?);
    }
    Ok(Stored { blob: copy(body, body.size())?, md5, crc64nvme: crc.sum64(), content_type: None })
}

/// Remembers which file was there when an upload began, and restores it.
fn overwrite_ignored() -> Vec<Mutation> {
    let before = Recent::<S3Key, Arc<Object>>::new();
    let began = before.clone();
    vec![
        begin(move |asked, right| {
            let accepted = right?;
            if let Some(key) = asked.put_key()
                && let Some(old) = asked.world.state.get(&key)
            {
                began.put(key, old);
            }
            Ok(accepted)
        }),
        end(move |asked, right| {
            let old = asked.put_key().and_then(|key| before.take(&key));
            let answer = right?;
            if let Some(old) = old
                && let Ok(blob) = copy(&old.blob, old.blob.size())
            {
                let (md5, crc64nvme, content_type) = (old.md5, old.crc64nvme, old.content_type.clone());
                asked.world.store(&old.key, Stored { blob, md5, crc64nvme, content_type }, old.last_modified);
            }
            Ok(answer)
        }),
    ]
}
