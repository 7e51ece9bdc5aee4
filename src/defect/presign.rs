//! Defects of presigning. The conformance checks `presign/…` detect them. The rest of an upload works.

use hyper::{
    HeaderMap, Uri,
    header::{self, HeaderName, HeaderValue},
};
use md5::{Digest, Md5};
use serde_json::json;

use super::{
    Defect, Mutation,
    mutation::{begin, delete, edit_text, key, listed, presign_body, presigned, request},
    recent::Recent,
};
use crate::{
    exchange::Operation,
    files::{Md5Digest, S3Key, UserId},
};

pub(super) static DEFECTS: &[Defect] = &[
    Defect {
        id: "md5-as-hex",
        title: "`md5` in the answer is hex instead of base64",
        right: "presign with a hex `md5` -> 200, `\"md5\": \"4QrcOUm6Wau+VuBX8g+IPg==\"`",
        wrong: "-> 200, `\"md5\": \"e10adc3949ba59abbe56e057f20f883e\"`",
        check: "presign/md5-forms",
        mutations: || {
            vec![presigned(|_, answer| {
                edit_text(answer, "md5", |md5| {
                    md5.parse::<Md5Digest>().map_or_else(|_| md5.to_owned(), Md5Digest::to_hex)
                });
            })]
        },
    },
    Defect {
        id: "any-md5",
        title: "accepts an `md5` that is neither hex nor base64",
        right: "presign with `\"md5\": \"abc\"` -> 400",
        wrong: "-> 200 with a URL",
        check: "presign/bad-md5",
        mutations: || {
            // An invalid MD5 is replaced by the MD5 of its text.
            vec![presign_body(|request| {
                edit_text(request, "md5", |md5| match md5.parse::<Md5Digest>() {
                    Ok(_) => md5.to_owned(),
                    Err(_) => Md5Digest::from(<[u8; 16]>::from(Md5::digest(md5))).to_hex(),
                });
            })]
        },
    },
    Defect {
        id: "mime-type-optional",
        title: "accepts a presign without `mimeType`",
        right: "presign without `mimeType` -> 400",
        wrong: "-> 200 with a URL",
        check: "presign/required-fields",
        mutations: || {
            vec![presign_body(|request| {
                if let Some(fields) = request.as_object_mut() {
                    fields.entry("mimeType").or_insert_with(|| json!("application/octet-stream"));
                }
            })]
        },
    },
    Defect {
        id: "bearer-optional",
        title: "accepts the API key without `Bearer`",
        right: "presign with `Authorization: KEY` -> 401",
        wrong: "-> 200 with a URL",
        check: "presign/authentication",
        mutations: || {
            vec![request(Operation::Presign, |head| {
                if let Some(key) = bare_key(&head.headers)
                    && let Ok(value) = HeaderValue::from_str(&format!("Bearer {key}"))
                {
                    head.headers.insert(header::AUTHORIZATION, value);
                }
            })]
        },
    },
    Defect {
        id: "version-optional",
        title: "accepts a presign without `x-api-version`",
        right: "presign without `x-api-version` -> 400",
        wrong: "-> 200 with a URL",
        check: "presign/api-version",
        mutations: || {
            const VERSION: HeaderName = HeaderName::from_static("x-api-version");
            vec![request(Operation::Presign, |head| {
                head.headers.entry(VERSION).or_insert(HeaderValue::from_static("2025-09"));
            })]
        },
    },
    Defect {
        id: "key-without-user",
        title: "`s3Key` begins with half of the user's id",
        right: "presign -> `\"s3Key\": \"651eb6e11d156e0d7a42c59d_a.txt\"`",
        wrong: "-> `\"s3Key\": \"6e0d7a42c59d_a.txt\"`",
        check: "presign/key-pattern",
        mutations: key_without_user,
    },
    Defect {
        id: "extension-lost",
        title: "`s3Key` has `_` in place of the dot of the extension",
        right: "presign of `a.txt` -> `\"s3Key\": \"651eb6e11d156e0d7a42c59d_a.txt\"`",
        wrong: "-> `\"s3Key\": \"651eb6e11d156e0d7a42c59d_a_txt\"`",
        check: "presign/key-pattern",
        mutations: || {
            // The name stays unique to its file, so that no file replaces another.
            vec![key(|_, user, right| match right.filename().rsplit_once('.') {
                Some((stem, extension)) => S3Key::of_file(user, &format!("{stem}_{extension}")),
                None => right,
            })]
        },
    },
    Defect {
        id: "key-changes",
        title: "each presign of a name returns another key until the file is stored",
        right: "presign of `a.txt` twice -> the same `s3Key` twice",
        wrong: "-> `…_a.txt`, then `…_a-1.txt`",
        check: "presign/key-stable",
        mutations: key_changes,
    },
    Defect {
        id: "bare-paths-only",
        title: "answers 404 behind the version prefix `/YYYY-MM`",
        right: "POST /2025-09/connectors/files/upload/request -> 200",
        wrong: "-> 404",
        check: "presign/version-prefix",
        mutations: || {
            vec![request(Operation::Presign, |head| {
                if Operation::Presign.route().is_none_or(|(_, path)| path != head.uri.path()) {
                    head.uri = Uri::from_static("/not-found");
                }
            })]
        },
    },
    Defect {
        id: "md5-unsigned",
        title: "presigned URLs sign only `host`",
        right: "presign -> a URL with `X-Amz-SignedHeaders=content-md5%3Bhost`",
        wrong: "-> a URL with `X-Amz-SignedHeaders=host`",
        check: "presign/url-form",
        mutations: md5_unsigned,
    },
];

/// Returns the value of `Authorization` if it is a single word other than the scheme.
fn bare_key(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let key = value.to_str().ok()?.trim();
    let is_word = !key.is_empty() && !key.contains(char::is_whitespace);
    (is_word && !key.eq_ignore_ascii_case("bearer")).then_some(key)
}

/// The Alloy API shows and accepts keys without the first half of their user's id, which is mostly the time of its
/// creation; the S3 API knows whole keys.
fn key_without_user() -> Vec<Mutation> {
    const HALF: usize = UserId::LENGTH / 2;
    let halve = |file: &mut _| {
        edit_text(file, "s3Key", |key| match S3Key::owner_of(key) {
            Some(_) => key[HALF..].to_owned(),
            None => key.to_owned(),
        });
    };
    vec![
        presigned(move |_, answer| halve(answer)),
        listed(move |_, file| halve(file)),
        delete(|wanted, key| {
            let id = wanted.user.to_string();
            let is_own = key.strip_prefix(&id[HALF..]).is_some_and(|name| name.starts_with('_'));
            if is_own { wanted.delete(&format!("{}{key}", &id[..HALF])) } else { wanted.delete(key) }
        }),
    ]
}

/// Counts the presigns of each file until one is stored under its key: an overwrite gets that key again.
fn key_changes() -> Vec<Mutation> {
    let numbers = Recent::<S3Key, u64>::new();
    vec![key(move |world, user, right| {
        let numbered = |number: u64| match (right.filename().rsplit_once('.'), number) {
            (_, 0) => right.clone(),
            (Some((stem, extension)), _) => S3Key::of_file(user, &format!("{stem}-{number}.{extension}")),
            (None, _) => S3Key::of_file(user, &format!("{}-{number}", right.filename())),
        };
        let number = match numbers.get(&right) {
            None => 0,
            Some(last) if world.state.get(&numbered(last)).is_some() => last,
            Some(last) => last + 1,
        };
        numbers.put(right.clone(), number);
        numbered(number)
    })]
}

/// Only the URL's parameter is changed, on its way out, and restored on its way in: the signature stays the same.
fn md5_unsigned() -> Vec<Mutation> {
    const SIGNED: &str = "X-Amz-SignedHeaders=content-md5%3Bhost";
    const HOST_ONLY: &str = "X-Amz-SignedHeaders=host";
    vec![
        presigned(|_, answer| edit_text(answer, "presignedUrl", |url| url.replace(SIGNED, HOST_ONLY))),
        begin(|asked, right| {
            let query = asked.request.query.unwrap_or_default();
            if query.split('&').any(|piece| piece == HOST_ONLY) {
                return asked.again_with_query(&query.replace(HOST_ONLY, SIGNED), asked.now);
            }
            right
        }),
    ]
}
