//! Failures that only the inside can provoke: a full disk, a job that panics.

use super::*;
use crate::orders::{Asking, Task};
use crate::search::ShipmentQuery;
use crate::{Directory, History, MasterKey, Orders, Search, SystemEntropy};
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules};
use trackway_model::intake::{Content, Intake, Receipt, Verified};
use trackway_model::orders::{Catalogued, Command, Kind, OrderType, RecordQuery, Shop, Total};
use trackway_model::{
    AccountId, Certainty, Code, CodeKind, ConnectionId, Direction, Milestone, Pieces, Reason,
    Statement, StreamId, StreamTable,
};

fn open(folder: &Path) -> Arc<SqliteStore> {
    let rules = FoldRules {
        streams: StreamTable(&[]),
        reuse_after: DEFAULT_REUSE_AFTER,
    };
    let config = StoreConfig::new(rules, MasterKey::new([1; 32]), Arc::new(SystemEntropy));
    SqliteStore::open(folder, config).unwrap()
}

async fn tell(store: &SqliteStore, number: usize, size: usize) -> Result<Vec<Receipt>, StoreError> {
    let statement = Statement {
        stream: StreamId(1),
        code: Code {
            kind: CodeKind::Event,
            code: "A".to_owned(),
            sub: None,
        },
        milestone: Milestone::Accepted,
        reason: Reason::None,
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        occurred: None,
        time_text: String::new(),
        place: None,
        pieces: Pieces::default(),
        unit: None,
        identity: b"A".to_vec(),
        raw: vec![7; size],
    };
    let intake = Intake {
        account: AccountId(1),
        connection: ConnectionId(0),
        carrier: "c".to_owned(),
        number: format!("N{number}"),
        received: 1_772_323_200_000_000,
        content: Content::News(vec![statement]),
    };
    store.ingest(Verified::attest(vec![intake])).await
}

/// Lets the file grow by so many pages and no further, as a full disk would.
async fn room(store: &SqliteStore, pages: i64) {
    store
        .run(move |work| {
            let held: i64 = work
                .connection
                .pragma_query_value(None, "page_count", |row| row.get(0))
                .map_err(readers::read_failed)?;
            let limit = format!("PRAGMA max_page_count = {}", held + pages);
            work.connection
                .execute_batch(&limit)
                .map_err(readers::write_failed)
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    tell(&store, 0, 300).await.unwrap();
    // Rows are written back first, so that the limit meets what follows.
    store.verify().await.unwrap();
    room(&store, 4).await;
    let mut accepted = vec![0];
    let mut refused = 0;
    for number in 1..60 {
        match tell(&store, number, 3_000).await {
            Ok(receipts) => {
                assert_eq!(receipts[0].new, 1);
                accepted.push(number);
            }
            Err(StoreError::Engine { .. } | StoreError::Full) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 20, "{refused}");
    for number in 0..60 {
        let found = store
            .find(AccountId(1), Some("c"), &format!("N{number}"))
            .await
            .unwrap();
        assert_eq!(!found.is_empty(), accepted.contains(&number), "{number}");
    }
    // What was undone is not searched, what was answered is.
    let numbers: Vec<_> = accepted.iter().map(|n| format!("N{n}")).collect();
    assert_eq!(searched(&store).await, numbers);
    room(&store, 100_000).await;
    for number in 0..60 {
        tell(&store, number, 3_000).await.unwrap();
    }
    let found = store.verify().await.unwrap();
    assert_eq!((found.tracks, found.differing), (60, Vec::new()));
    assert_eq!(searched(&store).await.len(), 60);
    drop(store);
    let store = open(folder.path());
    let found = store.verify().await.unwrap();
    assert_eq!((found.tracks, found.differing), (60, Vec::new()));
    assert_eq!(searched(&store).await.len(), 60);
}

/// All numbers that a search finds, the oldest first.
async fn searched(store: &SqliteStore) -> Vec<String> {
    let query = ShipmentQuery::of(AccountId(1));
    let page = store.shipments(&query, None, 100).await.unwrap();
    let numbers = page.rows.iter().rev().map(|row| row.number.to_string());
    numbers.collect()
}

/// A shop of account 1, named so.
fn shop(name: &str) -> Task {
    let shop = Shop {
        name: name.to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type: OrderType::B2c,
        active: true,
    };
    let made = Catalogued {
        id: None,
        code: Some(name.to_owned()),
        body: shop.into(),
    };
    Task {
        account: AccountId(1),
        by: 0,
        now: 1,
        command: Command::Catalogue(Box::new(made)),
        asking: Asking::default(),
    }
}

#[tokio::test]
async fn a_commit_that_fails_leaves_nothing_of_its_commands() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let account = store.account("default", 1).await.unwrap().id;
    assert_eq!(account, AccountId(1));
    store.verify().await.unwrap();
    room(&store, 2).await;
    let (mut made, mut refused) = (Vec::new(), 0);
    for number in 0..400 {
        let name = format!("shop {number} {}", "x".repeat(150));
        match store.carry_out(vec![shop(&name)]).await {
            Ok(mut answers) => made.push(answers.remove(0).unwrap().record.unwrap()),
            Err(StoreError::Engine { .. } | StoreError::Full) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 20 && !made.is_empty(), "{refused}");
    room(&store, 100_000).await;
    let name = |number: usize| format!("shop {number} {}", "x".repeat(150));
    // What was undone is not known either: all can be made now that were not.
    for number in 0..400 {
        let answers = store.carry_out(vec![shop(&name(number))]).await.unwrap();
        let held = made.iter().any(|shop| shop.code == name(number));
        assert_eq!(answers[0].is_err(), held, "{number}: {answers:?}");
    }
    drop(store);
    let store = open(folder.path());
    let page = store.records(account, &RecordQuery::of(Kind::Shop)).await;
    assert_eq!(page.unwrap().total, Total::Exact(400));
    for shop in made {
        let found = store.record(account, Kind::Shop, shop.id).await.unwrap();
        assert_eq!(found, Some(shop));
    }
    let found = store.verify().await.unwrap();
    assert_eq!((found.records, found.unbalanced), (400, Vec::new()));
}

#[tokio::test]
async fn a_failing_record_write_harms_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let failing = store.run(|work| {
        readers::execute(&work.connection, sql::META_SET, ("hub/half", "done"))?;
        work.after_commit(|_| panic!("what failed has nothing to do after the commit"));
        Err::<(), _>(StoreError::Busy)
    });
    let (failed, set, told) = tokio::join!(
        failing,
        store.set_meta("whole", "done"),
        tell(&store, 1, 10)
    );
    assert!(matches!(failed, Err(StoreError::Busy)));
    set.unwrap();
    told.unwrap();
    assert_eq!(store.meta("half").await.unwrap(), None);
    assert_eq!(store.meta("whole").await.unwrap().as_deref(), Some("done"));
}

#[tokio::test]
async fn a_writer_that_ends_is_told_to_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    tell(&store, 1, 10).await.unwrap();
    let ended = store.run::<()>(|_| panic!("a fault in a job")).await;
    assert!(ended.is_err());
    // The thread unwinds in its own time.
    let stopped = trackway_testkit::eventually(
        "the store to stop",
        std::time::Duration::from_secs(9),
        async || store.ready().await.err(),
    );
    assert!(matches!(stopped.await.unwrap(), StoreError::Stopped(_)));
    assert!(matches!(
        tell(&store, 2, 10).await,
        Err(StoreError::Stopped(_))
    ));
    drop(store);
    let found = open(folder.path()).verify().await.unwrap();
    assert_eq!((found.tracks, found.differing), (1, Vec::new()));
}
