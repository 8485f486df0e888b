//! Arguments of the commands about accounts, keys, upstreams and subscribers.

use super::{Owner, Place, duration, setting};
use clap::{ArgGroup, Args, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum Account {
    /// Make an account
    Create(AccountCreate),
    /// List the accounts
    List(Place),
}

#[derive(Debug, Args)]
pub struct AccountCreate {
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key and print it once
    Create(KeyCreate),
    /// List an account's keys, without what is secret
    List(Whose),
    /// Refuse a key from now on
    Disable(KeyNamed),
    /// Let a key hold for a limited time from now
    Expire(KeyExpire),
    /// Change the master key, under which everything is sealed, for another one. No server may run
    Rotate(KeyRotate),
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
    /// How long it holds, such as `90d`; for ever where nothing is said
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub expires_after: Option<Duration>,
    /// What the key may do; may be repeated
    #[arg(long = "scope", value_name = "NAME")]
    pub scopes: Vec<String>,
    /// A key for trying things out
    #[arg(long)]
    pub test: bool,
}

/// One key of an account.
#[derive(Debug, Args)]
pub struct KeyNamed {
    /// The key's number, as `trackway key list` shows it
    #[arg(value_name = "ID")]
    pub id: i64,
    #[command(flatten)]
    pub whose: Whose,
}

#[derive(Debug, Args)]
pub struct KeyExpire {
    #[command(flatten)]
    pub key: KeyNamed,
    /// When, such as `90d` or `12h` from now
    #[arg(long = "in", value_name = "TIME", value_parser = duration)]
    pub after: Duration,
}

#[derive(Debug, Args)]
pub struct KeyRotate {
    #[command(flatten)]
    pub place: Place,
    /// Where the new key is, or is to be made, for whoever keeps it elsewhere than in the data folder.
    /// Otherwise it takes the place of the key there, which is kept beside it under its name
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

/// An account on some data.
#[derive(Clone, Debug, Args)]
pub struct Whose {
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
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

#[derive(Debug, Subcommand)]
pub enum Connection {
    /// List an account's upstreams
    List(Whose),
    /// Ask an upstream for something, and tell what it answered
    Test(ConnectionNamed),
    /// Ask it no more until it is resumed
    Pause(ConnectionNamed),
    /// Ask it again
    Resume(ConnectionNamed),
}

#[derive(Debug, Args)]
pub struct ConnectionNamed {
    /// The connection's name, as `trackway connection list` shows it
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub whose: Whose,
}

/// A single thing of a part.
fn one_of_a_part(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((part, id)) if !part.is_empty() && !id.is_empty() => Ok((part.into(), id.into())),
        _ => Err("a single thing is PART:ID".into()),
    }
}

#[derive(Debug, Args)]
pub struct Pull {
    /// The connection's name, as `trackway connection list` shows it
    #[arg(value_name = "CONNECTION")]
    pub name: String,
    /// What to pull, such as `shops,items`; all but `addresses` where nothing is named
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub what: Vec<String>,
    /// A single thing by its number or code there, such as `orders:NHOV900000017`
    #[arg(long, value_name = "PART:ID", value_parser = one_of_a_part, conflicts_with_all = ["what", "from"])]
    pub one: Option<(String, String)>,
    /// Where an earlier pull ended
    #[arg(long, value_name = "PLACE")]
    pub from: Option<String>,
    /// Only tell what would be made and changed
    #[arg(long)]
    pub dry_run: bool,
    /// Calls to the upstream at most
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub calls: Option<u64>,
    #[command(flatten)]
    pub whose: Whose,
}

#[derive(Debug, Subcommand)]
pub enum Endpoint {
    /// Send what changes to an address; prints the signing secret once
    Add(EndpointAdd),
    /// List an account's subscribers
    List(Whose),
    /// Send nothing until it is resumed; what changes meanwhile is kept for it
    Pause(EndpointNamed),
    /// Send again, beginning with what was kept
    Resume(EndpointNamed),
    /// Forget a subscriber and what was kept for it
    Remove(EndpointNamed),
    /// Show how a subscriber does: what waits, what is parked, what it answered last
    Show(EndpointNamed),
    /// Move a subscriber to another address, or set it anew
    Set(EndpointSet),
    /// Sign with a new secret, printed once; the old one signs beside it for a while
    Rotate(EndpointRotate),
    /// Send one message that is marked as a test, and tell what came back
    Test(EndpointNamed),
    /// Send messages again
    Replay(EndpointReplay),
    /// Send one delivery again
    Resend(EndpointResend),
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["url", "settings", "unset_all", "paused"])))]
pub struct EndpointSet {
    #[command(flatten)]
    pub endpoint: EndpointNamed,
    /// The new address; what was not told yet is told there
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// A setting; may be repeated. Those that are not named are unset. Another `signature` comes with
    /// the next rotation
    #[arg(long = "set", value_name = "K=V", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// Unset every setting
    #[arg(long, conflicts_with = "settings")]
    pub unset_all: bool,
    /// Send nothing until it is resumed, or send again
    #[arg(long, value_name = "BOOL")]
    pub paused: Option<bool>,
}

#[derive(Debug, Args)]
pub struct EndpointRotate {
    #[command(flatten)]
    pub endpoint: EndpointNamed,
    /// How long the old secret goes on signing, such as `24h`; `0s` for not at all
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "24h")]
    pub overlap: Duration,
}

#[derive(Debug, Args)]
pub struct EndpointReplay {
    #[command(flatten)]
    pub endpoint: EndpointNamed,
    /// What was learned then or later: RFC 3339, or an age such as `10d`
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// What was learned before this
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Messages about one tracking number
    #[arg(long, value_name = "NUMBER")]
    pub number: Option<String>,
    /// The carrier of that number, where it is known with several
    #[arg(long, value_name = "NAME", requires = "number")]
    pub carrier: Option<String>,
    /// Messages that told of this stage
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
    /// Only what is parked
    #[arg(long)]
    pub parked: bool,
    /// Only count
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Don't ask at the terminal whether it is meant. A script is not asked
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct EndpointResend {
    /// The delivery's id, as lists of deliveries and attempts show it
    #[arg(value_name = "DELIVERY")]
    pub delivery: String,
    #[command(flatten)]
    pub whose: Whose,
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

#[derive(Debug, Args)]
pub struct EndpointNamed {
    /// The endpoint's number, as `trackway endpoint list` shows it
    #[arg(value_name = "ID")]
    pub id: i64,
    #[command(flatten)]
    pub whose: Whose,
}
