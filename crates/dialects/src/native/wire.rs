//! The native API's JSON as on the wire, types only. What is read borrows from the request.

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use trackway_model::{Milestone, Reason};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Object, ObjectBuilder, SchemaType, Type};

pub use super::batch::{Malformed, Parsed, parse};

/// Where events are posted.
pub const EVENTS: &str = "/v1/events";
/// Events that one call may bring.
pub const MAX_EVENTS: usize = 10_000;

/// A string, borrowed from the request unless it holds an escape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl std::ops::Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;

        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(Reader)
    }
}

/// One thing that happened, or will happen, to a parcel. `number` and one of `status` and `code` are
/// required. Members that are not listed here are kept with the event as they came.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = Event)]
pub struct Event<'a> {
    /// The carrier's code; `own` where none is named.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, default = "own", max_length = 64, example = "247express")]
    pub carrier: Option<Text<'a>>,
    /// The tracking number.
    #[serde(borrow)]
    #[schema(value_type = String, max_length = 100, example = "VD0000001")]
    pub number: Option<Text<'a>>,
    /// Your own id of this event. Told again under the same id, an event is a repeat if it is equal
    /// and a correction if it is not. Without an id, an event is known by its time, status, code,
    /// place, text, certainty, pieces and unit.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, max_length = 200)]
    pub id: Option<Text<'a>>,
    /// A milestone's name.
    #[serde(borrow)]
    #[schema(schema_with = milestones)]
    pub status: Option<Text<'a>>,
    /// A code of your own, kept as spelt. A code that is a milestone's name means that milestone;
    /// any other means nothing to Trackway unless `status` stands beside it.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub code: Option<Text<'a>>,
    /// Why a delivery did not happen: a reason's name.
    #[serde(borrow)]
    #[schema(schema_with = reasons)]
    pub reason: Option<Text<'a>>,
    /// When it happened: RFC 3339, or a local time without an offset (`2026-05-06 16:10:02`).
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "2026-05-06T16:10:02+07:00")]
    pub occurred_at: Option<Text<'a>>,
    /// The zone of a local time: an IANA name or an offset.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, example = "Asia/Ho_Chi_Minh")]
    pub zone: Option<Text<'a>>,
    /// `forward` (where none is named) or `return`.
    #[serde(borrow)]
    #[schema(schema_with = directions)]
    pub direction: Option<Text<'a>>,
    /// `actual` (where none is named), `estimated` or `planned`.
    #[serde(borrow)]
    #[schema(schema_with = certainties)]
    pub certainty: Option<Text<'a>>,
    /// Where it happened.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, max_length = 300, example = "Quận 1, TP. Hồ Chí Minh")]
    pub place: Option<Text<'a>>,
    /// What people should read.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, max_length = 4000)]
    pub text: Option<Text<'a>>,
    /// The language of `text`, as BCP 47.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, max_length = 35, example = "vi")]
    pub language: Option<Text<'a>>,
    /// How many pieces it speaks of; left out where it speaks of all.
    pub pieces: Option<PiecesTold>,
    /// The unit that it speaks of, where the shipment has several: a container by its number. Left
    /// out where it speaks of the shipment as a whole. Spaces and case do not matter.
    #[serde(borrow)]
    #[schema(value_type = Option<String>, max_length = 35, example = "DEMU1234567")]
    pub unit: Option<Text<'a>>,
    /// `true` takes the event back that was told under the same `id` or, without one, with the same
    /// members: it is kept and explained, and counts for nothing. Telling the event again later
    /// reinstates it.
    pub withdraw: Option<bool>,
}

pub(super) fn milestones() -> Object {
    one_of(
        "A milestone's name.",
        Milestone::ALL.iter().map(|milestone| milestone.name()),
    )
}

pub(super) fn reasons() -> Object {
    one_of(
        "Why a delivery did not happen.",
        Reason::ALL.iter().map(|reason| reason.name()),
    )
}

/// The same where there may be none.
pub(super) fn reasons_or_null() -> Object {
    let names = Reason::ALL.iter().map(|reason| Some(reason.name()));
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Null]))
        .description(Some(
            "Why a delivery did not happen; null where no source told.",
        ))
        .enum_values(Some(names.chain([None])))
        .build()
}

pub(super) fn directions() -> Object {
    one_of("`forward` where none is named.", ["forward", "return"])
}

pub(super) fn certainties() -> Object {
    one_of(
        "`actual` where none is named.",
        ["actual", "estimated", "planned"],
    )
}

pub(super) fn one_of(description: &str, names: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(names))
        .build()
}

/// Some of the pieces of a shipment.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(as = Pieces)]
pub struct PiecesTold {
    pub count: u16,
    /// How many there are in all, if you know.
    #[serde(default)]
    pub total: Option<u16>,
}

/// Events of any number of parcels. A bare array of events is read as well.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "documents what the batch reader takes event by event"
)]
pub struct EventBatch {
    #[schema(value_type = Vec<Event>, max_items = 10_000)]
    events: (),
}

/// What became of a batch. `accepted`, `repeated` and the length of `rejected` add up to its length.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// Kept for good.
    pub accepted: usize,
    /// Of these, new versions of events that were known.
    pub corrected: usize,
    /// Known already.
    pub repeated: usize,
    /// Of all that were kept or known, those that took an event back.
    pub withdrawn: usize,
    /// Not kept: mend and send again.
    pub rejected: Vec<Rejected>,
}

/// An event that was not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Rejected {
    /// Its place in the batch, counted from 0.
    pub index: usize,
    pub errors: Vec<MemberError>,
}

/// What is wrong with a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberError {
    /// A JSON Pointer within the event, or within the body where the whole body is meant.
    pub pointer: Cow<'static, str>,
    pub detail: String,
}

impl MemberError {
    pub fn new(pointer: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: Cow::Borrowed(pointer),
            detail: detail.into(),
        }
    }

    /// With a pointer that was put together, such as `/references/3`.
    pub fn of(pointer: String, detail: impl Into<String>) -> Self {
        Self {
            pointer: Cow::Owned(pointer),
            detail: detail.into(),
        }
    }
}
