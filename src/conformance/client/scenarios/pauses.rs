//! Judges whether a client pauses between attempts, and whether the pauses grow, on a busy machine, and for clients
//! that randomise them.

use std::time::Duration;

use jiff::Timestamp;

/// A shorter median pause counts as none: a client that retries at once takes some milliseconds, and a few times as
/// long on a busy machine.
const MIN_PAUSE: Duration = Duration::from_millis(50);

/// Number of uploads without growing pauses after which the check fails.
const MAX_RUNS: u32 = 3;

/// The pauses between the attempts of some uploads that never succeed.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    runs: u32,
    /// The pause before the second attempt, the third and so on, summed over all uploads: random parts even out.
    sums: Vec<Duration>,
    /// Pauses of the last upload.
    last: Vec<Duration>,
}

impl Pauses {
    /// Adds the times of an upload's attempts, at least three.
    pub(super) fn add(&mut self, tries: &[Timestamp]) {
        self.last = tries.windows(2).map(|pair| pair[1].duration_since(pair[0]).unsigned_abs()).collect();
        if self.runs == 0 {
            self.sums.clone_from(&self.last);
        } else {
            self.sums = self.sums.iter().zip(&self.last).map(|(sum, pause)| *sum + *pause).collect();
        }
        self.runs += 1;
    }

    /// Returns whether another upload would not change the verdict.
    pub(super) fn are_certain(&self) -> bool {
        self.runs > 0 && (self.runs >= MAX_RUNS || self.are_none() || self.are_growing())
    }

    /// Returns the failure, if there is one.
    pub(super) fn trouble(&self) -> Option<String> {
        let reported: Vec<String> =
            self.last.iter().map(|pause| format!("{}ms", pause.as_millis())).collect();
        if self.are_none() {
            return Some(format!("the attempts follow each other without a pause: {}", reported.join(", ")));
        }
        let times = if self.runs == 1 { String::new() } else { format!(" in {} uploads", self.runs) };
        (!self.are_growing())
            .then(|| format!("the pauses do not grow{times}; the last: {}", reported.join(", ")))
    }

    fn are_none(&self) -> bool {
        let mut sorted = self.last.clone();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).is_none_or(|median| *median < MIN_PAUSE)
    }

    fn are_growing(&self) -> bool {
        let (first, last) = (self.sums.first(), self.sums.last());
        first.zip(last).is_some_and(|(first, last)| last.as_millis() * 10 >= first.as_millis() * 13)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the verdict on uploads with these pauses in milliseconds. Each but the last needs another upload.
    fn said(runs: &[&[u64]]) -> Option<String> {
        let mut pauses = Pauses::default();
        for run in runs {
            assert!(!pauses.are_certain(), "{pauses:?}");
            let mut tries = vec![Timestamp::UNIX_EPOCH];
            for pause in *run {
                tries.push(tries[tries.len() - 1] + Duration::from_millis(*pause));
            }
            pauses.add(&tries);
        }
        assert!(pauses.are_certain(), "{pauses:?}");
        pauses.trouble()
    }

    #[test]
    fn pauses_that_double_are_well_whatever_they_begin_with() {
        assert_eq!(said(&[&[100, 200]]), None);
        assert_eq!(said(&[&[25, 50, 100, 200]]), None);
        assert_eq!(said(&[&[1000, 2000, 4000, 8000]]), None);
    }

    #[test]
    fn pauses_by_lot_have_another_chance() {
        assert_eq!(said(&[&[900, 300, 800], &[100, 900, 1900]]), None);
        assert_eq!(said(&[&[900, 300, 800], &[800, 100, 900], &[10, 900, 3900]]), None);
    }

    #[test]
    fn reports_missing_pauses_even_on_a_busy_machine() {
        for gaps in [&[4, 3, 4][..], &[21, 30, 40, 45, 80], &[120, 8, 9, 12]] {
            let reported = said(&[gaps]).unwrap();
            assert!(reported.starts_with("the attempts follow each other without a pause"), "{reported}");
        }
    }

    #[test]
    fn always_reports_equal_pauses() {
        let reported = said(&[&[200, 200, 201], &[230, 200, 220], &[200, 201, 205]]).unwrap();
        assert_eq!(reported, "the pauses do not grow in 3 uploads; the last: 200ms, 201ms, 205ms");
    }
}
