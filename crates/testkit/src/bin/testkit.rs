//! The kit for people, benches and scripts; see `USAGE`.
//!
//! Contract: stdout is data, one line a fact; stderr is the rest. `postgres` and `receiver` run
//! until SIGINT or SIGTERM and leave nothing behind.

#![allow(clippy::print_stdout, clippy::print_stderr)] // the two outputs of this program

use std::hash::{BuildHasher, RandomState};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::Instant;
use trackway_testkit::soak::{self, Plan};
use trackway_testkit::{Answer, Disk, Flush, Postgres, Receiver, Trick, ports, postgres};

const USAGE: &str = "\
usage: testkit postgres [NAME=VALUE]...  a throwaway PostgreSQL with these settings; prints its URL
       testkit receiver [--listen ADDR]  answers 200 to every request; prints its URL, then
                                         the method, path and body of each request
       testkit soak PROGRAM MINUTES [SEED]  runs that `trackway` among everything that can go
                                         wrong, on SQLite and on PostgreSQL in turn; prints
                                         a report of each, and fails if anything was lost
       testkit stop                      ends the PostgreSQL that the tests share";

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["postgres", settings @ ..] => run_postgres(settings).await,
        ["receiver"] => run_receiver(None).await,
        ["receiver", "--listen", addr] => run_receiver(Some(addr)).await,
        ["soak", program, minutes] => soak_for(program, minutes, None).await,
        ["soak", program, minutes, seed] => soak_for(program, minutes, Some(seed)).await,
        ["stop"] => stop().await,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("testkit: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run_postgres(settings: &[&str]) -> anyhow::Result<()> {
    let settings: Vec<(&str, &str)> = settings
        .iter()
        .map(|setting| setting.split_once('=').context("a setting is NAME=VALUE"))
        .collect::<anyhow::Result<_>>()?;
    let server = Postgres::start_with(&settings).await?;
    println!("{}", server.url("postgres"));
    until_asked_to_end().await
}

async fn run_receiver(addr: Option<&str>) -> anyhow::Result<()> {
    let addr = match addr {
        Some(addr) => addr.parse().context("the address is HOST:PORT")?,
        None => ports::free_addr()?,
    };
    let receiver = Receiver::bind(addr).await?;
    receiver.set_rule(|request| {
        let body = String::from_utf8_lossy(&request.body);
        println!("{} {} {body}", request.method, request.uri);
        Answer::status(200)
    });
    println!("{}", receiver.url("/"));
    until_asked_to_end().await
}

/// Rounds of some minutes until the time is over, each on fresh data, the stores in turn.
async fn soak_for(program: &str, minutes: &str, seed: Option<&str>) -> anyhow::Result<()> {
    const ROUND: Duration = Duration::from_mins(5);
    let minutes: u64 = minutes.parse().context("the minutes are a whole number")?;
    let seed = match seed {
        Some(seed) => seed.parse().context("the seed is a whole number")?,
        None => RandomState::new().hash_one(minutes),
    };
    let postgres = Postgres::start().await?;
    let end = Instant::now() + Duration::from_mins(minutes);
    for round in 0_u64.. {
        let left = end.saturating_duration_since(Instant::now());
        if round > 1 && left.is_zero() {
            break;
        }
        let folder = tempfile::tempdir()?;
        let database = postgres.create_database().await?;
        let mut place = vec!["--data".to_owned(), folder.path().display().to_string()];
        let seed = seed.wrapping_add(round);
        let mut disk = None;
        if round % 2 == 0 {
            // Each kill is a power cut.
            disk = Some(Arc::new(
                Disk::under(folder.path(), Flush::Real, seed).await?,
            ));
        } else {
            place.extend(["--database-url".to_owned(), database.url.clone()]);
        }
        let plan = Plan {
            program: program.into(),
            place,
            // The two first rounds share what time there is, so that both stores get theirs.
            time: ROUND.min(if round == 0 { left / 2 } else { left }),
            calm: Duration::from_millis(200)..Duration::from_secs(20),
            tricks: Trick::ALL.len(),
            seed,
            patience: soak::PATIENCE,
            disk,
        };
        let report = soak::run(&plan, |line| eprintln!("{line}")).await?;
        println!("{}", serde_json::to_string(&report)?);
        if !report.wrong.is_empty() {
            bail!("round {round}, seed {}: {:#?}", report.seed, report.wrong);
        }
    }
    Ok(())
}

async fn stop() -> anyhow::Result<()> {
    if !Postgres::stop_shared_in(postgres::default_dir()).await? {
        eprintln!("no shared PostgreSQL runs");
    }
    Ok(())
}

async fn until_asked_to_end() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        asked = tokio::signal::ctrl_c() => asked.map_err(Into::into),
        Some(()) = terminate.recv() => Ok(()),
        else => bail!("signals can't be heard"),
    }
}
