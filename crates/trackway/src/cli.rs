//! The command line. Flags win over the environment (`TRACKWAY_*`).

use crate::logging::Logging;
use crate::printer::Output;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use trackway_dialects::settings;

/// A self-hosted hub for shipments: every carrier's API in, every consumer's API out.
#[derive(Debug, Parser)]
#[command(name = "trackway", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// How to print data
    #[arg(long, global = true, value_enum, default_value_t = Output::Table, env = "TRACKWAY_OUTPUT")]
    pub output: Output,
    #[command(flatten)]
    pub logging: Logging,
}

/// Where the data is.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The data folder; with `--database-url` it holds only the master key and the socket
    #[arg(long, value_name = "DIR", env = "TRACKWAY_DATA")]
    pub data: PathBuf,
    /// Keep the data in this PostgreSQL instead of the folder
    #[arg(
        long,
        value_name = "URL",
        env = "TRACKWAY_DATABASE_URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// Read the master key from this file instead of DIR/master.key
    #[arg(long, value_name = "FILE", env = "TRACKWAY_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(Serve),
    /// Keys with which clients call this server
    #[command(subcommand)]
    Key(Key),
    /// Connect an upstream system
    Connect(Connect),
    /// Follow parcels at an upstream system
    Track(Track),
    /// Show a parcel's history
    Show(Parcel),
    /// Tell why a parcel has the status that it has
    Explain(Parcel),
    /// Read the history again under another code table
    Replay(Replay),
    /// Make a parcel's texts and documents unreadable for ever
    Erase(Erase),
    /// Subscribers to what changes
    #[command(subcommand)]
    Endpoint(Endpoint),
    /// The data's own form
    #[command(subcommand)]
    Db(Db),
    /// Check the data and its surroundings
    Doctor(Doctor),
    /// Run a simulated carrier or aggregator
    Simulate(Simulate),
    /// Show the whole journey on this machine
    Demo(Demo),
    /// Measure this program beside ceilings
    Bench(crate::bench::BenchArgs),
}

#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub place: Place,
    /// The address to listen on; port 0 takes a free one
    #[arg(
        long,
        value_name = "ADDR",
        default_value = "127.0.0.1:8247",
        env = "TRACKWAY_LISTEN"
    )]
    pub listen: SocketAddr,
    /// A figure or habit of the APIs served, such as `express247.lookups_per_day=200000`; may be
    /// repeated
    #[arg(
        long = "set",
        value_name = "K=V",
        value_parser = known_setting,
        value_delimiter = ',',
        env = "TRACKWAY_SET"
    )]
    pub settings: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key and print it once
    Create(KeyCreate),
}

#[derive(Debug, Args)]
pub struct KeyCreate {
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
    /// The API that the key is for
    #[arg(long, value_name = "NAME", default_value = "native")]
    pub dialect: String,
    /// What the key is called
    #[arg(long, default_value = "")]
    pub name: String,
}

/// Whose it is.
#[derive(Clone, Debug, Args)]
pub struct Owner {
    /// The account; made if it is not there
    #[arg(
        long,
        value_name = "NAME",
        default_value = "default",
        env = "TRACKWAY_ACCOUNT"
    )]
    pub account: String,
}

#[derive(Debug, Args)]
pub struct Connect {
    /// The upstream's API
    #[arg(value_name = "DIALECT")]
    pub dialect: String,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
    /// Where its API is
    #[arg(long, value_name = "URL")]
    pub base_url: String,
    /// The IANA zone of times that it writes without one
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// What the connection is called; the API's name where none is given
    #[arg(long)]
    pub name: Option<String>,
    /// A setting, such as `apikey=…`; may be repeated
    #[arg(long = "set", value_name = "K=V", value_parser = setting)]
    pub settings: Vec<(String, String)>,
}

#[derive(Debug, Args)]
pub struct Track {
    /// The upstream's API
    #[arg(value_name = "DIALECT")]
    pub dialect: String,
    #[arg(value_name = "NUMBER", required = true)]
    pub numbers: Vec<String>,
    /// The carrier, where the upstream serves several
    #[arg(long, value_name = "CODE")]
    pub carrier: Option<String>,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct Parcel {
    #[arg(value_name = "NUMBER")]
    pub number: String,
    /// The carrier, where several use the number
    #[arg(long, value_name = "CODE")]
    pub carrier: Option<String>,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct Replay {
    /// The code table to use from now on
    #[arg(long, value_name = "FILE")]
    pub codes: PathBuf,
    /// The API whose codes it maps; told by the codes where none is named
    #[arg(long, value_name = "NAME")]
    pub dialect: Option<String>,
    /// Only list the parcels whose state would change
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct Erase {
    #[command(flatten)]
    pub parcel: Parcel,
    /// Don't ask at the terminal whether it is meant: it can't be undone. A script is not asked
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum Endpoint {
    /// Send what changes to an address; prints the signing secret once
    Add(EndpointAdd),
}

#[derive(Debug, Args)]
pub struct EndpointAdd {
    #[arg(value_name = "URL")]
    pub url: String,
    /// In which system's webhooks
    #[arg(long, value_name = "NAME", default_value = "native")]
    pub dialect: String,
    /// A setting; may be repeated
    #[arg(long = "set", value_name = "K=V", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Subcommand)]
pub enum Db {
    /// Bring the data to this release's form. A folder is brought there by every start, after a
    /// copy; a PostgreSQL only by this command
    Upgrade(Place),
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
    /// How many parcels the world has
    #[arg(long, default_value_t = 100)]
    pub shipments: u32,
    /// How many seconds pass in the world for each of ours; it never passes the present
    #[arg(long, default_value_t = 1.0)]
    pub speed: f64,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// How long to run, such as `20s` or `2m`
    #[arg(long = "for", value_name = "TIME", default_value = "20s", value_parser = duration)]
    pub time: Duration,
    /// Keep the data here instead of in a temporary folder
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The same seed makes the same show
    #[arg(long, default_value_t = 247)]
    pub seed: u64,
    /// How many parcels
    #[arg(long, default_value_t = 60)]
    pub shipments: u32,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a setting is NAME=VALUE".into()),
    }
}

/// A setting of the server.
fn known_setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = setting(text)?;
    settings::check(&name, &value).map_err(|error| error.to_string())?;
    Ok((name, value))
}

fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no time: write `20s`, `500ms` or `2m`");
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let number: u64 = text[..digits].parse().map_err(|_| wrong())?;
    match &text[digits..] {
        "ms" => Ok(Duration::from_millis(number)),
        "" | "s" => Ok(Duration::from_secs(number)),
        "m" => Ok(Duration::from_secs(number * 60)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn settings_and_times_are_read() {
        assert_eq!(setting("apikey=a=b"), Ok(("apikey".into(), "a=b".into())));
        assert!(setting("=x").is_err() && setting("x").is_err());
        assert_eq!(duration("20s"), Ok(Duration::from_secs(20)));
        assert_eq!(duration("3m"), Ok(Duration::from_mins(3)));
        assert!(duration("soon").is_err());
    }

    /// Every line of a shell block that begins with the program's name.
    #[test]
    fn every_command_of_the_readme_is_one() {
        let readme = include_str!("../../../README.md");
        let blocks = readme.split("```").skip(1).step_by(2);
        let mut commands = 0;
        for line in blocks.flat_map(|block| {
            block
                .replace("\\\n", " ")
                .lines()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        }) {
            let line = line.split(" #").next().unwrap_or_default().trim();
            if !line.starts_with("trackway ") {
                continue;
            }
            let words = line.split_whitespace().map(|word| word.trim_matches('\''));
            if let Err(error) = Arguments::try_parse_from(words) {
                panic!("`{line}`: {error}");
            }
            commands += 1;
        }
        assert!(commands > 8, "only {commands} were found");
    }
}
