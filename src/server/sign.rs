//! Presigning, S3's craft, as the value that the Alloy API is given.

use std::sync::Arc;

use hyper::Method;
use jiff::Timestamp;

use crate::{
    alloy::{SignUrl, SignedUrl},
    config::PublicUrl,
    files::{Md5Digest, S3Key},
    s3::sigv4::{Presign, Signer},
};

/// Signs URLs as the emulator is set up to.
pub(super) struct UrlSigner {
    pub(super) signer: Arc<Signer>,
    pub(super) bucket: &'static str,
    pub(super) public_url: Option<PublicUrl>,
    pub(super) expires: u32,
    pub(super) sign_content_type: bool,
}

impl SignUrl for UrlSigner {
    fn put_url(&self, at: Timestamp, base: &str, key: &S3Key, md5: Md5Digest, mime_type: &str) -> SignedUrl {
        let (scheme, host) = match &self.public_url {
            Some(url) => (url.scheme(), url.authority()),
            None => base.split_once("://").unwrap_or(("http", base)),
        };
        let md5 = md5.to_base64();
        let headers = [("content-md5", md5.as_str()), ("content-type", mime_type)];
        let signed = if self.sign_content_type { 2 } else { 1 };
        let url = self.signer.presign(&Presign {
            base: &format!("{scheme}://{host}"),
            host,
            method: &Method::PUT,
            bucket: self.bucket,
            key,
            at,
            expires: self.expires,
            headers: &headers[..signed],
        });
        SignedUrl { url, signed_at: at, known_at: at, expires: self.expires }
    }
}
