//! `assay run --intercept`: clients with production's URL written into them, as they are. Each passes, and where it
//! sends the MD5 as hex it fails with the finding.

use std::{fs, process::Command, time::Duration};

use super::{
    browser::chromium::Chromium,
    support::{
        installed::{Need, Run, are_here, run_within},
        program::assay,
    },
};

const CURL: Need = Need("curl", "curl", &["--version"]);
const NODE: Need = Need("node", "node", &["--version"]);
const GO: Need = Need("go", "go", &["version"]);
const JAVA: Need = Need("java (11 or newer)", "java", &["-version"]);
const JAVAC: Need = Need("javac", "javac", &["-version"]);

/// Starting a browser or a virtual machine takes its time where many tests run.
const LIMIT: Duration = Duration::from_secs(180);

/// The MD5 of `hello` as hex, which S3 refuses.
const HEX: &str = "5d41402abc4b2a76b9719d911017c592";

/// A file of this folder.
fn script(name: &str) -> String {
    format!("{}/tests/clients/intercept/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a client under `assay run --intercept`.
fn run(words: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = assay(&["run", "--intercept", "--"]);
    command.args(words).envs(variables.iter().copied());
    run_within(LIMIT, &mut command)
}

#[track_caller]
fn passes_and_is_found_out(words: &[&str]) {
    passes_and_is_found_out_with(words, &[]);
}

#[track_caller]
fn passes_and_is_found_out_with(words: &[&str], variables: &[(&str, &str)]) {
    let good = run(words, variables);
    assert_eq!(good.code, Some(0), "{words:?}: {}", good.stderr);
    let bad = run(words, &[variables, &[("MD5", HEX)]].concat());
    assert!(!bad.succeeded, "{words:?}: {}", bad.stderr);
    assert!(bad.stderr.contains("s3-content-md5-hex"), "{words:?}: {}", bad.stderr);
}

#[test]
fn curl() {
    if are_here("curl under --intercept", &[CURL]) {
        passes_and_is_found_out(&["sh", &script("client.sh")]);
    }
}

/// Code for Node that fails where a package is not installed: `npm ci --prefix tests/clients/intercept`.
macro_rules! package {
    ($name:literal) => {
        concat!(
            "require('",
            env!("CARGO_MANIFEST_DIR"),
            "/tests/clients/intercept/node_modules/",
            $name,
            "')"
        )
    };
}

/// Defines a test for each library of a language. Its standard library always exists.
macro_rules! libraries {
    ($runner:literal, $script:literal: $($name:ident: $library:literal, $probe:expr;)*) => {$(
        #[test]
        fn $name() {
            let need = Need(concat!($library, " for ", $runner), $runner, $probe);
            if are_here(concat!($library, " under --intercept"), &[need]) {
                passes_and_is_found_out(&[$runner, &script($script), $library]);
            }
        }
    )*};
}

libraries! {
    "python3", "client.py":
    python_urllib: "urllib", &["-c", "import ssl, urllib.request"];
    python_http_client: "http.client", &["-c", "import ssl, http.client"];
    python_requests: "requests", &["-c", "import requests"];
    python_httpx: "httpx", &["-c", "import httpx"];
    python_aiohttp: "aiohttp", &["-c", "import aiohttp"];
    python_signed_by_boto3: "boto3", &["-c", "import boto3"];
}

libraries! {
    "node", "client.mjs":
    node_fetch: "fetch", &["-e", "fetch"];
    node_https: "https", &["--version"];
    node_axios: "axios", &["-e", package!("axios")];
    node_undici: "undici", &["-e", package!("undici")];
    node_signed_by_aws_sdk: "aws-sdk", &["-e", package!("@aws-sdk/s3-request-presigner")];
}

#[test]
fn go_net_http() {
    if !are_here("Go under --intercept", &[GO]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("client");
    let program = program.to_str().unwrap();
    let mut build = Command::new("go");
    build.args(["build", "-o", program, &script("client.go")]);
    run_within(LIMIT, &mut build).expect_success();
    passes_and_is_found_out(&[program]);
}

#[test]
fn java_both_clients() {
    if !are_here("Java under --intercept", &[JAVA, JAVAC]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let classes = folder.path().to_str().unwrap();
    run_within(LIMIT, Command::new("javac").args(["-d", classes, &script("Client.java")])).expect_success();
    for class in ["HttpURLConnection", "HttpClient"] {
        // The user's own options count, too.
        passes_and_is_found_out_with(
            &["java", "-cp", classes, "Client", class],
            &[("JDK_JAVA_OPTIONS", "-Xshare:auto -Dassay.test=kept")],
        );
    }
}

/// A Rust client whose TLS takes the system's roots, and whose proxy is that of the environment: this test again, as
/// the command that is run. reqwest with its `rustls-tls-native-roots` does the same, and takes minutes to build.
#[test]
fn rust_with_native_roots() {
    use ureq::tls::{Certificate, RootCerts, TlsConfig};
    let program = std::env::current_exe().unwrap();
    if std::env::var_os("UPLOAD_AS_CLIENT").is_none() {
        let words = [program.to_str().unwrap(), "--exact", "intercept::rust_with_native_roots"];
        return passes_and_is_found_out_with(&words, &[("UPLOAD_AS_CLIENT", "1")]);
    }
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let roots = rustls_native_certs::load_native_certs().certs;
    let roots: Vec<_> = roots.iter().map(|root| Certificate::from_der(root).to_owned()).collect();
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build();
    let agent = ureq::Agent::config_builder().tls_config(tls).build().new_agent();
    let key = format!("Bearer {}", std::env::var("ALLOY_API_KEY").unwrap());
    let md5 = "XUFAKrxLKna5cZ2REBfFkg==";
    let presigned = agent
        .post("https://production.runalloy.com/connectors/files/upload/request")
        .header("authorization", &key)
        .header("x-api-version", "2025-09")
        .header("content-type", "application/json")
        .send(format!(r#"{{"filename": "a.txt", "mimeType": "text/plain", "md5": "{md5}"}}"#));
    let answer = presigned.unwrap().body_mut().read_to_string().unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    let url = answer["presignedUrl"]["presignedUrl"].as_str().unwrap();
    assert!(url.starts_with("https://alloy-user-files.s3.us-east-1.amazonaws.com/"), "{url}");
    let md5 = std::env::var("MD5").unwrap_or(md5.to_owned());
    agent.put(url).header("content-md5", md5).header("content-type", "text/plain").send("hello").unwrap();
}

#[test]
fn chromium_with_its_flags() {
    if !are_here("Chromium under --intercept", &[CURL]) {
        return;
    }
    let Some(program) = Chromium::installed() else { return };
    let folder = tempfile::tempdir().unwrap();
    passes_and_is_found_out(&["sh", &script("chromium.sh"), program, folder.path().to_str().unwrap()]);
}

#[test]
fn explains_why_a_command_sent_no_request() {
    // Both names are looked for, and neither program is started.
    for (words, telling) in [
        (&["sh", "-c", "true"][..], "docs/https.md"),
        (&["sh", "-c", "true || ./gradlew test"], "--no-daemon"),
        (&["sh", "-c", "true || chromium https://production.runalloy.com"], "$ASSAY_CA_SPKI"),
    ] {
        let run = run(words, &[]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains("no upload of the command reached the emulator"), "{}", run.stderr);
        assert!(run.stderr.contains(telling), "{words:?}: {}", run.stderr);
    }
}

#[test]
fn reports_a_node_client_with_pinned_roots() {
    if !are_here("Node under --intercept", &[NODE]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let client = folder.path().join("pinned.mjs");
    let pinned = "import tls from 'node:tls';\n\
        import https from 'node:https';\n\
        https.get('https://production.runalloy.com/', { ca: tls.rootCertificates[0] }).on('error', () => {});\n";
    fs::write(&client, pinned).unwrap();
    let run = run(&["node", client.to_str().unwrap()], &[]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("tls-untrusted") || run.stderr.contains("tls-handshake"), "{}", run.stderr);
}

#[test]
fn names_the_trust_setting_for_a_client_with_own_roots() {
    if !are_here("curl under --intercept", &[CURL]) {
        return;
    }
    let mut command = assay(&["run", "--intercept", "--", "sh", "-c"]);
    command.arg("env -u CURL_CA_BUNDLE -u SSL_CERT_FILE curl -sS https://production.runalloy.com/ || true");
    let run = run_within(LIMIT, &mut command);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("The client `curl/"), "{}", run.stderr);
    assert!(run.stderr.contains("set CURL_CA_BUNDLE"), "{}", run.stderr);
}
