//! `trackway quarantine` and `drift`.

use crate::cli::{Quarantine, Surprises};
use crate::printer::Printer;
use trackway_web::admin::AdminRequest;

pub async fn quarantine(quarantine: Quarantine, printer: &Printer) -> anyhow::Result<()> {
    let (place, request) = match quarantine {
        Quarantine::List(list) => {
            let request = AdminRequest::QuarantineList {
                account: list.owner.account,
                connection: list.connection,
            };
            (list.place, request)
        }
        Quarantine::Show(one) => {
            let request = AdminRequest::QuarantineShow {
                account: one.owner.account,
                id: one.id,
            };
            (one.place, request)
        }
        Quarantine::Retry(retry) => {
            let request = AdminRequest::QuarantineRetry {
                account: retry.owner.account,
                ids: retry.ids,
            };
            (retry.place, request)
        }
        Quarantine::Drop(one) => {
            let request = AdminRequest::QuarantineDrop {
                account: one.owner.account,
                id: one.id,
            };
            (one.place, request)
        }
    };
    let told = super::ask(&place, request, printer).await?;
    Ok(printer.data(&told)?)
}

pub async fn drift(drift: Surprises, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Drift {
        account: drift.owner.account,
        connection: drift.connection,
    };
    let told = super::ask(&drift.place, request, printer).await?;
    printer.data(&told)?;
    if told.as_array().is_some_and(Vec::is_empty) {
        printer.note("Everything is as the dialects know it.");
    }
    Ok(())
}
