//! Trackway's own dialect: events that an account tells of its parcels (`POST /v1/events`), and
//! Standard Webhooks that tell subscribers of every change.
//!
//! Its codes are our milestones and reasons by name; any other code is kept as spelt.

pub mod batch;
pub mod caller;
mod event;
mod hook;
pub mod idempotency;
mod message;
pub mod orders;
mod problem;
pub mod record;
mod serve;
mod signature;
pub mod told;
mod webhooks;
pub mod wire;

pub use event::OWN_CARRIER;
pub use event::carrier_code;
pub use problem::{Problem, fallback};
pub use serve::{malformed, openapi, router, tell};
pub use signature::sign;

use crate::dialect::{Dialect, Hook, Words};
use crate::settings::{Setting, Value};
use trackway_model::{Clocks, Nature, StreamDef, StreamId};

/// Its name in the registry.
pub const NAME: &str = "native";

/// How many calls a minute each key may make; as many as come where it is 0 or not set.
pub const CALLS_PER_MINUTE: &str = "native.calls_per_minute";

/// Whether `/metrics` is open to everybody who reaches the server, without a key.
pub const PUBLIC_METRICS: &str = "native.public_metrics";

/// Whether people are shown a console; it is there where this is not `false`.
pub const CONSOLE: &str = "native.console";

/// What an operator can set.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: CALLS_PER_MINUTE,
        value: Value::Number,
    },
    Setting {
        name: CONSOLE,
        value: Value::Switch,
    },
    Setting {
        name: PUBLIC_METRICS,
        value: Value::Switch,
    },
];

/// Events that an account tells itself.
pub const EVENTS: StreamDef = StreamDef {
    id: StreamId(1),
    dialect: NAME,
    name: "events",
    nature: Nature::News,
    rank: 0,
};

/// The dialect.
#[derive(Clone, Copy, Debug)]
pub struct Native;

impl Dialect for Native {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Trackway"
    }

    fn streams(&self) -> &'static [StreamDef] {
        &[EVENTS]
    }

    fn codes(&self) -> &'static str {
        include_str!("codes.csv")
    }

    fn identity(&self, _stream: StreamId, raw: &[u8]) -> Vec<u8> {
        event::identity_of(raw)
    }

    /// Ours to choose: a label that nobody has scanned in a week is not on its way, and what has been
    /// silent for two months is lost or forgotten.
    fn clocks(&self) -> Clocks {
        Clocks::days(7, 60)
    }

    fn words(&self, _stream: StreamId, raw: &[u8]) -> Words {
        event::words(raw)
    }

    /// Accounts name carriers by our own codes.
    fn carrier(&self, code: &str) -> Option<String> {
        Some(code.to_ascii_lowercase())
    }

    fn hook(&self) -> Option<&dyn Hook> {
        Some(&hook::StandardWebhooks)
    }
}
