//! `GET /v1/feed`: pages, cursors and long polls.

use super::orders::{Trading, made};
use super::{asked, feed_of, get, is_problem, post, read, register, tell};
use crate::harness::json_of;
use crate::installation::{Installation, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::Instant;
use trackway_web::Limits;

on_every_store!(
    pages_tell_every_change_of_the_account_once_and_in_order,
    a_change_tells_what_was_and_what_is,
    a_record_is_told_by_its_subject_and_states,
    a_long_poll_answers_as_soon_as_something_is_committed,
);

const STATUSES: [&str; 3] = ["accepted", "in_transit", "delivered"];

/// A change of a shop's parcel.
async fn moved(own: &Installation, shop: &Shop, number: &str, step: usize) {
    let at = format!("2026-05-{:02}T10:00:00Z", step % 28 + 1);
    let status = STATUSES[step % STATUSES.len()];
    tell(own, shop, &json!([{"carrier": "gls", "number": number, "status": status, "occurred_at": at, "text": format!("step {step}")}])).await;
}

fn steps(page: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let changes = page["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            (
                text(&change["number"]),
                text(&change["events"][0]["occurred"]["time"]),
            )
        })
        .collect()
}

async fn pages_tell_every_change_of_the_account_once_and_in_order(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let empty = read(&own, key, "/v1/feed").await;
    assert_eq!(
        (&empty["changes"], &empty["more"]),
        (&json!([]), &json!(false))
    );
    for step in 0..20 {
        moved(&own, &shop, &format!("G{}", step % 3), step).await;
        moved(&own, &other, "G0", step).await;
    }
    // The other account's come after this one's.
    feed_of(&own, &other.native.key, 20).await;
    let all = feed_of(&own, key, 20).await;
    assert!(
        !all.to_string().contains("step"),
        "words only where they are asked for"
    );
    for limit in [1, 3, 19, 20] {
        let mut seen = Vec::new();
        let mut after = empty["cursor"].as_str().unwrap().to_owned();
        loop {
            let page = read(&own, key, &format!("/v1/feed?limit={limit}&after={after}")).await;
            page["cursor"].as_str().unwrap().clone_into(&mut after);
            seen.extend(steps(&page));
            if page["changes"].as_array().unwrap().is_empty() {
                assert_eq!(page["more"], false);
                break;
            }
        }
        assert_eq!(seen, steps(&all), "limit {limit}");
        // The end is the end of all that there is, and whatever the pages, they come to the same.
        assert_eq!(after, all["cursor"]);
    }
}

async fn a_change_tells_what_was_and_what_is(own: Installation) {
    let shop = own.shop("shop").await;
    let id = register(&own, &shop, "gls", "G1").await;
    moved(&own, &shop, "G1", 0).await;
    moved(&own, &shop, "G1", 1).await;
    let feed = feed_of(&own, &shop.native.key, 2).await;
    let [first, second] = feed["changes"].as_array().unwrap().as_slice() else {
        panic!("{feed}")
    };
    assert_eq!(
        (&first["before"], &first["after"]["stage"]),
        (&Value::Null, &json!("accepted"))
    );
    assert_eq!(
        (&second["before"]["stage"], &second["after"]["stage"]),
        (&json!("accepted"), &json!("in_transit"))
    );
    assert_eq!(
        (&second["after"]["events"], &second["kind"]),
        (&json!(2), &json!("live"))
    );
    assert_eq!(
        (&second["shipment"], &second["learned"]),
        (&json!(id), &json!("2026-06-01T12:00:00Z"))
    );
    let told = &second["events"][0];
    assert_eq!(
        (&told["milestone"], &told["source"]["stream"]),
        (&json!("in_transit"), &json!("events"))
    );
    assert_eq!(
        (
            &told["occurred"]["offset_source"],
            &told["occurred"]["written"]
        ),
        (&json!("source"), &Value::Null)
    );
    let feed = read(&own, &shop.native.key, "/v1/feed?words=true&limit=1").await;
    let told = &feed["changes"][0]["events"][0];
    assert_eq!(
        (&told["text"], &told["occurred"]["written"]),
        (&json!("step 0"), &json!("2026-05-01T10:00:00Z"))
    );
}

async fn a_record_is_told_by_its_subject_and_states(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    let trading = Trading::open(&own, key, 5).await;
    let order = made(&own, key, "/v1/orders", trading.order("SO-1", 2)).await;
    let path = format!("/v1/orders/{}/cancel", order["id"]);
    let (status, answer) = post(&own, key, &path, &json!({"reason": "changed mind"})).await;
    assert!(status.is_success(), "{answer}");
    let feed = feed_of(&own, key, 5).await;
    let changes = feed["changes"].as_array().unwrap().iter();
    let of_kind = |kind: &str| -> Vec<Value> {
        let own = changes.clone().filter(|one| one["subject"]["kind"] == kind);
        own.cloned().collect()
    };
    let [placed, cancelled] = of_kind("order").try_into().unwrap();
    let subject = json!({"kind": "order", "id": order["id"], "code": order["code"]});
    assert_eq!(
        (&placed["subject"], &cancelled["subject"]),
        (&subject, &subject)
    );
    assert_eq!(
        (&placed["before"], &placed["after"]),
        (&Value::Null, &json!({"state": "approved"}))
    );
    assert_eq!(
        (&cancelled["before"]["state"], &cancelled["after"]["state"]),
        (&json!("approved"), &json!("cancelled_by_seller"))
    );
    assert_eq!(placed["learned"], "2026-06-01T12:00:00Z");
    let stock = of_kind("item");
    let causes: Vec<&Value> = stock.iter().map(|one| &one["cause"]).collect();
    assert_eq!(causes, [&Value::Null, &order["id"], &order["id"]]);
    assert!(
        stock
            .iter()
            .all(|one| one["warehouse"] == trading.warehouse)
    );
    // No words stand behind it, and nobody else is told.
    let with_words = read(&own, key, "/v1/feed?words=true").await;
    assert_eq!(with_words["changes"], feed["changes"]);
    assert_eq!(
        read(&own, &other.native.key, "/v1/feed").await["changes"],
        json!([])
    );
}

async fn a_long_poll_answers_as_soon_as_something_is_committed(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let begun = Instant::now();
    let waiting = asked(
        &own,
        Method::GET,
        "/v1/feed?after=now&wait=20s",
        &shop.native.key,
    );
    let waiting = tokio::spawn(json_of(waiting));
    trackway_testkit::eventually("a request to wait", Duration::from_secs(10), async || {
        (own.served.at_work() == 1).then_some(())
    })
    .await
    .unwrap();
    // Another account's change is none.
    moved(&own, &other, "G9", 0).await;
    moved(&own, &shop, "G1", 0).await;
    let (_, page) = waiting.await.unwrap();
    // It may have begun between the two: then the change was there at once.
    assert!(begun.elapsed() < Duration::from_secs(15), "it was woken");
    assert_eq!(
        steps(&page),
        [("G1".to_owned(), "2026-05-01T10:00:00+00:00".to_owned())]
    );
}

#[tokio::test]
async fn a_long_poll_in_vain_ends_empty_with_a_cursor_to_go_on_from() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let now = read(&own, &shop.native.key, "/v1/feed?after=now").await;
    let cursor = now["cursor"].as_str().unwrap();
    let begun = Instant::now();
    let page = read(
        &own,
        &shop.native.key,
        &format!("/v1/feed?after={cursor}&wait=1s"),
    )
    .await;
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert_eq!(
        (&page["changes"], &page["cursor"]),
        (&json!([]), &now["cursor"])
    );
    // However long it wants to wait: it is answered before the request's time is over.
    let short = Limits {
        request: Duration::from_secs(6),
        ..Limits::default()
    };
    let own = Installation::limited(&[], short).await;
    let shop = own.shop("shop").await;
    let page = read(&own, &shop.native.key, "/v1/feed?wait=9d").await;
    assert_eq!(page["changes"], json!([]));
}

#[tokio::test]
async fn the_end_of_the_server_ends_a_long_poll_at_once() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    let waiting = tokio::spawn(json_of(asked(
        &own,
        Method::GET,
        "/v1/feed?wait=20s",
        &shop.native.key,
    )));
    trackway_testkit::eventually("a request to wait", Duration::from_secs(10), async || {
        (own.served.at_work() == 1).then_some(())
    })
    .await
    .unwrap();
    let begun = Instant::now();
    own.served.stop();
    let (status, page) = waiting.await.unwrap();
    assert_eq!((status.as_u16(), &page["changes"]), (200, &json!([])));
    assert!(begun.elapsed() < Duration::from_secs(15));
}

#[tokio::test]
async fn an_account_waits_at_so_many_places_only() {
    let limits = Limits {
        account_listeners: 1,
        listeners: 2,
        ..Limits::default()
    };
    let own = Installation::limited(&[], limits).await;
    let wait = |key: &str| asked(&own, Method::GET, "/v1/feed?wait=20s", key);
    let mut shops = Vec::new();
    for name in ["one", "two", "three"] {
        shops.push(own.shop(name).await);
    }
    // Of two at once one is refused; the other waits on, and ends with this test.
    let refused = async |key: &str| {
        let answer = tokio::select! {
            one = wait(key).send() => one,
            other = wait(key).send() => other,
        };
        let answer = answer.unwrap();
        (
            answer.status().as_u16(),
            answer.headers().contains_key("retry-after"),
        )
    };
    assert_eq!(refused(&shops[0].native.key).await, (429, true));
    // Each comes again until it has a place.
    let _waiting = [0, 1].map(|at| {
        let request = wait(&shops[at].native.key);
        tokio::spawn(async move {
            while request.try_clone().unwrap().send().await.unwrap().status() != 200 {}
        })
    });
    trackway_testkit::eventually("both to wait", Duration::from_secs(10), async || {
        let third = tokio::time::timeout(
            Duration::from_millis(200),
            wait(&shops[2].native.key).send(),
        );
        let answer = third.await.ok()?.unwrap();
        (answer.status().as_u16() == 503 && answer.headers().contains_key("retry-after"))
            .then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_cursor_that_is_none_is_refused() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for (query, status) in [
        ("after=x", 400),
        ("after=", 400),
        ("after=%00%ff", 400),
        ("limit=0", 400),
        ("limit=1001", 400),
        ("wait=soon", 400),
        ("wait=-1s", 400),
        ("wait=99999999999999999999s", 400),
        ("words=maybe", 400),
        ("before=now", 400),
    ] {
        is_problem(
            &get(&own, &shop.native.key, &format!("/v1/feed?{query}")).await,
            status,
        );
    }
    moved(&own, &shop, "G1", 0).await;
    let cursor = read(&own, &shop.native.key, "/v1/feed").await["cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    // A younger installation, such as one from a backup, says so instead of waiting for ever.
    let younger = Installation::start().await;
    let other = younger.shop("shop").await;
    is_problem(
        &get(
            &younger,
            &other.native.key,
            &format!("/v1/feed?after={cursor}&wait=20s"),
        )
        .await,
        410,
    );
    let list = read(&own, &shop.native.key, "/v1/shipments?limit=1").await;
    assert_eq!(list["next"], Value::Null);
}

#[tokio::test]
async fn a_key_that_calls_too_fast_is_told_when_to_come_again() {
    let own = Installation::with(&[("native.calls_per_minute", "2")]).await;
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let call = async |key: &str| {
        let answer = asked(&own, Method::GET, "/v1/feed", key)
            .send()
            .await
            .unwrap();
        let told = |name| {
            answer
                .headers()
                .get(name)
                .map(|value| value.to_str().unwrap().to_owned())
        };
        (
            answer.status().as_u16(),
            told("ratelimit"),
            told("ratelimit-policy"),
            told("retry-after"),
        )
    };
    let told = |left: u32, until: u32| Some(format!(r#""key";r={left};t={until}"#));
    let policy = Some(r#""key";q=2;w=60"#.to_owned());
    assert_eq!(
        call(&shop.native.key).await,
        (200, told(1, 30), policy.clone(), None)
    );
    assert_eq!(
        call(&shop.native.key).await,
        (200, told(0, 60), policy.clone(), None)
    );
    let again = Some("30".to_owned());
    assert_eq!(
        call(&shop.native.key).await,
        (429, told(0, 60), policy.clone(), again)
    );
    let events = post(&own, &shop.native.key, "/v1/events", &json!([])).await;
    is_problem(&events, 429);
    assert_eq!(
        call(&other.native.key).await.0,
        200,
        "another key has its own"
    );
    own.clock.advance(Duration::from_secs(30));
    assert_eq!(call(&shop.native.key).await.0, 200);
}
