//! A ride: hubs that take events in and tell them, are killed at moments that a seed draws, and rise
//! again; then the evidence of what came of it.
//!
//! A hub is killed by ending the runtime in which it and its store were opened: every task ends where
//! it stands. The receiver holds back its answers shortly before, so that acknowledgements are in
//! flight, and one event is acknowledged right before.

use super::layer::{Sabotage, Sabotaged};
use crate::world::{LIMIT, NOON, Place, store_of};
use axum::body::Body;
use axum::http::Request;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;
use trackway_dialects::native;
use trackway_hub::{Hub, HubConfig, NewEndpoint, NewKey, TestClock};
use trackway_model::change::Subject;
use trackway_store::Store;
use trackway_store::records::Outcome;
use trackway_testkit::evidence::{Message, Step, Told};
use trackway_testkit::{Answer, Evidence, Receiver, eventually};

const NUMBERS: [&str; 4] = ["P1", "P2", "P3", "P4"];
/// Events that are in the feed before a hub begins to tell, more than it tells before it dies; and
/// those that come meanwhile.
const BEFORE: usize = 24;
const MEANWHILE: usize = 12;
/// Of so many messages one fails when it comes first.
const FAILS: u64 = 7;
/// More changes than a ride has.
const MOST: usize = 10_000;
/// Sequence numbers of one change's messages.
const MESSAGES: u64 = 4_096;
/// How much of the hub's time passes while something is waited for.
const PASS: Duration = Duration::from_mins(1);
/// How long what is told may take: the leases of the dead run out meanwhile.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long the receiver holds an answer back: until whoever waits for it is dead.
const HELD: Duration = Duration::from_secs(5);

/// What the receiver knows.
#[derive(Default)]
struct Log {
    steps: Vec<Step>,
    told: BTreeSet<Told>,
    seen: HashSet<Message>,
    came: usize,
    /// From this request on, answers are held back.
    held_from: Option<usize>,
}

impl Log {
    fn came(&mut self, body: &Value, luck: u64) -> Answer {
        let is_held = self.held_from.is_some_and(|from| self.came >= from);
        self.came += 1;
        let number = body["data"]["number"].as_str().unwrap().to_owned();
        let message = (number.clone(), body["sequence"].as_u64().unwrap());
        let is_first = self.seen.insert(message.clone());
        let accepted = is_held || !is_first || !luck.is_multiple_of(FAILS);
        if accepted {
            for event in body["data"]["events"].as_array().unwrap() {
                let text = event["text"].as_str().unwrap().to_owned();
                self.told.insert((number.clone(), text));
            }
        }
        self.steps.push(Step::Came { message, accepted });
        let delay = if is_held { HELD } else { Duration::ZERO };
        Answer::status(if accepted { 200 } else { 500 }).delay(delay)
    }

    fn accepted(&self) -> HashSet<Message> {
        let accepted = self.steps.iter().filter_map(|step| match step {
            Step::Came { message, accepted } => accepted.then(|| message.clone()),
            Step::Killed { .. } => None,
        });
        accepted.collect()
    }
}

/// What the sender knows.
#[derive(Default)]
struct Sender {
    count: usize,
    /// Not acknowledged, so to be sent, again if need be.
    open: VecDeque<(&'static str, String)>,
    acknowledged: BTreeSet<Told>,
}

impl Sender {
    fn add(&mut self, number: &'static str) {
        self.open.push_back((number, format!("{:04}", self.count)));
        self.count += 1;
    }
}

/// Numbers drawn from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Sends what is open, each event until it is acknowledged.
async fn send(hub: Arc<Hub>, key: String, sender: Arc<Mutex<Sender>>) {
    let router = native::router().with_state(hub);
    loop {
        let Some((number, text)) = sender.lock().open.front().cloned() else {
            return;
        };
        let nth: u32 = text.parse().unwrap();
        let event = json!({
            "carrier": "own", "number": number, "id": text, "text": text, "status": "in_transit",
            "occurred_at": format!("2024-05-07T{:02}:{:02}:00Z", nth / 60, nth % 60),
        });
        let request = Request::post("/v1/events")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {key}"))
            .body(Body::from(json!({ "events": [event] }).to_string()))
            .unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut sender = sender.lock();
        sender.open.pop_front();
        sender.acknowledged.insert((number.to_owned(), text));
    }
}

/// A hub and its store, in a runtime of their own.
struct Node {
    hub: Arc<Hub>,
    runtime: Option<Runtime>,
}

impl Node {
    fn runtime(&self) -> &Runtime {
        self.runtime.as_ref().unwrap()
    }

    fn start(&self) {
        let entered = self.runtime().enter();
        self.hub.start();
        drop(entered);
    }

    /// Ends it where it stands.
    async fn kill(mut self) {
        let runtime = self.runtime.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(LIMIT))
            .await
            .unwrap();
    }

    async fn stop(self) {
        let hub = self.hub.clone();
        let stopped = self.runtime().spawn(async move { hub.stop().await });
        stopped.await.unwrap().unwrap();
        self.kill().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub struct Ride {
    place: Arc<Place>,
    how: Sabotage,
    clock: Arc<TestClock>,
    draw: Draw,
    key: String,
    _receiver: Receiver,
    log: Arc<Mutex<Log>>,
    sender: Arc<Mutex<Sender>>,
}

impl Ride {
    pub async fn begin(place: Place, how: Sabotage, seed: u64) -> Self {
        let clock = Arc::new(TestClock::at(NOON));
        let receiver = Receiver::start().await.unwrap();
        let log: Arc<Mutex<Log>> = Arc::default();
        let (kept, luck) = (log.clone(), Mutex::new(Draw(seed)));
        receiver.set_rule(move |request| {
            let body = request.json().unwrap();
            let luck = luck.lock().below(1 << 20);
            kept.lock().came(&body, luck)
        });
        let store = store_of(&place).await;
        let hub = Hub::open(store, HubConfig::default(), clock.clone());
        let hub = hub.await.unwrap();
        let new = NewEndpoint {
            dialect: Some("native".to_owned()),
            url: receiver.url("/hook"),
            operator: true,
            ..NewEndpoint::default()
        };
        hub.add_endpoint(new).await.unwrap();
        let new = NewKey {
            dialect: Some("native".to_owned()),
            ..NewKey::default()
        };
        let key = hub.create_key(new).await.unwrap().key;
        hub.stop().await.unwrap();
        Self {
            place: Arc::new(place),
            how,
            clock,
            draw: Draw(seed),
            key,
            _receiver: receiver,
            log,
            sender: Arc::default(),
        }
    }

    /// Another hub over the data; beside another one where there is one.
    async fn rise(&self, other: Option<&Node>) -> Node {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let (place, clock, how) = (self.place.clone(), self.clock.clone(), self.how);
        let other = other.map(|node| node.hub.store().clone());
        let opened = runtime.spawn(async move {
            let mut store = Sabotaged::new(store_of(&place).await, how);
            if let Some(other) = &other {
                store = store.beside(other);
            }
            Hub::open(Arc::new(store), HubConfig::default(), clock)
                .await
                .unwrap()
        });
        Node {
            hub: opened.await.unwrap(),
            runtime: Some(runtime),
        }
    }

    fn add(&mut self, count: usize) {
        for _ in 0..count {
            let number = NUMBERS[self.draw.below(NUMBERS.len() as u64) as usize];
            self.sender.lock().add(number);
        }
    }

    fn sending(&self, node: &Node) -> tokio::task::JoinHandle<()> {
        let (hub, key, sender) = (node.hub.clone(), self.key.clone(), self.sender.clone());
        node.runtime().spawn(send(hub, key, sender))
    }

    /// Waits, while time passes for the hub.
    async fn until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        eventually(what, PATIENCE, async || {
            if is_so() {
                return Some(());
            }
            self.clock.advance(PASS);
            None
        })
        .await
        .unwrap();
    }

    /// A hub that works until it is killed.
    pub async fn round(&mut self) {
        let node = self.rise(None).await;
        self.add(BEFORE);
        self.sending(&node).await.unwrap();
        numbered(&**node.hub.store()).await;
        let moment = {
            let mut log = self.log.lock();
            let moment = log.came + NUMBERS.len() + 1 + self.draw.below(4) as usize;
            log.held_from = Some(moment);
            moment
        };
        let settled = attempts(&**node.hub.store()).await;
        node.start();
        self.add(MEANWHILE);
        let sending = self.sending(&node);
        self.until("the moment", || self.log.lock().came > moment)
            .await;
        self.settles_more_than(settled, &node).await;
        sending.await.unwrap();
        self.add(1);
        self.sending(&node).await.unwrap();
        node.kill().await;
        self.killed().await;
    }

    /// Waits for what the kill must not come before: a hub that has written down nothing of what it
    /// told has lost nothing either, whatever its sabotage.
    async fn settles_more_than(&self, attempts_before: usize, node: &Node) {
        let store = node.hub.store();
        eventually("an attempt to be settled", PATIENCE, async || {
            self.clock.advance(PASS);
            (attempts(&**store).await > attempts_before).then_some(())
        })
        .await
        .unwrap();
    }

    /// What was accepted and is not settled was in flight.
    async fn killed(&self) {
        let store = store_of(&self.place).await;
        let account = &store.accounts().await.unwrap()[0];
        let mut in_flight = self.log.lock().accepted();
        for attempt in store.attempts(account.id, 0, i64::MAX).await.unwrap() {
            if attempt.outcome == Outcome::Accepted {
                let sequence = attempt.position.number * MESSAGES + u64::from(attempt.message);
                in_flight.remove(&(number_of(&*store, attempt.subject).await, sequence));
            }
        }
        store.close().await.unwrap();
        let mut log = self.log.lock();
        log.held_from = None;
        log.steps.push(Step::Killed { in_flight });
    }

    /// Two hubs at once, until all is told.
    pub async fn two_nodes(mut self) -> Evidence {
        let first = self.rise(None).await;
        let second = self.rise(Some(&first)).await;
        self.add(BEFORE + MEANWHILE);
        self.sending(&first).await.unwrap();
        first.start();
        second.start();
        self.until("all to be told", || {
            let (log, sender) = (self.log.lock(), self.sender.lock());
            sender.acknowledged.is_subset(&log.told)
        })
        .await;
        second.stop().await;
        self.end_of(first).await
    }

    /// A hub that finishes what the killed ones left.
    pub async fn end(self) -> Evidence {
        let node = self.rise(None).await;
        node.start();
        self.end_of(node).await
    }

    /// Tells one thing more of each shipment. Once that has arrived, all has that ever will: a
    /// shipment's messages come in order.
    async fn end_of(self, node: Node) -> Evidence {
        for number in NUMBERS {
            self.sender.lock().add(number);
        }
        let last: Vec<Told> = self
            .sender
            .lock()
            .open
            .iter()
            .rev()
            .take(NUMBERS.len())
            .map(|(number, text)| ((*number).to_owned(), text.clone()))
            .collect();
        self.sending(&node).await.unwrap();
        self.until("the last events to be told", || {
            let log = self.log.lock();
            last.iter().all(|one| log.told.contains(one))
        })
        .await;
        node.stop().await;
        self.evidence().await
    }

    async fn evidence(&self) -> Evidence {
        let store = store_of(&self.place).await;
        let verification = store.verify().await.unwrap();
        let Log { steps, told, .. } = std::mem::take(&mut *self.log.lock());
        let mut evidence = Evidence {
            acknowledged: self.sender.lock().acknowledged.clone(),
            differing: verification
                .differing
                .iter()
                .map(|(track, what)| format!("{}: {what}", track.0))
                .collect(),
            told,
            steps,
            ..Evidence::default()
        };
        let account = &store.accounts().await.unwrap()[0];
        for number in NUMBERS {
            for track in store.find(account.id, None, number).await.unwrap() {
                let ordinals: Vec<u16> = (0..track.spine.len() as u16).collect();
                let held = store.statements(&track, &ordinals).await.unwrap();
                for statement in held {
                    let event: Value = serde_json::from_slice(&statement.raw.unwrap()).unwrap();
                    let text = event["text"].as_str().unwrap().to_owned();
                    evidence.kept.push((number.to_owned(), text));
                }
            }
        }
        for (at, change) in store.changes(&[], MOST).await.unwrap() {
            if change.is_news() {
                let number = number_of(&*store, change.subject()).await;
                evidence.changes.insert((number, at.number * MESSAGES));
            }
        }
        store.close().await.unwrap();
        evidence
    }
}

/// Waits until the feed holds what is committed: each event is a change.
async fn numbered(store: &dyn Store) {
    eventually("the feed to be numbered", PATIENCE, async || {
        let committed = store.counts().await.unwrap().statements;
        let changes = store.changes(&[], MOST).await.unwrap();
        (changes.len() as u64 >= committed).then_some(())
    })
    .await
    .unwrap();
}

/// How many attempts are written down.
async fn attempts(store: &dyn Store) -> usize {
    let account = &store.accounts().await.unwrap()[0];
    let attempts = store.attempts(account.id, 0, i64::MAX).await;
    attempts.unwrap().len()
}

async fn number_of(store: &dyn Store, subject: Subject) -> String {
    let shipment = subject.shipment().unwrap();
    let track = store.track(shipment.track()).await.unwrap().unwrap();
    track.number.to_string()
}
