//! What carrying would cost (S1 to S4): services of couriers that the account has a contract with, priced
//! by their rate cards. A service without a card costs nothing: the merchant's own people carry. One
//! whose card has no price for the way is not offered.

use super::catalog::{link_of, links};
use super::refused::NO_SUCH_RECORD;
use super::{Asked, inventory, known, parties};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::{Code, Stop};
use crate::nandh::related::{Of, Part, Related, Wants};
use crate::nandh::request::Members;
use crate::nandh::wire::Number;
use crate::nandh::wire::catalog::{AvailableCourier, CourierService, Price};
use trackway_model::orders::{
    Address, BoxSize, Consignment, Courier, CourierLink, Decimal, Facet, Item, Kind, Order,
    PickupAddress, RateCard, Record, RecordId, RecordQuery, Service, Sort,
};

/// The most services that are looked at.
const SERVICES: u32 = 1_000;

/// Services in force with what they need to be priced.
struct Market {
    services: Vec<Record>,
    links: Vec<Record>,
    related: Related,
}

impl Market {
    /// `courier`: of this one only.
    async fn load<D: Desk + Trade>(
        asked: &Asked<'_, D>,
        courier: Option<RecordId>,
    ) -> Result<Self, Stop> {
        let mut links = links(asked).await?;
        let of = |record: &Record| CourierLink::of(&record.body).map(|link| link.courier);
        links.retain(|record| courier.is_none() || of(record) == courier);
        let couriers: Vec<i64> = links.iter().filter_map(of).map(|id| id.0).collect();
        let mut services = Vec::new();
        if !couriers.is_empty() {
            let query = RecordQuery {
                facets: vec![(Facet::Courier, couriers)],
                sort: Sort::OldestFirst,
                limit: SERVICES,
                ..RecordQuery::of(Kind::Service)
            };
            services = asked.desk.records(&asked.principal, query).await?.records;
        }
        services.retain(|record| Service::of(&record.body).is_some_and(|it| it.active));
        let mut wanted = Wants::default();
        for service in services
            .iter()
            .filter_map(|record| Service::of(&record.body))
        {
            wanted.add(Kind::RateCard, service.rate_card);
            wanted.add(Kind::Courier, [service.courier]);
        }
        let related = Related::load(asked.desk, &asked.principal, wanted).await?;
        Ok(Self {
            services,
            links,
            related,
        })
    }

    /// The services that carry it, priced; without something to carry all of them, without prices.
    fn offers(&self, of: Option<&Consignment>) -> Result<Vec<(RecordId, CourierService)>, Stop> {
        let mut offers = Vec::with_capacity(self.services.len());
        for record in &self.services {
            let service = known::<Service>(record)?;
            let courier = service.body.courier;
            let active = |it: Of<'_, Courier>| it.body.active;
            if !self.related.get::<Courier>(courier).is_some_and(active) {
                continue;
            }
            let price = match of {
                None => None,
                Some(of) => match self.price(service.body, of) {
                    Some(price) => Some(price),
                    None => continue,
                },
            };
            let link = link_of(&self.links, courier);
            offers.push((courier, CourierService::new(service, link, price)));
        }
        Ok(offers)
    }

    /// None: the card has no price for it.
    fn price(&self, service: &Service, of: &Consignment) -> Option<Price> {
        let Some(card) = self.related.some::<RateCard>(service.rate_card) else {
            let nothing = Number(Decimal::ZERO);
            return Some(Price {
                shipping_fee: nothing,
                insurance_fee: nothing,
                cod_fee: nothing,
                total_fee: nothing,
            });
        };
        let quote = card.body.quote(of).ok()?;
        Some(Price {
            shipping_fee: Number(quote.shipping()),
            insurance_fee: Number(quote.insurance),
            cod_fee: Number(quote.cod),
            total_fee: Number(quote.total),
        })
    }

    /// The couriers of offers, each with its own.
    fn couriers(&self, of: &Consignment) -> Result<Vec<AvailableCourier>, Stop> {
        let mut by_courier: Vec<(RecordId, Vec<CourierService>)> = Vec::new();
        for (courier, offer) in self.offers(Some(of))? {
            match by_courier.iter_mut().find(|(known, _)| *known == courier) {
                Some((_, offers)) => offers.push(offer),
                None => by_courier.push((courier, vec![offer])),
            }
        }
        let told = by_courier.into_iter().filter_map(|(courier, offers)| {
            let link = link_of(&self.links, courier)?;
            Some(AvailableCourier::new(
                self.related.get(courier)?,
                link,
                offers,
            ))
        });
        Ok(told.collect())
    }
}

/// S1.
pub async fn services<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let of = consignment(asked, &body).await?;
    let market = Market::load(asked, body.id("courier_id")?).await?;
    Ok(told(market.offers(Some(&of))?))
}

/// S2.
pub async fn couriers<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let of = consignment(asked, &body).await?;
    let market = Market::load(asked, None).await?;
    Ok(Done::all(&market.couriers(&of)?))
}

/// S3.
pub async fn of_order<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let id = asked.members()?.required_id("order_id")?;
    let record = asked.desk.record(&asked.principal, Kind::Order, id).await?;
    let record = record.ok_or(Code::NotFound)?;
    let order = known::<Order>(&record)?.body;
    let mut wanted = Wants::default();
    wanted.add(Kind::PickupAddress, [order.pickup]);
    wanted.add(Kind::BoxSize, order.choices.box_size);
    let related = Related::load(asked.desk, &asked.principal, wanted).await?;
    let to = order.receiver.as_ref().map(|party| &party.address);
    let lines = order.lines.iter();
    let loose: Decimal = lines
        .map(|line| line.volume * Decimal::from(line.quantity))
        .sum();
    let size = related.some::<BoxSize>(order.choices.box_size);
    let insured = if order.choices.use_insurance {
        order.goods()
    } else {
        Decimal::ZERO
    };
    let of = Consignment {
        from: related
            .get::<PickupAddress>(order.pickup)
            .and_then(|it| it.body.address().unit()),
        to: to.and_then(Address::unit),
        weight: order.weight(),
        volume: size.map_or(loose, |it| it.body.length * it.body.width * it.body.height),
        cod: order.cod_to_collect(),
        insured,
    };
    let market = Market::load(asked, None).await?;
    Ok(Done::all(&market.couriers(&of)?))
}

/// S4: the services of one courier; priced where the request says what is to be carried.
pub async fn of_courier<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let body = asked.members()?;
    let link = body.id("courier_integration_id")?;
    let mut courier = body.id("courier_id")?;
    if let Some(link) = link {
        let found = asked.desk.record(&asked.principal, Kind::CourierLink, link);
        let found = found.await?;
        let wrong = |problem| body.wrong("courier_integration_id", problem);
        let found = found.ok_or_else(|| wrong(NO_SUCH_RECORD))?;
        let of = known::<CourierLink>(&found)?.body.courier;
        if courier.is_some_and(|courier| courier != of) {
            return Err(wrong("belongs to another courier"));
        }
        courier = Some(of);
    }
    let courier = courier.ok_or_else(|| body.wrong("courier_integration_id", "is required"))?;
    let of = if body.has("receiver") {
        Some(consignment(asked, &body).await?)
    } else {
        None
    };
    let market = Market::load(asked, Some(courier)).await?;
    Ok(told(market.offers(of.as_ref())?))
}

fn told(offers: Vec<(RecordId, CourierService)>) -> Done {
    let offers: Vec<CourierService> = offers.into_iter().map(|(_, offer)| offer).collect();
    Done::all(&offers)
}

/// What a request says is to be carried.
async fn consignment<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    body: &Members<'_>,
) -> Result<Consignment, Stop> {
    let pickup = body.required_id("pickup_id")?;
    let pickup = asked
        .desk
        .record(&asked.principal, Kind::PickupAddress, pickup);
    let pickup = pickup.await?;
    let pickup = pickup.ok_or_else(|| body.wrong("pickup_id", NO_SUCH_RECORD))?;
    let to = parties::settled(&body.required_object("receiver")?, asked.epoch()?)?;
    let loose = loose(asked, &body.required_list("items")?).await?;
    let insured = body.flag("use_insurance")?.unwrap_or_default();
    let of = Consignment {
        from: known::<PickupAddress>(&pickup)?.body.address().unit(),
        to: to.unit(),
        weight: body.int_from("weight", 0)?.unwrap_or(loose.weight),
        volume: packed(asked, body).await?.unwrap_or(loose.volume),
        cod: body.amount("cod_amount")?.unwrap_or_default(),
        insured: if insured { loose.value } else { Decimal::ZERO },
    };
    Ok(of)
}

/// Items without a parcel around them.
#[derive(Clone, Copy, Debug, Default)]
struct Loose {
    weight: i64,
    volume: Decimal,
    value: Decimal,
}

async fn loose<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    items: &[Members<'_>],
) -> Result<Loose, Stop> {
    let mut sum = Loose::default();
    for element in items {
        let sku = element.required_text("sku")?;
        let quantity = element.required_int_from("quantity", 1)?;
        let price = element.amount("sale_price")?.unwrap_or_default();
        let record = inventory::by_sku(asked, &sku).await?;
        let record = record.ok_or_else(|| element.wrong("sku", NO_SUCH_RECORD))?;
        let item = known::<Item>(&record)?.body;
        let count = Decimal::from(quantity);
        sum.weight = sum
            .weight
            .saturating_add(item.weight.saturating_mul(quantity));
        sum.volume += item.length * item.width * item.height * count;
        sum.value += price
            .checked_mul(count)
            .ok_or_else(|| element.wrong("quantity", "is too large"))?;
    }
    Ok(sum)
}

/// Cubic centimetres of a box, or of the sides that are given as `LxWxH`.
async fn packed<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    body: &Members<'_>,
) -> Result<Option<Decimal>, Stop> {
    if let Some(volume) = body.text("volume")? {
        let sides: Option<Vec<Decimal>> = volume
            .split(['x', 'X'])
            .map(|side| side.trim().parse().ok().filter(is_side))
            .collect();
        let wrong = || body.wrong("volume", "must be LxWxH in centimetres");
        return match sides.as_deref() {
            Some([length, width, height]) => Ok(Some(length * width * height)),
            _ => Err(wrong()),
        };
    }
    let Some(id) = body.id("box_dimension")? else {
        return Ok(None);
    };
    let found = asked
        .desk
        .record(&asked.principal, Kind::BoxSize, id)
        .await?;
    let found = found.ok_or_else(|| body.wrong("box_dimension", NO_SUCH_RECORD))?;
    let size = known::<BoxSize>(&found)?.body;
    Ok(Some(size.length * size.width * size.height))
}

/// Up to a kilometre.
fn is_side(side: &Decimal) -> bool {
    *side >= Decimal::ZERO && *side <= Decimal::from(100_000) && side.scale() <= 3
}
