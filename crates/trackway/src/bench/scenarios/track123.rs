//! Track123: a query of a hundred numbers among a million, and how fast its answers become statements.

use super::Bench;
use crate::bench::ceiling::fill_query;
use crate::bench::clock::Stopwatch;
use crate::bench::process::Server;
use crate::bench::report::{Figure, Report, median, thousands};
use crate::bench::run::{Run, measured, percentile, rate};
use crate::bench::servers::{create_key, serve, start_ceiling};
use crate::bench::{fill, load, workload};
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::hint::black_box;
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::{registry, track123};

const CONNECTIONS: usize = 4;
/// Numbers in a query, and trackings in an answer.
const TOGETHER: usize = 100;
/// Events of a tracking.
const EVENTS: usize = workload::TRACKING_EVENTS;

pub fn query(bench: &Bench, report: &mut Report) -> Result<()> {
    let (trackings, queries) = (1_000_000 / bench.scale, 8_000 / bench.scale);
    let data = bench.fresh("product")?;
    let key = create_key(&data, None, track123::NAME)?;
    bench.runtime.block_on(fill::trackings(&data, trackings))?;
    let ceiling_data = bench.fresh("ceiling")?;
    fill_query(&ceiling_data, trackings)?;
    let (mut product, mut ceiling, mut single) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let server = start_ceiling("query", &ceiling_data, None)?;
        let many = queries * TOGETHER / 4;
        single.push(send(&server, trackings, (many, 1), "none")?);
        ceiling.push(send(&server, trackings, (queries, TOGETHER), "none")?);
        drop(server);
        let server = serve(&data, None)?;
        product.push(send(&server, trackings, (queries, TOGETHER), &key.key)?);
        server.stop()?;
    }
    let single = rate(&single, 1.0);
    let rate = |runs: &[Run]| rate(runs, TOGETHER as f64);
    let units = (queries * TOGETHER) as f64;
    report.add(Figure {
        what: "Track123 queries of 100 numbers, 1 M stored, against 100 rows in one answer".to_owned(),
        product: format!("{} trackings/s", thousands(rate(&product))),
        ceiling: Some(format!("{} trackings/s", thousands(rate(&ceiling)))),
        ratio: Some(rate(&product) / rate(&ceiling)),
        at_least: "60 %",
        towards: "85 %",
        more: format!(
            "{} queries over {CONNECTIONS} connections; p99 {:.1} ms a query (ceiling {:.1}); {:.1} µs CPU a tracking (ceiling {:.1})",
            thousands(queries as f64),
            percentile(&product, 0.99),
            percentile(&ceiling, 0.99),
            product[0].cpu_per(units),
            ceiling[0].cpu_per(units),
        ),
    });
    report.add(Figure {
        what: "the same against single look-ups of the same rows".to_owned(),
        product: format!("{} trackings/s", thousands(rate(&product))),
        ceiling: Some(format!("{} look-ups/s", thousands(single))),
        ratio: Some(rate(&product) / single),
        at_least: "60 %",
        towards: "85 %",
        more: "the ceiling answers one row a request".to_owned(),
    });
    Ok(())
}

/// So many queries of so many numbers each.
fn send(
    server: &Server,
    trackings: usize,
    (queries, together): (usize, usize),
    key: &str,
) -> Result<Run> {
    let headers = format!("Track123-Api-Secret: {key}\r\n");
    let bodies: Vec<Vec<u8>> = (0..queries)
        .map(|at| {
            let mut random = workload::Seeded(at as u64);
            let asked = (0..together).map(|_| random.below(trackings as u64) as usize);
            workload::tracking_query(asked)
        })
        .collect();
    measured(server, || {
        load::run(
            server.addr,
            CONNECTIONS,
            queries,
            |at, out| load::post(out, workload::QUERY, &headers, &bodies[at]),
            |body| body.starts_with(b"{\"code\":\"00000\"") && body.len() > 1_000,
        )
    })
}

/// The same members as a statement is made of.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "what is read is not used: reading it is what is measured"
)]
struct Scan {
    address: String,
    event_time: String,
    timezone: String,
    #[serde(rename = "eventTimeZeroUTC")]
    event_time_utc: String,
    event_detail: String,
    transit_sub_status: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Leg {
    tracking_details: Vec<Scan>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "what is read is not used: reading it is what is measured"
)]
struct Tracking {
    track_no: String,
    transit_status: String,
    transit_sub_status: String,
    local_logistics_info: Leg,
}

#[derive(Debug, Deserialize)]
struct Accepted {
    content: Vec<Tracking>,
}

#[derive(Debug, Deserialize)]
struct Data {
    accepted: Accepted,
}

#[derive(Debug, Deserialize)]
struct Envelope {
    data: Data,
}

/// Answers become statements: read, cut, mapped, with their times, codes and own bytes.
pub fn parse(bench: &Bench, report: &mut Report) -> Result<()> {
    let rounds = (2_000 / bench.scale).max(2);
    let numbers: Vec<String> = (0..TOGETHER).map(workload::number).collect();
    let body = workload::tracking_answers(0..TOGETHER).into_bytes();
    let dialect = registry::find(track123::NAME).context("no such dialect")?;
    let call = dialect.call().context("no such call")?;
    let vocabularies = registry::built_in();
    let vocabulary = vocabularies.of(track123::NAME);
    let carrier = workload::tracking_carrier();
    let parcels: Vec<Parcel<'_>> = numbers
        .iter()
        .map(|number| Parcel {
            carrier: &carrier,
            number,
            ..Parcel::default()
        })
        .collect();
    let answer = Answer {
        status: 200,
        retry_after_s: None,
        body: &body,
    };
    let statements = rounds * TOGETHER * EVENTS;
    let (mut product, mut ceiling) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let watch = Stopwatch::start();
        for _ in 0..rounds {
            let parsed = call.parse_all(vocabulary, &parcels, black_box(&answer));
            let read = parsed.iter().flatten();
            let told: usize = read
                .flat_map(|parsed| &parsed.answer.parts)
                .map(|part| part.statements.len())
                .sum();
            ensure!(told == TOGETHER * EVENTS, "{told} statements were read");
        }
        product.push(statements as f64 / watch.elapsed().as_secs_f64());
        let watch = Stopwatch::start();
        for _ in 0..rounds {
            let read: Envelope = serde_json::from_slice(black_box(&body))?;
            let trackings = read.data.accepted.content.iter();
            let told: usize = trackings
                .map(|tracking| tracking.local_logistics_info.tracking_details.len())
                .sum();
            ensure!(told == TOGETHER * EVENTS, "{told} events were read");
        }
        ceiling.push(statements as f64 / watch.elapsed().as_secs_f64());
    }
    let (product, ceiling) = (median(product), median(ceiling));
    report.add(Figure {
        what: "Track123 answers of 100 trackings into statements, one thread".to_owned(),
        product: format!("{} statements/s", thousands(product)),
        ceiling: Some(format!(
            "{} statements/s, serde_json into structs",
            thousands(ceiling)
        )),
        ratio: Some(product / ceiling),
        at_least: "40 %",
        towards: "70 %",
        more: format!(
            "{} answers of {} KB, {EVENTS} events a tracking",
            thousands(rounds as f64),
            body.len() >> 10
        ),
    });
    Ok(())
}
