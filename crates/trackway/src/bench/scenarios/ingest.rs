//! Batches of 1,000 statements over HTTP: into SQLite and PostgreSQL, each beside its ceiling, and ten
//! million of them against their own first million.

use super::Bench;
use crate::bench::load;
use crate::bench::process::{Server, folder_bytes};
use crate::bench::report::{Figure, Report, thousands};
use crate::bench::run::{Run, measured, percentile, rate};
use crate::bench::servers::{create_key, reset, serve, start_ceiling};
use crate::bench::workload::{self, Volume};
use anyhow::Result;

/// Connections of the load: enough that a batch is parsed while others are committed.
const CONNECTIONS: usize = 6;
const BATCH: usize = 1_000;

/// Into SQLite.
pub fn sqlite(bench: &Bench, report: &mut Report) -> Result<()> {
    ingest(bench, report, None)
}

/// Into PostgreSQL.
pub fn postgres(bench: &Bench, report: &mut Report) -> Result<()> {
    ingest(bench, report, Some(bench.database()?))
}

fn ingest(bench: &Bench, report: &mut Report, database_url: Option<&str>) -> Result<()> {
    let volume = Volume {
        statements: 2_000_000 / bench.scale,
        shipments: 200_000 / bench.scale,
        batch: BATCH,
    };
    let batches = workload::event_batches(volume);
    let (mut product, mut ceiling) = (Vec::new(), Vec::new());
    let mut idle = 0;
    for _ in 0..bench.rounds {
        ceiling.push(ceiling_round(bench, database_url, &batches)?);
        let data = bench.fresh("product")?;
        reset(database_url)?;
        let key = create_key(&data, database_url, "native")?;
        let server = serve(&data, database_url)?;
        idle = server.usage()?.resident;
        let run = send_batches(&server, &batches, &key.key)?;
        server.stop()?;
        product.push(Run {
            bytes: folder_bytes(&data)?,
            ..run
        });
    }
    let rate = |runs: &[Run]| rate(runs, BATCH as f64);
    let middle = &product[product.len() / 2];
    let (what, towards) = match database_url {
        None => (
            "durable ingest, batches of 1,000, SQLite",
            "70 %; 250,000/s",
        ),
        Some(_) => ("durable ingest, batches of 1,000, PostgreSQL", "70 %"),
    };
    report.add(Figure {
        what: what.to_owned(),
        product: format!("{}/s", thousands(rate(&product))),
        ceiling: Some(format!("{}/s", thousands(rate(&ceiling)))),
        ratio: Some(rate(&product) / rate(&ceiling)),
        at_least: if database_url.is_none() {
            "40 %; 100,000/s; p99 150 ms"
        } else {
            "40 %"
        },
        towards,
        more: format!(
            "p50 {:.0} ms, p99 {:.0} ms; {:.2} µs CPU a statement (ceiling {:.2}); {} B a statement on disk",
            percentile(&product, 0.5),
            percentile(&product, 0.99),
            middle.cpu_per(volume.statements as f64),
            ceiling[0].cpu_per(volume.statements as f64),
            if database_url.is_none() {
                (middle.bytes as usize / volume.statements).to_string()
            } else {
                "–".to_owned()
            },
        ),
    });
    if database_url.is_none() {
        report.add(Figure {
            what: "memory idle / under the first row's load".to_owned(),
            product: format!(
                "{} / {} MB",
                idle >> 20,
                product
                    .iter()
                    .map(|run| run.after.peak >> 20)
                    .max()
                    .unwrap_or(0)
            ),
            ceiling: None,
            ratio: None,
            at_least: "60 / 500 MB",
            towards: "half",
            more: "resident set; peak of all rounds".to_owned(),
        });
    }
    Ok(())
}

fn ceiling_round(bench: &Bench, database_url: Option<&str>, batches: &[Vec<u8>]) -> Result<Run> {
    reset(database_url)?;
    let data = bench.fresh("ceiling")?;
    let server = start_ceiling("ingest", &data, database_url)?;
    send_batches(&server, batches, "none")
}

/// 10 M statements over 1 M shipments: the last million's rate against the first's.
pub fn long(bench: &Bench, report: &mut Report) -> Result<()> {
    let volume = Volume {
        statements: 10_000_000 / bench.scale,
        shipments: 1_000_000 / bench.scale,
        batch: BATCH,
    };
    let batches = workload::event_batches(volume);
    let data = bench.fresh("product")?;
    let key = create_key(&data, None, "native")?;
    let server = serve(&data, None)?;
    let tenth = batches.len() / 10;
    let rates = batches
        .chunks(tenth)
        .map(|part| {
            Ok(send_batches(&server, part, &key.key)?
                .load
                .per_second(BATCH as f64))
        })
        .collect::<Result<Vec<f64>>>()?;
    let peak = server.usage()?.peak;
    server.stop()?;
    let (first, last) = (rates[0], rates[rates.len() - 1]);
    report.add(Figure {
        what: "the same at 10 M statements over 1 M shipments".to_owned(),
        product: format!("{}/s in the last million", thousands(last)),
        ceiling: Some(format!("{}/s in the first", thousands(first))),
        ratio: Some(last / first),
        at_least: "70 %",
        towards: "95 %",
        more: format!(
            "each million: {}; peak {} MB",
            rates
                .iter()
                .map(|rate| format!("{:.0}k", rate / 1_000.0))
                .collect::<Vec<_>>()
                .join(" "),
            peak >> 20
        ),
    });
    Ok(())
}

fn send_batches(server: &Server, batches: &[Vec<u8>], key: &str) -> Result<Run> {
    let headers = format!("authorization: Bearer {key}\r\n");
    measured(server, || {
        load::run(
            server.addr,
            CONNECTIONS,
            batches.len(),
            |at, out| load::post(out, "/v1/events", &headers, &batches[at]),
            |_| true,
        )
    })
}
