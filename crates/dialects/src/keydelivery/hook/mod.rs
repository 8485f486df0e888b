//! KeyDelivery's push both ways (§8): sent by us here, received in `receive`.
//!
//! Pushes are not signed [documented: none is]; a receiver knows them by an address that nobody can
//! guess. A push tells the parcel's whole history. It is accepted when the answer's `code` is 200, and
//! otherwise sent again half an hour later, up to a number of attempts that is a setting. A client that
//! named an address with its registration is told there; an endpoint without registrations is told of
//! every number of its account.

pub mod message;
pub mod read;
pub mod receive;

use super::{KeyDelivery, PUSH, item, registration, response, synthesis};
use crate::desk::Settings;
use crate::dialect::{
    Ack, Answer, Choice, Hook, Message, Outgoing, Proof, Subscriber, marked_as_test, numbered,
};
use crate::raw::Object;
use http::{HeaderValue, Method, header};
use secrecy::SecretString;
use serde_json::Value;
use std::time::Duration;
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;

/// How often a push is tried in all.
pub const ATTEMPTS_SETTING: &str = "keydelivery.push_attempts";
/// The vendor's own number is not known [inferred].
const ATTEMPTS: usize = 3;
/// §8: "sent again 30 minutes later".
const AGAIN: Duration = Duration::from_mins(30);
const MOST_ATTEMPTS: usize = 100;
/// Waits of the greatest number of attempts.
static RETRIES: [Duration; MOST_ATTEMPTS - 1] = [AGAIN; MOST_ATTEMPTS - 1];

impl Hook for KeyDelivery {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[], &[super::wire::AREA_SHOW])
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice {
            name: super::wire::AREA_SHOW,
            values: &["1", "0"],
        }]
    }

    /// The address alone.
    fn proof(&self, _settings: &Settings, _secret: &SecretString) -> Proof {
        Proof {
            kind: "address",
            public_key: None,
            own_secret: false,
        }
    }

    /// What a push tells: a push that came in, another status, or a happening more or less; to whoever
    /// registered a number that was known, how it stands.
    fn tells(
        &self,
        _vocabulary: &Vocabulary,
        change: &ShipmentChange,
        view: &ShipmentView,
    ) -> Vec<Option<u16>> {
        let has_items = || view.document.is_some() || synthesis::has_items(view);
        let tells = match change.kind {
            ChangeKind::Revised => false,
            ChangeKind::NoRecord { .. } | ChangeKind::Expired { .. } => true,
            ChangeKind::Registered { .. } => has_items(),
            ChangeKind::Live => {
                let came_in = change.statements.iter().any(|ordinal| {
                    let told = view.track.spine.get(usize::from(*ordinal));
                    told.is_some_and(|told| view.track.stream_of(told) == PUSH.id)
                });
                (came_in || change.before != Some(change.after)) && has_items()
            }
        };
        if tells { vec![None] } else { Vec::new() }
    }

    fn tells_history(&self) -> bool {
        true
    }

    fn address<'r>(&self, registration: &'r Value) -> Option<&'r str> {
        registration::address(registration)
    }

    fn encode(
        &self,
        _vocabulary: &Vocabulary,
        subscriber: &Subscriber<'_>,
        message: &Message<'_>,
    ) -> Option<Outgoing> {
        Some(numbered(
            addressed(subscriber, message::body(subscriber, message)),
            message.sequence,
        ))
    }

    fn test(&self, subscriber: &Subscriber<'_>, _id: &str, _now: i64) -> Outgoing {
        marked_as_test(addressed(subscriber, message::test()))
    }

    /// The code in the answer decides, whatever the HTTP status; a number or a string.
    fn judge(&self, answer: &Answer<'_>) -> Ack {
        let Ok(object) = Object::parse(answer.body) else {
            let status = answer.status;
            return Ack::CallFailed(format!("HTTP {status}, the answer is no JSON object"));
        };
        let said = |name| object.get(name).and_then(item::code);
        match said(super::wire::CODE) {
            Some(code) if code == response::SUCCESS.to_string() => Ack::Accepted,
            Some(code) => Ack::PartnerError(format!(
                "{code:.20}: {}",
                object
                    .get(super::wire::MESSAGE)
                    .and_then(item::string)
                    .unwrap_or_default()
            )),
            None => Ack::CallFailed(format!("HTTP {}, the answer has no `code`", answer.status)),
        }
    }

    fn retries(&self) -> &'static [Duration] {
        &RETRIES[..ATTEMPTS - 1]
    }

    /// One attempt at least, and no more than a hundred.
    fn retries_as_set(&self, setting: &dyn Fn(&str) -> Option<String>) -> &'static [Duration] {
        let set = setting(ATTEMPTS_SETTING).and_then(|text| text.parse().ok());
        let attempts = set.unwrap_or(ATTEMPTS).clamp(1, MOST_ATTEMPTS);
        &RETRIES[..attempts - 1]
    }
}

fn addressed(subscriber: &Subscriber<'_>, body: String) -> Outgoing {
    Outgoing {
        method: Method::POST,
        url: subscriber.url.to_owned(),
        // What proves us is in the address.
        redacted_url: "a webhook address".to_owned(),
        headers: vec![(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        body: body.into_bytes(),
    }
}
