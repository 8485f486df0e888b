//! Order management: what a merchant sells, stocks, ships and takes back, as pure values and rules.
//!
//! A *record* is one thing of one account: a shop, an item of the warehouse, an order. A *command* is
//! what somebody wants done. `decide` reads records, as they stand, and says what becomes of them: it
//! writes, moves stock, or refuses. It does no I/O: what it has not been given it asks for, and is
//! asked again with it (`Stop::Want`).
//!
//! Guarantee: a command is done in whole or not at all, and the same records, command and instant give
//! the same verdict everywhere. The store carries verdicts out, each in one transaction, and sees to it
//! that what was read still stands when it is written.

mod body;
mod booking;
mod books;
mod catalog;
mod change;
mod command;
mod consigned;
mod decide;
mod fulfilment;
mod inbound;
mod ledger;
mod machine;
mod order;
mod parties;
mod price;
mod record;
mod report;
mod returns;
mod sealed;
mod settle;
mod stock;
mod sums;

pub use body::{Body, File, Torn, state_of};
pub use booking::{Booking, Declined, Deed, Handover, Reply};
pub use books::{Books, Loaded, Stop, Want};
pub use catalog::{
    BoxSize, Brand, Category, Courier, CourierLink, Customer, Item, ItemPart, PickupAddress,
    Product, Service, Shop, Unit, Vendor,
};
pub use change::{RecordChange, state_name};
pub use command::{
    Catalogued, Command, Condition, Line, Link, NewFulfilment, NewInbound, NewOrder, NewReturn,
    Offered, OfferedItem, Outcome, Refusal, Verdict, Write,
};
pub use consigned::{
    CarrierAnswer, Consigned, Consigning, Content, Package, Terms, Whence, Wish, Wished,
};
pub use decide::{
    MAX_LINES, MAX_PARCELS, MAX_QUANTITY, advance, decide, drives, told, told_return,
};
pub use fulfilment::{Fulfilment, FulfilmentLine, FulfilmentState, Parcel};
pub use inbound::{Inbound, InboundLine, InboundState, InboundType};
pub use ledger::{Carried, Ledger};
pub use machine::{FULFILMENT, Guard, INBOUND, Machine, Move, ORDER, RETURN, State, Who};
pub use order::{
    Choices, Fee, Order, OrderDocument, OrderLine, OrderState, OrderType, Payment, PaymentMethod,
    PaymentStatus,
};
pub use parties::{Address, Party, forms_of_phone};
pub use price::{Consignment, Extra, Quote, RateCard, Share, Zone};
pub use record::{
    Facet, Kind, Name, NameKind, Record, RecordId, RecordPage, RecordPlace, RecordQuery, Sort,
    Total,
};
pub use report::{Count, NewReport, Report, ReportType, Says, ToldLevel};
pub use returns::{Return, ReturnLine, ReturnReason, ReturnState};
pub use rust_decimal::Decimal;
pub use settle::Misplaced;
pub use stock::{Level, Movement, Overdrawn, StockKey, StockMove};
pub use sums::PaymentDetail;
