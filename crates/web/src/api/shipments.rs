//! One shipment by its id: how it stands, what happened, and why.
//!
//! An id that the account has not is answered with 404 and the same body, whoever else has it.

use super::answer::ok;
use super::cursor;
use super::failures::{RefusalsOfOne, failed};
use super::input::{Asked, OfShipment, limit, no_shipment};
use super::told::{Happening, Shipment, Witness};
use super::{Caller, Problem, Route, Scope};
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use trackway_hub::Hub;
use trackway_model::fold::Journey;
use trackway_model::view::ShipmentView;
use trackway_model::{ConnectionId, Spine};
use utoipa::{IntoParams, OpenApi, ToSchema};

/// Events on a page.
const USUAL: usize = 100;
const MOST: usize = 500;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/v1/shipments/{id}", Scope::Read, get_shipment),
        Route::get("/v1/shipments/{id}/events", Scope::Read, get_events),
        Route::get("/v1/shipments/{id}/explain", Scope::Read, get_explain),
        Route::post("/v1/shipments/{id}/erase", Scope::Manage, post_erase),
    ]
}

pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(get_shipment, get_events, get_explain, post_erase),
        components(schemas(Shipment, EventPage, Happening, Witness, Erasure))
    )]
    struct Document;
    Document::openapi()
}

/// How a shipment stands.
#[utoipa::path(
    get,
    path = "/v1/shipments/{id}",
    tag = "shipments",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The shipment's id")),
    responses((status = 200, description = "The shipment", body = Shipment), RefusalsOfOne)
)]
async fn get_shipment(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
) -> Result<Response, Problem> {
    let found = hub.one_shipment(caller.account, id).await.map_err(failed)?;
    let one = found.ok_or_else(no_shipment)?;
    Ok(ok(&Shipment::of(&one)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PageAsked {
    /// Events on the page, 1 to 500; 100 where it is left out.
    #[param(value_type = Option<u16>)]
    limit: Option<String>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// What happened, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ShipmentEvents)]
struct EventPage<'a> {
    events: Vec<Happening<'a>>,
    /// With the last page: statements that count for nothing, since a later answer left them out or
    /// their source took them back.
    withdrawn: Vec<Witness<'a>>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// What happened to a shipment, the oldest first: statements that tell of the same happening
/// together, with every source's own words and times.
#[utoipa::path(
    get,
    path = "/v1/shipments/{id}/events",
    tag = "shipments",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The shipment's id"), PageAsked),
    responses(
        (status = 200, description = "A page of events", body = EventPage),
        (status = 400, description = "The query can't be read", body = Problem, content_type = "application/problem+json"),
        RefusalsOfOne,
    )
)]
async fn get_events(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
    asked: Result<Asked<PageAsked>, Problem>,
) -> Result<Response, Problem> {
    let found = hub.shipment(caller.account, id).await.map_err(failed)?;
    let mut view = found.ok_or_else(no_shipment)?;
    let Asked(asked) = asked?;
    let limit = limit(asked.limit.as_deref(), USUAL, MOST)?;
    let bound_to = [&b"events"[..], &id.0.to_le_bytes()];
    let place = asked.cursor.as_deref();
    let place = place
        .map(|text| cursor::read(&bound_to, text))
        .transpose()?;
    let journey = view.journey().clone();
    let first = place.map_or(0, |place| after(&view, &journey, &place));
    let last = journey.events.len().min(first + limit);
    let page = &journey.events[first..last];
    let ended = last == journey.events.len();
    let mut ordinals: Vec<u16> = page
        .iter()
        .flat_map(|(event, _)| event.witnesses.iter().copied())
        .collect();
    let withdrawn: &[u16] = if ended { &journey.withdrawn } else { &[] };
    // Bounded like a page of events: what was withdrawn most recently.
    let withdrawn = &withdrawn[withdrawn.len().saturating_sub(limit)..];
    ordinals.extend(withdrawn);
    let statements = hub.statements_of(&view.track, &ordinals).await;
    view.statements = statements.map_err(failed)?;
    let names = connection_names(&hub, &view).await?;
    let track = view.track.clone();
    let name = |spine: &Spine| names.get(&track.connection_of(spine)).map(String::as_str);
    let events = page
        .iter()
        .map(|(event, verdict)| Happening::of(&view, event, *verdict, &name))
        .collect();
    let next = page.last().filter(|_| !ended).map(|(event, _)| {
        let first = &view.track.spine[usize::from(event.witnesses[0])];
        let place = [&event.assumed.to_be_bytes()[..], &first.id.0].concat();
        cursor::write(&bound_to, &place)
    });
    let withdrawn = withdrawn
        .iter()
        .filter_map(|ordinal| view.statement(*ordinal))
        .map(|told| Witness::of(&view, told, &name))
        .collect();
    Ok(ok(&EventPage {
        events,
        withdrawn,
        next,
    }))
}

/// The place behind the event at which the page before ended. If the event is another since, behind
/// what had happened by then.
fn after(view: &ShipmentView, journey: &Journey, place: &[u8]) -> usize {
    let (at, id) = place.split_at_checked(8).unwrap_or_default();
    let at = at.try_into().map_or(i64::MIN, i64::from_be_bytes);
    let witnessed = |ordinals: &[u16]| {
        ordinals
            .first()
            .is_some_and(|first| view.track.spine[usize::from(*first)].id.0 == id)
    };
    let events = &journey.events;
    let same = events
        .iter()
        .position(|(event, _)| witnessed(&event.witnesses));
    same.map_or_else(
        || events.partition_point(|(event, _)| event.assumed <= at),
        |same| same + 1,
    )
}

async fn connection_names(
    hub: &Hub,
    view: &ShipmentView,
) -> Result<HashMap<ConnectionId, String>, Problem> {
    let mut names = HashMap::new();
    for source in &view.track.sources {
        let name = hub.connection_name(source.connection).await;
        names.extend(name.map_err(failed)?.map(|name| (source.connection, name)));
    }
    Ok(names)
}

/// Why a shipment stands as it does: every statement, the rule that read it, and what it won against.
#[utoipa::path(
    get,
    path = "/v1/shipments/{id}/explain",
    tag = "shipments",
    security(("key" = ["read"])),
    params(("id" = String, Path, description = "The shipment's id")),
    responses(
        (status = 200, description = "Every decision, with the statements behind it", body = Object),
        RefusalsOfOne,
    )
)]
async fn get_explain(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
) -> Result<Response, Problem> {
    let found = hub.explain_shipment(caller.account, id).await;
    let explained = found.map_err(failed)?.ok_or_else(no_shipment)?;
    Ok(ok(&explained))
}

/// A number whose words were destroyed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasedShipment)]
struct Erasure<'a> {
    id: String,
    carrier: &'a str,
    number: &'a str,
    erased: bool,
}

/// Make a shipment's words unreadable for ever: texts, names, references and what sources sent, of
/// every shipment under its number. Codes, times and milestones stay. It can't be undone.
#[utoipa::path(
    post,
    path = "/v1/shipments/{id}/erase",
    tag = "shipments",
    security(("key" = ["manage"])),
    params(("id" = String, Path, description = "The shipment's id")),
    responses((status = 200, description = "Its words are gone", body = Erasure), RefusalsOfOne)
)]
async fn post_erase(
    State(hub): State<Arc<Hub>>,
    caller: Caller,
    OfShipment(id): OfShipment,
) -> Result<Response, Problem> {
    let found = hub.erase_shipment(caller.account, id).await;
    let track = found.map_err(failed)?.ok_or_else(no_shipment)?;
    Ok(ok(&Erasure {
        id: id.to_string(),
        carrier: &track.carrier,
        number: &track.number,
        erased: true,
    }))
}
