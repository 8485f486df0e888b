//! Standard Webhooks: signed messages to subscribers, their acknowledgement, and when to try again.
//!
//! The id and the sequence number stay over retries, the timestamp is of the attempt. Only a 2xx is an
//! acknowledgement. While a secret is being rotated, messages carry both signatures, the new one
//! first, so that a receiver changes over when it likes.

use super::signature::{self, Scheme};
use super::{message, record};
use crate::desk::Settings;
use crate::dialect::{
    Ack, Answer, Choice, Hook, Message, Outgoing, Proof, RecordHook, RecordMessage, Subscriber,
    marked_as_test,
};
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use trackway_model::change::{ChangeKind, RecordChange, ShipmentChange};
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

/// The setting that chooses how messages are signed.
const SIGNATURE: &str = "signature";

/// The setting that names the types that an endpoint is told of, with commas between them; all where
/// it names none.
const TYPES: &str = "types";
/// Every type of message, but for tests.
const ALL_TYPES: &[&str] = &[
    message::TYPES[0],
    message::TYPES[1],
    message::TYPES[2],
    record::TYPES[0],
    record::TYPES[1],
    record::TYPES[2],
    record::TYPES[3],
    record::TYPES[4],
    record::TYPES[5],
    record::TYPES[6],
    record::TYPES[7],
    record::TYPES[8],
];

/// As much of an answer as is kept with a failed attempt.
const FIRST_BYTES: usize = 200;

/// The native webhooks.
#[derive(Clone, Copy, Debug)]
pub struct StandardWebhooks;

impl Hook for StandardWebhooks {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[], &[SIGNATURE, TYPES])
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice {
            name: SIGNATURE,
            values: Scheme::NAMES,
        }]
    }

    fn lists(&self) -> &'static [Choice] {
        &[Choice {
            name: TYPES,
            values: ALL_TYPES,
        }]
    }

    fn secret(&self, settings: &Settings, drawn: &[u8; 32]) -> Option<SecretString> {
        let chosen = settings.get(SIGNATURE).map(String::as_str);
        Some(Scheme::named(chosen).secret(drawn).into())
    }

    fn proof(&self, _settings: &Settings, secret: &SecretString) -> Proof {
        let secret = secret.expose_secret();
        Proof {
            kind: signature::scheme(secret).name(),
            public_key: signature::public_key(secret),
            own_secret: true,
        }
    }

    /// One message a change. A replay under another mapping is no news to a subscriber.
    fn tells(
        &self,
        _vocabulary: &Vocabulary,
        change: &ShipmentChange,
        _view: &ShipmentView,
    ) -> Vec<Option<u16>> {
        match change.kind {
            ChangeKind::Live | ChangeKind::NoRecord { .. } | ChangeKind::Expired { .. } => {
                vec![None]
            }
            // What it tells was told before.
            ChangeKind::Revised | ChangeKind::Registered { .. } => Vec::new(),
        }
    }

    fn encode(
        &self,
        _vocabulary: &Vocabulary,
        subscriber: &Subscriber<'_>,
        message: &Message<'_>,
    ) -> Option<Outgoing> {
        if !is_chosen(subscriber.settings, message::type_of(message.change.kind)) {
            return None;
        }
        let body = message::body(message.change, message.view, message.sequence);
        Some(signed(subscriber, message.id, message.now, body))
    }

    fn records(&self) -> Option<&dyn RecordHook> {
        Some(self)
    }

    fn test(&self, subscriber: &Subscriber<'_>, id: &str, now: i64) -> Outgoing {
        marked_as_test(signed(subscriber, id, now, message::test(now)))
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

impl RecordHook for StandardWebhooks {
    fn tells(&self, settings: &Settings, change: &RecordChange) -> bool {
        record::type_of(change).is_some_and(|told| is_chosen(settings, told))
    }

    fn encode(&self, subscriber: &Subscriber<'_>, message: &RecordMessage<'_>) -> Outgoing {
        signed(subscriber, message.id, message.now, record::body(message))
    }
}

/// Whether an endpoint is told of messages of a type.
fn is_chosen(settings: &Settings, told: &str) -> bool {
    let chosen = settings.get(TYPES).filter(|chosen| !chosen.is_empty());
    chosen.is_none_or(|chosen| chosen.split(',').any(|one| one.trim() == told))
}

/// A body with what proves it.
fn signed(subscriber: &Subscriber<'_>, id: &str, now: i64, body: Vec<u8>) -> Outgoing {
    let timestamp = now.div_euclid(SECOND_US);
    let signatures: Vec<String> = std::iter::once(subscriber.secret)
        .chain(subscriber.former)
        .map(|secret| signature::sign(secret.expose_secret(), id, timestamp, &body))
        .collect();
    let value =
        |text: &str| HeaderValue::from_str(text).expect("ids and signatures are printable ASCII");
    Outgoing {
        method: Method::POST,
        url: subscriber.url.to_owned(),
        redacted_url: subscriber.url.to_owned(),
        headers: vec![
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
            (HeaderName::from_static("webhook-id"), value(id)),
            (
                HeaderName::from_static("webhook-timestamp"),
                HeaderValue::from(timestamp),
            ),
            (
                HeaderName::from_static("webhook-signature"),
                value(&signatures.join(" ")),
            ),
        ],
        body,
    }
}
