//! Every scenario of the simulator against the real hub: simulated systems over HTTP, their webhooks
//! at our door, and a clock that all go by. At the end the hub holds every happening once and each
//! parcel stands at its own end. Those of ocean and air cargo are played in `sailing`.

use crate::world::{LIMIT, World, texts};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tower::ServiceExt;
use trackway_dialects::dialect::Answer;
use trackway_dialects::{express247, keydelivery, track123};
use trackway_hub::{Clock, Explanation, HubConfig, NewConnection, NewTracking};
use trackway_model::{CodeKind, Milestone, OffsetSource, Reason};
use trackway_simulator::journey::Happening;
use trackway_simulator::{
    Begin, Outbox, Plan, SCENARIOS, Scenario, SimulatedDesk, World as Carrier, track123 as second,
    words,
};
use trackway_store::quarantine::{KEPT, Wanted};

const PARCELS: u32 = 8;
/// Into so many steps the world's time is cut.
const STEPS: i64 = 400;
/// So many more, at most, for what failed to be asked again.
const MORE: i64 = 600;
/// So often the schedule is seen unchanged until it is taken to be waiting.
const STILL: u32 = 4;
/// Slow answers take so long here.
const PATIENCE: Duration = Duration::from_millis(5);

macro_rules! scenarios {
    ($($test:ident $name:literal),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            Show::of($name).await.play().await;
        })*

        const PLAYED: &[&str] = &[$($name),*];
    };
}

scenarios!(
    mixed "mixed",
    delivered "delivered",
    failed_attempts "failed-attempts",
    returned "returned",
    cancelled "cancelled",
    lost "lost",
    seized "seized",
    customs "customs",
    duplicates "duplicates",
    disorder "disorder",
    purged "purged",
    no_record "no-record",
    reused "reused",
    zoneless "zoneless",
    rounded "rounded",
    bilingual "bilingual",
    three_sources "three-sources",
    outage "outage",
    quota "quota",
    slow "slow",
    broken "broken",
    everything "everything",
);

#[test]
fn every_scenario_is_played() {
    let names: BTreeSet<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
    let elsewhere = [crate::sailing::PLAYED, crate::merchant::PLAYED];
    let played = PLAYED.iter().chain(elsewhere.into_iter().flatten());
    assert_eq!(played.copied().collect::<BTreeSet<_>>(), names);
}

/// Calls that the systems are at work on.
#[derive(Clone, Default)]
struct AtWork(Arc<AtomicUsize>);

async fn counted(State(at_work): State<AtWork>, request: Request, next: Next) -> Response {
    at_work.0.fetch_add(1, Ordering::SeqCst);
    let response = next.run(request).await;
    at_work.0.fetch_sub(1, Ordering::SeqCst);
    response
}

struct Show {
    scenario: &'static Scenario,
    hub: World,
    carrier: Carrier,
    at_work: AtWork,
    /// Where webhooks are sent to.
    door: String,
    told_until: i64,
    /// Bodies that arrived torn.
    torn: Vec<Vec<u8>>,
    /// Journeys of each parcel that it was registered for.
    registered: BTreeMap<u32, u16>,
    /// What the aggregators push, where they do.
    outboxes: Vec<Outbox>,
}

/// The scenario in which three systems are connected, and all push.
const THREE: &str = "three-sources";
/// Where the aggregators reach us.
pub const PUBLIC: &str = "https://hub.example";

impl Show {
    async fn of(scenario: &str) -> Self {
        let scenario = Scenario::find(scenario).unwrap();
        let public = HubConfig {
            public_url: Some(PUBLIC.to_owned()),
            ..HubConfig::default()
        };
        let hub = World::sqlite().await.reopened_with(public).await;
        let clock = hub.clock.clone();
        let plan = Plan {
            seed: 5,
            shipments: PARCELS,
            scenario,
            begin: Begin::Now,
            ..Plan::default()
        };
        let carrier = Carrier::new(plan, Arc::new(move || clock.now()));
        // As many calls a second as the hub likes: its clock stands.
        let settings = texts(&[("track123.requests_per_second", "1000")]);
        let desk = Arc::new(SimulatedDesk::new(carrier.clone(), settings));
        let at_work = AtWork::default();
        let systems = trackway_simulator::http::router(&desk, PATIENCE)
            .layer(middleware::from_fn_with_state(at_work.clone(), counted));
        let address = serve(systems).await;
        let known = desk.credentials();
        let door = connect(&hub, "247express", &address, &[("apikey", &known.key)]).await;
        let mut settings = vec![("key", &*known.key), ("secret", &*known.secret)];
        let mut outboxes = Vec::new();
        if scenario.name == THREE {
            settings.push(("push", "yes"));
            let door = connect(&hub, track123::NAME, &address, &[("key", &known.key)]).await;
            let portal = format!("{PUBLIC}{door}/track123");
            outboxes.push(Outbox::new(desk.clone(), track123::NAME, Some(portal)));
            outboxes.push(Outbox::new(desk.clone(), keydelivery::NAME, None));
        }
        connect(&hub, "keydelivery", &address, &settings).await;
        hub.hub.start();
        Self {
            scenario,
            hub,
            carrier,
            at_work,
            door,
            told_until: i64::MIN,
            torn: Vec::new(),
            registered: BTreeMap::new(),
            outboxes,
        }
    }

    fn sources(&self) -> &'static [&'static str] {
        if self.scenario.name == THREE {
            &["247express", "keydelivery", "track123"]
        } else {
            &["247express", "keydelivery"]
        }
    }

    async fn play(mut self) {
        let begin = self.hub.clock.now();
        let step = (self.carrier.end() - begin) / STEPS;
        let step = Duration::from_micros(step.unsigned_abs());
        for nth in 0..STEPS + MORE {
            self.register().await;
            self.push().await;
            self.settle().await;
            if nth >= STEPS && self.problem().await.is_none() {
                break;
            }
            self.hub.clock.advance(step);
        }
        // What was asked for last may still be on its way.
        let mut problem = None;
        let told = trackway_testkit::eventually("the history", LIMIT, async || {
            problem = self.problem().await;
            problem.is_none().then_some(())
        });
        let told = told.await;
        assert!(told.is_ok(), "{}: {problem:?}", self.scenario.name);
        self.check_quarantine().await;
        self.check_particulars().await;
        self.hub.hub.stop().await.unwrap();
    }

    /// Clients register a number when its parcel is handed in, once for each journey.
    async fn register(&mut self) {
        let now = self.hub.clock.now();
        for index in 0..PARCELS {
            let seen = self.carrier.until(index, now).last();
            let due = seen.map_or(1, |happening| happening.journey + 1);
            let done = self.registered.entry(index).or_default();
            if *done >= due {
                continue;
            }
            *done = due;
            for connection in self.sources() {
                let new = NewTracking {
                    carrier: "247express".to_owned(),
                    numbers: vec![Carrier::number(index)],
                    connection: Some((*connection).to_owned()),
                    ..NewTracking::default()
                };
                self.hub.hub.track(new).await.unwrap();
            }
        }
    }

    async fn push(&mut self) {
        let now = self.hub.clock.now();
        for push in self.carrier.pushes(self.told_until, now) {
            let body = self.carrier.body(&push, "unused");
            let request = Request::post(format!("{}/IntergrationAPI", self.door))
                .header("content-type", "application/json")
                .body(Body::from(body.clone()))
                .unwrap();
            let router = express247::router().with_state(self.hub.hub.clone());
            let answer = router.oneshot(request).await.unwrap();
            let told = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            let told: Value = serde_json::from_slice(&told).unwrap();
            assert_eq!(told["IsError"], push.torn, "{told}");
            if push.torn {
                self.torn.push(body);
            }
        }
        self.told_until = now;
        for outbox in &mut self.outboxes {
            deliver(&self.hub, outbox).await;
        }
    }

    /// Waits until the polls that are due are sent off and answered, or nothing moves any more: a
    /// connection that is out, or out of calls, keeps what is due.
    async fn settle(&self) {
        let now = self.hub.clock.now();
        let store = self.hub.hub.store();
        let (mut before, mut same) = (None, 0);
        trackway_testkit::eventually("the polls", LIMIT, async || {
            // A poll may have been settled to an instant that the clock has passed meanwhile.
            self.hub.hub.wake_poller();
            let heads = store.poll_heads().await.unwrap();
            let is_over = heads.iter().all(|head| head.due > now);
            same = if before.as_ref() == Some(&heads) {
                same + 1
            } else {
                0
            };
            before = Some(heads);
            let is_still = is_over || same >= STILL;
            (is_still && self.at_work.0.load(Ordering::SeqCst) == 0).then_some(())
        })
        .await
        .unwrap();
    }

    async fn explained(&self, index: u32) -> Vec<Explanation> {
        let number = Carrier::number(index);
        let mut told = self.hub.hub.explain(None, None, &number).await.unwrap();
        told.reverse();
        told
    }

    /// What is not as it was in the world.
    async fn problem(&self) -> Option<String> {
        for index in 0..PARCELS {
            let held = self.explained(index).await;
            let script = self.carrier.script(index);
            if let Some(problem) = compare(script, &held) {
                return Some(format!("{}: {problem}", Carrier::number(index)));
            }
        }
        None
    }

    async fn check_quarantine(&self) {
        assert_eq!(self.torn.is_empty(), self.scenario.manner.torn == 0);
        let account = self.hub.hub.account(None).await.unwrap().id;
        let store = self.hub.hub.store();
        let wanted = Wanted {
            account: Some(account),
            stopped: Some(true),
            ..Wanted::default()
        };
        let held = store.quarantined(&wanted, 1_000).await.unwrap();
        let times: u64 = held.iter().map(|one| one.times).sum();
        assert!(times >= self.torn.len() as u64, "{times}");
        let mut kept = Vec::new();
        for one in &held {
            let payloads = store.payloads(one.id, 0, KEPT).await.unwrap();
            kept.extend(payloads.into_iter().map(|(_, payload)| payload.body));
        }
        for body in &self.torn {
            assert!(kept.contains(body), "a torn webhook is kept");
        }
    }

    /// What a scenario is about beyond the history itself.
    async fn check_particulars(&self) {
        let mut all = Vec::new();
        for index in 0..PARCELS {
            all.extend(self.explained(index).await);
        }
        let events = || all.iter().flat_map(|journey| &journey.events);
        let witnesses = || events().flat_map(|event| &event.witnesses);
        match self.scenario.name {
            "failed-attempts" => {
                let failed = events().filter(|event| event.milestone == Milestone::PendingHandling);
                let reasons: Vec<Reason> = failed.map(|event| event.reason).collect();
                assert!(reasons.len() >= PARCELS as usize);
                assert!(!reasons.contains(&Reason::None), "{reasons:?}");
            }
            "customs" => {
                let alone = events().filter(|event| event.witnesses.len() == 1);
                assert!(alone.count() > PARCELS as usize * 4);
            }
            "no-record" => {
                let unknown = all.iter().filter(|journey| journey.events.is_empty());
                let unknown = unknown.count();
                assert!(unknown > 0 && unknown < PARCELS as usize, "{unknown}");
            }
            THREE => self.check_witnesses().await,
            "zoneless" => {
                let ours = |event: &trackway_hub::explain::ExplainedEvent| {
                    event.offset_source == Some(OffsetSource::Connection)
                };
                assert!(events().all(ours));
            }
            "rounded" => {
                let heard = witnesses().filter(|witness| witness.dialect == "keydelivery");
                let heard: Vec<_> = heard.collect();
                assert!(heard.iter().all(|witness| witness.time_text.len() == 16));
                assert!(!heard.is_empty());
            }
            "bilingual" => {
                let texts: Vec<_> = witnesses().filter_map(|w| w.text.as_deref()).collect();
                for beginning in ["Đang giao hàng", "Out for delivery"] {
                    let found = texts.iter().any(|text| text.starts_with(beginning));
                    assert!(found, "no {beginning} in {texts:?}");
                }
            }
            _ => {}
        }
    }
}

impl Show {
    /// Each event has for witnesses those who told of it, and nobody else.
    async fn check_witnesses(&self) {
        let mut three = 0;
        for index in 0..PARCELS {
            let held = self.explained(index).await;
            for happening in self.carrier.script(index) {
                let minute = Carrier::minute(happening);
                let events = held.iter().flat_map(|journey| &journey.events);
                let mut events = events.filter(|event| {
                    let time = event.time.as_deref();
                    time.is_some_and(|time| time.starts_with(&minute))
                });
                let witnesses = &events.next().unwrap().witnesses;
                let told: BTreeSet<_> = witnesses.iter().map(|it| it.dialect).collect();
                let due = [
                    ("247express", happening.by_carrier()),
                    ("keydelivery", happening.by_aggregator()),
                    ("track123", second::sub_status(happening).is_some()),
                ];
                let due = due.into_iter().filter(|(_, tells)| *tells);
                assert_eq!(told, due.map(|(name, _)| name).collect(), "{happening:?}");
                three += usize::from(told.len() == 3);
            }
        }
        assert!(three > PARCELS as usize * 2, "{three}");
        for outbox in &self.outboxes {
            let counts = outbox.counts();
            assert!(counts.acknowledged > PARCELS as usize, "{counts:?}");
            assert_eq!((counts.refused, counts.given_up), (0, 0), "{counts:?}");
        }
    }
}

/// Takes what an aggregator has to push to the hub's doors.
pub async fn deliver(hub: &World, outbox: &mut Outbox) {
    outbox.collect();
    while let Some(letter) = outbox.next_due() {
        let path = letter.outgoing.url.strip_prefix(PUBLIC).unwrap().to_owned();
        let router = if path.ends_with(track123::NAME) {
            track123::router().with_state(hub.hub.clone())
        } else {
            keydelivery::router().with_state(hub.hub.clone())
        };
        let mut request = Request::post(path);
        for (name, value) in &letter.outgoing.headers {
            request = request.header(name, value);
        }
        let body = Body::from(letter.outgoing.body.clone());
        let answer = router.oneshot(request.body(body).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let said = Answer {
            status,
            retry_after_s: None,
            body: &body,
        };
        let number = letter.number.clone();
        let told = String::from_utf8_lossy(&body);
        assert!(
            outbox.judge(letter, Some(&said)),
            "{number}: {status} {told}"
        );
        // No two come at one instant.
        hub.clock.advance(Duration::from_millis(1));
    }
}

/// What differs between a parcel's world and what the hub holds.
fn compare(script: &[Happening], held: &[Explanation]) -> Option<String> {
    let journeys: Vec<&[Happening]> = script.chunk_by(|a, b| a.journey == b.journey).collect();
    let told = held.iter().filter(|journey| !journey.events.is_empty());
    let told: Vec<&Explanation> = told.collect();
    if journeys.len() != told.len() {
        return Some(format!("{} journeys of {}", told.len(), journeys.len()));
    }
    for (happened, held) in journeys.iter().zip(told) {
        for happening in *happened {
            let minute = Carrier::minute(happening);
            let is_it = |time: &str| time.starts_with(&minute);
            let times = held.events.iter().filter_map(|event| event.time.as_deref());
            let count = times.filter(|time| is_it(time)).count();
            if count != 1 {
                return Some(format!("{count} events for {happening:?}"));
            }
        }
        if held.events.len() != happened.len() {
            let surplus = held.events.len() - happened.len();
            return Some(format!("{surplus} events never happened: {held:?}"));
        }
        let expected = end_of(happened);
        if held.milestone != expected {
            return Some(format!("{} instead of {expected:?}", held.milestone.name()));
        }
    }
    None
}

fn end_of(journey: &[Happening]) -> Milestone {
    let last = journey.last().and_then(|happening| happening.status);
    let code = (last.expect("a journey ends with a status") as u8).to_string();
    express247::vocabulary()
        .read(CodeKind::Shipment, &code, "")
        .0
}

/// Connects a simulated system; returns the path of its door.
pub async fn connect(
    hub: &World,
    dialect: &str,
    address: &str,
    settings: &[(&str, &str)],
) -> String {
    let new = NewConnection {
        dialect: dialect.to_owned(),
        base_url: address.to_owned(),
        settings: texts(settings),
        operator: true,
        ..NewConnection::default()
    };
    hub.hub.connect(new).await.unwrap().webhook_path
}

async fn serve(router: Router) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, router).into_future());
    address
}

/// The couriers' notes are another text than the table's.
#[test]
fn notes_differ_from_the_table() {
    let own = words::delays()
        .iter()
        .filter(|delay| words::note(**delay) != delay.text);
    assert!(own.count() > 5);
}
