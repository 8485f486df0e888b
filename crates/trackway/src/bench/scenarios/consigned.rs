//! Orders placed through 247Express's customer API: an order, its shipment, its price and its first
//! status with each call.

use super::Bench;
use crate::bench::load::{self, Client};
use crate::bench::process::Server;
use crate::bench::report::{Figure, Report, thousands};
use crate::bench::run::{Run, measured, percentile, rate};
use crate::bench::selling;
use crate::bench::servers::{command, connections, serve};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::time::Duration;

const CONNECTIONS: usize = 64;
const PATIENCE: Duration = Duration::from_mins(1);
const CREATE: &str = "/Api/Customer/CustomerAPICreateOrder";

pub fn placed(bench: &Bench, report: &mut Report) -> Result<()> {
    let count = 60_000 / bench.scale;
    let mut runs = Vec::new();
    for _ in 0..bench.rounds {
        runs.push(round(bench, count)?);
    }
    report.add(Figure {
        what: "orders placed through 247Express's customer API over HTTP, SQLite, full sync".to_owned(),
        product: format!("{}/s", thousands(rate(&runs, 1.0))),
        ceiling: None,
        ratio: None,
        at_least: "2,000/s",
        towards: "4,000/s",
        more: format!(
            "{} connections; p50 {:.1} ms, p99 {:.1} ms; {:.0} µs CPU an order; each with its shipment, its price and its first status",
            connections(CONNECTIONS),
            percentile(&runs, 0.5),
            percentile(&runs, 0.99),
            runs[0].cpu_per(count as f64),
        ),
    });
    Ok(())
}

fn round(bench: &Bench, count: usize) -> Result<Run> {
    let data = bench.fresh("product")?;
    let login = [
        "key",
        "create",
        "--dialect",
        "247express",
        "--output",
        "json",
    ];
    let login: Value = serde_json::from_slice(&command(&data, None, &login)?)?;
    let hub = bench.runtime.block_on(selling::furnish_carrier(&data))?;
    let server = serve(&data, None)?;
    let headers = session(&server, &login)?;
    let run = place(&server, hub, &headers, count)?;
    let last = format!("SO-{:08}", count - 1);
    stands(&server, &headers, hub, &last)?;
    server.stop()?;
    Ok(run)
}

/// Headers of a session of a login.
fn session(server: &Server, login: &Value) -> Result<String> {
    let body = json!({ "UserName": login["user_name"], "Password": login["password"] });
    let told = posted(server, "/api/Client/ClientLogin", "", &body)?;
    let token = told["Token"].as_str().context("there is no session")?;
    Ok(format!(
        "ClientID: {}\r\nToken: {token}\r\n",
        told["ClientID"]
    ))
}

fn posted(server: &Server, path: &str, headers: &str, body: &Value) -> Result<Value> {
    let mut client = Client::connect(server.addr, PATIENCE)?;
    let told = client.post(path, headers, body.to_string().as_bytes())?;
    Ok(serde_json::from_slice(told)?)
}

fn order(hub: i64, number: &str, at: usize) -> Value {
    json!({ "OrderInfo": {
        "ClientHubID": hub,
        "ReceiverName": "Demo Receiver",
        "ReceiverPhone": format!("09{:08}", at % 100_000_000),
        "ReceiverAddress": "2 Sample St",
        "ReceiverProvinceName": "Hà Nội",
        "ReceiverDistrictName": "Quận Hoàn Kiếm",
        "ReceiverWardName": "Phường Hàng Bạc",
        "RealWeight": 0.8,
        "Quantity": 1,
        "ServiceTypeID": "DE",
        "MailerType": "TL",
        "CODAmount": 150_000,
        "ExternalCode": number,
    } })
}

fn place(server: &Server, hub: i64, headers: &str, count: usize) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            connections(CONNECTIONS),
            count,
            |at, out| {
                let body = order(hub, &format!("SO-{at:08}"), at).to_string();
                load::post(out, CREATE, headers, body.as_bytes());
            },
            |body| body.starts_with(b"{\"OrderInfo\":{\"OrderCode\":"),
        )
    })
}

/// The last order stands: its number is taken.
fn stands(server: &Server, headers: &str, hub: i64, number: &str) -> Result<()> {
    let told = posted(server, CREATE, headers, &order(hub, number, 0))?;
    ensure!(told["ErrorCode"] == "4", "{number} should be taken: {told}");
    Ok(())
}
