//! `trackway connect` and `trackway track`.

use crate::cli::{Connect, Track};
use crate::printer::Printer;
use trackway_web::admin::AdminRequest;

pub async fn connect(connect: Connect, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Connect {
        account: connect.owner.account,
        dialect: connect.dialect,
        name: connect.name,
        base_url: connect.base_url,
        zone: connect.zone,
        settings: connect.settings.into_iter().collect(),
    };
    let made = super::ask(&connect.place, request, printer).await?;
    Ok(printer.data(&made)?)
}

pub async fn track(track: Track, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Track {
        account: track.owner.account,
        dialect: track.dialect,
        carrier: track.carrier,
        numbers: track.numbers,
    };
    let tracked = super::ask(&track.place, request, printer).await?;
    Ok(printer.data(&tracked)?)
}
