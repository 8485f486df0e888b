//! Prices and services (§10, §11): the services of the account that this carrier carries, priced by
//! their rate cards. A service without a card costs nothing.

use super::address::{DESTINATION, ORIGIN};
use super::errors::{Code, Fault, Stop};
use super::orders::TERMS;
use super::wire::{
    Charge, Envelope, ExtraService, PriceAnswer, PricedService, ServiceType, ServiceTypesAnswer,
    ServicesAnswer,
};
use super::{Asked, refused};
use crate::desk::{Desk, DeskError, Trade};
use crate::express247::wire::Number;
use crate::express247::{CARRIER, customer::hubs};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};
use trackway_model::orders::{
    Body, Consignment, Courier, Decimal, Kind, Name, Quote, RateCard, Record, RecordId,
    RecordQuery, Service, Sort,
};

/// The most services that are looked at.
const SERVICES: u32 = 1_000;
/// Cubic centimetres that weigh as a kilogram where no card says otherwise [inferred].
pub const DIVISOR: i64 = 6_000;
pub const GRAMS: i64 = 1_000;

/// A row of `services.csv`: what surcharges are called, and the documented codes.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    code: String,
    name: String,
    kind: String,
}

fn rows() -> &'static [Row] {
    static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_str!("services.csv").as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("the table in the binary is tested")
    });
    &TABLE
}

fn row(kind: &str) -> &'static Row {
    let row = rows().iter().find(|row| row.kind == kind);
    row.expect("the table has every surcharge")
}

/// A line of a price.
#[derive(Clone, Debug)]
pub struct Line {
    pub code: String,
    pub name: String,
    /// 1 main service, 2 extra service, 3 surcharge.
    pub kind: u8,
    pub cost: Decimal,
}

/// The lines of a price: the main service, what was asked for beside, then surcharges that cost
/// something.
pub fn lines(code: &str, name: &str, quote: &Quote) -> Vec<Line> {
    let line = |kind, code: &str, name: &str, cost| Line {
        code: code.to_owned(),
        name: name.to_owned(),
        kind,
        cost,
    };
    let mut lines = vec![line(1, code, name, quote.freight)];
    let extras = quote.extras.iter();
    lines.extend(extras.map(|extra| line(2, &extra.code, &extra.name, extra.price)));
    let sums = [
        (2, "cod", quote.cod),
        (2, "insurance", quote.insurance),
        (3, "remote", quote.remote),
        (3, "fuel", quote.fuel),
        (3, "vat", quote.vat),
        (3, "rounding", quote.rounding),
    ];
    for (kind, of, cost) in sums {
        if !cost.is_zero() {
            let row = row(of);
            lines.push(line(kind, &row.code, &row.name, cost));
        }
    }
    lines
}

impl From<Line> for Charge {
    fn from(line: Line) -> Self {
        Self {
            service_name: line.name,
            service_id: line.code,
            cost: Number::plain(line.cost),
        }
    }
}

impl From<Line> for PricedService {
    fn from(line: Line) -> Self {
        Self {
            extra_service_id: 0,
            service_name: line.name,
            order_code: None,
            service_id: line.code,
            r#type: line.kind,
            cost: Number::point(line.cost),
            inform_fee: Number::point(Decimal::ZERO),
            is_default_service: false,
            is_one_delivery_service: false,
            is_apply_all_service_type: None,
            from_date: None,
            to_date: None,
            is_active: None,
            detail: None,
        }
    }
}

/// A service of the account with its card.
struct Offer {
    service: Record,
    card: Option<Record>,
}

impl Offer {
    fn body(&self) -> Option<&Service> {
        match &self.service.body {
            Body::Service(service) => Some(service),
            _ => None,
        }
    }

    fn card(&self) -> Option<&RateCard> {
        match &self.card.as_ref()?.body {
            Body::RateCard(card) => Some(card),
            _ => None,
        }
    }

    fn name(&self) -> &str {
        self.body().map_or("", |service| &service.name)
    }
}

fn carries(courier: Option<&Record>) -> bool {
    let carries = |courier: &Courier| courier.active && courier.carrier == CARRIER;
    match courier.map(|record| &record.body) {
        Some(Body::Courier(courier)) => carries(courier),
        _ => false,
    }
}

/// The service of a code, if this carrier carries it.
async fn offer<D: Desk + Trade>(asked: &Asked<'_, D>, code: &str) -> Result<Offer, Stop> {
    let unknown = || Fault::of(Code::ServiceType, "ServiceTypeID");
    let (desk, who) = (asked.desk, &asked.principal);
    let service = desk
        .record_named(who, Kind::Service, Name::code(code))
        .await?
        .ok_or_else(unknown)?;
    let offer = Offer {
        service,
        card: None,
    };
    let body = offer.body().filter(|service| service.active);
    let body = body.ok_or_else(unknown)?;
    let (courier, card) = (body.courier, body.rate_card);
    let courier = desk.record(who, Kind::Courier, courier).await?;
    if !carries(courier.as_ref()) {
        return Err(unknown().into());
    }
    let card = match card {
        Some(id) => desk.record(who, Kind::RateCard, id).await?,
        None => None,
    };
    Ok(Offer { card, ..offer })
}

/// All services that this carrier carries, oldest first.
async fn offers<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Vec<Offer>, DeskError> {
    let query = RecordQuery {
        sort: Sort::OldestFirst,
        limit: SERVICES,
        ..RecordQuery::of(Kind::Service)
    };
    let (desk, who) = (asked.desk, &asked.principal);
    let services = desk.records(who, query).await?.records;
    let mut wanted: Vec<(Kind, RecordId)> = Vec::new();
    for record in &services {
        if let Body::Service(service) = &record.body {
            wanted.push((Kind::Courier, service.courier));
            wanted.extend(service.rate_card.map(|id| (Kind::RateCard, id)));
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    let found = desk.several(who, &wanted).await?;
    let found: HashMap<(Kind, RecordId), Arc<Record>> = found
        .into_iter()
        .map(|record| ((record.kind(), record.id), record))
        .collect();
    let mut offers = Vec::new();
    for record in services {
        let Body::Service(service) = &record.body else {
            continue;
        };
        if service.active
            && carries(
                found
                    .get(&(Kind::Courier, service.courier))
                    .map(Arc::as_ref),
            )
        {
            let card = service.rate_card;
            let card = card.and_then(|id| found.get(&(Kind::RateCard, id)));
            let card = card.map(|card| Record::clone(card));
            offers.push(Offer {
                service: record,
                card,
            });
        }
    }
    Ok(offers)
}

/// §10.
pub async fn price<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<PriceAnswer, Stop> {
    let fields = asked.fields()?;
    let code = fields.text("ServiceTypeID")?;
    let offer = offer(asked, code.as_deref().unwrap_or(TERMS.service)).await?;
    let from = match fields.whole("ClientHubID")? {
        Some(id) => hubs::address_of(asked, id).await?.unit(),
        None if fields.has(ORIGIN.province) => ORIGIN.read(&fields)?.unit(),
        None => return Err(Fault::member("ClientHubID", "is required").into()),
    };
    let to = DESTINATION.read(&fields)?;
    let sides = ["Length", "Width", "Height"].map(|name| fields.amount(name));
    let [long, wide, high] = sides.map(|side| side.map(Option::unwrap_or_default));
    let volume = long? * wide? * high?;
    let insured = fields.amount("InformFee")?.unwrap_or_default();
    let extras = fields.codes("ExtraServices", "ServiceID")?;
    let extras = extras.unwrap_or_default();
    let is_insured = extras.iter().any(|extra| extra == TERMS.insurance);
    let of = Consignment {
        from,
        to: to.unit(),
        weight: fields.grams("RealWeight")?.unwrap_or_default(),
        volume,
        cod: fields.amount("CODAmount")?.unwrap_or_default(),
        insured: if is_insured { insured } else { Decimal::ZERO },
    };
    let extras: Vec<&str> = extras
        .iter()
        .map(String::as_str)
        .filter(|extra| *extra != TERMS.insurance && !TERMS.implied.contains(extra))
        .collect();
    let quote = offer
        .card()
        .map(|card| card.quote_with(&of, &extras))
        .transpose()
        .map_err(|refusal| destined(refused::HUB.told(&refusal)))?;
    Ok(told(&offer, &of, quote.as_ref()))
}

/// This call's name of the place where it goes.
fn destined(fault: Fault) -> Fault {
    match fault.property.as_deref() {
        Some("ReceiverProvinceName") => Fault::member(DESTINATION.province, "is not served"),
        _ => fault,
    }
}

fn told(offer: &Offer, of: &Consignment, quote: Option<&Quote>) -> PriceAnswer {
    let divisor = divisor(offer.card());
    let nothing = || Number::point(Decimal::ZERO);
    let code = &offer.service.code;
    let lines = quote.map_or_else(Vec::new, |quote| lines(code, offer.name(), quote));
    let kilograms = |grams: i64| Decimal::from(grams) / Decimal::from(GRAMS);
    let charged = quote.map_or(of.weight, |quote| quote.charged_weight);
    PriceAnswer {
        extra_services: lines.into_iter().map(PricedService::from).collect(),
        main_price: nothing(),
        total_service_cost: Number::point(quote.map_or(Decimal::ZERO, |quote| quote.total)),
        coupon_money_remainder: nothing(),
        cal_weight: Number::point((of.volume / divisor).round_dp(3)),
        weight: Number::point(kilograms(charged)),
        price_matrix_id: offer.card.as_ref().map(|card| card.code.clone()),
        deposit_change_amount: nothing(),
        envelope: Envelope::done(""),
    }
}

fn divisor(card: Option<&RateCard>) -> Decimal {
    let own = card.map(|card| card.volumetric_divisor);
    own.filter(|divisor| *divisor > Decimal::ZERO)
        .unwrap_or_else(|| Decimal::from(DIVISOR))
}

/// §11, main services.
pub async fn service_types<D: Desk + Trade>(
    asked: &Asked<'_, D>,
) -> Result<ServiceTypesAnswer, Stop> {
    let offers = offers(asked).await?;
    let told = offers.iter().map(|offer| ServiceType {
        service_type_id: offer.service.code.clone(),
        service_type_name: offer.name().to_owned(),
        calculate_volumetric: Number::plain(divisor(offer.card())),
    });
    Ok(ServiceTypesAnswer {
        service_types: told.collect(),
        envelope: Envelope::done(""),
    })
}

/// §11, value-added services: what any of the account's cards has a price for.
pub async fn services<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<ServicesAnswer, Stop> {
    let offers = offers(asked).await?;
    let mut services: Vec<ExtraService> = Vec::new();
    let mut add = |code: &str, name: &str| {
        if !services.iter().any(|known| known.service_id == code) {
            services.push(ExtraService {
                service_id: code.to_owned(),
                service_name: name.to_owned(),
            });
        }
    };
    for card in offers.iter().filter_map(Offer::card) {
        for extra in &card.extras {
            add(&extra.code, &extra.name);
        }
        for (of, share) in [("cod", &card.cod), ("insurance", &card.insurance)] {
            if !share.percent.is_zero() || !share.least.is_zero() {
                let row = row(of);
                add(&row.code, &row.name);
            }
        }
    }
    Ok(ServicesAnswer {
        services,
        envelope: Envelope::done(""),
    })
}
