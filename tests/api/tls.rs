//! TLS on the same port, and the forward proxy, with real clients: curl, OpenSSL and Python.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::{Command, Output},
};

use alloy_assay::Emulator;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{
    Client, emulator, eventually,
    installed::{Need, are_here},
    md5_base64, md5_hex,
    program::{Served, assay, mistake, serve, told},
    raw::{Answer, Connection},
};

const CURL: Need = Need("curl", "curl", &["--version"]);
const OPENSSL: Need = Need("OpenSSL", "openssl", &["version"]);
const PYTHON: Need = Need("Python", "python3", &["-c", "import ssl, http.client"]);

const FILE: &[u8] = b"a report";
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

    /// Asks for a URL at `base`, with these arguments beside.
    fn presign(&self, base: &str, arguments: &[&str]) -> Value {
        let body = json!({"filename": "report.pdf", "mimeType": "application/pdf", "md5": md5_base64(FILE)});
        let (url, body) = (format!("{base}/connectors/files/upload/request"), body.to_string());
        let headers = ["-H", "Authorization: Bearer k", "-H", "x-api-version: 2025-09"];
        let json = ["-H", "Content-Type: application/json", "-d", &body, &url];
        let output = self.curl(&[arguments, &headers, &json].concat());
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// Uploads the file with curl, and gives the status.
    fn put(&self, url: &str, md5: &str, arguments: &[&str]) -> String {
        let md5 = format!("Content-MD5: {md5}");
        let headers = ["-H", &md5, "-H", "Content-Type: application/pdf"];
        let put = [&headers[..], &["-o", "answer", "-w", "%{http_code}", "-T", "file", url]].concat();
        String::from_utf8(self.curl(&[arguments, &put].concat()).stdout).unwrap()
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
    assert_eq!(scene.emulator.objects().len(), 1);
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
    assert_eq!(scene.emulator.objects()[0].bytes(), FILE);
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
    let exchange = scene.emulator.journal().remove(0);
    assert_eq!((exchange.operation.name(), exchange.status), ("unknown", None));
}

#[test]
fn faults_act_below_tls() {
    if !are_here("faults under TLS", &[CURL]) {
        return;
    }
    let scene = Scene::new();
    let client = Client::new(&scene.emulator, "k");
    let url = format!("{}/connectors/files/upload/request", scene.https());
    let body = json!({"filename": "a.txt", "mimeType": "text/plain", "md5": md5_base64(FILE)}).to_string();
    let headers = ["-H", "Authorization: Bearer k", "-H", "x-api-version: 2025-09"];
    let json = ["-H", "Content-Type: application/json", "-d", &body, &url];
    let presign = [&["--cacert", "ca.pem"][..], &headers, &json].concat();
    for (effect, codes) in [
        (json!({"kind": "reset"}), &[35, 52, 55, 56][..]),
        (json!({"kind": "close"}), &[52, 56]),
        (json!({"kind": "truncate", "bytes": 1}), &[18, 56]),
        (json!({"kind": "lost-response"}), &[52, 56]),
    ] {
        let rule = json!({"on": "presign", "times": 1, "effect": effect});
        client.control("POST", "faults", Some(&rule)).expect(201);
        let code = scene.curl(&presign).status.code().unwrap();
        assert!(codes.contains(&code), "{effect}: {code}");
        assert_eq!(scene.curl(&presign).status.code(), Some(0), "{effect}: it strikes once");
    }
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
fn a_handshake_that_stops_or_is_none_is_in_nobodys_way() {
    let emulator = emulator();
    let stopped: Vec<Connection> = (0..50)
        .map(|_| {
            let mut connection = Connection::open(&emulator);
            connection.write(&[0x16, 3, 1]);
            connection
        })
        .collect();
    let mut none = Connection::open(&emulator);
    none.write(b"\x16\x03\x01\x00\x05hello");
    none.finish();
    none.read_to_end();
    eventually("the finding", || emulator.findings().iter().any(|finding| finding.rule == "tls-handshake"));
    Client::new(&emulator, "k").upload("report.txt", FILE);
    drop(stopped);
}

#[test]
fn keeps_the_authority_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("ca");
    let kept = kept.to_str().unwrap();
    let pem = told(&["ca", "--ca-dir", kept]);
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert_eq!(told(&["ca", "--ca-dir", kept]), pem);
    let program = Served::start(&mut serve(&["--ca-dir", kept]));
    assert_eq!(program.get("/_assay/ca.pem", "").text(), pem);
    drop(program);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = std::path::Path::new(kept).join("ca-key.pem");
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
        let told = mistake(&assay(&["ca", "--ca-dir", kept]).output().unwrap());
        assert!(told.contains("chmod 600"), "{told}");
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
    let certificate = file("cert.pem", &told(&["ca", "--ca-dir", &one]));
    told(&["ca", "--ca-dir", &other]);
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
