//! A page of columns: what searches read of 1,024 tracks that follow each other, narrow enough that
//! all of a million shipments are looked through in milliseconds.
//!
//! Guarantee: what `set` leaves behind is a function of the track and of what registrations told of
//! it, in any order and however often it is told. A page's bytes are sealed by the caller: references
//! may be personal.

mod filter;
#[cfg(test)]
mod tests;

pub use filter::Filter;

use crate::search::{self, ShipmentRow};
use filter::begins;
use smallvec::SmallVec;
use std::sync::Arc;
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::{AccountId, Milestone, Reason, ShipmentId, Track, TrackId};

/// Tracks of a page. The file holds pages: never another number.
pub const TRACKS: usize = 1_024;
const FORMAT: u8 = 1;
/// Stands where no track is.
const NOBODY: u16 = u16::MAX;

/// The page of a track, and its place in it.
pub const fn place(id: TrackId) -> (i64, usize) {
    (
        id.0.div_euclid(TRACKS as i64),
        id.0.rem_euclid(TRACKS as i64) as usize,
    )
}

/// What registrations told of a track and its row does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// When its number was registered.
    pub created: Option<i64>,
    /// The references before these are gone.
    pub erased: bool,
    pub references: Vec<String>,
}

impl Told {
    /// Takes what was told later.
    pub fn then(&mut self, later: &Self) {
        self.created = earliest(self.created, later.created);
        if later.erased {
            self.erased = true;
            self.references.clear();
        }
        self.references.extend(later.references.iter().cloned());
    }
}

fn earliest(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// One journey. Texts stand in the page's, dictionaries are the page's own.
#[derive(Clone, Copy, Debug)]
struct Cell {
    last: i64,
    created: i64,
    number: u32,
    account: u16,
    carrier: u16,
    events: u16,
    milestone: u8,
    reason: u8,
}

const EMPTY: Cell = Cell {
    last: 0,
    created: 0,
    number: 0,
    account: NOBODY,
    carrier: 0,
    events: 0,
    milestone: 0,
    reason: 0,
};

/// A journey that another one under the same number followed.
#[derive(Clone, Copy, Debug)]
struct Older {
    slot: u16,
    epoch: u16,
    cell: Cell,
}

#[derive(Clone, Debug, Default)]
pub struct Columns {
    accounts: Vec<AccountId>,
    carriers: Vec<Arc<str>>,
    /// The newest journey of each track, by its place.
    cells: Vec<Cell>,
    /// The others, by place and epoch.
    older: Vec<Older>,
    /// By place.
    references: Vec<(u16, u32)>,
    /// Each with its length in front; a cell tells where.
    texts: Vec<u8>,
}

impl Columns {
    /// Bytes of memory, about.
    pub fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>()
            + self.older.capacity() * size_of::<Older>()
            + self.references.capacity() * size_of::<(u16, u32)>()
            + self.texts.capacity()
            + self.carriers.len() * 32
    }

    /// Takes a track as it is now, and what registrations told of it since it was last taken, in
    /// order.
    pub fn set<'t>(&mut self, track: &Track, told: impl IntoIterator<Item = &'t Told> + Clone) {
        let slot = place(track.id).1;
        if self.cells.len() <= slot {
            self.cells.resize(slot + 1, EMPTY);
        }
        let held = self.cells[slot];
        let number = if held.account == NOBODY {
            self.text(&track.number)
        } else {
            held.number
        };
        let account = position(&mut self.accounts, &track.account);
        let carrier = position(&mut self.carriers, &track.carrier);
        let known = self.first(slot).map(|cell| cell.created);
        let registered = told.clone().into_iter().filter_map(|told| told.created);
        let registered = registered.chain(known).min();
        let cells = track.states.iter().map(|state| {
            let created = search::created(track, state, registered);
            let cell = Cell {
                last: search::moved(state, created),
                created,
                number,
                account,
                carrier,
                events: state.events,
                milestone: state.milestone as u8,
                reason: state.reason as u8,
            };
            (state.epoch, cell)
        });
        let mut cells: SmallVec<[(u16, Cell); 1]> = cells.collect();
        self.cells[slot] = cells.pop().map_or(EMPTY, |(_, cell)| cell);
        let slot = slot as u16;
        if !cells.is_empty() || self.journeys(slot) > 1 {
            self.older.retain(|older| older.slot != slot);
            let older = |(epoch, cell)| Older { slot, epoch, cell };
            self.older.extend(cells.into_iter().map(older));
            self.older
                .sort_unstable_by_key(|older| (older.slot, older.epoch));
        }
        for told in told {
            self.refer(slot, told);
        }
    }

    /// The first journey of a track.
    fn first(&self, slot: usize) -> Option<&Cell> {
        let at = self.older.partition_point(|o| usize::from(o.slot) < slot);
        let older = self.older.get(at).filter(|o| usize::from(o.slot) == slot);
        let newest = self.cells.get(slot).filter(|c| c.account != NOBODY);
        older.map(|older| &older.cell).or(newest)
    }

    fn journeys(&self, slot: u16) -> usize {
        1 + self.older_of(slot).len()
    }

    fn older_of(&self, slot: u16) -> &[Older] {
        let from = self.older.partition_point(|older| older.slot < slot);
        let to = self.older.partition_point(|older| older.slot <= slot);
        &self.older[from..to]
    }

    fn refer(&mut self, slot: u16, told: &Told) {
        if told.erased {
            self.references.retain(|(at, _)| *at != slot);
        }
        for reference in &told.references {
            if self.references_of(slot).any(|held| held == reference) {
                continue;
            }
            let text = self.text(reference);
            let at = self.references.partition_point(|(at, _)| *at <= slot);
            self.references.insert(at, (slot, text));
        }
    }

    fn references_of(&self, slot: u16) -> impl Iterator<Item = &str> {
        let from = self.references.partition_point(|(at, _)| *at < slot);
        let of = self.references[from..]
            .iter()
            .take_while(move |(at, _)| *at == slot);
        of.map(|(_, text)| self.read(*text))
    }

    /// Keeps a text; returns where.
    fn text(&mut self, text: &str) -> u32 {
        let at = self.texts.len() as u32;
        let mut out = Writer(std::mem::take(&mut self.texts));
        out.text(text);
        self.texts = out.0;
        at
    }

    fn read(&self, at: u32) -> &str {
        std::str::from_utf8(self.bytes_of(at)).unwrap_or_default()
    }

    fn bytes_of(&self, at: u32) -> &[u8] {
        let bytes = self.texts.get(at as usize..).unwrap_or_default();
        Reader(bytes).bytes().unwrap_or_default()
    }

    /// Shows what matches to `take`, the newest first, until it wants no more. `below`: only those
    /// before this place and epoch. Returns whether it wants more.
    pub fn find(
        &self,
        filter: &Filter<'_>,
        below: Option<(usize, u16)>,
        take: &mut impl FnMut(Match<'_>) -> bool,
    ) -> bool {
        let Some(account) = self.account(filter.query.account) else {
            return true;
        };
        let carrier = filter.query.carrier.as_deref().map(|wanted| {
            let at = self.carriers.iter().position(|code| **code == *wanted);
            at.map_or(NOBODY, |at| at as u16)
        });
        if carrier == Some(NOBODY) {
            return true;
        }
        let told = filter.reference.as_ref().map(|key| self.told(key));
        let matches = |slot: usize, cell: &Cell| {
            cell.account == account
                && filter.milestones[usize::from(cell.milestone)]
                && carrier.is_none_or(|carrier| cell.carrier == carrier)
                && told.as_ref().is_none_or(|told| told[slot])
                && filter.query.moved.hold(cell.last)
                && filter.query.created.hold(cell.created)
                && filter
                    .number
                    .as_ref()
                    .is_none_or(|key| begins(self.bytes_of(cell.number), key))
        };
        let (top, epochs) = below.unwrap_or((TRACKS, 0));
        let end = self.cells.len().min(top + usize::from(epochs > 0));
        let mut older = self.older.len();
        for slot in (0..end).rev() {
            while older > 0 && usize::from(self.older[older - 1].slot) > slot {
                older -= 1;
            }
            let before = older;
            while older > 0 && usize::from(self.older[older - 1].slot) == slot {
                older -= 1;
            }
            let mut show = |epoch: u16, cell: &Cell| {
                let behind = slot < top || epoch < epochs;
                !behind
                    || !matches(slot, cell)
                    || take(Match {
                        columns: self,
                        slot,
                        epoch,
                        cell: *cell,
                    })
            };
            let others = &self.older[older..before];
            let mut others = others.iter().rev().map(|other| (other.epoch, &other.cell));
            let newest = (before - older) as u16;
            if !show(newest, &self.cells[slot]) || !others.all(|(epoch, cell)| show(epoch, cell)) {
                return false;
            }
        }
        true
    }

    fn account(&self, account: AccountId) -> Option<u16> {
        let at = self.accounts.iter().position(|known| *known == account);
        at.map(|at| at as u16)
    }

    /// Places with a reference that begins so.
    fn told(&self, key: &str) -> Box<[bool; TRACKS]> {
        let mut told = Box::new([false; TRACKS]);
        for (slot, text) in &self.references {
            told[usize::from(*slot)] |= begins(self.bytes_of(*text), key);
        }
        told
    }

    pub fn encode(&self) -> Vec<u8> {
        let mut out = Writer::with_capacity(64 + self.cells.len() * 24);
        out.u8(FORMAT).varint(self.accounts.len() as u64);
        for account in &self.accounts {
            out.i64(account.0);
        }
        out.varint(self.carriers.len() as u64);
        for carrier in &self.carriers {
            out.text(carrier);
        }
        out.varint(self.cells.len() as u64);
        let mut before = Before::default();
        for cell in &self.cells {
            out.varint(u64::from(cell.account.wrapping_add(1)));
            if cell.account != NOBODY {
                cell.encode(&mut before, &mut out);
                before.write_number(self.read(cell.number), &mut out);
            }
        }
        out.varint(self.older.len() as u64);
        for Older { slot, epoch, cell } in &self.older {
            out.u16(*slot).u16(*epoch);
            cell.encode(&mut before, &mut out);
        }
        out.varint(self.references.len() as u64);
        for (slot, text) in &self.references {
            out.u16(*slot).text(self.read(*text));
        }
        out.0
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Truncated> {
        let mut row = Reader(bytes);
        if row.u8()? != FORMAT {
            return Err(Truncated);
        }
        let mut page = Self::default();
        for _ in 0..row.length()? {
            page.accounts.push(AccountId(row.i64()?));
        }
        for _ in 0..row.length()? {
            page.carriers.push(Arc::from(row.text()?));
        }
        let tracks = row.length()?;
        if tracks > TRACKS {
            return Err(Truncated);
        }
        page.cells = vec![EMPTY; tracks];
        page.texts.reserve(bytes.len());
        let mut before = Before::default();
        for slot in 0..tracks {
            let account = (row.varint()? as u16).wrapping_sub(1);
            if account == NOBODY {
                continue;
            }
            let mut cell = Cell::decode(account, &mut before, &mut row)?;
            let number = before.read_number(&mut row)?;
            cell.number = page.text(number);
            page.check(&cell)?;
            page.cells[slot] = cell;
        }
        for _ in 0..row.length()? {
            let (slot, epoch) = (row.u16()?, row.u16()?);
            let newest = *page.cells.get(usize::from(slot)).ok_or(Truncated)?;
            let mut cell = Cell::decode(newest.account, &mut before, &mut row)?;
            cell.number = newest.number;
            page.check(&cell)?;
            page.older.push(Older { slot, epoch, cell });
        }
        for _ in 0..row.length()? {
            let slot = row.u16()?;
            let text = page.text(row.text()?);
            if usize::from(slot) >= TRACKS {
                return Err(Truncated);
            }
            page.references.push((slot, text));
        }
        Ok(page)
    }

    fn check(&self, cell: &Cell) -> Result<(), Truncated> {
        let known = usize::from(cell.account) < self.accounts.len()
            && usize::from(cell.carrier) < self.carriers.len();
        if known { Ok(()) } else { Err(Truncated) }
    }
}

/// The place of a value in a dictionary, added where it is new.
fn position<T: PartialEq + Clone>(values: &mut Vec<T>, value: &T) -> u16 {
    let known = values.iter().position(|known| known == value);
    let at = known.unwrap_or_else(|| {
        values.push(value.clone());
        values.len() - 1
    });
    at as u16
}

/// What a cell's numbers are told against: its neighbour's.
#[derive(Default)]
struct Before {
    created: i64,
    number: Vec<u8>,
}

impl Before {
    fn write_number(&mut self, number: &str, out: &mut Writer) {
        let pairs = self.number.iter().zip(number.as_bytes());
        let shared = pairs.take_while(|(a, b)| a == b).count();
        out.varint(shared as u64)
            .bytes(&number.as_bytes()[shared..]);
        self.number.clear();
        self.number.extend_from_slice(number.as_bytes());
    }

    fn read_number(&mut self, row: &mut Reader<'_>) -> Result<&str, Truncated> {
        let shared = row.length()?;
        if shared > self.number.len() {
            return Err(Truncated);
        }
        self.number.truncate(shared);
        self.number.extend_from_slice(row.bytes()?);
        std::str::from_utf8(&self.number).map_err(|_| Truncated)
    }
}

impl Cell {
    fn encode(&self, before: &mut Before, out: &mut Writer) {
        out.varint(u64::from(self.carrier))
            .u8(self.milestone)
            .u8(self.reason)
            .varint(u64::from(self.events))
            .signed(self.created.wrapping_sub(before.created))
            .signed(self.last.wrapping_sub(self.created));
        before.created = self.created;
    }

    fn decode(account: u16, before: &mut Before, row: &mut Reader<'_>) -> Result<Self, Truncated> {
        let carrier = row.varint()? as u16;
        let (milestone, reason) = (row.u8()?, row.u8()?);
        let events = row.varint()? as u16;
        let created = before.created.wrapping_add(row.signed()?);
        before.created = created;
        Ok(Self {
            last: created.wrapping_add(row.signed()?),
            created,
            number: 0,
            account,
            carrier,
            events,
            milestone,
            reason,
        })
    }
}

/// A shipment that was asked for.
pub struct Match<'c> {
    columns: &'c Columns,
    slot: usize,
    epoch: u16,
    cell: Cell,
}

impl Match<'_> {
    /// Whose journey it is.
    pub const fn track(&self, page: i64) -> TrackId {
        TrackId(page * TRACKS as i64 + self.slot as i64)
    }

    pub fn row(&self, page: i64) -> ShipmentRow {
        let Self {
            columns,
            slot,
            epoch,
            cell,
        } = self;
        let track = self.track(page);
        let milestone = Milestone::from_number(cell.milestone);
        let references = columns.references_of(*slot as u16);
        let mut references: Vec<String> = references.map(str::to_owned).collect();
        references.sort_unstable();
        ShipmentRow {
            shipment: ShipmentId::new(track, *epoch),
            track,
            carrier: columns.carriers[usize::from(cell.carrier)].clone(),
            number: Arc::from(columns.read(cell.number)),
            stage: milestone.stage(),
            milestone,
            reason: Reason::from_number(cell.reason),
            last: cell.last,
            created: cell.created,
            events: cell.events,
            references,
        }
    }
}
