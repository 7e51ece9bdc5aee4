//! Changes that make a valid request match a row: the table's column of triggers. Each is separate, so that `order` can
//! combine two.

use crate::support::{
    bucket::{EMPTY_MD5, signature},
    request::Request,
};

/// The SHA-256 of the body.
const BODY_SHA256: &str = "8d969eef6ecad3c29a3a629280e686cf0c3f5d5a86aff3ca12020c923adc6c92";

/// The good request, made wrong as a row has it.
pub fn of(row: &str, request: Request) -> Request {
    match row {
        // 1.1: parameters.
        "missing-parameters" => request.replace("X-Amz-Date=20260102T030405Z&", ""),
        "missing-algorithm" => request.replace("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""),
        "no-authentication" => request.without_query(),
        "unsupported-algorithm" => request.replace("=AWS4-HMAC-SHA256", "=AWS4-HMAC-SHA1"),
        "malformed-credential" => request.replace("%2F20260102", "%252F20260102"),
        "wrong-region" => request.replace("us-east-1", "ca-central-1"),
        "wrong-service" => request.replace("%2Fs3%2F", "%2Fsns%2F"),
        "wrong-terminator" => request.replace("aws4_request", "aws5_request"),
        "malformed-credential-date" => request.replace("%2F20260102%2F", "%2F32234Z34%2F"),
        "other-credential-date" => request.replace("%2F20260102%2F", "%2F20060102%2F"),
        "malformed-date" => request.replace("20260102T030405Z", "2026-01-02T03%3A04%3A05Z"),
        "expires-over-a-week" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=604801"),
        "negative-expires" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=-1"),
        "non-numeric-expires" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=1h"),
        "zero-expires" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=0"),
        "unsigned-host" => request.replace("content-md5%3Bhost", "content-md5"),
        "unknown-access-key" => request.replace("AKIAIOSFODNN7EXAMPLE", "AKIAOTHER"),
        "two-auth-mechanisms" => request.and("authorization", "Bearer alice-key"),
        // 1.2: time.
        "expired-url" => request.replace("T030405Z", "T010405Z"),
        "url-not-yet-valid" => request.replace("T030405Z", "T040405Z"),
        // 1.3: the signature and headers.
        "wrong-signature" => {
            let signature = signature(&request).to_owned();
            request.replace(&signature, &"0".repeat(64))
        }
        "signed-header-missing" => request.without("content-md5"),
        "signed-header-changed" => request.with("content-md5", EMPTY_MD5),
        "unsigned-amz-header" => request.and("x-amz-meta-b", "1").and("X-Amz-Acl", "public-read"),
        "unsigned-payload-hash" => request.and("x-amz-content-sha256", BODY_SHA256),
        "added-parameter" => Request { target: format!("{}&v=2", request.target), ..request },
        "other-method" => request.method("GET"),
        "form-post" => request.method("POST").without_query(),
        // 1.4: the body. A length too small or too large is given with the body that does come.
        "wrong-content-md5" => request.body(b"654321"),
        "missing-content-length" => Request { body: Vec::new(), ..request.without("content-length") },
        "chunked-body" => chunked(request),
        "incomplete-body" => Request { body: b"123".to_vec(), ..request },
        "object-too-large" => request.with("content-length", "6442450944"),
        "header-section-too-large" => request.and("x-long", "x".repeat(8192)),
        // 1.5: the URL.
        "invalid-escape" => request.replace("report.pdf", "%^&"),
        "non-utf8-path" => request.replace("report.pdf", "%ff"),
        _ => panic!("{row} has no trigger here"),
    }
}

/// The body in chunks and without a length.
fn chunked(request: Request) -> Request {
    let chunks =
        [format!("{:x}\r\n", request.body.len()).as_bytes(), &request.body, b"\r\n0\r\n\r\n"].concat();
    request.body(&chunks).without("content-length").and("transfer-encoding", "chunked")
}
