//! Rules about S3's refusals. One file a theme; `findings::refusal` picks the rule that says most.

mod body;
mod header;
mod parameter;
mod place;
mod signature;

use super::Rule;

pub(super) const RULES: [&[Rule]; 5] =
    [signature::RULES, header::RULES, parameter::RULES, body::RULES, place::RULES];
