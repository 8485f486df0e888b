//! What a consumer is told: the difference that an intake made to its track's journeys.

use smallvec::SmallVec;
use trackway_model::change::{Change, ChangeKind, Mark, ShipmentChange};
use trackway_model::fold::{FoldRules, Journey, fold};
use trackway_model::track::States;
use trackway_model::{Nature, ShipmentId, Track};

/// A track's journeys before an intake.
pub(super) struct Before {
    states: States,
    /// Withdrawn statements, where the intake may withdraw some.
    withdrawn: Option<SmallVec<[u16; 8]>>,
}

impl Before {
    /// Takes the states out of the row: `fold` or `restore` puts them back.
    pub fn of(track: &mut Track, rules: &FoldRules, history: bool) -> Self {
        let withdrawn = history.then(|| withdrawn(track, rules));
        Self {
            states: std::mem::take(&mut track.states),
            withdrawn,
        }
    }

    /// Nothing happened. Returns the last epoch.
    pub fn restore(self, track: &mut Track) -> u16 {
        track.states = self.states;
        last_epoch(track)
    }

    /// Folds the row and tells what changed. `told` are the ordinals that are new or have a new
    /// version. Returns the epoch that the intake spoke of.
    pub fn fold(
        self,
        track: &mut Track,
        rules: &FoldRules,
        told: &[u16],
        kind: ChangeKind,
        learned: i64,
        changes: &mut Vec<Change>,
    ) -> u16 {
        let journeys = fold(track, rules);
        let moved = self.moved(track, rules);
        let mut spoken = None;
        for journey in &journeys {
            let state = &journey.state;
            let statements = of_journey(&journeys, journey, told);
            if !statements.is_empty() {
                spoken = Some(state.epoch);
            }
            let held = self.states.get(usize::from(state.epoch));
            let before = held.filter(|held| held.events > 0).map(Mark::of);
            let nothing = before.is_none() && state.events == 0;
            let same = held == Some(state) && of_journey(&journeys, journey, &moved).is_empty();
            if statements.is_empty() && (nothing || same) {
                continue;
            }
            let shipment = ShipmentId::new(track.id, state.epoch);
            let (account, after) = (track.account, Mark::of(state));
            changes.push(Change::Shipment(ShipmentChange {
                account,
                shipment,
                kind,
                learned,
                before,
                after,
                statements,
            }));
        }
        for gone in self
            .states
            .iter()
            .skip(journeys.len())
            .filter(|state| state.events > 0)
        {
            changes.push(Change::Shipment(ShipmentChange {
                account: track.account,
                shipment: ShipmentId::new(track.id, gone.epoch),
                kind,
                learned,
                before: Some(Mark::of(gone)),
                after: Mark::default(),
                statements: SmallVec::new(),
            }));
        }
        track.states = journeys.into_iter().map(|journey| journey.state).collect();
        spoken.unwrap_or_else(|| last_epoch(track))
    }

    /// Statements that are withdrawn now and were not, or the other way round.
    fn moved(&self, track: &Track, rules: &FoldRules) -> SmallVec<[u16; 8]> {
        let Some(before) = &self.withdrawn else {
            return SmallVec::new();
        };
        let after = withdrawn(track, rules);
        let lost = before.iter().filter(|ordinal| !after.contains(ordinal));
        let gained = after.iter().filter(|ordinal| !before.contains(ordinal));
        lost.chain(gained).copied().collect()
    }
}

fn last_epoch(track: &Track) -> u16 {
    track.states.last().map_or(0, |state| state.epoch)
}

fn withdrawn(track: &Track, rules: &FoldRules) -> SmallVec<[u16; 8]> {
    if track.spans.is_empty() {
        return SmallVec::new();
    }
    let history = |s| rules.streams.get(track.stream_of(s)).nature == Nature::History;
    let all = track.spine.iter().zip(0..);
    all.filter(|(s, _)| track.withdrawn(s) && history(s))
        .map(|(_, ordinal)| ordinal)
        .collect()
}

/// Those of the statements that belong to a journey.
fn of_journey(journeys: &[Journey], journey: &Journey, ordinals: &[u16]) -> SmallVec<[u16; 6]> {
    if journeys.len() == 1 || ordinals.is_empty() {
        return ordinals.into();
    }
    let holds = |ordinal: &u16| {
        journey.withdrawn.contains(ordinal)
            || journey
                .events
                .iter()
                .any(|(event, _)| event.witnesses.contains(ordinal))
    };
    ordinals.iter().copied().filter(holds).collect()
}
