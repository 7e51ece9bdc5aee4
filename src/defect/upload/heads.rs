//! Uploads that are taken although their head is wrong, or refused although it is right.

use hyper::{
    Method,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    http::request::Parts,
};

use crate::{
    defect::{
        Defect, Wrong, answer::handed_out, recent::Recent, retry::CONTENT_MD5, world::World, wrong::Asked,
    },
    exchange::{Answer, Operation},
    files::{Keep, Md5Digest},
    s3::{Accepted, RawRequest, Refusal, Rejection, sigv4},
};

use super::bodies::ComparedWith;

pub(in crate::defect) static DEFECTS: [Defect; 9] = [
    Defect {
        id: "any-signature",
        title: "Whatever `X-Amz-Signature` says is good",
        check: "upload/altered-url",
        wrong: || Box::new(AnySignature),
    },
    Defect {
        id: "content-md5-optional",
        title: "A PUT without the signed `Content-MD5` is taken",
        check: "upload/missing-md5",
        wrong: || Box::new(ContentMd5Optional),
    },
    Defect {
        id: "wrong-md5-header",
        title: "Another `Content-MD5` than the signed one is taken, and compared with the body alone",
        check: "upload/wrong-md5-header",
        wrong: || Box::new(WrongMd5Header),
    },
    Defect {
        id: "post-is-put",
        title: "A POST to the URL stores the file",
        check: "upload/wrong-method",
        wrong: || Box::new(PostIsPut),
    },
    Defect {
        id: "second-put-refused",
        title: "The second PUT with the same URL is 403",
        check: "upload/reuse",
        wrong: || Box::new(SecondPutRefused(Recent::new())),
    },
    Defect {
        id: "empty-file-refused",
        title: "An empty file is refused, as if it had no length",
        check: "upload/empty-file",
        wrong: || Box::new(EmptyFileRefused),
    },
    Defect {
        id: "two-mechanisms",
        title: "An `Authorization` header beside the signed query is ignored",
        check: "upload/two-mechanisms",
        wrong: || Box::new(TwoMechanisms),
    },
    Defect {
        id: "unsigned-headers",
        title: "An `x-amz-meta-*` header that is not signed is ignored",
        check: "upload/unsigned-header",
        wrong: || Box::new(UnsignedHeaders),
    },
    Defect {
        id: "chunked-taken",
        title: "A PUT with `Transfer-Encoding: chunked` is stored",
        check: "upload/chunked",
        wrong: || Box::new(ChunkedTaken),
    },
];

/// The one `Content-MD5` of a request, where it is one.
fn content_md5(headers: &HeaderMap) -> Option<Md5Digest> {
    Md5Digest::from_base64(headers.get(CONTENT_MD5)?.to_str().ok()?).ok()
}

/// All else must be as it was handed out.
struct AnySignature;

impl Wrong for AnySignature {
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

impl Wrong for ContentMd5Optional {
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

impl Wrong for WrongMd5Header {
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

impl Wrong for PostIsPut {
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

impl Wrong for SecondPutRefused {
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

impl Wrong for EmptyFileRefused {
    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let accepted = right?;
        let is_empty = asked.request.headers.get(header::CONTENT_LENGTH).is_some_and(|length| length == "0");
        if asked.is_put() && is_empty { Err(Refusal::MissingContentLength) } else { Ok(accepted) }
    }
}

struct TwoMechanisms;

impl Wrong for TwoMechanisms {
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

impl Wrong for UnsignedHeaders {
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

impl Wrong for ChunkedTaken {
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
