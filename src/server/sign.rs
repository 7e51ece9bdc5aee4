//! Presigning, S3's craft, as the value that Alloy's side is handed; and advice, which has it sign once more what it
//! keeps the parts of.

use std::{ops::Range, sync::Arc};

use hyper::Method;
use jiff::Timestamp;

use crate::{
    alloy::SignUrl,
    config::PublicUrl,
    files::{Md5Digest, S3Key},
    findings::{Issued, Rebuild},
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
    fn put_url(
        &self,
        at: Timestamp,
        base: &str,
        key: &S3Key,
        md5: Md5Digest,
        mime_type: &str,
    ) -> (String, Range<usize>) {
        let (scheme, host) = match &self.public_url {
            Some(url) => (url.scheme(), url.authority()),
            None => base.split_once("://").unwrap_or(("http", base)),
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

impl Rebuild for UrlSigner {
    fn url(&self, issued: &Issued) -> String {
        let (at, authority) = (issued.signed_at, issued.authority());
        let sign = |key| self.put_url(at, authority, &key, issued.md5, issued.mime_type()).0;
        // It was a key when it was handed out.
        S3Key::new(issued.key()).map(sign).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        files::UserId,
        findings::{Announced, Signature},
        s3::sigv4::Credentials,
    };

    const AT: Timestamp = Timestamp::constant(1_767_323_045, 0);

    fn signer(public_url: Option<&str>, sign_content_type: bool) -> UrlSigner {
        let [access_key_id, secret, region] = ["id", "secret", "eu-west-1"].map(str::to_owned);
        UrlSigner {
            signer: Arc::new(Signer::new(Credentials { access_key_id, secret, region })),
            bucket: "bucket",
            public_url: public_url.map(|url| url.parse().unwrap()),
            expires: 3600,
            sign_content_type,
        }
    }

    #[test]
    fn what_is_kept_of_a_url_makes_the_same_url_again() {
        let user = UserId::of_key("alice-key");
        let md5 = Md5Digest::OF_NOTHING;
        for (public_url, sign_content_type) in [(None, false), (None, true), (Some("https://s3.test"), false)]
        {
            let signer = signer(public_url, sign_content_type);
            for filename in ["a.txt", "an ä.txt"] {
                let key = S3Key::of_file(user, filename);
                let (url, place) = signer.put_url(AT, "http://h:1", &key, md5, "text/plain");
                let signature = Signature::of_digits(&url[place]);
                assert_eq!(signature, Signature::of_query(&url));
                let issued = Issued::from(Announced {
                    user,
                    filename,
                    mime_type: "text/plain",
                    md5,
                    key,
                    authority: "http://h:1",
                    signature,
                    is_existing: false,
                    // The client knows it from then on; a fault dated it before.
                    at: Timestamp::UNIX_EPOCH,
                    signed_at: AT,
                    expires: 3600,
                });
                assert_eq!(signer.url(&issued), url);
            }
        }
    }
}
