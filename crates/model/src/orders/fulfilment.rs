//! Fulfilments: what of an order leaves together. Their parcels are tracked shipments of the hub.

use super::machine::{Guard, Machine, Move, Who, states};
use super::{Booking, Consigned, Decimal, Party, RecordId, Wished};
use serde::{Deserialize, Serialize};

states! {
    /// How far a fulfilment is.
    FulfilmentState {
        AwaitingLabel = 1 "awaiting_label",
        Allocating = 2 "allocating",
        Unfulfilled = 3 "unfulfilled",
        OutOfStock = 4 "out_of_stock",
        DriverRefused = 5 "driver_refused",
        PickupRefused = 6 "pickup_refused",
        PickupFailed = 7 "pickup_failed",
        WarehouseException = 8 "warehouse_exception",
        CancelAskedByCourier = 9 "cancel_asked_by_courier",
        CancelledAwaitingReturn = 10 "cancelled_awaiting_return",
        AwaitingPackaging = 11 "awaiting_packaging",
        Packing = 12 "packing",
        ReadyToShip = 13 "ready_to_ship",
        AssigningDriver = 14 "assigning_driver",
        AwaitingHandover = 15 "awaiting_handover",
        Shipped = 16 "shipped",
        InTransit = 17 "in_transit",
        AttemptFailed = 18 "attempt_failed",
        AwaitingRedelivery = 19 "awaiting_redelivery",
        OutForDelivery = 20 "out_for_delivery",
        Returning = 21 "returning",
        Delivered = 22 "delivered",
        Cancelled = 23 "cancelled",
        Returned = 24 "returned",
        Lost = 25 "lost",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FulfilmentLine {
    /// The order's line.
    pub line: u32,
    pub quantity: i64,
}

/// A parcel on its way: a tracked shipment of the hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parcel {
    /// Our carrier code.
    pub carrier: String,
    pub waybill: String,
    /// What its tracked shipment told last.
    pub milestone: crate::Milestone,
    pub at: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fulfilment {
    pub state: FulfilmentState,
    pub state_since: i64,
    pub order: RecordId,
    pub order_code: String,
    pub order_number: String,
    pub shop: RecordId,
    pub platform: String,
    pub pickup: RecordId,
    pub lines: Vec<FulfilmentLine>,
    pub parcels: Vec<Parcel>,
    pub courier: Option<RecordId>,
    pub courier_link: Option<RecordId>,
    pub service: Option<RecordId>,
    pub box_size: Option<RecordId>,
    pub cod: Decimal,
    /// Where its carrier is told of it by us.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking: Option<Booking>,
    /// Where it was given to its carrier through the carrier's own API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consigned: Option<Box<Consigned>>,
    /// What its sender wished while the carrier waited for a word, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wishes: Vec<Wished>,
    pub label_code: String,
    pub label_url: Option<String>,
    pub weighed: Option<i64>,
    /// Stored sealed.
    #[serde(skip)]
    pub cancel_reason: Option<String>,
    pub fulfilled: Option<i64>,
    pub shipped: Option<i64>,
    pub delivered: Option<i64>,
    pub returned: Option<i64>,
    pub completed: Option<i64>,
    /// Stored sealed.
    #[serde(skip)]
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// Stored sealed; None after an erasure.
    #[serde(skip)]
    pub receiver: Option<Party>,
}

use FulfilmentState as S;

const WAREHOUSE: &[Who] = &[Who::Warehouse, Who::System];
const CARRIER: &[Who] = &[Who::Carrier, Who::Warehouse, Who::System];
const BEFORE_HANDOVER: &[S] = &[
    S::AwaitingLabel,
    S::Allocating,
    S::Unfulfilled,
    S::OutOfStock,
    S::DriverRefused,
    S::PickupRefused,
    S::PickupFailed,
    S::WarehouseException,
    S::AwaitingPackaging,
    S::Packing,
    S::ReadyToShip,
    S::AssigningDriver,
    S::AwaitingHandover,
];
const ON_ITS_WAY: &[S] = &[
    S::Shipped,
    S::InTransit,
    S::AttemptFailed,
    S::AwaitingRedelivery,
    S::OutForDelivery,
    S::Returning,
    S::CancelAskedByCourier,
    S::CancelledAwaitingReturn,
];
/// Not on the way back.
const OUTWARD: &[S] = &[
    S::Shipped,
    S::InTransit,
    S::AttemptFailed,
    S::AwaitingRedelivery,
    S::OutForDelivery,
];

const fn go(from: &'static [S], to: S, who: &'static [Who]) -> Move<S> {
    Move {
        from,
        to,
        who,
        guard: Guard::Always,
    }
}

/// What a sender wishes for a parcel that could not be delivered.
const fn asked(to: S) -> Move<S> {
    Move {
        from: &[S::AttemptFailed],
        to,
        who: &[Who::Merchant],
        guard: Guard::Asked,
    }
}

/// nandh-oms.md §9, "Transitions"; all of it proposed there.
pub const MACHINE: Machine<S> = Machine {
    subject: "shipment",
    first: &[S::AwaitingLabel, S::Unfulfilled],
    groups: &[
        ("before hand-over", BEFORE_HANDOVER),
        ("on its way out", OUTWARD),
        ("on its way", ON_ITS_WAY),
    ],
    moves: &[
        go(&[S::AwaitingLabel], S::Allocating, WAREHOUSE),
        go(
            &[S::AwaitingLabel, S::Allocating, S::OutOfStock],
            S::Unfulfilled,
            WAREHOUSE,
        ),
        go(
            &[S::Unfulfilled, S::AwaitingPackaging],
            S::OutOfStock,
            WAREHOUSE,
        ),
        go(&[S::Unfulfilled], S::AwaitingPackaging, WAREHOUSE),
        go(
            &[S::AwaitingPackaging, S::WarehouseException],
            S::Packing,
            WAREHOUSE,
        ),
        go(&[S::Packing], S::WarehouseException, WAREHOUSE),
        go(&[S::Unfulfilled, S::Packing], S::ReadyToShip, WAREHOUSE),
        go(
            &[
                S::ReadyToShip,
                S::DriverRefused,
                S::PickupRefused,
                S::PickupFailed,
            ],
            S::AssigningDriver,
            CARRIER,
        ),
        go(
            &[S::AssigningDriver, S::ReadyToShip, S::AwaitingHandover],
            S::DriverRefused,
            CARRIER,
        ),
        go(
            &[S::AssigningDriver, S::ReadyToShip, S::AwaitingHandover],
            S::PickupRefused,
            CARRIER,
        ),
        go(
            &[S::AssigningDriver, S::ReadyToShip, S::AwaitingHandover],
            S::PickupFailed,
            CARRIER,
        ),
        go(
            &[S::ReadyToShip, S::AssigningDriver],
            S::AwaitingHandover,
            CARRIER,
        ),
        // A carrier's word may come before the warehouse's: scans that were left out are not waited
        // for.
        go(BEFORE_HANDOVER, S::Shipped, CARRIER),
        go(BEFORE_HANDOVER, S::InTransit, CARRIER),
        go(
            &[
                S::Shipped,
                S::AttemptFailed,
                S::AwaitingRedelivery,
                S::OutForDelivery,
                S::CancelAskedByCourier,
            ],
            S::InTransit,
            CARRIER,
        ),
        go(BEFORE_HANDOVER, S::OutForDelivery, CARRIER),
        go(
            &[
                S::Shipped,
                S::InTransit,
                S::AttemptFailed,
                S::AwaitingRedelivery,
                S::CancelAskedByCourier,
            ],
            S::OutForDelivery,
            CARRIER,
        ),
        go(BEFORE_HANDOVER, S::AttemptFailed, CARRIER),
        go(
            &[
                S::Shipped,
                S::InTransit,
                S::AwaitingRedelivery,
                S::OutForDelivery,
                S::CancelAskedByCourier,
            ],
            S::AttemptFailed,
            CARRIER,
        ),
        go(BEFORE_HANDOVER, S::AwaitingRedelivery, CARRIER),
        go(
            &[
                S::Shipped,
                S::InTransit,
                S::AttemptFailed,
                S::OutForDelivery,
            ],
            S::AwaitingRedelivery,
            CARRIER,
        ),
        go(BEFORE_HANDOVER, S::Delivered, CARRIER),
        go(ON_ITS_WAY, S::Delivered, CARRIER),
        go(OUTWARD, S::CancelAskedByCourier, CARRIER),
        go(OUTWARD, S::CancelledAwaitingReturn, CARRIER),
        go(
            &[S::CancelAskedByCourier],
            S::CancelledAwaitingReturn,
            CARRIER,
        ),
        go(BEFORE_HANDOVER, S::Returning, CARRIER),
        go(OUTWARD, S::Returning, CARRIER),
        go(
            &[S::CancelAskedByCourier, S::CancelledAwaitingReturn],
            S::Returning,
            CARRIER,
        ),
        go(BEFORE_HANDOVER, S::Returned, CARRIER),
        go(ON_ITS_WAY, S::Returned, CARRIER),
        asked(S::AwaitingRedelivery),
        asked(S::Returning),
        asked(S::Lost),
        go(BEFORE_HANDOVER, S::Lost, CARRIER),
        go(ON_ITS_WAY, S::Lost, CARRIER),
        go(
            BEFORE_HANDOVER,
            S::Cancelled,
            &[Who::Merchant, Who::Warehouse, Who::Carrier, Who::System],
        ),
    ],
};
