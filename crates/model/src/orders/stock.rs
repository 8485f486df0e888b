//! Stock: a ledger of movements, and the levels that follow from it.
//!
//! Law: a level is the sum of its movements; on hand, reserved, incoming and damaged are never
//! negative, and reserved is never more than on hand.

use super::RecordId;
use super::record::numbered;
use serde::{Deserialize, Serialize};

/// What a level is of: an item in a warehouse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StockKey {
    pub item: RecordId,
    /// The pickup address that stands for the warehouse.
    pub warehouse: RecordId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Level {
    /// Good and in the warehouse, reserved ones too.
    pub on_hand: i64,
    pub reserved: i64,
    /// Announced by inbounds and returns.
    pub incoming: i64,
    pub damaged: i64,
}

numbered! {
    /// What a movement does to a level.
    Movement {
        Reserve = 1 "reserve",
        Release = 2 "release",
        /// Reserved ones leave the warehouse.
        Ship = 3 "ship",
        Announce = 4 "announce",
        /// Announced ones won't come.
        Retract = 5 "retract",
        /// Announced ones came in.
        Receive = 6 "receive",
        /// Announced ones came in, and are not fit to be sold.
        ReceiveDamaged = 7 "receive_damaged",
        /// A count of the shelves found more.
        Found = 8 "found",
        /// A count of the shelves found less.
        Missing = 9 "missing",
        /// What was good on the shelf is not any more.
        Spoil = 10 "spoil",
        /// Damaged ones were thrown away.
        Discard = 11 "discard",
    }
}

/// A movement, of a positive quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockMove {
    pub key: StockKey,
    pub movement: Movement,
    pub quantity: i64,
    /// The order, inbound or return on whose account it is; 0 for none.
    pub cause: RecordId,
}

/// A movement would break the law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overdrawn;

impl Level {
    pub const fn available(self) -> i64 {
        self.on_hand - self.reserved
    }

    /// What a movement adds to (on hand, reserved, incoming, damaged), for one piece.
    pub const fn effect(movement: Movement) -> Self {
        let (on_hand, reserved, incoming, damaged) = match movement {
            Movement::Reserve => (0, 1, 0, 0),
            Movement::Release => (0, -1, 0, 0),
            Movement::Ship => (-1, -1, 0, 0),
            Movement::Announce => (0, 0, 1, 0),
            Movement::Retract => (0, 0, -1, 0),
            Movement::Receive => (1, 0, -1, 0),
            Movement::ReceiveDamaged => (0, 0, -1, 1),
            Movement::Found => (1, 0, 0, 0),
            Movement::Missing => (-1, 0, 0, 0),
            Movement::Spoil => (-1, 0, 0, 1),
            Movement::Discard => (0, 0, 0, -1),
        };
        Self {
            on_hand,
            reserved,
            incoming,
            damaged,
        }
    }

    /// The level after a movement; the quantity must be positive.
    pub fn after(self, movement: Movement, quantity: i64) -> Result<Self, Overdrawn> {
        if quantity <= 0 {
            return Err(Overdrawn);
        }
        let by = Self::effect(movement);
        let add = |have: i64, sign: i64| {
            sign.checked_mul(quantity)
                .and_then(|more| have.checked_add(more))
                .filter(|sum| *sum >= 0)
                .ok_or(Overdrawn)
        };
        let after = Self {
            on_hand: add(self.on_hand, by.on_hand)?,
            reserved: add(self.reserved, by.reserved)?,
            incoming: add(self.incoming, by.incoming)?,
            damaged: add(self.damaged, by.damaged)?,
        };
        if after.reserved > after.on_hand {
            return Err(Overdrawn);
        }
        Ok(after)
    }
}
