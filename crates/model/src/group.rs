//! Events: statements that tell of the same happening. Grouped anew by every fold, never stored.
//!
//! Two statements are one event only if they come from different streams, have compatible
//! milestones and equal pieces, no contradicting place or unit, and equal time at the coarser precision,
//! or one that is the other's rounded to the nearest minute. Grouping is one to one: streams join in
//! turn, those first that leave the least choice, each by a greatest matching of its statements with the
//! events so far, so that a telling that fits two happenings never takes the only one that another fits.
//! It does not depend on arrival.

use crate::statement::{Certainty, Pieces};
use crate::stream::{StreamId, StreamTable};
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

/// How well a statement's time fits an event: the better, the less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// The same moment in the words of the same milestone.
    Same,
    /// The same moment at the coarser precision.
    Moment,
    /// The moment rounded to the nearest minute.
    Rounded,
}

/// The statements to be grouped, and how they are compared.
struct Told<'a> {
    track: &'a Track,
    streams: &'a StreamTable,
}

impl<'a> Told<'a> {
    fn spine(&self, ordinal: u16) -> &'a Spine {
        &self.track.spine[usize::from(ordinal)]
    }

    fn rank(&self, ordinal: u16) -> u8 {
        let stream = self.track.stream_of(self.spine(ordinal));
        self.streams.get(stream).rank
    }

    /// Whether and how a statement may join an event. Without a time nothing says that it is the same
    /// happening.
    fn fit(&self, ordinal: u16, event: &Event) -> Option<Fit> {
        let spine = self.spine(ordinal);
        let time = spine.occurred?;
        let times = || event.witnesses.iter().map(|w| self.spine(*w).occurred);
        let same = times().all(|other| other.is_some_and(|other| time.same_moment(other)));
        if !same && !rounds(|| times().chain([Some(time)])) {
            return None;
        }
        let mut witnesses = event.witnesses.iter().map(|w| self.spine(*w));
        if !witnesses.all(|other| alike(self.track, spine, other)) {
            return None;
        }
        Some(match (same, event.milestone == spine.milestone) {
            (true, true) => Fit::Same,
            (true, false) => Fit::Moment,
            (false, _) => Fit::Rounded,
        })
    }
}

/// Whether one of these times is fine, and all others are it, cut or rounded to the nearest minute.
fn rounds<T: Iterator<Item = Option<Occurred>>>(times: impl Fn() -> T) -> bool {
    let near = |fine: Occurred| {
        times().all(|time| time.is_some_and(|time| time.same_moment(fine) || time.rounds_to(fine)))
    };
    let mut fine = times().flatten().filter(|time| !time.is_whole_minute());
    fine.any(near)
}

/// Groups the statements with these ordinals into events, oldest event first.
pub fn group(track: &Track, streams: &StreamTable, ordinals: &[u16]) -> Vec<Event> {
    let told = Told { track, streams };
    let mut events = Vec::with_capacity(ordinals.len());
    let mut voices = voices(&told, ordinals);
    while !voices.is_empty() {
        let (next, fits) = clearest(&told, &events, &voices);
        let voice = voices.remove(next);
        join(&told, &mut events, &voice.said, fits);
    }
    for event in &mut events {
        event
            .witnesses
            .sort_unstable_by_key(|w| (told.rank(*w), told.spine(*w).id));
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

/// What one stream told, by time.
struct Voice {
    /// It knows no seconds.
    coarse: bool,
    said: SmallVec<[u16; 16]>,
}

/// For each statement of a voice the events that it may join: the best first, of those the ones at its
/// place.
type Fits = Vec<SmallVec<[(Fit, usize); 2]>>;

/// The streams' voices: those first that know seconds, then the nearest. A coarse time says which happening
/// it is of only where the fine ones stand already.
fn voices(told: &Told<'_>, ordinals: &[u16]) -> SmallVec<[Voice; 4]> {
    let mut of: SmallVec<[(StreamId, Voice); 4]> = SmallVec::new();
    for ordinal in ordinals {
        let spine = told.spine(*ordinal);
        let stream = told.track.stream_of(spine);
        let coarse = spine.occurred.is_none_or(Occurred::is_whole_minute);
        if let Some((_, voice)) = of.iter_mut().find(|(id, _)| *id == stream) {
            voice.said.push(*ordinal);
            voice.coarse &= coarse;
        } else {
            let said = SmallVec::from_slice(&[*ordinal]);
            of.push((stream, Voice { coarse, said }));
        }
    }
    of.sort_unstable_by_key(|(id, voice)| (voice.coarse, told.rank(voice.said[0]), *id));
    let mut voices: SmallVec<[_; 4]> = of.into_iter().map(|(_, voice)| voice).collect();
    for voice in &mut voices {
        let said = &mut voice.said;
        said.sort_unstable_by_key(|w| (told.spine(*w).assumed(), told.spine(*w).id));
    }
    voices
}

/// The voice that joins next, with what its statements may join: of those that know the time as finely the
/// first that has no choice, else the one that has the least. What joined without a choice may tell the
/// others by its place which is which.
fn clearest(told: &Told<'_>, events: &[Event], voices: &[Voice]) -> (usize, Fits) {
    let alike = voices
        .iter()
        .take_while(|voice| voice.coarse == voices[0].coarse);
    let mut best: Option<(usize, usize, Fits)> = None;
    for (at, voice) in alike.enumerate() {
        let fits = fits(told, events, &voice.said);
        let choices = fits.iter().map(|fits| fits.len().saturating_sub(1)).sum();
        if best.as_ref().is_none_or(|(least, ..)| choices < *least) {
            best = Some((choices, at, fits));
        }
        if choices == 0 {
            break;
        }
    }
    best.map_or_else(|| (0, Fits::new()), |(_, at, fits)| (at, fits))
}

fn fits(told: &Told<'_>, events: &[Event], voice: &[u16]) -> Fits {
    // The first voice has nobody to join.
    if events.is_empty() {
        return Fits::new();
    }
    let of = |ordinal: &u16| {
        let met = events.iter().enumerate();
        let mut fits: SmallVec<[_; 2]> = met
            .filter_map(|(at, event)| Some((told.fit(*ordinal, event)?, at)))
            .collect();
        let elsewhere = |at: usize| events[at].place != told.spine(*ordinal).place;
        fits.sort_unstable_by_key(|(fit, at)| (*fit, elsewhere(*at), *at));
        fits.truncate(CROWD);
        fits
    };
    voice.iter().map(of).collect()
}

/// Lets the statements of one stream join events, one to one: as many as can, and where there is a
/// choice those whose times fit better. What joins none is an event of its own.
fn join(told: &Told<'_>, events: &mut Vec<Event>, voice: &[u16], fits: Fits) {
    let mut matching = Matching::new(fits, voice.len(), events.len());
    for fit in [Fit::Same, Fit::Moment, Fit::Rounded] {
        matching.grow(fit);
    }
    let fresh = voice
        .iter()
        .zip(&matching.joined)
        .filter(|(_, joined)| !**joined);
    let fresh: SmallVec<[u16; 16]> = fresh.map(|(ordinal, _)| *ordinal).collect();
    for (event, joined) in matching.taken.iter().enumerate() {
        if let Some(at) = joined {
            events[event].witnesses.push(voice[*at]);
        }
    }
    events.extend(fresh.into_iter().map(|w| Event::of(w, told.spine(w))));
}

/// As many happenings of one moment as are told apart: bounds the work that a crowd of them can make.
const CROWD: usize = 64;

/// A matching of a voice's statements with events, grown along augmenting paths: who has an event gives
/// it up only for another one.
struct Matching {
    fits: Fits,
    /// For each statement whether it joins one.
    joined: Vec<bool>,
    /// For each event the statement that joins it.
    taken: Vec<Option<usize>>,
}

impl Matching {
    fn new(fits: Fits, statements: usize, events: usize) -> Self {
        Self {
            joined: vec![false; statements],
            fits,
            taken: vec![None; events],
        }
    }

    /// Finds places for those without one, where times fit so well at least.
    fn grow(&mut self, worst: Fit) {
        for statement in 0..self.fits.len() {
            if !self.joined[statement] {
                self.joined[statement] = self.place(statement, worst, &mut SmallVec::new());
            }
        }
    }

    fn place(&mut self, statement: usize, worst: Fit, seen: &mut SmallVec<[usize; 8]>) -> bool {
        for at in 0..self.fits[statement].len() {
            let (fit, event) = self.fits[statement][at];
            if fit > worst || seen.len() == CROWD || seen.contains(&event) {
                continue;
            }
            seen.push(event);
            let free = match self.taken[event] {
                None => true,
                Some(other) => self.place(other, worst, seen),
            };
            if free {
                self.taken[event] = Some(statement);
                return true;
            }
        }
        false
    }
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
