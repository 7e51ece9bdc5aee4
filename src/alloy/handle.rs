//! The path of a request through the Alloy API: caller, contract, operation. Refusals have a fixed
//! order: 404, 405, what HTTP itself forbids (`Host`, the headers' size), 401, 400.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{HeaderMap, body::Body, header, http::request::Parts};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{
    Alloy, Answer, CreateUserRequest, Error, PresignRequest, Route, SignUrl, explain_md5, preflight, unrouted,
};
use crate::{
    contract::{RequestCheck, RequestParts},
    exchange::{BodyError, Exchange, Operation, Violation, header_section_size},
};

/// Largest JSON body, in bytes.
const MAX_BODY: usize = 1 << 20;

/// Largest header section, in bytes, as of load balancers and Node.
const MAX_HEADERS: usize = 16 << 10;

/// A request to the Alloy API.
#[derive(Debug)]
pub struct Request<'a, B> {
    /// Head.
    pub head: &'a Parts,
    /// Route of its method and path.
    pub route: &'a Route<'a>,
    /// Scheme and authority by which the client calls this emulator; `None` where it names none, or
    /// several.
    pub base: Option<&'a str>,
    /// Body.
    pub body: Option<&'a mut B>,
    /// Result of [`read_json`], where the body was needed before.
    pub read: Option<Result<Bytes, Error>>,
}

impl Alloy {
    /// Answers a request, with URLs that `sign` makes. Records in the exchange whose files it is
    /// about, its body, its violations and its URL.
    pub async fn handle<B>(
        &self,
        request: Request<'_, B>,
        sign: &dyn SignUrl,
        exchange: &mut Exchange,
    ) -> Answer
    where
        B: Body<Data = Bytes, Error = BodyError> + Unpin,
    {
        let wrong = unrouted(&request.head.method, request.head.uri.path(), request.route);
        exchange.report(wrong);
        match request.route {
            Route::Operation(operation, parameters) => {
                let answer = self.operate(*operation, parameters, request, sign, exchange).await;
                answer.unwrap_or_else(|error| {
                    exchange.report(error.violations().iter().cloned());
                    error.into_answer()
                })
            }
            Route::Preflight => preflight(),
            Route::MethodNotAllowed(allow) => Error::MethodNotAllowed(allow.clone()).into_answer(),
            Route::NotFound => Error::NotFound.into_answer(),
        }
    }

    /// Checks one of our own answers against the document.
    pub fn check_answer(&self, operation: Operation, answer: &Answer) -> Vec<Violation> {
        let content = answer.content.text().map_or(&[][..], |text| text);
        self.contract.check_answer(operation, answer.status, &answer.headers, content)
    }

    async fn operate<B>(
        &self,
        operation: Operation,
        raw_parameters: &[&str],
        request: Request<'_, B>,
        sign: &dyn SignUrl,
        exchange: &mut Exchange,
    ) -> Result<Answer, Error>
    where
        B: Body<Data = Bytes, Error = BodyError> + Unpin,
    {
        let Request { head, base, body, read, .. } = request;
        let base = base.ok_or_else(|| {
            Error::violation(
                "host",
                "host",
                "The request needs one `Host` header, with a host name or address.",
            )
        })?;
        if header_section_size(&head.headers) > MAX_HEADERS {
            return Err(Error::HeadersTooLarge { limit: MAX_HEADERS });
        }
        let account = self.authenticate(&head.headers).inspect_err(|_| {
            let violations = self.check_request(operation, head, &[], &[]).violations.into_iter();
            exchange.report(violations.filter(|violation| violation.rule == "contract-security"));
        })?;
        exchange.user_id = Some(account.to_string());
        let body = match read {
            Some(body) => body?,
            None if operation.takes_json() => {
                let body = read_json(&head.headers, body).await?;
                exchange.request.set_body(&body);
                body
            }
            None => Bytes::new(),
        };
        let body = self.hooks.body(operation, body);

        let parameters = decode(raw_parameters)?;
        let check = self.check_request(operation, head, &parameters, &body);
        let mut violations = check.violations;
        if operation == Operation::Presign {
            explain_md5(&mut violations, &body);
        }
        violations.extend(self.wrong_user(account, &head.headers));
        if !violations.is_empty() {
            return Err(Error::Invalid(violations));
        }
        let user = self.user(account, &head.headers)?;
        if user != account {
            exchange.user_id = Some(user.to_string());
        }
        // A document without a request body leaves it unread.
        let body = match check.body {
            None if operation.takes_json() => Some(parse(&body)?),
            body => body,
        };
        let parameter = parameters.first().map_or("", String::as_str);
        match operation {
            Operation::Presign => {
                let (answer, issued) = self.presign(user, base, PresignRequest::parse(body)?, sign);
                exchange.issued = Some(Box::new(issued));
                Ok(answer)
            }
            Operation::List => Ok(self.list(user)),
            Operation::Delete => self.delete(user, parameter),
            Operation::CreateUser => self.create_user(account, CreateUserRequest::parse(body)?),
            Operation::ListUsers => Ok(self.list_users(account)),
            Operation::GetUser => self.get_user(account, parameter),
            Operation::DeleteUser => self.delete_user(account, parameter),
            Operation::Execute => self.execute(user, body.as_ref()),
            // Operations of the S3 API: no route leads to them.
            _ => Err(Error::NotFound),
        }
    }

    /// Checks a request against the contract, with its undecodable parameters.
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
}

/// Reads a whole JSON body, within the bound.
///
/// # Errors
///
/// [`Error::BodyTooLarge`], and the reason why a body is incomplete.
pub async fn read_json<B>(headers: &HeaderMap, body: Option<&mut B>) -> Result<Bytes, Error>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    let too_large = || Error::BodyTooLarge { limit: MAX_BODY };
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    if announced.and_then(|length| length.parse().ok()).is_some_and(|length: u64| length > MAX_BODY as u64) {
        return Err(too_large());
    }
    let Some(body) = body else { return Ok(Bytes::new()) };
    match Limited::new(body, MAX_BODY).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) => {
            Err(error.downcast::<BodyError>().map_or_else(|_| too_large(), |error| Error::from(*error)))
        }
    }
}

/// Decodes the path's parameters. No key has bytes that are not UTF-8, but one could have their replacement character.
fn decode(raw: &[&str]) -> Result<Vec<String>, Error> {
    let decoded: Result<Vec<String>, _> =
        raw.iter().map(|raw| percent_decode_str(raw).decode_utf8().map(Into::into)).collect();
    decoded.map_err(|_| {
        Error::violation("contract-path", "path", "The path, once its escapes are decoded, must be UTF-8.")
    })
}

/// Parses a body that no document describes.
fn parse(body: &[u8]) -> Result<Value, Error> {
    serde_json::from_slice(body).map_err(|error| {
        Error::violation("body-json", "", format!("The body must be JSON, and it is not: {error}."))
    })
}
