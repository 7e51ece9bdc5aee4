//! Explains requests that are not valid HTTP/1.1.

use std::io;

use hyper::{StatusCode, header::HeaderName};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::exchange::Violation;

/// Explains a request that hyper answered with this status.
pub fn unreadable(bytes: &[u8], status: StatusCode) -> Violation {
    let answered = format!("The server answered {} and closed the connection.", status.as_u16());
    let of = |rule, pointer: &str, cause: &str| Violation::new(rule, pointer, format!("{cause} {answered}"));
    if bytes.starts_with(b"PRI * HTTP/2.0") {
        return of("http2-preface", "", "The client speaks HTTP/2 without asking whether the server does.");
    }
    if matches!(status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE | StatusCode::URI_TOO_LONG) {
        return of(
            "http-head-too-large",
            "",
            "The request line and the headers are longer than any server takes.",
        );
    }
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').map(without_cr).collect();
    let head = &lines[..lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len())];
    if let Some(values) = wrong_length(head) {
        let cause = format!("`Content-Length: {values}` is not one number of bytes.");
        return of("content-length-invalid", "content-length", &cause);
    }
    let cause = match head.split_first() {
        None | Some((&[], _)) => "The request could not be read as HTTP/1.1.".to_owned(),
        Some((line, headers)) => wrong_request_line(line)
            .or_else(|| headers.iter().find_map(|line| wrong_header(line)))
            .unwrap_or_else(|| "The request could not be read as HTTP/1.1.".to_owned()),
    };
    of("http-unreadable", "", &cause)
}

/// Explains a TLS handshake that a client ended with this alert, since it does not trust the certificate for a host.
/// `remedy` is what makes it trust one, where that is known.
pub fn distrusted(client: &str, host: Option<&str>, alert: &str, remedy: Option<&str>) -> Violation {
    let remedy = remedy.map(|remedy| format!(" To have it trusted: {remedy}.")).unwrap_or_default();
    let host = quoted(host);
    let message = format!(
        "{client} does not trust the certificate for {host}: it ended the handshake with `{alert}`.{remedy}"
    );
    Violation::new("tls-untrusted", "", message)
}

/// Explains a TLS handshake for a host that failed in another way.
pub fn handshake(client: &str, host: Option<&str>, error: &io::Error) -> Violation {
    let host = quoted(host);
    let is_closed = matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset);
    let message = if is_closed {
        format!(
            "{client} closed the connection in the TLS handshake for {host}: it may not trust the certificate."
        )
    } else {
        format!("The TLS handshake for {host} failed: {error}.")
    };
    Violation::new("tls-handshake", "", message)
}

fn quoted(host: Option<&str>) -> String {
    host.map_or_else(|| "an address".to_owned(), |host| format!("`{host}`"))
}

fn without_cr(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Returns the values of `Content-Length`, if they are not one number.
fn wrong_length(head: &[&[u8]]) -> Option<String> {
    let value = |line: &&[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let is_length = line[..colon].eq_ignore_ascii_case(b"content-length");
        is_length.then(|| String::from_utf8_lossy(line[colon + 1..].trim_ascii()).into_owned())
    };
    let values: Vec<String> = head.iter().filter_map(value).collect();
    let is_number =
        |value: &String| value.bytes().all(|byte| byte.is_ascii_digit()) && value.parse::<u64>().is_ok();
    let is_right = values.iter().all(is_number) && values.windows(2).all(|pair| pair[0] == pair[1]);
    (!is_right).then(|| values.join(", "))
}

/// Explains a wrong request line.
fn wrong_request_line(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    let words: Vec<&str> = text.split(' ').collect();
    match words[..] {
        [_, target, version] => {
            if let Some(character) = target.chars().find(|character| !character.is_ascii_graphic()) {
                let escaped = utf8_percent_encode(&character.to_string(), NON_ALPHANUMERIC).to_string();
                return Some(format!(
                    "The URL has the character {character:?} as it is: it must be percent-encoded, as `{escaped}`."
                ));
            }
            (!version.starts_with("HTTP/1."))
                .then(|| format!("The request line ends in `{version}`, not in `HTTP/1.1`."))
        }
        [_, _] | [_] => {
            Some(format!("The request line `{}` has no method, URL and version.", start_of(&text)))
        }
        _ => Some("The URL has a space as it is: it must be percent-encoded, as `%20`.".to_owned()),
    }
}

/// Explains a wrong header line.
fn wrong_header(line: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(line);
    if line.first().is_some_and(u8::is_ascii_whitespace) {
        return Some(format!(
            "The header line `{}` continues the one before it, which HTTP/1.1 forbids.",
            start_of(&text)
        ));
    }
    let Some((name, _)) = text.split_once(':') else {
        return Some(format!("The header line `{}` has no colon.", start_of(&text)));
    };
    if HeaderName::from_bytes(name.as_bytes()).is_err() {
        return Some(format!("`{}` is not a header name.", start_of(name)));
    }
    let wrong = line.iter().find(|byte| byte.is_ascii_control() && **byte != b'\t')?;
    Some(format!("The header `{name}` has the control character 0x{wrong:02x} in its value."))
}

/// Returns the first word of a text: what follows may be secret.
fn start_of(text: &str) -> String {
    let start: String = text.split_whitespace().next().unwrap_or_default().chars().take(24).collect();
    if start.len() < text.trim().len() { format!("{start} …") } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_cause() {
        for (bytes, rule, telling) in [
            (&b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"[..], "http2-preface", "HTTP/2"),
            (
                b"PUT /k HTTP/1.1\r\nContent-Length: NaN\r\n\r\n",
                "content-length-invalid",
                "`Content-Length: NaN`",
            ),
            (
                b"PUT /k HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
                "content-length-invalid",
                "`Content-Length: 1, 2`",
            ),
            (
                b"PUT /k HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                "content-length-invalid",
                "`Content-Length: -1`",
            ),
            (b"GET /a b HTTP/1.1\r\n\r\n", "http-unreadable", "`%20`"),
            ("GET /ü HTTP/1.1\r\n\r\n".as_bytes(), "http-unreadable", "`%C3%BC`"),
            (b"GET / HTTP/3\r\n\r\n", "http-unreadable", "`HTTP/3`"),
            (b"hello\r\n\r\n", "http-unreadable", "`hello`"),
            (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "http-unreadable", "no colon"),
            (b"GET / HTTP/1.1\r\nbad name: x\r\n\r\n", "http-unreadable", "`bad …`"),
            (b"GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n", "http-unreadable", "continues"),
            (b"GET / HTTP/1.1\r\na: b\x01\r\n\r\n", "http-unreadable", "0x01"),
            (b"", "http-unreadable", "could not be read"),
        ] {
            let violation = unreadable(bytes, StatusCode::BAD_REQUEST);
            assert_eq!(violation.rule, rule, "{}", violation.message);
            assert!(violation.message.contains(telling), "{}", violation.message);
        }
        let large = unreadable(b"GET / HTTP/1.1\r\n", StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
        assert_eq!(large.rule, "http-head-too-large");
    }
}
