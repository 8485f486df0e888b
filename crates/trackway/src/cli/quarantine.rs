//! Arguments of the commands about what could not be read, and about how everything stands.

use super::{Owner, Place};
use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Quarantine {
    /// List what could not be read and was put aside
    List(Surprises),
    /// Show one with the bodies that are kept of it: they may be personal
    Show(Surprise),
    /// Read bodies again; what can be read now is taken in as if it had been understood then
    Retry(Retry),
    /// Forget one with the bodies that are kept of it
    Drop(Surprise),
}

/// Whose, and of which connection.
#[derive(Debug, Args)]
pub struct Surprises {
    /// Only this connection's
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct Surprise {
    #[arg(value_name = "ID")]
    pub id: i64,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["ids", "all"])))]
pub struct Retry {
    #[arg(value_name = "ID")]
    pub ids: Vec<i64>,
    /// Everything of the account
    #[arg(long)]
    pub all: bool,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct Status {
    /// Only this account's; the whole installation where none is named
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    #[command(flatten)]
    pub place: Place,
}
