//! `GET /_assay/journal/stream`: the journal live, as server-sent events. An event is an exchange with its id. A full
//! reset is an event of the type `reset` with the id 0, since ids start at 1 again. A reconnecting client sends its
//! last id in `Last-Event-ID`.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    HeaderMap, StatusCode,
    header::{self, HeaderName, HeaderValue},
};

use super::{error::Error, journal::labelled, query::Parameters};
use crate::{
    exchange::{Answer, Coming, Content, Exchange, Live},
    journal::{Follower, Journal, News, Query, Straggler},
};

/// Limit on the streams of a peer. Each is a connection, and wakes with every exchange.
const MAX_OF_PEER: usize = 64;

/// Limit on the streams of all peers.
const MAX: usize = 256;

/// After so much silence a comment is sent, in real time: it finds out whether the client is still there, and
/// keeps proxies from closing the connection.
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// Interval of the check for clients that have fallen behind, in real time.
const LOOK: Duration = Duration::from_secs(1);

const COMMENT: &str = ": nothing new\n\n";
const RESET: &str = "id: 0\nevent: reset\ndata: {}\n\n";

/// Number of streams of each peer.
#[derive(Debug, Default)]
pub struct Streams(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One of them.
#[derive(Debug)]
struct Place {
    peer: IpAddr,
    streams: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Streams {
    fn place(&self, peer: IpAddr) -> Result<Place, Error> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= MAX {
            return Err(Error::TooManyStreams(MAX));
        }
        let of_peer = open.entry(peer).or_default();
        if *of_peer >= MAX_OF_PEER {
            return Err(Error::TooManyStreams(MAX_OF_PEER));
        }
        *of_peer += 1;
        Ok(Place { peer, streams: Arc::clone(&self.0) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut of_peer) = open.entry(self.peer) {
            *of_peer.get_mut() -= 1;
            if *of_peer.get() == 0 {
                of_peer.remove();
            }
        }
    }
}

/// A stream that is open.
#[derive(Debug)]
struct Events {
    journal: Arc<Journal>,
    follower: Follower,
    straggler: Straggler,
    keep_alive: Duration,
    _place: Place,
}

/// Returns matching exchanges, past and future.
pub(super) fn open(
    journal: &Arc<Journal>,
    streams: &Streams,
    peer: IpAddr,
    headers: &HeaderMap,
    mut parameters: Parameters<'_>,
) -> Result<Answer, Error> {
    let after = parameters.take_number("after")?;
    let query = Query {
        after: last_event_id(headers)?.or(after).unwrap_or(0),
        operation: parameters.take("operation")?,
        user: parameters.take("user")?,
        limit: usize::MAX,
    };
    parameters.done()?;
    let place = streams.place(peer)?;
    let (follower, straggler) = journal.follow(query);
    let events =
        Events { journal: Arc::clone(journal), follower, straggler, keep_alive: KEEP_ALIVE, _place: place };
    Ok(Answer::new(StatusCode::OK, Content::Live(Box::new(events)))
        .with(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"))
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
        // The end of the connection signals a client that it has fallen behind.
        .with(header::CONNECTION, HeaderValue::from_static("close")))
}

/// Returns the id of the last event that the client got from an earlier stream. It has precedence over `after`: a page
/// reconnects with its original URL.
fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Error> {
    const NAME: HeaderName = HeaderName::from_static("last-event-id");
    let Some(id) = headers.get(NAME).filter(|id| !id.is_empty()) else { return Ok(None) };
    let id = id.to_str().ok().and_then(|id| id.parse().ok());
    id.map(Some).ok_or_else(|| Error::invalid("last-event-id", "`Last-Event-ID` must be an exchange's id"))
}

impl Events {
    /// Returns the next event, `None` at the end.
    async fn text(&mut self) -> Option<Bytes> {
        match tokio::time::timeout(self.keep_alive, self.follower.next()).await {
            Err(_) => Some(Bytes::from_static(COMMENT.as_bytes())),
            Ok(news) => Some(match news? {
                News::Reset => Bytes::from_static(RESET.as_bytes()),
                News::Exchanges(exchanges) => exchanges
                    .into_iter()
                    .map(|exchange| event(exchange, &self.journal))
                    .collect::<String>()
                    .into(),
            }),
        }
    }
}

/// JSON on one line: an event's data ends with the line.
fn event(exchange: Exchange, journal: &Journal) -> String {
    let exchange = labelled(exchange, journal);
    // Serialising our own structs into memory cannot fail.
    let data = serde_json::to_string(&exchange).unwrap_or_default();
    format!("id: {}\ndata: {data}\n\n", exchange.exchange.id)
}

impl Live for Events {
    fn next(mut self: Box<Self>) -> Coming {
        Box::pin(async move {
            let text = self.text().await?;
            Some((text, self as Box<dyn Live>))
        })
    }

    fn given_up(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let mut straggler = self.straggler.clone();
        Box::pin(async move {
            let mut looks = tokio::time::interval(LOOK);
            while !straggler.is_behind() {
                looks.tick().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{exchange::Operation, journal::Bounds};

    #[test]
    fn one_peer_leaves_places_to_others() {
        let streams = Streams::default();
        let peer = |last| IpAddr::from([10, 0, 0, last]);
        let mut places: Vec<_> = (0..MAX_OF_PEER).map(|_| streams.place(peer(1)).unwrap()).collect();
        assert_eq!(streams.place(peer(1)).unwrap_err(), Error::TooManyStreams(MAX_OF_PEER));
        for other in 2..=4 {
            places.extend((0..MAX_OF_PEER).map(|_| streams.place(peer(other)).unwrap()));
        }
        assert_eq!(streams.place(peer(5)).unwrap_err(), Error::TooManyStreams(MAX));
        drop(places);
        assert!(streams.0.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn sends_comments_on_a_silent_stream() {
        let journal = Arc::new(Journal::new(Bounds::default(), Vec::new()));
        let (follower, straggler) = journal.follow(Query::default());
        let place = Streams::default().place(IpAddr::from([127, 0, 0, 1])).unwrap();
        let keep_alive = Duration::from_millis(1);
        let mut events =
            Events { journal: Arc::clone(&journal), follower, straggler, keep_alive, _place: place };
        for id in 1..=3 {
            assert_eq!(events.text().await.unwrap(), COMMENT);
            let list = Exchange { operation: Operation::List, ..Exchange::default() };
            journal.record(0, list, |_| ());
            let text = events.text().await.unwrap();
            assert!(text.starts_with(format!("id: {id}\ndata: {{\"id\":{id},").as_bytes()), "{text:?}");
        }
    }
}
