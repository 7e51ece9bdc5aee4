//! Waiting for the emulator's time, for delays and durations of rules.

use std::{sync::Arc, time::Duration};

use super::{Clock, real_now};

impl Clock {
    /// Time that has passed on the emulator's clock since its creation. Moving the clock forward adds to it; moving it
    /// back subtracts nothing.
    pub fn progress(&self) -> Duration {
        self.lock().progress(real_now())
    }

    /// Returns the part of [`Clock::progress`] that was moves: advances and changes forward.
    pub fn moved(&self) -> Duration {
        self.lock().moved
    }

    /// Ends once so much of the emulator's time has passed: time that runs counts from now on, moves of the clock
    /// since [`Clock::moved`] was this.
    pub fn sleep_since(
        self: Arc<Self>,
        moved: Duration,
        duration: Duration,
    ) -> impl Future<Output = ()> + Send + 'static {
        let due = {
            let mut hand = self.lock();
            let left = duration.saturating_sub(hand.moved.saturating_sub(moved));
            hand.progress(real_now()).saturating_add(left)
        };
        async move { self.sleep_until(due).await }
    }

    /// Ends once the clock's [`Clock::progress`] has come so far.
    ///
    /// Real time is waited for while the clock runs; whatever is done to the clock is seen at once.
    pub async fn sleep_until(&self, progress: Duration) {
        loop {
            // Made before the look at the clock, so that no change is missed between the two.
            let changed = self.changed.notified();
            let (now, is_frozen) = {
                let mut hand = self.lock();
                (hand.progress(real_now()), hand.pointer.is_frozen())
            };
            let Some(left) = progress.checked_sub(now).filter(|left| !left.is_zero()) else { return };
            tokio::select! {
                () = changed => {}
                () = pass(left), if !is_frozen => {}
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a clock that runs is waited for in real time")]
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

#[cfg(test)]
mod tests {
    use std::{
        pin::{Pin, pin},
        sync::atomic::{AtomicUsize, Ordering},
        task::{Context, Poll, Wake, Waker},
    };

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// Ends once so much time has passed from now on.
    fn sleep(clock: &Arc<Clock>, duration: Duration) -> impl Future<Output = ()> + Send + use<> {
        Arc::clone(clock).sleep_since(clock.moved(), duration)
    }

    fn frozen() -> Arc<Clock> {
        let clock = Arc::new(Clock::new());
        clock.freeze();
        clock.set("2026-01-02T03:04:05Z".parse().unwrap()).unwrap();
        clock
    }

    fn set(clock: &Clock, to: &str) {
        clock.set(to.parse().unwrap()).unwrap();
    }

    /// Counts its wakes.
    #[derive(Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Woken {
        fn times(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn is_over(future: Pin<&mut impl Future<Output = ()>>) -> bool {
        future.poll(&mut Context::from_waker(Waker::noop())) == Poll::Ready(())
    }

    #[test]
    fn an_advance_ends_a_wait_when_it_is_due() {
        let clock = frozen();
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let cx = &mut Context::from_waker(&waker);
        let (mut first, mut second) = (pin!(sleep(&clock, HOUR)), pin!(sleep(&clock, 2 * HOUR)));
        assert!(first.as_mut().poll(cx).is_pending() && second.as_mut().poll(cx).is_pending());
        clock.advance(Duration::new(3599, 999_999_999)).unwrap();
        assert_eq!(woken.times(), 2);
        assert!(first.as_mut().poll(cx).is_pending() && second.as_mut().poll(cx).is_pending());
        clock.advance(Duration::from_nanos(1)).unwrap();
        assert_eq!(woken.times(), 4);
        assert!(first.as_mut().poll(cx).is_ready() && second.as_mut().poll(cx).is_pending());
        clock.advance(HOUR).unwrap();
        assert_eq!(woken.times(), 5);
        assert!(second.as_mut().poll(cx).is_ready());
    }

    #[test]
    fn a_wait_starts_when_it_is_requested() {
        let clock = frozen();
        let mut wait = pin!(sleep(&clock, HOUR));
        clock.advance(HOUR).unwrap();
        assert!(is_over(wait.as_mut()));
        assert!(is_over(pin!(sleep(&clock, Duration::ZERO))));
        assert!(is_over(pin!(clock.sleep_until(clock.progress()))));
    }

    #[test]
    fn a_wait_counts_the_moves_since_before_it() {
        let clock = frozen();
        let moved = clock.moved();
        clock.advance(HOUR).unwrap();
        let mut wait = pin!(Arc::clone(&clock).sleep_since(moved, 2 * HOUR));
        assert!(!is_over(wait.as_mut()));
        clock.advance(HOUR).unwrap();
        assert!(is_over(wait.as_mut()));
        assert!(is_over(pin!(Arc::clone(&clock).sleep_since(moved, HOUR))));
    }

    #[test]
    fn moves_ahead_are_counted_and_no_others() {
        let clock = frozen();
        let before = clock.moved();
        clock.advance(HOUR).unwrap();
        set(&clock, "2026-01-02T02:00:00Z");
        set(&clock, "2026-01-02T03:00:00Z");
        clock.unfreeze();
        assert_eq!(clock.moved().saturating_sub(before), 2 * HOUR);
    }

    #[test]
    fn set_forward_ends_a_wait_and_set_back_does_not() {
        let clock = frozen();
        let begin = clock.progress();
        let mut wait = pin!(sleep(&clock, HOUR));
        set(&clock, "2026-01-02T03:34:05Z");
        set(&clock, "2026-01-01T00:00:00Z");
        assert!(!is_over(wait.as_mut()));
        assert_eq!(clock.progress(), begin + HOUR / 2);
        set(&clock, "2026-01-01T00:29:59Z");
        assert!(!is_over(wait.as_mut()));
        set(&clock, "2026-01-01T00:30:00Z");
        assert!(is_over(wait.as_mut()));
        assert_eq!(clock.progress(), begin + HOUR);
    }

    #[test]
    fn a_reset_to_a_later_time_ends_a_wait() {
        let clock = frozen();
        set(&clock, "2001-01-01T00:00:00Z");
        let mut wait = pin!(sleep(&clock, HOUR));
        clock.reset();
        assert!(is_over(wait.as_mut()));
        clock.freeze();
        set(&clock, "2500-01-01T00:00:00Z");
        let before = clock.progress();
        clock.reset();
        assert!(clock.progress() < before + HOUR, "only real time has passed");
    }

    #[test]
    fn a_refused_change_is_none() {
        let clock = frozen();
        let before = clock.progress();
        clock.advance(Duration::MAX).unwrap_err();
        clock.set(jiff::Timestamp::MAX).unwrap_err();
        assert_eq!(clock.progress(), before);
    }

    #[test]
    fn only_a_running_clock_goes_on_by_itself() {
        let clock = frozen();
        let before = clock.progress();
        assert_eq!(clock.progress(), before);
        clock.unfreeze();
        while clock.progress() == before {}
        assert!(clock.progress() > before);
    }

    #[tokio::test]
    async fn a_thawed_clock_goes_on_with_a_wait() {
        let clock = frozen();
        let wait = tokio::spawn(sleep(&clock, Duration::from_millis(1)));
        tokio::task::yield_now().await;
        assert!(!wait.is_finished());
        clock.unfreeze();
        wait.await.unwrap();
    }

    #[tokio::test]
    async fn a_frozen_clock_holds_a_wait() {
        let clock = Arc::new(Clock::new());
        let wait = tokio::spawn(sleep(&clock, HOUR));
        tokio::task::yield_now().await;
        clock.freeze();
        tokio::task::yield_now().await;
        assert!(!wait.is_finished());
        clock.advance(HOUR).unwrap();
        wait.await.unwrap();
    }

    #[test]
    fn a_wait_without_end_is_fine() {
        let clock = frozen();
        clock.advance(HOUR).unwrap();
        let mut wait = pin!(sleep(&clock, Duration::MAX));
        assert!(!is_over(wait.as_mut()));
        clock.set(Clock::LAST).unwrap();
        assert!(!is_over(wait.as_mut()));
    }
}
