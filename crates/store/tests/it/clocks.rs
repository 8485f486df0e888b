//! The clocks of registrations.

use crate::directory::{connection, registration};
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::change::{ChangeKind, ShipmentChange};
use trackway_model::{Standing, TrackId};
use trackway_store::Store;
use trackway_store::clocks::{DueClock, Ends, WoundClock};
use trackway_store::records::{NewRegistration, Registration};
use trackway_testkit::eventually;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(20);

contract!(
    a_clock_is_looked_at_when_it_is_due,
    what_a_clock_tells_is_written_once,
    an_expired_registration_ends_its_polls,
    another_registration_keeps_them,
);

/// A registration in a dialect whose clock is due at an instant.
async fn registered(
    store: &Arc<dyn Store>,
    dialect: &str,
    number: &str,
    clock_at: Option<i64>,
) -> Registration {
    let account = store.account("default", START).await.unwrap().id;
    let connections = store.connections().await.unwrap();
    let Registration {
        carrier, created, ..
    } = registration(account, number);
    let wish = NewRegistration {
        account,
        dialect: dialect.to_owned(),
        carrier,
        number: number.to_owned(),
        created,
        connections: connections.iter().map(|connection| connection.id).collect(),
        clock_at,
        ..NewRegistration::default()
    };
    store.register_many(vec![wish]).await.unwrap().remove(0).0
}

async fn connected(engine: &Engine) -> Arc<dyn Store> {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_connection(connection(account, "one")).await;
    made.unwrap();
    store
}

/// What a look makes of a clock: told now, with a change.
async fn wound(store: &Arc<dyn Store>, due: &DueClock, standing: Standing) -> WoundClock {
    let registration = due.registration;
    let kind = match standing {
        Standing::NoRecord => ChangeKind::NoRecord { registration },
        _ => ChangeKind::Expired { registration },
    };
    let track = store.track(due.track).await.unwrap().unwrap();
    WoundClock {
        registration,
        at: due.at,
        next: Some(due.at + HOUR),
        told: Some((standing, START)),
        change: Some(ShipmentChange::of_clock(&track, kind, due.at)),
        ends: (standing == Standing::Expired).then_some(Ends {
            track: due.track,
            account: due.account,
            since: START,
        }),
    }
}

async fn is_asked(store: &Arc<dyn Store>, track: TrackId) -> bool {
    let polls = store.polls_of(track).await.unwrap();
    polls.iter().any(|poll| poll.due.is_some())
}

async fn a_clock_is_looked_at_when_it_is_due(engine: Engine) {
    let store = connected(&engine).await;
    assert_eq!(store.next_clock().await.unwrap(), None);
    registered(&store, "native", "TW-NONE", None).await;
    assert_eq!(store.next_clock().await.unwrap(), None);
    for (number, at) in [("TW3", 3), ("TW1", 1), ("TW2", 2)] {
        registered(&store, "native", number, Some(START + at)).await;
    }
    assert_eq!(store.next_clock().await.unwrap(), Some(START + 1));
    let due = async |now, limit| {
        let due = store.due_clocks(now, limit).await.unwrap();
        due.iter().map(|due| due.at - START).collect::<Vec<_>>()
    };
    assert_eq!(due(START, 9).await, [] as [i64; 0]);
    assert_eq!(due(START + 2, 9).await, [1, 2]);
    assert_eq!(due(START + 9, 2).await, [1, 2]);
    let first = store.due_clocks(START + 9, 1).await.unwrap().remove(0);
    assert_eq!((first.dialect.as_str(), first.told), ("native", None));
    // A known registration keeps its clock.
    registered(&store, "native", "TW1", Some(START + 900)).await;
    assert_eq!(store.next_clock().await.unwrap(), Some(START + 1));
}

async fn what_a_clock_tells_is_written_once(engine: Engine) {
    let store = connected(&engine).await;
    let made = registered(&store, "native", NUMBER, Some(START + 1)).await;
    let due = store.due_clocks(START + 1, 9).await.unwrap().remove(0);
    let told = wound(&store, &due, Standing::NoRecord).await;
    // Two nodes found it due.
    assert!(store.wind_clock(told.clone()).await.unwrap());
    assert!(!store.wind_clock(told).await.unwrap());
    let changes = eventually("the change", LIMIT, async || {
        let changes = store.changes(&[], 10).await.unwrap();
        (!changes.is_empty()).then_some(changes)
    });
    let changes = changes.await.unwrap();
    assert_eq!(changes.len(), 1);
    let registration = made.id;
    assert_eq!(
        of_shipment(&changes[0].1).kind,
        ChangeKind::NoRecord { registration }
    );
    assert_eq!(of_shipment(&changes[0].1).shipment.track(), made.track);
    assert_eq!(of_shipment(&changes[0].1).before, None);
    assert!(is_asked(&store, made.track).await, "it may be found yet");
    let again = store.due_clocks(START + 2 * HOUR, 9).await.unwrap();
    assert_eq!(again[0].told, Some((Standing::NoRecord, START)));
    assert_eq!(store.verify().await.unwrap().differing, []);
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.next_clock().await.unwrap(), Some(START + 1 + HOUR));
}

async fn an_expired_registration_ends_its_polls(engine: Engine) {
    let store = connected(&engine).await;
    let made = registered(&store, "native", NUMBER, Some(START + 1)).await;
    let due = store.due_clocks(START + 1, 9).await.unwrap().remove(0);
    assert!(is_asked(&store, made.track).await);
    let told = wound(&store, &due, Standing::Expired).await;
    assert!(store.wind_clock(told).await.unwrap());
    assert!(!is_asked(&store, made.track).await);
    // News wake it.
    store.wake_polls(vec![made.track], START + 5).await.unwrap();
    assert!(is_asked(&store, made.track).await);
}

async fn another_registration_keeps_them(engine: Engine) {
    let store = connected(&engine).await;
    let made = registered(&store, "native", NUMBER, Some(START + 1)).await;
    registered(&store, "keydelivery", NUMBER, Some(START + 2)).await;
    let due = store.due_clocks(START + 2, 9).await.unwrap();
    for (nth, due) in due.iter().enumerate() {
        assert!(
            is_asked(&store, made.track).await,
            "until both have expired"
        );
        let told = wound(&store, due, Standing::Expired).await;
        assert!(store.wind_clock(told).await.unwrap(), "{nth}");
    }
    assert!(!is_asked(&store, made.track).await);
    // One that has no clock does not keep them for ever.
    let alone = registered(&store, "native", "TW2", Some(START + 3)).await;
    registered(&store, "247express", "TW2", None).await;
    let due = store.due_clocks(START + 3, 9).await.unwrap().remove(0);
    let told = wound(&store, &due, Standing::Expired).await;
    assert!(store.wind_clock(told).await.unwrap());
    assert!(!is_asked(&store, alone.track).await);
}
