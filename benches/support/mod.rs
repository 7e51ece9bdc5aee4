//! What the benches share: servers as processes of their own ([`server`]), the bare one that sets the limit
//! ([`bare`]), one load generator for both ([`client`]), large uploads
//! ([`large`]), and the lines that are printed ([`figures`]).
//!
//! Every figure stands beside its limit, taken in the same run on the same machine by the same generator.
//! Nothing here asserts a time: machines differ, and a busy one lies.
//!
//! To compare with a build before, keep its program: `ASSAY_BENCH_PROGRAM=before/assay cargo bench --bench
//! presign` lets it take turns with this build and prints how the two compare, and so do the small PUTs of `uploads`.
//! All else is measured of the other build in place of this one: run it once more without the variable. What to
//! look at are the ratios, and the server's own processor time a request.
#![allow(dead_code, reason = "every bench takes what it needs")]

pub mod bare;
pub mod client;
pub mod figures;
pub mod large;
pub mod server;
pub mod turns;

/// Begins a bench: `true` where it is to run.
///
/// A process that was started to be the bare server becomes it here, and never comes back. `cargo test
/// --benches` builds the benches and runs nothing.
pub fn begin(title: &str) -> bool {
    bare::serve_if_asked();
    let is_asked = std::env::args().any(|argument| argument == "--bench");
    if is_asked {
        println!("\n{title}");
    } else {
        println!("{title}: measured by `cargo bench`");
    }
    is_asked
}

/// How many rounds `ASSAY_BENCH_ROUNDS` asks for, or this many.
pub fn rounds(or: usize) -> usize {
    std::env::var("ASSAY_BENCH_ROUNDS").map_or(or, |rounds| rounds.parse().unwrap())
}

/// Runs a bench's asynchronous part. One thread: a second one would take the server's core.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
