//! The way through Alloy's side: route, then who calls, then the contract, then the operation, then the
//! contract once more for the answer. The order of refusals is fixed: 404, 405, 401, 400.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, header, http::request::Parts};
use percent_encoding::percent_decode_str;

use super::{host::Host, recorder::Recorder, rooms::Rooms};
use crate::{
    alloy::{self, Error, PresignRequest, Route},
    contract::{RequestCheck, RequestParts},
    exchange::{Answer, BodyError, Operation, Violation},
};

/// The most that a JSON body may have.
const MAX_BODY: usize = 1 << 20;

/// The largest header section that Alloy's side takes: what load balancers and Node take, too.
const MAX_HEADERS: usize = 16 << 10;

impl Rooms {
    /// Whether a path is one of Alloy's side, whatever the method.
    pub(super) fn is_path_of_alloy(&self, path: &str) -> bool {
        let route = alloy::route(&Method::GET, path, self.contract.base_paths(), false);
        !matches!(route, Route::NotFound)
    }

    /// Answers a request on Alloy's side.
    pub(super) async fn answer_alloy(
        &self,
        head: &Parts,
        host: Option<&Host>,
        recorder: &mut Recorder,
    ) -> Answer {
        let is_preflight = head.method == Method::OPTIONS && head.headers.contains_key(header::ORIGIN);
        let path = head.uri.path();
        let (operation, parameters) =
            match alloy::route(&head.method, path, self.contract.base_paths(), is_preflight) {
                Route::Operation(operation, parameters) => (operation, parameters),
                Route::Preflight => {
                    recorder.operation(Operation::Preflight);
                    return alloy::preflight();
                }
                Route::MethodNotAllowed(allow) => return Error::MethodNotAllowed(allow).into_answer(),
                Route::NotFound => return Error::NotFound.into_answer(),
            };
        recorder.operation(operation);
        let answer = self.operate(operation, &parameters, head, host, recorder).await;
        let answer = answer.unwrap_or_else(Error::into_answer);
        let content = answer.content.text().map_or(&[][..], |text| text);
        recorder.violations(self.contract.check_answer(operation, answer.status, &answer.headers, content));
        answer
    }

    async fn operate(
        &self,
        operation: Operation,
        raw_parameters: &[&str],
        head: &Parts,
        host: Option<&Host>,
        recorder: &mut Recorder,
    ) -> Result<Answer, Error> {
        let host = host.ok_or(Error::BadHost)?;
        if crate::s3::header_section_size(&head.headers) > MAX_HEADERS {
            return Err(Error::HeadersTooLarge { limit: MAX_HEADERS });
        }
        let account = self.alloy.authenticate(&head.headers).inspect_err(|_| {
            recorder.user(None);
            recorder.violations(self.violations_of_security(operation, head));
        })?;
        recorder.user(Some(account));
        let body = if operation == Operation::Presign { read(head, recorder).await? } else { Bytes::new() };

        let parameters = decode(raw_parameters);
        let check = self.check_request(operation, head, &parameters, &body);
        let user = self.alloy.user(account, &head.headers);
        let violations = check.violations.into_iter().chain(user.as_ref().err().cloned());
        let violations: Vec<Violation> = violations.collect();
        let (Ok(user), true) = (user, violations.is_empty()) else {
            recorder.violations(violations.iter().cloned());
            return Err(Error::Invalid(violations));
        };
        recorder.user(Some(user));
        match operation {
            Operation::Presign => {
                let request = PresignRequest::parse(check.body).inspect_err(|error| {
                    if let Error::Invalid(violations) = error {
                        recorder.violations(violations.iter().cloned());
                    }
                })?;
                Ok(self.alloy.presign(user, host.authority(), &request))
            }
            Operation::List => Ok(self.alloy.list(user)),
            Operation::Delete => self.alloy.delete(user, parameters.first().map_or("", String::as_str)),
            _ => Err(Error::NotFound),
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

/// The path's parameters, decoded. Bytes that are no UTF-8 become characters that no key has.
fn decode(raw: &[&str]) -> Vec<String> {
    raw.iter().map(|raw| percent_decode_str(raw).decode_utf8_lossy().into_owned()).collect()
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
                .map_or_else(|_| too_large(), |error| Error::Body(*error)));
        }
    };
    recorder.request_body(&body);
    Ok(body)
}
