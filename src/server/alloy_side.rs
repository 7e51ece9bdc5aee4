//! The way through Alloy's side: route, then who calls, then the contract, then the operation, then the
//! contract once more for the answer. The order of refusals is fixed: 404, 405, then
//! what HTTP itself forbids (`Host`, the headers' size), 401, 400.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{header, http::request::Parts};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{compose::Server, fault::alloy_failure, host::Host, recorder::Recorder};
use crate::{
    alloy::{self, CreateUserRequest, Error, PresignRequest, Route},
    contract::{RequestCheck, RequestParts},
    exchange::{Answer, BodyError, Operation, Violation},
    fault::Strike,
    files::UserId,
    findings::{Announced, Issued, Signature},
    http::{Line, Via},
};

/// The most that a JSON body may have.
const MAX_BODY: usize = 1 << 20;

/// The largest header section that Alloy's side takes: what load balancers and Node take, too.
const MAX_HEADERS: usize = 16 << 10;

/// For whom an operation is done, and by which name they reach us.
pub(super) struct Caller<'a> {
    account: UserId,
    user: UserId,
    /// Scheme and authority that presigned URLs begin with.
    pub(super) base: &'a str,
}

/// What the faults' look at a request leaves: nothing, as a rule.
#[derive(Default)]
struct Struck<'a> {
    /// The request's body, where it was read for that.
    body: Option<Result<Bytes, Error>>,
    strike: Option<&'a Strike>,
}

impl Server {
    /// Answers a request on Alloy's side, of which `route` says what its method and path lead to, unless a fault
    /// does.
    pub(super) async fn answer_alloy(
        &self,
        head: &Parts,
        route: Route<'_>,
        host: Option<&Host>,
        recorder: &mut Recorder,
        line: &Line,
    ) -> Answer {
        let operation = route.operation();
        recorder.operation(operation);
        if !self.faults.are_for(operation) {
            return self.answer_route(head, route, host, recorder, Struck::default()).await;
        }
        let user = self.alloy.caller(&head.headers);
        recorder.user(user);
        // Read here only where a rule has to know which file it is, and where the body would be read anyway.
        let reads = operation == Operation::Presign && user.is_some() && self.faults.ask_for_file(operation);
        let body = if reads { Some(read(head, recorder).await) } else { None };
        let whole = body.as_ref().and_then(|body| body.as_ref().ok());
        let strike = self.strike_alloy(operation, route.parameters(), user, whole);
        if let Some(answer) = self.before(strike.as_ref(), recorder, line, alloy_failure).await {
            return answer;
        }
        let struck = Struck { body, strike: strike.as_ref() };
        let answer = self.answer_route(head, route, host, recorder, struck).await;
        self.after(strike, answer, recorder, line).await
    }

    /// Answers a request on Alloy's side as Alloy does.
    async fn answer_route(
        &self,
        head: &Parts,
        route: Route<'_>,
        host: Option<&Host>,
        recorder: &mut Recorder,
        struck: Struck<'_>,
    ) -> Answer {
        let (operation, parameters) = match route {
            Route::Operation(operation, parameters) => (operation, parameters),
            Route::Preflight => {
                recorder.violations([alloy::preflight_violation()]);
                return alloy::preflight();
            }
            Route::MethodNotAllowed(allow) => {
                recorder.violations([alloy::wrong_method(&head.method, head.uri.path(), &allow)]);
                return Error::MethodNotAllowed(allow).into_answer();
            }
            Route::NotFound => {
                recorder.violations([alloy::unknown_path(&head.method, head.uri.path())]);
                return Error::NotFound.into_answer();
            }
        };
        let answer = self.operate(operation, &parameters, head, host, recorder, struck).await;
        let answer = answer.unwrap_or_else(|error| {
            recorder.violations(error.violations().iter().cloned());
            error.into_answer()
        });
        let content = answer.content.text().map_or(&[][..], |text| text);
        recorder.violations(self.contract.check_answer(operation, answer.status, &answer.headers, content));
        self.around_alloy.answer(operation, head, answer)
    }

    async fn operate(
        &self,
        operation: Operation,
        raw_parameters: &[&str],
        head: &Parts,
        host: Option<&Host>,
        recorder: &mut Recorder,
        struck: Struck<'_>,
    ) -> Result<Answer, Error> {
        let host = host.ok_or_else(|| {
            Error::violation(
                "host",
                "host",
                "The request needs one `Host` header, with a host name or address.",
            )
        })?;
        if crate::s3::header_section_size(&head.headers) > MAX_HEADERS {
            return Err(Error::HeadersTooLarge { limit: MAX_HEADERS });
        }
        let account = self.alloy.authenticate(&head.headers).inspect_err(|_| {
            recorder.violations(self.violations_of_security(operation, head));
        })?;
        recorder.user(Some(account));
        let body = match struck.body {
            Some(body) => body?,
            None if operation.takes_json() => read(head, recorder).await?,
            None => Bytes::new(),
        };
        let body = self.around_alloy.body(operation, body);

        let parameters = decode(raw_parameters)?;
        let check = self.check_request(operation, head, &parameters, &body);
        let mut violations = check.violations;
        violations.extend(self.alloy.wrong_user(account, &head.headers));
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        let user = self.alloy.user(account, &head.headers)?;
        recorder.user(Some(user));
        let is_tls = head.extensions.get::<Via>().is_some_and(|via| via.is_tls);
        let base = self.forward.base(host.name(), host.authority(), is_tls);
        let caller = Caller { account, user, base: &base };
        // A document that says nothing of the body leaves it unread.
        let body = match check.body {
            None if operation.takes_json() => Some(parse(&body)?),
            body => body,
        };
        if operation == Operation::Presign {
            return Ok(self.presign(&caller, &PresignRequest::parse(body)?, recorder, struck.strike));
        }
        self.perform(operation, &caller, &parameters, body)
    }

    /// Hands out a URL, and takes it down.
    fn presign(
        &self,
        caller: &Caller<'_>,
        request: &PresignRequest,
        recorder: &mut Recorder,
        strike: Option<&Strike>,
    ) -> Answer {
        let at = Timestamp::from_second(self.clock.now().as_second()).unwrap_or_default();
        let mut presigned = self.alloy.presign(caller.user, caller.base, request, at);
        let at = self.date_url(strike, &mut presigned, caller, &request.mime_type);
        let answer = presigned.answer();
        recorder.issued(Issued::from(Announced {
            user: caller.user,
            filename: &request.filename,
            mime_type: &request.mime_type,
            md5: request.md5,
            authority: caller.base,
            signature: Signature::of_digits(presigned.signature()),
            key: presigned.key,
            is_existing: presigned.is_existing,
            at,
            signed_at: presigned.signed_at,
            expires: self.sign.expires,
        }));
        answer
    }

    /// Does what a request that keeps the contract asks for.
    fn perform(
        &self,
        operation: Operation,
        caller: &Caller<'_>,
        parameters: &[String],
        body: Option<Value>,
    ) -> Result<Answer, Error> {
        let Caller { account, user, .. } = *caller;
        let parameter = parameters.first().map_or("", String::as_str);
        match operation {
            Operation::List => Ok(self.alloy.list(user)),
            Operation::Delete => self.alloy.delete(user, parameter),
            Operation::CreateUser => self.alloy.create_user(account, CreateUserRequest::parse(body)?),
            Operation::ListUsers => Ok(self.alloy.list_users(account)),
            Operation::GetUser => self.alloy.get_user(account, parameter),
            Operation::DeleteUser => self.alloy.delete_user(account, parameter),
            Operation::Execute => self.alloy.execute(user, body.as_ref()),
            Operation::Presign
            | Operation::Put
            | Operation::Get
            | Operation::Head
            | Operation::Preflight
            | Operation::Unknown => Err(Error::NotFound),
        }
    }

    /// Checks a request against the contract, its undecodable parameters included.
    fn check_request(
        &self,
        operation: Operation,
        head: &Parts,
        parameters: &[String],
        body: &[u8],
    ) -> RequestCheck {
        let request = RequestParts {
            headers: &head.headers,
            query: head.uri.query(),
            path_parameters: parameters,
            body,
        };
        self.contract.check_request(operation, &request)
    }

    /// What is wrong with a request's credentials, as far as the contract can tell.
    fn violations_of_security(&self, operation: Operation, head: &Parts) -> Vec<Violation> {
        let mut violations = self.check_request(operation, head, &[], &[]).violations;
        violations.retain(|violation| violation.rule == "contract-security");
        violations
    }
}

/// The path's parameters, decoded. Bytes that are no UTF-8 are in no key, and what is put in their place could
/// be.
fn decode(raw: &[&str]) -> Result<Vec<String>, Error> {
    let decoded: Result<Vec<String>, _> =
        raw.iter().map(|raw| percent_decode_str(raw).decode_utf8().map(Into::into)).collect();
    decoded.map_err(|_| {
        Error::violation("contract-path", "path", "The path, once its escapes are decoded, must be UTF-8.")
    })
}

/// A body that no document describes, and that is JSON all the same.
fn parse(body: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|error| {
        Error::violation("body-json", "", format!("The body must be JSON, and it is not: {error}."))
    })
}

/// The whole of a JSON body, within the bound.
async fn read(head: &Parts, recorder: &mut Recorder) -> Result<Bytes, Error> {
    let too_large = || Error::BodyTooLarge { limit: MAX_BODY };
    let announced = head.headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse().ok()).is_some_and(|length: u64| length > MAX_BODY as u64) {
        return Err(too_large());
    }
    let Some(body) = recorder.body() else { return Ok(Bytes::new()) };
    let body = match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            return Err(error
                .downcast::<BodyError>()
                .map_or_else(|_| too_large(), |error| Error::from(*error)));
        }
    };
    recorder.request_body(&body);
    Ok(body)
}
