//! `GET /v1/shipments`: finding shipments again, newest first, page by page.
//!
//! Paging law: whatever is told or registered meanwhile, pages that follow each other's cursor leave
//! no shipment out and give none twice. A cursor holds for its filters only.

use super::failures::{RefusalsOfPages, failed};
use super::input::{Asked, bad_query, limit, moment, switch};
use super::told::Row;
use super::{Caller, Problem, Route, Scope};
use super::{answer, cursor};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_hub::listing::{Bounds, Listed, ShipmentQuery, Total};
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::{AccountId, Milestone, ShipmentId, Stage};
use utoipa::{IntoParams, OpenApi, ToSchema};

const PATH: &str = "/v1/shipments";
/// Shipments on a page.
const USUAL: usize = 50;
const MOST: usize = 1_000;
/// Characters of a text filter.
const LONGEST: usize = 100;

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, Scope::Read, get_shipments)]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(get_shipments), components(schemas(Page, Row)))]
    struct Document;
    Document::openapi()
}

/// Filters; all that are given must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Filters {
    /// A stage's name, such as `in_transit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    /// A milestone's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    milestone: Option<String>,
    /// Trackway's code of the carrier.
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<String>,
    /// How the number begins, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    /// How one of the references begins, in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    /// Its status came about before this: RFC 3339, or an age such as `10d`, `12h`, `30m`.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_before: Option<String>,
    /// Its status came about then or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    moved_after: Option<String>,
    /// Trackway knew of it before this.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_before: Option<String>,
    /// Trackway first knew of it then or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    created_after: Option<String>,
    /// `true`: its number is registered; `false`: only webhooks or your own events told of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<bool>)]
    registered: Option<String>,
    /// Shipments on the page, 1 to 1,000; 50 where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// Where the page before ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// A page of shipments.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Shipments)]
struct Page<'a> {
    /// The newest first.
    shipments: Vec<Row<'a>>,
    /// How many there are in all, over all pages.
    total: u64,
    /// Whether `total` is exact; otherwise there are at least so many.
    total_exact: bool,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// Find shipments, the newest first.
#[utoipa::path(
    get,
    path = "/v1/shipments",
    tag = "shipments",
    security(("key" = ["read"])),
    params(Filters),
    responses(
        (status = 200, description = "A page; `Link` names the next", body = Page,
            headers(("Link" = String, description = "`<…>; rel=\"next\"` where there is a next page"))),
        RefusalsOfPages,
    )
)]
async fn get_shipments(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    Asked(filters): Asked<Filters>,
) -> Result<Response, Problem> {
    let limit = limit(filters.limit.as_deref(), USUAL, MOST)?;
    let query = filters.query(caller.account, hub.clock().now())?;
    let unpaged = Filters {
        limit: None,
        cursor: None,
        ..filters.clone()
    };
    let bound_to = cursor::of_list("shipments", caller.account, &unpaged);
    let place = cursor::place(&[&bound_to], filters.cursor.as_deref(), Place::read)?;
    let after = place.map(|place| place.after);
    let found = hub.list(&query, after, limit).await;
    let (listed, next, counted) = found.map_err(failed)?;
    // Counted with the first page; the cursor carries it on.
    let total = place.map(|place| place.total).or(counted);
    let total = total.unwrap_or(Total::AtLeast(listed.len() as u64));
    let next = next.map(|after| cursor::write(&[&bound_to], &Place { after, total }.written()));
    let link = next.clone().map(|next| filters.behind(next));
    Ok(answer::page(
        &page(&listed, total, next),
        PATH,
        link.as_ref(),
    ))
}

fn page(listed: &[Listed], total: Total, next: Option<String>) -> Page<'_> {
    let (total, total_exact) = match total {
        Total::Exact(total) => (total, true),
        Total::AtLeast(total) => (total, false),
    };
    Page {
        shipments: listed.iter().map(Row::of).collect(),
        total,
        total_exact,
        next,
    }
}

impl Filters {
    fn query(&self, account: AccountId, now: i64) -> Result<ShipmentQuery, Problem> {
        let at = |name: &str, text: &Option<String>| moment(name, text.as_deref(), now);
        let stage = self.stage.as_deref();
        let milestone = self.milestone.as_deref();
        Ok(ShipmentQuery {
            account,
            stage: named("stage", stage, stage_of)?,
            milestone: named("milestone", milestone, Milestone::parse)?,
            carrier: text("carrier", self.carrier.as_deref())?
                .map(|code| code.to_ascii_lowercase()),
            number: text("number", self.number.as_deref())?,
            reference: text("reference", self.reference.as_deref())?,
            moved: Bounds {
                from: at("moved_after", &self.moved_after)?,
                before: at("moved_before", &self.moved_before)?,
            },
            created: Bounds {
                from: at("created_after", &self.created_after)?,
                before: at("created_before", &self.created_before)?,
            },
            registered: switch("registered", self.registered.as_deref())?,
        })
    }

    /// The same question of the page behind a cursor.
    fn behind(&self, cursor: String) -> Self {
        Self {
            cursor: Some(cursor),
            ..self.clone()
        }
    }
}

pub(super) fn stage_of(name: &str) -> Option<Stage> {
    let mut stages = Stage::ALL.iter().copied();
    stages.find(|stage| stage.name() == name)
}

fn named<T>(
    name: &str,
    text: Option<&str>,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let known = parse(text).map(Some);
    known.ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        bad_query(format!("There is no {name} `{shown}`."))
    })
}

/// A text filter.
pub(super) fn text(name: &str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let trimmed = text.trim();
    let fits = !trimmed.is_empty()
        && trimmed.chars().count() <= LONGEST
        && !trimmed.chars().any(char::is_control);
    if fits {
        return Ok(Some(trimmed.to_owned()));
    }
    let detail = format!("`{name}` must have 1 to {LONGEST} characters and no control characters.");
    Err(bad_query(detail))
}

/// What a cursor holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    after: ShipmentId,
    total: Total,
}

impl Place {
    fn written(self) -> Vec<u8> {
        let (total, exact) = match self.total {
            Total::Exact(total) => (total, true),
            Total::AtLeast(total) => (total, false),
        };
        let mut out = Writer::with_capacity(20);
        out.i64(self.after.0).u8(u8::from(exact)).varint(total);
        out.0
    }

    fn read(mut bytes: Reader<'_>) -> Result<Self, Truncated> {
        let after = ShipmentId(bytes.i64()?);
        let exact = bytes.u8()? == 1;
        let total = bytes.varint()?;
        let total = if exact {
            Total::Exact(total)
        } else {
            Total::AtLeast(total)
        };
        Ok(Self { after, total })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back_as_written() {
        for total in [Total::Exact(0), Total::Exact(700), Total::AtLeast(10_000)] {
            let place = Place {
                after: ShipmentId(5 << 10),
                total,
            };
            assert_eq!(Place::read(Reader(&place.written())).unwrap(), place);
        }
        assert!(Place::read(Reader(&[1, 2])).is_err());
    }
}
