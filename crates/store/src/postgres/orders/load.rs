//! Loading what decisions want to see: all of a round in one round trip.

use super::super::commit::some;
use super::super::connect::{Work, prepared};
use super::super::numbers::NumberKey;
use super::super::sql;
use super::{Result, level, row, short};
use crate::StoreError;
use crate::orders::{Found, text_key};
use crate::seal::Sealer;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;
use tokio_postgres::Row;
use trackway_model::AccountId;
use trackway_model::orders::{Facet, Kind, Level, Record, RecordId, Want};

/// Children that a decision is shown; a record with more is refused.
const MOST_CHILDREN: i64 = 10_000;

type Wish = (AccountId, Want);

/// Wishes of one kind, with the columns that they are asked by.
#[derive(Default)]
struct Asked {
    wishes: Vec<Wish>,
    accounts: Vec<i64>,
    kinds: Vec<i16>,
    names: Vec<i16>,
    texts: Vec<Vec<u8>>,
    others: Vec<Vec<u8>>,
    ids: Vec<i64>,
    more: Vec<i64>,
}

impl Asked {
    fn is_empty(&self) -> bool {
        self.wishes.is_empty()
    }

    fn by_kind(&mut self, kind: Kind, id: RecordId) {
        self.kinds.push(short(kind.number()));
        self.ids.push(id.0);
    }
}

#[derive(Default)]
struct All {
    records: Asked,
    named: Asked,
    children: Asked,
    levels: Asked,
    parcels: Asked,
}

impl All {
    fn of(sealer: &Sealer, wanted: BTreeSet<Wish>) -> Self {
        let mut all = Self::default();
        for (account, want) in wanted {
            let asked = match &want {
                Want::Record(kind, id) => {
                    all.records.by_kind(*kind, *id);
                    &mut all.records
                }
                Want::Named(kind, name) => {
                    let asked = &mut all.named;
                    asked.by_kind(*kind, name.scope);
                    asked.names.push(short(name.kind.number()));
                    asked
                        .texts
                        .push(text_key(sealer, account, name.kind, &name.text));
                    asked
                }
                Want::Children(kind, parent) => {
                    all.children.by_kind(*kind, *parent);
                    &mut all.children
                }
                Want::Stock(key) => {
                    let asked = &mut all.levels;
                    asked.ids.push(key.item.0);
                    asked.more.push(key.warehouse.0);
                    asked
                }
                Want::Parcel(carrier, number) => {
                    let key = NumberKey::new(account, carrier, number);
                    let asked = &mut all.parcels;
                    asked.texts.push(key.carrier);
                    asked.others.push(key.number);
                    asked
                }
                Want::Ids(_) => continue,
            };
            asked.accounts.push(account.0);
            asked.wishes.push((account, want));
        }
        all
    }
}

/// Answers to all wishes but those for ids.
pub async fn load(
    work: &Work,
    sealer: &Sealer,
    wanted: BTreeSet<Wish>,
) -> Result<Vec<(Wish, Found)>> {
    let All {
        records,
        named,
        children,
        levels,
        parcels,
    } = All::of(sealer, wanted);
    let client = work.client();
    let (of_records, of_names, of_parents, of_levels, of_parcels) = futures::try_join!(
        prepared(client, &sql::RECORD_SOME),
        prepared(client, &sql::RECORD_NAMED),
        prepared(client, &sql::RECORD_CHILDREN),
        prepared(client, &sql::STOCK_LEVEL_SOME),
        prepared(client, &sql::RECORD_OF_PARCEL),
    )?;
    let (parent, most) = (short(Facet::Parent.number()), MOST_CHILDREN + 1);
    let (found, by_name, by_parent, stands, by_parcel) = futures::try_join!(
        some(!records.is_empty(), async {
            client.query(&of_records, &[&records.ids]).await
        }),
        some(!named.is_empty(), async {
            let Asked {
                accounts,
                kinds,
                names,
                texts,
                ids,
                ..
            } = &named;
            client
                .query(&of_names, &[accounts, kinds, names, texts, ids])
                .await
        }),
        some(!children.is_empty(), async {
            let Asked {
                accounts,
                kinds,
                ids,
                ..
            } = &children;
            client
                .query(&of_parents, &[accounts, kinds, ids, &parent, &most])
                .await
        }),
        some(!levels.is_empty(), async {
            let Asked {
                accounts,
                ids,
                more,
                ..
            } = &levels;
            client.query(&of_levels, &[accounts, ids, more]).await
        }),
        some(!parcels.is_empty(), async {
            let Asked {
                accounts,
                texts,
                others,
                ..
            } = &parcels;
            client.query(&of_parcels, &[accounts, texts, others]).await
        }),
    )
    .map_err(StoreError::engine(sql::RECORD_SOME.doing))?;
    let mut answers = by_id(sealer, records, &found.unwrap_or_default())?;
    for (asked, rows) in [(named, by_name), (parcels, by_parcel)] {
        let mut found = numbered(sealer, &rows.unwrap_or_default())?;
        for (at, wish) in asked.wishes.into_iter().enumerate() {
            let record = found.remove(&at).and_then(|mut records| records.pop());
            answers.push((wish, Found::Record(record)));
        }
    }
    let mut found = numbered(sealer, &by_parent.unwrap_or_default())?;
    for (at, wish) in children.wishes.into_iter().enumerate() {
        let records = found.remove(&at).unwrap_or_default();
        if records.len() as i64 > MOST_CHILDREN {
            let told = format!("a record has more than {MOST_CHILDREN} of a kind");
            return Err(StoreError::engine("decided about a command")(told));
        }
        answers.push((wish, Found::Children(records)));
    }
    let stands = stands.unwrap_or_default();
    let mut stands: HashMap<usize, (Level, u64)> = stands
        .iter()
        .map(|row| {
            (
                place(row, 5),
                (level(row), row.get::<_, i64>(4).unsigned_abs()),
            )
        })
        .collect();
    for (at, wish) in levels.wishes.into_iter().enumerate() {
        let (level, number) = stands.remove(&at).unwrap_or_default();
        answers.push((wish, Found::Level(level, number)));
    }
    Ok(answers)
}

fn by_id(sealer: &Sealer, asked: Asked, rows: &[Row]) -> Result<Vec<(Wish, Found)>> {
    let mut found: HashMap<i64, Arc<Record>> = HashMap::with_capacity(rows.len());
    for stored in rows {
        let record = row(stored).open(sealer)?;
        found.insert(record.id.0, Arc::new(record));
    }
    let answer = |(account, want): Wish| {
        let record = match &want {
            Want::Record(kind, id) => found
                .get(&id.0)
                .filter(|record| record.account == account && record.kind() == *kind),
            _ => None,
        };
        let record = record.cloned();
        ((account, want), Found::Record(record))
    };
    Ok(asked.wishes.into_iter().map(answer).collect())
}

/// Records by the place of the wish that they answer, which the last column numbers.
fn numbered(sealer: &Sealer, rows: &[Row]) -> Result<HashMap<usize, Vec<Arc<Record>>>> {
    let mut found: HashMap<usize, Vec<Arc<Record>>> = HashMap::new();
    for stored in rows {
        let record = Arc::new(row(stored).open(sealer)?);
        found.entry(place(stored, 11)).or_default().push(record);
    }
    Ok(found)
}

/// An array's element is numbered from 1.
fn place(row: &Row, column: usize) -> usize {
    usize::try_from(row.get::<_, i64>(column) - 1).unwrap_or(usize::MAX)
}
