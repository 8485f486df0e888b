//! The books of registrations: read back, changed and ended.

use crate::directory::connection;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use serde_json::json;
use std::sync::Arc;
use trackway_model::TrackId;
use trackway_store::Store;
use trackway_store::records::NewRegistration;
use trackway_store::registrations::{Again, Book, BookQuery, Entry, Key, Mark, Move, Moved};
use trackway_store::search::Bounds;

contract!(
    a_book_is_read_newest_first_page_by_page,
    entries_are_found_by_key_and_time,
    a_book_shows_nothing_of_others,
    an_entry_is_replaced_and_erased,
    what_nobody_has_registered_is_asked_no_more,
    another_carrier_moves_all_or_none,
    a_refresh_is_asked_again_after_a_while,
);

async fn opened(engine: &Engine) -> (Arc<dyn Store>, Book) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_connection(connection(account, "one")).await;
    made.unwrap();
    let dialect = "agg".to_owned();
    (store, Book { account, dialect })
}

fn key(n: u8) -> Key {
    [n; 16]
}

/// Number `n` of a book, made at `START + n`, with `n % 3` as its key.
fn wish(book: &Book, n: u8) -> NewRegistration {
    NewRegistration {
        account: book.account,
        dialect: book.dialect.clone(),
        carrier: "demo-post".to_owned(),
        number: format!("AG{n:03}"),
        created: START + i64::from(n),
        data: json!({ "n": n }),
        key: Some(key(n % 3)),
        references: vec![format!("SO-{n}")],
        ..NewRegistration::default()
    }
}

async fn register(store: &Arc<dyn Store>, book: &Book, numbers: std::ops::Range<u8>) -> Vec<i64> {
    let wishes = numbers.map(|n| wish(book, n)).collect();
    let made = store.register_many(wishes).await.unwrap();
    assert!(made.iter().all(|(_, new)| *new));
    made.into_iter().map(|(made, _)| made.id).collect()
}

fn numbers(entries: &[Entry]) -> Vec<u64> {
    let number = |entry: &Entry| entry.registration.data["n"].as_u64().unwrap();
    entries.iter().map(number).collect()
}

async fn due(store: &Arc<dyn Store>, track: TrackId) -> Vec<bool> {
    let polls = store.polls_of(track).await.unwrap();
    polls.iter().map(|poll| poll.due.is_some()).collect()
}

async fn a_book_is_read_newest_first_page_by_page(engine: Engine) {
    let (store, book) = opened(&engine).await;
    register(&store, &book, 0..10).await;
    let all = BookQuery::default();
    let mut read = Vec::new();
    let mut after = None;
    loop {
        let page = store.entries(&book, &all, after, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(Mark {
            created: last.registration.created,
            id: last.registration.id,
        });
        assert!(page.len() <= 4);
        read.extend(numbers(&page));
    }
    assert_eq!(read, (0..10).rev().collect::<Vec<u64>>());
    assert_eq!(store.count_entries(&book, &all).await.unwrap(), 10);
    // The same instant: the id decides.
    let mut twin = wish(&book, 9);
    "AG900".clone_into(&mut twin.number);
    twin.data = json!({ "n": 900 });
    store.register_many(vec![twin]).await.unwrap();
    let first = store.entries(&book, &all, None, 1).await.unwrap();
    assert_eq!(numbers(&first), [900]);
    let mark = Mark {
        created: first[0].registration.created,
        id: first[0].registration.id,
    };
    let second = store.entries(&book, &all, Some(mark), 1).await.unwrap();
    assert_eq!(numbers(&second), [9]);
}

async fn entries_are_found_by_key_and_time(engine: Engine) {
    let (store, book) = opened(&engine).await;
    register(&store, &book, 0..10).await;
    let created = |from: i64, before: i64| Bounds {
        from: Some(START + from),
        before: Some(START + before),
    };
    for (query, expected) in [
        (
            BookQuery {
                created: created(3, 6),
                keys: vec![],
            },
            vec![5, 4, 3],
        ),
        (
            BookQuery {
                created: Bounds::default(),
                keys: vec![key(0), key(0)],
            },
            vec![9, 6, 3, 0],
        ),
        (
            BookQuery {
                created: created(4, 9),
                keys: vec![key(0), key(1)],
            },
            vec![7, 6, 4],
        ),
        (
            BookQuery {
                created: created(0, 10),
                keys: vec![key(7)],
            },
            vec![],
        ),
    ] {
        let found = store.entries(&book, &query, None, 100).await.unwrap();
        assert_eq!(numbers(&found), expected, "{query:?}");
        let count = store.count_entries(&book, &query).await.unwrap();
        assert_eq!(count, expected.len() as u64);
        let some = store.entries(&book, &query, None, 2).await.unwrap();
        assert_eq!(numbers(&some)[..], expected[..expected.len().min(2)]);
    }
}

async fn a_book_shows_nothing_of_others(engine: Engine) {
    let (store, book) = opened(&engine).await;
    let ids = register(&store, &book, 0..2).await;
    let entries = store
        .entries(&book, &BookQuery::default(), None, 9)
        .await
        .unwrap();
    let tracks: Vec<TrackId> = entries.iter().map(|e| e.registration.track).collect();
    assert_eq!(store.entries_of(&book, &tracks).await.unwrap().len(), 2);
    let stranger = store.account("stranger", START).await.unwrap().id;
    let theirs = Book {
        account: stranger,
        ..book.clone()
    };
    let other = Book {
        dialect: "agg.ocean".to_owned(),
        ..book.clone()
    };
    for foreign in [theirs, other] {
        let all = BookQuery::default();
        assert!(
            store
                .entries(&foreign, &all, None, 9)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(
            store
                .entries_of(&foreign, &tracks)
                .await
                .unwrap()
                .is_empty()
        );
        assert_eq!(store.count_entries(&foreign, &all).await.unwrap(), 0);
        assert!(
            !store
                .replace_entry(&foreign, ids[0], json!({}), None, START)
                .await
                .unwrap()
        );
        assert_eq!(
            store
                .unregister(&foreign, ids.clone(), START)
                .await
                .unwrap(),
            0
        );
        let again = store
            .refresh_entry(&foreign, ids[0], START, 0)
            .await
            .unwrap();
        assert_eq!(again, Again::Unknown);
        let moved = store
            .move_entries(&foreign, to("x", &ids, Vec::new()))
            .await
            .unwrap();
        assert_eq!(moved, Moved::Unknown(ids[0]));
    }
    assert_eq!(
        store
            .count_entries(&book, &BookQuery::default())
            .await
            .unwrap(),
        2
    );
}

async fn an_entry_is_replaced_and_erased(engine: Engine) {
    let (store, book) = opened(&engine).await;
    let ids = register(&store, &book, 4..5).await;
    let data = json!({ "n": 77, "remark": "ring twice" });
    let replaced = store
        .replace_entry(&book, ids[0], data.clone(), Some(key(9)), START)
        .await;
    assert!(replaced.unwrap());
    let by = |n: u8| BookQuery {
        created: Bounds::default(),
        keys: vec![key(n)],
    };
    assert!(
        store
            .entries(&book, &by(1), None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let found = store.entries(&book, &by(9), None, 9).await.unwrap();
    assert_eq!(found[0].registration.data, data);
    store.erase(found[0].registration.track).await.unwrap();
    assert!(
        store
            .entries(&book, &by(9), None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let left = store
        .entries(&book, &BookQuery::default(), None, 9)
        .await
        .unwrap();
    assert!(left[0].registration.data.is_null());
}

async fn what_nobody_has_registered_is_asked_no_more(engine: Engine) {
    let (store, book) = opened(&engine).await;
    let connection = store.connections().await.unwrap()[0].id;
    let mut wishes: Vec<NewRegistration> = (0..2).map(|n| wish(&book, n)).collect();
    let mut other = wish(&book, 1);
    "another".clone_into(&mut other.dialect);
    wishes.push(other);
    for wish in &mut wishes {
        wish.connections = vec![connection];
    }
    let made = store.register_many(wishes).await.unwrap();
    let (ids, tracks): (Vec<i64>, Vec<TrackId>) = made[..2]
        .iter()
        .map(|(made, _)| (made.id, made.track))
        .unzip();
    assert_eq!(
        store.unregister(&book, ids.clone(), START).await.unwrap(),
        2
    );
    assert_eq!(due(&store, tracks[0]).await, [false]);
    assert_eq!(
        due(&store, tracks[1]).await,
        [true],
        "another dialect has it still"
    );
    assert_eq!(
        store.unregister(&book, ids.clone(), START).await.unwrap(),
        0
    );
    assert!(
        store.track(tracks[0]).await.unwrap().is_some(),
        "history stays"
    );
    // It is new again, under another id, and asked again.
    let mut again = wish(&book, 0);
    again.connections = vec![connection];
    let (again, new) = store.register_many(vec![again]).await.unwrap().remove(0);
    assert!(new && again.id != ids[0]);
    assert_eq!(again.track, tracks[0]);
    assert_eq!(due(&store, tracks[0]).await, [true]);
}

fn to(carrier: &str, ids: &[i64], connections: Vec<trackway_model::ConnectionId>) -> Move {
    Move {
        ids: ids.to_vec(),
        carrier: carrier.to_owned(),
        now: START + 500,
        clock_at: Some(START + 900),
        connections,
    }
}

async fn another_carrier_moves_all_or_none(engine: Engine) {
    let (store, book) = opened(&engine).await;
    let connection = store.connections().await.unwrap()[0].id;
    let mut wishes: Vec<NewRegistration> = (0..3).map(|n| wish(&book, n)).collect();
    wishes[0].connections = vec![connection];
    // The third stands with the other carrier too.
    let mut taken = wish(&book, 2);
    "other-post".clone_into(&mut taken.carrier);
    wishes.push(taken);
    let made = store.register_many(wishes).await.unwrap();
    let ids: Vec<i64> = made.iter().map(|(made, _)| made.id).collect();
    let before = store
        .entries(&book, &BookQuery::default(), None, 9)
        .await
        .unwrap();
    for (wanted, outcome) in [
        (vec![ids[0], 99_999], Moved::Unknown(99_999)),
        (vec![ids[0], ids[2]], Moved::Taken(ids[2])),
    ] {
        let moved = store
            .move_entries(&book, to("other-post", &wanted, Vec::new()))
            .await;
        assert_eq!(moved.unwrap(), outcome);
        let after = store
            .entries(&book, &BookQuery::default(), None, 9)
            .await
            .unwrap();
        assert_eq!(after, before);
    }
    let wanted = to("other-post", &ids[..2], vec![connection]);
    assert_eq!(store.move_entries(&book, wanted).await.unwrap(), Moved::All);
    let after = store
        .entries(&book, &BookQuery::default(), None, 2)
        .await
        .unwrap();
    let moved = &after
        .iter()
        .find(|e| e.registration.id == ids[0])
        .unwrap()
        .registration;
    assert_eq!(
        (moved.carrier.as_str(), moved.created),
        ("other-post", START + 500)
    );
    assert_eq!(moved.data, json!({ "n": 0 }));
    assert_eq!(due(&store, made[0].0.track).await, [false]);
    assert_eq!(due(&store, moved.track).await, [true]);
    let clocks = store.due_clocks(START + 900, 9).await.unwrap();
    let mut wound: Vec<i64> = clocks.iter().map(|clock| clock.registration).collect();
    wound.sort_unstable();
    assert_eq!(wound, ids[..2]);
    // The order number leads to the new track too.
    let query = trackway_store::search::ShipmentQuery {
        reference: Some("SO-0".to_owned()),
        carrier: Some("other-post".to_owned()),
        ..trackway_store::search::ShipmentQuery::of(book.account)
    };
    let found = store.shipments(&query, None, 9).await.unwrap();
    assert_eq!(found.rows.len(), 1);
    assert_eq!(found.rows[0].track, moved.track);
}

async fn a_refresh_is_asked_again_after_a_while(engine: Engine) {
    let (store, book) = opened(&engine).await;
    let connection = store.connections().await.unwrap()[0].id;
    let mut wish = wish(&book, 0);
    wish.connections = vec![connection];
    let made = store.register_many(vec![wish]).await.unwrap().remove(0).0;
    let ask = |now: i64| store.refresh_entry(&book, made.id, now, now - 100);
    assert_eq!(ask(START + 1_000).await.unwrap(), Again::Asked(made.track));
    assert_eq!(
        ask(START + 1_099).await.unwrap(),
        Again::TooSoon(START + 1_000)
    );
    let entry = store.entries_of(&book, &[made.track]).await.unwrap();
    assert_eq!(entry[0].refreshed, Some(START + 1_000));
    assert_eq!(ask(START + 1_100).await.unwrap(), Again::Asked(made.track));
}
