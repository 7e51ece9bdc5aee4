//! Large answers: written in pieces while the client reads, so that an unread one takes little memory, and limited in
//! number.

use std::{pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use hyper::{
    StatusCode,
    header::{self, HeaderValue},
};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::Error;
use crate::exchange::{Answer, Coming, Content, Live};

/// Limit on the concurrent answers that are written entry by entry.
const MAX_STREAMED: usize = 64;

/// Limit on the concurrent answers that are built in memory.
const MAX_WHOLE: usize = 8;

/// Time limit for a free slot, in real time.
const WAIT: Duration = Duration::from_secs(5);

/// The size of a piece, in bytes, give or take an entry.
const PIECE: usize = 32 << 10;

/// Bounds how many large answers are under way.
#[derive(Debug)]
pub struct LargeAnswers {
    streamed: Arc<Semaphore>,
    whole: Arc<Semaphore>,
}

/// Place of one of them. It is free again once the answer is sent or its client is gone.
#[derive(Debug)]
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Default for LargeAnswers {
    fn default() -> Self {
        let [streamed, whole] = [MAX_STREAMED, MAX_WHOLE].map(|max| Arc::new(Semaphore::new(max)));
        Self { streamed, whole }
    }
}

impl LargeAnswers {
    /// Waits for a place for an answer that is written entry by entry.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if no other answer leaves its place.
    pub(super) async fn streamed(&self) -> Result<Place, Error> {
        place(&self.streamed).await
    }

    /// Waits for a place for an answer that is put together first.
    ///
    /// # Errors
    ///
    /// As of [`Self::streamed`].
    pub(super) async fn whole(&self) -> Result<Place, Error> {
        place(&self.whole).await
    }
}

async fn place(places: &Arc<Semaphore>) -> Result<Place, Error> {
    match tokio::time::timeout(WAIT, Arc::clone(places).acquire_owned()).await {
        Ok(Ok(permit)) => Ok(Place { _permit: permit }),
        Ok(Err(_)) | Err(_) => Err(Error::Busy),
    }
}

/// Returns an answer that is sent as `pieces` yields it.
pub(super) fn answer(
    place: Place,
    media_type: &'static str,
    pieces: impl Iterator<Item = Bytes> + Send + 'static,
) -> Answer {
    let pieces = Pieces { pieces: Box::new(pieces), _place: place };
    Answer::new(StatusCode::OK, Content::Live(Box::new(pieces)))
        .with(header::CONTENT_TYPE, HeaderValue::from_static(media_type))
        .with(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// Returns an answer that is in memory already.
pub(super) fn text(place: Place, media_type: &'static str, text: impl Into<Bytes>) -> Answer {
    let mut rest = text.into();
    answer(
        place,
        media_type,
        std::iter::from_fn(move || {
            let piece = rest.split_to(rest.len().min(PIECE));
            (!piece.is_empty()).then_some(piece)
        }),
    )
}

/// Returns the pieces of a JSON document: `entries`, separated by commas, between `before` and `after`.
pub(super) fn json<T: Serialize>(
    before: impl Into<Vec<u8>>,
    mut entries: impl Iterator<Item = T> + Send + 'static,
    after: impl Into<Vec<u8>>,
) -> impl Iterator<Item = Bytes> + Send + 'static {
    let (mut piece, mut after) = (before.into(), Some(after.into()));
    let mut separator: &[u8] = b"";
    std::iter::from_fn(move || {
        let end = after.as_ref()?.len();
        while piece.len() < PIECE {
            let Some(entry) = entries.next() else {
                piece.reserve(end);
                piece.extend(after.take()?);
                break;
            };
            piece.extend_from_slice(separator);
            separator = b",";
            // Serialising our own structs into memory cannot fail.
            let _ = serde_json::to_writer(&mut piece, &entry);
        }
        Some(Bytes::from(std::mem::take(&mut piece)))
    })
}

struct Pieces {
    pieces: Box<dyn Iterator<Item = Bytes> + Send>,
    _place: Place,
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pieces")
    }
}

impl Live for Pieces {
    fn next(mut self: Box<Self>) -> Coming {
        Box::pin(async move {
            let piece = self.pieces.next()?;
            Some((piece, self as Box<dyn Live>))
        })
    }

    /// Never: the server itself gives up a client that takes nothing for long.
    fn given_up(&self) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_one_document_however_long() {
        for count in [0_usize, 1, 2, 20_000] {
            let pieces: Vec<Bytes> = json("{\"a\":[", 0..count, "]}\n").collect();
            assert_eq!(pieces.len() > 1, count == 20_000);
            let read: serde_json::Value = serde_json::from_slice(&pieces.concat()).unwrap();
            assert_eq!(read["a"].as_array().unwrap().len(), count);
        }
    }
}
