//! Arguments about Vietnam's administrative divisions.

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum Address {
    /// List provinces, districts or wards of an epoch
    List(AddressList),
    /// Read an address that somebody wrote
    Parse(AddressParse),
    /// Tell what a unit of one epoch is in another
    Convert(AddressConvert),
}

#[derive(Debug, Args)]
pub struct AddressList {
    /// `2024` (before 2025), `2025-01` or `2025-07`, which is in force
    #[arg(long)]
    pub epoch: Option<String>,
    /// `province`, `district` or `ward`
    #[arg(long)]
    pub level: Option<String>,
    /// Only what lies in this province
    #[arg(long, value_name = "CODE")]
    pub province: Option<String>,
    /// Only what lies in this district
    #[arg(long, value_name = "CODE")]
    pub district: Option<String>,
    /// Only those of this name, however it is spelt, or whose name holds it
    #[arg(long)]
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct AddressParse {
    /// The addresses
    #[arg(value_name = "TEXT", required = true)]
    pub texts: Vec<String>,
    /// Read them as of this epoch only
    #[arg(long)]
    pub epoch: Option<String>,
}

#[derive(Debug, Args)]
pub struct AddressConvert {
    /// The unit's code
    #[arg(value_name = "CODE")]
    pub code: String,
    /// `province`, `district` or `ward`
    #[arg(long, default_value = "ward")]
    pub level: String,
    /// The epoch in which the code means it
    #[arg(long, value_name = "EPOCH", default_value = "2024")]
    pub from: String,
    /// The epoch that it is wanted in; the one in force where none is named
    #[arg(long, value_name = "EPOCH")]
    pub to: Option<String>,
}
