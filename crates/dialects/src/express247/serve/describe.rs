//! The calls served here, as OpenAPI.

use super::super::customer::Described;
use super::super::errors;
use super::super::hook::receive;
use super::super::wire::{
    Acknowledgement, CustomerFailure, LoggedUpdate, Login, LoginRequest, Number, OrderLog,
    PriceLine, PropertyError, Scan, Status, StatusLogData, StatusLogRequest, StatusLogs,
    StatusUpdate, Tracking,
};
use super::{customer, tracking};
use std::fmt::Write;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// How requests prove themselves.
struct Proofs;

impl Modify for Proofs {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let header = |name: &str, about: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, about)))
        };
        let components = document.components.get_or_insert_default();
        let client = header("ClientID", "The number that the login answered");
        components.add_security_scheme("ClientID", client);
        let token = header("Token", "The token that the login answered");
        components.add_security_scheme("Token", token);
        let basic = SecurityScheme::Http(Http::new(HttpAuthScheme::Basic));
        components.add_security_scheme("basic", basic);
    }
}

/// The errors of the tracking call, out of the vendor's table.
struct Errors;

impl Modify for Errors {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let item = document.paths.paths.get_mut("/api/Order/v1/Tracking");
        let Some(call) = item.and_then(|item| item.get.as_mut()) else {
            return;
        };
        let mut told = String::from("Errors, in `errorCode` and `errorMessage`:");
        for error in errors::ALL {
            let _ = write!(told, "\n\n`{}`: {}", error.code, error.text);
        }
        call.description = Some(told);
    }
}

/// Takes a status update in, at the address that a connection has for itself: its token proves the
/// sender.
#[utoipa::path(
    post,
    path = "/in/{token}/IntergrationAPI",
    tag = "247Express",
    params(("token" = String, Path, description = "The connection's own")),
    request_body = StatusUpdate,
    responses((
        status = 200,
        description = "Whether the update was committed",
        body = Acknowledgement
    ), (
        status = 503,
        description = "Busy: try again after `Retry-After` seconds",
        body = Acknowledgement
    ))
)]
#[expect(
    dead_code,
    reason = "`receive` answers; this describes its other address"
)]
fn receive_at_token() {}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "247Express",
        version = "1",
        description = "247Express's API, served by Trackway at the paths of the original.\n\nPaths, names of query members and of JSON members are read in any case. Errors come under HTTP 200 in the vendor's own forms, unless the operator sets another status."
    ),
    paths(
        tracking::tracking,
        customer::login,
        customer::status_logs,
        receive::receive,
        receive_at_token
    ),
    components(schemas(
        Tracking,
        Number,
        PriceLine,
        Status,
        Scan,
        StatusUpdate,
        Acknowledgement,
        LoginRequest,
        Login,
        PropertyError,
        CustomerFailure,
        StatusLogRequest,
        StatusLogs,
        StatusLogData,
        OrderLog,
        LoggedUpdate
    )),
    modifiers(&Proofs, &Errors),
    tags((name = "247Express", description = "Tracking, the customer API and the status webhook"))
)]
struct Document;

/// The document of the calls served here.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(Described::document());
    document
}
