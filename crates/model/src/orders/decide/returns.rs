//! Returns: asked for, on their way back, inspected. What a return brings is an inbound of its own from
//! its arrival on, which goes with it.

use super::carriage::{Ask, Carriage};
use super::check::{MAX_LINES, TEXT, amount, distinct, few, invalid, quantity, text, waybill};
use super::follow::{Flow, held};
use super::fulfilment::parcels;
use super::inbound::{self, accounted, counted, no_line};
use super::look::{self, Seen, active, fresh, hats};
use super::receiver;
use super::stock::{demand, moves};
use crate::orders::{
    Books, Condition, Fulfilment, FulfilmentState, Inbound, InboundLine, InboundState, InboundType,
    Kind, Link, Movement, NewReturn, Order, OrderState, RETURN, RecordId, Refusal, Return,
    ReturnLine, ReturnState, StockMove, Stop, Verdict, Who, Write,
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

fn sane(new: &NewReturn) -> Result<(), Refusal> {
    few("lines", new.lines.len(), MAX_LINES)?;
    for (at, (_, wanted, price)) in new.lines.iter().enumerate() {
        quantity(format!("lines[{at}].quantity"), *wanted)?;
        amount(format!("lines[{at}].sale_price"), *price)?;
    }
    distinct("lines", new.lines.iter().map(|(line, ..)| line))?;
    text("reason", &new.reason, TEXT)
}

pub fn request(new: &NewReturn, books: &Books<'_>) -> Result<Verdict, Stop> {
    sane(new)?;
    let id = books.fresh_id();
    let flow = Flow::look(new.order, books);
    let earlier = look::returns(books, new.order);
    let warehouse = look::pickup(books, new.warehouse);
    let customer = new.customer.map(|id| look::customer(books, id));
    let carriage = Carriage::look(
        books,
        Ask {
            courier: new.courier,
            courier_link: new.courier_link,
            service: new.service,
            box_size: None,
        },
    );
    let flow = flow?;
    active(
        "warehouse",
        Kind::PickupAddress,
        new.warehouse,
        warehouse?.body.active,
    )?;
    let customer = customer.transpose()?;
    let pickup = match (&new.pickup, customer) {
        (None, None) => None,
        (given, customer) => Some(receiver::party("pickup", given.as_ref(), customer)?),
    };
    let carriage = carriage?;
    let (lines, id) = (lines(new, &flow, &earlier?)?, id?);
    let return_ = Return {
        state: ReturnState::New,
        state_since: books.now,
        order: new.order,
        order_code: flow.order.record.code.clone(),
        shop: flow.order.body.shop,
        platform: flow.order.body.platform.clone(),
        warehouse: new.warehouse,
        reason_type: new.reason_type,
        reason: new.reason.clone(),
        note: String::new(),
        lines,
        courier: carriage.ask.courier,
        courier_link: carriage.ask.courier_link,
        service: carriage.ask.service,
        parcel: None,
        inbound: None,
        received: None,
        inspected: None,
        completed: None,
        cancelled: None,
        cancel_reason: None,
        extra: new.extra.clone(),
        pickup,
    };
    let announced = book(&return_, flow.order.body, Movement::Announce, id, |it| {
        it.quantity
    });
    Ok(Verdict {
        writes: vec![fresh(books, id, None, return_)],
        moves: announced,
        subject: Some(id),
        ..Verdict::default()
    })
}

/// What the buyer has: what was handed over and not lost on the way, less earlier returns.
fn lines(
    new: &NewReturn,
    flow: &Flow<'_>,
    earlier: &[Seen<'_, Return>],
) -> Result<Vec<ReturnLine>, Refusal> {
    let order = flow.order;
    let arrived = |it: &&Fulfilment| it.shipped.is_some() && it.state != FulfilmentState::Lost;
    let shipped = held(flow.bodies().into_iter().filter(arrived));
    if shipped.is_empty() {
        return Err(order.stand().refused(OrderState::Returned));
    }
    let mut there = shipped;
    for it in earlier {
        if it.body.state != ReturnState::Cancelled {
            for line in &it.body.lines {
                *there.entry(line.line).or_default() -= line.quantity;
            }
        }
    }
    if new.lines.is_empty() {
        return rest(order.body, &there);
    }
    let asked = new.lines.iter().enumerate();
    asked
        .map(|(at, (line, wanted, price))| {
            let found = order.body.lines.iter().find(|it| it.id == *line);
            let Some(found) = found else {
                return Err(invalid(
                    format!("lines[{at}].line"),
                    format!("the order has no line {line}"),
                ));
            };
            let left = there.get(line).copied().unwrap_or(0).max(0);
            if *wanted > left {
                return Err(Refusal::TooMany {
                    field: format!("lines[{at}].quantity"),
                    wanted: *wanted,
                    left,
                });
            }
            Ok(returned(at, found, *wanted, *price))
        })
        .collect()
}

fn rest(order: &Order, there: &BTreeMap<u32, i64>) -> Result<Vec<ReturnLine>, Refusal> {
    let lines = order.lines.iter().filter_map(|line| {
        let left = there.get(&line.id).copied().unwrap_or(0);
        (left > 0).then_some((line, left))
    });
    let lines: Vec<_> = lines
        .enumerate()
        .map(|(at, (line, left))| returned(at, line, left, line.sale_price))
        .collect();
    if lines.is_empty() {
        return Err(Refusal::TooMany {
            field: "lines".to_owned(),
            wanted: 1,
            left: 0,
        });
    }
    Ok(lines)
}

fn returned(
    at: usize,
    line: &crate::orders::OrderLine,
    quantity: i64,
    sale_price: Decimal,
) -> ReturnLine {
    ReturnLine {
        id: at as u32 + 1,
        line: line.id,
        sku: line.sku.clone(),
        name: line.name.clone(),
        sale_price,
        quantity,
        received: 0,
        damaged: 0,
        lost: 0,
        inspection_note: String::new(),
    }
}

/// One movement of so much of each of its lines' items, at the warehouse that takes it back.
fn book(
    return_: &Return,
    order: &Order,
    movement: Movement,
    cause: RecordId,
    of: impl Fn(&ReturnLine) -> i64,
) -> Vec<StockMove> {
    let parts = return_.lines.iter().filter_map(|it| {
        let line = order.lines.iter().find(|line| line.id == it.line)?;
        Some((&*line.parts, of(it)))
    });
    moves(&demand(parts), return_.warehouse, movement, cause).collect()
}

pub fn cancel(return_: RecordId, reason: Option<&str>, books: &Books<'_>) -> Result<Verdict, Stop> {
    cancel_by(return_, reason, Who::Merchant, books)
}

fn cancel_by(
    return_: RecordId,
    reason: Option<&str>,
    who: Who,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    text("reason", reason.unwrap_or_default(), TEXT)?;
    let seen = look::return_(books, return_)?;
    seen.stand().to(&RETURN, ReturnState::Cancelled, &[who])?;
    let mut after = seen.body.clone();
    after.cancel_reason = reason.map(str::to_owned);
    moved(seen, after, ReturnState::Cancelled, books)
}

pub fn go(
    return_: RecordId,
    to: ReturnState,
    who: Who,
    conditions: &[Condition],
    number: Option<&str>,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let counts = matches!(
        to,
        ReturnState::Inspecting | ReturnState::Exception | ReturnState::Completed
    );
    counted(conditions, counts)?;
    if let Some(number) = number {
        waybill("waybill", number)?;
    }
    if to == ReturnState::Cancelled {
        return cancel_by(return_, None, who, books);
    }
    let seen = look::return_(books, return_)?;
    let own_shelf =
        who == Who::Merchant && !look::pickup(books, seen.body.warehouse)?.body.is_3pf();
    let mut after = seen.body.clone();
    inspect(&mut after, conditions)?;
    let link = number
        .map(|number| attach(&mut after, seen.id(), number, books))
        .transpose()?
        .flatten();
    // An inspection counts as often as it likes, and a number may come without a move.
    let stays = to == after.state
        && (number.is_some() || (to == ReturnState::Inspecting && !conditions.is_empty()))
        && !RETURN.is_final(to);
    let mut verdict = if stays {
        keep(seen, after, books)?
    } else {
        seen.stand().to(&RETURN, to, &hats(who, own_shelf, false))?;
        moved(seen, after, to, books)?
    };
    verdict.links.extend(link);
    Ok(verdict)
}

/// The one parcel that it comes in; the same number again changes nothing.
fn attach(
    after: &mut Return,
    id: RecordId,
    number: &str,
    books: &Books<'_>,
) -> Result<Option<Link>, Stop> {
    match &after.parcel {
        Some(parcel) if parcel.has(number) => return Ok(None),
        Some(_) => {
            return Err(invalid("waybill", "the return has another number already").into());
        }
        None => {}
    }
    let Some(courier) = after.courier else {
        return Err(invalid("waybill", "the return has no courier").into());
    };
    let courier = look::courier(books, courier)?;
    after.parcel = parcels(&[number.to_owned()], "waybill", &courier, books)?.pop();
    Ok(after.link(id))
}

fn inspect(after: &mut Return, conditions: &[Condition]) -> Result<(), Refusal> {
    for (at, it) in conditions.iter().enumerate() {
        let line = after.lines.iter_mut().find(|line| line.id == it.line);
        let Some(line) = line else {
            return Err(no_line(at, it.line));
        };
        let [damaged, worse, worst] = it.damaged;
        if worse + worst > 0 {
            return Err(invalid(
                format!("conditions[{at}].damaged"),
                "a return knows one grade of damage",
            ));
        }
        line.received = it.received;
        line.damaged = damaged;
        line.lost = it.lost;
    }
    Ok(())
}

/// Counted further, without a move.
fn keep(seen: Seen<'_, Return>, after: Return, books: &Books<'_>) -> Result<Verdict, Stop> {
    let mut verdict = Verdict {
        subject: Some(seen.id()),
        ..Verdict::default()
    };
    verdict.writes.extend(with_inbound(&seen, &after, books)?);
    verdict.writes.extend(seen.changed(books, after));
    Ok(verdict)
}

/// A return that moved, with what follows for the stock and its inbound. The move itself is the
/// caller's to have looked up.
pub fn moved(
    seen: Seen<'_, Return>,
    mut after: Return,
    to: ReturnState,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let order = look::order(books, seen.body.order)?;
    enter(&mut after, to, books.now);
    let mut verdict = Verdict {
        subject: Some(seen.id()),
        ..Verdict::default()
    };
    if to == ReturnState::Completed {
        for (at, line) in after.lines.iter().enumerate() {
            accounted(at, line.quantity, line.received + line.damaged + line.lost)?;
        }
    }
    for (movement, of) in outcomes(to) {
        let moves = book(&after, order.body, *movement, seen.id(), of);
        verdict.moves.extend(moves);
    }
    if to == ReturnState::Cancelled {
        verdict.cancelled.extend(after.link(seen.id()));
    }
    if to == ReturnState::Received {
        let id = books.fresh_id()?;
        after.inbound = Some(id);
        let brought = brought(&seen, &after, order.body, books)?;
        verdict.writes.push(fresh(books, id, None, brought));
    } else {
        verdict.writes.extend(with_inbound(&seen, &after, books)?);
    }
    verdict.writes.insert(0, seen.rewritten(books, after));
    Ok(verdict)
}

type Part = fn(&ReturnLine) -> i64;

/// What becomes, where a return ends, of what was announced by it.
const fn outcomes(to: ReturnState) -> &'static [(Movement, Part)] {
    match to {
        ReturnState::Completed => &[
            (Movement::Receive, |line| line.received),
            (Movement::ReceiveDamaged, |line| line.damaged),
            (Movement::Retract, |line| line.lost),
        ],
        ReturnState::Cancelled | ReturnState::Lost => &[(Movement::Retract, |line| line.quantity)],
        ReturnState::New
        | ReturnState::Approved
        | ReturnState::Returning
        | ReturnState::Received
        | ReturnState::Inspecting
        | ReturnState::Exception => &[],
    }
}

/// Enters a state, and says when.
fn enter(return_: &mut Return, to: ReturnState, now: i64) {
    return_.state = to;
    return_.state_since = now;
    let when = match to {
        ReturnState::Received => &mut return_.received,
        ReturnState::Inspecting => &mut return_.inspected,
        ReturnState::Completed => &mut return_.completed,
        ReturnState::Cancelled => &mut return_.cancelled,
        ReturnState::New
        | ReturnState::Approved
        | ReturnState::Returning
        | ReturnState::Exception
        | ReturnState::Lost => return,
    };
    *when = Some(now);
}

/// The inbound of what a return brought: a line for each item of each of its lines.
fn brought(
    seen: &Seen<'_, Return>,
    after: &Return,
    order: &Order,
    books: &Books<'_>,
) -> Result<Inbound, Stop> {
    let parts: Vec<_> = parts(after, order).collect();
    let looks: Vec<_> = parts
        .iter()
        .map(|(_, item, _)| look::item(books, *item))
        .collect();
    let mut lines = Vec::<InboundLine>::new();
    for ((line, item, each), found) in parts.into_iter().zip(looks) {
        let id = lines.len() as u32 + 1;
        let sku = &found?.body.sku;
        lines.push(inbound::line(id, item, sku, line.quantity * each));
    }
    let mut inbound = Inbound {
        return_: Some(seen.id()),
        reference: Some(seen.record.code.clone()),
        parcels: 1,
        ..inbound::inbound(InboundType::Return, after.warehouse, lines, books.now)
    };
    inbound::enter(&mut inbound, InboundState::Received, books.now);
    Ok(inbound)
}

/// Its lines, part by part: with the item, and how many of it for one.
fn parts<'a>(
    return_: &'a Return,
    order: &'a Order,
) -> impl Iterator<Item = (&'a ReturnLine, RecordId, i64)> {
    return_.lines.iter().flat_map(|it| {
        let line = order.lines.iter().find(|line| line.id == it.line);
        let parts = line.map_or(&[][..], |line| &line.parts);
        parts.iter().map(move |part| (it, part.item, part.quantity))
    })
}

/// Its inbound, brought to where the return is.
fn with_inbound(
    seen: &Seen<'_, Return>,
    after: &Return,
    books: &Books<'_>,
) -> Result<Option<Write>, Stop> {
    let Some(id) = after.inbound else {
        return Ok(None);
    };
    let order = look::order(books, seen.body.order);
    let twin = look::inbound(books, id)?;
    let order = order?;
    let mut inbound = twin.body.clone();
    let to = match after.state {
        ReturnState::Inspecting => InboundState::Inspecting,
        ReturnState::Completed => InboundState::Completed,
        _ => inbound.state,
    };
    if to != inbound.state {
        inbound::enter(&mut inbound, to, books.now);
    }
    for (line, (it, _, each)) in inbound.lines.iter_mut().zip(parts(after, order.body)) {
        line.received = it.received * each;
        line.damaged = [it.damaged * each, 0, 0];
        line.lost = it.lost * each;
        let counted = line.received + line.damaged[0] + line.lost > 0;
        line.inspected = counted.then_some(books.now).or(line.inspected);
    }
    Ok(twin.changed(books, inbound))
}
