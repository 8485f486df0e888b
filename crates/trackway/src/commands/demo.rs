//! `trackway demo`: the main job on this machine, with a carrier's world made of a seed.
//!
//! A simulated 247Express is polled over HTTP and pushes its webhooks, a simulated KeyDelivery tells
//! the same scans without a zone, the hub keeps one history of each parcel and tells two
//! subscribers, one of which is dead. Ends well only if every happening of the world is in the hub
//! exactly once and every message to the living subscriber arrived with a signature that holds.

mod audit;
mod stage;
mod subscriber;

use super::serve::asked_to_end;
use crate::cli::Demo;
use crate::printer::Printer;
use anyhow::{anyhow, bail};
use serde_json::json;
use stage::Stage;
use std::time::Duration;

/// The world has ended after this part of the show; the rest is for the hub to catch up.
const WORLD_ENDS_AT: f64 = 0.7;
/// How often webhooks are sent, upstreams asked and the line is drawn.
const TICK: Duration = Duration::from_millis(200);
/// How long the hub may take to catch up after the show.
const PATIENCE: Duration = Duration::from_mins(1);

pub async fn run(demo: Demo, printer: &Printer) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let data = demo
        .data
        .clone()
        .unwrap_or_else(|| folder.path().to_owned());
    let mut stage = Stage::build(&demo, &data, printer).await?;
    stage.introduce(printer);
    let asked = asked_to_end()?;
    let show = tokio::time::timeout(demo.time, async {
        loop {
            stage.tick(printer).await?;
            tokio::time::sleep(TICK).await;
        }
    });
    let outcome: anyhow::Result<()> = tokio::select! {
        // The time is over: as it should be.
        outcome = show => outcome.unwrap_or(Ok(())),
        () = asked => Err(anyhow!("the show was broken off")),
    };
    outcome?;
    let caught_up = tokio::time::timeout(PATIENCE, async {
        loop {
            stage.tick(printer).await?;
            let report = stage.audit().await?;
            if report.is_complete() {
                return anyhow::Ok(report);
            }
            tokio::time::sleep(TICK).await;
        }
    });
    let report = match caught_up.await {
        Ok(report) => report?,
        Err(_late) => stage.audit().await?,
    };
    printer.live("");
    stage.end().await?;
    printer.data(&json!(report))?;
    if !report.is_complete() {
        bail!("the hub does not hold the world as it was: see the rows above");
    }
    Ok(())
}
