//! `trackway key rotate`: another master key for the whole installation.

use crate::cli::KeyRotate;
use crate::data::{self, Access};
use crate::master;
use crate::printer::{Printer, watch};
use anyhow::bail;
use serde_json::json;
use trackway_store::Headway;
use trackway_store::rotation::Rotated;

pub async fn run(rotate: KeyRotate, printer: &Printer) -> anyhow::Result<()> {
    let KeyRotate { place, to } = rotate;
    let Access::Folder(_lock) = data::access_existing(&place.data).await? else {
        bail!(
            "a server runs on {}: stop it, and every other one on the same data",
            place.data.display()
        );
    };
    let config = data::brought_with(&place)?;
    let headway = Headway::default();
    let bar = printer.progress(None, "keys wrapped anew");
    let changing = Box::pin(master::change(&place, to, &config, &headway));
    let changed = watch(&bar, &headway, changing).await?;
    let keys = match changed.rotated {
        Rotated::Now { keys } => Some(keys),
        Rotated::Before => None,
    };
    printer.data(&json!({
        "master_key": changed.file,
        "name": changed.name,
        "former_master_key": changed.former,
        "former_name": config.master.name(),
        "keys": keys,
    }))?;
    if keys.is_none() {
        printer.note("The data had gone over to that key before.");
    }
    if place.database_url.is_some() {
        printer.note("Every other server on the same database needs the new key before it starts.");
    }
    printer.note(&match changed.former {
        Some(former) => format!(
            "Keep a copy of {} apart from the data. The former key is {}: it opens the backups made \
             until now and nothing else; keep it with them and not here, or destroy it with them.",
            changed.file.display(),
            former.display()
        ),
        None => format!(
            "From now on the servers need the key in {}: say so in `master_key_file`, or put what it \
             holds where the former key was. The former one opens the backups made until now.",
            changed.file.display()
        ),
    });
    Ok(())
}
