//! The law of an export: whatever was told, and in whatever order, the shipments stand in another
//! installation as here, and its export is the same.

use super::super::export;
use super::*;
use proptest::prelude::*;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use trackway_dialects::desk::{Desk, Proof, Registrar, RegistrationQuery, Wish};
use trackway_dialects::dialect::{Answer as Heard, Parcel};
use trackway_dialects::{express247, keydelivery, native};
use trackway_hub::{HubConfig, SystemClock, fold_rules};
use trackway_model::intake::Content;
use trackway_model::statement::{Certainty, Code, CodeKind, Direction, Pieces};
use trackway_model::{Milestone, Reason, Statement, time};
use trackway_store::{MasterKey, SqliteStore, StoreConfig, SystemEntropy};

/// Something that a source told.
#[derive(Clone, Debug)]
enum Telling {
    /// A full answer of a connection with these of the statuses.
    Document {
        connection: usize,
        holds: Vec<(usize, bool)>,
    },
    /// An own event; some have no time.
    News {
        nth: usize,
        text: usize,
    },
    Opening,
}

/// Statuses that an answer can hold: code, name, time. Two are equal in all that identifies them.
const STATUSES: &[(&str, &str, &str)] = &[
    ("21", "DATIEPNHAN", "2024-06-03T09:00:00+07:00"),
    ("23", "DALAYHANG", "2024-06-03T15:10:21.4+07:00"),
    ("24", "DANGVANCHUYEN", "2024-06-03T21:44:05"),
    ("25", "DANGDIPHAT", "2024-06-04T08:00:00+07:00"),
    ("26", "STRANGE", "no time"),
    ("30", "PHATTHANHCONG", "2024-06-04T09:31:50+07:00"),
];
/// Between two answers.
const MINUTE: i64 = 60_000_000;
const BEGIN: i64 = 1_717_372_800_000_000;

async fn hub(folder: &Path) -> Arc<Hub> {
    let (master, _) =
        MasterKey::load_or_create(&folder.join("master.key"), &SystemEntropy).unwrap();
    let config = StoreConfig::new(fold_rules(), master, Arc::new(SystemEntropy));
    let store = SqliteStore::open(folder, config).unwrap();
    let clock = Arc::new(SystemClock::new());
    Hub::open(store, HubConfig::default(), clock).await.unwrap()
}

async fn connections(hub: &Hub) -> Vec<ConnectionId> {
    let mut made = Vec::new();
    for name in ["one", "two"] {
        let new = trackway_hub::NewConnection {
            dialect: express247::NAME.to_owned(),
            base_url: "http://127.0.0.1:1".to_owned(),
            name: Some(name.to_owned()),
            settings: [("apikey".to_owned(), "x".to_owned())].into(),
            operator: true,
            ..trackway_hub::NewConnection::default()
        };
        made.push(hub.connect(new).await.unwrap().id);
    }
    made
}

fn document(holds: &[(usize, bool)]) -> Content {
    let element = |(nth, noted): &(usize, bool)| {
        let (code, name, time) = STATUSES[*nth];
        let note = if *noted {
            r#","delayNote":"later""#
        } else {
            ""
        };
        format!(r#"{{"time":"{time}","status":"{code}","statusName":"{name}"{note}}}"#)
    };
    let elements: Vec<String> = holds.iter().map(element).collect();
    let body = format!(
        r#"{{"errorCode":null,"orderCode":"LAW-1","status":"24","statuses":[{}],"trackings":null}}"#,
        elements.join(",")
    );
    let heard = Heard {
        status: 200,
        retry_after_s: None,
        body: body.as_bytes(),
    };
    let parcel = Parcel {
        carrier: express247::NAME,
        number: "LAW-1",
        ..Parcel::default()
    };
    let tables = registry::built_in();
    let call = registry::find(express247::NAME).unwrap().call().unwrap();
    let parsed = call
        .parse(tables.of(express247::NAME), &parcel, &heard)
        .unwrap();
    Content::Document(parsed.answer)
}

fn news(nth: usize, text: usize) -> Content {
    let raw = format!(r#"{{"number":"LAW-1","id":"{nth}","text":"{text}"}}"#);
    let times = ["", "2024-06-03T12:00:00Z", "2024-06-04T09:31:50+07:00"];
    let own = registry::find(native::NAME).unwrap();
    Content::News(vec![Statement {
        stream: native::EVENTS.id,
        code: Code {
            kind: CodeKind::Event,
            code: "in_transit".to_owned(),
            sub: None,
        },
        milestone: Milestone::parse("in_transit").unwrap(),
        reason: Reason::None,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred: time::parse(times[nth % times.len()]),
        time_text: times[nth % times.len()].to_owned(),
        place: None,
        pieces: Pieces::default(),
        unit: None,
        identity: own.identity(native::EVENTS.id, raw.as_bytes()),
        raw: raw.into_bytes(),
    }])
}

fn content(telling: &Telling) -> Content {
    match telling {
        Telling::Document { holds, .. } => document(holds),
        Telling::News { nth, text } => news(*nth, *text),
        Telling::Opening => Content::Opening(time::parse("2024-06-04T00:00:00Z").unwrap().wall),
    }
}

async fn lines(hub: &Hub) -> Vec<Value> {
    let page = export::page(hub, None, None, 100).await.unwrap();
    page["lines"].as_array().unwrap().clone()
}

/// Lines without what may differ: the place that a statement had in an answer, of which another
/// connection tells the rest today.
fn comparable(mut lines: Vec<Value>) -> Vec<Value> {
    for line in &mut lines {
        if let Some(statements) = line["statements"].as_array_mut() {
            for statement in statements.iter_mut() {
                statement.as_object_mut().unwrap().remove("rank");
            }
            statements.sort_by_key(ToString::to_string);
        }
    }
    lines
}

async fn travels(tellings: Vec<(usize, Telling)>) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (hub(here.path()).await, hub(there.path()).await);
    let connections = connections(&here).await;
    let account = here.account(None).await.unwrap().id;
    for (minute, telling) in tellings {
        let connection = match &telling {
            Telling::Document { connection, .. } => connections[*connection],
            Telling::News { .. } | Telling::Opening => ConnectionId::default(),
        };
        let intake = Intake {
            account,
            connection,
            carrier: express247::NAME.to_owned(),
            number: "LAW-1".to_owned(),
            received: BEGIN + minute as i64 * MINUTE,
            content: content(&telling),
        };
        store(&here)
            .ingest(Verified::attest(vec![intake]))
            .await
            .unwrap();
    }
    let exported = lines(&here).await;
    for round in ["first", "second"] {
        let taken = take(&there, exported.clone()).await.unwrap();
        assert!(taken.differing.is_empty(), "{round}: {taken:?}");
        assert!(round == "first" || taken.statements_new == 0, "{taken:?}");
    }
    assert_eq!(comparable(lines(&there).await), comparable(exported));
    here.stop().await.unwrap();
    there.stop().await.unwrap();
}

/// Answers that list no statement twice: which of several such lines is which, when later answers
/// list them otherwise, is told by their order alone, and an export does not hold that.
fn without_twins(mut tellings: Vec<(usize, Telling)>) -> Vec<(usize, Telling)> {
    for (_, telling) in &mut tellings {
        if let Telling::Document { holds, .. } = telling {
            holds.dedup_by_key(|(nth, _)| *nth);
        }
    }
    tellings
}

fn tellings() -> impl Strategy<Value = Vec<(usize, Telling)>> {
    let holds = prop::collection::vec((0..STATUSES.len(), any::<bool>()), 0..7);
    let telling = prop_oneof![
        6 => (0..2_usize, holds).prop_map(|(connection, mut holds)| {
            holds.sort_unstable();
            Telling::Document { connection, holds }
        }),
        2 => (0..4_usize, 0..2_usize).prop_map(|(nth, text)| Telling::News { nth, text }),
        1 => Just(Telling::Opening),
    ];
    // No two at the same microsecond: then nobody can tell which of two answers was the newer.
    prop::collection::btree_map(0..30_usize, telling, 1..10)
        .prop_map(|tellings| without_twins(tellings.into_iter().collect()))
        .prop_shuffle()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_told_stands_elsewhere_as_here(tellings in tellings()) {
        tokio::runtime::Runtime::new().unwrap().block_on(travels(tellings));
    }
}

#[tokio::test]
async fn a_line_that_an_answer_lists_twice_is_two_there_too() {
    let holds = vec![(0, false), (5, false), (5, false)];
    let connection = 0;
    travels(vec![(1, Telling::Document { connection, holds })]).await;
}

/// A client's registrations go along with their order numbers, by which it asks for them there as here,
/// though each installation hashes them under a secret of its own.
#[tokio::test]
async fn registrations_are_found_by_their_order_numbers_there_too() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (here, there) = (hub(here.path()).await, hub(there.path()).await);
    let books = ["track123", "track123.ocean.bill"];
    let principal = async |hub: &Hub| {
        let new = trackway_hub::NewKey {
            dialect: Some("track123".to_owned()),
            ..trackway_hub::NewKey::default()
        };
        let key = hub.create_key(new).await.unwrap().key;
        let proved = hub.prove("track123", Proof::Key(&key)).await;
        proved.unwrap().unwrap()
    };
    let who = principal(&here).await;
    for book in books {
        let wish = Wish {
            carrier: "maersk".to_owned(),
            number: "BL-0001".to_owned(),
            data: json!({ "cargo": "ocean", "orderNo": format!("SO-{book}"), "type": 2 }),
            key: Some(format!("SO-{book}")),
            references: vec![format!("SO-{book}")],
        };
        Registrar::register(&*here, &who, book, vec![wish])
            .await
            .unwrap();
    }
    take(&there, lines(&here).await).await.unwrap();
    for (hub, who) in [(&here, who), (&there, principal(&there).await)] {
        for book in books {
            let query = RegistrationQuery {
                keys: vec![format!("SO-{book}")],
                ..RegistrationQuery::default()
            };
            let found = hub.registrations(&who, book, &query, None, 9).await;
            let found = found.unwrap().registered;
            assert_eq!(found.len(), 1, "{book}");
            assert_eq!(found[0].data["orderNo"], format!("SO-{book}"));
        }
        hub.stop().await.unwrap();
    }
}

/// What a poll of tomorrow brings is known as what an export brought today.
#[test]
fn identities_are_read_anew_from_what_is_kept() {
    let mut compared = 0;
    let kept: [(&str, &str, &[u8]); 2] = [
        (
            express247::NAME,
            "VD0000002",
            include_bytes!("../../../../dialects/src/express247/fixtures/tracking-delivered.json"),
        ),
        (
            keydelivery::NAME,
            "ZZ000111222",
            include_bytes!("../../../../dialects/src/keydelivery/fixtures/delivered.json"),
        ),
    ];
    for (name, number, body) in kept {
        let dialect = registry::find(name).unwrap();
        let call = dialect.call().unwrap();
        let parcel = Parcel {
            carrier: express247::NAME,
            number,
            ..Parcel::default()
        };
        let heard = Heard {
            status: 200,
            retry_after_s: None,
            body,
        };
        let tables = registry::built_in();
        let parsed = call.parse(tables.of(dialect.name()), &parcel, &heard);
        for part in parsed.unwrap().answer.parts {
            for statement in part.statements {
                let read = dialect.identity(part.stream, &statement.raw);
                assert_eq!(read, statement.identity, "{}", dialect.name());
                compared += 1;
            }
        }
    }
    assert!(compared > 5, "{compared}");
}
