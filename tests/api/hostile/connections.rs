//! Many connections, and many requests on one.

use super::upload_of;
use crate::support::{
    emulator,
    program::{Served, serve},
    raw::Connection,
    request::Request,
};

#[test]
fn requests_sent_at_once_are_answered_in_their_order() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"body");
    let list = Request::alloy("GET", "/connectors/files/list");
    let mut bytes = Vec::new();
    for _ in 0..50 {
        bytes.extend(put.bytes());
        bytes.extend(list.bytes());
        bytes.extend(list.clone().without("authorization").bytes());
        bytes.extend(Request::new("GET", "/nothing").bytes());
    }
    let mut connection = Connection::open(&emulator);
    connection.write(&bytes);
    for _ in 0..50 {
        let statuses: Vec<u16> = (0..4).map(|_| connection.read_answer().status).collect();
        assert_eq!(statuses, [200, 200, 401, 404]);
    }
    assert_eq!(emulator.files().len(), 1);
}

#[test]
fn requests_behind_one_that_ends_the_connection_are_not_served() {
    let emulator = emulator();
    let put = upload_of(&emulator, b"body");
    let bad = put.clone().replace("X-Amz-Date", "x");
    let mut connection = Connection::open(&emulator);
    connection.write(&[bad.bytes(), put.bytes()].concat());
    assert_eq!(connection.read_answer().status, 400);
    assert!(connection.read_answer_or_end().is_none());
    assert!(emulator.files().is_empty());
}

#[test]
fn a_thousand_silent_connections_block_nobody() {
    allow_many_files();
    let program = Served::start(&mut serve(&["-q"]));
    let mut silent: Vec<Connection> = (0..1000).map(|_| Connection::to(&program.address)).collect();
    // Some have begun, and stopped.
    for connection in silent.iter_mut().step_by(2) {
        connection.write(b"PUT /alloy-user-files/k HTTP/1.1\r\nhost: ");
    }
    let mut client = program.client("alice-key");
    // At once, and not when the silent ones have been given up.
    let soon = Some(std::time::Duration::from_secs(10));
    client.agent = ureq::Agent::config_builder().timeout_global(soon).build().new_agent();
    let key = client.upload("report.txt", b"body");
    assert_eq!(client.list(), [key]);
    drop(silent);
}

/// This process holds the other ends.
fn allow_many_files() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let wanted = limit.maximum.map_or(4096, |maximum| maximum.min(4096));
        if limit.current.is_some_and(|current| current < wanted) {
            setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).unwrap();
        }
    }
}
