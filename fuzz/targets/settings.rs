//! Reads `assay.toml`. A mistake must be told in one message that names the file.
#![no_main]

use std::path::Path;

use alloy_assay::internals::File;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|content: &[u8]| {
    if let Err(error) = File::parse(Path::new("assay.toml"), content.to_vec()) {
        assert!(error.to_string().contains("assay.toml"), "{error}");
    }
});
