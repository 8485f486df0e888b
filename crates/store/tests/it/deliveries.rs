//! What is on its way to subscribers.

use crate::directory::endpoint;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use std::time::Duration;
use trackway_model::change::{FeedPosition, Subject};
use trackway_model::{AccountId, EndpointId, ShipmentId, TrackId};
use trackway_store::Store;
use trackway_store::lanes::{
    Again, Backlog, Breaker, EndpointState, Lane, LastAnswer, Progress, Settlement,
};
use trackway_store::records::{Attempt, Delivery, EndpointChange, OpenDeliveries, Outcome};

contract!(
    a_cursor_moves_with_what_failed,
    what_waits_and_what_is_parked_are_read_apart,
    what_is_sent_again_is_due_as_if_never_tried,
    how_an_endpoint_answers_is_kept,
    progress_beyond_the_cursor_is_kept,
    an_endpoint_that_is_gone_is_disabled_with_its_last_outcome,
    queues_are_counted,
);

pub const LEASE: Duration = Duration::from_mins(1);

pub const fn at(number: u64) -> FeedPosition {
    FeedPosition { shard: 0, number }
}

pub fn delivery(endpoint: EndpointId, number: u64, due: i64) -> Delivery {
    Delivery {
        endpoint,
        position: at(number),
        subject: Subject::Shipment(ShipmentId::new(TrackId(3), 1)),
        since: START - HOUR,
        due: Some(due),
        attempts: 1,
        done: 2,
        parked: None,
    }
}

pub fn attempt(endpoint: EndpointId, number: u64, when: i64, outcome: Outcome) -> Attempt {
    Attempt {
        endpoint,
        position: at(number),
        message: 1,
        subject: Subject::Shipment(ShipmentId::new(TrackId(3), 1)),
        at: when,
        took_us: 1_500,
        outcome,
        status: 503,
        answer: "later, \u{1f4a4}".to_owned(),
    }
}

/// The lane of an endpoint, which this store then holds.
pub async fn lane(store: &Arc<dyn Store>, endpoint: EndpointId) -> Lane {
    let held = store.hold_lanes(LEASE).await.unwrap();
    *held.iter().find(|lane| lane.endpoint == endpoint).unwrap()
}

pub fn nothing(lane: Lane) -> Settlement {
    Settlement {
        lane,
        progress: Progress::default(),
        kept: Vec::new(),
        over: Vec::new(),
        attempts: Vec::new(),
        state: None,
        disable: false,
    }
}

/// Settles for an endpoint whose lane this store holds or can take.
pub async fn settle(
    store: &Arc<dyn Store>,
    endpoint: EndpointId,
    cursor: Vec<FeedPosition>,
    kept: Vec<Delivery>,
    attempts: Vec<Attempt>,
) {
    let progress = Progress {
        cursor,
        ..Progress::default()
    };
    let one = Settlement {
        progress,
        kept,
        attempts,
        ..nothing(lane(store, endpoint).await)
    };
    assert!(stored(store, one).await);
}

pub async fn stored(store: &Arc<dyn Store>, one: Settlement) -> bool {
    store.settle(vec![Arc::new(one)]).await.unwrap()[0]
}

async fn a_cursor_moves_with_what_failed(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let other = store.create_endpoint(endpoint(account)).await.unwrap();
    let failed = vec![delivery(made.id, 7, START)];
    let failure = Outcome::CallFailed {
        error: "no route".to_owned(),
    };
    let attempts = vec![
        attempt(made.id, 7, START, failure),
        attempt(made.id, 8, START + 1, Outcome::Accepted),
    ];
    let cursor = |number| Progress {
        cursor: vec![at(number)],
        ..Progress::default()
    };
    let one = Settlement {
        progress: cursor(8),
        kept: failed.clone(),
        attempts,
        ..nothing(lane(&store, made.id).await)
    };
    let two = Settlement {
        progress: cursor(5),
        ..nothing(lane(&store, other.id).await)
    };
    let both = vec![Arc::new(one), Arc::new(two)];
    assert_eq!(store.settle(both).await.unwrap(), [true, true]);
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let cursors: Vec<_> = store
        .endpoints()
        .await
        .unwrap()
        .iter()
        .map(|endpoint| endpoint.cursor.clone())
        .collect();
    assert_eq!(cursors, [[at(8)], [at(5)]]);
    assert_eq!(store.deliveries(account).await.unwrap(), failed);
    assert!(store.deliveries(AccountId(99)).await.unwrap().is_empty());
    let attempts = store.attempts(account, START, START + 1).await;
    assert_eq!(attempts.unwrap().len(), 2);
}

async fn what_waits_and_what_is_parked_are_read_apart(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let other = store.create_endpoint(endpoint(account)).await.unwrap();
    assert_eq!(store.next_delivery().await.unwrap(), None);
    let held = Delivery {
        due: None,
        attempts: 0,
        ..delivery(made.id, 9, START)
    };
    let parked = |number, since, due| Delivery {
        parked: Some(since),
        ..delivery(made.id, number, due)
    };
    let kept = vec![
        delivery(made.id, 7, START + 5),
        parked(8, START - HOUR, START - 9),
        held.clone(),
        parked(10, START, START + 3),
        parked(11, START, START + 2),
    ];
    settle(&store, made.id, vec![at(11)], kept.clone(), Vec::new()).await;
    let theirs = vec![delivery(other.id, 7, START + 9)];
    settle(&store, other.id, vec![at(11)], theirs, Vec::new()).await;
    assert_eq!(store.next_delivery().await.unwrap(), Some(START + 5));
    let waiting = async |after, limit| {
        let found = store.waiting_deliveries(made.id, after, limit).await;
        found.unwrap()
    };
    assert_eq!(waiting(None, 9).await, [kept[0].clone(), held.clone()]);
    assert_eq!(waiting(None, 1).await, [kept[0].clone()]);
    assert_eq!(waiting(Some(at(7)), 9).await, [held]);
    let parked = async |since, limit| {
        let found = store
            .parked_deliveries(made.id, since, limit)
            .await
            .unwrap();
        found
            .iter()
            .map(|one| one.position.number)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        parked(0, 9).await,
        [8, 11, 10],
        "by the time when they may go"
    );
    assert_eq!(parked(START, 9).await, [11, 10], "parked long ago is left");
    assert_eq!(parked(START, 1).await, [11]);
    // Settled: one is over, one is due later.
    let later = delivery(made.id, 9, START + 7);
    let one = Settlement {
        kept: vec![later.clone()],
        over: vec![at(7), at(11)],
        ..nothing(lane(&store, made.id).await)
    };
    assert!(stored(&store, one).await);
    assert_eq!(waiting(None, 9).await, [later]);
    assert_eq!(parked(START, 9).await, [10]);
    assert_eq!(store.next_delivery().await.unwrap(), Some(START + 7));
}

async fn what_is_sent_again_is_due_as_if_never_tried(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    assert_eq!(store.asked().await.unwrap(), []);
    let parked = Delivery {
        parked: Some(START),
        ..delivery(made.id, 7, START)
    };
    settle(
        &store,
        made.id,
        vec![at(9)],
        vec![parked.clone()],
        Vec::new(),
    )
    .await;
    let again = |number| Again {
        position: at(number),
        subject: parked.subject,
        since: parked.since,
        done: u16::from(number == 7),
    };
    let queued = store.send_again(made.id, vec![again(7), again(2)], START + 5);
    assert_eq!(queued.await.unwrap(), 2);
    let expected = |number| Delivery {
        attempts: 0,
        done: u16::from(number == 7),
        ..delivery(made.id, number, START + 5)
    };
    let waiting = store.waiting_deliveries(made.id, None, 9).await.unwrap();
    assert_eq!(waiting, [expected(2), expected(7)]);
    assert_eq!(store.asked().await.unwrap(), [(made.id, 1)]);
    let queued = store.send_again(EndpointId(99), vec![again(7)], START);
    assert_eq!(queued.await.unwrap(), 0);
    assert_eq!(store.asked().await.unwrap(), [(made.id, 1)]);
}

async fn how_an_endpoint_answers_is_kept(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    assert_eq!(store.endpoint_states().await.unwrap(), []);
    let start = store.start_lane(made.id).await.unwrap();
    assert_eq!(start.state, EndpointState::default());
    assert_eq!(start.progress.cursor, made.cursor);
    let last = LastAnswer {
        at: START + 1,
        status: 503,
        accepted: false,
    };
    let open = EndpointState {
        breaker: Breaker::Open,
        since: START,
        failures: 7,
        probes: 2,
        rest: Some(START + 9),
        last: Some(last),
        gone: None,
    };
    let half = EndpointState {
        breaker: Breaker::HalfOpen,
        rest: None,
        gone: Some(START),
        ..open.clone()
    };
    for state in [open, half] {
        let one = Settlement {
            state: Some(state.clone()),
            ..nothing(lane(&store, made.id).await)
        };
        assert!(stored(&store, one).await);
        // One that says nothing of it leaves it as it is.
        assert!(stored(&store, nothing(lane(&store, made.id).await)).await);
        let states = store.endpoint_states().await.unwrap();
        assert_eq!(states, [(made.id, state.clone())]);
        assert_eq!(store.start_lane(made.id).await.unwrap().state, state);
    }
    assert!(store.delete_endpoint(account, made.id).await.unwrap());
    assert_eq!(store.endpoint_states().await.unwrap(), []);
}

async fn progress_beyond_the_cursor_is_kept(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let beyond = Progress {
        cursor: vec![at(4)],
        reached: vec![at(900)],
        open: vec![at(5), at(700), at(701)],
    };
    let one = Settlement {
        progress: beyond.clone(),
        ..nothing(lane(&store, made.id).await)
    };
    assert!(stored(&store, one).await);
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let start = store.start_lane(made.id).await.unwrap();
    assert_eq!(start.progress, beyond);
    settle(&store, made.id, vec![at(901)], Vec::new(), Vec::new()).await;
    let start = store.start_lane(made.id).await.unwrap();
    let all = Progress {
        cursor: vec![at(901)],
        ..Progress::default()
    };
    assert_eq!(start.progress, all);
}

async fn an_endpoint_that_is_gone_is_disabled_with_its_last_outcome(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let kept = vec![delivery(made.id, 7, START)];
    let one = Settlement {
        kept: kept.clone(),
        disable: true,
        ..nothing(lane(&store, made.id).await)
    };
    assert!(stored(&store, one).await);
    let found = store.endpoint(made.id).await.unwrap().unwrap();
    assert!(found.disabled);
    assert_eq!(store.hold_lanes(LEASE).await.unwrap(), [], "it has no lane");
    assert_eq!(store.next_delivery().await.unwrap(), None);
    assert_eq!(
        store.deliveries(account).await.unwrap(),
        kept,
        "nothing is lost"
    );
    let change = EndpointChange {
        disabled: Some(false),
        ..EndpointChange::default()
    };
    store
        .change_endpoint(account, made.id, change)
        .await
        .unwrap();
    assert_eq!(store.hold_lanes(LEASE).await.unwrap().len(), 1);
    assert_eq!(store.next_delivery().await.unwrap(), Some(START));
}

async fn queues_are_counted(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let other = store.create_endpoint(endpoint(account)).await.unwrap();
    assert_eq!(store.backlogs().await.unwrap(), []);
    let parked = |of, number| Delivery {
        parked: Some(START),
        since: 1,
        ..delivery(of, number, START)
    };
    let younger = Delivery {
        since: START,
        due: None,
        ..delivery(made.id, 8, START)
    };
    let kept = vec![delivery(made.id, 7, START), younger, parked(made.id, 9)];
    settle(&store, made.id, vec![at(9)], kept, Vec::new()).await;
    settle(
        &store,
        other.id,
        vec![at(9)],
        vec![parked(other.id, 3)],
        Vec::new(),
    )
    .await;
    let backlog = |endpoint, waiting, oldest| Backlog {
        endpoint,
        waiting,
        parked: 1,
        oldest,
    };
    let mut found = store.backlogs().await.unwrap();
    found.sort_by_key(|backlog| backlog.endpoint);
    let oldest = Some(START - HOUR);
    assert_eq!(
        found,
        [backlog(made.id, 2, oldest), backlog(other.id, 0, None)]
    );
    for (parked, numbers) in [(true, &[9][..]), (false, &[7, 8])] {
        let wanted = OpenDeliveries {
            endpoint: Some(made.id),
            parked: Some(parked),
            ..OpenDeliveries::default()
        };
        let open = store.open_deliveries(account, &wanted, 9).await.unwrap();
        let open: Vec<_> = open.iter().map(|one| one.position.number).collect();
        assert_eq!(open, numbers);
    }
}
