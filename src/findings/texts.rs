//! The few texts that are kept of a URL, in the place of whoever keeps them as long as they are short: what lies
//! elsewhere is cold memory by the time it goes, and is waited for.

/// How many bytes are kept in place: enough for usual names, types and hosts.
const SHORT: usize = 123;

/// Four texts.
#[derive(Clone, Debug)]
pub(super) enum Texts {
    /// All in one, and where each ends.
    Short {
        ends: [u8; 4],
        bytes: [u8; SHORT],
    },
    Long(Box<[String; 4]>),
}

impl Texts {
    pub(super) fn of(texts: [&str; 4]) -> Self {
        let (mut ends, mut bytes, mut end) = ([0; 4], [0; SHORT], 0);
        for (text, at) in texts.into_iter().zip(&mut ends) {
            let from = end;
            end += text.len();
            let place = bytes.get_mut(from..end);
            let (Some(place), Ok(short)) = (place, u8::try_from(end)) else {
                return Self::Long(Box::new(texts.map(str::to_owned)));
            };
            place.copy_from_slice(text.as_bytes());
            *at = short;
        }
        Self::Short { ends, bytes }
    }

    /// One of the four.
    pub(super) fn get<const AT: usize>(&self) -> &str {
        // It was text when it was put there.
        std::str::from_utf8(self.bytes::<AT>()).unwrap_or_default()
    }

    /// Its bytes: what every exchange compares need not be looked through as text.
    pub(super) fn bytes<const AT: usize>(&self) -> &[u8] {
        match self {
            Self::Short { ends, bytes } => {
                let from = if AT == 0 { 0 } else { ends[AT - 1] };
                &bytes[usize::from(from)..usize::from(ends[AT])]
            }
            Self::Long(texts) => texts[AT].as_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were_short_or_long() {
        for length in [0, SHORT - 6, SHORT - 5, SHORT, 1000] {
            let long = "x".repeat(length);
            let texts = Texts::of(["ä", "", &long, "end"]);
            assert_eq!(matches!(texts, Texts::Short { .. }), length + 5 <= SHORT);
            assert_eq!([texts.get::<0>(), texts.get::<1>()], ["ä", ""]);
            assert_eq!([texts.get::<2>(), texts.get::<3>()], [long.as_str(), "end"]);
        }
    }
}
