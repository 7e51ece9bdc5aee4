//! `PutObject`: what is checked before the body, and the body on its way into the state. `begin` and
//! `finish` of [`super::S3`] call the two halves.

use bytes::Bytes;
use hyper::{body::Body, header};
use tokio::task::spawn_blocking;

use super::{
    RawRequest, Refusal, Rejection, Resource, S3,
    answer::{success, with_checksum},
    condition,
    receive::{Received, SMALL, done, receive},
    request::Place,
    sigv4::Query,
};
use crate::{
    exchange::{Answer, BodyError},
    files::{Condition, Keep, Md5Digest, S3Key, Stored, Ticket},
};

/// An upload whose head is good.
#[derive(Debug)]
pub(super) struct Upload {
    key: S3Key,
    ticket: Ticket,
    length: u64,
    /// `Content-MD5`; without it, nothing is compared.
    expected: Option<Md5Digest>,
    content_type: Option<Box<str>>,
    condition: Condition,
}

impl Upload {
    /// Checks the head of a request with a good signature, in the order B6, B5, B11, B12, B1 (U among
    /// themselves).
    pub(super) fn begin(
        s3: &S3,
        request: &RawRequest<'_>,
        place: &Place,
        query: &Query<'_>,
    ) -> Result<Self, Refusal> {
        if request.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(Refusal::NotImplemented { header: "Transfer-Encoding" }); // B6, whatever the framing: aws-chunked is not known here
        }
        // What is no number never gets past hyper (B10).
        let length = request.text(header::CONTENT_LENGTH).and_then(|length| length.trim().parse().ok());
        let length = length.ok_or(Refusal::MissingContentLength)?; // B5
        if length > s3.max_object_size {
            return Err(Refusal::EntityTooLarge { proposed: length, max: s3.max_object_size }); // B11
        }
        let key = super::key(place)?.ok_or_else(|| {
            // Creating buckets is not offered: U.
            Refusal::MethodNotAllowed { method: request.method.clone(), resource: Resource::Bucket }
        })?;
        let expected = content_md5(request)?;
        let condition = condition::read(request, query, s3.etag)?;
        let content_type = request.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into());
        let ticket = s3.state.begin_upload(&key);
        Ok(Self { key, ticket, length, expected, content_type, condition })
    }

    /// Takes the body, and stores it where it is what was promised.
    pub(super) async fn finish<B>(self, s3: &S3, body: B, keep: Box<dyn Keep>) -> Result<Answer, Rejection>
    where
        B: Body<Data = Bytes, Error = BodyError> + Unpin,
    {
        let received = receive(body, self.length, s3.spill_over).await?;
        if let Some(expected) = self.expected.filter(|expected| !keep.verifies(*expected, received.md5)) {
            let refusal = Refusal::BadDigest { expected, calculated: received.md5 }; // B3
            return Err(Rejection { refusal, body: Some(received.blob) });
        }
        let Received { blob, md5, crc64nvme } = received;
        let content = Stored { blob, md5, crc64nvme, content_type: self.content_type };
        let content = kept(keep, content).await?;
        let answer = with_checksum(success(s3, content.md5), content.crc64nvme);
        s3.state
            .commit_upload(&self.ticket, self.key.clone(), content, &self.condition, s3.clock.now())
            .map_err(|error| condition::refusal(&error, &self.condition, self.key))?;
        Ok(answer)
    }
}

/// What a policy keeps of an upload. Where that takes as long as the upload is, no thread that serves connections
/// waits for it.
async fn kept(keep: Box<dyn Keep>, content: Stored) -> Result<Stored, Refusal> {
    if !keep.reads() || (content.blob.size() <= SMALL && !content.blob.blocks()) {
        return Ok(keep.keep(content)?);
    }
    Ok(done(spawn_blocking(move || keep.keep(content))).await??)
}

/// `Content-MD5`, which must be padded base64 of 16 bytes: B1, B2 (empty, K), B4 (other alphabets, U). Sent more
/// than once it is a list, as in every header, and none (U).
fn content_md5(request: &RawRequest<'_>) -> Result<Option<Md5Digest>, Refusal> {
    let values = request.headers.get_all("content-md5").iter();
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    if values.is_empty() {
        return Ok(None);
    }
    let value = values.join(", ");
    Md5Digest::from_base64(&value).map(Some).map_err(|_| Refusal::InvalidDigest { content_md5: value })
}
