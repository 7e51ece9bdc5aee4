//! MD5 digests in the two forms that Alloy takes. The guide: "You can provide MD5 in either hex (32
//! characters) or base64 (24 characters) format."

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};

/// MD5, 16 bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Md5Digest([u8; 16]);

/// Text that is not an MD5 in either form.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("it is neither 32 hex digits nor 24 characters of base64 (the 16 bytes of the MD5, with padding)")]
pub struct NotAnMd5;

impl Md5Digest {
    /// MD5 of no bytes.
    pub const OF_NOTHING: Self =
        Self([0xd4, 0x1d, 0x8c, 0xd9, 0x8f, 0, 0xb2, 4, 0xe9, 0x80, 9, 0x98, 0xec, 0xf8, 0x42, 0x7e]);

    /// Parses padded standard base64 of 16 bytes, the form of `Content-MD5` (RFC 1864).
    ///
    /// # Errors
    ///
    /// [`NotAnMd5`] for anything else, hex included.
    pub fn from_base64(text: &str) -> Result<Self, NotAnMd5> {
        let bytes = STANDARD.decode(text).map_err(|_| NotAnMd5)?;
        Ok(Self(bytes.try_into().map_err(|_| NotAnMd5)?))
    }

    /// Returns it as base64, for Alloy's answers and `Content-MD5`.
    pub fn to_base64(self) -> String {
        STANDARD.encode(self.0)
    }

    /// Returns it as 32 lower-case hex digits, for `ETag`.
    pub fn to_hex(self) -> String {
        hex::encode(self.0)
    }
}

/// Content of an `ETag`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EtagForm {
    /// MD5 of the bytes, as for objects without encryption or with S3's own keys.
    #[default]
    Md5,
    /// 32 hex digits that are not the MD5, as for objects encrypted with SSE-KMS.
    Opaque,
}

impl EtagForm {
    /// Returns the `ETag`, without its quotes, of an object with this MD5.
    pub fn of(self, md5: Md5Digest) -> String {
        match self {
            Self::Md5 => md5.to_hex(),
            Self::Opaque => {
                let digest: [u8; 16] = fast_md5::digest(&[b"opaque etag of ".as_slice(), &md5.0].concat());
                Md5Digest(digest).to_hex()
            }
        }
    }
}

impl From<[u8; 16]> for Md5Digest {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl FromStr for Md5Digest {
    type Err = NotAnMd5;

    /// Parses hex in either case, or base64.
    fn from_str(text: &str) -> Result<Self, NotAnMd5> {
        let mut bytes = [0; 16];
        match hex::decode_to_slice(text, &mut bytes) {
            Ok(()) => Ok(Self(bytes)),
            Err(_) => Self::from_base64(text),
        }
    }
}

impl fmt::Debug for Md5Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Md5Digest({})", self.to_hex())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The guide's example, in both forms.
    const HEX: &str = "2942bfabb3d05332b66eb128e0842cff";
    const BASE64: &str = "KUK/q7PQUzK2brEo4IQs/w==";

    #[test]
    fn the_guides_example_is_the_same_in_both_forms() {
        let from_hex: Md5Digest = HEX.parse().unwrap();
        assert_eq!(from_hex, BASE64.parse().unwrap());
        assert_eq!(from_hex, HEX.to_uppercase().parse().unwrap());
        assert_eq!(from_hex.to_base64(), BASE64);
        assert_eq!(from_hex.to_hex(), HEX);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2942",
            &HEX[1..],
            &BASE64[..22],
            "KUK_q7PQUzK2brEo4IQs_w==",
            "KUK/q7PQUzK2brEo4IQs/x==",
            " 2942bfabb3d05332b66eb128e0842cff",
        ] {
            assert_eq!(text.parse::<Md5Digest>(), Err(NotAnMd5), "{text:?}");
        }
        assert_eq!(Md5Digest::from_base64(HEX), Err(NotAnMd5));
    }

    proptest! {
        #[test]
        fn both_forms_read_back(bytes: [u8; 16]) {
            let digest = Md5Digest::from(bytes);
            prop_assert_eq!(digest.to_hex().parse(), Ok(digest));
            prop_assert_eq!(digest.to_base64().parse(), Ok(digest));
        }
    }
}
