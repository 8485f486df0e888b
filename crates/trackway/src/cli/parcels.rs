//! Arguments of the commands about parcels and what is known of them.

use super::{Owner, Place, PlaceIfAny, PlaceUnless, secret};
use clap::{ArgGroup, Args, ValueEnum};
use secrecy::SecretString;
use std::path::PathBuf;
use trackway_hub::links::USUAL_DAYS;

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["numbers", "file"])))]
pub struct Track {
    /// The upstream's API
    #[arg(value_name = "DIALECT")]
    pub dialect: String,
    #[arg(value_name = "NUMBER")]
    pub numbers: Vec<String>,
    /// Read the numbers from this CSV file: a header line names the columns, of which `number` must
    /// be there, `carrier` may be, and every other is kept as a reference; `-` reads stdin
    #[arg(long, value_name = "CSV")]
    pub file: Option<PathBuf>,
    /// Only check the file and tell what is wrong with which line
    #[arg(long, requires = "file")]
    pub dry_run: bool,
    /// The carrier, where the upstream serves several and the file does not say
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
#[command(group(ArgGroup::new("whose").required(true).args(["number", "order", "phone", "email"])))]
pub struct Erase {
    /// The parcel's number
    #[arg(value_name = "NUMBER")]
    pub number: Option<String>,
    /// The carrier, where several use the number
    #[arg(long, value_name = "CODE", conflicts_with_all = ["order", "phone", "email"])]
    pub carrier: Option<String>,
    /// An order, by id or code, in place of a number: whom it is for, and the texts of its parcels
    #[arg(long, value_name = "CODE")]
    pub order: Option<String>,
    /// Whoever has this telephone number: all of their orders, and where they stand besides
    #[arg(long, value_name = "NUMBER")]
    pub phone: Option<String>,
    /// Whoever has this e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
    /// Don't ask at the terminal whether it is meant: it can't be undone. A script is not asked
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
pub struct Link {
    #[command(flatten)]
    pub parcel: Parcel,
    /// How many days it works
    #[arg(long, default_value_t = USUAL_DAYS)]
    pub days: u16,
}

#[derive(Debug, Args)]
pub struct Detect {
    /// The numbers
    #[arg(value_name = "NUMBER", required = true)]
    pub numbers: Vec<String>,
    /// Where they were met: two letters such as `VN`
    #[arg(long, value_name = "CODE")]
    pub country: Option<String>,
    /// What is carried: `parcel`, `ocean` or `air`
    #[arg(long)]
    pub mode: Option<String>,
    /// Tell carriers' codes in this dialect
    #[arg(long, value_name = "DIALECT")]
    pub dialect: Option<String>,
    /// Ask the account's upstreams as well, at a call of each one's quota; `--data` says whose
    #[arg(long, requires = "data")]
    pub ask: bool,
    #[command(flatten)]
    pub owner: Owner,
    /// With the data folder, the operator's carriers in DIR/carriers are known too.
    #[command(flatten)]
    pub place: PlaceIfAny,
}

#[derive(Debug, Args)]
pub struct Translate {
    /// The system whose code it is: a dialect, `dcsa` or `cargo-imp`
    #[arg(long, value_name = "DIALECT")]
    pub from: String,
    /// The code, as the system writes it
    #[arg(long)]
    pub code: String,
    /// The sub-code, where there is one
    #[arg(long, value_name = "CODE", default_value = "")]
    pub sub: String,
    /// Which of the system's tables, such as `shipment` or `ocean_event`; otherwise all that have it
    #[arg(long)]
    pub kind: Option<String>,
    /// The system to tell it to
    #[arg(long, value_name = "DIALECT")]
    pub to: String,
}

#[derive(Debug, Args)]
pub struct Feed {
    /// What to do instead of printing
    #[arg(value_enum, requires = "file", conflicts_with_all = ["after", "follow"])]
    pub action: Option<FeedAction>,
    /// The copy to verify: lines as this command prints them or `GET /v1/feed` has them in `changes`;
    /// `-` reads stdin
    #[arg(value_name = "FILE", requires = "action")]
    pub file: Option<PathBuf>,
    /// Where the copy begins, if not with the first change: `window.since` of its pages
    #[arg(long, value_name = "POSITION", requires = "action")]
    pub since: Option<String>,
    /// Verify against this server instead of the data: its address, such as `https://hub.example.org`
    #[arg(long, value_name = "URL", requires_all = ["action", "key"])]
    pub url: Option<String>,
    /// The key that it is asked with, which must have the scope `read`; the account is the key's.
    /// Better in the environment, where no list of processes shows it
    #[arg(
        long,
        value_name = "KEY",
        env = "TRACKWAY_KEY",
        hide_env_values = true,
        value_parser = secret
    )]
    pub key: Option<SecretString>,
    #[command(flatten)]
    pub place: PlaceUnless,
    #[command(flatten)]
    pub owner: Owner,
    /// Begin after this position, as a line of the feed shows it; with the first change where
    /// nothing is said
    #[arg(long, value_name = "POSITION", default_value = "")]
    pub after: String,
    /// Go on with what changes from now on, until Ctrl-C
    #[arg(long)]
    pub follow: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FeedAction {
    /// Tell whether a copy of the feed is whole; exit code 1 where it is not
    Verify,
}

/// Records that are written to files and taken in from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Records {
    Orders,
    /// What shops offer
    Products,
    /// What warehouses hold
    Items,
    /// How much there is of items, as it was counted
    Stock,
    Inbounds,
}

impl Records {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Products => "products",
            Self::Items => "items",
            Self::Stock => "stock",
            Self::Inbounds => "inbounds",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    Csv,
    /// A JSON object a line
    Jsonl,
}

#[derive(Debug, Args)]
pub struct Export {
    /// Write an account's records of this kind, one account's and without their history; parcels
    /// where none is named
    #[arg(value_enum)]
    pub what: Option<Records>,
    /// By the file's name where none is named; CSV otherwise
    #[arg(long, value_enum, requires = "what")]
    pub format: Option<FileFormat>,
    /// Write to this file instead of stdout; it may not be there yet
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only this account's; all accounts' where none is named
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
#[command(allow_missing_positional = true)]
pub struct Import {
    /// Take in records of this kind; parcels where none is named
    #[arg(value_enum)]
    pub what: Option<Records>,
    /// A file that `trackway export` wrote, or one of the same columns; `-` reads stdin
    #[arg(value_name = "FILE", required = true)]
    pub file: PathBuf,
    /// By the file's name where none is named; CSV otherwise
    #[arg(long, value_enum, requires = "what")]
    pub format: Option<FileFormat>,
    /// Whose the records are; `default` where none is named
    #[arg(long, value_name = "NAME", requires = "what")]
    pub account: Option<String>,
    /// Only check the file, and tell what is wrong with which line
    #[arg(long, requires = "what")]
    pub dry_run: bool,
    /// Write every refused line with what is wrong to this CSV file
    #[arg(long, value_name = "FILE", requires = "what")]
    pub report: Option<PathBuf>,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
    /// Only those in this stage, such as `in_transit` or `delivered`
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
    #[arg(long, value_name = "CODE")]
    pub carrier: Option<String>,
    /// How the number begins
    #[arg(long, value_name = "PREFIX")]
    pub number: Option<String>,
    /// How one of the references begins
    #[arg(long, value_name = "PREFIX")]
    pub reference: Option<String>,
    /// Those that moved within this time, such as `2h` or `3d`
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub moved_within: Option<std::time::Duration>,
    /// Those that have not moved for this time
    #[arg(long, value_name = "TIME", value_parser = super::duration)]
    pub still_for: Option<std::time::Duration>,
    /// Only those that webhooks or own events told of and nobody registered
    #[arg(long)]
    pub unregistered: bool,
    /// How many, the newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
}
