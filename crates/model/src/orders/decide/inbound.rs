//! Inbounds: announced, received, inspected, completed with every piece accounted for.

use super::check::{
    MAX_LINES, NAME, TEXT, amount, count, distinct, few, invalid, name, quantity, some, text,
};
use super::codes;
use super::look::{self, Seen, active, fresh};
use crate::orders::{
    Books, Condition, INBOUND, Inbound, InboundLine, InboundState, Item, Kind, Movement, Name,
    NameKind, NewInbound, RecordId, Refusal, StockKey, StockMove, Stop, Verdict, Who,
};
use std::collections::BTreeMap;

fn sane(new: &NewInbound) -> Result<(), Refusal> {
    some("lines", new.lines.len(), MAX_LINES)?;
    for (at, (sku, wanted, cost, parcel)) in new.lines.iter().enumerate() {
        name(format!("lines[{at}].sku"), sku)?;
        quantity(format!("lines[{at}].quantity"), *wanted)?;
        amount(format!("lines[{at}].cost"), *cost)?;
        text(format!("lines[{at}].parcel_code"), parcel, NAME)?;
    }
    count("parcels", new.parcels)?;
    few(
        "additional_services",
        new.additional_services.len(),
        MAX_LINES,
    )?;
    for (at, service) in new.additional_services.iter().enumerate() {
        name(format!("additional_services[{at}]"), service)?;
    }
    distinct("additional_services", new.additional_services.iter())?;
    few("documents", new.documents.len(), MAX_LINES)?;
    for (at, document) in new.documents.iter().enumerate() {
        text(format!("documents[{at}]"), document, TEXT)?;
    }
    text(
        "reference",
        new.reference.as_deref().unwrap_or_default(),
        NAME,
    )?;
    text("note", &new.note, TEXT)
}

pub fn announce(new: &NewInbound, books: &Books<'_>) -> Result<Verdict, Stop> {
    sane(new)?;
    let id = books.fresh_id();
    let warehouse = look::pickup(books, new.warehouse);
    let vendor = new.vendor.map(|id| look::vendor(books, id));
    let sku = |text: &String| Name::new(NameKind::Sku, RecordId(0), text);
    let looks: Vec<_> = new
        .lines
        .iter()
        .map(|(text, ..)| books.named(Kind::Item, sku(text)))
        .collect();
    let id = id?;
    active(
        "warehouse",
        Kind::PickupAddress,
        new.warehouse,
        warehouse?.body.active,
    )?;
    vendor.transpose()?;
    let mut lines = Vec::with_capacity(looks.len());
    for (at, ((text, wanted, cost, parcel), found)) in new.lines.iter().zip(looks).enumerate() {
        let item = found?.and_then(|record| look::as_item(books, record));
        let item = item.ok_or_else(|| Refusal::UnknownName {
            kind: Kind::Item,
            name: sku(text),
        })?;
        active(
            &format!("lines[{at}].sku"),
            Kind::Item,
            item.id(),
            item.body.active,
        )?;
        let parcel = match &**parcel {
            "" => codes::inbound_parcel(at),
            given => given.to_owned(),
        };
        lines.push(InboundLine {
            cost: *cost,
            parcel_code: parcel,
            ..line(at as u32 + 1, item.id(), &item.body.sku, *wanted)
        });
    }
    let inbound = Inbound {
        note: new.note.clone(),
        reference: new.reference.clone(),
        vendor: new.vendor,
        parcels: new.parcels,
        additional_services: new.additional_services.clone(),
        priority: new.priority,
        documents: new.documents.clone(),
        estimated_delivery: new.estimated_delivery,
        extra: new.extra.clone(),
        ..inbound(new.inbound_type, new.warehouse, lines, books.now)
    };
    Ok(Verdict {
        moves: book(&inbound, Movement::Announce, id, |line| line.quantity),
        writes: vec![fresh(books, id, None, inbound)],
        subject: Some(id),
        ..Verdict::default()
    })
}

/// A line of which nothing came in yet.
pub fn line(id: u32, item: RecordId, sku: &str, quantity: i64) -> InboundLine {
    InboundLine {
        id,
        item,
        sku: sku.to_owned(),
        quantity,
        received: 0,
        damaged: [0; 3],
        lost: 0,
        cost: rust_decimal::Decimal::ZERO,
        parcel_code: String::new(),
        inspection_note: String::new(),
        inspected: None,
        weight: None,
        volume: None,
    }
}

/// An inbound that was announced and nothing more.
pub fn inbound(
    inbound_type: crate::orders::InboundType,
    warehouse: RecordId,
    lines: Vec<InboundLine>,
    now: i64,
) -> Inbound {
    Inbound {
        state: InboundState::New,
        state_since: now,
        inbound_type,
        reference: None,
        return_: None,
        warehouse,
        vendor: None,
        note: String::new(),
        parcels: 0,
        additional_services: Vec::new(),
        priority: false,
        documents: Vec::new(),
        lines,
        estimated_delivery: None,
        received: None,
        inspected: None,
        completed: None,
        cancelled: None,
        cancel_reason: None,
        extra: serde_json::Map::new(),
    }
}

/// One movement of so much of each of its items.
fn book(
    inbound: &Inbound,
    movement: Movement,
    cause: RecordId,
    of: impl Fn(&InboundLine) -> i64,
) -> Vec<StockMove> {
    let mut sums = BTreeMap::<RecordId, i64>::new();
    for line in &inbound.lines {
        *sums.entry(line.item).or_default() += of(line);
    }
    let some = sums.into_iter().filter(|(_, quantity)| *quantity > 0);
    some.map(|(item, quantity)| StockMove {
        key: StockKey {
            item,
            warehouse: inbound.warehouse,
        },
        movement,
        quantity,
        cause,
    })
    .collect()
}

fn seen<'a>(id: RecordId, books: &Books<'a>) -> Result<Seen<'a, Inbound>, Stop> {
    let seen = look::inbound(books, id)?;
    if seen.body.return_.is_some() {
        return Err(invalid("inbound", "it belongs to a return and goes with it").into());
    }
    Ok(seen)
}

pub fn cancel(inbound: RecordId, reason: Option<&str>, books: &Books<'_>) -> Result<Verdict, Stop> {
    text("reason", reason.unwrap_or_default(), TEXT)?;
    let seen = seen(inbound, books)?;
    seen.stand()
        .to(&INBOUND, InboundState::Cancelled, &[Who::Merchant])?;
    let mut after = seen.body.clone();
    enter(&mut after, InboundState::Cancelled, books.now);
    after.cancel_reason = reason.map(str::to_owned);
    Ok(Verdict {
        moves: book(seen.body, Movement::Retract, seen.id(), |line| {
            line.quantity
        }),
        writes: vec![seen.rewritten(books, after)],
        subject: Some(seen.id()),
        ..Verdict::default()
    })
}

/// Enters a state, and says when.
pub fn enter(inbound: &mut Inbound, to: InboundState, now: i64) {
    inbound.state = to;
    inbound.state_since = now;
    let when = match to {
        InboundState::New | InboundState::AwaitingArrival => return,
        InboundState::Received => &mut inbound.received,
        InboundState::Inspecting => &mut inbound.inspected,
        InboundState::Completed => &mut inbound.completed,
        InboundState::Cancelled => &mut inbound.cancelled,
    };
    *when = Some(now);
}

pub fn go(
    inbound: RecordId,
    to: InboundState,
    conditions: &[Condition],
    books: &Books<'_>,
) -> Result<Verdict, Stop> {
    let counts = matches!(to, InboundState::Inspecting | InboundState::Completed);
    counted(conditions, counts)?;
    if to == InboundState::Cancelled {
        return cancel(inbound, None, books);
    }
    let seen = seen(inbound, books)?;
    let mut after = seen.body.clone();
    inspect(&mut after, conditions, books.now)?;
    // An inspection counts as often as it likes.
    if !(to == InboundState::Inspecting && after.state == to && !conditions.is_empty()) {
        seen.stand().to(&INBOUND, to, &[Who::Warehouse])?;
        enter(&mut after, to, books.now);
    }
    let mut verdict = Verdict {
        subject: Some(seen.id()),
        ..Verdict::default()
    };
    if to == InboundState::Completed {
        all_accounted(&after)?;
        complete(&after, seen.id(), books, &mut verdict)?;
    }
    verdict.writes.insert(0, seen.rewritten(books, after));
    Ok(verdict)
}

fn all_accounted(inbound: &Inbound) -> Result<(), Refusal> {
    for (at, line) in inbound.lines.iter().enumerate() {
        let sum = line.received + line.lost + line.damaged.iter().sum::<i64>();
        accounted(at, line.quantity, sum)?;
    }
    Ok(())
}

/// Books what came in.
fn complete(
    inbound: &Inbound,
    id: RecordId,
    books: &Books<'_>,
    verdict: &mut Verdict,
) -> Result<(), Stop> {
    for (movement, of) in OUTCOMES {
        verdict.moves.extend(book(inbound, *movement, id, of));
    }
    verdict.writes.extend(qualified(inbound, books)?);
    Ok(())
}

/// An inbound's way through a warehouse.
const WAY: &[InboundState] = &[
    InboundState::New,
    InboundState::AwaitingArrival,
    InboundState::Received,
    InboundState::Inspecting,
    InboundState::Completed,
];

/// What another warehouse tells of an inbound: it goes all the way to there, and is completed where
/// every piece is accounted for; else it waits for that. None: it stays as it is.
pub fn follow(
    seen: Seen<'_, Inbound>,
    to: InboundState,
    conditions: &[Condition],
    books: &Books<'_>,
) -> Result<Option<Verdict>, Stop> {
    let place = |state: InboundState| WAY.iter().position(|it| *it == state);
    let from = seen.body.state;
    if seen.body.return_.is_some() || INBOUND.is_final(from) {
        return Ok(None);
    }
    let (Some(here), Some(there)) = (place(from), place(to)) else {
        // Called off: while nothing was received, as everywhere.
        return match seen.stand().to(&INBOUND, to, &[Who::Warehouse]) {
            Ok(_) => cancel(seen.id(), None, books).map(Some),
            Err(_) => Ok(None),
        };
    };
    let mut after = seen.body.clone();
    if to == InboundState::Inspecting || to == InboundState::Completed {
        inspect(&mut after, conditions, books.now)?;
    }
    let mut verdict = Verdict::default();
    for state in WAY.iter().take(there + 1).skip(here + 1) {
        if *state == InboundState::Completed {
            if all_accounted(&after).is_err() {
                break;
            }
            complete(&after, seen.id(), books, &mut verdict)?;
        }
        enter(&mut after, *state, books.now);
    }
    let Some(write) = seen.changed(books, after) else {
        return Ok(None);
    };
    verdict.writes.insert(0, write);
    Ok(Some(verdict))
}

type Part = fn(&InboundLine) -> i64;

/// What becomes of what was announced.
const OUTCOMES: &[(Movement, Part)] = &[
    (Movement::Receive, |line| line.received),
    (Movement::ReceiveDamaged, |line| line.damaged.iter().sum()),
    (Movement::Retract, |line| line.lost),
];

/// Items that a warehouse saw good pieces of: it takes them from now on.
fn qualified(inbound: &Inbound, books: &Books<'_>) -> Result<Vec<crate::orders::Write>, Stop> {
    let mut items: Vec<_> = inbound
        .lines
        .iter()
        .filter(|line| line.received > 0)
        .map(|line| line.item)
        .collect();
    items.sort_unstable();
    items.dedup();
    let looks: Vec<_> = items.iter().map(|id| look::item(books, *id)).collect();
    let mut writes = Vec::new();
    for seen in looks {
        let seen: Seen<'_, Item> = seen?;
        if !seen.body.qualified {
            let after = Item {
                qualified: true,
                status_since: books.now,
                ..seen.body.clone()
            };
            writes.push(seen.rewritten(books, after));
        }
    }
    Ok(writes)
}

/// What can be wrong with counts by themselves.
pub fn counted(conditions: &[Condition], counts: bool) -> Result<(), Refusal> {
    if !counts && !conditions.is_empty() {
        return Err(invalid(
            "conditions",
            "can be given where it is inspected or completed only",
        ));
    }
    few("conditions", conditions.len(), MAX_LINES)?;
    for (at, it) in conditions.iter().enumerate() {
        count(format!("conditions[{at}].received"), it.received)?;
        count(format!("conditions[{at}].lost"), it.lost)?;
        for damaged in it.damaged {
            count(format!("conditions[{at}].damaged"), damaged)?;
        }
    }
    distinct("conditions", conditions.iter().map(|it| it.line))
}

fn inspect(inbound: &mut Inbound, conditions: &[Condition], now: i64) -> Result<(), Refusal> {
    for (at, it) in conditions.iter().enumerate() {
        let line = inbound.lines.iter_mut().find(|line| line.id == it.line);
        let Some(line) = line else {
            return Err(no_line(at, it.line));
        };
        line.received = it.received;
        line.damaged = it.damaged;
        line.lost = it.lost;
        line.inspected = Some(now);
    }
    Ok(())
}

pub fn no_line(at: usize, line: u32) -> Refusal {
    invalid(
        format!("conditions[{at}].line"),
        format!("there is no line {line}"),
    )
}

/// Received, damaged and lost make up what was announced of a line.
pub fn accounted(at: usize, announced: i64, sum: i64) -> Result<(), Refusal> {
    if announced == sum {
        return Ok(());
    }
    Err(Refusal::SumMismatch {
        field: format!("lines[{at}]"),
        given: format!("{announced} announced"),
        sum: format!("{sum} received, damaged and lost"),
    })
}
