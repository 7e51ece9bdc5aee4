//! The API key in a browser: a page calls Alloy's side itself. A preflight that asks for it is told by
//! `alloy`, which answers it; here is told of the call itself, which comes without one where page and API have
//! one origin, or where the browser was told not to care.

use crate::exchange::{Exchange, Violation};

/// What a proxy adds to the requests that it hands on. A backend of the client's that hands a page's request
/// on leaves the browser's headers in it and adds the key: that is as it should be.
const OF_PROXIES: [&str; 3] = ["forwarded", "x-forwarded-for", "via"];

/// Looks for a browser's headers beside the key.
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

/// The header that only a page's request has, with its value. Node's `fetch` sends `sec-fetch-mode` too, and
/// an address that somebody types has `sec-fetch-site: none`.
fn of_a_page(exchange: &Exchange) -> Option<(&'static str, &str)> {
    let site = || exchange.request.headers.get("sec-fetch-site").filter(|site| *site != "none");
    let origin = exchange.request.headers.get("origin").map(|origin| ("origin", origin));
    origin.or_else(|| site().map(|site| ("sec-fetch-site", site)))
}

#[cfg(test)]
mod tests {
    use crate::{
        exchange::Operation,
        findings::rules::testing::{exchange, look_at, with},
    };

    fn found(operation: Operation, headers: &[(&'static str, &str)]) -> usize {
        let found = look_at(&with(exchange(operation, 200), headers));
        found.iter().filter(|found| found.rule == "key-in-browser").count()
    }

    #[test]
    fn a_page_with_the_key_is_told() {
        let key = ("authorization", "Bearer k");
        assert_eq!(found(Operation::List, &[key, ("origin", "http://app.test")]), 1);
        for site in ["same-origin", "cross-site"] {
            assert_eq!(found(Operation::List, &[key, ("sec-fetch-site", site)]), 1);
        }
    }

    #[test]
    fn backends_and_pages_without_the_key_are_fine() {
        let (key, origin) = (("authorization", "Bearer k"), ("origin", "http://app.test"));
        // As Node 20 sends it.
        assert_eq!(found(Operation::List, &[key, ("sec-fetch-mode", "cors")]), 0);
        assert_eq!(found(Operation::List, &[key, ("sec-fetch-site", "none")]), 0);
        assert_eq!(found(Operation::List, &[origin]), 0);
        assert_eq!(found(Operation::Put, &[key, origin]), 0);
        assert_eq!(found(Operation::List, &[key, origin, ("x-forwarded-for", "10.0.0.1")]), 0);
    }
}
