//! `/v1/stock`: what there is in which warehouse, how it came to that, and counts of the shelves.

use super::super::answer::bytes;
use super::super::failures::{Refusals, RefusalsOfList};
use super::super::input::{Asked, bad_query, check_json, limit};
use super::super::wrong as failures;
use super::super::{Api, Caller, Problem, Route, Scope};
use super::listing::Filters;
use super::paging::{self, PageEnd};
use super::{needed, ok};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::desk::Trade;
use trackway_dialects::native::idempotency::{Answer, Keyed, once};
use trackway_dialects::native::orders::{
    Adjustment, LevelTold, Wrong, carry_out, commands, movement_told, named,
};
use trackway_hub::Hub;
use trackway_model::orders::{Body, Command, Kind, Level, RecordId, StockKey};
use utoipa::{IntoParams, OpenApi, ToSchema};

const PATH: &str = "/v1/stock";
const MOVEMENTS: &str = "/v1/stock/movements";
const ADJUSTMENTS: &str = "/v1/stock/adjustments";
/// Movements on a page.
const USUAL: usize = 100;
const MOST: usize = 1_000;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Read, get_stock),
        Route::get(MOVEMENTS, Scope::Read, get_movements),
        Route::post(ADJUSTMENTS, Scope::Warehouse, post_adjustment),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_stock, get_movements, post_adjustment),
        components(schemas(LevelTold, LevelPage, Movements, Moved, Adjustment)),
        tags((name = "stock", description = "What there is in which warehouse"))
    )]
    struct Document;
    Document::openapi()
}

/// Of what.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StockAsked {
    /// The item, by id, code or SKU; all items where it is left out.
    item: Option<String>,
    /// The pickup address that stands for the warehouse, by id or code.
    warehouse: Option<String>,
    /// Items on the page, 1 to 1,000; 50 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// Which page, from 1.
    #[param(value_type = Option<u32>)]
    page: Option<String>,
    /// Where the page before ended: its `next`.
    cursor: Option<String>,
}

/// Levels of a page of items, the newest item first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockLevels)]
struct LevelPage {
    /// One for each warehouse in which an item ever moved.
    levels: Vec<LevelTold>,
    /// How many items there are in all.
    total: u64,
    total_exact: bool,
    /// Which page it is; null where a cursor was followed.
    page: Option<u64>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// What there is.
#[utoipa::path(
    get,
    path = "/v1/stock",
    tag = "stock",
    security(("key" = ["read"])),
    params(StockAsked),
    responses(
        (status = 200, description = "A page of items with their levels", body = LevelPage),
        RefusalsOfList,
    )
)]
async fn get_stock(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(asked): Asked<StockAsked>,
) -> Result<Response, Problem> {
    let warehouse = known(
        &hub,
        &caller,
        Kind::PickupAddress,
        asked.warehouse.as_deref(),
    )
    .await?;
    let item = known(&hub, &caller, Kind::Item, asked.item.as_deref()).await?;
    let filters = Filters {
        limit: asked.limit,
        page: asked.page,
        cursor: asked.cursor,
        ..Filters::default()
    };
    let query = filters
        .query(&*hub, &caller, Kind::Item, hub.clock().now())
        .await?;
    let (mut found, mut end) = paging::page(&hub, &caller, &filters, &query).await?;
    if let Some(id) = item {
        found.records = hub
            .record(&caller, Kind::Item, id)
            .await?
            .into_iter()
            .collect();
        end = PageEnd::of_one();
    }
    let skus: BTreeMap<RecordId, &str> = found
        .records
        .iter()
        .filter_map(|record| match &record.body {
            Body::Item(item) => Some((record.id, item.sku.as_str())),
            _ => None,
        })
        .collect();
    let items: Vec<RecordId> = found.records.iter().map(|record| record.id).collect();
    let levels = hub.levels(&caller, &items).await?;
    let wanted = levels
        .into_iter()
        .filter(|(key, _)| warehouse.is_none_or(|id| id == key.warehouse));
    let levels = wanted.map(|(key, level)| {
        let sku = skus.get(&key.item).copied().unwrap_or_default();
        LevelTold::of(sku, key, level)
    });
    Ok(ok(&LevelPage {
        levels: levels.collect(),
        total: end.total,
        total_exact: end.total_exact,
        page: end.page,
        next: end.next,
    }))
}

/// Of which level.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MovementsAsked {
    /// The item, by id, code or SKU.
    item: String,
    /// The pickup address that stands for the warehouse, by id or code.
    warehouse: String,
    /// Those behind this number: the last one of the page before.
    after: Option<u64>,
    /// Movements on the page, 1 to 1,000; 100 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
}

/// A part of the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockMovements)]
struct Movements {
    /// The oldest first.
    #[schema(value_type = Vec<Moved>)]
    movements: Vec<Value>,
    /// For `after` of the next page; null on the last one.
    next: Option<u64>,
}

/// A movement of stock.
#[derive(Debug, ToSchema)]
#[schema(as = StockMovement)]
#[expect(dead_code, reason = "documents what the ledger's lines hold")]
struct Moved {
    /// Counts the movements of its level, from 1.
    number: u64,
    at: String,
    item: i64,
    warehouse: i64,
    /// `reserve`, `release`, `ship`, `announce`, `retract`, `receive`, `receive_damaged`, `found`,
    /// `missing`, `spoil` or `discard`.
    movement: String,
    quantity: i64,
    /// The order, inbound or return on whose account it is.
    cause: Option<i64>,
}

/// How a level came about, movement by movement.
#[utoipa::path(
    get,
    path = "/v1/stock/movements",
    tag = "stock",
    security(("key" = ["read"])),
    params(MovementsAsked),
    responses(
        (status = 200, description = "A part of the ledger", body = Movements),
        (status = 400, description = "A filter can't be read, or there is no such item or warehouse", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn get_movements(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(asked): Asked<MovementsAsked>,
) -> Result<Response, Problem> {
    let limit = limit(asked.limit.as_deref(), USUAL, MOST)?;
    let item = known(&hub, &caller, Kind::Item, Some(&asked.item)).await?;
    let warehouse = known(&hub, &caller, Kind::PickupAddress, Some(&asked.warehouse)).await?;
    let key = StockKey {
        item: item.unwrap_or_default(),
        warehouse: warehouse.unwrap_or_default(),
    };
    let after = asked.after.unwrap_or_default();
    let found = hub.movements(caller.account, key, after, limit).await;
    let found = found.map_err(failures::wrong)?;
    let is_full = found.len() == limit;
    Ok(ok(&Movements {
        next: found.last().filter(|_| is_full).map(|last| last.number),
        movements: found
            .iter()
            .map(|entry| movement_told(entry.number, entry.at, &entry.movement))
            .collect(),
    }))
}

async fn known(
    hub: &Hub,
    caller: &Caller,
    kind: Kind,
    text: Option<&str>,
) -> Result<Option<RecordId>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let found = named(hub, caller, kind, text).await?;
    let what = kind.name().replace('_', " ");
    let unknown = || bad_query(format!("There is no such {what}."));
    found.ok_or_else(unknown).map(Some)
}

/// Count the shelves: more was found, less is there, goods were spoilt or thrown away.
#[utoipa::path(
    post,
    path = "/v1/stock/adjustments",
    tag = "stock",
    security(("key" = ["warehouse"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time, and moves nothing again.")),
    request_body = Adjustment,
    responses(
        (status = 200, description = "The level as it is now", body = LevelTold),
        (status = 400, description = "The body is no JSON; or the idempotency key can't be read", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "A request with this idempotency key is still at work", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "Not application/json", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A member can't be used, or the level would fall below what is reserved", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn post_adjustment(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    check_json(&headers)?;
    let keyed = Keyed {
        principal: &caller,
        headers: &headers,
        call: ADJUSTMENTS,
        body: &body,
    };
    let work = async {
        let adjustment: Adjustment = needed(&headers, &body)?;
        adjust(&api.hub, &caller, adjustment).await
    };
    once(&*api.hub, &api.in_flight, keyed, work).await
}

async fn adjust(hub: &Hub, caller: &Caller, wanted: Adjustment) -> Result<Answer, Problem> {
    let asked = commands(hub, caller, std::slice::from_ref(&wanted)).await?;
    let asked = asked.into_iter().next().transpose();
    let Some(Command::Stock { key, .. }) = asked.map_err(Problem::from)? else {
        return Err(Wrong::missing(Kind::Item).into());
    };
    carry_out(hub, caller, wanted)
        .await?
        .map_err(Problem::from)?;
    let levels = hub.levels(caller, &[key.item]).await?;
    let level = levels.into_iter().find(|(at, _)| *at == key);
    let level = level.map_or_else(Level::default, |(_, level)| level);
    let item = hub.record(caller, Kind::Item, key.item).await?;
    let sku = match item.as_ref().map(|record| &record.body) {
        Some(Body::Item(item)) => item.sku.as_str(),
        _ => "",
    };
    let told = LevelTold::of(sku, key, level);
    Ok((StatusCode::OK, bytes(&told)))
}
