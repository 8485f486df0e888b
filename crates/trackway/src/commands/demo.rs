//! `trackway demo`: the whole of it on this machine, with a carrier's world made of a seed.
//!
//! A simulated 247Express is asked over HTTP and pushes its webhooks late, repeated, out of order and
//! torn; a simulated KeyDelivery tells the same parcels without a zone, and a simulated Track123 rounded
//! and hours later, beside bills of lading and air waybills; all fail often, and all push. The hub
//! keeps one history of each and tells two subscribers, one of which is down at first, and from time
//! to time in a show without an end. Some of the parcels are orders' that a merchant places through
//! N&H's API and a robot packs; others are given to the hub as to a carrier, through 247Express's
//! customer API; and the orders of a simulated N&H are followed.
//!
//! The show runs until it is asked to end, or for the time given. Then the worlds stop, the hub
//! drains, and the command ends well only if every happening is in the hub exactly once with all that
//! every system told of it, every order stands as its parcel does, stock is exactly what it must be, a
//! client of each of the four systems sees the same histories, and every message to each subscriber
//! arrived with a signature that holds.

mod api;
mod audit;
mod board;
mod cargo;
mod clients;
mod close;
mod consigned;
mod followed;
mod histories;
mod notified;
mod orders;
mod parcels;
mod sights;
mod stage;
mod subscriber;
mod summary;
mod updates;
mod wiring;

use super::serve::asked_to_end;
use crate::cli::Demo;
use crate::printer::{Output, Printer};
use anyhow::bail;
use audit::Report;
use board::Board;
use serde_json::json;
use stage::Stage;
use std::time::Duration;
use trackway_hub::clock::{Clock, SystemClock};

/// How often webhooks are sent, upstreams asked and the board is drawn.
const TICK: Duration = Duration::from_millis(200);
/// How long the hub may take to drain.
const PATIENCE: Duration = Duration::from_mins(1);

pub async fn run(demo: Demo, printer: &Printer) -> anyhow::Result<()> {
    let clock = SystemClock::new();
    let folder = tempfile::tempdir()?;
    let data = demo
        .data
        .clone()
        .unwrap_or_else(|| folder.path().to_owned());
    let asked = asked_to_end()?;
    let mut stage = Stage::build(&demo, &data, clock, printer).await?;
    let mut board = Board::new(printer);
    let outcome = perform(&demo, &mut stage, &mut board, asked).await;
    board.clear();
    let report = outcome?;
    for line in stage.close().await? {
        board.note(&line);
    }
    stage.end().await?;
    match printer.output() {
        Output::Json => printer.data(&json!(report))?,
        Output::Table => printer.data(&report.summary())?,
    }
    if !report.is_complete() {
        bail!("the hub does not hold the world as it was: see the rows above");
    }
    printer.note(
        "Every promise was kept: what happened is in the hub exactly once, and whoever asks or is told hears the same.",
    );
    Ok(())
}

/// The show, and what came of it.
async fn perform(
    demo: &Demo,
    stage: &mut Stage,
    board: &mut Board<'_>,
    asked: impl Future<Output = ()>,
) -> anyhow::Result<Report> {
    let mut asked = std::pin::pin!(asked);
    stage.curtain().await?;
    board.introduce(&stage.sights().await?, demo.time);
    loop {
        let is_over = demo.time.is_some_and(|time| stage.elapsed() >= time);
        if is_over {
            break;
        }
        stage.tick().await?;
        board.draw(&stage.scene().await?);
        tokio::select! {
            () = &mut asked => break,
            () = tokio::time::sleep(TICK) => {}
        }
    }
    stage.freeze();
    board.note("The worlds stand still; the hub catches up with what is on its way.");
    // Whoever asks again means it.
    let again = asked_to_end()?;
    tokio::select! {
        drained = tokio::time::timeout(PATIENCE, drain(stage, board)) => match drained {
            Ok(report) => report,
            Err(_late) => stage.audit().await,
        },
        () = again => bail!("the show was broken off"),
    }
}

async fn drain(stage: &mut Stage, board: &mut Board<'_>) -> anyhow::Result<Report> {
    loop {
        stage.tick().await?;
        board.draw(&stage.scene().await?);
        let report = stage.audit().await?;
        if report.is_complete() {
            return Ok(report);
        }
        tokio::time::sleep(TICK).await;
    }
}

/// Real time since a clock was made.
fn elapsed(clock: SystemClock) -> Duration {
    clock.monotonic()
}
