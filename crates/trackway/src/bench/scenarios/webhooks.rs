//! One 247Express webhook a request, from many connections.

use super::Bench;
use crate::bench::load;
use crate::bench::process::Server;
use crate::bench::report::{Figure, Report, thousands};
use crate::bench::run::{Run, measured, percentile, rate};
use crate::bench::servers::{command, connections, serve, start_ceiling};
use crate::bench::workload;
use anyhow::Result;

const CONNECTIONS: usize = 256;
const WEBHOOK_KEY: &str = "0A1B2C3D-0000-4000-8000-00112233AABB";

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let (count, shipments) = (200_000 / bench.scale, 20_000 / bench.scale);
    let (mut product, mut ceiling) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let data = bench.fresh("ceiling")?;
        let server = start_ceiling("ingest", &data, None)?;
        ceiling.push(send_webhooks(&server, count, shipments)?);
        drop(server);
        let data = bench.fresh("product")?;
        command(
            &data,
            None,
            &[
                "connect",
                "247express",
                "--base-url",
                "http://127.0.0.1:9",
                "--set",
                "apikey=none",
                "--set",
                &format!("webhook_apikey={WEBHOOK_KEY}"),
            ],
        )?;
        let server = serve(&data, None)?;
        product.push(send_webhooks(&server, count, shipments)?);
        server.stop()?;
    }
    let rate = |runs: &[Run]| rate(runs, 1.0);
    report.add(Figure {
        what: "durable ingest, one 247Express webhook a request, 256 connections".to_owned(),
        product: format!("{}/s", thousands(rate(&product))),
        ceiling: Some(format!("{}/s", thousands(rate(&ceiling)))),
        ratio: Some(rate(&product) / rate(&ceiling)),
        at_least: "40 %",
        towards: "70 %",
        more: format!(
            "{} connections; p50 {:.1} ms, p99 {:.1} ms; {:.0} µs CPU a webhook (ceiling {:.0})",
            connections(CONNECTIONS),
            percentile(&product, 0.5),
            percentile(&product, 0.99),
            product[0].cpu_per(count as f64),
            ceiling[0].cpu_per(count as f64),
        ),
    });
    Ok(())
}

fn send_webhooks(server: &Server, count: usize, shipments: usize) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            connections(CONNECTIONS),
            count,
            |at, out| {
                let body =
                    workload::webhook(WEBHOOK_KEY, at % shipments, at / shipments * 7 + at % 4);
                load::post(out, "/IntergrationAPI", "", body.as_bytes());
            },
            |body| body.windows(5).any(|window| window == b"false"),
        )
    })
}
