//! `PutObject`: checks before the body, then the body's way into the state.

use bytes::Bytes;
use hyper::{body::Body, header};
use tokio::task::spawn_blocking;

use super::{
    RawRequest, Refusal, Rejection, Resource, S3,
    answer::{success, with_checksum},
    condition,
    receive::{Received, done, receive},
    request::Place,
    sigv4::Query,
};
use crate::{
    exchange::{Answer, BodyError},
    files::{Condition, Keep, Md5Digest, S3Key, Stored, Ticket},
};

/// An upload whose head is accepted.
#[derive(Debug)]
pub(super) struct Upload {
    key: S3Key,
    ticket: Ticket,
    length: u64,
    /// `Content-MD5`. Without it, nothing is compared.
    expected: Option<Md5Digest>,
    content_type: Option<Box<str>>,
    condition: Condition,
}

impl Upload {
    /// Checks the head of a request with a good signature: docs/facts-s3.md#order-of-checks
    pub(super) fn begin(
        s3: &S3,
        request: &RawRequest<'_>,
        place: &Place,
        query: &Query<'_>,
    ) -> Result<Self, Refusal> {
        if request.headers.contains_key(header::TRANSFER_ENCODING) {
            return Err(Refusal::NotImplemented { header: "Transfer-Encoding" }); // whatever the framing: docs/facts-s3.md#chunked-body
        }
        // hyper refuses a non-numeric value: docs/facts-s3.md#invalid-content-length
        let length = request.text(header::CONTENT_LENGTH).and_then(|length| length.trim().parse().ok());
        let length = length.ok_or(Refusal::MissingContentLength)?;
        if length > s3.max_object_size {
            return Err(Refusal::EntityTooLarge { proposed: length, max: s3.max_object_size });
        }
        let key = super::key(place)?.ok_or_else(|| {
            // The emulator does not create buckets.
            Refusal::MethodNotAllowed { method: request.method.clone(), resource: Resource::Bucket }
        })?;
        let expected = content_md5(request)?;
        let condition = condition::read(request, query, s3.etag)?;
        let content_type = request.headers.get(header::CONTENT_TYPE);
        let content_type = content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into());
        let ticket = s3.state.begin_upload(&key);
        Ok(Self { key, ticket, length, expected, content_type, condition })
    }

    /// Reads the body, and stores it if its MD5 is as announced.
    pub(super) async fn finish<B>(self, s3: &S3, body: B, keep: Box<dyn Keep>) -> Result<Answer, Rejection>
    where
        B: Body<Data = Bytes, Error = BodyError> + Unpin,
    {
        let received = receive(body, self.length, s3.spill_over).await?;
        if let Some(expected) = self.expected.filter(|expected| !keep.verifies(*expected, received.md5)) {
            let refusal = Refusal::BadDigest { expected, calculated: received.md5 };
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

/// Applies the policy that decides what is kept. One that reads the upload runs off the threads that serve connections.
async fn kept(keep: Box<dyn Keep>, content: Stored) -> Result<Stored, Refusal> {
    if keep.reads() {
        Ok(done(spawn_blocking(move || keep.keep(content))).await??)
    } else {
        Ok(keep.keep(content)?)
    }
}

/// Reads `Content-MD5`: docs/facts-s3.md#content-md5. Sent more than once it is a list, and so
/// malformed.
fn content_md5(request: &RawRequest<'_>) -> Result<Option<Md5Digest>, Refusal> {
    let values = request.headers.get_all("content-md5").iter();
    let values: Vec<_> = values.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    if values.is_empty() {
        return Ok(None);
    }
    let value = values.join(", ");
    Md5Digest::from_base64(&value).map(Some).map_err(|_| Refusal::InvalidDigest { content_md5: value })
}
