//! Every way in which S3 refuses, with its data, its code and its message (s3-facts section 1): the code's own, or
//! one that says more. Handlers and signature checks return it, `answer` makes an answer of it.

use hyper::{Method, ext::ReasonPhrase};

use super::{Denied, Mismatch, Resource, Times};
use crate::{
    exchange::{BodyError, S3Code},
    files::{Blob, Md5Digest, S3Key},
};

/// Why S3 refuses a request. Its text is the `Message` that S3 sends.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Q1: some parameters of query authentication are there, others are not.
    #[error("{}", S3Code::AuthorizationQueryParametersError.message())]
    MissingAuthParameters,
    /// Q3: nothing authenticates the request.
    #[error("{}", S3Code::AccessDenied.message())]
    AccessDenied,
    /// Q4 (K): another algorithm.
    #[error("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"")]
    UnsupportedAlgorithm,
    /// Q5: the credential has not five parts.
    #[error(
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \
         \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\"."
    )]
    MalformedCredential,
    /// Q6: the credential is for another region.
    #[error(
        "Error parsing the X-Amz-Credential parameter; the region '{given}' is wrong; expecting '{expected}'"
    )]
    WrongRegion {
        /// The credential's region.
        given: String,
        /// The bucket's region.
        expected: String,
    },
    /// Q7 (K): the credential is for another service.
    #[error(
        "Error parsing the X-Amz-Credential parameter; incorrect service \"{given}\". This endpoint belongs \
         to \"s3\"."
    )]
    WrongService {
        /// The credential's service.
        given: String,
    },
    /// Q8 (K): the credential ends in something else.
    #[error(
        "Error parsing the X-Amz-Credential parameter; incorrect terminal \"{given}\". This endpoint uses \
         \"aws4_request\"."
    )]
    WrongTerminator {
        /// The credential's end.
        given: String,
    },
    /// Q9 (K): the credential's day is none.
    #[error(
        "Error parsing the X-Amz-Credential parameter; incorrect date format \"{given}\". This date in the \
         credential must be in the format \"yyyyMMdd\"."
    )]
    MalformedCredentialDate {
        /// The credential's day.
        given: String,
    },
    /// Q10 (K): the credential's day is not that of `X-Amz-Date`.
    #[error("Invalid credential date \"{given}\". This date is not the same as X-Amz-Date: \"{expected}\".")]
    OtherCredentialDate {
        /// The credential's day.
        given: String,
        /// The day of `X-Amz-Date`.
        expected: String,
    },
    /// Q11: `X-Amz-Date` is no date.
    #[error("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")]
    MalformedDate,
    /// Q12a: `X-Amz-Expires` is more than a week.
    #[error(
        "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less \
         than 604800 seconds"
    )]
    ExpiresTooLong,
    /// Q12b (K): `X-Amz-Expires` is negative.
    #[error("X-Amz-Expires must be non-negative")]
    ExpiresNegative,
    /// Q12c (K): `X-Amz-Expires` is no number.
    #[error("X-Amz-Expires should be a number")]
    ExpiresNotANumber,
    /// Q13, S5, S9: headers came that had to be signed, or `host` was not signed.
    #[error("There were headers present in the request which were not signed")]
    HeadersNotSigned {
        /// Their names in lower case, joined by comma and space.
        names: String,
    },
    /// Q14: an access key that is not ours.
    #[error("{}", S3Code::InvalidAccessKeyId.message())]
    InvalidAccessKeyId {
        /// The access key's id.
        id: String,
    },
    /// Q15: query authentication and an `Authorization` header.
    #[error(
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
         parameter or the Authorization header should be specified"
    )]
    TwoAuthMechanisms {
        /// The header's value.
        authorization: String,
    },
    /// T1: the URL's time is over.
    #[error("Request has expired")]
    Expired {
        /// How many seconds it was good for.
        expires: u32,
        /// From when to when, and when it is now.
        times: Times,
    },
    /// T2: the URL's time has not begun.
    #[error("Request is not yet valid")]
    NotYetValid(Times),
    /// S1: the signature is another.
    #[error("{}", S3Code::SignatureDoesNotMatch.message())]
    SignatureDoesNotMatch(Box<Mismatch>),
    /// S20: nothing can be done with this method here.
    #[error("{}", S3Code::MethodNotAllowed.message())]
    MethodNotAllowed {
        /// The request's method.
        method: Method,
        /// What it was used on.
        resource: Resource,
    },
    /// B1, B2: `Content-MD5` is not the base64 of 16 bytes.
    #[error("{}", S3Code::InvalidDigest.message())]
    InvalidDigest {
        /// The header's value.
        content_md5: String,
    },
    /// B3: `Content-MD5` is that of another body.
    #[error("{}", S3Code::BadDigest.message())]
    BadDigest {
        /// What the header said.
        expected: Md5Digest,
        /// What the body has.
        calculated: Md5Digest,
    },
    /// B5: neither `Content-Length` nor `Transfer-Encoding`.
    #[error("{}", S3Code::MissingContentLength.message())]
    MissingContentLength,
    /// B6: `Transfer-Encoding`; and, in the same words, other features that are not offered here (U): parts of
    /// uploads, copies, an object's settings. To store or hand out the object instead would be wrong in silence.
    #[error("{}", S3Code::NotImplemented.message())]
    NotImplemented {
        /// The header or parameter that asks for it.
        header: &'static str,
    },
    /// B18, B19a, B19c: a condition that S3 does not take for PUT, or two of them.
    #[error("{}", S3Code::NotImplemented.message())]
    UnsupportedCondition {
        /// The headers' names, joined by a comma.
        headers: &'static str,
        /// What is wrong with them.
        additional: &'static str,
    },
    /// B17, B19b: the condition of the upload does not hold.
    #[error("{}", S3Code::PreconditionFailed.message())]
    PreconditionFailed {
        /// The condition's header.
        condition: &'static str,
    },
    /// B7: the body stopped coming.
    #[error("{}", S3Code::RequestTimeout.message())]
    RequestTimeout,
    /// B8: the body ended before its length.
    #[error("{}", S3Code::IncompleteBody.message())]
    IncompleteBody,
    /// B11: the body is larger than is taken.
    #[error("{}", S3Code::EntityTooLarge.message())]
    EntityTooLarge {
        /// `Content-Length`.
        proposed: u64,
        /// The most that is taken.
        max: u64,
    },
    /// B12: the key is longer than a key can be.
    #[error("{}", S3Code::KeyTooLongError.message())]
    KeyTooLong {
        /// Its length in bytes of UTF-8.
        size: usize,
    },
    /// B21 (K): the headers are longer than is taken.
    #[error("{}", S3Code::RequestHeaderSectionTooLarge.message())]
    HeaderSectionTooLarge,
    /// B23: another bucket than ours.
    #[error("{}", S3Code::NoSuchBucket.message())]
    NoSuchBucket {
        /// Its name.
        bucket: String,
    },
    /// B19b: a key that holds nothing.
    #[error("{}", S3Code::NoSuchKey.message())]
    NoSuchKey {
        /// The key.
        key: S3Key,
    },
    /// H1: a `%` in the path without two hex digits behind it. S3's front end answers without XML.
    #[error("Invalid URI: isHexDigit")]
    MalformedEscape,
    /// H2: the path is no UTF-8.
    #[error("{}", S3Code::InvalidURI.message())]
    InvalidUri {
        /// The path as it came.
        uri: String,
    },
    /// C1: a preflight without `Origin`.
    #[error("Insufficient information. Origin request header needed.")]
    OriginNeeded,
    /// C2: a preflight, and the bucket has no CORS configuration.
    #[error("{}", S3Code::AccessForbidden.message())]
    CorsNotEnabled {
        /// The method that the preflight asks for.
        method: String,
    },
    /// C3: a preflight for another bucket than ours.
    #[error("CORSResponse: Bucket not found")]
    CorsNoSuchBucket {
        /// The method that the preflight asks for.
        method: String,
    },
    /// C4: a preflight that no rule of the bucket allows. The slip of the pen is S3's.
    #[error(
        "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, \
         request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted \
         by the resource's CORS spec."
    )]
    CorsNotAllowed {
        /// The method that the preflight asks for.
        method: String,
        /// What the URL names.
        resource: Resource,
        /// What is not allowed, which S3 does not tell.
        denied: Denied,
    },
    /// C8: a preflight that asks for no method. The status is K, the words are U: two clones of S3 have them.
    #[error("Invalid Access-Control-Request-Method: null")]
    CorsMethodNeeded,
    /// Something else happened to the key while the upload was under way: here, a reset.
    #[error("{}", S3Code::OperationAborted.message())]
    OperationAborted,
    /// The emulator's own fault.
    #[error("{}", S3Code::InternalError.message())]
    Internal,
}

/// A refusal, with the body that was refused where it came whole: whoever explains the one looks at the other.
#[derive(Debug)]
pub struct Rejection {
    /// Why.
    pub refusal: Refusal,
    /// What came; nobody else holds it.
    pub body: Option<Blob>,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, body: None }
    }
}

impl Refusal {
    /// What stands in the status line, where it is not the usual: H1.
    #[must_use]
    pub fn reason(&self) -> Option<ReasonPhrase> {
        matches!(self, Self::MalformedEscape)
            .then_some(const { ReasonPhrase::from_static(b"Invalid URI: isHexDigit") })
    }

    /// S3's code for it.
    #[must_use]
    pub fn code(&self) -> S3Code {
        match self {
            Self::MissingAuthParameters
            | Self::UnsupportedAlgorithm
            | Self::MalformedCredential
            | Self::WrongRegion { .. }
            | Self::WrongService { .. }
            | Self::WrongTerminator { .. }
            | Self::MalformedCredentialDate { .. }
            | Self::OtherCredentialDate { .. }
            | Self::MalformedDate
            | Self::ExpiresTooLong
            | Self::ExpiresNegative
            | Self::ExpiresNotANumber => S3Code::AuthorizationQueryParametersError,
            Self::AccessDenied
            | Self::HeadersNotSigned { .. }
            | Self::Expired { .. }
            | Self::NotYetValid(_) => S3Code::AccessDenied,
            Self::InvalidAccessKeyId { .. } => S3Code::InvalidAccessKeyId,
            Self::TwoAuthMechanisms { .. } => S3Code::InvalidArgument,
            Self::SignatureDoesNotMatch(_) => S3Code::SignatureDoesNotMatch,
            Self::MethodNotAllowed { .. } => S3Code::MethodNotAllowed,
            Self::InvalidDigest { .. } => S3Code::InvalidDigest,
            Self::BadDigest { .. } => S3Code::BadDigest,
            Self::MissingContentLength => S3Code::MissingContentLength,
            Self::NotImplemented { .. } | Self::UnsupportedCondition { .. } => S3Code::NotImplemented,
            Self::PreconditionFailed { .. } => S3Code::PreconditionFailed,
            Self::RequestTimeout => S3Code::RequestTimeout,
            Self::IncompleteBody => S3Code::IncompleteBody,
            Self::EntityTooLarge { .. } => S3Code::EntityTooLarge,
            Self::KeyTooLong { .. } => S3Code::KeyTooLongError,
            Self::HeaderSectionTooLarge => S3Code::RequestHeaderSectionTooLarge,
            Self::NoSuchBucket { .. } => S3Code::NoSuchBucket,
            Self::NoSuchKey { .. } => S3Code::NoSuchKey,
            Self::MalformedEscape | Self::InvalidUri { .. } => S3Code::InvalidURI,
            Self::OriginNeeded | Self::CorsMethodNeeded => S3Code::BadRequest,
            Self::CorsNotEnabled { .. } | Self::CorsNoSuchBucket { .. } | Self::CorsNotAllowed { .. } => {
                S3Code::AccessForbidden
            }
            Self::OperationAborted => S3Code::OperationAborted,
            Self::Internal => S3Code::InternalError,
        }
    }
}

/// B7 and B8. A connection that broke takes its answer with it; the journal has it as B8.
impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Idle(_) => Self::RequestTimeout,
            BodyError::Coding(_) => Self::NotImplemented { header: "Transfer-Encoding" },
            BodyError::Incomplete | BodyError::Broken(_) => Self::IncompleteBody,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_body_is_told_from_an_idle_one() {
        assert_eq!(Refusal::from(BodyError::Incomplete).code(), S3Code::IncompleteBody);
        assert_eq!(Refusal::from(BodyError::Broken("gone".into())).code(), S3Code::IncompleteBody);
        let idle = BodyError::Idle(std::time::Duration::from_secs(20));
        assert_eq!(Refusal::from(idle).code(), S3Code::RequestTimeout);
    }
}
