//! The configuration: flags over the environment over the file over the defaults.
//!
//! Guarantee: every option stands in one table ([`options::OPTIONS`]) that all sources, the sample
//! and the documentation go by; a name that nobody knows and a value that does not fit are errors
//! that say where they stand. The sample file says the defaults and nothing else.
//!
//! The file is the one that `--config` or `TRACKWAY_CONFIG` names, which must be there, otherwise
//! `DIR/trackway.toml` where there is one.

pub mod mail;
pub mod options;
pub mod values;

pub use options::OPTIONS;

use anyhow::{Context, anyhow, bail};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trackway_dialects::settings;
use trackway_hub::net::{Net, PortRange};
use trackway_hub::outbound::{Certificate, Reach};
use trackway_hub::{Retention, Unregistered};
use trackway_store::StoreConfig;
use trackway_web::Limits;

/// Name of the file within the data folder.
const FILE: &str = "trackway.toml";
/// What a server says of its work.
const FILTER: &str = "warn,trackway=info";

/// How to log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// Everything that can be set about a server.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    pub data: Option<PathBuf>,
    pub database_url: Option<String>,
    pub master_key_file: Option<PathBuf>,
    /// A folder of carriers' tables.
    pub carriers: Option<PathBuf>,
    pub listen: SocketAddr,
    pub public_url: Option<String>,
    pub trusted_proxies: Vec<Net>,
    pub tls: Tls,
    pub log: Log,
    pub outbound: Outbound,
    /// How long a parked message is sent again by itself.
    pub parked_for: Duration,
    pub retention: Retention,
    /// What becomes of numbers that webhooks tell of and nobody registered.
    pub unregistered: Unregistered,
    /// Bytes to keep free on the disk of the data folder.
    pub min_free: u64,
    /// E-mail to people.
    pub mail: mail::Mail,
    pub limits: Limits,
    /// Settings of the dialects, by name.
    pub dialects: BTreeMap<String, String>,
}

/// Both or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    pub certificate: Option<PathBuf>,
    pub key: Option<PathBuf>,
}

/// How far requests that go out may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outbound {
    pub allow: Vec<Net>,
    pub ports: Vec<PortRange>,
    /// A file of certificates.
    pub trust: Option<PathBuf>,
    pub longest: Duration,
}

impl Default for Outbound {
    fn default() -> Self {
        let Reach {
            allow,
            ports,
            longest,
            ..
        } = Reach::default();
        Self {
            allow,
            ports,
            trust: None,
            longest,
        }
    }
}

impl Outbound {
    /// What the client is made with; reads the file.
    pub fn reach(self) -> anyhow::Result<Reach> {
        let trust = self.trust.as_deref().map(certificates).transpose()?;
        Ok(Reach {
            allow: self.allow,
            ports: self.ports,
            trust: trust.unwrap_or_default(),
            longest: self.longest,
            ..Reach::default()
        })
    }
}

fn certificates(file: &Path) -> anyhow::Result<Vec<Certificate>> {
    let wrong = || format!("outbound.trust: {} can't be read as PEM", file.display());
    let pem = std::fs::read(file).with_context(wrong)?;
    let found = Certificate::from_pem_bundle(&pem).with_context(wrong)?;
    if found.is_empty() {
        bail!("outbound.trust: {} holds no certificate", file.display());
    }
    Ok(found)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    pub filter: String,
    pub format: Format,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: None,
            database_url: None,
            master_key_file: None,
            carriers: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8247)),
            public_url: None,
            trusted_proxies: Vec::new(),
            tls: Tls::default(),
            log: Log {
                filter: FILTER.to_owned(),
                format: Format::Text,
            },
            outbound: Outbound::default(),
            parked_for: trackway_hub::PARKED_FOR,
            retention: Retention::default(),
            unregistered: Unregistered::default(),
            min_free: StoreConfig::DEFAULT_RESERVE,
            mail: mail::Mail::default(),
            limits: Limits::default(),
            dialects: BTreeMap::new(),
        }
    }
}

impl Config {
    /// The configuration of a server: what `flags` say wins over what `env` says of an option's
    /// variable, and that over the file.
    pub fn layered(
        file: &File,
        env: impl Fn(&str) -> Option<String>,
        flags: &[(String, String)],
    ) -> anyhow::Result<Self> {
        let mut config = Self::default();
        for (name, value) in &file.options {
            config
                .set(name, value)
                .map_err(|wrong| file.wrong(name, &wrong))?;
        }
        let names = OPTIONS.iter().map(|option| option.name);
        for name in names.chain(options::of_dialects()) {
            let variable = options::env_of(name);
            if let Some(value) = env(&variable) {
                config
                    .set(name, &value)
                    .map_err(|wrong| anyhow!("{variable}: {wrong}"))?;
            }
        }
        for (name, value) in flags {
            config
                .set(name, value)
                .map_err(|wrong| anyhow!("{name}: {wrong}"))?;
        }
        match (&config.tls.certificate, &config.tls.key) {
            (Some(_), None) => bail!("tls.certificate is set and tls.key is not: name both files"),
            (None, Some(_)) => bail!("tls.key is set and tls.certificate is not: name both files"),
            _ => Ok(config),
        }
    }

    /// What is set otherwise than by default, by option; without what may hold a password.
    pub fn set_otherwise(&self) -> BTreeMap<String, String> {
        let default = Self::default();
        let changed = OPTIONS
            .iter()
            .filter(|option| option.name != "database_url");
        let changed = changed.filter_map(|option| {
            let value = (option.get)(self);
            let value = value.filter(|value| Some(value) != (option.get)(&default).as_ref())?;
            Some((option.name.to_owned(), value))
        });
        changed.chain(self.dialects.clone()).collect()
    }

    /// Sets one option to a value as written.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        if let Some(option) = options::find(name) {
            return (option.set)(self, value);
        }
        if !options::of_dialects().any(|known| known == name) {
            return Err(options::unknown(name));
        }
        settings::check(name, value).map_err(|wrong| wrong.to_string())?;
        self.dialects.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

/// A value of an option, if it is one: for flags.
pub fn checked(name: &str, value: &str) -> Result<String, String> {
    Config::default().set(name, value)?;
    Ok(value.to_owned())
}

/// A configuration file: its options as they are written.
#[derive(Clone, Debug, Default)]
pub struct File {
    path: PathBuf,
    options: BTreeMap<String, String>,
}

impl File {
    /// The file that a command line and the environment lead to; nothing set where there is none.
    pub fn find(args: &[OsString], env: impl Fn(&str) -> Option<OsString>) -> anyhow::Result<Self> {
        let named = flag(args, "--config").or_else(|| env("TRACKWAY_CONFIG"));
        let beside = || {
            let folder = flag(args, "--data").or_else(|| env("TRACKWAY_DATA"))?;
            Some(Path::new(&folder).join(FILE)).filter(|path| path.exists())
        };
        let Some(path) = named.map(PathBuf::from).or_else(beside) else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("the configuration file {} can't be read", path.display()))?;
        Self::parse(&text, &path)
    }

    /// Reads a file's text. `path` is for what is said of it.
    pub fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let table: toml::Table = text
            .parse()
            .with_context(|| format!("{} is no TOML", path.display()))?;
        let mut file = Self {
            path: path.to_owned(),
            options: BTreeMap::new(),
        };
        file.take("", &table)?;
        let mut scratch = Config::default();
        for (name, value) in &file.options {
            scratch
                .set(name, value)
                .map_err(|wrong| file.wrong(name, &wrong))?;
        }
        Ok(file)
    }

    fn take(&mut self, prefix: &str, table: &toml::Table) -> anyhow::Result<()> {
        for (key, value) in table {
            let name = format!("{prefix}{key}");
            let text = match value {
                toml::Value::Table(inner) => {
                    let prefix = format!("{name}.");
                    let names = OPTIONS.iter().map(|option| option.name);
                    if !names
                        .chain(options::of_dialects())
                        .any(|known| known.starts_with(&prefix))
                    {
                        return Err(self.wrong(&name, &options::unknown(&name)));
                    }
                    self.take(&prefix, inner)?;
                    continue;
                }
                toml::Value::Array(parts) => {
                    let parts: Vec<String> = parts.iter().map(text_of).collect();
                    parts.join(",")
                }
                other => text_of(other),
            };
            self.options.insert(name, text);
        }
        Ok(())
    }

    fn wrong(&self, name: &str, wrong: &str) -> anyhow::Error {
        anyhow!("{}, {name}: {wrong}", self.path.display())
    }

    /// What the file says of the option that this variable of the environment sets.
    pub fn of_env(&self, variable: &std::ffi::OsStr) -> Option<String> {
        let found = self.options.iter().find(|(name, _)| {
            // `--log` is told apart by the command: the file's filter is the server's alone.
            !name.starts_with("log.") && variable == options::env_of(name).as_str()
        });
        found.map(|(_, value)| value.clone())
    }
}

/// The text of a value that is neither a list nor a table.
fn text_of(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The value of a flag that is looked for before the command line is read as a whole: where the file
/// is decides what the defaults are.
fn flag(args: &[OsString], name: &str) -> Option<OsString> {
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        if arg == name {
            return args.next().cloned();
        }
        let value = arg
            .to_str()
            .and_then(|arg| arg.strip_prefix(name)?.strip_prefix('='));
        if let Some(value) = value {
            return Some(value.into());
        }
    }
    None
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
