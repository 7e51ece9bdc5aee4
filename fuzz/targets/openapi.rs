//! Reads and checks OpenAPI documents. One that has no errors must make a contract.
#![no_main]

use std::io::Write;

use alloy_assay::internals::Specs;
use libfuzzer_sys::fuzz_target;
use tempfile::NamedTempFile;

fuzz_target!(|content: &[u8]| {
    let mut file = NamedTempFile::new().expect("a temporary file");
    file.write_all(content).expect("a written file");
    if let Ok(specs) = Specs::read(&[file.path().to_owned()]) {
        let has_errors = specs.has_errors();
        assert_eq!(specs.into_contract().is_err(), has_errors);
    }
});
