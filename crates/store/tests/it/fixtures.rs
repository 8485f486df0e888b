//! Invented facts about invented parcels.

use std::sync::Arc;
use std::time::Duration;
use trackway_model::change::{Change, FeedPosition, ShipmentChange};
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules};
use trackway_model::intake::{Answer, Content, Intake, Part, Receipt, Verified};
use trackway_model::statement::identity;
use trackway_model::{
    AccountId, Certainty, Code, CodeKind, ConnectionId, Direction, Milestone, Nature, Pieces,
    Reason, Statement, StreamDef, StreamId, StreamTable, Track, time,
};
use trackway_store::{Dictionary, MasterKey, Store, StoreConfig, SystemEntropy};
use trackway_testkit::eventually;

pub const ACCOUNT: AccountId = AccountId(1);
pub const CARRIER: &str = "247express";
pub const NUMBER: &str = "TW0000001VN";
pub const CONNECTION: ConnectionId = ConnectionId(1);

pub const SCANS: StreamId = StreamId(1);
pub const STATUSES: StreamId = StreamId(2);
pub const HOOK: StreamId = StreamId(3);
pub const OTHER: StreamId = StreamId(4);

const fn def(id: StreamId, dialect: &'static str, nature: Nature, rank: u8) -> StreamDef {
    StreamDef {
        id,
        dialect,
        name: "stream",
        nature,
        rank,
    }
}

static STREAMS: &[StreamDef] = &[
    def(SCANS, "one", Nature::History, 0),
    def(STATUSES, "one", Nature::History, 1),
    def(HOOK, "one", Nature::News, 2),
    def(OTHER, "two", Nature::History, 3),
];
const SAMPLE: &[u8] = br#"{"code":"","time":"2026-03-01T08:00:00+07:00","note":"Parcel handled at the facility in Da Nang by the morning shift"}"#;

pub const HOUR: i64 = 3_600_000_000;
/// 2026-03-01T00:00:00Z.
pub const START: i64 = 1_772_323_200_000_000;
pub const LIMIT: Duration = Duration::from_secs(20);

pub fn config() -> StoreConfig {
    let rules = FoldRules {
        streams: StreamTable(STREAMS),
        reuse_after: DEFAULT_REUSE_AFTER,
    };
    let mut config = StoreConfig::new(rules, MasterKey::new([7; 32]), Arc::new(SystemEntropy));
    config.dictionaries.push(Dictionary {
        number: 1,
        dialect: "one",
        sample: SAMPLE,
    });
    config
}

pub fn milestone(name: &str) -> Milestone {
    Milestone::parse(name).unwrap()
}

/// The statement of a milestone at an hour, in a version.
pub fn statement(stream: StreamId, name: &str, hour: i64, version: u32) -> Statement {
    let text = time_text(hour);
    let note = "Parcel handled at the facility in Da Nang by the morning shift";
    Statement {
        stream,
        code: Code { kind: CodeKind::Event, code: name.to_owned(), sub: None },
        milestone: Milestone::parse(name).unwrap_or(Milestone::Unknown),
        reason: Reason::None,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred: time::parse(&text),
        time_text: text.clone(),
        place: None,
        pieces: Pieces::default(),
        unit: None,
        identity: identity(&[name, &text]),
        raw: format!(r#"{{"code":"{name}","time":"{text}","note":"{note}","version":{version},"by":"{note}"}}"#)
            .into_bytes(),
    }
}

fn time_text(hour: i64) -> String {
    let day = hour.div_euclid(24) + 1;
    let month = 3 + (day - 1).div_euclid(28);
    format!(
        "2026-{month:02}-{:02}T{:02}:00:00Z",
        (day - 1).rem_euclid(28) + 1,
        hour.rem_euclid(24)
    )
}

pub fn intake(number: &str, received: i64, content: Content) -> Intake {
    Intake {
        account: ACCOUNT,
        connection: CONNECTION,
        carrier: CARRIER.to_owned(),
        number: number.to_owned(),
        received: START + received * HOUR,
        content,
    }
}

pub fn news(number: &str, name: &str, hour: i64, received: i64) -> Intake {
    intake(
        number,
        received,
        Content::News(vec![statement(HOOK, name, hour, 0)]),
    )
}

/// An answer whose streams say these milestones at these hours.
pub fn answer(
    number: &str,
    received: i64,
    scans: &[(&str, i64)],
    statuses: &[(&str, i64)],
) -> Intake {
    answer_of(number, received, &[(SCANS, scans), (STATUSES, statuses)])
}

pub fn answer_of(number: &str, received: i64, parts: &[(StreamId, &[(&str, i64)])]) -> Intake {
    let parts: Vec<_> = parts
        .iter()
        .map(|(stream, told)| Part {
            stream: *stream,
            statements: told
                .iter()
                .map(|(name, hour)| statement(*stream, name, *hour, 0))
                .collect(),
        })
        .collect();
    intake(number, received, document(parts))
}

pub fn document(parts: Vec<Part>) -> Content {
    let body = format!("{parts:?}").into_bytes();
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&blake3::hash(&body).as_bytes()[..16]);
    Content::Document(Answer {
        stream: parts[0].stream,
        body,
        fingerprint,
        parts,
    })
}

pub async fn tell(store: &Arc<dyn Store>, intakes: Vec<Intake>) -> Vec<Receipt> {
    store.ingest(Verified::attest(intakes)).await.unwrap()
}

pub async fn tell_one(store: &Arc<dyn Store>, intake: Intake) -> Receipt {
    tell(store, vec![intake]).await[0]
}

/// The account's one track under a number.
pub async fn track(store: &Arc<dyn Store>, number: &str) -> Arc<Track> {
    let mut found = store.find(ACCOUNT, Some(CARRIER), number).await.unwrap();
    assert_eq!(found.len(), 1, "one track under {number}");
    found.remove(0)
}

/// The whole feed, once it holds so many changes. PostgreSQL numbers them after the commit.
pub async fn feed(store: &Arc<dyn Store>, count: usize) -> Vec<(FeedPosition, Change)> {
    let found = eventually(format!("{count} changes"), LIMIT, async || {
        let found = store.changes(&[], 100_000).await.unwrap();
        (found.len() >= count).then_some(found)
    })
    .await
    .unwrap();
    assert_eq!(found.len(), count, "{found:?}");
    found
}

/// A change of a tracked shipment.
pub fn of_shipment(change: &Change) -> &ShipmentChange {
    change.as_shipment().expect("a change of a shipment")
}

pub async fn assert_sound(store: &Arc<dyn Store>) {
    let found = store.verify().await.unwrap();
    assert_eq!(found.differing, [], "{found:?}");
}
