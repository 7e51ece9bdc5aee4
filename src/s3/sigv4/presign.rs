//! Presigned URLs, as the AWS SDK for JavaScript v3 makes them, without its checksum pair:
//! docs/facts-s3.md#urls-of-the-aws-sdk-for-javascript

use std::{fmt::Write, ops::Range};

use hyper::Method;
use jiff::Timestamp;

use super::{
    ALGORITHM, AmzDate, SERVICE, Signer, TERMINATOR, UNSIGNED_PAYLOAD,
    canonical::{CanonicalRequest, string_to_sign},
    claimed::SIGNATURE,
    encoding,
};
use crate::{exchange::is_host_of_bucket, files::S3Key};

/// What a URL allows.
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
    /// Headers besides `host` that the client must send as they are, names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
}

impl Signer {
    /// Returns the URL, and where in it the signature stands.
    pub fn presign(&self, wanted: &Presign<'_>) -> (String, Range<usize>) {
        let date = AmzDate::of(wanted.at);
        let mut headers = wanted.headers.to_vec();
        headers.push(("host", wanted.host));
        headers.sort_unstable();

        let mut url = String::with_capacity(1024);
        url.push_str(wanted.base);
        let path = url.len();
        url.push('/');
        if !is_host_of_bucket(wanted.host.as_bytes(), wanted.bucket) {
            url.extend(encoding::encode_path(wanted.bucket));
            url.push('/');
        }
        url.extend(encoding::encode_path(wanted.key.as_str()));
        let path = path..url.len();
        url.push('?');
        let query = url.len();
        self.push_first_half(&mut url, &date, wanted.expires);
        // The signature goes here. The rest is canonical as it stands.
        let cut = url.len();
        push_second_half(&mut url, wanted.method, &headers);

        let mut request = CanonicalRequest::with_canonical_path(wanted.method.as_str(), [&url[path]]);
        request.canonical_query([&url[query..]]);
        for (name, value) in &headers {
            request.header(name, [value.as_bytes()]);
        }
        let names = join(&headers, ";");
        let canonical = request.finish(&names, UNSIGNED_PAYLOAD.as_bytes());
        let to_sign = string_to_sign(&date, &self.credentials().region, &canonical);
        let signature = self.sign(&date, &to_sign);
        url.insert_str(cut, std::str::from_utf8(&signature).unwrap_or_default());
        url.insert_str(cut, SIGNATURE);
        url.insert(cut, '&');
        let from = cut + 1 + SIGNATURE.len();
        (url, from..from + signature.len())
    }

    fn push_first_half(&self, url: &mut String, date: &AmzDate, expires: u32) {
        let credentials = self.credentials();
        for piece in ["X-Amz-Algorithm=", ALGORITHM, "&X-Amz-Content-Sha256=", UNSIGNED_PAYLOAD] {
            url.push_str(piece);
        }
        url.push_str("&X-Amz-Credential=");
        url.push_str(&encoding::encode(credentials.access_key_id.as_bytes()));
        url.push_str("%2F");
        url.push_str(date.day());
        url.push_str("%2F");
        url.push_str(&encoding::encode(credentials.region.as_bytes()));
        for piece in ["%2F", SERVICE, "%2F", TERMINATOR, "&X-Amz-Date=", date.as_str(), "&X-Amz-Expires="] {
            url.push_str(piece);
        }
        // Writing to memory cannot fail.
        let _ = write!(url, "{expires}");
    }
}

/// Adds the second half of the query, with `x-id` as the SDK has it.
fn push_second_half(url: &mut String, method: &Method, headers: &[(&str, &str)]) {
    url.push_str("&X-Amz-SignedHeaders=");
    url.push_str(&join(headers, "%3B"));
    url.push_str(match *method {
        Method::PUT => "&x-id=PutObject",
        Method::GET => "&x-id=GetObject",
        _ => "",
    });
}

/// Joins the names of the headers.
fn join(headers: &[(&str, &str)], separator: &str) -> String {
    let mut names = String::with_capacity(64);
    for (index, (name, _)) in headers.iter().enumerate() {
        names.push_str(if index == 0 { "" } else { separator });
        names.push_str(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::sigv4::Credentials;

    #[test]
    fn an_url_has_the_sdks_parameters_in_the_sdks_order() {
        let signer = Signer::new(Credentials {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
            secret: "secret".to_owned(),
            region: "us-east-1".to_owned(),
        });
        let (url, place) = signer.presign(&Presign {
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
        assert_eq!(&url[place], signature);
        assert!(signature.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_eq!(after, "&X-Amz-SignedHeaders=content-md5%3Bcontent-type%3Bhost&x-id=PutObject");
    }
}
