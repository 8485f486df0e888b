//! The scenarios: each starts servers, sends load, and adds its figures to the report.

use super::clock::Stopwatch;
use super::load::{self, Load};
use super::process::{Server, Usage, folder_bytes};
use super::report::{Figure, Report, median, thousands};
use super::workload::{self, Volume};
use super::{RunArgs, Scenario, fill, search};
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// One scenario's surroundings.
#[derive(Debug)]
pub struct Bench {
    scenario: Scenario,
    folder: PathBuf,
    database_url: Option<String>,
    rounds: usize,
    scale: usize,
    runtime: tokio::runtime::Handle,
}

/// Connections of the ingest load: enough that a batch is parsed while others are committed.
const INGEST_CONNECTIONS: usize = 6;
const WEBHOOK_CONNECTIONS: usize = 256;
const LOOKUP_CONNECTIONS: usize = 16;
const BATCH: usize = 1_000;

/// What one run of a server under load came to.
struct Run {
    load: Load,
    before: Usage,
    after: Usage,
    bytes: u64,
}

impl Run {
    fn cpu_per(&self, units: f64) -> f64 {
        (self.after.cpu.saturating_sub(self.before.cpu)).as_secs_f64() * 1e6 / units
    }
}

impl Bench {
    pub fn new(args: &RunArgs, scenario: Scenario) -> Result<Self> {
        std::fs::create_dir_all(&args.folder)?;
        Ok(Self {
            scenario,
            folder: args.folder.clone(),
            database_url: args.database_url.clone(),
            rounds: args.rounds.max(1),
            scale: if args.small { 10 } else { 1 },
            runtime: tokio::runtime::Handle::current(),
        })
    }

    pub fn run(&self, report: &mut Report) -> Result<()> {
        match self.scenario {
            Scenario::Ingest => self.ingest(report, None),
            Scenario::Long => self.long(report),
            Scenario::Postgres => {
                let url = self
                    .database_url
                    .as_deref()
                    .context("name a database with --database-url")?;
                self.ingest(report, Some(url))
            }
            Scenario::Webhooks => self.webhooks(report),
            Scenario::Lookups => self.lookups(report),
            Scenario::Disk => self.disk(report),
            Scenario::Register => {
                let (data, numbers) = (self.fresh("product")?, 1_000_000 / self.scale);
                self.runtime
                    .block_on(search::register(&data, numbers, report))
            }
            Scenario::Search => {
                let (data, shipments) = (self.fresh("product")?, 1_000_000 / self.scale);
                self.runtime
                    .block_on(search::search(&data, shipments, report))
            }
        }
    }

    /// An empty folder of that name.
    fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn ingest(&self, report: &mut Report, database_url: Option<&str>) -> Result<()> {
        let volume = Volume {
            statements: 2_000_000 / self.scale,
            shipments: 200_000 / self.scale,
            batch: BATCH,
        };
        let batches = workload::event_batches(volume);
        let (mut product, mut ceiling) = (Vec::new(), Vec::new());
        let mut idle = 0;
        for _ in 0..self.rounds {
            ceiling.push(self.ceiling_round(database_url, &batches)?);
            let data = self.fresh("product")?;
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

    fn ceiling_round(&self, database_url: Option<&str>, batches: &[Vec<u8>]) -> Result<Run> {
        reset(database_url)?;
        let data = self.fresh("ceiling")?;
        let server = start_ceiling("ingest", &data, database_url)?;
        send_batches(&server, batches, "none")
    }

    /// 10 M statements over 1 M shipments: the last million's rate against the first's.
    fn long(&self, report: &mut Report) -> Result<()> {
        let volume = Volume {
            statements: 10_000_000 / self.scale,
            shipments: 1_000_000 / self.scale,
            batch: BATCH,
        };
        let batches = workload::event_batches(volume);
        let data = self.fresh("product")?;
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

    fn webhooks(&self, report: &mut Report) -> Result<()> {
        let (count, shipments) = (200_000 / self.scale, 20_000 / self.scale);
        let (mut product, mut ceiling) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            let data = self.fresh("ceiling")?;
            let server = start_ceiling("ingest", &data, None)?;
            ceiling.push(send_webhooks(&server, count, shipments)?);
            drop(server);
            let data = self.fresh("product")?;
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
                "p50 {:.1} ms, p99 {:.1} ms; {:.0} µs CPU a webhook (ceiling {:.0})",
                percentile(&product, 0.5),
                percentile(&product, 0.99),
                product[0].cpu_per(count as f64),
                ceiling[0].cpu_per(count as f64),
            ),
        });
        Ok(())
    }

    fn lookups(&self, report: &mut Report) -> Result<()> {
        let (shipments, asked) = (1_000_000 / self.scale, 400_000 / self.scale);
        let data = self.fresh("product")?;
        let key = create_key(&data, None, "247express")?;
        self.runtime.block_on(fill::documents(&data, shipments))?;
        let ceiling_data = self.fresh("ceiling")?;
        super::ceiling::fill_lookups(&ceiling_data, shipments)?;
        let (mut product, mut ceiling, mut starts) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.rounds {
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

    fn disk(&self, report: &mut Report) -> Result<()> {
        let shipments = 20_000 / self.scale;
        let data = self.fresh("product")?;
        let statements = self.runtime.block_on(fill::mixed(&data, shipments))?;
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
}

/// The middle of the runs' rates.
fn rate(runs: &[Run], units_per_request: f64) -> f64 {
    let rates = runs
        .iter()
        .map(|run| run.load.per_second(units_per_request));
    median(rates.collect())
}

/// The middle of the runs' percentiles, in milliseconds.
fn percentile(runs: &[Run], share: f64) -> f64 {
    median(runs.iter().map(|run| run.load.percentile(share)).collect())
}

const WEBHOOK_KEY: &str = "0A1B2C3D-0000-4000-8000-00112233AABB";

fn send_batches(server: &Server, batches: &[Vec<u8>], key: &str) -> Result<Run> {
    let headers = format!("authorization: Bearer {key}\r\n");
    measured(server, || {
        load::run(
            server.addr,
            INGEST_CONNECTIONS,
            batches.len(),
            |at, out| load::post(out, "/v1/events", &headers, &batches[at]),
            |_| true,
        )
    })
}

fn send_webhooks(server: &Server, count: usize, shipments: usize) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            WEBHOOK_CONNECTIONS,
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

fn send_lookups(server: &Server, shipments: usize, count: usize, key: &str) -> Result<Run> {
    measured(server, || {
        load::run(
            server.addr,
            LOOKUP_CONNECTIONS,
            count,
            |at, out| {
                let shipment = workload::Seeded(at as u64).below(shipments as u64) as usize;
                load::get(
                    out,
                    &format!(
                        "/api/Order/v1/Tracking?ordercode={}&apikey={key}",
                        workload::number(shipment)
                    ),
                );
            },
            |body| {
                body.windows(17)
                    .any(|window| window == b"\"errorCode\":null,")
            },
        )
    })
}

fn measured(server: &Server, send: impl FnOnce() -> Result<Load>) -> Result<Run> {
    let before = server.usage()?;
    let load = send()?;
    Ok(Run {
        load,
        before,
        after: server.usage()?,
        bytes: 0,
    })
}

fn serve(data: &Path, database_url: Option<&str>) -> Result<Server> {
    let data = data.to_str().context("the folder's name is no UTF-8")?;
    // More look-ups are asked for than the API allows in a day.
    let unlimited = "express247.lookups_per_day=4000000000";
    let mut arguments = vec!["serve", "--data", data, "--set", unlimited];
    if let Some(url) = database_url {
        arguments.extend(["--database-url", url]);
    }
    Server::start(&arguments)
}

fn start_ceiling(kind: &str, data: &Path, database_url: Option<&str>) -> Result<Server> {
    let data = data.to_str().context("the folder's name is no UTF-8")?;
    let mut arguments = vec!["bench", "ceiling", kind, "--data", data];
    if let Some(url) = database_url {
        arguments.extend(["--database-url", url]);
    }
    Server::start(&arguments)
}

/// A credential as `key create --output json` prints it.
#[derive(Debug, serde::Deserialize)]
pub struct Created {
    pub key: String,
}

fn create_key(data: &Path, database_url: Option<&str>, dialect: &str) -> Result<Created> {
    let printed = command(
        data,
        database_url,
        &["key", "create", "--dialect", dialect, "--output", "json"],
    )?;
    serde_json::from_slice(&printed).context("reading what `key create` printed")
}

/// Runs one of this program's own commands on a data folder.
fn command(data: &Path, database_url: Option<&str>, arguments: &[&str]) -> Result<Vec<u8>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments).arg("--data").arg(data);
    if let Some(url) = database_url {
        command.args(["--database-url", url]);
    }
    let output = command.output()?;
    anyhow::ensure!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}

/// Empties the database, so that every round starts alike.
fn reset(database_url: Option<&str>) -> Result<()> {
    let Some(url) = database_url else {
        return Ok(());
    };
    tokio::runtime::Handle::current().block_on(async {
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client
            .batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; CHECKPOINT")
            .await?;
        Ok(())
    })
}
