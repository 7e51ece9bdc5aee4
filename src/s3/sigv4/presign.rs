//! Presigned URLs, as the AWS SDK for JavaScript v3 makes them, without its checksum pair:
//! docs/facts-s3.md#urls-of-the-aws-sdk-for-javascript

use hyper::Method;
use jiff::Timestamp;

use super::{
    ALGORITHM, AmzDate, Credentials, Query, SERVICE, Signer, TERMINATOR, UNSIGNED_PAYLOAD,
    canonical::{CanonicalRequest, string_to_sign},
    encoding,
};
use crate::{exchange::is_host_of_bucket, files::S3Key};

/// Permission of a URL.
#[derive(Clone, Copy, Debug)]
pub struct Presign<'a> {
    /// Scheme and authority of the URL: `http://localhost:4566`.
    pub base: &'a str,
    /// `Host` that clients will send: `localhost:4566`.
    pub host: &'a str,
    /// Method that the URL is for.
    pub method: &'a Method,
    /// Bucket, the first segment of the path unless the host names it.
    pub bucket: &'a str,
    /// The object.
    pub key: &'a S3Key,
    /// Start of the validity. A fraction of a second is dropped.
    pub at: Timestamp,
    /// Validity in seconds.
    pub expires: u32,
    /// Headers besides `host` that the client must send unchanged, names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Signer {
    /// Returns the URL.
    pub fn presign(&self, wanted: &Presign<'_>) -> String {
        let date = AmzDate::of(wanted.at);
        let Credentials { access_key_id, region, .. } = self.credentials();
        let mut headers = wanted.headers.to_vec();
        headers.push(("host", wanted.host));
        headers.sort_unstable();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        let mut path = format!("/{}", wanted.key);
        if !is_host_of_bucket(wanted.host.as_bytes(), wanted.bucket) {
            path = format!("/{}{path}", wanted.bucket);
        }

        let credential = format!("{access_key_id}/{}/{region}/{SERVICE}/{TERMINATOR}", date.day());
        let expires = wanted.expires.to_string();
        let before = query(&[
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Content-Sha256", UNSIGNED_PAYLOAD),
            ("X-Amz-Credential", &credential),
            ("X-Amz-Date", date.as_str()),
            ("X-Amz-Expires", &expires),
        ]);
        // As the SDK has it.
        let after = match *wanted.method {
            Method::PUT => query(&[("X-Amz-SignedHeaders", &names), ("x-id", "PutObject")]),
            Method::GET => query(&[("X-Amz-SignedHeaders", &names), ("x-id", "GetObject")]),
            _ => query(&[("X-Amz-SignedHeaders", &names)]),
        };

        let mut request = CanonicalRequest::new(wanted.method.as_str(), &path);
        request.query(&Query::parse(Some(&format!("{before}&{after}"))));
        for (name, value) in &headers {
            request.header(name, [value.as_bytes()]);
        }
        let canonical = request.finish(&names, UNSIGNED_PAYLOAD.as_bytes());
        let signature = self.sign(&date, &string_to_sign(&date, region, &canonical));
        let path: String = encoding::encode_path(&path).collect();
        format!("{}{path}?{before}&X-Amz-Signature={signature}&{after}", wanted.base)
    }
}

fn query(parameters: &[(&str, &str)]) -> String {
    let pairs =
        parameters.iter().map(|(name, value)| format!("{name}={}", encoding::encode(value.as_bytes())));
    pairs.collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_url_has_the_sdks_parameters_in_the_sdks_order() {
        let signer = Signer::new(Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "secret".to_owned(),
            region: "us-east-1".to_owned(),
        });
        let url = signer.presign(&Presign {
            base: "http://localhost:4566",
            host: "localhost:4566",
            method: &Method::PUT,
            bucket: "alloy-user-files",
            key: &S3Key::new("u_a b.pdf").unwrap(),
            at: "2026-01-02T03:04:05.9Z".parse().unwrap(),
            expires: 3600,
            headers: &[("content-md5", "4QrcOUm6Wau+VuBX8g+IPg=="), ("content-type", "text/plain")],
        });
        let (before, rest) = url.split_once("&X-Amz-Signature=").unwrap();
        let (signature, after) = rest.split_at(64);
        assert_eq!(
            before,
            "http://localhost:4566/alloy-user-files/u_a%20b.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256\
             &X-Amz-Content-Sha256=UNSIGNED-PAYLOAD\
             &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600"
        );
        assert!(signature.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(after, "&X-Amz-SignedHeaders=content-md5%3Bcontent-type%3Bhost&x-id=PutObject");
    }
}
