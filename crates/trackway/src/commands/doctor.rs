//! `trackway doctor`.

use crate::cli::Doctor;
use crate::printer::Printer;
use anyhow::bail;
use trackway_web::admin::AdminRequest;

/// Prints the findings; fails if the data is not what its log says.
pub async fn run(doctor: Doctor, printer: &Printer) -> anyhow::Result<()> {
    let request = AdminRequest::Doctor {
        verify: doctor.verify,
    };
    let found = super::ask(&doctor.place, request, printer).await?;
    printer.data(&found)?;
    let differing = found["verification"]["differing"]
        .as_array()
        .map_or(0, Vec::len);
    if differing > 0 {
        bail!("{differing} tracks differ from what the log says: keep a copy of the data as it is");
    }
    Ok(())
}
