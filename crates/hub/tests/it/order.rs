//! Order and repetition do not matter: both sources, webhooks and own events, in any order and with
//! any repeats, give the same states, the same statements and the same root hash.

use crate::world::{JOURNEY, NOON, tracking_answer, update};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use trackway_dialects::dialect::Parcel;
use trackway_dialects::{Answer, registry};
use trackway_hub::{Clock, Hub, HubConfig, TestClock, fold_rules};
use trackway_model::intake::{Content, Intake, Verified};
use trackway_model::track::States;
use trackway_model::{
    AccountId, Certainty, Code, CodeKind, ConnectionId, Digest, Direction, Milestone, Pieces,
    Reason, Statement, StatementId, StreamId, time,
};
use trackway_store::config::StoreConfig;
use trackway_store::sqlite::SqliteStore;
use trackway_store::{Entropy, History, MasterKey, Store};

const NUMBER: &str = "VD0000001";
const CARRIER: &str = "247express";
const MINUTE: i64 = 60_000_000;

/// The same bytes every time: two stores get the same installation key, so their hashes compare.
struct Same;

impl Entropy for Same {
    fn fill(&self, out: &mut [u8]) {
        out.fill(42);
    }
}

fn document(hub: &Hub, dialect: &str, connection: i64, at: i64, body: &Value) -> Intake {
    let call = registry::find(dialect).unwrap().call().unwrap();
    let body = body.to_string();
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    let parcel = Parcel {
        carrier: CARRIER,
        number: NUMBER,
        ..Parcel::default()
    };
    let parsed = call
        .parse(hub.vocabularies().of(dialect), &parcel, &answer)
        .unwrap();
    intake(connection, at, Content::Document(parsed.answer))
}

fn intake(connection: i64, at: i64, content: Content) -> Intake {
    Intake {
        account: AccountId(1),
        connection: ConnectionId(connection),
        carrier: CARRIER.to_owned(),
        number: NUMBER.to_owned(),
        received: NOON + at * MINUTE,
        content,
    }
}

/// A webhook or an own event, as its dialect would cut it.
pub fn news(stream: u16, connection: i64, at: i64, milestone: Milestone, written: &str) -> Intake {
    let raw = update(NUMBER, milestone.name(), written).to_string();
    let statement = Statement {
        stream: StreamId(stream),
        code: Code {
            kind: CodeKind::Shipment,
            code: milestone.name().to_owned(),
            sub: None,
        },
        milestone,
        reason: Reason::None,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred: time::parse(written),
        time_text: written.to_owned(),
        place: None,
        pieces: Pieces::default(),
        unit: None,
        identity: format!("{}\u{1f}{written}", milestone.name()).into_bytes(),
        raw: raw.into_bytes(),
    };
    intake(connection, at, Content::News(vec![statement]))
}

fn items(count: usize) -> Value {
    let item = |time: &str, code: u16| json!({ "context": format!("scan {code}"), "time": time, "order_status_code": code });
    let all = [
        item("2024-05-06 15:36:56", 1),
        item("2024-05-06 20:02:11", 0),
        item("2024-05-07 08:15:40", 5),
        item("2024-05-07 10:01:02", 204),
    ];
    let newest_first: Vec<Value> = all[..count].iter().rev().cloned().collect();
    json!({ "code": 200, "message": "OK", "data": {
        "carrier_id": CARRIER, "tracking_number": NUMBER, "items": newest_first } })
}

/// Everything that was ever said about the parcel, with when we learned it.
fn everything(hub: &Hub) -> Vec<Intake> {
    // A step that the carrier takes back: the later answers leave it out.
    let mistaken = [
        JOURNEY[0],
        ("30", "PHATTHANHCONG", "2024-05-06T18:00:00+07:00"),
    ];
    vec![
        document(hub, "247express", 1, 1, &tracking_answer(NUMBER, &mistaken)),
        document(
            hub,
            "247express",
            1,
            5,
            &tracking_answer(NUMBER, &JOURNEY[..3]),
        ),
        document(hub, "247express", 1, 9, &tracking_answer(NUMBER, JOURNEY)),
        document(hub, "keydelivery", 2, 3, &items(2)),
        document(hub, "keydelivery", 2, 8, &items(4)),
        news(
            4,
            1,
            4,
            Milestone::OutForDelivery,
            "2024-05-07T08:15:40.4100000+07:00",
        ),
        news(
            4,
            1,
            7,
            Milestone::PendingHandling,
            "2024-05-07T10:01:02.4+07:00",
        ),
        news(1, 0, 6, Milestone::OutForDelivery, "2024-05-07 08:15"),
        // A number that starts again long after its end.
        news(1, 0, 10, Milestone::Delivered, "2024-05-08T09:00:00+07:00"),
        news(1, 0, 11, Milestone::Accepted, "2024-09-01T09:00:00+07:00"),
    ]
}

/// What must come out the same.
type Outcome = (States, Vec<(StatementId, u64, i64, i64)>, Digest);

/// Tells the intakes in this order, so many in one commit, and reads the outcome.
fn told(order: &[usize], together: usize) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let dir = TempDir::new().unwrap();
        let config = StoreConfig::new(fold_rules(), MasterKey::new([7; 32]), Arc::new(Same));
        let store = SqliteStore::open(dir.path(), config).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(TestClock::at(NOON));
        let kept: Arc<dyn Store> = store.clone();
        let hub = Hub::open(kept, HubConfig::default(), clock).await.unwrap();
        hub.account(None).await.unwrap();
        let all = everything(&hub);
        for chunk in order.chunks(together) {
            let batch = chunk.iter().map(|at| all[*at].clone()).collect();
            hub.ingest(Verified::attest(batch)).await.unwrap();
        }
        let track = store
            .find(AccountId(1), None, NUMBER)
            .await
            .unwrap()
            .remove(0);
        let verification = store.verify().await.unwrap();
        assert_eq!(verification.differing, []);
        let mut statements: Vec<_> = track
            .spine
            .iter()
            .map(|s| (s.id, s.member_hash, s.first_seen, s.last_seen))
            .collect();
        statements.sort_unstable();
        let outcome = (track.states.clone(), statements, store.root(&track));
        hub.stop().await.unwrap();
        outcome
    })
}

#[test]
fn the_sources_tell_two_journeys() {
    let (states, _, _) = told(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 1);
    let milestones: Vec<_> = states.iter().map(|state| state.milestone).collect();
    assert_eq!(milestones, [Milestone::Delivered, Milestone::Accepted]);
    assert_eq!(
        states[0].events, 5,
        "the mistaken delivery is withdrawn, the rest is told alike"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_repeats_give_the_same(
        order in Just((0..10).collect::<Vec<usize>>()).prop_shuffle(),
        repeats in proptest::collection::vec(0_usize..10, 0..8),
        together in 1_usize..5,
    ) {
        let in_order = told(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 1);
        let all: Vec<usize> = order.into_iter().chain(repeats).collect();
        prop_assert_eq!(told(&all, together), in_order);
    }
}
