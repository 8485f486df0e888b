//! Hubs that are killed at any moment, one after the other or two on one database, against a
//! simulated upstream that counts every call by its own means: for any seed, never one too many.

use crate::sabotage::layer::{Sabotage, Sabotaged};
use crate::world::{LIMIT, NOON, Place, open, store_of, texts};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use trackway_hub::budget::QuotaInfo;
use trackway_hub::{Clock, Hub, HubConfig, NewConnection, TestClock};
use trackway_model::ConnectionId;
use trackway_simulator::{Begin, Plan, Scenario, SimulatedDesk, World as Carrier};
use trackway_testkit::evidence::Calls;
use trackway_testkit::{Evidence, Postgres, eventually};

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3_600 * SECOND;
const A_DAY: usize = 14;
const A_SECOND: usize = 2;
const IN_THREE_MINUTES: usize = 9;
/// Five minutes before midnight in the upstream's zone, which is seven hours ahead.
const BEGIN: i64 = NOON + 5 * HOUR - 300 * SECOND;
/// Steps of five seconds at most: no call is under way for longer than two of them.
const STEP: i64 = 5 * SECOND;
const STEPS: usize = 260;
/// How long a step waits for a node that may be waiting for the clock itself.
const TURN: Duration = Duration::from_millis(8);

/// What the upstream counts.
#[derive(Clone)]
struct Counter {
    clock: Arc<TestClock>,
    arrived: Arc<Mutex<Vec<i64>>>,
}

async fn count(State(counter): State<Counter>, request: Request, next: Next) -> Response<Body> {
    let now = counter.clock.now();
    counter.arrived.lock().push(now);
    next.run(request).await
}

impl Counter {
    /// The most calls in any stretch of time.
    fn most_within(&self, length: i64) -> usize {
        let mut arrived = self.arrived.lock().clone();
        arrived.sort_unstable();
        let end = |from: i64| arrived.partition_point(|at| *at < from + length);
        let counts = arrived.iter().enumerate();
        counts
            .map(|(nth, at)| end(*at) - nth)
            .max()
            .unwrap_or_default()
    }

    fn by_day(&self) -> BTreeMap<i64, usize> {
        let mut days = BTreeMap::new();
        for at in self.arrived.lock().iter() {
            *days
                .entry((at + 7 * HOUR).div_euclid(24 * HOUR))
                .or_default() += 1;
        }
        days
    }

    fn evidence(&self) -> Evidence {
        let calls = |of: &str, made, allowed| Calls {
            of: of.to_owned(),
            made,
            allowed,
        };
        let day = self.by_day().into_values().max().unwrap_or_default();
        let minutes = self.most_within(180 * SECOND);
        Evidence {
            calls: vec![
                calls("a day", day, A_DAY),
                calls("a second", self.most_within(SECOND), A_SECOND),
                calls("three minutes", minutes, IN_THREE_MINUTES),
            ],
            ..Evidence::default()
        }
    }
}

/// The simulated 247Express, which knows the limit of a day and answers `APIKEY_LIMIT` beyond it.
async fn upstream(clock: &Arc<TestClock>) -> (String, String, Counter) {
    let counter = Counter {
        clock: clock.clone(),
        arrived: Arc::default(),
    };
    let plan = Plan {
        seed: 5,
        shipments: 8,
        scenario: Scenario::find("delivered").unwrap(),
        begin: Begin::Now,
        ..Plan::default()
    };
    let time = clock.clone();
    let carrier = Carrier::new(plan, Arc::new(move || time.now()));
    let limit = A_DAY.to_string();
    let settings = texts(&[("express247.lookups_per_day", &limit)]);
    let desk = Arc::new(SimulatedDesk::new(carrier, settings));
    let systems = trackway_simulator::http::router(&desk, Duration::from_millis(5))
        .layer(middleware::from_fn_with_state(counter.clone(), count));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, systems).await });
    (address, desk.credentials().key.clone(), counter)
}

/// A hub with threads of its own, which end where they are when it is killed.
struct Node {
    hub: Arc<Hub>,
    runtime: Runtime,
    /// How often it asked, or tried to.
    turns: watch::Receiver<u64>,
}

impl Node {
    fn start(
        place: &Arc<Place>,
        clock: &Arc<TestClock>,
        connection: ConnectionId,
        how: Sabotage,
    ) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (place, clock) = (place.clone(), clock.clone());
        let opened = runtime.spawn(async move {
            let store = Sabotaged::new(store_of(&place).await, how);
            let hub = Hub::open(Arc::new(store), HubConfig::default(), clock);
            hub.await.unwrap()
        });
        let hub = runtime.block_on(opened).unwrap();
        // Its tasks are to be its own runtime's.
        runtime.block_on(async { hub.start() });
        let (taken, turns) = watch::channel(0);
        for asker in 0..3 {
            let (hub, taken) = (hub.clone(), taken.clone());
            runtime.spawn(async move {
                let number = Carrier::number(asker);
                loop {
                    let asked = hub.test_connection(None, connection, None, Some(&number));
                    let paid = asked.await.is_ok_and(|told| told.outcome != "quota");
                    taken.send_modify(|turns| *turns += 1);
                    if !paid {
                        // Nobody asks again at the same moment.
                        let soon = hub.clock().now() + SECOND / 2;
                        hub.clock().sleep_until(soon).await;
                    }
                }
            });
        }
        Self {
            hub,
            runtime,
            turns,
        }
    }

    /// Ends it in the middle of whatever it does.
    fn kill(self) {
        let Self { hub, runtime, .. } = self;
        runtime.shutdown_timeout(LIMIT);
        drop(hub);
    }
}

struct Course {
    place: Arc<Place>,
    clock: Arc<TestClock>,
    counter: Counter,
    connection: ConnectionId,
    nodes: Vec<Node>,
    draw: u64,
    how: Sabotage,
}

impl Course {
    /// Hubs that are told that they have so many calls a day.
    async fn begin(place: Place, nodes: usize, seed: u64, a_day: usize) -> Self {
        Self::sabotaged(place, nodes, seed, a_day, Sabotage::Nothing).await
    }

    async fn sabotaged(place: Place, nodes: usize, seed: u64, a_day: usize, how: Sabotage) -> Self {
        let clock = Arc::new(TestClock::at(BEGIN));
        let (address, key, counter) = upstream(&clock).await;
        let place = Arc::new(place);
        let hub = open(&place, clock.clone(), HubConfig::default()).await;
        let settings = [
            ("apikey", &*key),
            ("quota_per_day", &*a_day.to_string()),
            ("quota_per_second", &*A_SECOND.to_string()),
            ("quota_rolling", &*format!("{IN_THREE_MINUTES}/180")),
        ];
        let new = NewConnection {
            dialect: "247express".to_owned(),
            base_url: address,
            settings: texts(&settings),
            operator: true,
            ..NewConnection::default()
        };
        let connection = hub.connect(new).await.unwrap().id;
        hub.stop().await.unwrap();
        drop(hub);
        let start = |_| Node::start(&place, &clock, connection, how);
        let nodes = tokio::task::block_in_place(|| (0..nodes).map(start).collect());
        Self {
            place,
            clock,
            counter,
            connection,
            nodes,
            draw: seed,
            how,
        }
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.draw = self
            .draw
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.draw >> 33) % below
    }

    /// Lets every node take a turn, and waits until no call is under way, so that none is for longer
    /// than time passes in two steps.
    async fn settle(&mut self) {
        for node in &mut self.nodes {
            node.turns.borrow_and_update();
            // One that waits for the clock takes none: then time may pass.
            let _ = tokio::time::timeout(TURN, node.turns.changed()).await;
        }
        eventually("calls to end", LIMIT, async || {
            let open = self.nodes.iter().map(|node| node.hub.calls_in_flight());
            (open.sum::<usize>() == 0).then_some(())
        })
        .await
        .unwrap();
    }

    fn kill_one(&mut self) {
        let nth = self.draw(self.nodes.len() as u64) as usize;
        let dead = self.nodes.swap_remove(nth);
        tokio::task::block_in_place(|| {
            dead.kill();
            let next = Node::start(&self.place, &self.clock, self.connection, self.how);
            self.nodes.push(next);
        });
    }

    /// Lets time pass to the other day, killing now and then.
    async fn run(mut self) -> (QuotaInfo, Counter) {
        for _ in 0..STEPS {
            if self.draw(24) == 0 {
                // Not settled: calls are under way.
                self.kill_one();
            }
            self.settle().await;
            let by = 1 + self.draw(STEP.unsigned_abs());
            self.clock.advance(Duration::from_micros(by));
        }
        let told = self.nodes[0].hub.quota_of(None, self.connection).await;
        tokio::task::block_in_place(|| self.nodes.into_iter().for_each(Node::kill));
        (told.unwrap(), self.counter)
    }

    /// The same, and judges.
    async fn prove(self) {
        let (told, counter) = self.run().await;
        assert_eq!(told.refused_at, None, "the upstream never had enough");
        let found = counter.evidence().findings();
        assert!(found.is_empty(), "{found:#?}");
        let days = counter.by_day();
        assert_eq!(days.len(), 2, "there was a midnight: {days:?}");
        assert!(days.values().sum::<usize>() > A_DAY, "{days:?}");
    }
}

async fn on_sqlite(seeds: Range<u64>) {
    for seed in seeds {
        let place = Place::Sqlite(TempDir::new().unwrap());
        Course::begin(place, 1, seed, A_DAY).await.prove().await;
    }
}

async fn on_postgres(seeds: Range<u64>) {
    for seed in seeds {
        let place = Place::Postgres(Postgres::database().await.unwrap());
        Course::begin(place, 2, seed, A_DAY).await.prove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_hub_that_is_killed_again_and_again() {
    on_sqlite(0..10).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_on_one_database_that_are_killed_in_turn() {
    on_postgres(10..15).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hubs_on_one_database_that_are_killed_in_turn_again() {
    on_postgres(15..20).await;
}

/// The upstream does count: hubs that believe in more than it allows are told so, once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upstream_with_a_lower_limit_than_was_set_says_so() {
    let place = Place::Sqlite(TempDir::new().unwrap());
    let (told, counter) = Course::begin(place, 1, 3, 10 * A_DAY).await.run().await;
    assert!(told.refused_at.is_some());
    assert!(
        counter.by_day().values().any(|calls| *calls > A_DAY),
        "{:?}",
        counter.by_day()
    );
}

/// Calls that are granted and not written down are found, on either store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_ledger_that_forgets_calls_is_found() {
    let (sqlite, postgres) = (TempDir::new().unwrap(), Postgres::database().await.unwrap());
    for place in [Place::Sqlite(sqlite), Place::Postgres(postgres)] {
        let course = Course::sabotaged(place, 1, 3, A_DAY, Sabotage::CallsNotTaken);
        let (_, counter) = course.await.run().await;
        let found = counter.evidence().findings();
        let says = |words: &str| found.iter().any(|one| one.contains(words));
        assert!(says("calls where a day allows 14"), "{found:#?}");
    }
}
