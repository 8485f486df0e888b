//! The ledger of quotas, and the law over it: nodes that take together and die never get one call
//! more than there is.

use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use trackway_model::quota::{Length, Limit, Moment, Pocket, Quota, Window};
use trackway_store::budgets::{CallsTaken, CallsWish, Refusal};
use trackway_store::postgres::PostgresStore;
use trackway_store::{Budgets, Store, StoreConfig};

contract!(
    calls_are_granted_up_to_what_is_allowed,
    what_counts_is_a_range_of_numbers,
    calls_are_moved_once_and_only_if_they_are_there,
    what_was_taken_stays_taken_after_a_crash,
    those_who_take_together_get_no_more_than_there_is,
    what_was_refused_last_stands,
    nodes_that_die_never_call_once_too_often,
);

fn wish(calls: u64, allowed: u64) -> CallsWish {
    CallsWish {
        budget: "0f0f/day UTC".to_owned(),
        number: 7,
        counted: (7, 7),
        calls,
        allowed,
        forget: 0,
    }
}

async fn calls_are_granted_up_to_what_is_allowed(engine: Engine) {
    let store = engine.open().await;
    let take = async |calls, allowed| store.take_calls(wish(calls, allowed)).await.unwrap();
    let taken = |granted, before, oldest| CallsTaken {
        granted,
        before,
        oldest,
    };
    assert_eq!(take(5, 0).await, taken(0, 0, None));
    assert_eq!(take(5, 12).await, taken(5, 0, None));
    assert_eq!(take(5, 12).await, taken(5, 5, Some(7)));
    assert_eq!(take(5, 12).await, taken(2, 10, Some(7)));
    assert_eq!(take(5, 12).await, taken(0, 12, Some(7)));
    assert_eq!(take(5, 9).await, taken(0, 12, Some(7)), "it was lowered");
    assert_eq!(take(1, u64::MAX).await, taken(1, 12, Some(7)));
    let other = CallsWish {
        budget: "0f0f/day Asia/Tokyo".to_owned(),
        ..wish(3, 3)
    };
    assert_eq!(store.take_calls(other).await.unwrap(), taken(3, 0, None));
    let counted = store.calls_taken("0f0f/day UTC", (0, 100)).await.unwrap();
    assert_eq!((counted.before, counted.oldest), (13, Some(7)));
}

async fn what_counts_is_a_range_of_numbers(engine: Engine) {
    let store = engine.open().await;
    let take = async |number: i64, forget| {
        let wish = CallsWish {
            number,
            counted: (number - 2, number + 2),
            forget,
            ..wish(4, 10)
        };
        store.take_calls(wish).await.unwrap().granted
    };
    assert_eq!(take(10, 0).await, 4);
    assert_eq!(take(11, 0).await, 4);
    assert_eq!(take(12, 0).await, 2);
    assert_eq!(take(12, 0).await, 0);
    // The ten is out of reach from here, the eleven is not.
    assert_eq!(take(13, 0).await, 4);
    assert_eq!(take(9, 0).await, 2, "what is ahead counts as well");
    let counted = async |from, to| {
        let taken = store.calls_taken("0f0f/day UTC", (from, to)).await;
        taken.unwrap().before
    };
    assert_eq!(counted(0, 100).await, 16);
    assert_eq!(take(20, 12).await, 4);
    assert_eq!(
        counted(0, 100).await,
        10,
        "what is before the twelve is forgotten"
    );
    assert_eq!(counted(i64::MIN, 11).await, 0);
    assert_eq!(counted(20, i64::MAX).await, 4);
}

async fn calls_are_moved_once_and_only_if_they_are_there(engine: Engine) {
    let store = engine.open().await;
    let budget = "0f0f/day UTC";
    store.take_calls(wish(5, 10)).await.unwrap();
    let at = async |number| {
        let taken = store.calls_taken(budget, (number, number)).await;
        taken.unwrap().before
    };
    store.move_calls(budget, 7, Some(6), 2).await.unwrap();
    assert_eq!((at(6).await, at(7).await), (2, 3));
    store.move_calls(budget, 7, None, 1).await.unwrap();
    assert_eq!((at(6).await, at(7).await), (2, 2));
    for (from, to, calls) in [
        (7, None, 3),
        (7, Some(6), 3),
        (8, Some(6), 1),
        (6, Some(6), 1),
    ] {
        store.move_calls(budget, from, to, calls).await.unwrap();
        assert_eq!((at(6).await, at(7).await), (2, 2), "{from} to {to:?}");
    }
    store.move_calls(budget, 7, Some(6), 2).await.unwrap();
    let all = store
        .calls_taken(budget, (i64::MIN, i64::MAX))
        .await
        .unwrap();
    assert_eq!(
        (all.before, all.oldest),
        (4, Some(6)),
        "nothing is left at seven"
    );
}

async fn what_was_taken_stays_taken_after_a_crash(engine: Engine) {
    let store = engine.open().await;
    assert_eq!(store.take_calls(wish(5, 9)).await.unwrap().granted, 5);
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.take_calls(wish(5, 9)).await.unwrap().granted, 4);
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.take_calls(wish(5, 9)).await.unwrap().granted, 0);
}

async fn those_who_take_together_get_no_more_than_there_is(engine: Engine) {
    let store = engine.open().await;
    let takers: Vec<_> = (0..24_u64)
        .map(|taker| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut got = 0;
                for turn in 0..6_i64 {
                    // Under different numbers, which all count.
                    let wish = CallsWish {
                        number: turn,
                        counted: (0, 10),
                        ..wish(1 + taker % 4, 200)
                    };
                    got += store.take_calls(wish).await.unwrap().granted;
                }
                got
            })
        })
        .collect();
    let mut got = 0;
    for taker in takers {
        got += taker.await.unwrap();
    }
    assert_eq!(got, 200);
}

async fn what_was_refused_last_stands(engine: Engine) {
    let store = engine.open().await;
    assert_eq!(store.refusal("0f0f").await.unwrap(), None);
    let refusal = |at, until, times| Refusal {
        until,
        at,
        times,
        counted: 41,
    };
    let first = refusal(START, START + HOUR, 1);
    store.keep_refusal("0f0f", first).await.unwrap();
    let next = refusal(START + 1, START + 2, 2);
    store.keep_refusal("0f0f", next).await.unwrap();
    store.keep_refusal("0f0f", first).await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(store.refusal("0f0f").await.unwrap(), Some(next));
    assert_eq!(store.refusal("f0f0").await.unwrap(), None);
}

/// What an upstream counts of one quota's calls: when they came.
type Counted = parking_lot::Mutex<Vec<i64>>;

/// A node that calls as often as it may, until it is killed.
async fn node(store: Arc<dyn Store>, quota: Quota, clock: Arc<AtomicI64>, counted: Arc<Counted>) {
    let mut pocket = Pocket::default();
    loop {
        tokio::task::yield_now().await;
        let now = Moment::exactly(clock.load(Ordering::SeqCst));
        for (window, number, calls) in pocket.stale(&quota, now) {
            let budget = window.name();
            let given = store.move_calls(&budget, number, None, calls);
            given.await.unwrap();
        }
        if let Some(want) = pocket.missing(&quota, now, false) {
            let taken = store.take_calls(wished(&want)).await.unwrap();
            if taken.granted > 0 {
                pocket.put(&want, taken.granted, taken.before);
            } else {
                clock.fetch_add(61 * SECOND, Ordering::SeqCst);
            }
            continue;
        }
        let mut slots = Vec::new();
        for want in Pocket::slots(&quota, now) {
            if store.take_calls(wished(&want)).await.unwrap().granted == 1 {
                slots.push(want);
            }
        }
        if slots.len() < Pocket::slots(&quota, now).len() {
            for want in slots {
                let budget = want.window.name();
                let given = store.move_calls(&budget, want.entry.number, None, 1);
                given.await.unwrap();
            }
            clock.fetch_add(SECOND / 3, Ordering::SeqCst);
            continue;
        }
        // The clock may have gone on since: no further than a call may take.
        if !pocket.spend(&quota, now, false) {
            continue;
        }
        let arrives = clock.load(Ordering::SeqCst).min(now.earliest + 20 * SECOND);
        counted.lock().push(arrives);
        tokio::task::yield_now().await;
        let ended = Moment::exactly(clock.load(Ordering::SeqCst));
        for want in slots {
            let to = want
                .window
                .settled(ended)
                .filter(|to| *to < want.entry.number);
            if let Some(to) = to {
                let budget = want.window.name();
                let moved = store.move_calls(&budget, want.entry.number, Some(to), 1);
                moved.await.unwrap();
            }
        }
    }
}

fn wished(want: &trackway_model::quota::Want) -> CallsWish {
    CallsWish {
        budget: want.window.name(),
        number: want.entry.number,
        counted: want.entry.counted,
        calls: want.calls,
        allowed: want.allowed,
        forget: want.entry.forget,
    }
}

const SECOND: i64 = 1_000_000;
const CALLS_A_DAY: u64 = 60;
const CALLS_AN_HOUR: u64 = 25;
const CALLS_A_SECOND: u64 = 2;

fn three_limits() -> Quota {
    let hour = Length::seconds(3_600).unwrap();
    let zone = jiff::tz::TimeZone::get("Asia/Ho_Chi_Minh").unwrap();
    let limits = [
        (CALLS_A_DAY, Window::Day(zone)),
        (CALLS_AN_HOUR, Window::Rolling(hour)),
        (CALLS_A_SECOND, Window::Rolling(Length::SECOND)),
    ];
    let limits = limits.map(|(calls, window)| Limit { calls, window });
    Quota::new(limits.to_vec(), 0)
}

/// Over the three limits nothing is ever too much, by the upstream's own count.
fn judge(mut counted: Vec<i64>) {
    counted.sort_unstable();
    let rolling = |length: i64| {
        let within = |from: i64| counted.partition_point(|at| *at < from + length);
        let counts = counted
            .iter()
            .enumerate()
            .map(|(nth, at)| within(*at) - nth);
        counts.max().unwrap_or_default() as u64
    };
    assert!(
        rolling(SECOND) <= CALLS_A_SECOND,
        "{} in a second",
        rolling(SECOND)
    );
    assert!(
        rolling(HOUR) <= CALLS_AN_HOUR,
        "{} in an hour",
        rolling(HOUR)
    );
    let mut days = BTreeMap::<i64, u64>::new();
    for at in &counted {
        *days
            .entry((at + 7 * HOUR).div_euclid(24 * HOUR))
            .or_default() += 1;
    }
    assert!(days.values().all(|calls| *calls <= CALLS_A_DAY), "{days:?}");
    assert!(
        days.values().sum::<u64>() > CALLS_A_DAY,
        "more than a day: {days:?}"
    );
}

/// Runs nodes over stores until many calls were made, killing one after the other.
async fn kill_nodes(stores: &[Arc<dyn Store>], seed: u64) {
    let clock = Arc::new(AtomicI64::new(START));
    let counted = Arc::new(Counted::default());
    let start = |nth: usize| {
        let store = stores[nth % stores.len()].clone();
        tokio::spawn(node(store, three_limits(), clock.clone(), counted.clone()))
    };
    let mut nodes: Vec<_> = (0..4).map(start).collect();
    let mut draw = seed;
    let enough = CALLS_A_DAY as usize + 40;
    let mut seen = 0;
    loop {
        let calls = counted.lock().len();
        if calls >= enough {
            break;
        }
        if calls < seen + 3 {
            tokio::task::yield_now().await;
            continue;
        }
        seen = calls;
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let dies = (draw >> 33) as usize % nodes.len();
        nodes[dies].abort();
        nodes[dies] = start(dies);
    }
    for node in &nodes {
        node.abort();
    }
    let counted = counted.lock().clone();
    judge(counted);
}

async fn nodes_that_die_never_call_once_too_often(engine: Engine) {
    let store = engine.open().await;
    kill_nodes(&[store], 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_database_never_call_once_too_often() {
    let engine = Engine::postgres().await;
    let stores = [engine.open().await, engine.open().await];
    kill_nodes(&stores, 11).await;
}

/// However wrong a node's own clock is, it goes by the server's.
#[tokio::test]
async fn nodes_go_by_the_clock_of_the_database() {
    let Engine::Postgres(database) = Engine::postgres().await else {
        unreachable!("it was asked for");
    };
    let config = StoreConfig {
        database_clock: true,
        ..config()
    };
    let one = PostgresStore::open(&database.url, config.clone())
        .await
        .unwrap();
    let other = PostgresStore::open(&database.url, config).await.unwrap();
    let before = one.shared_time(0).await.unwrap();
    let between = other.shared_time(i64::MAX).await.unwrap();
    let after = one.shared_time(-5).await.unwrap();
    assert!(before <= between && between <= after);
    assert!(after - before < 20 * SECOND);
    let tests = Engine::postgres().await.open().await;
    assert_eq!(tests.shared_time(START).await.unwrap(), START);
}
