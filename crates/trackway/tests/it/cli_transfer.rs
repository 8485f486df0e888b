//! What one installation exports another takes in: the same parcels in the same states, from either
//! store to either store.

use crate::program::{Data, carrier};
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trackway_testkit::{client, eventually};

const PATIENCE: Duration = Duration::from_secs(30);
const PARCELS: usize = 4;

/// An installation with two systems' tellings of the same parcels, own events, a withdrawal and
/// references.
async fn fill(data: &Data) {
    let (express, express_facts) = carrier("247express", PARCELS as u32).await;
    let (aggregator, facts) = carrier("keydelivery", PARCELS as u32).await;
    let member = |facts: &Value, name: &str| format!("{name}={}", facts[name].as_str().unwrap());
    let base = express.url("");
    let apikey = member(&express_facts, "key").replacen("key", "apikey", 1);
    data.run(&[
        "connect",
        "247express",
        "--base-url",
        &base,
        "--set",
        &apikey,
    ])
    .await
    .json();
    let base = aggregator.url("");
    let (key, secret) = (member(&facts, "key"), member(&facts, "secret"));
    let connect = [
        "connect",
        "keydelivery",
        "--base-url",
        &base,
        "--set",
        &key,
        "--set",
        &secret,
    ];
    data.run(&connect).await.json();
    let mut sheet = "number,carrier,order\n".to_owned();
    for n in 1..=PARCELS {
        writeln!(sheet, "VD{n:08},247express,ORDER {n}").unwrap();
    }
    let file = data.path().join("numbers.csv");
    std::fs::write(&file, sheet).unwrap();
    for system in ["247express", "keydelivery"] {
        data.run(&["track", system, "--file", file.to_str().unwrap()])
            .await
            .json();
    }
    let key = data.run(&["key", "create"]).await.json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut server = data.serve().await;
    let events = json!({"events": [
        {"number": "OWN-1", "carrier": "own", "status": "picked_up", "occurred_at": "2026-03-05T10:11:12+07:00", "text": "Ở Huế", "id": "1"},
        {"number": "OWN-1", "carrier": "own", "status": "in_transit", "occurred_at": "2026-03-06T10:11:12"},
        {"number": "OWN-2", "carrier": "own", "status": "delivered", "pieces": {"count": 1, "total": 3}, "unit": "demu 123456 7"},
    ]});
    let sent = client()
        .post(server.url("/v1/events"))
        .bearer_auth(&key)
        .json(&events)
        .send();
    assert_eq!(sent.await.unwrap().status(), 200);
    for n in 1..=PARCELS {
        eventually("both sources' tellings", PATIENCE, async || {
            let told = data.run(&["explain", &format!("VD{n:08}")]).await;
            let complete = ["247express", "keydelivery"]
                .iter()
                .all(|name| told.stdout.contains(&format!("\"dialect\": \"{name}\"")));
            (told.code == 0 && complete).then_some(())
        })
        .await
        .unwrap();
    }
    // Gone before the next command: it would ask a server that is about to be.
    server.kill9().await.unwrap();
}

async fn exported(data: &Data, name: &str) -> PathBuf {
    let file = data.path().join(name);
    let ran = data
        .run(&["export", "--file", file.to_str().unwrap()])
        .await;
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{}", ran.stderr);
    file
}

/// The lines of an export in an order that no store decides.
fn lines(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// What people see of every parcel, without what is the installation's own.
async fn seen(data: &Data) -> Vec<Value> {
    let mut seen = Vec::new();
    let mut numbers: Vec<String> = (1..=PARCELS).map(|n| format!("VD{n:08}")).collect();
    numbers.extend(["OWN-1".to_owned(), "OWN-2".to_owned()]);
    for number in numbers {
        let mut told = data.run(&["show", &number]).await.json();
        for journey in told.as_array_mut().unwrap() {
            for own in ["shipment", "root"] {
                journey.as_object_mut().unwrap().remove(own);
            }
        }
        seen.push(told);
    }
    seen
}

async fn moves(from: Data, to: Data) {
    fill(&from).await;
    let file = exported(&from, "first.jsonl").await;
    let first = lines(&file);
    assert_eq!(first.len(), 1 + 2 + PARCELS + 2, "{first:#?}");
    let path = file.to_str().unwrap();
    let taken = to.run(&["import", path]).await;
    assert!(taken.stderr.contains("no secrets"), "{}", taken.stderr);
    let taken = taken.json();
    assert_eq!(taken["shipments"], PARCELS + 2);
    assert_eq!(taken["differing"], json!([]));
    assert_eq!(
        taken["connections_made"],
        json!(["247express", "keydelivery"])
    );
    assert_eq!(seen(&to).await, seen(&from).await);
    assert_eq!(
        lines(&exported(&to, "second.jsonl").await),
        first,
        "the same lines"
    );

    // Again, and with a server: nothing is new.
    let mut server = to.serve().await;
    let again = to.run(&["import", path]).await.json();
    assert_eq!(
        (&again["statements_new"], &again["differing"]),
        (&json!(0), &json!([])),
        "{again}"
    );
    assert_eq!(lines(&exported(&to, "third.jsonl").await), first);
    let listed = to.run(&["list", "--reference", "order 3"]).await.json();
    assert_eq!(listed[0]["number"], "VD00000003");
    server.kill9().await.unwrap();
    let verified = to.run(&["doctor", "--verify"]).await.json();
    assert_eq!(verified["verification"]["differing"], json!([]));
}

#[tokio::test]
async fn parcels_move_from_sqlite_to_postgresql() {
    moves(Data::sqlite(), Data::postgres().await).await;
}

#[tokio::test]
async fn parcels_move_from_postgresql_to_sqlite() {
    moves(Data::postgres().await, Data::sqlite()).await;
}

#[tokio::test]
async fn parcels_move_from_sqlite_to_sqlite() {
    moves(Data::sqlite(), Data::sqlite()).await;
}

#[tokio::test]
async fn an_erased_parcel_stays_erased_elsewhere() {
    let (from, to) = (Data::sqlite(), Data::sqlite());
    fill(&from).await;
    from.run(&["erase", "VD00000001"]).await.json();
    let file = exported(&from, "erased.jsonl").await;
    let path = file.to_str().unwrap();
    for _ in 0..2 {
        let taken = to.run(&["import", path]).await.json();
        assert_eq!(taken["differing"], json!([]), "{taken}");
    }
    let shown = |data: Data| async move { data.run(&["show", "VD00000001"]).await.json() };
    let (here, there) = (shown(from).await, shown(to).await);
    let marks = |told: &Value| {
        (
            told[0]["milestone"].clone(),
            told[0]["events"].as_array().unwrap().len(),
        )
    };
    assert_eq!(marks(&here), marks(&there));
    assert!(!there.to_string().contains("Bưu cục"), "{there}");
}

#[tokio::test]
async fn what_is_no_export_is_refused_with_its_line() {
    let data = Data::sqlite();
    let file = data.path().join("wrong.jsonl");
    for (text, told) in [
        ("", "no line"),
        ("{\"record\":\"shipment\"}\n", "head"),
        ("{\"record\":\"export\",\"format\":1}\nno json\n", "line 2"),
        ("{\"record\":\"export\",\"format\":99}\n", "format 99"),
        (
            "{\"record\":\"export\",\"format\":1}\n{\"record\":\"strange\"}\n",
            "lines 1 to 2",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let ran = data.run(&["import", file.to_str().unwrap()]).await;
        assert_eq!(ran.code, 1, "{text}");
        assert!(ran.stderr.contains(told), "{text}: {}", ran.stderr);
    }
    let there = data
        .run(&["export", "--file", file.to_str().unwrap()])
        .await;
    assert_eq!(there.code, 1, "a file is not overwritten");
}
