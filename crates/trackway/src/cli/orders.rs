//! Arguments of the commands about orders, and about what they are made of.

use super::{Owner, Place};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Order {
    /// List orders by what is known of them
    List(RecordList),
    /// Show one
    Show(RecordNamed),
    /// Place one, or several
    Create(RecordCreate),
    /// Approve one: its items are reserved
    Approve(RecordNamed),
    /// Cancel one that nothing was handed over of
    Cancel(RecordCancel),
    /// Close one short: what is in none of its fulfilments is not sent any more
    Close(RecordNamed),
    /// Move one on by hand, as its warehouse
    Move(RecordMove),
    /// Make a fulfilment of one: of all that is left, or of what is named
    Fulfil(RecordGiven),
}

#[derive(Debug, Subcommand)]
pub enum Fulfilment {
    /// List what leaves together; of one order with `--order`
    List(RecordList),
    /// Show one
    Show(RecordNamed),
    /// Cancel one that was not handed over
    Cancel(RecordCancel),
    /// Move one on, as the warehouse that packs it
    Move(RecordMove),
}

#[derive(Debug, Subcommand)]
pub enum Product {
    /// List them
    List(EntryList),
    /// Show one
    Show(EntryNamed),
    /// Make one, or several
    Create(EntryCreate),
    /// Change members of one
    Change(EntryChange),
}

#[derive(Debug, Subcommand)]
pub enum Stock {
    /// What there is
    List(StockList),
    /// How it came to that, movement by movement
    Movements(StockOf),
    /// Count the shelves
    Adjust(StockAdjust),
}

/// Inbounds or returns.
#[derive(Debug, Subcommand)]
pub enum Arrival {
    /// List them
    List(RecordList),
    /// Show one
    Show(RecordNamed),
    /// Announce one, or several
    Create(RecordCreate),
    /// Cancel one whose goods were not received
    Cancel(RecordCancel),
    /// Move one on, as its warehouse
    Move(RecordMove),
}

/// What other systems told of goods that they keep.
#[derive(Debug, Subcommand)]
pub enum Report {
    /// List them
    List(ReportList),
    /// Show one
    Show(RecordNamed),
    /// What was told, byte for byte
    Payload(RecordNamed),
}

#[derive(Debug, Args)]
pub struct ReportList {
    /// `inbound` or `stock`
    #[arg(long = "type", value_name = "NAME")]
    pub report_type: Option<String>,
    /// What was told last of each thing, in place of the messages
    #[arg(long)]
    pub standing: bool,
    /// The inbound, by id or code, or the item, by id or SKU
    #[arg(long, value_name = "CODE")]
    pub about: Option<String>,
    /// How the sender's name of a thing begins
    #[arg(long, value_name = "TEXT")]
    pub keyword: Option<String>,
    #[command(flatten)]
    pub which: WhichPage,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

/// A page of a list.
#[derive(Debug, Args)]
pub struct WhichPage {
    /// How many, the newest first
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub limit: u32,
    /// Which page of them
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub page: u32,
}

#[derive(Debug, Args)]
pub struct RecordList {
    /// States by name, separated by commas
    #[arg(long, value_name = "NAMES")]
    pub status: Option<String>,
    /// The shop, by id or code
    #[arg(long, value_name = "CODE")]
    pub shop: Option<String>,
    /// The pickup address or warehouse, by id or code
    #[arg(long, value_name = "CODE")]
    pub pickup: Option<String>,
    /// Payment statuses by name, separated by commas
    #[arg(long, value_name = "NAMES")]
    pub payment_status: Option<String>,
    /// The order, by id or code
    #[arg(long, value_name = "CODE")]
    pub order: Option<String>,
    /// An order's number, a SKU, a parcel's number
    #[arg(long)]
    pub number: Option<String>,
    /// How one of its names begins
    #[arg(long, value_name = "TEXT")]
    pub keyword: Option<String>,
    #[command(flatten)]
    pub which: WhichPage,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct RecordNamed {
    /// Its id or code
    #[arg(value_name = "ID")]
    pub id: String,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct RecordCreate {
    /// An object, or a list of them, as the API takes them; or a file that holds it, or `-` for stdin
    #[arg(value_name = "JSON")]
    pub file: PathBuf,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct RecordCancel {
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    #[command(flatten)]
    pub record: RecordNamed,
}

#[derive(Debug, Args)]
pub struct RecordMove {
    #[command(flatten)]
    pub record: RecordNamed,
    /// The state that it comes to, such as `packing` or `received`
    #[arg(long, value_name = "STATE")]
    pub to: String,
    /// Further members as the API takes them, such as `{"conditions": […]}`; or a file, or `-` for stdin
    #[arg(long, value_name = "JSON")]
    pub with: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub struct RecordGiven {
    #[command(flatten)]
    pub record: RecordNamed,
    /// Members as the API takes them, such as `{"waybills": […]}`; or a file, or `-` for stdin
    #[arg(long, value_name = "JSON")]
    pub with: Option<PathBuf>,
}

/// What a shop offers, or another kind.
#[derive(Clone, Debug, Args)]
pub struct KindOf {
    /// Another kind: `items` of the warehouse, `shops`, `pickup_addresses`, `vendors`, `box_sizes`,
    /// `couriers`, `courier_links`, `services`, `rate_cards`, `categories`, `brands`, `units` or
    /// `customers`
    #[arg(long, value_name = "NAME", default_value = "products")]
    pub kind: String,
}

#[derive(Debug, Args)]
pub struct EntryList {
    #[command(flatten)]
    pub of: KindOf,
    #[command(flatten)]
    pub list: RecordList,
}

#[derive(Debug, Args)]
pub struct EntryNamed {
    #[command(flatten)]
    pub of: KindOf,
    #[command(flatten)]
    pub record: RecordNamed,
}

#[derive(Debug, Args)]
pub struct EntryCreate {
    #[command(flatten)]
    pub of: KindOf,
    #[command(flatten)]
    pub create: RecordCreate,
}

#[derive(Debug, Args)]
pub struct EntryChange {
    #[command(flatten)]
    pub of: KindOf,
    #[command(flatten)]
    pub record: RecordNamed,
    /// The members that change; `-` reads stdin
    #[arg(value_name = "JSON")]
    pub file: PathBuf,
}

#[derive(Debug, Args)]
pub struct StockList {
    /// The item, by id, code or SKU
    #[arg(long, value_name = "SKU")]
    pub item: Option<String>,
    /// The pickup address that stands for the warehouse, by id or code
    #[arg(long, value_name = "CODE")]
    pub warehouse: Option<String>,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct StockOf {
    /// The item, by id, code or SKU
    #[arg(value_name = "SKU")]
    pub item: String,
    /// The pickup address that stands for the warehouse, by id or code
    #[arg(long, value_name = "CODE")]
    pub warehouse: String,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Args)]
pub struct StockAdjust {
    #[command(flatten)]
    pub of: StockOf,
    /// `found`, `missing`, `spoil` or `discard`
    #[arg(long, value_name = "NAME")]
    pub movement: String,
    #[arg(long)]
    pub quantity: i64,
}
