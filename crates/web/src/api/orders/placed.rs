//! `/v1/orders`: placed, found again, approved, cancelled, and moved by hand.

use super::super::answer::ok;
use super::super::failures::{RefusalsOfMove, RefusalsOfOne, failed};
use super::super::input::Asked;
use super::super::{Api, Caller, Problem, Route, Scope};
use super::answers::{Listed, MadeOf};
use super::listing::{Filters, OrderPage, list};
use super::made::{Made, Making, Outcome, Refused, make};
use super::{Named, body, command, find, needed, show, wrong};
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Serialize;
use std::sync::Arc;
use trackway_dialects::native::orders::{
    CancelWanted, OrderMove, OrderTold, OrderWanted, Wrong, read,
};
use trackway_hub::Hub;
use trackway_model::orders::{Command, Kind, Who};
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/orders";
const ONE: &str = "/v1/orders/{id}";
const APPROVE: &str = "/v1/orders/{id}/approve";
const CANCEL: &str = "/v1/orders/{id}/cancel";
const MOVE: &str = "/v1/orders/{id}/move";
const CLOSE: &str = "/v1/orders/{id}/close";
const ERASE: &str = "/v1/orders/{id}/erase";

pub fn routes() -> Vec<Route> {
    vec![
        Route::post(PATH, Scope::Write, post_orders),
        Route::get(PATH, Scope::Read, get_orders),
        Route::get(ONE, Scope::Read, get_order),
        Route::post(APPROVE, Scope::Write, approve_order),
        Route::post(CANCEL, Scope::Write, cancel_order),
        Route::post(MOVE, Scope::Warehouse, move_order),
        Route::post(CLOSE, Scope::Write, close_order),
        Route::post(ERASE, Scope::Manage, erase_order),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_orders, get_orders, get_order, approve_order, cancel_order, move_order, close_order, erase_order),
        components(schemas(OrderWanted, OrderTold<'static>, OrderPage, Outcome<'static>, Made<'static>, Refused, CancelWanted, OrderMove, Erasure)),
        tags((name = "orders", description = "What is sold, and what becomes of it"))
    )]
    struct Document;
    Document::openapi()
}

/// Place orders: one, or up to 1,000 as `{"orders":[…]}`.
///
/// A number is given once a shop, so that placing an order again makes no second one: 409 tells the
/// first one's id. With `approve` its items are reserved in the same commit, and 422 tells of what
/// there is not enough.
///
/// A batch is answered with 200 and says what was refused by place; a single order is answered by
/// itself.
#[utoipa::path(
    post,
    path = "/v1/orders",
    tag = "orders",
    security(("key" = ["write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key with the same body is answered as the first time; with another body it is refused with 422, and while the first is at work with 409.")),
    request_body(content = OrderWanted, description = "One, or up to 1,000 as `{\"orders\":[…]}`"),
    responses(
        MadeOf<OrderTold<'static>>,
        (status = 422, description = "A member can't be used, something that it names is not there, or the items are not in stock", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn post_orders(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let making = Making {
        call: PATH,
        member: "orders",
    };
    make::<OrderWanted>(&api, &caller, &headers, &body, making, read).await
}

/// Find orders, the newest first.
#[utoipa::path(
    get,
    path = "/v1/orders",
    tag = "orders",
    security(("key" = ["read"])),
    params(Filters),
    responses(Listed<OrderPage>)
)]
async fn get_orders(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(&hub, &caller, Kind::Order, PATH, asked).await
}

/// How an order stands.
#[utoipa::path(
    get,
    path = "/v1/orders/{id}",
    tag = "orders",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The order's id or code")),
    responses((status = 200, description = "The order", body = OrderTold), RefusalsOfOne)
)]
async fn get_order(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    show(&hub, &caller, Kind::Order, &id).await
}

/// Approve an order: its items are reserved.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/approve",
    tag = "orders",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The order's id or code")),
    responses((status = 200, description = "The order as it stands now", body = OrderTold), RefusalsOfMove)
)]
async fn approve_order(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Order, &id).await?.id;
    command(&hub, &caller, Command::ApproveOrder { order: found }).await
}

/// Cancel an order: what is reserved is free again, and open fulfilments are cancelled.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/cancel",
    tag = "orders",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The order's id or code")),
    request_body = CancelWanted,
    responses((status = 200, description = "The order as it stands now", body = OrderTold), RefusalsOfMove)
)]
async fn cancel_order(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Order, &id).await?.id;
    let CancelWanted { reason } = body(&headers, &sent)?;
    let asked = Command::CancelOrder {
        order: found,
        reason,
        who: Who::Merchant,
    };
    command(&hub, &caller, asked).await
}

/// Close an order short: what is in none of its fulfilments is not sent any more, and free again. Some of
/// it must have been handed over; an order of which nothing was is cancelled.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/close",
    tag = "orders",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The order's id or code")),
    responses((status = 200, description = "The order as it stands now", body = OrderTold), RefusalsOfMove)
)]
async fn close_order(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Order, &id).await?.id;
    command(&hub, &caller, Command::CloseOrder { order: found }).await
}

/// Move an order on by hand, as its warehouse. Moves of its fulfilments move it by themselves.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/move",
    tag = "orders",
    security(("key" = ["warehouse"])),
    params(("id" = String, Path, description = "The order's id or code")),
    request_body = OrderMove,
    responses((status = 200, description = "The order as it stands now", body = OrderTold), RefusalsOfMove)
)]
async fn move_order(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Order, &id).await?.id;
    let moved: OrderMove = needed(&headers, &sent)?;
    let asked = moved.command(found).map_err(wrong)?;
    command(&hub, &caller, asked).await
}

/// An order that tells of nobody any more.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasedOrder)]
struct Erasure {
    id: i64,
    code: String,
    /// How many records told of a person until now: the order itself, its fulfilments, its returns.
    records: u64,
    /// Of how many parcels the words were destroyed.
    parcels: u64,
    erased: bool,
}

/// Take away whom an order is for: name, telephone number, e-mail address and address, of the order, its
/// fulfilments and its returns, and the words of its parcels. Codes, states, goods, money and times stay.
/// It can't be undone.
#[utoipa::path(
    post,
    path = "/v1/orders/{id}/erase",
    tag = "orders",
    security(("key" = ["manage"])),
    params(("id" = String, Path, description = "The order's id or code")),
    responses((status = 200, description = "It tells of nobody any more", body = Erasure), RefusalsOfOne)
)]
async fn erase_order(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    let found = find(&hub, &caller, Kind::Order, &id).await?.id;
    let erased = hub.erase_order(caller.account, found).await;
    let erased = erased.map_err(failed)?;
    let erased = erased.ok_or_else(|| Wrong::missing(Kind::Order))?;
    Ok(ok(&Erasure {
        id: erased.id.0,
        code: erased.code,
        records: erased.records,
        parcels: erased.parcels,
        erased: true,
    }))
}
