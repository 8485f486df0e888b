//! `/v1/quotes`: what carrying costs, by the account's rate cards. Nothing is kept of a question.

use super::super::answer::ok;
use super::super::failures::RefusalsOfBody;
use super::super::{Caller, Problem, Route, Scope};
use super::needed;
use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Serialize;
use std::sync::Arc;
use trackway_dialects::native::orders::{QuoteTold, QuoteWanted, quotes};
use trackway_hub::Hub;
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/quotes";

pub fn routes() -> Vec<Route> {
    vec![Route::post(PATH, Scope::Read, post_quotes)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(post_quotes),
        components(schemas(QuoteWanted, QuoteTold, Quotes)),
        tags((name = "quotes", description = "What carrying costs"))
    )]
    struct Document;
    Document::openapi()
}

/// Prices of a way.
#[derive(Debug, Serialize, ToSchema)]
struct Quotes {
    /// The lowest first; none where no service serves the way.
    quotes: Vec<QuoteTold>,
}

/// Ask what carrying costs, service by service.
///
/// A service is priced by its rate card: zone, real or volumetric weight, remote area, fuel, cash on
/// delivery, insurance and VAT. Services without a card, and those that do not serve the way, are left
/// out.
#[utoipa::path(
    post,
    path = "/v1/quotes",
    tag = "quotes",
    security(("key" = ["read"])),
    request_body = QuoteWanted,
    responses(
        (status = 200, description = "The prices", body = Quotes),
        RefusalsOfBody,
        (status = 422, description = "A member can't be used, or there is no such pickup address or courier", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn post_quotes(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    headers: HeaderMap,
    sent: Bytes,
) -> Result<Response, Problem> {
    let wanted: QuoteWanted = needed(&headers, &sent)?;
    let quotes = quotes(&*hub, &caller, &wanted).await?;
    let quotes = quotes.map_err(Problem::from)?;
    Ok(ok(&Quotes { quotes }))
}
