//! Commands carried out in an open transaction.

use super::super::commit::{self, Held, Then, Trust};
use super::super::connect::Work;
use super::super::lane::Shared;
use super::super::numbers::{NumberKey, Resolved};
use super::super::sql;
use super::load::load;
use super::write::write;
use super::{Known, Result, row, short};
use crate::StoreError;
use crate::orders::{
    Answer, Asking, BOOK, GENERATIONS, Ids, PARTS, Sitting, Task, Tie, Whose, Writes, erased,
    text_key, wish_of, with_parent,
};
use crate::seal::Sealer;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use trackway_model::change::{Change, ChangeKind, ShipmentChange};
use trackway_model::orders::{Command, Facet, Kind, NameKind, RecordChange, RecordId};
use trackway_model::{AccountId, TrackId};

/// The step of the sequence of records' ids.
pub const RECORD_BLOCK: i64 = 1_024;

/// What carries commands out.
pub struct Session<'s> {
    pub shared: &'s Shared,
    pub work: &'s Work,
    pub ids: &'s mut Ids,
}

impl Session<'_> {
    /// Writes what commands come to, but for the feed's changes, which are returned.
    pub async fn carry_out(
        &mut self,
        tasks: &[Arc<Task>],
    ) -> Result<(Vec<Answer>, Vec<RecordChange>)> {
        hold(self.work, tasks.iter().map(|task| task.account)).await?;
        let mut known = BTreeMap::<AccountId, Known>::new();
        let mut sitting = Sitting::new(&mut known, tasks);
        loop {
            self.decide(&mut sitting).await?;
            let ties = std::mem::take(&mut sitting.writes.ties);
            if ties.is_empty() {
                break;
            }
            let told = Box::pin(self.tie(ties.into_values())).await?;
            sitting.call(told.into_iter().map(Arc::new));
        }
        let (mut answers, writes) = sitting.rise()?;
        write(self.work, &self.shared.kernel.sealer, &writes).await?;
        answers.truncate(tasks.len());
        Ok((answers, writes.changes))
    }

    async fn decide(&mut self, sitting: &mut Sitting<'_>) -> Result<()> {
        loop {
            let wanted = sitting.advance(self.ids)?;
            if wanted.is_empty() {
                return Ok(());
            }
            if wanted.ids > 0 {
                let rows = self.work.rows(&sql::RECORD_BLOCK, &[]).await?;
                let first: i64 = rows.first().map_or(0, |row| row.get(0));
                self.ids.0 = first..first + RECORD_BLOCK;
            }
            if !wanted.of.is_empty() {
                let sealer = &self.shared.kernel.sealer;
                for ((account, want), found) in load(self.work, sealer, wanted.of).await? {
                    sitting.known(account).give(want, found);
                }
            }
        }
    }

    /// Has parcels tracked, or not any more. Returns what is known already of those that are.
    async fn tie(&self, ties: impl Iterator<Item = Tie>) -> Result<Vec<Task>> {
        let (tracked, ended): (Vec<Tie>, Vec<Tie>) = ties.partition(|tie| tie.tracked);
        untie(self.work, &ended).await?;
        if tracked.is_empty() {
            return Ok(Vec::new());
        }
        let wishes = tracked.iter().map(wish_of).collect();
        let (_, places) = Box::pin(self.shared.register(self.work, wishes)).await?;
        let tracks: Vec<i64> = places.iter().map(|at| at.track.0).collect();
        let accounts: Vec<i64> = tracked.iter().map(|tie| tie.task.account.0).collect();
        let numbers: Vec<&str> = tracked.iter().map(|tie| tie.link.number.as_str()).collect();
        let records: Vec<i64> = tracked.iter().map(|tie| tie.link.record.0).collect();
        self.work
            .execute(
                &sql::PARCEL_LINK_WRITE,
                &[&tracks, &accounts, &numbers, &records],
            )
            .await?;
        self.known_of(&tracked, &places).await
    }

    /// What is known of numbers that were known before. Their rows are written as the next version:
    /// whoever is about to write what else was told of them does so knowing of the record.
    async fn known_of(&self, ties: &[Tie], places: &[Resolved]) -> Result<Vec<Task>> {
        let of = |tie: &Tie| NumberKey::new(tie.task.account, &tie.link.carrier, &tie.link.number);
        let known: BTreeMap<TrackId, i16> = ties
            .iter()
            .zip(places)
            .filter(|(_, at)| !at.fresh)
            .map(|(tie, at)| (at.track, of(tie).shard()))
            .collect();
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let known: Vec<(TrackId, i16)> = known.into_iter().collect();
        let Shared { cache, kernel, .. } = self.shared;
        let sealer = &kernel.sealer;
        let locked = commit::lock(self.work, cache, sealer, &known, false, Trust::Nothing).await?;
        let rows: Vec<&Held> = locked.rows.values().collect();
        let mut nothing = commit::batch(locked.block);
        let write = commit::write(self.work, locked.block, &mut nothing, &rows, Then::GoOn);
        Box::pin(write).await?;
        let reuse = kernel.rules.reuse_after;
        let told = ties.iter().zip(places).filter_map(|(tie, at)| {
            let held = locked.rows.get(&at.track)?;
            tie.told(held.track.states.last()?, reuse)
        });
        Ok(told.collect())
    }
}

/// Keeps everybody else from carrying out commands of these accounts until the transaction ends. From
/// here on it waits a moment only for what others hold, and is then to be tried again: they may be
/// waiting for the accounts, as those are who take in what is told of tied parcels.
async fn hold(work: &Work, accounts: impl Iterator<Item = AccountId>) -> Result<()> {
    let mut accounts: Vec<i64> = accounts.map(|account| account.0).collect();
    accounts.sort_unstable();
    accounts.dedup();
    work.execute(&sql::RECORD_ACCOUNT_LOCK, &[&accounts])
        .await?;
    Ok(())
}

async fn untie(work: &Work, ended: &[Tie]) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let of = |tie: &Tie| NumberKey::new(tie.task.account, &tie.link.carrier, &tie.link.number);
    let keys: Vec<NumberKey> = ended.iter().map(of).collect();
    let accounts: Vec<i64> = keys.iter().map(|key| key.account).collect();
    let carriers: Vec<&[u8]> = keys.iter().map(|key| key.carrier.as_slice()).collect();
    let numbers: Vec<&[u8]> = keys.iter().map(|key| key.number.as_slice()).collect();
    let records: Vec<i64> = ended.iter().map(|tie| tie.link.record.0).collect();
    let rows = work
        .rows(
            &sql::PARCEL_LINK_DELETE,
            &[&accounts, &carriers, &numbers, &records],
        )
        .await?;
    let tracks: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    if !tracks.is_empty() {
        work.execute(&sql::ENTRY_DELETE_OF_TRACKS, &[&tracks, &BOOK])
            .await?;
        let now = ended.iter().map(|tie| tie.task.now).max();
        work.execute(&sql::POLL_RELEASE, &[&tracks, &now]).await?;
    }
    Ok(())
}

/// Tells records of what changed of their tracks, in the transaction that changes them. Returns what
/// the feed is to be told. What a record's rules refuse, or what can't be read of one, does not hold up
/// what is told of its track.
pub async fn tell(
    session: &mut Session<'_>,
    linked: &HashMap<TrackId, String>,
    changes: &[Change],
    rows: &HashMap<TrackId, Held>,
) -> Result<Vec<RecordChange>> {
    let mut news = Vec::new();
    for change in changes.iter().filter_map(Change::as_shipment) {
        let Some(task) = told(linked, change, rows) else {
            continue;
        };
        match Box::pin(session.carry_out(&[Arc::new(task)])).await {
            Ok((answers, changes)) => {
                for refusal in answers.iter().filter_map(|answer| answer.as_ref().err()) {
                    tracing::debug!(%refusal, "a record is not moved by its parcel");
                }
                news.extend(changes);
            }
            Err(error @ StoreError::Damaged { .. }) => {
                tracing::error!(%error, "a record can't be read: its parcel does not move it");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(news)
}

fn told(
    linked: &HashMap<TrackId, String>,
    change: &ShipmentChange,
    rows: &HashMap<TrackId, Held>,
) -> Option<Task> {
    let id = change.shipment.track();
    let number = linked.get(&id)?;
    let track = &rows.get(&id)?.track;
    let before = change.before.map(|before| before.milestone);
    // A journey that is over moves nothing any more.
    let newest = track.states.last()?.epoch == change.shipment.epoch();
    let moves = change.kind == ChangeKind::Live && before != Some(change.after.milestone);
    (newest && moves).then(|| Task {
        account: change.account,
        by: 0,
        now: change.learned,
        command: Command::ParcelTold {
            carrier: track.carrier.to_string(),
            number: number.clone(),
            milestone: change.after.milestone,
            at: change.after.at,
        },
        asking: Asking::default(),
    })
}

/// Takes personal members away.
pub async fn erase(work: &Work, sealer: &Sealer, account: AccountId, whose: &Whose) -> Result<u64> {
    hold(work, std::iter::once(account)).await?;
    let ids = match whose {
        Whose::Record(id) => vec![id.0],
        Whose::Whole(id) => whole(work, account, *id).await?,
        Whose::Phone(text) => holders(work, sealer, account, (NameKind::Phone, text)).await?,
        Whose::Email(text) => holders(work, sealer, account, (NameKind::Email, text)).await?,
    };
    erase_records(work, sealer, account, &ids).await
}

/// Those of the records whose parcel a track is: the fulfilment or return, and its order.
pub async fn erase_linked(
    work: &Work,
    sealer: &Sealer,
    account: AccountId,
    track: TrackId,
) -> Result<()> {
    let links = work.rows(&sql::PARCEL_LINK_READ, &[&vec![track.0]]).await?;
    let ids: Vec<i64> = links.iter().map(|row| row.get(2)).collect();
    if ids.is_empty() {
        return Ok(());
    }
    hold(work, std::iter::once(account)).await?;
    let mut all = Vec::new();
    for found in work.rows(&sql::RECORD_SOME, &[&ids]).await? {
        all.extend(with_parent(&row(&found).open(sealer)?));
    }
    erase_records(work, sealer, account, &all).await?;
    Ok(())
}

/// A record and all that is of it.
async fn whole(work: &Work, account: AccountId, id: RecordId) -> Result<Vec<i64>> {
    let parent = short(Facet::Parent.number());
    let (mut ids, mut newest) = (vec![id.0], vec![id.0]);
    for _ in 0..GENERATIONS {
        let mut parts: Vec<i64> = Vec::new();
        for kind in PARTS {
            let (facets, alsos) = (vec![parent; newest.len()], vec![0_i64; newest.len()]);
            let kind = short(kind.number());
            let rows = work
                .rows(
                    &sql::RECORD_GATHER_FACET,
                    &[
                        &account.0,
                        &kind,
                        &facets,
                        &newest,
                        &alsos,
                        &i64::MIN,
                        &i64::MAX,
                        &i64::MAX,
                    ],
                )
                .await?;
            parts.extend(rows.iter().map(|row| row.get::<_, i64>(0)));
        }
        ids.extend(&parts);
        newest = parts;
    }
    Ok(ids)
}

async fn holders(
    work: &Work,
    sealer: &Sealer,
    account: AccountId,
    (kind, text): (NameKind, &str),
) -> Result<Vec<i64>> {
    let text = text_key(sealer, account, kind, text);
    let kinds: Vec<i16> = Kind::ALL.iter().map(|kind| short(kind.number())).collect();
    let named = short(kind.number());
    let rows = work
        .rows(
            &sql::RECORD_NAME_HOLDERS,
            &[&account.0, &kinds, &named, &text],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

async fn erase_records(
    work: &Work,
    sealer: &Sealer,
    account: AccountId,
    ids: &[i64],
) -> Result<u64> {
    let mut writes = Writes::default();
    for found in work.rows(&sql::RECORD_SOME, &[&ids]).await? {
        let before = row(&found).open(sealer)?;
        if before.account != account {
            continue;
        }
        if let Some(after) = erased(&before)? {
            writes.record(Some(Arc::new(before)), Arc::new(after));
        }
    }
    write(work, sealer, &writes).await?;
    Ok(writes.records.len() as u64)
}
