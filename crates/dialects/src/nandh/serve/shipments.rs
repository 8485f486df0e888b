//! Shipments of orders (H1 to H7).

use super::listing::{Listing, paged, rows};
use super::refused::SHIPMENT;
use super::{Asked, known};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::{Code, Stop};
use crate::nandh::related::{Of, Related, Wants};
use crate::nandh::request::Members;
use crate::nandh::states;
use crate::nandh::wire::shipment::{
    self, Cancelled, Created, ShipmentRow, ShipmentTold, item_wants, wants,
};
use trackway_model::orders::{
    Command, Facet, Fulfilment, FulfilmentState, Kind, NameKind, NewFulfilment, Order, Record,
    RecordId, Service, State, Who,
};

/// H1: one shipment with everything.
pub async fn create_auto<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let order = approved(asked, &body).await?;
    let new = NewFulfilment {
        order: order.id,
        ..NewFulfilment::default()
    };
    made(asked, new).await
}

/// H2: what the merchant's own people take along.
pub async fn create<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let order = ordered(asked, &body).await?;
    let new = NewFulfilment {
        order: order.id,
        lines: lines(&body, known::<Order>(&order)?)?,
        waybills: body.text("courier_tracking_code")?.into_iter().collect(),
        courier: body.id("courier_id")?,
        courier_link: body.id("courier_integration_id")?,
        service: asked.coded::<Service>(&body, "delivery_service").await?,
        box_size: body.id("box_dimension")?,
        by_hand: true,
    };
    made(asked, new).await
}

async fn ordered<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    body: &Members<'_>,
) -> Result<Record, Stop> {
    let id = body.required_id("order_id")?;
    let found = asked.desk.record(&asked.principal, Kind::Order, id).await?;
    Ok(found.ok_or(Code::NotFound)?)
}

/// §8, H1: "needs order 300".
async fn approved<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    body: &Members<'_>,
) -> Result<Record, Stop> {
    let record = ordered(asked, body).await?;
    let order = known::<Order>(&record)?.body;
    if order.can_create_fulfilment() {
        return Ok(record);
    }
    let status = &states::of(states::ORDER, order.state.name()).display;
    let problem = format!(
        "Order {} is {status}: no shipment can be created",
        record.code
    );
    Err(Stop::because(Code::InvalidStatus, problem))
}

/// By the order's line: its id, or its SKU.
fn lines(body: &Members<'_>, order: Of<'_, Order>) -> Result<Vec<(u32, i64)>, Stop> {
    let items = body.list("items")?.unwrap_or_default();
    let mut lines = Vec::with_capacity(items.len());
    for item in &items {
        lines.push((line(item, order)?, item.required_int_from("quantity", 1)?));
    }
    Ok(lines)
}

/// The order's line that an element names by `order_item_id`, by `sku`, or both.
pub fn line(item: &Members<'_>, order: Of<'_, Order>) -> Result<u32, Stop> {
    let (id, sku) = (item.int("order_item_id")?, item.text("sku")?);
    if id.is_none() && sku.is_none() {
        return Err(item.wrong("order_item_id", "is required"));
    }
    let mut lines = order.body.lines.iter();
    let found = lines.find(|line| {
        id.is_none_or(|id| i64::from(line.id) == id)
            && sku.as_ref().is_none_or(|sku| *sku == line.sku)
    });
    let named = if id.is_some() { "order_item_id" } else { "sku" };
    found
        .map(|line| line.id)
        .ok_or_else(|| item.wrong(named, "the order has no such item"))
}

async fn made<D: Desk + Trade>(asked: &Asked<'_, D>, new: NewFulfilment) -> Result<Done, Stop> {
    let command = Command::CreateFulfilment(Box::new(new));
    let record = asked.made(command, &SHIPMENT).await?;
    Ok(Done::all(&[Created {
        shipment_id: record.id.0,
        tracking_code: record.code,
    }]))
}

/// H3.
pub async fn cancel<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let command = Command::CancelFulfilment {
        fulfilment: asked.subject::<Fulfilment>().await?.id,
        reason: asked.members()?.text("reason")?,
        who: Who::Merchant,
    };
    let record = asked.made(command, &SHIPMENT).await?;
    let state = known::<Fulfilment>(&record)?.body.state;
    Ok(Done::one(&Cancelled {
        shipment_id: record.id.0,
        tracking_code: record.code.clone(),
        status: states::of(states::SHIPMENT, state.name()).code,
    }))
}

/// H4.
pub async fn list<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    listed(asked, &[("order_id", Facet::Parent)]).await
}

/// H6.
pub async fn of_order<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let order = asked.query().int("order_id")?;
    let order = RecordId(order.ok_or_else(|| Stop::field("order_id", "is required"))?);
    let found = asked.desk.record(&asked.principal, Kind::Order, order);
    found.await?.ok_or(Code::NotFound)?;
    listed(asked, &[("order_id", Facet::Parent)]).await
}

async fn listed<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    more: &[(&str, Facet)],
) -> Result<Done, Stop> {
    let given = asked.query();
    let query = given.of_kind(Kind::Fulfilment)?;
    let query = given.by_codes(query, "status", Facet::Status, |code| {
        let state = states::state::<FulfilmentState>(states::SHIPMENT, code);
        state.map(|state| i64::from(state.number()))
    })?;
    let query = given.by_ids(query, more)?;
    let ids = [("store_id", Facet::Shop), ("courier_id", Facet::Courier)];
    let names = [
        ("tracking_code", NameKind::Code),
        ("courier_tracking_code", NameKind::Waybill),
    ];
    let listing = Listing::new(given.by_ids(query, &ids)?).by_names(given, &names);
    rows(
        asked,
        listing,
        |wanted, it: &Fulfilment| wants(wanted, it),
        ShipmentRow::new,
    )
    .await
}

/// A shipment with its order and the items of it.
async fn whole<D: Desk + Trade>(asked: &Asked<'_, D>, it: &Fulfilment) -> Result<Related, Stop> {
    let mut wanted = Wants::default();
    wants(&mut wanted, it);
    let related = Related::load(asked.desk, &asked.principal, wanted).await?;
    let mut related = related.told_in(asked.epoch()?);
    let mut items = Wants::default();
    item_wants(&mut items, it, &related);
    related.add(asked.desk, &asked.principal, items).await?;
    Ok(related)
}

/// H5.
pub async fn detail<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Fulfilment>().await?;
    let of = known::<Fulfilment>(&record)?;
    let related = whole(asked, of.body).await?;
    Ok(Done::one(&ShipmentTold::new(of, &related)))
}

/// H7.
pub async fn items<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Fulfilment>().await?;
    let it = known::<Fulfilment>(&record)?.body;
    let related = whole(asked, it).await?;
    paged(asked.query(), shipment::items(it, &related))
}
