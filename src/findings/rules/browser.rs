//! The API key in a browser: a page calls the Alloy API itself. `alloy` reports the preflight. This
//! rule reports the call, which comes without a preflight where page and API share an origin.

use crate::exchange::{Exchange, Violation};

/// Headers of proxies. A backend that forwards a page's request keeps the browser's headers and
/// adds the key, which is fine.
const OF_PROXIES: [&str; 3] = ["forwarded", "x-forwarded-for", "via"];

/// Detects a browser's headers in a request with the key.
pub(super) fn look(exchange: &Exchange) -> Option<Violation> {
    if !exchange.operation.is_alloys() {
        return None;
    }
    let (pointer, value) = of_a_page(exchange)?;
    let headers = &exchange.request.headers;
    let is_handed_on = OF_PROXIES.iter().any(|name| headers.get(name).is_some());
    if is_handed_on || headers.get("authorization").is_none() {
        return None;
    }
    let message = format!(
        "A web page calls Alloy's API with the API key (`{pointer}: {value}`): everybody who opens the page has the key.",
        value = super::quote(value)
    );
    Some(Violation::new("key-in-browser", pointer, message))
}

/// Returns the header that only a page's request has, with its value. Node's `fetch` sends
/// `sec-fetch-mode`, too, and a typed address has `sec-fetch-site: none`.
fn of_a_page(exchange: &Exchange) -> Option<(&'static str, &str)> {
    let site = || exchange.request.headers.get("sec-fetch-site").filter(|site| *site != "none");
    let origin = exchange.request.headers.get("origin").map(|origin| ("origin", origin));
    origin.or_else(|| site().map(|site| ("sec-fetch-site", site)))
}
