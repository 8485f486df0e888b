//! An order follows its fulfilments: which state theirs mean for it, and which of several counts, as
//! data (nandh-oms.md §9, "Shipment drives order").

use super::look::{self, Seen};
use super::stock::{demand, moves};
use crate::orders::{
    Books, FULFILMENT, Fulfilment, FulfilmentState, ItemPart, Movement, ORDER, Order, OrderState,
    RecordId, Stop, Verdict, Who,
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

use FulfilmentState as F;
use OrderState as O;

/// What a fulfilment's state means for its order, from the least to the farthest that it can be: of
/// several fulfilments, the first in this list counts. A cancelled one means nothing.
const DRIVES: &[(F, O)] = &[
    (F::OutOfStock, O::Exception),
    (F::DriverRefused, O::Exception),
    (F::PickupRefused, O::Exception),
    (F::PickupFailed, O::Exception),
    (F::WarehouseException, O::Exception),
    (F::AwaitingLabel, O::AwaitingLabel),
    (F::Allocating, O::AwaitingLabel),
    (F::Unfulfilled, O::Processing),
    (F::AwaitingPackaging, O::Processing),
    (F::Packing, O::Processing),
    (F::ReadyToShip, O::ReadyToShip),
    (F::AssigningDriver, O::ReadyToShip),
    (F::AwaitingHandover, O::ReadyToShip),
    (F::Shipped, O::Shipped),
    (F::InTransit, O::Delivering),
    (F::AttemptFailed, O::Delivering),
    (F::AwaitingRedelivery, O::Delivering),
    (F::OutForDelivery, O::Delivering),
    (F::CancelAskedByCourier, O::Delivering),
    (F::CancelledAwaitingReturn, O::Delivering),
    (F::Returning, O::Delivering),
    (F::Lost, O::CourierLost),
    (F::Returned, O::Returned),
    (F::Delivered, O::Completed),
];

/// Where a fulfilment in this state would put an order that has no other; None for a cancelled one.
pub fn drives(state: F) -> Option<O> {
    rank(state).map(|rank| DRIVES[rank].1)
}

/// How far a state is; None for a cancelled one.
pub fn rank(state: F) -> Option<usize> {
    DRIVES.iter().position(|(it, _)| *it == state)
}

/// Whether parcels in this state left the warehouse.
pub fn was_handed_over(state: F) -> bool {
    let shipped = rank(F::Shipped).expect("the table has it");
    rank(state).is_some_and(|rank| rank >= shipped)
}

pub fn is_over(state: F) -> bool {
    FULFILMENT.is_final(state)
}

/// An order with its fulfilments, as they stand.
pub struct Flow<'a> {
    pub order: Seen<'a, Order>,
    pub fulfilments: Vec<Seen<'a, Fulfilment>>,
}

impl<'a> Flow<'a> {
    pub fn of(order: Seen<'a, Order>, books: &Books<'a>) -> Result<Self, Stop> {
        Ok(Self {
            order,
            fulfilments: look::fulfilments(books, order.id())?,
        })
    }

    pub fn look(order: RecordId, books: &Books<'a>) -> Result<Self, Stop> {
        let fulfilments = look::fulfilments(books, order);
        Ok(Self {
            order: look::order(books, order)?,
            fulfilments: fulfilments?,
        })
    }

    pub fn bodies(&self) -> Vec<&Fulfilment> {
        self.fulfilments.iter().map(|it| it.body).collect()
    }

    /// Its fulfilments with one that changed, or is new.
    fn with<'b>(&'b self, id: RecordId, after: &'b Fulfilment) -> Vec<&'b Fulfilment> {
        let others = self.fulfilments.iter().filter(|it| it.id() != id);
        others.map(|it| it.body).chain([after]).collect()
    }

    /// What a changed or new fulfilment means for the stock and the order. Its own write is the
    /// caller's.
    pub fn carry(
        &self,
        id: RecordId,
        before: Option<&Fulfilment>,
        after: &Fulfilment,
        books: &Books<'_>,
        verdict: &mut Verdict,
    ) {
        let seen = self.order;
        if after.shipped.is_some() && before.is_none_or(|it| it.shipped.is_none()) {
            let taken = demand(taken(seen.body, after));
            let warehouse = seen.body.pickup;
            let ship = moves(&taken, warehouse, Movement::Ship, seen.id());
            verdict.moves.extend(ship);
        }
        let mut order = seen.body.clone();
        follow(&mut order, &self.with(id, after), books.now);
        verdict.writes.extend(seen.changed(books, order));
    }
}

/// The parts of an order's lines that a fulfilment takes.
fn taken<'a>(
    order: &'a Order,
    fulfilment: &'a Fulfilment,
) -> impl Iterator<Item = (&'a [ItemPart], i64)> {
    fulfilment.lines.iter().filter_map(|it| {
        let line = order.lines.iter().find(|line| line.id == it.line)?;
        Some((&*line.parts, it.quantity))
    })
}

/// How many of each line these fulfilments hold.
pub fn held<'a>(fulfilments: impl IntoIterator<Item = &'a Fulfilment>) -> BTreeMap<u32, i64> {
    let mut held = BTreeMap::new();
    for line in fulfilments.into_iter().flat_map(|it| &it.lines) {
        *held.entry(line.line).or_default() += line.quantity;
    }
    held
}

/// How many of each line of an order are to be sent and not among those held.
pub fn left(order: &Order, held: &BTreeMap<u32, i64>) -> BTreeMap<u32, i64> {
    let lines = order.lines.iter();
    lines
        .map(|line| {
            let held = held.get(&line.id).copied().unwrap_or(0);
            (line.id, line.quantity - line.closed - held)
        })
        .collect()
}

/// Those that hold something of the order.
pub fn live<'a>(fulfilments: &[&'a Fulfilment]) -> Vec<&'a Fulfilment> {
    let all = fulfilments.iter().copied();
    all.filter(|it| it.state != F::Cancelled).collect()
}

/// Where its fulfilments put an order. What is in none of them holds it at processing, as soon as
/// anything was begun.
pub fn target(order: &Order, fulfilments: &[&Fulfilment]) -> O {
    let live = live(fulfilments);
    let ranks = || live.iter().filter_map(|it| rank(it.state));
    let (Some(least), Some(most)) = (ranks().min(), ranks().max()) else {
        return O::Approved;
    };
    let rest = left(order, &held(live.iter().copied()));
    let is_split = rest.values().any(|left| *left > 0);
    match (DRIVES[least].1, DRIVES[most].1) {
        (O::AwaitingLabel, O::AwaitingLabel) => O::AwaitingLabel,
        (O::AwaitingLabel, _) => O::Processing,
        (O::Exception, _) => O::Exception,
        _ if is_split => O::Processing,
        (least, _) => least,
    }
}

/// Takes an order where its fulfilments put it.
pub fn follow(order: &mut Order, fulfilments: &[&Fulfilment], now: i64) {
    let live = live(fulfilments);
    let shipped = || live.iter().copied().filter(|it| it.shipped.is_some());
    if let Some(first) = shipped().filter_map(|it| it.shipped).min() {
        order.shipped.get_or_insert(first);
    }
    let rest = left(order, &held(shipped()));
    let is_shipped_whole = rest.values().all(|left| *left <= 0);
    if is_shipped_whole && let Some(last) = live.iter().filter_map(|it| it.fulfilled).max() {
        order.fulfilled.get_or_insert(last);
    }
    order.reserved = order.reserved && !is_shipped_whole;
    let weighed = live.iter().filter_map(|it| it.weighed).reduce(|a, b| a + b);
    order.weighed = weighed.or(order.weighed);
    let to = target(order, fulfilments);
    if ORDER.find(order.state, to, Who::System).is_some() {
        order.enter(to, now);
    }
    if matches!(order.state, O::Completed | O::Returned | O::CourierLost) {
        let delivered = live.iter().filter(|it| it.state == F::Delivered);
        let collected: Decimal = delivered.map(|it| it.cod).sum();
        order.settle_cod(collected);
    }
}
