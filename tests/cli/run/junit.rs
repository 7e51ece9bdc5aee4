//! The `JUnit` reports that runs write, before a validator.

use std::fs;

use super::{
    client, command, python_is_here, run,
    support::junit::{assert_valid, validator_is_here, violations},
};

/// The `JUnit` report of a run with these options, and a client that does this.
fn report(options: &[&str], script: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("assay.xml");
    let option = format!("junit={}", path.display());
    run(&mut client(&[options, &["--report", &option]].concat(), script));
    fs::read_to_string(path).unwrap()
}

#[test]
fn the_report_of_every_kind_of_run_is_valid() {
    if !python_is_here() {
        return;
    }
    for (options, script, has) in [
        (&[][..], "right()", "name=\"nothing is wrong"),
        (&[], "error(); error(); warning()", "<failure "),
        (&["--fail-on", "never"], "error(); warning()", "<skipped "),
        (&[], "right(); sys.exit(7)", "<error message=\"the command ended with exit code 7\""),
        (&[], "error(); os.kill(os.getpid(), 9)", "ended by signal 9"),
        (&["--timeout", "1s"], "import time; time.sleep(40)", "took longer than 1s"),
        (&[], "", "<skipped message=\"no exchanges"),
        (
            &["--ignore", "*"],
            "error(); call('POST', '/_assay/reset'); error()",
            "The emulator was reset once",
        ),
        // Findings from before a reset of one user count.
        (&[], "error(); call('POST', '/_assay/reset?user=' + os.environ['ALLOY_USER_ID'])", "<failure "),
    ] {
        let report = report(options, script);
        assert!(report.contains(has), "{script}: {report}");
        assert_valid(&report);
    }
}

#[test]
fn the_report_of_the_control_side_is_valid() {
    if !python_is_here() {
        return;
    }
    let script = "error()
import urllib.request
print(urllib.request.urlopen(os.environ['ASSAY_URL'] + '/_assay/report.xml').read().decode())";
    let (_, report, _) = run(&mut client(&["-q"], script));
    assert!(report.contains("<failure "), "{report}");
    assert_valid(report.trim_end());
}

#[test]
fn the_schema_refuses_unknown_attributes_and_wrong_nesting() {
    if !validator_is_here() {
        return;
    }
    let (_, report, _) = run(&mut command(&["-q", "--report", "junit=/dev/stdout"], &["false"]));
    assert_eq!(violations(&report), "");
    let (counts, out) = (" errors=\"1\" failures=\"0\" timestamp", "<system-out>");
    for (part, instead, reported) in [
        ("<testcase ", "<testcase flaky=\"no\" ", "'flaky' is not allowed"),
        ("<testsuite ", "<testsuite skips=\"1\" ", "'skips' is not allowed"),
        ("<testsuites ", "<testsuites skipped=\"1\" ", "'skipped' is not allowed"),
        ("<testcase name=\"the command\"", "<testcase", "'name' is required"),
        ("<property name=\"version\"", "<property", "'name' is required"),
        (counts, " failures=\"0\" timestamp", "'errors' is required"),
        (counts, " errors=\"one\" failures=\"0\" timestamp", "'one' is not a valid value"),
        ("timestamp=\"", "timestamp=\"on ", "'timestamp': 'on "),
        ("<error ", "<failure/><error ", "Element 'error'"),
        (out, "<testcase name=\"a\"><error><failure/></error></testcase><system-out>", "Element 'error'"),
        (out, "<testcase name=\"a\"><testcase name=\"b\"/></testcase><system-out>", "Element 'testcase'"),
        (out, "<properties/><system-out>", "Element 'properties'"),
        (out, "<failure/><system-out>", "Element 'failure'"),
        (out, "<system-err/><system-out>", "Element 'system-out'"),
        (out, "<system-out/><testcase name=\"a\"/><system-out>", "Element 'testcase'"),
        (out, "<log/><system-out>", "Element 'log'"),
        (out, "text<system-out>", "Character content"),
    ] {
        assert!(report.contains(part), "no {part} in {report}");
        let said = violations(&report.replacen(part, instead, 1));
        assert!(said.contains(reported), "{instead}: {said}");
    }
}
