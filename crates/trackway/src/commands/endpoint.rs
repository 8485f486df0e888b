//! `trackway endpoint`.

use crate::cli::Endpoint;
use crate::printer::Printer;
use trackway_web::admin::AdminRequest;

pub async fn run(endpoint: Endpoint, printer: &Printer) -> anyhow::Result<()> {
    let Endpoint::Add(add) = endpoint;
    let request = AdminRequest::EndpointAdd {
        account: add.owner.account,
        dialect: add.dialect,
        url: add.url,
        settings: add.settings.into_iter().collect(),
    };
    let made = super::ask(&add.place, request, printer).await?;
    printer.data(&made)?;
    printer.note("The signing secret is shown this once: keep it.");
    Ok(())
}
