//! The real program, run to its end or as a server, on SQLite or on PostgreSQL.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tempfile::TempDir;
use trackway_testkit::{Launch, Postgres, Server, TestDatabase};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_trackway");

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// What was printed, which must be one JSON document, by a run that must have worked.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {}", self.stdout))
    }
}

/// Runs a command to its end.
pub async fn run<S: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = S>) -> Ran {
    let output = tokio::process::Command::new(PROGRAM)
        .args(args)
        .stdin(Stdio::null())
        .env_remove("RUST_LOG")
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A data folder, and the database that belongs to it if the store is PostgreSQL.
pub struct Data {
    dir: TempDir,
    /// Where the data is, if not in the folder of its own.
    at: Option<PathBuf>,
    database: Option<TestDatabase>,
}

impl Data {
    pub fn sqlite() -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            at: None,
            database: None,
        }
    }

    /// In a folder that is somebody else's to keep.
    pub fn sqlite_at(folder: PathBuf) -> Self {
        Self {
            at: Some(folder),
            ..Self::sqlite()
        }
    }

    pub async fn postgres() -> Self {
        let database = Postgres::database().await.unwrap();
        Self {
            dir: tempfile::tempdir().unwrap(),
            at: None,
            database: Some(database),
        }
    }

    pub fn path(&self) -> &Path {
        self.at.as_deref().unwrap_or(self.dir.path())
    }

    /// The arguments that name it as the place to copy to.
    pub fn copy_args(&self) -> Vec<String> {
        let named = |arg: String| match arg.strip_prefix("--") {
            Some(name) => format!("--to-{name}"),
            None => arg,
        };
        self.args().into_iter().map(named).collect()
    }

    /// The arguments that name it.
    pub fn args(&self) -> Vec<String> {
        let mut args = vec![
            "--data".to_owned(),
            self.path().to_str().unwrap().to_owned(),
        ];
        if let Some(database) = &self.database {
            args.extend(["--database-url".to_owned(), database.url.clone()]);
        }
        args
    }

    /// Runs a command on it, printing JSON.
    pub async fn run(&self, args: &[&str]) -> Ran {
        let place = self.args();
        let output = ["--output".to_owned(), "json".to_owned()];
        let args = args.iter().map(|arg| (*arg).to_owned());
        run(args.chain(place).chain(output)).await
    }

    /// Runs statements on its database.
    pub async fn sql(&self, statements: &str) {
        let url = &self.database.as_ref().unwrap().url;
        let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls)
            .await
            .unwrap();
        let connection = tokio::spawn(connection);
        client.batch_execute(statements).await.unwrap();
        drop(client);
        connection.await.unwrap().unwrap();
    }

    /// How to serve it.
    pub fn launch(&self) -> Launch {
        Launch::new(PROGRAM).arg("serve").args(self.args())
    }

    pub async fn serve(&self) -> Server {
        self.launch().start().await.unwrap()
    }
}

/// A simulated carrier whose parcels have all come to their end, and its credentials.
pub async fn carrier(dialect: &str, shipments: u32) -> (Server, Value) {
    let shipments = shipments.to_string();
    let args = [
        "simulate",
        "--dialect",
        dialect,
        "--shipments",
        &shipments,
        "--speed",
        "1e12",
    ];
    let server = Launch::new(PROGRAM)
        .args(args)
        .args(["--output", "json"])
        .start()
        .await
        .unwrap();
    let said = server.stdout();
    let facts = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    (server, facts)
}
