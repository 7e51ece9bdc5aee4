//! The Rust code of `docs/`, which `docs` compares with this file line by line.

use std::time::Duration;

use alloy_assay::{Emulator, Fault, Severity};

async fn the_library() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = alloy_assay::Emulator::builder().api_key("alice-key").start().await?;
    let base_url = emulator.base_url();
    assert!(base_url.starts_with("http://127.0.0.1:"));
    emulator.clock().advance(Duration::from_secs(3601));
    assert!(emulator.objects().is_empty());
    emulator.inject(Fault::put().error("SlowDown").times(2));
    emulator.assert_clean();
    emulator.assert_clean_with(Severity::Warning);
    emulator.expect("s3-url-expired");
    Ok(())
}

#[test]
fn the_library_works_as_shown() {
    tokio::runtime::Runtime::new().unwrap().block_on(the_library()).unwrap();
}

/// Compiled only: it would run npm.
#[expect(dead_code, unused_must_use, reason = "shown in docs/https.md")]
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
