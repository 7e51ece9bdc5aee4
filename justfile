# The everyday commands. `just` lists them.

default:
    @just --list

# Format, lints and the fast tests
check:
    cargo fmt
    cargo clippy --locked --all-targets -- -D warnings
    cargo test --locked --lib

# All fast tests
test:
    cargo test --locked

# The long tests: each defect and each broken client
test-long:
    cargo test --locked -- --ignored

# Wheel and npm tarballs for this machine, and their tests
packages:
    packages/build
    packages/test

# Everything that CI runs
ci:
    .ci/run

# Benchmarks, with their limits
bench:
    cargo bench --locked

# Rewrite golden files and generated tables
update:
    UPDATE_GOLDEN=1 cargo test --locked
