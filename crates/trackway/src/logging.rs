//! Diagnostics on stderr: what is logged and how, from `--log`, `RUST_LOG`, `--log-format` and, for a
//! server, the configuration.

use crate::cli::Command;
use crate::config::{Format, Log};
use clap::Args;
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

#[derive(Debug, Args)]
pub struct Logging {
    /// What to log, such as `info` or `trackway_hub=debug`; RUST_LOG says the same
    #[arg(long, global = true, value_name = "FILTER", env = "TRACKWAY_LOG")]
    log: Option<String>,
    /// How to log
    #[arg(long, global = true, value_enum, env = "TRACKWAY_LOG_FORMAT")]
    log_format: Option<Format>,
}

/// A command says only what is wrong. What goes wrong in a show on purpose is on its board.
pub fn of_a_command(command: &Command) -> Log {
    let filter = match command {
        Command::Demo(_) => "error",
        _ => "warn",
    };
    Log {
        filter: filter.to_owned(),
        format: Format::Text,
    }
}

/// Starts logging: as `default` has it where the command line says nothing. A filter that can't be
/// read is said and replaced by the default.
pub fn start(logging: &Logging, default: &Log) {
    let wanted = logging
        .log
        .clone()
        .or_else(|| std::env::var("RUST_LOG").ok());
    let filter = wanted.as_deref().unwrap_or(&default.filter);
    let (filter, wrong) = match EnvFilter::try_new(filter) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new("warn,trackway=info"), Some(error)),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match logging.log_format.unwrap_or(default.format) {
        Format::Text => subscriber.init(),
        Format::Json => subscriber.json().init(),
    }
    if let Some(error) = wrong {
        tracing::warn!(%error, "the log filter can't be read: the default is used");
    }
}
