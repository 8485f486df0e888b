//! What a tracked shipment tells of a parcel: which moves of a fulfilment or a return it means, as
//! data. A carrier tells late, in jumps and twice: scans that were left out are not waited for, and
//! what changes nothing writes nothing.

use super::consign;
use super::follow::{Flow, rank};
use super::fulfilment::finish;
use super::look::{self, Seen};
use super::returns;
use crate::orders::{
    Body, Books, FULFILMENT, Fulfilment, FulfilmentState, RETURN, Return, ReturnState, Stop,
    Verdict, Who,
};
use crate::{Milestone, Stage};

use FulfilmentState as F;
use ReturnState as R;

/// Milestones that say more than their stage; empty: they say nothing here.
const MILESTONES: &[(Milestone, &[F])] = &[
    (Milestone::AwaitingHandover, &[F::AwaitingHandover]),
    (Milestone::Redelivery, &[F::AwaitingRedelivery]),
    (Milestone::PickupMissed, &[F::PickupFailed]),
    (Milestone::Undelivered, &[F::AttemptFailed]),
    (Milestone::Unclaimed, &[F::AttemptFailed]),
];

/// What a stage means for a fulfilment: the first of these that it can become.
const STAGES: &[(Stage, &[F])] = &[
    (Stage::Unknown, &[]),
    (Stage::InfoReceived, &[]),
    (Stage::Accepted, &[F::Shipped]),
    (Stage::Preparing, &[]),
    (Stage::InTransit, &[F::InTransit]),
    (Stage::Customs, &[F::InTransit]),
    (Stage::Transshipment, &[F::InTransit]),
    (Stage::OutForDelivery, &[F::OutForDelivery]),
    (Stage::ReadyForPickup, &[F::OutForDelivery]),
    (Stage::AttemptFailed, &[F::AttemptFailed]),
    (Stage::Exception, &[]),
    (Stage::Returning, &[F::Returning]),
    (Stage::Delivered, &[F::Delivered]),
    (Stage::Returned, &[F::Returned]),
    (
        Stage::Cancelled,
        &[F::Cancelled, F::CancelledAwaitingReturn],
    ),
    (Stage::Lost, &[F::Lost]),
    (Stage::Seized, &[F::Lost]),
];

/// What a stage means for a return: that it is under way, as long as no warehouse has it.
const RETURNS: &[(Stage, R)] = &[
    (Stage::Accepted, R::Returning),
    (Stage::InTransit, R::Returning),
    (Stage::Customs, R::Returning),
    (Stage::Transshipment, R::Returning),
    (Stage::OutForDelivery, R::Returning),
    (Stage::ReadyForPickup, R::Returning),
    (Stage::AttemptFailed, R::Returning),
    (Stage::Returning, R::Returning),
    (Stage::Delivered, R::Returning),
    (Stage::Lost, R::Lost),
    (Stage::Seized, R::Lost),
];

fn entry<K: PartialEq, V: Copy>(table: &[(K, V)], key: &K) -> Option<V> {
    table
        .iter()
        .find(|(it, _)| it == key)
        .map(|(_, value)| *value)
}

/// What a milestone means for a fulfilment: the first of these that it can become. None says nothing.
pub fn told(milestone: Milestone) -> &'static [FulfilmentState] {
    entry(MILESTONES, &milestone)
        .or_else(|| entry(STAGES, &milestone.stage()))
        .unwrap_or_default()
}

/// What a milestone means for a return.
pub fn told_return(milestone: Milestone) -> Option<ReturnState> {
    entry(RETURNS, &milestone.stage())
}

pub fn tell(
    carrier: &str,
    number: &str,
    milestone: Milestone,
    at: i64,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let Some(record) = books.parcel(carrier, number)? else {
        return Ok(Verdict::default());
    };
    let news = News {
        carrier,
        number,
        milestone,
        at: at.clamp(record.created, books.now.max(record.created)),
    };
    match &record.body {
        Body::Fulfilment(_) => {
            let seen = look::as_fulfilment(books, record);
            seen.map_or_else(|| Ok(Verdict::default()), |it| fulfilment(it, &news, books))
        }
        Body::Return(_) => {
            let seen = look::as_return(books, record);
            seen.map_or_else(|| Ok(Verdict::default()), |it| return_(it, &news, books))
        }
        _ => Ok(Verdict::default()),
    }
}

struct News<'n> {
    carrier: &'n str,
    number: &'n str,
    milestone: Milestone,
    /// Not before the record, nor later than now.
    at: i64,
}

fn fulfilment(
    seen: Seen<'_, Fulfilment>,
    news: &News<'_>,
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let mut verdict = Verdict {
        subject: Some(seen.id()),
        ..Verdict::default()
    };
    if FULFILMENT.is_final(seen.body.state) || told(news.milestone).is_empty() {
        return Ok(verdict);
    }
    let mut after = seen.body.clone();
    for parcel in &mut after.parcels {
        let is_it = parcel.carrier == news.carrier && parcel.has(news.number);
        if is_it && told(parcel.milestone) != told(news.milestone) {
            parcel.milestone = news.milestone;
            parcel.at = Some(news.at);
        }
    }
    if after == *seen.body {
        return Ok(verdict);
    }
    let flow = Flow::look(seen.body.order, books)?;
    if let Some(to) = least(&after) {
        after.enter(to, news.at, books.now);
    }
    let ends = after.state == F::Cancelled && after.made_by_carrier().is_some();
    finish(&flow, &seen, after, books, &mut verdict);
    if ends {
        consign::close(&flow, None, Who::Carrier, &mut verdict, books.now);
    }
    Ok(verdict)
}

/// Where its parcels put a fulfilment: with the one that is least advanced. Those of which nothing was
/// told hold it where it is; those that were cancelled go nowhere, unless all were.
fn least(fulfilment: &Fulfilment) -> Option<F> {
    let from = fulfilment.state;
    let can = |to: &F| FULFILMENT.find(from, *to, Who::Carrier).is_some();
    let said = |milestone: Milestone| {
        let all = told(milestone).iter().copied();
        all.clone()
            .find(can)
            .or_else(|| all.clone().find(|to| *to == from))
    };
    let going: Vec<_> = fulfilment
        .parcels
        .iter()
        .filter(|it| it.milestone != Milestone::Cancelled)
        .collect();
    if going.is_empty() {
        return said(Milestone::Cancelled).filter(can);
    }
    let states = going.iter().map(|it| said(it.milestone));
    let states = states.collect::<Option<Vec<_>>>()?;
    states.into_iter().min_by_key(|it| rank(*it)).filter(can)
}

fn return_(seen: Seen<'_, Return>, news: &News<'_>, books: &Books<'_>) -> Result<Verdict, Stop> {
    let nothing = Verdict {
        subject: Some(seen.id()),
        ..Verdict::default()
    };
    let Some(to) = told_return(news.milestone) else {
        return Ok(nothing);
    };
    if RETURN.find(seen.body.state, to, Who::Carrier).is_none() {
        return Ok(nothing);
    }
    let mut after = seen.body.clone();
    if let Some(parcel) = &mut after.parcel {
        parcel.milestone = news.milestone;
        parcel.at = Some(news.at);
    }
    returns::moved(seen, after, to, books)
}
