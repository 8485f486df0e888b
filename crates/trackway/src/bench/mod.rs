//! `trackway bench`: figures beside ceilings measured in the same run. Servers under test are
//! processes of their own; rounds alternate between product and ceiling, and medians are told, since
//! machines drift. Nothing here is a timed test.

mod ceiling;
mod clock;
mod fill;
mod load;
mod process;
mod report;
mod scenarios;
mod search;
mod workload;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use report::Report;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct BenchArgs {
    #[command(subcommand)]
    command: BenchCommand,
}

#[derive(Subcommand, Debug)]
enum BenchCommand {
    /// Measure and print; with --write, put the figures into a document.
    Run(RunArgs),
    /// Serve a ceiling. Started by `run`.
    #[command(hide = true)]
    Ceiling(CeilingArgs),
}

#[derive(Args, Debug)]
pub struct RunArgs {
    /// What to measure; all of it when none is named.
    what: Vec<Scenario>,
    /// Folder for the data of a run; made and removed. A disk like production's tells the truth.
    #[arg(long, default_value = "bench-data")]
    folder: PathBuf,
    /// An empty PostgreSQL database for the product and, in its own schema, for the ceiling.
    #[arg(long)]
    database_url: Option<String>,
    /// Rounds of product and ceiling in turn.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A tenth of the volume: to see that it runs.
    #[arg(long)]
    small: bool,
    /// Replace the figures in this document.
    #[arg(long)]
    write: Option<PathBuf>,
}

#[derive(Args, Debug)]
struct CeilingArgs {
    kind: CeilingKind,
    #[arg(long)]
    listen: std::net::SocketAddr,
    #[arg(long)]
    data: PathBuf,
    #[arg(long)]
    database_url: Option<String>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CeilingKind {
    Ingest,
    Lookups,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Batches of 1,000 statements over HTTP into SQLite.
    Ingest,
    /// The same at 10 M statements over 1 M shipments against its own first million.
    Long,
    /// The same into PostgreSQL.
    Postgres,
    /// One 247Express webhook a request, 256 connections.
    Webhooks,
    /// 247Express look-ups among 1 M shipments, start-up and memory on that store.
    Lookups,
    /// Bytes on disk a statement.
    Disk,
    /// Numbers registered in batches of 10,000.
    Register,
    /// Searches with filters over 1 M shipments.
    Search,
}

/// Runs the command.
pub async fn run(args: BenchArgs) -> Result<()> {
    match args.command {
        // The load generator blocks on its sockets.
        BenchCommand::Run(run) => tokio::task::spawn_blocking(move || measure(&run)).await?,
        BenchCommand::Ceiling(ceiling) => serve_ceiling(ceiling).await,
    }
}

fn measure(args: &RunArgs) -> Result<()> {
    let all = [
        Scenario::Ingest,
        Scenario::Long,
        Scenario::Postgres,
        Scenario::Webhooks,
        Scenario::Lookups,
        Scenario::Disk,
        Scenario::Register,
        Scenario::Search,
    ];
    let wanted = if args.what.is_empty() {
        &all[..]
    } else {
        &args.what[..]
    };
    let mut report = Report::default();
    for scenario in wanted {
        let bench = scenarios::Bench::new(args, *scenario)?;
        bench.run(&mut report)?;
        report.print_last();
        // After each: an hour's figures are not lost to the last one's failure.
        if let Some(path) = &args.write {
            report.write(path)?;
        }
    }
    Ok(())
}

async fn serve_ceiling(args: CeilingArgs) -> Result<()> {
    let listener = tokio::net::TcpListener::bind(args.listen).await?;
    announce(&listener)?;
    std::fs::create_dir_all(&args.data)?;
    match args.kind {
        CeilingKind::Ingest => ceiling::ingest(listener, args.data, args.database_url).await,
        CeilingKind::Lookups => ceiling::lookups(listener, args.data).await,
    }
}

#[expect(
    clippy::print_stdout,
    reason = "the parent reads the address from here"
)]
fn announce(listener: &tokio::net::TcpListener) -> Result<()> {
    println!("listening on http://{}", listener.local_addr()?);
    Ok(())
}
