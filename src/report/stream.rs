//! Output streams that never block the program: each has a thread that writes, and a bounded queue.
//! A reader that stops reading a pipe loses log lines; requests go on.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::Duration,
};

/// Limit on the bytes of log lines that wait for a slow reader.
const MAX_QUEUED: usize = 1 << 20;

/// Time without a read after which the rest is dropped, in real time.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Bytes of one system call: a pipe accepts them completely or not at all.
const PIECE: usize = 4096;

/// An output stream with its own thread.
#[derive(Clone)]
pub struct Stream(Arc<Shared>);

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    chunks: VecDeque<Vec<u8>>,
    /// The bytes that are queued or being written.
    waiting: usize,
    /// Lines dropped since the last report of dropped lines.
    dropped: u64,
    /// Pieces written so far.
    pieces: u64,
    /// Why nothing more can be written.
    broken: Option<io::Error>,
}

impl Stream {
    /// Starts a thread that writes to `out`.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared::default());
        let stream = Self(Arc::clone(&shared));
        let started = thread::Builder::new().name("output".to_owned()).spawn(move || shared.run(out));
        if let Err(error) = started {
            stream.0.lock().broken = Some(error);
        }
        stream
    }

    /// Returns the process's standard output.
    pub fn stdout() -> &'static Self {
        static STDOUT: OnceLock<Stream> = OnceLock::new();
        STDOUT.get_or_init(|| Self::new(io::stdout()))
    }

    /// Returns the process's standard error.
    pub fn stderr() -> &'static Self {
        static STDERR: OnceLock<Stream> = OnceLock::new();
        STDERR.get_or_init(|| Self::new(io::stderr()))
    }

    /// Queues a log line. Drops and counts it if the reader is too far behind.
    pub fn offer(&self, line: &[u8]) {
        let mut queue = self.0.lock();
        if queue.waiting + line.len() > MAX_QUEUED {
            queue.dropped += 1;
            return;
        }
        queue.push(line);
        self.0.changed.notify_all();
    }

    /// Writes `text` after the queued output.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::TimedOut`] if the reader reads nothing for 1.5 s, and the stream's own
    /// errors.
    pub fn write(&self, text: &[u8]) -> io::Result<()> {
        let mut queue = self.0.lock();
        queue.push(text);
        self.0.changed.notify_all();
        self.0.drained(queue, PATIENCE)
    }

    /// Waits until the queue is written, as long as its pieces are within `patience` of each other.
    pub fn flush(&self, patience: Duration) {
        // A failure cannot be reported here.
        let _ = self.0.drained(self.0.lock(), patience);
    }
}

impl Queue {
    fn push(&mut self, chunk: &[u8]) {
        if self.broken.is_some() {
            return;
        }
        self.waiting += chunk.len();
        self.chunks.push_back(chunk.to_vec());
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn drained(&self, mut queue: MutexGuard<'_, Queue>, patience: Duration) -> io::Result<()> {
        while queue.waiting > 0 && queue.broken.is_none() {
            let pieces = queue.pieces;
            let waited = self.changed.wait_timeout_while(queue, patience, |queue| {
                queue.pieces == pieces && queue.broken.is_none()
            });
            let (now, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
            if timeout.timed_out() {
                return Err(io::Error::new(io::ErrorKind::TimedOut, "it has no reader"));
            }
            queue = now;
        }
        queue.broken.as_ref().map_or(Ok(()), |error| {
            Err(error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error))
        })
    }

    fn run(&self, mut out: impl Write) {
        loop {
            let (chunk, dropped) = {
                let queue = self.lock();
                let nothing = |queue: &mut Queue| queue.chunks.is_empty();
                let waited = self.changed.wait_while(queue, nothing);
                let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
                (queue.chunks.pop_front().unwrap_or_default(), std::mem::take(&mut queue.dropped))
            };
            if dropped > 0 {
                tracing::warn!("{dropped} log lines dropped");
            }
            for piece in chunk.chunks(PIECE) {
                let written = out.write_all(piece).and_then(|()| out.flush());
                let mut queue = self.lock();
                queue.waiting -= piece.len();
                queue.pieces += 1;
                let failed = written.is_err();
                if let Err(error) = written {
                    *queue = Queue { broken: Some(error), ..Queue::default() };
                }
                drop(queue);
                self.changed.notify_all();
                if failed {
                    return;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// A pipe whose reader takes a piece for each unit sent.
    struct Slow(mpsc::Receiver<()>, Arc<Mutex<Vec<u8>>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            self.1.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn drops_lines_when_the_reader_stops_and_goes_on_after() {
        let (read, pieces) = mpsc::channel();
        let written = Arc::default();
        let stream = Stream::new(Slow(pieces, Arc::clone(&written)));
        let line = [b'x'; PIECE];
        for _ in 0..2 * MAX_QUEUED / PIECE {
            stream.offer(&line);
        }
        assert!(stream.0.lock().dropped > 0);
        stream.flush(Duration::ZERO);
        for _ in 0..=MAX_QUEUED / PIECE {
            read.send(()).unwrap();
        }
        stream.write(b"end").unwrap();
        assert_eq!(written.lock().unwrap().len(), MAX_QUEUED + 3);
    }

    #[test]
    fn reports_a_closed_pipe() {
        let (read, pieces) = mpsc::channel();
        let stream = Stream::new(Slow(pieces, Arc::default()));
        drop(read);
        assert_eq!(stream.write(b"one").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        assert_eq!(stream.write(b"two").unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        stream.offer(b"three");
        stream.flush(PATIENCE);
    }
}
