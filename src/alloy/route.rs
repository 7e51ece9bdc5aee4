//! Routes of paths and methods. Paths work bare, behind a version (`/2025-09`) as in the guide's
//! sample, and behind the base path of a document's `servers`.

use hyper::Method;

use crate::exchange::{Api, Operation};

/// Route of a request's path and method.
#[derive(Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// An operation, with the raw parameters of the path in order.
    Operation(Operation, Vec<&'a str>),
    /// A browser's preflight for a known path.
    Preflight,
    /// A known path with another method.
    MethodNotAllowed(String),
    /// An unknown path.
    NotFound,
}

impl Route<'_> {
    /// Returns the operation.
    pub fn operation(&self) -> Operation {
        match self {
            Self::Operation(operation, _) => *operation,
            Self::Preflight => Operation::Preflight,
            Self::MethodNotAllowed(_) | Self::NotFound => Operation::Unknown,
        }
    }

    /// Returns the raw parameters of the path, in order.
    pub fn parameters(&self) -> &[&str] {
        match self {
            Self::Operation(_, parameters) => parameters,
            _ => &[],
        }
    }
}

/// Finds the operation for a method and a raw path.
pub fn route<'a>(method: &Method, path: &'a str, base_paths: &[String], is_preflight: bool) -> Route<'a> {
    let found = find(strip_version(path)).or_else(|| {
        base_paths.iter().find_map(|base| find(strip_version(path.strip_prefix(base.as_str())?)))
    });
    let Some((template, parameters)) = found else { return Route::NotFound };
    let mut allowed = Vec::new();
    for operation in Operation::ALL {
        match operation.api() {
            Api::Alloy(known, path) if path == template && method == known => {
                return Route::Operation(operation, parameters);
            }
            Api::Alloy(known, path) if path == template => allowed.push(known),
            _ => {}
        }
    }
    if is_preflight {
        return Route::Preflight;
    }
    // In the order in which servers list them.
    allowed.sort_by_key(|method| *method != "GET");
    Route::MethodNotAllowed(allowed.join(", "))
}

/// Finds the template that a path matches, with the path's parameters.
fn find(path: &str) -> Option<(&'static str, Vec<&str>)> {
    let templates = Operation::ALL.into_iter().filter_map(|operation| match operation.api() {
        Api::Alloy(_, template) => Some(template),
        _ => None,
    });
    let matches = templates.filter_map(|template| Some((template, parameters(template, path)?)));
    // A literal segment takes precedence over a parameter (OpenAPI, "Path Templating Matching").
    matches.min_by_key(|(_, parameters)| parameters.len())
}

/// Returns the parameters of a path that matches a template.
fn parameters<'a>(template: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let (mut wanted, mut segments, mut parameters) = (template.split('/'), path.split('/'), Vec::new());
    loop {
        match (wanted.next(), segments.next()) {
            (None, None) => return Some(parameters),
            (Some(parameter), Some(segment)) if parameter.starts_with('{') && !segment.is_empty() => {
                parameters.push(segment);
            }
            (Some(literal), Some(segment)) if literal == segment => {}
            _ => return None,
        }
    }
}

/// Strips `/YYYY-MM` from the beginning of a path.
fn strip_version(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', y1, y2, y3, y4, b'-', m1, m2, b'/', ..]
            if [y1, y2, y3, y4, m1, m2].iter().all(|digit| digit.is_ascii_digit()) =>
        {
            &path["/YYYY-MM".len()..]
        }
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route_of<'a>(method: &Method, path: &'a str) -> Route<'a> {
        route(method, path, &["/api".to_owned()], false)
    }

    #[test]
    fn paths_work_bare_versioned_and_based() {
        for prefix in ["", "/2025-09", "/1999-01", "/api", "/api/2025-09"] {
            let path = format!("{prefix}/connectors/files/upload/request");
            let found = route_of(&Method::POST, &path);
            assert_eq!(found, Route::Operation(Operation::Presign, vec![]), "{path}");
        }
        for path in [
            "/2025-9/connectors/files/list",
            "/20x5-09/connectors/files/list",
            "/v1/connectors/files/list",
            "/connectors/files/list/",
            "/connectors/files/",
            "/connectors/files//",
            "/connectors/files",
            "/",
            "",
            "*",
        ] {
            assert_eq!(route_of(&Method::GET, path), Route::NotFound, "{path}");
        }
    }

    #[test]
    fn a_key_is_handed_on_as_it_came() {
        let found = route_of(&Method::DELETE, "/connectors/files/a%2Fb");
        assert_eq!(found, Route::Operation(Operation::Delete, vec!["a%2Fb"]));
    }

    #[test]
    fn names_the_allowed_methods() {
        assert_eq!(route_of(&Method::PUT, "/connectors/files/list"), Route::MethodNotAllowed("GET".into()));
        assert_eq!(route_of(&Method::GET, "/connectors/files/x"), Route::MethodNotAllowed("DELETE".into()));
        let allow = Route::MethodNotAllowed("GET, POST".into());
        assert_eq!(route_of(&Method::PUT, "/2025-09/users"), allow);
        assert_eq!(route(&Method::OPTIONS, "/connectors/files/list", &[], true), Route::Preflight);
    }

    #[test]
    fn every_route_of_an_operation_leads_to_it() {
        for operation in Operation::ALL {
            let Some((method, template)) = operation.route() else { continue };
            let path = template.replace(['{', '}'], "");
            assert!(matches!(route_of(&method, &path), Route::Operation(found, _) if found == operation));
        }
    }
}
