//! The reference clients by way of a proxy, plain and intercepted.

use serde_json::{Value, json};

use super::{
    Proxy, drift,
    support::{
        Client, emulator,
        installed::{Need, are_here},
        md5_base64,
        program::{Served, assay, serve},
        reference::{BASH, NODE, PYTHON, RUST},
    },
};

/// What a client sent, as a journal has it.
fn requests(client: &Client) -> Vec<Value> {
    let exchanges = client.control("GET", "journal", None).json()["exchanges"].take();
    let signed = |path: &Value| path.as_str().unwrap().split('?').next().unwrap().to_owned();
    let all = exchanges.as_array().unwrap().iter();
    all.map(|one| json!([one["method"], signed(&one["path"]), one["request"], one["status"]])).collect()
}

/// Uploads a file with each reference client, by a proxy before an upstream of its own, in the clear or with TLS.
fn upload_with_each_client(is_tls: bool) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.txt");
    std::fs::write(&file, "hello").unwrap();
    let (ca_dir, ca) = (folder.path().join("ca"), folder.path().join("ca/ca.pem"));
    for reference in [&BASH, &NODE, &PYTHON, &RUST] {
        if !reference.is_here() {
            continue;
        }
        let upstream = Served::start(&mut serve(&["-q", "--ca-dir", ca_dir.to_str().unwrap()]));
        let proxy = if is_tls {
            let url = format!("https://localhost:{}", upstream.address.rsplit(':').next().unwrap());
            Proxy::start(&url, &["--ca", ca.to_str().unwrap()])
        } else {
            Proxy::start(&format!("http://{}", upstream.address), &[])
        };
        let mut command = reference.command();
        command.arg(&file).env("ALLOY_BASE_URL", proxy.url()).env("ALLOY_API_KEY", "alice-key");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {}", reference.file, String::from_utf8_lossy(&output.stderr));
        let there = upstream.client("alice-key");
        assert_eq!(requests(&proxy.client("alice-key")), requests(&there), "{}", reference.file);
        let objects = there.control("GET", "objects", None).json();
        assert_eq!(objects["objects"].as_array().unwrap().len(), 1, "{objects}");
        assert_eq!(drift(&proxy.end().0), Vec::<String>::new(), "{}", reference.file);
    }
}

#[test]
fn reference_clients_upload_as_without_it() {
    upload_with_each_client(false);
}

#[test]
fn reference_clients_upload_to_an_upstream_with_tls() {
    upload_with_each_client(true);
}

#[test]
fn intercepted_reference_clients_upload_to_the_upstream() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.txt");
    std::fs::write(&file, "hello").unwrap();
    // The example in Rust has no TLS.
    for reference in [&BASH, &NODE, &PYTHON] {
        if !reference.is_here() {
            continue;
        }
        let upstream = emulator();
        let mut command = assay(&["proxy", "--upstream", upstream.base_url(), "--intercept"]);
        command.args(["--fail-on", "drift", "--"]);
        let client = reference.command();
        command.arg(client.get_program()).args(client.get_args()).arg(&file);
        command.env("ALLOY_API_KEY", "alice-key").env_remove("ALLOY_USER_ID");
        for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{}: {stderr}", reference.file);
        assert_eq!(upstream.files().len(), 1, "{}: {stderr}", reference.file);
        assert!(upstream.findings().is_empty(), "{}: {stderr}", reference.file);
    }
}

#[test]
fn a_page_in_an_intercepted_chromium_uploads_to_the_upstream() {
    const NEEDS: [Need; 2] =
        [Need("curl", "curl", &["--version"]), Need("chromium", "chromium", &["--version"])];
    if !are_here("a page by way of a proxy", &NEEDS) {
        return;
    }
    let (upstream, folder) = (emulator(), tempfile::tempdir().unwrap());
    let script = format!("{}/tests/clients/intercept/chromium.sh", env!("CARGO_MANIFEST_DIR"));
    let mut command = assay(&["proxy", "--upstream", upstream.base_url(), "--intercept"]);
    command.args(["--fail-on", "drift", "--", "sh", &script, "chromium", folder.path().to_str().unwrap()]);
    let output = command.env("ALLOY_API_KEY", "alice-key").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert_eq!(upstream.files().len(), 1, "{stderr}");
}

#[test]
fn clients_with_productions_url_are_led_to_the_upstream() {
    if !are_here("curl", &[Need("curl", "curl", &["--version"])]) {
        return;
    }
    let upstream = emulator();
    let md5 = md5_base64(b"hello");
    let ask = format!(r#"{{"filename":"a.txt","mimeType":"text/plain","md5":"{md5}"}}"#);
    let script = format!(
        r#"set -e
A=$(curl -fsS https://production.runalloy.com/connectors/files/upload/request -H "Authorization: Bearer $ALLOY_API_KEY" \
  -H 'x-api-version: 2025-09' -H 'Content-Type: application/json' -d '{ask}')
U=$(printf %s "$A" | sed 's/.*"presignedUrl":"\(http[^"]*\)".*/\1/')
printf hello | curl -fsS -T - -H "Content-Length: 5" -H 'Transfer-Encoding:' -H "Content-MD5: {md5}" -H 'Content-Type: text/plain' "$U"
echo "$U""#
    );
    let mut command =
        assay(&["proxy", "--upstream", upstream.base_url(), "--intercept", "--fail-on", "drift"]);
    for name in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    let output =
        command.args(["--", "sh", "-c", &script]).env("ALLOY_API_KEY", "alice-key").output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let url = String::from_utf8(output.stdout).unwrap();
    assert!(url.starts_with("https://production.runalloy.com/alloy-user-files/"), "{url}");
    assert_eq!(upstream.files().len(), 1);
}
