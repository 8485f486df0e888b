//! What could not be read, the drift report and the status, from the command line.

use crate::program::{Data, carrier};
use serde_json::{Value, json};
use std::time::Duration;
use trackway_testkit::{client, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

on_both_stores!(what_cannot_be_read_is_listed_shown_retried_and_dropped);

async fn what_cannot_be_read_is_listed_shown_retried_and_dropped(data: Data) {
    let (upstream, facts) = carrier("247express", 3).await;
    let apikey = format!("apikey={}", facts["key"].as_str().unwrap());
    let base = upstream.url("");
    let args = [
        "connect",
        "247express",
        "--base-url",
        &base,
        "--set",
        &apikey,
        "--set",
        "unregistered=keep",
    ];
    let made = data.run(&args).await.json();
    let door = format!("{}/IntergrationAPI", made["webhook_path"].as_str().unwrap());
    let refused = [&args[..6], &["--set", "unregistered=perhaps"]].concat();
    let refused = data.run(&refused).await;
    assert!(
        refused.stderr.contains("keep, register"),
        "{}",
        refused.stderr
    );
    let server = data.serve().await;
    let send = async |body: &str| {
        let sent = client()
            .post(server.url(&door))
            .body(body.to_owned())
            .send();
        let answer: Value = sent.await.unwrap().json().await.unwrap();
        answer["IsError"] == false
    };
    assert!(!send("{\"Status\":\"25\",\"ReceiverName\":\"NGUYEN VAN VI DU\"}").await);
    assert!(!send("{").await);
    let strange = json!({
        "OrderCode": "XX0000001", "Status": "991", "StatusName": "KHONGRO", "Brandnew": true,
        "Time": "2024-05-07T10:01:02.4+07:00",
    });
    assert!(send(&strange.to_string()).await);

    let listed = data.run(&["quarantine", "list"]).await;
    assert!(!listed.stdout.contains("NGUYEN"), "{}", listed.stdout);
    let listed = listed.json();
    let kinds: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["shape", "unreadable"]);
    let of = ["quarantine", "list", "--connection", "nobody"];
    assert!(
        data.run(&of)
            .await
            .stderr
            .contains("has no connection `nobody`")
    );
    let id = listed[0]["id"].to_string();
    let shown = data.run(&["quarantine", "show", &id]).await.json();
    let text = shown["payloads"][0]["text"].as_str().unwrap();
    assert!(text.contains("NGUYEN VAN VI DU"), "{shown}");

    let drift = data
        .run(&["drift", "--connection", "247express"])
        .await
        .json();
    let told: Vec<(&str, &str)> = drift
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            (
                one["kind"].as_str().unwrap(),
                one["member"].as_str().unwrap(),
            )
        })
        .collect();
    for row in [("new_member", "Brandnew"), ("unknown_code", "Status")] {
        assert!(told.contains(&row), "{told:?}");
    }

    let unregistered = data.run(&["list", "--unregistered"]).await.json();
    assert_eq!(unregistered[0]["number"], "XX0000001");
    data.run(&["track", "247express", "VD00000001"])
        .await
        .json();
    let status = eventually("the first answer", PATIENCE, async || {
        let status = data.run(&["status"]).await.json();
        (status["connections"][0]["state"]["calls_today"] != 0).then_some(status)
    })
    .await
    .unwrap();
    assert_eq!(status["ready"], true);
    assert_eq!(
        status["quarantine"],
        json!({"kinds": 2, "times": 2, "kept": 2})
    );
    assert!(status["store"]["tracks"].as_u64().unwrap() >= 2, "{status}");
    let own = data.run(&["status", "--account", "default"]).await.json();
    assert_eq!(own["store"], Value::Null);

    let done = data.run(&["quarantine", "retry", "--all"]).await.json();
    assert_eq!(
        (&done[0]["unread"], &done[1]["unread"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(data.run(&["quarantine", "retry"]).await.code, 2);
    for one in listed.as_array().unwrap() {
        let id = one["id"].to_string();
        let dropped = data.run(&["quarantine", "drop", &id]).await.json();
        assert_eq!(dropped["dropped"], true);
    }
    assert_eq!(data.run(&["quarantine", "list"]).await.json(), json!([]));
    assert_eq!(data.run(&["quarantine", "drop", &id]).await.code, 1);
    // The table for people names what they look for.
    let place = data.args();
    let table = crate::program::run(["status".to_owned()].into_iter().chain(place)).await;
    assert_eq!(table.code, 0, "{}", table.stderr);
    for word in [
        "version",
        "age of data",
        "quota left",
        "breaker",
        "quarantine",
        "feed head",
    ] {
        assert!(table.stdout.contains(word), "{word}: {}", table.stdout);
    }
}
