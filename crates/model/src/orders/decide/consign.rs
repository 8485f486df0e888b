//! Parcels consigned through a carrier's own API: order and fulfilment are made, changed and given up
//! together, because they are one thing to whoever consigned them.
//!
//! Chosen here: such an order holds no stock, because nobody says what of the catalogue is in it; what
//! its receiver pays beyond its contents is the shipping fee; a cancelled one takes its order along.

mod asked;
mod change;
mod order;

use super::check::{MAX_LINES, NAME, TEXT, invalid, some, text};
use super::codes;
use super::follow::Flow;
use super::fulfilment::{finish, handover, parcels};
use super::look::{self, active, fresh};
use crate::orders::{
    Body, Books, CarrierAnswer, Consigned, Consigning, FULFILMENT, Fulfilment, FulfilmentLine,
    FulfilmentState, Kind, Name, NameKind, ORDER, OrderState, OrderType, RecordId, Refusal, Shop,
    Stop, Terms, Verdict, Who, Wished,
};
use asked::{Carrying, consigned, party, sane, whither};
pub use change::change;
use order::ordered;
use rust_decimal::Decimal;

fn shop(terms: &Terms) -> Shop {
    Shop {
        name: terms.shop.1.to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type: OrderType::B2c,
        active: true,
    }
}

fn taken(number: &str, shop: RecordId, books: &Books<'_>) -> Result<Option<Refusal>, Stop> {
    let name = Name::new(NameKind::Number, shop, number);
    let found = books.named(Kind::Order, name.clone())?;
    Ok(found.map(|existing| Refusal::Duplicate {
        kind: Kind::Order,
        name,
        existing: existing.id,
    }))
}

pub fn place(it: &Consigning, terms: &Terms, books: &Books<'_>) -> Result<Verdict, Stop> {
    sane(it)?;
    let to = party(it)?;
    let (order_id, id) = (books.fresh_id(), books.fresh_id());
    let own_shop = books.named(Kind::Shop, Name::code(terms.shop.0));
    let by = Carrying::look(it, terms, books);
    let (order_id, id, own_shop) = (order_id?, id?, own_shop?);
    let by = by?;
    let own_shop = own_shop.and_then(|record| look::as_shop(books, record));
    if let Some(shop) = own_shop {
        active("shop", Kind::Shop, shop.id(), shop.body.active)?;
    }
    let shop_id = own_shop.map_or_else(|| books.fresh_id(), |shop| Ok(shop.id()))?;
    let consigned = Consigned {
        made: true,
        ..consigned(it, terms, &by, &to)?
    };
    let order_code = codes::code(Kind::Order, books.account, order_id);
    let number = it.code.clone().unwrap_or_else(|| order_code.clone());
    let parcels = parcels(&[number], "code", &by.courier, books);
    if let (Some(number), Some(_)) = (&it.number, own_shop)
        && let Some(refusal) = taken(number, shop_id, books)?
    {
        return Err(refusal.into());
    }
    let order = ordered(it, terms, &by, shop_id, &to, books.now);
    let fulfilment = Fulfilment {
        state: FulfilmentState::Unfulfilled,
        state_since: books.now,
        order: order_id,
        order_number: order.number.clone().unwrap_or_else(|| order_code.clone()),
        order_code: order_code.clone(),
        shop: shop_id,
        platform: order.platform.clone(),
        pickup: order.pickup,
        lines: order
            .lines
            .iter()
            .map(|line| FulfilmentLine {
                line: line.id,
                quantity: line.quantity,
            })
            .collect(),
        parcels: parcels?,
        courier: order.choices.courier,
        courier_link: None,
        service: order.choices.service,
        box_size: None,
        cod: order.cod_asked,
        booking: None,
        consigned: Some(Box::new(consigned)),
        wishes: Vec::new(),
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
        receiver: Some(to),
    };
    let mut writes = Vec::with_capacity(3);
    if own_shop.is_none() {
        let code = Some(terms.shop.0.to_owned());
        writes.push(fresh(books, shop_id, code, shop(terms)));
    }
    writes.push(fresh(books, order_id, Some(order_code), order));
    let links = fulfilment.links(id).collect();
    writes.push(fresh(books, id, None, fulfilment));
    Ok(Verdict {
        writes,
        links,
        handovers: handover(id, &by.courier).into_iter().collect(),
        subject: Some(id),
        ..Verdict::default()
    })
}

/// Closes the order of a consigned fulfilment that was cancelled, which nothing else can ship.
pub fn close(flow: &Flow<'_>, reason: Option<&str>, who: Who, verdict: &mut Verdict, now: i64) {
    let id = flow.order.id();
    let write = verdict.writes.iter_mut().find(|it| it.after.id == id);
    let to = match who {
        Who::Merchant => OrderState::CancelledBySeller,
        Who::Warehouse => OrderState::CancelledByOperator,
        Who::Carrier | Who::System => OrderState::CancelledBySystem,
    };
    let who = if who == Who::Carrier {
        Who::System
    } else {
        who
    };
    if let Some(write) = write
        && let Body::Order(order) = &mut write.after.body
        && ORDER.find(order.state, to, who).is_some()
    {
        order.enter(to, now);
        order.cancel_reason = reason.map(str::to_owned);
        order.settle_cod(Decimal::ZERO);
    }
}

fn answered(answer: &CarrierAnswer) -> Result<(), Refusal> {
    text("note", &answer.note, TEXT)?;
    let time = answer.delivery_time.as_deref().unwrap_or_default();
    text("delivery_time", time, NAME)?;
    if answer.wish.goes_elsewhere() && answer.address.is_none() {
        return Err(invalid("address", "must be given"));
    }
    Ok(())
}

/// What the sender wishes for a parcel that could not be delivered.
pub fn answer(id: RecordId, answer: &CarrierAnswer, books: &Books<'_>) -> Result<Verdict, Stop> {
    answered(answer)?;
    let seen = look::fulfilment(books, id)?;
    let flow = Flow::look(seen.body.order, books)?;
    let to = answer.wish.leads_to();
    seen.stand().to(&FULFILMENT, to, &[Who::Merchant])?;
    let mut after = seen.body.clone();
    if answer.changes_receiver() {
        let party = after.receiver.get_or_insert_default();
        party.name = answer.name.clone().unwrap_or_else(|| party.name.clone());
        party.phone = answer.phone.clone().or_else(|| party.phone.take());
        party.address = answer
            .address
            .clone()
            .unwrap_or_else(|| party.address.clone());
        whither("receiver", party)?;
    }
    after.wishes.push(Wished {
        wish: answer.wish,
        at: books.now,
        delivery_time: answer.delivery_time.clone(),
        note: answer.note.clone(),
    });
    some("wishes", after.wishes.len(), MAX_LINES)?;
    after.enter(to, books.now, books.now);
    let mut verdict = Verdict {
        subject: Some(id),
        ..Verdict::default()
    };
    finish(&flow, &seen, after, books, &mut verdict);
    Ok(verdict)
}
