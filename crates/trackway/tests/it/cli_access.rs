//! Accounts, keys, connections and endpoints, as the operator manages them, with and without a
//! server; and what `doctor` says of them.

use crate::cli::follow;
use crate::program::{Data, carrier, run};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use trackway_testkit::{Answer, Receiver, client, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

on_both_stores!(
    accounts_are_made_and_listed,
    a_key_is_listed_without_its_secret_and_refused_when_it_is_disabled,
    a_connection_is_tried_paused_and_resumed,
    an_endpoint_is_paused_resumed_and_removed,
    an_endpoint_is_moved_and_set_anew,
    an_endpoint_is_tested_rotated_and_told_again,
    a_doctor_tells_what_is_wrong_and_what_to_do,
);

fn rows(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap()
}

async fn accounts_are_made_and_listed(data: Data) {
    data.run(&["account", "create", "shop"]).await.json();
    let again = data.run(&["account", "create", "shop"]).await;
    assert_eq!(again.code, 1);
    assert!(again.stderr.contains("already"), "{}", again.stderr);
    let _server = data.serve().await;
    data.run(&["account", "create", "depot"]).await.json();
    let listed = data.run(&["account", "list"]).await.json();
    let names: Vec<&Value> = rows(&listed).iter().map(|row| &row["name"]).collect();
    assert!(
        names.contains(&&json!("shop")) && names.contains(&&json!("depot")),
        "{listed}"
    );
}

async fn events(url: &str, key: &str) -> u16 {
    let event = json!({"events": [{"number": "A1", "status": "picked_up", "occurred_at": "2026-03-05T10:11:12Z"}]});
    let sent = client()
        .post(url)
        .bearer_auth(key)
        .json(&event)
        .send()
        .await;
    sent.unwrap().status().as_u16()
}

async fn a_key_is_listed_without_its_secret_and_refused_when_it_is_disabled(data: Data) {
    let made = data.run(&["key", "create", "--name", "till"]).await.json();
    let other = data
        .run(&["key", "create", "--expires-after", "30d"])
        .await
        .json();
    let (key, id) = (made["key"].as_str().unwrap(), made["id"].to_string());
    let server = data.serve().await;
    let url = server.url("/v1/events");
    assert_eq!(events(&url, key).await, 200);
    let listed = data.run(&["key", "list"]).await;
    assert!(!listed.stdout.contains(key), "{}", listed.stdout);
    let listed = listed.json();
    let till = rows(&listed)
        .iter()
        .find(|row| row["name"] == "till")
        .unwrap();
    assert_eq!(till["disabled"], false);
    let limited = rows(&listed)
        .iter()
        .find(|row| row["id"] == other["id"])
        .unwrap();
    assert!(limited["expires"].is_string(), "{limited}");

    let disabled = data.run(&["key", "disable", &id]).await.json();
    assert_eq!(disabled["disabled"], true);
    assert_eq!(events(&url, key).await, 401);
    let other_id = other["id"].to_string();
    data.run(&["key", "expire", &other_id, "--in", "0s"])
        .await
        .json();
    assert_eq!(events(&url, other["key"].as_str().unwrap()).await, 401);
    let strange = data
        .run(&["key", "disable", &id, "--account", "shop"])
        .await;
    assert_eq!(strange.code, 1, "another account's key");
}

async fn a_connection_is_tried_paused_and_resumed(data: Data) {
    let (upstream, facts) = carrier("247express", 1).await;
    let apikey = format!("apikey={}", facts["key"].as_str().unwrap());
    let base = upstream.url("");
    let connect = |name: &'static str, key: String, base: String| {
        let data = &data;
        async move {
            let args = [
                "connect",
                "247express",
                "--base-url",
                &base,
                "--set",
                &key,
                "--name",
                name,
            ];
            data.run(&args).await.json()
        }
    };
    connect("good", apikey.clone(), base).await;
    connect("gone", apikey, "http://127.0.0.1:1".to_owned()).await;
    let works = data.run(&["connection", "test", "good"]).await.json();
    assert_eq!(works["works"], true, "{works}");
    let gone = data.run(&["connection", "test", "gone"]).await;
    assert_eq!(gone.code, 1);
    assert!(gone.stdout.contains("\"works\": false"), "{}", gone.stdout);
    let _server = data.serve().await;
    let paused = data.run(&["connection", "pause", "good"]).await.json();
    assert_eq!(paused["paused"], true);
    let listed = data.run(&["connection", "list"]).await;
    assert!(
        !listed.stdout.contains(facts["key"].as_str().unwrap()),
        "a secret is shown"
    );
    let listed = listed.json();
    assert_eq!(rows(&listed).len(), 2);
    // For people: what they look for, and no dump of all that is known.
    let place = data.args();
    let list = ["connection", "list"].map(str::to_owned);
    let table = run(list.into_iter().chain(place)).await;
    for word in ["base url", "numbers", "paused"] {
        assert!(table.stdout.contains(word), "{word}: {}", table.stdout);
    }
    assert!(!table.stdout.contains("p95"), "{}", table.stdout);
    let resumed = data.run(&["connection", "resume", "good"]).await.json();
    assert_eq!(resumed["paused"], false);
    let nobody = data.run(&["connection", "pause", "nobody"]).await;
    assert_eq!(nobody.code, 1);
    assert!(nobody.stderr.contains("good, gone"), "{}", nobody.stderr);
}

async fn an_endpoint_is_paused_resumed_and_removed(data: Data) {
    let receiver = Receiver::start().await.unwrap();
    let added = data
        .run(&["endpoint", "add", &receiver.url("/hook")])
        .await
        .json();
    let id = added["id"].to_string();
    let _server = data.serve().await;
    let paused = data.run(&["endpoint", "pause", &id]).await.json();
    assert_eq!(paused["paused"], true);
    let resumed = data.run(&["endpoint", "resume", &id]).await.json();
    assert_eq!(resumed["paused"], false);
    let listed = data.run(&["endpoint", "list"]).await;
    assert!(!listed.stdout.contains(added["secret"].as_str().unwrap()));
    assert_eq!(rows(&listed.json()).len(), 1);
    data.run(&["endpoint", "remove", &id]).await.json();
    assert_eq!(rows(&data.run(&["endpoint", "list"]).await.json()).len(), 0);
    assert_eq!(data.run(&["endpoint", "remove", &id]).await.code, 1);
}

async fn an_endpoint_is_moved_and_set_anew(data: Data) {
    let (before, after) = (
        Receiver::start().await.unwrap(),
        Receiver::start().await.unwrap(),
    );
    let url = before.url("/hook");
    let add = ["endpoint", "add", &url, "--set", "signature=ed25519"];
    let id = data.run(&add).await.json()["id"].to_string();
    let url = after.url("/hook");
    // Without a server, and with one.
    let moved = data.run(&["endpoint", "set", &id, "--url", &url]).await;
    let moved = moved.json();
    assert_eq!(
        (&moved["url"], &moved["settings"], &moved["paused"]),
        (&json!(url), &json!(["signature"]), &json!(false))
    );
    let _server = data.serve().await;
    let tested = data.run(&["endpoint", "test", &id]).await.json();
    assert_eq!(tested["accepted"], true);
    assert_eq!(
        (before.received().len(), after.received().len()),
        (0, 1),
        "it goes to the new address"
    );
    let set = ["endpoint", "set", &id, "--unset-all", "--paused", "true"];
    let set = data.run(&set).await.json();
    assert_eq!(
        (&set["url"], &set["settings"], &set["paused"]),
        (&json!(url), &json!([]), &json!(true))
    );
    let again = ["endpoint", "set", &id, "--set", "signature=hmac"];
    let again = data.run(&again).await.json();
    assert_eq!(again["settings"], json!(["signature"]));
    // Another kind of signature comes with a rotation.
    assert_eq!(again["signature"], "ed25519");
    let table = ["endpoint", "set", &id, "--paused", "false"].map(str::to_owned);
    let table = run(table.into_iter().chain(data.args())).await;
    assert_eq!(table.code, 0, "{}", table.stderr);
    assert!(table.stdout.contains(&url), "{}", table.stdout);
    for (code, wrong) in [
        (1, &["endpoint", "set", &id, "--set", "colour=red"][..]),
        (1, &["endpoint", "set", &id, "--set", "signature=none"]),
        (1, &["endpoint", "set", &id, "--url", "mailto:nobody"]),
        (1, &["endpoint", "set", "999", "--paused", "true"]),
        (2, &["endpoint", "set", &id]),
        (
            2,
            &[
                "endpoint",
                "set",
                &id,
                "--unset-all",
                "--set",
                "signature=hmac",
            ],
        ),
    ] {
        let ran = data.run(wrong).await;
        assert_eq!(ran.code, code, "{wrong:?}: {}", ran.stderr);
        assert!(!ran.stderr.is_empty(), "{wrong:?}");
    }
    let shown = data.run(&["endpoint", "show", &id]).await.json();
    assert_eq!(
        (&shown["url"], &shown["settings"]),
        (&json!(url), &json!(["signature"]))
    );
}

async fn an_endpoint_is_tested_rotated_and_told_again(data: Data) {
    let receiver = Receiver::start().await.unwrap();
    let url = receiver.url("/hook");
    let add = ["endpoint", "add", &url, "--set", "signature=ed25519"];
    let added = data.run(&add).await;
    assert!(!added.stdout.contains("whsk_"), "a private key is shown");
    let added = added.json();
    let id = added["id"].to_string();
    let tested = data.run(&["endpoint", "test", &id]).await.json();
    assert_eq!(tested["accepted"], true, "{tested}");
    receiver.push(Answer::status(500));
    let refused = data.run(&["endpoint", "test", &id]).await;
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    let rotate = ["endpoint", "rotate", &id, "--overlap", "2h"];
    let rotated = data.run(&rotate).await.json();
    assert_ne!(rotated["public_key"], added["public_key"]);
    let shown = data.run(&["endpoint", "show", &id]).await.json();
    assert_eq!(shown["public_key"], rotated["public_key"]);
    assert_eq!(shown["state"]["breaker"], "closed");
    let count = data
        .run(&["endpoint", "replay", &id, "--dry-run", "--from", "1d"])
        .await
        .json();
    assert_eq!(count, json!({"changes": 0, "queued": false}));
    for wrong in [
        &["endpoint", "replay", &id, "--from", "tomorrow", "--yes"][..],
        &["endpoint", "replay", &id, "--stage", "nowhere", "--yes"],
        &["endpoint", "resend", "7"],
        &["endpoint", "resend", "999-0-1"],
        &["endpoint", "rotate", "999"],
        &["endpoint", "show", "999"],
    ] {
        let ran = data.run(wrong).await;
        assert_eq!(ran.code, 1, "{wrong:?}: {}", ran.stdout);
    }
    let (upstream, facts) = carrier("247express", 1).await;
    let server = data.serve().await;
    follow(&data, &upstream, &facts, &["VD00000001"]).await;
    let before = receiver.wait_for(3, PATIENCE).await.unwrap();
    let told = async || {
        let shown = data.run(&["endpoint", "show", &id]).await.json();
        (shown["behind"] == 0 && shown["state"]["waiting"] == 0).then_some(())
    };
    eventually("all told", PATIENCE, told).await.unwrap();
    let replay = ["endpoint", "replay", &id, "--number", "VD00000001", "--yes"];
    let replayed = data.run(&replay).await.json();
    assert_eq!(replayed, json!({"changes": 1, "queued": true}));
    let again = receiver.wait_for(4, PATIENCE).await.unwrap();
    let message = |at: usize| again[at].header("webhook-id");
    assert_eq!(before[2].header("webhook-id"), message(3));
    drop(server);
}

fn finding<'a>(report: &'a Value, subject: &str) -> &'a Value {
    let found = rows(&report["findings"]).iter().find(|row| {
        row["subject"]
            .as_str()
            .is_some_and(|text| text.starts_with(subject))
    });
    found.unwrap_or_else(|| panic!("nothing of {subject} in {report}"))
}

async fn a_doctor_tells_what_is_wrong_and_what_to_do(data: Data) {
    data.run(&["key", "create", "--expires-after", "2d"])
        .await
        .json();
    let connect = [
        "connect",
        "247express",
        "--base-url",
        "http://127.0.0.1:1",
        "--set",
        "apikey=x",
    ];
    data.run(&connect).await.json();
    let endpoint = data
        .run(&["endpoint", "add", "http://127.0.0.1:1/hook"])
        .await
        .json();
    data.run(&["endpoint", "pause", &endpoint["id"].to_string()])
        .await
        .json();
    for server in [None, Some(data.serve().await)] {
        let report = data.run(&["doctor"]).await;
        assert_eq!(report.code, 0, "{}", report.stderr);
        let report = report.json();
        assert!(
            finding(&report, "key")["problem"]
                .as_str()
                .unwrap()
                .contains("expires")
        );
        assert_eq!(finding(&report, "connection")["severity"], "warning");
        assert!(
            finding(&report, "endpoint")["advice"]
                .as_str()
                .unwrap()
                .contains("resume")
        );
        if let Some(mut server) = server {
            server.kill9().await.unwrap();
        }
    }
    let key = data.path().join("master.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let report = data.run(&["doctor"]).await;
    assert_eq!(report.code, 1);
    let printed: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(
        printed["findings"][0]["severity"], "error",
        "the worst first"
    );
    assert!(
        finding(&printed, "master key")["advice"]
            .as_str()
            .unwrap()
            .contains("chmod 600")
    );
    assert!(report.stderr.contains("master key"), "{}", report.stderr);
    let people = run([
        "doctor",
        "--data",
        data.path().to_str().unwrap(),
        "--output",
        "table",
    ])
    .await;
    assert!(
        people
            .stdout
            .lines()
            .all(|line| line.chars().count() <= 100),
        "{}",
        people.stdout
    );
}

/// What loses acknowledged data is an error, also where somebody else set it.
#[tokio::test]
async fn a_doctor_knows_which_settings_of_postgresql_lose_data() {
    let data = Data::postgres().await;
    data.run(&["key", "create"]).await.json();
    assert_eq!(data.run(&["doctor"]).await.code, 0);
    data.sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$").await;
    let report = data.run(&["doctor"]).await;
    assert_eq!(report.code, 1, "{}", report.stdout);
    assert!(
        report.stderr.contains("synchronous_commit is off"),
        "{}",
        report.stderr
    );
}
