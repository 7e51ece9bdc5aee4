//! Defects of presigning. The conformance checks `presign/…` notice them, and leave the rest of an upload alone.

use bytes::Bytes;
use hyper::{
    HeaderMap, Uri,
    header::{self, HeaderName, HeaderValue},
    http::request::Parts,
};
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::{
    Defect, Mutation,
    answer::{edit_text, presign_edited},
    mutation::Asked,
    world::World,
};
use crate::{
    exchange::{Answer, Operation},
    files::Md5Digest,
    s3::{Accepted, Refusal},
};

mod key;

use key::{ExtensionLost, KeyChanges, KeyWithoutUser};

pub(super) static DEFECTS: [Defect; 10] = [
    Defect {
        id: "md5-as-hex",
        title: "`md5` in the response is hex where it must be base64",
        right: "presign with a hex `md5` -> 200, `\"md5\": \"4QrcOUm6Wau+VuBX8g+IPg==\"`",
        wrong: "-> 200, `\"md5\": \"e10adc3949ba59abbe56e057f20f883e\"`",
        check: "presign/md5-forms",
        mutation: || Box::new(Md5AsHex),
    },
    Defect {
        id: "any-md5",
        title: "accepts an `md5` that is neither hex nor base64",
        right: "presign with `\"md5\": \"abc\"` -> 400",
        wrong: "-> 200 with a URL",
        check: "presign/bad-md5",
        mutation: || Box::new(AnyMd5),
    },
    Defect {
        id: "mime-type-optional",
        title: "accepts a presign without `mimeType`",
        right: "presign without `mimeType` -> 400",
        wrong: "-> 200 with a URL",
        check: "presign/required-fields",
        mutation: || Box::new(MimeTypeOptional),
    },
    Defect {
        id: "bearer-optional",
        title: "accepts the API key without `Bearer`",
        right: "presign with `Authorization: KEY` -> 401",
        wrong: "-> 200 with a URL",
        check: "presign/authentication",
        mutation: || Box::new(BearerOptional),
    },
    Defect {
        id: "version-optional",
        title: "accepts a presign without `x-api-version`",
        right: "presign without `x-api-version` -> 400",
        wrong: "-> 200 with a URL",
        check: "presign/api-version",
        mutation: || Box::new(VersionOptional),
    },
    Defect {
        id: "key-without-user",
        title: "`s3Key` begins with half of the user's id",
        right: "presign -> `\"s3Key\": \"651eb6e11d156e0d7a42c59d_a.txt\"`",
        wrong: "-> `\"s3Key\": \"6e0d7a42c59d_a.txt\"`",
        check: "presign/key-pattern",
        mutation: || Box::new(KeyWithoutUser),
    },
    Defect {
        id: "extension-lost",
        title: "`s3Key` has `_` in place of the dot of the extension",
        right: "presign of `a.txt` -> `\"s3Key\": \"651eb6e11d156e0d7a42c59d_a.txt\"`",
        wrong: "-> `\"s3Key\": \"651eb6e11d156e0d7a42c59d_a_txt\"`",
        check: "presign/key-pattern",
        mutation: || Box::new(ExtensionLost),
    },
    Defect {
        id: "key-changes",
        title: "each presign of a name returns another key until the file is stored",
        right: "presign of `a.txt` twice -> the same `s3Key` twice",
        wrong: "-> `…_a.txt`, then `…_a-1.txt`",
        check: "presign/key-stable",
        mutation: || Box::new(KeyChanges::new()),
    },
    Defect {
        id: "bare-paths-only",
        title: "answers 404 behind the version prefix `/YYYY-MM`",
        right: "POST /2025-09/connectors/files/upload/request -> 200",
        wrong: "-> 404",
        check: "presign/version-prefix",
        mutation: || Box::new(BarePathsOnly),
    },
    Defect {
        id: "md5-unsigned",
        title: "presigned URLs sign `host` alone",
        right: "presign -> a URL with `X-Amz-SignedHeaders=content-md5%3Bhost`",
        wrong: "-> a URL with `X-Amz-SignedHeaders=host`",
        check: "presign/url-form",
        mutation: || Box::new(Md5Unsigned),
    },
];

struct Md5AsHex;

impl Mutation for Md5AsHex {
    fn answer(&self, _world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        if operation != Operation::Presign {
            return answer;
        }
        presign_edited(answer, |handed_out| {
            edit_text(handed_out, "md5", |md5| {
                md5.parse::<Md5Digest>().map_or_else(|_| md5.to_owned(), Md5Digest::to_hex)
            });
        })
    }
}

/// Takes the MD5 of the text in the place of one that the text is not.
struct AnyMd5;

impl Mutation for AnyMd5 {
    fn body(&self, operation: Operation, body: Bytes) -> Bytes {
        edited(operation, body, |request| {
            edit_text(request, "md5", |md5| match md5.parse::<Md5Digest>() {
                Ok(_) => md5.to_owned(),
                Err(_) => Md5Digest::from(<[u8; 16]>::from(Md5::digest(md5))).to_hex(),
            });
        })
    }
}

struct MimeTypeOptional;

impl Mutation for MimeTypeOptional {
    fn body(&self, operation: Operation, body: Bytes) -> Bytes {
        edited(operation, body, |request| {
            if let Some(fields) = request.as_object_mut() {
                fields.entry("mimeType").or_insert_with(|| json!("application/octet-stream"));
            }
        })
    }
}

/// A presign's body with its JSON changed; as it is where it is none.
fn edited(operation: Operation, body: Bytes, change: impl FnOnce(&mut Value)) -> Bytes {
    match serde_json::from_slice::<Value>(&body) {
        Ok(mut value) if operation == Operation::Presign => {
            change(&mut value);
            value.to_string().into()
        }
        _ => body,
    }
}

struct BearerOptional;

impl Mutation for BearerOptional {
    fn request(&self, operation: Operation, head: &mut Parts) {
        if operation == Operation::Presign
            && let Some(key) = bare_key(&head.headers)
            && let Ok(value) = HeaderValue::from_str(&format!("Bearer {key}"))
        {
            head.headers.insert(header::AUTHORIZATION, value);
        }
    }
}

/// What stands in `Authorization` where it is one word, and not the scheme's.
fn bare_key(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let key = value.to_str().ok()?.trim();
    let is_word = !key.is_empty() && !key.contains(char::is_whitespace);
    (is_word && !key.eq_ignore_ascii_case("bearer")).then_some(key)
}

struct VersionOptional;

impl Mutation for VersionOptional {
    fn request(&self, operation: Operation, head: &mut Parts) {
        const VERSION: HeaderName = HeaderName::from_static("x-api-version");
        if operation == Operation::Presign && !head.headers.contains_key(VERSION) {
            head.headers.insert(VERSION, HeaderValue::from_static("2025-09"));
        }
    }
}

struct BarePathsOnly;

impl Mutation for BarePathsOnly {
    fn request(&self, operation: Operation, head: &mut Parts) {
        let is_bare = operation.route().is_some_and(|(_, path)| path == head.uri.path());
        if operation == Operation::Presign && !is_bare {
            head.uri = Uri::from_static("/not-found");
        }
    }
}

/// What is said of a signature is changed in what goes out, and put right in what comes in: what is signed stays as
/// it is.
struct Md5Unsigned;

const SIGNED: &str = "X-Amz-SignedHeaders=content-md5%3Bhost";
const HOST_ALONE: &str = "X-Amz-SignedHeaders=host";

impl Mutation for Md5Unsigned {
    fn answer(&self, _world: &World, operation: Operation, _head: &Parts, answer: Answer) -> Answer {
        if operation != Operation::Presign {
            return answer;
        }
        presign_edited(answer, |handed_out| {
            edit_text(handed_out, "presignedUrl", |url| url.replace(SIGNED, HOST_ALONE));
        })
    }

    fn begin(&self, asked: &Asked<'_>, right: Result<Accepted, Refusal>) -> Result<Accepted, Refusal> {
        let query = asked.request.query.unwrap_or_default();
        if query.split('&').any(|piece| piece == HOST_ALONE) {
            return asked.again_with_query(&query.replace(HOST_ALONE, SIGNED), asked.now);
        }
        right
    }
}
