//! Searches with filters over a million shipments: on either engine's store, and over HTTP.

use super::Bench;
use crate::bench::clock::Stopwatch;
use crate::bench::fill::{self, Filling};
use crate::bench::load::Client;
use crate::bench::report::{Figure, Report, thousands};
use crate::bench::servers::{create_key, reset, serve};
use crate::bench::workload::{Seeded, number};
use anyhow::Result;
use std::path::Path;
use std::time::Duration;
use trackway_model::{AccountId, Milestone, Stage};
use trackway_store::Store;
use trackway_store::search::{Bounds, ShipmentQuery};

/// How often each question is asked.
const ROUNDS: usize = 40;
/// Shipments on a page.
const PAGE: usize = 100;
const SHIPMENTS: usize = 1_000_000;
const PATIENCE: Duration = Duration::from_mins(1);

/// A question, as the store is asked it and as a client asks it.
struct Question {
    name: &'static str,
    query: ShipmentQuery,
    path: String,
}

/// How long each answer took, in milliseconds, ascending, with the question's name.
type Times = Vec<(f64, &'static str)>;

pub fn sqlite(bench: &Bench, report: &mut Report) -> Result<()> {
    let (data, shipments) = (bench.fresh("product")?, SHIPMENTS / bench.scale);
    bench
        .runtime
        .block_on(fill::searched(&data, None, shipments))?;
    let (first, times) = bench.runtime.block_on(on_store(&data, None, shipments))?;
    let about = "searches with filters over 1 M shipments, SQLite, on the store";
    report.add(figure(about, shipments, &times, first));
    let key = create_key(&data, None, "native")?;
    let server = serve(&data, None)?;
    let mut client = Client::connect(server.addr, PATIENCE)?;
    let headers = format!("authorization: Bearer {}\r\n", key.key);
    let ask = |question: &Question| client.get(&question.path, &headers).map(drop);
    let (first, times) = ask_all(shipments, ask)?;
    server.stop()?;
    let about = "searches with filters over 1 M shipments, SQLite, over HTTP";
    report.add(figure(about, shipments, &times, first));
    Ok(())
}

pub fn postgres(bench: &Bench, report: &mut Report) -> Result<()> {
    let (data, shipments) = (bench.fresh("product")?, SHIPMENTS / bench.scale);
    let url = Some(bench.database()?);
    reset(url)?;
    bench
        .runtime
        .block_on(fill::searched(&data, url, shipments))?;
    let (first, times) = bench.runtime.block_on(on_store(&data, url, shipments))?;
    let about = "searches with filters over 1 M shipments, PostgreSQL, on the store";
    report.add(figure(about, shipments, &times, first));
    Ok(())
}

fn figure(what: &str, shipments: usize, times: &Times, first: f64) -> Figure {
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    Figure {
        what: what.to_owned(),
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
    }
}

/// Asks the store itself. The first answer's time, and all others'.
async fn on_store(
    data: &Path,
    database_url: Option<&str>,
    shipments: usize,
) -> Result<(f64, Times)> {
    let filling = Filling::open(data, database_url).await?;
    let (store, account) = (filling.hub().store(), filling.account());
    let runtime = tokio::runtime::Handle::current();
    // Blocking, like the one who asks over HTTP: one question after the other.
    let times = tokio::task::block_in_place(|| {
        ask_all(shipments, |question| {
            let query = ShipmentQuery {
                account,
                ..question.query.clone()
            };
            runtime.block_on(ask(store.as_ref(), &query))
        })
    });
    filling.close().await?;
    times
}

async fn ask(store: &dyn Store, query: &ShipmentQuery) -> Result<()> {
    let page = store.shipments(query, None, PAGE).await?;
    anyhow::ensure!(page.rows.len() <= PAGE, "a page is too long");
    Ok(())
}

/// Asks every question in every round; before them, one that nothing matches.
fn ask_all(shipments: usize, mut ask: impl FnMut(&Question) -> Result<()>) -> Result<(f64, Times)> {
    let mut timed = |question: &Question| {
        let watch = Stopwatch::start();
        ask(question)?;
        Ok::<_, anyhow::Error>(watch.elapsed().as_secs_f64() * 1e3)
    };
    let mut random = Seeded(7);
    let first = timed(&of(
        "a stage that none is in",
        "stage=seized",
        ShipmentQuery {
            stage: Some(Stage::Seized),
            ..ShipmentQuery::default()
        },
    ))?;
    let mut times = Times::new();
    for _ in 0..ROUNDS {
        for question in questions(shipments, &mut random) {
            times.push((timed(&question)?, question.name));
        }
    }
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok((first, times))
}

fn of(name: &'static str, filters: &str, query: ShipmentQuery) -> Question {
    Question {
        name,
        query,
        path: format!("/v1/shipments?limit={PAGE}&{filters}"),
    }
}

/// Questions of an operator: broad and narrow ones, and some that nothing matches. The account is
/// whoever asks.
fn questions(shipments: usize, random: &mut Seeded) -> Vec<Question> {
    let all = ShipmentQuery::of(AccountId::default());
    let shipment = random.below(shipments as u64) as usize;
    let (number, beginning) = (number(shipment), &number(shipment)[..7]);
    let reference = format!("so-{:05}", shipment / 1_000);
    let stage = |stage| ShipmentQuery {
        stage: Some(stage),
        ..all.clone()
    };
    let rare = Some("x-bench:rare".to_owned());
    let before = |before| Bounds {
        from: None,
        before: Some(before),
    };
    vec![
        of("everything", "", all.clone()),
        of("a usual stage", "stage=in_transit", stage(Stage::InTransit)),
        of(
            "a stage that none is in",
            "stage=seized",
            stage(Stage::Seized),
        ),
        of(
            "a milestone",
            "milestone=delivered",
            ShipmentQuery {
                milestone: Milestone::parse("delivered"),
                ..all.clone()
            },
        ),
        of(
            "a rare carrier",
            "carrier=x-bench:rare",
            ShipmentQuery {
                carrier: rare.clone(),
                ..all.clone()
            },
        ),
        of(
            "a rare carrier and a stage that never meet",
            "carrier=x-bench:rare&stage=info_received",
            ShipmentQuery {
                carrier: rare,
                ..stage(Stage::InfoReceived)
            },
        ),
        of(
            "a number",
            &format!("number={number}"),
            ShipmentQuery {
                number: Some(number.clone()),
                ..all.clone()
            },
        ),
        of(
            "a number's beginning",
            &format!("number={beginning}"),
            ShipmentQuery {
                number: Some(beginning.to_owned()),
                ..all.clone()
            },
        ),
        of(
            "a beginning of every number, and a stage",
            "number=VD&stage=lost",
            ShipmentQuery {
                number: Some("VD".to_owned()),
                ..stage(Stage::Lost)
            },
        ),
        of(
            "a reference's beginning",
            &format!("reference={reference}"),
            ShipmentQuery {
                reference: Some(reference.clone()),
                ..all.clone()
            },
        ),
        of(
            "in transit and not moved for long",
            "stage=in_transit&moved_before=2026-03-07T16:13:20Z",
            ShipmentQuery {
                moved: before(1_772_900_000_000_000),
                ..stage(Stage::InTransit)
            },
        ),
        of(
            "created before the first",
            "created_before=1970-01-01T00:00:01Z",
            ShipmentQuery {
                created: before(1_000_000),
                ..all
            },
        ),
    ]
}
