//! The output of a client: all of it is read, and the end is kept.

use tokio::io::{AsyncRead, AsyncReadExt};

/// Limit on the kept bytes of a stream.
const KEPT: usize = 16 << 10;

/// The end of a stream.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    bytes: Vec<u8>,
    /// Bytes before it.
    left_out: u64,
}

impl Tail {
    /// Reads a stream to its end.
    pub(super) async fn read(&mut self, stream: &mut (impl AsyncRead + Unpin)) {
        let mut buffer = vec![0; 8 << 10];
        while let Ok(read @ 1..) = stream.read(&mut buffer).await {
            self.push(&buffer[..read]);
        }
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() > 2 * KEPT {
            let over = self.bytes.len() - KEPT;
            self.bytes.drain(..over);
            self.left_out += over as u64;
        }
    }

    /// Returns the last line that is not empty.
    pub(super) fn last_line(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let line = text.lines().rev().map(str::trim_end).find(|line| !line.trim().is_empty())?;
        Some(line.to_owned())
    }

    /// Returns the last line with `error:`, which Node and Python print among others; else the last line.
    pub(super) fn last_error(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.bytes);
        let speaks = |line: &&str| line.to_ascii_lowercase().contains("error:");
        let line = text.lines().rev().find(speaks).map(|line| line.trim().to_owned());
        line.or_else(|| self.last_line())
    }

    pub(super) fn text(&self) -> String {
        let start = self.bytes.len().saturating_sub(KEPT);
        let before = self.left_out + start as u64;
        let text = String::from_utf8_lossy(&self.bytes[start..]);
        if before > 0 { format!("… {before} bytes before this\n{text}") } else { text.into_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_found_among_what_surrounds_it() {
        for (printed, reported) in [
            ("no luck\n\n", "no luck"),
            ("Traceback:\n  File x\nValueError: no\n", "ValueError: no"),
            ("[Error: ENOENT: no such file] {\n  errno: -2,\n}\n", "[Error: ENOENT: no such file] {"),
            ("TypeError: no\n    at main (a.mjs:1:2)\n\nNode.js v20.20.2\n", "TypeError: no"),
        ] {
            let mut tail = Tail::default();
            tail.push(printed.as_bytes());
            assert_eq!(tail.last_error().as_deref(), Some(reported));
        }
    }

    #[test]
    fn of_much_the_end_is_kept() {
        let mut tail = Tail::default();
        for _ in 0..1000 {
            tail.push(&[b'x'; 1000]);
        }
        tail.push(b"\nkey\n\n");
        assert!(tail.bytes.len() <= 2 * KEPT);
        assert_eq!(tail.last_line().as_deref(), Some("key"));
        assert!(tail.text().starts_with("… 98"), "{}", &tail.text()[..40]);
    }
}
