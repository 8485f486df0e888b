//! One message on the wire: sent through the guard, and what came back judged by its dialect's rule.
//!
//! Contract: stores nothing and counts nothing; whoever sends says what becomes of it.

use crate::Hub;
use crate::outbound::{Policy, SendError};
use std::time::Duration;
use trackway_dialects::dialect::Ack;
use trackway_dialects::{Hook, Outgoing};
use trackway_store::records::Outcome;

/// Characters of a receiver's answer that are kept.
const KEPT_ANSWER: usize = 500;

/// What became of one message.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub outcome: Outcome,
    /// HTTP status, 0 where none came.
    pub status: u16,
    /// The beginning of the answer.
    pub answer: String,
    /// How long the receiver wishes us to wait.
    pub retry_after: Option<Duration>,
    pub took: Duration,
}

impl Hub {
    pub(crate) async fn send_message(
        &self,
        hook: &dyn Hook,
        message: Outgoing,
        policy: Policy,
    ) -> Judged {
        let began = self.clock.monotonic();
        let answered = self.outbound.tell(message, policy, hook.deadline()).await;
        let took = self.clock.monotonic().saturating_sub(began);
        match answered {
            Ok(answered) => Judged {
                outcome: match hook.judge(&answered.as_answer()) {
                    Ack::Accepted => Outcome::Accepted,
                    Ack::CallFailed(error) => Outcome::CallFailed {
                        error: with_cut(error, answered.cut.as_ref()),
                    },
                    Ack::PartnerError(error) => Outcome::PartnerError { error },
                },
                status: answered.status,
                answer: beginning(&answered.body),
                retry_after: answered.retry_after_s.map(Duration::from_secs),
                took,
            },
            Err(error) => Judged {
                outcome: Outcome::CallFailed {
                    error: error.to_string(),
                },
                status: 0,
                answer: String::new(),
                retry_after: None,
                took,
            },
        }
    }
}

/// What is wrong with an answer, and that it was not heard to its end where that is so.
fn with_cut(error: String, cut: Option<&SendError>) -> String {
    match cut {
        Some(cut) => format!("{error}; {cut}"),
        None => error,
    }
}

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(4 * KEPT_ANSWER)])
        .chars()
        .filter(|c| *c != '\0')
        .take(KEPT_ANSWER)
        .collect()
}
