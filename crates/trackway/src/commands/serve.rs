//! `trackway serve`: the server, on TCP for everybody and on the data folder's socket for the
//! operator.
//!
//! Asked to end (SIGINT, SIGTERM) it accepts nothing more, finishes the requests at work within
//! `limits.grace`, then the polls and deliveries in flight, and closes the store.

use super::simulate::listen;
use crate::admin::executor;
use crate::cli::Place;
use crate::config::{self, Config};
use crate::data::{self, Access, Setup};
use crate::printer::Printer;
use crate::remote::SOCKET;
use anyhow::{Context, bail};
use serde_json::json;
use std::io;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use trackway_hub::HubConfig;
use trackway_web::api::operate;
use trackway_web::{App, Front, Tls, admin, server};

pub async fn run(place: &Place, config: Config, printer: &Printer) -> anyhow::Result<()> {
    let lock = match data::access(&place.data).await? {
        Access::Folder(lock) => lock,
        Access::Server(_) => bail!(
            "a server runs on {} already: stop it, or give this one another --data",
            place.data.display()
        ),
    };
    let asked = asked_to_end()?;
    let front = front(&config)?;
    let listener = listen(config.listen).await?;
    let mail = config.mail.setup(config.public_url.as_deref())?;
    if mail.is_none() {
        tracing::info!("e-mail to people is off: mail.host is not set");
    }
    let setup = Setup {
        hub: HubConfig {
            settings: config.dialects,
            outbound: config.outbound.reach()?,
            public_url: config.public_url,
            mail,
            parked_for: config.parked_for,
            retention: config.retention,
            unregistered: config.unregistered,
            ..HubConfig::default()
        },
        min_free: config.min_free,
    };
    let open = data::open_with(place, lock, setup, printer).await?;
    let limits = config.limits;
    let app = App::of_hub(&open.hub, limits);
    open.hub.start();
    let stop = CancellationToken::new();
    let socket = place.data.join(SOCKET);
    let door = server::bind_socket(&socket).with_context(|| {
        format!(
            "the socket {} can't be made: is the path too long?",
            socket.display()
        )
    })?;
    let door = tokio::spawn(server::serve_socket(
        door,
        admin::router(executor(open.hub.clone())).merge(operate::operator(&open.hub)),
        limits,
        stop.clone().cancelled_owned(),
    ));
    tokio::spawn(reload(front.tls.clone(), stop.clone()));
    let scheme = if front.tls.is_some() { "https" } else { "http" };
    printer.listening(
        &format!("{scheme}://{}", listener.local_addr()?),
        &json!({}),
    )?;
    trackway_web::serve_behind(listener, app, front, asked).await;
    tracing::info!("ending");
    stop.cancel();
    door.await?;
    let _ = std::fs::remove_file(&socket);
    open.close().await
}

/// TLS and proxies, as they are configured.
fn front(config: &Config) -> anyhow::Result<Front> {
    let tls = match &config.tls {
        config::Tls {
            certificate: Some(certificate),
            key: Some(key),
        } => Some(Arc::new(Tls::load(certificate, key)?)),
        config::Tls { .. } => None,
    };
    Ok(Front {
        tls,
        trusted: config.trusted_proxies.as_slice().into(),
    })
}

/// At every SIGHUP reads the certificate anew.
async fn reload(tls: Option<Arc<Tls>>, stop: CancellationToken) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        tracing::warn!("SIGHUP can't be heard: a new certificate needs a new start");
        return;
    };
    while let Some(Some(())) = stop.run_until_cancelled(hangup.recv()).await {
        match tls.as_ref().map(|tls| tls.reload()) {
            None => {}
            Some(Ok(())) => tracing::info!("the certificate was read anew"),
            Some(Err(error)) => {
                tracing::error!(%error, "the certificate can't be used: the one before stays");
            }
        }
    }
}

/// Hears SIGINT and SIGTERM from the moment of the call; what it returns resolves when the process
/// is asked to end.
pub fn asked_to_end() -> io::Result<impl Future<Output = ()> + Send> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
    })
}
