//! The commands, one file a group. A command on the data is one `AdminRequest`: sent to the server
//! that holds the data folder if one runs, executed here otherwise.

mod db;
mod demo;
mod doctor;
mod endpoint;
mod key;
mod parcels;
mod serve;
mod simulate;
mod upstream;

use crate::admin;
use crate::cli::{Command, Place};
use crate::data::{self, Access};
use crate::printer::Printer;
use serde_json::Value;
use trackway_web::admin::AdminRequest;

pub async fn run(command: Command, printer: &Printer) -> anyhow::Result<()> {
    match command {
        Command::Serve(serve) => serve::run(serve, printer).await,
        Command::Key(key) => key::run(key, printer).await,
        Command::Connect(connect) => upstream::connect(connect, printer).await,
        Command::Track(track) => upstream::track(track, printer).await,
        Command::Show(parcel) => parcels::show(parcel, printer).await,
        Command::Explain(parcel) => parcels::explain(parcel, printer).await,
        Command::Replay(replay) => parcels::replay(replay, printer).await,
        Command::Erase(erase) => parcels::erase(erase, printer).await,
        Command::Endpoint(endpoint) => endpoint::run(endpoint, printer).await,
        Command::Db(db) => db::run(db, printer).await,
        Command::Doctor(doctor) => doctor::run(doctor, printer).await,
        Command::Simulate(simulate) => simulate::run(simulate, printer).await,
        Command::Demo(demo) => demo::run(demo, printer).await,
        Command::Bench(bench) => crate::bench::run(bench).await,
    }
}

/// Has a request executed by whoever holds the data.
async fn ask(place: &Place, request: AdminRequest, printer: &Printer) -> anyhow::Result<Value> {
    let access = if makes(&request) {
        data::access(&place.data).await?
    } else {
        data::access_existing(&place.data).await?
    };
    match access {
        Access::Server(remote) => remote.send(&request).await,
        Access::Folder(lock) => {
            let open = data::open(place, lock, printer).await?;
            let outcome = admin::execute(&open.hub, request).await;
            open.close().await?;
            outcome
        }
    }
}

/// Whether a request has a meaning on an empty data folder.
const fn makes(request: &AdminRequest) -> bool {
    match request {
        AdminRequest::KeyCreate { .. }
        | AdminRequest::Connect { .. }
        | AdminRequest::EndpointAdd { .. }
        | AdminRequest::Track { .. } => true,
        AdminRequest::Show { .. }
        | AdminRequest::Explain { .. }
        | AdminRequest::Replay { .. }
        | AdminRequest::Erase { .. }
        | AdminRequest::Doctor { .. } => false,
    }
}
