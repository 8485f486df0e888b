//! Orders: placed with their reservation over HTTP, all for one item, and read among a million.

use super::Bench;
use crate::bench::clock::Stopwatch;
use crate::bench::load::{self, Client};
use crate::bench::process::Server;
use crate::bench::report::{Figure, Report, thousands};
use crate::bench::run::{Run, measured, percentile, rate};
use crate::bench::selling::{self, Goods, Placed};
use crate::bench::servers::{connections, create_key, serve, start_ceiling};
use crate::bench::{ceiling as ceilings, workload};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

const CONNECTIONS: usize = 64;
const READERS: usize = 16;
const ITEMS: usize = 1_000;
const SHOPS: usize = 10;
/// Orders on a page of a list, and how often one is asked for.
const PAGE: usize = 20;
const ASKED: usize = 200;
const PATIENCE: Duration = Duration::from_mins(1);

/// Orders over many items, then all for one of which there is too little.
pub fn placed(bench: &Bench, report: &mut Report) -> Result<()> {
    let count = 60_000 / bench.scale;
    let mut spread = Vec::new();
    let mut narrow = Vec::new();
    let stock = count * 9 / 10;
    for _ in 0..bench.rounds {
        spread.push(round(bench, count, ITEMS, count)?);
        narrow.push(round(bench, count, 1, stock)?);
    }
    let figure = |what: &str, runs: &[Run], at_least, towards, more: &str| Figure {
        what: what.to_owned(),
        product: format!("{}/s", thousands(rate(runs, 1.0))),
        ceiling: None,
        ratio: None,
        at_least,
        towards,
        more: format!(
            "{} connections; p50 {:.1} ms, p99 {:.1} ms; {:.0} µs CPU an order; {more}",
            connections(CONNECTIONS),
            percentile(runs, 0.5),
            percentile(runs, 0.99),
            runs[0].cpu_per(count as f64),
        ),
    };
    report.add(figure(
        "orders placed with reservation over HTTP, SQLite, full sync",
        &spread,
        "2,000/s",
        "4,000/s",
        "two lines each over 1,000 items",
    ));
    report.add(figure(
        "the same, all for one item",
        &narrow,
        "1,000/s",
        "2,000/s",
        &format!(
            "{} of it in stock: exactly these were sold",
            thousands(stock as f64)
        ),
    ));
    super::consigned::placed(bench, report)
}

fn round(bench: &Bench, count: usize, items: usize, stock: usize) -> Result<Run> {
    let data = bench.fresh("product")?;
    let key = create_key(&data, None, "native")?;
    let goods = selling::furnish(&data, SHOPS, items, stock);
    let goods = bench.runtime.block_on(goods)?;
    let server = serve(&data, None)?;
    let headers = format!("authorization: Bearer {}\r\n", key.key);
    let run = place(&server, &goods, &headers, count)?;
    sold(&server, &headers, items, count.min(stock))?;
    server.stop()?;
    Ok(run)
}

/// One order a request. One for which there is not enough is refused, and an answer as well.
fn place(server: &Server, goods: &Goods, headers: &str, count: usize) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            connections(CONNECTIONS),
            count,
            |at, out| {
                let body = json!({ "orders": [goods.order(at, true)] }).to_string();
                load::post(out, "/v1/orders", headers, body.as_bytes());
            },
            |body| body.starts_with(b"{\"made\":1,") || refused(body),
        )
    })
}

/// Whether the only order of an answer was refused for want of stock.
fn refused(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body)
        .is_ok_and(|told| told["made"] == 0 && told["refused"][0]["status"] == 422)
}

/// Exactly so many orders stand, and of the only item nothing more and nothing less is reserved.
fn sold(server: &Server, headers: &str, items: usize, orders: usize) -> Result<()> {
    let mut client = Client::connect(server.addr, PATIENCE)?;
    let told: Value = serde_json::from_slice(client.get("/v1/orders?limit=1", headers)?)?;
    ensure!(
        told["total"] == orders && told["total_exact"] == true,
        "{orders} orders should stand: {}",
        told["total"]
    );
    if items == 1 {
        let told: Value = serde_json::from_slice(client.get("/v1/stock", headers)?)?;
        let level = &told["levels"][0];
        ensure!(
            level["reserved"] == orders && level["available"] == 0,
            "{orders} should be reserved, and no more be left: {level}"
        );
    }
    Ok(())
}

/// A way to one order.
struct Way {
    what: &'static str,
    headers: String,
    path: fn(&Placed) -> String,
    /// Whether an answer shows an order.
    shows: fn(&[u8]) -> bool,
}

impl Way {
    /// Over our own API by the id, and over N&H's by the code.
    fn all(data: &Path) -> Result<[Self; 2]> {
        let key = |dialect| create_key(data, None, dialect);
        Ok([
            Self {
                what: "an order by its id, 1 M orders",
                headers: format!("authorization: Bearer {}\r\n", key("native")?.key),
                path: |order| format!("/v1/orders/{}", order.id),
                shows: |body| body.starts_with(b"{\"id\":"),
            },
            Self {
                what: "an order's detail over N&H's API, 1 M orders",
                headers: format!("authorization: {}\r\n", key("nandh")?.key),
                path: |order| format!("/api/v1/public/orders/detail/{}", order.code),
                shows: |body| body.starts_with(b"{\"status_code\":200,"),
            },
        ])
    }
}

/// An order among a million, beside the same bytes by key; and pages of lists.
pub fn read(bench: &Bench, report: &mut Report) -> Result<()> {
    let count = 1_000_000 / bench.scale;
    let data = bench.fresh("product")?;
    let ways = Way::all(&data)?;
    let goods = bench
        .runtime
        .block_on(selling::furnish(&data, SHOPS, ITEMS, count))?;
    let orders = bench
        .runtime
        .block_on(selling::orders(&data, &goods, count))?;
    for way in &ways {
        one(bench, &data, way, &orders, report)?;
    }
    let server = serve(&data, None)?;
    let far = (1_000 / bench.scale).max(2);
    lists(&server, &goods, &ways[0].headers, far, report)?;
    server.stop()
}

/// One order at a time.
fn one(
    bench: &Bench,
    data: &Path,
    way: &Way,
    orders: &[Placed],
    report: &mut Report,
) -> Result<()> {
    let asked = 400_000 / bench.scale;
    let server = serve(data, None)?;
    let mut client = Client::connect(server.addr, PATIENCE)?;
    let first = orders.first().context("there is no order")?;
    let bytes = client.get(&(way.path)(first), &way.headers)?.len();
    drop(client);
    server.stop()?;
    let ceiling_data = bench.fresh("ceiling")?;
    ceilings::fill_sized(&ceiling_data, orders.len(), bytes)?;
    let (mut product, mut ceiling) = (Vec::new(), Vec::new());
    for _ in 0..bench.rounds {
        let server = start_ceiling("lookups", &ceiling_data, None)?;
        ceiling.push(look_up(&server, orders.len(), asked)?);
        drop(server);
        let server = serve(data, None)?;
        detail(&server, orders, way, 1)?;
        product.push(detail(&server, orders, way, asked)?);
        server.stop()?;
    }
    let rate = |runs: &[Run]| rate(runs, 1.0);
    report.add(Figure {
        what: way.what.to_owned(),
        product: format!("{}/s", thousands(rate(&product))),
        ceiling: Some(format!("{}/s", thousands(rate(&ceiling)))),
        ratio: Some(rate(&product) / rate(&ceiling)),
        at_least: "60 %",
        towards: "85 %",
        more: format!(
            "{bytes} B an order; p99 {:.1} ms; {:.0} µs CPU (ceiling {:.0})",
            percentile(&product, 0.99),
            product[0].cpu_per(asked as f64),
            ceiling[0].cpu_per(asked as f64),
        ),
    });
    Ok(())
}

fn look_up(server: &Server, orders: usize, count: usize) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            READERS,
            count,
            |at, out| {
                let row = workload::Seeded(at as u64).below(orders as u64) as usize;
                let number = workload::number(row);
                let path = format!("/api/Order/v1/Tracking?ordercode={number}&apikey=none");
                load::get(out, &path, "");
            },
            |body| !body.is_empty(),
        )
    })
}

fn detail(server: &Server, orders: &[Placed], way: &Way, count: usize) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            READERS,
            count,
            |at, out| {
                let place = workload::Seeded(at as u64).below(orders.len() as u64) as usize;
                load::get(out, &(way.path)(&orders[place]), &way.headers);
            },
            way.shows,
        )
    })
}

/// Pages of lists by one filter and by two, which have kept counters, and of one by three.
fn lists(
    server: &Server,
    goods: &Goods,
    headers: &str,
    far: usize,
    report: &mut Report,
) -> Result<()> {
    let mut client = Client::connect(server.addr, PATIENCE)?;
    let shop = goods.shops[0];
    let one = "status=approved".to_owned();
    let two = format!("status=approved&shop={shop}");
    let either = format!("status=new,approved&shop={shop}");
    let three = format!("{two}&payment_status=not_paid");
    let counted =
        "by status, by status and shop, and by two statuses and shop, with their exact total";
    let estimated = "by status, shop and payment status: counted to 10,000, and an estimate";
    let counted_filters = [one, two, either];
    for (what, filters, page, of) in [
        ("page 1", &counted_filters[..], 1, counted),
        ("page 1,000", &counted_filters, far, counted),
        ("by three filters, page 1", &[three], 1, estimated),
    ] {
        let mut times = Vec::with_capacity(filters.len() * ASKED);
        for filter in filters {
            let path = format!("/v1/orders?{filter}&limit={PAGE}&page={page}");
            for _ in 0..ASKED {
                let watch = Stopwatch::start();
                client.get(&path, headers)?;
                times.push(watch.elapsed().as_secs_f64() * 1e3);
            }
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
        report.add(Figure {
            what: format!("list of orders with filters, {what}, 1 M orders"),
            product: format!("p95 {:.1} ms", at(0.95)),
            ceiling: None,
            ratio: None,
            at_least: "p95 20 ms",
            towards: "p95 5 ms",
            more: format!(
                "pages of {PAGE} {of}; p50 {:.1} ms, slowest {:.1} ms",
                at(0.5),
                at(1.0),
            ),
        });
    }
    Ok(())
}
