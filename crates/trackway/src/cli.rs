//! The command line, by subject in the files of `cli/`. Flags win over the environment
//! (`TRACKWAY_*`), that over the configuration file.

mod access;
mod addresses;
mod keeping;
mod notices;
mod orders;
mod parcels;
mod quarantine;
mod server;

pub use access::{
    Account, Connect, Connection, Endpoint, EndpointNamed, EndpointReplay, EndpointRotate,
    EndpointSet, Key, KeyRotate, Pull,
};
pub use addresses::{Address, AddressConvert, AddressList, AddressParse};
pub use keeping::{Backup, Copy, Restore};
pub use notices::{Mail, MailTest, Notice};
pub use orders::{
    Arrival, EntryCreate, Fulfilment, KindOf, Order, Product, RecordCancel, RecordCreate,
    RecordGiven, RecordList, RecordMove, RecordNamed, Report, Stock, WhichPage,
};
pub use parcels::{
    Detect, Erase, Export, Feed, FeedAction, FileFormat, Import, Link, List, Parcel, Records,
    Replay, Track, Translate,
};
pub use quarantine::{Quarantine, Status, Surprises};
pub use server::{Completions, Db, Demo, Doctor, Serve, Simulate};

use crate::config;
use crate::logging::Logging;
use crate::printer::Output;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use secrecy::SecretString;
use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

/// A self-hosted hub for shipments: every carrier's API in, every consumer's API out.
#[derive(Debug, Parser)]
#[command(name = "trackway", version, propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// How to print data
    #[arg(long, global = true, value_enum, default_value_t = Output::Table, env = "TRACKWAY_OUTPUT")]
    pub output: Output,
    /// The configuration file; DIR/trackway.toml where it is there and none is named
    #[arg(long, global = true, value_name = "FILE", env = "TRACKWAY_CONFIG")]
    pub config: Option<PathBuf>,
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
        hide_env_values = true,
        hide_default_value = true
    )]
    pub database_url: Option<String>,
    /// Read the master key from this file instead of DIR/master.key
    #[arg(long, value_name = "FILE", env = "TRACKWAY_MASTER_KEY_FILE")]
    pub master_key_file: Option<PathBuf>,
}

/// Where the data is; not needed where another server is asked by `--url`, or, without `URL`, at all.
#[derive(Clone, Debug)]
pub struct PlaceUnless<const URL: bool = true>(pub Option<Place>);

/// Where the data is, for a command that can do without.
pub type PlaceIfAny = PlaceUnless<false>;

const DATA: &str = "data";

impl<const URL: bool> FromArgMatches for PlaceUnless<URL> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let is_named = matches.contains_id(DATA);
        let place = is_named.then(|| Place::from_arg_matches(matches));
        place.transpose().map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<const URL: bool> Args for PlaceUnless<URL> {
    fn augment_args(command: clap::Command) -> clap::Command {
        let command = Place::augment_args(command);
        command.mut_arg(DATA, |data| {
            let data = data.required(false);
            if URL {
                data.required_unless_present("url")
            } else {
                data
            }
        })
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Place::augment_args_for_update(command)
    }
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

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server
    Serve(Serve),
    /// Make a data folder and its master key
    Init(Place),
    /// Who has data here
    #[command(subcommand)]
    Account(Account),
    /// Keys with which clients call this server
    #[command(subcommand)]
    Key(Key),
    /// Connect an upstream system
    Connect(Connect),
    /// Upstream systems that are connected
    #[command(subcommand)]
    Connection(Connection),
    /// Take over what an upstream has: catalogue, stock, orders
    Pull(Pull),
    /// Subscribers to what changes
    #[command(subcommand)]
    Endpoint(Endpoint),
    /// Follow parcels at an upstream system
    Track(Track),
    /// Show a parcel's history
    Show(Parcel),
    /// Have a parcel's sources asked now
    Refresh(Parcel),
    /// List parcels by what is known of them
    List(List),
    /// Tell why a parcel has the status that it has
    Explain(Parcel),
    /// Make a link to a parcel's page, for whoever waits for it
    Link(Link),
    /// Who is told of a parcel by e-mail
    #[command(subcommand)]
    Notice(Notice),
    /// Orders: what is sold, and what becomes of it
    #[command(subcommand)]
    Order(Order),
    /// What of an order leaves together
    #[command(subcommand)]
    Fulfilment(Fulfilment),
    /// What shops offer, warehouses hold, and orders are made of
    #[command(subcommand)]
    Product(Product),
    /// What there is in which warehouse
    #[command(subcommand)]
    Stock(Stock),
    /// Goods that are announced to a warehouse
    #[command(subcommand)]
    Inbound(Arrival),
    /// What buyers send back
    #[command(subcommand)]
    Return(Arrival),
    /// What other systems told of goods that they keep
    #[command(subcommand)]
    Report(Report),
    /// E-mail as it is configured
    #[command(subcommand)]
    Mail(Mail),
    /// Make a parcel's texts and documents unreadable for ever
    Erase(Erase),
    /// Tell whose number it may be, and why
    Detect(Detect),
    /// Tell a system's code in another system's codes
    Translate(Translate),
    /// Vietnam's provinces, districts and wards, before 2025 and since
    #[command(subcommand)]
    Address(Address),
    /// Print what changed, one JSON document a line, or verify a copy of it
    Feed(Feed),
    /// How everything stands: age of data, quotas, endpoints, what could not be read
    Status(Status),
    /// What could not be read and was put aside
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// Report what differs from what is known of upstream systems, member by member
    Drift(Surprises),
    /// Read the history again under another code table
    Replay(Replay),
    /// Write all parcels with everything that was told of them, or an account's orders and the like
    Export(Export),
    /// Take in what another installation exported, or orders and the like from a file
    Import(Import),
    /// Copy everything into one file while the server works, and check the copy
    Backup(Backup),
    /// Bring a backup to an empty place
    Restore(Restore),
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
    /// Print a shell's completions, or the manual page
    Completions(Completions),
}

/// Reads the command line. What the configuration file says is the default of every flag that reads
/// the same variable of the environment.
pub fn parse(args: Vec<OsString>, file: &config::File) -> Result<Arguments, clap::Error> {
    let matches = with_defaults(Arguments::command(), file).try_get_matches_from(args)?;
    Arguments::from_arg_matches(&matches)
}

fn with_defaults(command: clap::Command, file: &config::File) -> clap::Command {
    let default = |arg: clap::Arg| match arg.get_env().and_then(|env| file.of_env(env)) {
        Some(value) => arg.default_value(value).required(false),
        None => arg,
    };
    command
        .mut_args(default)
        .mut_subcommands(|command| with_defaults(command, file))
}

/// The whole command line, for completions and the manual.
pub fn description() -> clap::Command {
    Arguments::command()
}

/// A setting of a connection or an endpoint.
fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a setting is NAME=VALUE".into()),
    }
}

/// What is shown nowhere.
#[expect(clippy::unnecessary_wraps, reason = "the form of a value parser")]
fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(text.into())
}

/// A length of time.
fn duration(text: &str) -> Result<Duration, String> {
    config::values::duration(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str], file: &str) -> Result<Arguments, clap::Error> {
        let file = config::File::parse(file, "test".as_ref()).unwrap();
        parse(args.iter().map(OsString::from).collect(), &file)
    }

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

    #[test]
    fn the_file_says_where_the_data_is_unless_a_flag_does() {
        let file = "data = \"/var/lib/parcels\"\n";
        let folder = |args: &[&str]| match read(args, file).unwrap().command {
            Command::Show(parcel) => parcel.place.data,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            folder(&["trackway", "show", "X1"]),
            PathBuf::from("/var/lib/parcels")
        );
        assert_eq!(
            folder(&["trackway", "show", "X1", "--data", "here"]),
            PathBuf::from("here")
        );
        assert!(read(&["trackway", "show", "X1"], "").is_err());
        let demo = read(&["trackway", "demo"], file).unwrap().command;
        assert!(matches!(demo, Command::Demo(demo) if demo.data.is_none()));
    }

    /// Every command of a shell block that begins with the program's name.
    #[test]
    fn every_command_of_the_documents_is_one() {
        let documents = [
            include_str!("../../../README.md"),
            include_str!("../../../docs/operations.md"),
        ];
        for document in documents {
            let commands = commands_of(document);
            for words in &commands {
                if let Err(error) = Arguments::try_parse_from(words) {
                    let help = matches!(
                        error.kind(),
                        clap::error::ErrorKind::DisplayHelp
                            | clap::error::ErrorKind::DisplayVersion
                    );
                    assert!(help, "`{}`: {error}", words.join(" "));
                }
            }
            assert!(commands.len() > 8, "only {} were found", commands.len());
        }
    }

    /// The words of each, up to a pipe or a file; a quoted text may go over several lines.
    fn commands_of(document: &str) -> Vec<Vec<String>> {
        let mut commands = Vec::new();
        for block in document.split("```").skip(1).step_by(2) {
            let mut open = String::new();
            for line in block.replace("\\\n", " ").lines() {
                if open.is_empty() && !line.starts_with("trackway ") {
                    continue;
                }
                open.push_str(line);
                open.push('\n');
                if let Some(words) = shlex::split(&open) {
                    let ends = |word: &String| ["|", ">", "&"].contains(&word.as_str());
                    commands.push(words.into_iter().take_while(|word| !ends(word)).collect());
                    open.clear();
                }
            }
            assert!(open.is_empty(), "a quote does not end: {open}");
        }
        commands
    }
}
