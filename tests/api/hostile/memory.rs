//! Memory that uploads take, and give back.
#![cfg(target_os = "linux")]

use crate::support::program::{Served, serve};

/// Resident memory of a process, in MB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1000
}

#[test]
fn returns_the_memory_of_stored_files_after_a_reset() {
    let program = Served::start(&mut serve(&["-q"]));
    let client = program.client("alice-key");
    let start = resident(program.id());
    let mut file = vec![0; 1 << 20];
    for round in 0..3u8 {
        for number in 0..60u8 {
            file[..2].copy_from_slice(&[round, number]);
            client.upload(&format!("{number}.bin"), &file);
            // Of a size that allocators do not return either.
            client.upload(&format!("{number}-small.bin"), &file[..60_000]);
        }
        assert!(resident(program.id()) > start + 55, "they are in memory");
        client.control("POST", "reset", None).expect(200);
        let left = resident(program.id());
        assert!(left < start + 20, "round {round}: {left} MB after a reset, {start} MB at the start");
    }
}
