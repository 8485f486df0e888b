//! Inbounds: goods announced to a warehouse, what came of them, and in what condition.

use super::machine::{Guard, Machine, Move, Who, states};
use super::record::numbered;
use super::{Decimal, RecordId};
use serde::{Deserialize, Serialize};

states! {
    /// How far an inbound is.
    InboundState {
        New = 1 "new",
        AwaitingArrival = 2 "awaiting_arrival",
        Received = 3 "received",
        Inspecting = 4 "inspecting",
        Completed = 5 "completed",
        Cancelled = 6 "cancelled",
    }
}

numbered! {
    InboundType {
        PurchaseOrder = 1 "purchase_order",
        Return = 2 "return",
        Transfer = 3 "transfer",
    }
}

/// Received, damaged and lost are counted by the inspection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InboundLine {
    pub id: u32,
    pub item: RecordId,
    pub sku: String,
    pub quantity: i64,
    pub received: i64,
    /// By the three grades of damage.
    pub damaged: [i64; 3],
    pub lost: i64,
    pub cost: Decimal,
    pub parcel_code: String,
    pub inspection_note: String,
    pub inspected: Option<i64>,
    /// As the warehouse measured it: grams, and centimetres as `LxWxH`.
    pub weight: Option<i64>,
    pub volume: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbound {
    pub state: InboundState,
    pub state_since: i64,
    pub inbound_type: InboundType,
    pub reference: Option<String>,
    /// The return that it brings.
    pub return_: Option<RecordId>,
    pub warehouse: RecordId,
    pub vendor: Option<RecordId>,
    pub note: String,
    pub parcels: i64,
    pub additional_services: Vec<String>,
    pub priority: bool,
    pub documents: Vec<String>,
    pub lines: Vec<InboundLine>,
    pub estimated_delivery: Option<i64>,
    pub received: Option<i64>,
    pub inspected: Option<i64>,
    pub completed: Option<i64>,
    pub cancelled: Option<i64>,
    pub cancel_reason: Option<String>,
    #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
    pub extra: serde_json::Map<String, serde_json::Value>,
}

use InboundState as S;

const fn go(from: &'static [S], to: S, who: &'static [Who], guard: Guard) -> Move<S> {
    Move {
        from,
        to,
        who,
        guard,
    }
}

/// nandh-oms.md §9, "Transitions"; all of it proposed there.
pub const MACHINE: Machine<S> = Machine {
    subject: "inbound",
    // What a return brings is announced by its arrival.
    first: &[S::New, S::Received],
    groups: &[],
    moves: &[
        go(
            &[S::New],
            S::AwaitingArrival,
            &[Who::Merchant, Who::Warehouse, Who::System],
            Guard::Always,
        ),
        go(
            &[S::New, S::AwaitingArrival],
            S::Received,
            &[Who::Warehouse],
            Guard::Always,
        ),
        go(
            &[S::Received],
            S::Inspecting,
            &[Who::Warehouse],
            Guard::Always,
        ),
        go(
            &[S::Inspecting],
            S::Completed,
            &[Who::Warehouse],
            Guard::Accounted,
        ),
        go(
            &[S::New, S::AwaitingArrival],
            S::Cancelled,
            &[Who::Merchant, Who::Warehouse, Who::System],
            Guard::Always,
        ),
    ],
};
