//! `trackway init`: the folder, its master key and an empty store, and what of it to keep.

use crate::cli::Place;
use crate::data::{self, Access};
use crate::master;
use crate::printer::Printer;
use anyhow::bail;
use serde_json::json;

pub async fn run(place: &Place, printer: &Printer) -> anyhow::Result<()> {
    let lock = match data::access(&place.data).await? {
        Access::Folder(lock) => lock,
        Access::Server(_) => bail!(
            "a server runs on {}: it is initialised already",
            place.data.display()
        ),
    };
    let key = master::key_file(place);
    let known = key.exists();
    if let Some(url) = &place.database_url {
        trackway_store::postgres::PostgresStore::upgrade(url).await?;
    }
    data::open(place, lock, printer).await?.close().await?;
    printer.data(&json!({
        "data": place.data,
        "master_key": key,
        "made": !known,
        "store": if place.database_url.is_some() { "postgresql" } else { "sqlite" },
    }))?;
    printer.note("Next: `trackway serve`, and `trackway key create` for the first client.");
    Ok(())
}
