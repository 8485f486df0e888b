//! Registering numbers by the ten thousand, and searching a million shipments: inside one process, on
//! the store itself.

use super::clock::Stopwatch;
use super::fill;
use super::report::{Figure, Report, thousands};
use super::workload::{Seeded, number};
use anyhow::Result;
use std::path::Path;
use trackway_dialects::Desk;
use trackway_model::{AccountId, Milestone, Stage};
use trackway_store::Store;
use trackway_store::records::NewRegistration;
use trackway_store::search::{Bounds, ShipmentQuery};

/// Numbers of a call.
const BATCH: usize = 10_000;
/// How often each question is asked.
const ROUNDS: usize = 40;
/// Shipments on a page.
const PAGE: usize = 100;

/// Wishes for these numbers, each with an order number.
pub fn wishes(
    account: AccountId,
    numbers: std::ops::Range<usize>,
    now: i64,
) -> Vec<NewRegistration> {
    let wish = |shipment: usize| NewRegistration {
        account,
        dialect: "native".to_owned(),
        carrier: "247express".to_owned(),
        number: number(shipment),
        created: now + shipment as i64,
        data: serde_json::Value::Null,
        references: vec![format!("SO-{shipment:08}")],
        connections: Vec::new(),
    };
    numbers.map(wish).collect()
}

/// Registers so many numbers in an empty folder.
pub async fn register(data: &Path, numbers: usize, report: &mut Report) -> Result<()> {
    let filling = fill::Filling::open(data).await?;
    let (hub, account) = (filling.hub(), filling.account());
    let mut slowest = 0.0_f64;
    let all = Stopwatch::start();
    for from in (0..numbers).step_by(BATCH) {
        let batch = Stopwatch::start();
        let wishes = wishes(account, from..(from + BATCH).min(numbers), hub.now());
        hub.store().register_many(wishes).await?;
        slowest = slowest.max(batch.elapsed().as_secs_f64());
    }
    let rate = numbers as f64 / all.elapsed().as_secs_f64();
    filling.close().await?;
    report.add(Figure {
        what: "numbers registered in batches of 10,000, SQLite, on the store".to_owned(),
        product: format!("{}/s", thousands(rate)),
        ceiling: None,
        ratio: None,
        at_least: "50,000/s",
        towards: "100,000/s",
        more: format!(
            "{} numbers, each with a reference; slowest batch {:.0} ms",
            thousands(numbers as f64),
            slowest * 1e3
        ),
    });
    Ok(())
}

/// Questions of an operator: broad and narrow ones, and some that nothing matches.
fn questions(
    account: AccountId,
    shipments: usize,
    random: &mut Seeded,
) -> Vec<(&'static str, ShipmentQuery)> {
    let all = ShipmentQuery::of(account);
    let shipment = random.below(shipments as u64) as usize;
    let text = |text: String| Some(text);
    let old = Bounds {
        from: None,
        before: Some(1_772_900_000_000_000),
    };
    let stage = |stage| ShipmentQuery {
        stage: Some(stage),
        ..all.clone()
    };
    vec![
        ("everything", all.clone()),
        ("a usual stage", stage(Stage::InTransit)),
        ("a stage that none is in", stage(Stage::Seized)),
        (
            "a milestone",
            ShipmentQuery {
                milestone: Milestone::parse("delivered"),
                ..all.clone()
            },
        ),
        (
            "a rare carrier",
            ShipmentQuery {
                carrier: text("x-bench:rare".to_owned()),
                ..all.clone()
            },
        ),
        (
            "a rare carrier and a stage that never meet",
            ShipmentQuery {
                carrier: text("x-bench:rare".to_owned()),
                ..stage(Stage::InfoReceived)
            },
        ),
        (
            "a number",
            ShipmentQuery {
                number: text(number(shipment)),
                ..all.clone()
            },
        ),
        (
            "a number's beginning",
            ShipmentQuery {
                number: text(number(shipment)[..7].to_owned()),
                ..all.clone()
            },
        ),
        (
            "a beginning of every number, and a stage",
            ShipmentQuery {
                number: text("VD".to_owned()),
                ..stage(Stage::Lost)
            },
        ),
        (
            "a reference's beginning",
            ShipmentQuery {
                reference: text(format!("so-{:05}", shipment / 1_000)),
                ..all.clone()
            },
        ),
        (
            "in transit and not moved for long",
            ShipmentQuery {
                moved: old,
                ..stage(Stage::InTransit)
            },
        ),
        (
            "created before the first",
            ShipmentQuery {
                created: Bounds {
                    from: None,
                    before: Some(1),
                },
                ..all.clone()
            },
        ),
    ]
}

/// Searches a store of so many shipments, made in an empty folder.
pub async fn search(data: &Path, shipments: usize, report: &mut Report) -> Result<()> {
    fill::searched(data, shipments).await?;
    let filling = fill::Filling::open(data).await?;
    let (store, account) = (filling.hub().store(), filling.account());
    let first = Stopwatch::start();
    ask(
        store.as_ref(),
        &ShipmentQuery {
            stage: Some(Stage::Seized),
            ..ShipmentQuery::of(account)
        },
    )
    .await?;
    let first = first.elapsed().as_secs_f64() * 1e3;
    let mut random = Seeded(7);
    let mut times: Vec<(f64, &str)> = Vec::new();
    for _ in 0..ROUNDS {
        for (name, query) in questions(account, shipments, &mut random) {
            let watch = Stopwatch::start();
            ask(store.as_ref(), &query).await?;
            times.push((watch.elapsed().as_secs_f64() * 1e3, name));
        }
    }
    filling.close().await?;
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    report.add(Figure {
        what: "searches with filters over 1 M shipments, SQLite, on the store".to_owned(),
        product: format!("p95 {:.1} ms", at(0.95).0),
        ceiling: None,
        ratio: None,
        at_least: "p95 50 ms",
        towards: "p95 10 ms",
        more: format!(
            "{} shipments, pages of {PAGE}, counted; p50 {:.1} ms, slowest {:.1} ms ({}); first after the start {first:.0} ms",
            thousands(shipments as f64),
            at(0.5).0,
            at(1.0).0,
            at(1.0).1,
        ),
    });
    Ok(())
}

async fn ask(store: &dyn Store, query: &ShipmentQuery) -> Result<()> {
    let page = store.shipments(query, None, PAGE).await?;
    anyhow::ensure!(page.rows.len() <= PAGE, "a page is too long");
    Ok(())
}
