//! The end of a run: its exit code, and the end of the command and its children after the time limit.

use std::{fs, time::Instant};

use super::{client, command, python_is_here, run};

#[test]
fn the_commands_own_failure_is_the_runs() {
    for (script, code, reported) in [
        ("exit 7", 7, "the command ended with exit code 7"),
        ("kill -9 $$", 137, "the command was ended by signal 9"),
        ("kill -TERM $$", 143, "the command was ended by signal 15"),
        ("exit 255", 255, "the command ended with exit code 255"),
    ] {
        let (exit, _, stderr) = run(&mut command(&[], &["sh", "-c", script]));
        assert_eq!(exit, code, "{stderr}");
        assert!(stderr.contains(reported), "{stderr}");
    }
}

#[test]
fn reports_a_command_that_cannot_be_started() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("run.json");
    let report = format!("json={}", report.display());
    // Not there; there, and no program; a folder.
    for words in ["no-such-program-anywhere", "/etc/passwd", "/"] {
        let (code, stdout, reported) = run(&mut command(&["--report", &report], &[words]));
        assert_eq!((code, stdout.as_str()), (127, ""), "{reported}");
        assert!(reported.starts_with(&format!("assay: `{words}` cannot be started: ")), "{reported}");
        assert_eq!(reported.lines().count(), 1, "{reported}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn fails_from_the_chosen_severity() {
    if !python_is_here() {
        return;
    }
    for (fail_on, script, code) in [
        (None, "error()", 1),
        (None, "warning()", 0),
        (Some("error"), "warning()", 0),
        (Some("warning"), "warning()", 1),
        (Some("warning"), "right()", 0),
        (Some("never"), "error()", 0),
        (None, "error(); sys.exit(9)", 9),
    ] {
        let options = fail_on.map(|severity| ["--fail-on", severity]);
        let (exit, _, reported) = run(&mut client(options.as_ref().map_or(&[], |both| both), script));
        assert_eq!(exit, code, "{fail_on:?} {script} {reported}");
        assert_eq!(
            reported.contains("the command succeeded, but its requests broke the contract"),
            code == 1,
            "{reported}"
        );
    }
}

#[test]
fn ignored_findings_do_not_fail_the_run() {
    if !python_is_here() {
        return;
    }
    for pattern in ["contract-header", "contract-*", "*", "contract-heade?"] {
        let (code, _, reported) = run(&mut client(&["--ignore", "host", "--ignore", pattern], "error()"));
        assert_eq!(code, 0, "{reported}");
        assert!(reported.contains("assay: Not shown: 1 finding of ignored rules."), "{reported}");
    }
}

#[test]
fn expected_findings_fail_a_run_only_if_they_do_not_come() {
    if !python_is_here() {
        return;
    }
    let expect = "
import json, urllib.request
def expect(**fields):
    request = urllib.request.Request(os.environ['ASSAY_URL'] + '/_assay/expect', json.dumps(fields).encode())
    assert urllib.request.urlopen(request).status == 201
";
    for (options, script, code, says) in [
        (&[][..], "expect(rule='contract-*'); error()", 0, "assay: 1 expected finding in 1 exchange"),
        (&["-q"], "expect(rule='contract-*'); error()", 0, ""),
        (&[], "expect(rule='contract-*', times=1); error(); error()", 1, "its requests broke the contract"),
        (&[], "expect(rule='s3-url-expired'); right()", 1, "but an expected finding is missing: exit code 1"),
        (&["-q"], "expect(rule='s3-url-expired'); right()", 1, "failed: s3-url-expired"),
        (&["--fail-on", "never"], "expect(rule='s3-url-expired'); right()", 0, "1 expected finding missing"),
    ] {
        let (exit, _, reported) = run(&mut client(options, &format!("{expect}{script}")));
        assert_eq!(exit, code, "{script} {reported}");
        assert!(reported.contains(says) && (reported.is_empty() == says.is_empty()), "{script} {reported}");
    }
}

#[test]
fn shows_a_finding_with_its_place_and_fix() {
    if !python_is_here() {
        return;
    }
    let (_, _, reported) = run(&mut client(
        &["--seed", "7"],
        "right(); error(); error(); print('no line end', end='', file=sys.stderr)",
    ));
    let expected = "\
no line end
error: Required header missing or invalid (contract-header, twice)
  actual     The header `x-api-version` is required.
  where      GET /connectors/files/list, exchange 2, answered with 400
  fix        Send the header as the document describes it, once; `x-api-version` is `2025-09` today.
  source     OpenAPI document, `parameters` of the operation with `in: header`

assay: 2 errors in 3 exchanges (3 list), seed 7
assay: failed: contract-header
assay: the command succeeded, but its requests broke the contract: exit code 1 (see --fail-on)
";
    assert_eq!(reported, expected);
}

/// A survivor would keep the output open for its 40 s.
#[test]
fn timeout_ends_the_command_and_its_children() {
    let stubborn = "sh -c 'trap \"\" TERM; sleep 40' & sleep 40 & echo $$; sleep 40";
    for script in ["sleep 40 & sleep 40", stubborn] {
        let begun = Instant::now();
        let (code, _, stderr) = run(&mut command(&["--timeout", "300ms"], &["sh", "-c", script]));
        assert_eq!(code, 124, "{stderr}");
        assert!(stderr.contains("assay: the command took longer than 300ms and was ended"), "{stderr}");
        assert!(begun.elapsed().as_secs() < 30, "somebody is left");
    }
    let (code, ..) = run(&mut command(&["--timeout", "40s"], &["true"]));
    assert_eq!(code, 0);
}

/// A process that outlives the command holds an upload open. It is reported, and delays nothing for long.
#[test]
fn running_exchanges_are_part_of_the_run() {
    if !python_is_here() {
        return;
    }
    let script = "
import hashlib, json, socket
body = json.dumps({'filename': 'a.txt', 'mimeType': 'text/plain', 'md5': hashlib.md5(b'a' * 9).hexdigest()})
address = os.environ['ALLOY_BASE_URL'].removeprefix('http://')
connection = http.client.HTTPConnection(address)
connection.request('POST', '/connectors/files/upload/request', body,
    {'authorization': key, 'x-api-version': '2025-09', 'content-type': 'application/json'})
answer = json.load(connection.getresponse())['presignedUrl']
upload = socket.create_connection(tuple(address.split(':')))
path = answer['presignedUrl'].removeprefix('http://' + address)
upload.sendall(f'PUT {path} HTTP/1.1\\r\\nhost: {address}\\r\\ncontent-md5: {answer[\"md5\"]}\\r\\n'
    f'content-length: 9\\r\\nexpect: 100-continue\\r\\n\\r\\n'.encode())
assert b'100 Continue' in upload.recv(100)
upload.sendall(b'aaaa')
if os.fork() == 0:
    nowhere = os.open('/dev/null', os.O_RDWR)
    for stream in range(3): os.dup2(nowhere, stream)
    upload.recv(100)
";
    let begun = Instant::now();
    let (_, _, reported) = run(&mut client(&["--fail-on", "never"], script));
    assert!(reported.contains("2 exchanges (1 presign, 1 put)"), "{reported}");
    assert!(begun.elapsed().as_secs() < 30, "it waited for {:?}", begun.elapsed());
}
