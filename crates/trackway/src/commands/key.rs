//! `trackway key`.

use crate::cli::Key;
use crate::printer::Printer;
use trackway_web::admin::AdminRequest;

pub async fn run(key: Key, printer: &Printer) -> anyhow::Result<()> {
    let Key::Create(create) = key;
    let request = AdminRequest::KeyCreate {
        account: create.owner.account,
        dialect: create.dialect,
        name: create.name,
    };
    let made = super::ask(&create.place, request, printer).await?;
    printer.data(&made)?;
    printer.note("The key is shown this once: keep it.");
    Ok(())
}
