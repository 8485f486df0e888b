//! People and places. All of it is personal: stored sealed, apart from the facts of its record.

use super::NameKind;
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

/// What the country's numbers begin with at home, and from abroad.
const TRUNK: &str = "0";
const ABROAD: [&str; 3] = ["+84", "0084", "84"];
/// Digits behind that.
const NATIONAL: std::ops::RangeInclusive<usize> = 9..=10;

/// How a telephone number of the country may be written in records, each as names of people are compared;
/// any other number as it is.
pub fn forms_of_phone(text: &str) -> Vec<String> {
    let number = NameKind::Phone.folded(text);
    let is_national = |rest: &&str| {
        let digits = rest.bytes().all(|byte| byte.is_ascii_digit());
        digits && NATIONAL.contains(&rest.len()) && !rest.starts_with(TRUNK)
    };
    let prefixes = ABROAD.iter().copied().chain([TRUNK]);
    let mut rests = prefixes.filter_map(|prefix| number.strip_prefix(prefix));
    let Some(rest) = rests.find(is_national) else {
        return vec![number];
    };
    let prefixes = std::iter::once(TRUNK).chain(ABROAD);
    prefixes.map(|prefix| format!("{prefix}{rest}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_known_in_each_of_its_forms() {
        let forms = ["0900000001", "+84900000001", "0084900000001", "84900000001"];
        for written in [
            "0900 000 001",
            "+84 900.000.001",
            "0084-900000001",
            "(84) 900 000 001",
        ] {
            assert_eq!(forms_of_phone(written), forms, "{written}");
        }
        for (written, form) in [
            ("+1 202 555 0100", "+12025550100"),
            ("1900 12", "190012"),
            ("0", "0"),
            ("", ""),
            ("0abc000001", "0abc000001"),
        ] {
            assert_eq!(forms_of_phone(written), [form], "{written}");
        }
    }
}
