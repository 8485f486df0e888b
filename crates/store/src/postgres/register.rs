//! Registrations: the wishes of clients for numbers.
//!
//! Contract: a call's wishes are one transaction, all or nothing. Numbers are created first, sorted,
//! then their tracks; what is added to registrations that were known is added under locks on their
//! rows, taken by id; then what was known is read back.

use super::commit::{self, Held, Then};
use super::connect::Work;
use super::lane::Shared;
use super::numbers::{NumberKey, Resolved, resolve};
use super::shipments::References;
use super::{PostgresStore, records as row, sql};
use crate::StoreError;
use crate::amend::Holding;
use crate::records::{NewRegistration, Registration};
use crate::search::kept_references;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use trackway_model::{AccountId, ShipmentId, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// What there is one registration for.
type Key = (TrackId, AccountId, String);

fn key(track: TrackId, wish: &NewRegistration) -> Key {
    (track, wish.account, wish.dialect.clone())
}

impl PostgresStore {
    pub(super) async fn register_all(
        &self,
        wishes: Vec<NewRegistration>,
    ) -> Result<Vec<(Registration, bool)>> {
        if wishes.is_empty() {
            return Ok(Vec::new());
        }
        let work = self.database.begin().await?;
        let (made, _) = Box::pin(self.shared.register(&work, wishes)).await?;
        work.commit().await?;
        Ok(made)
    }
}

impl Shared {
    /// Registers in an open transaction. Returns also where the track of each number is.
    pub(super) async fn register(
        &self,
        work: &Work,
        wishes: Vec<NewRegistration>,
    ) -> Result<(Vec<(Registration, bool)>, Vec<Resolved>)> {
        let resolved = self.open_tracks(work, &wishes).await?;
        let tracks: Vec<TrackId> = resolved.iter().map(|at| at.track).collect();
        let mut made = self.create_all(work, &wishes, &tracks).await?;
        registered(work, &wishes, &resolved, &made).await?;
        plan_polls(work, &wishes, &tracks).await?;
        refer(work, &wishes, &tracks, &made).await?;
        self.amend(work, &wishes, &tracks, &made).await?;
        let known = self.known(work, &wishes, &tracks, &made).await?;
        let answer =
            |(wish, track): (NewRegistration, TrackId)| {
                let key = key(track, &wish);
                match made.remove(&key) {
                    Some(id) => Ok((registration(wish, track, id), true)),
                    None => known.get(&key).map(|known| (known.clone(), false)).ok_or(
                        StoreError::Missing {
                            what: "registration",
                            name: wish.number,
                        },
                    ),
                }
            };
        let made: Result<_> = wishes.into_iter().zip(tracks).map(answer).collect();
        Ok((made?, resolved))
    }

    /// The track of each wish, made where it is not there.
    async fn open_tracks(&self, work: &Work, wishes: &[NewRegistration]) -> Result<Vec<Resolved>> {
        let key =
            |wish: &NewRegistration| NumberKey::new(wish.account, &wish.carrier, &wish.number);
        let keys: Vec<NumberKey> = wishes.iter().map(key).collect();
        let wanted: Vec<&NumberKey> = keys.iter().collect();
        let resolved = resolve(work, &self.ids, &wanted).await?;
        let mut fresh: BTreeMap<TrackId, Held> = BTreeMap::new();
        let kernel = &self.kernel;
        let rows = work.rows(&sql::CHUNK_BLOCK, &[]).await?;
        let block = rows.first().map_or(0, |row| row.get(0));
        let mut batch = commit::batch(block);
        for ((wish, key), at) in wishes.iter().zip(&keys).zip(&resolved) {
            let NewRegistration {
                account,
                carrier,
                number,
                created,
                ..
            } = wish;
            if !at.fresh {
                continue;
            }
            let held = fresh.entry(at.track).or_insert_with(|| {
                let track = kernel.open(at.track, *account, carrier, number, *created, &mut batch);
                Held::fresh(track, key.shard())
            });
            held.registered = Some(held.registered.map_or(*created, |at| at.min(*created)));
        }
        if !fresh.is_empty() {
            let rows: Vec<&Held> = fresh.values().collect();
            commit::write(work, block, &mut batch, &rows, Then::GoOn).await?;
        }
        Ok(resolved)
    }

    /// Makes the registrations that are new. Returns their ids.
    async fn create_all(
        &self,
        work: &Work,
        wishes: &[NewRegistration],
        tracks: &[TrackId],
    ) -> Result<HashMap<Key, i64>> {
        let sealer = &self.kernel.sealer;
        let mut data = Vec::with_capacity(wishes.len());
        let mut refs = Vec::with_capacity(wishes.len());
        for wish in wishes {
            data.push(row::seal_data(sealer, &wish.data)?);
            refs.push(row::seal_references(
                sealer,
                &kept_references(&wish.references),
            )?);
        }
        let column = |of: fn(&NewRegistration) -> &str| wishes.iter().map(of).collect::<Vec<_>>();
        let number = |of: fn(&NewRegistration) -> i64| wishes.iter().map(of).collect::<Vec<_>>();
        let ids: Vec<i64> = tracks.iter().map(|track| track.0).collect();
        let clocks: Vec<Option<i64>> = wishes.iter().map(|wish| wish.clock_at).collect();
        let keys: Vec<Option<Vec<u8>>> = wishes
            .iter()
            .map(|wish| wish.key.map(|key| key.to_vec()))
            .collect();
        let rows = work
            .rows(
                &sql::REGISTRATION_CREATE,
                &[
                    &number(|wish| wish.account.0),
                    &column(|wish| &wish.dialect),
                    &ids,
                    &column(|wish| &wish.carrier),
                    &column(|wish| &wish.number),
                    &number(|wish| wish.created),
                    &data,
                    &refs,
                    &clocks,
                    &keys,
                ],
            )
            .await?;
        let key = |row: &Row| (TrackId(row.get(1)), AccountId(row.get(2)), row.get(3));
        Ok(rows.iter().map(|row| (key(row), row.get(0))).collect())
    }

    /// The tracks of numbers, made where they are not there, as registered now.
    pub(super) async fn open_for(
        &self,
        work: &Work,
        wishes: &[NewRegistration],
    ) -> Result<Vec<TrackId>> {
        let resolved = self.open_tracks(work, wishes).await?;
        let tracks: Vec<TrackId> = resolved.iter().map(|at| at.track).collect();
        let keys = wishes.iter().zip(&tracks);
        let made = keys.map(|(wish, track)| (key(*track, wish), 0)).collect();
        registered(work, wishes, &resolved, &made).await?;
        Ok(tracks)
    }

    /// Those of the tracks that are registered already.
    pub(super) async fn registered_among(
        &self,
        work: &Work,
        wishes: &[NewRegistration],
        tracks: &[TrackId],
    ) -> Result<Vec<TrackId>> {
        let known = self.known(work, wishes, tracks, &HashMap::new()).await?;
        Ok(known.into_keys().map(|(track, _, _)| track).collect())
    }

    /// Those that are not new.
    async fn known(
        &self,
        work: &Work,
        wishes: &[NewRegistration],
        tracks: &[TrackId],
        made: &HashMap<Key, i64>,
    ) -> Result<HashMap<Key, Registration>> {
        let keys = Keys::of(repeats(wishes, tracks, made).map(|(key, _)| key));
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = work.rows(&sql::REGISTRATION_KNOWN, &keys.params()).await?;
        let mut known = HashMap::new();
        for found in &rows {
            let found = row::registration(&self.kernel.sealer, found)?;
            let key = (found.track, found.account, found.dialect.clone());
            known.insert(key, found);
        }
        Ok(known)
    }

    /// Adds what wishes give to registrations that are known, in the order of the wishes.
    async fn amend(
        &self,
        work: &Work,
        wishes: &[NewRegistration],
        tracks: &[TrackId],
        made: &HashMap<Key, i64>,
    ) -> Result<()> {
        let gives = |wish: &NewRegistration| {
            wish.amend && !(wish.data.is_null() && wish.references.is_empty())
        };
        let amending: Vec<_> = repeats(wishes, tracks, made)
            .filter(|(_, wish)| gives(wish))
            .collect();
        let keys = Keys::of(amending.iter().map(|(key, _)| key.clone()));
        if keys.is_empty() {
            return Ok(());
        }
        let sealer = &self.kernel.sealer;
        let mut held: BTreeMap<Key, (i64, Holding, bool)> = BTreeMap::new();
        for row in work.rows(&sql::REGISTRATION_HOLD, &keys.params()).await? {
            let key = (TrackId(row.get(0)), AccountId(row.get(1)), row.get(2));
            let references = row.get::<_, Option<&[u8]>>(5);
            let references = references.map(|sealed| row::references(sealer, sealed));
            let holding = Holding {
                data: row::data(sealer, row.get(4))?,
                references: references.transpose()?.unwrap_or_default(),
            };
            held.insert(key, (row.get(3), holding, false));
        }
        let mut references = References::default();
        for (key, wish) in &amending {
            let Some((_, holding, changed)) = held.get_mut(key) else {
                continue;
            };
            let brought = holding.amend(&wish.data, &wish.references);
            *changed |= !brought.is_nothing();
            references.push(wish.account, key.0, &brought.references);
        }
        let (mut ids, mut data, mut refs) = (Vec::new(), Vec::new(), Vec::new());
        for (id, holding, _) in held.values().filter(|(_, _, changed)| *changed) {
            ids.push(*id);
            data.push(row::seal_data(sealer, &holding.data)?);
            refs.push(row::seal_references(sealer, &holding.references)?);
        }
        if !ids.is_empty() {
            work.execute(&sql::REGISTRATION_AMEND, &[&ids, &data, &refs])
                .await?;
        }
        references.write(work).await
    }
}

/// The wishes for what was registered before, or earlier in the same call.
fn repeats<'w>(
    wishes: &'w [NewRegistration],
    tracks: &'w [TrackId],
    made: &'w HashMap<Key, i64>,
) -> impl Iterator<Item = (Key, &'w NewRegistration)> {
    let mut first = HashSet::new();
    wishes.iter().zip(tracks).filter_map(move |(wish, track)| {
        let key = key(*track, wish);
        let repeats = !made.contains_key(&key) || !first.insert(key.clone());
        repeats.then_some((key, wish))
    })
}

/// Columns of keys, each once.
struct Keys {
    tracks: Vec<i64>,
    accounts: Vec<i64>,
    dialects: Vec<String>,
}

impl Keys {
    fn of(keys: impl Iterator<Item = Key>) -> Self {
        let keys: BTreeSet<Key> = keys.collect();
        let mut columns = Self {
            tracks: Vec::with_capacity(keys.len()),
            accounts: Vec::with_capacity(keys.len()),
            dialects: Vec::with_capacity(keys.len()),
        };
        for (track, account, dialect) in keys {
            columns.tracks.push(track.0);
            columns.accounts.push(account.0);
            columns.dialects.push(dialect);
        }
        columns
    }

    const fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    fn params(&self) -> [&(dyn ToSql + Sync); 3] {
        [&self.tracks, &self.accounts, &self.dialects]
    }
}

fn registration(wish: NewRegistration, track: TrackId, id: i64) -> Registration {
    let NewRegistration {
        account,
        dialect,
        carrier,
        number,
        created,
        data,
        ..
    } = wish;
    Registration {
        id,
        account,
        dialect,
        track,
        carrier,
        number,
        created,
        data,
    }
}

/// Notes when the numbers of tracks that were known were registered.
async fn registered(
    work: &Work,
    wishes: &[NewRegistration],
    resolved: &[Resolved],
    made: &HashMap<Key, i64>,
) -> Result<()> {
    let mut times: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for (wish, at) in wishes.iter().zip(resolved).filter(|(_, at)| !at.fresh) {
        if made.contains_key(&key(at.track, wish)) {
            let first = ShipmentId::new(at.track, 0).0;
            let time = times.entry((wish.account.0, first)).or_insert(wish.created);
            *time = wish.created.min(*time);
        }
    }
    if times.is_empty() {
        return Ok(());
    }
    let (keys, created): (Vec<(i64, i64)>, Vec<i64>) = times.into_iter().unzip();
    let (accounts, ids): (Vec<i64>, Vec<i64>) = keys.into_iter().unzip();
    work.execute(&sql::SHIPMENT_REGISTERED, &[&accounts, &ids, &created])
        .await?;
    Ok(())
}

/// Plans the polls, each once.
pub(super) async fn plan_polls(
    work: &Work,
    wishes: &[NewRegistration],
    tracks: &[TrackId],
) -> Result<()> {
    let mut polls: BTreeMap<(i64, i64), &NewRegistration> = BTreeMap::new();
    for (wish, track) in wishes.iter().zip(tracks) {
        for connection in &wish.connections {
            polls.entry((track.0, connection.0)).or_insert(wish);
        }
    }
    if polls.is_empty() {
        return Ok(());
    }
    let (keys, of): (Vec<(i64, i64)>, Vec<&NewRegistration>) = polls.into_iter().unzip();
    let (tracks, connections): (Vec<i64>, Vec<i64>) = keys.into_iter().unzip();
    let accounts: Vec<i64> = of.iter().map(|wish| wish.account.0).collect();
    let carriers: Vec<&str> = of.iter().map(|wish| wish.carrier.as_str()).collect();
    let numbers: Vec<&str> = of.iter().map(|wish| wish.number.as_str()).collect();
    let due: Vec<i64> = of.iter().map(|wish| wish.created).collect();
    work.execute(
        &sql::POLL_CREATE,
        &[&tracks, &connections, &accounts, &carriers, &numbers, &due],
    )
    .await?;
    Ok(())
}

/// Stores the references of the registrations that were made.
async fn refer(
    work: &Work,
    wishes: &[NewRegistration],
    tracks: &[TrackId],
    made: &HashMap<Key, i64>,
) -> Result<()> {
    let mut references = References::default();
    let mut told = HashSet::new();
    for (wish, track) in wishes.iter().zip(tracks) {
        let key = key(*track, wish);
        if made.contains_key(&key) && told.insert(key) {
            references.push(wish.account, *track, &kept_references(&wish.references));
        }
    }
    references.write(work).await
}
