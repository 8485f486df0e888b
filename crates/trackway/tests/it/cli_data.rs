//! Following numbers from a file, listing, the feed, and translation.

use crate::program::{Data, carrier, run};
use serde_json::{Value, json};
use std::fmt::Write;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;
use trackway_testkit::{client, eventually};

const PATIENCE: Duration = Duration::from_secs(30);

on_both_stores!(
    a_folder_is_made_and_says_what_to_keep,
    numbers_come_from_a_csv_file_in_batches,
    parcels_are_listed_by_what_is_known_of_them,
    the_feed_is_read_to_its_end_and_on_from_a_position,
    a_copy_of_the_feed_is_proved_whole_or_told_what_is_wrong_with_it,
    a_copy_is_proved_by_a_server_that_knows_its_keeper_by_a_key,
);

async fn a_folder_is_made_and_says_what_to_keep(data: Data) {
    let made = data.run(&["init"]).await;
    assert!(made.stderr.contains("keep a copy"), "{}", made.stderr);
    let made = made.json();
    assert_eq!(made["made"], true);
    assert!(std::path::Path::new(made["master_key"].as_str().unwrap()).exists());
    let again = data.run(&["init"]).await.json();
    assert_eq!(again["made"], false, "nothing is made twice");
    let _server = data.serve().await;
    let busy = data.run(&["init"]).await;
    assert_eq!(busy.code, 1);
}

/// Connects a simulated 247Express.
async fn connect(data: &Data, upstream: &trackway_testkit::Server, facts: &Value) {
    let apikey = format!("apikey={}", facts["key"].as_str().unwrap());
    let base = upstream.url("");
    let args = [
        "connect",
        "247express",
        "--base-url",
        &base,
        "--set",
        &apikey,
    ];
    data.run(&args).await.json();
}

async fn numbers_come_from_a_csv_file_in_batches(data: Data) {
    let (upstream, facts) = carrier("247express", 3).await;
    connect(&data, &upstream, &facts).await;
    let file = data.path().join("numbers.csv");
    let path = file.to_str().unwrap().to_owned();
    let mut text = "order,number,carrier\n".to_owned();
    for n in 1..=2_500 {
        writeln!(text, "ORDER-{n},VD{n:08},247express").unwrap();
    }
    std::fs::write(&file, &text).unwrap();
    let track = ["track", "247express", "--file", &path];
    let dry = data
        .run(&[&track[..], &["--dry-run"]].concat())
        .await
        .json();
    assert_eq!((&dry["good"], &dry["followed"]), (&json!(2_500), &json!(0)));
    let done = data.run(&track).await.json();
    assert_eq!(
        (&done["followed"], &done["wrong_lines"]),
        (&json!(2_500), &json!(0)),
        "{done}"
    );
    let _server = data.serve().await;
    std::fs::write(&file, text + "ORDER-X,,247express\n").unwrap();
    let again = data.run(&track).await;
    assert_eq!(again.code, 1, "a line is wrong");
    let told: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(
        (&told["followed"], &told["known_already"]),
        (&json!(0), &json!(2_500))
    );
    assert_eq!(told["wrong"][0]["line"], 2_502);
    let found = data
        .run(&["list", "--reference", "order-2499"])
        .await
        .json();
    assert_eq!(found[0]["number"], "VD00002499", "{found}");
    let missing = data
        .run(&["track", "247express", "--file", "nowhere.csv"])
        .await;
    assert!(missing.stderr.contains("nowhere.csv"), "{}", missing.stderr);
}

/// Tells the server events.
async fn tell(server: &trackway_testkit::Server, key: &str, events: &Value) {
    let sent = client()
        .post(server.url("/v1/events"))
        .bearer_auth(key)
        .json(&json!({ "events": events }))
        .send();
    assert_eq!(sent.await.unwrap().status(), 200);
}

fn event(number: &str, status: &str, minute: u32) -> Value {
    json!({"number": number, "carrier": "own", "status": status, "occurred_at": format!("2026-03-05T10:{minute:02}:00Z")})
}

async fn some_parcels(data: &Data) -> (trackway_testkit::Server, String) {
    let key = data.run(&["key", "create"]).await.json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let server = data.serve().await;
    let events = json!([
        event("AB1", "picked_up", 1),
        event("AB2", "picked_up", 2),
        event("CD3", "picked_up", 3),
        event("AB2", "delivered", 4),
    ]);
    tell(&server, &key, &events).await;
    (server, key)
}

async fn parcels_are_listed_by_what_is_known_of_them(data: Data) {
    let (server, _) = some_parcels(&data).await;
    let numbers = |listed: &Value| {
        let mut numbers: Vec<String> = listed
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["number"].as_str().unwrap().to_owned())
            .collect();
        numbers.sort_unstable();
        numbers
    };
    for server in [Some(server), None] {
        let list = |args: &'static [&'static str]| {
            let data = &data;
            async move { data.run(&[&["list"], args].concat()).await }
        };
        assert_eq!(numbers(&list(&[]).await.json()), ["AB1", "AB2", "CD3"]);
        assert_eq!(
            numbers(&list(&["--number", "ab"]).await.json()),
            ["AB1", "AB2"]
        );
        assert_eq!(
            numbers(&list(&["--stage", "delivered"]).await.json()),
            ["AB2"]
        );
        assert_eq!(
            numbers(&list(&["--still-for", "1d"]).await.json()),
            ["AB1", "AB2", "CD3"]
        );
        assert!(numbers(&list(&["--moved-within", "1d"]).await.json()).is_empty());
        let two = list(&["--limit", "2"]).await;
        assert!(two.stderr.contains("3 match"), "{}", two.stderr);
        assert_eq!(numbers(&two.json()).len(), 2);
        let wrong = list(&["--stage", "lost_in_space"]).await;
        assert!(wrong.stderr.contains("in_transit"), "{}", wrong.stderr);
        assert_eq!(list(&["--account", "nobody"]).await.code, 1);
        if let Some(mut server) = server {
            server.kill9().await.unwrap();
        }
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn the_feed_is_read_to_its_end_and_on_from_a_position(data: Data) {
    let (server, key) = some_parcels(&data).await;
    let all = eventually("the feed", PATIENCE, async || {
        let told = lines(&data.run(&["feed"]).await.stdout);
        let delivered = told
            .iter()
            .any(|line| line["after"]["milestone"] == "delivered");
        delivered.then_some(told)
    })
    .await
    .unwrap();
    let position = all.last().unwrap()["position"].as_str().unwrap();
    assert!(lines(&data.run(&["feed", "--after", position]).await.stdout).is_empty());
    let first = all[0]["position"].as_str().unwrap();
    let rest = lines(&data.run(&["feed", "--after", first]).await.stdout);
    assert_eq!(rest, all[1..]);

    // Followed, it tells what happens from then on.
    let mut args = ["feed", "--follow", "--after", position]
        .map(str::to_owned)
        .to_vec();
    args.extend(data.args());
    let mut following = Command::new(crate::program::PROGRAM)
        .args(args)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut reader = BufReader::new(following.stdout.take().unwrap());
    tell(&server, &key, &json!([event("EF4", "picked_up", 5)])).await;
    let line = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        line
    });
    let line = tokio::time::timeout(PATIENCE, line).await.unwrap().unwrap();
    following.kill().unwrap();
    following.wait().unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["number"], "EF4");
    assert_eq!(data.run(&["feed", "--after", "nonsense"]).await.code, 1);
}

async fn a_copy_of_the_feed_is_proved_whole_or_told_what_is_wrong_with_it(data: Data) {
    let (mut server, key) = some_parcels(&data).await;
    let copy = eventually("the feed", PATIENCE, async || {
        let told = data.run(&["feed"]).await.stdout;
        let told: Vec<String> = told.lines().map(str::to_owned).collect();
        (told.len() == 4).then_some(told)
    })
    .await
    .unwrap();
    let file = data.path().join("copy.jsonl");
    let path = file.to_str().unwrap().to_owned();
    let verify = async |copy: &[String], more: &[&str]| {
        std::fs::write(&file, copy.join("\n")).unwrap();
        let ran = data.run(&[&["feed", "verify", &path], more].concat()).await;
        let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        assert_eq!(ran.code, i32::from(told["whole"] == false), "{ran:?}");
        told
    };
    let whole = verify(&copy, &[]).await;
    assert_eq!(
        (&whole["whole"], &whole["behind"]),
        (&json!(true), &json!(0))
    );
    let page = client()
        .get(server.url("/v1/feed"))
        .bearer_auth(&key)
        .send();
    let page: Value = page.await.unwrap().json().await.unwrap();
    let window = &page["window"];
    assert_eq!(
        (&whole["count"], &whole["hash"]),
        (&window["count"], &window["hash"])
    );

    // Of the data itself, without a server, it is the same.
    server.kill9().await.unwrap();
    assert_eq!(verify(&copy, &[]).await, whole);
    let behind = verify(&copy[..3], &[]).await;
    assert_eq!(
        (&behind["whole"], &behind["behind"]),
        (&json!(true), &json!(1))
    );
    let position = |at: usize| {
        let change: Value = serde_json::from_str(&copy[at]).unwrap();
        change["position"].as_str().unwrap().to_owned()
    };
    let since = verify(&copy[1..], &["--since", &position(0)]).await;
    assert_eq!(
        (&since["whole"], &since["count"]),
        (&json!(true), &json!(3))
    );
    let found = |told: &Value| {
        let findings = told["findings"].as_array().unwrap().iter();
        let found = findings.map(|one| {
            (
                one["fault"].clone(),
                one["position"].clone(),
                one["line"].clone(),
            )
        });
        found.collect::<Vec<_>>()
    };
    let gone = [&copy[..1], &copy[2..]].concat();
    let one = |fault: &str, at: usize, line: Value| vec![(json!(fault), json!(position(at)), line)];
    assert_eq!(
        found(&verify(&gone, &[]).await),
        one("missing", 1, Value::Null)
    );
    // Altered, with the hash that stood there and with none.
    let carrier = copy[1].replace("\"carrier\":\"own\"", "\"carrier\":\"gls\"");
    let mut unhashed: Value = serde_json::from_str(&carrier).unwrap();
    unhashed.as_object_mut().unwrap().remove("hash");
    for altered in [carrier, unhashed.to_string()] {
        let altered = [&copy[..1], &[altered], &copy[2..]].concat();
        assert_eq!(
            found(&verify(&altered, &[]).await),
            one("altered", 1, json!(2))
        );
    }
    let doubled = [&copy[..], &copy[3..]].concat();
    assert_eq!(
        found(&verify(&doubled, &[]).await),
        one("doubled", 3, json!(5))
    );
    let moved = [&copy[2..], &copy[1..2], &copy[..1]].concat();
    let told = verify(&moved, &[]).await;
    assert_eq!(told["faults"], 2, "{told}");
    assert_eq!(told["findings"][0]["fault"], "out_of_order");
    let unreadable = [&copy[..], &["{}".to_owned()]].concat();
    let told = verify(&unreadable, &[]).await;
    assert_eq!(found(&told), [(json!("unreadable"), Value::Null, json!(5))]);
    let missing = data.run(&["feed", "verify", "nowhere.jsonl"]).await;
    assert!(missing.code == 1 && missing.stderr.contains("nowhere.jsonl"));
}

#[tokio::test]
async fn a_code_is_told_in_another_systems_codes() {
    let args = [
        "translate",
        "--from",
        "247express",
        "--code",
        "25",
        "--to",
        "keydelivery",
        "--output",
        "json",
    ];
    let told = run(args).await.json();
    assert_eq!(told[0]["from"]["name"], "DANGDIPHAT", "{told}");
    assert_eq!(told[0]["milestone"], "out_for_delivery");
    assert!(
        told[0]["to"]["code"].is_string() && told[0]["fidelity"].is_string(),
        "{told}"
    );
    let unknown = run([
        "translate",
        "--from",
        "247express",
        "--code",
        "4711",
        "--to",
        "native",
    ])
    .await;
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("4711"), "{}", unknown.stderr);
}

#[tokio::test]
async fn completions_and_the_manual_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell", "man"] {
        let ran = run(["completions", shell]).await;
        assert_eq!(ran.code, 0, "{shell}: {}", ran.stderr);
        assert!(ran.stdout.contains("explain"), "{shell}");
    }
}

async fn a_copy_is_proved_by_a_server_that_knows_its_keeper_by_a_key(data: Data) {
    let (server, key) = some_parcels(&data).await;
    let copy = eventually("the feed", PATIENCE, async || {
        let told = data.run(&["feed"]).await.stdout;
        (told.lines().count() == 4).then_some(told)
    })
    .await
    .unwrap();
    // Where the copy is kept there is neither data nor socket.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("copy.jsonl");
    let verify = async |copy: &str, url: &str, key: &str, more: &[&str]| {
        std::fs::write(&file, copy).unwrap();
        let ran = tokio::process::Command::new(crate::program::PROGRAM)
            .args(["feed", "verify", file.to_str().unwrap(), "--url", url])
            .args(["--output", "json"])
            .args(more)
            .env("TRACKWAY_KEY", key)
            .env_remove("TRACKWAY_DATA")
            .output()
            .await
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (stdout, stderr) = (text(ran.stdout), text(ran.stderr));
        assert!(!stdout.contains(key) && !stderr.contains(key), "{stderr}");
        (ran.status.code().unwrap(), stdout, stderr)
    };
    let url = server.url("/");
    let (code, whole, _) = verify(&copy, &url, &key, &[]).await;
    let whole: Value = serde_json::from_str(&whole).unwrap();
    assert_eq!(
        (code, &whole["whole"], &whole["count"], &whole["behind"]),
        (0, &json!(true), &json!(4), &json!(0))
    );
    let lines: Vec<&str> = copy.lines().collect();
    let gone = [&lines[..1], &lines[2..]].concat().join("\n");
    let (code, told, _) = verify(&gone, &url, &key, &[]).await;
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (code, &told["findings"][0]["fault"], &told["faults"]),
        (1, &json!("missing"), &json!(1))
    );
    let first: Value = serde_json::from_str(lines[0]).unwrap();
    let since = ["--since", first["position"].as_str().unwrap()];
    let (code, _, _) = verify(&lines[1..].join("\n"), &url, &key, &since).await;
    assert_eq!(code, 0);

    // Whoever may not read is told so, and what is wrong with the address.
    let wrong = "tw_nobodys_key";
    for (url, key, said) in [
        (url.as_str(), wrong, "401"),
        (&server.url("/elsewhere"), key.as_str(), "404"),
        ("http://hub.example.org", &key, "in the clear"),
        ("hub.example.org", &key, "https://"),
        ("http://127.0.0.1:1", &key, "no connection"),
    ] {
        let (code, stdout, stderr) = verify(&copy, url, key, &[]).await;
        assert!(code == 1 && stderr.contains(said), "{url}: {stderr}");
        assert_eq!(stdout, "", "{url}");
    }
    let path = file.to_str().unwrap();
    for incomplete in [
        &["feed", "verify", path, "--url", &url][..],
        &["feed", "--url", &url],
    ] {
        let ran = run(incomplete).await;
        assert_eq!(ran.code, 2, "{incomplete:?}: {}", ran.stderr);
    }
    // A server that has no time is asked again.
    let busy = trackway_testkit::Receiver::start().await.unwrap();
    busy.push(trackway_testkit::Answer::status(429).header("retry-after", "0"));
    busy.push(trackway_testkit::Answer::json(&json!({
        "changes": [], "window": {"since": null, "count": 0, "hash": "0".repeat(64)},
        "cursor": "c", "more": false,
    })));
    let (code, told, stderr) = verify("", &busy.url(""), &key, &[]).await;
    assert_eq!(code, 0, "{stderr}");
    assert!(told.contains("\"whole\": true"), "{told}");
    let asked = busy.received();
    assert_eq!(asked.len(), 2);
    let bearer = format!("Bearer {key}");
    assert_eq!(asked[1].header("authorization"), Some(bearer.as_str()));
}
