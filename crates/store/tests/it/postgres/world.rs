//! Invented facts about invented parcels, in any number and reproducible.

use parking_lot::Mutex;
use std::sync::Arc;
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules};
use trackway_model::intake::{Answer, Content, Intake, Part, Receipt, Verified};
use trackway_model::statement::identity;
use trackway_model::{
    AccountId, Certainty, Code, CodeKind, ConnectionId, Direction, Milestone, Nature, Pieces,
    Reason, Statement, StreamDef, StreamId, StreamTable, TrackId, time,
};
use trackway_store::postgres::PostgresStore;
use trackway_store::records::Registration;
use trackway_store::{Directory, Entropy, History, MasterKey, StoreConfig, StoreError};

pub const CARRIER: &str = "247express";
pub const ACCOUNT: AccountId = AccountId(1);
pub const HISTORY: StreamId = StreamId(1);
pub const NEWS: StreamId = StreamId(2);
const STREAMS: &[StreamDef] = &[
    StreamDef {
        id: HISTORY,
        dialect: "a",
        name: "all",
        nature: Nature::History,
        rank: 1,
    },
    StreamDef {
        id: NEWS,
        dialect: "b",
        name: "hook",
        nature: Nature::News,
        rank: 2,
    },
];
/// 2026-03-01.
const START: i64 = 1_772_323_200_000_000;
const HOUR: i64 = 3_600_000_000;

/// Bytes that follow from a seed.
struct Seeded(Mutex<blake3::OutputReader>);

impl Entropy for Seeded {
    fn fill(&self, out: &mut [u8]) {
        self.0.lock().fill(out);
    }
}

fn seeded(seed: u64) -> blake3::OutputReader {
    blake3::Hasher::new()
        .update(&seed.to_le_bytes())
        .finalize_xof()
}

/// Numbers that follow from a seed.
pub struct Dice(blake3::OutputReader);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seeded(seed))
    }

    pub fn below(&mut self, end: usize) -> usize {
        let mut bytes = [0; 8];
        self.0.fill(&mut bytes);
        (u64::from_le_bytes(bytes) % end as u64) as usize
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// A node's configuration. Nodes of one database share the master key.
pub fn config(seed: u64) -> StoreConfig {
    let entropy: Arc<dyn Entropy> = Arc::new(Seeded(Mutex::new(seeded(seed))));
    let rules = FoldRules {
        streams: StreamTable(STREAMS),
        reuse_after: DEFAULT_REUSE_AFTER,
    };
    StoreConfig::new(rules, MasterKey::new([7; 32]), entropy)
}

pub async fn node(url: &str, seed: u64) -> Arc<PostgresStore> {
    PostgresStore::open(url, config(seed)).await.unwrap()
}

pub fn number(parcel: usize) -> String {
    format!("TW{parcel:06}VN")
}

const MILESTONES: [(Milestone, &str); 6] = [
    (Milestone::InfoReceived, "Created"),
    (Milestone::Accepted, "Picked"),
    (Milestone::InTransit, "Transit"),
    (Milestone::OutForDelivery, "Delivering"),
    (Milestone::AttemptFailed, "Failed"),
    (Milestone::Delivered, "Delivered"),
];

/// The happening with this place in a parcel's life.
pub fn statement(stream: StreamId, parcel: usize, step: usize) -> Statement {
    let (milestone, code) = MILESTONES[step.min(MILESTONES.len() - 1)];
    let minute = (parcel % 60) as i64;
    let text = format!(
        "2026-03-{:02}T{:02}:{minute:02}:00+07:00",
        2 + step,
        8 + step
    );
    Statement {
        stream,
        code: Code {
            kind: CodeKind::Event,
            code: code.to_owned(),
            sub: None,
        },
        milestone,
        reason: Reason::None,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred: time::parse(&text),
        time_text: text.clone(),
        place: None,
        pieces: Pieces::default(),
        unit: None,
        identity: identity(&[code, &text]),
        raw: format!(r#"{{"code":"{code}","time":"{text}","step":{step}}}"#).into_bytes(),
    }
}

pub fn intake(parcel: usize, received: i64, content: Content) -> Intake {
    Intake {
        account: ACCOUNT,
        connection: ConnectionId(1),
        carrier: CARRIER.to_owned(),
        number: number(parcel),
        received: START + received * HOUR,
        content,
    }
}

pub fn news(parcel: usize, step: usize) -> Intake {
    let told = vec![statement(NEWS, parcel, step)];
    intake(parcel, step as i64 * 24 + 12, Content::News(told))
}

/// An answer that holds the first `steps` happenings.
pub fn answer(parcel: usize, steps: usize) -> Intake {
    let statements: Vec<_> = (0..steps)
        .map(|step| statement(HISTORY, parcel, step))
        .collect();
    let body = format!("answer about {parcel} with {steps}").into_bytes();
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&blake3::hash(&body).as_bytes()[..16]);
    let parts = vec![Part {
        stream: HISTORY,
        statements,
    }];
    let answer = Answer {
        stream: HISTORY,
        body,
        fingerprint,
        parts,
    };
    intake(parcel, steps as i64 * 24 + 18, Content::Document(answer))
}

/// All that is ever said about some parcels.
pub fn facts(parcels: usize) -> Vec<Intake> {
    (0..parcels)
        .flat_map(|parcel| {
            let steps = 2 + parcel % 5;
            let told = (0..steps).map(move |step| news(parcel, step));
            told.chain((1..=steps).map(move |steps| answer(parcel, steps)))
        })
        .collect()
}

/// Different statements in `facts`.
pub fn distinct(parcels: usize) -> u32 {
    (0..parcels).map(|parcel| 2 * (2 + parcel as u32 % 5)).sum()
}

pub async fn ingest(
    store: &PostgresStore,
    intakes: Vec<Intake>,
) -> Result<Vec<Receipt>, StoreError> {
    // Invented by the test itself.
    store.ingest(Verified::attest(intakes)).await
}

/// Registers parcels in order, so that their tracks have the same ids in every database.
pub async fn register(store: &PostgresStore, parcels: usize) -> Vec<TrackId> {
    assert_eq!(store.account("default", START).await.unwrap().id, ACCOUNT);
    let mut tracks = Vec::new();
    for parcel in 0..parcels {
        let registration = Registration {
            id: 0,
            account: ACCOUNT,
            dialect: "native".to_owned(),
            track: TrackId(0),
            carrier: CARRIER.to_owned(),
            number: number(parcel),
            created: START,
            data: serde_json::json!({ "order": parcel }),
        };
        let poll = Some(ConnectionId(1));
        let (made, new) = store.register(registration.clone(), poll).await.unwrap();
        assert!(new);
        let (known, new) = store.register(registration, poll).await.unwrap();
        assert_eq!((known, new), (made.clone(), false));
        tracks.push(made.track);
    }
    tracks
}
