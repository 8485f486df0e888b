//! `trackway show`, `explain`, `replay` and `erase`.

use crate::cli::{Erase, Parcel, Replay};
use crate::printer::Printer;
use anyhow::{Context, bail};
use trackway_web::admin::AdminRequest;

pub async fn show(parcel: Parcel, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Show {
        account: parcel.owner.account,
        carrier: parcel.carrier,
        number: parcel.number,
    };
    let shown = super::ask(&parcel.place, request, printer).await?;
    Ok(printer.data(&shown)?)
}

pub async fn explain(parcel: Parcel, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Explain {
        account: parcel.owner.account,
        carrier: parcel.carrier,
        number: parcel.number,
    };
    let told = super::ask(&parcel.place, request, printer).await?;
    Ok(printer.data(&told)?)
}

pub async fn replay(replay: Replay, printer: &Printer) -> anyhow::Result<()> {
    let codes = std::fs::read_to_string(&replay.codes)
        .with_context(|| format!("the code table {} can't be read", replay.codes.display()))?;
    let request = AdminRequest::Replay {
        dialect: replay.dialect,
        codes,
        dry_run: replay.dry_run,
    };
    let changed = super::ask(&replay.place, request, printer).await?;
    Ok(printer.data(&changed)?)
}

pub async fn erase(erase: Erase, printer: &Printer) -> anyhow::Result<()> {
    let parcel = erase.parcel;
    if !erase.yes {
        bail!(
            "nothing was erased: the texts and documents of `{}` would be unreadable for ever; \
             say --yes to do it",
            parcel.number
        );
    }
    let request = AdminRequest::Erase {
        account: parcel.owner.account,
        carrier: parcel.carrier,
        number: parcel.number,
    };
    let erased = super::ask(&parcel.place, request, printer).await?;
    Ok(printer.data(&erased)?)
}
