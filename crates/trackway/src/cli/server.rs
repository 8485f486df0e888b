//! Arguments of the commands that make, run and look after an installation.

use super::{Place, duration};
use crate::config;
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// What a flag of the server changes: each is an option of the configuration file, see
/// `config::OPTIONS`.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub place: Place,
    /// The address to listen on; port 0 takes a free one [default: 127.0.0.1:8247]
    #[arg(long, value_name = "ADDR", value_parser = |text: &str| config::checked("listen", text))]
    pub listen: Option<String>,
    /// The address under which clients reach this server, such as `https://track.example.com`
    #[arg(long, value_name = "URL", value_parser = |text: &str| config::checked("public_url", text))]
    pub public_url: Option<String>,
    /// Networks of the proxies that may say who calls, such as `10.0.0.0/8`
    #[arg(long, value_name = "NET,…", value_parser = |text: &str| config::checked("trusted_proxies", text))]
    pub trusted_proxies: Option<String>,
    /// Serve HTTPS with this certificate chain (PEM); SIGHUP reads it anew
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_certificate: Option<String>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    pub tls_key: Option<String>,
    /// Any option of the configuration file, such as `limits.requests=200` or
    /// `express247.lookups_per_day=200000`; may be repeated
    #[arg(
        long = "set",
        value_name = "K=V",
        value_parser = known_option,
        value_delimiter = ',',
        env = "TRACKWAY_SET"
    )]
    pub settings: Vec<(String, String)>,
}

impl Serve {
    /// What the command line says, as options of the configuration file.
    pub fn options(&self) -> Vec<(String, String)> {
        let flags = [
            ("listen", &self.listen),
            ("public_url", &self.public_url),
            ("trusted_proxies", &self.trusted_proxies),
            ("tls.certificate", &self.tls_certificate),
            ("tls.key", &self.tls_key),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)));
        self.settings.iter().cloned().chain(flags).collect()
    }
}

#[derive(Debug, Subcommand)]
pub enum Db {
    /// Bring the data to this release's form. A folder is brought there by every start, after a
    /// copy; a PostgreSQL only by this command
    Upgrade(Place),
    /// Copy everything to another folder or database, of either kind
    Copy(super::Copy),
}

#[derive(Debug, Args)]
pub struct Doctor {
    #[command(flatten)]
    pub place: Place,
    /// Rebuild every parcel's state from the log and compare
    #[arg(long)]
    pub verify: bool,
}

#[derive(Clone, Debug, Args)]
pub struct Simulate {
    /// The API to be
    #[arg(long, value_name = "NAME", default_value = "247express")]
    pub dialect: String,
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The same seed makes the same world
    #[arg(long, default_value_t = 247)]
    pub seed: u64,
    /// How many parcels (with an order each), bills of lading or air waybills the world has
    #[arg(long, default_value_t = 100)]
    pub shipments: u32,
    /// How many seconds pass in the world for each of ours; it never passes the present
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
    /// What goes on in it; `list` tells which there are
    #[arg(long, value_name = "NAME", default_value = "mixed")]
    pub scenario: String,
    /// Further faults, in hundredths of the calls, such as `outage=10,cut=5`
    #[arg(long, value_name = "K=N", value_parser = fault, value_delimiter = ',')]
    pub faults: Vec<(String, i64)>,
    /// Send the webhooks of 247express, track123 or nandh to this address too; may be repeated
    #[arg(long = "webhook", value_name = "URL")]
    pub webhooks: Vec<String>,
    /// What the webhooks carry: 247express's as `ApiKey`, nandh's in `Authorization`
    #[arg(long, value_name = "KEY", default_value = "SIMULATED")]
    pub webhook_key: String,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// How long to run, such as `20s` or `2m`; until Ctrl-C where it is left out
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,
    /// Keep the data here instead of in a temporary folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The same seed makes the same show
    #[arg(long, default_value_t = 247)]
    pub seed: u64,
    /// How many parcels; as many as the time allows where it is left out
    #[arg(long)]
    pub shipments: Option<u32>,
}

/// Shells that completions can be made for, and the manual.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell; `man` prints the manual page instead
    #[arg(value_name = "SHELL", value_parser = ["bash", "zsh", "fish", "elvish", "powershell", "man"])]
    pub shell: String,
}

/// A fault's name and its share.
fn fault(text: &str) -> Result<(String, i64), String> {
    let (name, share) = super::setting(text)?;
    let share = share.parse();
    Ok((
        name,
        share.map_err(|_| format!("`{text}` is no share: write `outage=10`"))?,
    ))
}

/// An option of the configuration.
fn known_option(text: &str) -> Result<(String, String), String> {
    let (name, value) = super::setting(text)?;
    config::checked(&name, &value)?;
    Ok((name, value))
}
