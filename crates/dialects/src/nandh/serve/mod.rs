//! N&H's API by us: every call of the route table, over records that any API of the account made.
//!
//! Checks in their order: path (404) and method (405), key (401), rights (403), calls a second (429),
//! body (400), then the work. Every answer is the envelope under the HTTP status that it mirrors; what
//! is refused has written nothing.

mod catalog;
mod files;
mod inbounds;
mod inventory;
mod listing;
mod orders;
mod parties;
mod passed;
mod places;
mod products;
mod refused;
mod returns;
mod shipments;
mod shipping;

use super::NAME;
use super::address;
use super::envelope::{Done, success};
use super::errors::{Code, Stop};
use super::hook::receive;
use super::options;
use super::query::Query;
use super::related::{Of, Part};
use super::request::Members;
use super::routes::{Call, ROOT, ROUTES, Route};
use crate::desk::{Desk, DeskError, Principal, Proof, Trade};
use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::response::Response;
use axum::routing::any;
use http::header;
use http::request::Parts;
use passed::{or_passed, or_passed_items};
use refused::Terms;
use std::collections::BTreeSet;
use std::sync::Arc;
use trackway_model::address::{Epoch, NoEpoch};
use trackway_model::orders::{Command, Name, Outcome, Record, RecordId};

/// Calls a key may make in a second; unlimited where it is not set. None is documented.
pub const PACE_SETTING: &str = "nandh.requests_per_second";
const METER: &str = "nandh.requests";
const SECOND_US: i64 = 1_000_000;
/// An order of a thousand lines takes some hundred kilobytes, a document some megabytes; the web room
/// has a limit too.
const BODY_LIMIT: usize = 16 << 20;

/// Its routes and the answer to every other path under them.
pub fn router<D: Desk + Trade>() -> Router<Arc<D>> {
    let paths: BTreeSet<&str> = ROUTES.iter().map(|route| route.path).collect();
    let calls = paths.into_iter().fold(Router::new(), |router, path| {
        let handler = any(
            move |State(desk): State<Arc<D>>, parameters: Parameters, request: Request| {
                served(desk, path, parameters, request)
            },
        );
        router.route(&format!("{ROOT}{path}"), handler)
    });
    calls.merge(receive::router()).fallback(unknown_path::<D>)
}

async fn unknown_path<D: Desk>(State(desk): State<Arc<D>>) -> Response {
    Stop::because(Code::NotFound, "There is no such path").answer(desk.now())
}

/// What stands in a path's places: nothing where it is no text.
type Parameters = Result<RawPathParams, RawPathParamsRejection>;

async fn served<D: Desk + Trade>(
    desk: Arc<D>,
    path: &'static str,
    parameters: Parameters,
    request: Request,
) -> Response {
    let desk = &*desk;
    let done = async move {
        let (route, asked) = admit(desk, path, &parameters, request).await?;
        if route.call == Call::Download {
            return files::download(&asked).await;
        }
        worked(route, &asked).await.map(|done| success(&done))
    };
    done.await
        .unwrap_or_else(|stop: Stop| stop.answer(desk.now()))
}

/// A request that may be worked on.
#[derive(Debug)]
pub struct Asked<'r, D> {
    pub desk: &'r D,
    pub principal: Principal,
    /// What stands in the path for `{id}`.
    id: String,
    query: String,
    pub head: Parts,
    pub body: Bytes,
}

/// What every call is checked for before its own work.
async fn admit<'r, D: Desk>(
    desk: &'r D,
    path: &'static str,
    parameters: &Parameters,
    request: Request,
) -> Result<(&'static Route, Asked<'r, D>), Stop> {
    let (head, body) = request.into_parts();
    let here = |route: &&Route| route.path == path && route.method == head.method;
    let route = ROUTES.iter().find(here).ok_or(Code::MethodNotAllowed)?;
    let principal = prove(desk, &head).await?;
    if !principal.may(route.writes()) {
        return Err(Code::Forbidden.into());
    }
    keep_pace(desk, &principal).await?;
    let body = axum::body::to_bytes(body, BODY_LIMIT)
        .await
        .map_err(|_| Stop::because(Code::BadRequest, "The body is too large or broke off"))?;
    // No record has a name that is no text.
    let parameters = parameters.as_ref().map_err(|_| Code::NotFound)?;
    let id = parameters.iter().find(|(name, _)| *name == "id");
    let asked = Asked {
        desk,
        principal,
        id: id.map(|(_, value)| value.to_owned()).unwrap_or_default(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        head,
        body,
    };
    Ok((route, asked))
}

/// The raw key in `Authorization`, without a scheme before it.
async fn prove<D: Desk>(desk: &D, head: &Parts) -> Result<Principal, Stop> {
    let key = head.headers.get(header::AUTHORIZATION);
    let key = key.and_then(|value| value.to_str().ok()).map(str::trim);
    let key = key
        .filter(|key| !key.is_empty())
        .ok_or(Code::Unauthorized)?;
    let proved = desk.prove(NAME, Proof::Key(key)).await?;
    Ok(proved.ok_or(Code::Unauthorized)?)
}

async fn keep_pace<D: Desk>(desk: &D, principal: &Principal) -> Result<(), Stop> {
    let Some(limit) = desk.setting(PACE_SETTING) else {
        return Ok(());
    };
    let limit: u64 = limit.parse().map_err(|_| {
        DeskError::Failed(format!("the setting {PACE_SETTING} is no number: {limit}"))
    })?;
    let second = desk.now().div_euclid(SECOND_US);
    if limit == 0 || desk.spend(principal, METER, second, limit).await? {
        return Ok(());
    }
    Err(Stop {
        retry_after_s: Some(1),
        ..Code::TooManyRequests.into()
    })
}

impl<D: Desk + Trade> Asked<'_, D> {
    pub fn query(&self) -> Query<'_> {
        Query(&self.query)
    }

    /// The epoch of the address directory that this request and its answer are in.
    pub fn epoch(&self) -> Result<Epoch, Stop> {
        let given = self.query().text(address::VERSION);
        let usual = || self.desk.setting(address::VERSION_SETTING);
        let wrong = |error: NoEpoch| Stop::field(address::VERSION, &error.to_string());
        match given {
            Some(given) => given.parse().map_err(wrong),
            None => Ok(usual()
                .map_or(Ok(address::USUAL), |set| set.parse())
                .map_err(|error| {
                    DeskError::Failed(format!("the setting {} {error}", address::VERSION_SETTING))
                })?),
        }
    }

    pub fn members(&self) -> Result<Members<'_>, Stop> {
        Members::parse(&self.body)
    }

    /// The record that the path names, by number or code.
    pub async fn subject<T: Part>(&self) -> Result<Record, Stop> {
        self.find::<T>(&self.id).await
    }

    /// A record by number or code; 404 where this account has none.
    pub async fn find<T: Part>(&self, given: &str) -> Result<Record, Stop> {
        let given = given.trim();
        let by_number = match given.parse() {
            Ok(id) => {
                self.desk
                    .record(&self.principal, T::KIND, RecordId(id))
                    .await?
            }
            Err(_) => None,
        };
        if let Some(found) = by_number {
            return Ok(found);
        }
        let name = Name::code(given);
        let by_code = self.desk.record_named(&self.principal, T::KIND, name);
        Ok(by_code.await?.ok_or(Code::NotFound)?)
    }

    /// The record of a code that a member names; the member's error where there is none.
    pub async fn coded<T: Part>(
        &self,
        members: &Members<'_>,
        name: &str,
    ) -> Result<Option<RecordId>, Stop> {
        let Some(code) = members.text(name)? else {
            return Ok(None);
        };
        let found = self
            .desk
            .record_named(&self.principal, T::KIND, Name::code(code));
        let found = found.await?;
        let found = found.ok_or_else(|| members.wrong(name, refused::NO_SUCH_RECORD))?;
        Ok(Some(found.id))
    }

    /// Has a command done; a refusal is told in this system's words.
    pub async fn carry_out(&self, command: Command, terms: &Terms) -> Result<Outcome, Stop> {
        let done = self.desk.carry_out(&self.principal, command).await?;
        done.map_err(|refusal| terms.told(&refusal))
    }

    /// The same, where the command is about one record.
    pub async fn made(&self, command: Command, terms: &Terms) -> Result<Record, Stop> {
        let outcome = self.carry_out(command, terms).await?;
        let nothing = || DeskError::Failed("a command gave no record back".to_owned());
        Ok(outcome.record.ok_or_else(nothing)?)
    }
}

/// A record that was asked for by its kind.
pub fn known<T: Part>(record: &Record) -> Result<Of<'_, T>, Stop> {
    Ok(Of::known(record)?)
}

async fn worked<D: Desk + Trade>(route: &Route, asked: &Asked<'_, D>) -> Result<Done, Stop> {
    match route.call {
        Call::PickupAddresses => catalog::pickup_addresses(asked).await,
        Call::BoxSizes => catalog::box_sizes(asked).await,
        Call::Vendors => catalog::vendors(asked).await,
        Call::Shops => catalog::shops(asked).await,
        Call::Categories => catalog::categories(asked).await,
        Call::Brands => catalog::brands(asked).await,
        Call::Units => catalog::units(asked).await,
        Call::Options(list) => listing::held(asked.query(), options::list(list), |it| it.name),
        Call::Upload => files::upload(asked).await,
        Call::Download => Err(Code::NotFound.into()),
        Call::CreateProduct => products::create(asked).await,
        Call::OfferItems => products::offer(asked).await,
        Call::Products => products::list(asked).await,
        Call::Product => products::detail(asked).await,
        Call::Items => inventory::list(asked).await,
        Call::Item => inventory::detail(asked).await,
        Call::CreateItem => inventory::create(asked).await,
        Call::ItemsInWarehouse => inventory::in_warehouse(asked).await,
        Call::PreviewServices => shipping::services(asked).await,
        Call::PreviewCouriers => shipping::couriers(asked).await,
        Call::CouriersOfOrder => shipping::of_order(asked).await,
        Call::ServicesOfCourier => shipping::of_courier(asked).await,
        Call::CreateOrder => orders::create(asked).await,
        Call::Orders => orders::list(asked).await,
        Call::Order => or_passed(asked, orders::detail(asked).await).await,
        Call::CancelOrder => orders::cancel(asked).await,
        Call::CreateShipmentAuto => shipments::create_auto(asked).await,
        Call::CreateShipment => shipments::create(asked).await,
        Call::CancelShipment => shipments::cancel(asked).await,
        Call::Shipments => shipments::list(asked).await,
        Call::Shipment => or_passed(asked, shipments::detail(asked).await).await,
        Call::ShipmentsOfOrder => shipments::of_order(asked).await,
        Call::ShipmentItems => or_passed_items(asked, shipments::items(asked).await).await,
        Call::CreateInbound => inbounds::create(asked).await,
        Call::CancelInbound => inbounds::cancel(asked).await,
        Call::Inbounds => inbounds::list(asked).await,
        Call::Inbound => inbounds::detail(asked).await,
        Call::InboundItems => inbounds::items(asked).await,
        Call::Returns => returns::list(asked).await,
        Call::Return => or_passed(asked, returns::detail(asked).await).await,
        Call::CreateReturn => returns::create(asked).await,
        Call::CancelReturn => returns::cancel(asked).await,
        Call::ReturnItems => returns::items(asked).await,
        Call::LinkedServices => catalog::linked_services(asked).await,
        Call::Couriers => catalog::couriers(asked).await,
        Call::CourierLinks => catalog::courier_links(asked).await,
        Call::Provinces => places::provinces(asked),
        Call::Districts => places::districts(asked),
        Call::Wards => places::wards(asked),
    }
}
