//! `POST /v1/shipments/{id}/link`: a signed link to a shipment's page, for whoever should see it.
//!
//! Contract: to a shipment of the caller's account only. Nothing is kept: a link ends by itself or
//! with an erasure. Who holds one sees where the parcel is, and nothing personal.

use super::answer::created;
use super::failures::{RefusalsOfBodyOfOne, failed};
use super::input::{Json, OfShipment, no_shipment};
use super::wrong::member;
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_hub::links::{Link, MOST_DAYS, USUAL_DAYS};
use trackway_hub::{Hub, HubError};
use utoipa::{OpenApi, ToSchema};

pub fn routes() -> Vec<Route> {
    vec![Route::post(
        "/v1/shipments/{id}/link",
        Scope::Write,
        post_link,
    )]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(post_link), components(schemas(Wish, Made)))]
    struct Document;
    Document::openapi()
}

/// A link to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewLink)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// How many days it works: 60 where it is left out.
    #[schema(minimum = 1, maximum = 400)]
    days: Option<u16>,
}

/// A link to a shipment's page.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Link)]
struct Made {
    /// The shipment's id.
    shipment: String,
    carrier: String,
    number: String,
    /// Below this server's public address.
    path: String,
    /// The whole address, where the server knows its public one.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// From then on it opens nothing.
    expires: String,
}

impl From<Link> for Made {
    fn from(link: Link) -> Self {
        Self {
            shipment: link.shipment.to_string(),
            carrier: link.carrier,
            number: link.number,
            path: link.path,
            url: link.url,
            expires: link.expires,
        }
    }
}

/// Make a link to a shipment's page.
///
/// Give it to the buyer: it needs no key, shows nothing personal, and ends by itself.
#[utoipa::path(
    post,
    path = "/v1/shipments/{id}/link",
    tag = "shipments",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The shipment's id")),
    request_body = Wish,
    responses((status = 201, description = "The link", body = Made), RefusalsOfBodyOfOne)
)]
async fn post_link(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
    Json(wish): Json<Wish>,
) -> Result<Response, Problem> {
    let days = wish.days.unwrap_or(USUAL_DAYS);
    let link = match hub.link_shipment(caller.account, id, days).await {
        Ok(found) => found.ok_or_else(no_shipment)?,
        Err(HubError::LinkDays { .. }) => {
            let detail = format!("It must be from 1 to {MOST_DAYS}.");
            return Err(member("/days", detail));
        }
        Err(error) => return Err(failed(error)),
    };
    Ok(created(&Made::from(link)))
}
