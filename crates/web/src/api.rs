//! Our own API over the hub, under `/v1`.
//!
//! Contract: what is served is the list of [`routes`] and nothing else. A route names its scope
//! there and the caller is proved before its handler runs; a handler takes the proved [`Caller`] and
//! works for that account alone, so that what belongs to another account is answered exactly as what
//! is not there. Failures are [`Problem`]s. What is answered with success is committed. One file a
//! subject; each has `routes()` and its part of the document, `openapi()`.

#![allow(unused_qualifications)] // what the document's macros write qualifies local types

mod accounts;
mod addresses;
mod answer;
mod change;
mod connections;
mod cursor;
mod deliveries;
mod detect;
pub mod docs;
mod endpoints;
pub mod failures;
pub mod feed;
pub mod input;
mod kept;
mod keys;
mod link;
mod list;
pub mod listeners;
mod notices;
pub mod openapi;
pub mod operate;
pub mod orders;
mod payloads;
pub mod proof;
mod pull;
mod quarantine;
pub mod rate;
mod refresh;
mod register;
pub mod routes;
mod shipments;
mod status;
mod stream;
mod tell;
mod told;
mod translate;
mod wanted;
pub mod window;
mod wrong;

use crate::Limits;
use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use kept::KeptPages;
use listeners::Listeners;
use rate::Rate;
pub use routes::{Caller, Route};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
pub use trackway_dialects::native::Problem;
pub use trackway_dialects::native::caller::{Scope, authenticate};
use trackway_dialects::native::idempotency::InFlight;
use trackway_hub::Hub;

/// What handlers share. A handler takes the part that it needs, mostly `State<Arc<Hub>>`.
#[derive(Clone, Debug)]
pub struct Api {
    pub hub: Arc<Hub>,
    pub limits: Limits,
    /// Who waits for changes.
    pub listeners: Arc<Listeners>,
    /// What readers of the feed were told a moment ago.
    pub pages: Arc<KeptPages>,
    /// Requests at work under an idempotency key.
    pub in_flight: InFlight,
    /// How fast each key calls.
    pub rate: Arc<Rate>,
    /// Is cancelled when the server is asked to end: what only waits ends then.
    pub closing: CancellationToken,
}

impl Api {
    pub fn new(hub: &Arc<Hub>, limits: Limits, closing: CancellationToken) -> Self {
        Self {
            hub: hub.clone(),
            limits,
            listeners: Arc::new(Listeners::new(limits.listeners, limits.account_listeners)),
            pages: Arc::default(),
            in_flight: InFlight::default(),
            rate: Arc::new(Rate::of(hub)),
            closing,
        }
    }
}

impl FromRef<Api> for Arc<Hub> {
    fn from_ref(api: &Api) -> Self {
        api.hub.clone()
    }
}

/// Every route, subject by subject.
pub fn routes() -> Vec<Route> {
    [
        tell::routes(),
        register::routes(),
        list::routes(),
        shipments::routes(),
        pull::routes(),
        refresh::routes(),
        payloads::routes(),
        link::routes(),
        notices::routes(),
        feed::routes(),
        proof::routes(),
        endpoints::routes(),
        deliveries::routes(),
        connections::routes(),
        quarantine::routes(),
        translate::routes(),
        detect::routes(),
        addresses::routes(),
        status::routes(),
        keys::routes(),
        accounts::routes(),
        orders::routes(),
        operate::routes(),
        openapi::routes(),
        docs::routes(),
    ]
    .concat()
}

/// The document's parts, subject by subject.
pub fn documents() -> Vec<utoipa::openapi::OpenApi> {
    vec![
        register::openapi(),
        list::openapi(),
        shipments::openapi(),
        pull::openapi(),
        refresh::openapi(),
        payloads::openapi(),
        link::openapi(),
        notices::openapi(),
        feed::openapi(),
        proof::openapi(),
        endpoints::openapi(),
        deliveries::openapi(),
        connections::openapi(),
        quarantine::openapi(),
        translate::openapi(),
        detect::openapi(),
        addresses::openapi(),
        status::openapi(),
        keys::openapi(),
        accounts::openapi(),
        orders::openapi(),
        operate::openapi(),
        openapi::openapi(),
        docs::openapi(),
    ]
}

/// The routes of every subject, each behind its guard.
pub fn router(api: &Api) -> Router {
    routes::router(routes(), api)
        // Bodies came in within the limits of the application.
        .layer(DefaultBodyLimit::disable())
        .with_state(api.clone())
}
