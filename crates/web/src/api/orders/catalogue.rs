//! What orders are made of and where they start: shops, addresses, couriers, products, items.
//!
//! Every kind is served alike: an entry is an object of the members of its kind, and a change names
//! those that change. Products and items of the warehouse have paths of their own. Nothing is removed,
//! since orders name it: what has `active` is switched off.

use super::super::failures::{RefusalsOfChange, RefusalsOfOne};
use super::super::input::Asked;
use super::super::{Api, Caller, Problem, Route, Scope};
use super::answers::{Listed, ListedIn, MadeIn, MadeOf};
use super::listing::{EntryPage, Filters, list};
use super::made::{Making, make};
use super::{find, have_done, needed, show};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value};
use std::sync::Arc;
use trackway_dialects::native::orders::{EntryTold, Segment, Wrong, entry, read};
use trackway_hub::Hub;
use trackway_model::orders::Kind;
use utoipa::OpenApi;

const PATH: &str = "/v1/catalogue/{kind}";
const ONE: &str = "/v1/catalogue/{kind}/{id}";
const PRODUCTS: &str = "/v1/products";
const PRODUCT: &str = "/v1/products/{id}";
const ITEMS: &str = "/v1/items";
const ITEM: &str = "/v1/items/{id}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Read, get_entries),
        Route::post(PATH, Scope::Write, post_entries),
        Route::get(ONE, Scope::Read, get_entry),
        Route::patch(ONE, Scope::Write, patch_entry),
        Route::get(PRODUCTS, Scope::Read, get_products),
        Route::post(PRODUCTS, Scope::Write, post_products),
        Route::get(PRODUCT, Scope::Read, get_product),
        Route::patch(PRODUCT, Scope::Write, patch_product),
        Route::get(ITEMS, Scope::Read, get_items),
        Route::post(ITEMS, Scope::Write, post_items),
        Route::get(ITEM, Scope::Read, get_item),
        Route::patch(ITEM, Scope::Write, patch_item),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_entries, post_entries, get_entry, patch_entry, get_products, post_products, get_product, patch_product, get_items, post_items, get_item, patch_item),
        components(schemas(EntryTold, EntryPage)),
        tags((name = "catalogue", description = "What orders are made of and where they start"), (name = "products", description = "What shops offer"), (name = "items", description = "What warehouses hold"))
    )]
    struct Document;
    Document::openapi()
}

/// The kind that a path names; products and items have paths of their own.
fn segment(name: &str) -> Result<&'static Segment, Problem> {
    let known =
        Segment::named(name).filter(|segment| !matches!(segment.kind, Kind::Product | Kind::Item));
    known.ok_or_else(|| {
        let detail = "The catalogue has no such kind.";
        Problem::new(StatusCode::NOT_FOUND, detail)
    })
}

fn of(kind: Kind) -> Result<&'static Segment, Problem> {
    Segment::of(kind).ok_or_else(|| Wrong::missing(kind).into())
}

async fn make_entries(
    api: &Api,
    caller: &Caller,
    headers: &HeaderMap,
    body: &Bytes,
    call: &'static str,
    segment: &'static Segment,
) -> Result<Response, Problem> {
    let making = Making {
        call,
        member: segment.name,
    };
    let new = |raw: &str| entry(segment, read::<Map<String, Value>>(raw)?, None);
    make(api, caller, headers, body, making, new).await
}

async fn change(
    hub: &Hub,
    caller: &Caller,
    segment: &'static Segment,
    id: &str,
    (headers, body): (&HeaderMap, &[u8]),
) -> Result<Response, Problem> {
    let over = find(hub, caller, segment.kind, id).await?;
    let given: Map<String, Value> = needed(headers, body)?;
    let wanted = entry(segment, given, Some(over)).map_err(Wrong::members)?;
    have_done(hub, caller, wanted).await
}

/// List a kind of the catalogue, the newest first.
#[utoipa::path(
    get,
    path = "/v1/catalogue/{kind}",
    tag = "catalogue",
    security(("key" = ["read"])),
    params(("kind" = String, Path, description = "`shops`, `pickup_addresses`, `vendors`, `box_sizes`, `couriers`, `courier_links`, `services`, `rate_cards`, `categories`, `brands`, `units` or `customers`"), Filters),
    responses(ListedIn<EntryPage>)
)]
async fn get_entries(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(kind): Path<String>,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(
        &hub,
        &caller,
        segment(&kind)?.kind,
        &format!("/v1/catalogue/{kind}"),
        asked,
    )
    .await
}

/// Make entries of the catalogue: one, or up to 1,000.
///
/// Members, of which those in italics must be given (each also has `code`, made of its id where it is
/// left out):
///
/// - `shops`: *name*, logo, platform, platform_logo, shop_type (`b2c` or `b2b`), active
/// - `pickup_addresses`: *name*, fulfilment_provider (`self` or a provider's code),
///   fulfilment_provider_name, warehouse, warehouse_name, default, active, contact
/// - `vendors`: *name*, logo, company, contact
/// - `box_sizes`: *name*, *length*, *width*, *height*, max_weight, active
/// - `couriers`: *name*, *carrier* (Trackway's code), description, logo, tracking_url, rating,
///   own_fleet, platform_fleet, fulfil_now, active
/// - `courier_links`: *courier*, *name*, active
/// - `services`: *courier*, *name*, estimate, fulfil_now, promise (hours until confirmed, handed over,
///   delivered), rate_card, active
/// - `rate_cards`: *name*, *zones* (name, lanes, steps, more), currency, volumetric_divisor, cod,
///   insurance, remote, remote_fee, fuel_percent, vat_percent, round_to
/// - `categories`: *name*, parent, level
/// - `brands`, `units`: *name*
/// - `customers`: *contact*
#[utoipa::path(
    post,
    path = "/v1/catalogue/{kind}",
    tag = "catalogue",
    security(("key" = ["write"])),
    params(("kind" = String, Path, description = "`shops`, `pickup_addresses`, `vendors`, `box_sizes`, `couriers`, `courier_links`, `services`, `rate_cards`, `categories`, `brands`, `units` or `customers`"), ("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422, and while the first is at work with 409.")),
    request_body(content = Object, description = "One, or up to 1,000 as an object whose only member has the name of the kind and lists them"),
    responses(MadeIn<EntryTold>)
)]
async fn post_entries(
    State(api): State<Api>,
    caller: Caller,
    Path(kind): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let segment = segment(&kind)?;
    make_entries(&api, &caller, &headers, &body, segment.name, segment).await
}

/// Read an entry.
#[utoipa::path(
    get,
    path = "/v1/catalogue/{kind}/{id}",
    tag = "catalogue",
    security(("key" = ["read"])),
    params(("kind" = String, Path, description = "`shops`, `pickup_addresses`, `vendors`, `box_sizes`, `couriers`, `courier_links`, `services`, `rate_cards`, `categories`, `brands`, `units` or `customers`"), ("id" = String, Path, description = "Its id or code")),
    responses((status = 200, description = "The entry", body = EntryTold), RefusalsOfOne)
)]
async fn get_entry(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    show(&hub, &caller, segment(&kind)?.kind, &id).await
}

/// Change an entry: what is left out stays.
#[utoipa::path(
    patch,
    path = "/v1/catalogue/{kind}/{id}",
    tag = "catalogue",
    security(("key" = ["write"])),
    params(("kind" = String, Path, description = "`shops`, `pickup_addresses`, `vendors`, `box_sizes`, `couriers`, `courier_links`, `services`, `rate_cards`, `categories`, `brands`, `units` or `customers`"), ("id" = String, Path, description = "Its id or code")),
    request_body(content = Object, description = "The members that change"),
    responses((status = 200, description = "The entry as it stands now", body = EntryTold), RefusalsOfChange)
)]
async fn patch_entry(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    change(&hub, &caller, segment(&kind)?, &id, (&headers, &sent)).await
}

/// Find products, the newest first.
#[utoipa::path(
    get,
    path = "/v1/products",
    tag = "products",
    security(("key" = ["read"])),
    params(Filters),
    responses(Listed<EntryPage>)
)]
async fn get_products(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(&hub, &caller, Kind::Product, PRODUCTS, asked).await
}

/// Make products: one, or up to 1,000.
///
/// Members: *shop*, *sku* (once a shop), *name*, *sale_price*, discounted_price, image_url, category,
/// brand, active, code, and parts: `[{"item", "quantity"}]`, each item by id or SKU. Without parts it is
/// one of the item with its SKU.
#[utoipa::path(
    post,
    path = "/v1/products",
    tag = "products",
    security(("key" = ["write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422, and while the first is at work with 409.")),
    request_body(content = Object, description = "One, or up to 1,000 as `{\"products\":[…]}`"),
    responses(MadeOf<EntryTold>)
)]
async fn post_products(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let segment = of(Kind::Product)?;
    make_entries(&api, &caller, &headers, &body, segment.name, segment).await
}

/// Read a product.
#[utoipa::path(
    get,
    path = "/v1/products/{id}",
    tag = "products",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "Its id or code")),
    responses((status = 200, description = "The product", body = EntryTold), RefusalsOfOne)
)]
async fn get_product(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    show(&hub, &caller, Kind::Product, &id).await
}

/// Change a product: what is left out stays.
#[utoipa::path(
    patch,
    path = "/v1/products/{id}",
    tag = "products",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "Its id or code")),
    request_body(content = Object, description = "The members that change"),
    responses((status = 200, description = "The product as it stands now", body = EntryTold), RefusalsOfChange)
)]
async fn patch_product(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    change(&hub, &caller, of(Kind::Product)?, &id, (&headers, &sent)).await
}

/// Find items, the newest first.
#[utoipa::path(
    get,
    path = "/v1/items",
    tag = "items",
    security(("key" = ["read"])),
    params(Filters),
    responses(Listed<EntryPage>)
)]
async fn get_items(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(&hub, &caller, Kind::Item, ITEMS, asked).await
}

/// Make items: one, or up to 1,000.
///
/// Members: *sku* (once an account), *name*, description, barcodes, image_urls, documents, weight
/// (grams), length, width, height (centimetres), category, brand, unit, cost, sale_price,
/// serial_number, batch_control, bubble_wrap, kraft_paper, fragile, high_value,
/// min_shelf_life_inbound, min_shelf_life_outbound (days), material, product_type, storage_method,
/// outbound_strategy, min_stock_warning, active, code.
#[utoipa::path(
    post,
    path = "/v1/items",
    tag = "items",
    security(("key" = ["write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422, and while the first is at work with 409.")),
    request_body(content = Object, description = "One, or up to 1,000 as `{\"items\":[…]}`"),
    responses(MadeOf<EntryTold>)
)]
async fn post_items(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let segment = of(Kind::Item)?;
    make_entries(&api, &caller, &headers, &body, segment.name, segment).await
}

/// Read an item.
#[utoipa::path(
    get,
    path = "/v1/items/{id}",
    tag = "items",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "Its id or code, or its SKU")),
    responses((status = 200, description = "The item", body = EntryTold), RefusalsOfOne)
)]
async fn get_item(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    show(&hub, &caller, Kind::Item, &id).await
}

/// Change an item: what is left out stays.
#[utoipa::path(
    patch,
    path = "/v1/items/{id}",
    tag = "items",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "Its id or code, or its SKU")),
    request_body(content = Object, description = "The members that change"),
    responses((status = 200, description = "The item as it stands now", body = EntryTold), RefusalsOfChange)
)]
async fn patch_item(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    change(&hub, &caller, of(Kind::Item)?, &id, (&headers, &sent)).await
}
