//! What is said of a number, and why.

use proptest::prelude::*;
use trackway_numbers::{Candidate, Catalog, Detection, Evidence, Hints, Mode, catalog};

fn detect<'c>(number: &str, hints: &Hints<'_>) -> Detection<'c> {
    catalog::in_force().detect(number, hints)
}

fn first<'d>(found: &'d Detection<'static>) -> &'d Candidate<'static> {
    found.candidates.first().expect("there is a candidate")
}

fn likely(number: &str) -> Option<String> {
    let found = detect(number, &Hints::default());
    found.likely().map(|one| one.carrier.code.clone())
}

#[test]
fn the_likely_carrier_is_named() {
    for (number, carrier) in [
        ("1Z5R89390357567127", "ups"),
        ("1z 5r8 939 03 5756 7127", "ups"),
        ("RR 123 456 785 VN", "vnpost"),
        ("EE123456785CN", "ems-cn"),
        ("RB123456785GB", "royal-mail"),
        ("SPXVN000000000001", "spx-vn"),
        ("VD0000001", "247express"),
        ("S0000001.SG01.A1.000000001", "ghtk"),
        ("TBA000000000001", "amazon"),
        ("9400111206206406260787", "usps"),
        ("MSKU 000008-0", "maersk"),
        ("738-12345675", "vietnam-airlines-cargo"),
        ("SF0000000000001", "sf"),
        ("YT0000000000001", "yto"),
        ("YT0000000000000001", "yunexpress"),
    ] {
        assert_eq!(likely(number).as_deref(), Some(carrier), "{number}");
    }
}

#[test]
fn nothing_is_named_where_nothing_is_likely() {
    for number in [
        "",
        "   ",
        "hello",
        "12345678",
        "000000000001",
        "1234567890",
        "SO-1001",
        "ORD100234",
        "RR123456786VN",
        "RB123456785XX",
        "TCLU0000000",
        "é",
        "<script>",
    ] {
        assert_eq!(likely(number), None, "{number}");
    }
    let nothing = detect("<script>", &Hints::default());
    assert!(nothing.number.is_none() && nothing.candidates.is_empty());
    assert!(
        detect(&"1".repeat(1_000_000), &Hints::default())
            .candidates
            .is_empty()
    );
}

/// One random number in ten passes: that is said, and it is not enough for plain digits.
#[test]
fn a_check_digit_says_how_much_it_says() {
    let found = detect("986578788855", &Hints::default());
    let fedex = first(&found);
    assert_eq!(fedex.carrier.code, "fedex");
    assert!(fedex.evidence.contains(&Evidence::CheckDigit {
        rule: "weighted sum",
        one_in: 10
    }));
    assert!(
        fedex
            .evidence
            .contains(&Evidence::PlainDigits { digits: 12 })
    );
    assert!(found.likely().is_none(), "{found:?}");
    assert!(found.possible().any(|one| one.carrier.code == "fedex"));
    let said: Vec<String> = fedex.evidence.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "it has the form of FedEx Express (12)",
            "its check digit (weighted sum) is right, as in one of 10 random numbers",
            "every number of 12 digits has this form",
        ]
    );
}

#[test]
fn formats_that_everything_fits_weigh_little() {
    let found = detect("60120172242323", &Hints::default());
    let dhl = found
        .candidates
        .iter()
        .find(|one| one.carrier.code == "dhl")
        .unwrap();
    assert!(dhl.probability < 0.05, "{found:?}");
    assert!(dhl.evidence.contains(&Evidence::NoCheckDigit));
}

#[test]
fn numbers_that_two_carriers_share_have_both() {
    // A FedEx SmartPost number, which the post brings to the door.
    let found = detect("9261292700768711948021", &Hints::default());
    let codes: Vec<&str> = found.candidates.iter().map(|one| one.code).collect();
    assert!(
        codes.contains(&"fedex") && codes.contains(&"usps"),
        "{codes:?}"
    );
    let fedex = found
        .candidates
        .iter()
        .find(|one| one.code == "fedex")
        .unwrap();
    let to_the_door =
        |said: &Evidence<'_>| matches!(said, Evidence::LastMile { format } if *format == "usps_91");
    assert!(fedex.evidence.iter().any(to_the_door));
}

#[test]
fn international_post_names_country_and_service() {
    let found = detect("EE123456785VN", &Hints::default());
    let said: Vec<String> = first(&found)
        .evidence
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        said.contains(&"it names the country Viet Nam".to_owned())
            || said.iter().any(|one| one.contains("Viet")),
        "{said:?}"
    );
    assert!(said.contains(&"Service Type: EMS".to_owned()), "{said:?}");
    let codes: Vec<&str> = found.candidates.iter().map(|one| one.code).collect();
    assert_eq!(
        codes[..2],
        ["ems-vn", "vnpost"],
        "the one named for the service first"
    );
}

#[test]
fn hints_move_probabilities() {
    let number = "800000000001";
    let plain = detect(number, &Hints::default());
    let there = detect(
        number,
        &Hints {
            country: Some("VN"),
            ..Hints::default()
        },
    );
    let elsewhere = detect(
        number,
        &Hints {
            country: Some("BR"),
            ..Hints::default()
        },
    );
    let jt = |found: &Detection<'_>| {
        let one = found.candidates.iter().find(|one| one.code == "jt-vn");
        one.unwrap().probability
    };
    assert!(jt(&there) > jt(&plain) && jt(&plain) > jt(&elsewhere));
    assert!(
        there
            .candidates
            .iter()
            .any(|one| one.evidence.contains(&Evidence::WorksThere {
                country: "VN".into(),
                works: true
            }))
    );
    // Eleven digits are many things; with the kind of transport told they are a waybill.
    let plain = detect("02012345675", &Hints::default());
    assert!(plain.likely().is_none());
    let air = detect(
        "02012345675",
        &Hints {
            mode: Some(Mode::Air),
            ..Hints::default()
        },
    );
    assert_eq!(air.likely().unwrap().code, "lufthansa-cargo");
    assert!(
        air.likely()
            .unwrap()
            .evidence
            .iter()
            .any(|said| said.to_string() == "it has the prefix of Lufthansa Cargo")
    );
}

#[test]
fn a_dialects_own_codes_are_named() {
    let hints = Hints {
        dialect: Some("track123"),
        ..Hints::default()
    };
    assert_eq!(detect("MSKU0000080", &hints).likely().unwrap().code, "MAEU");
    let hints = Hints {
        dialect: Some("keydelivery"),
        ..Hints::default()
    };
    assert_eq!(
        detect("1Z5R89390357567127", &hints).likely().unwrap().code,
        "ups"
    );
}

#[test]
fn a_box_of_a_lessor_is_a_container_and_nobodys() {
    // Whose check digit holds: the owner is no line of the tables.
    let number = (0..10)
        .map(|check| format!("TCLU000001{check}"))
        .find(|number| trackway_numbers::identifiers::Container::parse(number).is_ok())
        .unwrap();
    let found = detect(&number, &Hints::default());
    assert!(found.candidates.is_empty(), "{found:?}");
    assert!(
        found
            .identifiers()
            .iter()
            .any(|one| one.read.is_ok() && one.kind == "container")
    );
    // With a wrong check digit it is told which would be right.
    let wrong = detect("CSQU3054384", &Hints::default());
    let said = wrong.identifiers().remove(0).read.unwrap_err();
    assert_eq!(
        said.to_string(),
        "a container number with the check digit 4 can't be: it would be 3"
    );
}

proptest! {
    #[test]
    fn probabilities_are_probabilities(number in "[0-9A-Z -]{0,40}") {
        let found = detect(&number, &Hints::default());
        let sum: f64 = found.candidates.iter().map(|one| one.probability).sum();
        prop_assert!((0.0..=1.0).contains(&sum), "{}", sum);
        let sorted = found.candidates.windows(2).all(|two| two[0].probability >= two[1].probability);
        prop_assert!(sorted);
        prop_assert!(found.candidates.iter().all(|one| !one.evidence.is_empty()));
        // White space and case say nothing.
        let spaced: String = number.to_lowercase().chars().flat_map(|one| [one, ' ']).collect();
        let again = detect(&spaced, &Hints::default());
        prop_assert_eq!(format!("{:?}", found.candidates), format!("{:?}", again.candidates));
    }

    #[test]
    fn nothing_panics(number in "\\PC{0,80}") {
        detect(&number, &Hints { country: Some(&number), mode: Some(Mode::Ocean), dialect: Some(&number) });
    }
}

#[test]
fn the_catalog_in_force_is_the_built_in_one_until_another_is_installed() {
    assert!(catalog::in_force().get("dhl").is_some());
    // Somebody has asked, so it is too late.
    assert!(catalog::install(Catalog::default()).is_err());
}
