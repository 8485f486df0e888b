//! What a batch comes to, written in one round trip: rows, indexes, counts, levels, ledger.

use super::super::bookings;
use super::super::commit::some;
use super::super::connect::{Work, prepared};
use super::super::sql;
use super::{Result, short};
use crate::StoreError;
use crate::orders::{CountKey, Diff, FacetKey, Ledgered, NameKey, Standing, Writes, seal_personal};
use crate::seal::Sealer;
use trackway_model::orders::{Level, Record, StockKey};

/// Columns of records.
#[derive(Default)]
struct Records {
    ids: Vec<i64>,
    accounts: Vec<i64>,
    kinds: Vec<i16>,
    codes: Vec<String>,
    statuses: Vec<i16>,
    created: Vec<i64>,
    updated: Vec<i64>,
    created_by: Vec<i64>,
    updated_by: Vec<i64>,
    versions: Vec<i64>,
    facts: Vec<Vec<u8>>,
    personal: Vec<Option<Vec<u8>>>,
    before: Vec<i64>,
}

impl Records {
    fn push(&mut self, sealer: &Sealer, before: Option<&Record>, record: &Record) {
        self.ids.push(record.id.0);
        self.accounts.push(record.account.0);
        self.kinds.push(short(record.kind().number()));
        self.codes.push(record.code.clone());
        self.statuses.push(record.status() as i16);
        self.created.push(record.created);
        self.updated.push(record.updated);
        self.created_by.push(record.created_by);
        self.updated_by.push(record.updated_by);
        self.versions.push(i64::from(record.version));
        self.facts.push(record.body.facts());
        self.personal.push(seal_personal(sealer, record));
        let version = before.map_or(0, |before| i64::from(before.version));
        self.before.push(version);
    }
}

/// Columns of an index.
#[derive(Default)]
struct Keys {
    accounts: Vec<i64>,
    kinds: Vec<i16>,
    names: Vec<i16>,
    texts: Vec<Vec<u8>>,
    values: Vec<i64>,
    alsos: Vec<i64>,
    more: Vec<i64>,
    records: Vec<i64>,
}

impl Keys {
    fn named<'k>(keys: impl IntoIterator<Item = &'k NameKey>) -> Self {
        let mut columns = Self::default();
        for key in keys {
            columns.accounts.push(key.account);
            columns.kinds.push(short(key.kind));
            columns.names.push(short(key.name));
            columns.texts.push(key.text.clone());
            columns.values.push(key.scope);
            columns.more.push(key.twin);
            columns.records.push(key.record);
        }
        columns
    }

    fn count(&mut self, key: &CountKey) {
        self.accounts.push(key.account);
        self.kinds.push(short(key.kind));
        self.names.push(short(key.range.facet));
        self.values.push(key.range.value);
        self.alsos.push(key.range.also);
    }

    fn facets<'k>(keys: impl IntoIterator<Item = &'k FacetKey>) -> Self {
        let mut columns = Self::default();
        for key in keys {
            columns.count(&key.of);
            columns.more.push(key.created);
            columns.records.push(key.record);
        }
        columns
    }

    fn is_empty(&self) -> bool {
        self.accounts.is_empty()
    }
}

/// Columns of levels or of movements.
#[derive(Default)]
struct Stock {
    items: Vec<i64>,
    warehouses: Vec<i64>,
    accounts: Vec<i64>,
    levels: [Vec<i64>; 4],
    numbers: Vec<i64>,
    before: Vec<i64>,
    movements: Vec<i16>,
}

impl Stock {
    fn key(&mut self, key: &StockKey, account: i64) {
        self.items.push(key.item.0);
        self.warehouses.push(key.warehouse.0);
        self.accounts.push(account);
    }

    fn level(&mut self, key: &StockKey, standing: &Standing) {
        self.key(key, standing.account.0);
        let Level {
            on_hand,
            reserved,
            incoming,
            damaged,
        } = standing.level;
        let parts = [on_hand, reserved, incoming, damaged];
        for (column, part) in self.levels.iter_mut().zip(parts) {
            column.push(part);
        }
        self.numbers.push(standing.number as i64);
        self.before.push(standing.before as i64);
    }

    /// Quantity, cause, time and author stand where levels have their parts.
    fn movement(&mut self, Ledgered { account, entry }: &Ledgered) {
        let moved = entry.movement;
        self.key(&moved.key, account.0);
        let parts = [moved.quantity, moved.cause.0, entry.at, entry.by];
        for (column, part) in self.levels.iter_mut().zip(parts) {
            column.push(part);
        }
        self.numbers.push(entry.number as i64);
        self.movements.push(short(moved.movement.number()));
    }

    fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Writes all of it into an open transaction.
pub async fn write(work: &Work, sealer: &Sealer, writes: &Writes) -> Result<()> {
    Box::pin(indexes(work, sealer, writes)).await?;
    Box::pin(bookings::note(work, writes)).await?;
    Box::pin(stock(work, writes)).await
}

async fn indexes(work: &Work, sealer: &Sealer, writes: &Writes) -> Result<()> {
    if writes.records.is_empty() {
        return Ok(());
    }
    let (mut new, mut old) = (Records::default(), Records::default());
    for (before, after) in writes.records.values() {
        let rows = if before.is_some() { &mut old } else { &mut new };
        rows.push(sealer, before.as_deref(), after);
    }
    let diff = Diff::of(sealer, writes);
    let (names_gone, names_new) = (Keys::named(&diff.names_gone), Keys::named(&diff.names_new));
    let (gone, made) = (
        Keys::facets(&diff.facets_gone),
        Keys::facets(&diff.facets_new),
    );
    let (mut counts, mut by) = (Keys::default(), Vec::with_capacity(diff.counts.len()));
    for (key, more) in &diff.counts {
        counts.count(key);
        by.push(*more);
    }
    let client = work.client();
    let (create, update, unname, name, unfacet, facet, count) = futures::try_join!(
        prepared(client, &sql::RECORD_CREATE),
        prepared(client, &sql::RECORD_UPDATE),
        prepared(client, &sql::RECORD_NAME_DELETE),
        prepared(client, &sql::RECORD_NAME_CREATE),
        prepared(client, &sql::RECORD_FACET_DELETE),
        prepared(client, &sql::RECORD_FACET_CREATE),
        prepared(client, &sql::RECORD_COUNT_ADD),
    )?;
    // Polled in this order when first polled, so sent in this order.
    futures::try_join!(
        some(!new.ids.is_empty(), async {
            let it = &new;
            client
                .execute(
                    &create,
                    &[
                        &it.ids,
                        &it.accounts,
                        &it.kinds,
                        &it.codes,
                        &it.statuses,
                        &it.created,
                        &it.updated,
                        &it.created_by,
                        &it.updated_by,
                        &it.versions,
                        &it.facts,
                        &it.personal,
                    ],
                )
                .await
        }),
        some(!old.ids.is_empty(), async {
            let it = &old;
            client
                .execute(
                    &update,
                    &[
                        &it.ids,
                        &it.codes,
                        &it.statuses,
                        &it.created,
                        &it.updated,
                        &it.created_by,
                        &it.updated_by,
                        &it.versions,
                        &it.facts,
                        &it.personal,
                        &it.before,
                    ],
                )
                .await
        }),
        some(!names_gone.is_empty(), async {
            let it = &names_gone;
            let key: [&(dyn tokio_postgres::types::ToSql + Sync); 6] = [
                &it.accounts,
                &it.kinds,
                &it.names,
                &it.texts,
                &it.values,
                &it.more,
            ];
            client.execute(&unname, &key).await
        }),
        some(!names_new.is_empty(), async {
            let it = &names_new;
            client
                .execute(
                    &name,
                    &[
                        &it.accounts,
                        &it.kinds,
                        &it.names,
                        &it.texts,
                        &it.values,
                        &it.more,
                        &it.records,
                    ],
                )
                .await
        }),
        some(!gone.is_empty(), async {
            client.execute(&unfacet, &facet_columns(&gone)).await
        }),
        some(!made.is_empty(), async {
            client.execute(&facet, &facet_columns(&made)).await
        }),
        some(!counts.is_empty(), async {
            let it = &counts;
            client
                .execute(
                    &count,
                    &[
                        &it.accounts,
                        &it.kinds,
                        &it.names,
                        &it.values,
                        &it.alsos,
                        &by,
                    ],
                )
                .await
        }),
    )
    .map_err(StoreError::engine(sql::RECORD_CREATE.doing))?;
    Ok(())
}

fn facet_columns(keys: &Keys) -> [&(dyn tokio_postgres::types::ToSql + Sync); 7] {
    [
        &keys.accounts,
        &keys.kinds,
        &keys.names,
        &keys.values,
        &keys.alsos,
        &keys.more,
        &keys.records,
    ]
}

async fn stock(work: &Work, writes: &Writes) -> Result<()> {
    if writes.levels.is_empty() {
        return Ok(());
    }
    let (mut new, mut old, mut moves) = (Stock::default(), Stock::default(), Stock::default());
    // In the order of their keys, as everybody writes them.
    for (key, standing) in &writes.levels {
        let rows = if standing.before == 0 {
            &mut new
        } else {
            &mut old
        };
        rows.level(key, standing);
    }
    for movement in &writes.moves {
        moves.movement(movement);
    }
    let client = work.client();
    let (create, update, append) = futures::try_join!(
        prepared(client, &sql::STOCK_LEVEL_CREATE),
        prepared(client, &sql::STOCK_LEVEL_UPDATE),
        prepared(client, &sql::STOCK_MOVE_APPEND),
    )?;
    futures::try_join!(
        some(!new.is_empty(), async {
            let [on_hand, reserved, incoming, damaged] = &new.levels;
            client
                .execute(
                    &create,
                    &[
                        &new.items,
                        &new.warehouses,
                        &new.accounts,
                        on_hand,
                        reserved,
                        incoming,
                        damaged,
                        &new.numbers,
                    ],
                )
                .await
        }),
        some(!old.is_empty(), async {
            let [on_hand, reserved, incoming, damaged] = &old.levels;
            client
                .execute(
                    &update,
                    &[
                        &old.items,
                        &old.warehouses,
                        &old.accounts,
                        on_hand,
                        reserved,
                        incoming,
                        damaged,
                        &old.numbers,
                        &old.before,
                    ],
                )
                .await
        }),
        some(!moves.is_empty(), async {
            let [quantities, causes, times, authors] = &moves.levels;
            client
                .execute(
                    &append,
                    &[
                        &moves.items,
                        &moves.warehouses,
                        &moves.numbers,
                        &moves.accounts,
                        &moves.movements,
                        quantities,
                        causes,
                        times,
                        authors,
                    ],
                )
                .await
        }),
    )
    .map_err(StoreError::engine(sql::STOCK_LEVEL_UPDATE.doing))?;
    Ok(())
}
