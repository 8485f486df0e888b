//! Names, loosely, and addresses whose levels stand in members of their own.

use trackway_model::address::{
    self, Epoch, Found, LONGEST, Level, Misfit, Names, Sureness, Unit, Why, find, parse, resolve,
    unit,
};

fn code(epoch: Epoch, level: Level, within: Option<&Unit>, name: &str) -> Option<u32> {
    find(epoch, level, within, name).one().map(Unit::code)
}

#[test]
fn provinces_are_found_however_they_are_written() {
    for (name, wanted) in [
        ("Thành phố Hồ Chí Minh", 79),
        ("TP. Hồ Chí Minh", 79),
        ("tp hcm", 79),
        ("TPHCM", 79),
        ("HCMC", 79),
        ("Ho Chi Minh City", 79),
        ("Hochiminh", 79),
        ("Sài Gòn", 79),
        ("saigon", 79),
        ("  HỒ  CHÍ  MINH ", 79),
        ("Hồ Chí Minh", 79),
        ("HNI", 1),
        ("hanoi", 1),
        ("HN", 1),
        ("Thủ đô Hà Nội", 1),
        ("Hoà Bình", 17),
        ("Hòa Bình", 17),
        ("Tỉnh Thừa Thiên - Huế", 46),
        ("TT. Huế", 46),
        ("Huế", 46),
        ("BR-VT", 77),
        ("BRVT", 77),
        ("Bà Rịa Vũng Tàu", 77),
        ("Đăk Lăk", 66),
        ("Đắc Lắc", 66),
        ("ĐỒNG NAI", 75),
        ("Ðồng Nai", 75),
        ("Dong Nai province", 75),
    ] {
        assert_eq!(
            code(Epoch::Y2024, Level::Province, None, name),
            Some(wanted),
            "{name}"
        );
    }
    for name in [
        "",
        "Quận 1",
        "79",
        "Atlantis",
        "Hồ Chí Minh 2",
        "phường Hà Nội",
    ] {
        assert_eq!(
            find(Epoch::Y2024, Level::Province, None, name),
            Found::None,
            "{name}"
        );
    }
    assert_eq!(
        find(
            Epoch::Y2024,
            Level::Province,
            None,
            &"Hà Nội ".repeat(LONGEST)
        ),
        Found::None
    );
}

#[test]
fn districts_and_wards_are_found_within_what_they_lie_in() {
    let hcm = unit(Epoch::Y2024, Level::Province, 79).unwrap();
    for (name, wanted) in [
        ("Quận 1", 760),
        ("Q.1", 760),
        ("Q1", 760),
        ("q 01", 760),
        ("1", 760),
        ("District 1", 760),
        ("Dist. 1", 760),
        ("Quận Tân Bình", 766),
        ("tân bình", 766),
        ("Tan Binh District", 766),
        ("Q Tân Bình", 766),
        ("TP Thủ Đức", 769),
        ("Quận Thủ Đức", 769),
        ("Quận 2", 769),
        ("Q.9", 769),
        ("H. Củ Chi", 783),
    ] {
        assert_eq!(
            code(Epoch::Y2024, Level::District, Some(hcm), name),
            Some(wanted),
            "{name}"
        );
    }
    assert_eq!(
        code(Epoch::Y2024, Level::District, Some(hcm), "Quận 13"),
        None
    );
    assert_eq!(
        code(Epoch::Y2024, Level::District, Some(hcm), "Huyện 1"),
        None
    );
    assert_eq!(
        code(Epoch::Y2024, Level::District, Some(hcm), "Ba Đình"),
        None
    );
    let tan_binh = unit(Epoch::Y2024, Level::District, 766).unwrap();
    for name in [
        "Phường 02",
        "Phường 2",
        "P.2",
        "P2",
        "F2",
        "phuong 02",
        "2",
        "02",
        "Ward 2",
        "002",
    ] {
        assert_eq!(
            code(Epoch::Y2024, Level::Ward, Some(tan_binh), name),
            Some(26_965),
            "{name}"
        );
    }
    let hai_chau = unit(Epoch::Y2024, Level::District, 492).unwrap();
    for name in ["Hải Châu I", "hai chau 1", "P. Hải Châu 1"] {
        assert_eq!(
            code(Epoch::Y2024, Level::Ward, Some(hai_chau), name),
            Some(20_236),
            "{name}"
        );
    }
}

/// Where a name without its kind or its marks fits two, both are told; with it, the one.
#[test]
fn what_fits_several_is_told_with_all_of_them() {
    let dong_thap = unit(Epoch::Y2024, Level::Province, 87).unwrap();
    let found = find(Epoch::Y2024, Level::District, Some(dong_thap), "Hồng Ngự");
    let names: Vec<_> = found
        .candidates()
        .iter()
        .map(|unit| unit.full_name())
        .collect();
    assert_eq!(names, ["Thành phố Hồng Ngự", "Huyện Hồng Ngự"]);
    let found = find(
        Epoch::Y2024,
        Level::District,
        Some(dong_thap),
        "h. hong ngu",
    );
    assert_eq!(found.one().map(Unit::full_name), Some("Huyện Hồng Ngự"));
    let found = find(Epoch::Y2024, Level::District, None, "Châu Thành");
    assert!(found.candidates().len() > 5 && found.one().is_none());
}

fn resolved(
    epoch: Option<Epoch>,
    province: &str,
    district: &str,
    ward: &str,
) -> Result<u32, Misfit> {
    let names = Names {
        province,
        district: Some(district),
        ward: Some(ward),
    };
    resolve(&names, epoch).map(|place| place.narrowest().code())
}

#[test]
fn names_of_an_address_are_checked_against_each_other() {
    assert_eq!(resolved(None, "HCM", "Tân Bình", "Phường 02"), Ok(26_965));
    assert_eq!(resolved(None, "TP HCM", "", "Tân Sơn Hòa"), Ok(26_977));
    assert_eq!(
        resolved(None, "Đồng Tháp", "Hồng Ngự", "An Thạnh"),
        Ok(29_955)
    );
    assert_eq!(resolved(None, "HCM", "Tân Bình", ""), Ok(766));
    assert_eq!(resolved(None, "HCM", " ", ""), Ok(79));
    let wrong =
        |epoch, province, district, ward| resolved(epoch, province, district, ward).unwrap_err();
    let missing = wrong(None, "", "Tân Bình", "Phường 02");
    assert_eq!(
        (missing.level, missing.why),
        (Level::Province, Why::Missing)
    );
    let unknown = wrong(None, "Atlantis", "Tân Bình", "");
    assert_eq!(
        (unknown.level, unknown.why),
        (Level::Province, Why::Unknown)
    );
    let elsewhere = wrong(None, "Hà Nội", "Quận Tân Bình", "");
    let tan_binh = unit(Epoch::Y2024, Level::District, 766).unwrap();
    assert_eq!(
        (elsewhere.level, elsewhere.why),
        (Level::District, Why::Elsewhere(vec![tan_binh]))
    );
    let elsewhere = wrong(None, "HCM", "Quận Tân Bình", "Bến Nghé");
    assert_eq!(elsewhere.level, Level::Ward);
    assert!(matches!(elsewhere.why, Why::Elsewhere(_)));
    assert_eq!(
        wrong(None, "HCM", "Tân Bình", "Bến Nghé").to_string(),
        "ward does not lie in what is given above it"
    );
    let both = wrong(None, "HCM", "Tân Bình", "Phường Tân Sơn Hòa");
    assert_eq!((both.level, both.why), (Level::District, Why::NoDistricts));
    let both = wrong(Some(Epoch::Y2025Jul), "HCM", "Tân Bình", "Phường 02");
    assert_eq!((both.level, both.why), (Level::District, Why::NoDistricts));
    let which = wrong(Some(Epoch::Y2024), "HCM", "", "Phường 02");
    assert_eq!((which.level, which.why), (Level::District, Why::Missing));
    let which = wrong(None, "Đồng Tháp", "Hồng Ngự", "");
    assert!(matches!(which.why, Why::Ambiguous(both) if both.len() == 2));
}

#[test]
fn how_sure_it_is_follows_from_the_text() {
    let sure = |text, epoch| parse(text, epoch).sureness;
    let old = Some(Epoch::Y2024);
    assert_eq!(
        sure("1 A, Phường 02, Quận Tân Bình, Thành phố Hồ Chí Minh", old),
        Sureness::Certain
    );
    assert_eq!(sure("1 A, P2, Tan Binh, HCM", old), Sureness::Likely);
    assert_eq!(sure("Huyện Châu Thành", old), Sureness::Guess);
    assert_eq!(sure("15 Đường Mẫu, Tân Bình", old), Sureness::Guess);
    assert_eq!(sure("15 Đường Mẫu, TP Vinh", old), Sureness::Likely);
    // One ward of the name in January, two before.
    assert_eq!(sure("Lê Lợi, Hà Nội", None), Sureness::Guess);
    assert_eq!(sure("12 Đường Mẫu", old), Sureness::Nothing);
    assert_eq!(sure("", None), Sureness::Nothing);
    assert_eq!(sure(&"Hà Nội ".repeat(LONGEST), None), Sureness::Nothing);
}

#[test]
fn what_is_ambiguous_is_told_with_its_candidates() {
    let parsed = parse("12 Đường Mẫu, Huyện Châu Thành", Some(Epoch::Y2024));
    let ambiguous = parsed.ambiguous.unwrap();
    assert_eq!((ambiguous.level, parsed.province), (Level::District, None));
    assert!(ambiguous.candidates.len() > 5);
    assert_eq!(parsed.street, "12 Đường Mẫu");
    let parsed = parse("Hồng Ngự, Đồng Tháp", Some(Epoch::Y2024));
    assert_eq!(parsed.province.map(Unit::code), Some(87));
    assert_eq!(
        (parsed.district, parsed.ambiguous.unwrap().candidates.len()),
        (None, 2)
    );
}

#[test]
fn the_epoch_that_explains_a_text_is_told() {
    let epochs = |text| parse(text, None).epochs;
    assert_eq!(
        epochs("Phường 2, Quận Tân Bình, TPHCM"),
        [Epoch::Y2024, Epoch::Y2025Jan]
    );
    assert_eq!(epochs("Phường Tân Sơn Hòa, TPHCM"), [Epoch::Y2025Jul]);
    assert_eq!(epochs("Đồng Nai"), Epoch::ALL);
    assert_eq!(parse("Đồng Nai", None).epoch, Some(Epoch::Y2025Jul));
    assert_eq!(
        parse("Hà Nội 100000, Việt Nam", None).postcode.as_deref(),
        Some("100000")
    );
}

#[test]
fn a_slug_has_no_marks() {
    assert_eq!(address::slug("Bà Rịa - Vũng Tàu"), "ba-ria-vung-tau");
    assert_eq!(address::slug("Đắk R’Lấp"), "dak-rlap");
}
