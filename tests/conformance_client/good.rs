//! The reference clients keep every check, advice included.

use super::{
    MACHINE, not_passed, suite,
    support::{
        reference::{BASH, NODE, PYTHON, RUST, Reference},
        seeds::seeds,
    },
};

const NOTHING: [String; 0] = [];

#[track_caller]
fn passes(client: &Reference, is_persistent: bool) {
    if !client.is_here() {
        return;
    }
    let _busy = MACHINE.read();
    for seed in seeds() {
        let came_to = suite(&client.command(), is_persistent).cases(4).seed(seed).run().unwrap();
        assert_eq!(not_passed(&came_to), NOTHING, "{} with seed {seed}", client.file);
    }
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn bash_one_by_one() {
    passes(&BASH, false);
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn bash_in_one_process() {
    passes(&BASH, true);
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn node_one_by_one() {
    passes(&NODE, false);
}

#[test]
fn node_in_one_process() {
    passes(&NODE, true);
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn python_one_by_one() {
    passes(&PYTHON, false);
}

#[test]
fn python_in_one_process() {
    passes(&PYTHON, true);
}

#[test]
#[ignore = "long: run by `cargo test -- --ignored`"]
fn rust_one_by_one() {
    passes(&RUST, false);
}

#[test]
fn rust_in_one_process() {
    passes(&RUST, true);
}

#[test]
fn clients_that_are_led_to_the_emulator_pass_as_they_are() {
    for (client, is_persistent) in [(&NODE, true), (&PYTHON, true), (&PYTHON, false)] {
        if !client.is_here() {
            continue;
        }
        let _busy = MACHINE.read();
        let suite = suite(&client.command(), is_persistent).cases(1).seed(1).intercepted();
        // Connections that break, and URLs that expire, reach the client through TLS and a tunnel.
        let suite = suite.only("upload/*");
        let suite = if is_persistent { suite.only("recovery/*").skip("recovery/pauses") } else { suite };
        assert_eq!(not_passed(&suite.run().unwrap()), NOTHING, "{}", client.file);
    }
}
