//! `/v1/reports`: what other systems told of goods that they keep, as they told it.
//!
//! A message is never changed. Beside the messages stands what was told last of each thing. The bytes are
//! given to keys that name the scope `payloads`: they may be personal.

use super::super::answer::ok;
use super::super::failures::RefusalsOfOne;
use super::super::input::Asked;
use super::super::payloads::written;
use super::super::{Caller, Problem, Route, Scope};
use super::answers::Listed;
use super::listing::{Filters, ReportPage, list};
use super::{Named, find, show};
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use std::sync::Arc;
use trackway_dialects::native::orders::ReportTold;
use trackway_hub::Hub;
use trackway_model::orders::{Body, Kind, Record};
use utoipa::{OpenApi, ToSchema};

const PATH: &str = "/v1/reports";
const ONE: &str = "/v1/reports/{id}";
const PAYLOAD: &str = "/v1/reports/{id}/payload";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Read, get_reports),
        Route::get(ONE, Scope::Read, get_report),
        Route::get(PAYLOAD, Scope::Payloads, get_report_payload),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_reports, get_report, get_report_payload),
        components(schemas(ReportTold<'static>, ReportPage, ReportPayload)),
        tags((name = "reports", description = "What other systems tell of goods that they keep"))
    )]
    struct Document;
    Document::openapi()
}

/// The bytes of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportPayload {
    report: i64,
    body: String,
    /// How `body` is written: `text`, or `base64` where the bytes are no UTF-8.
    #[schema(value_type = String, example = "text")]
    encoding: &'static str,
}

impl ReportPayload {
    /// None where it was erased.
    pub fn of(record: &Record) -> Option<Self> {
        let Body::Report(report) = &record.body else {
            return None;
        };
        if report.body.is_empty() {
            return None;
        }
        let (body, encoding) = written(report.body.clone());
        Some(Self {
            report: record.id.0,
            body,
            encoding,
        })
    }
}

/// Find reports, the newest first.
#[utoipa::path(
    get,
    path = "/v1/reports",
    tag = "reports",
    security(("key" = ["read"])),
    params(Filters),
    responses(Listed<ReportPage>)
)]
async fn get_reports(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    asked: Asked<Filters>,
) -> Result<Response, Problem> {
    list(&hub, &caller, Kind::Report, PATH, asked).await
}

/// What was told.
#[utoipa::path(
    get,
    path = "/v1/reports/{id}",
    tag = "reports",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The report's id or code")),
    responses((status = 200, description = "The report", body = ReportTold), RefusalsOfOne)
)]
async fn get_report(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    show(&hub, &caller, Kind::Report, &id).await
}

/// What was told, byte for byte.
#[utoipa::path(
    get,
    path = "/v1/reports/{id}/payload",
    tag = "reports",
    security(("key" = ["payloads"])),
    params(("id" = String, Path, description = "The report's id or code")),
    responses(
        (status = 200, description = "The message's bytes", body = ReportPayload),
        (status = 410, description = "They were erased", body = Problem, content_type = "application/problem+json"),
        RefusalsOfOne,
    )
)]
async fn get_report_payload(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Named(id): Named,
) -> Result<Response, Problem> {
    let record = find(&hub, &caller, Kind::Report, &id).await?;
    let erased = || Problem::new(StatusCode::GONE, "What was told here was erased.");
    Ok(ok(&ReportPayload::of(&record).ok_or_else(erased)?))
}
