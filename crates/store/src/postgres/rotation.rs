//! Another master key for the database. See `crate::rotation`.

use super::connect::{Database, Work};
use super::migrate::{self, MIGRATIONS, Mode};
use super::{INSTALLATION, sql};
use crate::rotation::{NOTHING, PAGE, Rotated};
use crate::seal::Rewrap;
use crate::{Headway, MasterKey, StoreConfig, StoreError};

type Result<T> = std::result::Result<T, StoreError>;

/// Waits until what other nodes are storing is stored, and lets them store no more keys until the
/// end. What they store then is compared with the secret of then.
const ALONE: &str = "LOCK TABLE track_key IN SHARE ROW EXCLUSIVE MODE";

pub async fn rotate(
    url: &str,
    config: &StoreConfig,
    next: &MasterKey,
    headway: &Headway,
) -> Result<Rotated> {
    let rewrap = Rewrap {
        from: &config.master,
        to: next,
        entropy: config.entropy.as_ref(),
    };
    let database = existing(url).await?;
    let work = database.begin().await?;
    work.command(ALONE).await?;
    let rotated = match rewrap.installation(&installation(&work).await?.ok_or(NOTHING)?)? {
        None => Rotated::Before,
        Some(secret) => {
            let secret = hex::encode(secret);
            work.execute(&sql::META_SET, &[&INSTALLATION, &secret])
                .await?;
            let keys = tracks(&work, &rewrap, headway).await?;
            Rotated::Now { keys }
        }
    };
    work.commit().await?;
    database.close();
    Ok(rotated)
}

async fn tracks(work: &Work, rewrap: &Rewrap<'_>, headway: &Headway) -> Result<u64> {
    let count = work.rows(&sql::TRACK_KEY_COUNT, &[]).await?;
    headway.expect(count.first().map_or(0, |row| row.get::<_, i64>(0)) as u64);
    let (mut after, mut keys) = (i64::MIN, 0);
    loop {
        let page = work
            .rows(&sql::TRACK_KEY_PAGE, &[&after, &(PAGE as i64)])
            .await?;
        let ids: Vec<i64> = page.iter().map(|row| row.get(0)).collect();
        let Some(last) = ids.last() else {
            return Ok(keys);
        };
        after = *last;
        let wrapped = page.iter().map(|row| rewrap.track(row.get(1)));
        let wrapped: Vec<Vec<u8>> = wrapped.collect::<Result<_>>()?;
        work.execute(&sql::TRACK_KEY_REWRAP, &[&ids, &wrapped])
            .await?;
        keys += ids.len() as u64;
        headway.add(ids.len() as u64);
    }
}

pub async fn opens(url: &str, master: &MasterKey) -> Result<bool> {
    let database = existing(url).await?;
    let work = database.begin().await?;
    let secret = installation(&work).await?;
    work.commit().await?;
    database.close();
    Ok(secret.is_some_and(|secret| master.opens(&secret)))
}

/// The database, in this release's form.
async fn existing(url: &str) -> Result<Database> {
    let database = Database::new(url, 1)?;
    migrate::migrate(&database, MIGRATIONS, Mode::Open).await?;
    Ok(database)
}

async fn installation(work: &Work) -> Result<Option<Vec<u8>>> {
    let rows = work.rows(&sql::META_GET, &[&INSTALLATION]).await?;
    let secret = rows.first().map(|row| hex::decode(row.get::<_, &str>(0)));
    secret.transpose().map_err(|_| NOTHING)
}
