//! What to ask upstreams, and when.

use crate::directory::{connection, registration};
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::{ConnectionId, TrackId};
use trackway_store::Store;
use trackway_store::records::{Poll, PollClaim, PollHead, PollKind, SettledPoll};

contract!(
    a_registration_is_polled_at_once_and_once,
    a_claim_that_is_not_settled_comes_back,
    claims_are_limited_and_oldest_first,
    each_connection_and_kind_has_its_own_order,
    what_somebody_asks_for_goes_first_and_is_not_lost,
    a_call_that_another_claim_overtook_settles_nothing,
    an_ended_poll_stays_ended_until_it_is_woken,
    many_are_settled_at_once,
);

/// An account with connections of these names.
async fn connected(engine: &Engine, names: &[&str]) -> (Arc<dyn Store>, Vec<ConnectionId>) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let mut ids = Vec::new();
    for name in names {
        let made = store.create_connection(connection(account, name)).await;
        ids.push(made.unwrap().id);
    }
    (store, ids)
}

async fn register(store: &Arc<dyn Store>, number: &str, at: i64, of: ConnectionId) -> TrackId {
    let account = store.account("default", START).await.unwrap().id;
    let mut wish = registration(account, number);
    wish.created = at;
    store.register(wish, Some(of)).await.unwrap().0.track
}

pub async fn claim(
    store: &Arc<dyn Store>,
    connection: ConnectionId,
    kind: PollKind,
    now: i64,
    limit: usize,
) -> Vec<Poll> {
    let claim = PollClaim {
        connection,
        kind,
        now,
        lease_us: HOUR,
        limit,
    };
    store.claim_polls(claim).await.unwrap()
}

fn settled(poll: &Poll, due: Option<i64>, failures: u32) -> SettledPoll {
    SettledPoll {
        track: poll.track,
        connection: poll.connection,
        kind: poll.kind,
        fence: poll.fence,
        due,
        failures,
    }
}

async fn a_registration_is_polled_at_once_and_once(engine: Engine) {
    let (store, ids) = connected(&engine, &["one"]).await;
    assert_eq!(store.next_poll().await.unwrap(), None);
    let track = register(&store, NUMBER, START, ids[0]).await;
    assert_eq!(store.next_poll().await.unwrap(), Some(START));
    let first = async |now| claim(&store, ids[0], PollKind::First, now, 10).await;
    assert!(first(START - 1).await.is_empty());
    let polls = first(START).await;
    assert_eq!(polls.len(), 1);
    assert_eq!((polls[0].track, polls[0].connection), (track, ids[0]));
    assert_eq!((polls[0].number.as_str(), polls[0].heard), (NUMBER, None));
    assert_eq!(polls[0].kind, PollKind::First);
    assert!(first(START).await.is_empty());
    let over = settled(&polls[0], None, 0);
    store.settle_polls(vec![over]).await.unwrap();
    assert_eq!(store.next_poll().await.unwrap(), None);
    assert_eq!(store.count_polls(ids[0]).await.unwrap(), 0);
}

async fn a_claim_that_is_not_settled_comes_back(engine: Engine) {
    let (store, ids) = connected(&engine, &["one"]).await;
    register(&store, NUMBER, START, ids[0]).await;
    let claimed = claim(&store, ids[0], PollKind::First, START, 10).await;
    assert_eq!(claimed.len(), 1);
    assert_eq!(store.next_poll().await.unwrap(), Some(START + HOUR));
    let again = claim(&store, ids[0], PollKind::First, START + HOUR, 10).await;
    assert_eq!(again.len(), 1);
    let failed = settled(&again[0], Some(START + 3 * HOUR), 2);
    store.settle_polls(vec![failed]).await.unwrap();
    // From then on by schedule.
    let third = claim(&store, ids[0], PollKind::Usual, START + 3 * HOUR, 10).await;
    assert_eq!((third[0].failures, third[0].kind), (2, PollKind::Usual));
}

async fn claims_are_limited_and_oldest_first(engine: Engine) {
    let (store, ids) = connected(&engine, &["one"]).await;
    for n in [3_i64, 1, 2, 0] {
        register(&store, &format!("TW{n}"), START + n, ids[0]).await;
    }
    let first = claim(&store, ids[0], PollKind::First, START + 9, 3).await;
    let numbers: Vec<_> = first.iter().map(|poll| poll.number.as_str()).collect();
    assert_eq!(numbers, ["TW0", "TW1", "TW2"]);
    let rest = claim(&store, ids[0], PollKind::First, START + 9, 3).await;
    assert_eq!(rest.len(), 1);
}

async fn each_connection_and_kind_has_its_own_order(engine: Engine) {
    let (store, ids) = connected(&engine, &["one", "two", "three"]).await;
    let account = store.account("default", START).await.unwrap().id;
    for n in 0..10 {
        register(&store, &format!("TW{n}"), START + n, ids[0]).await;
    }
    register(&store, "TW5", START + 20, ids[1]).await;
    let first = claim(&store, ids[0], PollKind::First, START + 9, 4).await;
    let usual = first
        .iter()
        .map(|poll| settled(poll, Some(START + HOUR), 0));
    store.settle_polls(usual.collect()).await.unwrap();
    let head = |at: usize, kind, due| PollHead {
        connection: ids[at],
        kind,
        due,
    };
    let heads = async || {
        let mut heads = store.poll_heads().await.unwrap();
        heads.sort_unstable_by_key(|head| (head.connection, head.kind));
        heads
    };
    let of_one = [
        head(0, PollKind::First, START + 4),
        head(0, PollKind::Usual, START + HOUR),
    ];
    let of_two = head(1, PollKind::First, START + 20);
    assert_eq!(heads().await, [&of_one[..], &[of_two]].concat());
    assert_eq!(store.count_polls(ids[0]).await.unwrap(), 10);
    // A paused one is not looked at, and keeps what is due.
    let pause = async |on| store.pause_connection(account, ids[0], on).await.unwrap();
    pause(true).await;
    assert_eq!(heads().await, [of_two]);
    assert_eq!(store.next_poll().await.unwrap(), Some(START + 20));
    pause(false).await;
    assert_eq!(heads().await.len(), 3);
    assert!(
        claim(&store, ids[2], PollKind::First, START + 99, 9)
            .await
            .is_empty()
    );
    assert_eq!(
        claim(&store, ids[1], PollKind::First, START + 99, 9)
            .await
            .len(),
        1
    );
}

async fn what_somebody_asks_for_goes_first_and_is_not_lost(engine: Engine) {
    let (store, ids) = connected(&engine, &["one"]).await;
    let track = register(&store, NUMBER, START, ids[0]).await;
    let claimed = claim(&store, ids[0], PollKind::First, START, 1).await;
    // Asked for while a call is under way: it is made once more.
    let asked = store.ask_polls(track, PollKind::Manual, START + 5).await;
    assert_eq!(asked.unwrap(), 1);
    let later = settled(&claimed[0], Some(START + HOUR), 0);
    store.settle_polls(vec![later]).await.unwrap();
    let manual = claim(&store, ids[0], PollKind::Manual, START + 9, 1).await;
    assert_eq!(manual.len(), 1);
    let later = settled(&manual[0], Some(START + HOUR), 0);
    store.settle_polls(vec![later]).await.unwrap();
    assert_eq!(store.next_poll().await.unwrap(), Some(START + HOUR));
    let nobody = store.ask_polls(TrackId(99), PollKind::Manual, START).await;
    assert_eq!(nobody.unwrap(), 0);
}

async fn a_call_that_another_claim_overtook_settles_nothing(engine: Engine) {
    let (store, ids) = connected(&engine, &["one"]).await;
    let track = register(&store, NUMBER, START, ids[0]).await;
    let ask = async |now| store.ask_polls(track, PollKind::Manual, now).await.unwrap();
    let manual = async |now| claim(&store, ids[0], PollKind::Manual, now, 1).await;
    ask(START).await;
    let first = manual(START).await;
    // Asked for once more while that call is under way, and taken up.
    ask(START + 5).await;
    let second = manual(START + 6).await;
    let late = settled(&first[0], Some(START + 9 * HOUR), 0);
    store.settle_polls(vec![late]).await.unwrap();
    let end = settled(&second[0], None, 0);
    store.settle_polls(vec![end]).await.unwrap();
    assert_eq!(store.next_poll().await.unwrap(), None);
    let of = store.polls_of(track).await.unwrap();
    assert_eq!((of[0].due, of[0].fence), (None, None));
}

async fn an_ended_poll_stays_ended_until_it_is_woken(engine: Engine) {
    let (store, ids) = connected(&engine, &["one", "two"]).await;
    let track = register(&store, NUMBER, START, ids[0]).await;
    let claimed = claim(&store, ids[0], PollKind::First, START, 1).await;
    let end = settled(&claimed[0], None, 3);
    store.settle_polls(vec![end]).await.unwrap();
    // A second answer that was under way changes nothing.
    let late = settled(&claimed[0], Some(START + HOUR), 0);
    store.settle_polls(vec![late]).await.unwrap();
    assert_eq!(store.next_poll().await.unwrap(), None);
    let of = async || store.polls_of(track).await.unwrap();
    assert_eq!((of().await[0].due, of().await[0].failures), (None, 3));
    assert_eq!(
        store
            .wake_polls(vec![track, TrackId(99)], START + 7)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        (of().await[0].due, of().await[0].failures),
        (Some(START + 7), 0)
    );
    assert_eq!(store.wake_polls(vec![track], START + 8).await.unwrap(), 0);
    // Woken while a call by schedule was under way: that call's answer may be older than the news.
    store.settle_polls(vec![late]).await.unwrap();
    assert_eq!(of().await[0].due, Some(START + 7));
    // Another connection of the same number has a life of its own.
    register(&store, NUMBER, START + 9, ids[1]).await;
    assert_eq!(of().await.len(), 2);
    let asked = store.ask_polls(track, PollKind::Manual, START + 3).await;
    assert_eq!(asked.unwrap(), 2);
    let all = of().await;
    assert!(
        all.iter().all(|poll| poll.due == Some(START + 3)),
        "{all:?}"
    );
    assert!(
        all.iter().all(|poll| poll.kind == PollKind::Manual),
        "{all:?}"
    );
}

async fn many_are_settled_at_once(engine: Engine) {
    let (store, ids) = connected(&engine, &["one"]).await;
    for n in 0..50 {
        register(&store, &format!("TW{n:02}"), START, ids[0]).await;
    }
    let claimed = claim(&store, ids[0], PollKind::First, START, 50).await;
    let mut all: Vec<_> = (1..)
        .zip(&claimed)
        .map(|(nth, poll)| settled(poll, Some(START + nth * HOUR), nth as u32))
        .collect();
    all.reverse();
    store.settle_polls(all).await.unwrap();
    let due = claim(&store, ids[0], PollKind::Usual, START + 20 * HOUR, 99).await;
    assert_eq!(due.len(), 20);
    assert!(
        (1..).zip(&due).all(|(nth, poll)| poll.failures == nth),
        "{due:?}"
    );
    store.settle_polls(Vec::new()).await.unwrap();
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.next_poll().await.unwrap(), Some(START + 21 * HOUR));
}
