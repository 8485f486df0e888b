//! Changes of what is to be carried, as long as nobody has picked it up, whichever API made it.
//!
//! Chosen here: an order that was made by another API keeps its number and the place that its goods are
//! at. What is asked of its carrier is the shipment's; a receiver is the order's too where nothing else
//! of it is on its way.

use super::asked::{Carrying, consigned, party, sane};
use super::order::{as_asked, as_shipped, collect};
use super::taken;
use crate::orders::decide::check::invalid;
use crate::orders::decide::follow::{Flow, live};
use crate::orders::decide::fulfilment::handover;
use crate::orders::decide::look::{self, Seen};
use crate::orders::{
    Books, Consigned, Consigning, FULFILMENT, Fulfilment, FulfilmentState, Order, Party, RecordId,
    Refusal, Stop, Terms, Verdict, Who,
};

/// What is asked for, complete.
struct Wanted<'a> {
    it: Consigning,
    to: Party,
    by: Carrying<'a>,
    consigned: Consigned,
}

pub fn change(
    id: RecordId,
    wanted: &Consigning,
    terms: &Terms,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let seen = look::fulfilment(books, id)?;
    let flow = Flow::look(seen.body.order, books);
    let stands = stands(&seen, terms, books)?;
    let flow = flow?;
    // Who may cancel it may change it.
    let open = FulfilmentState::Cancelled;
    seen.stand().to(&FULFILMENT, open, &[Who::Merchant])?;
    let Some(receiver) = &seen.body.receiver else {
        return Err(invalid("fulfilment", "its receiver was erased").into());
    };
    let stands = match &seen.body.consigned {
        Some(before) => as_asked(flow.order.body, seen.body, before),
        None => as_shipped(flow.order.body, seen.body, stands),
    };
    let it = wanted.clone().or(stands);
    sane(&it)?;
    let to = Party {
        email: receiver.email.clone(),
        customer: receiver.customer,
        ..party(&it)?
    };
    let by = Carrying::look(&it, terms, books)?;
    let made = seen.body.made_by_carrier().is_some();
    let consigned = Consigned {
        made,
        ..consigned(&it, terms, &by, &to)?
    };
    let wanted = Wanted {
        it,
        to,
        by,
        consigned,
    };
    let mut order = flow.order.body.clone();
    let mut after = seen.body.clone();
    if made {
        anew(&mut order, &mut after, &wanted, terms, books)?;
    } else {
        otherwise(&mut order, &mut after, &wanted, &flow)?;
    }
    let Wanted {
        to, by, consigned, ..
    } = wanted;
    after.service = Some(by.service.id());
    after.courier = Some(by.courier.id());
    after.receiver = Some(to);
    after.consigned = Some(Box::new(consigned));
    let mut verdict = Verdict {
        subject: Some(id),
        handovers: handover(id, &by.courier).into_iter().collect(),
        ..Verdict::default()
    };
    verdict.writes.extend(flow.order.changed(books, order));
    verdict.writes.extend(seen.changed(books, after));
    Ok(verdict)
}

/// The code of the service that it has; its courier must be one of the carrier that is asked.
fn stands(
    seen: &Seen<'_, Fulfilment>,
    terms: &Terms,
    books: &Books<'_>,
) -> Result<Option<String>, Stop> {
    let service = seen.body.service.map(|id| look::service(books, id));
    let courier = seen.body.courier.map(|id| look::courier(books, id));
    let courier = courier.transpose()?;
    let service = service.transpose()?;
    if courier.is_none_or(|it| it.body.carrier != terms.carrier) {
        return Err(invalid("fulfilment", "is carried by somebody else").into());
    }
    Ok(service.map(|it| it.record.code.clone()))
}

/// An order that was consigned is wholly as it is asked for.
fn anew(
    order: &mut Order,
    after: &mut Fulfilment,
    wanted: &Wanted<'_>,
    terms: &Terms,
    books: &Books<'_>,
) -> Result<(), Stop> {
    let Wanted {
        it,
        to,
        by,
        consigned,
    } = wanted;
    let renamed = it.number.as_ref();
    let renamed = renamed.filter(|it| order.number.as_ref() != Some(*it));
    if let Some(number) = renamed
        && let Some(refusal) = taken(number, order.shop, books)?
    {
        return Err(refusal.into());
    }
    order.number.clone_from(&it.number);
    order.pickup = by.pickup.id();
    order.note = it.note.clone().unwrap_or_default();
    order.choices.service = Some(by.service.id());
    order.choices.courier = Some(by.courier.id());
    order.choices.inspection_by_buyer = it.show_goods.unwrap_or_default();
    order.choices.use_insurance = consigned.extras.iter().any(|it| it == terms.insurance);
    let additional = &mut order.choices.additional_services;
    additional.clone_from(&consigned.extras);
    collect(order, it.cod.unwrap_or_default());
    order.receiver = Some(to.clone());
    let number = it.number.clone();
    after.order_number = number.unwrap_or_else(|| after.order_code.clone());
    after.pickup = order.pickup;
    after.cod = order.cod_asked;
    Ok(())
}

/// One that another API made keeps what that gave it.
fn otherwise(
    order: &mut Order,
    after: &mut Fulfilment,
    wanted: &Wanted<'_>,
    flow: &Flow<'_>,
) -> Result<(), Refusal> {
    let Wanted { it, to, by, .. } = wanted;
    if by.pickup.id() != order.pickup {
        return Err(invalid("pickup", "is not where the goods are"));
    }
    let number = it.number.as_ref();
    if number.is_some_and(|it| *it != after.order_number) {
        return Err(invalid("number", "is given by whoever made the order"));
    }
    let cod = it.cod.unwrap_or_default();
    order.collect_more(cod - after.cod);
    after.cod = cod;
    order.note = it.note.clone().unwrap_or_default();
    if live(&flow.bodies()).len() <= 1 {
        order.receiver = Some(to.clone());
    }
    Ok(())
}
