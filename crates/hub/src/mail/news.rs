//! What of the feed is news for people, and until when: pure functions.

use crate::clock::SECOND;
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::{Certainty, Milestone, Occurred, Precision, Track};

/// How far a clock on the wall may be behind UTC.
const FURTHEST_WEST: i64 = 12 * 3_600 * SECOND;
const DAY: i64 = 24 * 3_600 * SECOND;

/// The milestone to tell of, and the latest moment at which it may have happened. None where the change
/// tells people nothing: a replay, a stage that the shipment was in before or has left since, or one
/// that it fell back to because something was taken back.
pub fn of(change: &ShipmentChange, track: &Track) -> Option<(Milestone, i64)> {
    let milestone = change.after.milestone;
    let stage = milestone.stage();
    let was_there = change.before.map(|before| before.milestone.stage()) == Some(stage);
    if change.kind != ChangeKind::Live || was_there {
        return None;
    }
    let state = track.states.get(usize::from(change.shipment.epoch()))?;
    if state.stage() != stage || !is_told_now(change, track) {
        return None;
    }
    let happened = state.occurred.map_or(change.learned, at_the_latest);
    // Nobody tells what is to come: a clock that is ahead is a clock that is wrong.
    Some((milestone, happened.min(change.learned)))
}

/// Whether the change itself says as a fact what its state is. A state that comes from older words,
/// because newer ones were taken back, is no news.
fn is_told_now(change: &ShipmentChange, track: &Track) -> bool {
    let told = |ordinal: &u16| {
        track.spine.get(usize::from(*ordinal)).is_some_and(|spine| {
            spine.milestone == change.after.milestone
                && spine.certainty == Certainty::Actual
                && !track.withdrawn(spine)
        })
    };
    change.statements.iter().any(told)
}

/// The last instant that a time as it was told may mean.
fn at_the_latest(occurred: Occurred) -> i64 {
    let instant = occurred
        .instant()
        .unwrap_or_else(|| occurred.wall.saturating_add(FURTHEST_WEST));
    match occurred.precision {
        Precision::Day => instant.saturating_add(DAY),
        _ => instant,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::time::parse;

    #[test]
    fn a_time_is_old_only_when_it_is_old_everywhere() {
        let hour = 3_600 * SECOND;
        let noon = parse("2024-05-07T12:00:00Z").unwrap().wall;
        let rows = [
            ("2024-05-07T12:00:00Z", noon),
            ("2024-05-07T12:00:00+07:00", noon - 7 * hour),
            ("2024-05-07 12:00:00", noon + 12 * hour),
            ("2024-05-07", noon + 24 * hour),
        ];
        for (text, latest) in rows {
            assert_eq!(at_the_latest(parse(text).unwrap()), latest, "{text}");
        }
    }
}
