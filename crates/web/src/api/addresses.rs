//! `/v1/addresses`: the administrative divisions of Vietnam in three epochs, texts read into them, and
//! what a division of one epoch is in another.
//!
//! Contract: a code means something only in its epoch, so every unit tells its own. Nothing is kept of
//! what is asked, and what is not certain is not told as certain.

use super::answer::ok;
use super::failures::Refusals;
use super::input::{Asked, bad_query, limit};
use super::{Caller, Problem, Route, Scope};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use trackway_dialects::addresses::{
    self, AmbiguityTold, Converted, Listing, ParsedTold, Unasked, UnitTold,
};
use utoipa::{IntoParams, OpenApi, ToSchema};

const PATH: &str = "/v1/addresses";
const PARSE: &str = "/v1/addresses/parse";
const CONVERT: &str = "/v1/addresses/convert";
/// Units on a page.
const USUAL: usize = 100;
const MOST: usize = 1_000;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Scope::Read, get_addresses),
        Route::get(PARSE, Scope::Read, get_parse),
        Route::get(CONVERT, Scope::Read, get_convert),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_addresses, get_parse, get_convert),
        components(schemas(UnitTold, Page, ParsedTold, AmbiguityTold, Converted)),
        tags((name = "addresses", description = "Vietnam's provinces, districts and wards, before 2025 and since"))
    )]
    struct Document;
    Document::openapi()
}

fn refused(unasked: &Unasked) -> Problem {
    bad_query(format!("{unasked}."))
}

/// Which units.
#[derive(Clone, Debug, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// `2024` (before 2025), `2025-01` or `2025-07`, which is in force and meant where it is left out.
    epoch: Option<String>,
    /// `province` where it is left out, `district` or `ward`. There are no districts in `2025-07`.
    level: Option<String>,
    /// Only what lies in this province, by code.
    province: Option<String>,
    /// Only what lies in this district, by code.
    district: Option<String>,
    /// Only those of this name, however it is spelt; where no unit has it, those whose name holds it.
    name: Option<String>,
    /// Behind this code: `next` of the page before.
    after: Option<String>,
    /// Units on the page, 1 to 1,000; 100 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
}

/// A page of units, by code.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AddressUnits)]
struct Page {
    units: Vec<UnitTold>,
    /// How many there are over all pages.
    total: usize,
    /// For `after` of the next page; null on the last one.
    next: Option<String>,
}

/// List provinces, districts or wards of an epoch, by code.
#[utoipa::path(
    get,
    path = "/v1/addresses",
    tag = "addresses",
    security(("key" = ["read"])),
    params(Wanted),
    responses(
        (status = 200, description = "A page of units", body = Page),
        (status = 400, description = "A filter can't be read, or there is no such province or district", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn get_addresses(_caller: Caller, Asked(asked): Asked<Wanted>) -> Result<Response, Problem> {
    let most = limit(asked.limit.as_deref(), USUAL, MOST)?;
    let listing = Listing {
        epoch: asked.epoch.as_deref(),
        level: asked.level.as_deref(),
        province: asked.province.as_deref(),
        district: asked.district.as_deref(),
        name: asked.name.as_deref(),
    };
    let found = addresses::list(&listing).map_err(|unasked| refused(&unasked))?;
    let after = asked.after.as_deref().map(addresses::code).transpose();
    let after = after.map_err(|unasked| refused(&unasked))?;
    let begins = after.map_or(0, |after| found.partition_point(|it| it.code() <= after));
    let page = &found[begins..found.len().min(begins + most)];
    let is_last = begins + page.len() == found.len();
    let last = page.last().filter(|_| !is_last);
    Ok(ok(&Page {
        units: page.iter().map(|unit| UnitTold::of(unit)).collect(),
        total: found.len(),
        next: last.map(|unit| unit.code_text()),
    }))
}

/// What is to be read.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Text {
    /// An address as somebody wrote it: up to 1,000 bytes.
    #[param(example = "12/3 Lý Thường Kiệt, P.2, Q. Tân Bình, TPHCM")]
    text: String,
    /// Read it as of this epoch only; as of each where it is left out.
    epoch: Option<String>,
}

/// Read an address that somebody wrote: its divisions with their codes, and what is left of it. What
/// fits several is told with all of them.
#[utoipa::path(
    get,
    path = "/v1/addresses/parse",
    tag = "addresses",
    security(("key" = ["read"])),
    params(Text),
    responses(
        (status = 200, description = "What was read", body = ParsedTold),
        (status = 400, description = "The text is missing or too long, or the epoch is none", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn get_parse(_caller: Caller, Asked(asked): Asked<Text>) -> Result<Response, Problem> {
    let told = addresses::parse(&asked.text, asked.epoch.as_deref())
        .map_err(|unasked| refused(&unasked))?;
    Ok(ok(&told))
}

/// Which unit, and from when to when.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Conversion {
    /// `province`, `district` or `ward`.
    #[param(example = "ward")]
    level: String,
    /// The unit's code.
    #[param(example = "26965")]
    code: String,
    /// The epoch in which the code means it: `2024`, `2025-01` or `2025-07`.
    #[param(example = "2024")]
    from: String,
    /// The epoch that it is wanted in; the one in force where it is left out.
    to: Option<String>,
}

/// Tell what a unit of one epoch is in another: one unit, several among which it was divided, or not
/// known.
#[utoipa::path(
    get,
    path = "/v1/addresses/convert",
    tag = "addresses",
    security(("key" = ["read"])),
    params(Conversion),
    responses(
        (status = 200, description = "What it is there", body = Converted),
        (status = 400, description = "A parameter is missing or can't be read, or the epoch has no such unit", body = Problem, content_type = "application/problem+json"),
        Refusals,
    )
)]
async fn get_convert(
    _caller: Caller,
    Asked(asked): Asked<Conversion>,
) -> Result<Response, Problem> {
    let told = addresses::convert(&asked.from, &asked.level, &asked.code, asked.to.as_deref());
    Ok(ok(&told.map_err(|unasked| refused(&unasked))?))
}
