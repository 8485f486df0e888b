//! Records as files hold them: what an export writes an import takes.
//!
//! Guarantee: nothing is made twice. An order is known by its number in its shop, a product and an item
//! by SKU, an inbound by its reference; stock is counted, so that what is counted already moves nothing.
//! Records are named by code, so that a file means the same in another installation. Orders and inbounds
//! that have ended can't be begun anew: they are written, and left out when they are taken in.

use super::{kind_of, made, segment};
use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use std::collections::{HashMap, HashSet};
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::native::orders::{
    Adjustment, Done, InboundWanted, OrderWanted, Told, Wrong, carry_out, commands, entry, named,
    read,
};
use trackway_dialects::native::wire::MemberError;
use trackway_hub::Hub;
use trackway_model::orders::{
    Body, Command, Kind, Level, Name, NameKind, Record, RecordId, RecordQuery, Sort,
};
use trackway_web::admin::TakenIn;

/// Members that name records.
const REFS: [(&str, Kind); 12] = [
    ("shop", Kind::Shop),
    ("pickup", Kind::PickupAddress),
    ("warehouse", Kind::PickupAddress),
    ("vendor", Kind::Vendor),
    ("customer", Kind::Customer),
    ("service", Kind::Service),
    ("courier", Kind::Courier),
    ("courier_link", Kind::CourierLink),
    ("box_size", Kind::BoxSize),
    ("category", Kind::Category),
    ("brand", Kind::Brand),
    ("unit", Kind::Unit),
];

/// What a file tells of a record besides what makes it.
const TOLD_ONLY: [&str; 4] = ["state", "reserved", "incoming", "damaged"];

/// Members of an order's line that make it.
const ORDER_LINE: [&str; 4] = ["sku", "quantity", "sale_price", "discounted_price"];
const INBOUND_LINE: [&str; 4] = ["sku", "quantity", "cost", "parcel_code"];

/// Names of records by id, as far as they were needed.
type Codes = HashMap<(Kind, RecordId), String>;

/// A page of an account's records as a file holds them.
pub async fn page(
    hub: &Hub,
    whose: &Principal,
    kind: &str,
    offset: u64,
    limit: u32,
) -> anyhow::Result<Value> {
    let of = if kind == "stock" {
        Kind::Item
    } else {
        kind_of(kind)?
    };
    let query = RecordQuery {
        sort: Sort::OldestFirst,
        offset,
        limit,
        ..RecordQuery::of(of)
    };
    let found = hub.records(whose, query).await?;
    let mut codes = Codes::new();
    let mut records = Vec::new();
    if kind == "stock" {
        for level in super::levels_of(hub, whose, &found.records, None).await? {
            let mut level = json!(level);
            let warehouse = RecordId(level["warehouse"].as_i64().unwrap_or_default());
            let code = code(hub, whose, &mut codes, Kind::PickupAddress, warehouse).await?;
            level["item"] = level["sku"].take();
            level["warehouse"] = json!(code);
            records.push(only(
                &level,
                &[
                    "item",
                    "warehouse",
                    "on_hand",
                    "reserved",
                    "incoming",
                    "damaged",
                ],
            ));
        }
    } else {
        for record in &found.records {
            records.push(written(hub, whose, &mut codes, record).await?);
        }
    }
    Ok(json!({
        "records": records,
        "read": found.records.len(),
        "total": found.total.count(),
    }))
}

async fn code(
    hub: &Hub,
    whose: &Principal,
    codes: &mut Codes,
    kind: Kind,
    id: RecordId,
) -> anyhow::Result<String> {
    if let Some(known) = codes.get(&(kind, id)) {
        return Ok(known.clone());
    }
    let found = hub.record(whose, kind, id).await?;
    let found = found.with_context(|| format!("there is no {kind} {id}"))?;
    let text = match found.body {
        Body::Item(item) => item.sku,
        _ => found.code,
    };
    codes.insert((kind, id), text.clone());
    Ok(text)
}

fn only(value: &Value, members: &[&str]) -> Value {
    let kept = members.iter().filter(|name| !value[**name].is_null());
    kept.map(|name| ((*name).to_owned(), value[*name].clone()))
        .collect::<Map<_, _>>()
        .into()
}

/// A record as it could be asked for again.
async fn written(
    hub: &Hub,
    whose: &Principal,
    codes: &mut Codes,
    record: &Record,
) -> anyhow::Result<Value> {
    let mut told = json!(Told::of(record));
    let kept: Vec<String> = match &record.body {
        Body::Order(order) => {
            told["approve"] = json!(order.confirmed.is_some());
            // Known again by its number, also where the partner gave none.
            told["number"] = json!(order.number.as_deref().unwrap_or(&record.code));
            told["lines"] = lines(&told["lines"], &ORDER_LINE);
            let made = [
                "shop",
                "number",
                "state",
                "order_type",
                "pickup",
                "source",
                "currency",
                "approve",
                "total",
                "lines",
                "payments",
                "discounts",
                "fees",
                "documents",
                "customer",
                "receiver",
                "service",
                "courier",
                "courier_link",
                "box_size",
                "inspection_by_buyer",
                "use_insurance",
                "fulfil_now",
                "additional_services",
                "tax_paid_by_receiver",
                "fee_paid_by_receiver",
                "note",
                "packaging_note",
                "estimated_departure",
                "partner_created",
            ];
            made.map(str::to_owned).to_vec()
        }
        Body::Inbound(inbound) => {
            told["reference"] = json!(inbound.reference.as_deref().unwrap_or(&record.code));
            told["lines"] = lines(&told["lines"], &INBOUND_LINE);
            let made = [
                "warehouse",
                "reference",
                "state",
                "inbound_type",
                "vendor",
                "lines",
                "parcels",
                "additional_services",
                "priority",
                "documents",
                "estimated_delivery",
                "note",
            ];
            made.map(str::to_owned).to_vec()
        }
        other => {
            let segment = segment_of(other.kind())?;
            let mut members = segment.members();
            members.push("code".to_owned());
            members
        }
    };
    for (member, kind) in REFS {
        if let Some(id) = told[member].as_i64() {
            told[member] = json!(code(hub, whose, codes, kind, RecordId(id)).await?);
        }
    }
    if let Some(parts) = told["parts"].as_array_mut() {
        for part in parts {
            let id = RecordId(part["item"].as_i64().unwrap_or_default());
            part["item"] = json!(code(hub, whose, codes, Kind::Item, id).await?);
        }
    }
    let kept: Vec<&str> = kept.iter().map(String::as_str).collect();
    Ok(only(&told, &kept))
}

fn segment_of(kind: Kind) -> anyhow::Result<&'static trackway_dialects::native::orders::Segment> {
    trackway_dialects::native::orders::Segment::of(kind)
        .with_context(|| format!("{kind} is not written to files"))
}

fn lines(lines: &Value, members: &[&str]) -> Value {
    let lines = lines.as_array().map(Vec::as_slice).unwrap_or_default();
    lines.iter().map(|line| only(line, members)).collect()
}

/// Takes records of a file in; what became of each, in their order.
pub async fn take(
    hub: &Hub,
    whose: &Principal,
    kind: &str,
    bodies: Vec<Value>,
    dry_run: bool,
) -> anyhow::Result<Vec<TakenIn>> {
    let mut outcomes: Vec<Option<TakenIn>> = Vec::with_capacity(bodies.len());
    let (mut wanted, mut seen) = (Vec::new(), HashSet::new());
    for mut body in bodies {
        let ended = body["state"].as_str().is_some_and(has_ended);
        if ended {
            outcomes.push(Some(TakenIn::LeftOut));
            continue;
        }
        if let Some(members) = body.as_object_mut() {
            members.retain(|name, _| !TOLD_ONLY.contains(&name.as_str()));
        }
        if kind == "inbounds" {
            outcomes.push(referred(hub, whose, &body, &mut seen).await?);
        } else {
            outcomes.push(None);
        }
        if matches!(outcomes.last(), Some(None)) {
            wanted.push(body);
        }
    }
    let done = match kind {
        "stock" => counted(hub, whose, &wanted, dry_run).await?,
        _ if dry_run => looked_at(hub, whose, kind, &wanted).await?,
        "orders" | "products" | "items" | "inbounds" => {
            let done = made(hub, whose, kind, &wanted).await?;
            done.into_iter().map(outcome).collect()
        }
        other => bail!("{other} are not taken in from files"),
    };
    let mut done = done.into_iter();
    let all = outcomes.into_iter();
    Ok(all
        .filter_map(|told| told.or_else(|| done.next()))
        .collect())
}

/// Whether an order or inbound in this state can't be begun anew.
fn has_ended(state: &str) -> bool {
    state.starts_with("cancelled")
        || matches!(
            state,
            "completed" | "returned" | "courier_lost" | "warehouse_loss"
        )
}

fn outcome(done: Done) -> TakenIn {
    match done {
        Ok(_) => TakenIn::Made,
        Err(wrong) if wrong.existing.is_some() => TakenIn::Known,
        Err(wrong) => refused(wrong),
    }
}

fn refused(wrong: Wrong) -> TakenIn {
    let told = |error: MemberError| {
        (
            error.pointer.trim_start_matches('/').replace('/', "."),
            error.detail,
        )
    };
    let mut errors: Vec<(String, String)> = wrong.errors.into_iter().map(told).collect();
    if errors.is_empty() {
        errors.push((String::new(), wrong.detail));
    }
    TakenIn::Refused { errors }
}

/// What becomes of an inbound by its reference; None where it is to be announced.
async fn referred(
    hub: &Hub,
    whose: &Principal,
    body: &Value,
    seen: &mut HashSet<String>,
) -> anyhow::Result<Option<TakenIn>> {
    let Some(reference) = body["reference"].as_str() else {
        let problem = "without a reference it can't be known again";
        let errors = vec![("reference".to_owned(), problem.to_owned())];
        return Ok(Some(TakenIn::Refused { errors }));
    };
    let by = |name| RecordQuery {
        named: Some((name, reference.to_owned())),
        limit: 1,
        ..RecordQuery::of(Kind::Inbound)
    };
    let mut is_known = !seen.insert(reference.to_owned());
    for name in [NameKind::Title, NameKind::Code] {
        is_known |= !hub.records(whose, by(name)).await?.records.is_empty();
    }
    Ok(is_known.then_some(TakenIn::Known))
}

/// What would become of records, as far as it can be told without doing it: members, what they name,
/// and whether they are there already. Stock is not looked at.
async fn looked_at(
    hub: &Hub,
    whose: &Principal,
    kind: &str,
    bodies: &[Value],
) -> anyhow::Result<Vec<TakenIn>> {
    let mut told = Vec::with_capacity(bodies.len());
    for body in bodies {
        let text = body.to_string();
        let read = match kind {
            "orders" => match read::<OrderWanted>(&text) {
                Ok(wanted) => Ok(commands(hub, whose, &[wanted]).await?),
                Err(errors) => Err(errors),
            },
            "inbounds" => match read::<InboundWanted>(&text) {
                Ok(wanted) => Ok(commands(hub, whose, &[wanted]).await?),
                Err(errors) => Err(errors),
            },
            other => {
                let given = body.as_object().cloned().unwrap_or_default();
                match entry(segment(other)?, given, None) {
                    Ok(wanted) => Ok(commands(hub, whose, &[wanted]).await?),
                    Err(errors) => Err(errors),
                }
            }
        };
        told.push(match read.map(|mut commands| commands.pop()) {
            Err(errors) => refused(Wrong::members(errors)),
            Ok(Some(Err(wrong))) => refused(wrong),
            Ok(Some(Ok(command))) if is_there(hub, whose, &command).await? => TakenIn::Known,
            Ok(_) => TakenIn::Made,
        });
    }
    Ok(told)
}

/// Whether what a command makes has been made.
async fn is_there(hub: &Hub, whose: &Principal, command: &Command) -> anyhow::Result<bool> {
    let (kind, name) = match command {
        Command::PlaceOrder(order) => match &order.number {
            Some(number) => (Kind::Order, Name::new(NameKind::Number, order.shop, number)),
            None => return Ok(false),
        },
        Command::Catalogue(made) => match &made.body {
            Body::Item(item) => (Kind::Item, Name::new(NameKind::Sku, RecordId(0), &item.sku)),
            Body::Product(product) => (
                Kind::Product,
                Name::new(NameKind::Sku, product.shop, &product.sku),
            ),
            _ => return Ok(false),
        },
        _ => return Ok(false),
    };
    Ok(hub.record_named(whose, kind, name).await?.is_some())
}

/// Brings levels to what was counted.
async fn counted(
    hub: &Hub,
    whose: &Principal,
    bodies: &[Value],
    dry_run: bool,
) -> anyhow::Result<Vec<TakenIn>> {
    let mut told = Vec::with_capacity(bodies.len());
    for body in bodies {
        told.push(match count(hub, whose, body, dry_run).await? {
            Ok(outcome) => outcome,
            Err((member, problem)) => TakenIn::Refused {
                errors: vec![(member.to_owned(), problem)],
            },
        });
    }
    Ok(told)
}

type Counted = Result<TakenIn, (&'static str, String)>;

async fn count(
    hub: &Hub,
    whose: &Principal,
    body: &Value,
    dry_run: bool,
) -> anyhow::Result<Counted> {
    let Some(on_hand) = body["on_hand"].as_i64().filter(|count| *count >= 0) else {
        let problem = "it must be a whole number, 0 or more".to_owned();
        return Ok(Err(("on_hand", problem)));
    };
    let mut ids = [RecordId(0); 2];
    let members = [("item", Kind::Item), ("warehouse", Kind::PickupAddress)];
    for (id, (member, kind)) in ids.iter_mut().zip(members) {
        let text = body[member].as_str().unwrap_or_default();
        match named(hub, whose, kind, text).await? {
            Some(found) => *id = found,
            None => return Ok(Err((member, format!("there is no such {member}")))),
        }
    }
    let levels = hub.levels(whose, &ids[..1]).await?;
    let level = levels.iter().find(|(key, _)| key.warehouse == ids[1]);
    let level = level.map_or_else(Level::default, |(_, level)| *level);
    let more = on_hand - level.on_hand;
    if more == 0 {
        return Ok(Ok(TakenIn::Known));
    }
    if dry_run {
        return Ok(Ok(TakenIn::Made));
    }
    let wanted = json!({
        "item": ids[0],
        "warehouse": ids[1],
        "movement": if more > 0 { "found" } else { "missing" },
        "quantity": more.abs(),
    });
    let wanted: Adjustment = serde_json::from_value(wanted)?;
    let done = carry_out(hub, whose, wanted).await?;
    Ok(Ok(outcome(done)))
}
