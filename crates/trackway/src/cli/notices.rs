//! Arguments of the commands about e-mail to people.

use super::{Owner, Parcel, Place};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Notice {
    /// Tell somebody of a parcel by e-mail, or change what they are told
    Add(NoticeAdd),
    /// Show who is told of a parcel, and the e-mails that they were sent
    List(Parcel),
    /// Tell somebody no more of a parcel
    Remove(NoticeRemove),
    /// Show or change of what people are told where nobody says
    Policy(NoticePolicy),
}

/// What somebody is told, and how.
#[derive(Debug, Args)]
pub struct Telling {
    /// `en`, `vi` or `zh`
    #[arg(long, value_name = "CODE")]
    pub language: Option<String>,
    /// A stage of which they are told, such as `out_for_delivery`; may be repeated
    #[arg(long = "stage", value_name = "NAME")]
    pub stages: Vec<String>,
}

impl Telling {
    /// None where none is named.
    pub fn stages(&self) -> Option<Vec<String>> {
        (!self.stages.is_empty()).then(|| self.stages.clone())
    }
}

#[derive(Debug, Args)]
pub struct NoticeAdd {
    #[command(flatten)]
    pub parcel: Parcel,
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub to: String,
    #[command(flatten)]
    pub telling: Telling,
}

#[derive(Debug, Args)]
pub struct NoticeRemove {
    #[command(flatten)]
    pub parcel: Parcel,
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    pub to: String,
}

#[derive(Debug, Args)]
pub struct NoticePolicy {
    #[command(flatten)]
    pub telling: Telling,
    #[command(flatten)]
    pub place: Place,
    #[command(flatten)]
    pub owner: Owner,
}

#[derive(Debug, Subcommand)]
pub enum Mail {
    /// Send one e-mail to see whether the server takes it
    Test(MailTest),
}

#[derive(Debug, Args)]
pub struct MailTest {
    #[arg(value_name = "ADDRESS")]
    pub to: String,
    /// `en`, `vi` or `zh`
    #[arg(long, value_name = "CODE", default_value = "en")]
    pub language: String,
    /// The data folder whose DIR/trackway.toml says how e-mail is sent
    #[arg(long, value_name = "DIR", env = "TRACKWAY_DATA")]
    pub data: Option<PathBuf>,
}
