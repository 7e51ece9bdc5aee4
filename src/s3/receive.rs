//! Reads a body into a blob. Hashing takes most of the time, so a large body is read, hashed and
//! stored side by side, off the threads that serve connections.

use std::{panic::resume_unwind, sync::Arc};

use bytes::Bytes;
use crc64fast_nvme::Digest as Crc64;
use fast_md5::Md5;
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::{
    sync::mpsc,
    task::{JoinHandle, spawn_blocking},
};

use super::{Refusal, Rejection};
use crate::{
    exchange::BodyError,
    files::{Blob, BlobWriter, CannotKeep, Md5Digest},
};

/// Up to this size, in bytes, a body is hashed where it is read: a hand-over would take longer.
const SMALL: u64 = 64 << 10;

/// Bytes of a large body that are handed over at once. With fewer, threads mostly wake each other;
/// with more, a slow client's bytes wait longer.
const BATCH: usize = 512 << 10;

/// Batches that may wait to be hashed.
const WAITING: usize = 3;

/// Batches that a thread processes before another upload gets its turn.
const TURN: usize = 16;

/// A complete body.
pub(super) struct Received {
    pub(super) blob: Blob,
    pub(super) md5: Md5Digest,
    /// S3's own checksum of every upload: docs/facts-s3.md#checksums
    pub(super) crc64nvme: u64,
}

/// Reads a body of `length` bytes. It stays in memory up to `spill_over` bytes.
///
/// # Errors
///
/// docs/facts-s3.md#stalled-body and docs/facts-s3.md#incomplete-body; [`Refusal::Internal`] where
/// the disk fails.
pub(super) async fn receive<B>(body: B, length: u64, spill_over: u64) -> Result<Received, Rejection>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    let intake = Intake::new(BlobWriter::new(length, spill_over));
    let intake = if length <= SMALL && !intake.keeping.blob.blocks() {
        receive_here(body, intake).await?
    } else {
        receive_beside(body, intake).await?
    };
    Ok(intake.finish())
}

async fn receive_here<B>(mut body: B, mut intake: Intake) -> Result<Intake, Rejection>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            // The part that came may show why the rest did not.
            Err(error) => {
                return Err(Rejection { refusal: error.into(), body: Some(intake.keeping.blob.finish()) });
            }
        };
        if let Ok(data) = frame.into_data() {
            intake.md5.update(&data);
            intake.keeping.take(&data).map_err(Refusal::from)?;
        }
    }
    Ok(intake)
}

/// Reads the body into two queues, and waits where one is full.
async fn receive_beside<B>(mut body: B, intake: Intake) -> Result<Intake, Refusal>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    let (to_hash, hashing) = mpsc::channel(WAITING);
    let (to_keep, keeping) = mpsc::channel(WAITING);
    let read = async move {
        loop {
            let batch = gather(&mut body).await?;
            let is_last = batch.is_empty();
            // A closed queue means that its worker failed, and will say how.
            if is_last || to_hash.send(batch.clone()).await.is_err() || to_keep.send(batch).await.is_err() {
                return Ok(());
            }
        }
    };
    let hash = work_off(hashing, intake.md5, |md5, data| {
        md5.update(data);
        Ok(())
    });
    let keep = work_off(keeping, intake.keeping, Keeping::take);
    tokio::try_join!(read, hash, keep).map(|((), md5, keeping)| Intake { md5, keeping })
}

/// Returns the next frames of a body, or none at its end.
async fn gather<B>(body: &mut B) -> Result<Batch, BodyError>
where
    B: Body<Data = Bytes, Error = BodyError> + Unpin,
{
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH
        && let Some(frame) = body.frame().await
    {
        let Ok(data) = frame?.into_data() else { continue };
        bytes += data.len();
        batch.push(data);
    }
    Ok(batch.into())
}

/// Frames of a body, shared by hashing and storing.
type Batch = Arc<[Bytes]>;

/// Runs `step` on all that comes through a queue, off the threads that serve connections. It holds
/// no thread while the queue is empty, nor longer than a turn while other uploads wait.
async fn work_off<S: Send + 'static>(
    mut queue: mpsc::Receiver<Batch>,
    mut state: S,
    step: impl Fn(&mut S, &Bytes) -> Result<(), CannotKeep> + Copy + Send + 'static,
) -> Result<S, Refusal> {
    while let Some(first) = queue.recv().await {
        let turn = spawn_blocking(move || {
            let mut next = Some(first);
            let mut left = TURN;
            while let Some(batch) = next {
                batch.iter().try_for_each(|data| step(&mut state, data))?;
                left -= 1;
                next = if left == 0 { None } else { queue.try_recv().ok() };
            }
            Ok::<_, CannotKeep>((queue, state))
        });
        (queue, state) = done(turn).await??;
    }
    Ok(state)
}

/// State of a body that is being read.
struct Intake {
    md5: Md5,
    keeping: Keeping,
}

/// The part that does not hash: the checksum, which is cheap, and the bytes.
struct Keeping {
    crc: Crc64,
    blob: BlobWriter,
}

impl Intake {
    fn new(blob: BlobWriter) -> Self {
        Self { md5: Md5::new(), keeping: Keeping { crc: Crc64::new(), blob } }
    }

    fn finish(self) -> Received {
        let md5: [u8; 16] = self.md5.finalize();
        Received { blob: self.keeping.blob.finish(), md5: md5.into(), crc64nvme: self.keeping.crc.sum64() }
    }
}

impl Keeping {
    fn take(&mut self, data: &Bytes) -> Result<(), CannotKeep> {
        self.crc.write(data);
        self.blob.write(data)
    }
}

/// Returns a thread's result. A runtime that shuts down drops its threads' work.
pub(super) async fn done<T>(work: JoinHandle<T>) -> Result<T, Refusal> {
    work.await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_cancelled) => Refusal::Internal,
    })
}

/// S3 does not say what failed inside; the log does.
impl From<CannotKeep> for Refusal {
    fn from(error: CannotKeep) -> Self {
        tracing::error!("{error}");
        Self::Internal
    }
}

#[cfg(test)]
mod tests {
    use md5::Digest;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The two implementations agree, whatever the frames.
        #[test]
        fn digests_are_md5(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let mut ours = Md5::new();
            pieces.iter().for_each(|piece| ours.update(piece));
            let theirs: [u8; 16] = md5::Md5::digest(pieces.concat()).into();
            prop_assert_eq!(ours.finalize(), theirs);
        }
    }
}
