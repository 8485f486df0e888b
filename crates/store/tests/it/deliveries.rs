//! What is in flight to subscribers.

use crate::directory::endpoint;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, EndpointId, ShipmentId, TrackId};
use trackway_store::records::{Attempt, ChunkMark, Delivery, Outcome};

contract!(
    a_cursor_moves_with_what_failed,
    what_failed_is_claimed_until_it_is_settled,
    attempts_are_found_by_time,
    attempts_at_what_failed_are_found_by_their_delivery,
    attempts_are_read_backwards_chunk_by_chunk,
);

const fn at(number: u64) -> FeedPosition {
    FeedPosition { shard: 0, number }
}

pub fn delivery(endpoint: EndpointId, number: u64, due: i64) -> Delivery {
    Delivery {
        endpoint,
        position: at(number),
        shipment: ShipmentId::new(TrackId(3), 1),
        due: Some(due),
        attempts: 1,
        done: 2,
    }
}

pub fn attempt(endpoint: EndpointId, number: u64, when: i64, outcome: Outcome) -> Attempt {
    Attempt {
        endpoint,
        position: at(number),
        message: 1,
        shipment: ShipmentId::new(TrackId(3), 1),
        at: when,
        took_us: 1_500,
        outcome,
        status: 503,
        answer: "later, \u{1f4a4}".to_owned(),
    }
}

async fn a_cursor_moves_with_what_failed(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let failed = vec![delivery(made.id, 7, START)];
    let failure = Outcome::CallFailed {
        error: "no route".to_owned(),
    };
    let attempts = vec![
        attempt(made.id, 7, START, failure),
        attempt(made.id, 8, START + 1, Outcome::Accepted),
    ];
    store
        .advance(made.id, vec![at(8)], failed.clone(), attempts)
        .await
        .unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let endpoints = store.endpoints().await.unwrap();
    assert_eq!((endpoints.len(), &endpoints[0].cursor), (1, &vec![at(8)]));
    assert_eq!(store.deliveries(account).await.unwrap(), failed);
    assert!(store.deliveries(AccountId(99)).await.unwrap().is_empty());
    assert_eq!(
        store
            .attempts(account, START, START + 1)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn what_failed_is_claimed_until_it_is_settled(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    assert_eq!(store.next_delivery().await.unwrap(), None);
    let failed = vec![
        delivery(made.id, 7, START),
        delivery(made.id, 9, START + HOUR),
    ];
    store
        .advance(made.id, vec![at(9)], failed, Vec::new())
        .await
        .unwrap();
    assert_eq!(store.next_delivery().await.unwrap(), Some(START));
    assert!(
        store
            .claim_deliveries(START - 1, HOUR, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let claimed = store.claim_deliveries(START, 2 * HOUR, 9).await.unwrap();
    assert_eq!(
        claimed
            .iter()
            .map(|d| (d.position, d.attempts, d.done))
            .collect::<Vec<_>>(),
        [(at(7), 1, 2)]
    );
    assert!(
        store
            .claim_deliveries(START, HOUR, 9)
            .await
            .unwrap()
            .is_empty()
    );
    let again = Delivery {
        attempts: 2,
        due: None,
        ..claimed[0].clone()
    };
    let outcome = Outcome::PartnerError {
        error: "99".to_owned(),
    };
    let tried = attempt(made.id, 7, START, outcome);
    store
        .settle_delivery(made.id, at(7), Some(again.clone()), tried.clone())
        .await
        .unwrap();
    // Parked: kept, and not due.
    assert_eq!(store.next_delivery().await.unwrap(), Some(START + HOUR));
    assert!(store.deliveries(account).await.unwrap().contains(&again));
    store
        .settle_delivery(made.id, at(7), None, tried)
        .await
        .unwrap();
    store
        .settle_delivery(
            made.id,
            at(9),
            None,
            attempt(made.id, 9, START, Outcome::Accepted),
        )
        .await
        .unwrap();
    assert!(store.deliveries(account).await.unwrap().is_empty());
    assert_eq!(store.next_delivery().await.unwrap(), None);
}

async fn attempts_are_found_by_time(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let one = attempt(
        made.id,
        1,
        START,
        Outcome::CallFailed {
            error: "x".to_owned(),
        },
    );
    let two = attempt(
        made.id,
        2,
        START + 5,
        Outcome::PartnerError {
            error: "y".to_owned(),
        },
    );
    let three = attempt(made.id, 3, START + 9, Outcome::Accepted);
    store
        .advance(
            made.id,
            vec![at(1)],
            Vec::new(),
            vec![three.clone(), one.clone()],
        )
        .await
        .unwrap();
    store
        .advance(made.id, vec![at(2)], Vec::new(), vec![two.clone()])
        .await
        .unwrap();
    assert_eq!(
        store.attempts(account, START, START + 9).await.unwrap(),
        [one, two.clone(), three]
    );
    assert_eq!(
        store.attempts(account, START + 1, START + 8).await.unwrap(),
        [two]
    );
    assert!(
        store
            .attempts(account, START + 10, START + 99)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        store
            .attempts(AccountId(99), START, START + 9)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn attempts_at_what_failed_are_found_by_their_delivery(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    let failure = |error: &str| Outcome::CallFailed {
        error: error.to_owned(),
    };
    let first = attempt(made.id, 7, START, failure("one"));
    let beside = attempt(made.id, 8, START + 1, Outcome::Accepted);
    let failed = vec![delivery(made.id, 7, START)];
    store
        .advance(made.id, vec![at(8)], failed, vec![beside, first.clone()])
        .await
        .unwrap();
    let second = attempt(made.id, 7, START + 5, failure("two"));
    let again = Some(delivery(made.id, 7, START + 9));
    store
        .settle_delivery(made.id, at(7), again, second.clone())
        .await
        .unwrap();
    let found = store.attempts_of(made.id, at(7)).await.unwrap();
    assert_eq!(found, [first.clone(), second.clone()]);
    let third = attempt(made.id, 7, START + 9, Outcome::Accepted);
    store
        .settle_delivery(made.id, at(7), None, third.clone())
        .await
        .unwrap();
    let found = store.attempts_of(made.id, at(7)).await.unwrap();
    assert_eq!(found, [first, second, third]);
    assert_eq!(store.attempts_of(made.id, at(8)).await.unwrap(), []);
    assert_eq!(
        store
            .attempts(account, START, START + 9)
            .await
            .unwrap()
            .len(),
        4
    );
}

async fn attempts_are_read_backwards_chunk_by_chunk(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let made = store.create_endpoint(endpoint(account)).await.unwrap();
    for number in 1..=5 {
        // Two chunks of one time among them.
        let when = START + number.min(4) as i64;
        let told = vec![attempt(made.id, number, when, Outcome::Accepted)];
        store
            .advance(made.id, vec![at(number)], Vec::new(), told)
            .await
            .unwrap();
    }
    let mut before = ChunkMark::NEWEST;
    let mut found = Vec::new();
    loop {
        let window = (START + 2, START + 9);
        let chunks = store.attempts_before(account, window, before, 2).await;
        let chunks = chunks.unwrap();
        let Some((last, _)) = chunks.last() else {
            break;
        };
        before = *last;
        found.extend(chunks.iter().map(|(_, told)| told[0].position.number));
    }
    assert_eq!(found, [5, 4, 3, 2]);
    let theirs = store
        .attempts_before(AccountId(99), (0, i64::MAX), ChunkMark::NEWEST, 9)
        .await
        .unwrap();
    assert_eq!(theirs, []);
}
