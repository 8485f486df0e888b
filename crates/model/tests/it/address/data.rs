//! What the tables hold.

use std::collections::HashSet;
use trackway_model::address::{
    self, Conversion, Epoch, Level, Place, SIZE, Unit, provinces, slug, unit,
};

/// Every unit of an epoch.
pub fn all(epoch: Epoch) -> Vec<&'static Unit> {
    fn add(units: &'static [Unit], all: &mut Vec<&'static Unit>) {
        for unit in units {
            all.push(unit);
            add(unit.children(), all);
        }
    }
    let mut units = Vec::new();
    add(provinces(epoch), &mut units);
    units
}

fn known(epoch: Epoch, level: Level, code: u32) -> &'static Unit {
    unit(epoch, level, code).unwrap()
}

#[test]
fn each_epoch_has_its_divisions() {
    for (epoch, counts) in [
        (Epoch::Y2024, [63, 705, 10_599]),
        (Epoch::Y2025Jan, [63, 696, 10_035]),
        (Epoch::Y2025Jul, [34, 0, 3_321]),
    ] {
        let units = all(epoch);
        let count = |level| units.iter().filter(|unit| unit.level() == level).count();
        assert_eq!(Level::ALL.map(count), counts, "{epoch}");
        let codes: HashSet<_> = units
            .iter()
            .map(|unit| (unit.level(), unit.code()))
            .collect();
        assert_eq!(codes.len(), units.len(), "a code is one unit's in {epoch}");
        for unit in units {
            assert_eq!(address::unit(epoch, unit.level(), unit.code()), Some(unit));
            assert_eq!(unit.epoch(), epoch);
            let above = match unit.level() {
                Level::Province => None,
                Level::Ward if epoch.has_districts() => Some(Level::District),
                Level::District | Level::Ward => Some(Level::Province),
            };
            assert_eq!(unit.parent().map(Unit::level), above, "{unit:?}");
            assert_eq!(unit.short_name().is_some(), unit.level() == Level::Province);
            assert!(!unit.name().is_empty() && unit.full_name().starts_with(unit.kind()));
        }
    }
}

#[test]
fn the_directory_takes_less_than_500_kb() {
    let size = SIZE;
    assert!(size < 500_000, "{size}");
}

#[test]
fn a_ward_is_told_as_the_old_directory_has_it() {
    let ward = known(Epoch::Y2024, Level::Ward, 26_965);
    assert_eq!(
        (ward.full_name(), ward.name(), ward.kind()),
        ("Phường 02", "02", "Phường")
    );
    let place = Place::of(ward);
    let district = place.district.unwrap();
    assert_eq!(
        (district.code(), district.full_name()),
        (766, "Quận Tân Bình")
    );
    let province = place.province;
    assert_eq!(
        (province.code(), province.full_name()),
        (79, "Thành phố Hồ Chí Minh")
    );
    assert_eq!(
        (province.display_name(), province.short_name()),
        ("TP. Hồ Chí Minh", Some("HCM"))
    );
    assert_eq!(province.slug(), "ho-chi-minh");
    assert!(province.aliases().iter().any(|alias| alias == "Sài Gòn"));
    let first = known(Epoch::Y2024, Level::Ward, 4);
    assert_eq!(
        (first.code_text().as_str(), first.full_name()),
        ("00004", "Phường Trúc Bạch")
    );
}

/// A code means what its epoch says.
#[test]
fn codes_of_two_epochs_never_mix() {
    let old = known(Epoch::Y2024, Level::Ward, 26_977);
    let new = known(Epoch::Y2025Jul, Level::Ward, 26_977);
    assert_eq!(new.full_name(), "Phường Tân Sơn Hòa");
    assert_ne!(old, new);
    assert_ne!(old.full_name(), new.full_name());
    assert!(!new.lies_in(old.province()) && new.lies_in(new.province()));
    let yen_bai = known(Epoch::Y2024, Level::Province, 15);
    let lao_cai = known(Epoch::Y2025Jul, Level::Province, 15);
    assert_eq!((yen_bai.name(), lao_cai.name()), ("Yên Bái", "Lào Cai"));
    assert_eq!(
        (yen_bai.short_name(), lao_cai.short_name()),
        (Some("YBI"), Some("LCI"))
    );
    let shared = all(Epoch::Y2025Jul)
        .into_iter()
        .filter(|unit| unit.level() == Level::Ward);
    let old = shared.filter_map(|new| Some((unit(Epoch::Y2024, Level::Ward, new.code())?, new)));
    let named = old.filter(|(old, new)| slug(old.full_name()) != slug(new.full_name()));
    assert_eq!(named.count(), 2_192);
}

#[test]
fn an_old_ward_is_exact_or_split_or_unknown() {
    let to = |code| known(Epoch::Y2024, Level::Ward, code).convert(Epoch::Y2025Jul);
    let new = |code| known(Epoch::Y2025Jul, Level::Ward, code);
    assert_eq!(to(26_965), Conversion::Exact(new(26_977)));
    // Of two wards of one name each stays with its own.
    assert_eq!(to(30_901), Conversion::Exact(new(30_886)));
    assert_eq!(to(30_913), Conversion::Exact(new(30_910)));
    // What was corrected.
    assert_eq!(new(23_938).full_name(), "Xã Ia Mơ");
    assert_eq!(unit(Epoch::Y2025Jul, Level::Ward, 23_737), None);
    for (from, counts) in [(Epoch::Y2024, (519, 4)), (Epoch::Y2025Jan, (471, 0))] {
        let (mut split, mut unknown) = (0, 0);
        for unit in all(from) {
            match unit.convert(Epoch::Y2025Jul) {
                Conversion::Exact(to) => assert_eq!(to.epoch(), Epoch::Y2025Jul),
                Conversion::Split(parts) => {
                    split += 1;
                    assert!(parts.len() > 1 && unit.level() == Level::Ward, "{unit:?}");
                }
                Conversion::Unknown => unknown += usize::from(unit.level() != Level::District),
            }
        }
        assert_eq!((split, unknown), counts, "{from}");
    }
}

/// Wherever it is converted to and back, a unit is among what comes back.
#[test]
fn conversions_lead_back() {
    for from in Epoch::ALL {
        for to in Epoch::ALL {
            for unit in all(from) {
                for there in unit.convert(to).candidates() {
                    assert_eq!(there.epoch(), to);
                    let back = there.convert(from);
                    let is_back = back.candidates().contains(&unit) || back == Conversion::Unknown;
                    assert!(is_back, "{unit:?}, {there:?}");
                }
            }
        }
        let same = all(from)
            .into_iter()
            .all(|unit| unit.convert(from) == Conversion::Exact(unit));
        assert!(same, "{from}");
    }
}

#[test]
fn provinces_became_one_and_an_island_a_zone() {
    for province in provinces(Epoch::Y2024) {
        assert!(
            province.convert(Epoch::Y2025Jul).exact().is_some(),
            "{province:?}"
        );
    }
    let south = known(Epoch::Y2025Jul, Level::Province, 79).convert(Epoch::Y2024);
    let names: Vec<_> = south.candidates().iter().map(|unit| unit.name()).collect();
    assert_eq!(names, ["Bình Dương", "Bà Rịa - Vũng Tàu", "Hồ Chí Minh"]);
    let island = known(Epoch::Y2024, Level::District, 755);
    assert_eq!(island.name(), "Côn Đảo");
    let zone = island.convert(Epoch::Y2025Jul);
    assert_eq!(zone.exact().map(Unit::full_name), Some("Đặc khu Côn Đảo"));
    let inland = known(Epoch::Y2024, Level::District, 766);
    assert_eq!(inland.convert(Epoch::Y2025Jul), Conversion::Unknown);
    let divided = known(Epoch::Y2024, Level::District, 474).convert(Epoch::Y2025Jan);
    let names: Vec<_> = divided
        .candidates()
        .iter()
        .map(|unit| unit.full_name())
        .collect();
    assert_eq!(names, ["Quận Thuận Hóa", "Quận Phú Xuân"]);
}
