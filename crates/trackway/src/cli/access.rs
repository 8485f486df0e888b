//! Arguments of the commands about accounts, keys, upstreams and subscribers.

use super::{Owner, Place, duration, setting};
use clap::{Args, Subcommand};
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
