//! The Rust code of `docs/`, which `docs` compares with this file line by line.

use std::time::Duration;

use alloy_assay::{Emulator, Fault, Severity};

use crate::support::Client;

async fn the_library() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = alloy_assay::Emulator::builder().api_key("alice-key").start().await?;
    let base_url = emulator.base_url();
    assert!(base_url.starts_with("http://127.0.0.1:"));
    emulator.clock().advance(Duration::from_secs(3601));
    assert!(emulator.files().is_empty());
    emulator.inject(Fault::put().error("SlowDown").times(2));
    emulator.faults().add("put:times=2:error=SlowDown");
    emulator.assert_clean();
    emulator.assert_clean_with(Severity::Warning);
    emulator.expect("s3-url-expired");
    Ok(())
}

#[test]
fn the_library_works_as_shown() {
    tokio::runtime::Runtime::new().unwrap().block_on(the_library()).unwrap();
}

fn lists_without_version(client: &Client) {
    let key = format!("Bearer {}", client.key);
    let url = format!("{}/connectors/files/list", client.base);
    client.send("GET", &url, &[("authorization", &key)], b"").expect(400);
}

/// Calls each verb of the table in docs/client-tests.md; `docs` holds that it does.
#[test]
fn has_the_verbs_of_the_guide() {
    let emulator = Emulator::builder().start_blocking().unwrap();
    let client = Client::new(&emulator, emulator.api_key());
    let variables = emulator.env();
    assert_eq!(variables[0], ("ALLOY_BASE_URL", emulator.base_url().to_owned()));
    emulator.label("a test");

    let time = "2026-01-02T03:04:05Z".parse().unwrap();
    emulator.clock().freeze();
    emulator.clock().set(time);
    emulator.clock().advance(Duration::from_secs(60));
    assert_eq!(emulator.clock().now(), time + Duration::from_secs(60));
    emulator.clock().unfreeze();
    emulator.clock().reset();

    let fault = emulator.faults().add("put:nth=1:error=SlowDown");
    let presigned = client.presign("a.txt", b"hello");
    client.put(&presigned, b"hello").expect(503);
    client.put(&presigned, b"hello").expect(200);
    assert_eq!(emulator.faults().list()[0].hits, 1);
    assert!(emulator.faults().remove(&fault) && !emulator.faults().remove(&fault));
    assert!(!emulator.faults().scenario("slow-down").is_empty());
    emulator.faults().clear();
    assert!(emulator.faults().list().is_empty());

    let file = &emulator.files()[0];
    assert_eq!((file.s3_key(), file.filename(), file.size()), (&*presigned.key, "a.txt", 5));
    assert_eq!(file.user_id(), Some(emulator.user_id()));
    assert_eq!(
        (emulator.content(&presigned.key), emulator.content("b.txt")),
        (Some(b"hello".to_vec()), None)
    );
    assert_eq!(emulator.wait_for_exchanges(3, Duration::from_secs(10)).len(), emulator.exchanges().len());

    emulator.expect("contract-*");
    lists_without_version(&client);
    assert!(emulator.findings().iter().all(|finding| finding.label.as_deref() == Some("a test")));
    emulator.assert_clean();
    emulator.assert_clean_with(Severity::Error);
    emulator.reset();
    assert!(emulator.files().is_empty() && emulator.findings().is_empty());
    lists_without_version(&client);
    assert_eq!(emulator.findings()[0].label.as_deref(), Some("a test"), "the label outlives a reset");
    drop(emulator);
}

/// Compiled only: it would run npm.
#[expect(dead_code, reason = "shown in docs/https.md")]
async fn with_tls() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().tls().start().await?;
    emulator.base_url();
    emulator.ca_pem();
    emulator.proxy_url();
    std::process::Command::new("npm").arg("test").envs(emulator.intercept_env()).status()?;
    Ok(())
}

struct OurFake(Emulator);

impl OurFake {
    fn url(&self) -> &str {
        self.0.base_url()
    }
}

fn start_our_fake() -> OurFake {
    OurFake(crate::support::emulator())
}

#[test]
fn our_fake_behaves() {
    let fake = start_our_fake();
    alloy_assay::conformance::server(fake.url()).cases(30).run().unwrap().assert_passes();
}
