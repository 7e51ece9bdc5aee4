//! The document, extended by what was seen.

use serde_json::json;

use super::{
    Proxy, drift,
    drift::answering,
    support::program::{assay, mistake},
};

#[test]
fn an_extended_document_describes_what_was_seen() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let body = json!({"files": [
        {"s3Key": "651eb6e11d156e0d7a42c59d_a.txt", "filename": "a", "size": "5", "tags": ["x"]}
    ]});
    let url = answering("200 OK", "x-request-id: 7\r\n", &body);
    let list = |arguments: &[&str]| {
        let proxy = Proxy::start(&url, arguments);
        let client = proxy.client("alice-key");
        client.call("GET", "/connectors/files/list", None).expect(200);
        client.send("GET", &format!("{}/connectors/files/list", proxy.url()), &[], b"").expect(200);
        proxy.end()
    };
    let (report, stderr, _) = list(&["--write-spec", &path("seen.yaml")]);
    assert_eq!(drift(&report).len(), 7, "{report}");
    assert!(stderr.contains("+++ openapi/alloy-files.yaml (as seen)"), "{stderr}");
    assert!(
        stderr.contains("+        \"tags\": {\"items\":{\"type\":\"string\"},\"type\":\"array\","),
        "{stderr}"
    );
    assert!(stderr.contains("+          x-assay-was-type: integer"), "{stderr}");
    let extended = std::fs::read_to_string(path("seen.yaml")).unwrap();
    assert_eq!(extended.matches("x-assay-was-").count(), 3, "{extended}");
    // Whoever takes it has no drift any more, but for what no document can say.
    let (report, ..) = list(&["--spec", &path("seen.yaml")]);
    assert_eq!(
        drift(&report),
        ["behaviour list 200 filename /files/*/filename", "looser list 200 contract-security authorization"]
    );
    let output = assay(&["proxy", "--upstream", &url, "--spec", &path("seen.yaml")])
        .args(["--write-spec", &path("seen.yaml")])
        .output();
    assert!(mistake(&output.unwrap()).contains("is the document itself"));
}
