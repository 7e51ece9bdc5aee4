//! `garbage`: a proxy's HTML page in place of the response. It is neither JSON nor S3's XML, and has no header of
//! either API.

use hyper::{
    StatusCode,
    header::{self, HeaderValue},
};

use super::Kind;
use crate::{
    exchange::{Answer, Content, Operation},
    fault::{
        Effect, Fault,
        field::{Field, Takes, Value},
        mistake::Mistake,
    },
};

/// Statuses whose responses have no content, and so no page: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5.
const WITHOUT_CONTENT: [StatusCode; 3] =
    [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED];

pub(super) static KIND: Kind = Kind {
    name: "garbage",
    summary: "a proxy's HTML page in place of JSON or XML",
    met: "An HTML page, as proxies and load balancers write them, in place of JSON or XML. The request took no effect.",
    fields: &[
        Field::new(
            "status",
            // Also 200: a login page of a hotel's network has it.
            Takes::Status { least: 200 },
            "504",
            "HTTP status, from 200 to 599, of a response that has content [default: 502]",
        )
        .primary()
        .with_default("502"),
    ],
    operations: &Operation::ALL,
    example: "presign:nth=1:garbage=504",
    wrong: "POST upload/request -> 504 <html>; the client reports an unexpected `<` in JSON",
    right: "POST upload/request -> 504 <html>; it looks at the status first, waits, asks again -> 200",
    effect: |values| Effect::Garbage { status: values.status("status").unwrap_or(StatusCode::BAD_GATEWAY) },
    check: |values, _| {
        let status = values.status("status").filter(|status| WITHOUT_CONTENT.contains(status))?;
        let what = format!("`status` is `{}`, which has no content, and so no page", status.as_u16());
        Some(Mistake::new("/status", what, "write one such as 502, 504 or 200"))
    },
};

impl Fault<()> {
    /// Answers with a proxy's HTML page of this status.
    #[must_use]
    pub fn garbage(self, status: u16) -> Fault {
        self.causing(&KIND, [("status", Value::Number(status.into()))])
    }
}

/// Returns a proxy's page with this status. It has content for each method; hyper leaves it out for HEAD.
#[must_use]
pub fn garbage(status: StatusCode) -> Answer {
    let title = match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_str()),
        None => status.as_str().to_owned(),
    };
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::new(status, Content::Whole(page.into()))
        .with(header::SERVER, HeaderValue::from_static("proxy"))
        .with(header::CONTENT_TYPE, HeaderValue::from_static("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_status_and_nothing_else() {
        let answer = garbage(StatusCode::BAD_GATEWAY);
        assert_eq!(answer.status, 502);
        assert_eq!(
            answer.content.text().unwrap(),
            "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
             <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n"
        );
        let mut names: Vec<_> = answer.headers.keys().map(header::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "server"]);
        assert_eq!(answer.headers[header::SERVER], "proxy");
    }

    #[test]
    fn a_status_without_a_name_is_its_number() {
        let answer = garbage(StatusCode::from_u16(599).unwrap());
        let page = String::from_utf8(answer.content.text().unwrap().to_vec()).unwrap();
        assert!(page.contains("<title>599</title>"), "{page}");
    }
}
