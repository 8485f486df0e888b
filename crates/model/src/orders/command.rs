//! Commands: what somebody wants done, what becomes of it, and why it is refused.

use super::machine::Who;
use super::{
    Body, CarrierAnswer, Choices, Consigning, Decimal, Facet, Fee, FulfilmentState, Handover,
    InboundState, InboundType, Kind, Name, OrderDocument, OrderState, OrderType, Party, Payment,
    Record, RecordId, Reply, ReturnReason, ReturnState, StockKey, StockMove, Terms,
};
use crate::Milestone;

/// A line as it is asked for, by SKU.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub sku: String,
    pub quantity: i64,
    pub sale_price: Decimal,
    pub discounted_price: Decimal,
}

/// An order as it is asked for. Ids are of the account's records; the rules check them.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOrder {
    pub order_type: OrderType,
    pub shop: RecordId,
    pub pickup: RecordId,
    pub number: Option<String>,
    pub source: String,
    pub currency: String,
    pub note: String,
    pub packaging_note: String,
    /// None: the saved customer's.
    pub receiver: Option<Party>,
    pub customer: Option<RecordId>,
    pub lines: Vec<Line>,
    pub payments: Vec<Payment>,
    pub discounts: Vec<Fee>,
    pub fees: Vec<Fee>,
    pub documents: Vec<OrderDocument>,
    pub choices: Choices,
    pub approve: bool,
    /// What the sums must come to, where the client says so.
    pub total: Option<Decimal>,
    pub estimated_departure: Option<i64>,
    pub partner_created: Option<i64>,
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// A fulfilment as it is asked for.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct NewFulfilment {
    pub order: RecordId,
    /// By the order's line; empty: all that is not fulfilled yet.
    pub lines: Vec<(u32, i64)>,
    /// Carriers' numbers, where they are known.
    pub waybills: Vec<String>,
    pub courier: Option<RecordId>,
    pub courier_link: Option<RecordId>,
    pub service: Option<RecordId>,
    pub box_size: Option<RecordId>,
    /// Asked for by hand: only where the merchant's own people carry.
    pub by_hand: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NewInbound {
    pub inbound_type: InboundType,
    pub warehouse: RecordId,
    pub vendor: Option<RecordId>,
    pub reference: Option<String>,
    pub note: String,
    pub parcels: i64,
    pub additional_services: Vec<String>,
    pub priority: bool,
    pub documents: Vec<String>,
    /// SKU, quantity, cost of one, and the parcel that it comes in.
    pub lines: Vec<(String, i64, Decimal, String)>,
    pub estimated_delivery: Option<i64>,
    pub extra: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NewReturn {
    pub order: RecordId,
    pub warehouse: RecordId,
    pub reason_type: ReturnReason,
    pub reason: String,
    pub pickup: Option<Party>,
    pub customer: Option<RecordId>,
    /// By the order's line: quantity and price; empty: all that was shipped.
    pub lines: Vec<(u32, i64, Decimal)>,
    pub courier: Option<RecordId>,
    pub courier_link: Option<RecordId>,
    pub service: Option<RecordId>,
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// How something came in, by an inbound's or a return's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Condition {
    pub line: u32,
    pub received: i64,
    /// By the three grades of damage; a return has the first only.
    pub damaged: [i64; 3],
    pub lost: i64,
}

/// A thing of the catalogue, made or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Catalogued {
    /// None: a new one.
    pub id: Option<RecordId>,
    /// None: as it is, or made of its id.
    pub code: Option<String>,
    pub body: Body,
}

/// The item of the warehouse that is offered.
#[derive(Clone, Debug, PartialEq)]
pub enum OfferedItem {
    Held(RecordId),
    /// The one of the product's SKU; made as given where the account has none.
    OfSku(Option<Box<super::Item>>),
}

/// A product of one item. Its parts are filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    pub product: super::Product,
    pub of: OfferedItem,
}

/// What somebody wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Catalogue kinds only: orders and what moves stock have commands of their own.
    Catalogue(Box<Catalogued>),
    /// New products with their items, all or none. About the first; the others stand beside it.
    Offer(Vec<Offered>),
    /// What another system told.
    Report(Box<super::NewReport>),
    /// Opens a shop's products and warehouse items in one.
    Stock {
        key: StockKey,
        movement: super::Movement,
        quantity: i64,
    },
    PlaceOrder(Box<NewOrder>),
    ApproveOrder {
        order: RecordId,
    },
    CancelOrder {
        order: RecordId,
        reason: Option<String>,
        who: Who,
    },
    /// What of an order is in no fulfilment is not sent any more; some of it was handed over.
    CloseOrder {
        order: RecordId,
    },
    /// A move that no other command makes.
    MoveOrder {
        order: RecordId,
        to: OrderState,
        who: Who,
    },
    CreateFulfilment(Box<NewFulfilment>),
    CancelFulfilment {
        fulfilment: RecordId,
        reason: Option<String>,
        who: Who,
    },
    MoveFulfilment {
        fulfilment: RecordId,
        to: FulfilmentState,
        who: Who,
        /// A number that a carrier gave, and what it weighed.
        waybill: Option<String>,
        weighed: Option<i64>,
    },
    /// A parcel given to a carrier through the carrier's own API: its order and its fulfilment.
    Consign {
        wanted: Box<Consigning>,
        terms: &'static Terms,
    },
    /// The same changed, as long as nobody has picked it up.
    ChangeConsigned {
        fulfilment: RecordId,
        wanted: Box<Consigning>,
        terms: &'static Terms,
    },
    /// What becomes of a consigned parcel that could not be delivered.
    AnswerCarrier {
        fulfilment: RecordId,
        answer: Box<CarrierAnswer>,
    },
    /// What the carrier of a fulfilment answered that was told of it.
    CarrierAnswered {
        fulfilment: RecordId,
        reply: Reply,
    },
    /// What a tracked shipment told that is a parcel of a fulfilment or a return.
    ParcelTold {
        carrier: String,
        number: String,
        milestone: Milestone,
        at: i64,
    },
    AnnounceInbound(Box<NewInbound>),
    CancelInbound {
        inbound: RecordId,
        reason: Option<String>,
    },
    /// `conditions` where it is inspected or completed.
    MoveInbound {
        inbound: RecordId,
        to: InboundState,
        conditions: Vec<Condition>,
    },
    RequestReturn(Box<NewReturn>),
    CancelReturn {
        return_: RecordId,
        reason: Option<String>,
    },
    MoveReturn {
        return_: RecordId,
        to: ReturnState,
        who: Who,
        conditions: Vec<Condition>,
        waybill: Option<String>,
    },
}

/// A record as it is to stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Write {
    /// As it was read; None: it is new.
    pub before: Option<std::sync::Arc<Record>>,
    pub after: Record,
}

/// A parcel that is to be tracked: the number is registered, and its changes come back as
/// `Command::ParcelTold`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub carrier: String,
    pub number: String,
    /// The fulfilment or return.
    pub record: RecordId,
}

/// What a command comes to.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Verdict {
    pub writes: Vec<Write>,
    pub moves: Vec<StockMove>,
    pub links: Vec<Link>,
    /// Parcels that go nowhere any more: their tracked shipments are told so.
    pub cancelled: Vec<Link>,
    /// Fulfilments that carriers are to be told of from now on, where the account has them told.
    pub handovers: Vec<Handover>,
    /// What the caller is answered with: the record that the command was about.
    pub subject: Option<RecordId>,
}

/// What the caller of a command gets.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The record that the command was about, as it stands now; None for movements of stock.
    pub record: Option<Record>,
    /// Everything else that was written.
    pub others: Vec<Record>,
}

/// Why a command was refused. Nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("there is no {kind} {id}")]
    Unknown { kind: Kind, id: RecordId },
    #[error("there is no {kind} `{}`", name.text)]
    UnknownName { kind: Kind, name: Name },
    /// A member of the command is wrong by itself; by its name in the command.
    #[error("{field}: {problem}")]
    Invalid { field: String, problem: String },
    #[error("a {kind} `{}` exists already", name.text)]
    Duplicate {
        kind: Kind,
        name: Name,
        existing: RecordId,
    },
    #[error("{kind} {id} is {from}: it can't become {to} now")]
    IllegalMove {
        kind: Kind,
        id: RecordId,
        from: &'static str,
        to: &'static str,
    },
    #[error("only {available} of `{sku}` can be had, {wanted} are wanted")]
    OutOfStock {
        sku: String,
        wanted: i64,
        available: i64,
    },
    /// More than there is: of a line, what is left of it.
    #[error("{field}: {wanted} are wanted, {left} are left")]
    TooMany {
        field: String,
        wanted: i64,
        left: i64,
    },
    #[error("{field}: {given} was given, {sum} is what the parts come to")]
    SumMismatch {
        field: String,
        given: String,
        sum: String,
    },
    /// In use by others, so it can't be changed in this way.
    #[error("{kind} {id} is used by others ({})", facet.name())]
    InUse {
        kind: Kind,
        id: RecordId,
        facet: Facet,
    },
}
