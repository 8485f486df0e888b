//! The fold: state = fold(statements with their sightings, epoch openings, mapping), and nothing
//! else. No clock, no order of arrival: any order and any repetition of the same facts give the same
//! bytes. Everything that `explain` tells is what the fold decided, not a second opinion.

mod judge;

pub use judge::Verdict;

use crate::bytes::{Reader, Truncated, Writer};
use crate::group::{Event, agree, group};
use crate::statement::{Certainty, Direction};
use crate::stream::{Nature, StreamTable};
use crate::time::{Occurred, OffsetSource, Precision};
use crate::track::{Spine, States, Track};
use crate::{Milestone, Reason, ShipmentId, Stage, StatementId};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// What the fold needs besides the track: part of the mapping's version.
#[derive(Clone, Copy, Debug)]
pub struct FoldRules {
    pub streams: StreamTable,
    /// A number that starts again this long after its journey ended is a new journey. Microseconds.
    pub reuse_after: i64,
}

/// Carriers promise not to reuse a number within a year, but not all keep it; no carrier takes 60
/// days from a final status to the acceptance of the same parcel.
pub const DEFAULT_REUSE_AFTER: i64 = 60 * 24 * 3_600 * 1_000_000;

/// The state of one journey. Equal facts give equal bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShipmentState {
    pub epoch: u16,
    pub milestone: Milestone,
    pub reason: Reason,
    pub direction: Direction,
    /// The statement that gave the milestone.
    #[serde(skip)]
    pub speaker: StatementId,
    pub occurred: Option<Occurred>,
    /// Assumed instants of the first and the last happening, for order and searches.
    pub first: i64,
    pub last: i64,
    /// Assumed instant of the delivery.
    pub delivered: Option<i64>,
    /// The last estimate or plan of the delivery that no later one replaced.
    pub expected: Option<i64>,
    pub events: u16,
    pub statements: u16,
    pub attempts_failed: u16,
}

impl ShipmentState {
    pub const fn stage(&self) -> Stage {
        self.milestone.stage()
    }

    pub fn encode(&self, out: &mut Writer) {
        out.varint(u64::from(self.epoch))
            .u8(self.milestone as u8)
            .u8(self.reason as u8);
        out.u8(u8::from(self.direction == Direction::Return))
            .raw(&self.speaker.0);
        encode_time(self.occurred, out);
        out.i64(self.first)
            .signed(self.last.wrapping_sub(self.first));
        out.option_i64(self.delivered).option_i64(self.expected);
        out.varint(u64::from(self.events))
            .varint(u64::from(self.statements));
        out.varint(u64::from(self.attempts_failed));
    }

    pub fn decode(row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let epoch = row.varint()? as u16;
        let milestone = Milestone::from_number(row.u8()?);
        let reason = Reason::from_number(row.u8()?);
        let direction = if row.u8()? == 1 {
            Direction::Return
        } else {
            Direction::Forward
        };
        let speaker = StatementId(row.array()?);
        let occurred = decode_time(row)?;
        let first = row.i64()?;
        Ok(Self {
            epoch,
            milestone,
            reason,
            direction,
            speaker,
            occurred,
            first,
            last: first.wrapping_add(row.signed()?),
            delivered: row.option_i64()?,
            expected: row.option_i64()?,
            events: row.varint()? as u16,
            statements: row.varint()? as u16,
            attempts_failed: row.varint()? as u16,
        })
    }
}

/// Writes a time into a stored row.
pub fn encode_time(time: Option<Occurred>, out: &mut Writer) {
    match time {
        None => out.u8(u8::MAX),
        Some(time) => out
            .u8(time.precision as u8 | (time.offset_source as u8) << 2)
            .i64(time.wall)
            .u16(time.offset as u16),
    };
}

/// Reads what `encode_time` wrote.
pub fn decode_time(row: &mut Reader<'_>) -> Result<Option<Occurred>, Truncated> {
    let bits = row.u8()?;
    if bits == u8::MAX {
        return Ok(None);
    }
    Ok(Some(Occurred {
        wall: row.i64()?,
        offset: row.u16()? as i16,
        offset_source: offset_source(bits >> 2),
        precision: precision(bits),
    }))
}

/// The precision in a stored byte's lowest two bits.
pub(crate) const fn precision(bits: u8) -> Precision {
    match bits & 3 {
        0 => Precision::Day,
        1 => Precision::Minute,
        2 => Precision::Second,
        _ => Precision::Fraction,
    }
}

/// The source of an offset in a stored byte's lowest two bits.
pub(crate) const fn offset_source(bits: u8) -> OffsetSource {
    match bits & 3 {
        0 => OffsetSource::Source,
        1 => OffsetSource::Place,
        2 => OffsetSource::Connection,
        _ => OffsetSource::Unknown,
    }
}

/// One journey, with every decision that the fold took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Journey {
    pub state: ShipmentState,
    /// When the journey's window opens; None for the first.
    pub opened: Option<i64>,
    pub events: Vec<(Event, Verdict)>,
    /// Keys of the units that statements of this journey speak of, ascending.
    pub units: Units,
    /// Ordinals of statements that a later answer left out, or that their source took back.
    pub withdrawn: Vec<u16>,
}

/// Keys of units: most journeys have none.
pub type Units = SmallVec<[u32; 2]>;

/// Folds a track into its journeys, one an epoch, oldest first. A track of which nothing is known
/// has one journey of milestone `Unknown`.
pub fn fold(track: &Track, rules: &FoldRules) -> Vec<Journey> {
    let openings = openings(track, rules);
    (0..=openings.len())
        .map(|epoch| {
            let from = epoch.checked_sub(1).map(|before| openings[before]);
            let to = openings.get(epoch).copied();
            journey(track, rules, epoch as u16, (from, to), None)
        })
        .collect()
}

/// One unit's share of a journey: folded over what was said of it and of the consignment as a
/// whole. None where the track has no such epoch.
pub fn unit(track: &Track, rules: &FoldRules, epoch: u16, unit: u32) -> Option<Journey> {
    let openings = openings(track, rules);
    let at = usize::from(epoch);
    let from = match at.checked_sub(1) {
        Some(before) => Some(*openings.get(before)?),
        None => None,
    };
    let window = (from, openings.get(at).copied());
    Some(journey(track, rules, epoch, window, Some(unit)))
}

/// Folds a track and stores the states in its row. Returns whether any state changed.
pub fn refold(track: &mut Track, rules: &FoldRules) -> bool {
    let states: States = fold(track, rules)
        .into_iter()
        .map(|journey| journey.state)
        .collect();
    let changed = states != track.states;
    track.states = states;
    changed
}

impl ShipmentState {
    pub fn id(&self, track: &Track) -> ShipmentId {
        ShipmentId::new(track.id, self.epoch)
    }
}

/// Instants at which a new journey under the same number begins: the stored ones and those that the
/// rule for reused numbers finds, ascending.
fn openings(track: &Track, rules: &FoldRules) -> SmallVec<[i64; 2]> {
    let mut found: SmallVec<[i64; 2]> = track.openings.iter().copied().collect();
    if track
        .spine
        .iter()
        .any(|spine| spine.milestone.stage().is_final())
    {
        found.extend(reused(track, rules));
        found.sort_unstable();
        found.dedup();
    }
    found.truncate(crate::ids::MAX_EPOCHS - 1);
    found
}

fn reused(track: &Track, rules: &FoldRules) -> SmallVec<[i64; 2]> {
    let mut told: Vec<&Spine> = track
        .spine
        .iter()
        .filter(|s| s.certainty == Certainty::Actual && s.occurred.is_some() && !track.withdrawn(s))
        .collect();
    told.sort_unstable_by_key(|s| (s.assumed(), s.milestone.stage().rank(), s.id));
    let mut ended: Option<i64> = None;
    let mut found = SmallVec::new();
    for spine in told {
        let stage = spine.milestone.stage();
        let begins = matches!(
            stage,
            Stage::InfoReceived | Stage::Accepted | Stage::Preparing
        );
        if begins && ended.is_some_and(|end| spine.assumed() - end >= rules.reuse_after) {
            found.push(spine.assumed());
            ended = None;
        } else if stage.is_final() {
            ended = Some(spine.assumed());
        } else if ended.is_some_and(|_| !spine.milestone.reopens().is_empty()) {
            // Something moved after the end: the journey goes on, late.
            ended = ended.map(|end| end.max(spine.assumed()));
        }
    }
    found
}

fn journey(
    track: &Track,
    rules: &FoldRules,
    epoch: u16,
    (from, to): (Option<i64>, Option<i64>),
    only: Option<u32>,
) -> Journey {
    let mut told: SmallVec<[u16; 16]> = SmallVec::new();
    let mut units = Units::new();
    let mut withdrawn = Vec::new();
    for (ordinal, spine) in track.spine.iter().enumerate() {
        let at = spine.assumed();
        if from.is_some_and(|from| at < from) || to.is_some_and(|to| at >= to) {
            continue;
        }
        if only.is_some_and(|unit| !agree(spine.unit, unit)) {
            continue;
        }
        let history = rules.streams.get(track.stream_of(spine)).nature == Nature::History;
        if spine.certainty == Certainty::Withdrawn || (history && track.withdrawn(spine)) {
            withdrawn.push(ordinal as u16);
        } else {
            told.push(ordinal as u16);
            if spine.unit != 0 {
                units.push(spine.unit);
            }
        }
    }
    units.sort_unstable();
    units.dedup();
    let events = judge::judge(track, &units, group(track, &rules.streams, &told));
    let state = state_of(track, epoch, &events, told.len());
    Journey {
        state,
        opened: from,
        events,
        units,
        withdrawn,
    }
}

fn state_of(
    track: &Track,
    epoch: u16,
    events: &[(Event, Verdict)],
    statements: usize,
) -> ShipmentState {
    let current = events
        .iter()
        .rfind(|(_, verdict)| *verdict == Verdict::Current);
    let speaker = current.map(|(event, _)| &track.spine[usize::from(event.speaker(track))]);
    let reason = current.map_or(Reason::None, |(event, _)| reason_of(track, event));
    let delivered = events
        .iter()
        .filter(|(event, verdict)| {
            event.milestone.stage() == Stage::Delivered
                && matches!(verdict, Verdict::Current | Verdict::Replaced)
        })
        .map(|(event, _)| event.assumed)
        .next_back();
    let told = |certainty| {
        events
            .iter()
            .filter(move |(e, _)| {
                e.certainty == certainty && e.milestone.stage() == Stage::Delivered
            })
            .max_by_key(|(event, _)| track.spine[usize::from(event.witnesses[0])].last_seen)
            .map(|(event, _)| event.assumed)
    };
    let is_delivered = speaker.is_some_and(|s| s.milestone.stage() == Stage::Delivered);
    ShipmentState {
        epoch,
        milestone: speaker.map_or(Milestone::Unknown, |s| s.milestone),
        reason,
        direction: speaker.map_or(Direction::Forward, |s| s.direction),
        speaker: speaker.map_or(StatementId::default(), |s| s.id),
        occurred: current.and_then(|(event, _)| event.occurred),
        first: events.first().map_or(0, |(event, _)| event.assumed),
        last: events.last().map_or(0, |(event, _)| event.assumed),
        delivered: if is_delivered { delivered } else { None },
        expected: told(Certainty::Estimated).or_else(|| told(Certainty::Planned)),
        events: events.len().min(usize::from(u16::MAX)) as u16,
        statements: statements.min(usize::from(u16::MAX)) as u16,
        attempts_failed: events
            .iter()
            .filter(|(event, _)| {
                event.certainty == Certainty::Actual
                    && event.milestone.stage() == Stage::AttemptFailed
            })
            .count() as u16,
    }
}

/// The reason that any witness gives, the nearest stream first.
pub fn reason_of(track: &Track, event: &Event) -> Reason {
    event
        .witnesses
        .iter()
        .map(|w| track.spine[usize::from(*w)].reason)
        .find(|reason| *reason != Reason::None)
        .unwrap_or(Reason::None)
}
