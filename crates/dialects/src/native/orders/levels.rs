//! Stock as our own API tells it.

use super::At;
use serde::Serialize;
use serde_json::{Value, json};
use trackway_model::orders::{Level, StockKey, StockMove};
use utoipa::ToSchema;

/// What there is of an item in a warehouse.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = StockLevel)]
pub struct LevelTold {
    item: i64,
    sku: String,
    warehouse: i64,
    /// Good and in the warehouse, reserved ones too.
    on_hand: i64,
    reserved: i64,
    /// What can be sold: on hand less reserved.
    available: i64,
    /// Announced by inbounds and returns.
    incoming: i64,
    damaged: i64,
}

impl LevelTold {
    pub fn of(sku: &str, key: StockKey, level: Level) -> Self {
        Self {
            item: key.item.0,
            sku: sku.to_owned(),
            warehouse: key.warehouse.0,
            on_hand: level.on_hand,
            reserved: level.reserved,
            available: level.available(),
            incoming: level.incoming,
            damaged: level.damaged,
        }
    }
}

/// A line of the ledger.
pub fn movement_told(number: u64, at: i64, moved: &StockMove) -> Value {
    json!({
        "number": number,
        "at": At(at),
        "item": moved.key.item.0,
        "warehouse": moved.key.warehouse.0,
        "movement": moved.movement.name(),
        "quantity": moved.quantity,
        "cause": (moved.cause.0 != 0).then_some(moved.cause.0),
    })
}
