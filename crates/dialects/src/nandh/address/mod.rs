//! The address directory as N&H serves it (nandh-oms.md §5, A1 to A3): three levels, as they were before
//! 2025, as data. Three files of one row a division; a longer file is a longer directory.
//!
//! Names match loosely: case, accents, dots and the kind of division ("Quận", "TP.", "District") do not
//! count, and a number is a number however it is written ("Phường 02" is "phuong 2").

use super::errors::Stop;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;
use trackway_model::orders::Address;
use utoipa::ToSchema;

/// The only country of the directory.
pub const COUNTRY: &str = super::rules::COUNTRY;

#[derive(Clone, Debug, Deserialize)]
pub struct Province {
    pub id: u32,
    pub code: String,
    #[serde(rename = "province_name")]
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct District {
    pub id: u32,
    pub province_id: u32,
    #[serde(rename = "district_name")]
    pub name: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Ward {
    pub id: u32,
    pub district_id: u32,
    #[serde(rename = "ward_name")]
    pub name: String,
}

/// A1. Ids and codes are null where a name was not recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProvinceTold {
    pub id: Option<u32>,
    pub country: String,
    pub code: Option<String>,
    pub province_name: String,
}

/// A2.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DistrictTold {
    pub id: Option<u32>,
    pub country: String,
    pub province_id: Option<u32>,
    pub district_name: String,
}

/// A3.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WardTold {
    pub id: Option<u32>,
    pub province_id: Option<u32>,
    pub district_id: Option<u32>,
    pub country: String,
    pub ward_name: String,
}

static PROVINCES: LazyLock<Vec<Province>> = LazyLock::new(|| read(include_str!("provinces.csv")));
static DISTRICTS: LazyLock<Vec<District>> = LazyLock::new(|| read(include_str!("districts.csv")));
static WARDS: LazyLock<Vec<Ward>> = LazyLock::new(|| read(include_str!("wards.csv")));

fn read<T: DeserializeOwned>(csv: &str) -> Vec<T> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(csv.as_bytes());
    reader
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the directory in the binary is tested")
}

fn province(id: u32) -> Option<&'static Province> {
    PROVINCES.iter().find(|it| it.id == id)
}

fn district(id: u32) -> Option<&'static District> {
    DISTRICTS.iter().find(|it| it.id == id)
}

fn ward(id: u32) -> Option<&'static Ward> {
    WARDS.iter().find(|it| it.id == id)
}

pub fn provinces() -> Vec<ProvinceTold> {
    PROVINCES.iter().map(told_province).collect()
}

/// The districts of a province; empty where the directory has none of it.
pub fn districts(province: i64) -> Vec<DistrictTold> {
    let of = |it: &&District| i64::from(it.province_id) == province;
    DISTRICTS.iter().filter(of).map(told_district).collect()
}

/// The wards of a district.
pub fn wards(district: i64) -> Vec<WardTold> {
    let of = |it: &&Ward| i64::from(it.district_id) == district;
    WARDS.iter().filter(of).map(told_ward).collect()
}

fn told_province(it: &Province) -> ProvinceTold {
    ProvinceTold {
        id: Some(it.id),
        country: COUNTRY.to_owned(),
        code: Some(it.code.clone()),
        province_name: it.name.clone(),
    }
}

fn told_district(it: &District) -> DistrictTold {
    DistrictTold {
        id: Some(it.id),
        country: COUNTRY.to_owned(),
        province_id: Some(it.province_id),
        district_name: it.name.clone(),
    }
}

fn told_ward(it: &Ward) -> WardTold {
    WardTold {
        id: Some(it.id),
        province_id: district(it.district_id).map(|it| it.province_id),
        district_id: Some(it.district_id),
        country: COUNTRY.to_owned(),
        ward_name: it.name.clone(),
    }
}

/// A division of an address, by its id or, where it was not recognised, by its name alone.
pub fn province_of(address: &Address) -> Option<ProvinceTold> {
    let known = address.province_id.and_then(province).map(told_province);
    known.or_else(|| {
        Some(ProvinceTold {
            id: address.province_id,
            country: address.country.clone(),
            code: None,
            province_name: address.province.clone()?,
        })
    })
}

pub fn district_of(address: &Address) -> Option<DistrictTold> {
    let known = address.district_id.and_then(district).map(told_district);
    known.or_else(|| {
        Some(DistrictTold {
            id: address.district_id,
            country: address.country.clone(),
            province_id: address.province_id,
            district_name: address.district.clone()?,
        })
    })
}

pub fn ward_of(address: &Address) -> Option<WardTold> {
    let known = address.ward_id.and_then(ward).map(told_ward);
    known.or_else(|| {
        Some(WardTold {
            id: address.ward_id,
            province_id: address.province_id,
            district_id: address.district_id,
            country: address.country.clone(),
            ward_name: address.ward.clone()?,
        })
    })
}

/// Fills in what the names and ids of an address say of each other. `at` names a member for an error: an
/// id must be one of the directory, and of what it is said to lie in.
pub fn recognise(address: &mut Address, at: impl Fn(&str) -> String) -> Result<(), Stop> {
    if address.country != COUNTRY {
        return Ok(());
    }
    let unknown = |name: &str| Stop::field(&at(name), "is not in the address directory");
    // An id says what it lies in.
    if let (None, Some(of)) = (address.district_id, address.ward_id.and_then(ward)) {
        address.district_id = Some(of.district_id);
    }
    if let (None, Some(of)) = (address.province_id, address.district_id.and_then(district)) {
        address.province_id = Some(of.province_id);
    }
    if let Some(id) = address.province_id {
        let found = province(id).ok_or_else(|| unknown("province_id"))?;
        address.province.get_or_insert_with(|| found.name.clone());
    } else {
        let same = |it: &&Province| is_same(&it.name, address.province.as_deref(), Some(&it.code));
        address.province_id = PROVINCES.iter().find(same).map(|it| it.id);
    }
    let in_province = |it: &&District| Some(it.province_id) == address.province_id;
    if let Some(id) = address.district_id {
        let found =
            district(id).filter(|it| address.province_id.is_none_or(|of| of == it.province_id));
        let found = found.ok_or_else(|| unknown("district_id"))?;
        address.district.get_or_insert_with(|| found.name.clone());
    } else {
        let same = |it: &&District| is_same(&it.name, address.district.as_deref(), None);
        let found = DISTRICTS.iter().filter(in_province).find(same);
        address.district_id = found.map(|it| it.id);
    }
    if let Some(id) = address.ward_id {
        let of =
            |it: &&Ward| it.id == id && address.district_id.is_none_or(|of| of == it.district_id);
        let found = WARDS.iter().find(of).ok_or_else(|| unknown("ward_id"))?;
        address.ward.get_or_insert_with(|| found.name.clone());
    } else {
        let same = |it: &&Ward| {
            Some(it.district_id) == address.district_id
                && is_same(&it.name, address.ward.as_deref(), None)
        };
        address.ward_id = WARDS.iter().find(same).map(|it| it.id);
    }
    Ok(())
}

fn is_same(name: &str, given: Option<&str>, code: Option<&String>) -> bool {
    given.is_some_and(|given| {
        plain(given) == plain(name)
            || code.is_some_and(|code| code.eq_ignore_ascii_case(given.trim()))
    })
}

/// Words that say what kind of division a name is of.
const KINDS: &[&str] = &[
    "thanh pho",
    "tp",
    "tinh",
    "quan",
    "huyen",
    "thi xa",
    "tx",
    "phuong",
    "xa",
    "thi tran",
    "tt",
    "q",
    "h",
    "p",
    "city",
    "province",
    "district",
    "ward",
    "town",
    "commune",
];

/// A name as it is compared.
fn plain(name: &str) -> String {
    let folded: String = name
        .chars()
        .flat_map(char::to_lowercase)
        .map(fold)
        .collect();
    let words: Vec<String> = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| {
            let number = word.trim_start_matches('0');
            let is_number = word.bytes().all(|byte| byte.is_ascii_digit()) && !number.is_empty();
            if is_number { number } else { word }.to_owned()
        })
        .collect();
    let text = words.join(" ");
    let begins = |kind: &&&str| {
        text.strip_prefix(**kind)
            .is_some_and(|rest| rest.starts_with(' '))
    };
    let ends = |kind: &&&str| {
        text.strip_suffix(**kind)
            .is_some_and(|rest| rest.ends_with(' '))
    };
    if let Some(kind) = KINDS.iter().find(begins) {
        return text[kind.len()..].trim().to_owned();
    }
    if let Some(kind) = KINDS.iter().find(ends) {
        return text[..text.len() - kind.len()].trim().to_owned();
    }
    text
}

/// Vietnamese letters without their marks.
fn fold(letter: char) -> char {
    const MARKED: &[(char, &str)] = &[
        ('a', "àáảãạăằắẳẵặâầấẩẫậ"),
        ('d', "đ"),
        ('e', "èéẻẽẹêềếểễệ"),
        ('i', "ìíỉĩị"),
        ('o', "òóỏõọôồốổỗộơờớởỡợ"),
        ('u', "ùúủũụưừứửữự"),
        ('y', "ỳýỷỹỵ"),
    ];
    MARKED
        .iter()
        .find(|(_, marked)| marked.contains(letter))
        .map_or(letter, |(plain, _)| *plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(province: &str, district: &str, ward: &str) -> [Option<u32>; 3] {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let mut address = Address {
            country: COUNTRY.to_owned(),
            province: given(province),
            district: given(district),
            ward: given(ward),
            ..Address::default()
        };
        recognise(&mut address, str::to_owned).unwrap();
        [address.province_id, address.district_id, address.ward_id]
    }

    #[test]
    fn names_match_without_accents_kinds_and_leading_zeros() {
        let all = [Some(79), Some(766), Some(26965)];
        for (province, district, ward) in [
            ("TP. Hồ Chí Minh", "Quận Tân Bình", "Phường 02"),
            ("Ho Chi Minh City", "Tân Bình", "Phuong 2"),
            ("HCM", "tan binh district", "02"),
            ("thành phố hồ chí minh", "Q. Tân Bình", "P.2"),
        ] {
            assert_eq!(recognised(province, district, ward), all, "{province}");
        }
        assert_eq!(recognised("HNI", "Tân Bình", ""), [Some(1), None, None]);
        assert_eq!(
            recognised("Quận 1", "", ""),
            [None; 3],
            "a name of another level"
        );
        assert_eq!(
            recognised("", "Tân Bình", "Phường 02"),
            [None; 3],
            "nothing to look in"
        );
    }

    #[test]
    fn ids_say_what_they_lie_in_and_must_be_there() {
        let of = |province_id, district_id, ward_id| {
            let mut address = Address {
                country: COUNTRY.to_owned(),
                province_id,
                district_id,
                ward_id,
                ..Address::default()
            };
            recognise(&mut address, |name| format!("receiver.{name}")).map(|()| address)
        };
        let known = of(Some(79), Some(766), None).unwrap();
        assert_eq!(known.district.as_deref(), Some("Quận Tân Bình"));
        assert_eq!(province_of(&known).unwrap().code.as_deref(), Some("HCM"));
        let told = of(Some(1), Some(766), None).unwrap_err().message;
        assert_eq!(
            told,
            "receiver.district_id: is not in the address directory"
        );
        let known = of(None, None, Some(26965)).unwrap();
        assert_eq!(known.province.as_deref(), Some("TP. Hồ Chí Minh"));
        assert_eq!(known.district.as_deref(), Some("Quận Tân Bình"));
        assert!(of(Some(5), None, None).is_err() && of(None, None, Some(1)).is_err());
    }

    #[test]
    fn the_files_hang_together() {
        assert!(
            DISTRICTS
                .iter()
                .all(|it| province(it.province_id).is_some())
        );
        assert!(WARDS.iter().all(|it| district(it.district_id).is_some()));
        assert_eq!(districts(79)[1].district_name, "Quận Tân Bình");
        assert_eq!(wards(766)[0].ward_name, "Phường 02");
    }
}
