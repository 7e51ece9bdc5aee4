//! Reads HAR files: our own, and those that browsers' tools export.

use std::{fs::File, io, path::Path, string::FromUtf8Error, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{
    HeaderMap, Method, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::storage::MASKED_SIGNATURE;
use crate::{
    exchange::{MASK, MAX_BODY},
    files::{Md5Digest, UserId},
    http::HttpUrl,
};

/// The largest file, in bytes.
const LARGEST: u64 = 1 << 30;

/// Prefix of a masked signature.
const SIGNATURE: &str = "X-Amz-Signature=";

/// Programs that write all headers into HAR files.
const OURS: &str = "alloy-assay";

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HarError {
    /// The system does not give it.
    #[error("cannot read `{file}`: {source}")]
    Unreadable {
        /// The file.
        file: String,
        /// The system's error.
        source: io::Error,
    },
    /// It is too large.
    #[error("`{file}` is larger than {} MiB; record less at once", LARGEST >> 20)]
    TooLarge {
        /// The file.
        file: String,
    },
    /// It is not one.
    #[error(
        "`{file}` is not a HAR file: {source}; give one that --record wrote, or that a browser's network panel exported"
    )]
    Invalid {
        /// The file.
        file: String,
        /// Message and position.
        source: serde_json::Error,
    },
}

/// The exchanges of a file.
#[derive(Debug)]
pub struct Archive {
    /// Oldest first.
    pub entries: Vec<Entry>,
    /// Whether API keys were left out.
    pub is_sanitized: bool,
}

/// An exchange of a file.
#[derive(Debug)]
pub struct Entry {
    /// When it began.
    pub at: Timestamp,
    /// Duration.
    pub took: Duration,
    /// The request's method.
    pub method: Method,
    /// The request's URL.
    pub url: HttpUrl,
    /// The request's headers, with `Host`.
    pub headers: HeaderMap,
    /// The request's body, where it is known whole.
    pub body: Option<Vec<u8>>,
    /// The length of the request's body.
    pub bytes: u64,
    /// The MD5 of the request's body, where it is known.
    pub md5: Option<Md5Digest>,
    /// User of the exchange, if the file has it.
    pub user: Option<UserId>,
    /// The status; `None` where no answer came.
    pub status: Option<StatusCode>,
    /// The answer's headers.
    pub reply_headers: HeaderMap,
    /// The answer's body, where it is known whole.
    pub reply_body: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Har {
    log: Log,
}

#[derive(Deserialize)]
struct Log {
    creator: Option<Creator>,
    entries: Vec<Written>,
}

#[derive(Deserialize)]
struct Creator {
    #[serde(default)]
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    started_date_time: String,
    #[serde(default)]
    time: f64,
    request: WrittenRequest,
    response: WrittenResponse,
    #[serde(rename = "_assay")]
    own: Option<Own>,
}

#[derive(Deserialize)]
struct Own {
    md5: Option<String>,
    user_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenRequest {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<Pair>,
    post_data: Option<Text>,
    body_size: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WrittenResponse {
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: Vec<Pair>,
    content: Option<Text>,
}

#[derive(Deserialize)]
struct Pair {
    name: String,
    value: String,
}

#[derive(Deserialize)]
struct Text {
    text: Option<String>,
    encoding: Option<String>,
    size: Option<i64>,
}

impl Archive {
    /// Reads a file. Leaves out entries that are not HTTP.
    ///
    /// # Errors
    ///
    /// [`HarError`] where it cannot be read.
    pub fn read(path: &Path) -> Result<Self, HarError> {
        let file = || path.display().to_string();
        let unreadable = |source| HarError::Unreadable { file: file(), source };
        let opened = File::open(path).map_err(unreadable)?;
        if opened.metadata().map_err(unreadable)?.len() > LARGEST {
            return Err(HarError::TooLarge { file: file() });
        }
        let text = io::read_to_string(opened).map_err(unreadable)?;
        // Some tools write a byte order mark.
        let text = text.trim_start_matches('\u{feff}');
        let Har { log } =
            serde_json::from_str(text).map_err(|source| HarError::Invalid { file: file(), source })?;
        let is_ours = log.creator.is_some_and(|creator| creator.name == OURS);
        let has_keys = |entry: &Entry| entry.headers.contains_key(header::AUTHORIZATION);
        let entries: Vec<Entry> =
            log.entries.into_iter().filter_map(|entry| Entry::of(entry, is_ours)).collect();
        // A browser's export has them all, or none.
        let is_sanitized = !is_ours && !entries.iter().any(has_keys);
        Ok(Self { entries, is_sanitized })
    }
}

impl Entry {
    fn of(written: Written, is_ours: bool) -> Option<Self> {
        let Written { started_date_time, time, request, response, own } = written;
        let url: HttpUrl = unmasked(&request.url).parse().ok()?;
        let mut headers = headers(request.headers);
        if let (false, Ok(host)) =
            (headers.contains_key(header::HOST), HeaderValue::try_from(url.origin.authority()))
        {
            headers.insert(header::HOST, host);
        }
        let size = request.body_size.and_then(|size| u64::try_from(size).ok());
        let text = request.post_data.and_then(|data| data.bytes());
        let all = |text: &Vec<u8>| size.is_none_or(|size| is_whole(text, size, is_ours));
        let body = match text {
            Some(text) => Some(text).filter(all),
            None => (size.unwrap_or_default() == 0).then(Vec::new),
        };
        let (md5, user_id) = own.map_or((None, None), |own| (own.md5, own.user_id));
        let of_own = md5.and_then(|md5| md5.parse::<Md5Digest>().ok());
        // Our own files have no file content. An upload that S3 accepted has the announced MD5.
        let is_accepted = (200..300).contains(&response.status);
        let announced = headers.get("content-md5").filter(|_| is_accepted).and_then(|md5| md5.to_str().ok());
        let announced = announced.and_then(|md5| Md5Digest::from_base64(md5).ok());
        let of_body = body.as_deref().map(|body| fast_md5::digest(body).into());
        let md5 = of_own.or(of_body).or(announced);
        let reply_body = response.content.and_then(|content| match (content.size, content.bytes()) {
            (Some(size), Some(text)) => {
                (size < 0 || is_whole(&text, size.unsigned_abs(), is_ours)).then_some(text)
            }
            (None, text) => text,
            (Some(0), None) => Some(Vec::new()),
            (Some(_), None) => None,
        });
        // Only a presigned URL has one.
        let unmask = |body: Vec<u8>| {
            String::from_utf8(body)
                .map_or_else(FromUtf8Error::into_bytes, |text| unmasked(&text).into_bytes())
        };
        Some(Self {
            at: started_date_time.parse().ok()?,
            took: Duration::try_from_secs_f64(time / 1000.0).unwrap_or_default(),
            method: request.method.parse().ok()?,
            url,
            headers,
            bytes: size.or(body.as_ref().map(|body| body.len() as u64)).unwrap_or_default(),
            body,
            md5,
            user: user_id.and_then(|id| id.parse().ok()),
            status: StatusCode::from_u16(response.status).ok(),
            reply_headers: self::headers(response.headers),
            reply_body: reply_body.map(unmask),
        })
    }
}

impl Text {
    fn bytes(&self) -> Option<Vec<u8>> {
        let text = self.text.as_ref()?;
        match self.encoding.as_deref() {
            Some("base64") => STANDARD.decode(text).ok(),
            _ => Some(text.clone().into_bytes()),
        }
    }
}

/// Puts a signature in the place of each that was masked in a text: the same for the same URL, and for no other.
fn unmasked(text: &str) -> String {
    let masked = format!("{SIGNATURE}{MASK}");
    let mut unmasked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&masked) {
        let begin = rest[..at].rfind("://").unwrap_or(at);
        let end = rest[at..].find('"').map_or(rest.len(), |end| at + end);
        // The host may be the proxy's in one place.
        let target =
            rest[begin..end].trim_start_matches("://").split_once('/').map_or("", |(_, target)| target);
        unmasked.push_str(&rest[..at + SIGNATURE.len()]);
        unmasked.extend([MASKED_SIGNATURE, &UserId::of_key(target).to_string()]);
        rest = &rest[at + masked.len()..];
    }
    unmasked + rest
}

/// Returns whether a text is a whole body. In our own files, masked keys and signatures shorten it, and text beyond the
/// journal's limit is cut.
fn is_whole(text: &[u8], size: u64, is_ours: bool) -> bool {
    size == text.len() as u64 || is_ours && text.len() + 4 <= MAX_BODY
}

/// The headers, without those of HTTP/2 alone.
fn headers(pairs: Vec<Pair>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for Pair { name, value } in pairs {
        // One object may have several uses.
        for value in value.split('\n') {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                headers.append(name, value);
            }
        }
    }
    headers
}
