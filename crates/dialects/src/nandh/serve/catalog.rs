//! Configuration lists (C1 to C6, C11) and couriers (K1 to K3).

use super::Asked;
use super::listing::{Listing, plain, rows};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::related::{Of, Part};
use crate::nandh::wire::catalog::{
    BoxDimension, BrandTold, CategoryTold, Courier, CourierIntegrated, CourierService, Store,
    UnitTold,
};
use crate::nandh::wire::party::{PickupAddress, VendorTold};
use trackway_model::orders::{
    CourierLink, Facet, Kind, Record, RecordId, RecordQuery, Service, Sort,
};

/// The most couriers that an account is expected to have a contract with.
const LINKS: u32 = 100;

pub async fn pickup_addresses<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let epoch = asked.epoch()?;
    plain(asked, |of| PickupAddress::whole(of, epoch)).await
}

pub async fn box_sizes<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    plain(asked, BoxDimension::new).await
}

pub async fn vendors<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    plain(asked, VendorTold::whole).await
}

pub async fn shops<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    plain(asked, Store::whole).await
}

pub async fn categories<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    plain(asked, CategoryTold::new).await
}

pub async fn brands<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    plain(asked, BrandTold::new).await
}

pub async fn units<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    plain(asked, UnitTold::new).await
}

pub async fn couriers<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    plain(asked, Courier::new).await
}

pub async fn courier_links<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let listing = Listing::new(asked.query().of_kind(Kind::CourierLink)?);
    let row = |of: Of<'_, CourierLink>, related: &_| {
        CourierIntegrated::new(
            of,
            super::super::related::Related::get(related, of.body.courier),
        )
    };
    rows(
        asked,
        listing,
        |wants, link: &CourierLink| wants.add(Kind::Courier, [link.courier]),
        row,
    )
    .await
}

/// The account's contracts in force, the oldest first.
pub async fn links<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Vec<Record>, Stop> {
    let all = RecordQuery {
        sort: Sort::OldestFirst,
        limit: LINKS,
        ..RecordQuery::of(Kind::CourierLink)
    };
    let mut found = asked.desk.records(&asked.principal, all).await?.records;
    found.retain(|record| CourierLink::of(&record.body).is_some_and(|link| link.active));
    Ok(found)
}

/// The first contract with a courier.
pub fn link_of(links: &[Record], courier: RecordId) -> Option<i64> {
    let of =
        |record: &&Record| CourierLink::of(&record.body).is_some_and(|it| it.courier == courier);
    links.iter().find(of).map(|record| record.id.0)
}

/// K1: the services of couriers that the account has a contract with.
pub async fn linked_services<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let links = links(asked).await?;
    let couriers = links
        .iter()
        .filter_map(|record| CourierLink::of(&record.body));
    let couriers: Vec<i64> = couriers.map(|link| link.courier.0).collect();
    let mut query = asked.query().of_kind(Kind::Service)?;
    if couriers.is_empty() {
        return Ok(Done::page::<CourierService>(&[], 0));
    }
    query.facets.push((Facet::Courier, couriers));
    let query = asked
        .query()
        .by_ids(query, &[("courier_id", Facet::Courier)])?;
    let row = |of: Of<'_, Service>, _: &_| {
        CourierService::new(of, link_of(&links, of.body.courier), None)
    };
    rows(asked, Listing::new(query), |_, _: &Service| {}, row).await
}
