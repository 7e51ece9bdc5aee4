//! What S3 says when it refuses: the rows of s3-facts section 1, word for word.

use sha2::{Digest, Sha256};

use super::*;

const PARAMETERS: &str = "AuthorizationQueryParametersError";
const NOT_SIGNED: &str = "There were headers present in the request which were not signed";

/// `[row, request, status, document]`.
type Case = (&'static str, Request, u16, String);

async fn hold(room: &Room, cases: Vec<Case>) {
    for (row, request, status, document) in cases {
        assert_eq!(room.told(&request).await, (status, document), "{row}");
    }
    assert!(room.state.objects().is_empty());
}

/// The document of S1 for what the server makes of a request: `lines` are those of its canonical request
/// up to the signed headers' values.
fn mismatch(method: &str, query: &str, header_lines: &str, signed: &str, provided: &str) -> String {
    let canonical = format!("{method}\n{PATH}\n{query}\n{header_lines}\n{signed}\nUNSIGNED-PAYLOAD");
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n20260102T030405Z\n20260102/us-east-1/s3/aws4_request\n{}",
        hex::encode(Sha256::digest(&canonical))
    );
    let pairs = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let extras = format!(
        "<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE</AWSAccessKeyId><StringToSign>{to_sign}</StringToSign>\
         <SignatureProvided>{provided}</SignatureProvided>\
         <StringToSignBytes>{}</StringToSignBytes><CanonicalRequest>{}</CanonicalRequest>\
         <CanonicalRequestBytes>{}</CanonicalRequestBytes>",
        pairs(&to_sign),
        canonical.replace('&', "&amp;"),
        pairs(&canonical)
    );
    let message = "The request signature we calculated does not match the signature you provided. Check your \
                   key and signing method.";
    xml("SignatureDoesNotMatch", message, &extras)
}

/// The canonical query of [`Room::upload`].
const QUERY: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD\
    &X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260102%2Fus-east-1%2Fs3%2Faws4_request\
    &X-Amz-Date=20260102T030405Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=content-md5%3Bhost&x-id=PutObject";
/// And the lines of its signed headers.
const LINES: &str = "content-md5:4QrcOUm6Wau+VuBX8g+IPg==\nhost:localhost:4566\n";

#[tokio::test]
async fn refuses_what_does_not_authenticate() {
    let room = Room::new();
    let good = room.upload();
    let missing = xml(
        PARAMETERS,
        "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, \
         X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
        "",
    );
    let malformed = xml(
        PARAMETERS,
        "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \
         \"&lt;YOUR-AKID&gt;/YYYYMMDD/REGION/SERVICE/aws4_request\".",
        "",
    );
    let two = xml(
        "InvalidArgument",
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string \
         parameter or the Authorization header should be specified",
        "<ArgumentName>Authorization</ArgumentName><ArgumentValue>Bearer a&lt;b</ArgumentValue>",
    );
    let both = good.clone().with("authorization", "Bearer a<b");
    hold(
        &room,
        vec![
            ("Q1", good.clone().replace("X-Amz-Date=20260102T030405Z&", ""), 400, missing.clone()),
            ("Q1 escaped", good.clone().replace("&X-Amz-Date", "&amp;X-Amz-Date"), 400, missing),
            ("Q3", good.clone().without_query(), 403, xml("AccessDenied", "Access Denied", "")),
            ("Q5", good.replace("%2F20260102", "%252F20260102"), 400, malformed),
            ("Q15", both.clone(), 400, two.clone()),
            ("Q15 before Q1", both.replace("X-Amz-Date=20260102T030405Z&", ""), 400, two),
        ],
    )
    .await;
}

#[tokio::test]
async fn refuses_parameters_that_are_wrong() {
    let room = Room::new();
    let credential = "Error parsing the X-Amz-Credential parameter; ";
    let long = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be \
                less than 604800 seconds";
    let cases = [
        (
            "Q4",
            ("Algorithm=AWS4-HMAC-SHA256", "Algorithm=AWS4"),
            "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"".to_owned(),
        ),
        (
            "Q7",
            ("%2Fs3%2F", "%2Fsns%2F"),
            format!("{credential}incorrect service \"sns\". This endpoint belongs to \"s3\"."),
        ),
        (
            "Q8",
            ("aws4_request", "aws5_request"),
            format!("{credential}incorrect terminal \"aws5_request\". This endpoint uses \"aws4_request\"."),
        ),
        (
            "Q9",
            ("%2F20260102%2F", "%2F32234Z34%2F"),
            format!(
                "{credential}incorrect date format \"32234Z34\". This date in the credential must be in the \
                 format \"yyyyMMdd\"."
            ),
        ),
        (
            "Q10",
            ("%2F20260102%2F", "%2F20060102%2F"),
            "Invalid credential date \"20060102\". This date is not the same as X-Amz-Date: \"20260102\"."
                .to_owned(),
        ),
        (
            "Q11",
            ("20260102T030405Z", "2026-01-02T03:04:05Z"),
            "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"".to_owned(),
        ),
        ("Q12a", ("=3600", "=604801"), long.to_owned()),
        ("Q12b", ("=3600", "=-1"), "X-Amz-Expires must be non-negative".to_owned()),
        ("Q12c", ("=3600", "=1h"), "X-Amz-Expires should be a number".to_owned()),
    ];
    let mut cases: Vec<Case> = cases
        .into_iter()
        .map(|(row, (from, to), message)| {
            (row, room.upload().replace(from, to), 400, xml(PARAMETERS, &message, ""))
        })
        .collect();
    let region = format!("{credential}the region 'ca-central-1' is wrong; expecting 'us-east-1'");
    let region = xml(PARAMETERS, &region, "<Region>us-east-1</Region>");
    cases.push(("Q6", room.upload().replace("us-east-1", "ca-central-1"), 400, region));
    let message = "The AWS Access Key Id you provided does not exist in our records.";
    let key = xml("InvalidAccessKeyId", message, "<AWSAccessKeyId>AKIAOTHER</AWSAccessKeyId>");
    cases.push(("Q14", room.upload().replace("AKIAIOSFODNN7EXAMPLE", "AKIAOTHER"), 403, key));
    hold(&room, cases).await;
}

#[tokio::test]
async fn refuses_what_is_out_of_its_time_even_with_a_bad_signature() {
    let expired = |server: &str| {
        let extras = format!(
            "<X-Amz-Expires>3600</X-Amz-Expires><Expires>2026-01-02T04:04:05Z</Expires>\
             <ServerTime>2026-01-02T{server}Z</ServerTime>"
        );
        xml("AccessDenied", "Request has expired", &extras)
    };
    let room = Room::new().at("04:04:06.5");
    let unsigned = room.upload().replace("X-Amz-Signature=", "X-Amz-Signature=0");
    let cases =
        vec![("T1", room.upload(), 403, expired("04:04:06")), ("T1", unsigned, 403, expired("04:04:06"))];
    hold(&room, cases).await;
    let room = Room::new();
    let extras = "<X-Amz-Expires>0</X-Amz-Expires><Expires>2026-01-02T03:04:05Z</Expires>\
                  <ServerTime>2026-01-02T03:04:05Z</ServerTime>";
    let never = xml("AccessDenied", "Request has expired", extras);
    hold(&room, vec![("Q12d", room.upload().replace("=3600", "=0"), 403, never)]).await;

    let room = Room::new().at("02:49:04");
    let extras = "<X-Amz-Date>1767323045000</X-Amz-Date><Expires>2026-01-02T04:04:05Z</Expires>\
                  <ServerTime>2026-01-02T02:49:04Z</ServerTime>";
    let early = xml("AccessDenied", "Request is not yet valid", extras);
    hold(&room, vec![("T2", room.upload(), 403, early)]).await;

    for time in ["04:04:05.999", "02:49:05"] {
        let room = Room::new().at(time);
        assert_eq!(room.told(&room.upload()).await.0, 200, "{time}");
    }
}

#[tokio::test]
async fn shows_what_it_signed_where_the_signature_does_not_match() {
    let room = Room::new();
    let good = room.upload();
    let signature = good.signature().to_owned();
    let wrong = |query: &str, lines: &str| mismatch("PUT", query, lines, "content-md5;host", &signature);
    let zeros = "0".repeat(64);
    let method = |name| mismatch(name, QUERY, LINES, "content-md5;host", &signature);
    let other = LINES.replace("4QrcOUm6Wau+VuBX8g+IPg==", "1B2M2Y8AsgTpgAmY7PhCfg==");
    let proxy = LINES.replace("localhost:4566", "localhost");
    let extended = QUERY.replace("&x-id", "&v=2&x-id");
    hold(
        &room,
        vec![
            (
                "S1",
                good.clone().replace(&signature, &zeros),
                403,
                mismatch("PUT", QUERY, LINES, "content-md5;host", &zeros),
            ),
            ("S1 host", good.clone().with("host", "localhost"), 403, wrong(QUERY, &proxy)),
            (
                "S2",
                good.clone().without("content-md5"),
                403,
                wrong(QUERY, "content-md5:\nhost:localhost:4566\n"),
            ),
            ("S3", good.clone().with("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="), 403, wrong(QUERY, &other)),
            ("S11", good.clone().replace("&x-id", "&v=2&x-id"), 403, wrong(&extended, LINES)),
            ("S19 GET", good.clone().method(Method::GET), 403, method("GET")),
            ("S19 DELETE", good.clone().method(Method::DELETE), 403, method("DELETE")),
            ("S19 POST", good.clone().method(Method::POST), 403, method("POST")),
            ("S19 HEAD", good.method(Method::HEAD), 403, String::new()),
        ],
    )
    .await;
}

#[tokio::test]
async fn refuses_headers_that_had_to_be_signed() {
    let room = Room::new();
    let unsigned = |names: &str| {
        xml("AccessDenied", NOT_SIGNED, &format!("<HeadersNotSigned>{names}</HeadersNotSigned>"))
    };
    let extra = room
        .upload()
        .with("x-amz-meta-a", "1")
        .with("x-amz-acl", "public-read")
        .with("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let plain = room.presigned(&Method::PUT, &[]).with("content-length", "6");
    hold(
        &room,
        vec![
            ("S5", extra.clone(), 403, unsigned("x-amz-acl, x-amz-meta-a")),
            ("S5 before S1", extra.without("content-md5"), 403, unsigned("x-amz-acl, x-amz-meta-a")),
            ("S9", plain.with("content-md5", MD5), 403, unsigned("content-md5")),
            (
                "Q13",
                room.upload().without("content-md5").replace("content-md5%3Bhost", "content-md5%253Bhost"),
                403,
                unsigned("host"),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn refuses_heads_of_uploads_that_cannot_be() {
    let room = Room::new();
    let good = room.upload();
    let digest = |value: &str| {
        let extras = format!("<Content-MD5>{value}</Content-MD5>");
        xml("InvalidDigest", "The Content-MD5 you specified was invalid.", &extras)
    };
    let put = |md5: &str| room.presigned(&Method::PUT, &[("content-md5", md5)]).with("content-length", "6");
    let hex = "e10adc3949ba59abbe56e057f20f883e";
    let long = "k".repeat(1025);
    let too_long = xml(
        "KeyTooLongError",
        "Your key is too long",
        "<Size>1025</Size><MaxSizeAllowed>1024</MaxSizeAllowed>",
    );
    let too_large = xml(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        "<ProposedSize>5368709121</ProposedSize><MaxSizeAllowed>5368709120</MaxSizeAllowed>",
    );
    let chunked = xml(
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        "<Header>Transfer-Encoding</Header>",
    );
    let length = xml("MissingContentLength", "You must provide the Content-Length HTTP header.", "");
    let elsewhere = room.presigned_for(&Method::PUT, "other", KEY, &[]).with("content-length", "6");
    let bucket = xml("NoSuchBucket", "The specified bucket does not exist", "<BucketName>other</BucketName>");
    hold(
        &room,
        vec![
            ("B1 text", put("__invalid__"), 400, digest("__invalid__")),
            ("B1 hex", put(hex), 400, digest(hex)),
            ("B2", put(""), 400, digest("")),
            ("B5", good.clone().without("content-length"), 411, length),
            ("B6", good.clone().without("content-length").with("transfer-encoding", "chunked"), 501, chunked),
            ("B11", good.with("content-length", "5368709121"), 400, too_large),
            ("B12", room.sign_anew(room.upload().replace(KEY, &long)), 400, too_long),
            ("B23", elsewhere, 404, bucket),
        ],
    )
    .await;
}

#[tokio::test]
async fn refuses_a_body_that_is_not_the_one_announced() {
    let room = Room::new();
    let wrong = "<CalculatedDigest>4QrcOUm6Wau+VuBX8g+IPg==</CalculatedDigest>\
                 <ExpectedDigest>d41d8cd98f00b204e9800998ecf8427e</ExpectedDigest>";
    let wrong = xml("BadDigest", "The Content-MD5 you specified did not match what we received.", wrong);
    let empty = room.presigned(&Method::PUT, &[("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")]);
    hold(&room, vec![("B3", empty.with("content-length", "6"), 400, wrong)]).await;

    let idle = "Your socket connection to the server was not read from or written to within the timeout \
                period. Idle connections will be closed.";
    let ended = xml("IncompleteBody", "The request body terminated unexpectedly", "");
    for (error, document) in [
        (BodyError::Idle(std::time::Duration::from_secs(20)), xml("RequestTimeout", idle, "")),
        (BodyError::Incomplete, ended.clone()),
        (BodyError::Broken("reset".into()), ended),
    ] {
        let answer = room.send_body(&room.upload(), TestBody::of("1234").then(error)).await;
        assert_eq!(told(&answer), (400, document));
    }
    assert!(room.state.objects().is_empty());
}

#[tokio::test]
async fn refuses_urls_and_heads_that_s3_does_not_take() {
    let room = Room::new();
    let header = "Your request header section exceeds the maximum allowed size.";
    let header = xml("RequestHeaderSectionTooLarge", header, "<MaxSizeAllowed>8192</MaxSizeAllowed>");
    let uri = "<URI>/alloy-user-files/%ff</URI>";
    let uri = xml("InvalidURI", "Couldn't parse the specified URI.", uri);
    let post = "<Method>POST</Method><ResourceType>OBJECT</ResourceType>";
    let post = xml("MethodNotAllowed", "The specified method is not allowed against this resource.", post);
    let delete = "<Method>DELETE</Method><ResourceType>OBJECT</ResourceType>";
    let delete =
        xml("MethodNotAllowed", "The specified method is not allowed against this resource.", delete);
    hold(
        &room,
        vec![
            ("B21", room.upload().with("x-long", &"x".repeat(8192)), 400, header),
            ("H1", room.upload().replace(KEY, "%zz"), 400, String::new()),
            ("H2", room.upload().replace(KEY, "%ff"), 400, uri),
            ("S20", room.upload().method(Method::POST).without_query(), 405, post),
            ("signed for DELETE", room.presigned(&Method::DELETE, &[]), 405, delete),
        ],
    )
    .await;
}
