//! The server's clock, which is moved by the control API, and restored in the end.

use hyper::Method;
use serde_json::{Value, json};

use super::{Session, said};
use crate::{
    conformance::outcome::{Step, Stop, assume},
    exchange::Operation,
};

impl Session {
    /// Advances the server's clock.
    pub(crate) async fn advance(&self, seconds: u64) -> Step {
        let request = self.clock_request(Some(&json!({"advance": format!("{seconds}s")})));
        let reply = self.send(self.record(Operation::Unknown, None, request)).await?;
        assume!(reply.status.is_success(), "the clock cannot be moved: {}", said(&reply));
        Ok(())
    }

    /// Stops the server's clock, so that only [`Self::advance`] moves it.
    pub(crate) async fn freeze(&self) -> Step {
        if self.clock.borrow().is_none() {
            // Only needed in the end, so not part of the story.
            let reading = self.wire.send(&self.clock_request(None)).await;
            let reading = reading.map_err(|error| Stop::broken("GET clock", &error))?;
            *self.clock.borrow_mut() = serde_json::from_slice(&reading.body).ok();
        }
        let request = self.clock_request(Some(&json!({"freeze": true})));
        let mut recorded = self.record(Operation::Unknown, None, request);
        recorded.is_setup = true;
        self.send(recorded).await.map(|_| ())
    }

    /// Restores the clock as it was.
    pub(super) async fn restore_clock(&self) {
        let Some(before) = self.clock.take() else { return };
        let is_frozen = before["frozen"].as_bool().unwrap_or(false);
        let changes = if is_frozen {
            vec![json!({"set": before["now"]})]
        } else if before["offset_seconds"].as_i64() == Some(0) {
            vec![json!({"reset": true})]
        } else {
            vec![json!({"set": before["now"]}), json!({"freeze": false})]
        };
        for change in changes {
            let _ = self.wire.send(&self.clock_request(Some(&change))).await;
        }
    }

    /// Creates a request that reads the clock, or changes it.
    fn clock_request(&self, change: Option<&Value>) -> crate::conformance::wire::Request {
        let method = if change.is_some() { Method::POST } else { Method::GET };
        self.target.control(method, "clock", change)
    }
}
