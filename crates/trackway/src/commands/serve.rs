//! `trackway serve`: the server, on TCP for everybody and on the data folder's socket for the
//! operator.

use super::simulate::listen;
use crate::admin::executor;
use crate::cli::Serve;
use crate::data::{self, Access};
use crate::printer::Printer;
use crate::remote::SOCKET;
use anyhow::{Context, bail};
use serde_json::json;
use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use trackway_hub::HubConfig;
use trackway_web::{App, Limits, admin, server};

pub async fn run(serve: Serve, printer: &Printer) -> anyhow::Result<()> {
    let place = &serve.place;
    let lock = match data::access(&place.data).await? {
        Access::Folder(lock) => lock,
        Access::Server(_) => bail!(
            "a server runs on {} already: stop it, or give this one another --data",
            place.data.display()
        ),
    };
    let asked = asked_to_end()?;
    let listener = listen(serve.listen).await?;
    let config = HubConfig {
        settings: serve.settings.iter().cloned().collect(),
        ..HubConfig::default()
    };
    let open = data::open_with(place, lock, config, printer).await?;
    let limits = Limits::default();
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
        admin::router(executor(open.hub.clone())),
        limits,
        stop.clone().cancelled_owned(),
    ));
    printer.listening(&format!("http://{}", listener.local_addr()?), &json!({}))?;
    trackway_web::serve(listener, app, asked).await;
    tracing::info!("ending");
    stop.cancel();
    door.await?;
    let _ = std::fs::remove_file(&socket);
    open.close().await
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
