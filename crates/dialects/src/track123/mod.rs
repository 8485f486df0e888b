//! Track123: an aggregator of parcels, ocean containers and air cargo. Numbers are registered, asked
//! about by the hundred, and told of by signed webhooks.
//!
//! What all three have in common stands in `service` (its codes), `envelope`, `frame` (checks and
//! limits of a call), `wire` and `carriers`. Parcels: `own` (what is a client's), `tracking` (read),
//! `passage` and `synthesis` (told), `serve`, `call`, `hook`. Ocean and air: `cargo`, `ocean`, `air`.

mod air;
mod call;
mod cargo;
mod carriers;
mod clock;
mod describe;
mod envelope;
mod frame;
mod hook;
mod members;
mod ocean;
mod own;
mod passage;
mod serve;
mod service;
mod signature;
mod synthesis;
mod told;
mod tracking;
mod wire;

pub use air::{PUSH as AIR_WEBHOOK, QUERY as AIR};
pub use carriers::{carrier, code_of};
pub use describe::openapi;
pub use envelope::{Outcome, Refused, Stop};
pub use ocean::{PUSH as OCEAN_WEBHOOK, QUERY as OCEAN};
pub use serve::router;
pub use service::{Code, Meaning, ServiceRow, judge, rows as service_codes};
pub use signature::{Scheme, sign};

use self::cargo::Mode;
use crate::dialect::{Call, Dialect, Hook, Inbound, Words};
use crate::settings::{Setting, Value};
use crate::shape;
use std::sync::LazyLock;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Clocks, Nature, Strange, StreamDef, StreamId};

/// Its name in the registry.
pub const NAME: &str = "track123";

/// A parcel's events as a query answers them: each answer restates all.
pub const TRACKINGS: StreamDef = StreamDef {
    id: StreamId(7),
    dialect: NAME,
    name: "trackings",
    nature: Nature::History,
    rank: 12,
};

/// The same as a webhook tells them.
pub const WEBHOOK: StreamDef = StreamDef {
    id: StreamId(8),
    dialect: NAME,
    name: "webhook",
    nature: Nature::History,
    rank: 13,
};

const fn number(name: &'static str) -> Setting {
    Setting {
        name,
        value: Value::Number,
    }
}

/// Minutes after which nothing found is NO_RECORD, and days after which nothing new is EXPIRED.
const NO_RECORD: (&str, i64) = ("track123.no_record_minutes", 60);
const EXPIRED: (&str, i64) = ("track123.expired_days", 30);

/// What an operator can set about its API by us.
pub const SETTINGS: &[Setting] = &[
    number(frame::USUAL_PACE.0),
    number(frame::CARGO_PACE.0),
    number(frame::INSTANT_PACE.0),
    number(frame::ITEMS.0),
    number(frame::QUOTA),
    Setting {
        name: frame::LATER_CODE,
        value: Value::Switch,
    },
    number(serve::REFRESH_HOURS.0),
    number(NO_RECORD.0),
    number(EXPIRED.0),
    number(signature::FRESH_MINUTES.0),
    Setting {
        name: cargo::STRICT,
        value: Value::Switch,
    },
];

/// Of parcels, ocean and air, each asked about and told by webhook.
const STREAMS: &[StreamDef] = &[
    TRACKINGS,
    WEBHOOK,
    ocean::QUERY,
    ocean::PUSH,
    air::QUERY,
    air::PUSH,
];

/// Its code table.
const CODES: &str = include_str!("codes.csv");

/// The table in the binary, for facades: they tell in the words that the system has today.
static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::parse(CODES).expect("the table in the binary is tested"));

/// The dialect.
#[derive(Clone, Copy, Debug)]
pub struct Track123;

impl Dialect for Track123 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "Track123"
    }

    fn streams(&self) -> &'static [StreamDef] {
        STREAMS
    }

    fn codes(&self) -> &'static str {
        CODES
    }

    fn sample(&self) -> &'static [u8] {
        include_bytes!("fixtures/tracking.json")
    }

    fn words(&self, stream: StreamId, raw: &[u8]) -> Words {
        match Mode::of_stream(stream) {
            None => tracking::words(raw),
            Some(Mode::Ocean) => ocean::read::words(raw),
            Some(Mode::Air) => air::read::words(raw),
        }
    }

    fn identity(&self, stream: StreamId, raw: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(raw);
        match Mode::of_stream(stream) {
            None => tracking::identity_of(&text),
            Some(Mode::Ocean) => ocean::read::read(&VOCABULARY, stream, &text).identity,
            Some(Mode::Air) => air::read::read(&VOCABULARY, stream, &text).identity,
        }
    }

    fn books(&self) -> Vec<&'static str> {
        std::iter::once(NAME).chain(cargo::item::books()).collect()
    }

    fn key_of(&self, data: &serde_json::Value) -> Option<String> {
        own::key(data)
    }

    fn expects(
        &self,
        document: &[u8],
    ) -> Option<(trackway_model::Occurred, trackway_model::Occurred)> {
        tracking::expects(document)
    }

    /// track123.md §2.5: nothing for 30 days. After how long INIT becomes NO_RECORD is inferred.
    fn clocks(&self) -> Clocks {
        self.clocks_by(&|_| None)
    }

    fn clocks_by(&self, setting: &dyn Fn(&str) -> Option<String>) -> Clocks {
        const MINUTE: i64 = 60_000_000;
        let set = |(name, usual): (&str, i64)| {
            let set = setting(name).and_then(|text| text.parse::<u32>().ok());
            set.map_or(usual, i64::from).max(1)
        };
        Clocks {
            no_record: Some(set(NO_RECORD) * MINUTE),
            expired: Some(set(EXPIRED) * 24 * 60 * MINUTE),
        }
    }

    fn carrier(&self, code: &str) -> Option<String> {
        carrier(code).map(str::to_owned)
    }

    fn pushed(&self, stream: StreamId) -> bool {
        [WEBHOOK.id, ocean::PUSH.id, air::PUSH.id].contains(&stream)
    }

    fn compare(&self, stream: StreamId, body: &[u8]) -> Vec<Strange> {
        match stream {
            id if id == TRACKINGS.id => shape::compare(members::TRACKING, body),
            id if id == WEBHOOK.id => shape::compare(members::TOLD, body),
            _ => match Mode::of_stream(stream) {
                Some(Mode::Ocean) => shape::compare(ocean::members::RECORD, body),
                Some(Mode::Air) => shape::compare(air::members::RECORD, body),
                None => Vec::new(),
            },
        }
    }

    fn members(&self, stream: StreamId) -> (&'static str, &'static str) {
        let code = match Mode::of_stream(stream) {
            None => "trackingDetails[].transitSubStatus",
            Some(Mode::Ocean) => "containerInfo[].trackingDetails[].eventStatus",
            Some(Mode::Air) => "trackingDetails[].status",
        };
        (code, "trackingDetails[].eventTime")
    }

    fn call(&self) -> Option<&dyn Call> {
        Some(&call::Query)
    }

    fn inbound(&self) -> Option<&dyn Inbound> {
        Some(self)
    }

    fn hook(&self) -> Option<&dyn Hook> {
        Some(self)
    }
}
