//! Compares what happened in the world with what the hub holds and what its subscriber got.

use serde::Serialize;
use std::collections::BTreeSet;
use trackway_dialects::desk::Settings;
use trackway_dialects::{express247, nandh, native, registry};
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
    /// What the three systems had to tell of them, and what of that stands as a witness of its own
    /// happening and of no other.
    pub tellings: usize,
    pub tellings_joined: usize,
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
    /// Parcels that were given through 247Express's customer API, and those whose history is what was
    /// done with them, step by step.
    pub consigned: usize,
    pub consigned_held: usize,
    /// What its status webhook had to tell of them, what it told in that order, and what beside.
    pub status_updates_to_tell: usize,
    pub status_updates_told: usize,
    pub status_updates_surplus: usize,
    /// All of its messages, of every parcel.
    pub status_messages_verified: usize,
    pub status_messages_refused: usize,
    /// Orders and shipments of another N&H that are followed, and those that stand here as there.
    pub followed: usize,
    pub followed_as_there: usize,
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
            && self.tellings_joined == self.tellings
            && self.cargo_held_once == self.cargo_happened
            && self.cargo_surplus == 0
            && self.orders_as_their_parcels == self.orders
            && self.items_exact == self.items
            && self.consigned_held == self.consigned
            && self.status_updates_told == self.status_updates_to_tell
            && self.status_updates_surplus == 0
            && self.status_messages_refused == 0
            && self.followed_as_there == self.followed
            && self.order_messages_verified == self.order_changes_to_tell
            && self.order_messages_refused == 0
            && self.messages_verified == self.changes_to_tell
            && self.recovered_verified == self.changes_to_tell
            && self.messages_refused == 0
    }

    /// Compares one parcel with its journeys in the hub; whether each happening is there once, told by
    /// every system that has told of it by now and by no other.
    pub fn compare(&mut self, world: &World, index: u32, held: &[Explanation]) -> bool {
        let events: Vec<&ExplainedEvent> = held.iter().flat_map(|it| &it.events).collect();
        let script = world.until(index, world.now());
        let number = World::number(index);
        let (mut once, mut owed, mut joined) = (0, 0, 0);
        let mut happened = BTreeSet::new();
        for happening in script {
            let written = World::written(happening);
            let begins = |event: &ExplainedEvent| {
                let time = event.time.as_deref();
                time.is_some_and(|time| time.starts_with(&written))
            };
            let found: Vec<&ExplainedEvent> =
                events.iter().copied().filter(|it| begins(it)).collect();
            let tellers = world.tellers(happening, world.now());
            owed += tellers.len();
            let [event] = found[..] else {
                let count = found.len();
                self.note(format!(
                    "{number}: {count} events for what happened at {written}"
                ));
                happened.insert(written);
                continue;
            };
            once += 1;
            let told = told_by(event);
            let (heard, missing): (Vec<_>, Vec<_>) = tellers
                .into_iter()
                .partition(|teller| told.contains(teller));
            joined += heard.len();
            if let Some(teller) = missing.first() {
                self.note(format!(
                    "{number}: {teller} has not told what happened at {written}"
                ));
            }
            happened.insert(written);
        }
        for event in &events {
            let time = event.time.as_deref().unwrap_or_default();
            if !happened
                .iter()
                .any(|written| time.starts_with(written.as_str()))
            {
                let told: Vec<_> = told_by(event).into_iter().collect();
                let told = told.join(", ");
                self.note(format!(
                    "{number}: nothing happened at {time}, told by {told}"
                ));
            }
        }
        self.parcels += 1;
        self.happened += script.len();
        self.held_once += once;
        self.surplus += events.len().saturating_sub(script.len());
        self.tellings += owed;
        self.tellings_joined += joined;
        self.statements += events
            .iter()
            .map(|event| event.witnesses.len())
            .sum::<usize>();
        let all = events
            .iter()
            .filter(|event| told_by(event).len() == SYSTEMS);
        self.events_of_three_sources += all.count();
        once == script.len() && events.len() == once && joined == owed
    }

    /// A client's look at one number, and what it is told otherwise than it is held.
    pub fn seen_by_client(&mut self, system: &str, number: &str, difference: Option<String>) {
        self.histories_asked += 1;
        match difference {
            None => self.histories_alike += 1,
            Some(difference) => self.note(format!("{number}: a client of {system} {difference}")),
        }
    }

    /// Says what is wrong, while there is room.
    pub fn note(&mut self, problem: String) {
        if self.problems.len() < LISTED {
            self.problems.push(problem);
        }
    }
}

/// The systems whose answers told of an event. 247Express's webhook tells a status alone: what its clients
/// are given of a history is its last answer.
fn told_by(event: &ExplainedEvent) -> BTreeSet<&'static str> {
    let alone = (express247::NAME, express247::WEBHOOK.name);
    let told = event.witnesses.iter();
    let told = told.filter(|it| (it.dialect, it.stream) != alone);
    told.map(|witness| witness.dialect).collect()
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
