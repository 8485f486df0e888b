//! How the parts of the show are wired: connections, subscribers and servers on free ports.

use super::stage::Addresses;
use super::subscriber::Subscriber;
use crate::commands::simulate;
use crate::data::Setup;
use axum::Router;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use trackway_dialects::{express247, keydelivery, nandh, track123};
use trackway_hub::{CreatedConnection, Hub, HubConfig, NewConnection, NewEndpoint};
use trackway_simulator::SimulatedDesk;
use trackway_web::{App, Limits};

/// An upstream that failed too often is called again after so long.
const LONGEST_REST: Duration = Duration::from_millis(500);
/// Calls in a second of the world.
const MANY: u32 = 1_000_000;

/// Systems whose clock runs faster than their clients': a second there is no measure of haste.
pub fn unhurried() -> BTreeMap<String, String> {
    let paces = ["requests_per_second", "cargo_registrations_per_second"];
    let settings = paces.map(|pace| (format!("{}.{pace}", track123::NAME), MANY.to_string()));
    settings.into_iter().collect()
}

/// A hub for a world whose days pass in seconds, reached under this address.
pub fn setup(address: &str) -> Setup {
    Setup {
        hub: HubConfig {
            public_url: Some(address.to_owned()),
            longest_rest: Some(LONGEST_REST),
            ..HubConfig::default()
        },
        min_free: 0,
    }
}

pub async fn connect(
    hub: &Hub,
    [carrier, aggregator, second, merchant]: [&SimulatedDesk; 4],
    addresses: &Addresses,
) -> anyhow::Result<Vec<CreatedConnection>> {
    let settings = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    };
    let (ours, theirs) = (carrier.credentials(), aggregator.credentials());
    let mut connections = Vec::new();
    for (dialect, base_url, settings) in [
        (
            express247::NAME,
            &addresses.carrier,
            settings(&[("apikey", &ours.key)]),
        ),
        (
            keydelivery::NAME,
            &addresses.aggregator,
            settings(&[
                ("key", &theirs.key),
                ("secret", &theirs.secret),
                ("push", "yes"),
            ]),
        ),
        (
            track123::NAME,
            &addresses.second,
            settings(&[
                ("key", &second.credentials().key),
                ("quota_per_second", &MANY.to_string()),
            ]),
        ),
        (
            nandh::NAME,
            &addresses.merchant,
            settings(&[("key", &merchant.credentials().key)]),
        ),
    ] {
        let new = NewConnection {
            dialect: dialect.to_owned(),
            base_url: base_url.clone(),
            settings,
            operator: true,
            ..NewConnection::default()
        };
        connections.push(hub.connect(new).await?);
    }
    Ok(connections)
}

pub async fn subscribe(hub: &Hub, subscriber: &Subscriber, address: &str) -> anyhow::Result<()> {
    let new = NewEndpoint {
        url: address.to_owned(),
        operator: true,
        ..NewEndpoint::default()
    };
    let made = hub.add_endpoint(new).await?;
    subscriber.set_secret(made.secret.as_deref().unwrap_or_default());
    Ok(())
}

pub async fn free_port() -> anyhow::Result<(TcpListener, String)> {
    let listener = simulate::listen(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let address = format!("http://{}", listener.local_addr()?);
    Ok((listener, address))
}

/// Serves a simulated system until the process ends, and returns the address.
pub async fn serve(router: Router) -> anyhow::Result<String> {
    let (listener, address) = free_port().await?;
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(address)
}

pub fn serve_hub(listener: TcpListener, hub: &Arc<Hub>) {
    let app = App::of_hub(hub, Limits::default());
    tokio::spawn(trackway_web::serve(listener, app, std::future::pending()));
}
