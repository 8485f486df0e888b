//! `trackway db`.

use crate::cli::{Db, Place};
use crate::data::{self, Access};
use crate::printer::Printer;
use anyhow::{Context, bail};
use trackway_store::postgres::PostgresStore;

pub async fn run(db: Db, printer: &Printer) -> anyhow::Result<()> {
    match db {
        Db::Upgrade(place) => upgrade(place, printer).await,
        Db::Copy(copy) => super::restore::copy(copy, printer).await,
    }
}

async fn upgrade(place: Place, printer: &Printer) -> anyhow::Result<()> {
    let lock = match data::access_existing(&place.data).await? {
        Access::Folder(lock) => lock,
        Access::Server(_) => bail!(
            "a server runs on {}: stop it, upgrade, and start this release",
            place.data.display()
        ),
    };
    if let Some(url) = &place.database_url {
        PostgresStore::upgrade(url)
            .await
            .context("the database can't be upgraded")?;
    }
    data::open(&place, lock, printer).await?.close().await?;
    printer.note("The data has the form of this release.");
    Ok(())
}
