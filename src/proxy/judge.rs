//! Judges a forwarded exchange. A broken request is the client's finding if the server refuses it, and a difference if
//! not; a wrong answer is a difference.

use std::sync::Arc;

use hyper::{HeaderMap, Method, StatusCode, header};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    drifts::Drifts,
    storage::{Storage, Told, is_later},
    world::{Caller, Listed, Mark, Presigned, World},
};
use crate::{
    alloy::{self, Route},
    contract::{Contract, RequestCheck, RequestParts, is_json},
    exchange::{Difference, IssuedUrl, Operation, S3Code, Verdict, Violation, cut},
    files::{Md5Digest, S3Key, UserId},
    s3::{
        RawRequest, Refusal,
        sigv4::{AmzDate, Query},
    },
};

/// Limit on the kept bytes of a text for the findings.
const MAX_KEPT: usize = 1024;

/// Lifetime of a URL without its own, in seconds.
const USUAL_EXPIRY: u32 = 3600;

/// Judges exchanges by the documents, by the emulator's S3, and by what passed before.
#[derive(Debug)]
pub struct Judge {
    pub(super) contract: Contract,
    pub(super) world: World,
    pub(super) storage: Storage,
    /// Receiver of the covered places.
    pub(super) drifts: Arc<Drifts>,
    /// Whether requests may lack API keys, which browsers leave out of their exports.
    pub(super) is_sanitized: bool,
}

/// A request to the Alloy API.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Operation.
    pub route: &'a Route<'a>,
    /// The method.
    pub method: &'a Method,
    /// The path, without a query.
    pub path: &'a str,
    /// The query.
    pub query: Option<&'a str>,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, where it is known whole.
    pub body: Option<&'a [u8]>,
    /// User of the exchange, if a recording has it.
    pub user: Option<UserId>,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'a> {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// The body, where it is known whole.
    pub body: Option<&'a [u8]>,
}

/// Content of an upload or a download.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sent {
    /// The MD5 of the request's body.
    pub md5: Option<Md5Digest>,
    /// Its length.
    pub bytes: u64,
    /// Whether it came whole.
    pub is_whole: bool,
}

/// Verdict on an exchange.
#[derive(Debug, Default)]
pub struct Judged {
    /// Findings: the client's mistakes.
    pub findings: Vec<Violation>,
    /// Differences of the server.
    pub differences: Vec<Difference>,
    /// The issued URL.
    pub issued: Option<Box<IssuedUrl>>,
    /// Whose files it was about.
    pub user: Option<UserId>,
    /// S3's refusal, for an explanation.
    pub refusal: Option<Refusal>,
}

impl Judge {
    /// Returns who calls the Alloy API.
    #[must_use]
    pub fn caller(&self, headers: &HeaderMap) -> Caller {
        let account = alloy::bearer(headers).filter(|key| !key.contains("***")).map(UserId::of_key);
        self.world.caller(account, alloy::named_user(headers).ok().flatten())
    }

    /// Notes that a request to the Alloy API begins.
    #[must_use]
    pub fn begin(&self, route: &Route<'_>) -> Mark {
        let parameter = || percent_decode_str(route.parameters().first()?).decode_utf8().ok();
        match route.operation() {
            Operation::Delete => {
                let key = parameter().and_then(|key| S3Key::new(&key).ok());
                self.world.begin(key.as_ref().and_then(|key| Some((key.owner()?, Some(key)))))
            }
            Operation::DeleteUser => {
                let user = parameter().and_then(|id| id.parse().ok());
                self.world.begin(user.map(|user| (user, None)))
            }
            _ => self.world.begin(None),
        }
    }

    /// Notes that a request to S3 begins.
    #[must_use]
    pub fn begin_storage(&self, method: &Method, path: &str) -> Mark {
        let key =
            key_of_path(path).filter(|_| !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS));
        self.world.begin(key.as_ref().and_then(|key| Some((key.owner()?, Some(key)))))
    }

    /// Judges an exchange with the Alloy API.
    #[must_use]
    pub fn alloy(&self, request: &Request<'_>, reply: &Reply<'_>, at: Timestamp, mark: Mark) -> Judged {
        let operation = request.route.operation();
        let mut caller = self.caller(request.headers);
        caller.user = caller.user.or(request.user);
        let status = reply.status;
        let answered = json(reply.body.filter(|_| is_json(reply.headers)));
        let mut judged = Judged { user: caller.user, ..Judged::default() };
        let (broken, sent) = self.broken(request);
        let sent = sent.or_else(|| json(request.body));
        match (broken.is_empty(), status.is_success()) {
            // Advice, whatever the answer.
            _ if operation == Operation::Preflight => judged.findings = broken,
            (false, true) => judged.differences.extend(broken.into_iter().map(looser)),
            (false, false) => judged.findings = broken,
            (true, _) if speaks_of_form(status) => match self.reason(request, &caller, sent.as_ref()) {
                Reason::Finding(violation) => judged.findings.push(violation),
                Reason::Unclear => {}
                Reason::None => judged.differences.push(stricter(answered.as_ref())),
            },
            _ => {}
        }
        self.compare_answer(operation, reply, sent.as_ref(), answered.as_ref(), &mut judged);
        if status.is_success() {
            judged.differences.extend(self.world.accept(&caller));
            let issued =
                self.learn(request, &caller, sent.as_ref(), answered.as_ref(), at, &mark, &mut judged);
            judged.issued = issued.map(Box::new);
        }
        if operation == Operation::Delete
            && let Some(key) = parameter(request).and_then(|key| S3Key::new(&key).ok())
        {
            judged.differences.extend(self.world.delete(&caller, &key, status.as_u16(), &mark));
        }
        if !status.is_server_error() {
            mark.settle();
        }
        with_status(&mut judged, status);
        judged
    }

    /// What is wrong with a request, as far as it can be known from outside; and its body, where the document has JSON
    /// there.
    fn broken(&self, request: &Request<'_>) -> (Vec<Violation>, Option<Value>) {
        let Route::Operation(operation, raw) = request.route else {
            let unrouted = alloy::unrouted(request.method, request.path, request.route);
            return (unrouted.into_iter().collect(), None);
        };
        let decoded: Result<Vec<String>, _> =
            raw.iter().map(|raw| percent_decode_str(raw).decode_utf8().map(Into::into)).collect();
        let parts = RequestParts {
            headers: request.headers,
            query: request.query,
            path_parameters: &decoded.unwrap_or_default(),
            body: request.body.unwrap_or_default(),
        };
        let RequestCheck { violations: mut broken, body } = self.contract.check_request(*operation, &parts);
        if request.body.is_none() {
            broken.retain(|violation| violation.rule != "contract-body");
        }
        if self.is_sanitized && !request.headers.contains_key(header::AUTHORIZATION) {
            broken.retain(|violation| violation.rule != "contract-security");
        }
        if *operation == Operation::Presign {
            alloy::explain_md5(&mut broken, parts.body);
        }
        broken.extend(alloy::named_user(request.headers).err());
        (broken, body)
    }

    /// Why a request may be refused that keeps the document.
    fn reason(&self, request: &Request<'_>, caller: &Caller, sent: Option<&Value>) -> Reason {
        let violation =
            |rule, pointer: &str, message: String| Reason::Finding(Violation::new(rule, pointer, message));
        // A user of another account's, say: only the server knows.
        if caller.named.is_some()
            && caller.account.is_none_or(|account| !self.world.owns(account, caller.named))
        {
            return Reason::Unclear;
        }
        match request.route.operation() {
            Operation::CreateUser => {
                let name = sent.and_then(|sent| sent.get("username")?.as_str()).unwrap_or_default();
                if self.world.has_username(caller.account, name) {
                    let message = format!("`username` is `{name}`, which another user of this account has.");
                    return violation("username-taken", "/username", message);
                }
            }
            Operation::GetUser | Operation::DeleteUser => {
                let Some(user) = parameter(request).and_then(|id| id.parse::<UserId>().ok()) else {
                    return violation("user-id", "userId", "userId must be valid".to_owned());
                };
                if request.route.operation() == Operation::DeleteUser {
                    match self.world.is_own(caller.account, user) {
                        Some(true) => {
                            let message = "The API key's own user cannot be deleted.";
                            return violation("user-own", "userId", message.to_owned());
                        }
                        None => return Reason::Unclear,
                        Some(false) => {}
                    }
                }
            }
            _ => {}
        }
        Reason::None
    }

    /// Compares an answer with the document.
    fn compare_answer(
        &self,
        operation: Operation,
        reply: &Reply<'_>,
        sent: Option<&Value>,
        answered: Option<&Value>,
        judged: &mut Judged,
    ) {
        let body = reply.body.unwrap_or_default();
        let violations = self.contract.check_answer(operation, reply.status, reply.headers, body);
        // An incomplete body is not judged.
        let is_judged = |violation: &Violation| {
            reply.body.is_some()
                || !violation.pointer.is_empty()
                || violation.spec.as_deref().is_some_and(|spec| spec.ends_with("/responses"))
        };
        for violation in violations.into_iter().filter(is_judged) {
            let keyword = violation.spec.as_deref().and_then(|spec| spec.rsplit('/').next());
            let what = match keyword {
                Some("responses") => "status",
                _ if violation.pointer == "content-type" => "content-type",
                _ if violation.message.contains("must have the header") => "required-header",
                Some("content") | None => "form",
                Some(keyword) => keyword,
            };
            let seen = answered.and_then(|body| body.pointer(&violation.pointer)).cloned();
            let difference = Difference::new(Verdict::Answer, what, &violation.pointer, violation.message);
            let seen = seen.unwrap_or_default();
            judged.differences.push(Difference { spec: violation.spec, seen, ..difference });
        }
        let outline = self.contract.outline_answer(operation, reply.status, reply.headers, answered);
        judged.differences.extend(outline.extras);
        let request = self.contract.outline_request(operation, sent);
        self.drifts.reach(outline.places.into_iter().chain(request.places));
    }

    /// Learns from a call that was accepted.
    #[expect(clippy::too_many_arguments, reason = "both halves of an exchange, as text and as JSON")]
    fn learn(
        &self,
        request: &Request<'_>,
        caller: &Caller,
        sent: Option<&Value>,
        answered: Option<&Value>,
        at: Timestamp,
        mark: &Mark,
        judged: &mut Judged,
    ) -> Option<IssuedUrl> {
        let answered = answered?;
        let user_of = |value: &Value| value.get("userId")?.as_str()?.parse::<UserId>().ok();
        match request.route.operation() {
            Operation::Presign => {
                let issued = issued_url(sent?, answered, at)?;
                judged.user = Some(issued.user);
                let told = answered.pointer("/presignedUrl/md5").and_then(Value::as_str).unwrap_or_default();
                if told.parse::<Md5Digest>().is_ok_and(|told| told != issued.md5) {
                    let message =
                        format!("`md5` is `{told}`, and the request's is `{}`.", issued.md5.to_base64());
                    let difference = Difference::new(Verdict::Behaviour, "md5", "/presignedUrl/md5", message);
                    judged.differences.push(difference);
                }
                if let Some(message) = self.storage.add(&issued) {
                    let pointer = "/presignedUrl/presignedUrl";
                    judged.differences.push(Difference::new(Verdict::S3, "url", pointer, message));
                }
                let presigned = Presigned {
                    filename: &issued.filename,
                    md5: issued.md5,
                    key: issued.key.as_str(),
                    is_existing: issued.is_existing,
                };
                judged.differences.extend(self.world.presign(caller, &presigned, mark));
                return Some(issued);
            }
            Operation::List => {
                let text =
                    |file: &'_ Value, name: &str| file.get(name).and_then(Value::as_str).map(str::to_owned);
                let files = answered.get("files").and_then(Value::as_array)?;
                let files: Vec<_> = files
                    .iter()
                    .filter_map(|file| {
                        Some((
                            text(file, "s3Key")?,
                            text(file, "filename"),
                            file.get("size").and_then(Value::as_u64),
                        ))
                    })
                    .collect();
                let listed: Vec<_> = files
                    .iter()
                    .map(|(key, name, size)| Listed { key, filename: name.as_deref(), size: *size })
                    .collect();
                judged.differences.extend(self.world.list(caller, &listed, mark));
            }
            Operation::CreateUser => {
                let name = sent.and_then(|sent| sent.get("username")?.as_str());
                self.world.add_user(caller.account, user_of(answered)?, name, true);
            }
            Operation::ListUsers => {
                for user in answered.get("data").and_then(Value::as_array).into_iter().flatten() {
                    let name = user.get("username").and_then(Value::as_str);
                    if let Some(id) = user_of(user) {
                        self.world.add_user(caller.account, id, name, false);
                    }
                }
            }
            Operation::DeleteUser => self.world.delete_user(parameter(request)?.parse().ok()?),
            _ => {}
        }
        None
    }

    /// Judges an exchange with S3. `request` is as it was sent on; `now` is S3's time.
    #[must_use]
    pub fn storage(
        &self,
        request: &RawRequest<'_>,
        sent: &Sent,
        reply: &Reply<'_>,
        now: Timestamp,
        mark: Mark,
    ) -> Judged {
        let status = reply.status;
        let key = key_of_path(request.path);
        let mut judged = Judged { user: key.as_ref().and_then(S3Key::owner), ..Judged::default() };
        let told = reply.body.and_then(Told::read);
        let code = told.as_ref().map(|told| told.code.as_str());
        let mut differ = |verdict, what: &str, message: String| {
            judged.differences.push(Difference::new(verdict, what, "", message));
        };
        let known = code.and_then(S3Code::find);
        match (code, known) {
            (Some(code), None) => {
                let message =
                    format!("S3 answers {} `{code}`, which the emulator does not know.", status.as_u16());
                differ(Verdict::S3, code, message);
            }
            (Some(code), Some(known)) if known.status() != status => {
                let usual = known.status().as_u16();
                let message =
                    format!("S3 answers `{code}` with {}, and the emulator with {usual}.", status.as_u16());
                differ(Verdict::S3, code, message);
            }
            _ => {}
        }
        let expected = self.storage.expect(request, now);
        match &expected {
            Some(Ok(())) if status.is_client_error() && !is_later(known, status) => {
                let (code, message) = told.as_ref().map_or(("", ""), |told| (&*told.code, &*told.message));
                let message =
                    format!("S3 refuses a request that is good: {} {code}: {message}", status.as_u16());
                differ(Verdict::Stricter, code, message);
            }
            Some(Err(refusal)) if status.is_success() => {
                let message = format!(
                    "S3 accepts a request that the emulator refuses: {} {}: {refusal}",
                    refusal.code().status().as_u16(),
                    refusal.code().name()
                );
                differ(Verdict::Looser, refusal.code().name(), message);
            }
            Some(Err(refusal)) => {
                let usual = refusal.code();
                let is_same =
                    known.is_none_or(|known| known == usual) && (code.is_some() || usual.status() == status);
                if !is_same && !is_later(known, status) {
                    let message = format!(
                        "S3 answers {} `{}`, and the emulator {} `{}`.",
                        status.as_u16(),
                        code.unwrap_or_default(),
                        usual.status().as_u16(),
                        usual.name()
                    );
                    differ(Verdict::S3, usual.name(), message);
                }
            }
            _ => {}
        }
        if *request.method == Method::PUT && sent.is_whole {
            self.compare_upload(request, sent, reply, known, &mark, &mut judged);
        }
        let etag = reply.headers.get(header::ETAG).and_then(|etag| etag.to_str().ok());
        if let (Some(key), Some(etag), &Method::GET | &Method::HEAD) = (&key, etag, request.method)
            && status == StatusCode::OK
        {
            judged.differences.extend(self.world.compare(key, etag, &mark));
        }
        if !status.is_success() {
            let of_head = expected.and_then(Result::err);
            let of_body = || told.as_ref().and_then(Told::refusal);
            judged.refusal = if is_later(known, status) { of_body() } else { of_head.or_else(of_body) };
        }
        if sent.is_whole && status.is_success() || status.is_client_error() {
            mark.settle();
        }
        with_status(&mut judged, status);
        judged
    }

    /// Compares an upload with S3's answer.
    fn compare_upload(
        &self,
        request: &RawRequest<'_>,
        sent: &Sent,
        reply: &Reply<'_>,
        code: Option<S3Code>,
        mark: &Mark,
        judged: &mut Judged,
    ) {
        let header = |headers: &HeaderMap, name: &str| {
            headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let stated = header(request.headers, "content-md5").and_then(|md5| Md5Digest::from_base64(&md5).ok());
        let differs = stated.zip(sent.md5).is_some_and(|(stated, md5)| stated != md5);
        let mut differ = |verdict, what: &str, pointer: &str, message: String| {
            judged.differences.push(Difference::new(verdict, what, pointer, message));
        };
        if !reply.status.is_success() {
            if code == Some(S3Code::BadDigest) && !differs && sent.md5.is_some() {
                let message = "S3 answers `BadDigest` to a body that has its `Content-MD5`.";
                differ(Verdict::Stricter, "BadDigest", "content-md5", message.to_owned());
            }
            return;
        }
        if differs {
            let message = "S3 accepts a body that does not have its `Content-MD5`.";
            differ(Verdict::Looser, "BadDigest", "content-md5", message.to_owned());
        }
        let etag = header(reply.headers, "etag");
        if let Some(md5) = sent.md5
            && etag.as_deref() != Some(&format!("\"{}\"", md5.to_hex()))
        {
            let shown = etag.map_or("missing".to_owned(), |etag| format!("`{etag}`"));
            let message = format!("`ETag` is {shown}, and the MD5 of the file `{}`.", md5.to_hex());
            differ(Verdict::S3, "etag", "etag", message);
        }
        self.world.store(mark, sent.md5.filter(|_| !differs), sent.bytes);
    }
}

/// Why a request that keeps the document was refused.
enum Reason {
    /// The client broke a rule that the document does not state.
    Finding(Violation),
    /// Only the server knows.
    Unclear,
    None,
}

/// Returns whether a status means a malformed request, as opposed to a forbidden one.
fn speaks_of_form(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::BAD_REQUEST | StatusCode::UNSUPPORTED_MEDIA_TYPE | StatusCode::UNPROCESSABLE_ENTITY
    )
}

fn looser(violation: Violation) -> Difference {
    let message = format!("The server accepts a request that breaks the document: {}", violation.message);
    let difference = Difference::new(Verdict::Looser, violation.rule, &violation.pointer, message);
    Difference { spec: violation.spec, ..difference }
}

fn stricter(answered: Option<&Value>) -> Difference {
    let reason = answered.and_then(|body| body.get("message")?.as_str()).unwrap_or("(it does not say why)");
    let message = format!("The server refuses a request that keeps the document: {reason}");
    Difference::new(Verdict::Stricter, "refused", "", message)
}

fn with_status(judged: &mut Judged, status: StatusCode) {
    for difference in &mut judged.differences {
        difference.status = Some(status.as_u16());
    }
}

fn json(body: Option<&[u8]>) -> Option<Value> {
    serde_json::from_slice(body?).ok()
}

/// The first parameter of the path, decoded.
fn parameter(request: &Request<'_>) -> Option<String> {
    let raw = request.route.parameters().first()?;
    percent_decode_str(raw).decode_utf8().ok().map(Into::into)
}

/// The key that a path of S3's names: no key of Alloy's has a slash.
fn key_of_path(path: &str) -> Option<S3Key> {
    S3Key::new(&percent_decode_str(path.rsplit('/').next()?).decode_utf8().ok()?).ok()
}

/// Reads the URL that a presign was answered with.
fn issued_url(sent: &Value, answered: &Value, at: Timestamp) -> Option<IssuedUrl> {
    let answer = answered.get("presignedUrl")?;
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    let url = text(answer, "presignedUrl")?;
    let key = S3Key::new(&text(answer, "s3Key")?).ok()?;
    let query = Query::parse(url.split_once('?').map(|(_, query)| query));
    let date = query.get("X-Amz-Date").and_then(|date| AmzDate::parse(&date)).map(|date| date.timestamp());
    let expires = query.get("X-Amz-Expires").and_then(|expires| expires.parse().ok()).unwrap_or(USUAL_EXPIRY);
    let (mut filename, mut mime_type) = (text(sent, "filename")?, text(sent, "mimeType").unwrap_or_default());
    cut(&mut filename, MAX_KEPT);
    cut(&mut mime_type, MAX_KEPT);
    let signed_at = date.unwrap_or(at);
    Some(IssuedUrl {
        user: key.owner()?,
        filename,
        mime_type,
        md5: text(sent, "md5")?.parse().ok()?,
        key,
        is_existing: text(answer, "type").as_deref() == Some("existing"),
        known_at: signed_at,
        signed_at,
        expires,
        url,
    })
}

/// Reads the time that a server says it is.
#[must_use]
pub fn date_of(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get(header::DATE)?.to_str().ok()?;
    Timestamp::try_from(httpdate::parse_http_date(date).ok()?).ok()
}
