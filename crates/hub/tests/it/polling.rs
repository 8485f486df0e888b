//! Upstreams that fail in every way, and come back; who is asked first, and who no more.

use crate::on_both_stores;
use crate::world::{JOURNEY, LIMIT, NOON, World, texts, tracking_answer, upstream_247};
use serde_json::json;
use std::time::Duration;
use trackway_hub::listing::Wish;
use trackway_hub::refresh::{MOST_AN_HOUR, Refreshed};
use trackway_model::{ShipmentId, TrackId};
use trackway_testkit::{Answer, Receiver, eventually};

on_both_stores!(
    no_failure_loses_a_poll,
    a_new_number_is_asked_at_once_and_then_by_its_stage,
    a_dead_upstream_does_not_delay_another,
    an_outage_costs_a_handful_of_calls,
    many_numbers_at_once_are_asked_evenly,
    a_day_s_calls_last_the_day,
    a_webhook_postpones_the_poll,
    a_number_that_ended_begins_anew_when_it_is_told_of,
    a_number_that_ended_is_followed_again_when_a_webhook_tells_of_more,
    somebody_who_asks_is_served_first,
);

async fn no_failure_loses_a_poll(world: World) {
    let upstream = Receiver::start().await.unwrap();
    let error = |code: &str| {
        Answer::json(&json!({ "errorMessage": code, "errorCode": code, "orderCode": null }))
    };
    upstream.push(Answer::status(500));
    upstream.push(Answer::status(200).body("{\"cut\": "));
    upstream.push(Answer::status(429).header("retry-after", "60"));
    upstream.push(error("APIKEY_LIMIT"));
    upstream.push(error("APIKEY_NOT_FOUND"));
    upstream.push(error("ORDERCODE_NOT_FOUND"));
    upstream.set_rule(|_| Answer::json(&tracking_answer("VD0000001", JOURNEY)));
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    upstream.wait_for(1, LIMIT).await.unwrap();
    world
        .moving_on("an answer at last", Duration::from_mins(30), async || {
            (upstream.received().len() >= 7).then_some(())
        })
        .await;
    // The clock stands while the answer is committed: nothing more comes due.
    eventually("the answer to be committed", LIMIT, async || {
        let shown = world.shown("VD0000001").await?;
        (shown.events.len() == 4).then_some(())
    })
    .await
    .unwrap();
    assert_eq!(upstream.received().len(), 7);
    world.hub.stop().await.unwrap();
}

async fn a_new_number_is_asked_at_once_and_then_by_its_stage(world: World) {
    let upstream = upstream_247(&JOURNEY[..3]).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    // The clock stands: only what is due at once is asked.
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "out_for_delivery").await;
    // Out for delivery since the morning, at 19:00: a call is worth its price within hours.
    let minutes = |n| NOON + Duration::from_mins(n).as_micros() as i64;
    eventually("the poll to be settled", LIMIT, async || {
        let due = world.hub.store().next_poll().await.unwrap()?;
        (minutes(15)..=minutes(180)).contains(&due).then_some(())
    })
    .await
    .unwrap();
    assert_eq!(upstream.received().len(), 1);
    world.track("VD0000002", None).await;
    upstream.wait_for(2, LIMIT).await.unwrap();
    world.hub.stop().await.unwrap();
}

async fn a_dead_upstream_does_not_delay_another(world: World) {
    let slow = Receiver::start().await.unwrap();
    slow.set_rule(|_| Answer::status(200).delay(Duration::from_hours(1)));
    let living = upstream_247(JOURNEY).await;
    world.connect_247(&slow).await;
    world
        .connect_keydelivery(&Receiver::start().await.unwrap())
        .await;
    world.hub.start();
    for number in 0..12 {
        world
            .track(&format!("VD000001{number:02}"), Some("247express"))
            .await;
    }
    slow.wait_for(8, LIMIT).await.unwrap();
    second_247(&world, &living, &[]).await;
    world.track("VD0000099", Some("second")).await;
    world.until_milestone("VD0000099", "pending_handling").await;
    assert_eq!(slow.received().len(), 8, "a few calls at once, no more");
}

/// Another connection to 247Express, called `second`.
async fn second_247(world: &World, upstream: &Receiver, settings: &[(&str, &str)]) {
    let settings = [&[("apikey", "3333-4444")], settings].concat();
    let new = trackway_hub::NewConnection {
        dialect: "247express".to_owned(),
        base_url: upstream.url(""),
        name: Some("second".to_owned()),
        settings: texts(&settings),
        operator: true,
        ..trackway_hub::NewConnection::default()
    };
    world.hub.connect(new).await.unwrap();
}

/// Registers numbers with every connection, at once.
async fn register(world: &World, numbers: usize) {
    let account = world.hub.account(None).await.unwrap().id;
    let of = world.hub.connections(None).await.unwrap();
    let wish = |n| Wish {
        carrier: "247express".to_owned(),
        number: format!("VE{n:07}"),
        connections: of.iter().map(|connection| connection.id).collect(),
        ..Wish::default()
    };
    let wishes = (0..numbers).map(wish).collect();
    world.hub.register(account, wishes).await.unwrap();
}

async fn an_outage_costs_a_handful_of_calls(world: World) {
    let upstream = Receiver::start().await.unwrap();
    upstream.set_rule(|_| Answer::status(503));
    world.connect_247(&upstream).await;
    world.hub.start();
    register(&world, 200).await;
    // The clock stands. The fifth failure closes the gate; what is under way then comes back.
    let settled = async || {
        let mut settled = 0;
        for track in 1..=200 {
            let polls = world.hub.store().polls_of(TrackId(track)).await.unwrap();
            settled += polls.iter().filter(|poll| poll.failures > 0).count();
        }
        settled
    };
    let calls = eventually("the gate to close", LIMIT, async || {
        let calls = settled().await;
        (calls >= 5 && calls == upstream.received().len()).then_some(calls)
    });
    let calls = calls.await.unwrap();
    assert!(calls <= 12, "{calls} calls into an outage");
    world
        .moving_on("a probe", Duration::from_secs(10), async || {
            world.hub.wake_poller();
            (upstream.received().len() > calls).then_some(())
        })
        .await;
    assert!(
        world.clock_now() >= NOON + 30_000_000,
        "the gate is closed for 30 s"
    );
    let calls = upstream.received().len();
    assert!(calls <= 13, "{calls} calls: one to see");
    upstream.set_rule(|request| {
        let query = request.uri.query().unwrap_or_default().to_owned();
        let number = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("ordercode="));
        Answer::json(&tracking_answer(number.unwrap(), JOURNEY))
    });
    world
        .moving_on(
            "everybody to be asked",
            Duration::from_secs(30),
            async || {
                world.hub.wake_poller();
                (upstream.received().len() >= calls + 200).then_some(())
            },
        )
        .await;
    world.hub.stop().await.unwrap();
}

async fn many_numbers_at_once_are_asked_evenly(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    second_247(&world, &upstream, &[("quota_per_day", "none")]).await;
    world.hub.start();
    register(&world, 300).await;
    // The clock stands: what the bucket holds is asked, and no more; a second fills it anew.
    upstream.wait_for(50, LIMIT).await.unwrap();
    for filled in 1..6 {
        assert_eq!(upstream.received().len(), filled * 50);
        world.clock.advance(Duration::from_secs(1));
        let asked = upstream.wait_for((filled + 1) * 50, LIMIT).await;
        asked.unwrap();
    }
    assert_eq!(upstream.received().len(), 300);
    world.hub.stop().await.unwrap();
}

async fn a_day_s_calls_last_the_day(world: World) {
    let upstream = upstream_247(&JOURNEY[..2]).await;
    second_247(
        &world,
        &upstream,
        &[("quota_per_day", "240"), ("quota_reserve", "0")],
    )
    .await;
    world.hub.start();
    register(&world, 2_000).await;
    upstream.wait_for(5, LIMIT).await.unwrap();
    let at_once = upstream.received().len();
    assert!(at_once <= 6, "{at_once} of 240 calls in the first moment");
    world
        .moving_on("an hour's part", Duration::from_mins(1), async || {
            world.hub.wake_poller();
            (upstream.received().len() >= 24).then_some(())
        })
        .await;
    let minutes = (world.clock_now() - NOON) / 60_000_000;
    assert!(
        minutes >= 28,
        "a tenth of the day's calls in {minutes} minutes"
    );
    world.hub.stop().await.unwrap();
}

async fn a_webhook_postpones_the_poll(world: World) {
    let upstream = upstream_247(&JOURNEY[..2]).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    world.until_milestone("VD0000001", "in_transit").await;
    let due = async || world.hub.store().next_poll().await.unwrap();
    let settled = eventually("the poll to be settled", LIMIT, async || {
        due().await.filter(|at| *at > NOON + 600_000_000)
    });
    let before = settled.await.unwrap();
    world.clock.set(before - 60_000_000);
    world
        .webhook("VD0000001", "25", "2024-05-07T19:40:00+07:00")
        .await;
    world.until_milestone("VD0000001", "out_for_delivery").await;
    // Its time comes, and it is put off without a call: the webhook was as good.
    world.clock.set(before);
    world.hub.wake_poller();
    let put_off = eventually("the poll to be put off", LIMIT, async || {
        world.clock.advance(Duration::from_secs(1));
        world.hub.wake_poller();
        let call = upstream.received().len();
        assert_eq!(call, 1, "no call was needed");
        due().await.filter(|at| *at > before + 900_000_000)
    });
    put_off.await.unwrap();
    world.hub.stop().await.unwrap();
}

async fn a_number_that_ended_begins_anew_when_it_is_told_of(world: World) {
    const DONE: &[crate::world::Step] = &[
        ("23", "DALAYHANG", "2024-04-01T15:36:56+07:00"),
        ("30", "PHATTHANHCONG", "2024-04-02T15:36:56+07:00"),
    ];
    let upstream = upstream_247(DONE).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    let shown = world.until_milestone("VD0000001", "delivered").await;
    let polls = async || {
        let polls = world.hub.store().polls_of(shown.shipment.track()).await;
        polls.unwrap()
    };
    let over = async || polls().await[0].due.is_none().then_some(());
    eventually("the poll to end", LIMIT, over).await.unwrap();
    // Its other voice tells the same: that is new, and asked about once.
    let news = async || {
        world
            .webhook("VD0000001", "30", "2024-04-02T15:36:56+07:00")
            .await
    };
    news().await;
    upstream.wait_for(2, LIMIT).await.unwrap();
    eventually("the poll to end again", LIMIT, over)
        .await
        .unwrap();
    // A repeat is no news, and wakes nothing.
    world.clock.advance(Duration::from_hours(1));
    news().await;
    assert!(over().await.is_some());
    assert_eq!(upstream.received().len(), 2);
    world.hub.stop().await.unwrap();
}

/// A parcel that was delivered, and is on its way back.
async fn a_number_that_ended_is_followed_again_when_a_webhook_tells_of_more(world: World) {
    const DONE: &[crate::world::Step] = &[("30", "PHATTHANHCONG", "2024-04-02T15:36:56+07:00")];
    const BACK: &[crate::world::Step] = &[
        DONE[0],
        ("27", "CHOCHUYENHOAN", "2024-05-07T19:40:00+07:00"),
    ];
    let upstream = upstream_247(DONE).await;
    world.connect_247(&upstream).await;
    world.hub.start();
    world.track("VD0000001", None).await;
    let shown = world.until_milestone("VD0000001", "delivered").await;
    let due = async || {
        let polls = world.hub.store().polls_of(shown.shipment.track()).await;
        polls.unwrap()[0].due
    };
    eventually("the poll to end", LIMIT, async || {
        due().await.is_none().then_some(())
    })
    .await
    .unwrap();
    let calls = upstream.received().len();
    upstream.set_rule(|_| Answer::json(&tracking_answer("VD0000001", BACK)));
    let told = world.webhook("VD0000001", "27", "2024-05-07T19:40:00+07:00");
    assert_eq!(told.await["IsError"], false);
    let woken = world.shown("VD0000001").await.unwrap();
    assert_eq!(woken.milestone.name(), "returning");
    // It is asked again, and again by its stage.
    world
        .moving_on("two calls more", Duration::from_mins(30), async || {
            world.hub.wake_poller();
            (upstream.received().len() >= calls + 2).then_some(())
        })
        .await;
    assert!(due().await.is_some());
    world.hub.stop().await.unwrap();
}

async fn somebody_who_asks_is_served_first(world: World) {
    let upstream = upstream_247(JOURNEY).await;
    second_247(&world, &upstream, &[("quota_per_day", "480")]).await;
    world.hub.start();
    register(&world, 500).await;
    let account = world.hub.account(None).await.unwrap().id;
    let mine = ShipmentId::new(TrackId(400), 0);
    let track = world
        .hub
        .store()
        .track(mine.track())
        .await
        .unwrap()
        .unwrap();
    upstream.wait_for(5, LIMIT).await.unwrap();
    let asked = |number: &str| {
        let calls = upstream.received();
        calls
            .iter()
            .filter(|call| call.uri.to_string().contains(number))
            .count()
    };
    assert_eq!(asked(&track.number), 0, "it waits for its turn");
    let refreshed = world.hub.refresh(account, mine).await.unwrap();
    assert_eq!(refreshed, Some(Refreshed::Asked(vec!["second".to_owned()])));
    world
        .moving_on(
            "the number to be asked",
            Duration::from_mins(1),
            async || (asked(&track.number) >= 1).then_some(()),
        )
        .await;
    // Once for the wish; once more if its turn had come and the call was on its way just then.
    assert!(asked(&track.number) <= 2, "no more often than wished");
    assert!(upstream.received().len() < 40, "before the others");
    // What is not there is told from nothing else, and wishes are limited.
    let nobody = ShipmentId::new(TrackId(9_999), 0);
    assert_eq!(world.hub.refresh(account, nobody).await.unwrap(), None);
    let mut last = Refreshed::Nobody;
    for _ in 0..MOST_AN_HOUR {
        last = world.hub.refresh(account, mine).await.unwrap().unwrap();
    }
    assert!(matches!(last, Refreshed::TooOften { retry_after_s } if retry_after_s <= 3_600));
    world.hub.stop().await.unwrap();
}
