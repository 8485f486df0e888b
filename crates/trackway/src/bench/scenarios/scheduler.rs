//! What the schedule itself costs: 100,000 active numbers, each asked once an hour, of an upstream that
//! answers at once and in this process. Time is virtual; the store is SQLite on the disk.
//!
//! Counted is all of this process's CPU over an hour of virtual time, so the reading and the commit of
//! every (unchanged) answer as well: the schedule's own part is less.

use super::Bench;
use crate::bench::process::usage;
use crate::bench::report::{Figure, Report, thousands};
use anyhow::{Context, Result};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use trackway_hub::sandbox::{Asked, Simulated, Simulation};
use trackway_hub::{Hub, HubConfig, TestClock, fold_rules};
use trackway_store::config::StoreConfig;
use trackway_store::records::NewRegistration;
use trackway_store::{Directory, MasterKey, SqliteStore, SystemEntropy};

const NUMBERS: usize = 100_000;
const BATCH: usize = 10_000;
const HOUR: i64 = 3_600_000_000;
/// 2024-05-07T12:00:00Z.
const NOON: i64 = 1_715_083_200_000_000;
/// A step of the virtual clock.
const STEP: Duration = Duration::from_secs(1);
/// How often is looked whether the schedule has done its part, and after how many looks at which
/// nothing was asked it has.
const LOOK: Duration = Duration::from_millis(1);
const QUIET: u32 = 10;
const ACCOUNT: &str = "bench.test";
/// What is answered of every number, always the same.
const ANSWER: &str = r#"{"errorMessage":null,"errorCode":null,"orderCode":"X","status":"24","statusName":"DANGVANCHUYEN","statuses":[{"time":"2024-05-06T15:36:56+07:00","status":"23","statusName":"DALAYHANG"},{"time":"2024-05-06T20:02:11+07:00","status":"24","statusName":"DANGVANCHUYEN"}],"trackings":[]}"#;

/// Answers at once, and wants to be asked in an hour.
#[derive(Debug, Default)]
struct Upstream {
    calls: AtomicU64,
}

impl Simulation for Upstream {
    fn answer(&self, asked: &Asked<'_>) -> Simulated {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Simulated {
            body: ANSWER.replace('X', asked.parcel.number).into_bytes(),
            again: Some(asked.now + HOUR),
        }
    }
}

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let (data, numbers) = (bench.fresh("product")?, NUMBERS / bench.scale);
    let (share, calls) = bench.runtime.block_on(run(&data, numbers))?;
    report.add(Figure {
        what: "scheduler's CPU, 100,000 active numbers polled hourly".to_owned(),
        product: format!("{:.2} % of a core", share * 100.0),
        ceiling: None,
        ratio: None,
        at_least: "2 % of a core",
        towards: "",
        more: format!(
            "{} calls in a virtual hour, SQLite; reading and committing their answers included; {:.0} µs CPU a call",
            thousands(calls as f64),
            share * HOUR as f64 / calls.max(1) as f64,
        ),
    });
    Ok(())
}

/// The part of a core that an hour took, and the calls in it.
async fn run(data: &Path, numbers: usize) -> Result<(f64, u64)> {
    let config = StoreConfig::new(
        fold_rules(),
        MasterKey::new([7; 32]),
        Arc::new(SystemEntropy),
    );
    let store = SqliteStore::open(data, config)?;
    let clock = Arc::new(TestClock::at(NOON));
    let upstream = Arc::new(Upstream::default());
    let config = HubConfig {
        simulation: Some(upstream.clone()),
        deliver: false,
        ..HubConfig::default()
    };
    let hub = Hub::open(store.clone(), config, clock.clone()).await?;
    let account = hub.account(Some(ACCOUNT)).await?;
    let connections = store.connections().await?;
    let connection = connections
        .iter()
        .find(|known| known.dialect == "247express");
    let connection = connection.context("a sandbox has every connection")?.id;
    for first in (0..numbers).step_by(BATCH) {
        let wishes = (first..numbers.min(first + BATCH)).map(|number| NewRegistration {
            account: account.id,
            dialect: "native".to_owned(),
            carrier: "247express".to_owned(),
            number: format!("VD{number:08}"),
            created: NOON,
            connections: vec![connection],
            ..NewRegistration::default()
        });
        store.register_many(wishes.collect()).await?;
    }
    hub.start();
    // Until everybody was asked for the first time; then an hour that counts.
    while upstream.calls.load(Ordering::Relaxed) < numbers as u64 {
        step(&hub, &clock, &upstream).await?;
    }
    let calls = upstream.calls.load(Ordering::Relaxed);
    let before = usage(std::process::id())?;
    for _ in 0..HOUR / STEP.as_micros() as i64 {
        step(&hub, &clock, &upstream).await?;
    }
    let spent = usage(std::process::id())?.since(before).cpu;
    let calls = upstream.calls.load(Ordering::Relaxed) - calls;
    hub.stop().await?;
    Ok((spent.as_secs_f64() / 3_600.0, calls))
}

/// Moves the clock on and waits until nothing is due, or the schedule leaves the rest for later: new
/// numbers are asked so many a second.
async fn step(hub: &Hub, clock: &TestClock, upstream: &Upstream) -> Result<()> {
    clock.advance(STEP);
    let now = hub.clock().now();
    let calls = || upstream.calls.load(Ordering::Relaxed);
    let (mut seen, mut quiet) = (calls(), 0);
    while quiet < QUIET && hub.store().next_poll().await?.is_some_and(|due| due <= now) {
        // Asleep, since all of this process's CPU is counted.
        tokio::time::sleep(LOOK).await;
        let asked = calls();
        quiet = if asked == seen { quiet + 1 } else { 0 };
        seen = asked;
    }
    Ok(())
}
