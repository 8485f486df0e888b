//! A store copied from either engine into either engine is the same store.

use crate::deliveries::{attempt, delivery, lane, nothing, stored};
use crate::directory::{connection, endpoint, key, registration};
use crate::engines::Engine;
use crate::fixtures::*;
use crate::laws::facts;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use secrecy::ExposeSecret;
use std::sync::Arc;
use trackway_model::change::{Change, FeedPosition};
use trackway_model::intake::Intake;
use trackway_model::view::StatementView;
use trackway_model::{AccountId, Digest, ShipmentId, Stage, Track, TrackId};
use trackway_store::backup::copy_store;
use trackway_store::lanes::{Breaker, EndpointState, Progress, Settlement};
use trackway_store::records::{
    Attempt, Delivery, DoorProof, KeyProof, Outcome, Registration, Remapping, Remembered,
};
use trackway_store::search::ShipmentQuery;
use trackway_store::{MasterKey, Store, StoreConfig, StoreError};

const ERASED: &str = "ERASED1";
const LONG: usize = 300;

/// A track with all that can be asked about it.
#[derive(Debug, PartialEq)]
struct Told {
    track: Arc<Track>,
    root: Digest,
    statements: Vec<StatementView>,
    documents: Vec<Option<Vec<u8>>>,
    registrations: Vec<Registration>,
}

/// All that can be asked of a store.
#[derive(Debug, PartialEq)]
pub struct Everything {
    tracks: Vec<Told>,
    feed: Vec<(FeedPosition, Change)>,
    head: Vec<FeedPosition>,
    records: String,
    deliveries: Vec<Delivery>,
    attempts: Vec<Attempt>,
    next: (Option<i64>, Option<i64>),
    /// What a search finds, newest first.
    found: Vec<(ShipmentId, Stage, Vec<String>)>,
    counts: (u64, u64),
    remembered: Vec<Option<Remembered>>,
    meta: Option<String>,
}

/// What a filled store has besides its facts.
pub struct Filled {
    pub account: AccountId,
    changes: usize,
}

/// Facts and records of every kind.
pub async fn fill(store: &Arc<dyn Store>, facts: &[Intake]) -> Filled {
    let account = store.account("default", START).await.unwrap().id;
    store.account("sh\u{f3}p", START + 1).await.unwrap();
    for dialect in ["247express", "native"] {
        let mut made = key(account, dialect, &format!("secret-{dialect}"));
        made.client_id = made.client_id.filter(|_| dialect == "247express");
        store.create_key(made).await.unwrap();
    }
    let source = store.create_connection(connection(account, "one")).await;
    let source = source.unwrap();
    let subscriber = store.create_endpoint(endpoint(account)).await.unwrap();
    let rotated = store.rotate_secret(account, subscriber.id, "whsec_new".into(), START + HOUR);
    assert!(rotated.await.unwrap().is_some());
    for fact in facts {
        let fact = Intake {
            account,
            ..fact.clone()
        };
        tell_one(store, fact).await;
    }
    let of = |intake: Intake| Intake { account, ..intake };
    // A number that is too long for an index row, and one that two carriers have.
    let long = "9".repeat(LONG);
    tell_one(store, of(news(&long, "accepted", 1, 2))).await;
    let other = Intake {
        carrier: "x-other".to_owned(),
        ..of(news(NUMBER, "accepted", 1, 2))
    };
    tell_one(store, other).await;
    let told = [("accepted", 1), ("in_transit", 5)];
    tell_one(store, of(answer(ERASED, 10, &told, &[]))).await;
    for number in [NUMBER, ERASED] {
        let wish = registration(account, number);
        store.register(wish, Some(source.id)).await.unwrap();
    }
    let erased = store.find(account, Some(CARRIER), ERASED).await.unwrap();
    store.erase(erased[0].id).await.unwrap();
    let remapping = Remapping {
        ordinal: 0,
        milestone: milestone("customs_cleared"),
        reason: trackway_model::Reason::None,
    };
    let mapped = store.find(account, None, &long).await.unwrap();
    store
        .remap(mapped[0].id, vec![remapping], START + 60 * HOUR)
        .await
        .unwrap();
    let changes = 100_000;
    let failure = Outcome::CallFailed {
        error: "no route".to_owned(),
    };
    let (cursor, lane) = (2, lane(store, subscriber.id).await);
    let position = |number| FeedPosition { shard: 0, number };
    let state = EndpointState {
        breaker: Breaker::Open,
        since: START,
        failures: 5,
        rest: Some(START + 1),
        ..EndpointState::default()
    };
    let parked = Delivery {
        parked: Some(START),
        ..delivery(subscriber.id, 2, START)
    };
    let settlement = Settlement {
        progress: Progress {
            cursor: vec![position(cursor)],
            reached: vec![position(9)],
            open: vec![position(3)],
        },
        kept: vec![delivery(subscriber.id, 1, START), parked],
        attempts: vec![attempt(subscriber.id, 1, START, failure)],
        state: Some(state),
        ..nothing(lane)
    };
    assert!(stored(store, settlement).await);
    assert!(store.spend("calls", 7, 3, 10).await.unwrap());
    for name in ["client/1", "client/3"] {
        let kept = Remembered {
            fingerprint: [7; 32],
            status: 201,
            body: b"answer".to_vec(),
        };
        assert!(store.remember(account, name, kept, START).await.unwrap());
    }
    store.set_meta("codes/one", "a,b\nc").await.unwrap();
    crate::notices::fill(store, account, NUMBER).await;
    crate::quarantine::fill(store, account, source.id).await;
    Filled { account, changes }
}

/// Asks everything, as it is now.
pub async fn everything(store: &Arc<dyn Store>, filled: &Filled) -> Everything {
    let account = filled.account;
    let mut tracks = Vec::new();
    for track in store.scan(TrackId(0), 10_000).await.unwrap() {
        let ordinals: Vec<u16> = (0..track.spine.len() as u16).collect();
        let mut documents = Vec::new();
        for document in &track.documents {
            documents.push(store.document(&track, document).await.unwrap());
        }
        tracks.push(Told {
            root: store.root(&track),
            statements: store.statements(&track, &ordinals).await.unwrap(),
            documents,
            registrations: store.registrations(account, "one", track.id).await.unwrap(),
            track,
        });
    }
    let mut records = Vec::new();
    for account in store.accounts().await.unwrap() {
        records.push(format!("{account:?}"));
        for key in store.keys(account.id).await.unwrap() {
            records.push(format!("{key:?}"));
        }
    }
    for connection in store.connections().await.unwrap() {
        records.push(format!("{connection:?}"));
    }
    for endpoint in store.endpoints().await.unwrap() {
        let former = endpoint.former_at(START).map(ExposeSecret::expose_secret);
        records.push(format!(
            "{endpoint:?} {} {former:?}",
            endpoint.secret.expose_secret()
        ));
        let start = store.start_lane(endpoint.id).await.unwrap();
        records.push(format!("{start:?}"));
    }
    records.push(crate::notices::told(store, account, NUMBER).await);
    records.push(crate::quarantine::told(store, account).await);
    let counts = store.counts().await.unwrap();
    let mut remembered = Vec::new();
    for name in ["client/1", "client/3", "client/2"] {
        remembered.push(store.remembered(account, name).await.unwrap());
    }
    let found = store
        .shipments(&ShipmentQuery::of(account), None, 1_000)
        .await
        .unwrap();
    let found = found.rows.into_iter();
    let found = found
        .map(|row| (row.shipment, row.stage, row.references))
        .collect();
    Everything {
        tracks,
        feed: store.changes(&[], filled.changes).await.unwrap(),
        head: store.head().await.unwrap(),
        records: records.join("\n"),
        deliveries: store.deliveries(account).await.unwrap(),
        attempts: store.attempts(account, 0, i64::MAX).await.unwrap(),
        next: (
            store.next_poll().await.unwrap(),
            store.next_delivery().await.unwrap(),
        ),
        found,
        counts: (counts.tracks, counts.statements),
        remembered,
        meta: store.meta("codes/one").await.unwrap(),
    }
}

/// Facts that a seed makes.
pub fn some_facts(runner: &mut TestRunner) -> Vec<Intake> {
    facts().new_tree(runner).unwrap().current()
}

pub fn runner() -> TestRunner {
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    TestRunner::new_with_rng(Config::default(), rng)
}

/// Asks everything, once every change has its number.
pub async fn rested(store: &Arc<dyn Store>, filled: &Filled) -> Everything {
    let states: usize = store
        .scan(TrackId(0), 10_000)
        .await
        .unwrap()
        .iter()
        .map(|track| track.states.len())
        .sum();
    trackway_testkit::eventually("the feed to rest", LIMIT, async || {
        let before = store.head().await.unwrap();
        let all = everything(store, filled).await;
        (all.feed.len() >= states && all.head == before).then_some(all)
    })
    .await
    .unwrap()
}

/// What came can be worked with: secrets open, doors open, ids go on, nothing is numbered twice.
async fn goes_on(store: &Arc<dyn Store>, filled: &Filled) {
    let account = filled.account;
    let found = store.key("247express", KeyProof::Key("secret-247express"));
    assert!(found.await.unwrap().is_some());
    for proof in [
        DoorProof::Token("token-one"),
        DoorProof::Setting {
            name: "apikey",
            value: "k-one",
        },
    ] {
        assert!(store.door("one", proof).await.unwrap().is_some());
    }
    assert!(!store.spend("calls", 7, 100, 10).await.unwrap());
    let before = store.scan(TrackId(0), 10_000).await.unwrap().len();
    for n in 0..40 {
        let number = format!("NEW{n}");
        let told = [("accepted", 1), ("in_transit", 5)];
        let fact = answer(&number, 10, &told, &[]);
        tell_one(store, Intake { account, ..fact }).await;
    }
    store.create_endpoint(endpoint(account)).await.unwrap();
    let wish = registration(account, "NEW1");
    assert!(store.register(wish, None).await.unwrap().1);
    let after = store.scan(TrackId(0), 10_000).await.unwrap();
    assert_eq!(after.len(), before + 40);
    // The long number is found as before, and not opened again.
    let long = "9".repeat(LONG);
    tell_one(
        store,
        Intake {
            account,
            ..news(&long, "accepted", 1, 2)
        },
    )
    .await;
    assert_eq!(store.find(account, None, &long).await.unwrap().len(), 1);
    assert_sound(store).await;
}

/// Fills one place, copies it, and compares; then the same again with other facts.
async fn carried(from: impl AsyncFn() -> Engine, to: impl AsyncFn() -> Engine, rounds: usize) {
    let mut runner = runner();
    for _ in 0..rounds {
        let (here, there) = (from().await, to().await);
        let store = here.open().await;
        let filled = fill(&store, &some_facts(&mut runner)).await;
        let before = rested(&store, &filled).await;
        store.close().await.unwrap();
        drop(store);
        let found = copy_store(here.place(), there.place(), &config(), &|_| {}).await;
        assert_eq!(found.unwrap().tracks, before.tracks.len() as u64);
        let copied = there.open().await;
        let after = everything(&copied, &filled).await;
        assert_eq!(after.tracks, before.tracks);
        assert_eq!(after.found, before.found);
        assert_eq!(after, before);
        goes_on(&copied, &filled).await;
        copied.close().await.unwrap();
    }
}

const fn sqlite() -> impl AsyncFn() -> Engine {
    async || Engine::sqlite()
}

const fn postgres() -> impl AsyncFn() -> Engine {
    async || Engine::postgres().await
}

#[tokio::test]
async fn sqlite_to_postgres_is_the_same_store() {
    carried(sqlite(), postgres(), 2).await;
}

#[tokio::test]
async fn postgres_to_sqlite_is_the_same_store() {
    carried(postgres(), sqlite(), 2).await;
}

#[tokio::test]
async fn sqlite_to_sqlite_is_the_same_store() {
    carried(sqlite(), sqlite(), 2).await;
}

#[tokio::test]
async fn postgres_to_postgres_is_the_same_store() {
    carried(postgres(), postgres(), 1).await;
}

#[tokio::test]
async fn a_store_goes_out_and_comes_home_the_same() {
    let (first, second, third) = (Engine::sqlite(), Engine::postgres().await, Engine::sqlite());
    let store = first.open().await;
    let filled = fill(&store, &some_facts(&mut runner())).await;
    let before = rested(&store, &filled).await;
    store.close().await.unwrap();
    drop(store);
    for (from, to) in [(&first, &second), (&second, &third)] {
        copy_store(from.place(), to.place(), &config(), &|_| {})
            .await
            .unwrap();
    }
    assert_eq!(everything(&third.open().await, &filled).await, before);
}

#[tokio::test]
async fn a_place_that_holds_data_is_refused_and_left_as_it_was() {
    for to in [Engine::sqlite(), Engine::postgres().await] {
        let from = Engine::sqlite();
        for engine in [&from, &to] {
            let store = engine.open().await;
            tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
            store.close().await.unwrap();
        }
        let refused = copy_store(from.place(), to.place(), &config(), &|_| {}).await;
        assert!(
            matches!(refused, Err(StoreError::NotEmpty { .. })),
            "{refused:?}"
        );
        let store = to.open().await;
        assert_eq!(track(&store, NUMBER).await.spine.len(), 1);
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn another_master_key_copies_nothing() {
    let from = Engine::sqlite();
    let store = from.open().await;
    tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
    store.close().await.unwrap();
    drop(store);
    let other = StoreConfig {
        master: MasterKey::new([8; 32]),
        ..config()
    };
    for to in [Engine::sqlite(), Engine::postgres().await] {
        let refused = copy_store(from.place(), to.place(), &other, &|_| {}).await;
        assert!(matches!(refused, Err(StoreError::WrongKey)), "{refused:?}");
        // And the right key finds an empty place.
        copy_store(from.place(), to.place(), &config(), &|_| {})
            .await
            .unwrap();
    }
}
