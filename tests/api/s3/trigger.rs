//! What makes a good request meet a row: the table's column of triggers. Each by itself, so that `order` can
//! put two of them together.

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
        "Q1" => request.replace("X-Amz-Date=20260102T030405Z&", ""),
        "Q2" => request.replace("X-Amz-Algorithm=AWS4-HMAC-SHA256&", ""),
        "Q3" => request.without_query(),
        "Q4" => request.replace("=AWS4-HMAC-SHA256", "=AWS4-HMAC-SHA1"),
        "Q5" => request.replace("%2F20260102", "%252F20260102"),
        "Q6" => request.replace("us-east-1", "ca-central-1"),
        "Q7" => request.replace("%2Fs3%2F", "%2Fsns%2F"),
        "Q8" => request.replace("aws4_request", "aws5_request"),
        "Q9" => request.replace("%2F20260102%2F", "%2F32234Z34%2F"),
        "Q10" => request.replace("%2F20260102%2F", "%2F20060102%2F"),
        "Q11" => request.replace("20260102T030405Z", "2026-01-02T03%3A04%3A05Z"),
        "Q12a" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=604801"),
        "Q12b" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=-1"),
        "Q12c" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=1h"),
        "Q12d" => request.replace("X-Amz-Expires=3600", "X-Amz-Expires=0"),
        "Q13" => request.replace("content-md5%3Bhost", "content-md5"),
        "Q14" => request.replace("AKIAIOSFODNN7EXAMPLE", "AKIAOTHER"),
        "Q15" => request.and("authorization", "Bearer alice-key"),
        // 1.2: time.
        "T1" => request.replace("T030405Z", "T010405Z"),
        "T2" => request.replace("T030405Z", "T040405Z"),
        // 1.3: the signature and headers.
        "S1" => {
            let signature = signature(&request).to_owned();
            request.replace(&signature, &"0".repeat(64))
        }
        "S2" => request.without("content-md5"),
        "S3" => request.with("content-md5", EMPTY_MD5),
        "S5" => request.and("x-amz-meta-b", "1").and("X-Amz-Acl", "public-read"),
        "S8" => request.and("x-amz-content-sha256", BODY_SHA256),
        "S11" => Request { target: format!("{}&v=2", request.target), ..request },
        "S19" => request.method("GET"),
        "S20" => request.method("POST").without_query(),
        // 1.4: the body. A length too small or too large is given with the body that does come.
        "B3" => request.body(b"654321"),
        "B5" => Request { body: Vec::new(), ..request.without("content-length") },
        "B6" => chunked(request),
        "B8" => Request { body: b"123".to_vec(), ..request },
        "B11" => request.with("content-length", "6442450944"),
        "B21" => request.and("x-long", "x".repeat(8192)),
        // 1.5: the URL.
        "H1" => request.replace("report.pdf", "%^&"),
        "H2" => request.replace("report.pdf", "%ff"),
        _ => panic!("{row} has no trigger here"),
    }
}

/// The body in chunks and without a length.
fn chunked(request: Request) -> Request {
    let chunks =
        [format!("{:x}\r\n", request.body.len()).as_bytes(), &request.body, b"\r\n0\r\n\r\n"].concat();
    request.body(&chunks).without("content-length").and("transfer-encoding", "chunked")
}
