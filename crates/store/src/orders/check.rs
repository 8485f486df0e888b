//! The check that levels are the sum of their movements, and kept counts the number of their rows.

use super::ranges::Range;
use trackway_model::orders::{Kind, Level, Movement};

/// A level with its movements of one kind, as they add up; no kind where there are none.
#[derive(Clone, Copy, Debug)]
pub struct StockRow {
    pub item: i64,
    pub warehouse: i64,
    pub level: Level,
    /// The number of its last movement.
    pub moves: i64,
    pub movement: Option<u8>,
    pub count: i64,
    pub quantity: i64,
}

/// A kept count that is not the number of its rows.
#[derive(Clone, Copy, Debug)]
pub struct MiscountRow {
    pub account: i64,
    pub kind: u8,
    pub range: Range,
    pub kept: i64,
    pub rows: i64,
}

/// What is wrong with levels; the rows of a level stand together.
pub fn unbalanced(rows: &[StockRow]) -> Vec<String> {
    let levels = rows.chunk_by(|a, b| (a.item, a.warehouse) == (b.item, b.warehouse));
    levels.filter_map(unbalanced_level).collect()
}

fn unbalanced_level(rows: &[StockRow]) -> Option<String> {
    let first = rows.first()?;
    let mut sum = Level::default();
    let mut count = 0;
    for row in rows {
        count += row.count;
        let Some(number) = row.movement else { continue };
        let effect = Movement::from_number(number).map(Level::effect)?;
        sum.on_hand += effect.on_hand * row.quantity;
        sum.reserved += effect.reserved * row.quantity;
        sum.incoming += effect.incoming * row.quantity;
        sum.damaged += effect.damaged * row.quantity;
    }
    let StockRow {
        item,
        warehouse,
        level,
        moves,
        ..
    } = *first;
    let balanced = sum == level && count == moves;
    (!balanced).then(|| {
        format!(
            "item {item} in warehouse {warehouse} stands at {level:?} after {moves} movements; its \
             {count} movements come to {sum:?}"
        )
    })
}

/// What is wrong with counts.
pub fn miscounted(rows: &[MiscountRow]) -> Vec<String> {
    let told = |row: &MiscountRow| {
        let kind = Kind::from_number(row.kind).map_or("kind", Kind::name);
        let MiscountRow {
            account,
            range,
            kept,
            rows,
            ..
        } = row;
        let range = range.told();
        format!("account {account}: {kept} {kind} by {range} are counted, {rows} are there")
    };
    rows.iter().map(told).collect()
}
