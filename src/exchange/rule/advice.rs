//! The guide's advice, and what only shows over several exchanges.

use super::{Rule, Severity};

pub(super) const RULES: &[Rule] = &[Rule {
    id: "key-in-browser",
    severity: Severity::Warning,
    title: "The API key is used by a page in a browser",
    hint: "Let a backend of yours ask for the presigned URL, and the page PUT to it.",
    source: "The guide: never put the API key into client-side code",
    mistake: "fetch(\".../upload/request\", {headers: {Authorization: \"Bearer …\"}}) in a page",
    mend: "the same fetch in your backend; the page PUTs to the presigned URL",
}];
