//! The real server process.
//!
//! Guarantee: one process on one port of 127.0.0.1, with all that it wrote kept, and seen here from
//! the moment it was written; it is killed when its [`Server`] is dropped. `kill9` is a crash: no handler of the process runs. `restart` keeps
//! program, arguments, environment and port, so that clients find the next process where the last
//! one was.
//!
//! Called from tests, which pass the program's path: cargo tells it only to the package that owns
//! the program (`env!("CARGO_BIN_EXE_trackway")`). If the test panics, what the process wrote to
//! stderr is printed.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use crate::{ports, wait::eventually};

/// How long a start may take on a busy machine.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// How long one health question may take.
const PROBE_LIMIT: Duration = Duration::from_secs(2);

/// How a server is to be started.
#[derive(Debug, Clone)]
pub struct Launch {
    program: PathBuf,
    args: Vec<OsString>,
    envs: Vec<(OsString, OsString)>,
}

impl Launch {
    /// A program; `--listen ADDR` is added after its arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            args: Vec::new(),
            envs: Vec::new(),
        }
    }

    /// One more argument.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// More arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// One more environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.envs.push((name.into(), value.into()));
        self
    }

    /// Starts the process on a free port and returns at once.
    pub fn spawn(self) -> anyhow::Result<Server> {
        let addr = ports::free_addr()?;
        let output = Output::new().context("make files for what the server says")?;
        let child = self.process(addr, &output)?;
        Ok(Server {
            launch: self,
            addr,
            child,
            output,
        })
    }

    /// Starts the process on a free port and waits until it is ready.
    pub async fn start(self) -> anyhow::Result<Server> {
        let mut server = self.spawn()?;
        server.wait_ready().await?;
        Ok(server)
    }

    fn process(&self, addr: SocketAddr, output: &Output) -> anyhow::Result<Child> {
        Command::new(&self.program)
            .args(&self.args)
            .args(["--listen", &addr.to_string()])
            .envs(self.envs.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output.stdout.try_clone()?)
            .stderr(output.stderr.try_clone()?)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("start {}", self.program.display()))
    }
}

/// What a process wrote so far, and the ones before it under the same [`Server`]. Files, not pipes:
/// what was written before an answer or an end is there at once, whoever has run since.
#[derive(Debug)]
struct Output {
    stdout: File,
    stderr: File,
}

impl Output {
    fn new() -> io::Result<Self> {
        Ok(Self {
            stdout: tempfile::tempfile()?,
            stderr: tempfile::tempfile()?,
        })
    }
}

/// A server process.
#[derive(Debug)]
pub struct Server {
    launch: Launch,
    addr: SocketAddr,
    child: Child,
    output: Output,
}

impl Server {
    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its address with a path; the path begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// The process's number while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until GET /healthz answers with success; fails at once if the process ends.
    pub async fn wait_ready(&mut self) -> anyhow::Result<()> {
        let client = crate::client();
        let url = self.url("/healthz");
        let child = &mut self.child;
        let ended = eventually(format!("{url} to answer"), READY_LIMIT, async || {
            if let Ok(Some(status)) = child.try_wait() {
                return Some(Some(status));
            }
            let answer = client.get(&url).timeout(PROBE_LIMIT).send().await;
            answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(None)
        })
        .await
        .with_context(|| self.stderr())?;
        if let Some(status) = ended {
            bail!(
                "the server ended before it was ready, with {status}: {}",
                self.stderr()
            );
        }
        Ok(())
    }

    /// Kills the process as a crash would (SIGKILL) and waits until it is gone.
    pub async fn kill9(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("kill the server")
    }

    /// Asks the process to end (SIGTERM) and waits until it has.
    pub async fn terminate(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        if let Some(pid) = self
            .child
            .id()
            .and_then(|id| Pid::from_raw(id.cast_signed()))
        {
            kill_process(pid, Signal::TERM)?;
        }
        match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => bail!(
                "waited {limit:?} in vain for the server to end: {}",
                self.stderr()
            ),
        }
    }

    /// Kills the process if it still runs, starts the next on the same port and waits for it.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.kill9().await?;
        self.start_again().await
    }

    /// Starts the next process on the same port, the one before being dead, and waits for it.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.child = self.launch.process(self.addr, &self.output)?;
        self.wait_ready().await
    }

    /// All that came on stdout.
    pub fn stdout(&self) -> String {
        text(&self.output.stdout)
    }

    /// All that came on stderr.
    pub fn stderr(&self) -> String {
        text(&self.output.stderr)
    }
}

impl Drop for Server {
    #[expect(
        clippy::print_stderr,
        reason = "a failing test shows what its server said"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "the server at {} wrote to stderr:\n{}",
                self.addr,
                self.stderr()
            );
        }
    }
}

/// All of a file. The offset is the process's: it is left where it is.
fn text(file: &File) -> String {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = file.read_at(&mut piece, bytes.len() as u64) {
        bytes.extend_from_slice(&piece[..length]);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
