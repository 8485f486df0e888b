//! PostgreSQL for tests: real clusters from the machine's own server binaries, and a fresh database
//! for each caller.
//!
//! Guarantee: [`Postgres::database`] gives an empty database that nobody else uses, on a server
//! with full sync, reachable over TCP on 127.0.0.1 without a password. Databases are isolated from
//! each other, the server's load is not.
//!
//! The test runner starts a process for each test, and a cluster takes over a second to make, so
//! the processes of a run share one: the first starts it, under a file lock, the others find it
//! (module `shared`). It outlives them; `testkit stop` ends it. Tests that stop or break the server
//! take one of their own with [`Postgres::start`], which ends at drop.
//!
//! A crash of a test leaves its database in the shared cluster until that is stopped. A crash of
//! the cluster is noticed by the next process, which replaces it. A test process killed by force
//! leaves its own cluster behind if it was not in the same process group as what was killed.

mod binaries;
mod cluster;
mod shared;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::OnceCell;
use tokio_postgres::NoTls;

use cluster::{Cluster, Running};

/// The shared cluster as this process found it.
static SHARED: OnceCell<Postgres> = OnceCell::const_new();

/// How long a drop may take the end of a test up; a server that is gone must not hang it.
const DROP_LIMIT: Duration = Duration::from_secs(5);

/// A PostgreSQL cluster.
#[derive(Debug)]
pub struct Postgres {
    cluster: Cluster,
    /// Present if this value owns the server process: it ends with it.
    running: Option<Running>,
}

impl Postgres {
    /// A fresh database in the shared cluster: what most tests want.
    pub async fn database() -> anyhow::Result<TestDatabase> {
        Self::shared().await?.create_database().await
    }

    /// The cluster that the processes of this test run share; started if it isn't there.
    pub async fn shared() -> anyhow::Result<&'static Self> {
        SHARED
            .get_or_try_init(|| Self::shared_in(default_dir()))
            .await
    }

    /// The cluster shared by all who name the same folder for its lock and state file.
    pub async fn shared_in(dir: PathBuf) -> anyhow::Result<Self> {
        let cluster = shared::acquire(dir).await?;
        Ok(Self {
            cluster,
            running: None,
        })
    }

    /// Ends the cluster shared under `dir` and removes its files; true if there was one.
    pub async fn stop_shared_in(dir: PathBuf) -> anyhow::Result<bool> {
        shared::stop(dir).await
    }

    /// A cluster of the caller's own; it ends at drop.
    pub async fn start() -> anyhow::Result<Self> {
        Self::start_with(&[]).await
    }

    /// The same with server settings, as in `("shared_buffers", "1GB")`.
    pub async fn start_with(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        let cluster = Cluster::prepare()?;
        // Built before the launch, so that a failed launch leaves no files.
        let mut postgres = Self {
            running: Some(Running::default()),
            cluster,
        };
        let child = postgres
            .cluster
            .launch(settings, cluster::Group::Callers)
            .await?;
        postgres.running = Some(Running::from(child));
        Ok(postgres)
    }

    /// A fresh, empty database.
    pub async fn create_database(&self) -> anyhow::Result<TestDatabase> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("t{:016x}_{number}", crate::ports::random());
        let admin_url = self.url("postgres");
        // template0, because nobody can be connected to it: template1 in use fails the copy.
        execute(
            &admin_url,
            &format!("CREATE DATABASE {name} TEMPLATE template0"),
        )
        .await?;
        Ok(TestDatabase {
            url: self.url(&name),
            name,
            admin_url,
        })
    }

    /// The address of a database by name; `postgres` always exists.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgres://postgres@127.0.0.1:{}/{database}",
            self.cluster.port
        )
    }

    /// The port, for a [`crate::Proxy`] in front of the server.
    pub fn port(&self) -> u16 {
        self.cluster.port
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(running) = &mut self.running {
            running.end(&self.cluster);
        }
    }
}

/// A database of one test; dropped with this value, best effort.
#[derive(Debug)]
pub struct TestDatabase {
    /// The address to connect to, as `--database-url` takes it.
    pub url: String,
    name: String,
    admin_url: String,
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let admin_url = std::mem::take(&mut self.admin_url);
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let (done, wait) = mpsc::channel::<()>();
        // A thread with a runtime of its own: a drop can't await, and the caller's may be ending.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                // Best effort: with the server gone, the database is gone or will be.
                let _ = runtime.block_on(execute(&admin_url, &statement));
            }
            drop(done);
        });
        // Ends when the thread lets go of `done`, or at the limit.
        let _ = wait.recv_timeout(DROP_LIMIT);
    }
}

/// Where the shared cluster's lock and state file are: `TRACKWAY_TESTKIT_DIR`, else `testkit` in
/// cargo's target folder, found from the running program, so that cargo's own settings count.
pub fn default_dir() -> PathBuf {
    if let Some(dir) = std::env::var_os("TRACKWAY_TESTKIT_DIR") {
        return PathBuf::from(dir);
    }
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .find(|dir| dir.join("CACHEDIR.TAG").exists())
        .map_or_else(std::env::temp_dir, PathBuf::from)
        .join("testkit")
}

/// One statement over a connection of its own.
async fn execute(url: &str, statement: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .with_context(|| format!("connect to {url}"))?;
    let connection = tokio::spawn(connection);
    let outcome = client.batch_execute(statement).await;
    drop(client);
    // Ends once the client is gone; awaited, so that no connection outlives the call.
    let _ = connection.await;
    outcome.with_context(|| statement.to_owned())
}
