//! Fulfilments: made of what of an order is left, moved by whoever packs and carries, cancelled.

use super::carriage::{Ask, Carriage};
use super::check::{
    MAX_LINES, MAX_PARCELS, TEXT, distinct, few, invalid, quantity, text, waybill, weighed,
};
use super::follow::{Flow, held, left, live};
use super::look::{self, Seen, fresh, hats};
use super::{codes, consign};
use crate::Milestone;
use crate::intake::number_key;
use crate::orders::{
    Books, Courier, FULFILMENT, Fulfilment, FulfilmentLine, FulfilmentState, Guard, Handover, Link,
    Name, NameKind, NewFulfilment, Order, OrderState, Parcel, RecordId, Refusal, Stop, Verdict,
    Who,
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Where an order takes a fulfilment: as long as something of it may be in none.
const OPEN: &[OrderState] = &[
    OrderState::Approved,
    OrderState::AwaitingLabel,
    OrderState::ReadyToShipException,
    OrderState::LabelError,
    OrderState::Processing,
    OrderState::Exception,
];

fn sane(new: &NewFulfilment) -> Result<(), Refusal> {
    few("lines", new.lines.len(), MAX_LINES)?;
    for (at, (_, wanted)) in new.lines.iter().enumerate() {
        quantity(format!("lines[{at}].quantity"), *wanted)?;
    }
    distinct("lines", new.lines.iter().map(|(line, _)| line))?;
    few("waybills", new.waybills.len(), MAX_PARCELS)?;
    for (at, number) in new.waybills.iter().enumerate() {
        waybill(format!("waybills[{at}]"), number)?;
    }
    distinct("waybills", new.waybills.iter().map(|it| number_key(it)))
}

pub fn create(new: &NewFulfilment, books: &Books<'_>) -> Result<Verdict, Stop> {
    sane(new)?;
    let id = books.fresh_id();
    let flow = Flow::look(new.order, books)?;
    let order = flow.order;
    let ask = Ask {
        courier: new.courier,
        courier_link: new.courier_link,
        service: new.service,
        box_size: new.box_size,
    };
    let carriage = Carriage::look(books, ask.or(Ask::of(&order.body.choices)))?;
    let Some(courier) = carriage.courier else {
        return Err(invalid("courier", "neither the order nor the shipment names one").into());
    };
    if new.by_hand {
        by_hand(order.body, &courier)?;
    }
    if order.body.receiver.is_none() {
        return Err(invalid("order", "its receiver was erased").into());
    }
    let lines = lines(new, &flow)?;
    let waybills = numbers(new, &flow, &courier);
    let parcels = parcels(&waybills, "waybills", &courier, books)?;
    let id = id?;
    let state = if parcels.is_empty() {
        FulfilmentState::AwaitingLabel
    } else {
        FulfilmentState::Unfulfilled
    };
    let fulfilment = Fulfilment {
        state,
        state_since: books.now,
        order: order.id(),
        order_code: order.record.code.clone(),
        order_number: order
            .body
            .number
            .clone()
            .unwrap_or_else(|| order.record.code.clone()),
        shop: order.body.shop,
        platform: order.body.platform.clone(),
        pickup: order.body.pickup,
        cod: cod(&lines, &flow),
        booking: None,
        consigned: None,
        wishes: Vec::new(),
        lines,
        parcels,
        courier: carriage.ask.courier,
        courier_link: carriage.ask.courier_link,
        service: carriage.ask.service,
        box_size: carriage.ask.box_size,
        label_code: codes::label(id),
        label_url: None,
        weighed: None,
        cancel_reason: None,
        fulfilled: None,
        shipped: None,
        delivered: None,
        returned: None,
        completed: None,
        extra: serde_json::Map::new(),
        receiver: order.body.receiver.clone(),
    };
    let mut verdict = Verdict {
        links: fulfilment.links(id).collect(),
        handovers: handover(id, &courier).into_iter().collect(),
        subject: Some(id),
        ..Verdict::default()
    };
    flow.carry(id, None, &fulfilment, books, &mut verdict);
    verdict.writes.insert(0, fresh(books, id, None, fulfilment));
    Ok(verdict)
}

/// Whoever carries for others may be told of it.
pub fn handover(fulfilment: RecordId, courier: &Seen<'_, Courier>) -> Option<Handover> {
    let Courier {
        carrier, own_fleet, ..
    } = courier.body;
    let is_told = !own_fleet && !carrier.is_empty();
    is_told.then(|| Handover {
        fulfilment,
        carrier: carrier.clone(),
    })
}

/// nandh-oms.md §8, H2: "retail + own-fleet only".
fn by_hand(order: &Order, courier: &Seen<'_, Courier>) -> Result<(), Refusal> {
    if order.platform != "retail" {
        let problem = format!("orders of {} are not shipped by hand", order.platform);
        return Err(invalid("order", problem));
    }
    if !courier.body.own_fleet {
        return Err(invalid(
            "courier",
            "only the merchant's own people carry what is shipped by hand",
        ));
    }
    Ok(())
}

/// What the fulfilment takes: as asked for, or all that is left.
fn lines(new: &NewFulfilment, flow: &Flow<'_>) -> Result<Vec<FulfilmentLine>, Refusal> {
    let order = flow.order;
    let bodies = flow.bodies();
    let left = left(order.body, &held(live(&bodies)));
    let stand = order.stand();
    if !OPEN.contains(&order.body.state) {
        return Err(stand.refused(OrderState::Processing));
    }
    if new.lines.is_empty() {
        let rest = left.iter().filter(|(_, left)| **left > 0);
        let rest: Vec<_> = rest
            .map(|(line, left)| FulfilmentLine {
                line: *line,
                quantity: *left,
            })
            .collect();
        if rest.is_empty() {
            return Err(stand.refused(OrderState::Processing));
        }
        return Ok(rest);
    }
    asked(&new.lines, &left)
}

fn asked(lines: &[(u32, i64)], left: &BTreeMap<u32, i64>) -> Result<Vec<FulfilmentLine>, Refusal> {
    let lines = lines.iter().enumerate();
    lines
        .map(|(at, (line, wanted))| match left.get(line) {
            None => Err(invalid(
                format!("lines[{at}].line"),
                format!("the order has no line {line}"),
            )),
            Some(left) if wanted > left => Err(Refusal::TooMany {
                field: format!("lines[{at}].quantity"),
                wanted: *wanted,
                left: *left,
            }),
            Some(_) => Ok(FulfilmentLine {
                line: *line,
                quantity: *wanted,
            }),
        })
        .collect()
}

/// The parcels' numbers. Where the merchant's own people carry, the order's code will do
/// (nandh-oms.md §8, H5); a further fulfilment adds how many there were.
fn numbers(new: &NewFulfilment, flow: &Flow<'_>, courier: &Seen<'_, Courier>) -> Vec<String> {
    if !new.waybills.is_empty() || !courier.body.own_fleet {
        return new.waybills.clone();
    }
    let code = &flow.order.record.code;
    vec![match flow.fulfilments.len() {
        0 => code.clone(),
        before => format!("{code}-{}", before + 1),
    }]
}

/// Parcels that no other fulfilment or return has.
pub fn parcels(
    numbers: &[String],
    field: &str,
    courier: &Seen<'_, Courier>,
    books: &Books<'_>,
) -> Result<Vec<Parcel>, Stop> {
    let carrier = &courier.body.carrier;
    if !numbers.is_empty() && carrier.is_empty() {
        let problem = format!("courier {} has no carrier to track it with", courier.id());
        return Err(invalid(field, problem).into());
    }
    untaken(numbers, carrier, books)
}

/// Numbers of a carrier that no record has yet.
pub fn untaken(numbers: &[String], carrier: &str, books: &Books<'_>) -> Result<Vec<Parcel>, Stop> {
    let looks: Vec<_> = numbers
        .iter()
        .map(|number| books.parcel(carrier, number))
        .collect();
    let mut parcels = Vec::with_capacity(numbers.len());
    for (number, found) in numbers.iter().zip(looks) {
        if let Some(existing) = found? {
            return Err(Refusal::Duplicate {
                kind: existing.kind(),
                name: Name::new(NameKind::Waybill, RecordId(0), number),
                existing: existing.id,
            }
            .into());
        }
        parcels.push(Parcel {
            carrier: carrier.to_owned(),
            waybill: number.clone(),
            milestone: Milestone::Unknown,
            at: None,
        });
    }
    Ok(parcels)
}

/// The cash that this fulfilment's courier collects: the share of its goods, in whole units; the last
/// collects the rest.
fn cod(lines: &[FulfilmentLine], flow: &Flow<'_>) -> Decimal {
    let order = flow.order.body;
    let bodies = flow.bodies();
    let live = live(&bodies);
    let others: Decimal = live.iter().map(|it| it.cod).sum();
    let open = (order.cod_to_collect() - others).max(Decimal::ZERO);
    let taken = live.iter().flat_map(|it| &it.lines).chain(lines);
    let taken: i64 = taken.map(|line| line.quantity).sum();
    let goods = order.goods();
    if taken >= order.quantity() || goods.is_zero() {
        return open;
    }
    let price = |line: u32| {
        let found = order.lines.iter().find(|it| it.id == line);
        found.map_or(Decimal::ZERO, |it| it.discounted_price)
    };
    let value: Decimal = lines
        .iter()
        .map(|line| price(line.line) * Decimal::from(line.quantity))
        .sum();
    (order.cod_to_collect() * value / goods).floor().min(open)
}

/// What was found out along with a move.
#[derive(Clone, Copy, Debug, Default)]
pub struct Found<'a> {
    pub waybill: Option<&'a str>,
    pub weighed: Option<i64>,
}

/// Whom the one who speaks may stand for here.
fn places(
    seen: &Seen<'_, Fulfilment>,
    who: Who,
    courier: Option<Seen<'_, Courier>>,
    books: &Books<'_>,
) -> Result<Vec<Who>, Stop> {
    let own_fleet = courier.is_some_and(|it| it.body.own_fleet);
    let own_shelf = who == Who::Merchant && !look::pickup(books, seen.body.pickup)?.body.is_3pf();
    Ok(hats(who, own_shelf, own_fleet))
}

pub fn go(
    fulfilment: RecordId,
    to: FulfilmentState,
    who: Who,
    found: Found<'_>,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    if let Some(number) = found.waybill {
        waybill("waybill", number)?;
    }
    if let Some(grams) = found.weighed {
        weighed("weighed", grams)?;
    }
    if to == FulfilmentState::Cancelled {
        return cancel(fulfilment, None, who, books);
    }
    let seen = look::fulfilment(books, fulfilment)?;
    let flow = Flow::look(seen.body.order, books);
    let courier = seen.body.courier.map(|id| look::courier(books, id));
    let courier = courier.transpose()?;
    let places = places(&seen, who, courier, books)?;
    let flow = flow?;
    let mut after = seen.body.clone();
    let mut verdict = Verdict {
        subject: Some(seen.id()),
        ..Verdict::default()
    };
    if let Some(number) = found.waybill {
        verdict
            .links
            .extend(attach(&mut after, seen.id(), number, courier, books)?);
    }
    after.weighed = found.weighed.or(after.weighed);
    // What was found out may be told without a move.
    let stays = to == after.state && (found.waybill.is_some() || found.weighed.is_some());
    if !stays || FULFILMENT.is_final(to) {
        let may = seen.stand().to(&FULFILMENT, to, &places)?;
        if may.guard == Guard::Asked {
            return Err(seen.stand().refused(to).into());
        }
        after.enter(to, books.now, books.now);
    }
    finish(&flow, &seen, after, books, &mut verdict);
    Ok(verdict)
}

/// A further parcel; one that it has already changes nothing.
pub fn attach(
    after: &mut Fulfilment,
    id: RecordId,
    number: &str,
    courier: Option<Seen<'_, Courier>>,
    books: &Books<'_>,
) -> Result<Option<Link>, Stop> {
    if after.parcels.iter().any(|it| it.has(number)) {
        return Ok(None);
    }
    few("waybill", after.parcels.len() + 1, MAX_PARCELS)?;
    let Some(courier) = courier else {
        return Err(invalid("waybill", "the shipment has no courier").into());
    };
    let parcel = parcels(&[number.to_owned()], "waybill", &courier, books)?;
    after.parcels.extend(parcel);
    Ok(after.links(id).last())
}

pub fn cancel(
    fulfilment: RecordId,
    reason: Option<&str>,
    who: Who,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    text("reason", reason.unwrap_or_default(), TEXT)?;
    let seen = look::fulfilment(books, fulfilment)?;
    let flow = Flow::look(seen.body.order, books)?;
    seen.stand()
        .to(&FULFILMENT, FulfilmentState::Cancelled, &[who])?;
    let mut after = seen.body.clone();
    after.cancel(reason, books.now);
    let mut verdict = Verdict {
        subject: Some(seen.id()),
        cancelled: after.links(seen.id()).collect(),
        ..Verdict::default()
    };
    let consigned = seen.body.made_by_carrier().is_some();
    finish(&flow, &seen, after, books, &mut verdict);
    if consigned {
        consign::close(&flow, reason, who, &mut verdict, books.now);
    }
    Ok(verdict)
}

/// The writes of a fulfilment that changed, and of what follows from it.
pub fn finish(
    flow: &Flow<'_>,
    seen: &Seen<'_, Fulfilment>,
    after: Fulfilment,
    books: &Books<'_>,
    verdict: &mut Verdict,
) {
    flow.carry(seen.id(), Some(seen.body), &after, books, verdict);
    if let Some(write) = seen.changed(books, after) {
        verdict.writes.insert(0, write);
    }
}
