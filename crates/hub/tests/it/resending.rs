//! Messages sent again: one, by filter, by time, with a count first.

use crate::delivering::tell;
use crate::on_both_stores;
use crate::world::{LIMIT, NOON, World};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_hub::HubError;
use trackway_hub::resend::{MOST_QUEUED, MOST_WAITING, Resent, Wanted, read_delivery_id};
use trackway_hub::sent::{AttemptFilter, OpenDeliveries};
use trackway_model::change::{FeedPosition, Subject};
use trackway_model::{EndpointId, ShipmentId, Stage, TrackId};
use trackway_store::lanes::Again;
use trackway_testkit::{Answer, Receiver, Recorded, eventually};

on_both_stores!(
    a_range_is_counted_first_and_sent_in_order_under_the_same_ids,
    a_number_a_stage_and_one_delivery_can_be_chosen,
    what_is_parked_is_sent_again_and_only_that,
    what_came_before_an_endpoint_can_be_caught_up_with,
    anothers_messages_are_not_there,
    an_endpoint_tells_how_it_does,
    a_call_queues_so_many_and_says_where_the_next_goes_on,
    a_queue_that_is_long_already_gets_no_more,
);

const HOUR: i64 = 3_600_000_000;

/// Numbers, statuses and times of the journeys that are told here, an hour apart.
const TOLD: [(&str, &str); 5] = [
    ("P1", "in_transit"),
    ("P2", "in_transit"),
    ("P1", "out_for_delivery"),
    ("P2", "out_for_delivery"),
    ("P1", "delivered"),
];

impl World {
    async fn tell_all(&self) {
        for (hour, (number, status)) in TOLD.into_iter().enumerate() {
            let time = format!("2024-05-07T1{hour}:00:00+07:00");
            tell(self, number, status, &time).await;
            self.clock.advance(Duration::from_hours(1));
        }
    }

    async fn resend(&self, endpoint: EndpointId, wanted: &Wanted) -> Resent {
        self.hub.resend(None, endpoint, wanted).await.unwrap()
    }

    /// Counts first, then sends; both find as many.
    async fn replay(&self, endpoint: EndpointId, wanted: Wanted) -> u64 {
        let count = Wanted {
            dry_run: true,
            ..wanted.clone()
        };
        let counted = self.resend(endpoint, &count).await;
        let sent = self.resend(endpoint, &wanted).await;
        assert_eq!(counted, sent);
        assert_eq!(sent.next, None);
        sent.changes
    }

    /// Waits until the endpoint's cursor has passed everything and its queue is empty.
    async fn is_through(&self, endpoint: EndpointId) {
        eventually("an empty queue", LIMIT, async || {
            let told = self.hub.endpoint(None, endpoint).await.unwrap();
            (told.behind == 0 && told.state.waiting == 0).then_some(())
        })
        .await
        .unwrap();
    }
}

/// Number, milestone, id and sequence.
fn of(message: &Recorded) -> (String, String, String, u64) {
    let body = message.json().unwrap();
    let text = |name: &str| body["data"][name].as_str().unwrap().to_owned();
    let id = message.header("webhook-id").unwrap().to_owned();
    (
        text("number"),
        text("milestone"),
        id,
        body["sequence"].as_u64().unwrap(),
    )
}

/// An endpoint that was told everything, and what it got.
async fn subscribed(world: &World, receiver: &Receiver) -> (EndpointId, Vec<Recorded>) {
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.hub.start();
    world.tell_all().await;
    let told = receiver.wait_for(TOLD.len(), LIMIT).await.unwrap();
    world.is_through(endpoint).await;
    (endpoint, told)
}

async fn a_range_is_counted_first_and_sent_in_order_under_the_same_ids(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let (endpoint, first) = subscribed(&world, &receiver).await;
    let all = Wanted {
        dry_run: true,
        ..Wanted::default()
    };
    let counted = world.resend(endpoint, &all).await;
    assert_eq!((counted.changes, counted.next), (5, None));
    assert_eq!(receiver.received().len(), 5, "a count sends nothing");
    assert_eq!(world.replay(endpoint, Wanted::default()).await, 5);
    let received = receiver.wait_for(10, LIMIT).await.unwrap();
    for number in ["P1", "P2"] {
        let told = |messages: &[Recorded]| {
            let all = messages.iter().map(of);
            all.filter(|told| told.0 == number).collect::<Vec<_>>()
        };
        assert_eq!(told(&first), told(&received[5..]), "{number}");
    }
    world.is_through(endpoint).await;
    // From the second hour on, up to the fourth.
    let range = Wanted {
        from: Some(NOON + HOUR),
        to: Some(NOON + 3 * HOUR),
        ..Wanted::default()
    };
    assert_eq!(world.replay(endpoint, range).await, 2);
    let received = receiver.wait_for(12, LIMIT).await.unwrap();
    let mut again: Vec<_> = received[10..].iter().map(of).map(|told| told.3).collect();
    again.sort_unstable();
    let mut sequences: Vec<u64> = first.iter().map(of).map(|told| told.3).collect();
    sequences.sort_unstable();
    assert_eq!(again, sequences[1..3]);
    world.is_through(endpoint).await;
    let nothing = Wanted {
        from: Some(NOON + 9 * HOUR),
        ..Wanted::default()
    };
    assert_eq!(world.replay(endpoint, nothing).await, 0);
    world.hub.stop().await.unwrap();
}

async fn a_number_a_stage_and_one_delivery_can_be_chosen(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let (endpoint, first) = subscribed(&world, &receiver).await;
    let number = Wanted {
        number: Some("P2".to_owned()),
        ..Wanted::default()
    };
    assert_eq!(world.replay(endpoint, number.clone()).await, 2);
    let received = receiver.wait_for(7, LIMIT).await.unwrap();
    assert!(received[5..].iter().all(|message| of(message).0 == "P2"));
    world.is_through(endpoint).await;
    let stage = Wanted {
        stage: Some(Stage::Delivered),
        ..Wanted::default()
    };
    assert_eq!(world.replay(endpoint, stage).await, 1);
    let received = receiver.wait_for(8, LIMIT).await.unwrap();
    assert_eq!(of(&received[7]), of(&first[4]));
    world.is_through(endpoint).await;
    let none = Wanted {
        carrier: Some("gls".to_owned()),
        ..number
    };
    assert_eq!(world.replay(endpoint, none).await, 0);
    let odd = Wanted {
        number: Some(" ".to_owned()),
        ..Wanted::default()
    };
    let odd = world.hub.resend(None, endpoint, &odd).await;
    assert!(matches!(odd, Err(HubError::Number { .. })));
    // One, by the id that the log of attempts tells.
    let account = world.hub.account(None).await.unwrap().id;
    let log = AttemptFilter {
        endpoint: Some(endpoint),
        subject: None,
        outcome: None,
        from: 0,
        to: i64::MAX,
    };
    let (log, _) = world
        .hub
        .attempt_log(account, &log, None, 99)
        .await
        .unwrap();
    let wanted = of(&first[2]);
    let attempt = log
        .iter()
        .find(|told| told.message_id.as_deref() == Some(&wanted.2));
    let (id, at) = read_delivery_id(&attempt.unwrap().delivery).unwrap();
    world.hub.resend_one(None, id, at).await.unwrap();
    let received = receiver.wait_for(9, LIMIT).await.unwrap();
    assert_eq!(of(&received[8]), wanted);
    world.hub.stop().await.unwrap();
}

async fn what_is_parked_is_sent_again_and_only_that(world: World) {
    let receiver = Receiver::start().await.unwrap();
    // 247Express's table ends after the fourth attempt.
    receiver.set_rule(|request| {
        let refused = request.json().unwrap()["OrderCode"] == "P1";
        Answer::json(&serde_json::json!({"IsError": refused, "ErrorMessage": "not now"}))
    });
    world.endpoint("247express", receiver.url(""), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.hub.start();
    for number in ["P1", "P2"] {
        tell(&world, number, "delivered", "2024-05-07T10:00:00+07:00").await;
    }
    let parked = async || {
        let told = world.hub.endpoint(None, endpoint).await.unwrap();
        (told.state.parked == 1).then_some(())
    };
    world
        .moving_on("a parked message", Duration::from_mins(1), parked)
        .await;
    let before = receiver.received().len();
    let wanted = Wanted {
        parked: Some(true),
        ..Wanted::default()
    };
    let other = Wanted {
        number: Some("P2".to_owned()),
        ..wanted.clone()
    };
    assert_eq!(world.replay(endpoint, other).await, 0);
    let retrying = Wanted {
        parked: Some(false),
        ..Wanted::default()
    };
    assert_eq!(world.replay(endpoint, retrying).await, 0);
    receiver.set_rule(|_| Answer::json(&serde_json::json!({"IsError": false})));
    assert_eq!(world.replay(endpoint, wanted.clone()).await, 1);
    let received = receiver.wait_for(before + 1, LIMIT).await.unwrap();
    let told = |message: &Recorded| message.json().unwrap();
    assert_eq!(told(&received[before])["OrderCode"], "P1");
    let first = received
        .iter()
        .find(|message| told(message)["OrderCode"] == "P1");
    let id = |message: &Recorded| told(message)["TransactionId"].clone();
    assert_eq!(id(&received[before]), id(first.unwrap()));
    let account = world.hub.account(None).await.unwrap().id;
    eventually("nothing open", LIMIT, async || {
        let open = OpenDeliveries::default();
        let (open, _) = world.hub.open_deliveries(account, &open, 9).await.unwrap();
        open.is_empty().then_some(())
    })
    .await
    .unwrap();
    assert_eq!(world.replay(endpoint, wanted).await, 0);
    world.hub.stop().await.unwrap();
}

async fn what_came_before_an_endpoint_can_be_caught_up_with(world: World) {
    world.tell_all().await;
    let account = world.hub.account(None).await.unwrap().id;
    // An endpoint is told what the feed numbers after it.
    eventually("five changes in the feed", LIMIT, async || {
        let page = world.hub.follow(account, &[], 9).await.unwrap();
        (page.changes.len() == TOLD.len()).then_some(())
    })
    .await
    .unwrap();
    let receiver = Receiver::start().await.unwrap();
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    world.hub.start();
    tell(&world, "P3", "in_transit", "2024-05-07T10:00:00+07:00").await;
    receiver.wait_for(1, LIMIT).await.unwrap();
    world.is_through(endpoint).await;
    assert_eq!(world.replay(endpoint, Wanted::default()).await, 6);
    let received = receiver.wait_for(7, LIMIT).await.unwrap();
    let first = received[1..].iter().map(of).filter(|told| told.0 == "P1");
    let milestones: Vec<String> = first.map(|told| told.1).collect();
    assert_eq!(milestones, ["in_transit", "out_for_delivery", "delivered"]);
    world.hub.stop().await.unwrap();
}

async fn anothers_messages_are_not_there(world: World) {
    let receiver = Receiver::start().await.unwrap();
    let (endpoint, _) = subscribed(&world, &receiver).await;
    let other = Some("other");
    world.hub.account(other).await.unwrap();
    let at = FeedPosition {
        shard: 0,
        number: 1,
    };
    for (account, id) in [(other, endpoint), (None, EndpointId(903))] {
        let hub = &world.hub;
        let told = hub.resend(account, id, &Wanted::default()).await;
        assert!(matches!(told, Err(HubError::NoRecord("endpoint", _))));
        let told = hub.resend_one(account, id, at).await;
        assert!(matches!(told, Err(HubError::NoRecord("delivery", _))));
    }
    let far = FeedPosition {
        shard: 0,
        number: 1 << 40,
    };
    let told = world.hub.resend_one(None, endpoint, far).await;
    assert!(matches!(told, Err(HubError::NoRecord("delivery", _))));
    world.hub.stop().await.unwrap();
}

async fn an_endpoint_tells_how_it_does(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.push(Answer::status(503));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    let endpoint = world.only_endpoint().await;
    let show = async || world.hub.endpoint(None, endpoint).await.unwrap().state;
    let fresh = show().await;
    assert_eq!(
        (fresh.breaker.as_str(), fresh.last, fresh.oldest),
        ("closed", None, None)
    );
    world.hub.start();
    tell(&world, "P1", "in_transit", "2024-05-07T10:00:00+07:00").await;
    let failed = eventually("a failure", LIMIT, async || {
        let state = show().await;
        (state.waiting == 1 && state.last.is_some()).then_some(state)
    });
    let failed = failed.await.unwrap();
    let last = failed.last.unwrap();
    assert_eq!((last.status, last.accepted), (Some(503), false));
    assert_eq!(failed.oldest.as_deref(), Some("2024-05-07T12:00:00Z"));
    let well = async || {
        let state = show().await;
        (state.waiting == 0 && state.failures == 0).then_some(state)
    };
    let well = world
        .moving_on("an acceptance", Duration::from_secs(1), well)
        .await;
    assert_eq!(
        well.last.map(|last| (last.status, last.accepted)),
        Some((Some(200), true))
    );
    assert_eq!(well.oldest, None);
    world.hub.stop().await.unwrap();
}

/// An endpoint that comes after so many changes and is told of nothing yet.
async fn latecomer(world: &World, changes: usize) -> EndpointId {
    let key = world.key("native").await;
    let events: Vec<Value> = (0..changes)
        .map(|at| json!({"number": format!("P{at}"), "status": "in_transit"}))
        .collect();
    assert_eq!(world.events(&key, json!(events)).await.0, 200);
    eventually("the feed to be numbered", LIMIT, async || {
        let head = world.hub.store().head().await.unwrap();
        let told: u64 = head.iter().map(|at| at.number).sum();
        (told >= changes as u64).then_some(())
    })
    .await
    .unwrap();
    // Nothing listens there, and the hub is not started: what is queued stays queued.
    let url = "http://127.0.0.1:9/hook".to_owned();
    world.endpoint("native", url, &[]).await;
    world.only_endpoint().await
}

async fn waiting(world: &World, endpoint: EndpointId) -> u64 {
    let told = world.hub.endpoint(None, endpoint).await.unwrap();
    told.state.waiting
}

async fn a_call_queues_so_many_and_says_where_the_next_goes_on(world: World) {
    let more = 37;
    let endpoint = latecomer(&world, MOST_QUEUED + more).await;
    let all = Wanted::default();
    let count = Wanted {
        dry_run: true,
        ..all.clone()
    };
    let counted = world.resend(endpoint, &count).await;
    let changes = (MOST_QUEUED + more) as u64;
    assert_eq!((counted.changes, counted.next), (changes, None));
    let first = world.resend(endpoint, &all).await;
    assert_eq!(first.changes, MOST_QUEUED as u64);
    assert_eq!(waiting(&world, endpoint).await, MOST_QUEUED as u64);
    let rest = Wanted {
        after: first.next.expect("there is more"),
        ..all
    };
    let second = world.resend(endpoint, &rest).await;
    assert_eq!((second.changes, second.next), (more as u64, None));
    assert_eq!(waiting(&world, endpoint).await, changes);
    // Among what waits it is the same.
    let open = Wanted {
        parked: Some(false),
        ..Wanted::default()
    };
    let first = world.resend(endpoint, &open).await;
    assert_eq!(first.changes, MOST_QUEUED as u64);
    let rest = Wanted {
        after: first.next.expect("there is more"),
        ..open
    };
    let second = world.resend(endpoint, &rest).await;
    assert_eq!((second.changes, second.next), (more as u64, None));
    assert_eq!(waiting(&world, endpoint).await, changes, "nothing twice");
    world.hub.stop().await.unwrap();
}

async fn a_queue_that_is_long_already_gets_no_more(world: World) {
    let endpoint = latecomer(&world, 50).await;
    // Far behind the end of the feed, so that what is queued below is something else.
    let queued = |number: u64| Again {
        position: FeedPosition {
            shard: 0,
            number: 1_000_000 + number,
        },
        subject: Subject::Shipment(ShipmentId::new(TrackId(1_000_000), 0)),
        since: NOON,
        done: 0,
    };
    let numbers: Vec<u64> = (0..MOST_WAITING - 20).collect();
    for chunk in numbers.chunks(10_000) {
        let chosen = chunk.iter().copied().map(queued).collect();
        let now = world.clock_now();
        let sent = world.hub.store().send_again(endpoint, chosen, now);
        sent.await.unwrap();
    }
    assert_eq!(waiting(&world, endpoint).await, MOST_WAITING - 20);
    let fits = world.resend(endpoint, &Wanted::default()).await;
    assert_eq!(fits.changes, 20);
    assert!(fits.next.is_some(), "the other thirty have no room");
    assert_eq!(waiting(&world, endpoint).await, MOST_WAITING);
    let refused = world.hub.resend(None, endpoint, &Wanted::default()).await;
    let full = |error: &HubError| matches!(error, HubError::QueueFull { waiting } if *waiting == MOST_WAITING);
    assert!(refused.as_ref().is_err_and(full), "{refused:?}");
    let first = FeedPosition {
        shard: 0,
        number: 1,
    };
    let refused = world.hub.resend_one(None, endpoint, first).await;
    assert!(refused.as_ref().is_err_and(full), "{refused:?}");
    // To count is allowed, whatever waits.
    let count = Wanted {
        dry_run: true,
        ..Wanted::default()
    };
    assert_eq!(world.resend(endpoint, &count).await.changes, 50);
    world.hub.stop().await.unwrap();
}
