//! `aws s3 presign`, the signer that people have at hand.

use std::{fs, process::Command, time::Duration};

use alloy_assay::Emulator;
use tempfile::TempDir;

use super::{
    support::{
        Client, emulator,
        installed::{Need, Program, run},
    },
    with_credentials,
};

const AWS: Program =
    Program { runner: "aws", script: "aws s3 presign", needs: &[Need("the AWS CLI", "aws", &["--version"])] };

/// The URL that the CLI gives out for reading a key of the bucket for an hour.
#[track_caller]
fn presign(emulator: &Emulator, key: &str) -> String {
    let folder = TempDir::new().unwrap();
    // Without this the CLI's first version signs as S3 did before 2014.
    fs::write(folder.path().join("config"), "[default]\ns3 =\n    signature_version = s3v4\n").unwrap();
    let mut command = Command::new("aws");
    with_credentials(&mut command, &folder);
    command.args(["s3", "presign", &format!("s3://alloy-user-files/{key}"), "--expires-in", "3600"]);
    command.args(["--endpoint-url", emulator.base_url()]);
    run(&mut command).expect_success().trim_end().to_owned()
}

#[test]
fn what_the_aws_cli_signs_is_read_back() {
    if !AWS.is_here() {
        return;
    }
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    let key = client.upload("Über 100% (a+b).txt", b"read by the CLI's URL");
    let url = presign(&emulator, &key);
    let read = client.send("GET", &url, &[], b"").expect(200);
    assert_eq!(read.body, b"read by the CLI's URL");
    client.send("HEAD", &url, &[], b"").expect(403);

    // The CLI uses the machine's clock, as the emulator does until its clock is moved.
    emulator.clock().advance(Duration::from_secs(3601));
    let refused = client.send("GET", &url, &[], b"").expect(403);
    assert!(refused.text().contains("<Message>Request has expired</Message>"), "{}", refused.text());
}

#[test]
fn a_missing_key_gets_404_with_a_valid_signature() {
    if !AWS.is_here() {
        return;
    }
    let emulator = emulator();
    let client = Client::new(&emulator, "alice-key");
    for key in ["none", "a b+c/é//..%2F😀'~"] {
        let refused = client.send("GET", &presign(&emulator, key), &[], b"").expect(404);
        assert!(refused.text().contains("<Code>NoSuchKey</Code>"), "{}", refused.text());
    }
}
