//! N&H Logistics: an order management and fulfilment API (nandh-oms.md). Orders, shipments of orders,
//! inbounds, returns, products and stock of an account, whichever API they came in by.
//!
//! Parts: the API served (`serve`, over the paths of `routes` and the JSON of `wire`) and called
//! (`call`); its webhooks both ways (`hook`); codes of states (`codes.csv`, `states.csv`); lists and the
//! address directory as data (`options`, `address`); what follows from records (`rules`).

mod address;
mod bodies;
mod call;
mod describe;
mod envelope;
mod errors;
pub mod hook;
mod members;
mod options;
mod passage;
mod query;
mod related;
mod request;
mod routes;
mod rules;
mod serve;
mod statement;
pub mod states;
mod wire;

pub use describe::openapi;
pub use errors::{Code, ROWS as ERRORS, Stop};
pub use routes::{ROOT, ROUTES, Route, Source};
pub use serve::router;
pub use statement::{DETAILS, WEBHOOK};

use crate::dialect::{Call, Dialect, Hook, Inbound, Words};
use crate::settings::{Setting, Value};
use std::sync::LazyLock;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{Strange, StreamDef, StreamId};

/// Its name in the registry.
pub const NAME: &str = "nandh";
/// What numbers of its own are followed under.
pub const CARRIER: &str = NAME;

/// What an operator can set about its API by us.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: serve::PACE_SETTING,
        value: Value::Number,
    },
    Setting {
        name: address::VERSION_SETTING,
        value: Value::Epoch,
    },
    Setting {
        name: hook::receive::FRESH_MINUTES,
        value: Value::Number,
    },
];

/// Its code table of what is followed.
const CODES: &str = include_str!("codes.csv");

/// The table in the binary, for facades: they tell in the words that the system has today.
static VOCABULARY: LazyLock<Vocabulary> =
    LazyLock::new(|| Vocabulary::parse(CODES).expect("the table in the binary is tested"));

/// The dialect.
#[derive(Clone, Copy, Debug)]
pub struct Nandh;

impl Dialect for Nandh {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "N&H Logistics"
    }

    fn streams(&self) -> &'static [StreamDef] {
        &[DETAILS, WEBHOOK]
    }

    fn codes(&self) -> &'static str {
        CODES
    }

    fn words(&self, _stream: StreamId, raw: &[u8]) -> Words {
        statement::words(&VOCABULARY, raw)
    }

    fn identity(&self, _stream: StreamId, raw: &[u8]) -> Vec<u8> {
        statement::identity_of(raw)
    }

    fn compare(&self, stream: StreamId, body: &[u8]) -> Vec<Strange> {
        if stream == WEBHOOK.id {
            members::of_webhook(body)
        } else {
            members::of_detail(body)
        }
    }

    fn members(&self, _stream: StreamId) -> (&'static str, &'static str) {
        ("status", "status_update_time")
    }

    fn pushed(&self, stream: StreamId) -> bool {
        stream == WEBHOOK.id
    }

    fn call(&self) -> Option<&dyn Call> {
        Some(self)
    }

    fn inbound(&self) -> Option<&dyn Inbound> {
        Some(self)
    }

    fn hook(&self) -> Option<&dyn Hook> {
        Some(self)
    }
}
