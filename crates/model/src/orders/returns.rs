//! Returns: what a buyer sends back, and what its inspection found.

use super::machine::{Guard, Machine, Move, Who, states};
use super::record::numbered;
use super::{Decimal, Party, RecordId};
use serde::{Deserialize, Serialize};

states! {
    /// How far a return is.
    ReturnState {
        New = 1 "new",
        Approved = 2 "approved",
        Returning = 3 "returning",
        Received = 4 "received",
        Inspecting = 5 "inspecting",
        Exception = 6 "exception",
        Cancelled = 7 "cancelled",
        Lost = 8 "lost",
        Completed = 9 "completed",
    }
}

numbered! {
    ReturnReason {
        ItemDamaged = 1 "item_damaged",
        WrongItem = 2 "wrong_item",
        NotReceipt = 3 "not_receipt",
        Warranty = 4 "warranty",
        DifferentDescription = 5 "different_description",
        MutualAgree = 6 "mutual_agree",
        ChangeMind = 7 "change_mind",
        ExpectationFailed = 8 "expectation_failed",
        ItemFake = 9 "item_fake",
        PhysicalDamage = 10 "physical_dmg",
        FunctionalDamage = 11 "functional_dmg",
        Other = 12 "other",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReturnLine {
    pub id: u32,
    /// The order's line.
    pub line: u32,
    pub sku: String,
    pub name: String,
    pub sale_price: Decimal,
    pub quantity: i64,
    pub received: i64,
    pub damaged: i64,
    pub lost: i64,
    pub inspection_note: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Return {
    pub state: ReturnState,
    pub state_since: i64,
    pub order: RecordId,
    pub order_code: String,
    pub shop: RecordId,
    pub platform: String,
    /// Where the goods go.
    pub warehouse: RecordId,
    pub reason_type: ReturnReason,
    /// Stored sealed, as all that people write in words of their own.
    #[serde(skip)]
    pub reason: String,
    #[serde(skip)]
    pub note: String,
    pub lines: Vec<ReturnLine>,
    pub courier: Option<RecordId>,
    pub courier_link: Option<RecordId>,
    pub service: Option<RecordId>,
    pub parcel: Option<super::Parcel>,
    pub inbound: Option<RecordId>,
    pub received: Option<i64>,
    pub inspected: Option<i64>,
    pub completed: Option<i64>,
    pub cancelled: Option<i64>,
    /// Stored sealed.
    #[serde(skip)]
    pub cancel_reason: Option<String>,
    /// Stored sealed.
    #[serde(skip)]
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// Where it is collected. Stored sealed; None after an erasure, or where the buyer brings it.
    #[serde(skip)]
    pub pickup: Option<Party>,
}

use ReturnState as S;

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
    subject: "return",
    first: &[S::New],
    groups: &[],
    moves: &[
        go(
            &[S::New],
            S::Approved,
            &[Who::Merchant, Who::Warehouse, Who::System],
            Guard::Always,
        ),
        go(
            &[S::Approved],
            S::Returning,
            &[Who::Carrier, Who::Warehouse],
            Guard::Always,
        ),
        go(
            &[S::Approved, S::Returning],
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
            S::Exception,
            &[Who::Warehouse],
            Guard::Always,
        ),
        go(
            &[S::Inspecting, S::Exception],
            S::Completed,
            &[Who::Warehouse],
            Guard::Accounted,
        ),
        go(
            &[S::New, S::Approved],
            S::Cancelled,
            &[Who::Merchant, Who::Warehouse, Who::System],
            Guard::Always,
        ),
        go(
            &[S::Approved, S::Returning],
            S::Lost,
            &[Who::Carrier, Who::Warehouse],
            Guard::Always,
        ),
    ],
};
