//! The hashes of the feed: computed here from the JSON alone, as a consumer computes them.

use super::orders::{Trading, made};
use super::{asked, feed_of, get, is_problem, read, register, tell};
use crate::installation::{Installation, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
use trackway_dialects::Dialect;
use trackway_dialects::express247::Express247;
use trackway_hub::NewEndpoint;
use trackway_hub::resend::Wanted;
use trackway_testkit::{Answer, Receiver, eventually};

on_every_store!(
    pages_a_stream_and_a_proof_come_to_the_same,
    what_is_erased_is_proved_as_before,
    a_copy_that_begins_in_the_middle_is_proved_from_there,
    what_a_replay_revised_is_told_to_nobody_and_stands_in_the_feed_and_its_proof,
);

/// Changes of a shop, with another's between them.
async fn changes(own: &Installation, shop: &Shop, other: &Shop, count: usize) -> Value {
    for step in 0..count {
        for (shop, number) in [(shop, format!("Gö{}", step % 3)), (other, "O1".to_owned())] {
            let at = format!("2026-05-{:02}T10:00:00Z", step + 1);
            let told = json!([{"carrier": "gls", "number": number, "status": "in_transit", "occurred_at": at, "text": format!("step {step}")}]);
            tell(own, shop, &told).await;
        }
    }
    feed_of(own, &other.native.key, count).await;
    feed_of(own, &shop.native.key, count).await
}

fn value(value: Option<&str>) -> String {
    value.map_or("-,".to_owned(), |text| format!("{}:{text},", text.len()))
}

fn state(told: &Value) -> String {
    if told.is_null() {
        return value(None);
    }
    let events = told["events"].to_string();
    value(told["milestone"].as_str()) + &value(told["reason"].as_str()) + &value(Some(&events))
}

/// Of a change that has a subject.
fn hash_of_record(change: &Value) -> Vec<u8> {
    let number = |told: &Value| value(told.as_i64().map(|number| number.to_string()).as_deref());
    let state = |told: &Value| match told {
        Value::Null => value(None),
        told => value(Some(told["state"].as_str().unwrap_or_default())),
    };
    let subject = &change["subject"];
    let mut form = value(Some("trackway record change 1"));
    form += &(value(change["position"].as_str()) + &value(subject["kind"].as_str()));
    form += &(number(&subject["id"]) + &value(change["learned"].as_str()));
    form += &(number(&change["cause"]) + &number(&change["warehouse"]));
    form += &number(&change["version"]);
    form += &(state(&change["before"]) + &state(&change["after"]));
    Sha256::digest(form).to_vec()
}

fn hash_of(change: &Value) -> Vec<u8> {
    if change["subject"].is_object() {
        return hash_of_record(change);
    }
    let member = |name: &str| value(change[name].as_str());
    let events = change["events"].as_array().unwrap();
    let mut form = value(Some("trackway change 1"));
    for name in [
        "position",
        "shipment",
        "carrier",
        "number",
        "kind",
        "registration",
        "learned",
    ] {
        form += &member(name);
    }
    form += &(state(&change["before"]) + &state(&change["after"]));
    form += &value(Some(&events.len().to_string()));
    for event in events {
        form += &value(event["id"].as_str());
    }
    Sha256::digest(form).to_vec()
}

/// Checks each change's own hash, and runs on.
fn run(running: Vec<u8>, changes: &Value) -> Vec<u8> {
    let changes = changes.as_array().unwrap().iter();
    changes.fold(running, |running, change| {
        let hash = hash_of(change);
        assert_eq!(change["hash"], hex::encode(&hash), "{change}");
        Sha256::digest([running, hash].concat()).to_vec()
    })
}

/// The whole proof, in slices: position and hash of each change, and the last window.
async fn proof(own: &Installation, key: &str, query: &str, limit: usize) -> (Vec<Value>, Value) {
    let mut told = Vec::new();
    let mut query = query.to_owned();
    loop {
        let slice = read(own, key, &format!("/v1/feed/proof?limit={limit}{query}")).await;
        let changes = slice["changes"].as_array().unwrap();
        assert!(changes.len() <= limit);
        told.extend(changes.iter().cloned());
        if slice["more"] == false {
            return (told, slice["window"].clone());
        }
        query = format!("&after={}", slice["cursor"].as_str().unwrap());
    }
}

fn in_brief(changes: &Value) -> Vec<Value> {
    let changes = changes.as_array().unwrap().iter();
    changes
        .map(|change| json!({"position": change["position"], "hash": change["hash"]}))
        .collect()
}

async fn pages_a_stream_and_a_proof_come_to_the_same(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    register(&own, &shop, "gls", "Gö0").await;
    changes(&own, &shop, &other, 12).await;
    // Three more, of records: what was found, the order, and what it reserved.
    let trading = Trading::open(&own, key, 5).await;
    made(&own, key, "/v1/orders", trading.order("SO-1", 2)).await;
    let all = feed_of(&own, key, 15).await;
    let of_records = all["changes"].as_array().unwrap().iter();
    assert_eq!(
        of_records.filter(|one| one["subject"].is_object()).count(),
        3
    );
    let whole = run(vec![0; 32], &all["changes"]);
    let window = json!({"since": null, "count": 15, "hash": hex::encode(&whole)});
    assert_eq!(all["window"], window);
    for limit in [1, 5, 15] {
        let (mut running, mut query) = (vec![0; 32], String::new());
        loop {
            let page = read(
                &own,
                key,
                &format!("/v1/feed?words=true&limit={limit}{query}"),
            )
            .await;
            running = run(running, &page["changes"]);
            assert_eq!(page["window"]["hash"], hex::encode(&running));
            if page["more"] == false {
                assert_eq!(page["window"], window, "limit {limit}");
                break;
            }
            query = format!("&after={}", page["cursor"].as_str().unwrap());
        }
        let (told, end) = proof(&own, key, "", limit).await;
        assert_eq!((told, end), (in_brief(&all["changes"]), window.clone()));
    }
    let request = asked(&own, Method::GET, "/v1/feed", key);
    let mut stream = request
        .header("accept", "text/event-stream")
        .send()
        .await
        .unwrap();
    let (mut held, mut running) = (String::new(), vec![0; 32]);
    for count in 1..=15 {
        let data = loop {
            if let Some((block, rest)) = held.split_once("\n\n") {
                let data = block.lines().find_map(|line| line.strip_prefix("data: "));
                let data: Option<Value> = data.map(|data| serde_json::from_str(data).unwrap());
                held = rest.to_owned();
                match data {
                    Some(data) => break data,
                    None => continue,
                }
            }
            let piece = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await;
            held += std::str::from_utf8(&piece.unwrap().unwrap().unwrap()).unwrap();
        };
        running = run(running, &json!([data]));
        assert_eq!(
            data["window"],
            json!({"since": null, "count": count, "hash": hex::encode(&running)})
        );
    }
    // The other account's proof is of its own changes.
    let (theirs, end) = proof(&own, &other.native.key, "", 100).await;
    assert_eq!(end["count"], 12);
    assert!(
        theirs
            .iter()
            .all(|one| !in_brief(&all["changes"]).contains(one))
    );
}

async fn what_is_erased_is_proved_as_before(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let before = changes(&own, &shop, &other, 4).await;
    own.hub.erase(Some("shop"), None, "Gö0").await.unwrap();
    let key = &shop.native.key;
    let (told, window) = proof(&own, key, "", 100).await;
    assert_eq!(
        (told, &window),
        (in_brief(&before["changes"]), &before["window"])
    );
    for query in ["", "?words=true"] {
        let after = read(&own, key, &format!("/v1/feed{query}")).await;
        assert!(!after.to_string().contains("step 0"), "erased");
        run(vec![0; 32], &after["changes"]);
        assert_eq!(after["window"], before["window"]);
    }
}

async fn a_copy_that_begins_in_the_middle_is_proved_from_there(own: Installation) {
    let (shop, other) = (own.shop("shop").await, own.shop("other").await);
    let key = &shop.native.key;
    changes(&own, &shop, &other, 2).await;
    let now = read(&own, key, "/v1/feed?after=now").await;
    assert_eq!(now["window"]["count"], 0);
    let since = now["window"]["since"].as_str().unwrap().to_owned();
    changes_more(&own, &shop).await;
    let path = format!("/v1/feed?after={}", now["cursor"].as_str().unwrap());
    let page = eventually("the change", Duration::from_secs(20), async || {
        let page = read(&own, key, &path).await;
        (page["changes"] != json!([])).then_some(page)
    });
    let page = page.await.unwrap();
    let hash = hex::encode(run(vec![0; 32], &page["changes"]));
    let window = json!({"since": since, "count": 1, "hash": hash});
    assert_eq!(page["window"], window);
    let proved = proof(&own, key, &format!("&since={since}"), 1).await;
    assert_eq!(proved, (in_brief(&page["changes"]), window));
}

async fn changes_more(own: &Installation, shop: &Shop) {
    let told = json!([{"carrier": "gls", "number": "NEW", "status": "delivered"}]);
    tell(own, shop, &told).await;
}

#[tokio::test]
async fn a_place_that_is_none_is_refused() {
    let own = Installation::start().await;
    let shop = own.shop("shop").await;
    for (query, status) in [
        ("after=x", 400),
        ("after=", 400),
        ("since=", 400),
        ("since=15", 400),
        ("since=0:-1", 400),
        ("since=0:1,", 400),
        ("since=99999:1", 400),
        ("since=0:99999999999999999999", 400),
        ("since=0:0&after=now", 400),
        ("since=0:9999", 410),
        ("since=7:1", 410),
        ("limit=0", 400),
        ("limit=5001", 400),
        ("words=true", 400),
    ] {
        let path = format!("/v1/feed/proof?{query}");
        is_problem(&get(&own, &shop.native.key, &path).await, status);
    }
    let empty = read(&own, &shop.native.key, "/v1/feed/proof?since=0:0").await;
    assert_eq!(
        (&empty["changes"], &empty["more"]),
        (&json!([]), &json!(false))
    );
}

/// The code table of 247Express with "being delivered" read as something else.
fn corrected() -> String {
    let codes = Express247.codes();
    let from = "Orders are being delivered.,out_for_delivery,";
    let changed = codes.replace(from, "Orders are being delivered.,arrived_at_facility,");
    assert_ne!(changed, codes);
    changed
}

async fn what_a_replay_revised_is_told_to_nobody_and_stands_in_the_feed_and_its_proof(
    own: Installation,
) {
    let shop = own.shop("shop").await;
    let key = &shop.native.key;
    let mut endpoints = Vec::new();
    for dialect in ["native", "247express"] {
        let receiver = Receiver::start().await.unwrap();
        receiver.set_rule(|_| Answer::json(&json!({"IsError": false, "ErrorMessage": ""})));
        let made = own.hub.add_endpoint(NewEndpoint {
            account: Some("shop".to_owned()),
            dialect: Some(dialect.to_owned()),
            url: receiver.url("/hook"),
            operator: true,
            ..NewEndpoint::default()
        });
        endpoints.push((made.await.unwrap().id, receiver));
    }
    own.hub.start();
    let limit = Duration::from_secs(20);
    let at = |hour: u32| format!("2026-05-07T{hour:02}:00:00+07:00");
    own.told(&shop, "VD0000001", "25", &at(8)).await;
    for (_, receiver) in &endpoints {
        receiver.wait_for(1, limit).await.unwrap();
    }
    let replayed = own.hub.replay("247express", &corrected(), false).await;
    assert_eq!(replayed.unwrap().revisions.len(), 1);
    feed_of(&own, key, 2).await;
    // Messages of a shipment go out in order: one of the revision would come before the next news.
    own.told(&shop, "VD0000001", "30", &at(9)).await;
    let feed = feed_of(&own, key, 3).await;
    for (id, receiver) in &endpoints {
        let messages = receiver.wait_for(2, limit).await.unwrap();
        let last = messages[1].json().unwrap();
        let is_news = last["Status"] == "30" || last["data"]["milestone"] == "delivered";
        assert!(is_news, "{last}");
        // Nor does it go out where everything is asked for again.
        eventually("the last message to be settled", limit, async || {
            let told = own.hub.endpoint(Some("shop"), *id).await.unwrap();
            (told.behind == 0 && told.state.waiting == 0).then_some(())
        })
        .await
        .unwrap();
        let again = own.hub.resend(Some("shop"), *id, &Wanted::default()).await;
        assert_eq!(again.unwrap().changes, 2);
        let messages = receiver.wait_for(4, limit).await.unwrap();
        let revised = |body: &Value| {
            body["data"]["milestone"] == "arrived_at_facility" || body["kind"] == "revised"
        };
        let told_of = messages.iter().filter(|one| revised(&one.json().unwrap()));
        assert_eq!(told_of.count(), 0);
        assert_eq!(messages.len(), 4);
    }
    let kinds: Vec<&Value> = feed["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["kind"])
        .collect();
    assert_eq!(kinds, ["live", "revised", "live"]);
    let running = run(vec![0; 32], &feed["changes"]);
    assert_eq!(feed["window"]["hash"], hex::encode(&running));
    let (proved, window) = proof(&own, key, "", 2).await;
    assert_eq!(window["hash"], hex::encode(running));
    let revised = &feed["changes"][1];
    assert_eq!(
        (&proved[1]["position"], &proved[1]["hash"]),
        (&revised["position"], &revised["hash"])
    );
    own.hub.stop().await.unwrap();
}
