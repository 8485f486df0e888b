//! Track123's webhook both ways (track123.md §8): sent by us here, received in `receive`.
//!
//! A body has the tracking in `data` and, in `verify`, a timestamp signed with the receiver's API key;
//! the headers say the same. Each attempt is signed anew. Any HTTP status from 200 to 299 accepts.

pub mod message;
pub mod read;
pub mod receive;

use super::cargo::Mode;
use super::own::said;
use super::signature::Proof as Signed;
use super::{STREAMS, Track123, wire};
use crate::desk::Settings;
use crate::dialect::{
    Ack, Answer, Choice, Hook, Message, Outgoing, Proof, Subscriber, marked_as_test, numbered,
};
use crate::raw::Object;
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;

/// The receiver's API key, where it is not the endpoint's own secret.
const KEY: &str = "key";
/// §8.1: the one type of cargo that the endpoint is told of; all where none is named.
const TYPE: &str = "type";
const TYPES: &[&str] = &["parcel", "ocean", "air"];
/// §8.1: the statuses and sub-statuses that the endpoint is told of, with commas between them; all
/// where none is named.
const STATUSES: &str = "statuses";
/// Where a tracking or a record says how it stands.
const STANDS: [&str; 4] = [
    wire::TRANSIT_STATUS,
    wire::TRANSIT_SUB_STATUS,
    "searchStatus",
    "aviationStatus",
];

/// §8.2: waits before the second attempt to the seventh.
static RETRIES: [Duration; 6] = [
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(4),
    Duration::from_hours(12),
    Duration::from_hours(36),
];
/// §8.2 [inferred].
const DEADLINE: Duration = Duration::from_secs(10);

impl Hook for Track123 {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[], &[KEY, TYPE, STATUSES])
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice {
            name: TYPE,
            values: TYPES,
        }]
    }

    fn proof(&self, settings: &Settings, _secret: &SecretString) -> Proof {
        Proof {
            kind: "hmac-sha256",
            public_key: None,
            own_secret: !settings.contains_key(KEY),
        }
    }

    /// What a webhook tells: another status, a happening more or less, or a clock that ran out.
    fn tells(
        &self,
        _vocabulary: &Vocabulary,
        change: &ShipmentChange,
        view: &ShipmentView,
    ) -> Vec<Option<u16>> {
        let tells = match change.kind {
            ChangeKind::Revised | ChangeKind::Registered { .. } => false,
            ChangeKind::NoRecord { .. } | ChangeKind::Expired { .. } => true,
            ChangeKind::Live => {
                let moved = change.before != Some(change.after);
                let known = view.state().events > 0;
                (moved || told_here(change, view)) && known
            }
        };
        if tells { vec![None] } else { Vec::new() }
    }

    fn tells_history(&self) -> bool {
        true
    }

    fn encode(
        &self,
        _vocabulary: &Vocabulary,
        subscriber: &Subscriber<'_>,
        message: &Message<'_>,
    ) -> Option<Outgoing> {
        let chosen = |name| {
            let chosen = subscriber.settings.get(name);
            chosen.filter(|chosen| !chosen.is_empty())
        };
        let told = Mode::of(message).map_or(TYPES[0], Mode::name);
        if chosen(TYPE).is_some_and(|chosen| chosen != told) {
            return None;
        }
        let data = message::tracking(message);
        if chosen(STATUSES).is_some_and(|chosen| !stands(chosen, &data)) {
            return None;
        }
        Some(numbered(
            signed(subscriber, &data, message.now),
            message.sequence,
        ))
    }

    fn test(&self, subscriber: &Subscriber<'_>, _id: &str, now: i64) -> Outgoing {
        marked_as_test(signed(subscriber, &message::test(now), now))
    }

    fn judge(&self, answer: &Answer<'_>) -> Ack {
        if (200..300).contains(&answer.status) {
            Ack::Accepted
        } else {
            Ack::CallFailed(format!("HTTP {}", answer.status))
        }
    }

    fn retries(&self) -> &'static [Duration] {
        &RETRIES
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }
}

/// Whether a message tells of one of these statuses.
fn stands(wanted: &str, data: &str) -> bool {
    let Ok(record) = Object::of_text(data) else {
        return true;
    };
    let mut told = STANDS.iter().filter_map(|name| said(&record, name));
    told.any(|status| wanted.split(',').any(|one| one.trim() == status))
}

/// Whether this system itself told what changed.
fn told_here(change: &ShipmentChange, view: &ShipmentView) -> bool {
    change.statements.iter().any(|ordinal| {
        let told = view.track.spine.get(usize::from(*ordinal));
        told.map(|told| view.track.stream_of(told))
            .is_some_and(|stream| STREAMS.iter().any(|own| own.id == stream))
    })
}

/// A body with its proof, in itself and in the headers. Shared with ocean and air.
pub fn signed(subscriber: &Subscriber<'_>, data: &str, now: i64) -> Outgoing {
    let key = subscriber.settings.get(KEY).filter(|key| !key.is_empty());
    let key = key.map_or_else(|| subscriber.secret.expose_secret(), String::as_str);
    let proof = Signed::new(key, now);
    let header = |name, text: &str| {
        let value = HeaderValue::from_str(text).expect("digits are allowed in headers");
        (HeaderName::from_static(name), value)
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
            header(wire::TIMESTAMP_HEADER, &proof.timestamp),
            header(wire::SIGNATURE_HEADER, &proof.signature),
        ],
        body: format!(
            r#"{{"{}":{data},"{}":{}}}"#,
            wire::DATA,
            wire::VERIFY,
            proof.written()
        )
        .into_bytes(),
    }
}
