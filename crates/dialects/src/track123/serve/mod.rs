//! Track123's API by us, for parcels (track123.md §5): every call under every version. The checks that
//! all calls share are the frame's; each call's own stand with it.

mod change;
mod couriers;
mod import;
mod instant;
mod query;
mod refresh;
mod update;

use super::envelope::{Refused, Stop};
use super::frame::{Admitted, Call, Pace, admit, answered, mounted};
use super::hook::receive;
use super::own::Item;
use super::service::Code;
use super::{NAME, cargo, carriers, own, wire};
use crate::desk::{Desk, Principal, Registered, UNDETECTED};
use crate::raw::{Object, quoted};
use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use std::sync::Arc;

/// Hours between two refreshes of a number (§3).
pub const REFRESH_HOURS: (&str, u64) = ("track123.refresh_hours", 6);

/// §2.3: the very texts.
pub const IMPORTED: &str = "The order number has been imported";
pub const NOT_REGISTERED: &str = "trackNo not registered";
pub const UNSUPPORTED: &str = "Unsupported logistics supplier code";

/// Of an item in a list.
const NO_OBJECT: &str = "an item must be a JSON object";

/// What a call does.
#[derive(Clone, Copy, Debug)]
enum Work {
    Couriers,
    Detect,
    Import,
    Query,
    ChangeCourier,
    Refresh,
    RefreshMany,
    Update,
    UpdateMany,
    Delete,
    Instant,
}

const fn call(path: &'static str, meter: &'static str, writes: bool) -> Call {
    Call {
        path,
        meter,
        pace: Pace::Usual,
        gets: false,
        writes,
    }
}

/// Every call.
static CALLS: [(Call, Work); 11] = [
    (
        Call {
            gets: true,
            ..call(wire::COURIERS, "track123.couriers", false)
        },
        Work::Couriers,
    ),
    (
        call(wire::DETECTION, "track123.detection", false),
        Work::Detect,
    ),
    (call(wire::IMPORT, "track123.import", true), Work::Import),
    (call(wire::QUERY, "track123.query", false), Work::Query),
    (
        call(wire::UPDATE_COURIER, "track123.update-courier", true),
        Work::ChangeCourier,
    ),
    (call(wire::REFRESH, "track123.refresh", true), Work::Refresh),
    (
        call(wire::REFRESH_BATCH, "track123.refresh-batch", true),
        Work::RefreshMany,
    ),
    (call(wire::UPDATE, "track123.update", true), Work::Update),
    (
        call(wire::UPDATE_BATCH, "track123.update-batch", true),
        Work::UpdateMany,
    ),
    (call(wire::DELETE, "track123.delete", true), Work::Delete),
    (
        Call {
            pace: Pace::Instant,
            ..call(wire::QUERY_REALTIME, "track123.query-realtime", false)
        },
        Work::Instant,
    ),
];

/// Its routes, at the very paths of the original, and the answer to every other path.
pub fn router<D: Desk>() -> Router<Arc<D>> {
    let parcels = CALLS.iter().fold(Router::new(), |router, (call, work)| {
        let handler = any(move |State(desk): State<Arc<D>>, request: Request| {
            served(desk, call, *work, request)
        });
        mounted(router, call, &handler)
    });
    parcels
        .merge(cargo::routes())
        .route(wire::DOOR, any(receive::receive::<D>))
        .fallback(unknown_path::<D>)
}

async fn unknown_path<D: Desk>(State(desk): State<Arc<D>>) -> Response {
    Stop::from(Code::NoSuchCall).answer(desk.now())
}

async fn served<D: Desk>(
    desk: Arc<D>,
    call: &'static Call,
    work: Work,
    request: Request,
) -> Response {
    let desk = &*desk;
    let done = async move {
        let asked = admit(desk, call, request).await?;
        worked(desk, work, &asked).await
    };
    answered(desk, done).await
}

async fn worked<D: Desk>(desk: &D, work: Work, asked: &Admitted) -> Result<String, Stop> {
    let Admitted { principal, body } = asked;
    match work {
        Work::Couriers => Ok(couriers::list()),
        Work::Detect => couriers::detect(body),
        Work::Import => import::import(desk, principal, body).await,
        Work::Query => query::query(desk, principal, body).await,
        Work::ChangeCourier => change::change(desk, principal, body).await,
        Work::Refresh => refresh::one(desk, principal, body).await,
        Work::RefreshMany => refresh::many(desk, principal, body).await,
        Work::Update => update::update(desk, principal, body).await,
        Work::UpdateMany => update::update_many(desk, principal, body).await,
        Work::Delete => update::delete(desk, principal, body).await,
        Work::Instant => instant::ask(desk, principal, body).await,
    }
}

/// A body that is one object.
fn object(body: &[u8]) -> Result<Object<'_>, Stop> {
    let text = super::frame::text(body)?;
    Object::of_text(text).map_err(|_| Stop::wrong("the body must be a JSON object"))
}

/// The carrier of an item: the one that it names, else the one that its number is likely of; with the
/// courier's code as it is told back.
fn carrier_of<D: Desk>(
    desk: &D,
    item: &Item<'_>,
    country: Option<&str>,
) -> Result<(String, Option<String>), Refused> {
    if let Some(courier) = &item.courier {
        let carrier = desk.carrier(NAME, courier);
        let carrier = carrier.ok_or_else(|| Refused::new(Code::Parameter, UNSUPPORTED))?;
        return Ok((carrier, Some(courier.clone().into_owned())));
    }
    let detected = carriers::detect(&item.number, country);
    Ok(match detected.likely() {
        Some(likely) => (likely.carrier.code.clone(), Some(likely.code.to_owned())),
        None => (UNDETECTED.to_owned(), None),
    })
}

/// The registration of a number with a courier.
async fn registered<D: Desk>(
    desk: &D,
    principal: &Principal,
    number: &str,
    courier: &str,
) -> Result<Result<Registered, Refused>, Stop> {
    let unknown = || Refused::new(Code::Parameter, NOT_REGISTERED);
    let Some(carrier) = desk.carrier(NAME, courier) else {
        return Ok(Err(unknown()));
    };
    let found = desk.registered(principal, NAME, Some(&carrier), number);
    Ok(found.await?.into_iter().next().ok_or_else(unknown))
}

/// What an item of a list says it is, for its refusal: JSON of the members as they were given.
fn named(object: Option<&Object<'_>>, names: &[&'static str]) -> Vec<(&'static str, String)> {
    let said = |name| object.and_then(|object| own::said(object, name));
    names
        .iter()
        .map(|name| {
            (
                *name,
                said(name).map_or_else(super::told::null, |text| quoted(&text)),
            )
        })
        .collect()
}

/// Members that name a tracking in a refusal.
const NAMED: &[&str] = &[wire::TRACK_NO, wire::COURIER_CODE];
