//! A body on its way into a blob. Hashing is what takes time: a large body is hashed beside its reading, and
//! beside that put away, each off the threads that serve connections. `put` calls it.

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

/// Up to this size a body is dealt with where it is read: handing it over would take longer. In bytes.
pub(super) const SMALL: u64 = 64 << 10;

/// How many bytes of a large body are handed over at once. Less, and the threads are busier waking each other
/// than hashing; more, and a slow client's bytes lie about for longer.
const BATCH: usize = 512 << 10;

/// How many batches may wait to be hashed.
const WAITING: usize = 3;

/// How many batches a thread deals with before it is another upload's turn.
const TURN: usize = 16;

/// A body that has come whole.
pub(super) struct Received {
    pub(super) blob: Blob,
    pub(super) md5: Md5Digest,
    /// S3's own checksum of every upload (s3-facts section 2).
    pub(super) crc64nvme: u64,
}

/// Reads a body of `length` bytes to its end. It is kept in memory where it is no larger than `spill_over`.
///
/// # Errors
///
/// B7 and B8 where it does not come whole, [`Refusal::Internal`] where the disk does not take it.
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
            // What came may tell why the rest did not.
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

/// Reads the body into two queues, and waits where one is full; what is at their other ends takes all that is
/// there each time.
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
            // Where the other end is gone it has failed, and says how.
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

/// The next frames of a body, nothing at its end.
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

/// Frames of a body, shared by whoever does something with them.
type Batch = Arc<[Bytes]>;

/// Does `step` with all that comes through a queue, off the threads that serve connections, and gives what it
/// made of it. No thread is held while nothing comes, nor for longer than a turn while others wait for one.
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

/// What is made of a body while it comes.
struct Intake {
    md5: Md5,
    keeping: Keeping,
}

/// The part of it that is not hashing: the checksum, which costs next to nothing, and the bytes themselves.
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

/// What a thread came to. A runtime that ends takes its threads' work with it.
pub(super) async fn done<T>(work: JoinHandle<T>) -> Result<T, Refusal> {
    work.await.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_cancelled) => Refusal::Internal,
    })
}

/// S3 does not say what went wrong inside; the log does.
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
    use crate::s3::tests::TestBody;

    /// A text and its checksum: check values of s3-facts section 2, as numbers.
    const RECORDED: [(&str, u64); 3] =
        [("", 0), ("123456", 0x0959_9b66_1e08_5b30), ("123456789", 0xae8b_1486_0a79_9888)];

    /// How bodies are received: here, beside into memory, beside into a file. Their length and the bound.
    const WAYS: [(u64, u64); 3] = [(1, 1), (SMALL + 1, SMALL + 1), (1, 0)];

    #[tokio::test]
    async fn a_body_is_kept_with_its_digests() {
        for (text, crc) in RECORDED {
            for (length, spill_over) in WAYS {
                let received = receive(TestBody::of(text), length, spill_over).await.unwrap();
                assert_eq!(received.crc64nvme, crc, "{text:?}");
                assert_eq!(received.blob.read().unwrap(), text.as_bytes());
                let md5: [u8; 16] = md5::Md5::digest(text).into();
                assert_eq!(received.md5, md5.into());
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_fails_on_its_way_is_refused_whichever_way_it_goes() {
        for (length, spill_over) in WAYS {
            let body = TestBody::of("123456").then(BodyError::Incomplete);
            let received =
                receive(body, length, spill_over).await.map(|_| ()).map_err(|rejection| rejection.refusal);
            assert_eq!(received, Err(Refusal::IncompleteBody));
        }
    }

    proptest! {
        /// The two implementations agree, however the bytes come.
        #[test]
        fn digests_are_md5(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..20)) {
            let mut ours = Md5::new();
            pieces.iter().for_each(|piece| ours.update(piece));
            let theirs: [u8; 16] = md5::Md5::digest(pieces.concat()).into();
            prop_assert_eq!(ours.finalize(), theirs);
        }
    }
}
