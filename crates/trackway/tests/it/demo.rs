//! `trackway demo`, as a process: both ways in which it ends.

use crate::program::{PROGRAM, run};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Command;

/// Every happening once, every message verified, and the show worth its name.
fn check(report: &Value, happened: u64) {
    let count = |name: &str| {
        report[name]
            .as_u64()
            .unwrap_or_else(|| panic!("{name}: {report}"))
    };
    assert!(count("happened") >= happened, "{report}");
    assert_eq!(count("held_once"), count("happened"), "{report}");
    assert_eq!(count("surplus"), 0, "{report}");
    assert_eq!(
        count("cargo_held_once"),
        count("cargo_happened"),
        "{report}"
    );
    assert_eq!(count("cargo_surplus"), 0, "{report}");
    assert!(
        count("containers") >= 4 && count("waybills") == 2,
        "{report}"
    );
    assert!(count("messages_verified") >= 10, "{report}");
    assert_eq!(
        count("messages_verified"),
        count("changes_to_tell"),
        "{report}"
    );
    assert_eq!(
        count("recovered_verified"),
        count("changes_to_tell"),
        "{report}"
    );
    assert!(
        count("orders") >= 5 && count("orders_completed") >= 1,
        "{report}"
    );
    assert_eq!(
        count("orders_as_their_parcels"),
        count("orders"),
        "{report}"
    );
    assert!(count("items") >= 8, "{report}");
    assert_eq!(count("items_exact"), count("items"), "{report}");
    assert!(
        count("order_messages_verified") > 5 * count("orders"),
        "{report}"
    );
    assert_eq!(
        count("order_messages_verified"),
        count("order_changes_to_tell"),
        "{report}"
    );
    assert_eq!(
        count("histories_alike"),
        count("histories_asked"),
        "{report}"
    );
    for name in [
        "messages_refused",
        "recovered_waiting",
        "order_messages_refused",
    ] {
        assert_eq!(count(name), 0, "{name}: {report}");
    }
    assert!(count("age_p50_s") <= count("age_p95_s"), "{report}");
    for name in [
        "webhooks_repeated",
        "webhooks_torn_and_kept_apart",
        "calls_failed",
    ] {
        assert!(count(name) > 0, "{name}: {report}");
    }
    let took = report["seconds_to_the_first_delivery"].as_f64();
    assert!(took.is_some_and(|seconds| seconds < 30.0), "{report}");
}

#[tokio::test]
async fn a_show_of_given_length_ends_by_itself() {
    let args = [
        "demo",
        "--for",
        "8s",
        "--shipments",
        "20",
        "--output",
        "json",
    ];
    let ran = run(args).await;
    let said = &ran.stderr;
    for word in [
        "247Express",
        "KeyDelivery",
        "Track123",
        "curl",
        "/docs",
        "/t/",
        "down",
        "as three systems saw it",
        "Container DEMU",
        "Air waybill 738-",
    ] {
        assert!(said.contains(word), "no {word} in {said}");
    }
    assert!(!said.contains('\u{1b}'), "plain where there is no terminal");
    let report = ran.json();
    check(&report, 100);
    for (name, least) in [
        ("cargo_happened", 80),
        ("estimates_kept", 4),
        ("events_of_three_sources", 30),
        ("pushes_acknowledged", 100),
        ("histories_asked", 3 * 10 + 5),
    ] {
        assert!(report[name].as_u64() >= Some(least), "{name}: {report}");
    }
}

#[tokio::test]
async fn a_show_without_an_end_ends_well_when_it_is_asked_to() {
    let mut child = Command::new(PROGRAM)
        .args(["demo", "--output", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .env_remove("RUST_LOG")
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut delivered = false;
    while let Some(line) = said.next_line().await.unwrap() {
        let words: Vec<&str> = line.split([' ', ',']).collect();
        let at = words.iter().position(|word| *word == "delivered");
        delivered = at.is_some_and(|at| words[at - 1].parse().is_ok_and(|count: u32| count > 0));
        if delivered {
            break;
        }
    }
    assert!(delivered, "it ended before anything was delivered");
    let pid = child.id().unwrap().to_string();
    let asked = Command::new("kill").args(["-INT", &pid]).status();
    assert!(asked.await.unwrap().success());
    // The rest is read, so that the program can go on to speak.
    let rest = tokio::spawn(async move { while let Ok(Some(_)) = said.next_line().await {} });
    let mut report = String::new();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_to_string(&mut report).await.unwrap();
    assert!(child.wait().await.unwrap().success(), "{report}");
    rest.await.unwrap();
    check(&serde_json::from_str(&report).unwrap(), 10);
}
