//! What became of attempts to deliver.

use crate::deliveries::*;
use crate::directory::endpoint;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use trackway_model::AccountId;
use trackway_store::lanes::Settlement;
use trackway_store::records::{ChunkMark, Outcome};

contract!(
    attempts_are_found_by_time,
    attempts_at_what_failed_are_found_by_their_delivery,
    attempts_are_read_backwards_chunk_by_chunk,
);

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
    let told = vec![three.clone(), one.clone()];
    settle(&store, made.id, vec![at(1)], Vec::new(), told).await;
    settle(&store, made.id, vec![at(2)], Vec::new(), vec![two.clone()]).await;
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
    let attempts = vec![beside, first.clone()];
    settle(&store, made.id, vec![at(8)], failed, attempts).await;
    let second = attempt(made.id, 7, START + 5, failure("two"));
    let again = vec![delivery(made.id, 7, START + 9)];
    settle(&store, made.id, vec![at(8)], again, vec![second.clone()]).await;
    let found = store.attempts_of(made.id, at(7)).await.unwrap();
    assert_eq!(found, [first.clone(), second.clone()]);
    let third = attempt(made.id, 7, START + 9, Outcome::Accepted);
    let one = Settlement {
        over: vec![at(7)],
        attempts: vec![third.clone()],
        ..nothing(lane(&store, made.id).await)
    };
    assert!(stored(&store, one).await);
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
        settle(&store, made.id, vec![at(number)], Vec::new(), told).await;
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
