//! The commands, one file a group. A command on the data is one or more `AdminRequest`s: sent to the
//! server that holds the data folder if one runs, executed here otherwise.

mod access;
mod addresses;
mod backup;
mod completions;
mod db;
mod demo;
mod detect;
mod doctor;
mod endpoints;
mod feed;
mod init;
mod notices;
mod orders;
mod parcels;
mod pull;
mod quarantine;
mod records;
mod restore;
mod rotate;
mod serve;
mod simulate;
mod status;
mod track;
mod transfer;
mod translate;

use crate::admin;
use crate::cli::{Command, Place};
use crate::config::Config;
use crate::data::{self, Access, Open};
use crate::printer::{self, Printer};
use crate::remote::Remote;
use serde_json::Value;
use std::io;
use trackway_hub::Headway;
use trackway_web::admin::AdminRequest;

pub async fn run(command: Command, config: Config, printer: &Printer) -> anyhow::Result<()> {
    if let Some(folder) = &config.carriers {
        crate::carriers::install(folder)?;
    }
    match command {
        Command::Serve(serve) => serve::run(&serve.place, config, printer).await,
        Command::Init(place) => init::run(&place, printer).await,
        Command::Account(account) => access::account(account, printer).await,
        Command::Key(key) => access::key(key, printer).await,
        Command::Connect(connect) => access::connect(connect, printer).await,
        Command::Connection(connection) => access::connection(connection, printer).await,
        Command::Pull(it) => pull::run(it, printer).await,
        Command::Endpoint(endpoint) => access::endpoint(endpoint, printer).await,
        Command::Track(track) => track::run(track, printer).await,
        Command::Show(parcel) => parcels::show(parcel, printer).await,
        Command::Refresh(parcel) => parcels::refresh(parcel, printer).await,
        Command::List(list) => parcels::list(list, printer).await,
        Command::Explain(parcel) => parcels::explain(parcel, printer).await,
        Command::Link(link) => parcels::link(link, &config, printer).await,
        Command::Notice(notice) => notices::notice(notice, &config, printer).await,
        Command::Order(order) => orders::order(order, printer).await,
        Command::Fulfilment(of) => orders::fulfilment(of, printer).await,
        Command::Product(product) => orders::product(product, printer).await,
        Command::Stock(stock) => orders::stock(stock, printer).await,
        Command::Inbound(inbound) => orders::arrival("inbounds", inbound, printer).await,
        Command::Return(returned) => orders::arrival("returns", returned, printer).await,
        Command::Report(report) => orders::report(report, printer).await,
        Command::Mail(mail) => notices::mail(mail, &config, printer).await,
        Command::Erase(erase) => parcels::erase(erase, printer).await,
        Command::Detect(detect) => detect::run(detect, printer).await,
        Command::Address(address) => addresses::run(&address, printer),
        Command::Translate(translate) => translate::run(&translate, printer),
        Command::Feed(feed) => feed::run(feed, config, printer).await,
        Command::Quarantine(of) => quarantine::quarantine(of, printer).await,
        Command::Drift(drift) => quarantine::drift(drift, printer).await,
        Command::Status(status) => status::status(status, printer).await,
        Command::Replay(replay) => parcels::replay(replay, printer).await,
        Command::Export(export) => transfer::export(export, printer).await,
        Command::Import(import) => transfer::import(import, printer).await,
        Command::Backup(backup) => backup::run(backup, printer).await,
        Command::Restore(restore) => restore::restore(restore, printer).await,
        Command::Db(db) => db::run(db, printer).await,
        Command::Doctor(doctor) => doctor::run(doctor, &config, printer).await,
        Command::Simulate(simulate) => simulate::run(simulate, printer).await,
        Command::Demo(demo) => demo::run(demo, printer).await,
        Command::Bench(bench) => crate::bench::run(bench).await,
        Command::Completions(completions) => completions::run(&completions),
    }
}

/// Whoever holds the data, for as many requests as a command has.
enum Session {
    Server(Remote),
    Here(Box<Open>),
}

impl Session {
    /// On data that must be there.
    async fn open(place: &Place, printer: &Printer) -> anyhow::Result<Self> {
        let access = data::access_existing(&place.data).await?;
        Self::of(access, place, printer).await
    }

    /// On data that is made where there is none.
    async fn open_or_make(place: &Place, printer: &Printer) -> anyhow::Result<Self> {
        let access = data::access(&place.data).await?;
        Self::of(access, place, printer).await
    }

    async fn of(access: Access, place: &Place, printer: &Printer) -> anyhow::Result<Self> {
        Ok(match access {
            Access::Server(remote) => Self::Server(remote),
            Access::Folder(lock) => Self::Here(Box::new(data::open(place, lock, printer).await?)),
        })
    }

    async fn ask(&mut self, request: AdminRequest) -> anyhow::Result<Value> {
        match self {
            Self::Server(remote) => remote.send(&request).await,
            Self::Here(open) => admin::execute(&open.hub, request, &Headway::default()).await,
        }
    }

    /// The same for what may take long: a bar shows how far it is.
    async fn follow(
        &mut self,
        request: AdminRequest,
        unit: &'static str,
        printer: &Printer,
    ) -> anyhow::Result<Value> {
        let headway = Headway::default();
        let bar = printer.progress(None, unit);
        match self {
            Self::Server(remote) => {
                let work = remote.follow(&request, &headway);
                printer::watch(&bar, &headway, work).await
            }
            Self::Here(open) => {
                let work = admin::execute(&open.hub, request, &headway);
                printer::watch(&bar, &headway, work).await
            }
        }
    }

    /// Finishes what is queued. To be called whatever came of the requests.
    async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Server(_) => Ok(()),
            Self::Here(open) => open.close().await,
        }
    }
}

/// Has one request executed by whoever holds the data.
async fn ask(place: &Place, request: AdminRequest, printer: &Printer) -> anyhow::Result<Value> {
    let mut session = if makes(&request) {
        Session::open_or_make(place, printer).await?
    } else {
        Session::open(place, printer).await?
    };
    let outcome = session.ask(request).await;
    session.close().await?;
    outcome
}

/// Asks the person at the terminal.
fn is_meant(question: &str, printer: &Printer) -> io::Result<bool> {
    printer.note(question);
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Whether a request has a meaning on an empty data folder.
const fn makes(request: &AdminRequest) -> bool {
    matches!(
        request,
        AdminRequest::AccountCreate { .. }
            | AdminRequest::KeyCreate(_)
            | AdminRequest::Connect { .. }
            | AdminRequest::EndpointAdd { .. }
            | AdminRequest::Track { .. }
            | AdminRequest::Import { .. }
    )
}
