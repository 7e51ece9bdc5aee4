//! Uploads a file through Alloy's file API, with ureq.
//!
//! ```sh
//! cargo run --example upload -- FILE          # uploads FILE and prints its s3Key
//! cargo run --example upload -- --persistent  # takes a JSON object a line from stdin, and answers each with one
//! ```
//!
//! `ALLOY_BASE_URL` and `ALLOY_API_KEY` must be set. `ALLOY_USER_ID` may say for whom the file is, `ALLOY_FILENAME` and
//! `ALLOY_MIME_TYPE` what it is announced as, `ALLOY_TIMEOUT` how many seconds of silence are too many (2; more on a
//! slow line), and `ALLOY_PAUSE_MS` how long the first pause before another attempt is (100).
//!
//! Exits with 0 only if the file is stored; else it says why on stderr, in a line, and exits with 1. With
//! `--persistent`, a line is `{"case", "baseUrl", "apiKey", "userId", "file", "filename", "mimeType"}`, and its answer
//! `{"case", "s3Key"}` or `{"case", "error"}`.
//!
//! For `https` URLs, ureq needs its feature `rustls`, which is a default one.

use std::{
    env,
    error::Error,
    fs::File,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use md5::{Digest, Md5};
use serde::Deserialize;
use serde_json::{Value, json};
use ureq::{
    Agent, Body,
    http::{HeaderMap, Response},
};

/// How often a request is sent at the most, and how often an expired URL is renewed.
const ATTEMPTS: u32 = 5;
const RENEWALS: u32 = 2;

/// What passes by itself. Any other refusal would be the same the next time.
const PASSING: [u16; 5] = [429, 500, 502, 503, 504];

/// Whoever asks to wait longer is not waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// A file to upload.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Job {
    base_url: String,
    api_key: String,
    user_id: Option<String>,
    file: PathBuf,
    filename: String,
    mime_type: String,
}

/// What Alloy answers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Presigned {
    presigned_url: Answer,
}

/// Where to send the bytes, or where they are already.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    r#type: Type,
    s3_key: String,
    md5: String,
    presigned_url: String,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Type {
    New,
    Existing,
}

/// Why there is no success.
enum Failure {
    /// What no further attempt would change.
    Final(String),
    /// A URL that S3 takes no more: only another one helps.
    Expired(String),
    /// What may be over the next time, which is not to come before this wait.
    Passing(String, Duration),
}

impl From<Failure> for String {
    fn from(failure: Failure) -> Self {
        let (Failure::Final(why) | Failure::Expired(why) | Failure::Passing(why, _)) = failure;
        why
    }
}

/// What is the same for all files: connections that are kept, and the first pause.
struct Client {
    agent: Agent,
    first_pause: Duration,
}

impl Client {
    fn new() -> Self {
        let number =
            |name, default| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
        // For each silence, not for the whole: a large file may take its time, as long as it moves.
        let timeout = Duration::try_from_secs_f64(number("ALLOY_TIMEOUT", 2.0)).ok();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(timeout)
            .timeout_per_read(timeout)
            .timeout_per_write(timeout);
        let first_pause =
            Duration::from_millis(100).mul_f64(number("ALLOY_PAUSE_MS", 100.0).max(0.0) / 100.0);
        Self { agent: config.build().into(), first_pause }
    }

    /// Uploads a file; gives its `s3Key`.
    fn upload(&self, job: &Job) -> Result<String, String> {
        let md5 = md5_of(&job.file).map_err(|error| unreadable(&job.file, &error))?;
        let mut renewals = 0;
        loop {
            let answer = self.patiently(|| self.presign(job, &md5))?;
            // These bytes are there already, perhaps under another name: the key is the answer's, never a guess.
            if answer.r#type == Type::Existing {
                return Ok(answer.s3_key);
            }
            match self.patiently(|| self.put(job, &md5, &answer)) {
                Ok(()) => return Ok(answer.s3_key),
                Err(Failure::Expired(_)) if renewals < RENEWALS => renewals += 1,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Sends a request until it succeeds, with pauses that grow: who is short of breath gets some. Each is a little
    /// longer by chance, so that many clients do not come back at once.
    fn patiently<T>(&self, request: impl Fn() -> Result<T, Failure>) -> Result<T, Failure> {
        let mut pause = self.first_pause;
        for _ in 1..ATTEMPTS {
            match request() {
                Err(Failure::Passing(why, wait)) if wait > LONGEST_WAIT => {
                    return Err(Failure::Final(format!("{why} (to wait {wait:?} is too long)")));
                }
                Err(Failure::Passing(_, wait)) => {
                    std::thread::sleep(wait.max(pause.mul_f64(1.0 + fastrand::f64() / 5.0)));
                    pause *= 2;
                }
                other => return other,
            }
        }
        request().map_err(|failure| match failure {
            Failure::Passing(why, _) => Failure::Final(format!("{why} (given up after {ATTEMPTS} attempts)")),
            other => other,
        })
    }

    /// Asks Alloy where to send a file.
    fn presign(&self, job: &Job, md5: &str) -> Result<Answer, Failure> {
        let url = format!("{}/connectors/files/upload/request", job.base_url.trim_end_matches('/'));
        let mut request = self.agent.post(url);
        request = request.header("Authorization", format!("Bearer {}", job.api_key));
        request = request.header("Content-Type", "application/json").header("x-api-version", "2025-09");
        if let Some(user) = job.user_id.as_deref().filter(|user| !user.is_empty()) {
            request = request.header("x-alloy-userid", user);
        }
        let body = json!({"filename": job.filename, "mimeType": job.mime_type, "md5": md5});
        let (_, text) = accepted("Alloy", request.send(body.to_string()))?;
        serde_json::from_str(&text).map(|Presigned { presigned_url }| presigned_url).map_err(|_| {
            // A proxy's page, or half of an answer.
            let why = format!("Alloy: an answer that is none of Alloy's: {}", reason(&text));
            Failure::Passing(why, Duration::ZERO)
        })
    }

    /// Sends a file to S3. The API key is not for S3: the URL is all that it needs.
    fn put(&self, job: &Job, md5: &str, answer: &Answer) -> Result<(), Failure> {
        // A file has a length that ureq knows of; another reader would be sent in chunks, which S3 refuses.
        let file = File::open(&job.file).map_err(|error| Failure::Final(unreadable(&job.file, &error)))?;
        let request = self.agent.put(&answer.presigned_url);
        let request = request.header("Content-MD5", &answer.md5).header("Content-Type", &job.mime_type);
        let (headers, text) = accepted("S3", request.send(&file))?;
        let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        // S3 names the request and what it has stored, by the MD5, unless it encrypts with a key of KMS. Who names
        // neither is not S3.
        let etag = header("etag").replace('"', "");
        let is_md5 = !header("x-amz-server-side-encryption").starts_with("aws:kms")
            && etag.len() == 32
            && etag.bytes().all(|byte| byte.is_ascii_hexdigit());
        let why = if etag.is_empty() || header("x-amz-request-id").is_empty() {
            format!("S3: an answer that is none of S3's: {}", reason(&text))
        } else if is_md5 && etag != md5 {
            format!("S3: other bytes are stored than were sent, by their ETag {etag}")
        } else {
            return Ok(());
        };
        Err(Failure::Passing(why, Duration::ZERO))
    }
}

/// The headers and the text of an answer, if it is a 200.
fn accepted(who: &str, sent: Result<Response<Body>, ureq::Error>) -> Result<(HeaderMap, String), Failure> {
    // Nobody knows whether it took effect. Either request may be sent twice: the second changes nothing.
    let broken = |error| Failure::Passing(format!("{who}: {error}"), Duration::ZERO);
    let mut response = sent.map_err(broken)?;
    let text = response.body_mut().read_to_string().map_err(broken)?;
    let header =
        |name| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let status = response.status().as_u16();
    if status == 200 {
        return Ok((response.headers().clone(), text));
    }
    let why = format!("{who}: HTTP {status}: {}", reason(&text));
    // S3's RequestTimeout is a 400, and yet of the kind that passes.
    if PASSING.contains(&status) || text.contains("<Code>RequestTimeout</Code>") {
        let wait = header("retry-after").parse().unwrap_or_default(); // a date, which is rare, counts as none
        return Err(Failure::Passing(why, Duration::from_secs(wait)));
    }
    let is_expired = status == 403 && text.contains("<Message>Request has expired</Message>");
    Err(if is_expired { Failure::Expired(why) } else { Failure::Final(why) })
}

/// What an answer says of itself: S3's code and message, Alloy's message, or how it begins.
fn reason(text: &str) -> String {
    let element = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once(&format!("</{name}>")).map(|(content, _)| content)
    };
    if let (Some(code), Some(message)) = (element("Code"), element("Message")) {
        return format!("{code}: {message}");
    }
    let json: Option<Value> = serde_json::from_str(text).ok();
    let message = json.as_ref().and_then(|json| json.get("message")?.as_str());
    message.map_or_else(|| text.chars().take(100).collect(), str::to_owned)
}

fn md5_of(file: &Path) -> io::Result<String> {
    let mut md5 = Md5::new();
    let mut file = File::open(file)?;
    let mut piece = vec![0; 1 << 20];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(hex::encode(md5.finalize())),
            length => md5.update(&piece[..length]),
        }
    }
}

fn unreadable(file: &Path, error: &io::Error) -> String {
    format!("{}: {error}", file.display())
}

/// A failure in a line.
fn in_a_line(why: &str) -> String {
    why.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn persistent(client: &Client) -> Result<(), Box<dyn Error>> {
    for line in io::stdin().lines() {
        let line: Value = serde_json::from_str(&line?)?;
        let job = Job::deserialize(&line).map_err(|error| error.to_string());
        let told = match job.and_then(|job| client.upload(&job)) {
            Ok(key) => json!({"case": line["case"], "s3Key": key}),
            Err(why) => json!({"case": line["case"], "error": in_a_line(&why)}),
        };
        // Each line is flushed.
        writeln!(io::stdout(), "{told}")?;
    }
    Ok(())
}

fn once(client: &Client, file: PathBuf) -> Result<(), Box<dyn Error>> {
    let needed = |name| env::var(name).map_err(|_| format!("{name} must be set"));
    let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let name = || file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let job = Job {
        base_url: needed("ALLOY_BASE_URL")?,
        api_key: needed("ALLOY_API_KEY")?,
        user_id: given("ALLOY_USER_ID"),
        filename: given("ALLOY_FILENAME").unwrap_or_else(name),
        mime_type: given("ALLOY_MIME_TYPE").unwrap_or_else(|| "application/octet-stream".to_owned()),
        file,
    };
    writeln!(io::stdout(), "{}", client.upload(&job)?)?;
    Ok(())
}

fn main() -> ExitCode {
    let client = Client::new();
    let done = match env::args_os().nth(1) {
        Some(argument) if argument == "--persistent" => persistent(&client),
        Some(file) => once(&client, file.into()),
        None => Err("usage: upload FILE, or upload --persistent".into()),
    };
    let Err(error) = done else { return ExitCode::SUCCESS };
    eprintln!("{}", in_a_line(&error.to_string()));
    ExitCode::FAILURE
}
