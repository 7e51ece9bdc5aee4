//! `assay run --intercept`: the environment of the command. `tests/clients/intercept` has the clients.
#![cfg(unix)]

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use crate::support::{
    installed::{Need, are_here},
    program::assay,
};

const NODE: Need = Need("Node", "node", &["--version"]);
const PYTHON: Need = Need("Python", "python3", &["-c", "import ssl, http.client"]);

#[test]
fn keeps_what_the_environment_has() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("sitecustomize.py"), "import os\nos.environ['OWN'] = 'called'\n")
        .unwrap();
    std::fs::write(folder.path().join("own.cjs"), "process.env.OWN = 'called';\n").unwrap();
    std::fs::write(folder.path().join("own.pem"), "# the user's own\n").unwrap();
    let own = folder.path().to_str().unwrap();
    let run = |words: &[&str]| {
        let mut command = assay(&["run", "--intercept", "--pass-with-no-requests", "--"]);
        command.args(words).env("PYTHONPATH", own).env("NODE_OPTIONS", format!("--require={own}/own.cjs"));
        command.env("NO_PROXY", "10.0.0.1,.amazonaws.com").env("JDK_JAVA_OPTIONS", "-Xmx64m");
        command.env("REQUESTS_CA_BUNDLE", format!("{own}/own.pem"));
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    if are_here("Python's sitecustomize", &[PYTHON]) {
        assert_eq!(run(&["python3", "-c", "import os; print(os.environ['OWN'])"]), "called\n");
    }
    if are_here("Node's preload", &[NODE]) {
        assert_eq!(run(&["node", "-e", "console.log(process.env.OWN)"]), "called\n");
    }
    let reported = run(&["sh", "-c", "echo $ALLOY_BASE_URL $NO_PROXY"]);
    assert_eq!(reported, "https://production.runalloy.com 10.0.0.1,localhost,127.0.0.1,::1\n");
    let java = run(&["sh", "-c", "echo $JDK_JAVA_OPTIONS"]);
    assert!(java.starts_with("-Xmx64m -Dhttp.proxyHost=127.0.0.1 "), "{java}");
    let bundle = run(&["sh", "-c", "cat $REQUESTS_CA_BUNDLE"]);
    assert!(bundle.contains("the user's own"), "what REQUESTS_CA_BUNDLE named is in it");
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
