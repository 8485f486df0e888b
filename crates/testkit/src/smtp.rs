//! A real mail server (Debian's `python3-aiosmtpd`) that keeps what it takes.
//!
//! Guarantee: it listens on a free port of 127.0.0.1, speaks the protocol with STARTTLS, implicit TLS
//! and logins, answers an address as its rules say, and ends with its [`Smtp`]. A message is seen here
//! as soon as the server has said that it took it.

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// Debian's own, which has Debian's packages.
const PYTHON: &str = "/usr/bin/python3";
const SERVER: &str = include_str!("smtp.py");

/// How a server protects itself.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SmtpOptions {
    /// Files with a certificate chain and its key: STARTTLS is required, unless `implicit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<PathBuf>,
    /// TLS from the first byte.
    pub implicit: bool,
    /// A login that is required.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A free one where it is 0.
    pub port: u16,
}

/// How an address is answered otherwise than by taking the message.
#[derive(Clone, Debug, Serialize)]
struct Rule {
    step: &'static str,
    answer: String,
    times: u32,
}

/// A message that was taken.
#[derive(Clone, Debug, Deserialize)]
pub struct Taken {
    pub from: String,
    pub to: Vec<String>,
    /// What the client called itself.
    pub host: Option<String>,
    pub tls: bool,
    pub user: Option<String>,
    /// The message as it came, in base64.
    pub data: String,
    /// As another program than ours reads it: headers, and both forms of what it says.
    pub headers: Vec<(String, String)>,
    pub text: String,
    pub html: String,
}

impl Taken {
    /// All headers of a name.
    pub fn header(&self, name: &str) -> Vec<&str> {
        let found = self.headers.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).collect()
    }
}

/// A running server.
#[derive(Debug)]
pub struct Smtp {
    _child: Child,
    port: u16,
    folder: TempDir,
    rules: parking_lot::Mutex<BTreeMap<String, Rule>>,
}

impl Smtp {
    /// One without protection, as a relay on the same machine.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with(SmtpOptions::default()).await
    }

    pub async fn with(options: SmtpOptions) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let mut child = Command::new(PYTHON)
            .args(["-c", SERVER])
            .arg(folder.path())
            .arg(serde_json::to_string(&options)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("start the mail server: `make test` installs python3-aiosmtpd")?;
        let stdout = child.stdout.take().context("the server has an output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let Ok(port) = line.trim().parse() else {
            bail!("the mail server did not start: is python3-aiosmtpd installed?");
        };
        Ok(Self {
            _child: child,
            port,
            folder,
            rules: parking_lot::Mutex::default(),
        })
    }

    pub const fn port(&self) -> u16 {
        self.port
    }

    /// From now on answers `RCPT` of this address so, for so many transactions.
    pub fn at_recipient(&self, address: &str, answer: &str, times: u32) -> anyhow::Result<()> {
        self.rule(address, "rcpt", answer, times)
    }

    /// The same at the end of the message.
    pub fn at_message(&self, address: &str, answer: &str, times: u32) -> anyhow::Result<()> {
        self.rule(address, "data", answer, times)
    }

    /// Takes messages to this address and breaks the connection off without a word.
    pub fn hangs_up(&self, address: &str, times: u32) -> anyhow::Result<()> {
        self.rule(address, "hang up", "-", times)
    }

    fn rule(
        &self,
        address: &str,
        step: &'static str,
        answer: &str,
        times: u32,
    ) -> anyhow::Result<()> {
        let mut rules = self.rules.lock();
        let answer = answer.to_owned();
        let rule = Rule {
            step,
            answer,
            times,
        };
        rules.insert(address.to_owned(), rule);
        let (new, path) = (
            self.folder.path().join("rules.new"),
            self.folder.path().join("rules.json"),
        );
        std::fs::write(&new, serde_json::to_vec(&*rules)?)?;
        std::fs::rename(new, path)?;
        Ok(())
    }

    /// What was taken, in its order.
    pub fn taken(&self) -> anyhow::Result<Vec<Taken>> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())?
            .map(|entry| Ok(entry?.path()))
            .collect::<anyhow::Result<_>>()?;
        files.retain(|file| {
            file.extension().is_some_and(|kind| kind == "json") && !file.ends_with("rules.json")
        });
        files.sort();
        files
            .iter()
            .map(|file| Ok(serde_json::from_slice(&std::fs::read(file)?)?))
            .collect()
    }

    /// How often the server was asked to take something for an address.
    pub fn asked(&self, address: &str) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("asked.log"));
        let line = format!("RCPT {address}");
        let lines = log.unwrap_or_default();
        lines.lines().filter(|asked| **asked == line).count()
    }
}
