//! The initial state of an emulator: keys, users and files of its configuration.

use std::{fs, io, path::PathBuf, sync::Arc};

use jiff::Timestamp;
use md5::{Digest, Md5};

use super::SetUpError;
use crate::{
    config::{Config, ConfiguredFile, ConfiguredUser},
    files::{Initial, Object, Profile, S3Key, Stored, User},
};

/// A configured file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the file {path} that is to be there from the start cannot be read: {source}")]
pub struct UnreadableFile {
    path: PathBuf,
    source: io::Error,
}

/// Reads the configured users and files. Files are dated `now`.
pub(super) fn initial(config: &Config, now: Timestamp) -> Result<Initial, SetUpError> {
    let mut initial = Initial { keys: config.api_keys.clone(), ..Initial::default() };
    for ConfiguredUser { account, user, username, full_name } in config.users.iter().cloned() {
        let (id, profile) = (user, Profile { username, full_name });
        match account {
            Some(account) => initial.users.push(User { id, account, profile }),
            None => initial.unclaimed.push((id, profile)),
        }
    }
    for (order, file) in (1..).zip(&config.files) {
        initial.files.push(Arc::new(object(file, now, order)?));
    }
    Ok(initial)
}

fn object(file: &ConfiguredFile, now: Timestamp, order: u64) -> Result<Object, UnreadableFile> {
    let bytes = fs::read(&file.path).map_err(|source| UnreadableFile { path: file.path.clone(), source })?;
    let md5: [u8; 16] = Md5::digest(&bytes).into();
    let key = S3Key::of_file(file.user, &file.filename);
    let mut crc = crc64fast_nvme::Digest::new();
    crc.write(&bytes);
    let content = Stored {
        md5: md5.into(),
        crc64nvme: crc.sum64(),
        blob: bytes.into(),
        content_type: Some(file.mime_type.as_str().into()),
    };
    Ok(Object::new(key, content, now, order))
}
