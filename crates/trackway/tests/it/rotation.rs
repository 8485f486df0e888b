//! The master key changed for another one, as an operator does it: the real program.

use crate::program::{Data, PROGRAM, Ran};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Stdio;

on_both_stores!(
    the_data_opens_with_the_new_key_and_old_backups_with_the_former,
    a_change_that_was_cut_short_is_ended_by_whoever_comes_next,
    a_key_that_is_kept_elsewhere_is_changed_there,
    a_server_that_runs_is_not_robbed_of_its_key,
);

const NUMBER: &str = "ROT0000001";
const BUYER: &str = "buyer@example.org";

fn master(data: &Data) -> PathBuf {
    data.path().join("master.key")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

/// A key of an API, with which something was told.
async fn filled(data: &Data) {
    data.run(&["key", "create"]).await.json();
    let connect = ["connect", "247express", "--base-url", "http://127.0.0.1:9"];
    let settings = ["--set", "apikey=a-1"];
    data.run(&[&connect[..], &settings].concat()).await.json();
    data.run(&["track", "247express", NUMBER]).await.json();
    // What is personal is sealed under the parcel's own key.
    data.run(&["notice", "add", NUMBER, "--to", BUYER])
        .await
        .json();
}

async fn is_sound(data: &Data) -> Value {
    let shown = data.run(&["show", NUMBER]).await.json();
    assert_eq!(shown[0]["number"], NUMBER, "{shown}");
    let told = data.run(&["notice", "list", NUMBER]).await.json();
    assert!(told.to_string().contains("@example.org"), "{told}");
    let report = data.run(&["doctor", "--verify"]).await;
    let report: Value = serde_json::from_str(&report.stdout)
        .unwrap_or_else(|_| panic!("{} {}", report.stdout, report.stderr));
    assert_eq!(report["verification"]["differing"], json!([]), "{report}");
    report
}

fn told_of_the_key(report: &Value) -> Vec<&str> {
    let findings = report["findings"].as_array().unwrap();
    let of_key = findings
        .iter()
        .filter(|finding| finding["subject"] == "master key");
    of_key
        .map(|finding| finding["severity"].as_str().unwrap())
        .collect()
}

async fn the_data_opens_with_the_new_key_and_old_backups_with_the_former(data: Data) {
    filled(&data).await;
    let shelf = tempfile::tempdir().unwrap();
    let file = shelf.path().join("one.backup");
    let backup = ["backup", "--to", file.to_str().unwrap()];
    data.run(&backup).await.json();
    let former = read(&master(&data));

    let ran = data.run(&["key", "rotate"]).await;
    let changed = ran.json();
    assert_eq!(changed["keys"], 1, "{changed}");
    assert_ne!(read(&master(&data)), former);
    let kept = PathBuf::from(changed["former_master_key"].as_str().unwrap());
    assert_eq!(read(&kept), former);
    assert!(!ran.stdout.contains(former.trim()) && !ran.stderr.contains(former.trim()));
    let report = is_sound(&data).await;
    assert_eq!(told_of_the_key(&report), ["note"], "{report}");
    drop(data.serve().await);

    // The former opens nothing of the data any more, and the backup.
    let there = Data::sqlite();
    std::fs::copy(master(&data), master(&there)).unwrap();
    let restore = ["restore", "--from", file.to_str().unwrap()];
    let refused = there.run(&restore).await;
    let name = changed["former_name"].as_str().unwrap();
    assert!(
        refused.code == 1 && refused.stderr.contains(name),
        "{}",
        refused.stderr
    );
    std::fs::copy(&kept, master(&there)).unwrap();
    there.run(&restore).await.json();
    is_sound(&there).await;
    std::fs::copy(&kept, master(&data)).unwrap();
    let refused = data.run(&["show", NUMBER]).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("master key"),
        "{}",
        refused.stderr
    );
}

async fn a_change_that_was_cut_short_is_ended_by_whoever_comes_next(data: Data) {
    filled(&data).await;
    let (current, next) = (master(&data), data.path().join("master.key.new"));
    let former = read(&current);

    // Before the data went over: it opens as before, and the next attempt takes the key that is there.
    std::fs::write(&next, format!("{}\n", "5a".repeat(32))).unwrap();
    let report = is_sound(&data).await;
    assert!(told_of_the_key(&report).contains(&"warning"), "{report}");
    assert_eq!(read(&current), former);
    let changed = data.run(&["key", "rotate"]).await.json();
    assert_eq!(changed["keys"], 1, "{changed}");
    assert_eq!(read(&current).trim(), "5a".repeat(32));
    assert!(!next.exists());

    // After the data went over: the files are as they were before it.
    for ends_it in [["show", NUMBER], ["key", "rotate"]] {
        let before = read(&current);
        let changed = data.run(&["key", "rotate"]).await.json();
        let kept = changed["former_master_key"].as_str().unwrap();
        std::fs::rename(&current, &next).unwrap();
        std::fs::rename(kept, &current).unwrap();
        let ran = data.run(&ends_it).await;
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(!next.exists(), "{}", ran.stderr);
        assert_ne!(read(&current), before);
        assert_eq!(read(Path::new(kept)), before);
        is_sound(&data).await;
    }
}

/// Runs a command with the master key in the environment and in no file.
async fn with_key(data: &Data, key: &str, args: &[&str]) -> Ran {
    let output = tokio::process::Command::new(PROGRAM)
        .args(args)
        .args(data.args())
        .args(["--output", "json"])
        .env("TRACKWAY_MASTER_KEY", key)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

async fn a_key_that_is_kept_elsewhere_is_changed_there(data: Data) {
    filled(&data).await;
    let former = read(&master(&data));
    std::fs::remove_file(master(&data)).unwrap();
    let refused = with_key(&data, &former, &["key", "rotate"]).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("--to"),
        "{}",
        refused.stderr
    );
    let vault = tempfile::tempdir().unwrap();
    let to = vault.path().join("next");
    let rotate = ["key", "rotate", "--to", to.to_str().unwrap()];
    let changed = with_key(&data, &former, &rotate).await.json();
    assert_eq!(
        (&changed["keys"], &changed["former_master_key"]),
        (&json!(1), &Value::Null)
    );
    let again = with_key(&data, &former, &rotate).await.json();
    assert_eq!(again["keys"], Value::Null, "it was done before");
    let show = ["show", NUMBER];
    assert_eq!(with_key(&data, &former, &show).await.code, 1);
    with_key(&data, &read(&to), &show).await.json();
    assert!(!master(&data).exists());
}

async fn a_server_that_runs_is_not_robbed_of_its_key(data: Data) {
    filled(&data).await;
    let former = read(&master(&data));
    let server = data.serve().await;
    let refused = data.run(&["key", "rotate"]).await;
    assert!(
        refused.code == 1 && refused.stderr.contains("a server runs"),
        "{}",
        refused.stderr
    );
    assert_eq!(read(&master(&data)), former);
    drop(server);
}
