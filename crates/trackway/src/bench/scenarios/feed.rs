//! The feed read from its beginning to its end, page by page, against a server that answers the very
//! same bytes from memory.

use super::Bench;
use crate::bench::ceiling::keep_pages;
use crate::bench::clock::Stopwatch;
use crate::bench::load::{self, Client};
use crate::bench::process::Server;
use crate::bench::report::{Figure, Report, median, thousands};
use crate::bench::servers::{create_key, serve, start_ceiling};
use crate::bench::workload::{self, Volume};
use anyhow::{Context, Result, ensure};
use std::time::Duration;

/// Readers side by side, each of the whole feed.
const READERS: usize = 2;
/// Changes on a page.
const PAGE: usize = 1_000;
/// Pages at the feed's end that readers share.
const SHARED: usize = 64;
const PATIENCE: Duration = Duration::from_mins(1);

/// What reading came to.
struct Reading {
    bytes: usize,
    seconds: f64,
    cpu: f64,
}

impl Reading {
    fn per_second(&self) -> f64 {
        self.bytes as f64 / self.seconds
    }
}

pub fn measure(bench: &Bench, report: &mut Report) -> Result<()> {
    let volume = Volume {
        statements: 400_000 / bench.scale,
        shipments: 40_000 / bench.scale,
        batch: 1_000,
    };
    let batches = workload::event_batches(volume);
    let data = bench.fresh("product")?;
    let key = create_key(&data, None, "native")?;
    let headers = format!("authorization: Bearer {}\r\n", key.key);
    let server = serve(&data, None)?;
    let told = |at: usize, out: &mut Vec<u8>| {
        load::post(out, "/v1/events", &headers, &batches[at]);
    };
    load::run(server.addr, 4, batches.len(), told, |_| true)?;
    let pages = walk(&server, &headers)?;
    ensure!(changes(&pages) > 0, "the feed is empty");
    let kept = bench.fresh("ceiling")?;
    keep_pages(&kept, &pages)?;
    let parts = [
        Part {
            what: "feed read to its end, pages of 1,000, SQLite",
            pages: &pages,
            is_shared: false,
        },
        Part {
            what: "the same, the newest pages, which somebody else has just read",
            pages: &pages[pages.len().saturating_sub(SHARED)..],
            is_shared: true,
        },
    ];
    for part in parts {
        let from = &part.pages[0].0;
        let (mut product, mut ceiling) = (Vec::new(), Vec::new());
        for _ in 0..bench.rounds {
            if part.is_shared {
                read_one(&server, &headers, from)?;
            }
            product.push(read(&server, &headers, from)?);
            let ceiling_server = start_ceiling("feed", &kept, None)?;
            ceiling.push(read(&ceiling_server, &headers, from)?);
        }
        report.add(part.figure(&product, &ceiling));
    }
    server.stop()
}

/// A part of the feed, up to its end.
struct Part<'a> {
    what: &'static str,
    pages: &'a [(String, Vec<u8>)],
    is_shared: bool,
}

impl Part<'_> {
    fn figure(&self, product: &[Reading], ceiling: &[Reading]) -> Figure {
        let rate =
            |readings: &[Reading]| median(readings.iter().map(Reading::per_second).collect());
        let changes = changes(self.pages);
        let bytes: usize = self.pages.iter().map(|(_, page)| page.len()).sum();
        let each = bytes as f64 / changes as f64;
        let cpu = |reading: &Reading| reading.cpu * 1e6 / (changes * READERS) as f64;
        Figure {
            what: self.what.to_owned(),
            product: format!("{} changes/s", thousands(rate(product) / each)),
            ceiling: Some(format!("{} changes/s", thousands(rate(ceiling) / each))),
            ratio: Some(rate(product) / rate(ceiling)),
            at_least: "60 %",
            towards: "85 %",
            more: format!(
                "{} changes of {each:.0} B, {READERS} readers; {:.0} MB/s (ceiling {:.0}); {:.1} µs CPU a change (ceiling {:.1})",
                thousands(changes as f64),
                rate(product) / 1e6,
                rate(ceiling) / 1e6,
                cpu(&product[0]),
                cpu(&ceiling[0]),
            ),
        }
    }
}

/// Every page, with the cursor that it stands behind.
fn walk(server: &Server, headers: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let mut client = Client::connect(server.addr, PATIENCE)?;
    let mut pages = Vec::new();
    let mut after = Some(String::new());
    while let Some(cursor) = after {
        let page = client.get(&path(&cursor), headers)?.to_vec();
        after = next(&page)?;
        pages.push((cursor, page));
    }
    Ok(pages)
}

fn read(server: &Server, headers: &str, from: &str) -> Result<Reading> {
    let before = server.usage()?;
    let watch = Stopwatch::start();
    let read = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|_| scope.spawn(|| read_one(server, headers, from)))
            .collect();
        readers
            .into_iter()
            .map(|reader| {
                reader
                    .join()
                    .map_err(|_| anyhow::anyhow!("a reader panicked"))?
            })
            .sum::<Result<usize>>()
    });
    let seconds = watch.elapsed().as_secs_f64();
    let cpu = server.usage()?.cpu.saturating_sub(before.cpu);
    Ok(Reading {
        bytes: read?,
        seconds,
        cpu: cpu.as_secs_f64(),
    })
}

/// Reads on from a cursor, page by page; returns how many bytes they have.
fn read_one(server: &Server, headers: &str, from: &str) -> Result<usize> {
    let mut client = Client::connect(server.addr, PATIENCE)?;
    let mut bytes = 0;
    let mut after = Some(from.to_owned());
    while let Some(cursor) = after {
        let page = client.get(&path(&cursor), headers)?;
        bytes += page.len();
        after = next(page)?;
    }
    Ok(bytes)
}

fn path(cursor: &str) -> String {
    if cursor.is_empty() {
        format!("/v1/feed?limit={PAGE}")
    } else {
        format!("/v1/feed?limit={PAGE}&after={cursor}")
    }
}

/// The cursor to read on from, which stands at a page's end; None after the last page.
fn next(page: &[u8]) -> Result<Option<String>> {
    let end = &page[page.len().saturating_sub(400)..];
    let end = String::from_utf8_lossy(end);
    let (_, rest) = end
        .rsplit_once("\"cursor\":\"")
        .context("a page without a cursor")?;
    let (cursor, rest) = rest.split_once('"').context("a page without an end")?;
    Ok(rest.contains("\"more\":true").then(|| cursor.to_owned()))
}

/// Changes of pages.
fn changes(pages: &[(String, Vec<u8>)]) -> usize {
    const BEGIN: &[u8] = b"{\"shipment\":";
    let of = |page: &[u8]| page.windows(BEGIN.len()).filter(|at| *at == BEGIN).count();
    pages.iter().map(|(_, page)| of(page)).sum()
}
