//! `assay conformance server`: asks a server, from outside, whether it is what Alloy's file API and its S3 promise.

use std::{ffi::OsString, process::ExitCode};

use clap::{ArgMatches, Args};

use super::{
    options,
    suite::{Suite, with, with_all},
};
use crate::{
    cli::{mistake, settings},
    config::Config,
    conformance::{self, Server},
};

/// What to do where nobody says which server.
const NO_URL: &str = "there is no server to ask; give its address, as in: assay conformance server --url \
    http://127.0.0.1:7979, or in ASSAY_URL, which `assay run` sets";

/// The options: those of both suites, and whom to ask.
#[derive(Args)]
#[group(skip)]
#[command(after_help = "\
Example:  assay conformance server --url http://127.0.0.1:7979 --only 'upload/*' --cases 1000
          assay run --fail-on never -- assay conformance server

Files and users are made on the server, and deleted again; it is never reset. Checks that need more than it has are \
skipped, with the reason. How it goes is told on stderr, and what came of it on stdout.

Exit code: 0 all is well; 1 a check failed that is no advice and not known to fail, or could not be judged, or the \
list of known failures is out of date; 2 a mistake in these options, or a server that is not to be asked.")]
pub(super) struct Options {
    /// The server: the API's base
    #[arg(long, value_name = "URL", env = "ASSAY_URL", hide_env_values = true)]
    url: Option<String>,
    #[arg(
        long,
        value_name = "KEY",
        env = "ASSAY_API_KEY",
        hide_env_values = true,
        help = "An account's API key [default: that of ALLOY_API_KEY, else one that is made up]"
    )]
    api_key: Option<String>,
    /// The API key of a second account, for the checks that need one
    #[arg(long, value_name = "KEY", env = "ASSAY_OTHER_API_KEY", hide_env_values = true)]
    other_api_key: Option<String>,
    /// How long an answer may take, in real time [default: 10s]
    #[arg(
        long,
        value_name = "DURATION",
        env = "ASSAY_TIMEOUT",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    timeout: Option<String>,
    /// How many requests are sent a second at most [default: as many as it takes]
    #[arg(long, value_name = "N", env = "ASSAY_RATE", hide_env_values = true, allow_hyphen_values = true)]
    rate: Option<String>,
    /// What the names of files and users begin with [default: assay-]
    #[arg(
        long,
        value_name = "TEXT",
        env = "ASSAY_PREFIX",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    prefix: Option<String>,
    /// The server is not this machine, and that is meant
    #[arg(long, env = "ASSAY_YES_THIS_IS_REMOTE", hide_env_values = true,
          num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    yes_this_is_remote: Option<String>,
    #[command(flatten)]
    both: options::Options,
}

/// Runs the suite, or lists its checks.
pub(super) fn run(options: &Options, matches: &ArgMatches) -> ExitCode {
    let settings = settings::of(matches);
    let suite = match Suite::prepare(&settings, conformance::server_checks()) {
        Ok(suite) => suite,
        Err(told) => return mistake(told),
    };
    if options.both.list {
        return suite.list();
    }
    let server = match server(&suite.config, std::env::var_os("ALLOY_API_KEY")) {
        Ok(server) => server,
        Err(told) => return mistake(told),
    };
    suite.run(|watch| server.run_watched(watch))
}

/// The suite as it is set up, or why it cannot be. `key` is the one that the environment has under Alloy's own name.
fn server(config: &Config, key: Option<OsString>) -> Result<Server, String> {
    let settings = &config.conformance;
    let url = settings.url.as_deref().ok_or(NO_URL)?;
    let key = config.key_or(key).map_err(|error| error.to_string())?;
    let server = with_all(conformance::server(url), config);
    let server = with(server, key, Server::api_key);
    let server = with(server, settings.other_api_key.as_deref(), Server::other_api_key);
    let server = with(server, settings.rate, Server::rate);
    let server = with(server, settings.prefix.as_deref(), Server::prefix);
    Ok(if settings.yes_this_is_remote { server.remote() } else { server })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::{Origin, Setting};

    fn set(settings: &[(&str, &str)], key: Option<&str>) -> Server {
        let setting = |(name, value): &(&str, &str)| Setting {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
            origin: Origin::Flag,
        };
        let config = Config::read(&settings.iter().map(setting).collect::<Vec<_>>(), None).unwrap();
        server(&config, key.map(Into::into)).unwrap()
    }

    #[test]
    fn each_setting_reaches_the_suite() {
        let all = [
            ("url", "http://a.test"),
            ("api_key", "alice"),
            ("other_api_key", "bob"),
            ("cases", "2"),
            ("case", "0"),
            ("rate", "3"),
            ("timeout", "4s"),
            ("max_time", "5s"),
            ("seed", "6"),
            ("prefix", "ci-"),
            ("past_failures", "past.txt"),
            ("only", "upload/*"),
            ("only", "list/*"),
            ("skip", "expiry/*"),
            ("yes_this_is_remote", "yes"),
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
            .past_failures("past.txt")
            .only("upload/*")
            .only("list/*")
            .skip("expiry/*")
            .remote();
        assert_eq!(set(&all, Some("of Alloy's variable")), expected);
    }

    #[test]
    fn what_is_not_set_is_as_the_suite_has_it_but_for_the_key_of_alloys_own_variable() {
        let usual = conformance::server("http://a.test");
        assert_eq!(set(&[("url", "http://a.test")], None), usual);
        let with_key = usual.api_key("alice");
        assert_eq!(set(&[("url", "http://a.test")], Some("alice")), with_key);
    }
}
