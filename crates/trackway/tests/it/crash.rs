//! `kill -9` of the real server under load, again and again: whatever it acknowledged is there,
//! nothing is there twice, and the state is what the log says.

use crate::program::Data;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use trackway_testkit::eventually;

const KILLS: u64 = 20;
const WRITERS: u64 = 4;
/// Events a batch, each of another parcel.
const PARCELS: u64 = 25;
/// Batches that must be acknowledged between two kills, more each time: the kill falls at another
/// point of a commit.
const ACKNOWLEDGED: u64 = 3;
const PATIENCE: Duration = Duration::from_mins(1);

/// What the writers share.
#[derive(Default)]
struct Load {
    over: AtomicBool,
    acknowledged: AtomicU64,
}

/// A batch's event for every parcel. The id makes a batch that is sent again a repeat.
fn batch(writer: u64, nth: u64) -> Value {
    let events: Vec<Value> = (0..PARCELS)
        .map(|parcel| {
            json!({
                "number": format!("CRASH{writer}{parcel:03}"),
                "id": format!("{writer}-{nth}"),
                "status": "in_transit",
                "occurred_at": format!("2026-05-{:02}T{:02}:{:02}:00Z", 1 + nth / 1_440, nth / 60 % 24, nth % 60),
                "text": format!("batch {nth}"),
            })
        })
        .collect();
    json!({ "events": events })
}

/// Sends batch after batch, each until it is acknowledged, as a client that means it does. Returns
/// how many were.
async fn write(writer: u64, url: String, key: String, load: Arc<Load>) -> u64 {
    let client = trackway_testkit::client();
    let mut nth = 0;
    while !load.over.load(Ordering::Relaxed) {
        let request = client
            .post(&url)
            .bearer_auth(&key)
            .json(&batch(writer, nth))
            .send();
        let acknowledged = match request.await {
            Ok(answer) if answer.status().is_success() => answer.json::<Value>().await.ok(),
            _ => None,
        };
        match acknowledged {
            Some(outcome) => {
                let taken = outcome["accepted"]
                    .as_u64()
                    .zip(outcome["repeated"].as_u64());
                assert!(
                    taken.is_some_and(|(new, known)| new + known == PARCELS),
                    "{outcome}"
                );
                load.acknowledged.fetch_add(1, Ordering::Relaxed);
                nth += 1;
            }
            // Down: try again when something may have changed.
            None => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
    nth
}

async fn survives_kills(data: Data) {
    let key = data.run(&["key", "create"]).await.json()["key"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut server = data.serve().await;
    let load = Arc::new(Load::default());
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            tokio::spawn(write(
                writer,
                server.url("/v1/events"),
                key.clone(),
                load.clone(),
            ))
        })
        .collect();
    for kill in 0..KILLS {
        let wanted = load.acknowledged.load(Ordering::Relaxed) + ACKNOWLEDGED + kill;
        eventually(format!("load before kill {kill}"), PATIENCE, async || {
            (load.acknowledged.load(Ordering::Relaxed) >= wanted).then_some(())
        })
        .await
        .unwrap();
        server.restart().await.unwrap();
    }
    load.over.store(true, Ordering::Relaxed);
    let mut counts = BTreeMap::new();
    for (writer, task) in writers.into_iter().enumerate() {
        counts.insert(writer, task.await.unwrap());
    }
    for (writer, count) in &counts {
        for parcel in [0, PARCELS / 2, PARCELS - 1] {
            let told = data
                .run(&["show", &format!("CRASH{writer}{parcel:03}")])
                .await
                .json();
            let events = told[0]["events"].as_array().map(Vec::len);
            assert_eq!(events, Some(*count as usize), "writer {writer}: {told}");
        }
    }
    server.kill9().await.unwrap();
    let found = data.run(&["doctor", "--verify"]).await.json();
    let verification = &found["verification"];
    assert_eq!(verification["differing"], json!([]), "{found}");
    assert_eq!(verification["tracks"], json!(WRITERS * PARCELS));
    let statements = counts.values().sum::<u64>() * PARCELS;
    assert_eq!(verification["statements"], json!(statements));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_sqlite() {
    survives_kills(Data::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_on_postgres() {
    survives_kills(Data::postgres().await).await;
}
