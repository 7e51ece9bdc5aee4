//! `truncate`: a response that is cut short.

use super::Kind;
use crate::{
    exchange::Operation,
    fault::{
        Effect, Fault,
        field::{Field, Takes, Value},
    },
};

pub(super) static KIND: Kind = Kind {
    name: "truncate",
    summary: "a response that is cut short; the request takes effect",
    met: "A truncated answer: the connection closes before all bytes of `Content-Length` have arrived. The request took effect.",
    fields: &[
        Field::new(
            "bytes",
            Takes::Size { least: 0 },
            "10",
            "how many bytes of the content are sent, always less than all [default: half]",
        )
        .primary(),
    ],
    // All but `head`, whose response has no content.
    operations: &[
        Operation::Presign,
        Operation::List,
        Operation::Delete,
        Operation::CreateUser,
        Operation::ListUsers,
        Operation::GetUser,
        Operation::DeleteUser,
        Operation::Execute,
        Operation::Put,
        Operation::Get,
        Operation::Preflight,
        Operation::Unknown,
    ],
    example: "list:nth=1:truncate=10",
    wrong: "GET list -> 200, 10 of 812 bytes; the client reports invalid JSON",
    right: "GET list -> 200, 10 of 812 bytes; it sees a broken connection; GET list again -> 200",
    effect: |values| Effect::Truncate { bytes: values.size("bytes") },
    check: super::fine,
};

impl Fault<()> {
    /// Cuts the response in half.
    #[must_use]
    pub fn truncate(self) -> Fault {
        self.causing(&KIND, [])
    }

    /// Sends only this many bytes of the response's content, and always fewer than all.
    #[must_use]
    pub fn truncate_to(self, bytes: u64) -> Fault {
        self.causing(&KIND, [("bytes", Value::Size(bytes))])
    }
}
