//! Returns (R1 to R5).

use super::listing::{Listing, paged, rows};
use super::refused::RETURN;
use super::shipments::line;
use super::{Asked, known, parties};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::query::NOBODYS;
use crate::nandh::related::{Of, Related, Wants};
use crate::nandh::request::Members;
use crate::nandh::states;
use crate::nandh::wire::returning::{
    Cancelled, Created, ReturnItem, ReturnTold, item_wants, wants,
};
use trackway_model::orders::{
    Command, Decimal, Facet, Kind, NameKind, NewReturn, Order, Return, ReturnReason, ReturnState,
    Service, State,
};

/// What a place where goods are collected must have, where it is no saved customer's (§8, R3).
const PICKUP: &[&str] = &["fullname", "phone", "address", "province_id"];

/// R3.
pub async fn create<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let code = body.required_text("order_tracking_code")?;
    let reason = body.required_text("reason_type")?;
    let reason_type = ReturnReason::from_name(&reason);
    let reason_type =
        reason_type.ok_or_else(|| body.wrong("reason_type", "is no reason of the list"))?;
    let warehouse = body.required_id("return_address")?;
    let pickup = body.object("pickup")?;
    let epoch = asked.epoch()?;
    let pickup = pickup
        .map(|it| parties::read(&it, PICKUP, epoch))
        .transpose()?;
    let config = body.object("config")?;
    if let Some(config) = &config {
        config.required_text("delivery_service")?;
    }
    let config = config.map_or_else(|| body.object_or_empty("config"), Ok)?;
    let order = asked.find::<Order>(&code).await?;
    let new = NewReturn {
        order: order.id,
        warehouse,
        reason_type,
        reason: body.text_or_empty("reason")?,
        customer: pickup.as_ref().and_then(|it| it.customer),
        pickup: pickup.and_then(|it| it.party),
        lines: lines(&body, known::<Order>(&order)?)?,
        courier: config.id("courier_id")?,
        courier_link: config.id("courier_integration_id")?,
        service: asked.coded::<Service>(&config, "delivery_service").await?,
        extra: serde_json::Map::new(),
    };
    let command = Command::RequestReturn(Box::new(new));
    let record = asked.made(command, &RETURN).await?;
    Ok(Done::one(&Created {
        return_order_id: record.id.0,
        return_tracking_code: record.code,
    }))
}

fn lines(body: &Members<'_>, order: Of<'_, Order>) -> Result<Vec<(u32, i64, Decimal)>, Stop> {
    let Some(items) = body.list("return_items")? else {
        return Ok(Vec::new());
    };
    if items.is_empty() {
        return Err(body.wrong("return_items", "must hold an item at least, or be left out"));
    }
    let read = |item: &Members<'_>| {
        item.required_text("sku")?;
        item.required_int("order_item_id")?;
        Ok((
            line(item, order)?,
            item.required_int_from("return_quantity", 1)?,
            item.required_amount("sale_price")?,
        ))
    };
    items.iter().map(read).collect()
}

/// R1.
pub async fn list<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let given = asked.query();
    let query = given.of_kind(Kind::Return)?;
    let query = given.by_codes(query, "status", Facet::Status, |code| {
        let state = states::state::<ReturnState>(states::RETURN, code);
        state.map(|state| i64::from(state.number()))
    })?;
    let ids = [("order_id", Facet::Parent), ("store_id", Facet::Shop)];
    let mut query = given.by_ids(query, &ids)?;
    if let Some(name) = given.text("reason_type") {
        let number = ReturnReason::from_name(&name).map_or(NOBODYS, |it| i64::from(it.number()));
        query.facets.push((Facet::Type, vec![number]));
    }
    let names = [
        ("return_tracking_code", NameKind::Code),
        ("courier_tracking_code", NameKind::Waybill),
    ];
    let listing = Listing::new(query).by_names(given, &names);
    rows(
        asked,
        listing,
        |wanted, it: &Return| wants(wanted, it),
        ReturnTold::row,
    )
    .await
}

async fn related<D: Desk + Trade>(asked: &Asked<'_, D>, it: &Return) -> Result<Related, Stop> {
    let mut wanted = Wants::default();
    wants(&mut wanted, it);
    let related = Related::load(asked.desk, &asked.principal, wanted).await?;
    Ok(related.told_in(asked.epoch()?))
}

/// R2.
pub async fn detail<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Return>().await?;
    let of = known::<Return>(&record)?;
    let related = related(asked, of.body).await?;
    Ok(Done::one(&ReturnTold::detail(of, &related)))
}

/// R5.
pub async fn items<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Return>().await?;
    let it = known::<Return>(&record)?.body;
    let mut related = related(asked, it).await?;
    let mut wanted = Wants::default();
    item_wants(&mut wanted, it, &related);
    related.add(asked.desk, &asked.principal, wanted).await?;
    paged(asked.query(), ReturnItem::each(it, &related))
}

/// R4.
pub async fn cancel<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let command = Command::CancelReturn {
        return_: asked.subject::<Return>().await?.id,
        reason: asked.members()?.text("reason")?,
    };
    let record = asked.made(command, &RETURN).await?;
    let state = known::<Return>(&record)?.body.state;
    Ok(Done::one(&Cancelled {
        return_order_id: record.id.0,
        return_tracking_code: record.code.clone(),
        status: states::of(states::RETURN, state.name()).code,
    }))
}
