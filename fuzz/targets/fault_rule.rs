//! Reads a fault in each of its forms. What was read and written again must read as the same fault.
#![no_main]

use alloy_assay::{Fault, internals::parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(fault) = parse::short(text) {
        let written = fault.to_string();
        let read: Fault = written.parse().unwrap_or_else(|mistakes| panic!("{written}: {mistakes}"));
        assert_eq!(fault, read, "{written}");
    }
    for faults in [parse::json(text), parse::call(text.as_bytes())] {
        match faults {
            Ok(faults) => assert!(faults.len() <= 1000),
            Err(mistakes) => assert!(!mistakes.to_string().is_empty()),
        }
    }
});
