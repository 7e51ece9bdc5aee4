//! A signature by which the ledger knows a URL again: that of the URL itself, and that of a request that uses it.

use crate::s3::sigv4::signature_of;

/// The signature of a URL: 64 bytes that should be hex digits. Kept as they stand there: to read them would cost
/// every exchange more than the 32 bytes that it would save.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl Signature {
    /// The signature that begins with these digits.
    #[must_use]
    pub fn of_digits(digits: &str) -> Option<Self> {
        digits.as_bytes().first_chunk().copied().map(Self)
    }

    /// The signature in a raw query, or in a whole URL, whatever follows it.
    #[must_use]
    pub fn of_query(query: &str) -> Option<Self> {
        Self::of_digits(signature_of(query)?)
    }

    /// As it stands in a URL.
    pub(super) fn digits(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Its number in the ledger, made of its first 8 digits: enough to tell nearly all apart.
    pub(super) fn number(&self) -> u32 {
        let digits =
            |from: usize| self.0[from..].first_chunk().map_or(0, |digits| u32::from_le_bytes(*digits));
        // A digit's upper half says little.
        digits(0) ^ digits(4).rotate_left(4)
    }

    /// Whether it begins with these digits, whatever their case.
    pub(super) fn begins_with(&self, digits: &str) -> bool {
        self.digits().get(..digits.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_64_digits_of_the_query() {
        let of = |digits: &str| Signature::of_query(&format!("/k?a=b&X-Amz-Signature={digits}&c=d"));
        let digits = "0123456789abcdef".repeat(4);
        let signature = of(&digits).unwrap();
        assert_eq!(signature.digits(), digits);
        assert_eq!(of(&format!("{digits}0")), Some(signature));
        assert_ne!(of(&digits.to_uppercase()), Some(signature));
        assert!(signature.begins_with("01234567") && !signature.begins_with("01234568"));
        assert_eq!((of(&"0".repeat(63)), Signature::of_query(&digits)), (None, None));
    }
}
