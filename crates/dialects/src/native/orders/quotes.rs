//! What carrying costs, by the rate cards of the account's services.

use super::{Place, Ref, Wrong, calls, maybe_amount};
use crate::desk::{DeskError, Principal, Trade};
use crate::native::wire::MemberError;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use trackway_model::orders::{
    Address, Body, Consignment, Decimal, Facet, Kind, Quote, Record, RecordId, RecordQuery, Refusal,
};
use utoipa::ToSchema;

/// What a card names that has no zone for the way.
const UNSERVED: &str = "receiver";
/// Services of an account that are priced at once.
const MOST_SERVICES: u32 = 500;

/// What is to be carried, and from where to where.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = QuoteQuestion)]
#[serde(deny_unknown_fields)]
pub struct QuoteWanted {
    /// The pickup address that it starts from, by id or code.
    #[schema(value_type = String)]
    pub pickup: Ref,
    pub to: Place,
    /// Grams.
    pub weight: i64,
    /// Centimetres; together they give the volume.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub length: Option<Decimal>,
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub width: Option<Decimal>,
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub height: Option<Decimal>,
    /// What the courier collects.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub cod: Option<Decimal>,
    /// What it is insured for.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub insured: Option<Decimal>,
    /// Only this courier's services, by id or code.
    #[schema(value_type = Option<String>)]
    pub courier: Option<Ref>,
}

/// A service and its price, with what it is made of.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Quote)]
pub struct QuoteTold {
    courier: i64,
    service: i64,
    code: String,
    name: String,
    estimate: String,
    zone: String,
    currency: String,
    /// Grams that are charged: of weight and volume what is more.
    charged_weight: i64,
    #[schema(value_type = String)]
    freight: Decimal,
    #[schema(value_type = String)]
    remote: Decimal,
    #[schema(value_type = String)]
    fuel: Decimal,
    #[schema(value_type = String)]
    cod: Decimal,
    #[schema(value_type = String)]
    insurance: Decimal,
    #[schema(value_type = String)]
    vat: Decimal,
    /// What rounding added.
    #[schema(value_type = String)]
    rounding: Decimal,
    #[schema(value_type = String, example = "31000")]
    total: Decimal,
}

impl QuoteTold {
    fn of(record: &Record, quote: Quote) -> Option<Self> {
        let Body::Service(service) = &record.body else {
            return None;
        };
        Some(Self {
            courier: service.courier.0,
            service: record.id.0,
            code: record.code.clone(),
            name: service.name.clone(),
            estimate: service.estimate.clone(),
            zone: quote.zone,
            currency: quote.currency,
            charged_weight: quote.charged_weight,
            freight: quote.freight,
            remote: quote.remote,
            fuel: quote.fuel,
            cod: quote.cod,
            insurance: quote.insurance,
            vat: quote.vat,
            rounding: quote.rounding,
            total: quote.total,
        })
    }
}

/// The prices of all services in use that serve the way, the lowest first.
pub async fn quotes<T: Trade + ?Sized>(
    desk: &T,
    principal: &Principal,
    wanted: &QuoteWanted,
) -> Result<Result<Vec<QuoteTold>, Wrong>, DeskError> {
    let kind = Kind::PickupAddress;
    let Some(start) = found(desk, principal, kind, &wanted.pickup).await? else {
        return Ok(Err(unknown("/pickup", "there is no such pickup address")));
    };
    let courier = match &wanted.courier {
        None => None,
        Some(courier) => match found(desk, principal, Kind::Courier, courier).await? {
            Some(record) => Some(record.id),
            None => return Ok(Err(unknown("/courier", "there is no such courier"))),
        },
    };
    let to = match wanted.to.address().settled() {
        Ok(to) => to,
        Err(wrong) => {
            let error = MemberError::of(format!("/to/{}", wrong.member), wrong.problem);
            return Ok(Err(Wrong::members(vec![error])));
        }
    };
    let of = wanted.consignment(&start, &to);
    let query = RecordQuery {
        facets: courier
            .map(|id| (Facet::Courier, vec![id.0]))
            .into_iter()
            .collect(),
        limit: MOST_SERVICES,
        ..RecordQuery::of(Kind::Service)
    };
    let services = desk.records(principal, query).await?.records;
    let mut cards: HashMap<RecordId, Option<Record>> = HashMap::new();
    let mut told = Vec::new();
    for record in &services {
        let Body::Service(service) = &record.body else {
            continue;
        };
        let Some(id) = service.rate_card.filter(|_| service.active) else {
            continue;
        };
        let card = match cards.entry(id) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) => free.insert(desk.record(principal, Kind::RateCard, id).await?),
        };
        let Some(Body::RateCard(card)) = card.as_ref().map(|card| &card.body) else {
            continue;
        };
        match card.quote(&of) {
            Ok(quote) => told.extend(QuoteTold::of(record, quote)),
            // It does not serve the way; what is wrong with the question is so for every card.
            Err(Refusal::Invalid { field, .. }) if field == UNSERVED => {}
            Err(refusal) => return Ok(Err(Wrong::of(&refusal, |_, _| String::new()))),
        }
    }
    told.sort_by(|a: &QuoteTold, b| a.total.cmp(&b.total).then(a.service.cmp(&b.service)));
    Ok(Ok(told))
}

async fn found<T: Trade + ?Sized>(
    desk: &T,
    principal: &Principal,
    kind: Kind,
    named: &Ref,
) -> Result<Option<Record>, DeskError> {
    match named {
        Ref::Id(id) => desk.record(principal, kind, *id).await,
        Ref::Name(text) => calls::subject(desk, principal, kind, text).await,
    }
}

fn unknown(pointer: &'static str, detail: &str) -> Wrong {
    Wrong::members(vec![MemberError::new(pointer, detail)])
}

impl QuoteWanted {
    fn consignment(&self, start: &Record, to: &Address) -> Consignment {
        let volume = [self.length, self.width, self.height]
            .into_iter()
            .try_fold(Decimal::ONE, |volume, side| volume.checked_mul(side?));
        let party = start.body.party();
        Consignment {
            from: party.and_then(|party| party.address.unit()),
            to: to.unit(),
            weight: self.weight,
            volume: volume.unwrap_or_default(),
            cod: self.cod.unwrap_or_default(),
            insured: self.insured.unwrap_or_default(),
        }
    }
}
