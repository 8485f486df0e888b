//! Reports of other systems: kept whatever they say, and followed as far as our own rules allow. What
//! they say never refuses them: an inbound that can't move stays, a level that can't be reached is come
//! as near to as it can be.

use super::check::{NAME, name, some, text};
use super::inbound;
use super::look::{self, Seen, fresh};
use crate::orders::{
    Books, Condition, Count, Inbound, InboundState, Kind, Movement, Name, NameKind, NewReport,
    Record, RecordId, Refusal, Report, Says, StockKey, StockMove, Stop, ToldLevel, Verdict, Write,
};
use std::sync::Arc;

/// The most bytes of a message.
const MAX_BODY: usize = 1 << 20;

fn sane(new: &NewReport) -> Result<(), Refusal> {
    name("code", &new.code)?;
    name("standing", &new.standing)?;
    let report = &new.report;
    name("dialect", &report.dialect)?;
    name("event", &report.event)?;
    name("subject", &report.subject)?;
    some("body", report.body.len(), MAX_BODY)?;
    let told = match &report.says {
        Says::Inbound { reference, .. } => ("reference", reference),
        Says::Stock { warehouse, .. } => ("warehouse", warehouse),
    };
    text(told.0, told.1.as_deref().unwrap_or_default(), NAME)
}

/// Keeps a message, and what it makes of what is known.
pub fn take(new: &NewReport, books: &Books<'_>) -> Result<Verdict, Stop> {
    sane(new)?;
    let held = books.named(Kind::Report, Name::code(&new.code));
    let standing = books.named(Kind::Report, Name::code(&new.standing));
    let about = about(&new.report, books);
    let place = new.counted_at.as_ref();
    let place = place.map(|code| books.named(Kind::PickupAddress, Name::code(code)));
    let id = books.fresh_id();
    if let Some(held) = held? {
        return Ok(Verdict {
            subject: Some(held.id),
            ..Verdict::default()
        });
    }
    let (standing, about, id) = (standing?, about?, id?);
    let place = place.transpose()?.flatten();
    let place = place.and_then(|record| look::as_pickup(books, record));
    let report = Report {
        about: about.map(|record| record.id),
        standing: false,
        ..new.report.clone()
    };
    let mut verdict = Verdict {
        writes: vec![fresh(books, id, Some(new.code.clone()), report.clone())],
        subject: Some(id),
        ..Verdict::default()
    };
    let before = standing.and_then(|record| look::as_report(books, record));
    // What is told of one instant twice is told last.
    if before.is_some_and(|before| before.body.at > report.at) {
        return Ok(verdict);
    }
    verdict.writes.push(stands(new, &report, before, books)?);
    match (&report.says, about) {
        (
            Says::Inbound {
                state: Some(to), ..
            },
            Some(record),
        ) => {
            if let Some(seen) = look::as_inbound(books, record) {
                follow(seen, *to, &new.counts, books, &mut verdict)?;
            }
        }
        (
            Says::Stock {
                warehouse,
                level:
                    ToldLevel {
                        on_hand: Some(told),
                        ..
                    },
            },
            Some(item),
        ) => {
            let told_of = |code: &String| warehouse.as_ref().is_none_or(|told| told == code);
            let place = place.filter(|it| it.body.warehouse.as_ref().is_none_or(told_of));
            if let Some(place) = place {
                let key = StockKey {
                    item: item.id,
                    warehouse: place.id(),
                };
                verdict.moves.extend(counted(key, *told, id, books)?);
            }
        }
        (Says::Inbound { .. } | Says::Stock { .. }, _) => {}
    }
    Ok(verdict)
}

/// What was told last, with this.
fn stands(
    new: &NewReport,
    report: &Report,
    before: Option<Seen<'_, Report>>,
    books: &Books<'_>,
) -> Result<Write, Stop> {
    let after = Report {
        standing: true,
        ..report.clone()
    };
    Ok(match before {
        Some(before) => before.rewritten(books, after),
        None => fresh(books, books.fresh_id()?, Some(new.standing.clone()), after),
    })
}

/// Our record that a report is about: an inbound by our own code, where the sender has that as its
/// reference, or by our reference, where that is the sender's code; an item by its SKU.
fn about<'a>(report: &Report, books: &Books<'a>) -> Result<Option<&'a Arc<Record>>, Stop> {
    let account = RecordId(0);
    match &report.says {
        Says::Stock { .. } => {
            let sku = Name::new(NameKind::Sku, account, &report.subject);
            books.named(Kind::Item, sku)
        }
        Says::Inbound { reference, .. } => {
            let reference = reference.as_ref().filter(|text| !text.is_empty());
            let ours = reference.map(|code| books.named(Kind::Inbound, Name::code(code)));
            let title = Name::new(NameKind::Title, account, &report.subject);
            let theirs = books.named(Kind::Inbound, title);
            Ok(ours.transpose()?.flatten().or(theirs?))
        }
    }
}

/// Moves an inbound as far as a report tells of it.
fn follow(
    seen: Seen<'_, Inbound>,
    to: InboundState,
    counts: &[Count],
    books: &Books<'_>,
    verdict: &mut Verdict,
) -> Result<(), Stop> {
    let conditions: Vec<Condition> = counts
        .iter()
        .filter_map(|count| condition(seen.body, count))
        .collect();
    let Some(followed) = inbound::follow(seen, to, &conditions, books)? else {
        return Ok(());
    };
    verdict.writes.extend(followed.writes);
    verdict.moves.extend(followed.moves);
    Ok(())
}

/// The condition of the one line that a count can be of, where the line holds so many.
fn condition(inbound: &Inbound, count: &Count) -> Option<Condition> {
    let is_of = |sku: &String| count.sku.as_ref().is_none_or(|told| told == sku);
    let mut lines = inbound.lines.iter().filter(|line| is_of(&line.sku));
    let line = lines.next().filter(|_| lines.next().is_none())?;
    let told = count.condition;
    let counted = [told.received, told.lost].into_iter().chain(told.damaged);
    let sum = counted.into_iter().try_fold(0_i64, |sum, many| {
        (many >= 0).then(|| sum.checked_add(many)).flatten()
    })?;
    (sum <= line.quantity).then_some(Condition {
        line: line.id,
        ..told
    })
}

/// The movement that brings our level to the told one, as near as reserved ones allow.
fn counted(
    key: StockKey,
    told: i64,
    cause: RecordId,
    books: &Books<'_>,
) -> Result<Option<StockMove>, Stop> {
    let level = books.level(key)?;
    let more = told.max(0).saturating_sub(level.on_hand);
    let (movement, quantity) = if more > 0 {
        (Movement::Found, more.min(super::MAX_QUANTITY))
    } else {
        (Movement::Missing, (-more).min(level.available()))
    };
    Ok((quantity > 0).then_some(StockMove {
        key,
        movement,
        quantity,
        cause,
    }))
}
