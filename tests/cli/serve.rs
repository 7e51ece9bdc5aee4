//! The program from outside: output, options, end, and messages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test they are assertions")]

use std::{
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
};

use crate::support::{
    golden,
    program::{Served, assay, mistake, serve, words},
};

#[test]
#[cfg(unix)]
fn prints_its_address_and_ends_on_either_signal() {
    for signal in ["-INT", "-TERM"] {
        let served = Served::start(&mut serve(&["--seed", "7"]));
        assert_eq!(served.get("/_assay/health", "").status, 200);
        // A connection that is kept alive does not hold it up.
        let _idle = TcpStream::connect(&served.address).unwrap();
        let (log, code) = served.end(signal);
        assert_eq!(code, Some(0), "{log}");
        assert!(log.contains("seed=7"), "{log}");
    }
}

#[test]
#[cfg(unix)]
fn it_logs_a_line_an_exchange_as_text_or_json_without_secrets() {
    let headers = "authorization: Bearer top-secret-key\r\nx-api-version: 2025-09\r\n";
    let text = Served::start(&mut serve(&[]));
    text.get("/connectors/files/list?X-Amz-Signature=abcdef", headers);
    let (log, _) = text.end("-TERM");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains("/connectors/files/list")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("GET") && lines[0].contains(" 200 "), "{log}");
    assert!(!log.contains("top-secret-key") && !log.contains("abcdef"), "{log}");

    let json = Served::start(&mut serve(&["--log", "json"]));
    json.get("/connectors/files/list", headers);
    let (log, _) = json.end("-TERM");
    let line = log.lines().find(|line| line.contains("/connectors/files/list")).unwrap();
    let line: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((&line["operation"], &line["status"]), (&"list".into(), &200.into()));

    let quiet = Served::start(&mut serve(&["-q"]));
    quiet.get("/connectors/files/list", headers);
    assert_eq!(quiet.end("-TERM").0, "");
}

/// A call without a header, and its log line.
#[cfg(unix)]
fn log_of_a_mistake(options: &[&str]) -> String {
    let served = Served::start(&mut serve(&[options, &["--seed", "7"]].concat()));
    let headers = "authorization: Bearer any-key\r\n";
    assert_eq!(served.get("/connectors/files/list", headers).status, 400);
    served.end("-TERM").0
}

#[test]
#[cfg(unix)]
fn findings_stand_below_the_line_of_their_exchange() {
    let log = log_of_a_mistake(&[]);
    let (started, reported) = log.split_once('\n').unwrap();
    assert!(started.contains("started"), "{log}");
    let (at, rest) = reported.split_once(" GET ").unwrap();
    let duration = rest.split_once(" 400 ").unwrap().1.split(' ').next().unwrap();
    let duration = format!(" {duration} ");
    golden::check("log/finding.txt", reported, &[("At", at), ("Duration", &duration)]);
}

#[test]
#[cfg(unix)]
fn findings_are_a_list_for_tools() {
    let log = log_of_a_mistake(&["--log", "json"]);
    let mut line: serde_json::Value = serde_json::from_str(log.lines().nth(1).unwrap()).unwrap();
    assert!(line["timestamp"].is_string() && line["duration_us"].is_u64(), "{line}");
    (line["timestamp"], line["duration_us"]) = ("…".into(), 0.into());
    golden::check("log/finding.json", &serde_json::to_string_pretty(&line).unwrap(), &[]);
}

#[test]
#[cfg(unix)]
fn log_escapes_control_characters() {
    let spec = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(
        spec.path(),
        "openapi: 3.0.3
info: {title: A contract that tells what came, version: '1'}
paths:
  /connectors/files/list:
    get:
      parameters:
        - {name: kind, in: query, schema: {type: string, enum: [all]}}
      responses: {'200': {description: The files}}
",
    )
    .unwrap();
    for options in [&["--spec", spec.path().to_str().unwrap()][..], &["-v", "--log", "json"]] {
        let served = Served::start(&mut serve(options));
        let headers = "authorization: Bearer any-key\r\n";
        served.get("/connectors/files/list?kind=%1b%5B2J%0d%0a%C2%9B31m%E2%80%AE%7F", headers);
        served.get("/\u{9b}2J\u{202e}", headers);
        let log = served.into_stderr();
        let is_finding = |line: &str| line.trim_start().starts_with("error[");
        let exchanges = log
            .lines()
            .filter(|line| line.contains("GET /") && !line.contains("describes") && !is_finding(line));
        assert_eq!(exchanges.count(), 2, "{log}");
        assert!(log.contains("[contract-query]: ") || log.contains("\"contract-header\""), "{log}");
        let harmful = log.chars().find(|character| character.is_control() && *character != '\n');
        assert_eq!(harmful, None, "{log:?}");
    }
}

#[test]
fn options_come_from_the_environment_and_flags_go_first() {
    let mut command = serve(&["--api-key", "from-flag"]);
    command.env("ASSAY_API_KEY", "from-environment").env("ASSAY_CONTROL_HOST", "assay.test");
    let served = Served::start(&mut command);
    let list = |key: &str| {
        let headers = format!("authorization: Bearer {key}\r\nx-api-version: 2025-09\r\n");
        served.get("/connectors/files/list", &headers).status
    };
    assert_eq!((list("from-flag"), list("from-environment")), (200, 401));

    let mut command = serve(&[]);
    command.env("ASSAY_API_KEY", "from-environment");
    let served = Served::start(&mut command);
    let headers = "authorization: Bearer from-environment\r\nx-api-version: 2025-09\r\n";
    assert_eq!(served.get("/connectors/files/list", headers).status, 200);
    assert_eq!(served.get("/connectors/files/list", &headers.replace("from", "for")).status, 401);
}

#[test]
fn a_mistake_ends_with_2_and_one_message_that_names_it() {
    for (option, value, reported) in [
        ("--url-expiry", "soon", "invalid duration `soon`: expected one such as 300ms, 2s, 59m50s or 1h"),
        ("--dedup", "on", "invalid value `on`: expected user, key or off"),
        ("--listen", "nowhere", "invalid address `nowhere`: expected HOST:PORT"),
        ("--public-url", "assay.test", "expected one such as http://assay.test:7979"),
        ("--max-object-size", "huge", "invalid size `huge`"),
        ("--seed", "x", "invalid number `x`: expected a whole number from 0"),
        ("--region", "us east", "invalid region `us east`: expected one such as us-east-1"),
        ("--url-expiry", "-5s", "invalid duration `-5s`"),
        ("--idle-timeout", "9223372036854775807s", "is too long: at most ten years, 87600h"),
        ("--etag", "sha256", "invalid value `sha256`: expected md5 or opaque"),
        ("--log", "xml", "expected text or json"),
    ] {
        let by_flag = mistake(&assay(&["serve", option, value]).output().unwrap());
        assert!(
            by_flag.starts_with(&format!("assay: {option}: ")) && by_flag.contains(reported),
            "{by_flag}"
        );
        assert_eq!(by_flag.lines().count(), 1, "{by_flag}");
        let variable = format!("ASSAY_{}", option[2..].to_uppercase().replace('-', "_"));
        let by_variable = mistake(&assay(&["serve"]).env(&variable, value).output().unwrap());
        assert!(by_variable.starts_with(&format!("assay: {variable}: ")), "{by_variable}");
    }
    let secret = mistake(&assay(&["serve", "--api-key", "k", "--api-key", "k"]).output().unwrap());
    assert!(secret.contains("--api-key: duplicate API key; give each key once"), "{secret}");
}

#[test]
fn suggests_the_nearest_option_or_value() {
    let near = mistake(&assay(&["serve", "--url-expire", "1h"]).output().unwrap());
    assert!(near.contains("--url-expiry"), "{near}");
    let log = mistake(&assay(&["serve", "--log", "xml"]).output().unwrap());
    assert!(log.contains("--log") && log.contains("text or json"), "{log}");
    mistake(&assay(&[]).output().unwrap());
}

#[test]
fn reports_a_port_in_use() {
    let served = Served::start(&mut serve(&[]));
    let taken = mistake(&assay(&["serve", "--listen", &served.address]).output().unwrap());
    assert!(taken.contains("--listen") && taken.contains(&served.address), "{taken}");
    assert!(taken.contains("port 0 for a free one"), "{taken}");
}

#[test]
#[cfg(unix)]
fn an_unknown_variable_is_worth_a_warning_and_no_more() {
    let mut command = serve(&[]);
    command.env("ASSAY_URL_EXPIRI", "1h").env("ASSAY_URL", "http://127.0.0.1:1");
    let served = Served::start(&mut command);
    let (log, code) = served.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.contains("ignoring unknown setting `ASSAY_URL_EXPIRI`"), "{log}");
    assert!(!log.contains("`ASSAY_URL`"), "{log}");
}

#[test]
fn ends_when_standard_input_closes_on_request() {
    let mut command = serve(&["--until-stdin-closes"]);
    let mut served = Served::start(command.stdin(Stdio::piped()));
    assert_eq!(served.get("/_assay/health", "").status, 200);
    served.write_stdin(b"what is written does not end it\n");
    assert_eq!(served.get("/_assay/health", "").status, 200);
    served.close_stdin();
    assert_eq!(served.exit_code(), Some(0));
    // Without the option it goes on.
    let served = Served::start(serve(&[]).stdin(Stdio::null()));
    assert_eq!(served.get("/_assay/health", "").status, 200);
}

#[test]
fn ready_reports_whether_an_emulator_answers() {
    let served = Served::start(&mut serve(&[]));
    let url = format!("http://{}", served.address);
    for mut command in [assay(&["ready", &url]), assay(&["ready", "--wait", "5s", &format!("{url}/")])] {
        let output = command.output().unwrap();
        assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    }
    assert_eq!(assay(&["ready"]).env("ASSAY_URL", &url).status().unwrap().code(), Some(0));
    drop(served);
    let begun = std::time::Instant::now();
    let output = assay(&["ready", &url, "--wait", "300ms"]).output().unwrap();
    let reported = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{reported}");
    assert!(reported.starts_with(&format!("assay: no emulator answers at {url}: ")), "{reported}");
    assert!(begun.elapsed().as_millis() >= 300, "it did not wait");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap();
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = other.accept().unwrap();
        let _ = stream.read(&mut [0; 1000]);
        stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").unwrap();
    });
    let output = assay(&["ready", &format!("http://{address}")]).output().unwrap();
    let reported = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && reported.contains("404"), "{reported}");
    let invalid = mistake(&assay(&["ready", "127.0.0.1:7979"]).output().unwrap());
    assert!(invalid.contains("invalid URL `127.0.0.1:7979`"), "{invalid}");
    let invalid = mistake(&assay(&["ready", "--wait", "soon"]).output().unwrap());
    assert!(invalid.starts_with("assay: --wait: invalid duration `soon`"), "{invalid}");
}

#[test]
fn ready_asks_over_tls() {
    let served = Served::start(&mut serve(&[]));
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, served.get("/_assay/ca.pem", "").text()).unwrap();
    let url = format!("https://{}", served.address);
    let output = assay(&["ready", &url, "--ca", ca.to_str().unwrap()]).output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
    let output = assay(&["ready", &url]).output().unwrap();
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("is not trusted: its issuer is unknown (--ca FILE adds"), "{message}");
    let invalid = mistake(&assay(&["ready", &url, "--ca", "none.pem"]).output().unwrap());
    assert!(invalid.starts_with("assay: --ca none.pem: "), "{invalid}");
}

#[test]
fn ready_trusts_a_certificate_that_signed_itself() {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // As `openssl req -x509` makes it: an authority's.
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = file("cert.pem", &params.self_signed(&key).unwrap().pem());
    let key = file("key.pem", &key.serialize_pem());
    let served = Served::start(&mut serve(&["--tls-cert", &certificate, "--tls-key", &key]));
    let ready = |host: &str| {
        let url = format!("https://{host}:{}", served.address.rsplit(':').next().unwrap());
        let output = assay(&["ready", &url, "--ca", &certificate]).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    assert_eq!(ready("localhost"), (Some(0), String::new()));
    let (code, message) = ready("127.0.0.1");
    assert!(code == Some(1) && message.contains("it is for another host name"), "{message}");
}

#[test]
fn keys_of_a_file_are_accepted() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(file.as_file_mut(), b"alice-key\nbob-key=651eb6e11d156e0d7a42c59d\n").unwrap();
    let served = Served::start(&mut serve(&["--api-key-file", file.path().to_str().unwrap()]));
    let status = |key: &str| {
        let headers = format!("authorization: Bearer {key}\r\nx-api-version: 2025-09\r\n");
        served.get("/connectors/files/list", &headers).status
    };
    assert_eq!(["alice-key", "bob-key", "another"].map(status), [200, 200, 401]);
}

#[test]
fn long_help_is_in_groups_and_short_help_has_a_line_an_option() {
    let help = |option: &str| {
        let output = assay(&["serve", option]).env("COLUMNS", "100").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for text in [help("--help"), help("-h")] {
        let places =
            ["\nServer:", "\nContract:", "\nS3:", "\nFaults:", "\nOutput:"].map(|group| text.find(group));
        assert!(places.is_sorted() && places[0].is_some(), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
    assert!(help("-h").lines().count() < help("--help").lines().count() / 2 + 20);
    assert!(words(&help("--help")).contains("visible in the list of processes"));
}

#[test]
fn help_fits_a_screen_and_begins_with_an_example() {
    let help = assay(&["--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.starts_with("Example:"), "{help}");
    assert!(help.lines().count() <= 24 && help.lines().all(|line| line.len() <= 100), "{help}");
}

#[test]
fn help_of_serve_describes_the_journals_bounds() {
    let help = assay(&["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(help.contains("10,000 exchanges or 32 MiB") && help.contains("1,000 findings"), "{help}");
    let bounds = alloy_assay::internals::Bounds::default();
    assert_eq!((bounds.exchanges, bounds.bytes), (10_000, 32 << 20));
}

#[test]
fn completions_are_written_for_each_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = assay(&["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && script.contains("url-expiry"), "{shell}: {script}");
    }
    let unknown = mistake(&assay(&["completions", "csh"]).output().unwrap());
    assert!(unknown.contains("bash"), "{unknown}");
}

#[test]
fn a_switch_is_on_or_off_by_flag_and_by_variable() {
    let refused = mistake(&assay(&["serve"]).env("ASSAY_SIGN_CONTENT_TYPE", "maybe").output().unwrap());
    assert_eq!(refused, "assay: ASSAY_SIGN_CONTENT_TYPE: invalid value `maybe`: expected true or false\n");
    let served = Served::start(serve(&["-q=false", "--sign-content-type"]).env("ASSAY_QUIET", "1"));
    assert_eq!(served.get("/_assay/health", "").status, 200);
}

#[test]
#[cfg(unix)]
fn keeps_serving_when_its_log_is_not_read() {
    let mut command = serve(&[]);
    let served = Served::start_deaf(&mut command);
    let headers = "authorization: Bearer any-key\r\nx-api-version: 2025-09\r\n";
    for _ in 0..3 {
        assert_eq!(served.get("/connectors/files/list", headers).status, 200);
    }
}

/// Lists the files so often that the log outgrows a pipe.
#[cfg(unix)]
fn list_often(served: &Served) {
    let client = served.client("any-key");
    for _ in 0..5000 {
        client.call("GET", "/connectors/files/list", None).expect(200);
    }
}

#[test]
#[cfg(unix)]
fn serves_while_its_log_is_piped_and_unread() {
    let served = Served::start(&mut serve(&[]));
    list_often(&served);
    let (log, code) = served.end("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.lines().count() > 1000, "{log}");
}

#[test]
#[cfg(unix)]
fn ends_on_a_signal_while_its_log_is_unread() {
    let mut served = Served::start(&mut serve(&[]));
    list_often(&served);
    let status = Command::new("kill").args(["-TERM", &served.id().to_string()]).status().unwrap();
    assert!(status.success());
    // The pipe is open and full until the program has ended.
    assert_eq!(served.exit_code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn reports_a_failed_write_without_a_panic() {
    let full = || std::fs::File::options().write(true).open("/dev/full").unwrap();
    for arguments in [
        &["completions", "bash"][..],
        &["rules"],
        &["faults"],
        &["spec"],
        &["serve", "--listen", "127.0.0.1:0"],
    ] {
        let output = assay(arguments).stdout(full()).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.contains("cannot write"), "{stderr}");
    }
}
