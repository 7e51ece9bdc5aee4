//! TLS on the same port, and the forward proxy, with real clients: curl, OpenSSL and Python.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::{Command, Output},
};

use alloy_assay::{Emulator, Report as _};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Client, emulator, eventually,
    installed::{Need, are_here},
    md5_base64, md5_hex,
    program::{Served, assay, mistake, printed, serve},
    raw::{Answer, Connection},
    start,
};

const CURL: Need = Need("curl", "curl", &["--version"]);
const OPENSSL: Need = Need("OpenSSL", "openssl", &["version"]);
const PYTHON: Need = Need("Python", "python3", &["-c", "import ssl, http.client"]);

const FILE: &[u8] = b"a report";
/// The answer in a file, and its status on stdout.
const STATUS: [&str; 4] = ["-o", "answer", "-w", "%{http_code}"];
const S3: &str = "https://alloy-user-files.s3.us-east-1.amazonaws.com/";

/// An emulator, and a folder with its authority's certificate.
struct Scene {
    emulator: Emulator,
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        let (emulator, folder) = (emulator(), tempfile::tempdir().unwrap());
        std::fs::write(folder.path().join("ca.pem"), emulator.ca_pem()).unwrap();
        std::fs::write(folder.path().join("file"), FILE).unwrap();
        Self { emulator, folder }
    }

    /// The same port with `https`.
    fn https(&self) -> String {
        self.emulator.base_url().replace("http://127.0.0.1", "https://localhost")
    }

    fn port(&self) -> &str {
        self.emulator.base_url().rsplit(':').next().unwrap()
    }

    fn curl(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("curl");
        command.current_dir(self.folder.path()).args(["-sS", "--max-time", "30"]).args(arguments);
        for name in
            ["http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy", "no_proxy", "NO_PROXY"]
        {
            command.env_remove(name);
        }
        command.output().unwrap()
    }

    /// Calls a URL at `base`, with these further arguments.
    fn presign(&self, base: &str, arguments: &[&str]) -> Value {
        let output = self.presign_output(base, arguments);
        let answer = std::fs::read(self.folder.path().join("answer")).unwrap();
        serde_json::from_slice(&answer)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// As [`Self::presign`], with the status on stdout.
    fn presign_output(&self, base: &str, arguments: &[&str]) -> Output {
        let body = json!({"filename": "report.pdf", "mimeType": "application/pdf", "md5": md5_base64(FILE)});
        let (url, body) = (format!("{base}/connectors/files/upload/request"), body.to_string());
        let headers = ["-H", "Authorization: Bearer k", "-H", "x-api-version: 2025-09"];
        let json = ["-H", "Content-Type: application/json", "-d", &body, &url];
        self.curl(&[arguments, &STATUS, &headers, &json].concat())
    }

    /// Uploads the file with curl, and gives the status.
    fn put(&self, url: &str, md5: &str, arguments: &[&str]) -> String {
        String::from_utf8(self.put_output(url, md5, arguments).stdout).unwrap()
    }

    /// As [`Self::put`], with the status on stdout.
    fn put_output(&self, url: &str, md5: &str, arguments: &[&str]) -> Output {
        let md5 = format!("Content-MD5: {md5}");
        let headers = ["-H", &md5, "-H", "Content-Type: application/pdf"];
        self.curl(&[arguments, &STATUS, &headers, &["-T", "file", url]].concat())
    }

    fn rules(&self) -> Vec<&'static str> {
        self.emulator.findings().iter().map(|finding| finding.rule).collect()
    }
}

/// The URL in a presign's answer.
fn url_of(answer: &Value) -> &str {
    let pointers = ["/presignedUrl/presignedUrl", "/presignedUrl"];
    let found = pointers.iter().find_map(|pointer| answer.pointer(pointer)?.as_str());
    found.unwrap_or_else(|| panic!("no URL in {answer}"))
}

#[test]
fn serves_https_on_the_port_of_http() {
    if !are_here("https", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    let trust = ["--cacert", "ca.pem"];
    let answer = scene.presign(&scene.https(), &trust);
    let url = url_of(&answer);
    assert!(url.starts_with(&format!("{}/alloy-user-files/", scene.https())), "{url}");
    assert_eq!(scene.put(url, &md5_base64(FILE), &trust), "200");
    assert_eq!(scene.emulator.files().len(), 1);
    assert_eq!(scene.rules(), [""; 0]);
    let pem = scene.curl(&[&format!("{}/_assay/ca.pem", scene.emulator.base_url())]);
    assert_eq!(String::from_utf8(pem.stdout).unwrap(), scene.emulator.ca_pem());
}

#[test]
fn strict_verifiers_take_the_certificates() {
    if !are_here("strict verification", &[OPENSSL, PYTHON]) {
        return;
    }
    let scene = Scene::new();
    for name in ["localhost", "production.runalloy.com", "alloy-user-files.s3.us-east-1.amazonaws.com"] {
        let address = format!("127.0.0.1:{}", scene.port());
        let output = Command::new("openssl")
            .current_dir(scene.folder.path())
            .args(["s_client", "-connect", &address, "-servername", name, "-verify_hostname", name])
            .args(["-CAfile", "ca.pem", "-x509_strict", "-verify_return_error", "-alpn", "h2,http/1.1"])
            .stdin(std::process::Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            text.contains("Verify return code: 0 (ok)") && text.contains("ALPN protocol: http/1.1"),
            "{text}"
        );
    }
    let script = "import ssl, http.client, sys\n\
        context = ssl.create_default_context(cafile='ca.pem')\n\
        context.verify_flags |= ssl.VERIFY_X509_STRICT\n\
        for host in ['localhost', '127.0.0.1']:\n\
        \x20   connection = http.client.HTTPSConnection(host, int(sys.argv[1]), context=context)\n\
        \x20   connection.request('GET', '/_assay/health')\n\
        \x20   assert connection.getresponse().status == 200\n";
    let mut python = Command::new("python3");
    let python = python.current_dir(scene.folder.path()).args(["-c", script, scene.port()]).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
}

#[test]
fn certificates_have_random_serials_and_short_lifetimes() {
    if !are_here("lives of certificates", &[PYTHON]) {
        return;
    }
    let script = "import socket, ssl, sys, time\n\
        context = ssl.create_default_context(cafile='ca.pem')\n\
        for name in ['localhost', 'production.runalloy.com', 's3.us-east-1.amazonaws.com']:\n\
        \x20   stream = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n\
        \x20   leaf = context.wrap_socket(stream, server_hostname=name).getpeercert()\n\
        \x20   begin, end = (ssl.cert_time_to_seconds(leaf[time]) for time in ('notBefore', 'notAfter'))\n\
        \x20   assert begin < time.time() < end and end - begin < 200 * 86400, leaf\n\
        \x20   print(leaf['serialNumber'])\n";
    let mut serials = std::collections::BTreeSet::new();
    for _ in 0..2 {
        let scene = Scene::new();
        scene.emulator.clock().advance(std::time::Duration::from_secs(300 * 86400));
        let mut python = Command::new("python3");
        let python = python.current_dir(scene.folder.path()).args(["-c", script, scene.port()]).output();
        let python = python.unwrap();
        assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
        serials.extend(String::from_utf8(python.stdout).unwrap().lines().map(str::to_owned));
    }
    assert_eq!(serials.len(), 6, "{serials:?}");
    // 64 random bits at the least, as browsers' rules have it.
    assert!(serials.iter().all(|serial| serial.len() >= 16), "{serials:?}");
}

#[test]
fn a_tls_connection_ends_with_close_notify() {
    if !are_here("the end of TLS", &[PYTHON]) {
        return;
    }
    let scene = Scene::new();
    // Without the option, Python takes an end without a word for a right one.
    let script = "import socket, ssl, sys\n\
        context = ssl.create_default_context(cafile='ca.pem')\n\
        stream = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n\
        tls = context.wrap_socket(stream, server_hostname='localhost', suppress_ragged_eofs=False)\n\
        tls.sendall(b'GET /_assay/health HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n')\n\
        while tls.recv(1024): pass\n";
    let mut python = Command::new("python3");
    let python = python.current_dir(scene.folder.path()).args(["-c", script, scene.port()]).output().unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
}

#[test]
fn an_unchanged_client_uploads_through_the_proxy() {
    if !are_here("the forward proxy", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    let through = ["--proxy", scene.emulator.proxy_url(), "--cacert", "ca.pem"];
    let answer = scene.presign("https://production.runalloy.com", &through);
    let url = url_of(&answer);
    assert!(url.starts_with(S3) && !url.contains("/alloy-user-files/"), "{url}");
    // Python's hashes are hex; S3 wants base64.
    assert_eq!(scene.put(url, &md5_hex(FILE), &through), "403");
    assert!(scene.rules().contains(&"s3-content-md5-hex"), "{:?}", scene.rules());
    assert_eq!(scene.put(url, &md5_base64(FILE), &through), "200");
    assert_eq!(scene.emulator.files()[0].content(), FILE);
}

#[test]
fn explains_a_client_that_does_not_trust_the_authority() {
    if !are_here("distrust", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    assert_eq!(scene.curl(&[&scene.https()]).status.code(), Some(60));
    eventually("the finding", || scene.rules() == ["tls-untrusted"]);
    let finding = scene.emulator.findings().remove(0);
    assert!(finding.message.contains("`localhost`"), "{}", finding.message);
    assert!(finding.hint.contains("CURL_CA_BUNDLE"), "{}", finding.hint);
    let exchange = scene.emulator.exchanges().remove(0);
    assert_eq!((exchange.operation.name(), exchange.status), ("unknown", None));
}

/// A fault, the request that it strikes, and what curl makes of it: its exit codes and the status.
struct Struck {
    kind: &'static str,
    on: &'static str,
    fields: Value,
    codes: &'static [i32],
    status: &'static str,
}

/// curl's exit codes when the connection ends: without TLS, under TLS 1.3, and during a write.
const BROKEN: &[i32] = &[35, 52, 55, 56];

fn all_kinds() -> Vec<Struck> {
    let struck = |kind, on, fields, codes, status| Struck { kind, on, fields, codes, status };
    let ok: &[i32] = &[0];
    vec![
        struck("error", "put", json!({"code": "SlowDown"}), ok, "503"),
        struck("error", "presign", json!({"status": 429}), ok, "429"),
        struck("expired", "put", json!({}), ok, "403"),
        struck("delay", "presign", json!({"duration": "20ms"}), ok, "200"),
        struck("throttle", "put", json!({"bytes_per_second": 1_000_000}), ok, "200"),
        struck("reset", "put", json!({}), BROKEN, ""),
        struck("close", "presign", json!({}), BROKEN, ""),
        struck("lost-response", "put", json!({}), BROKEN, ""),
        struck("hang", "presign", json!({"duration": "20ms"}), BROKEN, ""),
        struck("truncate", "presign", json!({"bytes": 1}), &[18, 56], "200"),
        struck("garbage", "put", json!({"status": 502}), ok, "502"),
        struck("corrupt", "put", json!({}), ok, "200"),
    ]
}

#[test]
fn every_kind_of_fault_acts_in_a_tunnel_as_in_the_clear() {
    if !are_here("faults under TLS", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    let client = Client::new(&scene.emulator, "k");
    let kinds = printed(&["faults"]);
    let known: Vec<&str> = all_kinds().iter().map(|struck| struck.kind).collect();
    let (listed, _) = kinds.split_once("\n\n").unwrap();
    for kind in listed.lines().skip(1).filter_map(|line| line.split_whitespace().next()) {
        assert!(known.contains(&kind), "{kind} has no row here");
    }
    let proxy = scene.emulator.proxy_url().to_owned();
    let ways: [(&str, Vec<&str>); 3] = [
        (scene.emulator.base_url(), vec![]),
        (&scene.https(), vec!["--cacert", "ca.pem"]),
        ("https://production.runalloy.com", vec!["--proxy", &proxy, "--cacert", "ca.pem"]),
    ];
    for struck in all_kinds() {
        for (base, trust) in &ways {
            client.control("POST", "reset", None).expect(200);
            let put = (struck.on == "put").then(|| scene.presign(base, trust));
            let mut effect = struck.fields.clone();
            effect["kind"] = struck.kind.into();
            let rule = json!({"on": struck.on, "times": 1, "effect": effect});
            client.control("POST", "faults", Some(&rule)).expect(201);
            let what = format!("{rule} at {base}");
            let ask = || match &put {
                Some(presigned) => scene.put_output(url_of(presigned), &md5_base64(FILE), trust),
                None => scene.presign_output(base, trust),
            };
            let output = ask();
            let (code, status) = (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap());
            assert!(struck.codes.contains(&code), "{what}: {code}");
            assert!(struck.status.is_empty() || status.ends_with(struck.status), "{what}: {status}");
            let hits: Vec<u64> = scene.emulator.faults().list().iter().map(|set| set.hits).collect();
            assert_eq!(hits, [1], "{what}");
            let is_stored = scene.emulator.files().iter().any(|object| object.content() == FILE);
            let stores = matches!(struck.kind, "throttle" | "lost-response");
            assert_eq!(is_stored, stores, "{what}");
            let again = ask();
            let status = String::from_utf8(again.stdout).unwrap();
            let expected = if struck.kind == "expired" { "403" } else { "200" };
            assert!(again.status.success() && status.ends_with(expected), "{what}, again: {status}");
        }
    }
}

#[test]
fn urls_expire_and_mistakes_are_found_under_the_real_names() {
    if !are_here("the forward proxy", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    let proxy = scene.emulator.proxy_url().to_owned();
    let through = ["--proxy", &proxy, "--cacert", "ca.pem"];
    let answer = scene.presign("https://production.runalloy.com", &through);
    let url = url_of(&answer);
    let with_key = [&through[..], &["-H", "Authorization: Bearer k"]].concat();
    assert_eq!(scene.put(url, &md5_base64(FILE), &with_key), "400");
    assert!(scene.rules().contains(&"key-to-s3"), "{:?}", scene.rules());
    scene.emulator.clock().advance(std::time::Duration::from_secs(3601));
    assert_eq!(scene.put(url, &md5_base64(FILE), &through), "403");
    assert!(scene.rules().contains(&"s3-url-expired"), "{:?}", scene.rules());
    let printed = scene.emulator.report().text(false, None);
    assert!(printed.contains(" PUT https://alloy-user-files.s3.us-east-1.amazonaws.com/"), "{printed}");
    let client = Client::new(&scene.emulator, "k");
    let journal = client.control("GET", "journal", None).json();
    assert_eq!(journal["exchanges"][0]["origin"], "https://production.runalloy.com");
    let har = client.control("GET", "journal.har", None).json();
    let urls: Vec<&str> = har["log"]["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["request"]["url"].as_str().unwrap())
        .collect();
    assert_eq!(urls[0], "https://production.runalloy.com/connectors/files/upload/request");
    assert!(urls[1].starts_with(S3), "{urls:?}");
}

#[test]
fn a_host_that_is_not_the_connections_is_found() {
    if !are_here("another host", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    let here = format!("::127.0.0.1:{}", scene.port());
    let s3 = "Host: alloy-user-files.s3.us-east-1.amazonaws.com";
    let here = ["--cacert", "ca.pem", "--connect-to", &here];
    scene.curl(&[&here[..], &["https://production.runalloy.com/k", "-H", s3]].concat());
    let finding = scene.emulator.findings().into_iter().find(|finding| finding.rule == "host-mismatch");
    let message = finding.unwrap().message;
    assert!(message.contains("`production.runalloy.com`") && message.contains("the TLS hello"), "{message}");
    let proxy = ["--proxy", scene.emulator.proxy_url(), "--proxytunnel"];
    scene.emulator.reset();
    scene.curl(&[&proxy[..], &["http://production.runalloy.com/k", "-H", s3]].concat());
    let finding = scene.emulator.findings().into_iter().find(|finding| finding.rule == "host-mismatch");
    assert!(finding.unwrap().message.contains("CONNECT named"));
}

#[test]
fn names_the_trust_setting_for_a_proxy_client() {
    if !are_here("distrust", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    scene.curl(&["--proxy", scene.emulator.proxy_url(), "https://production.runalloy.com/"]);
    eventually("the finding", || scene.rules() == ["tls-untrusted"]);
    let message = scene.emulator.findings().remove(0).message;
    assert!(message.starts_with("The client `curl/") && message.contains("set CURL_CA_BUNDLE"), "{message}");
    let origin = scene.emulator.exchanges().remove(0).origin;
    assert_eq!(origin.as_deref(), Some("https://production.runalloy.com"));
}

#[test]
fn an_emulator_in_rust_serves_https_and_leads_commands_to_it() {
    let emulator = start(|builder| builder.tls().intercept_host("api.example.com"));
    assert!(emulator.base_url().starts_with("https://127.0.0.1:"), "{}", emulator.base_url());
    assert!(emulator.proxy_url().starts_with("http://127.0.0.1:"), "{}", emulator.proxy_url());
    if !are_here("intercept_env", &[CURL]) {
        return;
    }
    for url in [
        "https://api.example.com/connectors/files/list",
        "https://production.runalloy.com/connectors/files/list",
    ] {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "30", "-o", "/dev/null", "-w", "%{http_code}", url]);
        curl.args(["-H", "Authorization: Bearer k", "-H", "x-api-version: 2025-09"]);
        let output = curl.envs(emulator.intercept_env()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "200", "{output:?}");
    }
    let origins: Vec<_> = emulator.exchanges().into_iter().map(|exchange| exchange.origin.unwrap()).collect();
    assert_eq!(origins, ["https://api.example.com", "https://production.runalloy.com"]);
}

/// Sends bytes, and reads one answer.
fn ask(connection: &mut Connection, bytes: &str) -> Answer {
    connection.write(bytes.as_bytes());
    connection.read_answer()
}

#[test]
fn the_proxy_refuses_other_hosts_with_a_sentence() {
    let emulator = emulator();
    for (target, telling) in [
        ("example.org:443", "--allow-host example.org"),
        ("example.org", "a host and a port"),
        ("[2001:db8::1]:443", "neither intercepted nor allowed"),
    ] {
        let answer = ask(
            &mut Connection::open(&emulator),
            &format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n"),
        );
        assert_eq!(answer.status, 502, "{target}");
        assert!(answer.text().contains(telling), "{target}: {}", answer.text());
    }
    let get = "GET http://example.org/ HTTP/1.1\r\nhost: example.org\r\n\r\n";
    assert_eq!(ask(&mut Connection::open(&emulator), get).status, 502);
    assert_eq!(emulator.exchanges().len(), 0, "they are for others");
}

#[test]
fn a_tunnel_to_the_emulator_itself_is_no_loop() {
    let emulator = emulator();
    let own = emulator.base_url().strip_prefix("http://").unwrap();
    let mut connection = Connection::open(&emulator);
    let connect = format!("CONNECT {own} HTTP/1.1\r\nhost: {own}\r\n\r\n");
    connection.write(connect.as_bytes());
    assert_eq!(connection.read_head().status, 200);
    let health = format!("GET /_assay/health HTTP/1.1\r\nhost: {own}\r\n\r\n");
    assert_eq!(ask(&mut connection, &health).status, 200);
    assert_eq!(ask(&mut connection, &connect).status, 502, "one tunnel is enough");
}

#[test]
fn the_control_api_answers_under_no_intercepted_name() {
    let emulator = emulator();
    for host in ["production.runalloy.com", "s3.us-east-1.amazonaws.com", "alloy-user-files.s3.amazonaws.com"]
    {
        for target in ["/_assay/reset", &format!("http://{host}/_assay/reset")] {
            let request = format!("POST {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: 0\r\n\r\n");
            let answer = ask(&mut Connection::open(&emulator), &request);
            assert!(matches!(answer.status, 403..=405), "{host}: {} {}", answer.status, answer.text());
            assert!(!answer.text().contains("\"status\""), "{host}: {}", answer.text());
        }
    }
}

#[test]
fn an_https_url_that_is_sent_in_the_clear_is_found() {
    let emulator = emulator();
    let request = "GET https://production.runalloy.com/connectors/files/list HTTP/1.1\r\n\
                   host: production.runalloy.com\r\nauthorization: Bearer k\r\nx-api-version: 2025-09\r\n\r\n";
    assert_eq!(ask(&mut Connection::open(&emulator), request).status, 200);
    let rules: Vec<_> = emulator.findings().iter().map(|finding| finding.rule).collect();
    assert!(rules.contains(&"https-in-clear"), "{rules:?}");
}

#[test]
fn passes_on_to_hosts_that_are_allowed() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = target.local_addr().unwrap();
    let echo = std::thread::spawn(move || {
        for _ in 0..2 {
            let (mut stream, _) = target.accept().unwrap();
            let mut bytes = [0; 64];
            let read = stream.read(&mut bytes).unwrap();
            stream.write_all(&bytes[..read]).unwrap();
        }
    });
    let program = Served::start(&mut serve(&["--allow-host", "127.0.0.*"]));
    let mut tunnel = Connection::to(&program.address);
    tunnel.write(format!("CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes());
    assert_eq!(tunnel.read_head().status, 200);
    tunnel.write(b"\x16not HTTP");
    assert_eq!(tunnel.read_to_end(), b"\x16not HTTP");
    let mut plain = Connection::to(&program.address);
    plain.write(
        format!("GET http://{address}/a?b HTTP/1.1\r\nhost: x\r\nproxy-connection: a\r\n\r\n").as_bytes(),
    );
    let passed = String::from_utf8(plain.read_to_end()).unwrap();
    let expected = format!("GET /a?b HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    assert!(expected.starts_with(&passed) || passed.starts_with(&expected), "{passed}");
    echo.join().unwrap();
    let dead =
        ask(&mut Connection::to(&program.address), &format!("CONNECT {address} HTTP/1.1\r\nhost: a\r\n\r\n"));
    assert_eq!(dead.status, 502);
    assert!(dead.text().contains("cannot connect to"), "{}", dead.text());
}

#[test]
fn a_thousand_stopped_handshakes_block_nobody() {
    alloy_assay::internals::allow_many_files();
    let served = Served::start_deaf(&mut serve(&[]));
    let stopped: Vec<Connection> = (0..1000)
        .map(|_| {
            let mut connection = Connection::to(&served.address);
            connection.write(&[0x16, 3, 1]);
            connection
        })
        .collect();
    served.client("k").upload("report.txt", FILE);
    drop(stopped);
}

#[test]
fn a_hello_that_is_none_is_found_and_closed() {
    let emulator = emulator();
    let mut none = Connection::open(&emulator);
    none.write(b"\x16\x03\x01\x00\x05hello");
    none.finish();
    none.read_to_end();
    eventually("the finding", || emulator.findings().iter().any(|finding| finding.rule == "tls-handshake"));
    Client::new(&emulator, "k").upload("report.txt", FILE);
}

#[test]
fn a_name_in_the_hello_that_is_none_is_found() {
    if !are_here("a hello with a strange name", &[OPENSSL]) {
        return;
    }
    let scene = Scene::new();
    let address = format!("127.0.0.1:{}", scene.port());
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-connect", &address, "-servername", "not a name!"]);
    openssl.stdin(std::process::Stdio::null()).output().unwrap();
    eventually("the finding", || scene.rules() == ["tls-handshake"]);
    Client::new(&scene.emulator, "k").upload("report.txt", FILE);
}

#[test]
fn a_tunnel_whose_target_is_gone_ends_and_the_next_is_served() {
    let target = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = target.local_addr().unwrap();
    let gone = std::thread::spawn(move || drop(target.accept().unwrap()));
    let program = Served::start(&mut serve(&["--allow-host", "127.0.0.1"]));
    let mut tunnel = Connection::to(&program.address);
    tunnel.write(format!("CONNECT {address} HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes());
    assert_eq!(tunnel.read_head().status, 200);
    assert_eq!(tunnel.read_to_end(), b"");
    gone.join().unwrap();
    program.client("k").upload("report.txt", FILE);
}

#[test]
fn reports_an_authority_that_cannot_sign_for_a_host() {
    let folder = tempfile::tempdir().unwrap();
    let dir = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (kept, other) = (dir("kept"), dir("other"));
    printed(&["ca", "--ca-dir", &kept]);
    printed(&["ca", "--ca-dir", &other]);
    let narrow =
        mistake(&serve(&["--ca-dir", &kept, "--intercept-host", "api.example.com"]).output().unwrap());
    assert!(narrow.contains("may not sign for `api.example.com`"), "{narrow}");
    std::fs::copy(format!("{other}/ca.pem"), format!("{kept}/ca.pem")).unwrap();
    let mixed = mistake(&serve(&["--ca-dir", &kept]).output().unwrap());
    assert!(mixed.contains("does not belong to the key in its folder"), "{mixed}");
    std::fs::write(format!("{kept}/ca.pem"), "hello").unwrap();
    let none = mistake(&serve(&["--ca-dir", &kept]).output().unwrap());
    assert!(none.contains("not a certificate in PEM"), "{none}");
    let nowhere = mistake(&assay(&["ca"]).output().unwrap());
    assert!(nowhere.contains("give --ca-dir DIR, or read /_assay/ca.pem"), "{nowhere}");
}

#[test]
fn keeps_the_authority_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("ca");
    let kept = kept.to_str().unwrap();
    let pem = printed(&["ca", "--ca-dir", kept]);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert_eq!(printed(&["ca", "--ca-dir", kept]), pem);
    let program = Served::start(&mut serve(&["--ca-dir", kept]));
    assert_eq!(program.get("/_assay/ca.pem", "").text(), pem);
    drop(program);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o700);
        let key = std::path::Path::new(kept).join("ca-key.pem");
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let printed = mistake(&assay(&["ca", "--ca-dir", kept]).output().unwrap());
        assert!(printed.contains("chmod 600"), "{printed}");
    }
}

#[test]
fn a_certificate_of_ones_own_needs_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let dir = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (one, other) = (dir("one"), dir("other"));
    let certificate = file("cert.pem", &printed(&["ca", "--ca-dir", &one]));
    printed(&["ca", "--ca-dir", &other]);
    let other_key = format!("{other}/ca-key.pem");
    let none = file("none.pem", "hello");
    for (arguments, telling) in [
        (&["--tls-cert", &certificate][..], "--tls-cert needs --tls-key"),
        (&["--tls-cert", &certificate, "--tls-key", &other_key], "not usable with the key"),
        (&["--tls-cert", &none, "--tls-key", &other_key], "no certificate in PEM"),
        (&["--tls-cert", &certificate, "--tls-key", &none], "no private key in PEM"),
    ] {
        let message = mistake(&serve(arguments).output().unwrap());
        assert!(message.contains(telling), "{message}");
    }
}
