//! Orders: placed, approved, cancelled, moved by hand.

use super::carriage::{Ask, Carriage};
use super::check::{
    MAX_LINES, NAME, TEXT, amount, currency, distinct, few, invalid, name, quantity, some, text,
};
use super::follow::{self, Flow};
use super::look::{self, Seen, active, fresh, hats};
use super::receiver;
use super::stock::{demand, moves, reserve};
use crate::orders::{
    Books, Choices, Fee, Guard, Item, ItemPart, Kind, Line, Movement, Name, NameKind, NewOrder,
    ORDER, Order, OrderLine, OrderState, Party, RecordId, Refusal, Stop, Verdict, Who,
};
use rust_decimal::Decimal;

/// What can be wrong with an order by itself.
fn sane(new: &NewOrder) -> Result<(), Refusal> {
    some("lines", new.lines.len(), MAX_LINES)?;
    for (at, line) in new.lines.iter().enumerate() {
        name(format!("lines[{at}].sku"), &line.sku)?;
        quantity(format!("lines[{at}].quantity"), line.quantity)?;
        amount(format!("lines[{at}].sale_price"), line.sale_price)?;
        amount(
            format!("lines[{at}].discounted_price"),
            line.discounted_price,
        )?;
    }
    few("payments", new.payments.len(), MAX_LINES)?;
    for (at, payment) in new.payments.iter().enumerate() {
        amount(format!("payments[{at}].amount"), payment.amount)?;
    }
    for (field, fees) in [("discounts", &new.discounts), ("fees", &new.fees)] {
        few(field, fees.len(), MAX_LINES)?;
        for (at, Fee { code, amount: fee }) in fees.iter().enumerate() {
            name(format!("{field}[{at}].code"), code)?;
            amount(format!("{field}[{at}].amount"), *fee)?;
        }
    }
    few("documents", new.documents.len(), MAX_LINES)?;
    for (at, document) in new.documents.iter().enumerate() {
        name(format!("documents[{at}].name"), &document.name)?;
        quantity(format!("documents[{at}].quantity"), document.quantity)?;
        text(
            format!("documents[{at}].doc_type"),
            &document.doc_type,
            NAME,
        )?;
        text(format!("documents[{at}].url"), &document.url, TEXT)?;
    }
    if let Some(number) = &new.number {
        name("number", number)?;
    }
    currency("currency", &new.currency)?;
    name("source", &new.source)?;
    text("note", &new.note, TEXT)?;
    text("packaging_note", &new.packaging_note, TEXT)?;
    services(&new.choices)
}

fn services(choices: &Choices) -> Result<(), Refusal> {
    let services = &choices.additional_services;
    few("additional_services", services.len(), MAX_LINES)?;
    for (at, service) in services.iter().enumerate() {
        name(format!("additional_services[{at}]"), service)?;
    }
    distinct("additional_services", services.iter())
}

pub fn place(new: &NewOrder, books: &Books<'_>) -> Result<Verdict, Stop> {
    sane(new)?;
    let id = books.fresh_id();
    let shop = look::shop(books, new.shop);
    let pickup = look::pickup(books, new.pickup);
    let carriage = Carriage::look(books, Ask::of(&new.choices));
    let customer = new.customer.map(|id| look::customer(books, id));
    let number = new
        .number
        .as_ref()
        .map(|number| Name::new(NameKind::Number, new.shop, number));
    let same = number
        .clone()
        .map(|number| books.named(Kind::Order, number));
    let lines = offers(new, books).and_then(|offers| {
        let parts = offers.iter().zip(&new.lines);
        let demand = demand(parts.map(|(offer, line)| (&*offer.parts, line.quantity)));
        // Levels are looked at together with the items; whether they suffice is the last question.
        let reserved = new
            .approve
            .then(|| reserve(&demand, new.pickup, RecordId(0), books));
        Ok((lines(&offers, &new.lines, books)?, reserved))
    });

    let id = id?;
    let shop = shop?;
    active("shop", Kind::Shop, new.shop, shop.body.active)?;
    if new.order_type != shop.body.shop_type {
        let problem = format!("the shop takes {} orders only", shop.body.shop_type);
        return Err(invalid("order_type", problem).into());
    }
    active(
        "pickup",
        Kind::PickupAddress,
        new.pickup,
        pickup?.body.active,
    )?;
    let carriage = carriage?;
    let receiver = receiver::party("receiver", new.receiver.as_ref(), customer.transpose()?)?;
    let (lines, reserved) = lines?;
    if let (Some(name), Some(existing)) = (number, same.transpose()?.flatten()) {
        return Err(Refusal::Duplicate {
            kind: Kind::Order,
            name,
            existing: existing.id,
        }
        .into());
    }
    let order = ordered(
        new,
        &shop.body.platform,
        carriage.ask,
        lines,
        receiver,
        books.now,
    );
    sums(new, &order)?;
    let mut moves = reserved.transpose()?.unwrap_or_default();
    for it in &mut moves {
        it.cause = id;
    }
    Ok(Verdict {
        writes: vec![fresh(books, id, None, order)],
        moves,
        subject: Some(id),
        ..Verdict::default()
    })
}

/// What a line's SKU stands for: a product of the shop, or an item of the account.
struct Offer<'a> {
    name: &'a str,
    parts: Vec<ItemPart>,
}

fn offers<'a>(new: &NewOrder, books: &Books<'a>) -> Result<Vec<Offer<'a>>, Stop> {
    let sku = |scope, line: &Line| Name::new(NameKind::Sku, scope, &line.sku);
    let looks: Vec<_> = new
        .lines
        .iter()
        .map(|line| {
            (
                books.named(Kind::Product, sku(new.shop, line)),
                books.named(Kind::Item, sku(RecordId(0), line)),
            )
        })
        .collect();
    let mut offers = Vec::with_capacity(looks.len());
    for (at, (line, (product, item))) in new.lines.iter().zip(looks).enumerate() {
        let product = product?.and_then(|it| look::as_product(books, it));
        let item = item?.and_then(|it| look::as_item(books, it));
        let field = format!("lines[{at}].sku");
        offers.push(match (product, item) {
            (Some(it), _) => {
                active(&field, Kind::Product, it.id(), it.body.active)?;
                Offer {
                    name: &it.body.name,
                    parts: it.body.parts.clone(),
                }
            }
            (None, Some(it)) => {
                active(&field, Kind::Item, it.id(), it.body.active)?;
                Offer {
                    name: &it.body.name,
                    parts: vec![ItemPart {
                        item: it.id(),
                        quantity: 1,
                    }],
                }
            }
            (None, None) => {
                return Err(Refusal::UnknownName {
                    kind: Kind::Product,
                    name: sku(new.shop, line),
                }
                .into());
            }
        });
    }
    Ok(offers)
}

/// The lines as the order keeps them: with what its items weigh and measure today.
fn lines(offers: &[Offer<'_>], asked: &[Line], books: &Books<'_>) -> Result<Vec<OrderLine>, Stop> {
    let looks: Vec<Vec<_>> = offers
        .iter()
        .map(|offer| {
            let parts = offer.parts.iter();
            parts.map(|part| look::item(books, part.item)).collect()
        })
        .collect();
    let mut lines = Vec::with_capacity(asked.len());
    for ((offer, line), looks) in offers.iter().zip(asked).zip(looks) {
        let items = looks.into_iter().collect::<Result<Vec<_>, _>>()?;
        lines.push(kept(lines.len() as u32 + 1, offer, line, &items));
    }
    Ok(lines)
}

fn kept(id: u32, offer: &Offer<'_>, line: &Line, items: &[Seen<'_, Item>]) -> OrderLine {
    let parts = || {
        offer
            .parts
            .iter()
            .zip(items)
            .map(|(part, it)| (part, it.body))
    };
    OrderLine {
        id,
        sku: line.sku.clone(),
        name: offer.name.to_owned(),
        parts: offer.parts.clone(),
        quantity: line.quantity,
        closed: 0,
        sale_price: line.sale_price,
        discounted_price: line.discounted_price,
        weight: parts()
            .map(|(part, item)| part.quantity * item.weight)
            .sum(),
        volume: parts()
            .map(|(part, item)| {
                Decimal::from(part.quantity) * item.length * item.width * item.height
            })
            .sum(),
        protective: parts().any(|(_, item)| item.bubble_wrap || item.fragile),
    }
}

fn ordered(
    new: &NewOrder,
    platform: &str,
    carriage: Ask,
    lines: Vec<OrderLine>,
    receiver: Party,
    now: i64,
) -> Order {
    let mut order = Order {
        state: if new.approve {
            OrderState::Approved
        } else {
            OrderState::New
        },
        state_since: now,
        order_type: new.order_type,
        shop: new.shop,
        platform: platform.to_owned(),
        pickup: new.pickup,
        number: new.number.clone(),
        source: new.source.clone(),
        currency: new.currency.clone(),
        note: new.note.clone(),
        packaging_note: new.packaging_note.clone(),
        lines,
        payments: new.payments.clone(),
        discounts: new.discounts.clone(),
        fees: new.fees.clone(),
        documents: new.documents.clone(),
        choices: Choices {
            courier: carriage.courier,
            ..new.choices.clone()
        },
        reserved: new.approve,
        cod_asked: Decimal::ZERO,
        weighed: None,
        cancel_reason: None,
        confirmed: new.approve.then_some(now),
        fulfilled: None,
        shipped: None,
        completed: None,
        returned: None,
        cancelled: None,
        estimated_departure: new.estimated_departure,
        partner_created: new.partner_created,
        extra: new.extra.clone(),
        receiver: Some(receiver),
    };
    order.cod_asked = order.cod_to_collect();
    order
}

/// The sums that the client gave are those of the parts.
fn sums(new: &NewOrder, order: &Order) -> Result<(), Refusal> {
    let mismatch = |field: &str, given: Decimal, sum: Decimal| {
        Err(Refusal::SumMismatch {
            field: field.to_owned(),
            given: given.normalize().to_string(),
            sum: sum.normalize().to_string(),
        })
    };
    let total = order.total();
    if total < Decimal::ZERO {
        return Err(invalid("discounts", "are more than the order comes to"));
    }
    amount("total", total)?;
    if let Some(given) = new.total
        && given != total
    {
        return mismatch("total", given, total);
    }
    let paid: Decimal = order.payments.iter().map(|it| it.amount).sum();
    if paid > total {
        return mismatch("payments", paid, total);
    }
    Ok(())
}

pub fn approve(order: RecordId, books: &Books<'_>) -> Result<Verdict, Stop> {
    go(order, OrderState::Approved, Who::Merchant, books)
}

/// Everything that an order takes of the stock.
fn whole(order: &Order) -> std::collections::BTreeMap<RecordId, i64> {
    demand(order.lines.iter().map(|line| (&*line.parts, line.quantity)))
}

fn confirm(seen: Seen<'_, Order>, books: &Books<'_>) -> Result<Verdict, Stop> {
    let moves = reserve(&whole(seen.body), seen.body.pickup, seen.id(), books)?;
    let mut order = seen.body.clone();
    order.enter(OrderState::Approved, books.now);
    order.reserved = true;
    Ok(Verdict {
        writes: vec![seen.rewritten(books, order)],
        moves,
        subject: Some(seen.id()),
        ..Verdict::default()
    })
}

/// What a cancellation is called, by who wants it.
const fn cancellation(who: Who) -> Option<OrderState> {
    match who {
        Who::Merchant => Some(OrderState::CancelledBySeller),
        Who::Warehouse => Some(OrderState::CancelledByOperator),
        Who::System => Some(OrderState::CancelledBySystem),
        Who::Carrier => None,
    }
}

pub fn cancel(
    order: RecordId,
    reason: Option<&str>,
    who: Who,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    text("reason", reason.unwrap_or_default(), TEXT)?;
    let Some(to) = cancellation(who) else {
        return Err(invalid("who", "a carrier can't cancel an order").into());
    };
    let seen = look::order(books, order)?;
    seen.stand().to(&ORDER, to, &[who])?;
    close(Flow::of(seen, books)?, to, reason, books)
}

/// A move by hand, or by another system.
pub fn go(order: RecordId, to: OrderState, who: Who, books: &Books<'_>) -> Result<Verdict, Stop> {
    let seen = look::order(books, order)?;
    let may = seen.stand().to(&ORDER, to, &hats(who, false, false))?;
    match may.guard {
        Guard::InStock => confirm(seen, books),
        Guard::Always | Guard::Accounted | Guard::Asked => Ok(entered(seen, to, books)),
        Guard::AllFulfilments => {
            let flow = Flow::of(seen, books)?;
            if follow::target(seen.body, &flow.bodies()) != to {
                return Err(seen.stand().refused(to).into());
            }
            Ok(entered(seen, to, books))
        }
        Guard::NothingShipped if to == OrderState::CancellationRequested => {
            let flow = Flow::of(seen, books)?;
            unshipped(&flow, to)?;
            Ok(entered(seen, to, books))
        }
        Guard::NothingShipped => close(Flow::of(seen, books)?, to, None, books),
    }
}

fn entered(seen: Seen<'_, Order>, to: OrderState, books: &Books<'_>) -> Verdict {
    let mut order = seen.body.clone();
    order.enter(to, books.now);
    Verdict {
        writes: vec![seen.rewritten(books, order)],
        subject: Some(seen.id()),
        ..Verdict::default()
    }
}

fn unshipped(flow: &Flow<'_>, to: OrderState) -> Result<(), Refusal> {
    if flow.fulfilments.iter().any(|it| it.body.shipped.is_some()) {
        return Err(flow.order.stand().refused(to));
    }
    Ok(())
}

/// Ends an order of which nothing was handed over: its fulfilments with it, and what it held of the
/// stock becomes free, or was lost in the warehouse.
fn close(
    flow: Flow<'_>,
    to: OrderState,
    reason: Option<&str>,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    unshipped(&flow, to)?;
    let Flow { order, fulfilments } = flow;
    let mut verdict = Verdict {
        subject: Some(order.id()),
        ..Verdict::default()
    };
    let mut after = order.body.clone();
    if after.reserved {
        let held = whole(&after);
        let mut book = |movement| {
            let moves = moves(&held, after.pickup, movement, order.id());
            verdict.moves.extend(moves);
        };
        book(Movement::Release);
        if to == OrderState::WarehouseLoss {
            book(Movement::Missing);
        }
    }
    after.enter(to, books.now);
    after.reserved = false;
    after.cancel_reason = reason.map(str::to_owned);
    after.settle_cod(Decimal::ZERO);
    verdict.writes.push(order.rewritten(books, after));
    for seen in fulfilments {
        if !follow::is_over(seen.body.state) {
            let mut fulfilment = seen.body.clone();
            fulfilment.cancel(reason, books.now);
            verdict.cancelled.extend(fulfilment.links(seen.id()));
            verdict.writes.push(seen.rewritten(books, fulfilment));
        }
    }
    Ok(verdict)
}
