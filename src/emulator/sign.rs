//! Presigning, S3's craft, as the value that Alloy's side is handed.

use std::sync::Arc;

use hyper::Method;
use jiff::Timestamp;

use crate::{
    alloy::SignUrl,
    config::PublicUrl,
    files::{Clock, Md5Digest, S3Key},
    s3::sigv4::{Presign, Signer},
};

/// Signs URLs as the emulator is set up to.
pub(super) struct UrlSigner {
    pub(super) signer: Arc<Signer>,
    pub(super) clock: Arc<Clock>,
    pub(super) bucket: &'static str,
    pub(super) public_url: Option<PublicUrl>,
    pub(super) expires: u32,
    pub(super) sign_content_type: bool,
}

impl SignUrl for UrlSigner {
    fn put_url(&self, authority: &str, key: &S3Key, md5: Md5Digest, mime_type: &str) -> String {
        self.put_url_at(self.clock.now(), authority, key, md5, mime_type)
    }
}

impl UrlSigner {
    /// As [`SignUrl::put_url`], at any time.
    pub(super) fn put_url_at(
        &self,
        at: Timestamp,
        authority: &str,
        key: &S3Key,
        md5: Md5Digest,
        mime_type: &str,
    ) -> String {
        let (scheme, host) = match &self.public_url {
            Some(url) => (url.scheme(), url.authority()),
            None => ("http", authority),
        };
        let md5 = md5.to_base64();
        let headers = [("content-md5", md5.as_str()), ("content-type", mime_type)];
        let signed = if self.sign_content_type { 2 } else { 1 };
        self.signer.presign(&Presign {
            base: &format!("{scheme}://{host}"),
            host,
            method: &Method::PUT,
            bucket: self.bucket,
            key,
            at,
            expires: self.expires,
            headers: &headers[..signed],
        })
    }
}
