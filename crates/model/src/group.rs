//! Events: statements that tell of the same happening. Grouped anew by every fold, never stored.
//!
//! Two statements are one event only if they come from different streams, have compatible
//! milestones and equal pieces, no contradicting place, and equal time at the coarser precision.
//! Grouping is one to one and greedy by (time, stream rank, id), so it does not depend on arrival.

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
    /// Of the first witness; orders events of one instant.
    rank: u16,
    id: crate::StatementId,
}

/// Stages that sources with coarser codes put for one another.
#[derive(PartialEq, Eq)]
enum Family {
    Beginning,
    Preparing,
    Moving,
    AtTheDoor,
    Trouble,
    Returning,
    Delivered,
    Returned,
    Cancelled,
    Lost,
    Seized,
}

const fn family(stage: Stage) -> Option<Family> {
    Some(match stage {
        Stage::Unknown => return None,
        Stage::InfoReceived | Stage::Accepted => Family::Beginning,
        Stage::Preparing => Family::Preparing,
        Stage::InTransit | Stage::Customs | Stage::Transshipment => Family::Moving,
        Stage::OutForDelivery | Stage::ReadyForPickup => Family::AtTheDoor,
        Stage::AttemptFailed | Stage::Exception => Family::Trouble,
        Stage::Returning => Family::Returning,
        Stage::Delivered => Family::Delivered,
        Stage::Returned => Family::Returned,
        Stage::Cancelled => Family::Cancelled,
        Stage::Lost => Family::Lost,
        Stage::Seized => Family::Seized,
    })
}

/// An unknown code goes with any.
fn compatible(a: Milestone, b: Milestone) -> bool {
    match (family(a.stage()), family(b.stage())) {
        (Some(a), Some(b)) => a == b,
        (None, _) | (_, None) => true,
    }
}

fn same_place(a: u32, b: u32) -> bool {
    a == b || a == 0 || b == 0
}

/// How well an offset is known: the lower the better.
const fn trust(source: OffsetSource) -> u8 {
    source as u8
}

/// Whether `spine` may join an event that `other` witnesses.
fn same_happening(track: &Track, spine: &Spine, other: &Spine) -> bool {
    track.stream_of(spine) != track.stream_of(other)
        && spine.certainty == other.certainty
        && compatible(spine.milestone, other.milestone)
        && spine.pieces == other.pieces
        && same_place(spine.place, other.place)
        && match (spine.occurred, other.occurred) {
            (Some(a), Some(b)) => a.same_moment(b),
            // Without a time nothing says that it is the same happening.
            _ => false,
        }
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
            Some(event) => {
                event.witnesses.push(ordinal);
                event
                    .witnesses
                    .sort_unstable_by_key(|w| (rank(*w), spine(*w).id));
            }
            None => events.push(Event::of(ordinal, spine(ordinal))),
        }
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

impl Event {
    fn of(ordinal: u16, spine: &Spine) -> Self {
        Self {
            witnesses: SmallVec::from_slice(&[ordinal]),
            occurred: spine.occurred,
            assumed: spine.assumed(),
            milestone: spine.milestone,
            certainty: spine.certainty,
            pieces: spine.pieces,
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
        self.milestone = speaker.milestone;
        self.rank = speaker.rank;
        self.id = speaker.id;
    }
}
