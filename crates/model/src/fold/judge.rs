//! Which event is the current status, and why the others are not.
//!
//! What is told of a part counts for that part. Pieces add up: a milestone of some of them is the
//! consignment's when they are as many as there are in all. A unit's end is the consignment's when
//! every unit that the journey knows has come to it; whatever else a unit meets moves the
//! consignment, unless that unit's own end forbids it.

use crate::group::{Event, agree};
use crate::statement::Certainty;
use crate::track::Track;
use crate::{Milestone, Stage};
use serde::Serialize;
use smallvec::SmallVec;

/// Why an event is, or is not, the current status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// It is the current status.
    Current,
    /// It was, until a later event.
    Replaced,
    /// It is told as a plan or an estimate, not as done.
    NotActual,
    /// Its code is in no table.
    UnknownCode,
    /// The journey had ended, or that of the unit it speaks of, and this milestone does not reopen
    /// that end.
    AfterFinal { stage: Stage },
    /// It speaks of some of the pieces only.
    SomePieces { counted: u16, of: u16 },
    /// It ends the way of some of the units only.
    SomeUnits { counted: u16, of: u16 },
}

/// `units`: those that the journey knows. `events` come oldest first.
pub fn judge(track: &Track, units: &[u32], events: Vec<Event>) -> Vec<(Event, Verdict)> {
    let mut judged: Vec<(Event, Verdict)> = Vec::with_capacity(events.len());
    let mut current: Option<usize> = None;
    let mut parts = Parts::of(units, &events);
    for event in events {
        let held = current.map_or(Stage::Unknown, |at| judged[at].0.milestone.stage());
        let verdict = verdict(track, &event, held, &mut parts);
        if verdict == Verdict::Current
            && let Some(before) = current.replace(judged.len())
        {
            judged[before].1 = Verdict::Replaced;
        }
        judged.push((event, verdict));
    }
    judged
}

fn verdict(track: &Track, event: &Event, held: Stage, parts: &mut Parts<'_>) -> Verdict {
    if event.certainty != Certainty::Actual {
        return Verdict::NotActual;
    }
    if event.milestone == Milestone::Unknown {
        return Verdict::UnknownCode;
    }
    if let Some(verdict) = parts.some_pieces(event) {
        return verdict;
    }
    let of_units = parts.some_units(track, event);
    if after_final(event.milestone, held) {
        return Verdict::AfterFinal { stage: held };
    }
    of_units.unwrap_or(Verdict::Current)
}

/// Whether an end was reached that this milestone does not leave.
fn after_final(milestone: Milestone, held: Stage) -> bool {
    held.is_final() && held != milestone.stage() && !milestone.reopens().contains(&held)
}

/// What has been told of parts so far.
struct Parts<'a> {
    /// Pieces in all, as told last; at first as told first.
    total: u16,
    arrived: SmallVec<[Arrived; 4]>,
    units: &'a [u32],
    /// Units that came to their end, and which.
    ended: SmallVec<[(u32, Stage); 4]>,
}

/// Pieces that met one milestone at one place.
struct Arrived {
    milestone: Milestone,
    place: u32,
    unit: u32,
    counted: u16,
}

impl<'a> Parts<'a> {
    fn of(units: &'a [u32], events: &[Event]) -> Self {
        let mut totals = events.iter().map(|event| event.pieces.total);
        Self {
            total: totals.find(|total| *total > 0).unwrap_or_default(),
            arrived: SmallVec::new(),
            units,
            ended: SmallVec::new(),
        }
    }

    /// Counts the event's pieces. None: it speaks of all of them, or the last of them came.
    fn some_pieces(&mut self, event: &Event) -> Option<Verdict> {
        let pieces = event.pieces;
        if pieces.total > 0 {
            self.total = pieces.total;
        }
        if pieces.count == 0 {
            return None;
        }
        let of = self.total;
        let known = self.arrived.iter().position(|arrived| {
            arrived.milestone == event.milestone
                && arrived.unit == event.unit
                && agree(arrived.place, event.place)
        });
        let before = known.map_or(0, |at| self.arrived[at].counted);
        let counted = before.saturating_add(pieces.count);
        if pieces.count >= of || counted >= of {
            // All are there: what is told next of these pieces is another leg.
            if let Some(at) = known {
                self.arrived.remove(at);
            }
            return None;
        }
        if let Some(at) = known {
            self.arrived[at].counted = counted;
        } else {
            self.arrived.push(Arrived {
                milestone: event.milestone,
                place: event.place,
                unit: event.unit,
                counted,
            });
        }
        Some(Verdict::SomePieces { counted, of })
    }

    /// Notes the end of the units that the event speaks of, or that they left it. None: it counts for
    /// the consignment.
    fn some_units(&mut self, track: &Track, event: &Event) -> Option<Verdict> {
        if self.units.is_empty() {
            return None;
        }
        let stage = event.milestone.stage();
        let mut barred = None;
        for witness in &event.witnesses {
            let unit = track.spine[usize::from(*witness)].unit;
            if unit != 0 {
                barred = barred.or(self.moves(unit, event.milestone));
            }
        }
        if event.unit == 0 || self.units.len() == 1 {
            return None;
        }
        if let Some(stage) = barred {
            return Some(Verdict::AfterFinal { stage });
        }
        if !stage.is_final() {
            return None;
        }
        let told = self.ended.iter().filter(|(_, end)| *end == stage).count();
        let counted = |number: usize| number.min(usize::from(u16::MAX)) as u16;
        (told < self.units.len()).then(|| Verdict::SomeUnits {
            counted: counted(told),
            of: counted(self.units.len()),
        })
    }

    /// Moves one unit on. Returns the end that it can't leave this way.
    fn moves(&mut self, unit: u32, milestone: Milestone) -> Option<Stage> {
        let stage = milestone.stage();
        let known = self.ended.iter().position(|(ended, _)| *ended == unit);
        if let Some(at) = known {
            let end = self.ended[at].1;
            if after_final(milestone, end) {
                return Some(end);
            }
            self.ended.remove(at);
        }
        if stage.is_final() {
            self.ended.push((unit, stage));
        }
        None
    }
}
