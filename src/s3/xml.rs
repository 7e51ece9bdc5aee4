//! S3's error document: docs/facts-s3.md#error-documents

use super::{answer::Ids, extras::Extras};

/// Writes the document of an error, with the ids that the headers carry too.
pub(super) fn document(code: &str, message: &str, extras: Extras<'_>, ids: &Ids) -> String {
    let mut xml = String::with_capacity(512);
    xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    element(&mut xml, "Code", code);
    element(&mut xml, "Message", message);
    for (name, text) in extras {
        element(&mut xml, name, &text);
    }
    element(&mut xml, "RequestId", &ids.request);
    element(&mut xml, "HostId", &ids.host);
    xml.push_str("</Error>");
    xml
}

fn element(xml: &mut String, name: &str, text: &str) {
    for piece in ["<", name, ">"] {
        xml.push_str(piece);
    }
    escape(xml, text);
    for piece in ["</", name, ">"] {
        xml.push_str(piece);
    }
}

/// Escapes text between tags. Quotes stay as they are, as in S3's own documents.
fn escape(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\r' => xml.push_str("&#13;"),
            // XML 1.0 cannot express these.
            '\0'..'\t' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ => xml.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_has_its_elements_in_order_and_escaped() {
        let ids = Ids { request: "R".to_owned(), host: "H=".to_owned() };
        let extras = vec![("BucketName", "a<b>&\"c\"\r\n\0é".into())];
        assert_eq!(
            document("<&>", "It's gone", extras, &ids),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>&lt;&amp;&gt;</Code>\
             <Message>It's gone</Message>\
             <BucketName>a&lt;b&gt;&amp;\"c\"&#13;\n\u{fffd}é</BucketName>\
             <RequestId>R</RequestId><HostId>H=</HostId></Error>"
        );
    }
}
