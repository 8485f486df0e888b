//! A hub that dies at any moment, and the one that goes on: the next start, or another node.
//!
//! A hub is killed by ending the runtime that it lives in: every task of it ends where it stands, no
//! lease is given back and nothing is settled.

use crate::delivering::tell;
use crate::world::{LIMIT, World};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use trackway_hub::Hub;
use trackway_testkit::{Answer, Receiver, Recorded, eventually};

const MINUTE: Duration = Duration::from_mins(1);
/// News of each of so many numbers.
const NEWS: usize = 3;
const NUMBERS: [&str; 4] = ["P1", "P2", "P3", "P4"];

/// A hub at work in a runtime of its own.
struct Node(Option<Runtime>);

impl Node {
    fn start(hub: &Arc<Hub>) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let entered = runtime.enter();
        hub.start();
        drop(entered);
        Self(Some(runtime))
    }

    /// Ends it where it stands, and waits until it has.
    async fn kill(mut self) {
        let runtime = self.0.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(LIMIT))
            .await
            .unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

fn key_of(message: &Recorded) -> (String, u64) {
    let body = message.json().unwrap();
    let number = body["data"]["number"].as_str().unwrap().to_owned();
    (number, body["sequence"].as_u64().unwrap())
}

async fn tell_all(world: &World, from: usize, to: usize) {
    for n in from..to {
        for number in NUMBERS {
            let status = ["info_received", "in_transit", "delivered"][n];
            tell(
                world,
                number,
                status,
                &format!("2024-05-07T1{n}:00:00+07:00"),
            )
            .await;
        }
    }
}

/// How often each message came, once all have.
async fn until_all(world: &World, receiver: &Receiver) -> HashMap<(String, u64), usize> {
    let all = async || {
        let mut times: HashMap<_, usize> = HashMap::new();
        for message in receiver.received() {
            *times.entry(key_of(&message)).or_default() += 1;
        }
        (times.len() == NUMBERS.len() * NEWS).then_some(times)
    };
    // Long enough for the table's second wait.
    world.moving_on("all messages", MINUTE, all).await
}

/// Of each shipment, messages come in their order when they come first.
fn assert_order(receiver: &Receiver) {
    let mut seen: HashMap<String, Vec<u64>> = HashMap::new();
    for message in receiver.received() {
        let (number, sequence) = key_of(&message);
        let seen = seen.entry(number).or_default();
        if !seen.contains(&sequence) {
            seen.push(sequence);
        }
    }
    for (number, sequences) in seen {
        assert!(sequences.is_sorted(), "{number}: {sequences:?}");
    }
}

/// Kills the hub when the receiver has the n-th request and has not answered it.
async fn dies_at(mut world: World, step: usize) {
    let receiver = Receiver::start().await.unwrap();
    let count = AtomicUsize::new(0);
    receiver.set_rule(move |_| {
        let nth = count.fetch_add(1, Ordering::SeqCst) + 1;
        // What comes while the hub is killed waits for an answer that it never gets. Some fail.
        let status = if nth % 5 == 2 { 500 } else { 200 };
        let delay = u64::from((step..step + 16).contains(&nth));
        Answer::status(status).delay(Duration::from_secs(delay))
    });
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    tell_all(&world, 0, NEWS).await;
    let node = Node::start(&world.hub);
    let reached = async || (receiver.received().len() >= step).then_some(());
    world.moving_on("the moment", MINUTE, reached).await;
    node.kill().await;
    let in_flight = receiver.received().len() - (step - 1);
    world = world.risen().await;
    let node = Node::start(&world.hub);
    let times = until_all(&world, &receiver).await;
    assert_order(&receiver);
    let failed = receiver.received().len() / 5 + 1;
    let again: usize = times.values().map(|times| times - 1).sum();
    // The one that was being stored when it died, of each shipment, is in flight as well.
    let most = in_flight + failed + NUMBERS.len();
    assert!(
        again <= most,
        "{again} repeats, {in_flight} in flight, {failed} failed"
    );
    node.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hub_that_dies_at_any_message_repeats_only_what_was_in_flight() {
    for step in [1, 2, 5, 9] {
        dies_at(World::sqlite().await, step).await;
    }
}

/// Each round waits until the leases of the dead one have run out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_dies_at_any_message_repeats_only_what_was_in_flight() {
    for step in [1, 6] {
        dies_at(World::postgres().await, step).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_nodes_one_tells_and_the_other_takes_over_when_it_dies() {
    let world = World::postgres().await;
    let receiver = Receiver::start().await.unwrap();
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let first = Node::start(&world.hub);
    tell_all(&world, 0, 1).await;
    receiver.wait_for(NUMBERS.len(), LIMIT).await.unwrap();
    let other = world.another().await;
    let second = Node::start(&other);
    tell_all(&world, 1, 2).await;
    receiver.wait_for(2 * NUMBERS.len(), LIMIT).await.unwrap();
    // Every outcome is stored, so nothing is in flight when the first one dies.
    let stored = async || {
        let account = world.hub.account(None).await.unwrap().id;
        let attempts = other.store().attempts(account, 0, i64::MAX).await.unwrap();
        (attempts.len() == 2 * NUMBERS.len()).then_some(())
    };
    eventually("every outcome to be stored", LIMIT, stored)
        .await
        .unwrap();
    first.kill().await;
    tell_all(&world, 2, NEWS).await;
    let times = until_all(&world, &receiver).await;
    assert!(
        times.values().all(|times| *times == 1),
        "nothing twice: {times:?}"
    );
    assert_order(&receiver);
    second.kill().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_stops_hands_over_at_once() {
    let world = World::postgres().await;
    let receiver = Receiver::start().await.unwrap();
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    tell_all(&world, 0, 1).await;
    receiver.wait_for(NUMBERS.len(), LIMIT).await.unwrap();
    let world = world.reopened().await;
    world.hub.start();
    tell_all(&world, 1, NEWS).await;
    let times = until_all(&world, &receiver).await;
    assert!(
        times.values().all(|times| *times == 1),
        "nothing twice: {times:?}"
    );
    assert_order(&receiver);
    world.hub.stop().await.unwrap();
}
