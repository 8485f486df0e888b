//! Everything that a store holds, from either engine into either engine: for moving house, and for
//! the one form that a backup has.
//!
//! Guarantee, table by table. *As they are*, byte for byte: ids, log and positions in it, bodies of
//! the archive, tracks' rows (and with them root hashes and states), feed and its numbers, sealing
//! keys, sealed secrets, cursors, deliveries, attempts, meters, kept answers, the installation's own
//! secret. *Equivalent*, because they follow from the above: the index of numbers, shards, the blind
//! index of settings, tables for searching, sequences, and marks of how far rows were written. The
//! changes of a PostgreSQL that have no number yet get the ones that they would have got there.
//! What makes rows the same is `Contents`: a count and a digest of each table in a form that both
//! engines share; a copy whose contents differ from its source's is no copy.
//!
//! A source is read in one snapshot; a target is one transaction, or one file that is thrown away
//! if anything fails. Memory is bounded by a page of rows, whatever the size.

use crate::StoreError;
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

type Result<T> = std::result::Result<T, StoreError>;

/// Rows in a page, and bytes in it, about.
pub(crate) const PAGE_ROWS: usize = 2_000;
pub(crate) const PAGE_BYTES: usize = 4 << 20;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whole numbers of eight, four and two bytes.
    Long,
    Int,
    Short,
    Bool,
    Text,
    /// Words: one text with spaces between, or an array.
    Words,
    Bytes,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub name: &'static str,
    pub kind: Kind,
}

/// A table as both engines have it. Its first `key` columns are its order.
#[derive(Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    pub key: usize,
    pub columns: &'static [Column],
}

impl Table {
    pub fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|column| column.name)
    }

    /// Where a column stands.
    pub fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

macro_rules! tables {
    ($($table:ident ($key:literal): $($column:ident $kind:ident),+;)*) => {
        /// Every table that is copied, in the order of copying: what refers to others comes after
        /// them. A test holds the list to both engines' schemas.
        pub(crate) const TABLES: &[Table] = &[$(Table {
            name: stringify!($table),
            key: $key,
            columns: &[$(Column { name: stringify!($column), kind: Kind::$kind }),+],
        }),*];
    };
}

tables! {
    meta (1): name Text, value Text;
    log (1): id Long, body Bytes;
    track (1): id Long, body Bytes;
    track_key (1): track Long, since Long, wrapped Bytes;
    payload (1): id Long, track Long, body Bytes;
    feed (1): number Long, changes Int, body Bytes;
    account (1): id Long, name Text, created Long;
    api_key (1): id Long, account Long, dialect Text, name Text, created Long, expires Long,
        disabled Bool, client_id Long, user_name Text, scopes Words, key_hash Bytes, key Bytes,
        secret Bytes, password Bytes, used Long;
    connection (1): id Long, account Long, dialect Text, name Text, base_url Text, operator Bool,
        zone Text, paused Bool, created Long, token_hash Bytes, token Bytes, settings Bytes;
    endpoint (1): id Long, account Long, dialect Text, url Text, operator Bool, disabled Bool,
        created Long, settings Bytes, secret Bytes, former_secret Bytes, former_until Long;
    endpoint_cursor (2): endpoint Long, shard Short, number Long;
    registration (1): id Long, account Long, dialect Text, track Long, carrier Text, number Text,
        created Long, data Bytes, refs Bytes, clock_at Long, clock_told Short, clock_since Long,
        key Bytes, refreshed Long;
    poll (2): track Long, connection Long, account Long, carrier Text, number Text, due Long,
        failures Int, kind Short, heard Long;
    entrusted (2): track Long, connection Long, account Long, given Bytes, edits Int, refreshes Int,
        moved_from Long;
    endpoint_state (1): endpoint Long, breaker Short, since Long, failures Int, probes Int,
        rest Long, last_at Long, last_status Short, last_accepted Bool, gone Long, asked Long,
        progress Bytes;
    delivery (3): endpoint Long, shard Short, number Long, shipment Long, due Long, attempts Int,
        done Int, since Long, parked Long;
    attempt (1): id Long, account Long, earliest Long, latest Long, endpoint Long, shard Short,
        number Long, body Bytes;
    meter (2): meter Text, period Long, used Long;
    quota_use (2): budget Text, number Long, used Long;
    quota_refusal (1): budget Text, until Long, at Long, times Int, counted Long;
    quarantine (1): id Long, account Long, connection Long, known_by Bytes, oddity Short, times Long,
        first Long, last Long, body Bytes;
    quarantine_payload (1): id Long, quarantine Long, track Long, received Long, known_by Bytes,
        body Bytes;
    connection_state (1): connection Long, heard Long, changed Long, failed Long, failure Bytes,
        day Long, calls Long;
    idempotency (2): account Long, key Text, fingerprint Bytes, status Short, body Bytes,
        created Long;
    notice (2): shipment Long, recipient Bytes, account Long, address Bytes, language Text, stages Int,
        standing Short, created Long, changed Long;
    notice_policy (1): account Long, language Text, stages Int;
    mail (3): shipment Long, recipient Bytes, milestone Short, account Long, state Short, due Long,
        fresh_until Long, attempts Int, code Short, moved Long;
    mail_cursor (1): shard Short, number Long;
    record (1): id Long, account Long, kind Short, code Text, status Short, created Long,
        updated Long, created_by Long, updated_by Long, version Long, facts Bytes, personal Bytes;
    record_name (6): account Long, kind Short, name Short, text Bytes, scope Long, twin Long,
        record Long;
    record_facet (7): account Long, kind Short, facet Short, value Long, also Long, created Long,
        record Long;
    record_count (5): account Long, kind Short, facet Short, value Long, also Long, n Long;
    stock_level (2): item Long, warehouse Long, account Long, on_hand Long, reserved Long,
        incoming Long, damaged Long, moves Long;
    stock_move (3): item Long, warehouse Long, number Long, account Long, movement Short,
        quantity Long, cause Long, at Long, by Long;
    parcel_link (1): track Long, account Long, number Text, record Long;
    booking (1): fulfilment Long, connection Long, account Long, due Long, lease Long, news Long,
        tries Int, failures Int, told Long;
}

/// A value in the form that both engines share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Long(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Value {
    pub const fn long(&self) -> Option<i64> {
        match self {
            Self::Long(value) => Some(*value),
            Self::Null | Self::Text(_) | Self::Bytes(_) => None,
        }
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(value) => Some(value),
            Self::Null | Self::Long(_) | Self::Bytes(_) => None,
        }
    }

    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(value) => Some(value),
            Self::Null | Self::Long(_) | Self::Text(_) => None,
        }
    }

    pub fn size(&self) -> usize {
        match self {
            Self::Null | Self::Long(_) => 8,
            Self::Text(value) => value.len(),
            Self::Bytes(value) => value.len(),
        }
    }

    fn hash(&self, hasher: &mut blake3::Hasher) {
        let (tag, bytes): (u8, &[u8]) = match self {
            Self::Null => (0, &[]),
            Self::Long(value) => (1, &value.to_le_bytes()),
            Self::Text(value) => (2, value.as_bytes()),
            Self::Bytes(value) => (3, value),
        };
        hasher
            .update(&[tag])
            .update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
}

pub(crate) type Row = Vec<Value>;

/// How many rows a table has, and a sum over their hashes, whatever their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    pub rows: u64,
    pub sum: [u64; 2],
}

impl Tally {
    fn add(&mut self, row: &[Value]) {
        let mut hasher = blake3::Hasher::new();
        for value in row {
            value.hash(&mut hasher);
        }
        let mut digest = [[0; 8]; 2];
        hasher.finalize_xof().fill(digest.as_flattened_mut());
        for (sum, part) in self.sum.iter_mut().zip(digest) {
            *sum = sum.wrapping_add(u64::from_le_bytes(part));
        }
        self.rows += 1;
    }
}

/// What a store holds: equal contents are equal stores.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents(pub BTreeMap<String, Tally>);

impl Contents {
    fn add(&mut self, table: &Table, rows: &[Row]) -> u64 {
        let tally = self.0.entry(table.name.to_owned()).or_default();
        for row in rows {
            tally.add(row);
        }
        tally.rows
    }

    /// The tables in which two stores differ.
    pub fn differing(&self, other: &Self) -> Vec<String> {
        let tally = |of: &Self, name: &str| of.0.get(name).copied().unwrap_or_default();
        let mut names: Vec<_> = self.0.keys().chain(other.0.keys()).cloned().collect();
        names.sort_unstable();
        names.dedup();
        names.retain(|name| tally(self, name) != tally(other, name));
        names
    }

    /// Fails where a copy is not what it was made from.
    pub fn same_as(&self, other: &Self) -> Result<()> {
        let differing = self.differing(other);
        if differing.is_empty() {
            return Ok(());
        }
        let text = format!(
            "the copy differs from its source in {}",
            differing.join(", ")
        );
        Err(StoreError::engine("compared a copy with its source")(text))
    }
}

/// A store as it is read: one snapshot, table after table, each to its end.
#[async_trait]
pub(crate) trait Source: Send {
    /// The next rows of a table; none at its end.
    async fn page(&mut self, table: &'static Table) -> Result<Vec<Row>>;
}

/// A store as it is written: nothing is there before `finish`.
#[async_trait]
pub(crate) trait Target: Send {
    async fn write(&mut self, table: &'static Table, rows: Vec<Row>) -> Result<()>;
    async fn finish(&mut self) -> Result<()>;
}

/// Is told where a long work stands.
pub type Told<'a> = &'a (dyn Fn(Progress<'_>) + Send + Sync);

/// Where a long work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// Rows of a table that were copied.
    Copying { table: &'a str, rows: u64 },
    /// Bytes of a file that were copied, of so many.
    Reading { bytes: u64, of: u64 },
    /// The copy is opened, rebuilt from its log, and compared.
    Checking,
}

/// Copies everything. Returns what the source held.
pub(crate) async fn copy(
    source: &mut dyn Source,
    target: &mut dyn Target,
    told: Told<'_>,
) -> Result<Contents> {
    let mut contents = Contents::default();
    for table in TABLES {
        loop {
            let page = source.page(table).await?;
            let rows = contents.add(table, &page);
            told(Progress::Copying {
                table: table.name,
                rows,
            });
            if page.is_empty() {
                break;
            }
            target.write(table, page).await?;
        }
    }
    target.finish().await?;
    Ok(contents)
}

/// What a store holds.
pub(crate) async fn contents(source: &mut dyn Source) -> Result<Contents> {
    let mut contents = Contents::default();
    for table in TABLES {
        loop {
            let page = source.page(table).await?;
            contents.add(table, &page);
            if page.is_empty() {
                break;
            }
        }
    }
    Ok(contents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_knows_every_value_and_no_order() {
        let table = &TABLES[0];
        let row = |name: &str, value: &str| {
            vec![Value::Text(name.to_owned()), Value::Text(value.to_owned())]
        };
        let of = |rows: &[Row]| {
            let mut contents = Contents::default();
            contents.add(table, rows);
            contents
        };
        let both = of(&[row("a", "1"), row("b", "2")]);
        assert_eq!(both, of(&[row("b", "2"), row("a", "1")]));
        for other in [
            of(&[row("a", "1")]),
            of(&[row("a", "1"), row("b", "3")]),
            of(&[row("a1", ""), row("b", "2")]),
            of(&[row("a", "1"), vec![Value::Null, Value::Text("2".into())]]),
        ] {
            assert_eq!(both.differing(&other), ["meta"]);
            assert!(both.same_as(&other).is_err());
        }
        assert_eq!(Contents::default().differing(&both), ["meta"]);
    }
}
