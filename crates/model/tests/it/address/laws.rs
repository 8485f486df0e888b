//! Laws over every unit, and over any text.

use super::data::all;
use proptest::prelude::*;
use trackway_model::address::{Epoch, Found, Place, Unit, find, parse, slug};

/// The kind as it is abbreviated.
fn abbreviated(unit: &Unit) -> String {
    let short = match unit.kind() {
        "Tỉnh" => "T.",
        "Thành phố" => "TP.",
        "Quận" => "Q.",
        "Huyện" => "H.",
        "Thị xã" => "TX.",
        "Phường" => "P.",
        "Xã" => "X.",
        "Thị trấn" => "TT.",
        "Đặc khu" => "ĐK.",
        other => panic!("{other}"),
    };
    format!("{short}{}", unit.name())
}

fn is_found(unit: &'static Unit, name: &str) -> Found {
    find(unit.epoch(), unit.level(), unit.parent(), name)
}

/// By its name with any mark it is the one; without marks it is one of those that differ by them.
#[test]
fn every_unit_is_found_within_its_parent() {
    for unit in Epoch::ALL.into_iter().flat_map(all) {
        let names = [
            unit.full_name().to_owned(),
            abbreviated(unit),
            unit.full_name().to_uppercase(),
        ];
        for name in names {
            let found = is_found(unit, &name);
            let bare = name.is_ascii();
            let is_it = found.one() == Some(unit) || bare && found.candidates().contains(&unit);
            assert!(is_it, "{name}: {found:?}, not {unit:?}");
        }
        let bare = slug(unit.full_name()).replace('-', " ");
        let found = is_found(unit, &bare);
        assert!(found.candidates().contains(&unit), "{bare}, {unit:?}");
        let alike = |other: &&Unit| slug(other.full_name()) == slug(unit.full_name());
        assert!(found.candidates().iter().all(alike), "{bare}, {found:?}");
    }
}

/// Written out from the street to the province every ward is read as itself. Without its kind or its
/// marks it is itself or one of several that are told, never another; a number is no name without its kind.
#[test]
fn every_ward_is_read_from_its_address() {
    let ways: [fn(&Unit) -> String; 3] = [
        |unit| unit.full_name().to_owned(),
        |unit| unit.name().to_owned(),
        |unit| slug(unit.full_name()).replace('-', " "),
    ];
    for unit in Epoch::ALL.into_iter().flat_map(all) {
        let place = Place::of(unit);
        for (at, way) in ways.iter().enumerate() {
            let levels = [place.ward, place.district, Some(place.province)];
            let names: Vec<_> = levels.into_iter().flatten().map(way).collect();
            let parsed = parse(
                &format!("12 Đường Mẫu, {}", names.join(", ")),
                Some(unit.epoch()),
            );
            let read = parsed.place() == Some(place);
            let told = parsed
                .ambiguous
                .is_some_and(|it| it.candidates.contains(&unit));
            let number = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
            let is_number = names.iter().any(number);
            assert!(
                read || at > 0 && (told || is_number),
                "{names:?}: {:?}",
                parsed.ward
            );
            assert!(parsed.street.starts_with("12 Đường Mẫu"), "{names:?}");
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_read(text in "\\PC{0,200}") {
        for epoch in Epoch::ALL {
            let parsed = parse(&text, Some(epoch));
            prop_assert!(parsed.epoch.is_none_or(|it| it == epoch));
            prop_assert!(parsed.place().is_none_or(|place| place.epoch() == epoch));
        }
    }

    /// Of words that mean something, and signs between them.
    #[test]
    fn any_words_are_read(words in prop::collection::vec(0..WORDS.len(), 0..60), seed in 0..4_usize) {
        let text: Vec<&str> = words.iter().map(|at| WORDS[*at]).collect();
        let parsed = parse(&text.join([" ", ", ", ".", "-"][seed]), None);
        if let Some(place) = parsed.place() {
            let units = [Some(place.province), place.district, place.ward];
            for unit in units.into_iter().flatten() {
                prop_assert_eq!(unit.epoch(), place.epoch());
                prop_assert!(unit.lies_in(place.province));
            }
        }
    }
}

const WORDS: &[&str] = &[
    "P",
    "Q",
    "TP",
    "TT",
    "phường",
    "quận",
    "huyện",
    "xã",
    "2",
    "02",
    "12",
    "Tân",
    "Bình",
    "Phú",
    "Hồ",
    "Chí",
    "Minh",
    "HCM",
    "Hà",
    "Nội",
    "Châu",
    "Thành",
    "Đông",
    "An",
    "Việt",
    "Nam",
    "VN",
    "700000",
    "đường",
    "city",
    "district",
    "ward",
    "’",
    "(",
    "a\u{301}",
    "LAN",
    "Huế",
];
