//! S3's rules: why it refuses a request, as far as it can be told.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
