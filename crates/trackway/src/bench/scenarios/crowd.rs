//! Many subscribers, each of an account of its own, of which some are dead and some are slow: what the
//! healthy ones notice of that.

use super::Bench;
use super::deliver::{Moment, PATIENCE, lateness};
use crate::bench::fill::Filling;
use crate::bench::load;
use crate::bench::report::{Figure, Report, median, thousands};
use crate::bench::servers::{open_many_files, serve};
use crate::bench::sink::Sink;
use crate::bench::workload;
use anyhow::{Context, Result};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::Duration;
use trackway_hub::{NewEndpoint, NewKey};

const ENDPOINTS: usize = 1_000;
/// Files that a server needs beside the connections to slow endpoints, of which each may hold as many
/// as it has messages.
const FILES: usize = 300;
/// Messages a second, over all endpoints in turn.
const PER_SECOND: usize = 400;
const SECONDS: usize = 15;
const CONNECTIONS: usize = 16;

/// How an endpoint answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    AtOnce,
    /// After half a minute.
    Slowly,
    /// Nobody listens.
    Never,
}

/// One in ten is dead, another one slow.
fn mixed(endpoint: usize) -> Manner {
    match endpoint % 10 {
        3 => Manner::Never,
        7 => Manner::Slowly,
        _ => Manner::AtOnce,
    }
}

fn healthy(_: usize) -> Manner {
    Manner::AtOnce
}

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let endpoints = fitting(ENDPOINTS / bench.scale.min(10), open_many_files());
    let messages = (PER_SECOND * SECONDS / bench.scale).max(2 * endpoints);
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        without.push(run(bench, endpoints, messages, healthy)?);
        with.push(run(bench, endpoints, messages, mixed)?);
    }
    let middle = |runs: &[[f64; 2]], at: usize| median(runs.iter().map(|run| run[at]).collect());
    let (p99, p99_healthy) = (middle(&with, 1), middle(&without, 1));
    report.add(Figure {
        what: "1,000 endpoints, 10 % dead, 10 % answering in 30 s: the healthy ones".to_owned(),
        product: format!("p99 {p99:.1} ms"),
        ceiling: Some(format!("p99 {p99_healthy:.1} ms, all healthy")),
        ratio: Some(p99 / p99_healthy.max(0.001)),
        at_least: "2 times",
        towards: "1.1 times",
        more: format!(
            "{} endpoints of as many accounts, {} messages at {PER_SECOND} a second; p50 {:.1} ms (all healthy {:.1})",
            thousands(endpoints as f64),
            thousands(messages as f64),
            middle(&with, 0),
            middle(&without, 0),
        ),
    });
    Ok(())
}

/// As many endpoints as the files allow, in tens: each slow one holds a connection a message.
fn fitting(endpoints: usize, files: usize) -> usize {
    let each = PER_SECOND * SECONDS / ENDPOINTS;
    let slow = files.saturating_sub(FILES) / each.max(1);
    endpoints.min(slow.saturating_mul(10)).max(20) / 10 * 10
}

/// The healthy ones' lateness, median and p99, in milliseconds.
fn run(
    bench: &Bench,
    endpoints: usize,
    messages: usize,
    manner: fn(usize) -> Manner,
) -> Result<[f64; 2]> {
    let sink = Sink::start()?;
    let data = bench.fresh("product")?;
    let keys = bench
        .runtime
        .block_on(subscribe(&data, endpoints, sink.addr(), manner))?;
    let headers: Vec<String> = keys
        .iter()
        .map(|key| format!("authorization: Bearer {key}\r\n"))
        .collect();
    let server = serve(&data, None)?;
    let bodies: Vec<Vec<u8>> = (0..messages).map(|at| workload::marked(at, at)).collect();
    let every = Duration::from_secs(1) / PER_SECOND as u32;
    let request = |at: usize, out: &mut Vec<u8>| {
        load::post(out, "/v1/events", &headers[at % endpoints], &bodies[at]);
    };
    let load = load::steady(server.addr, CONNECTIONS, messages, every, request, |_| true)?;
    let due = (0..messages).filter(|at| manner(at % endpoints) == Manner::AtOnce);
    let arrived = sink.wait(due.count(), PATIENCE)?;
    // Killed, not stopped: it would wait for the slow ones.
    drop(server);
    let late = lateness(&load, &arrived, Moment::Committed);
    Ok([0.5, 0.99].map(|share| load::percentile(&late, share)))
}

/// An account with a key and an endpoint, so many times. Returns the keys.
async fn subscribe(
    data: &Path,
    endpoints: usize,
    sink: SocketAddr,
    manner: fn(usize) -> Manner,
) -> Result<Vec<String>> {
    let filling = Filling::open(data, None).await?;
    let dead = unused()?;
    let mut keys = Vec::with_capacity(endpoints);
    for endpoint in 0..endpoints {
        let account = Some(format!("customer-{endpoint}"));
        let url = match manner(endpoint) {
            Manner::AtOnce => format!("http://{sink}/ok/{endpoint}"),
            Manner::Slowly => format!("http://{sink}/slow/{endpoint}"),
            Manner::Never => format!("http://{dead}/"),
        };
        let key = filling.hub().create_key(NewKey {
            account: account.clone(),
            name: "bench".to_owned(),
            ..NewKey::default()
        });
        let key = serde_json::to_value(key.await?)?;
        let key = key["key"].as_str().context("a key without its text")?;
        keys.push(key.to_owned());
        let subscribed = filling.hub().add_endpoint(NewEndpoint {
            account,
            url,
            operator: true,
            ..NewEndpoint::default()
        });
        subscribed.await?;
    }
    filling.close().await?;
    Ok(keys)
}

/// An address that refuses.
fn unused() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_files_make_a_small_crowd() {
        assert_eq!(fitting(1_000, 1 << 20), 1_000);
        assert_eq!(fitting(1_000, 1_024), 1_000);
        assert_eq!(fitting(1_000, 600), 500);
        assert_eq!(fitting(1_000, 256), 20);
        let dead = (0..1_000).filter(|at| mixed(*at) == Manner::Never).count();
        assert_eq!(dead, 100);
    }
}
