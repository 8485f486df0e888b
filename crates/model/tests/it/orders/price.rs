//! Prices by a rate card, each number worked by hand.

use super::world::{World, money, said};
use trackway_model::address::{self, Epoch, Level, Unit};
use trackway_model::orders::{Address, Consignment, Decimal, RateCard, Share, Zone};

fn lanes(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = pairs.iter();
    owned
        .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
        .collect()
}

fn zone(name: &str, pairs: &[(&str, &str)], base: i64) -> Zone {
    Zone {
        name: name.to_owned(),
        lanes: lanes(pairs),
        steps: vec![
            (500, money(base)),
            (1_000, money(base + 5_000)),
            (2_000, money(base + 9_000)),
        ],
        more: (500, money(2_500)),
    }
}

/// Within a province, from the south to the north, everywhere else.
pub fn card() -> RateCard {
    RateCard {
        name: "Standard".to_owned(),
        currency: "VND".to_owned(),
        epoch: Epoch::Y2024,
        volumetric_divisor: money(5_000),
        zones: vec![
            zone("town", &[("*", "=")], 16_000),
            zone("axis", &[("79", "1"), ("1", "79")], 30_000),
            zone("land", &[("*", "*")], 40_000),
        ],
        cod: Share {
            percent: Decimal::new(8, 1),
            least: money(5_000),
            free_up_to: money(300_000),
        },
        insurance: Share {
            percent: Decimal::new(5, 1),
            least: Decimal::ZERO,
            free_up_to: Decimal::ZERO,
        },
        remote: vec![271, 16],
        remote_fee: money(10_000),
        fuel_percent: Decimal::ZERO,
        vat_percent: Decimal::ZERO,
        round_to: Decimal::ZERO,
        extras: Vec::new(),
        parts_to: Decimal::ZERO,
    }
}

/// A unit of before 2025.
pub fn old(level: Level, code: u32) -> Option<&'static Unit> {
    let unit = address::unit(Epoch::Y2024, level, code);
    assert!(unit.is_some(), "{level} {code}");
    unit
}

fn of(from: u32, to: u32, weight: i64) -> Consignment {
    Consignment {
        from: old(Level::Province, from),
        to: old(Level::Province, to),
        weight,
        ..Consignment::default()
    }
}

fn total(card: &RateCard, of: &Consignment) -> Decimal {
    card.quote(of).unwrap().total
}

#[test]
fn zones_are_the_first_that_serves_the_way() {
    let card = card();
    let zone = |from: Option<u32>, to: Option<u32>| {
        let province = |code: Option<u32>| code.and_then(|code| old(Level::Province, code));
        let it = Consignment {
            from: province(from),
            to: province(to),
            ..Consignment::default()
        };
        card.quote(&it).unwrap().zone
    };
    assert_eq!(zone(Some(79), Some(79)), "town");
    assert_eq!(zone(Some(79), Some(1)), "axis");
    assert_eq!(zone(Some(1), Some(79)), "axis");
    assert_eq!(zone(Some(48), Some(1)), "land");
    // Places that were not recognised are not the same place.
    assert_eq!(zone(None, None), "land");
    let narrow = RateCard {
        zones: vec![card.zones[1].clone()],
        ..card
    };
    assert_eq!(
        said(narrow.quote(&of(48, 1, 100))),
        "receiver: `Standard` has no zone for the way there"
    );
}

#[test]
fn steps_of_weight() {
    let card = card();
    for (weight, price) in [
        (0, 30_000),
        (500, 30_000),
        (501, 35_000),
        (1_000, 35_000),
        (2_000, 39_000),
        // 39,000 + one begun half kilogram.
        (2_001, 41_500),
        (2_500, 41_500),
        // 39,000 + three of them: 1,001 g beyond.
        (3_001, 46_500),
    ] {
        assert_eq!(total(&card, &of(79, 1, weight)), money(price), "{weight} g");
    }
}

#[test]
fn of_weight_and_volume_what_is_more() {
    let card = card();
    let box_of = |weight, volume| Consignment {
        volume: money(volume),
        ..of(79, 1, weight)
    };
    // 30 x 20 x 10 = 6,000 cubic centimetres: 6,000 / 5,000 = 1.2 kg, the step up to 2 kg.
    let quote = card.quote(&box_of(400, 6_000)).unwrap();
    assert_eq!(
        (quote.charged_weight, quote.freight),
        (1_200, money(39_000))
    );
    let quote = card.quote(&box_of(1_201, 6_000)).unwrap();
    assert_eq!(quote.charged_weight, 1_201);
    // A gram that was begun counts: 1 cubic centimetre is 0.2 g.
    assert_eq!(card.quote(&box_of(0, 1)).unwrap().charged_weight, 1);
}

#[test]
fn cash_insurance_and_far_off_districts() {
    let card = card();
    let cod = |amount| {
        let it = Consignment {
            cod: money(amount),
            ..of(79, 1, 100)
        };
        card.quote(&it).unwrap().cod
    };
    assert_eq!(cod(0), money(0));
    assert_eq!(cod(300_000), money(0));
    // 0.8 % of 300,001 is 2,400.008: less than the least.
    assert_eq!(cod(300_001), money(5_000));
    assert_eq!(cod(1_000_000), money(8_000));
    let it = Consignment {
        insured: money(2_000_000),
        to: old(Level::District, 16),
        ..of(79, 1, 100)
    };
    let quote = card.quote(&it).unwrap();
    assert_eq!(
        (quote.insurance, quote.remote),
        (money(10_000), money(10_000))
    );
    assert_eq!(quote.total, money(50_000));
    assert_eq!(quote.shipping(), money(40_000));
    let near = Consignment {
        to: old(Level::District, 2),
        ..it
    };
    assert_eq!(card.quote(&near).unwrap().remote, money(0));
}

#[test]
fn fuel_tax_and_rounding() {
    let card = RateCard {
        fuel_percent: Decimal::new(75, 1),
        vat_percent: money(8),
        round_to: money(500),
        ..card()
    };
    let it = Consignment {
        cod: money(1_000_000),
        to: old(Level::District, 271),
        ..of(79, 1, 700)
    };
    let quote = card.quote(&it).unwrap();
    // 35,000 + 10,000 far off; 7.5 % of 45,000 = 3,375; cash 8,000: 56,375 net.
    assert_eq!(quote.fuel, money(3_375));
    // 8 % of 56,375 = 4,510: 60,885, up to 61,000.
    assert_eq!(quote.vat, money(4_510));
    assert_eq!(quote.rounding, money(115));
    assert_eq!(quote.total, money(61_000));
    assert_eq!(quote.shipping(), money(53_000));
    // What is round already stays: 40,000 x 1.075 = 43,000; x 1.08 = 46,440, up to 46,500.
    let exact = RateCard {
        vat_percent: Decimal::ZERO,
        ..card
    };
    assert_eq!(total(&exact, &of(48, 1, 1)), money(43_000));
}

/// An address as it comes in.
fn at(names: [&str; 3]) -> Address {
    let some = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let [province, district, ward] = names;
    let written = Address {
        country: "VN".to_owned(),
        line: "1 Phố Ví Dụ".to_owned(),
        province: some(province),
        district: some(district),
        ward: some(ward),
        ..Address::default()
    };
    written.settled().unwrap()
}

fn zone_of(card: &RateCard, from: &Address, to: &Address) -> String {
    let it = Consignment {
        from: from.unit(),
        to: to.unit(),
        weight: 100,
        ..Consignment::default()
    };
    card.quote(&it).unwrap().zone
}

/// Bình Dương was 74 and Hồ Chí Minh 79; since July 2025 both are 79.
#[test]
fn a_card_of_the_old_provinces_prices_addresses_of_the_new_ones() {
    let card = RateCard {
        zones: vec![
            zone("town", &[("79", "79"), ("74", "74")], 16_000),
            zone("near", &[("79", "74"), ("74", "79")], 22_000),
            zone("land", &[("*", "*")], 40_000),
        ],
        ..card()
    };
    let saigon = at(["Thành phố Hồ Chí Minh", "Quận 1", "Phường Bến Nghé"]);
    assert_eq!(
        (saigon.epoch, saigon.province_id),
        (Some(Epoch::Y2024), Some(79))
    );
    let (center, thu_dau_mot) = (
        at(["Thành phố Hồ Chí Minh", "", "Phường Sài Gòn"]),
        at(["Thành phố Hồ Chí Minh", "", "Phường Thủ Dầu Một"]),
    );
    for new in [&center, &thu_dau_mot] {
        assert_eq!(
            (new.epoch, new.province_id),
            (Some(Epoch::Y2025Jul), Some(79))
        );
    }
    // By the code alone all three were in one province.
    assert_eq!(zone_of(&card, &saigon, &center), "town");
    assert_eq!(zone_of(&card, &saigon, &thu_dau_mot), "near");
    assert_eq!(zone_of(&card, &thu_dau_mot, &saigon), "near");
    assert_eq!(zone_of(&card, &center, &thu_dau_mot), "near");
    assert_eq!(zone_of(&card, &thu_dau_mot, &thu_dau_mot), "town");
    // A new province alone is one of three old ones: it is priced as the one that kept its name.
    let wide = at(["Thành phố Hồ Chí Minh", "", ""]);
    let wide = Address {
        epoch: Some(Epoch::Y2025Jul),
        ..wide
    };
    assert_eq!(zone_of(&card, &saigon, &wide), "town");
    // Where all of them cost the same, it is.
    let even = RateCard {
        zones: vec![
            zone("south", &[("79", "79"), ("79", "74"), ("79", "77")], 20_000),
            zone("land", &[("*", "*")], 40_000),
        ],
        ..card
    };
    assert_eq!(zone_of(&even, &saigon, &wide), "south");
}

#[test]
fn a_card_of_the_new_provinces_prices_addresses_of_the_old_ones() {
    let card = RateCard {
        epoch: Epoch::Y2025Jul,
        zones: vec![
            zone("town", &[("*", "=")], 16_000),
            zone("axis", &[("79", "1")], 30_000),
            zone("land", &[("*", "*")], 40_000),
        ],
        remote: Vec::new(),
        ..card()
    };
    let saigon = at(["Thành phố Hồ Chí Minh", "Quận 1", "Phường Bến Nghé"]);
    let binh_duong = at(["Bình Dương", "Thành phố Thủ Dầu Một", "Phường Phú Cường"]);
    let hanoi = at(["Hà Nội", "Quận Ba Đình", ""]);
    assert_eq!(binh_duong.province_id, Some(74));
    assert_eq!(hanoi.epoch, Some(Epoch::Y2024));
    // Two provinces then, one now.
    assert_eq!(zone_of(&card, &saigon, &binh_duong), "town");
    assert_eq!(zone_of(&card, &binh_duong, &hanoi), "axis");
    assert_eq!(zone_of(&card, &hanoi, &binh_duong), "land");
    // A code of 2024 that means nothing in July 2025 is told when the card is written.
    let old_code = RateCard {
        zones: vec![zone("gone", &[("74", "*")], 1)],
        ..card
    };
    let mut world = World::new();
    let id = world.put(super::price::card());
    assert_eq!(
        said(world.change(id, old_code)),
        "zones[0].lanes: 74 is no province in the address directory of 2025-07"
    );
}

/// Every code that both epochs have is another card's price where it means another province.
#[test]
fn every_old_province_is_priced_as_the_new_one_that_it_became() {
    for old in address::provinces(Epoch::Y2024) {
        let new = old.convert(Epoch::Y2025Jul).exact().unwrap();
        let code = new.code().to_string();
        let card = RateCard {
            epoch: Epoch::Y2025Jul,
            zones: vec![
                zone("there", &[("*", &code)], 10_000),
                zone("land", &[("*", "*")], 40_000),
            ],
            ..card()
        };
        let to = Consignment {
            to: Some(old),
            ..Consignment::default()
        };
        assert_eq!(
            card.quote(&to).unwrap().zone,
            "there",
            "{}",
            old.full_name()
        );
    }
}

#[test]
fn far_off_is_a_district_or_since_it_has_none_a_ward() {
    let remote = |card: &RateCard, to: &Address| {
        let it = Consignment {
            to: to.unit(),
            weight: 100,
            ..Consignment::default()
        };
        !card.quote(&it).unwrap().remote.is_zero()
    };
    // District 787 is Cần Giờ; what became of its wards is far off as well.
    let old = RateCard {
        remote: vec![787],
        ..card()
    };
    let written = at(["Hồ Chí Minh", "Huyện Cần Giờ", ""]);
    assert_eq!(written.district_id, Some(787));
    let island = at(["Hồ Chí Minh", "", "Xã Thạnh An"]);
    let center = at(["Hồ Chí Minh", "", "Phường Sài Gòn"]);
    assert_eq!(island.epoch, Some(Epoch::Y2025Jul));
    assert!(remote(&old, &written) && remote(&old, &island));
    assert!(!remote(&old, &center));
    // By wards, an address of before is far off where its ward became one of these.
    let new = RateCard {
        epoch: Epoch::Y2025Jul,
        zones: vec![zone("land", &[("*", "*")], 40_000)],
        remote: vec![island.ward_id.unwrap()],
        ..card()
    };
    assert!(remote(&new, &island));
    assert!(remote(
        &new,
        &at(["Hồ Chí Minh", "Huyện Cần Giờ", "Xã Thạnh An"])
    ));
    assert!(!remote(&new, &center) && !remote(&new, &written));
}

#[test]
fn what_can_not_be_carried_is_told() {
    let card = card();
    for (it, says) in [
        (of(79, 1, -1), "weight: must be 0 to 100000000, not -1"),
        (
            of(79, 1, 1_000_000_000_000),
            "weight: must be 0 to 100000000, not 1000000000000",
        ),
        (
            Consignment {
                volume: Decimal::MAX,
                ..of(79, 1, 1)
            },
            "volume: must be 0 to 1000000000, not 79228162514264337593543950335",
        ),
        (
            Consignment {
                cod: money(-1),
                ..of(79, 1, 1)
            },
            "cod: must be 0 to 1000000000000, not -1",
        ),
    ] {
        assert_eq!(said(card.quote(&it)), says);
    }
}

#[test]
fn a_card_that_can_not_be_reckoned_with_is_refused() {
    type Spoil = fn(&mut RateCard);
    let cases: &[(&str, Spoil)] = &[
        ("volumetric_divisor: must be 1 or more", |it| {
            it.volumetric_divisor = Decimal::ZERO;
        }),
        ("zones: must be 1 to 1000, not 0", |it| it.zones.clear()),
        ("zones[0].steps: must be 1 to 1000, not 0", |it| {
            it.zones[0].steps.clear();
        }),
        (
            "zones[0].steps[1]: must be heavier than the one before",
            |it| {
                it.zones[0].steps[1].0 = 500;
            },
        ),
        (
            "zones[0].steps[0]: must be 0 to 1000000000000, not -1",
            |it| {
                it.zones[0].steps[0].1 = money(-1);
            },
        ),
        ("zones[2].more: must be 1 to 100000000, not 0", |it| {
            it.zones[2].more.0 = 0;
        }),
        (
            "zones[0].lanes: one side must say which province the other is the same as",
            |it| it.zones[0].lanes = lanes(&[("=", "=")]),
        ),
        (
            "zones[1].lanes: `north` is neither a province's code, nor `*` or `=`",
            |it| it.zones[1].lanes = lanes(&[("79", "north")]),
        ),
        (
            "zones[1].lanes: 3 is no province in the address directory of 2024",
            |it| it.zones[1].lanes = lanes(&[("79", "3")]),
        ),
        (
            "remote[1]: 9999 is no district in the address directory of 2024",
            |it| it.remote[1] = 9_999,
        ),
        ("fuel_percent: must be 0 to 1000, not -1", |it| {
            it.fuel_percent = money(-1);
        }),
        ("cod.percent: must be 0 to 1000, not 1001", |it| {
            it.cod.percent = money(1_001);
        }),
        ("round_to: must be 0 to 1000000000000, not -1", |it| {
            it.round_to = money(-1);
        }),
    ];
    let mut world = World::new();
    let id = world.put(card());
    for (says, spoil) in cases {
        let mut spoilt = card();
        spoil(&mut spoilt);
        assert_eq!(said(world.change(id, spoilt)), *says);
    }
}
