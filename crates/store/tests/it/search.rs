//! Searching shipments, against a look at every one of them.

mod files;
mod world;

use crate::directory::connection;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use crate::polls::claim;
use std::collections::BTreeSet;
use trackway_model::{AccountId, ConnectionId, ShipmentId, Stage, TrackId};
use trackway_store::records::NewRegistration;
use trackway_store::search::{self, COUNTED, MOST_REFERENCES, ShipmentQuery, Total};
use world::*;

contract!(
    every_filter_finds_what_a_naive_look_finds,
    paging_neither_repeats_nor_leaves_out_while_more_is_told,
    what_was_answered_is_found_at_once,
    an_erasure_takes_the_references_only,
    accounts_never_see_each_others_shipments,
    counting_ends,
    many_numbers_are_registered_at_once,
    many_numbers_are_registered_whole_or_not_at_all,
    what_a_repeated_registration_gives_is_added,
);

async fn every_filter_finds_what_a_naive_look_finds(engine: Engine) {
    let mut runner = seeded();
    let mut store = engine.open().await;
    let mut world = World::new(&store).await;
    for round in 0..4 {
        for act in some(acts(), &mut runner) {
            world.act(&store, &act).await;
        }
        assert_finds(&store, &world, &some(queries(), &mut runner)).await;
        if round % 2 == 1 {
            store.close().await.unwrap();
        }
        drop(store);
        store = engine.open().await;
        assert_finds(&store, &world, &some(queries(), &mut runner)).await;
    }
    let all = world.all(&store).await;
    assert!(
        all.iter().any(|(_, row)| row.shipment.epoch() > 0),
        "a number was used again"
    );
    for (_, row) in &all {
        let journeys = store.journeys(row.track).await.unwrap();
        assert!(journeys.contains(row), "{row:?}");
        assert!(journeys.iter().all(|other| other.track == row.track));
    }
    assert!(store.journeys(TrackId(1 << 40)).await.unwrap().is_empty());
}

async fn paging_neither_repeats_nor_leaves_out_while_more_is_told(engine: Engine) {
    let store = engine.open().await;
    let told = |n: usize| news(&format!("TW{n:05}"), "accepted", 1, 2);
    tell(&store, (0..1_500).map(told).collect()).await;
    let query = ShipmentQuery::of(ACCOUNT);
    let before: Vec<ShipmentId> = pages(&store, &query, 1_000)
        .await
        .0
        .iter()
        .map(|row| row.shipment)
        .collect();
    assert_eq!(before.len(), 1_500);
    let (mut found, mut after) = (Vec::new(), None);
    for n in 0.. {
        let page = store.shipments(&query, after, 100).await.unwrap();
        found.extend(page.rows.iter().map(|row| row.shipment));
        after = page.next;
        if after.is_none() {
            break;
        }
        // Old ones move, new ones come.
        let moved =
            (0..200).map(|at| news(&format!("TW{:05}", at * 7), "in_transit", 3 + n, 5 + n));
        tell(&store, moved.chain([told(2_000 + n as usize)]).collect()).await;
    }
    assert_eq!(found, before);
    let now = pages(&store, &query, 1_000).await.0;
    assert_eq!(now.len(), 1_514, "and those that came are found");
}

async fn what_was_answered_is_found_at_once(engine: Engine) {
    let store = engine.open().await;
    let mut world = World::new(&store).await;
    let all = ShipmentQuery::of(ACCOUNT);
    world
        .register(&store, vec![wish(ACCOUNT, "TW1", &["PO-1".to_owned()])])
        .await;
    let found = pages(&store, &all, 10).await.0;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].stage,
            found[0].events,
            found[0].created,
            found[0].last
        ),
        (Stage::Unknown, 0, START, START)
    );
    assert_eq!((&*found[0].number, &*found[0].carrier), ("TW1", CARRIER));
    assert_eq!(found[0].references, ["PO-1"]);
    for (hour, name) in NAMES[..5].iter().enumerate() {
        tell_one(&store, news("TW1", name, hour as i64, 10)).await;
        let query = ShipmentQuery {
            milestone: Some(milestone(name)),
            ..all.clone()
        };
        let found = pages(&store, &query, 10).await.0;
        assert_eq!(
            (found.len(), found[0].events),
            (1, hour as u16 + 1),
            "{name}"
        );
        assert_eq!(
            (found[0].last, found[0].created),
            (START + hour as i64 * HOUR, START)
        );
        assert_eq!(found[0].stage, milestone(name).stage());
    }
    let gone = ShipmentQuery {
        milestone: Some(milestone("accepted")),
        ..all
    };
    assert!(pages(&store, &gone, 10).await.0.is_empty());
}

async fn an_erasure_takes_the_references_only(engine: Engine) {
    let store = engine.open().await;
    let mut world = World::new(&store).await;
    world
        .register(
            &store,
            vec![
                wish(ACCOUNT, "TW1", &["PO-1".to_owned(), "SO-1".to_owned()]),
                wish(ACCOUNT, "TW2", &["PO-2".to_owned()]),
            ],
        )
        .await;
    tell_one(&store, news("TW1", "accepted", 1, 2)).await;
    let by = |reference: &str| ShipmentQuery {
        reference: Some(reference.to_owned()),
        ..ShipmentQuery::of(ACCOUNT)
    };
    assert_eq!(pages(&store, &by("po"), 10).await.0.len(), 2);
    let track = track(&store, "TW1").await.id;
    store.erase(track).await.unwrap();
    world.references.remove(&track);
    for reopened in [false, true, true] {
        assert!(
            pages(&store, &by("PO-1"), 10).await.0.is_empty(),
            "{reopened}"
        );
        assert_eq!(pages(&store, &by("PO"), 10).await.0.len(), 1);
        assert_finds(&store, &world, &[ShipmentQuery::of(ACCOUNT)]).await;
    }
    drop(store);
    let store = engine.open().await;
    assert_eq!(pages(&store, &by("PO"), 10).await.0.len(), 1);
    assert_finds(&store, &world, &[ShipmentQuery::of(ACCOUNT)]).await;
}

async fn accounts_never_see_each_others_shipments(engine: Engine) {
    let store = engine.open().await;
    let mut world = World::new(&store).await;
    let [one, two] = [world.accounts[0], world.accounts[1]];
    let references = ["PO-1".to_owned()];
    world
        .register(
            &store,
            vec![wish(one, "TW1", &references), wish(two, "TW1", &references)],
        )
        .await;
    for (account, other) in [(one, two), (two, one)] {
        for query in [
            ShipmentQuery::of(account),
            ShipmentQuery {
                number: Some("TW".to_owned()),
                ..ShipmentQuery::of(account)
            },
            ShipmentQuery {
                reference: Some("PO".to_owned()),
                ..ShipmentQuery::of(account)
            },
        ] {
            let (found, total) = pages(&store, &query, 10).await;
            assert_eq!((found.len(), total), (1, Total::Exact(1)));
            let held = store.track(found[0].track).await.unwrap().unwrap();
            assert_eq!(held.account, account);
            // A page of one account does not lead into another's.
            let theirs = ShipmentQuery {
                account: other,
                ..query
            };
            let page = store
                .shipments(&theirs, Some(ShipmentId(i64::MAX)), 10)
                .await
                .unwrap();
            assert!(page.rows.iter().all(|row| row.track != found[0].track));
        }
    }
}

async fn counting_ends(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let wishes = |range: std::ops::Range<u64>| {
        range
            .map(|n| wish(account, &format!("TW{n:06}"), &[]))
            .collect()
    };
    store.register_many(wishes(0..COUNTED - 1)).await.unwrap();
    let query = ShipmentQuery {
        number: Some("TW".to_owned()),
        ..ShipmentQuery::of(account)
    };
    let page = store.shipments(&query, None, 5).await.unwrap();
    assert_eq!(
        (page.rows.len(), page.total),
        (5, Some(Total::Exact(COUNTED - 1)))
    );
    store
        .register_many(wishes(COUNTED..COUNTED + 500))
        .await
        .unwrap();
    let page = store.shipments(&query, None, 5).await.unwrap();
    assert_eq!(page.total, Some(Total::AtLeast(COUNTED)));
    assert_eq!(
        pages(&store, &query, search::LONGEST_PAGE).await.0.len() as u64,
        COUNTED + 499
    );
    let page = store.shipments(&query, None, usize::MAX).await.unwrap();
    assert_eq!(page.rows.len(), search::LONGEST_PAGE);
}

async fn many_numbers_are_registered_at_once(engine: Engine) {
    let store = engine.open().await;
    let mut world = World::new(&store).await;
    let account = world.accounts[0];
    let asked: Vec<ConnectionId> = {
        let mut asked = Vec::new();
        for dialect in ["one", "two"] {
            let made = store
                .create_connection(connection(account, dialect))
                .await
                .unwrap();
            asked.push(made.id);
        }
        asked
    };
    tell_one(&store, news("TW00003", "accepted", 1, -9)).await;
    world
        .register(&store, vec![wish(account, "TW00005", &["PO-5".to_owned()])])
        .await;
    let mut wishes: Vec<NewRegistration> = (0..2_500)
        .map(|n| NewRegistration {
            connections: asked.clone(),
            data: serde_json::json!({ "n": n }),
            ..wish(account, &format!("TW{n:05}"), &[format!("SO-{n:05}")])
        })
        .collect();
    // The same number twice in one call, and under another dialect.
    wishes.push(wish(account, " tw00001", &["SO-other".to_owned()]));
    wishes.push(NewRegistration {
        dialect: "two".to_owned(),
        ..wish(account, "TW00002", &["SO-two".to_owned()])
    });
    let made = store.register_many(wishes.clone()).await.unwrap();
    assert_eq!(made.len(), wishes.len());
    for (n, (made, new)) in made.iter().take(2_500).enumerate() {
        assert_eq!(*new, n != 5, "{n}");
        assert_eq!(made.number, format!("TW{n:05}"));
        let held = store
            .registrations(account, "native", made.track)
            .await
            .unwrap();
        assert_eq!(held.as_slice(), std::slice::from_ref(made));
    }
    assert_eq!(made[2_500], (made[1].0.clone(), false));
    assert_eq!(
        (made[2_501].1, made[2_501].0.track),
        (true, made[2].0.track)
    );
    let tracks: BTreeSet<TrackId> = made.iter().map(|(made, _)| made.track).collect();
    assert_eq!(tracks.len(), 2_500);
    let by = |reference: &str| ShipmentQuery {
        reference: Some(reference.to_owned()),
        ..ShipmentQuery::of(account)
    };
    let found = pages(&store, &by("so-01234"), 10).await.0;
    assert_eq!((found.len(), &*found[0].number), (1, "TW01234"));
    assert_eq!(
        pages(&store, &by("SO-0"), 1_000).await.0.len(),
        2_499,
        "a known one keeps what it had"
    );
    let found = pages(&store, &by("SO-two"), 10).await.0;
    assert_eq!(found[0].references, ["SO-00002", "SO-two"]);
    assert!(pages(&store, &by("SO-other"), 10).await.0.is_empty());
    let mut polls = Vec::new();
    for head in store.poll_heads().await.unwrap() {
        polls.extend(claim(&store, head.connection, head.kind, START, 10_000).await);
    }
    let polls: BTreeSet<_> = polls
        .iter()
        .map(|poll| (poll.track, poll.connection))
        .collect();
    assert_eq!(polls.len(), 2 * 2_500);
    assert!(store.register_many(Vec::new()).await.unwrap().is_empty());
    assert_sound(&store).await;
}

async fn many_numbers_are_registered_whole_or_not_at_all(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let reference = ["PO-1".to_owned()];
    let nobody = AccountId(99);
    let refused = store
        .register_many(vec![
            wish(account, "TW1", &reference),
            wish(nobody, "TW2", &reference),
        ])
        .await;
    assert!(refused.is_err());
    let by = ShipmentQuery {
        reference: Some("PO".to_owned()),
        ..ShipmentQuery::of(account)
    };
    assert!(pages(&store, &by, 10).await.0.is_empty());
    let (_, new) = store
        .register_many(vec![wish(account, "TW1", &reference)])
        .await
        .unwrap()[0]
        .clone();
    assert!(new);
    assert_eq!(pages(&store, &by, 10).await.0.len(), 1);
    assert_sound(&store).await;
}

async fn what_a_repeated_registration_gives_is_added(engine: Engine) {
    let mut store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let of = |reference: &str, data: serde_json::Value| NewRegistration {
        data,
        amend: true,
        ..wish(account, "TW1", &[reference.to_owned()])
    };
    let by = |reference: &str| ShipmentQuery {
        reference: Some(reference.to_owned()),
        ..ShipmentQuery::of(account)
    };
    let first = of("SO-1", serde_json::json!({ "title": "Lamp", "note": "a" }));
    let (first, new) = store.register_many(vec![first]).await.unwrap().remove(0);
    assert!(new);
    // Twice in one call, and beside a number that is new.
    let made = store
        .register_many(vec![
            of("SO-2", serde_json::json!({ "note": "b" })),
            wish(account, "TW2", &["PO-2".to_owned()]),
            of("SO-3", serde_json::json!({ "gift": true })),
            of("SO-1", serde_json::Value::Null),
        ])
        .await
        .unwrap();
    let expected = serde_json::json!({ "title": "Lamp", "note": "b", "gift": true });
    assert_eq!(
        made.iter().map(|(_, new)| *new).collect::<Vec<_>>(),
        [false, true, false, false]
    );
    let (last, _) = made[3].clone();
    assert_eq!(
        (last.id, last.created, &last.data),
        (first.id, first.created, &expected)
    );
    let found = pages(&store, &by("so-3"), 10).await.0;
    assert_eq!(found[0].references, ["SO-1", "SO-2", "SO-3"]);
    // Only who wants it: what a facade's client registers again stays.
    let plain = NewRegistration {
        amend: false,
        ..of("SO-4", serde_json::json!({ "note": "c" }))
    };
    let (kept, _) = store.register_many(vec![plain]).await.unwrap().remove(0);
    assert_eq!(kept.data, expected);
    assert!(pages(&store, &by("SO-4"), 10).await.0.is_empty());
    // Up to the limit, those that came first.
    let many = (10..10 + MOST_REFERENCES).map(|n| of(&format!("SO-{n}"), serde_json::Value::Null));
    store.register_many(many.collect()).await.unwrap();
    let found = pages(&store, &by("SO-1"), 10).await.0;
    assert_eq!(found[0].references.len(), MOST_REFERENCES);
    assert!(
        !found[0]
            .references
            .contains(&format!("SO-{}", 9 + MOST_REFERENCES))
    );
    for is_closed in [false, true] {
        if is_closed {
            store.close().await.unwrap();
        }
        drop(store);
        store = engine.open().await;
        let again = pages(&store, &by("SO-3"), 10).await.0;
        assert_eq!(again, found);
        let held = store
            .registrations(account, "native", first.track)
            .await
            .unwrap();
        assert_eq!(held[0].data, expected);
    }
    // Words that were erased stay so; what is told afterwards is kept.
    store.erase(first.track).await.unwrap();
    let again = of("SO-9", serde_json::json!({ "note": "d" }));
    let (again, new) = store.register_many(vec![again]).await.unwrap().remove(0);
    assert_eq!(
        (new, again.data),
        (false, serde_json::json!({ "note": "d" }))
    );
    let found = pages(&store, &by("SO"), 10).await.0;
    assert_eq!(found[0].references, ["SO-9"]);
    assert_sound(&store).await;
}
