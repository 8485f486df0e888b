//! Numbers registered in batches of ten thousand: inside one process, on the store itself, and over
//! HTTP.

use super::Bench;
use crate::bench::clock::Stopwatch;
use crate::bench::fill::{Filling, wishes};
use crate::bench::report::{Figure, Report, thousands};
use crate::bench::run::{measured, percentile, rate};
use crate::bench::servers::{create_key, serve};
use crate::bench::{load, workload};
use anyhow::Result;
use std::path::Path;
use trackway_dialects::Desk;

/// Enough that one batch is read while another is committed.
const CONNECTIONS: usize = 3;
const BATCH: usize = 10_000;

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let numbers = 1_000_000 / bench.scale;
    let data = bench.fresh("product")?;
    bench.runtime.block_on(on_store(&data, numbers, report))?;
    over_http(bench, numbers, report)
}

async fn on_store(data: &Path, numbers: usize, report: &mut Report) -> Result<()> {
    let filling = Filling::open(data, None).await?;
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

fn over_http(bench: &Bench, numbers: usize, report: &mut Report) -> Result<()> {
    let batch = BATCH.min(numbers / 2);
    let bodies: Vec<Vec<u8>> = (0..numbers)
        .step_by(batch)
        .map(|from| workload::wishes(from..(from + batch).min(numbers)))
        .collect();
    let mut runs = Vec::new();
    for _ in 0..bench.rounds {
        let data = bench.fresh("product")?;
        let key = create_key(&data, None, "native")?;
        let server = serve(&data, None)?;
        let headers = format!("authorization: Bearer {}\r\n", key.key);
        runs.push(measured(&server, || {
            let request = |at: usize, out: &mut Vec<u8>| {
                load::post(out, "/v1/shipments", &headers, &bodies[at]);
            };
            let all_new = |body: &[u8]| body.ends_with(b"\"rejected\":[]}");
            load::run(server.addr, CONNECTIONS, bodies.len(), request, all_new)
        })?);
        server.stop()?;
    }
    report.add(Figure {
        what: "numbers registered in batches of 10,000, SQLite, over HTTP".to_owned(),
        product: format!("{}/s", thousands(rate(&runs, batch as f64))),
        ceiling: None,
        ratio: None,
        at_least: "50,000/s",
        towards: "100,000/s",
        more: format!(
            "{} numbers, each with a reference, {CONNECTIONS} connections; p50 {:.0} ms, p99 {:.0} ms a batch; {:.1} µs CPU a number",
            thousands(numbers as f64),
            percentile(&runs, 0.5),
            percentile(&runs, 0.99),
            runs[0].cpu_per(numbers as f64),
        ),
    });
    Ok(())
}
