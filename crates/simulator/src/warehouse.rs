//! What a warehouse does: which command comes next for a record in its state, and how long after the
//! record came into it. The same hands work in a simulated world and on a real hub.
//!
//! Contract: a function of the record and of the draws alone. What is somebody else's turn (a buyer's,
//! a courier's) is None.

use crate::draw::Draw;
use crate::journey::MINUTE;
use trackway_model::orders::{
    Body, Command, Condition, Fulfilment, FulfilmentState, Inbound, InboundState, NewFulfilment,
    OrderState, Record, Return, ReturnState, State, Who,
};

use FulfilmentState as F;
use InboundState as I;
use ReturnState as R;

/// From a state to the next, and the minutes that it takes at least and below.
type Step<S> = (S, S, (i64, i64));

/// All of a fulfilment's steps take less than `merchant::LEAD` together.
const PACKING: &[Step<F>] = &[
    (F::AwaitingLabel, F::Unfulfilled, (2, 15)),
    (F::Allocating, F::Unfulfilled, (2, 15)),
    (F::OutOfStock, F::Unfulfilled, (2, 15)),
    (F::Unfulfilled, F::AwaitingPackaging, (5, 60)),
    (F::AwaitingPackaging, F::Packing, (5, 90)),
    (F::Packing, F::ReadyToShip, (5, 40)),
    (F::WarehouseException, F::Packing, (10, 60)),
    (F::ReadyToShip, F::AssigningDriver, (1, 20)),
    (F::AssigningDriver, F::AwaitingHandover, (5, 60)),
    (F::PickupFailed, F::AssigningDriver, (5, 60)),
];
const GOODS_IN: &[Step<I>] = &[
    (I::New, I::AwaitingArrival, (5, 60)),
    (I::AwaitingArrival, I::Received, (12 * 60, 48 * 60)),
    (I::Received, I::Inspecting, (30, 8 * 60)),
    (I::Inspecting, I::Completed, (30, 12 * 60)),
];
const COMING_BACK: &[Step<R>] = &[
    (R::New, R::Approved, (10, 4 * 60)),
    (R::Approved, R::Returning, (60, 24 * 60)),
    (R::Returning, R::Received, (12 * 60, 72 * 60)),
    (R::Received, R::Inspecting, (30, 8 * 60)),
    (R::Inspecting, R::Completed, (30, 12 * 60)),
    (R::Exception, R::Completed, (60, 24 * 60)),
];
const MAKING: (i64, i64) = (5, 30);
/// What a parcel weighs beside its goods, in grams.
const WRAPPING: i64 = 80;
/// Out of a hundred: fulfilments that something is wrong with, returns that are looked at again, and
/// lines of inbounds and returns with damage or loss.
const TROUBLE: i64 = 4;
const DOUBT: i64 = 10;
const DAMAGE: i64 = 30;
const LOSS: i64 = 20;

/// What is known of a record beside itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'a> {
    /// Of an order: its courier has sent a parcel of it away before.
    pub was_packed: bool,
    /// Of a fulfilment: the number that its courier gives it, and what it weighs.
    pub waybill: Option<&'a str>,
    pub weight: i64,
}

/// The next command, and after how many microseconds in its state a record is due for it.
pub fn next(draw: Draw, record: &Record, around: Around<'_>) -> Option<(i64, Command)> {
    match &record.body {
        Body::Order(order) if order.state == OrderState::Approved => {
            let wait = wait(draw, "making", MAKING);
            Some((wait, taken_on(record, around)))
        }
        Body::Fulfilment(fulfilment) => packed(draw, record, fulfilment, around),
        Body::Inbound(inbound) => came_in(draw, record, inbound),
        Body::Return(return_) => came_back(draw, record, return_),
        _ => None,
    }
}

fn step<S: Copy + PartialEq>(steps: &[Step<S>], from: S) -> Option<(S, (i64, i64))> {
    let step = steps.iter().find(|(it, ..)| *it == from)?;
    Some((step.1, step.2))
}

fn wait(draw: Draw, purpose: &str, (least, below): (i64, i64)) -> i64 {
    draw.between(purpose, 0, least * MINUTE, below * MINUTE)
}

/// An order whose parcel the courier would not have is given up.
fn taken_on(record: &Record, around: Around<'_>) -> Command {
    if around.was_packed {
        return Command::CancelOrder {
            order: record.id,
            reason: Some("The courier cancelled the parcel".to_owned()),
            who: Who::Warehouse,
        };
    }
    Command::CreateFulfilment(Box::new(NewFulfilment {
        order: record.id,
        ..NewFulfilment::default()
    }))
}

fn packed(
    draw: Draw,
    record: &Record,
    fulfilment: &Fulfilment,
    around: Around<'_>,
) -> Option<(i64, Command)> {
    let (mut to, minutes) = step(PACKING, fulfilment.state)?;
    // Only the first time: what was put right stays so.
    let is_first = record.version <= 4;
    if to == F::ReadyToShip && is_first && draw.chance("trouble", 0, TROUBLE) {
        to = F::WarehouseException;
    }
    let is_labelled = to == F::Unfulfilled && fulfilment.parcels.is_empty();
    let command = Command::MoveFulfilment {
        fulfilment: record.id,
        to,
        who: Who::Warehouse,
        waybill: around.waybill.filter(|_| is_labelled).map(str::to_owned),
        weighed: (to == F::ReadyToShip).then_some(around.weight + WRAPPING),
    };
    Some((wait(draw, to.name(), minutes), command))
}

fn came_in(draw: Draw, record: &Record, inbound: &Inbound) -> Option<(i64, Command)> {
    // What a return brings goes with the return.
    let (to, minutes) = step(GOODS_IN, inbound.state).filter(|_| inbound.return_.is_none())?;
    let lines = inbound.lines.iter();
    let conditions = lines.map(|line| condition(draw, line.id, line.quantity, true));
    let command = Command::MoveInbound {
        inbound: record.id,
        to,
        conditions: conditions.filter(|_| to == I::Completed).collect(),
    };
    Some((wait(draw, to.name(), minutes), command))
}

fn came_back(draw: Draw, record: &Record, return_: &Return) -> Option<(i64, Command)> {
    let (mut to, minutes) = step(COMING_BACK, return_.state)?;
    if return_.state == R::Inspecting && draw.chance("doubt", 0, DOUBT) {
        to = R::Exception;
    }
    let lines = return_.lines.iter();
    let conditions = lines.map(|line| condition(draw, line.id, line.quantity, false));
    let command = Command::MoveReturn {
        return_: record.id,
        to,
        who: Who::Warehouse,
        conditions: conditions.filter(|_| to == R::Completed).collect(),
        waybill: None,
    };
    Some((wait(draw, to.name(), minutes), command))
}

/// How so many came in: a part of some lines is damaged, a part of some is lost.
fn condition(draw: Draw, line: u32, quantity: i64, grades: bool) -> Condition {
    let nth = line as usize;
    let part = |purpose, percent, of: i64| {
        let some = draw.chance(purpose, nth, percent);
        let most = (of / 20).max(1).min(of);
        if some {
            draw.between(purpose, nth + 1_000, 0, most + 1)
        } else {
            0
        }
    };
    let lost = part("loss", LOSS, quantity);
    let damaged = part("damage", DAMAGE, quantity - lost);
    let worse = if grades { damaged / 3 } else { 0 };
    Condition {
        line,
        received: quantity - lost - damaged,
        damaged: [damaged - worse, worse, 0],
        lost,
    }
}

/// Where a warehouse takes a fulfilment from a state; None where it is not its turn.
pub fn after(state: FulfilmentState) -> Option<FulfilmentState> {
    step(PACKING, state).map(|(to, _)| to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merchant::{LEAD, OPENING};

    fn longest<S>(steps: &[Step<S>]) -> i64 {
        steps.iter().map(|(.., (_, below))| below * MINUTE).sum()
    }

    /// Packed twice, where something was wrong the first time.
    #[test]
    fn what_is_packed_waits_for_its_courier_and_goods_are_there_before_their_orders() {
        assert!(longest(PACKING) + MAKING.1 * MINUTE + 40 * MINUTE < LEAD);
        assert!(longest(GOODS_IN) < OPENING - LEAD);
    }
}
