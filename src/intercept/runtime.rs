//! Clients' runtimes: the trust setting of each, and which runtimes do not read the variables of an interception.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

/// Trust setting of a runtime.
struct Trust {
    /// Part of the `User-Agent`, in lower case.
    agents: &'static [&'static str],
    /// Fix for the user.
    how: &'static str,
}

/// The most telling first: a browser's name has many words.
const TRUST: &[Trust] = &[
    Trust { agents: &["curl/"], how: "set CURL_CA_BUNDLE, or give curl `--cacert ca.pem`" },
    Trust { agents: &["git/"], how: "set GIT_SSL_CAINFO" },
    Trust { agents: &["wget"], how: "give wget `--ca-certificate=ca.pem`" },
    Trust { agents: &["aws-cli", "boto", "aws-sdk"], how: "set AWS_CA_BUNDLE" },
    Trust { agents: &["python-requests"], how: "set REQUESTS_CA_BUNDLE" },
    Trust { agents: &["python", "aiohttp", "httpx", "urllib"], how: "set SSL_CERT_FILE" },
    Trust { agents: &["deno"], how: "set DENO_CERT" },
    Trust {
        agents: &["node", "axios", "undici", "got ", "bun/"],
        how: "set NODE_EXTRA_CA_CERTS before Node starts",
    },
    Trust { agents: &["go-http-client"], how: "set SSL_CERT_FILE (on macOS: add ca.pem to the keychain)" },
    Trust {
        agents: &["java", "okhttp", "apache-httpclient", "jersey"],
        how: "give Java a trust store with ca.pem: `-Djavax.net.ssl.trustStore=FILE` (`assay run --intercept` does so in \
              JDK_JAVA_OPTIONS)",
    },
    Trust {
        agents: &["chrome", "chromium", "headless", "electron"],
        how: "start the browser with `--ignore-certificate-errors-spki-list=HASH`, the hash of `ASSAY_CA_SPKI`",
    },
    Trust { agents: &["firefox", "safari"], how: "import ca.pem in the browser's settings" },
    Trust {
        agents: &["reqwest", "ureq", "hyper"],
        how: "build the client with the system's roots (rustls-native-certs, native-tls) in place of webpki-roots, and \
              set SSL_CERT_FILE",
    },
    Trust { agents: &["php", "guzzle", "ruby", "faraday", "perl", "dotnet"], how: "set SSL_CERT_FILE" },
];

/// Returns how a client with this `User-Agent` comes to trust a certificate.
pub(crate) fn trust(user_agent: &str) -> Option<&'static str> {
    let agent = user_agent.to_ascii_lowercase();
    TRUST.iter().find(|known| known.agents.iter().any(|part| agent.contains(part))).map(|known| known.how)
}

/// Programs that the variables of an interception do not reach, and what to set.
const UNREACHED: &[(&[&str], &str)] = &[
    (
        &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "electron"],
        "Chromium reads no proxy variables: start it with `--proxy-server=$HTTPS_PROXY \
         --ignore-certificate-errors-spki-list=$ASSAY_CA_SPKI`",
    ),
    (
        &["playwright", "cypress", "puppeteer"],
        "browsers read no proxy variables: launch them with `--proxy-server=$HTTPS_PROXY \
         --ignore-certificate-errors-spki-list=$ASSAY_CA_SPKI`",
    ),
    (
        &["firefox"],
        "Firefox reads no proxy variables: set its proxy and import the certificate in its settings",
    ),
    (
        &["gradle", "gradlew"],
        "a Gradle daemon that runs already keeps its environment: give `--no-daemon`, or put the options of \
         JDK_JAVA_OPTIONS into org.gradle.jvmargs",
    ),
    (
        &["java", "mvn", "mvnw", "sbt", "kotlin", "scala"],
        "Java reads JDK_JAVA_OPTIONS from version 9 on; with an older version, or a custom launcher, set \
         `JAVA_TOOL_OPTIONS=\"$JDK_JAVA_OPTIONS\"`. An HttpClient or SSLContext that is built with a proxy selector or \
         trust store of its own must be told of both",
    ),
    (
        &["bun", "bunx"],
        "Bun's preloads cannot redirect connections, and only its `fetch` reads HTTPS_PROXY: give other clients the \
         proxy",
    ),
    (
        &["docker", "podman", "nerdctl", "docker-compose"],
        "a container does not inherit the environment: run `assay run --intercept` inside it",
    ),
    (
        &["php"],
        "PHP's streams read no proxy variables: use curl, or give the stream context `proxy` and `cafile`",
    ),
    (
        &["wget"],
        "wget built with GnuTLS does not read SSL_CERT_FILE: give it `--ca-certificate=$SSL_CERT_FILE`",
    ),
    #[cfg(target_os = "macos")]
    (&["go"], "Go does not read SSL_CERT_FILE on macOS: add the certificate to the keychain"),
];

/// Returns why the requests of a command may not have come, where it names a program that is known for that.
pub(crate) fn unreached(words: &[OsString]) -> Option<&'static str> {
    // A shell gets a command as one argument.
    let texts: Vec<_> = words.iter().map(|word| word.to_string_lossy()).collect();
    let mut names =
        texts.iter().flat_map(|text| text.split([' ', '\n', ';', '&', '|', '(', ')'])).map(program);
    names.find_map(|name| {
        let known = UNREACHED.iter().find(|(programs, _)| programs.contains(&name.as_str()));
        known.map(|(_, advice)| *advice)
    })
}

/// Returns the name of a program in lower case, without its folder, its version and `.exe`.
fn program(word: &str) -> String {
    let name = Path::new(word).file_name().and_then(OsStr::to_str).unwrap_or_default().to_ascii_lowercase();
    let name = name.strip_suffix(".exe").or_else(|| name.strip_suffix(".bat")).unwrap_or(&name);
    name.trim_end_matches(|character: char| character.is_ascii_digit() || character == '.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_a_client_trusts_by_its_user_agent() {
        for (agent, variable) in [
            ("curl/7.88.1", "CURL_CA_BUNDLE"),
            ("Python-urllib/3.11", "SSL_CERT_FILE"),
            ("python-requests/2.34.2", "REQUESTS_CA_BUNDLE"),
            ("Go-http-client/1.1", "SSL_CERT_FILE"),
            ("Java-http-client/17.0.15", "trustStore"),
            ("Boto3/1.44.8 md/Botocore#1.44.8 lang/python#3.11.7", "AWS_CA_BUNDLE"),
            ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0 Safari/537.36", "spki-list"),
            ("node", "NODE_EXTRA_CA_CERTS"),
        ] {
            assert!(trust(agent).unwrap().contains(variable), "{agent}");
        }
        assert_eq!(trust("something else"), None);
    }

    #[test]
    fn knows_programs_that_the_variables_do_not_reach() {
        let unreached = |words: &[&str]| {
            unreached(&words.iter().map(OsString::from).collect::<Vec<_>>()).unwrap_or("none")
        };
        assert!(unreached(&["/usr/bin/chromium", "--headless"]).contains("--proxy-server"));
        assert!(unreached(&["sh", "-c", "cd app && ./gradlew test"]).contains("--no-daemon"));
        assert!(unreached(&["php8.2", "upload.php"]).contains("cafile"));
        assert_eq!(unreached(&["python3", "java.py"]), "none");
    }
}
