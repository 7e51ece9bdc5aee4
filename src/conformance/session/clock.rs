//! The server's clock, moved by the control API and put back in the end.

use hyper::Method;
use serde_json::{Value, json};

use super::{Sent, Session, said};
use crate::conformance::outcome::{Step, Stop, assume};

impl Session {
    /// Lets time pass on the server's clock, which stands still from then on.
    pub(in crate::conformance) async fn advance(&self, seconds: u64) -> Step {
        self.move_clock(&json!({"advance": format!("{seconds}s")})).await
    }

    /// Stops the server's clock, so that the time between two requests is what is said.
    pub(in crate::conformance) async fn freeze(&self) -> Step {
        if self.clock.borrow().is_none() {
            let request = self.target.control(Method::GET, "clock", None);
            // No part of the story: what it brings is needed in the end alone.
            let reading =
                self.wire.send(&request).await.map_err(|error| Stop::broken("GET clock", &error))?;
            *self.clock.borrow_mut() = serde_json::from_slice(&reading.body).ok();
        }
        let request = self.target.control(Method::POST, "clock", Some(&json!({"freeze": true})));
        self.send(Sent { is_setup: true, ..Sent::of(request) }).await.map(|_| ())
    }

    async fn move_clock(&self, change: &Value) -> Step {
        let reply = self.send(Sent::of(self.target.control(Method::POST, "clock", Some(change)))).await?;
        assume!(reply.status.is_success(), "the clock cannot be moved: {}", said(&reply));
        Ok(())
    }

    /// Puts the clock back to where it was.
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
            let _ = self.wire.send(&self.target.control(Method::POST, "clock", Some(&change))).await;
        }
    }
}
