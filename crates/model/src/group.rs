//! Events: statements that tell of the same happening. Grouped anew by every fold, never stored.
//!
//! Two statements are one event only if they come from different streams, have compatible
//! milestones and equal pieces, no contradicting place or unit, and equal time at the coarser precision.
//! Grouping is one to one and greedy by (time, stream rank, id), so it does not depend on arrival.
//! What is left alone then meets by a time rounded to the nearest minute.

use crate::statement::{Certainty, Pieces};
use crate::stream::StreamTable;
use crate::time::{Occurred, OffsetSource};
use crate::track::{Spine, Track};
use crate::{Milestone, Stage};
use smallvec::SmallVec;

/// A happening and who told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Ordinals of the witnesses, the nearest stream first.
    pub witnesses: SmallVec<[u16; 4]>,
    /// Of the witnesses' times the one with the best known offset.
    pub occurred: Option<Occurred>,
    pub assumed: i64,
    /// The finest milestone that a witness told: the nearest stream's that knows one.
    pub milestone: Milestone,
    pub certainty: Certainty,
    pub pieces: Pieces,
    /// The unit that every witness speaks of; 0 where one speaks of the consignment as a whole.
    pub unit: u32,
    /// The resolved place of the first witness that has one.
    pub place: u32,
    /// Of the first witness; orders events of one instant.
    rank: u16,
    id: crate::StatementId,
}

/// Families of stages that sources with coarser codes put for one another, as bits.
mod family {
    pub const BEGINNING: u16 = 1;
    pub const MOVING: u16 = 1 << 1;
    pub const AT_THE_DOOR: u16 = 1 << 2;
    pub const TROUBLE: u16 = 1 << 3;
    pub const RETURNING: u16 = 1 << 4;
    pub const DELIVERED: u16 = 1 << 5;
    pub const RETURNED: u16 = 1 << 6;
    pub const CANCELLED: u16 = 1 << 7;
    pub const ANY: u16 = u16::MAX;
}

/// The families of a milestone. A source without a code for it tells it as any of them: a pick-up as
/// a movement, a loss as an exception.
const fn families(milestone: Milestone) -> u16 {
    use family::{
        ANY, AT_THE_DOOR, BEGINNING, CANCELLED, DELIVERED, MOVING, RETURNED, RETURNING, TROUBLE,
    };
    // Asked for again after a failed attempt: some tell the one, some the other.
    if matches!(milestone, Milestone::Redelivery) {
        return AT_THE_DOOR | TROUBLE;
    }
    match milestone.stage() {
        // An unknown code goes with any.
        Stage::Unknown => ANY,
        Stage::InfoReceived | Stage::Preparing => BEGINNING,
        Stage::Accepted => BEGINNING | MOVING,
        Stage::InTransit | Stage::Transshipment => MOVING,
        Stage::Customs => MOVING | TROUBLE,
        Stage::OutForDelivery | Stage::ReadyForPickup => AT_THE_DOOR,
        Stage::AttemptFailed | Stage::Exception | Stage::Lost | Stage::Seized => TROUBLE,
        Stage::Returning => RETURNING,
        Stage::Delivered => DELIVERED,
        Stage::Returned => RETURNED,
        Stage::Cancelled => CANCELLED,
    }
}

/// Two different ends are never one happening, whatever family they share.
fn compatible(a: Milestone, b: Milestone) -> bool {
    let ends = a.stage().is_final() && b.stage().is_final();
    families(a) & families(b) != 0 && (!ends || a.stage() == b.stage())
}

/// Keys that do not contradict each other: 0 is "not said", of a place and of a unit.
pub(crate) fn agree(a: u32, b: u32) -> bool {
    a == b || a == 0 || b == 0
}

/// How well an offset is known: the lower the better.
const fn trust(source: OffsetSource) -> u8 {
    source as u8
}

/// Whether nothing but their times could keep two statements from being one event.
fn alike(track: &Track, spine: &Spine, other: &Spine) -> bool {
    track.stream_of(spine) != track.stream_of(other)
        && spine.certainty == other.certainty
        && compatible(spine.milestone, other.milestone)
        && spine.pieces == other.pieces
        && agree(spine.place, other.place)
        && agree(spine.unit, other.unit)
}

/// Whether `spine` may join an event that `other` witnesses. Without a time nothing says that it is
/// the same happening.
fn same_happening(track: &Track, spine: &Spine, other: &Spine) -> bool {
    alike(track, spine, other)
        && spine
            .occurred
            .zip(other.occurred)
            .is_some_and(|(a, b)| a.same_moment(b))
}

/// Groups the statements with these ordinals into events, oldest event first.
pub fn group(track: &Track, streams: &StreamTable, ordinals: &[u16]) -> Vec<Event> {
    let spine = |ordinal: u16| &track.spine[usize::from(ordinal)];
    let rank = |ordinal: u16| streams.get(track.stream_of(spine(ordinal))).rank;
    let mut order: SmallVec<[(i64, u8, crate::StatementId, u16); 16]> = ordinals
        .iter()
        .map(|at| (spine(*at).assumed(), rank(*at), spine(*at).id, *at))
        .collect();
    order.sort_unstable();
    // One voice tells nothing twice: there is nobody to join.
    let stream = |ordinal: u16| track.stream_of(spine(ordinal));
    let several = ordinals
        .windows(2)
        .any(|pair| stream(pair[0]) != stream(pair[1]));
    let mut events: Vec<Event> = Vec::with_capacity(order.len());
    for (.., ordinal) in order {
        let joined = events.iter_mut().filter(|_| several).find(|event| {
            event
                .witnesses
                .iter()
                .all(|other| same_happening(track, spine(ordinal), spine(*other)))
        });
        match joined {
            Some(event) => event.witnesses.push(ordinal),
            None => events.push(Event::of(ordinal, spine(ordinal))),
        }
    }
    if several {
        join_rounded(track, &mut events);
    }
    for event in &mut events {
        event
            .witnesses
            .sort_unstable_by_key(|w| (rank(*w), spine(*w).id));
    }
    for event in events.iter_mut().filter(|event| event.witnesses.len() > 1) {
        event.settle(track);
    }
    events.sort_unstable_by_key(|event| {
        (
            event.assumed,
            event.rank,
            event.milestone.stage().rank(),
            event.id,
        )
    });
    events
}

/// Joins events that tell the time of a finer witness rounded to the nearest minute. After the
/// others, so that an equal time is never lost to a rounded one.
fn join_rounded(track: &Track, events: &mut Vec<Event>) {
    let spine = |ordinal: &u16| &track.spine[usize::from(*ordinal)];
    // Of the witnesses: an event's own time may be the cut one that joined it first.
    let all = || events.iter().flat_map(|event| &event.witnesses);
    let mut times = all().filter_map(|w| spine(w).occurred);
    let first = times.next().map(Occurred::is_whole_minute);
    if times.all(|time| Some(time.is_whole_minute()) == first) {
        return;
    }
    let mut kept: Vec<Event> = Vec::with_capacity(events.len());
    for event in events.drain(..) {
        let meets = |other: &&mut Event| {
            let all = || event.witnesses.iter().chain(&other.witnesses);
            let near = |fine: Occurred| {
                all().all(|w| {
                    spine(w)
                        .occurred
                        .is_some_and(|time| time.same_moment(fine) || time.rounds_to(fine))
                })
            };
            let fine = |w: &u16| spine(w).occurred.filter(|time| !time.is_whole_minute());
            let alike = |w: &u16| {
                let others = other.witnesses.iter();
                others.map(spine).all(|o| alike(track, spine(w), o))
            };
            event.witnesses.iter().all(alike) && all().filter_map(fine).any(near)
        };
        match kept.iter_mut().find(meets) {
            Some(other) => other.witnesses.extend(event.witnesses),
            None => kept.push(event),
        }
    }
    *events = kept;
}

impl Event {
    fn of(ordinal: u16, spine: &Spine) -> Self {
        Self {
            witnesses: SmallVec::from_slice(&[ordinal]),
            occurred: spine.occurred,
            assumed: spine.assumed(),
            milestone: spine.milestone,
            certainty: spine.certainty,
            pieces: spine.pieces,
            unit: spine.unit,
            place: spine.place,
            rank: spine.rank,
            id: spine.id,
        }
    }

    /// The witness that speaks for the event: the nearest stream that knows the code.
    pub fn speaker(&self, track: &Track) -> u16 {
        let known = |w: &&u16| track.spine[usize::from(**w)].milestone != Milestone::Unknown;
        self.witnesses
            .iter()
            .find(known)
            .copied()
            .unwrap_or(self.witnesses[0])
    }

    /// Takes time, milestone and order from the witnesses that know them best.
    fn settle(&mut self, track: &Track) {
        let speaker = &track.spine[usize::from(self.speaker(track))];
        let best = self
            .witnesses
            .iter()
            .map(|w| &track.spine[usize::from(*w)])
            .filter(|s| s.occurred.is_some())
            .min_by_key(|s| s.occurred.map_or(u8::MAX, |o| trust(o.offset_source)));
        if let Some(best) = best {
            self.occurred = best.occurred;
            self.assumed = best.assumed();
        }
        let said = |of: fn(&Spine) -> u32| {
            let keys = self.witnesses.iter();
            keys.map(move |w| of(&track.spine[usize::from(*w)]))
        };
        self.unit = said(|spine| spine.unit).min().unwrap_or_default();
        self.place = said(|spine| spine.place)
            .find(|place| *place != 0)
            .unwrap_or_default();
        self.milestone = speaker.milestone;
        self.rank = speaker.rank;
        self.id = speaker.id;
    }
}
