//! 247Express look-ups among a million shipments, the start on that store, and bytes on disk.

use super::Bench;
use crate::bench::clock::Stopwatch;
use crate::bench::process::{Server, folder_bytes};
use crate::bench::report::{Figure, Report, median, thousands};
use crate::bench::run::{Run, measured, percentile, rate};
use crate::bench::servers::{create_key, serve, start_ceiling};
use crate::bench::{ceiling as ceilings, fill, load, workload};
use anyhow::Result;

const CONNECTIONS: usize = 16;

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let (shipments, asked) = (1_000_000 / bench.scale, 400_000 / bench.scale);
    let data = bench.fresh("product")?;
    let key = create_key(&data, None, "247express")?;
    bench.runtime.block_on(fill::documents(&data, shipments))?;
    let ceiling_data = bench.fresh("ceiling")?;
    ceilings::fill_lookups(&ceiling_data, shipments)?;
    let (mut product, mut ceiling, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let server = start_ceiling("lookups", &ceiling_data, None)?;
        ceiling.push(send_lookups(&server, shipments, asked, "none")?);
        drop(server);
        let watch = Stopwatch::start();
        let server = serve(&data, None)?;
        send_lookups(&server, shipments, 1, &key.key)?;
        starts.push(watch.elapsed().as_secs_f64() * 1_000.0);
        product.push(send_lookups(&server, shipments, asked, &key.key)?);
        server.stop()?;
    }
    let rate = |runs: &[Run]| rate(runs, 1.0);
    report.add(Figure {
        what: "247Express look-ups, 1 M shipments, 10 M statements".to_owned(),
        product: format!("{}/s", thousands(rate(&product))),
        ceiling: Some(format!("{}/s", thousands(rate(&ceiling)))),
        ratio: Some(rate(&product) / rate(&ceiling)),
        at_least: "60 %",
        towards: "85 %",
        more: format!(
            "p99 {:.1} ms; {:.0} µs CPU a look-up (ceiling {:.0}); {} MB on disk",
            percentile(&product, 0.99),
            product[0].cpu_per(asked as f64),
            ceiling[0].cpu_per(asked as f64),
            folder_bytes(&data)? >> 20,
        ),
    });
    report.add(Figure {
        what: "start on the look-up row's store until the first answer".to_owned(),
        product: format!("{:.0} ms", median(starts)),
        ceiling: None,
        ratio: None,
        at_least: "1 s",
        towards: "200 ms",
        more: "process start included; file cache warm".to_owned(),
    });
    Ok(())
}

fn send_lookups(server: &Server, shipments: usize, count: usize, key: &str) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            CONNECTIONS,
            count,
            |at, out| {
                let shipment = workload::Seeded(at as u64).below(shipments as u64) as usize;
                load::get(
                    out,
                    &format!(
                        "/api/Order/v1/Tracking?ordercode={}&apikey={key}",
                        workload::number(shipment)
                    ),
                    "",
                );
            },
            |body| {
                body.windows(17)
                    .any(|window| window == b"\"errorCode\":null,")
            },
        )
    })
}

pub fn disk(bench: &Bench, report: &mut Report) -> Result<()> {
    let shipments = 20_000 / bench.scale;
    let data = bench.fresh("product")?;
    let statements = bench.runtime.block_on(fill::mixed(&data, shipments))?;
    let bytes = folder_bytes(&data)?;
    report.add(Figure {
        what: "disk per statement, sealed, half by webhook, half by polls".to_owned(),
        product: format!("{} B", bytes / statements),
        ceiling: None,
        ratio: None,
        at_least: "600 B",
        towards: "300 B",
        more: format!(
            "{} statements, {} MB, after a clean stop",
            thousands(statements as f64),
            bytes >> 20
        ),
    });
    Ok(())
}
