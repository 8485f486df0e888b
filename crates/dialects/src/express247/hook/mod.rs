//! 247Express's webhook "Update status" both ways (§6): sent by us here, received in `receive`.
//!
//! There is no signature: a receiver knows us by the `ApiKey` in the body or by Basic. Without either
//! among an endpoint's settings its signing secret is the `ApiKey`, so that nothing is ever sent
//! without a credential. Retries are not documented: ours are few [inferred].

pub mod message;
pub mod read;
pub mod receive;

use super::{Express247, WEBHOOK};
use crate::desk::Settings;
use crate::dialect::{
    Ack, Answer, Hook, Message, Outgoing, Proof, Subscriber, marked_as_test, numbered,
};
use crate::raw::{self, Object, quoted};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, Method, header};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::view::ShipmentView;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{CodeKind, Milestone};

/// The vendor's literal path.
const PATH: &str = "/IntergrationAPI";

const RETRIES: &[Duration] = &[
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
];

impl Hook for Express247 {
    fn settings(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&[], &["apikey", "user", "password"])
    }

    fn proof(&self, settings: &Settings, _secret: &SecretString) -> Proof {
        let (kind, own_secret) = match credential(settings) {
            Credential::Key(_) => ("apikey", false),
            Credential::Basic { .. } => ("basic", false),
            Credential::Secret => ("apikey", true),
        };
        Proof {
            kind,
            public_key: None,
            own_secret,
        }
    }

    fn tells(
        &self,
        vocabulary: &Vocabulary,
        change: &ShipmentChange,
        view: &ShipmentView,
    ) -> Vec<Option<u16>> {
        if change.kind != ChangeKind::Live {
            return Vec::new();
        }
        let of_webhook = |ordinal: &u16| {
            view.track
                .spine
                .get(usize::from(*ordinal))
                .is_some_and(|spine| view.track.stream_of(spine) == WEBHOOK.id)
        };
        let mut told: Vec<u16> = change
            .statements
            .iter()
            .copied()
            .filter(of_webhook)
            .collect();
        if !told.is_empty() {
            told.sort_by_key(|ordinal| {
                (view.track.spine[usize::from(*ordinal)].assumed(), *ordinal)
            });
            return told.into_iter().map(Some).collect();
        }
        let status = |milestone: Milestone| {
            vocabulary
                .tell(CodeKind::Shipment, milestone)
                .0
                .map(|row| row.code.as_str())
        };
        let before = change.before.and_then(|before| status(before.milestone));
        let after = status(change.after.milestone);
        if after.is_some() && before != after {
            vec![None]
        } else {
            Vec::new()
        }
    }

    fn encode(
        &self,
        vocabulary: &Vocabulary,
        subscriber: &Subscriber<'_>,
        message: &Message<'_>,
    ) -> Option<Outgoing> {
        let body = message::body(
            vocabulary,
            message.change,
            message.view,
            message.statement,
            message.id,
        );
        Some(numbered(addressed(subscriber, body), message.sequence))
    }

    fn test(&self, subscriber: &Subscriber<'_>, id: &str, now: i64) -> Outgoing {
        marked_as_test(addressed(subscriber, message::test(id, now)))
    }

    fn judge(&self, answer: &Answer<'_>) -> Ack {
        if answer.status != 200 {
            return Ack::CallFailed(format!("HTTP {}", answer.status));
        }
        let object = match Object::parse(answer.body) {
            Ok(object) => object,
            Err(problem) => return Ack::CallFailed(format!("the answer is {problem}")),
        };
        let said = |name| object.get_any_case(name).and_then(raw::scalar);
        match said("IsError")
            .as_deref()
            .map(str::to_ascii_lowercase)
            .as_deref()
        {
            Some("false" | "0") => Ack::Accepted,
            Some("true" | "1") => {
                Ack::PartnerError(said("ErrorMessage").unwrap_or_default().into_owned())
            }
            _ => Ack::CallFailed("the answer does not say `IsError`".to_owned()),
        }
    }

    fn retries(&self) -> &'static [Duration] {
        RETRIES
    }
}

/// What a receiver knows us by.
enum Credential<'a> {
    /// The `ApiKey` that the receiver gave.
    Key(&'a str),
    Basic {
        user: &'a str,
        password: &'a str,
    },
    /// The endpoint's own secret, as `ApiKey`.
    Secret,
}

fn credential(settings: &Settings) -> Credential<'_> {
    let setting = |name: &str| settings.get(name).filter(|value| !value.is_empty());
    match (setting("apikey"), setting("user")) {
        (Some(key), _) => Credential::Key(key),
        (None, Some(user)) => Credential::Basic {
            user,
            password: setting("password").map_or("", String::as_str),
        },
        (None, None) => Credential::Secret,
    }
}

/// A body with its credential, on its way to the vendor's path.
fn addressed(subscriber: &Subscriber<'_>, body: String) -> Outgoing {
    let mut headers = vec![(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    let key = match credential(subscriber.settings) {
        Credential::Key(key) => Some(key),
        Credential::Basic { user, password } => {
            headers.extend(basic(user, password));
            None
        }
        Credential::Secret => {
            let secret = subscriber.former.unwrap_or(subscriber.secret);
            Some(secret.expose_secret())
        }
    };
    let body = match (key, Object::of_text(&body)) {
        (Some(key), Ok(object)) => object.with_first("ApiKey", &quoted(key)),
        _ => body,
    };
    let url = address(subscriber.url);
    Outgoing {
        method: Method::POST,
        redacted_url: url.clone(),
        url,
        headers,
        body: body.into_bytes(),
    }
}

/// The vendor posts to `/IntergrationAPI` of a host; a URL with a path of its own is taken as it is.
fn address(url: &str) -> String {
    let (before_query, query) = url.find('?').map_or((url, ""), |at| url.split_at(at));
    let host = before_query
        .split_once("://")
        .map_or(before_query, |(_, rest)| rest);
    let has_path = host.find('/').is_some_and(|at| host.len() > at + 1);
    if has_path {
        return url.to_owned();
    }
    format!("{}{PATH}{query}", before_query.trim_end_matches('/'))
}

fn basic(user: &str, password: &str) -> Option<(HeaderName, HeaderValue)> {
    let credentials = STANDARD.encode(format!("{user}:{password}"));
    let mut value = HeaderValue::from_str(&format!("Basic {credentials}")).ok()?;
    value.set_sensitive(true);
    Some((header::AUTHORIZATION, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vendors_path_is_added_where_there_is_none() {
        for (given, used) in [
            (
                "https://shop.example",
                "https://shop.example/IntergrationAPI",
            ),
            (
                "https://shop.example/",
                "https://shop.example/IntergrationAPI",
            ),
            (
                "https://shop.example:8443?a=b",
                "https://shop.example:8443/IntergrationAPI?a=b",
            ),
            (
                "https://shop.example/hooks/247",
                "https://shop.example/hooks/247",
            ),
            (
                "https://shop.example/hooks/?a=/",
                "https://shop.example/hooks/?a=/",
            ),
        ] {
            assert_eq!(address(given), used);
        }
    }
}
