//! Receivers that fail, ask for quiet, are gone or come back; and the order in which a shipment is
//! told whatever happens.

use crate::delivering::tell;
use crate::on_both_stores;
use crate::world::{LIMIT, NOON, World};
use parking_lot::Mutex;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;
use trackway_hub::endpoints::ChangedEndpoint;
use trackway_model::EndpointId;
use trackway_store::lanes::{Breaker, EndpointState};
use trackway_store::records::Delivery;
use trackway_testkit::{Answer, Receiver, Recorded, eventually};

on_both_stores!(
    a_shipment_is_told_in_order_whatever_fails,
    something_new_makes_the_message_that_failed_due_at_once,
    what_fails_holds_back_its_own_shipment_only,
    a_receiver_that_is_gone_is_told_nothing_until_it_is_resumed,
    quiet_that_a_receiver_asks_for_is_kept,
    quiet_until_a_date_is_kept,
    a_breaker_opens_sends_one_probe_and_closes,
    receivers_that_take_long_delay_nobody_else,
    what_is_parked_goes_out_with_the_next_good_answer,
    what_was_parked_too_long_ago_is_sent_by_hand_only,
    what_is_parked_and_refused_for_good_is_not_sent_for_ever,
);

const SECOND: Duration = Duration::from_secs(1);

fn number_of(message: &Recorded) -> String {
    let number = &message.json().unwrap()["data"]["number"];
    number.as_str().unwrap().to_owned()
}

fn sequence_of(message: &Recorded) -> u64 {
    message.json().unwrap()["sequence"].as_u64().unwrap()
}

impl World {
    /// Tells the n-th news of a number.
    async fn news(&self, number: &str, n: usize) {
        let status = [
            "info_received",
            "in_transit",
            "out_for_delivery",
            "delivered",
        ][n];
        tell(
            self,
            number,
            status,
            &format!("2024-05-07T1{n}:00:00+07:00"),
        )
        .await;
    }

    async fn state(&self, endpoint: EndpointId) -> EndpointState {
        let states = self.hub.store().endpoint_states().await.unwrap();
        let mut own = states.into_iter().filter(|(id, _)| *id == endpoint);
        own.next().map(|(_, state)| state).unwrap_or_default()
    }

    async fn until_breaker(&self, endpoint: EndpointId, wanted: Breaker) -> EndpointState {
        let what = format!("the breaker to be {}", wanted.name());
        let found = async || {
            let state = self.state(endpoint).await;
            (state.breaker == wanted).then_some(state)
        };
        eventually(what, LIMIT, found).await.unwrap()
    }

    async fn kept(&self) -> Vec<Delivery> {
        let account = self.hub.account(None).await.unwrap().id;
        self.hub.store().deliveries(account).await.unwrap()
    }

    async fn until_kept(&self, what: &str, fits: impl Fn(&[Delivery]) -> bool) -> Vec<Delivery> {
        let found = async || {
            let kept = self.kept().await;
            fits(&kept).then_some(kept)
        };
        eventually(what, LIMIT, found).await.unwrap()
    }

    /// Moves the clock from one due time of the only delivery to the next, until it is parked.
    async fn until_parked(&self) -> Delivery {
        let mut attempts = 1;
        loop {
            let fits = |kept: &[Delivery]| kept.first().is_some_and(|one| one.attempts == attempts);
            let kept = self.until_kept("the next attempt", fits).await.remove(0);
            if kept.parked.is_some() {
                return kept;
            }
            self.clock.set(kept.due.unwrap());
            attempts += 1;
        }
    }
}

async fn a_shipment_is_told_in_order_whatever_fails(world: World) {
    let receiver = Receiver::start().await.unwrap();
    // Every message fails once; what was accepted, in its order.
    let accepted: Arc<Mutex<HashMap<String, Vec<u64>>>> = Arc::default();
    let (seen, told) = (Mutex::new(HashSet::new()), accepted.clone());
    receiver.set_rule(move |message| {
        let sequence = sequence_of(message);
        if seen.lock().insert(sequence) {
            return Answer::status(500);
        }
        told.lock()
            .entry(number_of(message))
            .or_default()
            .push(sequence);
        Answer::status(200)
    });
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    for n in 0..4 {
        for number in ["P1", "P2", "P3"] {
            world.news(number, n).await;
        }
    }
    let all = async || {
        let accepted = accepted.lock().clone();
        let counts: Vec<_> = accepted.values().map(Vec::len).collect();
        (counts == [4, 4, 4]).then_some(accepted)
    };
    let accepted = world.moving_on("all to be accepted", SECOND, all).await;
    for (number, sequences) in accepted {
        assert!(
            sequences.is_sorted_by(|one, next| one < next),
            "{number}: {sequences:?}"
        );
    }
    // Nothing of a shipment was sent before what came earlier was accepted, which is its second try.
    let mut tries: HashMap<String, HashMap<u64, usize>> = HashMap::new();
    for message in receiver.received() {
        let (number, sequence) = (number_of(&message), sequence_of(&message));
        let of_number = tries.entry(number).or_default();
        let earlier = of_number.iter().filter(|(other, _)| **other != sequence);
        for (other, times) in earlier {
            assert!(
                *other < sequence && *times == 2,
                "{sequence} before {other} was accepted"
            );
        }
        *of_number.entry(sequence).or_default() += 1;
    }
    world
        .until_kept("an empty table", <[Delivery]>::is_empty)
        .await;
    world.hub.stop().await.unwrap();
}

async fn something_new_makes_the_message_that_failed_due_at_once(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(500));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    world.news("P1", 0).await;
    world
        .until_kept("the failure", |kept| !kept.is_empty())
        .await;
    // The clock stands: only the news can make it due.
    world.news("P1", 1).await;
    let told = receiver.wait_for(3, LIMIT).await.unwrap();
    let sequences: Vec<_> = told.iter().map(sequence_of).collect();
    assert!(
        sequences[0] == sequences[1] && sequences[1] < sequences[2],
        "{sequences:?}"
    );
    world
        .until_kept("an empty table", <[Delivery]>::is_empty)
        .await;
    world.hub.stop().await.unwrap();
}

async fn what_fails_holds_back_its_own_shipment_only(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.set_rule(|message| Answer::status(if number_of(message) == "P1" { 500 } else { 200 }));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    world.news("P1", 0).await;
    world
        .until_kept("the failure", |kept| !kept.is_empty())
        .await;
    for n in 0..3 {
        world.news("P2", n).await;
    }
    let told = receiver.wait_for(4, LIMIT).await.unwrap();
    assert_eq!(told.iter().filter(|one| number_of(one) == "P2").count(), 3);
    // Two more: each makes the first due at once and waits behind it; neither uses its table up.
    for n in 1..3 {
        world.news("P1", n).await;
        let held = move |kept: &[Delivery]| kept.len() == n + 1;
        world.until_kept("one more to be held back", held).await;
    }
    receiver.wait_for(6, LIMIT).await.unwrap();
    let settled = |kept: &[Delivery]| kept[0].due.is_some_and(|due| due > NOON);
    let kept = world.until_kept("the first to wait again", settled).await;
    let states: Vec<_> = kept
        .iter()
        .map(|one| (one.due.is_some(), one.attempts))
        .collect();
    assert_eq!(states, [(true, 1), (false, 0), (false, 0)]);
    let sent: HashSet<_> = receiver
        .received()
        .iter()
        .filter(|one| number_of(one) == "P1")
        .map(sequence_of)
        .collect();
    assert_eq!(sent.len(), 1, "nothing overtook the first");
    world.hub.stop().await.unwrap();
}

async fn a_receiver_that_is_gone_is_told_nothing_until_it_is_resumed(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let other = Receiver::start().await.unwrap();
    receiver.push(Answer::status(410));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.endpoint("native", other.url("/hook"), &[]).await;
    world.hub.start();
    world.news("P1", 0).await;
    let disabled = async || {
        world
            .hub
            .endpoint(None, endpoint)
            .await
            .ok()
            .filter(|one| one.paused)
    };
    let found = eventually("it to be disabled", LIMIT, disabled)
        .await
        .unwrap();
    assert!(found.state.gone.is_some());
    assert_eq!(world.state(endpoint).await.gone, Some(NOON));
    world.clock.advance(Duration::from_hours(1));
    world.news("P1", 1).await;
    world.news("P2", 0).await;
    other.wait_for(3, LIMIT).await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(world.kept().await.len(), 1, "its message stays");
    let resumed = ChangedEndpoint {
        paused: Some(false),
        ..ChangedEndpoint::default()
    };
    world
        .hub
        .change_endpoint(None, endpoint, resumed)
        .await
        .unwrap();
    let told = receiver.wait_for(4, LIMIT).await.unwrap();
    let of = |number: &str| {
        let own = told.iter().filter(|one| number_of(one) == number);
        own.map(sequence_of).collect::<Vec<_>>()
    };
    assert!(of("P1").is_sorted() && of("P1").len() == 3 && of("P2").len() == 1);
    world
        .until_kept("an empty table", <[Delivery]>::is_empty)
        .await;
    assert_eq!(world.state(endpoint).await.gone, None);
    world.hub.stop().await.unwrap();
}

/// One message is answered so, with a wait of a minute; another comes, and both wait.
async fn keeps_quiet(world: World, answer: Answer) {
    let receiver = Receiver::start().await.unwrap();
    let other = Receiver::start().await.unwrap();
    receiver.push(answer);
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.endpoint("native", other.url("/hook"), &[]).await;
    world.hub.start();
    world.news("P1", 0).await;
    world
        .until_kept("the failure", |kept| !kept.is_empty())
        .await;
    let minute = 60_000_000;
    let state = world.state(endpoint).await;
    assert_eq!(
        (state.breaker, state.rest),
        (Breaker::Closed, Some(NOON + minute))
    );
    // Neither another shipment's news nor its own, nor a moment before the time, ends it.
    world.news("P2", 0).await;
    world.news("P1", 1).await;
    other.wait_for(3, LIMIT).await.unwrap();
    world.clock.set(NOON + minute - 1);
    world.news("P3", 0).await;
    other.wait_for(4, LIMIT).await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    world.clock.set(NOON + minute);
    let all = async || (receiver.received().len() == 5).then_some(());
    world.moving_on("all messages", SECOND, all).await;
    world.hub.stop().await.unwrap();
}

async fn quiet_that_a_receiver_asks_for_is_kept(world: World) {
    keeps_quiet(world, Answer::status(429).header("retry-after", "60")).await;
}

async fn quiet_until_a_date_is_kept(world: World) {
    let date = "Tue, 07 May 2024 12:01:00 GMT";
    keeps_quiet(world, Answer::status(503).header("retry-after", date)).await;
}

async fn a_breaker_opens_sends_one_probe_and_closes(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let other = Receiver::start().await.unwrap();
    let status = Arc::new(AtomicU16::new(500));
    let answer = status.clone();
    let slow = Arc::new(AtomicBool::new(false));
    let is_slow = slow.clone();
    receiver.set_rule(move |_| {
        let answer = Answer::status(answer.load(Ordering::SeqCst));
        let seconds = u64::from(is_slow.load(Ordering::SeqCst));
        answer.delay(Duration::from_secs(seconds))
    });
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.endpoint("native", other.url("/hook"), &[]).await;
    world.hub.start();
    let numbers = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8"];
    for number in numbers {
        world.news(number, 0).await;
    }
    let open = world.until_breaker(endpoint, Breaker::Open).await;
    assert!(open.failures >= 5 && open.since == NOON && open.rest > Some(NOON));
    let all = |kept: &[Delivery]| kept.len() == receiver.received().len();
    let attempts = world.until_kept("every failure", all).await.len();
    world.news("P9", 0).await;
    other.wait_for(numbers.len() + 1, LIMIT).await.unwrap();
    assert_eq!(receiver.received().len(), attempts, "it is left in peace");
    // A probe that fails: it opens again, for longer.
    world.clock.set(open.rest.unwrap());
    let probed = |state: &EndpointState| state.probes == 1 && state.breaker == Breaker::Open;
    let again = async || Some(world.state(endpoint).await).filter(probed);
    let again = eventually("the probe to fail", LIMIT, again).await.unwrap();
    assert_eq!(receiver.received().len(), attempts + 1, "one message");
    assert!(again.since > open.since);
    // One that is accepted: everything goes out.
    slow.store(true, Ordering::SeqCst);
    status.store(200, Ordering::SeqCst);
    world.clock.set(again.rest.unwrap());
    world.until_breaker(endpoint, Breaker::HalfOpen).await;
    receiver.wait_for(attempts + 2, LIMIT).await.unwrap();
    assert_eq!(receiver.received().len(), attempts + 2, "one message");
    slow.store(false, Ordering::SeqCst);
    let closed = world.until_breaker(endpoint, Breaker::Closed).await;
    assert_eq!((closed.failures, closed.probes, closed.rest), (0, 0, None));
    assert!(
        closed
            .last
            .is_some_and(|last| last.accepted && last.status == 200)
    );
    // Also what failed, though its table would have it wait.
    let empty = async || world.kept().await.is_empty().then_some(());
    eventually("an empty table", LIMIT, empty).await.unwrap();
    let told: HashSet<_> = receiver.received().iter().map(number_of).collect();
    assert_eq!(told.len(), numbers.len() + 1);
    world.hub.stop().await.unwrap();
}

async fn receivers_that_take_long_delay_nobody_else(world: World) {
    let slow = Receiver::start().await.unwrap();
    let quick = Receiver::start().await.unwrap();
    slow.set_rule(|_| Answer::status(200).delay(Duration::from_hours(1)));
    for _ in 0..8 {
        world.endpoint("native", slow.url("/hook"), &[]).await;
    }
    world.endpoint("native", quick.url("/hook"), &[]).await;
    world.hub.start();
    for number in ["P1", "P2", "P3"] {
        world.news(number, 0).await;
    }
    // All that may be in flight to the slow ones is, and none of it will be answered.
    slow.wait_for(8 * 3, LIMIT).await.unwrap();
    for n in 1..4 {
        for number in ["P1", "P2", "P3"] {
            world.news(number, n).await;
        }
    }
    quick.wait_for(4 * 3, LIMIT).await.unwrap();
    assert_eq!(slow.received().len(), 8 * 3, "one of a shipment at a time");
}

/// A receiver that refuses P1 while it is told to, and takes everything else.
async fn refusing_one(world: &World) -> (Receiver, Arc<AtomicBool>) {
    let receiver = Receiver::start().await.unwrap();
    let refuses = Arc::new(AtomicBool::new(true));
    let refused = refuses.clone();
    receiver.set_rule(move |message| {
        let is_refused = number_of(message) == "P1" && refused.load(Ordering::SeqCst);
        Answer::status(if is_refused { 500 } else { 200 })
    });
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    (receiver, refuses)
}

fn times(receiver: &Receiver, number: &str) -> usize {
    let received = receiver.received();
    received
        .iter()
        .filter(|one| number_of(one) == number)
        .count()
}

async fn what_is_parked_goes_out_with_the_next_good_answer(world: World) {
    let (receiver, refuses) = refusing_one(&world).await;
    world.news("P1", 0).await;
    world.until_parked().await;
    let attempts = times(&receiver, "P1");
    assert_eq!(attempts, 10);
    // It holds back nothing, not even its own shipment, and the next one goes first.
    refuses.store(false, Ordering::SeqCst);
    world.news("P2", 0).await;
    let empty = async || world.kept().await.is_empty().then_some(());
    world.moving_on("an empty table", SECOND, empty).await;
    assert_eq!(times(&receiver, "P1"), attempts + 1);
    assert_eq!(times(&receiver, "P2"), 1);
    world.hub.stop().await.unwrap();
}

async fn what_was_parked_too_long_ago_is_sent_by_hand_only(world: World) {
    let (receiver, refuses) = refusing_one(&world).await;
    let endpoint = world.only_endpoint().await;
    world.news("P1", 0).await;
    let parked = world.until_parked().await;
    let attempts = times(&receiver, "P1");
    world.clock.advance(Duration::from_hours(7 * 24 + 1));
    refuses.store(false, Ordering::SeqCst);
    for number in ["P2", "P3"] {
        world.news(number, 0).await;
        let told = async || (times(&receiver, number) == 1).then_some(());
        world.moving_on("a good answer", SECOND, told).await;
    }
    assert_eq!(times(&receiver, "P1"), attempts);
    let kept = world.kept().await;
    assert_eq!(kept, std::slice::from_ref(&parked), "it is never removed");
    let hub = &world.hub;
    hub.resend_one(None, endpoint, parked.position)
        .await
        .unwrap();
    let told = async || (times(&receiver, "P1") == attempts + 1).then_some(());
    eventually("the message", LIMIT, told).await.unwrap();
    world
        .until_kept("an empty table", <[Delivery]>::is_empty)
        .await;
    world.hub.stop().await.unwrap();
}

async fn what_is_parked_and_refused_for_good_is_not_sent_for_ever(world: World) {
    let (receiver, _refuses) = refusing_one(&world).await;
    world.news("P1", 0).await;
    let parked = world.until_parked().await;
    let attempts = times(&receiver, "P1");
    // The first good answer tries it once more; then it waits longer each time.
    world.news("P2", 0).await;
    let tried = async || (times(&receiver, "P1") == attempts + 1).then_some(());
    world.moving_on("one more attempt", SECOND, tried).await;
    let later = |kept: &[Delivery]| kept[0].due > parked.due;
    let kept = world.until_kept("it to be parked again", later).await;
    assert_eq!(
        (kept[0].parked, kept[0].attempts),
        (parked.parked, parked.attempts)
    );
    for number in ["P3", "P4", "P5"] {
        world.news(number, 0).await;
        let told = async || (times(&receiver, number) == 1).then_some(());
        world
            .moving_on("a good answer", Duration::from_millis(10), told)
            .await;
    }
    assert_eq!(times(&receiver, "P1"), attempts + 1);
    world.clock.set(kept[0].due.unwrap());
    world.news("P6", 0).await;
    let tried = async || (times(&receiver, "P1") == attempts + 2).then_some(());
    world.moving_on("the next attempt", SECOND, tried).await;
    world.hub.stop().await.unwrap();
}
