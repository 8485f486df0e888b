//! `trackway backup`: a copy of a store in use, made and checked by whoever holds the data.

use super::ask;
use crate::cli::Backup;
use crate::master::key_file;
use crate::printer::Printer;
use anyhow::Context;
use indicatif::ProgressBar;
use jiff::Timestamp;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trackway_hub::{Clock, SystemClock};
use trackway_store::backup::{COPYING, workshop_of};
use trackway_web::admin::AdminRequest;

/// How often the work is looked at.
const LOOK: Duration = Duration::from_millis(200);

pub async fn run(backup: Backup, printer: &Printer) -> anyhow::Result<()> {
    let to = std::path::absolute(&backup.to)
        .with_context(|| format!("{} is no path", backup.to.display()))?;
    if backup.to.as_os_str().as_encoded_bytes().ends_with(b"/") {
        std::fs::create_dir_all(&to)
            .with_context(|| format!("make the folder {}", to.display()))?;
    }
    let to = if to.is_dir() {
        to.join(name(SystemClock::new().now())?)
    } else {
        to
    };
    let request = AdminRequest::Backup { to: to.clone() };
    let bar = printer.progress(None, "bytes copied");
    let made = tokio::select! {
        made = ask(&backup.place, request, printer) => made,
        never = watch(&to, &bar) => match never {},
    };
    bar.finish_and_clear();
    printer.data(&made?)?;
    printer.note(&format!(
        "The backup is complete and was checked. The master key is not in it: keep a copy of {} in \
         another place than the backup, for neither is of any use without the other.",
        key_file(&backup.place).display()
    ));
    Ok(())
}

/// A backup's name among others in a folder.
fn name(now: i64) -> anyhow::Result<String> {
    let at = Timestamp::from_microsecond(now)?;
    Ok(format!("trackway-{}.backup", at.strftime("%Y%m%dT%H%M%SZ")))
}

/// Shows how far a backup has come, whoever makes it: it is made on this machine.
async fn watch(to: &Path, bar: &ProgressBar) -> Infallible {
    let workshop = workshop_of(to);
    let steps: [(PathBuf, &'static str); 2] = [
        (workshop.join(COPYING), "bytes copied"),
        (workshop.join("trackway.db"), "bytes are being checked"),
    ];
    loop {
        for (file, step) in &steps {
            if let Ok(there) = file.metadata() {
                bar.set_message(*step);
                bar.set_position(there.len());
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time() {
        let early = name(1_772_323_200_000_000).unwrap();
        assert_eq!(early, "trackway-20260301T000000Z.backup");
        assert!(early < name(1_772_323_201_000_000).unwrap());
    }
}
