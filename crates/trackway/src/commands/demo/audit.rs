//! Compares what happened in the world with what the hub holds and what its subscriber got.

use serde::Serialize;
use std::collections::BTreeSet;
use trackway_dialects::desk::Settings;
use trackway_dialects::{nandh, native, registry};
use trackway_hub::explain::ExplainedEvent;
use trackway_hub::{Explanation, Hub};
use trackway_model::change::{ChangeKind, FeedPosition, RecordChange};
use trackway_simulator::World;

/// Changes read in one go.
const PAGE: usize = 1_000;

/// The summary.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub parcels: usize,
    /// Happenings of the world, and those of them that the hub holds exactly once.
    pub happened: usize,
    pub held_once: usize,
    /// Events in the hub that never happened, or happened once and are there twice.
    pub surplus: usize,
    /// Statements that told of them, each of another voice.
    pub statements: usize,
    /// Events that all three systems told of.
    pub events_of_three_sources: usize,
    /// The same of containers and air waybills: estimates are not counted, and those that came otherwise
    /// are kept beside.
    pub containers: usize,
    pub waybills: usize,
    pub cargo_happened: usize,
    pub cargo_held_once: usize,
    pub cargo_surplus: usize,
    pub estimates_kept: usize,
    /// Messages that the two aggregators had to push, and those that were acknowledged.
    pub pushes_sent: usize,
    pub pushes_acknowledged: usize,
    /// Webhooks that the carrier sent, and among them copies and torn ones.
    pub webhooks_sent: usize,
    pub webhooks_repeated: usize,
    pub webhooks_torn_and_kept_apart: usize,
    /// Look-ups at the systems, and those that they failed.
    pub calls: u64,
    pub calls_failed: u64,
    /// Orders that were placed through N&H's API, those that are where their parcels are, and among them
    /// those that arrived.
    pub orders: usize,
    pub orders_as_their_parcels: usize,
    pub orders_completed: usize,
    /// Items in the merchant's warehouse, and those whose levels are what came in less what went out.
    pub items: usize,
    pub items_exact: usize,
    /// Histories that clients of the four systems asked for, each in its own words, and those that were
    /// the hub's and nothing else: asked once everything else is right.
    pub histories_asked: usize,
    pub histories_alike: usize,
    /// N&H's webhooks: what there was to tell, and what arrived with a proof that holds.
    pub order_changes_to_tell: usize,
    pub order_messages_verified: usize,
    pub order_messages_refused: usize,
    pub changes_to_tell: usize,
    pub messages_verified: usize,
    pub messages_repeated: usize,
    pub messages_refused: usize,
    /// The same of the subscriber that was down, and what still waits for it.
    pub recovered_verified: usize,
    pub recovered_repeated: usize,
    pub recovered_waiting: usize,
    /// The age of what the hub knew of the parcels on the road, while it was asking: half of them no
    /// older, and 95 %.
    pub age_p50_s: Option<u64>,
    pub age_p95_s: Option<u64>,
    /// From the start to the first parcel that the hub knew as delivered.
    pub seconds_to_the_first_delivery: Option<f64>,
    /// What is not as it should be, at most a few.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// A carrier and two aggregators.
const SYSTEMS: usize = 3;
/// Most problems that are listed.
const LISTED: usize = 5;

impl Report {
    /// Every happening exactly once, every message arrived and verified, and every client told the same.
    pub fn is_complete(&self) -> bool {
        self.is_settled() && self.histories_alike == self.histories_asked
    }

    /// The same, as far as it can be seen without asking as a client.
    pub fn is_settled(&self) -> bool {
        self.held_once == self.happened
            && self.surplus == 0
            && self.cargo_held_once == self.cargo_happened
            && self.cargo_surplus == 0
            && self.orders_as_their_parcels == self.orders
            && self.items_exact == self.items
            && self.order_messages_verified == self.order_changes_to_tell
            && self.order_messages_refused == 0
            && self.messages_verified == self.changes_to_tell
            && self.recovered_verified == self.changes_to_tell
            && self.messages_refused == 0
    }

    /// Compares one parcel with its journey in the hub; whether it is complete.
    pub fn compare(&mut self, world: &World, index: u32, held: &[Explanation]) -> bool {
        let events = || held.iter().flat_map(|journey| &journey.events);
        let script = world.until(index, world.now());
        let mut matched = 0;
        for happening in script {
            let minute = World::minute(happening);
            let is_it = |time: &String| time.starts_with(&minute);
            let times = events()
                .filter(|event| event.time.as_ref().is_some_and(is_it))
                .count();
            if times == 1 {
                matched += 1;
            } else {
                let number = World::number(index);
                self.note(format!(
                    "{number}: {times} events for what happened at {minute}"
                ));
            }
        }
        let found = events().count();
        let minutes: BTreeSet<String> = script.iter().map(World::minute).collect();
        for event in events() {
            let time = event.time.as_deref().unwrap_or_default();
            if !minutes
                .iter()
                .any(|minute| time.starts_with(minute.as_str()))
            {
                let told: Vec<_> = event
                    .witnesses
                    .iter()
                    .map(|witness| witness.dialect)
                    .collect();
                let number = World::number(index);
                self.note(format!(
                    "{number}: nothing happened at {time}, told by {}",
                    told.join(", ")
                ));
            }
        }
        self.parcels += 1;
        self.happened += script.len();
        self.held_once += matched;
        self.surplus += found.saturating_sub(script.len());
        self.statements += events().map(|event| event.witnesses.len()).sum::<usize>();
        let systems = |event: &&ExplainedEvent| {
            let told = event.witnesses.iter().map(|witness| witness.dialect);
            told.collect::<BTreeSet<_>>().len() == SYSTEMS
        };
        self.events_of_three_sources += events().filter(systems).count();
        matched == script.len() && found == matched
    }

    /// A client's look at one parcel.
    pub fn seen_by_client(&mut self, system: &str, number: &str, is_alike: bool) {
        self.histories_asked += 1;
        self.histories_alike += usize::from(is_alike);
        if !is_alike {
            self.note(format!(
                "{number}: a client of {system} is told another history"
            ));
        }
    }

    /// Says what is wrong, while there is room.
    pub fn note(&mut self, problem: String) {
        if self.problems.len() < LISTED {
            self.problems.push(problem);
        }
    }
}

/// Whether a dialect's webhooks tell of a record's change.
fn tells(dialect: &str, change: &RecordChange) -> bool {
    let hook = registry::find(dialect).and_then(|dialect| dialect.hook()?.records());
    hook.is_some_and(|hook| hook.tells(&Settings::new(), change))
}

/// How many changes the feed has held since a position, those of replays left out.
#[derive(Debug)]
pub struct Changes {
    cursor: Vec<FeedPosition>,
    /// Those that our own webhooks tell of.
    pub count: usize,
    /// Those that N&H's tell of.
    pub of_orders: usize,
}

impl Changes {
    pub const fn since(cursor: Vec<FeedPosition>) -> Self {
        Self {
            cursor,
            count: 0,
            of_orders: 0,
        }
    }

    /// Counts on to the feed's end.
    pub async fn count_on(&mut self, hub: &Hub) -> anyhow::Result<()> {
        loop {
            let page = hub.store().changes(&self.cursor, PAGE).await?;
            if page.is_empty() {
                return Ok(());
            }
            let live = page.iter().filter_map(|(_, c)| c.as_shipment());
            let live = live.filter(|c| c.kind == ChangeKind::Live);
            self.count += live.count();
            let records = || page.iter().filter_map(|(_, c)| c.as_record());
            self.count += records().filter(|c| tells(native::NAME, c)).count();
            self.of_orders += records().filter(|c| tells(nandh::NAME, c)).count();
            for (position, _) in page {
                let known = self.cursor.iter_mut();
                match { known }.find(|known| known.shard == position.shard) {
                    Some(known) => *known = (*known).max(position),
                    None => self.cursor.push(position),
                }
            }
        }
    }
}
