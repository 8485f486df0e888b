//! `trackway simulate`, as a process.

use crate::program::{PROGRAM, run};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use trackway_dialects::nandh::hook;
use trackway_dialects::{keydelivery, track123};
use trackway_simulator::SCENARIOS;
use trackway_testkit::{Answer, Launch, Receiver, Server, client, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

async fn simulate(args: &[&str]) -> (Server, Value) {
    let launch = Launch::new(PROGRAM)
        .args(["simulate", "--speed", "1e12", "--output", "json"])
        .args(args);
    let server = launch.start().await.unwrap();
    let said = server.stdout();
    let facts = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    (server, facts)
}

async fn tracking(server: &Server, facts: &Value, number: &str) -> (u16, String) {
    let key = facts["key"].as_str().unwrap();
    let path = format!("/api/Order/v1/Tracking?ordercode={number}&apikey={key}");
    let answer = client().get(server.url(&path)).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn the_list_names_every_scenario_with_a_line() {
    let args = ["simulate", "--scenario", "list", "--output", "json"];
    let listed = run(args).await.json();
    let told = listed.as_array().unwrap().iter();
    let told: Vec<_> = told
        .map(|row| (row["name"].clone(), row["text"].clone()))
        .collect();
    let known = SCENARIOS.iter();
    let known: Vec<_> = known.map(|it| (json!(it.name), json!(it.does))).collect();
    assert_eq!(told, known);
    let people = run(["simulate", "--scenario", "list"]).await;
    assert!(people.stdout.contains("disorder"), "{}", people.stdout);
}

#[tokio::test]
async fn one_seed_answers_alike_in_two_processes() {
    let (first, facts) = simulate(&["--seed", "9"]).await;
    let (second, _) = simulate(&["--seed", "9"]).await;
    let (other, others) = simulate(&["--seed", "10"]).await;
    for number in facts["numbers"].as_array().unwrap() {
        let number = number.as_str().unwrap();
        let told = tracking(&first, &facts, number).await;
        assert_eq!(told, tracking(&second, &facts, number).await);
        assert_ne!(told, tracking(&other, &others, number).await);
    }
}

#[tokio::test]
async fn faults_are_added_to_any_scenario() {
    let args = ["--scenario", "delivered", "--faults", "page=100"];
    let (server, facts) = simulate(&args).await;
    for _ in 0..3 {
        let (status, body) = tracking(&server, &facts, "VD00000001").await;
        assert_eq!(status, 200);
        assert!(body.starts_with("<!doctype html>"), "{body}");
    }
}

#[tokio::test]
async fn webhooks_go_to_every_address_until_they_are_acknowledged() {
    let receivers = [
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    ];
    for receiver in &receivers {
        receiver.set_rule(|_| Answer::json(&json!({"IsError": false, "ErrorMessage": ""})));
    }
    receivers[0].push(Answer::status(500));
    receivers[0].push(Answer::json(
        &json!({"IsError": true, "ErrorMessage": "not now"}),
    ));
    let [one, two] = [
        receivers[0].url("/IntergrationAPI"),
        receivers[1].url("/other"),
    ];
    let args = [
        "--shipments",
        "3",
        "--webhook",
        &one,
        "--webhook",
        &two,
        "--webhook-key",
        "K-7",
    ];
    let (server, facts) = simulate(&args).await;
    assert_eq!(facts["webhook_apikey"], "K-7");
    let mut due = 0;
    for number in facts["numbers"].as_array().unwrap() {
        let (_, body) = tracking(&server, &facts, number.as_str().unwrap()).await;
        let answer: Value = serde_json::from_str(&body).unwrap();
        due += answer["statuses"].as_array().unwrap().len();
    }
    for receiver in &receivers {
        let ids = eventually("every webhook", PATIENCE, async || {
            let received = receiver.received();
            let ids: BTreeSet<String> = received
                .iter()
                .map(|message| {
                    let body = message.json().unwrap();
                    assert_eq!(body["ApiKey"], "K-7");
                    body["TransactionId"].to_string()
                })
                .collect();
            (ids.len() == due).then_some(ids)
        });
        ids.await.unwrap();
    }
    assert_eq!(
        receivers[0].received().len(),
        due + 2,
        "two were sent again"
    );
    assert_eq!(receivers[1].received().len(), due);
}

#[tokio::test]
async fn track123_tells_what_was_imported_with_its_signature() {
    let receiver = Receiver::start().await.unwrap();
    let portal = receiver.url("/portal");
    let args = [
        "--dialect",
        "track123",
        "--scenario",
        "ocean",
        "--shipments",
        "2",
    ];
    let (server, facts) = simulate(&[&args[..], &["--webhook", &portal]].concat()).await;
    let bill = facts["numbers"][0].clone();
    let key = facts["key"].as_str().unwrap();
    let item = json!([{"trackingNo": bill, "type": 2, "carrierCode": "MAEU"}]);
    let path = "/gateway/open-api/tk/v2.1/ocean/track/import";
    let request = client()
        .post(server.url(path))
        .header("Track123-Api-Secret", key);
    let answer = request.json(&item).send().await.unwrap();
    let made: Value = answer.json().await.unwrap();
    assert_eq!(made["data"]["accepted"][0]["trackingNo"], bill, "{made}");
    let told = eventually("the webhook", PATIENCE, async || {
        let first = receiver.received().into_iter().next()?;
        Some(first.json().unwrap())
    });
    let told = told.await.unwrap();
    assert_eq!(told["data"]["searchStatus"], "FINAL");
    let timestamp = told["verify"]["timestamp"].as_str().unwrap();
    let signed = track123::sign(track123::Scheme::Hmac, key, timestamp);
    assert_eq!(told["verify"]["signature"], signed);
}

#[tokio::test]
async fn keydelivery_pushes_to_the_address_that_came_with_a_number() {
    let receiver = Receiver::start().await.unwrap();
    receiver.set_rule(|_| Answer::json(&json!({"code": 200, "message": "OK"})));
    let (server, facts) = simulate(&["--dialect", "keydelivery"]).await;
    let number = facts["numbers"][0].as_str().unwrap();
    let body = json!({
        "carrier_id": "247express",
        "tracking_number": number,
        "webhook_url": receiver.url("/pushed"),
    })
    .to_string();
    let [key, secret] = ["key", "secret"].map(|name| facts[name].as_str().unwrap());
    let signature = keydelivery::sign(body.as_bytes(), key, secret);
    let request = client()
        .post(server.url("/api/v1/tracking/create"))
        .header("Content-Type", "application/json")
        .header("API-Key", key)
        .header("signature", signature)
        .body(body);
    let made: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(made["code"], 200, "{made}");
    let told = eventually("the push", PATIENCE, async || {
        let first = receiver.received().into_iter().next()?;
        Some(first.json().unwrap())
    });
    let told = told.await.unwrap();
    assert_eq!(told["tracking_number"], number);
    assert!(
        told["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
    );
}

#[tokio::test]
async fn a_merchant_is_served_as_n_and_h_and_tells_of_its_orders_with_its_signature() {
    let receiver = Receiver::start().await.unwrap();
    let url = receiver.url("/oms");
    let args = [
        "--dialect",
        "nandh",
        "--scenario",
        "orders",
        "--shipments",
        "2",
    ];
    let hooks = ["--webhook", &url, "--webhook-key", "T-7"];
    let (server, facts) = simulate(&[&args[..], &hooks].concat()).await;
    let [key, secret] = ["key", "webhook_secret"].map(|name| facts[name].as_str().unwrap());
    for code in facts["numbers"].as_array().unwrap() {
        let path = format!("/api/v1/public/orders/detail/{}", code.as_str().unwrap());
        let request = client().get(server.url(&path)).header("Authorization", key);
        let told: Value = request.send().await.unwrap().json().await.unwrap();
        assert_eq!(told["data"]["tracking_code"], *code, "{told}");
    }
    assert_eq!(facts["numbers"].as_array().unwrap().len(), 2, "{facts}");
    let created = eventually("both orders are told of", PATIENCE, async || {
        let received = receiver.received();
        let created = received
            .into_iter()
            .filter(|message| message.json().unwrap()["event_code"] == "HOOK_EVENT_ORDER_CREATED");
        let created: Vec<_> = created.collect();
        (created.len() == 2).then_some(created)
    });
    for message in created.await.unwrap() {
        assert_eq!(message.header("authorization"), Some("T-7"));
        let timestamp = message.header("x-hook-timestamp").unwrap();
        let signed = hook::sign(secret, timestamp, &message.body);
        assert_eq!(message.header("x-hook-signature"), Some(&*signed));
    }
}

#[tokio::test]
async fn what_can_not_be_simulated_is_refused_with_what_to_do() {
    for (args, code, hint) in [
        (&["--scenario", "doom"][..], 1, "--scenario list"),
        (&["--dialect", "native"], 1, "247express"),
        (&["--faults", "fire=1"], 1, "outage"),
        (&["--faults", "cut=200"], 1, "hundred"),
        (&["--faults", "cut"], 2, "NAME=VALUE"),
        (&["--speed", "0"], 1, "above 0"),
        (&["--webhook", "ftp://x"], 1, "ftp://x"),
        (
            &["--dialect", "keydelivery", "--webhook", "http://x"],
            1,
            "247express",
        ),
    ] {
        let ran = run([&["simulate"], args].concat()).await;
        assert_eq!(ran.code, code, "{args:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(hint), "{args:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "", "{args:?}");
    }
}
