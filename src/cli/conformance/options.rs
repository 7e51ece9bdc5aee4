//! The options that the suites of all subjects have.

use clap::Args;

/// The options, as text: `config` reads them, so that a mistake can be named by where it was made.
#[derive(Args)]
#[group(skip)]
pub(super) struct Options {
    /// What a team has set, below flags and environment [default: assay.toml, where it is there]
    #[arg(long, value_name = "FILE", env = "ASSAY_CONFIG", hide_env_values = true)]
    config: Option<String>,
    /// How many cases a check has [default: 100 for a server, 10 for a client]
    #[arg(long, value_name = "N", env = "ASSAY_CASES", hide_env_values = true, allow_hyphen_values = true)]
    cases: Option<String>,
    /// The seed of all cases [default: random, and told]
    #[arg(long, value_name = "N", env = "ASSAY_SEED", hide_env_values = true, allow_hyphen_values = true)]
    seed: Option<String>,
    /// A check that is run, or a pattern such as upload/*; repeatable [default: all]
    #[arg(long, value_name = "PATTERN", env = "ASSAY_ONLY", hide_env_values = true)]
    only: Vec<String>,
    /// A check that is not run, or a pattern; repeatable
    #[arg(long, value_name = "PATTERN", env = "ASSAY_SKIP", hide_env_values = true)]
    skip: Vec<String>,
    /// Run this one case of each check, counted from 0, as a report says
    #[arg(long, value_name = "K", env = "ASSAY_CASE", hide_env_values = true, allow_hyphen_values = true)]
    case: Option<String>,
    /// List the checks, and run none
    #[arg(long)]
    pub(super) list: bool,
    /// A list of checks that are known to fail: a pattern a line, what follows a # is a comment
    #[arg(long, value_name = "FILE", env = "ASSAY_KNOWN_FAILING", hide_env_values = true)]
    known_failing: Option<String>,
    /// Let advice fail the run, too
    #[arg(long, env = "ASSAY_STRICT", hide_env_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    strict: Option<String>,
    /// How long a check may take, in real time, the search for the smallest counterexample included
    #[arg(
        long,
        value_name = "DURATION",
        env = "ASSAY_MAX_TIME",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    max_time: Option<String>,
    /// A file of cases that failed before: they are tried first, and new ones are added
    #[arg(long, value_name = "FILE", env = "ASSAY_PAST_FAILURES", hide_env_values = true)]
    past_failures: Option<String>,
    /// A report to write: json, junit or markdown, and where to; repeatable
    #[arg(long, value_name = "KIND=FILE", env = "ASSAY_REPORT", hide_env_values = true)]
    report: Vec<String>,
}
