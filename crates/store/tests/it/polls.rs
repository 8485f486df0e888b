//! What to ask upstreams, and when.

use crate::directory::{connection, registration};
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use trackway_store::records::Poll;

contract!(
    a_registration_is_polled_at_once_and_once,
    a_claim_that_is_not_settled_comes_back,
    claims_are_limited_and_oldest_first,
);

async fn a_registration_is_polled_at_once_and_once(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let connection = store
        .create_connection(connection(account, "one"))
        .await
        .unwrap();
    assert_eq!(store.next_poll().await.unwrap(), None);
    let wish = registration(account, NUMBER);
    let (made, new) = store
        .register(wish.clone(), Some(connection.id))
        .await
        .unwrap();
    assert!(new);
    assert_eq!(store.next_poll().await.unwrap(), Some(START));
    assert!(
        store
            .claim_polls(START - 1, HOUR, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let polls = store.claim_polls(START, HOUR, 10).await.unwrap();
    assert_eq!(polls.len(), 1);
    assert_eq!(
        (polls[0].track, polls[0].connection),
        (made.track, connection.id)
    );
    assert_eq!(
        (polls[0].account, polls[0].number.as_str()),
        (account, NUMBER)
    );
    assert!(store.claim_polls(START, HOUR, 10).await.unwrap().is_empty());
    store
        .settle_poll(&Poll {
            due: None,
            failures: 0,
            ..polls[0].clone()
        })
        .await
        .unwrap();
    assert_eq!(store.next_poll().await.unwrap(), None);
}

async fn a_claim_that_is_not_settled_comes_back(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let connection = store
        .create_connection(connection(account, "one"))
        .await
        .unwrap();
    store
        .register(registration(account, NUMBER), Some(connection.id))
        .await
        .unwrap();
    assert_eq!(store.claim_polls(START, HOUR, 10).await.unwrap().len(), 1);
    assert_eq!(store.next_poll().await.unwrap(), Some(START + HOUR));
    let again = store.claim_polls(START + HOUR, HOUR, 10).await.unwrap();
    assert_eq!(again.len(), 1);
    let failed = Poll {
        due: Some(START + 3 * HOUR),
        failures: 2,
        ..again[0].clone()
    };
    store.settle_poll(&failed).await.unwrap();
    let third = store.claim_polls(START + 3 * HOUR, HOUR, 10).await.unwrap();
    assert_eq!(third[0].failures, 2);
}

async fn claims_are_limited_and_oldest_first(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let connection = store
        .create_connection(connection(account, "one"))
        .await
        .unwrap();
    for n in [3_i64, 1, 2, 0] {
        let mut wish = registration(account, &format!("TW{n}"));
        wish.created = START + n;
        store.register(wish, Some(connection.id)).await.unwrap();
    }
    let first = store.claim_polls(START + 9, HOUR, 3).await.unwrap();
    let numbers: std::collections::BTreeSet<_> =
        first.iter().map(|poll| poll.number.as_str()).collect();
    assert_eq!(
        numbers.into_iter().collect::<Vec<_>>(),
        ["TW0", "TW1", "TW2"]
    );
    assert_eq!(
        store.claim_polls(START + 9, HOUR, 3).await.unwrap().len(),
        1
    );
}
