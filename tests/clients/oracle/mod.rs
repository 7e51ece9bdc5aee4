//! Signatures against those who did not write this: botocore, which is beneath boto3 and the AWS CLI, and the
//! CLI itself. What they sign is good here, and what is signed here is good there. Where they are not
//! installed the tests are skipped, with a word on stderr, except where `CI=true`: there it is a failure.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "in a test they are assertions")]

mod aws;
mod issued;
mod keys;
mod presigned;
use std::{fs, process::Command, time::Duration};

use serde_json::Value;
use tempfile::TempDir;

use crate::support;
use crate::support::installed::{Need, Program, run_within};

const BOTOCORE: Program = Program {
    runner: "python3",
    script: "clients/oracle/oracle.py",
    needs: &[Need("botocore for python3", "python3", &["-c", "import botocore"])],
};

/// The emulator's default credentials.
const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// Signing a thousand URLs takes Python some seconds.
const LIMIT: Duration = Duration::from_secs(300);

/// botocore's results for each case; `oracle.py` documents their forms.
#[track_caller]
fn ask(cases: &[Value]) -> Vec<Value> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("cases.jsonl");
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    let mut command = BOTOCORE.command();
    with_credentials(command.arg(&file), &folder);
    let printed = run_within(LIMIT, &mut command).expect_success();
    let answers: Vec<Value> = printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

/// Gives AWS's tools the emulator's credentials, and hides the developer's. `folder` has their files, if any.
fn with_credentials(command: &mut Command, folder: &TempDir) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("AWS_")) {
        command.env_remove(name);
    }
    command
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
        .env("AWS_DEFAULT_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", folder.path().join("config"))
        .env("AWS_SHARED_CREDENTIALS_FILE", folder.path().join("credentials"))
        .env("AWS_EC2_METADATA_DISABLED", "true");
}
