//! An exchange as a command for `bash`, with `curl` and `jq`, to paste into a terminal. Ids, keys and URLs differ each
//! time, so they are variables; so are API keys, which are secret.

use std::path::PathBuf;

use base64::{Engine, prelude::BASE64_STANDARD};
use hyper::{Method, header};

use super::story::{Names, Recorded, UrlOf};

/// The variable for the common part of the names of a run.
pub(super) const RUN: &str = "RUN";

/// Longer content is written as a command that produces it, in bytes.
const MAX_LITERAL: usize = 4 << 10;

/// Period of the long contents that the strategies generate, in bytes.
const PERIOD: usize = 251;

/// The values that are variables, each with the variable's name.
#[derive(Debug, Default)]
pub(super) struct Variables {
    /// Values from answers.
    pub(super) values: Vec<(String, String)>,
    /// API keys, which are replaced only in `Authorization`: a short one may be part of any word.
    pub(super) keys: Vec<(String, String)>,
    /// The file of certificates that are trusted.
    pub(super) ca: Option<PathBuf>,
}

/// Returns the command that sends a request again; `base` is the scheme and host of the API.
pub(super) fn command(recorded: &Recorded, variables: &Variables, base: &str) -> String {
    let values = &variables.values;
    let request = &recorded.request;
    let mut words = vec!["curl -sS".to_owned()];
    if let Some(ca) = &variables.ca {
        words.push(format!("--cacert {}", quoted(&ca.to_string_lossy())));
    }
    let is_usual = request.method == if request.body.is_there() { Method::POST } else { Method::GET };
    if recorded.url.is_some() {
        words.push("-i".to_owned());
    }
    if !is_usual {
        words.push(format!("-X {}", request.method));
    }
    words.push(match &recorded.url {
        Some(url) => self::url(url),
        None => word(&format!("{base}{}", request.target), values),
    });
    for (name, value) in &request.headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        // With a colon and no value, curl would leave the header out.
        let header = if value.is_empty() { format!("{name};") } else { format!("{name}: {value}") };
        let known = if *name == header::AUTHORIZATION { &variables.keys } else { values };
        words.push(format!("-H {}", word(&header, known)));
    }
    let mut before = String::new();
    if request.body.is_there() {
        if !request.headers.contains_key(header::CONTENT_TYPE) {
            words.push("-H 'content-type:'".to_owned());
        }
        if request.body.is_chunked() {
            words.push("-H 'transfer-encoding: chunked'".to_owned());
        }
        let content = request.body.content();
        match std::str::from_utf8(content) {
            // A terminal would not show control characters.
            Ok(text)
                if content.len() <= MAX_LITERAL
                    && !text.contains(char::is_control)
                    && !text.starts_with('@') =>
            {
                // A file's bytes cannot change: their MD5 was announced.
                let text = if recorded.url.is_some() { quoted(text) } else { word(text, values) };
                words.push(format!("--data-binary {text}"));
            }
            _ => {
                before = format!("{} | ", bytes(content));
                words.push("--data-binary @-".to_owned());
            }
        }
    }
    let command = format!("{before}{}", words.join(" "));
    match recorded.names {
        Some(Names::User(number)) => format!("USER{number}=$({command} | jq -r .userId)"),
        Some(Names::Presign(number)) => format!(
            "PRESIGN{number}=$({command}); echo \"$PRESIGN{number}\"; \
             URL{number}=$(jq -r .presignedUrl.presignedUrl <<<\"$PRESIGN{number}\"); \
             KEY{number}=$(jq -r .presignedUrl.s3Key <<<\"$PRESIGN{number}\")"
        ),
        None => command,
    }
}

/// Returns the command that writes some bytes: repeating ones in a loop, the rest as base64.
fn bytes(content: &[u8]) -> String {
    let decoded = |bytes: &[u8]| format!("base64 -d <<<'{}'", BASE64_STANDARD.encode(bytes));
    let repeats = content.chunks_exact(PERIOD).take_while(|chunk| *chunk == &content[..PERIOD]).count();
    if content.len() <= MAX_LITERAL || repeats < 2 {
        return decoded(content);
    }
    let rest = &content[repeats * PERIOD..];
    let unit = decoded(&content[..PERIOD]);
    format!("{{ for _ in $(seq {repeats}); do {unit}; done; {}; }}", decoded(rest))
}

fn url(url: &UrlOf) -> String {
    let name = format!("\"$URL{}\"", url.presign);
    match &url.alteration {
        Some(alteration) => format!("\"$(sed -E -e {} <<<{name})\"", quoted(&alteration.sed())),
        None => name,
    }
}

/// Writes a text as one word of a shell, with variables in place of their values.
fn word(text: &str, values: &[(String, String)]) -> String {
    // The longest of those that begin at one place: a key begins with its user's id.
    let next = |rest: &str| {
        let found = values.iter().filter_map(|(value, name)| Some((rest.find(value.as_str())?, value, name)));
        found.min_by_key(|(at, value, _)| (*at, std::cmp::Reverse(value.len())))
    };
    let mut word = String::new();
    let mut rest = text;
    while let Some((at, value, name)) = next(rest) {
        if at > 0 {
            word.push_str(&quoted(&rest[..at]));
        }
        word.extend(["\"$", name, "\""]);
        rest = &rest[at + value.len()..];
    }
    if !rest.is_empty() || word.is_empty() {
        word.push_str(&quoted(rest));
    }
    word
}

pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_shell_makes_the_bytes_of_long_content() {
        let long: Vec<u8> = (0..=250).map(|byte: u8| byte ^ 7).cycle().take(17_000).collect();
        for content in [&long[..], &[&long, &b"tail"[..]].concat(), &long[..9], &[b'x'; 5000], &long[3..4099]]
        {
            let command = bytes(content);
            assert!(command.len() < 7_000, "{}", command.len());
            let output = std::process::Command::new("bash").args(["-c", &command]).output().unwrap();
            assert_eq!(output.stdout, content);
        }
    }

    #[test]
    fn values_in_variables_stand_outside_of_the_quotes() {
        let values = [("abc".to_owned(), "USER1".to_owned()), ("abc_x".to_owned(), "KEY1".to_owned())];
        assert_eq!(word("it's", &values), r"'it'\''s'");
        assert_eq!(word("id: abc", &values), r#"'id: '"$USER1""#);
        assert_eq!(word("abc_x/abc", &values), r#""$KEY1"'/'"$USER1""#);
        assert_eq!(word("", &values), "''");
    }
}
