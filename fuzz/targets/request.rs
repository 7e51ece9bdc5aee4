//! Sends arbitrary bytes to the socket of a running emulator: an answer or a closed connection must come, never a
//! failure of the emulator's own, and nothing may be stored.
#![no_main]

use std::{
    io::{ErrorKind, Read, Write},
    net::{Shutdown, TcpStream},
    sync::LazyLock,
    time::Duration,
};

use alloy_assay::Emulator;
use libfuzzer_sys::fuzz_target;
use tokio::runtime::Runtime;

static EMULATOR: LazyLock<(Runtime, Emulator)> = LazyLock::new(|| {
    let runtime = Runtime::new().expect("a runtime");
    let emulator = runtime.block_on(Emulator::builder().start()).expect("an emulator");
    (runtime, emulator)
});

fuzz_target!(|bytes: &[u8]| {
    let emulator = &EMULATOR.1;
    let address = emulator.base_url().trim_start_matches("http://");
    let mut connection = TcpStream::connect(address).expect("the emulator accepts connections");
    connection.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    // The emulator may have answered and closed before all of it is sent.
    let _ = connection.write_all(bytes);
    let _ = connection.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    if let Err(error) = connection.read_to_end(&mut answer) {
        assert!(!matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut), "no answer in 10 s");
    }
    for status in statuses(&answer) {
        let is_documented = ["501", "502", "505"].contains(&status);
        assert!(!status.starts_with('5') || is_documented, "status {status}");
    }
    assert!(emulator.objects().is_empty(), "an unsigned upload was stored");
});

/// Returns the status of every head in `answer`. Bodies of the emulator name no HTTP version at a line's start.
fn statuses(answer: &[u8]) -> impl Iterator<Item = &str> {
    answer
        .split(|byte| *byte == b'\n')
        .filter_map(|line| std::str::from_utf8(line.strip_prefix(b"HTTP/1.")?.get(2..5)?).ok())
}
