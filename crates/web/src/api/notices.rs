//! `/v1/shipments/{id}/notices` and `/v1/notices`: who is told of a shipment by e-mail.
//!
//! Contract: of the caller's own shipments only. Adding the same address again changes what it is told;
//! one whose owner wanted no more, or whose server refused it, is answered with 409 for ever. Addresses
//! come in and never go out whole.

use super::answer::ok;
use super::failures::{Refusals, RefusalsOfBody, RefusalsOfBodyOfOne, RefusalsOfOne};
use super::input::{Json, OfShipment, no_shipment, number};
use super::wrong::wrong;
use super::{Caller, Problem, Route, Scope};
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_hub::notices::{NoticeWish, Noticed, Policy, Told};
use trackway_model::ShipmentId;
use utoipa::{OpenApi, ToSchema};

const POLICY: &str = "/v1/notices";
const OF_ONE: &str = "/v1/shipments/{id}/notices";
const RECIPIENT: &str = "/v1/shipments/{id}/notices/{recipient}";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(OF_ONE, Scope::Read, get_notices),
        Route::put(OF_ONE, Scope::Write, put_notice),
        Route::delete(RECIPIENT, Scope::Write, delete_notice),
        Route::get(POLICY, Scope::Manage, get_policy),
        Route::put(POLICY, Scope::Manage, put_policy),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_notices, put_notice, delete_notice, get_policy, put_policy),
        components(schemas(Noticed, Told, Notices, Wanted, Policy, ChangedPolicy)),
        tags((name = "notices", description = "Whom we tell by e-mail"))
    )]
    struct Document;
    Document::openapi()
}

/// The recipients of a shipment.
#[derive(Debug, Serialize, ToSchema)]
struct Notices {
    /// Whether this server sends e-mails at all.
    sending: bool,
    /// Those that ended are among them.
    notices: Vec<Noticed>,
}

/// A recipient to be added or changed.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewNotice)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The e-mail address; its domain may be written in any script.
    #[serde(default)]
    #[schema(required, max_length = 254, example = "buyer@example.org")]
    address: String,
    /// `en`, `vi` or `zh`; the account's where it is left out.
    language: Option<String>,
    /// The stages of which they are told; the account's where it is left out.
    #[schema(example = json!(["out_for_delivery", "delivered"]))]
    stages: Option<Vec<String>>,
}

impl From<Wanted> for NoticeWish {
    fn from(wanted: Wanted) -> Self {
        let Wanted {
            address,
            language,
            stages,
        } = wanted;
        Self {
            address,
            language,
            stages,
        }
    }
}

/// What the account says of all its shipments; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NoticePolicyChange)]
#[serde(deny_unknown_fields)]
struct ChangedPolicy {
    /// `en`, `vi` or `zh`.
    language: Option<String>,
    /// The stages of which people are told where nobody says.
    stages: Option<Vec<String>>,
}

/// List who is told of a shipment, and the e-mails that they were sent.
#[utoipa::path(
    get,
    path = "/v1/shipments/{id}/notices",
    tag = "notices",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The shipment's id")),
    responses((status = 200, description = "All of them", body = Notices), RefusalsOfOne)
)]
async fn get_notices(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
) -> Result<Response, Problem> {
    let found = hub.notices(caller.account, id).await.map_err(wrong)?;
    let notices = found.ok_or_else(no_shipment)?;
    let sending = hub.sends_mail();
    Ok(ok(&Notices { sending, notices }))
}

/// Tell somebody of a shipment by e-mail, or change what they are told.
///
/// One e-mail for a milestone at most, in their language, with a link to the page and one to end it.
#[utoipa::path(
    put,
    path = "/v1/shipments/{id}/notices",
    tag = "notices",
    security(("key" = ["write"])),
    params(("id" = String, Path, description = "The shipment's id")),
    request_body = Wanted,
    responses(
        (status = 200, description = "As it is now", body = Noticed),
        RefusalsOfBodyOfOne,
        (status = 409, description = "They want no more, or their server refused them; or the shipment has as many as it may", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put_notice(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
    Json(wanted): Json<Wanted>,
) -> Result<Response, Problem> {
    let kept = hub.notify(caller.account, id, &wanted.into()).await;
    let kept = kept.map_err(wrong)?.ok_or_else(no_shipment)?;
    Ok(ok(&kept))
}

/// Tell a recipient no more.
#[utoipa::path(
    delete,
    path = "/v1/shipments/{id}/notices/{recipient}",
    tag = "notices",
    security(("key" = ["write"])),
    params(
        ("id" = String, Path, description = "The shipment's id"),
        ("recipient" = String, Path, description = "The recipient's id, as the list has it"),
    ),
    responses((status = 204, description = "They are told no more"), RefusalsOfOne)
)]
async fn delete_notice(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Path((shipment, recipient)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let id = ShipmentId(number(&shipment).unwrap_or_default());
    let ended = hub.end_notice(caller.account, id, &recipient).await;
    match ended.map_err(wrong)? {
        None => Err(no_shipment()),
        Some(true) => Ok(StatusCode::NO_CONTENT),
        Some(false) => {
            let detail =
                "The shipment has no recipient of this id who is told: the list has the ids.";
            Err(Problem::new(StatusCode::NOT_FOUND, detail))
        }
    }
}

/// Read of what people are told where nobody says.
#[utoipa::path(
    get,
    path = "/v1/notices",
    tag = "notices",
    security(("key" = ["manage"])),
    responses((status = 200, description = "The account's policy", body = Policy), Refusals)
)]
async fn get_policy(State(hub): State<Arc<Hub>>, caller: Caller) -> Result<Response, Problem> {
    let policy = hub.notice_policy(caller.account).await.map_err(wrong)?;
    Ok(ok(&policy))
}

/// Change of what people are told where nobody says: for recipients that are added from now on.
#[utoipa::path(
    put,
    path = "/v1/notices",
    tag = "notices",
    security(("key" = ["manage"])),
    request_body = ChangedPolicy,
    responses((status = 200, description = "As it is now", body = Policy), RefusalsOfBody)
)]
async fn put_policy(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Json(changed): Json<ChangedPolicy>,
) -> Result<Response, Problem> {
    let ChangedPolicy { language, stages } = changed;
    let policy = hub
        .set_notice_policy(caller.account, language.as_deref(), stages.as_deref())
        .await
        .map_err(wrong)?;
    Ok(ok(&policy))
}
