//! What a carrier answered that was told of a fulfilment: kept with it, and its number tracked.
//!
//! Chosen here: a cancelled fulfilment stays cancelled though its carrier has it already and refuses to
//! give it back (finals are left by nothing): the refusal stands in the record, and the parcel is
//! tracked again, so that it is seen where it goes. A parcel that was consigned through its carrier's own
//! API keeps the number that it has here; the carrier's stands beside it.

use super::check::{NAME, amount, text, waybill};
use super::follow::Flow;
use super::fulfilment::{attach, finish, untaken};
use super::look;
use crate::orders::{
    Books, Declined, Deed, FULFILMENT, Fulfilment, FulfilmentState, RecordId, Refusal, Reply, Stop,
    Verdict, Who,
};

/// The most characters of a carrier's code.
const CODE: usize = 64;

fn sane(reply: &Reply) -> Result<(), Refusal> {
    match reply {
        Reply::Taken { number, cost } => {
            number.as_ref().map_or(Ok(()), |it| waybill("number", it))?;
            cost.map_or(Ok(()), |it| amount("cost", it))
        }
        Reply::Done(_) => Ok(()),
        Reply::Declined {
            code, text: why, ..
        } => {
            text("code", code, CODE)?;
            text("text", why, NAME)
        }
    }
}

pub fn answered(id: RecordId, reply: &Reply, books: &Books<'_>) -> Result<Verdict, Stop> {
    sane(reply)?;
    let seen = look::fulfilment(books, id)?;
    let flow = Flow::look(seen.body.order, books);
    let courier = seen.body.courier.map(|id| look::courier(books, id));
    let courier = courier.transpose()?;
    let flow = flow?;
    let mut after = seen.body.clone();
    let mut verdict = Verdict {
        subject: Some(id),
        ..Verdict::default()
    };
    note(&mut after, reply, books.now);
    match reply {
        Reply::Taken { number, .. } if !FULFILMENT.is_final(after.state) => {
            if let Some(number) = number
                && after.made_by_carrier().is_some()
            {
                // It keeps its own number, under which it is asked about anew.
                if !after.parcels.iter().any(|it| it.has(number)) {
                    let carrier = courier.map_or("", |it| it.body.carrier.as_str());
                    untaken(std::slice::from_ref(number), carrier, books)?;
                }
                verdict.links.extend(after.links(id));
            } else if let Some(number) = number {
                let link = attach(&mut after, id, number, courier, books)?;
                verdict.links.extend(link);
                label(&mut after, books.now);
            }
        }
        Reply::Declined {
            deed: Deed::Cancel, ..
        } => verdict.links.extend(after.links(id)),
        Reply::Taken { .. } | Reply::Done(_) | Reply::Declined { .. } => {}
    }
    finish(&flow, &seen, after, books, &mut verdict);
    Ok(verdict)
}

fn note(fulfilment: &mut Fulfilment, reply: &Reply, now: i64) {
    let wishes = fulfilment.wishes.len() as u32;
    let booking = fulfilment.booking.get_or_insert_default();
    match reply {
        Reply::Taken { number, cost } => {
            booking.taken.get_or_insert(now);
            booking.number = number.clone().or_else(|| booking.number.take());
            booking.cost = cost.or(booking.cost);
            booking.refused = None;
        }
        Reply::Done(deed) => {
            match deed {
                Deed::Cancel => booking.cancelled = Some(now),
                Deed::Wish => booking.heard = wishes,
                Deed::Create | Deed::Update => {}
            }
            booking.refused = None;
        }
        Reply::Declined { deed, code, text } => {
            let (deed, code, text) = (*deed, code.clone(), text.clone());
            if deed == Deed::Wish {
                booking.heard = wishes;
            }
            booking.refused = Some(Declined {
                deed,
                code,
                text,
                at: now,
            });
        }
    }
}

/// It has a number now, which is what it waited for.
fn label(fulfilment: &mut Fulfilment, now: i64) {
    let to = FulfilmentState::Unfulfilled;
    if FULFILMENT.find(fulfilment.state, to, Who::System).is_some()
        && fulfilment.state != FulfilmentState::OutOfStock
    {
        fulfilment.enter(to, now, now);
    }
}
