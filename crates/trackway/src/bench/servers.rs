//! Servers under test and their data: this program's own commands on a folder of the bench.

use super::process::Server;
use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

pub fn serve(data: &Path, database_url: Option<&str>) -> Result<Server> {
    let data = data.to_str().context("the folder's name is no UTF-8")?;
    let mut arguments = vec!["serve", "--data", data];
    // More is asked for than the APIs allow in a day or a second.
    for unlimited in [
        "express247.lookups_per_day=4000000000",
        "track123.requests_per_second=0",
    ] {
        arguments.extend(["--set", unlimited]);
    }
    if let Some(url) = database_url {
        arguments.extend(["--database-url", url]);
    }
    Server::start(&arguments)
}

pub fn start_ceiling(kind: &str, data: &Path, database_url: Option<&str>) -> Result<Server> {
    let data = data.to_str().context("the folder's name is no UTF-8")?;
    let mut arguments = vec!["bench", "ceiling", kind, "--data", data];
    if let Some(url) = database_url {
        arguments.extend(["--database-url", url]);
    }
    Server::start(&arguments)
}

/// The one of delivery, which sends to a sink.
pub fn start_delivering_ceiling(data: &Path, sink: SocketAddr) -> Result<Server> {
    let data = data.to_str().context("the folder's name is no UTF-8")?;
    let sink = sink.to_string();
    Server::start(&[
        "bench", "ceiling", "deliver", "--data", data, "--sink", &sink,
    ])
}

/// A credential as `key create --output json` prints it.
#[derive(Debug, serde::Deserialize)]
pub struct Created {
    pub key: String,
}

pub fn create_key(data: &Path, database_url: Option<&str>, dialect: &str) -> Result<Created> {
    let printed = command(
        data,
        database_url,
        &["key", "create", "--dialect", dialect, "--output", "json"],
    )?;
    serde_json::from_slice(&printed).context("reading what `key create` printed")
}

/// Runs one of this program's own commands on a data folder.
pub fn command(data: &Path, database_url: Option<&str>, arguments: &[&str]) -> Result<Vec<u8>> {
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
pub fn reset(database_url: Option<&str>) -> Result<()> {
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

/// Files that a server has open besides connections.
const OTHER_FILES: usize = 100;

/// As many connections as were wanted, or as fit where only few files may be open.
pub fn connections(wanted: usize) -> usize {
    wanted
        .min(open_many_files().saturating_sub(OTHER_FILES))
        .max(1)
}

/// Lets this process, and those that it starts, open as many files as the system allows; returns how
/// many that are.
pub fn open_many_files() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // Where that is refused, it stays as it was.
    let _ = setrlimit(Resource::Nofile, raised);
    let current = getrlimit(Resource::Nofile).current;
    current.map_or(usize::MAX, |files| files as usize)
}
