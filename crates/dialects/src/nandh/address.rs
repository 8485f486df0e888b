//! The address directory as N&H serves it (nandh-oms.md §5, A1 to A3): ids are the national codes as
//! numbers, a province has letters of its own and a display name such as "TP. Hồ Chí Minh".
//!
//! Everything is told in one epoch, before 2025 unless a setting or `?version=` says another. An address
//! that came in with codes of another epoch is told as what it became there; where a unit was divided,
//! as far up as all of its parts are one, and below that by the name that was written.

use serde::Serialize;
use trackway_model::address::{self, Epoch, Level, Place, Unit};
use trackway_model::orders::Address;
use utoipa::ToSchema;

/// The only country of the directory.
pub const COUNTRY: &str = super::rules::COUNTRY;
/// The epoch that is told where nothing says another.
pub const USUAL: Epoch = Epoch::Y2024;
/// Which epoch that is, for an operator to set.
pub const VERSION_SETTING: &str = "nandh.address_version";
/// The same in a query.
pub const VERSION: &str = "version";

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

/// A3. Where there are no districts, `district_id` is null.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct WardTold {
    pub id: Option<u32>,
    pub province_id: Option<u32>,
    pub district_id: Option<u32>,
    pub country: String,
    pub ward_name: String,
}

pub fn provinces(epoch: Epoch) -> Vec<ProvinceTold> {
    address::provinces(epoch).iter().map(province).collect()
}

/// The districts of a province; empty where the epoch has none of it.
pub fn districts(epoch: Epoch, of: i64) -> Vec<DistrictTold> {
    let parts = parts(epoch, Level::Province, of);
    let parts = parts.filter(|unit| unit.level() == Level::District);
    parts.map(district).collect()
}

/// The wards of a district; of a province where the epoch has no districts.
pub fn wards(epoch: Epoch, of: i64) -> Vec<WardTold> {
    let level = if epoch.has_districts() {
        Level::District
    } else {
        Level::Province
    };
    parts(epoch, level, of).map(ward).collect()
}

/// What lies right within a unit, by code.
fn parts(epoch: Epoch, level: Level, of: i64) -> impl Iterator<Item = &'static Unit> {
    let of = u32::try_from(of).ok();
    let unit = of.and_then(|of| address::unit(epoch, level, of));
    let mut parts: Vec<&Unit> = unit.map_or(&[][..], Unit::children).iter().collect();
    parts.sort_unstable_by_key(|unit| unit.code());
    parts.into_iter()
}

fn code_at(unit: &'static Unit, level: Level) -> Option<u32> {
    let place = Place::of(unit);
    let at = match level {
        Level::Province => Some(place.province),
        Level::District => place.district,
        Level::Ward => place.ward,
    };
    at.map(Unit::code)
}

fn province(unit: &'static Unit) -> ProvinceTold {
    ProvinceTold {
        id: Some(unit.code()),
        country: COUNTRY.to_owned(),
        code: unit.short_name().map(str::to_owned),
        province_name: unit.display_name().to_owned(),
    }
}

fn district(unit: &'static Unit) -> DistrictTold {
    DistrictTold {
        id: Some(unit.code()),
        country: COUNTRY.to_owned(),
        province_id: code_at(unit, Level::Province),
        district_name: unit.full_name().to_owned(),
    }
}

fn ward(unit: &'static Unit) -> WardTold {
    WardTold {
        id: Some(unit.code()),
        province_id: code_at(unit, Level::Province),
        district_id: code_at(unit, Level::District),
        country: COUNTRY.to_owned(),
        ward_name: unit.full_name().to_owned(),
    }
}

/// The divisions of an address in an epoch: by code, or where one was not recognised by its name alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divisions {
    pub province: Option<ProvinceTold>,
    pub district: Option<DistrictTold>,
    pub ward: Option<WardTold>,
}

impl Divisions {
    pub fn of(address: &Address, epoch: Epoch) -> Self {
        let [in_province, in_district, in_ward] = units_in(address, epoch);
        let country = || address.country.clone();
        let province_id = in_province.map(Unit::code);
        let district_id = in_district.map(Unit::code);
        let by_name = |name: &Option<String>| name.clone().filter(|name| !name.trim().is_empty());
        let no_province = || {
            Some(ProvinceTold {
                id: None,
                country: country(),
                code: None,
                province_name: by_name(&address.province)?,
            })
        };
        let no_district = || {
            Some(DistrictTold {
                id: None,
                country: country(),
                province_id,
                district_name: by_name(&address.district).filter(|_| epoch.has_districts())?,
            })
        };
        let no_ward = || {
            Some(WardTold {
                id: None,
                province_id,
                district_id,
                country: country(),
                ward_name: by_name(&address.ward)?,
            })
        };
        Self {
            province: in_province.map(province).or_else(no_province),
            district: in_district.map(district).or_else(no_district),
            ward: in_ward.map(ward).or_else(no_ward),
        }
    }
}

/// What an address's units are in an epoch, the widest first: what all parts of its narrowest unit have
/// in common there.
fn units_in(address: &Address, epoch: Epoch) -> [Option<&'static Unit>; 3] {
    let units = address.units();
    let narrowest = units.iter().rev().find_map(|unit| *unit);
    let Some(narrowest) = narrowest.filter(|unit| unit.epoch() != epoch) else {
        return units;
    };
    let became = narrowest.convert(epoch);
    let mut places = became.candidates().iter().map(|unit| {
        let place = Place::of(unit);
        [Some(place.province), place.district, place.ward]
    });
    let Some(first) = places.next() else {
        return [None; 3];
    };
    places.fold(first, |common, place| {
        let mut at = 0;
        common.map(|unit| {
            at += 1;
            unit.filter(|_| place[at - 1] == unit)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settled(province: &str, district: &str, ward: &str, epoch: Option<Epoch>) -> Address {
        let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let address = Address {
            country: COUNTRY.to_owned(),
            province: given(province),
            district: given(district),
            ward: given(ward),
            epoch,
            ..Address::default()
        };
        address.settled().unwrap()
    }

    #[test]
    fn an_address_is_told_in_the_epoch_that_is_asked_for() {
        let old = settled("HCM", "Tân Bình", "Phường 2", None);
        let before = Divisions::of(&old, Epoch::Y2024);
        let ids = |of: &Divisions| {
            let province = of.province.as_ref().and_then(|it| it.id);
            let district = of.district.as_ref().and_then(|it| it.id);
            [province, district, of.ward.as_ref().and_then(|it| it.id)]
        };
        assert_eq!(ids(&before), [Some(79), Some(766), Some(26965)]);
        assert_eq!(before.ward.unwrap().ward_name, "Phường 02");
        let today = Divisions::of(&old, Epoch::Y2025Jul);
        assert_eq!(ids(&today), [Some(79), None, Some(26977)]);
        assert_eq!(today.district, None, "there are none");
        assert_eq!(today.ward.unwrap().ward_name, "Phường Tân Sơn Hòa");
    }

    #[test]
    fn what_has_become_several_is_told_as_far_as_they_are_one() {
        let new = settled(
            "Hồ Chí Minh",
            "",
            "Phường Tân Sơn Hòa",
            Some(Epoch::Y2025Jul),
        );
        assert_eq!(new.ward_id, Some(26977));
        let before = Divisions::of(&new, Epoch::Y2024);
        assert_eq!(before.province.unwrap().code.as_deref(), Some("HCM"));
        let ward = before.ward.unwrap();
        assert_eq!((ward.id, &*ward.ward_name), (None, "Phường Tân Sơn Hòa"));
    }

    #[test]
    fn a_name_that_nobody_knows_is_told_as_written() {
        let odd = settled("HNI", "Nowhere", "", Some(USUAL));
        let told = Divisions::of(&odd, USUAL);
        assert_eq!(told.province.unwrap().province_name, "TP. Hà Nội");
        let district = told.district.unwrap();
        assert_eq!((district.id, district.province_id), (None, Some(1)));
        assert_eq!(district.district_name, "Nowhere");
        assert_eq!(told.ward, None);
    }
}
