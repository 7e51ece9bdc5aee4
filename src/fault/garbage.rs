//! `garbage`: the page of a proxy that stands before Alloy or S3 and got no good answer from them. It is neither
//! JSON nor S3's XML, and carries no header of either side.

use hyper::{
    StatusCode,
    header::{self, HeaderValue},
};

use crate::exchange::{Answer, Content};

/// A proxy's page with this status. It has its content whatever the method: the answer to HEAD is sent without, as
/// hyper does by itself.
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
