//! The results of a run: the findings by rule. Each broken rule is one case, however often it was broken.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{
    Drift, Ended, Report, Suite,
    suite::{Case, Detail, Form, Outcome},
    words::{counted, name, plain, times},
};
use crate::exchange::{Expectation, Finding, Operation, Place, Rule, Severity};

/// Limit on the findings of a rule in test results.
const MAX_FINDINGS: usize = 20;

/// The results of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// The version of this program.
    pub version: &'static str,
    /// The seed that repeats the run.
    pub seed: u64,
    /// When it began, in real time.
    #[serde(serialize_with = "time")]
    pub started: Timestamp,
    /// Number of exchanges.
    pub exchanges: u64,
    /// Number of exchanges of each operation, without zeros.
    pub operations: BTreeMap<Operation, u64>,
    /// Findings, oldest first.
    pub findings: Vec<Finding>,
    /// Expectations, with their number of findings. Omitted in JSON if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<Expectation>,
    /// Number of unmet expectations that a user's reset dropped.
    #[serde(skip)]
    pub expectations_dropped: u64,
    /// Number of findings beyond the limit.
    #[serde(skip)]
    pub findings_lost: u64,
    /// Number of ignored findings.
    #[serde(skip)]
    pub findings_ignored: u64,
    /// End of the command, if there was one.
    #[serde(skip)]
    pub ended: Option<Ended>,
    /// Number of full resets, which drop earlier results.
    #[serde(skip)]
    pub resets: u64,
    /// Number of resets of one user. Findings from before them are kept.
    #[serde(skip)]
    pub user_resets: u64,
    /// The exchange of the first finding of each rule, by its id, as far as it is known.
    #[serde(skip)]
    pub places: BTreeMap<u64, Place>,
    /// Differences between a proxy's upstream and the document.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub drift: Option<Drift>,
}

/// RFC 3339, as in the journal.
fn time<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{time:.3}"))
}

impl Run {
    /// Leaves out the findings of ignored rules.
    pub fn ignore(&mut self, is_ignored: impl Fn(&str) -> bool) {
        let before = self.findings.len();
        self.findings.retain(|finding| !is_ignored(finding.rule));
        self.findings_ignored += (before - self.findings.len()) as u64;
    }

    /// Returns the unexpected findings.
    fn unexpected(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| !finding.expected)
    }

    /// Returns the expectations with too few findings.
    fn missing(&self) -> impl Iterator<Item = &Expectation> {
        self.expectations.iter().filter(|expectation| !expectation.is_met())
    }

    /// Whether a request was one for an API, or was meant to be: a readiness probe of `/` is none.
    pub fn called_an_api(&self) -> bool {
        !self.findings.is_empty() || self.operations.keys().any(|one| *one != Operation::Unknown)
    }

    /// Counts the unexpected findings of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.unexpected().filter(|finding| finding.severity == severity).count()
    }

    /// Returns whether there are no unexpected findings, and no unmet expectations.
    pub fn is_clean(&self) -> bool {
        let has_drift = self.drift.as_ref().is_some_and(|drift| !drift.drift.is_empty());
        self.unexpected().next().is_none() && self.missing().next().is_none() && !has_drift
    }

    /// Returns whether there is an unexpected finding of at least this severity; `false` for `None`.
    pub fn has_findings(&self, fail_on: Option<Severity>) -> bool {
        fail_on.is_some_and(|least| self.unexpected().any(|finding| finding.severity >= least))
    }

    /// Returns whether it fails: by a finding that is at least this severe, or by one that was expected and did not
    /// come; with `None`, by nothing.
    pub fn fails(&self, fail_on: Option<Severity>) -> bool {
        self.has_findings(fail_on)
            || (fail_on.is_some() && self.missing().next().is_some())
            || self.drift.as_ref().is_some_and(Drift::is_failure)
    }

    /// Groups the findings by rule: the most severe rule first, then in order of discovery. Expected findings are
    /// separate groups.
    fn by_rule(&self) -> Vec<Vec<&Finding>> {
        let mut rules: Vec<Vec<&Finding>> = Vec::new();
        for finding in &self.findings {
            let is_same = |known: &Finding| (known.rule, known.expected) == (finding.rule, finding.expected);
            match rules.iter_mut().find(|known| is_same(known[0])) {
                Some(known) => known.push(finding),
                None => rules.push(vec![finding]),
            }
        }
        rules.sort_by_key(|rule| std::cmp::Reverse(rule[0].severity));
        rules
    }

    fn case(&self, findings: &[&Finding], fail_on: Option<Severity>) -> Case {
        let first = findings[0];
        let title = Rule::find(first.rule).map_or(first.rule, |rule| rule.title);
        if first.expected {
            return Case {
                id: first.rule.to_owned(),
                title: format!("{title} (expected)"),
                group: "assay",
                verdict: "expected",
                kind: name(first.severity),
                qualifier: times(findings.len() as u64),
                outcome: Outcome::Tolerated,
                message: plain(&first.message),
                ..Case::default()
            };
        }
        let fails = fail_on.is_some_and(|least| first.severity >= least);
        let mut all: Vec<String> = findings
            .iter()
            .take(MAX_FINDINGS)
            .map(|finding| format!("{} ({})", plain(&finding.message), self.place(finding)))
            .collect();
        if findings.len() > MAX_FINDINGS {
            all.push(format!("… and {} more", findings.len() - MAX_FINDINGS));
        }
        let tests: BTreeSet<&str> = findings.iter().filter_map(|finding| finding.label.as_deref()).collect();
        let case = Case {
            id: first.rule.to_owned(),
            title: title.to_owned(),
            group: "assay",
            verdict: name(first.severity),
            kind: name(first.severity),
            qualifier: times(findings.len() as u64),
            outcome: if fails { Outcome::Failed } else { Outcome::Tolerated },
            severity: Some(first.severity),
            message: plain(&first.message),
            details: vec![
                Detail { label: "findings", form: Form::Extra, lines: all },
                Detail::sentence("where", self.place(first)),
                Detail::sentence("fix", plain(&first.hint)),
                Detail::sentence("source", plain(&first.source)),
            ],
            took: None,
        };
        if tests.len() < 2 {
            return case;
        }
        let mut names: Vec<String> = tests.iter().take(MAX_FINDINGS).map(|test| plain(test)).collect();
        if tests.len() > MAX_FINDINGS {
            names.push(format!("… and {} more", tests.len() - MAX_FINDINGS));
        }
        case.with("tests", Form::Listing, names)
    }

    /// Returns a case for each expected rule with too few findings.
    fn missing_cases(&self, fail_on: Option<Severity>) -> Vec<Case> {
        let mut rules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for Expectation { rule, user, times: wanted, came } in self.missing() {
            let user = user.as_ref().map(|user| format!(" of user {user}")).unwrap_or_default();
            let wanted = wanted.map_or_else(|| "once or more".to_owned(), times);
            rules.entry(rule).or_default().push(format!("expected {wanted}{user}, came {}", times(*came)));
        }
        let fails = fail_on.is_some();
        let fix = "Send the request that raises it, or remove the expectation.";
        let case = |(rule, lines): (&str, Vec<String>)| Case {
            id: plain(rule),
            title: "An expected finding is missing".to_owned(),
            group: "assay",
            verdict: "missing",
            kind: "missing",
            qualifier: counted(lines.len(), "expectation"),
            outcome: if fails { Outcome::Failed } else { Outcome::Tolerated },
            severity: Some(if fails { Severity::Error } else { Severity::Note }),
            message: lines[0].clone(),
            details: vec![
                Detail { label: "expected", form: Form::Extra, lines },
                Detail::sentence("fix", fix.to_owned()),
            ],
            took: None,
        };
        rules.into_iter().map(case).collect()
    }

    /// `POST /users, exchange 4, answered with 400, in tests/test_up.py::test_retry`.
    fn place(&self, finding: &Finding) -> String {
        let exchange = finding.exchange;
        let test = finding.label.as_ref().map(|label| format!(", in {}", plain(label))).unwrap_or_default();
        let Some(Place { method, path, status }) = self.places.get(&exchange) else {
            return format!("{}, exchange {exchange}{test}", finding.operation);
        };
        let answer = status.map_or(", no answer".to_owned(), |status| format!(", answered with {status}"));
        format!("{} {}, exchange {exchange}{answer}{test}", plain(method), plain(path))
    }

    /// Formats the number of findings, as in `2 errors, 1 warning`, or says why there are no requests to check.
    fn headline(&self) -> String {
        if self.is_empty() {
            return if self.drift.is_some() {
                "no exchanges".to_owned()
            } else if self.resets == 0 {
                "no exchanges: nothing called the Alloy API or the S3 API at ALLOY_BASE_URL".to_owned()
            } else {
                "no exchanges since the emulator was last reset".to_owned()
            };
        }
        let counts =
            [Severity::Error, Severity::Warning, Severity::Note].map(|one| (self.count(one), name(one)));
        let counts = counts.into_iter().filter(|(count, _)| *count > 0);
        let counts = counts.map(|(count, name)| counted(count, name));
        let expected = self.findings.len() - self.unexpected().count();
        let expected = (expected > 0).then(|| counted(expected, "expected finding"));
        let missing = self.missing().count();
        let missing = (missing > 0).then(|| format!("{} missing", counted(missing, "expected finding")));
        let drift = self.drift.as_ref().and_then(Drift::headline);
        let counts: Vec<_> = counts.chain(expected).chain(missing).chain(drift).collect();
        if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") }
    }

    fn is_empty(&self) -> bool {
        self.exchanges == 0 && self.findings.is_empty() && self.missing().next().is_none()
    }

    /// `14 exchanges (9 presign, 5 put)`.
    fn traffic(&self) -> String {
        let exchanges = counted(self.exchanges, "exchange");
        if self.operations.is_empty() {
            return exchanges;
        }
        let each = self.operations.iter().map(|(operation, count)| format!("{count} {operation}"));
        format!("{exchanges} ({})", each.collect::<Vec<_>>().join(", "))
    }

    /// Returns the limits of the results, as sentences.
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.resets > 0 {
            let times = times(self.resets);
            notes.push(format!("The emulator was reset {times}: earlier results were dropped."));
        }
        if self.user_resets > 0 {
            let times = times(self.user_resets);
            notes.push(format!("Single users were reset {times}: what was found before that still counts."));
        }
        if self.expectations_dropped > 0 {
            let dropped = counted(self.expectations_dropped, "expectation");
            notes.push(format!("A reset of a user dropped {dropped} that was not met."));
        }
        if self.findings_ignored > 0 {
            let findings = counted(self.findings_ignored, "finding");
            notes.push(format!("Not shown: {findings} of ignored rules."));
        }
        if self.findings_lost > 0 {
            notes.push(format!("There was no room for {}.", counted(self.findings_lost, "further finding")));
        }
        notes.extend(self.drift.iter().flat_map(Drift::notes));
        notes
    }

    /// Returns a case for the command if it failed, or for a run without findings.
    fn extra(&self, headline: &str) -> Vec<Case> {
        let case = |title: &str, outcome, message| Case {
            title: title.to_owned(),
            group: "assay",
            outcome,
            message,
            ..Case::default()
        };
        let failed = self.ended.filter(|ended| !ended.is_success());
        let command = failed.map(|ended| case("the command", Outcome::Error, ended.to_string()));
        let outcome = if self.is_empty() { Outcome::Skipped } else { Outcome::Passed };
        let clean = self
            .is_clean()
            .then(|| case("nothing is wrong with the client's traffic", outcome, headline.to_owned()));
        command.into_iter().chain(clean).collect()
    }
}

/// At least this severity is a failure; with `None`, nothing is.
impl Report for Run {
    type Failing = Option<Severity>;

    fn suite(&self, fail_on: Option<Severity>) -> Suite {
        let headline = self.headline();
        let failed = self.ended.filter(|ended| !ended.is_success());
        let ended = self.ended.map(|ended| format!("; {ended}")).unwrap_or_default();
        let mut properties = vec![("exchanges", self.exchanges.to_string())];
        properties.extend(self.ended.map(|ended| ("command", ended.to_string())));
        let of_rules = self.by_rule();
        let of_rules = of_rules.iter().map(|findings| self.case(findings, fail_on));
        let of_drift = self.drift.iter().flat_map(Drift::cases);
        let cases = self.missing_cases(fail_on).into_iter().chain(of_rules).chain(of_drift).collect();
        let (traffic, seed, version) = (self.traffic(), self.seed, self.version);
        Suite {
            name: "assay".to_owned(),
            version,
            seed,
            started: self.started,
            took: None,
            unit: "rule",
            scope: if self.is_empty() { String::new() } else { format!(" in {traffic}, seed {seed}") },
            title: failed.map_or_else(|| headline.clone(), |ended| format!("{ended}; {headline}")),
            subtitle: format!("{traffic}, seed {seed}, assay {version}{ended}"),
            notes: self.notes(),
            properties,
            cases,
            extra: self.extra(&headline),
            headline,
        }
    }
}
