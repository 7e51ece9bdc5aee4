//! Recorded traffic, judged without a server: the exchanges of HAR files go the way that live ones go.

use std::{collections::HashSet, path::PathBuf, sync::Arc, time::Instant};

use hyper::{Method, header};
use jiff::Timestamp;

use super::{
    compose::{SetUpError, contract},
    records::Records,
};
use crate::{
    alloy::{self, Route},
    config::{DriftSettings, FilePath},
    exchange::{Exchange, Headers, Message, Operation, PRODUCTION, Rng},
    files::{Clock, Dedup, Initial, State},
    findings::{Detector, Refused},
    journal::{Bounds, Journal},
    proxy::{
        Archive, Baseline, Drifts, Entry, HarError, Judge, Judged, Reply, Request, Sent, Storage, date_of,
    },
    s3::RawRequest,
};

/// Why recorded traffic cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A document or the baseline cannot be used.
    #[error(transparent)]
    SetUp(#[from] SetUpError),
    /// A file cannot be read.
    #[error(transparent)]
    Har(#[from] HarError),
}

/// Recorded traffic that has been judged.
#[derive(Debug)]
pub struct Replayed {
    /// Results of the replay.
    pub records: Arc<Records>,
    /// Number of exchanges with other servers.
    pub others: usize,
}

/// Target of an exchange.
enum Api<'a> {
    Alloy(Route<'a>),
    Storage,
}

/// Judges the exchanges of HAR files.
///
/// # Errors
///
/// [`ReplayError`] where a file cannot be read.
pub fn replay(
    files: &[PathBuf],
    specs: &[FilePath],
    settings: &DriftSettings,
) -> Result<Replayed, ReplayError> {
    let contract = contract(specs)?;
    let archives: Vec<Archive> = files.iter().map(|file| Archive::read(file)).collect::<Result<_, _>>()?;
    let clock = Arc::new(Clock::new());
    let rng = Arc::new(Rng::new(Rng::random_seed()));
    let baseline = settings.baseline.as_ref().map(|file| Baseline::read(&file.0)).transpose();
    let baseline = baseline.map_err(SetUpError::from)?.flatten();
    let drifts = Drifts::new(None, baseline, contract.places(), None).failing(settings.fail_on.drift);
    let drifts = Arc::new(drifts);
    let state = Arc::new(State::new(Initial::default(), Dedup::default()));
    let records = Records {
        started: clock.now(),
        rng: Arc::clone(&rng),
        clock: Arc::clone(&clock),
        journal: Arc::new(Journal::new(Bounds::default(), Vec::new())),
        detector: Arc::new(Detector::new(state)),
        drifts: Some(Arc::clone(&drifts)),
    };
    let is_sanitized = archives.iter().any(|archive| archive.is_sanitized);
    let storage = Storage::new(clock, rng);
    let judge = Judge::new(contract.clone(), storage, drifts, is_sanitized);
    let entries: Vec<Entry> = archives.into_iter().flat_map(|archive| archive.entries).collect();
    let others = judge_all(&entries, contract.base_paths(), &judge, &records);
    Ok(Replayed { records: Arc::new(records), others })
}

/// Judges exchanges in the order in which they began and ended; returns how many were with other servers.
fn judge_all(entries: &[Entry], base_paths: &[String], judge: &Judge, records: &Records) -> usize {
    // A path such as `/users` is ambiguous: Alloy's hosts also have its connectors.
    let is_alloys = |entry: &&Entry| {
        let is_connectors =
            matches!(route(entry, base_paths), Route::Operation(operation, _) if is_connectors(operation));
        is_connectors || entry.url.origin.host() == PRODUCTION
    };
    let hosts: HashSet<_> = entries.iter().filter(is_alloys).map(|entry| &entry.url.origin).collect();
    let apis: Vec<Option<Api<'_>>> = entries
        .iter()
        .map(|entry| {
            let route = route(entry, base_paths);
            let is_presigned = query_of(entry).is_some_and(|query| query.contains("X-Amz-"));
            match route {
                Route::NotFound if is_presigned => Some(Api::Storage),
                route if hosts.contains(&entry.url.origin) => Some(Api::Alloy(route)),
                _ => None,
            }
        })
        .collect();
    let end = |entry: &Entry| entry.at.saturating_add(entry.took).unwrap_or(entry.at);
    let begins = entries.iter().enumerate().map(|(index, entry)| (entry.at, true, index));
    let ends = entries.iter().enumerate().map(|(index, entry)| (end(entry), false, index));
    let mut moments: Vec<(Timestamp, bool, usize)> = begins.chain(ends).collect();
    // An exchange without a duration still begins before it ends.
    moments.sort_by_key(|(at, begins, index)| (*at, *index, !*begins));
    let mut marks: Vec<_> = entries.iter().map(|_| None).collect();
    for (_, begins, index) in moments {
        let entry = &entries[index];
        let Some(api) = &apis[index] else { continue };
        if begins {
            let mark = match api {
                Api::Alloy(route) => judge.begin(route),
                Api::Storage => judge.begin_storage(&entry.method, path_of(entry)),
            };
            let used = match api {
                Api::Alloy(_) => None,
                Api::Storage => records.detector.begin(query_of(entry)),
            };
            marks[index] = Some((mark, used));
        } else if let Some((mark, used)) = marks[index].take() {
            let mut exchange = exchange_of(entry, api);
            exchange.used = used;
            let judged = entry.status.map(|status| {
                let reply =
                    Reply { status, headers: &entry.reply_headers, body: entry.reply_body.as_deref() };
                match api {
                    Api::Alloy(route) => {
                        let at = date_of(&entry.reply_headers).unwrap_or(entry.at);
                        judge.alloy(&request_of(entry, route), &reply, at, mark)
                    }
                    Api::Storage => {
                        let sent = Sent { md5: entry.md5, bytes: entry.bytes, is_whole: true };
                        judge.storage(&raw_of(entry), &sent, &reply, entry.at, mark)
                    }
                }
            });
            note(&mut exchange, judged.unwrap_or_default(), entry, records);
            #[expect(clippy::disallowed_methods, reason = "the rules' real time; recorded traffic has none")]
            records.record(records.journal.epoch(), exchange, Instant::now());
        }
    }
    apis.iter().filter(|api| api.is_none()).count()
}

fn note(exchange: &mut Exchange, judged: Judged, entry: &Entry, records: &Records) {
    let Judged { findings, differences, issued, user, refusal } = judged;
    exchange.report(findings);
    (exchange.differences, exchange.issued) = (differences, issued);
    exchange.user_id = user.map(|user| user.to_string());
    if let Some(refusal) = &refusal {
        let refused =
            Refused { request: raw_of(entry), refusal, body: None, received: entry.bytes, behind: &[] };
        let explained = records.detector.explain(&refused);
        exchange.report(explained);
    }
}

fn is_connectors(operation: Operation) -> bool {
    operation.route().is_some_and(|(_, path)| path.starts_with("/connectors/"))
}

fn route<'a>(entry: &'a Entry, base_paths: &[String]) -> Route<'a> {
    let is_preflight = entry.method == Method::OPTIONS && entry.headers.contains_key(header::ORIGIN);
    alloy::route(&entry.method, path_of(entry), base_paths, is_preflight)
}

fn path_of(entry: &Entry) -> &str {
    entry.url.target.split('?').next().unwrap_or_default()
}

fn query_of(entry: &Entry) -> Option<&str> {
    entry.url.target.split_once('?').map(|(_, query)| query)
}

fn request_of<'a>(entry: &'a Entry, route: &'a Route<'a>) -> Request<'a> {
    Request {
        route,
        method: &entry.method,
        path: path_of(entry),
        query: query_of(entry),
        headers: &entry.headers,
        body: entry.body.as_deref(),
        user: entry.user,
    }
}

fn raw_of(entry: &Entry) -> RawRequest<'_> {
    RawRequest {
        method: &entry.method,
        path: path_of(entry),
        query: query_of(entry),
        headers: &entry.headers,
    }
}

fn exchange_of(entry: &Entry, api: &Api<'_>) -> Exchange {
    let operation = match api {
        Api::Alloy(route) => route.operation(),
        Api::Storage => raw_of(entry).operation(),
    };
    let mut request = Message { headers: Headers::from(&entry.headers), bytes: entry.bytes, body: None };
    if operation.takes_json() {
        request.set_body(entry.body.as_deref().unwrap_or_default());
    }
    let mut response = Message { headers: Headers::from(&entry.reply_headers), bytes: 0, body: None };
    if let Some(body) = &entry.reply_body {
        response.bytes = body.len() as u64;
        // A download has a file's content.
        if operation != Operation::Get {
            response.set_body(body);
        }
    }
    Exchange {
        at: entry.at,
        operation,
        method: entry.method.to_string(),
        path: entry.url.target.clone(),
        status: entry.status.map(|status| status.as_u16()),
        duration_us: u64::try_from(entry.took.as_micros()).unwrap_or(u64::MAX),
        request,
        response,
        ..Exchange::default()
    }
}
