//! Diagnostics on stderr: what is logged and how, from `--log`, `RUST_LOG` and `--log-format`.

use clap::{Args, ValueEnum};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

#[derive(Debug, Args)]
pub struct Logging {
    /// What to log, such as `info` or `trackway_hub=debug`; RUST_LOG says the same
    #[arg(long, global = true, value_name = "FILTER", env = "TRACKWAY_LOG")]
    log: Option<String>,
    /// How to log
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, env = "TRACKWAY_LOG_FORMAT")]
    log_format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Json,
}

/// What a server says of its work; a command says only what is wrong.
pub const OF_A_SERVER: &str = "warn,trackway=info";
pub const OF_A_COMMAND: &str = "warn";

/// Starts logging. A filter that can't be read is said and replaced by the default.
pub fn start(logging: &Logging, default: &str) {
    let wanted = logging
        .log
        .clone()
        .or_else(|| std::env::var("RUST_LOG").ok());
    let filter = wanted.as_deref().unwrap_or(default);
    let (filter, wrong) = match EnvFilter::try_new(filter) {
        Ok(filter) => (filter, None),
        Err(error) => (EnvFilter::new(default), Some(error)),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match logging.log_format {
        Format::Text => subscriber.init(),
        Format::Json => subscriber.json().init(),
    }
    if let Some(error) = wrong {
        tracing::warn!(%error, "the log filter can't be read: the default is used");
    }
}
