//! Orders: who buys what, how it is paid and by whom it is carried.

use super::machine::{Guard, Machine, Move, Who, states};
use super::record::numbered;
use super::{Decimal, Party, RecordId};
use serde::{Deserialize, Serialize};

states! {
    /// How far an order is.
    OrderState {
        New = 1 "new",
        AwaitingConfirmation = 2 "awaiting_confirmation",
        CourierAllocation = 3 "courier_allocation",
        /// Confirmed: its items are reserved, a fulfilment can be made.
        Approved = 4 "approved",
        AwaitingLabel = 5 "awaiting_label",
        ReadyToShipException = 6 "ready_to_ship_exception",
        CancellationRequested = 7 "cancellation_requested",
        LabelError = 8 "label_error",
        Processing = 9 "processing",
        Exception = 10 "exception",
        ReadyToShip = 11 "ready_to_ship",
        Shipped = 12 "shipped",
        Delivering = 13 "delivering",
        CancelledBySeller = 14 "cancelled_by_seller",
        CancelledByOperator = 15 "cancelled_by_operator",
        CancelledByPartner = 16 "cancelled_by_partner",
        CancelledBySystem = 17 "cancelled_by_system",
        WarehouseLoss = 18 "warehouse_loss",
        Returned = 19 "returned",
        CourierLost = 20 "courier_lost",
        Completed = 21 "completed",
    }
}

numbered! {
    OrderType {
        B2c = 1 "b2c",
        B2b = 2 "b2b",
    }
}

numbered! {
    PaymentStatus {
        NotPaid = 1 "not_paid",
        InProcess = 2 "in_process",
        AwaitingPayment = 3 "awaiting_payment",
        PartiallyPaid = 4 "partially_paid",
        Paid = 5 "paid",
        AwaitingRefund = 6 "awaiting_refund",
        Refunded = 7 "refunded",
        PartiallyRefunded = 8 "partially_refunded",
        Cancelled = 9 "cancelled",
        CodCancelled = 10 "cod_cancelled",
        Overdue = 11 "overdue",
    }
}

numbered! {
    PaymentMethod {
        Cod = 1 "cod",
        BankTransfer = 2 "bank_transfer",
        Card = 3 "card",
        Cash = 4 "cash",
        Qr = 5 "qr",
        OnlineBanking = 6 "online_banking",
        Instalment = 7 "instalment",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    pub status: PaymentStatus,
    pub method: PaymentMethod,
    pub amount: Decimal,
}

/// A fee or a discount by its code, such as `buyer_shipping_fee`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fee {
    pub code: String,
    pub amount: Decimal,
}

/// Ids of lines are given once in an order, from 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderLine {
    pub id: u32,
    pub sku: String,
    pub name: String,
    /// The items of the warehouse that it takes, with how many for one.
    pub parts: Vec<super::ItemPart>,
    pub quantity: i64,
    /// How many of it are not to be sent any more.
    #[serde(default)]
    pub closed: i64,
    pub sale_price: Decimal,
    pub discounted_price: Decimal,
    /// Grams, for one.
    pub weight: i64,
    /// Cubic centimetres, for one.
    pub volume: Decimal,
    /// Needs bubble wrap, or is fragile.
    pub protective: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderDocument {
    pub name: String,
    pub quantity: i64,
    pub doc_type: String,
    pub url: String,
}

/// How an order is to be packed and carried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Choices {
    /// The buyer may open the parcel before taking it.
    pub inspection_by_buyer: bool,
    pub use_insurance: bool,
    pub fulfil_now: bool,
    pub service: Option<RecordId>,
    pub courier_link: Option<RecordId>,
    pub courier: Option<RecordId>,
    pub box_size: Option<RecordId>,
    /// Codes.
    pub additional_services: Vec<String>,
    pub tax_paid_by_receiver: bool,
    pub fee_paid_by_receiver: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub state: OrderState,
    pub state_since: i64,
    pub order_type: OrderType,
    pub shop: RecordId,
    pub platform: String,
    pub pickup: RecordId,
    /// The partner's number; None: its own code.
    pub number: Option<String>,
    /// Who made it: `app`, `api`, a dialect's name.
    pub source: String,
    pub currency: String,
    /// Stored sealed, as all that people write in words of their own.
    #[serde(skip)]
    pub note: String,
    #[serde(skip)]
    pub packaging_note: String,
    pub lines: Vec<OrderLine>,
    pub payments: Vec<Payment>,
    pub discounts: Vec<Fee>,
    pub fees: Vec<Fee>,
    pub documents: Vec<OrderDocument>,
    pub choices: Choices,
    /// Whether its items are reserved and not shipped or released yet.
    pub reserved: bool,
    /// Cash on delivery as asked for at creation.
    pub cod_asked: Decimal,
    /// What the couriers weighed, grams.
    pub weighed: Option<i64>,
    /// Stored sealed.
    #[serde(skip)]
    pub cancel_reason: Option<String>,
    /// Microseconds; None: has not happened.
    pub confirmed: Option<i64>,
    pub fulfilled: Option<i64>,
    pub shipped: Option<i64>,
    pub completed: Option<i64>,
    pub returned: Option<i64>,
    pub cancelled: Option<i64>,
    pub estimated_departure: Option<i64>,
    /// When the partner's system made it.
    pub partner_created: Option<i64>,
    /// Members of a source's record that we have no member for, as they came. Stored sealed: they may be
    /// about anybody.
    #[serde(skip)]
    pub extra: serde_json::Map<String, serde_json::Value>,
    /// Stored sealed; None after an erasure.
    #[serde(skip)]
    pub receiver: Option<Party>,
}

use OrderState as S;

/// Reserved, and not packed yet.
const BEFORE_PACKING: &[S] = &[
    S::Approved,
    S::AwaitingLabel,
    S::ReadyToShipException,
    S::LabelError,
];
const UNTIL_HANDOVER: &[S] = &[S::Processing, S::Exception, S::ReadyToShip];
const CANCELLABLE: &[S] = &[
    S::New,
    S::AwaitingConfirmation,
    S::CourierAllocation,
    S::Approved,
    S::AwaitingLabel,
    S::ReadyToShipException,
    S::CancellationRequested,
    S::LabelError,
];

const fn go(from: &'static [S], to: S, who: &'static [Who], guard: Guard) -> Move<S> {
    Move {
        from,
        to,
        who,
        guard,
    }
}

/// Where its fulfilments take an order.
const fn follow(from: &'static [S], to: S) -> Move<S> {
    go(from, to, &[Who::System], Guard::AllFulfilments)
}

/// nandh-oms.md §9, "Transitions"; all of it proposed there. What an order does because of its
/// fulfilments it does in one step, from wherever it stands.
pub const MACHINE: Machine<S> = Machine {
    subject: "order",
    first: &[S::New, S::Approved],
    groups: &[
        ("before packing", BEFORE_PACKING),
        ("until hand-over", UNTIL_HANDOVER),
        ("cancellable", CANCELLABLE),
    ],
    moves: &[
        go(
            &[S::New],
            S::AwaitingConfirmation,
            &[Who::Merchant, Who::System],
            Guard::Always,
        ),
        go(
            &[S::New, S::AwaitingConfirmation],
            S::CourierAllocation,
            &[Who::Merchant, Who::Warehouse, Who::System],
            Guard::Always,
        ),
        go(
            &[S::New, S::AwaitingConfirmation, S::CourierAllocation],
            S::Approved,
            &[Who::Merchant, Who::System],
            Guard::InStock,
        ),
        go(
            &[S::Approved, S::AwaitingLabel],
            S::ReadyToShipException,
            &[Who::Warehouse, Who::System],
            Guard::Always,
        ),
        go(
            &[S::AwaitingLabel],
            S::LabelError,
            &[Who::Warehouse, Who::System],
            Guard::Always,
        ),
        go(
            &[S::LabelError],
            S::AwaitingLabel,
            &[Who::Merchant, Who::Warehouse],
            Guard::AllFulfilments,
        ),
        // All its fulfilments were cancelled: it waits for another.
        follow(
            &[
                S::AwaitingLabel,
                S::ReadyToShipException,
                S::LabelError,
                S::Processing,
                S::Exception,
                S::ReadyToShip,
            ],
            S::Approved,
        ),
        follow(
            &[
                S::Approved,
                S::ReadyToShipException,
                S::LabelError,
                S::Processing,
                S::Exception,
                S::ReadyToShip,
            ],
            S::AwaitingLabel,
        ),
        follow(BEFORE_PACKING, S::Processing),
        follow(&[S::Exception, S::ReadyToShip], S::Processing),
        follow(BEFORE_PACKING, S::Exception),
        follow(&[S::Processing, S::ReadyToShip], S::Exception),
        follow(BEFORE_PACKING, S::ReadyToShip),
        follow(&[S::Processing, S::Exception], S::ReadyToShip),
        follow(BEFORE_PACKING, S::Shipped),
        follow(UNTIL_HANDOVER, S::Shipped),
        follow(BEFORE_PACKING, S::Delivering),
        follow(UNTIL_HANDOVER, S::Delivering),
        follow(&[S::Shipped], S::Delivering),
        follow(BEFORE_PACKING, S::Completed),
        follow(UNTIL_HANDOVER, S::Completed),
        follow(&[S::Shipped, S::Delivering], S::Completed),
        follow(BEFORE_PACKING, S::Returned),
        follow(UNTIL_HANDOVER, S::Returned),
        follow(&[S::Shipped, S::Delivering], S::Returned),
        follow(BEFORE_PACKING, S::CourierLost),
        follow(UNTIL_HANDOVER, S::CourierLost),
        follow(&[S::Shipped, S::Delivering], S::CourierLost),
        go(
            BEFORE_PACKING,
            S::CancellationRequested,
            &[Who::Merchant],
            Guard::NothingShipped,
        ),
        // The warehouse does not agree to the cancellation, or has handed it over by now.
        go(
            &[S::CancellationRequested],
            S::Approved,
            &[Who::Warehouse],
            Guard::AllFulfilments,
        ),
        go(
            &[S::CancellationRequested],
            S::AwaitingLabel,
            &[Who::Warehouse],
            Guard::AllFulfilments,
        ),
        go(
            &[S::CancellationRequested],
            S::Processing,
            &[Who::Warehouse],
            Guard::AllFulfilments,
        ),
        go(
            &[S::CancellationRequested],
            S::Exception,
            &[Who::Warehouse],
            Guard::AllFulfilments,
        ),
        go(
            &[S::CancellationRequested],
            S::ReadyToShip,
            &[Who::Warehouse],
            Guard::AllFulfilments,
        ),
        follow(&[S::CancellationRequested], S::Shipped),
        follow(&[S::CancellationRequested], S::Delivering),
        follow(&[S::CancellationRequested], S::Completed),
        follow(&[S::CancellationRequested], S::Returned),
        follow(&[S::CancellationRequested], S::CourierLost),
        go(
            CANCELLABLE,
            S::CancelledBySeller,
            &[Who::Merchant],
            Guard::NothingShipped,
        ),
        go(
            CANCELLABLE,
            S::CancelledByPartner,
            &[Who::System],
            Guard::NothingShipped,
        ),
        go(
            CANCELLABLE,
            S::CancelledBySystem,
            &[Who::System],
            Guard::NothingShipped,
        ),
        go(
            CANCELLABLE,
            S::CancelledByOperator,
            &[Who::Warehouse],
            Guard::NothingShipped,
        ),
        go(
            UNTIL_HANDOVER,
            S::WarehouseLoss,
            &[Who::Warehouse],
            Guard::NothingShipped,
        ),
    ],
};
