//! `x-user-id` and similar names instead of `x-alloy-userid`: no server reads them, so the call is
//! for the API key's own user. Alloy's FAQ names it as a frequent mistake.

use crate::exchange::{Exchange, Violation};

/// The names that are meant, in lower case and without what joins their words.
const MEANT: [&[u8]; 5] = [b"xuserid", b"xalloyuserid", b"xalloyuser", b"alloyuserid", b"alloyuser"];

/// Reports a header with nearly the right name, if the right one is missing.
pub(super) fn look(exchange: &Exchange) -> Option<Violation> {
    if !exchange.operation.is_alloys() {
        return None;
    }
    let (name, _) = exchange.request.headers.iter().find(|(name, _)| is_near(name))?;
    if exchange.request.headers.get("x-alloy-userid").is_some() {
        return None;
    }
    let message = format!(
        "Alloy ignores the header `{name}`: without `x-alloy-userid`, the call is made as the API key's own user."
    );
    Some(Violation::new("user-header", name, message))
}

/// Returns whether a name, which is in lower case, is nearly the right one.
fn is_near(name: &str) -> bool {
    // The ends of a name exclude most others.
    let bytes = name.as_bytes();
    let may_be = (8..=15).contains(&name.len())
        && matches!((bytes[0], bytes[bytes.len() - 1]), (b'x' | b'a', b'd' | b'r'));
    let letters = || name.bytes().filter(u8::is_ascii_alphanumeric);
    may_be && name != "x-alloy-userid" && MEANT.iter().any(|meant| letters().eq(meant.iter().copied()))
}
