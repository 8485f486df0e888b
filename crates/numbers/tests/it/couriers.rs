//! The public courier files: every test number that they name is judged as they say.

use std::path::Path;
use trackway_numbers::courier::file::{CourierFile, FormatFile};
use trackway_numbers::courier::index::Index;
use trackway_numbers::courier::text::Text;
use trackway_numbers::courier::{Format, FormatError};
use trackway_numbers::{Catalog, Hints};

fn couriers() -> Vec<CourierFile> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../data/couriers"));
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    files
        .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .collect()
}

fn is_of(format: &Format, number: &str) -> bool {
    let formats = std::slice::from_ref(format);
    let mut fits = false;
    let text = Text::read(number).unwrap();
    Index::new(formats).fits(formats, &text, |_, _| fits = true);
    fits
}

/// 149 numbers that are valid and 79 that are not, in 32 formats of 12 couriers.
#[test]
fn every_test_number_is_judged_as_its_file_says() {
    let couriers = couriers();
    let formats: Vec<&FormatFile> = couriers
        .iter()
        .flat_map(|courier| &courier.tracking_numbers)
        .collect();
    let (mut valid, mut invalid) = (0, 0);
    for file in &formats {
        let format = Format::new(file).unwrap();
        for number in &file.test_numbers.valid {
            assert!(is_of(&format, number), "{}: {number} is valid", file.id());
            valid += 1;
        }
        for number in &file.test_numbers.invalid {
            assert!(!is_of(&format, number), "{}: {number} is not", file.id());
            invalid += 1;
        }
    }
    assert_eq!((couriers.len(), formats.len()), (12, 32));
    assert_eq!((valid, invalid), (149, 79));
}

fn format(json: &str) -> Result<Format, FormatError> {
    Format::new(&serde_json::from_str(json).unwrap())
}

#[test]
fn check_digits_by_hand() {
    // Doubled values are not summed digit by digit: 1·1 + 8·2 + 5·1 = 22, so 8.
    let mod10 = r#"{"name":"m","regex":"(?<SerialNumber>[0-9A-Z]{3})(?<CheckDigit>[0-9])",
        "validation":{"checksum":{"name":"mod10","evens_multiplier":1,"odds_multiplier":2}}}"#;
    assert!(is_of(&format(mod10).unwrap(), "1858"));
    // A letter counts as its character's number less 3, modulo 10: A is 2. 2 + 8·2 + 5 = 23.
    assert!(is_of(&format(mod10).unwrap(), "A857"));
    let reversed = r#"{"name":"m","regex":"(?<SerialNumber>[0-9]{4})(?<CheckDigit>[0-9])",
        "validation":{"checksum":{"name":"mod10","evens_multiplier":3,"odds_multiplier":1,"reverse":true}}}"#;
    // From the right: 4·3 + 3 + 2·3 + 1 = 22.
    assert!(is_of(&format(reversed).unwrap(), "12348"));
    let luhn = r#"{"name":"l","regex":"(?<SerialNumber>[0-9]{10})(?<CheckDigit>[0-9])",
        "validation":{"checksum":{"name":"luhn"}}}"#;
    assert!(is_of(&format(luhn).unwrap(), "79927398713"));
    let mod7 = r#"{"name":"7","regex":"(?<SerialNumber>[0-9]{10})(?<CheckDigit>[0-9])",
        "validation":{"checksum":{"name":"mod7"}}}"#;
    assert!(is_of(&format(mod7).unwrap(), "12345678900") == 1_234_567_890_u64.is_multiple_of(7));
    assert!(is_of(
        &format(mod7).unwrap(),
        &format!("1234567890{}", 1_234_567_890_u64 % 7)
    ));
}

#[test]
fn a_serial_may_be_prefixed_before_its_check_digit() {
    let json = |condition: &str| {
        format!(
            r#"{{"name":"p","regex":"(?<SerialNumber>[0-9]{{2}})(?<CheckDigit>[0-9])",
            "validation":{{"checksum":{{"name":"mod10","evens_multiplier":1,"odds_multiplier":1}},
            "serial_number_format":{{"prepend_if":{{"matches_regex":"{condition}","content":"4"}}}}}}}}"#
        )
    };
    for condition in ["^(?!4).+$", "^(?!4)[0-9].*"] {
        let format = format(&json(condition)).unwrap();
        assert!(
            is_of(&format, "123") && !is_of(&format, "127"),
            "{condition}"
        );
        assert!(
            is_of(&format, "415") && !is_of(&format, "411"),
            "{condition}"
        );
    }
}

#[test]
fn a_format_that_can_not_work_says_why() {
    let no_group = r#"{"name":"x","regex":"[0-9]{4}","validation":{"checksum":{"name":"luhn"}}}"#;
    assert_eq!(
        format(no_group).unwrap_err(),
        FormatError::Group("SerialNumber")
    );
    let zero = r#"{"name":"x","regex":"(?<SerialNumber>[0-9])(?<CheckDigit>[0-9])","validation":{"checksum":
        {"name":"sum_product_with_weightings_and_modulo","weightings":[1],"modulo1":0,"modulo2":1}}}"#;
    assert_eq!(format(zero).unwrap_err(), FormatError::Modulus);
    let lookup =
        r#"{"name":"x","regex":"[0-9]{4}","validation":{"additional":{"exists":["Country"]}}}"#;
    assert_eq!(
        format(lookup).unwrap_err(),
        FormatError::Lookup("Country".into())
    );
    assert!(matches!(
        format(r#"{"name":"x","regex":"(["}"#),
        Err(FormatError::Pattern(_))
    ));
}

/// What the crate of the same data calls couriers, and we.
const PEERS: [(&str, &str); 11] = [
    ("Amazon", "amazon"),
    ("Canada Post", "canada-post"),
    ("DHL", "dhl"),
    ("DPD", "dpd"),
    ("FedEx", "fedex"),
    ("Landmark Global LTN", "landmark"),
    ("LaserShip", "lasership"),
    ("Old Dominion Freight Line", "old-dominion"),
    ("OnTrac", "ontrac"),
    ("UPS", "ups"),
    ("United States Postal Service", "usps"),
];

/// Whatever that crate takes for valid, we name the same courier for; of international post, the
/// country's operator.
#[test]
fn what_the_peer_accepts_is_among_ours() {
    let catalog = Catalog::built_in().unwrap();
    let mut compared = 0;
    for file in couriers()
        .iter()
        .flat_map(|courier| &courier.tracking_numbers)
    {
        let numbers = &file.test_numbers;
        for number in numbers.valid.iter().chain(&numbers.invalid) {
            // Where a class allows white space, that crate counts it towards the length.
            let number = &number.replace(' ', "");
            let Some(theirs) = tracking_numbers::track(number) else {
                continue;
            };
            let ours = catalog.detect(number, &Hints::default());
            let known = PEERS.iter().find(|(name, _)| *name == theirs.courier);
            let named = ours.candidates.iter().any(|one| match known {
                Some((_, code)) => one.carrier.code == *code,
                None => one.format == "S10",
            });
            assert!(named, "{number}: {theirs:?} is not in {ours:?}");
            compared += 1;
        }
    }
    assert!(compared > 140, "{compared}");
}
