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
    for (all, right) in [
        ("happened", "held_once"),
        ("tellings", "tellings_joined"),
        ("cargo_happened", "cargo_held_once"),
        ("orders", "orders_as_their_parcels"),
        ("items", "items_exact"),
        ("consigned", "consigned_held"),
        ("status_updates_to_tell", "status_updates_told"),
        ("followed", "followed_as_there"),
        ("histories_asked", "histories_alike"),
        ("changes_to_tell", "messages_verified"),
        ("changes_to_tell", "recovered_verified"),
        ("order_changes_to_tell", "order_messages_verified"),
    ] {
        assert_eq!(count(all), count(right), "{all}: {report}");
    }
    for name in [
        "surplus",
        "cargo_surplus",
        "status_updates_surplus",
        "messages_refused",
        "recovered_waiting",
        "order_messages_refused",
        "status_messages_refused",
    ] {
        assert_eq!(count(name), 0, "{name}: {report}");
    }
    for (name, least) in [
        ("containers", 4),
        ("waybills", 2),
        ("messages_verified", 10),
        ("orders", 5),
        ("orders_completed", 1),
        ("items", 8),
        ("consigned", 8),
        ("status_updates_told", 8 + 2 * (4 + 6 + 5 + 1)),
        ("followed", 6),
        ("order_messages_verified", 5 * count("orders")),
    ] {
        assert!(count(name) >= least, "{name}: {report}");
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
        "another merchant's orders",
        "an order given through 247Express's API",
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
        ("events_of_three_sources", 60),
        ("pushes_acknowledged", 100),
        ("histories_asked", 3 * (10 + 8 + 6) + 5 + 8 + 6),
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
