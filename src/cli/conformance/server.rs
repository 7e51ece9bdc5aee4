//! `assay conformance server`: tests a server from outside.

use std::{ffi::OsString, process::ExitCode};

use clap::Args;

use super::suite::{Suite, SuiteOptions, with, with_all};
use crate::{
    cli::{Given, mistake},
    config::{LogSettings, ServerSettings, Settings, SuiteSettings},
    conformance::{self, Server},
};

/// Message without a server's URL.
const NO_URL: &str = "no server to test: give its URL, as in: assay conformance server --url http://127.0.0.1:7979, \
    or in ASSAY_URL, which `assay run` sets";

/// Options of both suites, and of the server.
#[derive(Args)]
#[group(skip)]
#[command(
    mut_arg("cases", |arg| arg.help("Cases per check [default: 100]")),
    mut_arg("timeout", |arg| arg.help("Time limit for one answer, in real time [default: 10s]")),
    after_help = "\
Example:  assay conformance server --url http://127.0.0.1:7979 --only 'upload/*' --cases 1000
          assay run --fail-on never -- assay conformance server

Creates files and users on the server, and deletes them again; never resets it. Skips checks that need a feature which \
the server lacks, and says so. Progress goes to stderr, the results to stdout.

Exit codes: 0 success; 1 a `must` check failed and is not in --known-failing, a check could not run, or \
--known-failing is out of date; 2 invalid options, or a server that must not be tested."
)]
pub(super) struct Options {
    #[command(flatten)]
    server: ServerSettings,
    #[command(flatten)]
    suite: SuiteSettings,
    #[command(flatten)]
    log: LogSettings,
    /// List the checks, or describe the one that --only selects
    #[arg(long)]
    list: bool,
}

impl From<Settings> for Options {
    fn from(settings: Settings) -> Self {
        Self { server: settings.server, suite: settings.suite, log: settings.log, list: false }
    }
}

impl SuiteOptions for Options {
    fn suite(&self) -> (&SuiteSettings, &LogSettings) {
        (&self.suite, &self.log)
    }
}

/// Runs the suite, or lists its checks.
pub(super) fn run(given: &Given<Options>) -> ExitCode {
    let suite = match Suite::prepare(given, conformance::server_checks()) {
        Ok(suite) => suite,
        Err(message) => return mistake(message),
    };
    if suite.options.list {
        return suite.list();
    }
    let server = match server(&suite.options, std::env::var_os("ALLOY_API_KEY")) {
        Ok(server) => server,
        Err(message) => return mistake(message),
    };
    suite.run(|watch| server.run_watched(watch))
}

/// Returns the configured suite. `key` is the environment's `ALLOY_API_KEY`.
fn server(options: &Options, key: Option<OsString>) -> Result<Server, String> {
    let settings = &options.server;
    let url = settings.url.as_ref().ok_or(NO_URL)?;
    let key = settings.key_or(key).map_err(|error| error.to_string())?;
    let server = with_all(conformance::server(&url.0), &options.suite);
    let server = with(server, key, Server::api_key);
    let server =
        with(server, settings.other_api_key.as_ref().map(|key| key.0.as_str()), Server::other_api_key);
    let server = with(server, settings.rate.as_ref().map(|rate| rate.0), Server::rate);
    let server = with(server, settings.prefix.as_ref().map(|prefix| prefix.0.as_str()), Server::prefix);
    let server = with(server, settings.ca.as_ref().map(|file| &file.0), Server::ca);
    Ok(if settings.yes_this_is_remote.0 { server.remote() } else { server })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::cli::conformance::suite::tests::given;

    fn set(settings: &[(&str, &str)], key: Option<&str>) -> Server {
        let (options, _) = given::<Options>(settings).read().unwrap();
        server(&options, key.map(Into::into)).unwrap()
    }

    #[test]
    fn each_setting_reaches_the_suite() {
        let all = [
            ("url", "http://a.test"),
            ("api-key", "alice"),
            ("other-api-key", "bob"),
            ("cases", "2"),
            ("case", "0"),
            ("rate", "3"),
            ("timeout", "4s"),
            ("max-time", "5s"),
            ("seed", "6"),
            ("prefix", "ci-"),
            ("ca", "ca.pem"),
            ("past-failures", "past.txt"),
            ("only", "upload/*"),
            ("only", "list/*"),
            ("skip", "expiry/*"),
            ("yes-this-is-remote", "yes"),
        ];
        let expected = conformance::server("http://a.test")
            .api_key("alice")
            .other_api_key("bob")
            .cases(2)
            .case(0)
            .rate(3)
            .timeout(Duration::from_secs(4))
            .max_time(Duration::from_secs(5))
            .seed(6)
            .prefix("ci-")
            .ca("ca.pem")
            .past_failures("past.txt")
            .only("upload/*")
            .only("list/*")
            .skip("expiry/*")
            .remote();
        assert_eq!(set(&all, Some("of Alloy's variable")), expected);
    }

    #[test]
    fn unset_options_keep_defaults_but_the_key_variable_counts() {
        let usual = conformance::server("http://a.test");
        assert_eq!(set(&[("url", "http://a.test")], None), usual);
        let with_key = usual.api_key("alice");
        assert_eq!(set(&[("url", "http://a.test")], Some("alice")), with_key);
    }
}
