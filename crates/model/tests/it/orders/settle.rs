//! Addresses that come in, put on the map.

use proptest::prelude::*;
use trackway_model::address::Epoch;
use trackway_model::orders::Address;

fn named(province: &str, district: &str, ward: &str) -> Address {
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Address {
        country: "VN".to_owned(),
        province: given(province),
        district: given(district),
        ward: given(ward),
        ..Address::default()
    }
}

fn coded(
    province: Option<u32>,
    district: Option<u32>,
    ward: Option<u32>,
    epoch: Option<Epoch>,
) -> Address {
    Address {
        province_id: province,
        district_id: district,
        ward_id: ward,
        epoch,
        ..named("", "", "")
    }
}

type Codes = (Option<Epoch>, [Option<u32>; 3]);

fn codes(address: &Address) -> Codes {
    let of = address.settled().unwrap();
    (of.epoch, [of.province_id, of.district_id, of.ward_id])
}

const BEFORE: Option<Epoch> = Some(Epoch::Y2024);
const TODAY: Option<Epoch> = Some(Epoch::Y2025Jul);

#[test]
fn names_get_their_codes_and_stay_as_written() {
    let whole = (BEFORE, [Some(79), Some(766), Some(26965)]);
    for (province, district, ward) in [
        ("TP. Hồ Chí Minh", "Quận Tân Bình", "Phường 02"),
        ("Ho Chi Minh City", "Tân Bình", "Phuong 2"),
        ("HCM", "tan binh district", "02"),
        ("thành phố hồ chí minh", "Q. Tân Bình", "P.2"),
    ] {
        let given = named(province, district, ward);
        assert_eq!(codes(&given), whole, "{province}");
        let kept = given.settled().unwrap();
        let names = [&kept.province, &kept.district, &kept.ward];
        assert_eq!(names, [&given.province, &given.district, &given.ward]);
    }
    let today = named("TP.HCM", "", "P. Tân Sơn Hoà");
    assert_eq!(codes(&today), (TODAY, [Some(79), None, Some(26977)]));
    let province = named("Hải Phòng", "", "");
    assert_eq!(codes(&province), (BEFORE, [Some(31), None, None]));
}

#[test]
fn what_nobody_knows_is_left_open() {
    let nothing = (None, [None; 3]);
    assert_eq!(codes(&named("Quận 1", "", "")), nothing, "of another level");
    assert_eq!(codes(&named("", "Tân Bình", "Phường 02")), nothing);
    assert_eq!(codes(&named("Atlantis", "Tân Bình", "")), nothing);
    let elsewhere = named("HNI", "Tân Bình", "Phường 02");
    assert_eq!(codes(&elsewhere), (BEFORE, [Some(1), None, None]));
    let abroad = Address {
        country: "LA".to_owned(),
        province_id: Some(9_999),
        ..named("Hà Nội", "", "")
    };
    assert_eq!(abroad.settled().unwrap(), abroad, "another country's");
}

#[test]
fn codes_say_what_they_lie_in_and_name_what_is_not_named() {
    let ward = coded(None, None, Some(26965), BEFORE).settled().unwrap();
    assert_eq!((ward.province_id, ward.district_id), (Some(79), Some(766)));
    assert_eq!(ward.province.as_deref(), Some("TP. Hồ Chí Minh"));
    assert_eq!(ward.ward.as_deref(), Some("Phường 02"));
    let today = coded(Some(79), None, Some(26977), None).settled().unwrap();
    assert_eq!(today.epoch, TODAY, "a ward right in its province");
    assert_eq!(today.ward.as_deref(), Some("Phường Tân Sơn Hòa"));
    let three = coded(Some(79), Some(766), None, None).settled().unwrap();
    assert_eq!(three.epoch, BEFORE);
}

#[test]
fn codes_that_contradict_are_refused_by_name() {
    for (address, member) in [
        (coded(Some(1), Some(766), None, None), "district_id"),
        (coded(Some(79), None, Some(4), BEFORE), "ward_id"),
        (coded(Some(79), Some(766), None, TODAY), "district_id"),
        (coded(Some(5), None, None, None), "province_id"),
        (coded(None, None, Some(99_999), None), "ward_id"),
    ] {
        let wrong = address.settled().unwrap_err();
        assert_eq!(wrong.member, member, "{}", wrong.problem);
    }
}

#[test]
fn a_line_that_says_it_all_is_read() {
    let line = |line: &str| Address {
        line: line.to_owned(),
        ..named("", "", "")
    };
    let whole = line("12/3 Lý Thường Kiệt, Phường 2, Quận Tân Bình, TP Hồ Chí Minh");
    let (_, units) = codes(&whole);
    assert_eq!(units, [Some(79), Some(766), Some(26965)]);
    assert_eq!(codes(&line("1 Sample St")), (None, [None; 3]));
}

proptest! {
    /// Settled once, settled for ever: whatever is written, an address that was taken is taken again.
    #[test]
    fn settling_again_changes_nothing(
        province in prop::sample::select(vec!["", "HCM", "Hà Nội", "Đồng Nai", "Huế", "x"]),
        district in prop::sample::select(vec!["", "Tân Bình", "Quận 1", "Ba Đình", "Biên Hòa", "y"]),
        ward in prop::sample::select(vec!["", "Phường 2", "Tân Sơn Hòa", "Bến Nghé", "Trúc Bạch", "z"]),
        line in "[ -~]{0,40}",
        epoch in prop::sample::select(vec![None, BEFORE, Some(Epoch::Y2025Jan), TODAY]),
    ) {
        let given = Address { line, epoch, ..named(province, district, ward) };
        let once = given.settled().unwrap();
        prop_assert_eq!(once.settled().unwrap(), once);
    }
}
