//! Orders, what they are made of, stock, inbounds and returns: what our own API does, for the operator
//! on behalf of an account.

mod transfer;

use anyhow::{Context, bail};
use serde_json::{Value, json};
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::native::orders::{
    About, Adjustment, Ask, CancelWanted, Done, FulfilmentMove, FulfilmentWanted, InboundMove,
    InboundWanted, LevelTold, OrderMove, OrderWanted, ReturnMove, ReturnWanted, Segment, Told,
    Wrong, carry_out, carry_out_all, entry, movement_told, named, read, subject,
};
use trackway_dialects::native::wire::MemberError;
use trackway_hub::Hub;
use trackway_hub::orders::LONGEST_LIST;
use trackway_model::orders::{
    Body, Command, Kind, Record, RecordId, RecordQuery, StockKey, Total, Who,
};
use trackway_web::admin::Traded;
use trackway_web::api::orders::persons::PersonWanted;
use trackway_web::api::orders::reports::ReportPayload;

/// Does what is asked about an account's orders.
pub async fn execute(hub: &Hub, account: &str, asked: Traded) -> anyhow::Result<Value> {
    let whose = hub.operator_of(Some(account)).await?;
    match asked {
        Traded::List { kind, filters } => {
            let kind = kind_of(&kind)?;
            let now = hub.clock().now();
            let query = filters.query(hub, &whose, kind, now).await;
            let query = query.map_err(|problem| anyhow::anyhow!(problem.detail))?;
            let found = hub.records(&whose, query).await?;
            let records: Vec<Told<'_>> = found.records.iter().map(Told::of).collect();
            Ok(json!({
                "records": records,
                "total": found.total.count(),
                "total_exact": matches!(found.total, Total::Exact(_)),
            }))
        }
        Traded::Show { kind, id } => {
            let record = find(hub, &whose, kind_of(&kind)?, &id).await?;
            Ok(json!(Told::of(&record)))
        }
        Traded::Make { kind, bodies } => make(hub, &whose, &kind, &bodies).await,
        Traded::Act {
            kind,
            id,
            act,
            body,
        } => {
            let record = find(hub, &whose, kind_of(&kind)?, &id).await?;
            self::act(hub, &whose, record, &act, body).await
        }
        Traded::Erase { id } => {
            let order = find(hub, &whose, Kind::Order, &id).await?.id;
            Ok(json!(hub.erase_order(whose.account, order).await?))
        }
        Traded::Forget { phone, email } => {
            let wanted = PersonWanted { phone, email };
            let person = taken(wanted.person().map_err(|error| vec![error]))?;
            Ok(json!(hub.erase_person(whose.account, &person).await?))
        }
        Traded::Payload { id } => {
            let record = find(hub, &whose, Kind::Report, &id).await?;
            let payload = ReportPayload::of(&record).context("what was told here was erased")?;
            Ok(json!(payload))
        }
        Traded::Levels { item, warehouse } => levels(hub, &whose, item, warehouse).await,
        Traded::Movements { item, warehouse } => movements(hub, &whose, &item, &warehouse).await,
        Traded::Written {
            kind,
            offset,
            limit,
        } => transfer::page(hub, &whose, &kind, offset, limit).await,
        Traded::TakeIn {
            kind,
            bodies,
            dry_run,
        } => Ok(json!(
            transfer::take(hub, &whose, &kind, bodies, dry_run).await?
        )),
        Traded::Adjust { body } => {
            let wanted: Adjustment = taken(read(&body.to_string()))?;
            let item = body["item"].as_str().map(str::to_owned);
            let warehouse = body["warehouse"].as_str().map(str::to_owned);
            carry_out(hub, &whose, wanted).await?.map_err(refused)?;
            levels(hub, &whose, item, warehouse).await
        }
    }
}

/// A kind by what lists of it are called.
fn kind_of(name: &str) -> anyhow::Result<Kind> {
    Ok(match name {
        "orders" => Kind::Order,
        "fulfilments" => Kind::Fulfilment,
        "inbounds" => Kind::Inbound,
        "returns" => Kind::Return,
        "reports" => Kind::Report,
        _ => segment(name)?.kind,
    })
}

fn segment(name: &str) -> anyhow::Result<&'static Segment> {
    Segment::named(name).with_context(|| format!("there is no kind `{name}`"))
}

async fn find(hub: &Hub, whose: &Principal, kind: Kind, id: &str) -> anyhow::Result<Record> {
    let found = subject(hub, whose, kind, id).await?;
    let what = kind.name().replace('_', " ");
    let account = &whose.account_name;
    found.with_context(|| format!("account `{account}` has no {what} `{id}`: list them"))
}

/// What can't be done, for the person at the terminal: each member with what is wrong with it.
fn refused(wrong: Wrong) -> anyhow::Error {
    let Wrong {
        detail,
        errors,
        existing,
        ..
    } = wrong;
    let mut text = if errors.is_empty() {
        detail.trim_end_matches('.').to_owned()
    } else {
        errors.iter().map(said).collect::<Vec<_>>().join("; ")
    };
    if let Some(existing) = existing {
        text = format!("{text} (its id is {existing})");
    }
    anyhow::anyhow!(text)
}

fn said(error: &MemberError) -> String {
    let member = error.pointer.trim_start_matches('/');
    if member.is_empty() || error.detail.starts_with(member) {
        error.detail.clone()
    } else {
        format!("{member}: {}", error.detail)
    }
}

fn taken<T>(read: Result<T, Vec<MemberError>>) -> anyhow::Result<T> {
    read.map_err(|errors| refused(Wrong::members(errors)))
}

async fn have_done(hub: &Hub, whose: &Principal, asked: impl Ask) -> anyhow::Result<Value> {
    let done = carry_out(hub, whose, asked).await?.map_err(refused)?;
    Ok(done.as_ref().map_or(Value::Null, |it| json!(Told::of(it))))
}

async fn act(
    hub: &Hub,
    whose: &Principal,
    record: Record,
    act: &str,
    body: Value,
) -> anyhow::Result<Value> {
    let (id, text) = (record.id, body.to_string());
    let moved = |command: Result<Command, MemberError>| taken(command.map_err(|e| vec![e]));
    let asked = match (act, record.kind()) {
        ("approve", Kind::Order) => Command::ApproveOrder { order: id },
        ("close", Kind::Order) => Command::CloseOrder { order: id },
        ("cancel", kind) => {
            let CancelWanted { reason } = taken(read(&text))?;
            cancelled(kind, id, reason).with_context(|| format!("{kind} can't be cancelled"))?
        }
        ("move", Kind::Order) => moved(taken(read::<OrderMove>(&text))?.command(id))?,
        ("move", Kind::Fulfilment) => moved(taken(read::<FulfilmentMove>(&text))?.command(id))?,
        ("move", Kind::Inbound) => moved(taken(read::<InboundMove>(&text))?.command(id))?,
        ("move", Kind::Return) => moved(taken(read::<ReturnMove>(&text))?.command(id))?,
        ("fulfil", Kind::Order) => {
            let wanted: FulfilmentWanted = taken(read(&text))?;
            return have_done(
                hub,
                whose,
                FulfilmentWanted {
                    order: id,
                    ..wanted
                },
            )
            .await;
        }
        ("change", kind) => {
            let segment = Segment::of(kind).context("it is changed by moves only")?;
            let given = body.as_object().cloned().unwrap_or_default();
            let wanted = taken(entry(segment, given, Some(record)))?;
            return have_done(hub, whose, wanted).await;
        }
        (_, kind) => bail!("{kind} can't be asked to {act}"),
    };
    have_done(hub, whose, About(asked)).await
}

fn cancelled(kind: Kind, id: RecordId, reason: Option<String>) -> Option<Command> {
    let who = Who::Merchant;
    Some(match kind {
        Kind::Order => Command::CancelOrder {
            order: id,
            reason,
            who,
        },
        Kind::Fulfilment => Command::CancelFulfilment {
            fulfilment: id,
            reason,
            who,
        },
        Kind::Inbound => Command::CancelInbound {
            inbound: id,
            reason,
        },
        Kind::Return => Command::CancelReturn {
            return_: id,
            reason,
        },
        _ => return None,
    })
}

async fn make(hub: &Hub, whose: &Principal, kind: &str, bodies: &[Value]) -> anyhow::Result<Value> {
    let done = made(hub, whose, kind, bodies).await?;
    let (mut records, mut refusals) = (Vec::new(), Vec::new());
    for (index, done) in done.into_iter().enumerate() {
        match done {
            Ok(record) => records.extend(record.as_ref().map(|it| json!(Told::of(it)))),
            Err(wrong) => refusals.push(json!({
                "index": index,
                "problem": refused(wrong).to_string(),
            })),
        }
    }
    Ok(json!({ "made": records.len(), "records": records, "refused": refusals }))
}

/// Makes things of a kind; what became of each, in their order.
async fn made(
    hub: &Hub,
    whose: &Principal,
    kind: &str,
    bodies: &[Value],
) -> anyhow::Result<Vec<Done>> {
    Ok(match kind {
        "orders" => all(hub, whose, bodies, |text, _| read::<OrderWanted>(text)).await?,
        "inbounds" => all(hub, whose, bodies, |text, _| read::<InboundWanted>(text)).await?,
        "returns" => all(hub, whose, bodies, |text, _| read::<ReturnWanted>(text)).await?,
        other => {
            let segment = segment(other)?;
            all(hub, whose, bodies, |_, body| {
                let given = body.as_object().cloned();
                let none = || vec![MemberError::new("", "it must be an object")];
                entry(segment, given.ok_or_else(none)?, None)
            })
            .await?
        }
    })
}

async fn all<W: Ask>(
    hub: &Hub,
    whose: &Principal,
    bodies: &[Value],
    read: impl Fn(&str, &Value) -> Result<W, Vec<MemberError>>,
) -> anyhow::Result<Vec<Done>> {
    let (mut wanted, mut wrong) = (Vec::new(), Vec::new());
    for body in bodies {
        match read(&body.to_string(), body) {
            Ok(one) => {
                wanted.push(one);
                wrong.push(None);
            }
            Err(errors) => wrong.push(Some(Wrong::members(errors))),
        }
    }
    let mut done = carry_out_all(hub, whose, &wanted).await?.into_iter();
    let of_each = wrong.into_iter().map(|wrong| match wrong {
        Some(wrong) => Err(wrong),
        None => done.next().unwrap_or(Ok(None)),
    });
    Ok(of_each.collect())
}

async fn id_of(hub: &Hub, whose: &Principal, kind: Kind, text: &str) -> anyhow::Result<RecordId> {
    let found = named(hub, whose, kind, text).await?;
    let what = kind.name().replace('_', " ");
    found.with_context(|| format!("account `{}` has no {what} `{text}`", whose.account_name))
}

async fn levels(
    hub: &Hub,
    whose: &Principal,
    item: Option<String>,
    warehouse: Option<String>,
) -> anyhow::Result<Value> {
    let warehouse = match warehouse {
        Some(text) => Some(id_of(hub, whose, Kind::PickupAddress, &text).await?),
        None => None,
    };
    let mut told = Vec::new();
    let mut query = RecordQuery {
        limit: LONGEST_LIST as u32,
        ..RecordQuery::of(Kind::Item)
    };
    loop {
        let items = match &item {
            Some(text) => vec![find(hub, whose, Kind::Item, text).await?],
            None => hub.records(whose, query.clone()).await?.records,
        };
        told.extend(levels_of(hub, whose, &items, warehouse).await?);
        if item.is_some() || items.len() < LONGEST_LIST {
            return Ok(json!(told));
        }
        query.offset += items.len() as u64;
    }
}

async fn levels_of(
    hub: &Hub,
    whose: &Principal,
    items: &[Record],
    warehouse: Option<RecordId>,
) -> anyhow::Result<Vec<LevelTold>> {
    let ids: Vec<RecordId> = items.iter().map(|record| record.id).collect();
    let levels = hub.levels(whose, &ids).await?;
    let wanted = levels
        .into_iter()
        .filter(|(key, _)| warehouse.is_none_or(|id| id == key.warehouse));
    let told = wanted.map(|(key, level)| {
        let item = items.iter().find(|record| record.id == key.item);
        let sku = match item.map(|record| &record.body) {
            Some(Body::Item(item)) => item.sku.as_str(),
            _ => "",
        };
        LevelTold::of(sku, key, level)
    });
    Ok(told.collect())
}

async fn movements(
    hub: &Hub,
    whose: &Principal,
    item: &str,
    warehouse: &str,
) -> anyhow::Result<Value> {
    let key = StockKey {
        item: id_of(hub, whose, Kind::Item, item).await?,
        warehouse: id_of(hub, whose, Kind::PickupAddress, warehouse).await?,
    };
    let mut told = Vec::new();
    let mut after = 0;
    loop {
        let page = hub
            .movements(whose.account, key, after, LONGEST_LIST)
            .await?;
        after = page.last().map_or(after, |last| last.number);
        told.extend(
            page.iter()
                .map(|entry| movement_told(entry.number, entry.at, &entry.movement)),
        );
        if page.len() < LONGEST_LIST {
            return Ok(json!(told));
        }
    }
}
