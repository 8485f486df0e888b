//! Test mode: what a test key sees, and what it does not.

use crate::program::{Data, carrier};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use trackway_dialects::{keydelivery, native};
use trackway_testkit::{Receiver, Server, client, eventually};

const PATIENCE: Duration = Duration::from_secs(40);
/// A journey's length in most tests.
const JOURNEY: [&str; 2] = ["--set", "sandbox.journey_seconds=5"];

on_both_stores!(
    a_carriers_api_tells_a_journey_as_it_moves,
    an_aggregators_api_tells_of_its_carriers,
    our_own_api_registers_and_lists,
    webhooks_flow_with_signatures_that_hold,
    live_and_test_never_meet,
    a_journey_goes_on_after_a_restart,
);

async fn serve(data: &Data) -> Server {
    data.launch().args(JOURNEY).start().await.unwrap()
}

async fn key(data: &Data, dialect: &str, test: bool) -> Value {
    let mut args = vec!["key", "create", "--dialect", dialect];
    args.extend(test.then_some("--test"));
    data.run(&args).await.json()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

async fn tracking(server: &Server, number: &str, key: &Value) -> Value {
    let key = text(&key["key"]);
    let path = format!("/api/Order/v1/Tracking?ordercode={number}&apikey={key}");
    let answer = client().get(server.url(&path)).send().await.unwrap();
    answer.json().await.unwrap()
}

async fn realtime(server: &Server, carrier: &str, number: &str, key: &Value) -> Value {
    let body = json!({"carrier_id": carrier, "tracking_number": number, "area_show": 1});
    let body = body.to_string();
    let signature = keydelivery::sign(body.as_bytes(), text(&key["key"]), text(&key["secret"]));
    let request = client()
        .post(server.url("/api/v1/tracking/realtime"))
        .header("content-type", "application/json")
        .header("API-Key", text(&key["key"]))
        .header("signature", signature)
        .body(body);
    request.send().await.unwrap().json().await.unwrap()
}

async fn listed(server: &Server, key: &Value) -> Vec<Value> {
    let request = client()
        .get(server.url("/v1/shipments"))
        .bearer_auth(text(&key["key"]));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    answer["shipments"].as_array().expect("a list").clone()
}

fn lines(answer: &Value) -> usize {
    answer["statuses"].as_array().map_or(0, Vec::len)
}

async fn a_carriers_api_tells_a_journey_as_it_moves(data: Data) {
    let server = serve(&data).await;
    let key = key(&data, "247express", true).await;
    assert_eq!(key["account"], "default.test");
    let number = "PARCEL-FAILED-12";
    let first = tracking(&server, number, &key).await;
    assert_eq!(
        (lines(&first), &first["status"]),
        (1, &json!("21")),
        "{first}"
    );
    let mut seen = vec![1];
    let last = eventually("the journey's end", PATIENCE, async || {
        let answer = tracking(&server, number, &key).await;
        seen.push(lines(&answer));
        (answer["status"] == "30").then_some(answer)
    })
    .await
    .unwrap();
    assert!(seen.is_sorted(), "{seen:?}");
    let steps: HashSet<usize> = seen.into_iter().collect();
    assert!(steps.len() > 2, "it moved in steps: {steps:?}");
    assert_eq!(lines(&last), 7, "{last}");
    let none = tracking(&server, "PARCEL-NORECORD", &key).await;
    assert_eq!(none["errorCode"], "ORDERCODE_NOT_FOUND");
    let at_once = tracking(&server, "ANY-LOST-DONE", &key).await;
    assert_eq!(at_once["status"], "19");
}

async fn an_aggregators_api_tells_of_its_carriers(data: Data) {
    let server = serve(&data).await;
    let key = key(&data, "keydelivery", true).await;
    for carrier in ["dhl", "247express"] {
        let number = "PARCEL-CUSTOMS-DONE";
        let answer = realtime(&server, carrier, number, &key).await;
        assert_eq!(answer["code"], 200, "{answer}");
        assert_eq!(answer["data"]["order_status_code"], 3, "{answer}");
        assert_eq!(answer["data"]["carrier_id"], carrier);
    }
    let unknown = realtime(&server, "nobody", "PARCEL-1", &key).await;
    assert_eq!(unknown["code"], 405);
    let none = realtime(&server, "dhl", "PARCEL-NORECORD", &key).await;
    assert_eq!(none["code"], 60_101);
}

async fn our_own_api_registers_and_lists(data: Data) {
    let server = serve(&data).await;
    let key = key(&data, "native", true).await;
    assert!(text(&key["key"]).starts_with("tw_test_"));
    let wish = json!({"carrier": "247express", "number": "OWN-RETURNED-DONE"});
    let request = client()
        .post(server.url("/v1/shipments"))
        .bearer_auth(text(&key["key"]))
        .json(&wish);
    let made = request.send().await.unwrap();
    assert_eq!(made.status(), 201);
    eventually("the parcel to be returned", PATIENCE, async || {
        let listed = listed(&server, &key).await;
        let [one] = &listed[..] else { return None };
        (one["stage"] == "returned").then_some(())
    })
    .await
    .unwrap();
}

async fn webhooks_flow_with_signatures_that_hold(data: Data) {
    let server = serve(&data).await;
    let key = key(&data, "247express", true).await;
    let receiver = Receiver::start().await.unwrap();
    let url = receiver.url("/hook");
    let add = ["endpoint", "add", &url, "--account", "default.test"];
    let secret = data.run(&add).await.json()["secret"].clone();
    tracking(&server, "PARCEL-DELIVERED", &key).await;
    eventually("the news of the delivery", PATIENCE, async || {
        let received = receiver.received();
        let bodies = received.iter().map(|message| message.json().unwrap());
        let mut milestones = bodies.map(|body| body["data"]["milestone"].clone());
        milestones
            .any(|milestone| milestone == "delivered")
            .then_some(())
    })
    .await
    .unwrap();
    let received = receiver.received();
    assert!(received.len() > 2, "told step by step: {}", received.len());
    for message in received {
        let id = message.header("webhook-id").unwrap();
        let at = message
            .header("webhook-timestamp")
            .unwrap()
            .parse()
            .unwrap();
        let expected = native::sign(text(&secret), id, at, &message.body);
        assert_eq!(message.header("webhook-signature"), Some(&*expected));
    }
}

async fn live_and_test_never_meet(data: Data) {
    let (upstream, facts) = carrier("247express", 1).await;
    let server = serve(&data).await;
    let live = key(&data, "247express", false).await;
    let test = key(&data, "247express", true).await;
    let [live_own, test_own] = [
        key(&data, "native", false).await,
        key(&data, "native", true).await,
    ];
    let told = [
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    ];
    for (receiver, account) in told.iter().zip(["default", "default.test"]) {
        let url = receiver.url("/hook");
        let add = ["endpoint", "add", &url, "--account", account];
        data.run(&add).await.json();
    }
    let apikey = format!("apikey={}", text(&facts["key"]));
    let base = upstream.url("");
    let connect = [
        "connect",
        "247express",
        "--base-url",
        &base,
        "--set",
        &apikey,
    ];
    data.run(&connect).await.json();
    data.run(&["track", "247express", "VD00000001"])
        .await
        .json();

    // A connection of the sandbox is never called, whatever its address.
    let real = Receiver::start().await.unwrap();
    let address = real.url("");
    let args = ["--account", "default.test", "--name", "real"];
    let connect = [
        "connect",
        "247express",
        "--base-url",
        &address,
        "--set",
        "apikey=K",
    ];
    data.run(&[&connect[..], &args].concat()).await.json();

    let original = eventually("the live parcel", PATIENCE, async || {
        let answer = tracking(&server, "VD00000001", &live).await;
        answer["errorCode"].is_null().then_some(answer)
    })
    .await
    .unwrap();
    let simulated = tracking(&server, "VD00000001", &test).await;
    assert_eq!(simulated["orderCode"], "VD00000001");
    assert_ne!(simulated["externalCode"], original["externalCode"]);
    tracking(&server, "ONLY-DELIVERED-DONE", &test).await;
    let unknown = tracking(&server, "ONLY-DELIVERED-DONE", &live).await;
    assert_eq!(
        unknown["errorCode"], "ORDERCODE_NOT_FOUND",
        "not that another has it"
    );

    let numbers = async |key: &Value| -> Vec<String> {
        let listed = listed(&server, key).await;
        let mut numbers: Vec<String> = listed
            .iter()
            .map(|one| text(&one["number"]).to_owned())
            .collect();
        numbers.sort();
        numbers
    };
    assert_eq!(numbers(&live_own).await, ["VD00000001"]);
    let sandbox = ["ONLY-DELIVERED-DONE", "VD00000001"];
    assert_eq!(numbers(&test_own).await, sandbox);
    for key in [&live_own, &test_own] {
        let accounts = client()
            .get(server.url("/v1/accounts"))
            .bearer_auth(text(&key["key"]));
        assert_eq!(accounts.send().await.unwrap().status(), 403);
    }
    let [live_told, test_told] = &told;
    test_told.wait_for(2, PATIENCE).await.unwrap();
    live_told.wait_for(1, PATIENCE).await.unwrap();
    for message in live_told.received() {
        let body = message.json().unwrap();
        assert_eq!(body["data"]["number"], "VD00000001");
    }
    assert_eq!(real.received().len(), 0);
}

async fn a_journey_goes_on_after_a_restart(data: Data) {
    let mut server = serve(&data).await;
    let key = key(&data, "247express", true).await;
    let number = "PARCEL-DELIVERED";
    let first = tracking(&server, number, &key).await;
    server.restart().await.unwrap();
    let last = eventually("the journey's end", PATIENCE, async || {
        let answer = tracking(&server, number, &key).await;
        (answer["status"] == "30").then_some(answer)
    })
    .await
    .unwrap();
    assert_eq!(last["statuses"][0], first["statuses"][0]);
    assert_eq!(lines(&last), 5, "each line once: {last}");
}

#[tokio::test]
async fn a_sandbox_is_made_with_its_first_key_and_only_test_keys_are_made_for_it() {
    let data = Data::sqlite();
    key(&data, "native", false).await;
    let accounts = data.run(&["account", "list"]).await.json();
    assert!(!accounts.to_string().contains(".test"), "{accounts}");
    let args = ["key", "create", "--account", "shop", "--test"];
    assert_eq!(data.run(&args).await.json()["account"], "shop.test");
    let unmarked = data.run(&["key", "create", "--account", "shop.test"]).await;
    let unmarked = unmarked.json();
    assert!(text(&unmarked["key"]).starts_with("tw_test_"), "{unmarked}");
    let admin = ["key", "create", "--test", "--scope", "admin"];
    let refused = data.run(&admin).await;
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("sandbox"), "{}", refused.stderr);
}
