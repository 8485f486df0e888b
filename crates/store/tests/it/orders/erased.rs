//! What is left of a person behind the store's back once an order is erased: no word, no key that they
//! were found by, and no sealed byte, since the key that opens these stays.

use super::world::*;
use crate::engines::{Engine, contract};
use crate::fixtures::config;
use std::collections::{BTreeSet, HashSet};
use tokio_postgres::NoTls;
use trackway_model::orders::{
    Command, Kind, NameKind, NewFulfilment, NewReturn, OrderDocument, Party, RecordId,
    ReturnReason, Who,
};
use trackway_store::orders::Whose;
use trackway_testkit::TestDatabase;

contract!(
    nothing_of_a_person_is_left_of_an_erased_order,
    nor_of_one_that_is_known_by_phone
);

/// Bytes of which a part is found that is long enough to be no accident.
const PART: usize = 16;

/// What stands in the store about persons: sealed members, and the keyed hashes of their names.
#[derive(Default)]
struct Traces(BTreeSet<Vec<u8>>);

fn personal_names() -> String {
    let kinds = NameKind::ALL.iter().filter(|kind| kind.is_personal());
    let numbers: Vec<String> = kinds.map(|kind| kind.number().to_string()).collect();
    numbers.join(", ")
}

impl Traces {
    /// Adds what stands there now of these records.
    async fn look(&mut self, engine: &Engine, records: &[RecordId]) {
        let ids: Vec<String> = records.iter().map(ToString::to_string).collect();
        let ids = ids.join(", ");
        let names = personal_names();
        for query in [
            format!("SELECT personal FROM record WHERE id IN ({ids}) AND personal IS NOT NULL"),
            format!("SELECT text FROM record_name WHERE record IN ({ids}) AND name IN ({names})"),
        ] {
            match engine {
                Engine::Sqlite(folder) => {
                    let file = folder.path().join("trackway.db");
                    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
                    let file = rusqlite::Connection::open_with_flags(file, flags).unwrap();
                    let mut statement = file.prepare(&query).unwrap();
                    let rows = statement.query_map([], |row| row.get(0)).unwrap();
                    self.0.extend(rows.map(Result::unwrap));
                }
                Engine::Postgres(database) => {
                    let client = client(database).await;
                    let rows = client.query(&query, &[]).await.unwrap();
                    self.0
                        .extend(rows.iter().map(|row| row.get::<_, Vec<u8>>(0)));
                }
            }
        }
    }

    /// Which of them have a part in these bytes.
    fn found_in(&self, bytes: &[u8]) -> usize {
        let parts: HashSet<&[u8]> = self.parts().collect();
        let found = bytes.windows(PART).filter(|part| parts.contains(part));
        found.collect::<HashSet<_>>().len()
    }

    /// Parts of which any whole stretch of twice their length has one.
    fn parts(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().flat_map(|trace| trace.chunks_exact(PART))
    }
}

async fn client(database: &TestDatabase) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// All that somebody finds who takes the files, or the tables.
async fn bytes_of(engine: &Engine) -> Vec<u8> {
    let mut all = Vec::new();
    match engine {
        Engine::Sqlite(folder) => {
            for file in std::fs::read_dir(folder.path()).unwrap() {
                all.extend(std::fs::read(file.unwrap().path()).unwrap());
            }
        }
        Engine::Postgres(database) => {
            let client = client(database).await;
            let tables = "SELECT quote_ident(table_name) FROM information_schema.tables
                          WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'";
            for table in client.query(tables, &[]).await.unwrap() {
                let table: &str = table.get(0);
                let rows = format!("SELECT row_to_json(t)::text FROM {table} t");
                for row in client.query(&rows, &[]).await.unwrap() {
                    let text: &str = row.get(0);
                    // As text, and what is written there in hexadecimal as bytes.
                    all.extend(text.as_bytes());
                    for part in text
                        .split(['"', ','])
                        .filter_map(|it| it.strip_prefix("\\\\x"))
                    {
                        all.extend(hex::decode(part).unwrap());
                    }
                }
            }
        }
    }
    all
}

/// An order of a person with a parcel that travelled and one that was given up, its return, and words
/// about them in every place where people write. `long`: with so many lines and documents that no page
/// holds it.
async fn story(
    world: &World,
    engine: &Engine,
    traces: &mut Traces,
    number: &str,
    long: bool,
) -> Vec<RecordId> {
    let phone = PHONE;
    let Command::PlaceOrder(mut new) = world.order("TEA", 2, Some(number)) else {
        panic!("an order")
    };
    let whom = Party {
        phone: Some(phone.to_owned()),
        ..party()
    };
    new.receiver = Some(whom.clone());
    new.note = format!("ring for {NAME} at {phone}");
    new.packaging_note = format!("a card for {NAME}");
    new.extra = serde_json::from_str(&format!(r#"{{"tax":{{"name":"{NAME}"}}}}"#)).unwrap();
    if long {
        let document = |n: usize| OrderDocument {
            name: format!("document {n}"),
            quantity: 1,
            doc_type: "1".to_owned(),
            url: format!("https://files.example.invalid/{n}/{}", "x".repeat(100)),
        };
        new.documents = (0..200).map(document).collect();
        new.note.push_str(&" and again".repeat(300));
    }
    let order = world.subject(Command::PlaceOrder(new)).await.id;
    let given_up = world.fulfilled(order, &format!("{number}-A")).await;
    let cancel = Command::CancelFulfilment {
        fulfilment: given_up,
        reason: Some(format!("{NAME} has moved")),
        who: Who::Merchant,
    };
    traces.look(engine, &[order, given_up]).await;
    world.carry(cancel).await.unwrap();
    let fulfil = NewFulfilment {
        order,
        waybills: vec![format!("{number}-B")],
        ..NewFulfilment::default()
    };
    let fulfilment = world.subject(Command::CreateFulfilment(Box::new(fulfil)));
    let fulfilment = fulfilment.await.id;
    for (hour, name) in ["in_transit", "out_for_delivery", "delivered"]
        .iter()
        .enumerate()
    {
        traces.look(engine, &[order, given_up, fulfilment]).await;
        world
            .tell(&format!("{number}-B"), name, hour as i64 + 1)
            .await;
    }
    let back = NewReturn {
        order,
        warehouse: world.warehouse,
        reason_type: ReturnReason::Other,
        reason: format!("{NAME} is not content"),
        pickup: Some(whom),
        customer: None,
        lines: Vec::new(),
        courier: None,
        courier_link: None,
        service: None,
        extra: serde_json::Map::new(),
    };
    let back = world
        .subject(Command::RequestReturn(Box::new(back)))
        .await
        .id;
    let cancel = Command::CancelReturn {
        return_: back,
        reason: Some(format!("{NAME} keeps it")),
    };
    let all = vec![order, given_up, fulfilment, back];
    traces.look(engine, &all).await;
    world.carry(cancel).await.unwrap();
    traces.look(engine, &all).await;
    all
}

const WORDS: [&str; 6] = [
    "Samplewoman",
    "Quiet Invented",
    "Mai.Example",
    "mai.example",
    "000 000 017",
    "000000017",
];

async fn assert_gone(engine: &Engine, traces: &Traces, when: &str) {
    let bytes = bytes_of(engine).await;
    assert!(
        bytes.windows(7).any(|it| it == b"default"),
        "nothing was read"
    );
    for word in WORDS {
        let mut windows = bytes.windows(word.len());
        assert!(!windows.any(|it| it == word.as_bytes()), "{word} {when}");
    }
    assert_eq!(traces.found_in(&bytes), 0, "sealed parts {when}");
}

async fn nothing_of_a_person_is_left_of_an_erased_order(engine: Engine) {
    let world = World::stocked(engine.open().await, 1_000).await;
    let mut traces = Traces::default();
    let mut stories = Vec::new();
    for n in 0..12 {
        let number = format!("PO-{n}");
        stories.push(story(&world, &engine, &mut traces, &number, n % 3 == 0).await);
    }
    assert!(traces.0.len() > 40, "{}", traces.0.len());
    assert!(traces.found_in(&bytes_of(&engine).await) > 100);
    for story in &stories {
        let whole = world
            .store
            .erase_party(world.account, Whose::Whole(story[0]));
        assert_eq!(whole.await.unwrap(), story.len() as u64);
    }
    assert_gone(&engine, &traces, "while the store is open").await;
    // They are orders still.
    for story in &stories {
        let order = world.order_of(story[0]).await;
        assert_eq!((order.receiver, order.note.as_str()), (None, ""));
        let record = world.record(Kind::Return, story[3]).await;
        assert!(record.body.personal().is_none());
    }
    assert_balanced(&world.store).await;
    world.store.close().await.unwrap();
    drop(world);
    assert_gone(&engine, &traces, "once it is closed").await;
    let again = engine.open_with(config()).await.unwrap();
    again.ready().await.unwrap();
}

async fn nor_of_one_that_is_known_by_phone(engine: Engine) {
    let world = World::stocked(engine.open().await, 1_000).await;
    let mut traces = Traces::default();
    story(&world, &engine, &mut traces, "PO-1", true).await;
    let erase = async |whose| world.store.erase_party(world.account, whose).await.unwrap();
    assert_eq!(erase(Whose::Phone(PHONE.to_owned())).await, 4);
    assert_gone(&engine, &traces, "while the store is open").await;
}
