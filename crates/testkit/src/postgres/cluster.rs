//! One cluster: its folder, its start and its end.
//!
//! Contract: `prepare` makes the folder and picks the port, `launch` fills the folder and starts
//! the server, and returns when it accepts connections. The server's own pid file is the truth
//! about the process, so that a cluster can be ended by whoever knows its folder, also after the
//! process that started it crashed, at any point.

use std::fs::{self, File};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use serde::{Deserialize, Serialize};

use super::binaries::{self, User};
use crate::{ports, wait::eventually};

const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// The line of the pid file that says whether the server accepts connections.
const STATUS_LINE: usize = 7;

/// Small buffers, because tests are many and small; full sync, because that is what they test.
const SETTINGS: [(&str, &str); 7] = [
    ("listen_addresses", "127.0.0.1"),
    ("shared_buffers", "64MB"),
    ("max_connections", "200"),
    ("max_wal_size", "512MB"),
    ("fsync", "on"),
    ("jit", "off"),
    ("timezone", "UTC"),
];

/// In whose process group the server runs: the caller's, and is killed with it, or its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    Callers,
    Own,
}

/// Where a cluster is; all that others need to use or to end it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Cluster {
    dir: PathBuf,
    pub(super) port: u16,
}

impl Cluster {
    /// An empty folder under the system's temporary one, owned by the server's user, and a port.
    pub(super) fn prepare() -> anyhow::Result<Self> {
        let dir = tempfile::Builder::new()
            .prefix("trackway-pg-")
            .tempdir()?
            .keep();
        if let Some(User { uid, gid }) = binaries::user()? {
            chown(&dir, Some(uid), Some(gid))?;
        }
        Ok(Self {
            dir,
            port: ports::free_port()?,
        })
    }

    /// Fills the folder, starts the server and waits until it accepts connections.
    pub(super) async fn launch(
        &self,
        settings: &[(&str, &str)],
        group: Group,
    ) -> anyhow::Result<Child> {
        let programs = binaries::folder()?;
        let initdb = self
            .command(&programs.join("initdb"))?
            .args([
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .output()
            .context("start initdb")?;
        let complaint = String::from_utf8_lossy(&initdb.stderr);
        ensure!(initdb.status.success(), "initdb failed: {complaint}");

        let mut server = self.command(&programs.join("postgres"))?;
        server
            .args(["-p", &self.port.to_string(), "-k"])
            .arg(&self.dir);
        for (name, value) in SETTINGS.iter().chain(settings) {
            server.args(["-c", &format!("{name}={value}")]);
        }
        if group == Group::Own {
            server.process_group(0);
        }
        let log = File::create(self.log())?;
        let mut child = server.stderr(log.try_clone()?).stdout(log).spawn()?;
        eventually("PostgreSQL to start", START_LIMIT, async || {
            let ended = child.try_wait().is_ok_and(|status| status.is_some());
            (ended || self.accepts_connections()).then_some(())
        })
        .await
        .with_context(|| self.read_log())?;
        ensure!(
            self.accepts_connections(),
            "PostgreSQL ended at once: {}",
            self.read_log()
        );
        Ok(child)
    }

    /// One of the server's programs on this cluster's data, as the server's user, in a folder that
    /// this user may enter.
    fn command(&self, program: &Path) -> anyhow::Result<Command> {
        let mut command = Command::new(program);
        command
            .arg("-D")
            .arg(self.data())
            .current_dir(&self.dir)
            .stdin(Stdio::null());
        if let Some(User { uid, gid }) = binaries::user()? {
            command.uid(uid).gid(gid);
        }
        Ok(command)
    }

    /// Whether the server is up and serving.
    pub(super) fn is_running(&self) -> bool {
        self.pid().is_some() && self.accepts_connections()
    }

    /// Ends the server, if there is one, and removes the folder.
    pub(super) async fn stop(&self) -> anyhow::Result<()> {
        self.quit();
        eventually("PostgreSQL to stop", STOP_LIMIT, async || {
            self.pid().is_none().then_some(())
        })
        .await?;
        self.remove()
    }

    /// Asks for the server's immediate stop: it ends its children and frees its shared memory, and
    /// writes no checkpoint for data that goes away. False if there is no server.
    fn quit(&self) -> bool {
        self.pid()
            .is_some_and(|pid| kill_process(pid, Signal::QUIT).is_ok())
    }

    fn remove(&self) -> anyhow::Result<()> {
        match fs::remove_dir_all(&self.dir) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn accepts_connections(&self) -> bool {
        self.pid_file()
            .lines()
            .nth(STATUS_LINE)
            .is_some_and(|status| status.trim() == "ready")
    }

    /// The server's process, if it lives.
    fn pid(&self) -> Option<Pid> {
        let pid = Pid::from_raw(self.pid_file().lines().next()?.trim().parse().ok()?)?;
        self.is_ours(pid).then_some(pid)
    }

    /// Whether a process is this cluster's server: a pid file outlives its server after a crash or
    /// a reboot, and the number may be another's by then. Without /proc, being alive must do.
    fn is_ours(&self, pid: Pid) -> bool {
        if !Path::new("/proc/self").exists() {
            return test_kill_process(pid) != Err(rustix::io::Errno::SRCH);
        }
        let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(&*self.dir.to_string_lossy())
    }

    /// Empty if there is none: then no server runs.
    fn pid_file(&self) -> String {
        fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    fn read_log(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }
}

/// The server process of a cluster that ends with its owner.
#[derive(Debug, Default)]
pub(super) struct Running(Option<Child>);

impl From<Child> for Running {
    fn from(child: Child) -> Self {
        Self(Some(child))
    }
}

impl Running {
    /// Ends the server, waits for it and removes the folder; for a drop, so errors are let go.
    pub(super) fn end(&mut self, cluster: &Cluster) {
        let asked = cluster.quit();
        if let Some(child) = &mut self.0 {
            if !asked {
                let _ = child.kill();
            }
            let _ = child.wait();
        }
        let _ = cluster.remove();
    }
}
