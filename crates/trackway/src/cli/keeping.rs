//! Arguments of the commands that copy whole stores.

use super::Place;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Backup {
    /// The file to make, or a folder that is there, in which it is named after the time. Beside it
    /// comes its manifest. The server's machine writes it
    #[arg(long, value_name = "FILE|DIR")]
    pub to: PathBuf,
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct Restore {
    /// The backup, with its manifest beside it
    #[arg(long, value_name = "FILE")]
    pub from: PathBuf,
    /// Where to: a folder that holds nothing but the master key, or an empty database
    #[command(flatten)]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct Copy {
    /// From where; no server may run on it
    #[command(flatten)]
    pub place: Place,
    /// The folder to copy to, or, with `--to-database-url`, where its master key and socket will be;
    /// the source's own where none is named
    #[arg(long, value_name = "DIR", required_unless_present = "to_database_url")]
    pub to_data: Option<PathBuf>,
    /// The empty PostgreSQL to copy to, instead of the folder
    #[arg(long, value_name = "URL")]
    pub to_database_url: Option<String>,
}
