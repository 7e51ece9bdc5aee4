//! Uploads that are taken although their head is wrong, or refused although it is right.

use hyper::{
    Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    http::request::Parts,
};

use crate::{
    defect::{
        Defect, Mutation, answer::handed_out, mutation::Asked, recent::Recent, retry::CONTENT_MD5,
        world::World,
    },
    exchange::{Answer, Operation},
    files::{Keep, Md5Digest},
    s3::{Accepted, RawRequest, Refusal, Rejection, sigv4},
};

use super::bodies::ComparedWith;

pub(in crate::defect) static DEFECTS: [Defect; 9] = [
    Defect {
        id: "any-signature",
        title: "accepts any `X-Amz-Signature`",
        right: "PUT with another `X-Amz-Signature` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "upload/altered-url",
        mutation: || Box::new(AnySignature),
    },
    Defect {
        id: "content-md5-optional",
        title: "accepts a PUT without the signed `Content-MD5`",
        right: "PUT without `Content-MD5` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "upload/missing-md5",
        mutation: || Box::new(ContentMd5Optional),
    },
    Defect {
        id: "wrong-md5-header",
        title: "accepts a `Content-MD5` that is not signed, if the body matches",
        right: "PUT with other content and its `Content-MD5` -> 403 SignatureDoesNotMatch",
        wrong: "-> 200",
        check: "upload/wrong-md5-header",
        mutation: || Box::new(WrongMd5Header),
    },
    Defect {
        id: "post-is-put",
        title: "stores the file of a POST to the URL",
        right: "POST to the URL -> 403 SignatureDoesNotMatch",
        wrong: "-> 200; the file is stored",
        check: "upload/wrong-method",
        mutation: || Box::new(PostIsPut),
    },
    Defect {
        id: "second-put-refused",
        title: "answers 403 to the second PUT with the same URL",
        right: "PUT twice with one URL -> 200, 200",
        wrong: "-> 200, 403",
        check: "upload/reuse",
        mutation: || Box::new(SecondPutRefused(Recent::new())),
    },
    Defect {
        id: "empty-file-refused",
        title: "refuses an empty file as one without a length",
        right: "PUT of an empty file -> 200",
        wrong: "-> 411 MissingContentLength",
        check: "upload/empty-file",
        mutation: || Box::new(EmptyFileRefused),
    },
    Defect {
        id: "two-mechanisms",
        title: "ignores an `Authorization` header beside the signed query",
        right: "PUT with `Authorization: Bearer KEY` -> 400 InvalidArgument",
        wrong: "-> 200",
        check: "upload/two-mechanisms",
        mutation: || Box::new(TwoMechanisms),
    },
    Defect {
        id: "unsigned-headers",
        title: "ignores an `x-amz-meta-*` header that is not signed",
        right: "PUT with `x-amz-meta-a: 1` -> 403 AccessDenied",
        wrong: "-> 200",
        check: "upload/unsigned-header",
        mutation: || Box::new(UnsignedHeaders),
    },
    Defect {
        id: "chunked-taken",
        title: "stores a PUT with `Transfer-Encoding: chunked`",
        right: "PUT with `Transfer-Encoding: chunked` -> 501 NotImplemented",
        wrong: "-> 200",
        check: "upload/chunked",
        mutation: || Box::new(ChunkedTaken),
    },
];

/// The one `Content-MD5` of a request, where it is one.
fn content_md5(headers: &HeaderMap) -> Option<Md5Digest> {
    Md5Digest::from_base64(headers.get(CONTENT_MD5)?.to_str().ok()?).ok()
}

/// All else must be as it was handed out.
struct AnySignature;

impl Mutation for AnySignature {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let Err(Refusal::SignatureDoesNotMatch(_)) = right else { return right };
        let md5 = content_md5(asked.request.headers);
        match md5.and_then(|md5| asked.world.issued.by_content(asked.request, md5)) {
            Some(url) => asked.again_with_query(&url.query, asked.now),
            None => right,
        }
    }
}

struct ContentMd5Optional;

impl Mutation for ContentMd5Optional {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        match (&right, asked.world.issued.by_signature(asked.request)) {
            (Err(Refusal::SignatureDoesNotMatch(_)), Some(url))
                if !asked.request.headers.contains_key(CONTENT_MD5) =>
            {
                asked.again_with_md5(&url.md5.to_base64())
            }
            _ => right,
        }
    }
}

struct WrongMd5Header;

impl Mutation for WrongMd5Header {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let is_md5 = content_md5(asked.request.headers).is_some();
        match (&right, asked.world.issued.by_signature(asked.request)) {
            (Err(Refusal::SignatureDoesNotMatch(_)), Some(url)) if is_md5 => {
                asked.again_with_md5(&url.md5.to_base64())
            }
            _ => right,
        }
    }

    fn keep(&self, request: &RawRequest<'_>, right: Box<dyn Keep>) -> Box<dyn Keep> {
        match content_md5(request.headers) {
            Some(sent) => Box::new(ComparedWith { sent, right }),
            None => right,
        }
    }
}

struct PostIsPut;

impl Mutation for PostIsPut {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        match right {
            Err(Refusal::SignatureDoesNotMatch(_)) if *asked.request.method == Method::POST => {
                asked.again_as(&Method::PUT)
            }
            right => right,
        }
    }
}

/// Remembers the signatures that were good for an upload, until they are handed out anew: what is asked for twice in
/// one second is the same URL.
struct SecondPutRefused(Recent<String>);

impl Mutation for SecondPutRefused {
    fn answer(&self, _world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        if operation == Operation::Presign
            && let Some((url, _)) = handed_out(&answer)
            && let Some(signature) = sigv4::signature_of(&url)
        {
            self.0.take(signature);
        }
        answer
    }

    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let signature = asked.request.query.and_then(sigv4::signature_of).filter(|_| asked.is_put());
        let accepted = right?;
        if signature.is_some_and(|signature| self.0.has(signature)) {
            return Err(Refusal::AccessDenied);
        }
        Ok(accepted)
    }

    fn end(&self, asked: &Asked<'_>, right: Result<Answer, Rejection>) -> Result<Answer, Rejection> {
        let answer = right?;
        if asked.is_put()
            && let Some(signature) = asked.request.query.and_then(sigv4::signature_of)
        {
            self.0.put(signature.to_owned(), ());
        }
        Ok(answer)
    }
}

struct EmptyFileRefused;

impl Mutation for EmptyFileRefused {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let accepted = right?;
        let is_empty = asked.request.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0");
        if asked.is_put() && is_empty { Err(Refusal::MissingContentLength) } else { Ok(accepted) }
    }
}

struct TwoMechanisms;

impl Mutation for TwoMechanisms {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        match right {
            Err(Refusal::TwoAuthMechanisms { .. }) => {
                asked.again_with(|headers| _ = headers.remove(header::AUTHORIZATION))
            }
            right => right,
        }
    }
}

struct UnsignedHeaders;

impl Mutation for UnsignedHeaders {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let Err(Refusal::HeadersNotSigned { names }) = &right else { return right };
        asked.again_with(|headers| {
            for name in names.split(", ").filter(|name| name.starts_with("x-amz-meta-")) {
                headers.remove(name);
            }
        })
    }
}

/// How long the body is turns out while it comes.
struct ChunkedTaken;

impl Mutation for ChunkedTaken {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        const CHUNKED: HeaderName = header::TRANSFER_ENCODING;
        match right {
            Err(Refusal::NotImplemented { .. }) if asked.request.headers.contains_key(CHUNKED) => asked
                .again_with(|headers| {
                    headers.remove(CHUNKED);
                    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
                }),
            right => right,
        }
    }
}
