//! The pages of columns: those in memory, those in the file, and what each lacks.
//!
//! A commit only marks the places of the tracks that it changed (`touch`): a bit each. Whoever needs a
//! page next, a search or the sweep, takes those tracks from memory. The sweep writes each page of a
//! rotation once, when it has written the last of its tracks' rows, so the file's pages lag like rows
//! do: everything before `low` is in them, and a start marks what the log's tail speaks of.
//!
//! Guarantee: a search sees what was committed before it began. Nothing of a commit that may yet be
//! undone is in a page in memory.

use super::columns::{Columns, TRACKS, Told, place};
use super::half::{Touched, Tracks, half_of};
use super::readers::{execute, one, read_failed, write_failed};
use super::register::told_by;
use super::{Core, sql};
use crate::StoreError;
use crate::seal::Sealer;
use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use trackway_model::{Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

const WORDS: usize = TRACKS / 64;
const SEALED: &str = "shipment_page.body";

/// Places of a page.
type Places = [u64; WORDS];

/// All pages.
pub struct Shelf {
    pages: RwLock<Vec<Arc<Page>>>,
    /// Pages that the commit in the making writes.
    saving: Mutex<Vec<usize>>,
    bytes: AtomicUsize,
    /// Bytes to keep in memory.
    limit: usize,
}

#[derive(Default)]
struct Page {
    /// Places whose tracks changed since a page in memory took them.
    stale: [AtomicU64; WORDS],
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    columns: Option<Columns>,
    /// As counted in the shelf's bytes.
    bytes: usize,
    /// Places that the page in memory took and the file's did not.
    ahead: Places,
    /// What registrations told and the file's page does not hold.
    told: BTreeMap<u16, Told>,
    saving: Option<Saving>,
}

/// What a page was ahead of the file by when it was written, until that is committed.
struct Saving {
    ahead: Places,
    told: BTreeMap<u16, Told>,
    /// It is in memory for this only.
    passing: bool,
}

impl Shelf {
    pub fn new(limit: usize) -> Self {
        Self {
            pages: RwLock::default(),
            saving: Mutex::default(),
            bytes: AtomicUsize::new(0),
            limit,
        }
    }

    /// Makes room for the tracks before this one.
    pub fn reach(&self, track: TrackId) {
        let pages = usize::try_from(place(track).0).unwrap_or(0) + 1;
        let mut held = self.pages.write();
        if held.len() < pages {
            held.resize_with(pages, Arc::default);
        }
    }

    pub fn count(&self) -> usize {
        self.pages.read().len()
    }

    fn page(&self, number: usize) -> Option<Arc<Page>> {
        self.pages.read().get(number).cloned()
    }

    fn page_of(&self, id: TrackId) -> (Arc<Page>, usize) {
        let (number, slot) = at(id);
        if let Some(page) = self.page(number) {
            return (page, slot);
        }
        self.reach(id);
        (self.pages.read()[number].clone(), slot)
    }

    /// A commit changed this track.
    pub fn touch(&self, id: TrackId) {
        let (number, slot) = at(id);
        let pages = self.pages.read();
        if let Some(page) = pages.get(number) {
            return page.touch(slot);
        }
        drop(pages);
        self.page_of(id).0.touch(slot);
    }

    /// A commit registered this track's number, or erased its references.
    pub fn tell(&self, id: TrackId, told: &Told) {
        let (page, slot) = self.page_of(id);
        let mut held = page.held.lock();
        held.told.entry(slot as u16).or_default().then(told);
        drop(held);
        page.touch(slot);
    }

    /// Reads a page as of now.
    pub fn read<T>(
        &self,
        core: &Core,
        number: usize,
        read: impl FnOnce(&Columns) -> T,
    ) -> Result<Option<T>> {
        let Some(page) = self.page(number) else {
            return Ok(None);
        };
        let mut held = page.held.lock();
        Self::bring(core, number, &page, &mut held)?;
        if let Some(saving) = &mut held.saving {
            saving.passing = false;
        }
        let found = held.columns.as_ref().map(read);
        self.weigh(&mut held);
        if self.bytes.load(Ordering::Relaxed) > self.limit {
            self.drop_page(&page, &mut held);
        }
        Ok(found)
    }

    /// Brings a page into memory and up to date.
    fn bring(core: &Core, number: usize, page: &Page, held: &mut Held) -> Result<()> {
        let Held {
            columns,
            ahead,
            told,
            saving,
            ..
        } = held;
        let columns = match columns {
            Some(columns) => columns,
            None => columns.insert(
                core.readers
                    .with(|file| load(file, &core.kernel.sealer, number))?,
            ),
        };
        for (word, stale) in page.stale.iter().enumerate() {
            if stale.load(Ordering::Relaxed) == 0 {
                continue;
            }
            // Before the tracks are read: what is changed meanwhile is marked again.
            let mut places = stale.swap(0, Ordering::AcqRel);
            ahead[word] |= places;
            while places != 0 {
                let slot = word * 64 + places.trailing_zeros() as usize;
                let id = TrackId((number * TRACKS + slot) as i64);
                match core.track(id) {
                    Ok(Some(track)) => {
                        let slot = slot as u16;
                        let before = saving.as_ref().and_then(|saving| saving.told.get(&slot));
                        columns.set(&track, before.into_iter().chain(told.get(&slot)));
                    }
                    Ok(None) => {}
                    Err(error) => {
                        stale.fetch_or(places, Ordering::AcqRel);
                        return Err(error);
                    }
                }
                places &= places - 1;
            }
        }
        Ok(())
    }

    /// The pages whose last tracks a rotation writes with this commit, as the commit leaves them.
    /// `ids`: the rotation's tracks on these pages.
    pub fn save(
        &self,
        core: &Core,
        touched: &[Tracks; 2],
        ids: &[TrackId],
    ) -> Result<Vec<(usize, Vec<u8>)>> {
        let groups = ids.chunk_by(|a, b| place(*a).0 == place(*b).0);
        groups
            .map(|ids| {
                let (page, number) = (self.page_of(ids[0]).0, at(ids[0]).0);
                let mut held = page.held.lock();
                let passing = held.columns.is_none();
                Self::bring(core, number, &page, &mut held)?;
                self.weigh(&mut held);
                let Held {
                    columns,
                    ahead,
                    told,
                    saving,
                    ..
                } = &mut *held;
                *saving = Some(Saving {
                    ahead: std::mem::take(ahead),
                    told: std::mem::take(told),
                    passing,
                });
                self.saving.lock().push(number);
                let columns = columns.get_or_insert_default();
                let ours = ids.iter().filter_map(|id| {
                    let tracks = &touched[half_of(*id)];
                    tracks.find(*id).map(|index| tracks.at(index))
                });
                let columns = changed(columns, ours);
                Ok((number, sealed(&core.kernel.sealer, &columns)))
            })
            .collect()
    }

    /// After the commit: the file holds what was written.
    pub fn saved(&self) {
        for number in std::mem::take(&mut *self.saving.lock()) {
            let Some(page) = self.page(number) else {
                continue;
            };
            let mut held = page.held.lock();
            let passing = held.saving.take().is_some_and(|saving| saving.passing);
            if passing || self.bytes.load(Ordering::Relaxed) > self.limit {
                self.drop_page(&page, &mut held);
            }
        }
    }

    /// After an undone commit: it holds what it held.
    pub fn undone(&self) {
        for number in std::mem::take(&mut *self.saving.lock()) {
            let Some(page) = self.page(number) else {
                continue;
            };
            let mut held = page.held.lock();
            if let Some(saving) = held.saving.take() {
                let ahead = held.ahead.iter_mut().zip(saving.ahead);
                ahead.for_each(|(ahead, saved)| *ahead |= saved);
                let later = std::mem::replace(&mut held.told, saving.told);
                for (slot, told) in later {
                    held.told.entry(slot).or_default().then(&told);
                }
            }
        }
    }

    /// Counts what a page takes.
    fn weigh(&self, held: &mut Held) {
        let bytes = held.columns.as_ref().map_or(0, Columns::bytes);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes.fetch_sub(held.bytes, Ordering::Relaxed);
        held.bytes = bytes;
    }

    /// Lets a page go, unless the file is about to hold it: whoever reads it next takes again what the
    /// file's does not have.
    fn drop_page(&self, page: &Page, held: &mut Held) {
        if held.saving.is_some() {
            return;
        }
        held.columns = None;
        self.weigh(held);
        for (stale, ahead) in page.stale.iter().zip(std::mem::take(&mut held.ahead)) {
            stale.fetch_or(ahead, Ordering::AcqRel);
        }
    }
}

impl Page {
    fn touch(&self, slot: usize) {
        self.stale[slot / 64].fetch_or(1 << (slot % 64), Ordering::AcqRel);
    }
}

/// The page's number as a place on the shelf, and the track's place in it. Ids begin at 1.
fn at(id: TrackId) -> (usize, usize) {
    let (number, slot) = place(id);
    (usize::try_from(number).unwrap_or(0), slot)
}

/// A page with what the commit changes: a copy where it changes any of it, since it may be undone.
fn changed<'c, 't>(
    columns: &'c Columns,
    ours: impl Iterator<Item = &'t Touched>,
) -> Cow<'c, Columns> {
    let mut changed = Cow::Borrowed(columns);
    for Touched { track, told, .. } in ours {
        changed.to_mut().set(track, told.as_deref());
    }
    changed
}

/// The rotation's tracks on the pages of which it writes the last one between these two of it.
pub fn finished(tracks: &[TrackId], done: usize, to: usize) -> &[TrackId] {
    if done == to {
        return &[];
    }
    let begin = |id: &TrackId| {
        let page = place(*id).0;
        tracks.partition_point(|other| place(*other).0 < page)
    };
    let end = tracks.get(to).map_or(tracks.len(), begin);
    let from = begin(&tracks[done]);
    tracks.get(from..end).unwrap_or_default()
}

pub fn write(file: &Connection, pages: &[(usize, Vec<u8>)]) -> Result<()> {
    for (number, body) in pages {
        execute(file, sql::SHIPMENT_PAGE_WRITE, (*number as i64, body))?;
    }
    Ok(())
}

fn load(file: &Connection, sealer: &Sealer, number: usize) -> Result<Columns> {
    let sealed: Option<Vec<u8>> = one(file, sql::SHIPMENT_PAGE_READ, [number as i64], |row| {
        row.get(0)
    })?;
    let Some(sealed) = sealed else {
        return Ok(Columns::default());
    };
    let body = sealer.open_secret(SEALED, &sealed)?;
    let damaged = |_| StoreError::Damaged {
        what: "page of shipments",
    };
    Columns::decode(&body).map_err(damaged)
}

fn sealed(sealer: &Sealer, columns: &Columns) -> Vec<u8> {
    sealer.seal_secret(SEALED, &columns.encode())
}

/// Says in `meta` that the file has pages.
const BUILT: &str = "shipment_pages";

/// Builds the pages of a file that an earlier release wrote, from its tracks' rows; a file that has
/// them is left as it is. `low`: from which chunk on the log knows more than the rows.
pub fn build(file: &Connection, sealer: &Sealer, low: i64) -> Result<()> {
    let built: Option<i64> = one(file, sql::META_GET, [BUILT], |row| row.get(0))?;
    if built.is_some() {
        return Ok(());
    }
    let transaction = file.unchecked_transaction().map_err(write_failed)?;
    build_all(file, sealer)?;
    execute(file, sql::REGISTRATION_RENEW, [low])?;
    execute(file, sql::META_SET, (BUILT, 1))?;
    transaction.commit().map_err(write_failed)
}

fn build_all(file: &Connection, sealer: &Sealer) -> Result<()> {
    let mut statement = file.prepare(sql::TRACK_REGISTERED).map_err(read_failed)?;
    let mut rows = statement.query([]).map_err(read_failed)?;
    let (mut number, mut columns) = (0, Columns::default());
    while let Some(row) = rows.next().map_err(read_failed)? {
        let damaged = |_| StoreError::Damaged { what: "track" };
        let body: Vec<u8> = row.get(0).map_err(read_failed)?;
        let track = Track::decode(&body).map_err(damaged)?;
        if at(track.id).0 != number {
            let full = std::mem::take(&mut columns);
            write(file, &[(number, sealed(sealer, &full))])?;
            number = at(track.id).0;
        }
        let registered: Option<i64> = row.get(1).map_err(read_failed)?;
        let told = registered.map(|_| told_by(sealer, row, 1)).transpose()?;
        columns.set(&track, &told);
    }
    write(file, &[(number, sealed(sealer, &columns))])
}
