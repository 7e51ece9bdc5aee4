//! The rules of HTTP/1.1 and TLS: requests that no handler can read.

use super::{Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "http-unreadable",
        severity: Severity::Error,
        title: "Request is not valid HTTP/1.1",
        hint: "Build the request with an HTTP library, and percent-encode what goes into its URL.",
        source: "RFC 9112, sections 2.2, 3 and 5: messages, request lines and header lines",
        mistake: "GET /connectors/files/my report.pdf HTTP/1.1",
        mend: "GET /connectors/files/my%20report.pdf HTTP/1.1",
    },
    Rule {
        id: "content-length-invalid",
        severity: Severity::Error,
        title: "Content-Length is not a number of bytes",
        hint: "Leave `Content-Length` to the HTTP library, or send the size of the body in bytes, once.",
        source: "RFC 9112, section 6.3: an invalid Content-Length is answered with 400 and a closed connection",
        mistake: "Content-Length: NaN",
        mend: "Content-Length: 11024",
    },
    Rule {
        id: "http-head-too-large",
        severity: Severity::Error,
        title: "Request line or headers too long",
        hint: "Send the file as the body, not in a header or in the URL.",
        source: "RFC 6585, section 5: 431 Request Header Fields Too Large",
        mistake: "x-file: JVBERi0xLjcKJeLjz9MK… (70,000 characters)",
        mend: "PUT with the file's bytes as its body",
    },
    Rule {
        id: "http2-preface",
        severity: Severity::Error,
        title: "HTTP/2 spoken to a server without it",
        hint: "Let the client choose HTTP/1.1: S3 speaks nothing else.",
        source: "S3 speaks HTTP/1.1 only; RFC 9113, section 3.3: prior knowledge is needed for HTTP/2 without TLS",
        mistake: "curl --http2-prior-knowledge",
        mend: "curl --http1.1",
    },
    Rule {
        id: "tls-handshake",
        severity: Severity::Error,
        title: "TLS handshake failed",
        hint: "Let the client offer TLS 1.2 or 1.3 and HTTP/1.1, as S3 does.",
        source: "RFC 8446, section 6: a failed handshake ends the connection; S3 speaks HTTP/1.1 only",
        mistake: "a client that offers TLS 1.1 alone, or `h2` alone in ALPN",
        mend: "a client that offers TLS 1.3 and `http/1.1`",
    },
    Rule {
        id: "tls-untrusted",
        severity: Severity::Error,
        title: "Client does not trust the local authority's certificate",
        hint: "Have the client trust /_assay/ca.pem: NODE_EXTRA_CA_CERTS (Node), SSL_CERT_FILE (Python, Go, OpenSSL), REQUESTS_CA_BUNDLE (requests), CURL_CA_BUNDLE (curl), or a trust store (Java).",
        source: "RFC 8446, section 6.2: `unknown_ca`, `bad_certificate` and `certificate_unknown`",
        mistake: "curl https://localhost:7979/connectors/files/list",
        mend: "curl --cacert ca.pem https://localhost:7979/connectors/files/list",
    },
    Rule {
        id: "https-in-clear",
        severity: Severity::Error,
        title: "An `https` URL was sent to the proxy without TLS",
        hint: "Update the HTTP library (axios did this until 2026), or give it an agent that sends CONNECT.",
        source: "RFC 9110, section 9.3.6: CONNECT; without it, the proxy reads the API key",
        mistake: "POST https://production.runalloy.com/connectors/files/upload/request HTTP/1.1",
        mend: "CONNECT production.runalloy.com:443 HTTP/1.1",
    },
];
