//! S3's rules: why it refuses a request, as far as it can be told. One file a theme; every refusal has one here,
//! and `advice` picks the one that tells most.

mod body;
mod header;
mod parameter;
mod place;
mod signature;

use super::Rule;

pub(super) const RULES: [&[Rule]; 5] =
    [signature::RULES, header::RULES, parameter::RULES, body::RULES, place::RULES];
