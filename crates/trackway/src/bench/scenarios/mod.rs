//! The scenarios, one file a subject: each starts servers, sends load, and adds its figures to the
//! report. A new one is a variant here, a line in `of`, and its file.

mod addresses;
mod ages;
mod consigned;
mod crowd;
mod deliver;
mod detect;
mod feed;
mod freshness;
mod ingest;
mod lookups;
mod orders;
mod register;
mod scheduler;
mod search;
mod track123;
mod webhooks;

use super::RunArgs;
use super::report::Report;
use anyhow::{Context, Result};
use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Batches of 1,000 statements over HTTP into SQLite.
    Ingest,
    /// The same at 10 M statements over 1 M shipments against its own first million.
    Long,
    /// The same into PostgreSQL.
    Postgres,
    /// One 247Express webhook a request, 256 connections.
    Webhooks,
    /// 247Express look-ups among 1 M shipments, start-up and memory on that store.
    Lookups,
    /// Bytes on disk a statement.
    Disk,
    /// Numbers registered in batches of 10,000, on the store and over HTTP.
    Register,
    /// Searches with filters over 1 M shipments, on the store and over HTTP.
    Search,
    /// The same on PostgreSQL's store.
    SearchPostgres,
    /// The feed read to its end, against the same bytes from memory.
    Feed,
    /// Single messages accepted, committed and delivered.
    Deliver,
    /// From commit to arrival at 200 messages a second.
    DeliverLatency,
    /// The healthy ones of 1,000 endpoints, of which some are dead and some slow.
    DeliverMany,
    /// How old data is, against asking every so often, in simulated worlds.
    Freshness,
    /// What the schedule itself costs with 100,000 numbers.
    Scheduler,
    /// Whose number it may be, beside two packages that tell as well, and how often that is right.
    Detect,
    /// Track123 queries of 100 numbers among 1 M.
    Query,
    /// Track123 answers into statements, against `serde_json` into structs.
    Parse,
    /// Orders placed with their reservation over HTTP, 64 connections; then all for one item.
    Orders,
    /// An order among 1 M by its id, and pages of filtered lists.
    OrderReads,
    /// How long it takes to count how old the data of 1 M numbers is.
    Ages,
    /// Vietnamese addresses read as free text.
    Addresses,
}

/// What measures a scenario, and adds its figures.
type Measure = fn(&Bench, &mut Report) -> Result<()>;

impl Scenario {
    /// All of them, in the order in which they are measured.
    pub fn all() -> &'static [Self] {
        Self::value_variants()
    }

    const fn of(self) -> Measure {
        match self {
            Self::Ingest => ingest::sqlite,
            Self::Long => ingest::long,
            Self::Postgres => ingest::postgres,
            Self::Webhooks => webhooks::measure,
            Self::Lookups => lookups::measure,
            Self::Disk => lookups::disk,
            Self::Register => register::measure,
            Self::Search => search::sqlite,
            Self::SearchPostgres => search::postgres,
            Self::Feed => feed::measure,
            Self::Deliver => deliver::throughput,
            Self::DeliverLatency => deliver::latency,
            Self::DeliverMany => crowd::measure,
            Self::Freshness => freshness::measure,
            Self::Scheduler => scheduler::measure,
            Self::Detect => detect::measure,
            Self::Query => track123::query,
            Self::Parse => track123::parse,
            Self::Orders => orders::placed,
            Self::OrderReads => orders::read,
            Self::Ages => ages::measure,
            Self::Addresses => addresses::measure,
        }
    }

    /// Measures it and adds its figures.
    pub fn run(self, args: &RunArgs, report: &mut Report) -> Result<()> {
        self.of()(&Bench::new(args)?, report)
    }
}

/// A scenario's surroundings.
#[derive(Debug)]
pub struct Bench {
    folder: PathBuf,
    database_url: Option<String>,
    pub rounds: usize,
    /// What volumes are divided by: 1, or much where it is only to be seen that all of it runs.
    pub scale: usize,
    pub runtime: tokio::runtime::Handle,
}

/// By this a small run is smaller.
const SMALL: usize = 200;

impl Bench {
    fn new(args: &RunArgs) -> Result<Self> {
        std::fs::create_dir_all(&args.folder)?;
        Ok(Self {
            folder: args.folder.clone(),
            database_url: args.database_url.clone(),
            rounds: args.rounds.max(1),
            scale: if args.small { SMALL } else { 1 },
            runtime: tokio::runtime::Handle::current(),
        })
    }

    /// An empty folder of that name.
    pub fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// The database that was named.
    pub fn database(&self) -> Result<&str> {
        let url = self.database_url.as_deref();
        url.context("name a database with --database-url")
    }
}
