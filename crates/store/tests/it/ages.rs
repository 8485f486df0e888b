//! How old what is known is, and how connections do.

use crate::directory::registration;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use crate::quarantine::place;
use std::sync::Arc;
use trackway_model::{AccountId, ConnectionId, TrackId};
use trackway_store::Store;
use trackway_store::ages::{ConnectionState, Heard};
use trackway_store::records::{PollKind, SettledPoll};
use trackway_store::search::{ShipmentQuery, Total};

contract!(
    ages_are_counted_by_connection,
    what_is_noted_late_changes_nothing,
    states_take_what_is_newer_and_add_calls,
    numbers_that_nobody_registered_are_found,
);

const SECOND: i64 = 1_000_000;

async fn followed(
    store: &Arc<dyn Store>,
    account: AccountId,
    number: &str,
    connection: ConnectionId,
) -> TrackId {
    let wish = registration(account, number);
    let made = store.register(wish, Some(connection)).await.unwrap();
    made.0.track
}

async fn ages_are_counted_by_connection(engine: Engine) {
    let store = engine.open().await;
    let (account, connection) = place(&store, "one").await;
    let (other_account, other) = place(&store, "two").await;
    let mut heard = Vec::new();
    for (n, age) in [0, 5, 30, 59, 660, 7_200, 7_201].into_iter().enumerate() {
        let track = followed(&store, account, &format!("TW{n}"), connection).await;
        heard.push(Heard {
            connection,
            track,
            at: START - age * SECOND,
        });
    }
    followed(&store, account, "TW-WAITS", connection).await;
    let ended = followed(&store, account, "TW-ENDED", connection).await;
    store
        .settle_polls(vec![SettledPoll {
            track: ended,
            connection,
            kind: PollKind::First,
            fence: store.polls_of(ended).await.unwrap()[0].fence,
            due: None,
            failures: 0,
        }])
        .await
        .unwrap();
    heard.push(Heard {
        connection,
        track: ended,
        at: START - SECOND,
    });
    // Told by a connection that is not asked about it: nothing is followed there.
    heard.push(Heard {
        connection: other,
        track: ended,
        at: START,
    });
    store.note_heard(heard, Vec::new()).await.unwrap();
    followed(&store, other_account, "TW0", other).await;
    let ages = store.ages(START).await.unwrap();
    let [one, two] = &ages[..] else {
        panic!("{ages:?}")
    };
    assert_eq!((one.connection, two.connection), (connection, other));
    assert_eq!((one.active, one.waiting, one.ended), (8, 1, 1));
    assert_eq!(
        one.steps,
        [(0, 1), (5, 1), (30, 1), (59, 1), (660, 1), (7_200, 2)]
    );
    assert_eq!(one.quantile(0.5), Some(59));
    assert_eq!((two.active, two.waiting, two.ended), (1, 1, 0));
    assert_eq!(two.quantile(0.5), None);
}

async fn what_is_noted_late_changes_nothing(engine: Engine) {
    let store = engine.open().await;
    let (account, connection) = place(&store, "one").await;
    let track = followed(&store, account, NUMBER, connection).await;
    for at in [START - 20 * SECOND, START - 50 * SECOND] {
        let heard = Heard {
            connection,
            track,
            at,
        };
        store.note_heard(vec![heard], Vec::new()).await.unwrap();
    }
    // A clock that goes back makes nothing younger than now.
    let ages = store.ages(START).await.unwrap();
    assert_eq!(ages[0].steps, [(20, 1)]);
    let ages = store.ages(START - 60 * SECOND).await.unwrap();
    assert_eq!(ages[0].steps, [(0, 1)]);
}

async fn states_take_what_is_newer_and_add_calls(engine: Engine) {
    let store = engine.open().await;
    let (_, connection) = place(&store, "one").await;
    let of = |state: ConnectionState| ConnectionState {
        connection,
        ..state
    };
    for state in [
        ConnectionState {
            heard: Some(START),
            calls: Some((7, 2)),
            ..ConnectionState::default()
        },
        ConnectionState {
            failed: Some(START + 5),
            failure: Some("no route".to_owned()),
            calls: Some((7, 3)),
            ..ConnectionState::default()
        },
        ConnectionState {
            heard: Some(START - 9),
            changed: Some(START - 9),
            failed: Some(START + 1),
            failure: Some("older".to_owned()),
            calls: Some((6, 90)),
            ..ConnectionState::default()
        },
    ] {
        store.note_heard(Vec::new(), vec![of(state)]).await.unwrap();
    }
    let wanted = of(ConnectionState {
        heard: Some(START),
        changed: Some(START - 9),
        failed: Some(START + 5),
        failure: Some("no route".to_owned()),
        calls: Some((7, 5)),
        ..ConnectionState::default()
    });
    assert_eq!(store.connection_states().await.unwrap(), [wanted]);
    // The next day begins anew; one that is not there is nobody's.
    let next = of(ConnectionState {
        calls: Some((8, 1)),
        ..ConnectionState::default()
    });
    let nobody = ConnectionState {
        connection: ConnectionId(4_711),
        ..next.clone()
    };
    store
        .note_heard(Vec::new(), vec![next, nobody])
        .await
        .unwrap();
    let states = store.connection_states().await.unwrap();
    assert_eq!((states.len(), states[0].calls), (1, Some((8, 1))));
}

async fn numbers_that_nobody_registered_are_found(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    assert_eq!(account, ACCOUNT);
    for number in ["TOLD1", "BOTH", "TOLD2"] {
        tell_one(&store, news(number, "accepted", 1, 100)).await;
    }
    for number in ["BOTH", "WISHED"] {
        let wish = registration(account, number);
        store.register(wish, None).await.unwrap();
    }
    for (registered, wanted) in [
        (Some(false), &["TOLD2", "TOLD1"][..]),
        (Some(true), &["WISHED", "BOTH"]),
        (None, &["WISHED", "TOLD2", "BOTH", "TOLD1"]),
    ] {
        let query = ShipmentQuery {
            registered,
            ..ShipmentQuery::of(account)
        };
        let page = store.shipments(&query, None, 10).await.unwrap();
        let numbers: Vec<&str> = page.rows.iter().map(|row| &*row.number).collect();
        assert_eq!(numbers, wanted, "{registered:?}");
        assert_eq!(page.total, Some(Total::Exact(wanted.len() as u64)));
        // Narrowed down by the number, the same is true.
        let query = ShipmentQuery {
            number: Some("TOLD".to_owned()),
            ..query
        };
        let page = store.shipments(&query, None, 10).await.unwrap();
        let told = wanted.iter().filter(|number| number.starts_with("TOLD"));
        assert_eq!(page.rows.len(), told.count(), "{registered:?}");
    }
    assert_eq!(store.registered().await.unwrap(), 2);
}
