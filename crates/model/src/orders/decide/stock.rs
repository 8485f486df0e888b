//! Stock: what lines take of it, and what a count of the shelves finds.

use super::check::{invalid, quantity};
use super::look;
use crate::orders::{
    Books, ItemPart, Movement, RecordId, Refusal, StockKey, StockMove, Stop, Verdict,
};
use std::collections::BTreeMap;

/// How many of each item so many lines take.
pub fn demand<'a>(
    lines: impl IntoIterator<Item = (&'a [ItemPart], i64)>,
) -> BTreeMap<RecordId, i64> {
    let mut demand = BTreeMap::<RecordId, i64>::new();
    for (parts, quantity) in lines {
        for part in parts {
            let sum = demand.entry(part.item).or_default();
            *sum = sum.saturating_add(part.quantity.saturating_mul(quantity));
        }
    }
    demand.retain(|_, quantity| *quantity > 0);
    demand
}

/// The movements of a demand at a warehouse.
pub fn moves(
    demand: &BTreeMap<RecordId, i64>,
    warehouse: RecordId,
    movement: Movement,
    cause: RecordId,
) -> impl Iterator<Item = StockMove> {
    demand.iter().map(move |(item, quantity)| StockMove {
        key: StockKey {
            item: *item,
            warehouse,
        },
        movement,
        quantity: *quantity,
        cause,
    })
}

/// Reserves a demand, if all of it can be had.
pub fn reserve(
    demand: &BTreeMap<RecordId, i64>,
    warehouse: RecordId,
    cause: RecordId,
    books: &Books<'_>,
) -> Result<Vec<StockMove>, Stop> {
    let moves: Vec<_> = moves(demand, warehouse, Movement::Reserve, cause).collect();
    let levels: Vec<_> = moves.iter().map(|it| books.level(it.key)).collect();
    for (it, level) in moves.iter().zip(levels) {
        let available = level?.available();
        if available < it.quantity {
            return Err(short(it.key, it.quantity, available, books)?.into());
        }
    }
    Ok(moves)
}

fn short(key: StockKey, wanted: i64, available: i64, books: &Books<'_>) -> Result<Refusal, Stop> {
    Ok(Refusal::OutOfStock {
        sku: look::item(books, key.item)?.body.sku.clone(),
        wanted,
        available,
    })
}

/// What somebody found on the shelf; all other movements follow from records.
pub fn counted(
    key: StockKey,
    movement: Movement,
    given: i64,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    quantity("quantity", given)?;
    match movement {
        Movement::Found | Movement::Missing | Movement::Spoil | Movement::Discard => {}
        Movement::Reserve
        | Movement::Release
        | Movement::Ship
        | Movement::Announce
        | Movement::Retract
        | Movement::Receive
        | Movement::ReceiveDamaged => {
            return Err(invalid(
                "movement",
                format!("{movement} follows from orders, inbounds and returns; it can't be booked"),
            )
            .into());
        }
    }
    let item = look::item(books, key.item);
    let warehouse = look::pickup(books, key.warehouse);
    let level = books.level(key);
    item?;
    warehouse?;
    let level = level?;
    if level.after(movement, given).is_err() {
        let there = if movement == Movement::Discard {
            level.damaged
        } else {
            level.available()
        };
        return Err(if there < given {
            short(key, given, there, books)?.into()
        } else {
            invalid("quantity", "is more than a level can hold").into()
        });
    }
    Ok(Verdict {
        moves: vec![StockMove {
            key,
            movement,
            quantity: given,
            cause: RecordId(0),
        }],
        ..Verdict::default()
    })
}
