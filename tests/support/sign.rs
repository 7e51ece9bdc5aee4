//! Presigned requests by `aws-sigv4`, a second implementation: for keys, methods and headers for which the Alloy API
//! issues no URL.

use std::time::{Duration, SystemTime};

use aws_sigv4::{
    http_request::{
        PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use jiff::Timestamp;

/// Returns a URL for `method` on the encoded `path` of `host`, valid for an hour from `at` on, that signs these headers
/// and `Host` with the emulator's default credentials.
pub fn url(method: &str, host: &str, path: &str, headers: &[(&str, &str)], at: Timestamp) -> String {
    let (id, secret) = ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    let identity = aws_credential_types::Credentials::new(id, secret, None, None, "test").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.expires_in = Some(Duration::from_secs(3600));
    settings.excluded_headers = None;
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("s3")
        .time(SystemTime::from(at))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let url = format!("http://{host}{path}");
    let headers = headers.iter().copied().chain([("host", host)]);
    let signable = SignableRequest::new(method, &url, headers, SignableBody::UnsignedPayload).unwrap();
    let mut request = hyper::Request::builder().method(method).uri(&url).body(()).unwrap();
    sign(signable, &params).unwrap().into_parts().0.apply_to_request_http1x(&mut request);
    request.uri().to_string()
}
