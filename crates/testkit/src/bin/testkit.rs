//! The kit for people, benches and scripts; see `USAGE`.
//!
//! Contract: stdout is data, one line a fact; stderr is the rest. `postgres` and `receiver` run
//! until SIGINT or SIGTERM and leave nothing behind.

#![allow(clippy::print_stdout, clippy::print_stderr)] // the two outputs of this program

use std::process::ExitCode;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};
use trackway_testkit::{Answer, Postgres, Receiver, ports, postgres};

const USAGE: &str = "\
usage: testkit postgres [NAME=VALUE]...  a throwaway PostgreSQL with these settings; prints its URL
       testkit receiver [--listen ADDR]  answers 200 to every request; prints its URL, then
                                         the method, path and body of each request
       testkit stop                      ends the PostgreSQL that the tests share";

#[tokio::main]
async fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        ["postgres", settings @ ..] => run_postgres(settings).await,
        ["receiver"] => run_receiver(None).await,
        ["receiver", "--listen", addr] => run_receiver(Some(addr)).await,
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
