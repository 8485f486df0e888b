//! `trackway bench`: figures beside ceilings measured in the same run. Servers under test are
//! processes of their own; rounds alternate between product and ceiling, and medians are told, since
//! machines drift. Nothing here is a timed test.

mod ceiling;
mod clock;
mod fill;
mod load;
mod process;
mod report;
mod run;
mod scenarios;
mod selling;
mod servers;
mod sink;
mod workload;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use report::Report;
use scenarios::Scenario;
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
    /// Acknowledge messages. Started by `run`.
    #[command(hide = true)]
    Sink(SinkArgs),
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
    /// A small part of the volume: to see that it runs. Its figures mean nothing.
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
    /// Where messages are sent to.
    #[arg(long)]
    sink: Option<std::net::SocketAddr>,
}

#[derive(Args, Debug)]
struct SinkArgs {
    #[arg(long)]
    listen: std::net::SocketAddr,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CeilingKind {
    Ingest,
    Lookups,
    Feed,
    Query,
    Deliver,
}

/// Runs the command.
pub async fn run(args: BenchArgs) -> Result<()> {
    match args.command {
        // The load generator blocks on its sockets.
        BenchCommand::Run(run) => tokio::task::spawn_blocking(move || measure(&run)).await?,
        BenchCommand::Ceiling(ceiling) => serve_ceiling(ceiling).await,
        BenchCommand::Sink(args) => {
            servers::open_many_files();
            let listener = tokio::net::TcpListener::bind(args.listen).await?;
            announce(&listener)?;
            sink::serve(listener).await
        }
    }
}

fn measure(args: &RunArgs) -> Result<()> {
    let wanted = if args.what.is_empty() {
        Scenario::all()
    } else {
        &args.what[..]
    };
    let mut report = Report::default();
    for scenario in wanted {
        scenario.run(args, &mut report)?;
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
        CeilingKind::Feed => ceiling::feed(listener, &args.data).await,
        CeilingKind::Query => ceiling::query(listener, &args.data).await,
        CeilingKind::Deliver => ceiling::deliver(listener, &args.data, args.sink).await,
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
