//! `assay run --intercept`: clients with production's URL written into them, as they are.
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Output, Stdio},
};

use crate::support::{
    installed::{Need, are_here},
    program::assay,
};

const CURL: Need = Need("curl", "curl", &["--version"]);
const NODE: Need = Need("Node", "node", &["--version"]);
const PYTHON: Need = Need("Python", "python3", &["-c", "import ssl, http.client"]);

/// What each client uploads with; the MD5 of `Content-MD5` is `$MD5`, or what the answer says.
const SHELL: &str = r#"
set -e
A=$(curl -fsS https://production.runalloy.com/connectors/files/upload/request -H "Authorization: Bearer $ALLOY_API_KEY" \
  -H 'x-api-version: 2025-09' -H 'Content-Type: application/json' \
  -d '{"filename":"a.txt","mimeType":"text/plain","md5":"XUFAKrxLKna5cZ2REBfFkg=="}')
U=$(printf %s "$A" | sed 's/.*"presignedUrl":"\(https[^"]*\)".*/\1/')
printf hello | curl -fsS -T - -H "Content-Length: 5" -H 'Transfer-Encoding:' -H "Content-MD5: ${MD5:-XUFAKrxLKna5cZ2REBfFkg==}" -H 'Content-Type: text/plain' "$U"
"#;

const PYTHON_CLIENT: &str = r#"
import http.client, json, os, sys, urllib.parse, urllib.request
ask = {"filename": "a.txt", "mimeType": "text/plain", "md5": "XUFAKrxLKna5cZ2REBfFkg=="}
headers = {"Authorization": "Bearer " + os.environ["ALLOY_API_KEY"], "x-api-version": "2025-09",
           "Content-Type": "application/json"}
def send(method, url, headers, body):
    if sys.argv[1] == "urllib":
        request = urllib.request.Request(url, body, headers, method=method)
        return urllib.request.urlopen(request).read()
    url = urllib.parse.urlsplit(url)
    connection = http.client.HTTPSConnection(url.netloc)
    connection.request(method, url.path + ("?" + url.query if url.query else ""), body, headers)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body
    return body
base = "https://production.runalloy.com/connectors/files/upload/request"
text = send("POST", base, headers, json.dumps(ask).encode()).decode()
url = text[text.index('"https://') + 1:]
url = json.loads('"' + url[:url.index('"')] + '"')
assert url.startswith("https://alloy-user-files.s3.us-east-1.amazonaws.com/"), url
md5 = os.environ.get("MD5") or ask["md5"]
send("PUT", url, {"Content-MD5": md5, "Content-Type": "text/plain"}, b"hello")
"#;

const NODE_CLIENT: &str = r#"
const https = require('node:https');
const ask = { filename: 'a.txt', mimeType: 'text/plain', md5: 'XUFAKrxLKna5cZ2REBfFkg==' };
const headers = { Authorization: `Bearer ${process.env.ALLOY_API_KEY}`, 'x-api-version': '2025-09', 'Content-Type': 'application/json' };
const send = process.argv[2] === 'fetch'
  ? async (method, url, headers, body) => {
      const answer = await fetch(url, { method, headers, body });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      return text;
    }
  : (method, url, headers, body) => new Promise((resolve, reject) => {
      const request = https.request(url, { method, headers: { ...headers, 'Content-Length': Buffer.byteLength(body) } }, (answer) => {
        let text = '';
        answer.on('data', (data) => { text += data; });
        answer.on('end', () => answer.statusCode === 200 ? resolve(text) : reject(new Error(text)));
      });
      request.on('error', reject);
      request.end(body);
    });
(async () => {
  const text = await send('POST', 'https://production.runalloy.com/connectors/files/upload/request', headers, JSON.stringify(ask));
  const url = JSON.parse(text.match(/"https:[^"]*"/)[0]);
  if (!url.startsWith('https://alloy-user-files.s3.us-east-1.amazonaws.com/')) throw new Error(url);
  await send('PUT', url, { 'Content-MD5': process.env.MD5 || ask.md5, 'Content-Type': 'text/plain' }, 'hello');
})().catch((error) => { console.error(error); process.exit(1); });
"#;

/// Runs a client under `assay run --intercept`, with this `Content-MD5` where one is given.
fn run(words: &[&str], md5: Option<&str>) -> Output {
    let mut command = assay(&["run", "--intercept", "--"]);
    command.args(words);
    for name in
        ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "no_proxy", "NODE_OPTIONS"]
    {
        command.env_remove(name);
    }
    if let Some(md5) = md5 {
        command.env("MD5", md5);
    }
    command.output().unwrap()
}

/// The client passes as it is, and fails with the finding where it sends the MD5 as hex.
#[track_caller]
fn passes_and_is_found_out(words: &[&str]) {
    let good = run(words, None);
    let stderr = String::from_utf8_lossy(&good.stderr);
    assert!(good.status.success(), "{words:?}: {stderr}");
    let bad = run(words, Some("5d41402abc4b2a76b9719d911017c592"));
    let stderr = String::from_utf8_lossy(&bad.stderr);
    assert!(!bad.status.success(), "{words:?}: {stderr}");
    assert!(stderr.contains("s3-content-md5-hex"), "{words:?}: {stderr}");
}

#[test]
fn intercepts_curl() {
    if are_here("curl under --intercept", &[CURL]) {
        passes_and_is_found_out(&["sh", "-c", SHELL]);
    }
}

#[test]
fn intercepts_python() {
    if are_here("Python under --intercept", &[PYTHON]) {
        for library in ["urllib", "http.client"] {
            passes_and_is_found_out(&["python3", "-c", PYTHON_CLIENT, library]);
        }
    }
}

#[test]
fn intercepts_node() {
    if are_here("Node under --intercept", &[NODE]) {
        for library in ["fetch", "https"] {
            let folder = tempfile::tempdir().unwrap();
            let script = folder.path().join("client.cjs");
            std::fs::write(&script, NODE_CLIENT).unwrap();
            passes_and_is_found_out(&["node", script.to_str().unwrap(), library]);
        }
    }
}

#[test]
fn keeps_what_the_environment_has() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sitecustomize.py"), "import os\nos.environ['OWN'] = 'called'\n")
        .unwrap();
    std::fs::write(folder.path().join("own.cjs"), "process.env.OWN = 'called';\n").unwrap();
    let own = folder.path().to_str().unwrap();
    let run = |words: &[&str]| {
        let mut command = assay(&["run", "--intercept", "--"]);
        command.args(words).env("PYTHONPATH", own).env("NODE_OPTIONS", format!("--require={own}/own.cjs"));
        command.env("NO_PROXY", "10.0.0.1,.amazonaws.com");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    if are_here("Python's sitecustomize", &[PYTHON]) {
        assert_eq!(run(&["python3", "-c", "import os; print(os.environ['OWN'])"]), "called\n");
    }
    if are_here("Node's preload", &[NODE]) {
        assert_eq!(run(&["node", "-e", "console.log(process.env.OWN)"]), "called\n");
    }
    let told = run(&["sh", "-c", "echo $ALLOY_BASE_URL $NO_PROXY"]);
    assert_eq!(told, "https://production.runalloy.com 10.0.0.1,localhost,127.0.0.1,::1\n");
}

#[test]
fn serve_writes_what_leads_clients_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path().join("made");
    let made_name = made.to_str().unwrap();
    let words = ["serve", "--listen", "127.0.0.1:0", "--until-stdin-closes", "--intercept-dir", made_name];
    let start = || {
        let mut command = assay(&words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut emulator = start();
    let mut line = String::new();
    BufReader::new(emulator.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let variables = std::fs::read_to_string(made.join("env.json")).unwrap();
    let variables: BTreeMap<String, String> = serde_json::from_str(&variables).unwrap();
    assert_eq!(variables["ALLOY_BASE_URL"], "https://production.runalloy.com");
    assert_eq!(variables["HTTPS_PROXY"], line.trim_end().trim_start_matches("assay listening on "));
    for file in [&variables["SSL_CERT_FILE"], &variables["NODE_EXTRA_CA_CERTS"]] {
        assert!(Path::new(file).is_absolute() && Path::new(file).is_file(), "{file}");
    }

    let second = start().wait_with_output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&second.stderr).contains("name a new directory"));

    drop(emulator.stdin.take());
    assert!(emulator.wait().unwrap().success());
    assert!(!made.exists());
}
