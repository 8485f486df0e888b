//! Compares what happened in the world with what the hub holds and what its subscriber got.

use serde::Serialize;
use trackway_hub::{Explanation, Hub};
use trackway_model::change::{ChangeKind, FeedPosition};
use trackway_simulator::World;

/// Changes read in one go.
const PAGE: usize = 1_000;

/// The summary.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub parcels: u32,
    /// Happenings of the world, and those of them that the hub holds exactly once.
    pub happened: usize,
    pub held_once: usize,
    /// Events in the hub that never happened, or happened once and are there twice.
    pub surplus: usize,
    /// Statements that told of them, each of another voice.
    pub statements: usize,
    pub webhooks_taken_in: usize,
    pub changes_to_tell: usize,
    pub messages_verified: usize,
    pub messages_repeated: usize,
    pub messages_refused: usize,
    /// What is not as it should be, at most a few.
    pub problems: Vec<String>,
}

/// Most problems that are listed.
const LISTED: usize = 5;

impl Report {
    /// Every happening exactly once, and every message arrived and verified.
    pub fn is_complete(&self) -> bool {
        self.held_once == self.happened
            && self.surplus == 0
            && self.messages_verified == self.changes_to_tell
            && self.messages_refused == 0
    }

    /// Compares one parcel with its journey in the hub.
    pub fn compare(&mut self, world: &World, index: u32, held: &[Explanation]) {
        let events = || held.iter().flat_map(|journey| &journey.events);
        let script = world.until(index, world.now());
        let mut matched = 0;
        for happening in &script {
            let at = world.written(happening);
            let times = events()
                .filter(|event| event.time.as_deref() == Some(&at))
                .count();
            if times == 1 {
                matched += 1;
            } else if self.problems.len() < LISTED {
                let number = World::number(index);
                self.problems.push(format!(
                    "{number}: {times} events for what happened at {at}"
                ));
            }
        }
        let found = events().count();
        self.happened += script.len();
        self.held_once += matched;
        self.surplus += found.saturating_sub(script.len());
        self.statements += events().map(|event| event.witnesses.len()).sum::<usize>();
    }
}

/// How many changes the feed holds after these positions, those of replays left out.
pub async fn changes_after(hub: &Hub, from: &[FeedPosition]) -> anyhow::Result<usize> {
    let mut cursor = from.to_vec();
    let mut count = 0;
    loop {
        let page = hub.store().changes(&cursor, PAGE).await?;
        if page.is_empty() {
            return Ok(count);
        }
        count += page
            .iter()
            .filter(|(_, change)| change.kind == ChangeKind::Live)
            .count();
        for (position, _) in page {
            match cursor
                .iter_mut()
                .find(|known| known.shard == position.shard)
            {
                Some(known) => *known = (*known).max(position),
                None => cursor.push(position),
            }
        }
    }
}
