//! Standard Webhooks: signed messages to subscribers, their acknowledgement, and when to try again.
//!
//! The id stays over retries, the timestamp is of the attempt. Only a 2xx is an acknowledgement.

use super::{message, signature};
use crate::dialect::{Ack, Answer, Hook, Message, Outgoing, Subscriber};
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::ExposeSecret;
use std::time::Duration;
use trackway_model::change::{Change, ChangeKind};
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;

const SECOND_US: i64 = 1_000_000;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

/// Waits before the second attempt and the following: the specification's table.
const RETRIES: &[Duration] = &[
    Duration::from_secs(5),
    Duration::from_secs(5 * MINUTE),
    Duration::from_secs(30 * MINUTE),
    Duration::from_secs(2 * HOUR),
    Duration::from_secs(5 * HOUR),
    Duration::from_secs(10 * HOUR),
    Duration::from_secs(14 * HOUR),
    Duration::from_secs(20 * HOUR),
    Duration::from_secs(24 * HOUR),
];

/// As much of an answer as is kept with a failed attempt.
const FIRST_BYTES: usize = 200;

/// The native webhooks.
#[derive(Clone, Copy, Debug)]
pub struct StandardWebhooks;

impl Hook for StandardWebhooks {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[], &[])
    }

    /// One message a change. A replay under another mapping is no news to a subscriber.
    fn tells(
        &self,
        _vocabulary: &Vocabulary,
        change: &Change,
        _view: &ShipmentView,
    ) -> Vec<Option<u16>> {
        match change.kind {
            ChangeKind::Live => vec![None],
            ChangeKind::Revised => Vec::new(),
        }
    }

    fn encode(
        &self,
        _vocabulary: &Vocabulary,
        subscriber: &Subscriber<'_>,
        message: &Message<'_>,
    ) -> Outgoing {
        let body = message::body(message.change, message.view);
        let timestamp = message.now.div_euclid(SECOND_US);
        let signed = signature::sign(
            subscriber.secret.expose_secret(),
            message.id,
            timestamp,
            &body,
        );
        let value = |text: &str| {
            HeaderValue::from_str(text).expect("ids and signatures are printable ASCII")
        };
        Outgoing {
            method: Method::POST,
            url: subscriber.url.to_owned(),
            redacted_url: subscriber.url.to_owned(),
            headers: vec![
                (
                    header::CONTENT_TYPE,
                    HeaderValue::from_static("application/json"),
                ),
                (HeaderName::from_static("webhook-id"), value(message.id)),
                (
                    HeaderName::from_static("webhook-timestamp"),
                    HeaderValue::from(timestamp),
                ),
                (HeaderName::from_static("webhook-signature"), value(&signed)),
            ],
            body,
        }
    }

    fn judge(&self, answer: &Answer<'_>) -> Ack {
        match answer.status {
            200..=299 => Ack::Accepted,
            status => {
                let said =
                    String::from_utf8_lossy(&answer.body[..answer.body.len().min(FIRST_BYTES)]);
                Ack::CallFailed(format!("HTTP {status}: {said}"))
            }
        }
    }

    fn retries(&self) -> &'static [Duration] {
        RETRIES
    }
}
