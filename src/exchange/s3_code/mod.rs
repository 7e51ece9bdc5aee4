//! S3's error codes by name, with the HTTP status and the usual message of each. `s3` refuses with them, and rules for
//! faults name them. The codes are in `table`.

use hyper::StatusCode;

/// Makes [`S3Code`] of its table: by status, each code with its message, and with its name where that cannot be
/// a variant's.
macro_rules! codes {
    ($($status:ident { $($code:ident $(as $name:literal)?: $message:literal,)+ })+) => {
        /// One of S3's error codes (`Code` in its XML).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum S3Code { $($($code,)+)+ }

        impl S3Code {
            /// All of them, by status.
            pub const ALL: &'static [Self] = &[$($(Self::$code,)+)+];

            /// Returns the code in S3's spelling.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$code => codes!(@name $code $($name)?),)+)+ }
            }

            /// Finds a code by its exact name.
            pub fn find(name: &str) -> Option<Self> {
                Some(match name {
                    $($(codes!(@name $code $($name)?) => Self::$code,)+)+
                    _ => return None,
                })
            }

            /// Returns the HTTP status that S3 sends with it.
            pub fn status(self) -> StatusCode {
                match self { $($(Self::$code)|+ => StatusCode::$status,)+ }
            }

            /// Returns the usual `Message`: S3's own where `docs/facts-s3.md` has it, ours
            /// otherwise.
            pub fn message(self) -> &'static str {
                match self { $($(Self::$code => $message,)+)+ }
            }
        }
    };
    (@name $code:ident) => { stringify!($code) };
    (@name $code:ident $name:literal) => { $name };
}

mod table;

pub use table::S3Code;

impl S3Code {
    /// Returns the most likely code for a status; `None` if S3 has no similar one.
    ///
    /// S3 never sends 401, 408, 413 and 429. They map to the code with the same meaning.
    pub fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status.as_u16() {
            301 => Self::PermanentRedirect,
            302 | 303 => Self::Redirect,
            304 => Self::NotModified,
            307 | 308 => Self::TemporaryRedirect,
            400 => Self::InvalidRequest,
            401 | 403 => Self::AccessDenied,
            404 => Self::NoSuchKey,
            405 => Self::MethodNotAllowed,
            408 => Self::RequestTimeout,
            409 => Self::OperationAborted,
            411 => Self::MissingContentLength,
            412 => Self::PreconditionFailed,
            413 => Self::EntityTooLarge,
            416 => Self::InvalidRange,
            429 => Self::SlowDown,
            500 => Self::InternalError,
            501 => Self::NotImplemented,
            // SlowDown is as frequent, but needs its code.
            503 => Self::ServiceUnavailable,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_found_by_its_name_and_only_by_that() {
        for code in S3Code::ALL {
            assert_eq!(S3Code::find(code.name()), Some(*code));
            assert_eq!(S3Code::find(&code.name().to_lowercase()), None);
        }
        let names: HashSet<_> = S3Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), S3Code::ALL.len());
        assert_eq!(S3Code::find("KMS.DisabledException"), Some(S3Code::KmsDisabledException));
        assert_eq!(S3Code::find("SlowDown").map(S3Code::status), Some(StatusCode::SERVICE_UNAVAILABLE));
        assert_eq!(S3Code::find(""), None);
    }

    /// The numbers are those of AWS's list of error responses, plus `AccessForbidden` and `BadRequest`.
    #[test]
    fn there_are_as_many_codes_of_each_status_as_s3_has() {
        let of = |status| S3Code::ALL.iter().filter(|code| code.status().as_u16() == status).count();
        let counts = [301, 304, 307, 400, 403, 404, 405, 409, 411, 412, 416, 500, 501, 503].map(of);
        assert_eq!(counts, [2, 1, 2, 77 + 1, 15 + 1, 16, 1, 9, 1, 2, 1, 1, 1, 2]);
        assert_eq!(counts.iter().sum::<usize>(), S3Code::ALL.len());
    }

    #[test]
    fn a_message_is_a_short_line_of_plain_text() {
        for code in S3Code::ALL {
            let message = code.message();
            assert!((8..200).contains(&message.len()), "{message}");
            assert!(message.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{message}");
        }
    }

    #[test]
    fn a_status_that_s3_sends_has_a_code_of_its_own() {
        for code in S3Code::ALL {
            let usual = S3Code::of_status(code.status()).unwrap();
            assert_eq!(usual.status(), code.status());
        }
        assert_eq!(S3Code::of_status(StatusCode::IM_A_TEAPOT), None);
        assert_eq!(S3Code::of_status(StatusCode::BAD_GATEWAY), None);
    }
}
