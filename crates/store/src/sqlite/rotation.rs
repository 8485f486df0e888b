//! Another master key for the file. See `crate::rotation`.

use super::readers::{all, execute, one, write_failed};
use super::recover::INSTALLATION;
use super::{FILE, lock, schema, sql};
use crate::rotation::{NOTHING, PAGE, Rotated};
use crate::seal::Rewrap;
use crate::{Headway, MasterKey, StoreConfig, StoreError};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;

type Result<T> = std::result::Result<T, StoreError>;

/// The write-ahead log holds what the former key wraps: it is emptied.
const CLEAR: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

pub fn rotate(
    dir: &Path,
    config: &StoreConfig,
    next: &MasterKey,
    headway: &Headway,
) -> Result<Rotated> {
    let _lock = lock(dir)?;
    let Some(mut file) = existing(dir)? else {
        return Err(StoreError::Missing {
            what: "store in the folder",
            name: dir.display().to_string(),
        });
    };
    let rewrap = Rewrap {
        from: &config.master,
        to: next,
        entropy: config.entropy.as_ref(),
    };
    let work = file
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(write_failed)?;
    let Some(secret) = rewrap.installation(&installation(&work)?.ok_or(NOTHING)?)? else {
        return Ok(Rotated::Before);
    };
    execute(&work, sql::META_SET, (INSTALLATION, secret))?;
    let keys = tracks(&work, &rewrap, headway)?;
    work.commit().map_err(write_failed)?;
    file.query_row(CLEAR, [], |_| Ok(()))
        .map_err(write_failed)?;
    Ok(Rotated::Now { keys })
}

fn tracks(work: &Connection, rewrap: &Rewrap<'_>, headway: &Headway) -> Result<u64> {
    headway.expect(one(work, sql::TRACK_KEY_COUNT, [], |row| row.get(0))?.unwrap_or(0));
    let (mut after, mut keys) = (i64::MIN, 0);
    loop {
        let page: Vec<(i64, Vec<u8>)> = all(work, sql::TRACK_KEY_PAGE, (after, PAGE), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        for (track, wrapped) in &page {
            let wrapped = rewrap.track(wrapped)?;
            execute(work, sql::TRACK_KEY_REWRAP, (track, wrapped))?;
        }
        let Some((last, _)) = page.last() else {
            return Ok(keys);
        };
        after = *last;
        keys += page.len() as u64;
        headway.add(page.len() as u64);
    }
}

pub fn opens(dir: &Path, master: &MasterKey) -> Result<bool> {
    let _lock = lock(dir)?;
    let Some(file) = existing(dir)? else {
        return Ok(false);
    };
    let secret = installation(&file)?;
    Ok(secret.is_some_and(|secret| master.opens(&secret)))
}

/// The file, if there is one, in this release's form.
fn existing(dir: &Path) -> Result<Option<Connection>> {
    let path = dir.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let mut file = schema::open_writer(&path)?;
    schema::migrate(&mut file, &path, schema::MIGRATIONS)?;
    Ok(Some(file))
}

fn installation(file: &Connection) -> Result<Option<Vec<u8>>> {
    one(file, sql::META_GET, [INSTALLATION], |row| row.get(0))
}
