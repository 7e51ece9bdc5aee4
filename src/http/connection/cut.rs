//! Cuts an answer, and counts its content: by the bytes that hyper writes, however it divides them.

/// Beginning and end of an answer's head.
const BEGIN: &[u8] = b"HTTP/1.";
const END: &[u8] = b"\r\n\r\n";

/// An answer that is to break off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    place: Place,
    /// Bytes of the content that may still pass.
    left: u64,
    /// Bytes that have passed.
    content: u64,
}

/// Part that the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// Before the head, with this many bytes of its beginning.
    Before(usize),
    /// Last digit of the version, blank, first digit of the status; this many are over.
    Status(u8),
    /// Head of an interim answer, with this many bytes of its end.
    Interim(usize),
    /// Head, with this many bytes of its end.
    Head(usize),
    Content,
}

impl Cut {
    /// Makes the cut of an answer whose content may pass up to `left` bytes.
    pub(super) fn new(left: u64) -> Self {
        Self { place: Place::Before(0), left, content: 0 }
    }

    /// Returns how many of the next bytes may pass.
    pub(super) fn allows(mut self, bytes: &[u8]) -> usize {
        let head = self.pass_head(bytes);
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        (bytes.len() - head).min(left) + head
    }

    /// These bytes have passed.
    pub(super) fn passed(&mut self, bytes: &[u8]) {
        let head = self.pass_head(bytes);
        let content = u64::try_from(bytes.len() - head).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(content);
        self.content = self.content.saturating_add(content);
    }

    /// Returns how much of the content has passed; `None` before the status has.
    pub(super) fn content(&self) -> Option<u64> {
        matches!(self.place, Place::Head(_) | Place::Content).then_some(self.content)
    }

    /// Returns whether no more may pass.
    pub(super) fn is_reached(&self) -> bool {
        matches!(self.place, Place::Content) && self.left == 0
    }

    /// Returns how many of the bytes precede the content.
    fn pass_head(&mut self, bytes: &[u8]) -> usize {
        for (at, &byte) in bytes.iter().enumerate() {
            if matches!(self.place, Place::Content) {
                return at;
            }
            self.place = self.place.after(byte);
        }
        bytes.len()
    }
}

impl Place {
    fn after(self, byte: u8) -> Self {
        match self {
            Self::Before(matched) => match matching(BEGIN, matched, byte) {
                all if all == BEGIN.len() => Self::Status(0),
                matched => Self::Before(matched),
            },
            Self::Status(over @ 0..2) => Self::Status(over + 1),
            Self::Status(_) if byte == b'1' => Self::Interim(0),
            Self::Status(_) => Self::Head(0),
            Self::Interim(matched) => match matching(END, matched, byte) {
                all if all == END.len() => Self::Before(0),
                matched => Self::Interim(matched),
            },
            Self::Head(matched) => match matching(END, matched, byte) {
                all if all == END.len() => Self::Content,
                matched => Self::Head(matched),
            },
            Self::Content => Self::Content,
        }
    }
}

/// Returns how many bytes of the text match after this byte. After a mismatch only the first byte of either text can
/// match.
fn matching(text: &[u8], matched: usize, byte: u8) -> usize {
    if text.get(matched) == Some(&byte) { matched + 1 } else { usize::from(text.first() == Some(&byte)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] =
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx: HTTP/1.1 1\r\r\n\ncontent-length: 6\r\n\r\nabc\r\n\r";

    /// Returns what passes of an answer in writes of this size.
    fn pass(mut cut: Cut, answer: &[u8], size: usize) -> Vec<u8> {
        let mut out = Vec::new();
        while !cut.is_reached() && out.len() < answer.len() {
            let rest = &answer[out.len()..];
            let piece = &rest[..rest.len().min(size)];
            let allowed = cut.allows(piece);
            assert!(allowed > 0, "neither over nor going on");
            cut.passed(&piece[..allowed]);
            out.extend_from_slice(&piece[..allowed]);
        }
        out
    }

    #[test]
    fn cuts_content_whatever_the_writes() {
        for size in 1..=ANSWER.len() {
            for left in 0..=6 {
                let out = pass(Cut::new(left as u64), ANSWER, size);
                assert_eq!(out, ANSWER[..ANSWER.len() - 6 + left], "{left} bytes in writes of {size}");
            }
        }
    }

    #[test]
    fn skips_the_rest_of_an_interim_answer() {
        for already in 1..24 {
            let rest = &ANSWER[already..];
            assert_eq!(pass(Cut::new(2), rest, 7), rest[..rest.len() - 4], "{already} bytes are out before");
        }
    }

    #[test]
    fn counts_content_bytes_once_the_status_is_sent() {
        let head = ANSWER.len() - 6;
        for out in 0..=ANSWER.len() {
            let mut cut = Cut::new(u64::MAX);
            cut.passed(&ANSWER[..out]);
            // The status begins 10 bytes after the interim answer's 25.
            let expected = (out >= 35).then(|| out.saturating_sub(head) as u64);
            assert_eq!(cut.content(), expected, "{out} bytes are out");
        }
    }

    #[test]
    fn a_shorter_answer_passes_whole() {
        let cut = Cut::new(7);
        assert_eq!(pass(cut, ANSWER, 10), ANSWER);
        assert_eq!(pass(Cut::new(u64::MAX), ANSWER, usize::MAX), ANSWER);
    }
}
