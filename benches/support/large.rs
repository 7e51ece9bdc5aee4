//! Large uploads: content that is never held whole, with its digest known beforehand.

use std::{net::SocketAddr, sync::LazyLock};

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use tokio::io::AsyncWriteExt;

use super::client::{Connection, presign, put_head};

/// What every file consists of, again and again: 1 MiB that has no pattern of its own.
static CONTENT: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut word = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..(1 << 20) / 8).flat_map(|_| word()).collect()
});

/// The content that is repeated.
pub fn content() -> &'static [u8] {
    &CONTENT
}

/// A file of so many times that content.
#[derive(Clone)]
pub struct Large {
    name: String,
    length: u64,
    md5: String,
}

impl Large {
    /// A file of `length` bytes, a multiple of 1 MiB.
    pub fn new(name: &str, length: u64) -> Self {
        let mut md5 = Md5::new();
        (0..length >> 20).for_each(|_| md5.update(content()));
        Self { name: name.to_owned(), length, md5: STANDARD.encode(md5.finalize()) }
    }

    /// Asks for a URL and uploads the file to it.
    pub async fn put_to(&self, address: SocketAddr) {
        self.put_on(Connection::open(address).await, address).await;
    }

    /// As [`Self::put_to`], on a connection that is open.
    pub async fn put_on(&self, mut connection: Connection, address: SocketAddr) {
        let answer = connection.ask(&presign(address, &self.name, &self.md5)).await;
        let head = put_head(address, answer, self.length);
        let stream = connection.stream();
        stream.write_all(&head).await.unwrap();
        for _ in 0..self.length >> 20 {
            stream.write_all(content()).await.unwrap();
        }
        // TLS may still hold the last of it.
        stream.flush().await.unwrap();
        connection.answer(b"a large upload").await;
    }
}
