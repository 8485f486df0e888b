//! A statement in our own words: the JSON that webhooks, the feed and our API share.

use super::wire;
use crate::dialect::Words;
use crate::registry;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write as _;
use trackway_model::change::Mark;
use trackway_model::group::Event;
use trackway_model::view::{ShipmentView, StatementView};
use trackway_model::{
    Certainty, Direction, Milestone, Occurred, OffsetSource, Pieces, Precision, Reason, Stage,
    StreamId, time,
};
use utoipa::ToSchema;

/// `2026-03-05T10:11:12.123456Z`, and room.
const INSTANT_LENGTH: usize = 32;

/// Where a shipment stands.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Status {
    #[schema(value_type = String, example = "in_transit")]
    pub stage: Stage,
    #[schema(schema_with = wire::milestones)]
    pub milestone: Milestone,
    /// Null where no source gave one.
    #[schema(schema_with = wire::reasons_or_null)]
    pub reason: Option<Reason>,
}

/// A time, as honest as we know it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Clock<'a> {
    /// As the source wrote it; left out where no one source's time is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<Cow<'a, str>>,
    /// RFC 3339 where the offset is known, else the wall clock alone.
    pub time: Option<String>,
    /// Null where nobody knows the zone: then the time is a wall clock somewhere.
    pub offset: Option<String>,
    /// Who gave the offset: `source` wrote it, `place`, `connection` (its zone, or the carrier's), or
    /// `unknown`.
    #[schema(value_type = String, example = "source")]
    pub offset_source: OffsetSource,
    /// `day`, `minute`, `second` or `fraction`.
    #[schema(value_type = Option<String>, example = "second")]
    pub precision: Option<Precision>,
}

/// What one stream of one source said.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Statement)]
pub struct Told<'a> {
    pub id: String,
    #[serde(flatten)]
    pub status: Status,
    #[schema(value_type = String, example = "forward")]
    pub direction: Direction,
    /// `actual`, `estimated`, `planned`, or `withdrawn` for what was taken back.
    #[schema(value_type = String, example = "actual")]
    pub certainty: Certainty,
    pub occurred: Clock<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pieces: Option<Parts>,
    /// The unit of the shipment that it speaks of, such as a container; left out where it speaks of
    /// all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<&'a str>,
    pub text: Option<String>,
    pub language: Option<&'static str>,
    pub place: Option<String>,
    /// As the source spelt it.
    pub code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_code: Option<&'a str>,
    pub code_name: Option<String>,
    pub source: Source,
}

/// The pieces that a statement speaks of.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = PiecesOf)]
pub struct Parts {
    pub count: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u16>,
}

/// Who spoke.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Stream)]
pub struct Source {
    #[schema(value_type = String, example = "247express")]
    pub dialect: &'static str,
    #[schema(value_type = String, example = "statuses")]
    pub stream: &'static str,
}

impl Status {
    pub fn of(mark: Mark) -> Self {
        Self::told(mark.milestone, mark.reason)
    }

    pub fn told(milestone: Milestone, reason: Reason) -> Self {
        let reason = (reason != Reason::None).then_some(reason);
        Self {
            stage: milestone.stage(),
            milestone,
            reason,
        }
    }
}

impl Parts {
    /// Zero is "not said".
    pub fn told(pieces: Pieces) -> Option<Self> {
        let total = (pieces.total > 0).then_some(pieces.total);
        (pieces.count > 0).then_some(Self {
            count: pieces.count,
            total,
        })
    }
}

impl<'a> Clock<'a> {
    pub fn of(occurred: Option<Occurred>, written: impl Into<Cow<'a, str>>) -> Self {
        let known = occurred.filter(|time| time.offset_source != OffsetSource::Unknown);
        Self {
            written: Some(written.into()),
            time: occurred.map(Occurred::display),
            offset: known.map(|known| time::offset_text(known.offset)),
            offset_source: occurred.map_or(OffsetSource::Unknown, |time| time.offset_source),
            precision: occurred.map(|time| time.precision),
        }
    }
}

impl<'a> Clock<'a> {
    /// An event's time, with the text of the witness that has it so.
    pub fn of_event(view: &'a ShipmentView, event: &Event) -> Self {
        let witness = event
            .witnesses
            .iter()
            .filter_map(|ordinal| view.statement(*ordinal))
            .find(|told| told.spine.occurred == event.occurred);
        Self::of(
            event.occurred,
            witness.map_or("", |told| told.time_text.as_str()),
        )
    }
}

impl Clock<'static> {
    /// A time without its text.
    pub fn unwritten(occurred: Option<Occurred>) -> Self {
        Self {
            written: None,
            ..Clock::of(occurred, "")
        }
    }
}

impl Source {
    pub fn of(stream: StreamId) -> Self {
        let stream = registry::streams().get(stream);
        Self {
            dialect: stream.dialect,
            stream: stream.name,
        }
    }
}

impl<'a> Told<'a> {
    pub fn of(told: &'a StatementView) -> Self {
        let dialect = registry::of_stream(told.stream);
        let words = dialect
            .zip(told.raw.as_deref())
            .map_or_else(Words::default, |(dialect, raw)| {
                dialect.words(told.stream, raw)
            });
        let spine = &told.spine;
        Self {
            id: spine.id.to_string(),
            status: Status::told(spine.milestone, spine.reason),
            direction: spine.direction,
            certainty: spine.certainty,
            occurred: Clock::of(spine.occurred, told.time_text.as_str()),
            pieces: Parts::told(spine.pieces),
            unit: told.unit.as_deref(),
            text: words.text,
            language: words.language,
            place: words.place,
            code: &told.code.code,
            sub_code: told.code.sub.as_deref(),
            code_name: words.name,
            source: Source::of(told.stream),
        }
    }
}

/// An instant that we know to be one, as RFC 3339 in UTC.
pub fn instant(micros: i64) -> String {
    let mut text = String::with_capacity(INSTANT_LENGTH);
    if let Ok(at) = jiff::Timestamp::from_microsecond(micros) {
        write!(text, "{at}").expect("a text takes what is written");
    }
    text
}
