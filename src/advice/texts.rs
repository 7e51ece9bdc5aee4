//! The few texts that are kept of a URL, in the place of whoever keeps them as long as they are short: what lies
//! elsewhere is cold memory by the time it goes, and is waited for.

/// How many bytes are kept in place: enough for usual names, types and hosts.
const SHORT: usize = 128;

/// Four texts in one.
#[derive(Clone, Debug)]
pub(super) struct Texts {
    ends: [usize; 4],
    bytes: Bytes,
}

#[derive(Clone, Debug)]
enum Bytes {
    Short([u8; SHORT]),
    Long(Box<str>),
}

impl Texts {
    pub(super) fn of(texts: [&str; 4]) -> Self {
        let mut end = 0;
        let ends = texts.map(|text| {
            end += text.len();
            end
        });
        if end > SHORT {
            return Self { ends, bytes: Bytes::Long(texts.concat().into()) };
        }
        let (mut bytes, mut from) = ([0; SHORT], 0);
        for (text, end) in texts.into_iter().zip(ends) {
            bytes[from..end].copy_from_slice(text.as_bytes());
            from = end;
        }
        Self { ends, bytes: Bytes::Short(bytes) }
    }

    /// One of the four.
    pub(super) fn get<const AT: usize>(&self) -> &str {
        // It was text when it was put there.
        std::str::from_utf8(self.bytes::<AT>()).unwrap_or_default()
    }

    /// Its bytes: what every exchange compares need not be looked through as text.
    pub(super) fn bytes<const AT: usize>(&self) -> &[u8] {
        let range = if AT == 0 { 0 } else { self.ends[AT - 1] }..self.ends[AT];
        match &self.bytes {
            Bytes::Short(bytes) => &bytes[range],
            Bytes::Long(text) => &text.as_bytes()[range],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were_short_or_long() {
        for length in [0, SHORT - 6, SHORT - 5, SHORT] {
            let long = "x".repeat(length);
            let texts = Texts::of(["ä", "", &long, "end"]);
            assert_eq!(matches!(texts.bytes, Bytes::Short(_)), length + 5 <= SHORT);
            assert_eq!([texts.get::<0>(), texts.get::<1>()], ["ä", ""]);
            assert_eq!([texts.get::<2>(), texts.get::<3>()], [long.as_str(), "end"]);
        }
    }
}
