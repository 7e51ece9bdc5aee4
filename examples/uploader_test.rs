//! Tests an uploader of your own against an emulator in the same process.
//!
//! ```sh
//! cargo test --example uploader_test
//! ```

use std::{error::Error, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde_json::{Value, json};

/// The code under test: presigns, uploads, and gives the file's `s3Key`.
fn upload(base_url: &str, api_key: &str, filename: &str, content: &[u8]) -> Result<String, Box<dyn Error>> {
    let md5 = STANDARD.encode(Md5::digest(content));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    for attempt in 0..4 {
        std::thread::sleep(Duration::from_millis(if attempt == 0 { 0 } else { 200 << attempt }));
        let request = json!({"filename": filename, "mimeType": "text/plain", "md5": md5}).to_string();
        let mut presign = agent
            .post(format!("{base_url}/connectors/files/upload/request"))
            .header("authorization", format!("Bearer {api_key}"))
            .header("x-api-version", "2025-09")
            .header("content-type", "application/json")
            .send(request)?;
        let answer: Value = serde_json::from_str(&presign.body_mut().read_to_string()?)?;
        let presigned = &answer["presignedUrl"];
        let text = |name: &str| presigned[name].as_str().map(str::to_owned).ok_or("no presigned URL");
        if presigned["type"] == "existing" {
            return Ok(text("s3Key")?);
        }
        let put = agent
            .put(text("presignedUrl")?)
            .header("content-md5", &md5)
            .header("content-type", "text/plain")
            .send(content)?;
        match put.status().as_u16() {
            200 => return Ok(text("s3Key")?),
            // A busy S3, and a URL that has expired: with a new URL it may go.
            503 | 403 => {}
            status => return Err(format!("S3 answered {status}").into()),
        }
    }
    Err("S3 stayed busy".into())
}

fn main() -> Result<(), Box<dyn Error>> {
    let variable = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let (base_url, api_key) = (variable("ALLOY_BASE_URL")?, variable("ALLOY_API_KEY")?);
    println!("{}", upload(&base_url, &api_key, "hello.txt", b"hello")?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloy_assay::{Emulator, Fault};

    use super::*;

    /// An emulator of the test's own, on a free port.
    fn start() -> Emulator {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(Emulator::builder().api_key("alice-key").start()).unwrap()
    }

    #[test]
    fn stores_the_file_once() {
        let emulator = start();
        let key = upload(emulator.base_url(), "alice-key", "a.txt", b"hello").unwrap();
        assert_eq!(upload(emulator.base_url(), "alice-key", "a.txt", b"hello").unwrap(), key);
        assert_eq!((emulator.files()[0].s3_key(), emulator.files()[0].content()), (&*key, b"hello".to_vec()));
        emulator.assert_clean();
    }

    #[test]
    fn tries_again_while_s3_is_busy() {
        let emulator = start();
        emulator.inject(Fault::put().error("SlowDown").times(2));
        upload(emulator.base_url(), "alice-key", "a.txt", b"hello").unwrap();
        assert_eq!((emulator.files().len(), emulator.faults().list()[0].hits), (1, 2));
    }

    #[test]
    fn gives_up_where_s3_stays_busy() {
        let emulator = start();
        emulator.inject(Fault::put().error("SlowDown"));
        assert!(upload(emulator.base_url(), "alice-key", "a.txt", b"hello").is_err());
        assert!(emulator.files().is_empty());
    }
}
