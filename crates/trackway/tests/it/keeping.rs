//! Backup, restore, copy and a disk that fills up, as an operator meets them: the real program.

use crate::program::{Data, run};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use trackway_testkit::{Server, SmallDisk, eventually};

on_both_stores!(
    a_backup_of_a_loaded_server_holds_what_was_acknowledged,
    a_killed_backup_leaves_nothing_that_passes_for_one,
    data_moves_house_with_db_copy,
    a_restore_is_refused_where_it_would_harm,
);

const PATIENCE: Duration = Duration::from_mins(1);

/// Events about some parcels, told as a client tells them.
fn events(batch: u64) -> Value {
    let events: Vec<Value> = (0..25)
        .map(|parcel| {
            json!({
                "number": format!("KEEP{batch:05}{parcel:02}"),
                "id": format!("{batch}"),
                "status": "in_transit",
                "occurred_at": "2026-05-04T08:00:00Z",
                "text": "Handled at the facility in Da Nang by the morning shift",
            })
        })
        .collect();
    json!({ "events": events })
}

async fn tell(url: &str, key: &str, batch: u64) -> (u16, Option<u64>) {
    let answer = trackway_testkit::client()
        .post(url)
        .bearer_auth(key)
        .json(&events(batch))
        .send()
        .await
        .unwrap();
    let wait = answer.headers().get("retry-after");
    let wait = wait.and_then(|wait| wait.to_str().ok()?.parse().ok());
    (answer.status().as_u16(), wait)
}

async fn native_key(data: &Data) -> String {
    let made = data.run(&["key", "create"]).await.json();
    made["key"].as_str().unwrap().to_owned()
}

/// Tells batch after batch until it is over; counts what was acknowledged.
async fn write(url: String, key: String, over: Arc<AtomicBool>, acknowledged: Arc<AtomicU64>) {
    for batch in 0.. {
        if over.load(Ordering::Relaxed) {
            return;
        }
        assert_eq!(tell(&url, &key, batch).await.0, 200);
        acknowledged.store(batch + 1, Ordering::Release);
    }
}

struct Load {
    over: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    writer: tokio::task::JoinHandle<()>,
}

impl Load {
    async fn on(server: &Server, key: &str, first: u64) -> Self {
        let (over, acknowledged) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let url = server.url("/v1/events");
        let writing = write(url, key.to_owned(), over.clone(), acknowledged.clone());
        let writer = tokio::spawn(writing);
        let load = Self {
            over,
            acknowledged,
            writer,
        };
        load.reaches(first).await;
        load
    }

    fn count(&self) -> u64 {
        self.acknowledged.load(Ordering::Acquire)
    }

    async fn reaches(&self, count: u64) {
        eventually(format!("{count} batches"), PATIENCE, async || {
            (self.count() >= count).then_some(())
        })
        .await
        .unwrap();
    }

    async fn end(self) -> u64 {
        self.over.store(true, Ordering::Relaxed);
        let count = self.acknowledged;
        self.writer.await.unwrap();
        count.load(Ordering::Acquire)
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Puts the master key where a restored place looks for it.
fn bring_key(from: &Data, to: &Data) {
    std::fs::copy(from.path().join("master.key"), to.path().join("master.key")).unwrap();
}

async fn is_sound(data: &Data) -> Value {
    let found = data.run(&["doctor", "--verify"]).await;
    let found: Value = serde_json::from_str(&found.stdout)
        .unwrap_or_else(|_| panic!("{} {}", found.stdout, found.stderr));
    assert_eq!(found["verification"]["differing"], json!([]), "{found}");
    found["verification"].clone()
}

async fn holds(data: &Data, batches: u64) {
    for batch in [0, batches / 2, batches - 1] {
        let shown = data.run(&["show", &format!("KEEP{batch:05}07")]).await;
        let shown = shown.json();
        let event = &shown[0]["events"][0];
        assert!(
            event["text"].as_str().unwrap().contains("Da Nang"),
            "{shown}"
        );
    }
}

async fn a_backup_of_a_loaded_server_holds_what_was_acknowledged(data: Data) {
    let key = native_key(&data).await;
    let mut server = data.serve().await;
    let load = Load::on(&server, &key, 10).await;
    let shelf = tempfile::tempdir().unwrap();
    let before = load.count();
    let ran = data.run(&["backup", "--to", text(shelf.path())]).await;
    let meanwhile = load.count() - before;
    let made = ran.json();
    assert!(
        ran.stderr.contains("master key is not in it"),
        "{}",
        ran.stderr
    );
    assert!(meanwhile > 0, "nothing was taken in during the backup");
    let file = made["file"].as_str().unwrap();
    assert!(
        made["tracks"].as_u64().unwrap() >= before * 25,
        "{made}, {before}"
    );
    let acknowledged = load.end().await;
    server.kill9().await.unwrap();

    for there in [Data::sqlite(), Data::postgres().await] {
        bring_key(&data, &there);
        let restored = there.run(&["restore", "--from", file]).await.json();
        assert_eq!(restored["sha256"], made["sha256"]);
        let verified = is_sound(&there).await;
        assert_eq!(verified["tracks"], made["tracks"]);
        assert_eq!(verified["log_entries"], made["log_entries"]);
        holds(&there, before).await;
        // It works on: keys hold, and what is told again is a repeat.
        let server = there.serve().await;
        for batch in [0, acknowledged] {
            assert_eq!(tell(&server.url("/v1/events"), &key, batch).await.0, 200);
        }
    }
}

async fn a_killed_backup_leaves_nothing_that_passes_for_one(data: Data) {
    let key = native_key(&data).await;
    let mut server = data.serve().await;
    let load = Load::on(&server, &key, 40).await;
    let told = load.end().await;
    let shelf = tempfile::tempdir().unwrap();
    let file = shelf.path().join("one.backup");
    let partial = shelf.path().join("one.backup.partial");
    let making = {
        let mut args = vec![
            "backup".to_owned(),
            "--to".to_owned(),
            text(&file).to_owned(),
        ];
        args.extend(data.args());
        tokio::spawn(run(args))
    };
    eventually("a backup under way", PATIENCE, async || {
        (partial.exists() || making.is_finished()).then_some(())
    })
    .await
    .unwrap();
    server.kill9().await.unwrap();
    let ran = making.await.unwrap();
    if ran.code != 0 {
        for path in [
            &file,
            &partial.join("trackway.db"),
            &partial.join("copying.db"),
        ] {
            let there = Data::sqlite();
            bring_key(&data, &there);
            let refused = there.run(&["restore", "--from", text(path)]).await;
            assert_eq!(refused.code, 1, "{}: {}", path.display(), refused.stdout);
            assert!(refused.stderr.contains("manifest"), "{}", refused.stderr);
            assert!(!there.path().join("trackway.db").exists());
        }
        // The next one clears away what is there; without a server the command does it itself.
        let made = data.run(&["backup", "--to", text(&file)]).await.json();
        assert_eq!(made["tracks"], json!(told * 25));
    }
    assert!(!partial.exists(), "nothing is left beside it");
    let again = data.run(&["backup", "--to", text(&file)]).await;
    assert!(
        again.code == 1 && again.stderr.contains("exists"),
        "{}",
        again.stderr
    );
    let there = Data::sqlite();
    bring_key(&data, &there);
    there.run(&["restore", "--from", text(&file)]).await.json();
    assert_eq!(is_sound(&there).await["tracks"], json!(told * 25));
}

async fn data_moves_house_with_db_copy(data: Data) {
    let key = native_key(&data).await;
    let mut server = data.serve().await;
    let load = Load::on(&server, &key, 5).await;
    let told = load.end().await;
    for there in [Data::sqlite(), Data::postgres().await] {
        let to = there.copy_args();
        let to: Vec<&str> = ["db", "copy"]
            .into_iter()
            .chain(to.iter().map(String::as_str))
            .collect();
        if server.pid().is_some() {
            let held = data.run(&to).await;
            assert!(
                held.code == 1 && held.stderr.contains("a server runs"),
                "{}",
                held.stderr
            );
        }
    }
    server.kill9().await.unwrap();
    let before = is_sound(&data).await;
    for there in [Data::sqlite(), Data::postgres().await] {
        let to = there.copy_args();
        let to: Vec<&str> = ["db", "copy"]
            .into_iter()
            .chain(to.iter().map(String::as_str))
            .collect();
        let copied = data.run(&to).await;
        assert_eq!(copied.json()["verification"], before, "{}", copied.stderr);
        assert_eq!(is_sound(&there).await, before);
        holds(&there, told).await;
        let refused = data.run(&to).await;
        assert!(
            refused.code == 1 && refused.stderr.contains("empty"),
            "{}",
            refused.stderr
        );
        let server = there.serve().await;
        assert_eq!(tell(&server.url("/v1/events"), &key, 0).await.0, 200);
    }
    let nowhere = data.run(&["db", "copy"]).await;
    assert_eq!(nowhere.code, 2, "{}", nowhere.stderr);
}

async fn a_restore_is_refused_where_it_would_harm(data: Data) {
    native_key(&data).await;
    let shelf = tempfile::tempdir().unwrap();
    let file = shelf.path().join("one.backup");
    data.run(&["backup", "--to", text(&file)]).await.json();
    let restore = ["restore", "--from", text(&file)];
    // Where there is data.
    let refused = data.run(&restore).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("not empty"),
        "{}",
        refused.stderr
    );
    // Without the key, with another key, with a file in the way.
    let there = Data::sqlite();
    let refused = there.run(&restore).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("master.key"),
        "{}",
        refused.stderr
    );
    std::fs::write(there.path().join("master.key"), "00".repeat(32)).unwrap();
    let refused = there.run(&restore).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("master key"),
        "{}",
        refused.stderr
    );
    bring_key(&data, &there);
    std::fs::write(there.path().join("notes.txt"), "mine").unwrap();
    let refused = there.run(&restore).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("not empty"),
        "{}",
        refused.stderr
    );
    std::fs::remove_file(there.path().join("notes.txt")).unwrap();
    // Damaged on the way.
    let whole = std::fs::read(&file).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 4;
    std::fs::write(&file, damaged).unwrap();
    let refused = there.run(&restore).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("checksum"),
        "{}",
        refused.stderr
    );
    std::fs::write(&file, whole).unwrap();
    there.run(&restore).await.json();
    is_sound(&there).await;
}

#[tokio::test]
async fn a_nearly_full_disk_is_told_to_every_client_in_its_own_words() {
    let disk = SmallDisk::of_megabytes(64);
    let data = Data::sqlite_at(disk.path().join("data"));
    let key = native_key(&data).await;
    let caller = data
        .run(&["key", "create", "--dialect", "247express"])
        .await
        .json();
    let hook = ["connect", "247express", "--base-url", "http://127.0.0.1:9"];
    let settings = ["--set", "apikey=a-1", "--set", "webhook_apikey=HOOK-1"];
    data.run(&[&hook[..], &settings[..]].concat()).await.json();
    let mut server = data
        .launch()
        .args(["--set", "storage.min_free=16MiB"])
        .start()
        .await
        .unwrap();
    let url = server.url("/v1/events");
    assert_eq!(tell(&url, &key, 0).await.0, 200);
    let ballast = disk.leave(18 << 20);
    let mut acknowledged = 1;
    let wait = loop {
        match tell(&url, &key, acknowledged).await {
            (200, _) => acknowledged += 1,
            (status, wait) => {
                assert_eq!(status, 503);
                break wait;
            }
        }
        assert!(acknowledged < 20_000, "the disk was never full");
    };
    assert!(
        wait.is_some_and(|seconds| seconds >= 1),
        "Retry-After: {wait:?}"
    );
    // A carrier's webhook gets its dialect's refusal, so that it is sent again.
    let update = json!({
        "ApiKey": "HOOK-1", "OrderCode": "VD1", "ExternalCode": "S", "ReferenceCode": null,
        "Status": "23", "StatusName": "DALAYHANG", "Time": "2026-05-06T15:36:56.92+07:00",
    });
    let client = trackway_testkit::client();
    let refused = client
        .post(server.url("/IntergrationAPI"))
        .json(&update)
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    // Reading goes on, in our words and in the dialect's, and the operator is told.
    holds(&data, acknowledged).await;
    let tracking = format!(
        "/api/Order/v1/Tracking?ordercode=KEEP0000007&apikey={}",
        caller["key"].as_str().unwrap()
    );
    let read = client.get(server.url(&tracking)).send().await.unwrap();
    assert_eq!(read.status(), 200);

    // With room it goes on by itself, and nothing acknowledged is missing.
    std::fs::remove_file(ballast).unwrap();
    assert_eq!(tell(&url, &key, acknowledged).await.0, 200);
    let taken = client
        .post(server.url("/IntergrationAPI"))
        .json(&update)
        .send()
        .await
        .unwrap();
    assert_eq!(taken.status(), 200);
    let verified = is_sound(&data).await;
    assert_eq!(verified["tracks"], json!((acknowledged + 1) * 25 + 1));
    server.kill9().await.unwrap();
}
