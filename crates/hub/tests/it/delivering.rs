//! Subscribers: alive, dead, refusing, and back again.

use crate::on_both_stores;
use crate::order::news;
use crate::world::{LIMIT, World};
use serde_json::json;
use std::time::Duration;
use trackway_dialects::Desk;
use trackway_dialects::desk::Proof;
use trackway_model::Milestone;
use trackway_model::intake::{Content, Intake, Verified};
use trackway_testkit::{Answer, Receiver};

on_both_stores!(
    a_dead_endpoint_delays_nobody_and_recovers,
    a_failing_message_is_tried_again_under_its_id_and_then_parked,
    the_status_log_keeps_both_errors_apart,
    a_subscriber_gets_every_member_that_came_in,
    what_was_accepted_of_a_change_is_not_sent_again,
);

/// Tells of something new; every call of another number is another change.
pub async fn tell(world: &World, number: &str, status: &str, time: &str) {
    let key = world.key("native").await;
    let event =
        json!([{ "carrier": "own", "number": number, "status": status, "occurred_at": time }]);
    let (http, answer) = world.events(&key, event).await;
    assert_eq!(http, 200, "{answer}");
}

async fn a_dead_endpoint_delays_nobody_and_recovers(world: World) {
    let living = Receiver::start().await.unwrap();
    let dead = Receiver::start().await.unwrap();
    let address = dead.addr();
    drop(dead);
    let url = format!("http://{address}/hook");
    world.endpoint("native", url, &[]).await;
    world.endpoint("native", living.url("/hook"), &[]).await;
    world.hub.start();
    for number in ["P1", "P2", "P3", "P4", "P5"] {
        tell(&world, number, "in_transit", "2024-05-07T10:00:00+07:00").await;
    }
    // The clock stands: what comes now was delayed by nobody.
    let told = living.wait_for(5, LIMIT).await.unwrap();
    assert_eq!(told.len(), 5);
    let account = world.hub.account(None).await.unwrap().id;
    trackway_testkit::eventually("the dead one's failure", LIMIT, async || {
        let kept = world.hub.store().deliveries(account).await.unwrap();
        (!kept.is_empty()).then_some(())
    })
    .await
    .unwrap();

    let back = Receiver::bind(address).await.unwrap();
    let numbers = world
        .moving_on("the five messages", Duration::from_secs(5), async || {
            let mut numbers: Vec<String> = back
                .received()
                .iter()
                .map(|message| message.json().unwrap()["data"]["number"].to_string())
                .collect();
            numbers.sort();
            numbers.dedup();
            (numbers.len() == 5).then_some(numbers)
        })
        .await;
    assert_eq!(numbers[0], "\"P1\"");
    let left = trackway_testkit::eventually("an empty table", LIMIT, async || {
        let left = world.hub.store().deliveries(account).await.unwrap();
        left.is_empty().then_some(left.len())
    });
    assert_eq!(left.await.unwrap(), 0);
    assert_eq!(
        living.received().len(),
        5,
        "nothing twice to the living one"
    );
    world.hub.stop().await.unwrap();
}

async fn a_failing_message_is_tried_again_under_its_id_and_then_parked(world: World) {
    let receiver = Receiver::start().await.unwrap();
    receiver.set_rule(|_| Answer::status(503).header("retry-after", "7200"));
    world.endpoint("native", receiver.url("/hook"), &[]).await;
    world.hub.start();
    tell(&world, "P1", "in_transit", "2024-05-07T10:00:00+07:00").await;
    let account = world.hub.account(None).await.unwrap().id;
    let attempted = async |attempts: u32| {
        trackway_testkit::eventually(format!("attempt {attempts}"), LIMIT, async || {
            let kept = world.hub.store().deliveries(account).await.unwrap();
            kept.into_iter().find(|kept| kept.attempts == attempts)
        })
        .await
        .unwrap()
    };
    let mut kept = attempted(1).await;
    let asked = crate::world::NOON + 7_200_000_000;
    assert_eq!(
        kept.due,
        Some(asked),
        "the receiver's wait is longer than the table's"
    );
    // Nine waits stand in the table, so ten attempts are made.
    for attempts in 2..=10 {
        world.clock.set(kept.due.unwrap());
        kept = attempted(attempts).await;
    }
    assert!(kept.parked.is_some());
    let received = receiver.received();
    assert_eq!(received.len(), 10);
    assert!(
        received
            .iter()
            .all(|message| message.header("webhook-id") == received[0].header("webhook-id"))
    );
    let attempts = world
        .hub
        .store()
        .attempts(account, 0, i64::MAX)
        .await
        .unwrap();
    assert_eq!(attempts.len(), 10);
    assert!(attempts.iter().all(|attempt| attempt.status == 503));
    world.hub.stop().await.unwrap();
}

async fn the_status_log_keeps_both_errors_apart(world: World) {
    let carrier = crate::world::upstream_247(crate::world::JOURNEY).await;
    world.connect_247(&carrier).await;
    let partner = Receiver::start().await.unwrap();
    partner.push(Answer::status(500));
    partner.push(Answer::json(
        &json!({ "IsError": true, "ErrorMessage": "unknown order" }),
    ));
    partner.set_rule(|_| Answer::json(&json!({ "IsError": false, "ErrorMessage": "" })));
    world
        .endpoint("247express", partner.url(""), &[("apikey", "PARTNER-KEY")])
        .await;
    world.hub.start();
    let key = world.key("247express").await;
    let principal = world
        .hub
        .prove("247express", Proof::Key(&key.key))
        .await
        .unwrap()
        .unwrap();
    let log = async || {
        let (from, to) = (0, i64::MAX);
        let numbers = ["vd0000001".to_owned()];
        world
            .hub
            .message_log(&principal, "247express", from, to, &numbers)
            .await
            .unwrap()
    };
    world
        .webhook("VD0000001", "25", "2024-05-07T08:15:40.41+07:00")
        .await;
    let lines = trackway_testkit::eventually("the first line", LIMIT, async || {
        let lines = log().await;
        (!lines.is_empty()).then_some(lines)
    });
    let lines = lines.await.unwrap();
    assert!(lines[0].call_error.is_some() && lines[0].partner_error.is_none());
    let refused = world
        .moving_on("the partner's error", Duration::from_secs(20), async || {
            log()
                .await
                .into_iter()
                .next()
                .filter(|line| line.partner_error.is_some())
        })
        .await;
    assert_eq!(refused.partner_error.as_deref(), Some("unknown order"));
    assert!(refused.call_error.is_none());
    let accepted = world
        .moving_on("the acceptance", Duration::from_mins(1), async || {
            let line = log().await.into_iter().next()?;
            (line.partner_error.is_none() && line.call_error.is_none()).then_some(line)
        })
        .await;
    assert_eq!(accepted.message_id, lines[0].message_id);
    assert_eq!(accepted.statement, Some(0));
    let others = ["VD0000009".to_owned()];
    let none = world
        .hub
        .message_log(&principal, "247express", 0, i64::MAX, &others)
        .await
        .unwrap();
    assert!(none.is_empty());
    world.hub.stop().await.unwrap();
}

async fn a_subscriber_gets_every_member_that_came_in(world: World) {
    let carrier = crate::world::upstream_247(crate::world::JOURNEY).await;
    world.connect_247(&carrier).await;
    let partner = Receiver::start().await.unwrap();
    partner.set_rule(|_| Answer::json(&json!({ "IsError": false, "ErrorMessage": "" })));
    world
        .endpoint("247express", partner.url(""), &[("apikey", "PARTNER-KEY")])
        .await;
    world.hub.start();
    world
        .webhook("VD0000001", "25", "2024-05-07T08:15:40.41+07:00")
        .await;
    let sent = partner.wait_for(1, LIMIT).await.unwrap()[0].json().unwrap();
    let mut came = crate::world::update("VD0000001", "25", "2024-05-07T08:15:40.41+07:00");
    came["ApiKey"] = json!("PARTNER-KEY");
    for (name, value) in came.as_object().unwrap() {
        assert_eq!(&sent[name], value, "{name}");
    }
    world.hub.stop().await.unwrap();
}

async fn what_was_accepted_of_a_change_is_not_sent_again(world: World) {
    let partner = Receiver::start().await.unwrap();
    let accepted = Answer::json(&json!({ "IsError": false, "ErrorMessage": "" }));
    partner.push(accepted.clone());
    partner.push(Answer::status(500));
    partner.set_rule(move |_| accepted.clone());
    world
        .endpoint("247express", partner.url(""), &[("apikey", "PARTNER-KEY")])
        .await;
    world.hub.start();
    // Two updates in one commit are one change and two messages.
    let early = news(4, 0, 1, Milestone::PickedUp, "2024-05-06T15:36:56+07:00");
    let late = news(4, 0, 1, Milestone::InTransit, "2024-05-06T20:02:11+07:00");
    let (Content::News(mut told), Content::News(more)) = (early.content.clone(), late.content)
    else {
        panic!("both are news");
    };
    told.extend(more);
    let account = world.hub.account(None).await.unwrap().id;
    let both = Intake {
        account,
        content: Content::News(told),
        ..early
    };
    world
        .hub
        .ingest(Verified::attest(vec![both]))
        .await
        .unwrap();
    let kept = trackway_testkit::eventually("the failure", LIMIT, async || {
        let kept = world.hub.store().deliveries(account).await.unwrap();
        kept.into_iter().find(|kept| kept.attempts > 0)
    });
    let kept = kept.await.unwrap();
    assert_eq!((kept.done, kept.attempts), (1, 1));
    world.clock.set(kept.due.unwrap());
    partner.wait_for(3, LIMIT).await.unwrap();
    trackway_testkit::eventually("an empty table", LIMIT, async || {
        world
            .hub
            .store()
            .deliveries(account)
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await
    .unwrap();
    assert_eq!(partner.received().len(), 3);
    let attempts = world
        .hub
        .store()
        .attempts(account, 0, i64::MAX)
        .await
        .unwrap();
    let told: Vec<_> = attempts
        .iter()
        .map(|attempt| (attempt.message, attempt.status))
        .collect();
    assert_eq!(told, [(0, 200), (1, 500), (1, 200)]);
    world.hub.stop().await.unwrap();
}
