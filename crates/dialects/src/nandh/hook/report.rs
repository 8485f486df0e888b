//! What a webhook reports of goods: an inbound's status, an item's stock (nandh-oms.md §10). The message
//! is kept byte for byte; what is understood of it stands beside it.
//!
//! An inbound's webhook has no quantities of its own: where a sender adds them, they are read under the
//! names of an inbound's detail (§8, N4) and of its items (N5) [inferred].

use super::super::request::whole;
use super::super::statement::{SINCE, STATUS, seconds};
use super::super::{NAME, states};
use super::Event;
use crate::raw::{self, Object, Value};
use sha2::{Digest, Sha256};
use trackway_model::ConnectionId;
use trackway_model::orders::{
    Condition, Count, InboundState, NewReport, Report, ReportType, Says, ToldLevel,
};

/// Members that say since when it is so.
const INBOUND_SINCE: [&str; 2] = [SINCE, "updated_time"];
const STOCK_SINCE: [&str; 1] = ["updated_time"];

/// Bytes of a hash in a code.
const HASH: usize = 16;

/// The report that a body holds.
pub fn of(connection: ConnectionId, counted_at: Option<String>, body: &[u8]) -> Option<NewReport> {
    let webhook = Object::parse(body).ok()?;
    let event = Event::told(&webhook)?;
    let since: &[&str] = match event {
        Event::InboundCreated | Event::InboundUpdated => &INBOUND_SINCE,
        Event::StockUpdated => &STOCK_SINCE,
        Event::OrderCreated
        | Event::OrderUpdated
        | Event::ShipmentCreated
        | Event::ShipmentUpdated
        | Event::ReturnUpdated => return None,
    };
    let subject = text(&webhook, event.number())?;
    let says = if event == Event::StockUpdated {
        stock(&webhook)
    } else {
        inbound(&webhook)
    };
    let place = match &says {
        Says::Stock { warehouse, .. } => warehouse.as_deref().unwrap_or_default(),
        Says::Inbound { .. } => "",
    };
    let at = since.iter().find_map(|name| seconds(webhook.get(name)?));
    Some(NewReport {
        code: known_by(connection, &[body]),
        standing: stands_as(connection, says.report_type(), place, &subject),
        counts: match says.report_type() {
            ReportType::Inbound => counts(&webhook),
            ReportType::Stock => Vec::new(),
        },
        counted_at,
        report: Report {
            connection: connection.0,
            dialect: NAME.to_owned(),
            event: event.code().to_owned(),
            subject,
            at: at.map(|at| at.wall),
            says,
            about: None,
            standing: false,
            body: body.to_vec(),
        },
    })
}

/// The code of what was told last of a thing, be it by webhook or asked for.
pub fn stands_as(
    connection: ConnectionId,
    report_type: ReportType,
    place: &str,
    subject: &str,
) -> String {
    let kind = report_type.name();
    known_by(
        connection,
        &[kind.as_bytes(), place.as_bytes(), subject.as_bytes()],
    )
}

/// A code of a connection's own: the same for the same parts.
pub fn known_by(connection: ConnectionId, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let hash = hash.finalize();
    format!("R{}-{}", connection.0, hex::encode(&hash[..HASH]))
}

pub fn text(of: &Object<'_>, name: &str) -> Option<String> {
    let text = raw::scalar(of.get(name)?)?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn number(of: &Object<'_>, name: &str) -> Option<i64> {
    whole(&raw::scalar(of.get(name)?)?)
}

pub fn inbound(webhook: &Object<'_>) -> Says {
    let state = number(webhook, STATUS);
    Says::Inbound {
        reference: text(webhook, "reference_code"),
        state: state.and_then(|code| states::state::<InboundState>(states::INBOUND, code)),
    }
}

pub fn stock(webhook: &Object<'_>) -> Says {
    let of = |name| number(webhook, name);
    Says::Stock {
        warehouse: text(webhook, "warehouse_provider"),
        level: ToldLevel {
            on_hand: of("stock"),
            available: of("available_stock"),
            reserved: of("reserved_stock"),
            incoming: of("incoming"),
        },
    }
}

/// By line where there are lines, else of the whole.
fn counts(webhook: &Object<'_>) -> Vec<Count> {
    let items = webhook.list("items").unwrap_or_default();
    let lines = items.iter().filter_map(Value::object);
    let lines: Vec<Count> = lines.filter_map(|line| count(&line)).collect();
    if !lines.is_empty() {
        return lines;
    }
    let whole = condition(webhook, "total_");
    let of = |condition| Count {
        sku: None,
        condition,
    };
    whole.map(of).into_iter().collect()
}

/// How a line came in.
pub fn count(line: &Object<'_>) -> Option<Count> {
    Some(Count {
        sku: Some(text(line, "sku")?),
        condition: condition(line, "")?,
    })
}

/// None where nothing is said of what was received.
fn condition(of: &Object<'_>, prefix: &str) -> Option<Condition> {
    let said = |name: &str| number(of, &format!("{prefix}{name}_quantity"));
    let damaged = ["damaged", "damaged_2", "damaged_3"];
    Some(Condition {
        line: 0,
        received: said("received")?,
        damaged: damaged.map(|name| said(name).unwrap_or_default()),
        lost: said("lost").unwrap_or_default(),
    })
}
