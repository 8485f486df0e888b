//! `trackway restore` and `trackway db copy`: a whole store brought to an empty place.

use crate::admin::keeping::described;
use crate::cli::{Copy, Place, Restore};
use crate::data::{self, Access, Lock};
use crate::master::{end_change, key_file, store_at};
use crate::printer::Printer;
use anyhow::{Context, bail};
use indicatif::ProgressBar;
use serde_json::json;
use std::path::Path;
use trackway_store::backup;
use trackway_store::copy::Progress;

pub async fn restore(restore: Restore, printer: &Printer) -> anyhow::Result<()> {
    let backup = backup::open(&restore.from)?;
    let _lock = free(&restore.place.data).await?;
    let config = data::brought_with(&restore.place)?;
    let here = config.master.name();
    if let Some(needed) = backup
        .manifest
        .master_key
        .as_ref()
        .filter(|key| **key != here)
    {
        bail!(
            "the backup was made under the master key {needed}, and the one here is {here}: put the \
             former at {}; `trackway key rotate` kept it as `master.key.{needed}`",
            key_file(&restore.place).display()
        );
    }
    let bar = printer.progress(Some(backup.manifest.bytes), "bytes read");
    let found = backup::restore(&backup, store_at(&restore.place), &config, &|now| {
        show(&bar, now);
    })
    .await;
    bar.finish_and_clear();
    let found = found.context("nothing was restored")?;
    let mut told = described(&backup);
    told["verification"] = json!(found);
    printer.data(&told)?;
    printer.note(
        "The data is as it was when the backup was made. Webhooks that were sent since are sent \
         again, and numbers are asked about anew.",
    );
    Ok(())
}

pub async fn copy(copy: Copy, printer: &Printer) -> anyhow::Result<()> {
    let Copy {
        place,
        to_data,
        to_database_url,
    } = copy;
    let Access::Folder(_here) = data::access_existing(&place.data).await? else {
        bail!(
            "a server runs on {}: stop it, so that nothing is told to it that the copy lacks",
            place.data.display()
        );
    };
    end_change(&place, printer).await?;
    let config = data::brought_with(&place)?;
    let there = Place {
        data: to_data.unwrap_or_else(|| place.data.clone()),
        database_url: to_database_url,
        master_key_file: place.master_key_file.clone(),
    };
    let moves = !same_folder(&place.data, &there.data);
    let _there = if moves {
        Some(free(&there.data).await?)
    } else {
        None
    };
    let bar = printer.progress(None, "rows copied");
    let copied = backup::copy_store(store_at(&place), store_at(&there), &config, &|now| {
        show(&bar, now);
    })
    .await;
    bar.finish_and_clear();
    let found = copied.context("nothing was copied")?;
    let key = if moves {
        data::copy_key(&place, &there)?
    } else {
        None
    };
    printer.data(&json!({ "to": there.data, "verification": found }))?;
    if let Some(key) = key {
        printer.note(&format!("The master key was copied to {}.", key.display()));
    }
    printer.note("The copy holds what the source holds. Start the server on one of them only.");
    Ok(())
}

/// Takes a folder that no server may run on; it is made where it is missing.
async fn free(data: &Path) -> anyhow::Result<Lock> {
    match data::access(data).await? {
        Access::Folder(lock) => Ok(lock),
        Access::Server(_) => bail!("a server runs on {}: name an empty place", data.display()),
    }
}

fn same_folder(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    one == other || real(one).is_some_and(|path| Some(path) == real(other))
}

fn show(bar: &ProgressBar, now: Progress<'_>) {
    match now {
        Progress::Copying { table, rows } => {
            bar.unset_length();
            bar.set_message(format!("rows of {table}"));
            bar.set_position(rows);
        }
        Progress::Reading { bytes, .. } => bar.set_position(bytes),
        Progress::Checking => bar.set_message("checking"),
    }
}
