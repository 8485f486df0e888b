//! Messages from `POST /v1/events` to a subscriber: how many a second, and how late.

use super::Bench;
use crate::bench::load::{self, Load};
use crate::bench::process::{Server, Usage};
use crate::bench::report::{Figure, Report, median, thousands};
use crate::bench::servers::{command, create_key, serve, start_delivering_ceiling};
use crate::bench::sink::{Arrival, Sink};
use crate::bench::workload;
use anyhow::Result;
use std::time::Duration;

const CONNECTIONS: usize = 16;
/// A number is told of again after so many others.
const SHIPMENTS: usize = 10_000;
/// How long the last message may take to arrive.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// Messages a second of a load that leaves room.
const STEADY: usize = 200;

/// One run: what was sent, what arrived, and what it took.
struct Delivered {
    load: Load,
    arrived: Vec<Arrival>,
    server: Usage,
    sink: Usage,
}

/// Who is measured.
#[derive(Clone, Copy, Debug)]
enum Who {
    Product,
    Ceiling,
}

/// As many as it can.
pub fn throughput(bench: &Bench, report: &mut Report) -> Result<()> {
    let messages = (60_000 / bench.scale).max(200);
    let (product, ceiling) = in_turn(bench, messages, Duration::ZERO)?;
    let rate = |runs: &[Delivered]| median(runs.iter().map(Delivered::per_second).collect());
    report.add(Figure {
        what: "accepted, committed and delivered, single messages, 16 connections, SQLite"
            .to_owned(),
        product: format!("{}/s", thousands(rate(&product))),
        ceiling: Some(format!("{}/s", thousands(rate(&ceiling)))),
        ratio: Some(rate(&product) / rate(&ceiling)),
        at_least: "4,000/s; 0.3 ms CPU; 60 %",
        towards: "15,000/s; 85 %",
        more: format!(
            "{} messages; {:.2} ms CPU a message (ceiling {:.2}), of the sink {:.3}; accepted {}/s",
            thousands(messages as f64),
            product[0].cpu_ms(product[0].server),
            ceiling[0].cpu_ms(ceiling[0].server),
            product[0].cpu_ms(product[0].sink),
            thousands(product[0].load.per_second(1.0)),
        ),
    });
    Ok(())
}

/// How late they are when there is room.
pub fn latency(bench: &Bench, report: &mut Report) -> Result<()> {
    let messages = (STEADY * 15 / bench.scale).max(60);
    let every = Duration::from_secs(1) / STEADY as u32;
    let (product, ceiling) = in_turn(bench, messages, every)?;
    let late = |runs: &[Delivered], from: Moment, share: f64| {
        median(runs.iter().map(|run| run.late(from, share)).collect())
    };
    let p99 = late(&product, Moment::Committed, 0.99);
    let ceiling_p99 = late(&ceiling, Moment::Committed, 0.99);
    report.add(Figure {
        what: "from the commit to the arrival, 200 messages a second".to_owned(),
        product: format!("p99 {p99:.1} ms"),
        ceiling: Some(format!("p99 {ceiling_p99:.1} ms")),
        ratio: None,
        at_least: "p99 100 ms",
        towards: "p99 25 ms",
        more: format!(
            "{} messages; p50 {:.1} ms (ceiling {:.1}); from the request's first byte p50 {:.1} ms, p99 {:.1} ms",
            thousands(messages as f64),
            late(&product, Moment::Committed, 0.5),
            late(&ceiling, Moment::Committed, 0.5),
            late(&product, Moment::Sent, 0.5),
            late(&product, Moment::Sent, 0.99),
        ),
    });
    Ok(())
}

/// Rounds of product and ceiling in turn.
fn in_turn(
    bench: &Bench,
    messages: usize,
    every: Duration,
) -> Result<(Vec<Delivered>, Vec<Delivered>)> {
    let (mut product, mut ceiling) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        ceiling.push(deliver(bench, Who::Ceiling, messages, every)?);
        product.push(deliver(bench, Who::Product, messages, every)?);
    }
    Ok((product, ceiling))
}

fn deliver(bench: &Bench, who: Who, messages: usize, every: Duration) -> Result<Delivered> {
    let sink = Sink::start()?;
    let (server, headers) = start(bench, who, &sink)?;
    let bodies: Vec<Vec<u8>> = (0..messages)
        .map(|at| workload::marked(at % SHIPMENTS, at))
        .collect();
    let before = (server.usage()?, sink.usage()?);
    let request = |at: usize, out: &mut Vec<u8>| {
        load::post(out, "/v1/events", &headers, &bodies[at]);
    };
    let load = load::steady(server.addr, CONNECTIONS, messages, every, request, |_| true)?;
    let arrived = sink.wait(messages, PATIENCE)?;
    let run = Delivered {
        load,
        arrived,
        server: server.usage()?.since(before.0),
        sink: sink.usage()?.since(before.1),
    };
    server.stop()?;
    Ok(run)
}

/// The server, and what requests to it need.
fn start(bench: &Bench, who: Who, sink: &Sink) -> Result<(Server, String)> {
    match who {
        Who::Ceiling => {
            let data = bench.fresh("ceiling")?;
            Ok((start_delivering_ceiling(&data, sink.addr())?, String::new()))
        }
        Who::Product => {
            let data = bench.fresh("product")?;
            let key = create_key(&data, None, "native")?;
            let url = format!("http://{}/ok/0", sink.addr());
            command(&data, None, &["endpoint", "add", &url])?;
            let headers = format!("authorization: Bearer {}\r\n", key.key);
            Ok((serve(&data, None)?, headers))
        }
    }
}

/// From when a message's lateness counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Its request went out.
    Sent,
    /// It was answered, which follows the commit at once.
    Committed,
}

impl Delivered {
    /// Messages a second, from the first request to the last arrival.
    fn per_second(&self) -> f64 {
        let first = self.load.exchanges.iter().map(|one| one.sent).min();
        let last = self.arrived.iter().map(|one| one.at).max();
        let took = last.unwrap_or(0) - first.unwrap_or(0);
        self.arrived.len() as f64 * 1e6 / took.max(1) as f64
    }

    fn cpu_ms(&self, of: Usage) -> f64 {
        of.cpu.as_secs_f64() * 1e3 / self.arrived.len() as f64
    }

    fn late(&self, from: Moment, share: f64) -> f64 {
        load::percentile(&lateness(&self.load, &self.arrived, from), share)
    }
}

/// Microseconds from a moment to the arrival of every message, ascending. What arrives before its
/// sender hears of the commit is not late.
pub fn lateness(load: &Load, arrived: &[Arrival], from: Moment) -> Vec<i64> {
    let mut late: Vec<i64> = arrived
        .iter()
        .filter_map(|arrival| {
            let exchange = load.exchanges.get(arrival.mark)?;
            let began = match from {
                Moment::Sent => exchange.sent,
                Moment::Committed => exchange.answered,
            };
            Some((arrival.at - began).max(0))
        })
        .collect();
    late.sort_unstable();
    late
}
