//! The standards' numbers against the vectors that their descriptions give.

use proptest::prelude::*;
use trackway_numbers::identifiers::{
    AirWaybill, Company, Container, Element, Identifier, IdentifierError, S10, Ship, Sscc, gs1, s10,
};

fn expected<T>(found: Result<T, IdentifierError>) -> u8 {
    match found {
        Err(IdentifierError::CheckDigit { expected, .. }) => expected,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it holds"),
    }
}

#[test]
fn s10_numbers() {
    for (serial, check) in [
        ([4, 7, 3, 1, 2, 4, 8, 2], 9),
        ([2, 8, 7, 0, 4, 3, 7, 7], 5),
        ([1, 2, 3, 4, 5, 6, 7, 8], 5),
        ([0, 0, 0, 0, 0, 0, 0, 8], 0),
        ([0, 0, 0, 0, 0, 0, 1, 5], 5),
    ] {
        assert_eq!(s10::check_digit(serial), check, "{serial:?}");
    }
    let number = S10::parse("rr 287 043 775 in").unwrap();
    assert_eq!(number.to_string(), "RR287043775IN");
    assert_eq!((number.indicator(), number.country()), ("RR", "IN"));
    assert_eq!(number.service(), s10::Service::Registered);
    assert!(S10::parse("RB123456785GB").is_ok());
    assert_eq!(expected(S10::parse("RB123456786US")), 5);
    for other in [
        "RB12345678US",
        "R1123456785GB",
        "RB1234567X5GB",
        "",
        "RB123456785G1",
    ] {
        assert!(
            matches!(S10::parse(other), Err(IdentifierError::Form { .. })),
            "{other}"
        );
    }
}

#[test]
fn s10_services() {
    use s10::Service::*;
    for (indicator, service) in [
        ("EE", Ems),
        ("LX", ExpressLetter),
        ("RA", Registered),
        ("CP", Parcel),
        ("VV", Insured),
        ("UA", Untracked),
        ("HX", ECommerce),
        ("AV", Domestic),
        ("AZ", Domestic),
        ("AA", Reserved),
        ("GA", Domestic),
        ("GD", Domestic),
        ("GB", Reserved),
        ("BA", Domestic),
        ("DA", Domestic),
        ("NA", Domestic),
        ("PA", Domestic),
        ("ZA", Domestic),
        ("MA", MBag),
        ("QA", BusinessReply),
        ("QZ", Reserved),
        ("SA", Reserved),
    ] {
        let bytes: [u8; 2] = indicator.as_bytes().try_into().unwrap();
        assert_eq!(s10::service(bytes), service, "{indicator}");
    }
}

#[test]
fn shipping_container_codes() {
    for number in [
        "106141411234567897",
        "376104250021234569",
        "123456789012345675",
        "006141411234567890",
    ] {
        let sscc = Sscc::parse(number).unwrap();
        assert_eq!(sscc.to_string(), number);
        assert_eq!(Sscc::parse(&format!("00{number}")), Ok(sscc));
    }
    assert_eq!(Sscc::parse("376104250021234569").unwrap().extension(), 3);
    assert_eq!(expected(Sscc::parse("106141411234567898")), 7);
    assert!(Sscc::parse("10614141123456789").is_err());
}

#[test]
fn barcodes() {
    let element = |identifier, name, value: &str| Element {
        identifier,
        name,
        value: value.to_owned(),
    };
    let found = gs1::elements("]C100376104250021234569400PO-77\u{1d}42070000\u{1d}403A1").unwrap();
    assert_eq!(
        found,
        [
            element("00", "SSCC", "376104250021234569"),
            element("400", "customer's purchase order number", "PO-77"),
            element("420", "ship to postal code", "70000"),
            element("403", "routing code", "A1"),
        ]
    );
    let found = gs1::elements("421704700000\u{1d}401ABC").unwrap();
    assert_eq!(
        found,
        [
            element("421", "ship to country and postal code", "704700000"),
            element("401", "consignment number (GINC)", "ABC"),
        ]
    );
    assert!(gs1::elements("").unwrap().is_empty());
    for wrong in [
        "00376104250021234568",
        "0037610425002123456",
        "999",
        "400",
        "4211",
        "37é",
    ] {
        assert!(gs1::elements(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn containers() {
    for number in ["CSQU3054383", "MWCU6059784", "CBHU3202732", "MEDU8707688"] {
        let container = Container::parse(number).unwrap();
        assert_eq!(container.to_string(), number);
        assert!(!container.is_weak(), "{number}");
    }
    let weak = Container::parse("msku 000008-0").unwrap();
    assert!(weak.is_weak());
    assert_eq!(weak.prefix(), "MSKU");
    assert_eq!(expected(Container::parse("CSQU3054384")), 3);
    assert_eq!(expected(Container::parse("MSKU0000081")), 0);
    assert!(matches!(
        Container::parse("CSQA3054383"),
        Err(IdentifierError::Form { .. })
    ));
}

#[test]
fn air_waybills() {
    for (number, prefix) in [
        ("020-12345675", 20),
        ("020 8114 0743", 20),
        ("15753806270", 157),
        ("157-41266466", 157),
    ] {
        assert_eq!(
            AirWaybill::parse(number).unwrap().prefix(),
            prefix,
            "{number}"
        );
    }
    let waybill = AirWaybill::parse("02012345675").unwrap();
    assert_eq!(waybill.to_string(), "020-12345675");
    assert_eq!(expected(AirWaybill::parse("157-53806271")), 0);
    for check in 7..10 {
        assert!(AirWaybill::parse(&format!("157-5380627{check}")).is_err());
    }
}

#[test]
fn ships_and_companies() {
    for number in ["9074729", "IMO 9321483", "imo9176187", "1234567"] {
        assert!(Ship::parse(number).is_ok(), "{number}");
    }
    assert_eq!(expected(Ship::parse("9074728")), 9);
    assert_eq!(Ship::parse("IMO9074729").unwrap().to_string(), "9074729");
    assert!(Company::parse("2041999").is_ok());
    assert_eq!(expected(Company::parse("2041998")), 9);
    assert!(Ship::parse("907472").is_err() && Ship::parse("IMÖ").is_err());
}

#[test]
fn a_text_is_whatever_it_may_be() {
    let kinds = |text: &str| -> Vec<&str> {
        let found = Identifier::all(text).into_iter();
        let right = found.filter(|one| one.read.is_ok());
        right.map(|one| one.kind).collect()
    };
    assert_eq!(kinds("RR287043775IN"), ["s10"]);
    assert_eq!(kinds("CSQU 305438 3"), ["container"]);
    assert_eq!(kinds("020-12345675"), ["air_waybill"]);
    assert_eq!(kinds("9074729"), ["imo_ship"]);
    assert_eq!(kinds("106141411234567897"), ["sscc"]);
    assert!(kinds("hello").is_empty());
    assert_eq!(
        Identifier::all("CSQU3054384").len(),
        1,
        "kept, with what is wrong"
    );
}

proptest! {
    /// The crate `iso6346` agrees on what holds and what does not.
    #[test]
    fn containers_are_judged_alike(owner in "[A-Z]{3}", category in "[UJZ]", serial in "[0-9]{7}") {
        let number = format!("{owner}{category}{serial}");
        prop_assert_eq!(Container::parse(&number).is_ok(), oracle(&number), "{}", number);
    }

    /// Of every ten last digits one holds, or two where a remainder of ten is written as nought.
    #[test]
    fn one_check_digit_holds(serial in "[0-9]{8}", country in "[A-Z]{2}") {
        let holds = |digit: &u8| S10::parse(&format!("RR{serial}{digit}{country}")).is_ok();
        prop_assert_eq!((0..10).filter(holds).count(), 1);
    }

    #[test]
    fn nothing_panics(text in "\\PC{0,24}") {
        let _ = Identifier::all(&text);
        let _ = gs1::elements(&text);
    }
}

fn oracle(number: &str) -> bool {
    iso6346::validate(number).is_ok()
}
