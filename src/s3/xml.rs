//! S3's error document. Only `answer` writes it.

use super::Refusal;

/// The document of a refusal: s3-facts section 0.1, with the ids that the headers carry too.
pub(super) fn document(refusal: &Refusal, request_id: &str, host_id: &str) -> String {
    let mut xml = String::with_capacity(512);
    xml.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>");
    element(&mut xml, "Code", refusal.code().name());
    element(&mut xml, "Message", &refusal.to_string());
    for (name, text) in refusal.extras() {
        element(&mut xml, name, &text);
    }
    element(&mut xml, "RequestId", request_id);
    element(&mut xml, "HostId", host_id);
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

/// Text between tags: quotes stay as they are (Q5, Q11 show them so).
fn escape(xml: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '\r' => xml.push_str("&#13;"),
            // XML 1.0 has no way to write these, and a document that no parser takes helps nobody (U).
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
        let refusal = Refusal::NoSuchBucket { bucket: "a<b>&\"c\"\r\n\0é".to_owned() };
        assert_eq!(
            document(&refusal, "R", "H="),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NoSuchBucket</Code>\
             <Message>The specified bucket does not exist</Message>\
             <BucketName>a&lt;b&gt;&amp;\"c\"&#13;\n\u{fffd}é</BucketName>\
             <RequestId>R</RequestId><HostId>H=</HostId></Error>"
        );
    }
}
