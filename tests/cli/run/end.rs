//! How a run ends: with which exit code, and with all that the command started where it takes too long.

use std::{fs, time::Instant};

use super::{client, command, python_is_here, run};

#[test]
fn the_commands_own_failure_is_the_runs() {
    for (script, code, told) in [
        ("exit 7", 7, "the command ended with exit code 7"),
        ("kill -9 $$", 137, "the command was ended by signal 9"),
        ("kill -TERM $$", 143, "the command was ended by signal 15"),
        ("exit 255", 255, "the command ended with exit code 255"),
    ] {
        let (exit, _, stderr) = run(&mut command(&[], &["sh", "-c", script]));
        assert_eq!(exit, code, "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
    }
}

#[test]
fn a_command_that_cannot_be_started_is_told_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("run.json");
    let report = format!("json={}", report.display());
    // Not there; there, and no program; a folder.
    for words in ["no-such-program-anywhere", "/etc/passwd", "/"] {
        let (code, stdout, told) = run(&mut command(&["--report", &report], &[words]));
        assert_eq!((code, stdout.as_str()), (127, ""), "{told}");
        assert!(told.starts_with(&format!("assay: `{words}` cannot be started: ")), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn findings_fail_a_command_that_succeeds_from_the_severity_on_that_is_chosen() {
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
        let (exit, _, told) = run(&mut client(options.as_ref().map_or(&[], |both| both), script));
        assert_eq!(exit, code, "{fail_on:?} {script} {told}");
        assert_eq!(
            told.contains("the command succeeded, but its requests broke the contract"),
            code == 1,
            "{told}"
        );
    }
}

#[test]
fn what_is_ignored_fails_nothing() {
    if !python_is_here() {
        return;
    }
    for pattern in ["contract-header", "contract-*", "*", "contract-heade?"] {
        let (code, _, told) = run(&mut client(&["--ignore", "host", "--ignore", pattern], "error()"));
        assert_eq!(code, 0, "{told}");
        assert!(told.contains("assay: Not shown: 1 finding of ignored rules."), "{told}");
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
        (
            &[],
            "expect(rule='s3-url-expired'); right()",
            1,
            "but an expected finding did not come: exit code 1",
        ),
        (&["-q"], "expect(rule='s3-url-expired'); right()", 1, "failed: s3-url-expired"),
        (&["--fail-on", "never"], "expect(rule='s3-url-expired'); right()", 0, "1 expected finding missing"),
    ] {
        let (exit, _, told) = run(&mut client(options, &format!("{expect}{script}")));
        assert_eq!(exit, code, "{script} {told}");
        assert!(told.contains(says) && (told.is_empty() == says.is_empty()), "{script} {told}");
    }
}

#[test]
fn a_finding_is_told_with_its_place_and_the_way_out() {
    if !python_is_here() {
        return;
    }
    let (_, _, told) = run(&mut client(
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
    assert_eq!(told, expected);
}

/// Whoever of them survived would keep the output open until its 40 s are over.
#[test]
fn a_command_that_takes_too_long_is_ended_with_all_that_it_started() {
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

/// A process that the command left behind holds an upload open. It is told of, and holds up nobody for long.
#[test]
fn what_is_still_under_way_at_the_end_is_part_of_the_run() {
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
    let (_, _, told) = run(&mut client(&["--fail-on", "never"], script));
    assert!(told.contains("2 exchanges (1 presign, 1 put)"), "{told}");
    assert!(begun.elapsed().as_secs() < 30, "it waited for {:?}", begun.elapsed());
}
