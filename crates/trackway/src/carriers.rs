//! The operator's carriers: tables that are read at start, beside those in the binary.

use anyhow::Context;
use std::path::Path;
use trackway_numbers::{Catalog, catalog};

/// The folder of tables within the data folder.
const FOLDER: &str = "carriers";

/// Puts the tables of a folder that was named in force.
pub fn install(folder: &Path) -> anyhow::Result<()> {
    let catalog = Catalog::read(folder)
        .with_context(|| format!("the carriers in {} can't be used", folder.display()))?;
    // Whoever asked before was told of the same folder: this process has one data folder.
    let _ = catalog::install(catalog);
    Ok(())
}

/// The same of the data folder's own, if it has any and none was named.
pub fn install_of(data: &Path) -> anyhow::Result<()> {
    let folder = data.join(FOLDER);
    if folder.is_dir() {
        install(&folder)?;
    }
    Ok(())
}
