//! N&H's eight webhooks both ways (nandh-oms.md §10): sent by us here, received in `receive`.
//!
//! Ours tell of records: orders, shipments of orders, inbounds, returns and stock. What came in by this
//! system's webhook goes out as it came. The receiver's own token stands in `Authorization` where it
//! gave one; every message is signed. Any 2xx within ten seconds is an acknowledgement.

mod event;
mod message;
pub mod read;
pub mod receive;
pub mod report;
mod signature;

pub use event::Event;
pub use signature::{DELIVERY, SIGNATURE, TIMESTAMP, sign};

use super::Nandh;
use super::statement::WEBHOOK;
use crate::desk::Settings;
use crate::dialect::{
    Ack, Answer, Choice, Hook, Message, Outgoing, Proof, RecordHook, RecordMessage, Subscriber,
    marked_as_test, numbered,
};
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use trackway_model::change::{ChangeKind, RecordChange, ShipmentChange};
use trackway_model::track::Spine;
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;

/// The settings of a connection that open its door: the token that its webhooks carry, the secret that
/// they are signed with, and our code of the courier whose parcels its shipments are.
pub const TOKEN: &str = "webhook_token";
pub const SECRET: &str = "webhook_secret";
pub const COURIER: &str = "courier";

/// The settings of an endpoint: what stands in `Authorization`, and the events that are wanted, a
/// comma list of codes or of their endings.
const OWN_TOKEN: &str = "token";
const EVENTS: &str = "events";

/// §10: "retry after 1, 5, 15, 60, 360 minutes, then give up".
const RETRIES: &[Duration] = &[
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_hours(1),
    Duration::from_hours(6),
];
const DEADLINE: Duration = Duration::from_secs(10);
const SECOND_US: i64 = 1_000_000;

impl Hook for Nandh {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[], &[OWN_TOKEN, EVENTS])
    }

    fn lists(&self) -> &'static [Choice] {
        &[Choice {
            name: EVENTS,
            values: Event::NAMES,
        }]
    }

    fn proof(&self, _settings: &Settings, _secret: &SecretString) -> Proof {
        Proof {
            kind: "hmac-sha256",
            public_key: None,
            own_secret: true,
        }
    }

    /// Of a tracked shipment only what came in by this system's webhook: its own statuses are those of
    /// the order management.
    fn tells(
        &self,
        _vocabulary: &Vocabulary,
        change: &ShipmentChange,
        view: &ShipmentView,
    ) -> Vec<Option<u16>> {
        if change.kind != ChangeKind::Live {
            return Vec::new();
        }
        let spine = |ordinal: u16| view.track.spine.get(usize::from(ordinal));
        let came_in = |ordinal: &u16| {
            spine(*ordinal).is_some_and(|it| view.track.stream_of(it) == WEBHOOK.id)
        };
        let mut told: Vec<u16> = change.statements.iter().copied().filter(came_in).collect();
        told.sort_by_key(|ordinal| (spine(*ordinal).map(Spine::assumed), *ordinal));
        told.into_iter().map(Some).collect()
    }

    /// Its words are gone after an erasure: nothing is told then.
    fn encode(
        &self,
        _vocabulary: &Vocabulary,
        subscriber: &Subscriber<'_>,
        message: &Message<'_>,
    ) -> Option<Outgoing> {
        let body = message.statement.and_then(|told| told.raw.clone())?;
        Some(numbered(
            signed(subscriber, message.id, message.now, body),
            message.sequence,
        ))
    }

    fn records(&self) -> Option<&dyn RecordHook> {
        Some(self)
    }

    fn test(&self, subscriber: &Subscriber<'_>, id: &str, now: i64) -> Outgoing {
        marked_as_test(signed(subscriber, id, now, message::test(now).into_bytes()))
    }

    fn judge(&self, answer: &Answer<'_>) -> Ack {
        match answer.status {
            200..300 => Ack::Accepted,
            status => Ack::CallFailed(format!("HTTP {status}")),
        }
    }

    fn retries(&self) -> &'static [Duration] {
        RETRIES
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }
}

impl RecordHook for Nandh {
    fn tells(&self, settings: &Settings, change: &RecordChange) -> bool {
        let wanted = settings.get(EVENTS).filter(|wanted| !wanted.is_empty());
        let is_wanted = |event: Event| {
            wanted.is_none_or(|wanted| wanted.split(',').any(|name| event.is_named(name)))
        };
        Event::of(change).is_some_and(is_wanted)
    }

    fn encode(&self, subscriber: &Subscriber<'_>, message: &RecordMessage<'_>) -> Outgoing {
        let body = message::body(message).unwrap_or_default();
        numbered(
            signed(subscriber, message.id, message.now, body.into_bytes()),
            message.sequence,
        )
    }
}

/// A body with what proves it. While a secret is being rotated the former one signs, until its overlap
/// ends: the header has room for one.
fn signed(subscriber: &Subscriber<'_>, id: &str, now: i64, body: Vec<u8>) -> Outgoing {
    let timestamp = now.div_euclid(SECOND_US).to_string();
    let secret = subscriber.former.unwrap_or(subscriber.secret);
    let signature = sign(secret.expose_secret(), &timestamp, &body);
    let value =
        |text: &str| HeaderValue::from_str(text).expect("ids and signatures are printable ASCII");
    let mut headers = vec![
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (TIMESTAMP, value(&timestamp)),
        (DELIVERY, value(id)),
        (SIGNATURE, value(&signature)),
    ];
    headers.extend(authorization(subscriber.settings));
    Outgoing {
        method: Method::POST,
        url: subscriber.url.to_owned(),
        redacted_url: subscriber.url.to_owned(),
        headers,
        body,
    }
}

/// The receiver's own token, as it gave it.
fn authorization(settings: &Settings) -> Option<(HeaderName, HeaderValue)> {
    let token = settings.get(OWN_TOKEN).filter(|token| !token.is_empty())?;
    let mut value = HeaderValue::from_str(token).ok()?;
    value.set_sensitive(true);
    Some((header::AUTHORIZATION, value))
}
