//! KeyDelivery: an aggregator's tracking API. One look-up at a time, answered with the parcel's
//! whole history in local times without a zone; or a registration, after which pushes tell the same.
//!
//! Parts: look-up, registration and detection served (`serve`) and called (`call`); pushes both ways
//! (`hook`).

mod call;
mod carriers;
mod describe;
mod hook;
mod item;
mod members;
mod older;
mod passage;
mod registration;
mod request;
mod response;
mod serve;
mod signature;
mod synthesis;
mod wire;

pub use carriers::{carrier, carriers, code_of};
pub use describe::openapi;
pub use older::{Older, older};
pub use response::{Code, ROWS as RESPONSES};
pub use serve::router;
pub use signature::sign;

use crate::dialect::{Call, Dialect, Hook, Inbound, Rhythm, Words};
use crate::settings::{Setting, Value};
use crate::shape;
use std::sync::LazyLock;
use std::time::Duration;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{
    Clocks, Code as StatusCode, Milestone, Nature, Reason, Strange, StreamDef, StreamId,
};

/// Its name in the registry.
pub const NAME: &str = "keydelivery";

/// What an operator can set about its API by us.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: serve::QUOTA_SETTING,
        value: Value::Number,
    },
    Setting {
        name: hook::ATTEMPTS_SETTING,
        value: Value::Number,
    },
];

/// The items of a real-time answer: each answer restates all.
pub const ITEMS: StreamDef = StreamDef {
    id: StreamId(5),
    dialect: NAME,
    name: "items",
    nature: Nature::History,
    rank: 10,
};

/// The items of a push, which restates the full history as well.
pub const PUSH: StreamDef = StreamDef {
    id: StreamId(6),
    dialect: NAME,
    name: "push",
    nature: Nature::History,
    rank: 11,
};

/// §7: "first check about 15 minutes after registration; when nothing was found then, again every 4
/// hours".
const RHYTHM: Rhythm = Rhythm {
    first: Duration::from_mins(15),
    then: Duration::from_hours(4),
};

/// Its code table.
const CODES: &str = include_str!("codes.csv");

/// The table in the binary, for facades: they tell in the words that the system has today.
static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::parse(CODES).expect("the table in the binary is tested"));

/// The dialect.
#[derive(Clone, Copy, Debug)]
pub struct KeyDelivery;

impl Dialect for KeyDelivery {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "KeyDelivery"
    }

    fn streams(&self) -> &'static [StreamDef] {
        &[ITEMS, PUSH]
    }

    fn codes(&self) -> &'static str {
        CODES
    }

    fn sample(&self) -> &'static [u8] {
        include_bytes!("fixtures/delivered.json")
    }

    /// keydelivery.md §8, expiry pushes: "No tracking information for 3 days", "No status update for 60
    /// days".
    fn clocks(&self) -> Clocks {
        Clocks::days(3, 60)
    }

    fn words(&self, _stream: StreamId, raw: &[u8]) -> Words {
        item::words(raw)
    }

    /// Reads the item anew, so that a table that moves a substatus or learns one is followed.
    fn reread(
        &self,
        vocabulary: &Vocabulary,
        _stream: StreamId,
        code: &StatusCode,
        raw: Option<&[u8]>,
        _held: Reason,
    ) -> (Milestone, Reason) {
        let told = raw.and_then(|raw| item::told_anew(vocabulary, raw));
        item::meaning(vocabulary, told.as_ref().unwrap_or(code))
    }

    fn identity(&self, stream: StreamId, raw: &[u8]) -> Vec<u8> {
        item::identity_of(&VOCABULARY, stream, &String::from_utf8_lossy(raw))
    }

    fn carrier(&self, code: &str) -> Option<String> {
        carrier(code).map(str::to_owned)
    }

    fn compare(&self, stream: StreamId, body: &[u8]) -> Vec<Strange> {
        match stream {
            id if id == ITEMS.id => shape::compare(members::ANSWER, body),
            id if id == PUSH.id => shape::compare(members::PUSH, body),
            _ => Vec::new(),
        }
    }

    fn members(&self, stream: StreamId) -> (&'static str, &'static str) {
        if stream == PUSH.id {
            ("items[].order_status_code", "items[].time")
        } else {
            ("data.items[].order_status_code", "data.items[].time")
        }
    }

    fn pushed(&self, stream: StreamId) -> bool {
        stream == PUSH.id
    }

    fn rhythm(&self) -> Option<Rhythm> {
        Some(RHYTHM)
    }

    fn call(&self) -> Option<&dyn Call> {
        Some(&call::Realtime)
    }

    fn inbound(&self) -> Option<&dyn Inbound> {
        Some(self)
    }

    fn hook(&self) -> Option<&dyn Hook> {
        Some(self)
    }
}
