//! A check: its description, and its generated cases.

use std::{fmt, future::Future, pin::Pin, rc::Rc, sync::Arc};

use proptest::{
    strategy::{SBoxedStrategy, Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::outcome::Ran;
use crate::{
    exchange::Fingerprint,
    report::{CheckResult, Level, Status},
};

/// Description of a check, for lists and reports.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// `theme/name`.
    pub id: &'static str,
    /// Required behaviour, as a sentence without a full stop.
    pub title: &'static str,
    /// Level.
    pub level: Level,
    /// The document that it comes from, with the sentence.
    pub source: &'static str,
    /// Traffic of a subject that passes.
    pub right: &'static str,
    /// Traffic of a subject that fails.
    pub wrong: &'static str,
    /// Features of the server that it uses.
    pub needs: &'static [Need],
}

/// Feature of a server, besides the file API, that a check uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Creation of users by `POST /users`.
    Users,
    /// The control API's `clock`.
    Clock,
    /// A second account, by a second API key.
    OtherAccount,
    /// Refusal of unknown API keys.
    Keys,
    /// The control API's `objects`, which return stored bytes.
    Objects,
}

/// Describes a check of the documents' requirements.
pub(crate) fn must(id: &'static str, title: &'static str, source: &'static str) -> Description {
    Description { id, title, level: Level::Must, source, right: "", wrong: "", needs: &[] }
}

/// Describes a check of advice, or of a decision where the documents are silent.
pub(crate) fn should(id: &'static str, title: &'static str, source: &'static str) -> Description {
    Description { level: Level::Should, ..must(id, title, source) }
}

impl Description {
    /// Sets the example of traffic that passes.
    pub(crate) fn right(self, right: &'static str) -> Self {
        Self { right, ..self }
    }

    /// Sets the example of traffic that fails.
    pub(crate) fn wrong(self, wrong: &'static str) -> Self {
        Self { wrong, ..self }
    }

    /// Returns the theme: the part of the id before the slash.
    pub fn theme(&self) -> &'static str {
        self.id.split('/').next().unwrap_or_default()
    }
}

impl Need {
    /// Returns its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Clock => "clock",
            Self::OtherAccount => "second account",
            Self::Keys => "keys",
            Self::Objects => "objects",
        }
    }
}

/// A check that can be run against a subject `S`.
pub(crate) struct Check<S> {
    pub(crate) description: Description,
    /// Whether no other check may run at the same time.
    pub(crate) is_alone: bool,
    /// Limit on its cases, if each takes long.
    pub(crate) max_cases: Option<u32>,
    /// Why it is not run here, and its status then.
    pub(crate) unfit: Option<(Status, String)>,
    /// Fix for a failure.
    pub(crate) advice: Option<&'static str>,
    pub(crate) cases: SBoxedStrategy<Case<S>>,
}

/// One generated case.
pub(crate) struct Case<S>(Rc<Run<S>>);

/// Function that runs a case on its subject.
type Run<S> = dyn for<'a> Fn(&'a S) -> Pin<Box<dyn Future<Output = Ran> + 'a>>;

impl<S: 'static> Check<S> {
    /// Creates a check that passes each generated input to `run`.
    pub(crate) fn new<T: Clone + fmt::Debug + 'static>(
        description: Description,
        inputs: impl Strategy<Value = T> + Send + Sync + 'static,
        run: impl AsyncFn(&S, T) -> Ran + Send + Sync + 'static,
    ) -> Self {
        let run = Arc::new(run);
        let case = move |input: T| {
            let run = Arc::clone(&run);
            Case::new(move |subject| {
                let (run, input) = (Arc::clone(&run), input.clone());
                Box::pin(async move { run(subject, input).await })
            })
        };
        let cases = inputs.prop_map(case).sboxed();
        Self { description, is_alone: false, max_cases: None, unfit: None, advice: None, cases }
    }

    /// Generates a case by its number; `None` if its strategy gives up.
    pub(crate) fn case(&self, seed: u64, number: u32) -> Option<Box<dyn ValueTree<Value = Case<S>>>> {
        self.cases.new_tree(&mut rng(seed, self.description.id, number)).ok()
    }

    /// Returns the result of the check before it is run.
    pub(crate) fn result(&self) -> CheckResult {
        let Description { id, title, level, source, .. } = self.description;
        CheckResult::new(id, title, level, source)
    }
}

impl<S> Case<S> {
    fn new(run: impl for<'a> Fn(&'a S) -> Pin<Box<dyn Future<Output = Ran> + 'a>> + 'static) -> Self {
        Self(Rc::new(run))
    }

    pub(crate) async fn run(&self, subject: &S) -> Ran {
        self.0(subject).await
    }
}

impl<S> fmt::Debug for Case<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Case")
    }
}

/// Returns the random numbers of one case of one check.
fn rng(seed: u64, check: &str, case: u32) -> TestRunner {
    let mut bytes = [0; 32];
    for (part, place) in bytes.chunks_exact_mut(8).zip(0_u8..) {
        let fingerprint = Fingerprint::default()
            .with(&seed.to_le_bytes())
            .with(check.as_bytes())
            .with(&case.to_le_bytes())
            .with(&[place]);
        part.copy_from_slice(&fingerprint.value().to_le_bytes());
    }
    let config = Config { failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

#[cfg(test)]
mod tests {
    use proptest::arbitrary::any;

    use super::*;

    #[test]
    fn a_case_is_the_same_each_time_and_unlike_all_others() {
        let drawn = |seed, check, case| any::<u64>().new_tree(&mut rng(seed, check, case)).unwrap().current();
        assert_eq!(drawn(7, "a/b", 3), drawn(7, "a/b", 3));
        for (seed, check, case) in [(8, "a/b", 3), (7, "a/c", 3), (7, "a/b", 4)] {
            assert_ne!(drawn(seed, check, case), drawn(7, "a/b", 3));
        }
    }
}
