//! Inbound shipments (N1 to N5).

use super::listing::{Listing, paged, rows};
use super::refused::INBOUND;
use super::{Asked, known};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::query::NOBODYS;
use crate::nandh::related::{Related, Wants};
use crate::nandh::request::Members;
use crate::nandh::states;
use crate::nandh::wire::inbound::{Cancelled, Created, InboundItem, InboundTold, wants};
use serde_json::{Map, Value};
use trackway_model::orders::{
    Command, Decimal, Facet, Inbound, InboundState, InboundType, Kind, NameKind, NewInbound, State,
};

/// A member of the detail that is kept as it comes.
const INFORMATION: &str = "additional_information";

/// N1.
pub async fn create<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let items = body.required_list("items")?;
    if items.is_empty() {
        return Err(body.wrong("items", "must hold an item at least"));
    }
    let new = NewInbound {
        inbound_type: inbound_type(&body)?,
        warehouse: body.required_id("inbound_address")?,
        vendor: body.id("vendor_id")?,
        reference: body.text("reference_code")?,
        note: body.text_or_empty("note")?,
        parcels: body.int_from("total_parcel", 0)?.unwrap_or_default(),
        additional_services: body.codes("additional_services")?,
        priority: body.flag("is_priority_inbound")?.unwrap_or_default(),
        documents: body.texts("documents")?,
        lines: items.iter().map(line).collect::<Result<_, _>>()?,
        estimated_delivery: body.seconds("estimated_delivery_time")?,
        extra: extra(&body)?,
    };
    let command = Command::AnnounceInbound(Box::new(new));
    let record = asked.made(command, &INBOUND).await?;
    Ok(Done::one(&Created {
        inbound_id: record.id.0,
        inbound_code: record.code,
    }))
}

fn extra(body: &Members<'_>) -> Result<Map<String, Value>, Stop> {
    let given = body.object(INFORMATION)?;
    let given = given.map(|it| it.rest(&[])).transpose()?;
    let named = |given| (INFORMATION.to_owned(), Value::Object(given));
    Ok(given.map(named).into_iter().collect())
}

/// Returns come in by the returns' calls.
fn inbound_type(body: &Members<'_>) -> Result<InboundType, Stop> {
    let given = InboundType::from_name(&body.required_text("inbound_type")?);
    given
        .filter(|it| *it != InboundType::Return)
        .ok_or_else(|| body.wrong("inbound_type", "must be purchase_order or transfer"))
}

/// SKU, quantity, cost of one, parcel.
fn line(item: &Members<'_>) -> Result<(String, i64, Decimal, String), Stop> {
    Ok((
        item.required_text("sku")?,
        item.required_int_from("quantity", 1)?,
        item.amount("cost")?.unwrap_or_default(),
        item.text_or_empty("parcel_code")?,
    ))
}

/// N2.
pub async fn cancel<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let command = Command::CancelInbound {
        inbound: asked.subject::<Inbound>().await?.id,
        reason: asked.members()?.text("reason")?,
    };
    let record = asked.made(command, &INBOUND).await?;
    let state = known::<Inbound>(&record)?.body.state;
    Ok(Done::one(&Cancelled {
        inbound_id: record.id.0,
        inbound_code: record.code.clone(),
        status: states::of(states::INBOUND, state.name()).code,
    }))
}

/// N3.
pub async fn list<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let given = asked.query();
    let query = given.of_kind(Kind::Inbound)?;
    let mut query = given.by_codes(query, "status", Facet::Status, |code| {
        let state = states::state::<InboundState>(states::INBOUND, code);
        state.map(|state| i64::from(state.number()))
    })?;
    if let Some(name) = given.text("inbound_type") {
        let number = InboundType::from_name(&name).map_or(NOBODYS, |it| i64::from(it.number()));
        query.facets.push((Facet::Type, vec![number]));
    }
    let names = [
        ("inbound_code", NameKind::Code),
        ("reference_code", NameKind::Title),
    ];
    let listing = Listing::new(query).by_names(given, &names);
    rows(
        asked,
        listing,
        |wanted, it: &Inbound| wants(wanted, it),
        InboundTold::row,
    )
    .await
}

async fn related<D: Desk + Trade>(asked: &Asked<'_, D>, it: &Inbound) -> Result<Related, Stop> {
    let mut wanted = Wants::default();
    wants(&mut wanted, it);
    Ok(Related::load(asked.desk, &asked.principal, wanted).await?)
}

/// N4.
pub async fn detail<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Inbound>().await?;
    let of = known::<Inbound>(&record)?;
    let related = related(asked, of.body).await?;
    Ok(Done::one(&InboundTold::detail(of, &related)))
}

/// N5.
pub async fn items<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Inbound>().await?;
    let of = known::<Inbound>(&record)?;
    let related = related(asked, of.body).await?;
    paged(asked.query(), InboundItem::each(of, &related))
}
