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
    Defect, Wrong,
    answer::{edit_text, presign_edited},
    world::World,
    wrong::Asked,
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
        title: "The answer's `md5` is hex, also where it has to be base64",
        check: "presign/md5-forms",
        wrong: || Box::new(Md5AsHex),
    },
    Defect {
        id: "any-md5",
        title: "An `md5` that is neither hex nor base64 is taken",
        check: "presign/bad-md5",
        wrong: || Box::new(AnyMd5),
    },
    Defect {
        id: "mime-type-optional",
        title: "A presign without `mimeType` is taken",
        check: "presign/required-fields",
        wrong: || Box::new(MimeTypeOptional),
    },
    Defect {
        id: "bearer-optional",
        title: "A presign takes the API key without `Bearer`",
        check: "presign/authentication",
        wrong: || Box::new(BearerOptional),
    },
    Defect {
        id: "version-optional",
        title: "A presign without `x-api-version` is taken",
        check: "presign/api-version",
        wrong: || Box::new(VersionOptional),
    },
    Defect {
        id: "key-without-user",
        title: "The `s3Key` that Alloy's side shows begins with half of the user's id",
        check: "presign/key-pattern",
        wrong: || Box::new(KeyWithoutUser),
    },
    Defect {
        id: "extension-lost",
        title: "A file's extension is lost in its key, where `_` stands for the dot",
        check: "presign/key-pattern",
        wrong: || Box::new(ExtensionLost),
    },
    Defect {
        id: "key-changes",
        title: "Until a file is stored, each presign for its name gives another key",
        check: "presign/key-stable",
        wrong: || Box::new(KeyChanges::new()),
    },
    Defect {
        id: "bare-paths-only",
        title: "A presign behind `/YYYY-MM` is 404",
        check: "presign/version-prefix",
        wrong: || Box::new(BarePathsOnly),
    },
    Defect {
        id: "md5-unsigned",
        title: "A URL says that `host` alone is signed",
        check: "presign/url-form",
        wrong: || Box::new(Md5Unsigned),
    },
];

struct Md5AsHex;

impl Wrong for Md5AsHex {
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

impl Wrong for AnyMd5 {
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

impl Wrong for MimeTypeOptional {
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

impl Wrong for BearerOptional {
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

impl Wrong for VersionOptional {
    fn request(&self, operation: Operation, head: &mut Parts) {
        const VERSION: HeaderName = HeaderName::from_static("x-api-version");
        if operation == Operation::Presign && !head.headers.contains_key(VERSION) {
            head.headers.insert(VERSION, HeaderValue::from_static("2025-09"));
        }
    }
}

struct BarePathsOnly;

impl Wrong for BarePathsOnly {
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

impl Wrong for Md5Unsigned {
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
