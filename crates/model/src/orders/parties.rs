//! People and places. All of it is personal: stored sealed, apart from the facts of its record.

use crate::address::Epoch;
use serde::{Deserialize, Serialize};

/// Where somebody is. Divisions by name as given, and by their codes in the address directory where they
/// were recognised.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Address {
    pub country: String,
    pub line: String,
    pub line2: Option<String>,
    pub zipcode: Option<String>,
    pub province: Option<String>,
    pub district: Option<String>,
    pub ward: Option<String>,
    pub province_id: Option<u32>,
    pub district_id: Option<u32>,
    pub ward_id: Option<u32>,
    /// In which these codes mean what they mean; given alone, in which the names are to be looked for.
    pub epoch: Option<Epoch>,
    /// Decimal degrees as given.
    pub lat: Option<String>,
    pub lng: Option<String>,
}

/// A consignee, a sender, a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
#[serde(default)]
pub struct Party {
    pub name: String,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Address,
    /// The saved customer that it was taken from.
    pub customer: Option<super::RecordId>,
}
