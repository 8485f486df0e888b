//! The commands, as a person or a script uses them.

use crate::program::{Data, Ran, carrier, run};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;
use trackway_testkit::{Receiver, Server, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

on_both_stores!(
    keys_of_every_dialect_have_what_their_clients_need,
    what_comes_in_by_call_goes_out_by_serve_also_after_a_restart,
    commands_work_with_and_without_a_server_on_the_same_data,
    two_sources_are_connected_by_commands,
    a_replay_tells_what_it_would_change_before_it_does,
    an_erased_parcel_keeps_its_state_and_loses_its_words,
    a_subscriber_is_told_with_a_signature_that_holds,
    an_upgrade_needs_data_that_no_server_holds,
);

#[tokio::test]
async fn wrong_command_lines_end_with_2_and_what_did_not_work_with_1() {
    for args in [
        &["serve"][..],
        &["nonsense"],
        &["track", "247express", "--data", "x"],
        &[],
    ] {
        let ran = run(args).await;
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{args:?}: {}",
            ran.stderr
        );
    }
    let data = Data::sqlite();
    let empty = data.run(&["show", "VD0000001"]).await;
    assert_eq!(empty.code, 1);
    assert!(empty.stderr.contains("no data"), "{}", empty.stderr);
    data.run(&["key", "create"]).await.json();
    let connect = [
        "connect",
        "247express",
        "--base-url",
        "http://127.0.0.1:9",
        "--set",
        "nonsense=1",
    ];
    let failing: [(&[&str], &str); 4] = [
        (&["show", "VD0000001"], "VD0000001"),
        (&["key", "create", "--dialect", "nobody"], "247express"),
        (&connect, "apikey"),
        (
            &[
                "replay",
                "--codes",
                "nowhere.csv",
                "--dialect",
                "247express",
            ],
            "nowhere.csv",
        ),
    ];
    for (args, advice) in failing {
        let ran = data.run(args).await;
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (1, ""),
            "{args:?}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(advice), "{args:?}: {}", ran.stderr);
    }
}

#[tokio::test]
async fn an_empty_folder_is_made_a_store_and_the_key_is_its_owners_only() {
    let data = Data::sqlite();
    let folder = data.path().join("new/folder");
    let folder = folder.to_str().unwrap();
    let args = [
        "key",
        "create",
        "--data",
        folder,
        "--dialect",
        "247express",
        "--output",
        "json",
    ];
    let first = run(args).await;
    assert!(first.stderr.contains("master.key"), "{}", first.stderr);
    let master = std::fs::metadata(format!("{folder}/master.key")).unwrap();
    assert_eq!(master.permissions().mode() & 0o777, 0o600);
    let key = first.json();
    assert!(key["client_id"].is_i64(), "{key}");
    for member in ["key", "user_name", "password"] {
        assert!(
            key[member].as_str().is_some_and(|text| text.len() >= 8),
            "{member} of {key}"
        );
    }
    let second = run(args).await;
    assert!(
        !second.stderr.contains("master.key"),
        "said twice: {}",
        second.stderr
    );
    assert_ne!(second.json()["key"], key["key"]);
}

async fn keys_of_every_dialect_have_what_their_clients_need(data: Data) {
    for (dialect, members) in [
        (
            "247express",
            &["key", "client_id", "user_name", "password"][..],
        ),
        ("keydelivery", &["key", "secret"]),
        ("native", &["key"]),
    ] {
        let made = data
            .run(&["key", "create", "--dialect", dialect, "--account", "shop"])
            .await
            .json();
        for member in members {
            assert!(!made[member].is_null(), "{member} of {made}");
        }
        assert_eq!(made["account"], "shop");
    }
}

/// Connects a simulated 247Express and follows its first numbers.
pub async fn follow(data: &Data, upstream: &Server, facts: &Value, numbers: &[&str]) -> Value {
    let apikey = format!("apikey={}", facts["key"].as_str().unwrap());
    let base = upstream.url("");
    let connected = data
        .run(&[
            "connect",
            "247express",
            "--base-url",
            &base,
            "--set",
            &apikey,
        ])
        .await;
    connected.json();
    let mut args = vec!["track", "247express"];
    args.extend(numbers);
    data.run(&args).await.json()
}

/// Waits until a number has a history, and returns what `show` prints.
async fn shown(data: &Data, number: &str) -> Value {
    eventually(format!("a history of {number}"), PATIENCE, async || {
        let ran: Ran = data.run(&["show", number]).await;
        let told = (ran.code == 0).then(|| ran.json())?[0].clone();
        told["events"]
            .as_array()
            .is_some_and(|events| !events.is_empty())
            .then_some(told)
    })
    .await
    .unwrap()
}

async fn tracking(base: &Server, number: &str, key: &str) -> Value {
    let path = format!("/api/Order/v1/Tracking?ordercode={number}&apikey={key}");
    let answer = trackway_testkit::client()
        .get(base.url(&path))
        .send()
        .await
        .unwrap();
    let text = answer.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

async fn what_comes_in_by_call_goes_out_by_serve_also_after_a_restart(data: Data) {
    let (upstream, facts) = carrier("247express", 3).await;
    let key = data
        .run(&["key", "create", "--dialect", "247express"])
        .await
        .json();
    let mut server = data.serve().await;
    let numbers = ["VD00000001", "VD00000002", "VD00000003"];
    follow(&data, &upstream, &facts, &numbers).await;
    for round in ["before", "after"] {
        for number in numbers {
            shown(&data, number).await;
            let original = tracking(&upstream, number, facts["key"].as_str().unwrap()).await;
            assert_eq!(original["orderCode"], number);
            let ours = tracking(&server, number, key["key"].as_str().unwrap()).await;
            assert_eq!(ours, original, "{number}, {round} the restart");
        }
        server.restart().await.unwrap();
    }
    assert!(
        server.terminate(PATIENCE).await.unwrap().success(),
        "{}",
        server.stderr()
    );
}

async fn commands_work_with_and_without_a_server_on_the_same_data(data: Data) {
    let (upstream, facts) = carrier("247express", 2).await;
    // Without one: the number is followed, and asked about as soon as a server runs.
    let number = "VD00000001";
    follow(&data, &upstream, &facts, &[number]).await;
    let mut server = data.serve().await;
    assert!(
        server.stdout().contains(&server.url("")),
        "{}",
        server.stdout()
    );
    let socket = std::fs::metadata(data.path().join("trackway.sock")).unwrap();
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    let told = shown(&data, number).await;
    assert_eq!(told["number"], number);

    // With one: the same.
    let explained = data.run(&["explain", number]).await.json();
    assert!(explained.to_string().contains("current"), "{explained}");
    let second = data.launch().start().await;
    assert!(second.is_err_and(|error| error.to_string().contains("already")));
    let healthy = data.run(&["doctor", "--verify"]).await.json();
    assert_eq!(
        healthy["verification"]["differing"],
        Value::Array(Vec::new()),
        "{healthy}"
    );

    // A server that is gone without a word leaves a socket that nobody answers.
    server.kill9().await.unwrap();
    assert_eq!(shown(&data, number).await, told);
}

/// A connection's name is its own, however often a system is connected; the same scans of two
/// sources are one history.
async fn two_sources_are_connected_by_commands(data: Data) {
    let (express, express_facts) = carrier("247express", 1).await;
    let (aggregator, facts) = carrier("keydelivery", 1).await;
    let _server = data.serve().await;
    let number = "VD00000001";
    follow(&data, &express, &express_facts, &[number]).await;
    shown(&data, number).await;
    let [key, secret] = ["key", "secret"].map(|name| {
        let value = facts[name].as_str().unwrap();
        format!("{name}={value}")
    });
    let base = aggregator.url("");
    let mut connect = vec!["connect", "keydelivery", "--base-url", &base];
    connect.extend(["--set", &key, "--set", &secret]);
    let names = [
        data.run(&connect).await.json()["name"].clone(),
        data.run(&connect).await.json()["name"].clone(),
    ];
    assert_eq!(names, ["keydelivery", "keydelivery-2"]);
    connect.extend(["--name", "keydelivery"]);
    let taken = data.run(&connect).await;
    assert_eq!(taken.code, 1);
    assert!(taken.stderr.contains("another name"), "{}", taken.stderr);
    let track = ["track", "keydelivery", number, "--carrier", "247express"];
    let tracked = data.run(&track).await.json();
    let asked = tracked[0]["connections"].as_array().map(Vec::len);
    assert_eq!(asked, Some(2), "{tracked}");
    eventually("both sources in one history", PATIENCE, async || {
        let told = data.run(&["explain", number]).await.json();
        let events = told[0]["events"].as_array().unwrap().clone();
        let is_told_by = |event: &Value, dialect: &str| {
            let witnesses = event["witnesses"].as_array().unwrap();
            witnesses.iter().any(|one| one["dialect"] == dialect)
        };
        events
            .iter()
            .all(|event| is_told_by(event, "247express") && is_told_by(event, "keydelivery"))
            .then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn a_server_takes_settings_of_the_apis_it_serves() {
    let data = Data::sqlite();
    let key = data
        .run(&["key", "create", "--dialect", "247express"])
        .await
        .json();
    let limited = data
        .launch()
        .args(["--set", "express247.lookups_per_day=1"]);
    let server = limited.start().await.unwrap();
    let mut told = Vec::new();
    for _ in 0..2 {
        let answer = tracking(&server, "VD00000001", key["key"].as_str().unwrap()).await;
        told.push(answer["errorCode"].clone());
    }
    assert_eq!(told, ["ORDERCODE_NOT_FOUND", "APIKEY_LIMIT"]);
    for wrong in ["express247.lookups_per_day=many", "lookups=1"] {
        let ran = data.run(&["serve", "--set", wrong]).await;
        assert_eq!(ran.code, 2, "{wrong}: {}", ran.stderr);
    }
}

async fn a_replay_tells_what_it_would_change_before_it_does(data: Data) {
    let (upstream, facts) = carrier("247express", 3).await;
    let _server = data.serve().await;
    let numbers = ["VD00000001", "VD00000002", "VD00000003"];
    follow(&data, &upstream, &facts, &numbers).await;
    let mut before = Vec::new();
    for number in numbers {
        before.push(shown(&data, number).await);
    }
    let table = trackway_dialects::registry::find("247express")
        .unwrap()
        .codes();
    let changed = table.replace(",picked_up,", ",received_from_shipper,");
    assert_ne!(changed, table);
    let file = data.path().join("changed.csv");
    std::fs::write(&file, changed).unwrap();
    let replay = ["replay", "--codes", file.to_str().unwrap()];
    let dry = data
        .run(&[&replay[..], &["--dry-run"]].concat())
        .await
        .json();
    for (number, before) in numbers.iter().zip(&before) {
        assert_eq!(
            &shown(&data, number).await,
            before,
            "a dry run changed {number}"
        );
    }
    let done = data.run(&replay).await.json();
    assert_eq!(done["revisions"], dry["revisions"]);
    assert_eq!(done["dialect"], "247express", "told by its codes");
    let again = data.run(&replay).await.json();
    assert_eq!(again["revisions"], Value::Array(Vec::new()), "{again}");
    std::fs::write(&file, "no,table\n").unwrap();
    let refused = data
        .run(&[&replay[..], &["--dialect", "247express"]].concat())
        .await;
    assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
    assert!(refused.stderr.contains("247express"), "{}", refused.stderr);
    assert_eq!(data.run(&["doctor", "--verify"]).await.code, 0);
}

async fn an_erased_parcel_keeps_its_state_and_loses_its_words(data: Data) {
    let (upstream, facts) = carrier("247express", 1).await;
    let _server = data.serve().await;
    let number = "VD00000001";
    follow(&data, &upstream, &facts, &[number]).await;
    let before = shown(&data, number).await;
    assert!(before.to_string().contains("Bưu cục"), "{before}");
    data.run(&["erase", number]).await.json();
    let after = shown(&data, number).await;
    assert!(!after.to_string().contains("Bưu cục"), "{after}");
    assert_eq!(after["milestone"], before["milestone"]);
    assert_eq!(after["root"], before["root"]);
    assert_eq!(data.run(&["doctor", "--verify"]).await.code, 0);
}

async fn a_subscriber_is_told_with_a_signature_that_holds(data: Data) {
    let (upstream, facts) = carrier("247express", 1).await;
    let receiver = Receiver::start().await.unwrap();
    let endpoint = data
        .run(&["endpoint", "add", &receiver.url("/hook")])
        .await
        .json();
    let secret = endpoint["secret"].as_str().unwrap();
    let _server = data.serve().await;
    follow(&data, &upstream, &facts, &["VD00000001"]).await;
    let received = receiver.wait_for(1, PATIENCE).await.unwrap();
    let sent = |name: &str| received[0].header(name).unwrap();
    let timestamp = sent("webhook-timestamp").parse().unwrap();
    let expected =
        trackway_dialects::native::sign(secret, sent("webhook-id"), timestamp, &received[0].body);
    assert_eq!(sent("webhook-signature"), expected);
    assert_eq!(received[0].json().unwrap()["data"]["number"], "VD00000001");
}

async fn an_upgrade_needs_data_that_no_server_holds(data: Data) {
    let nothing = data.run(&["db", "upgrade"]).await;
    assert_eq!(nothing.code, 1, "there is no data yet");
    assert!(nothing.stderr.contains("no data"), "{}", nothing.stderr);
    data.run(&["key", "create"]).await.json();
    let done = data.run(&["db", "upgrade"]).await;
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, ""),
        "{}",
        done.stderr
    );
    let _server = data.serve().await;
    let busy = data.run(&["db", "upgrade"]).await;
    assert_eq!(busy.code, 1);
    assert!(busy.stderr.contains("stop it"), "{}", busy.stderr);
}

#[tokio::test]
async fn commands_at_the_same_time_wait_for_each_other() {
    let data = Data::sqlite();
    let made = futures::future::join_all((0..5).map(|_| data.run(&["key", "create"]))).await;
    let mut ids: Vec<i64> = made
        .iter()
        .map(|ran| ran.json()["id"].as_i64().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn data_without_its_master_key_is_left_alone() {
    let data = Data::sqlite();
    data.run(&["key", "create"]).await.json();
    let key = data.path().join("master.key");
    let kept = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    let ran = data.run(&["key", "create"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("master.key"), "{}", ran.stderr);
    assert!(!key.exists(), "another key was made");
    std::fs::write(&key, [&kept[1..], &kept[..1]].concat()).unwrap();
    let ran = data.run(&["doctor"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("master key"), "{}", ran.stderr);
    std::fs::write(&key, kept).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(data.run(&["doctor"]).await.code, 0);
}
