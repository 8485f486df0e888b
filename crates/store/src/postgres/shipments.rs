//! What is searched: a narrow row for each journey, in the transaction that changes its track.
//!
//! Contract: `Rows` tells what a transaction changes of them, from its tracks as they were taken and as
//! they are left; most of what is told changes nothing. `build` makes them of what is there.

use super::commit::some;
use super::connect::{Params, Work, prepared};
use super::numbers::key_of;
use super::sql;
use crate::StoreError;
use crate::seal::Sealer;
use crate::search::{self, text_key};
use deadpool_postgres::Object;
use smallvec::SmallVec;
use std::collections::HashMap;
use tokio_postgres::Statement;
use trackway_model::fold::ShipmentState;
use trackway_model::intake::number_key;
use trackway_model::{AccountId, ShipmentId, Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

const DAY: i64 = 24 * 3_600 * 1_000_000;
/// The day of an instant.
pub const fn day(at: i64) -> i32 {
    at.div_euclid(DAY) as i32
}

/// What is searched of a journey and changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    milestone: u8,
    /// None where no happening is known.
    moved: Option<i32>,
    created: i64,
}

/// What is searched of a track's journeys, by epoch.
pub type Journeys = SmallVec<[Shown; 1]>;

pub fn shown(track: &Track) -> Journeys {
    let of = |state: &ShipmentState| Shown {
        milestone: state.milestone as u8,
        moved: (state.events > 0).then(|| day(state.last)),
        created: search::created(track, state, None),
    };
    track.states.iter().map(of).collect()
}

/// Columns of rows that are made or changed.
#[derive(Debug, Default)]
pub struct Columns {
    pub accounts: Vec<i64>,
    pub ids: Vec<i64>,
    pub created: Vec<i64>,
    pub moved: Vec<Option<i32>>,
    pub stages: Vec<i16>,
    pub milestones: Vec<i16>,
    pub carriers: Vec<Vec<u8>>,
    pub numbers: Vec<Vec<u8>>,
}

impl Columns {
    fn push(&mut self, track: &Track, state: &ShipmentState, shown: Shown) {
        self.accounts.push(track.account.0);
        self.ids.push(state.id(track).0);
        self.created.push(shown.created);
        self.moved.push(shown.moved);
        self.stages.push(state.stage() as i16);
        self.milestones.push(state.milestone as i16);
    }

    fn push_whole(&mut self, track: &Track, state: &ShipmentState, shown: Shown) {
        self.push(track, state, shown);
        self.carriers.push(key_of(&track.carrier));
        self.numbers.push(key_of(&number_key(&track.number)));
    }
}

/// What a transaction changes of the rows.
#[derive(Debug, Default)]
pub struct Rows {
    pub new: Columns,
    pub changed: Columns,
    /// Account and id.
    pub gone: (Vec<i64>, Vec<i64>),
}

impl Rows {
    /// Takes a track that was shown so. `registered`: when, where this transaction registers it.
    pub fn push(&mut self, track: &Track, before: &[Shown], registered: Option<i64>) {
        let after = shown(track);
        for (epoch, (state, mut shown)) in
            track.states.iter().zip(after.iter().copied()).enumerate()
        {
            match before.get(epoch) {
                Some(before) if *before == shown => {}
                Some(_) => self.changed.push(track, state, shown),
                None => {
                    shown.created = search::created(track, state, registered);
                    self.new.push_whole(track, state, shown);
                }
            }
        }
        for epoch in after.len()..before.len() {
            self.gone.0.push(track.account.0);
            self.gone.1.push(ShipmentId::new(track.id, epoch as u16).0);
        }
    }
}

/// The statements of `write`, prepared.
pub struct Prepared([Statement; 3]);

impl Prepared {
    pub async fn of(client: &Object) -> Result<Self> {
        let (create, update, remove) = futures::try_join!(
            prepared(client, &sql::SHIPMENT_CREATE),
            prepared(client, &sql::SHIPMENT_UPDATE),
            prepared(client, &sql::SHIPMENT_REMOVE),
        )?;
        Ok(Self([create, update, remove]))
    }
}

/// Writes what a transaction changes; sent at once when first polled, in this order.
pub async fn write(
    client: &Object,
    Prepared([create, update, remove]): &Prepared,
    Rows { new, changed, gone }: &Rows,
) -> std::result::Result<(), tokio_postgres::Error> {
    futures::try_join!(
        some(!gone.0.is_empty(), async {
            client.execute(remove, &[&gone.0, &gone.1]).await
        }),
        some(!new.ids.is_empty(), async {
            let Columns {
                accounts,
                ids,
                created,
                moved,
                stages,
                milestones,
                carriers,
                numbers,
            } = new;
            let params: Params<'_> = &[
                accounts, ids, created, moved, stages, milestones, carriers, numbers,
            ];
            client.execute(create, params).await
        }),
        some(!changed.ids.is_empty(), async {
            let Columns {
                accounts,
                ids,
                created,
                moved,
                stages,
                milestones,
                ..
            } = changed;
            let params: Params<'_> = &[accounts, ids, created, moved, stages, milestones];
            client.execute(update, params).await
        }),
    )?;
    Ok(())
}

/// The migration that brings the rows.
pub const MIGRATION: i32 = 2;
/// Tracks read at a time while rows are built.
const BUILT: i64 = 2_000;

/// Builds the rows of all tracks, in the open transaction, where there are none yet. `sealer` opens
/// the references of registrations; an older release kept none.
pub async fn build(work: &Work, sealer: Option<&Sealer>) -> Result<()> {
    let mut after = 0_i64;
    loop {
        let page = work.rows(&sql::TRACK_SCAN, &[&after, &BUILT]).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.get(0);
        let ids: Vec<i64> = page.iter().map(|row| row.get(0)).collect();
        let told = work.rows(&sql::REGISTRATION_TOLD, &[&ids]).await?;
        let mut registered: HashMap<i64, i64> = HashMap::new();
        for row in &told {
            let at = registered.entry(row.get(0)).or_insert(i64::MAX);
            *at = row.get::<_, i64>(1).min(*at);
        }
        let mut rows = Rows::default();
        let mut references = References::default();
        let mut accounts = HashMap::new();
        for row in &page {
            let track = Track::decode(row.get(1))?;
            accounts.insert(track.id.0, track.account);
            rows.push(&track, &[], registered.get(&track.id.0).copied());
        }
        for row in &told {
            let (track, refs): (i64, Option<&[u8]>) = (row.get(0), row.get(2));
            if let (Some(sealer), Some(refs), Some(account)) = (sealer, refs, accounts.get(&track))
            {
                let list = super::records::references(sealer, refs)?;
                references.push(*account, TrackId(track), &list);
            }
        }
        let client = work.client();
        let statements = Prepared::of(client).await?;
        write(client, &statements, &rows)
            .await
            .map_err(StoreError::engine(sql::SHIPMENT_CREATE.doing))?;
        references.write(work).await?;
    }
}

/// References that a transaction adds.
#[derive(Debug, Default)]
pub struct References {
    accounts: Vec<i64>,
    keys: Vec<Vec<u8>>,
    tracks: Vec<i64>,
    texts: Vec<Vec<u8>>,
}

impl References {
    pub fn push(&mut self, account: AccountId, track: TrackId, references: &[String]) {
        for reference in references {
            self.accounts.push(account.0);
            self.keys.push(text_key(reference).into_bytes());
            self.tracks.push(track.0);
            self.texts.push(reference.clone().into_bytes());
        }
    }

    pub async fn write(&self, work: &Work) -> Result<()> {
        if !self.tracks.is_empty() {
            let params: Params<'_> = &[&self.accounts, &self.keys, &self.tracks, &self.texts];
            work.execute(&sql::REFERENCE_CREATE, params).await?;
        }
        Ok(())
    }
}
