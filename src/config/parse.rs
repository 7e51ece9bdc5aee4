//! The values of settings: each from text, with a message that says what would be right.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Cors, LogFormat, Problem};
use crate::{
    defect::Defect,
    exchange::{parse_duration, parse_size},
    files::{ApiKey, Dedup, UserId},
};

/// S3 refuses URLs that live longer (s3-facts, row Q12a).
const MAX_URL_EXPIRY: Duration = Duration::from_secs(604_800);

pub(super) fn listen(text: &str) -> Result<String, Problem> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(text.to_owned()),
        _ => Err(Problem::new(
            format!("`{text}` is no address with a port"),
            "write one like 127.0.0.1:7979, or port 0 for a free one",
        )),
    }
}

/// `KEY` or `KEY=USER_ID`, split at the last `=` that is followed by 24 hex digits and the end: keys may
/// have a `=` of their own.
pub(super) fn api_key(text: &str) -> Result<ApiKey, Problem> {
    let split = text.rsplit_once('=').and_then(|(key, id)| Some((key, id.parse::<UserId>().ok()?)));
    let (key, user) = split.unwrap_or_else(|| (text, UserId::of_key(text)));
    let key = self::key(key, "write KEY, or KEY=USER_ID with a user id of 24 hex digits")?;
    Ok(ApiKey { key, user })
}

/// A key alone; `remedy` says what to write in place of an empty one. No message tells it.
pub(super) fn key(text: &str, remedy: &str) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(Problem::new("the key is empty", remedy));
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::new(
            "the key has characters that no header can carry",
            "use visible ASCII without blanks",
        ));
    }
    Ok(text.to_owned())
}

pub(super) fn host_name(text: &str) -> Result<String, Problem> {
    let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    if is_name && !text.is_empty() {
        return Ok(text.to_owned());
    }
    Err(Problem::new(
        format!("`{text}` is no host name"),
        "write one like assay.test, without scheme or port",
    ))
}

pub(super) fn url_expiry(text: &str) -> Result<Duration, Problem> {
    const RANGE: &str = "give one from 1s to 168h";
    let expiry = parse_duration(text)?;
    if expiry > MAX_URL_EXPIRY {
        Err(Problem::new(format!("`{text}` is more than the 7 days that S3 allows"), RANGE))
    } else if expiry.subsec_nanos() != 0 {
        Err(Problem::new(format!("`{text}` is not a whole number of seconds"), RANGE))
    } else if expiry.is_zero() {
        Err(Problem::new(format!("`{text}` would make every URL expire at once"), RANGE))
    } else {
        Ok(expiry)
    }
}

pub(super) fn positive_duration(text: &str) -> Result<Duration, Problem> {
    match parse_duration(text)? {
        Duration::ZERO => Err(Problem::new(format!("`{text}` leaves no time"), "give more than 0s")),
        duration => Ok(duration),
    }
}

/// A number that is not 0; `example` is a right one.
pub(super) fn count(text: &str, example: &str) -> Result<u32, Problem> {
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| {
        Problem::new(format!("`{text}` is no number from 1 on"), &format!("write one like {example}"))
    })
}

pub(super) fn size(text: &str) -> Result<u64, Problem> {
    Ok(parse_size(text)?)
}

pub(super) fn dedup(text: &str) -> Result<Dedup, Problem> {
    match text {
        "user" => Ok(Dedup::User),
        "key" => Ok(Dedup::Key),
        "off" => Ok(Dedup::Off),
        _ => Err(Problem::new(format!("`{text}` is none of its values"), "write user, key or off")),
    }
}

pub(super) fn defect(text: &str) -> Result<&'static Defect, Problem> {
    Ok(Defect::named(text)?)
}

/// What is allowed with this value more than `before`.
pub(super) fn cors(before: Option<Cors>, text: &str) -> Result<Cors, Problem> {
    let added: Cors = text.parse()?;
    match before {
        Some(before) => before.and(added),
        None => Ok(added),
    }
}

/// A region becomes a part of `X-Amz-Credential`, between slashes.
pub(super) fn region(text: &str) -> Result<String, Problem> {
    let is_region = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_region && !text.is_empty() {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("`{text}` is no region"), "write one like us-east-1"))
}

pub(super) fn access_key_id(text: &str) -> Result<String, Problem> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        return Ok(text.to_owned());
    }
    Err(Problem::new(
        format!("`{text}` is no access key id"),
        "write letters and digits, such as AKIAIOSFODNN7EXAMPLE",
    ))
}

pub(super) fn secret_access_key(text: &str) -> Result<String, Problem> {
    if text.is_empty() {
        return Err(Problem::new("the secret is empty", "write the secret of the access key id"));
    }
    Ok(text.to_owned())
}

pub(super) fn seed(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_| {
        Problem::new(format!("`{text}` is no seed"), "write a whole number from 0 to 18446744073709551615")
    })
}

/// `type/subtype`, with parameters or without: what a header can carry.
pub(super) fn mime_type(text: &str) -> Result<String, Problem> {
    let is_token = |part: &str| {
        part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b)) && !part.is_empty()
    };
    let essence = text.split(';').next().unwrap_or_default().trim_end();
    let is_type = essence.split_once('/').is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype));
    if is_type && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Ok(text.to_owned());
    }
    Err(Problem::new(format!("`{text}` is no media type"), "write one like application/pdf"))
}

/// A path; relative ones are relative to `folder`.
pub(super) fn path(text: &str, folder: &Path) -> Result<PathBuf, Problem> {
    if text.is_empty() {
        return Err(Problem::new("the path is empty", "name a file"));
    }
    Ok(folder.join(text))
}

pub(super) fn switch(text: &str) -> Result<bool, Problem> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Ok(true),
        "false" | "no" | "off" | "0" => Ok(false),
        _ => Err(Problem::new(format!("`{text}` is neither yes nor no"), "write true or false")),
    }
}

pub(super) fn log(text: &str) -> Result<LogFormat, Problem> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Problem::new(format!("`{text}` is none of its values"), "write text or json")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_split_at_a_user_id_alone() {
        let id = "651eb6e11d156e0d7a42c59d";
        assert_eq!(
            api_key(&format!("a=b={id}")).unwrap(),
            ApiKey { key: "a=b".into(), user: id.parse().unwrap() }
        );
        for key in ["abc", "abc==", "a=b", &format!("a{id}"), &format!("a={id}0")] {
            assert_eq!(api_key(key).unwrap(), ApiKey { key: key.into(), user: UserId::of_key(key) });
        }
    }
}
