//! The code tables against copies of the vendor's lists, made by hand for this test.

use std::collections::BTreeSet;
use trackway_dialects::Dialect;
use trackway_dialects::express247::{Express247, names, vocabulary};
use trackway_model::vocabulary::{Fidelity, Vocabulary};
use trackway_model::{CodeKind, Milestone, Reason};

/// id, Vietnamese code, English name, final, text.
const STATUSES: &[(&str, &str, &str, bool, &str)] = &[
    (
        "16",
        "CHOXULY",
        "PENDING_FOR_PROCEED",
        false,
        "The order has not been successfully delivered, pending.",
    ),
    ("18", "HUY", "CANCEL", true, "The order has been cancelled."),
    ("19", "THATLAC", "LOST", true, "The order has been lost."),
    (
        "21",
        "DATIEPNHAN",
        "ACCEPTED",
        false,
        "The order was created using API or Customer website 247Express.",
    ),
    (
        "23",
        "DALAYHANG",
        "PICKED_UP",
        false,
        "The order has been picked up by the delivery staff of 247Express.",
    ),
    (
        "24",
        "DANGVANCHUYEN",
        "IN_TRANSIT",
        false,
        "The order is being shipped by 247.",
    ),
    (
        "25",
        "DANGDIPHAT",
        "DELIVERING",
        false,
        "Orders are being delivered.",
    ),
    (
        "27",
        "CHOCHUYENHOAN",
        "PENDING_FOR_RETURN",
        false,
        "The order is being returned to the customer.",
    ),
    (
        "28",
        "DACHUYENHOAN",
        "RETURNED",
        true,
        "The order has been returned to the customer.",
    ),
    (
        "30",
        "PHATTHANHCONG",
        "DELIVERED",
        true,
        "The order has been successfully delivered.",
    ),
    (
        "32",
        "TICHTHU",
        "CONFISCATED",
        true,
        "The order was confiscated by the authorities for violating the category of goods.",
    ),
];

const SCANS: &[(&str, &str)] = &[
    ("0", "Nhập hệ thống"),
    ("2", "Đóng gói"),
    ("3", "Đang chuyển tiếp"),
    ("4", "Đến bưu cục"),
    ("5", "Đi phát"),
    ("10", "Giao bưu tá phát"),
];

const DELAYS: &[(&str, &str)] = &[
    ("1", "Wrong address."),
    (
        "2",
        "The recipient is not at the address, the recipient's house is closed.",
    ),
    (
        "3",
        "Addresses on envelopes and delivery slips are different. Mean when the dispatcher mistakenly pasted the delivery information slip on the package.",
    ),
    ("4", "Address not found."),
    ("5", "Wrong route delivered in logistics."),
    ("6", "The recipient changes another  address."),
    (
        "7",
        "The recipient does not know this information. Mean recipient does not receive notification of delivery information.",
    ),
    ("8", "The recipient doesn't want to receive"),
    ("9", "The recipient has no free time to receive."),
    (
        "10",
        "The recipient is requested to delivery at another time.",
    ),
    (
        "11",
        "Locked recipient's phone/subscriber, unable to contact the recipient.",
    ),
    (
        "12",
        "The recipient does not answer the phone, unable to contact the recipient.",
    ),
    ("13", "The recipient is not at home/at work."),
    ("14", "No recipient at delivery address."),
    (
        "15",
        "The recipient is notified to go to the post office to pick up the goods.",
    ),
    (
        "16",
        "The receiver requested to inspect the goods, but the package is of a type that is not allowed to check the goods.",
    ),
    ("19", "The recipient has no money."),
    ("21", "The recipient do not work on Saturdays."),
    ("22", "Recipients do not work holidays."),
    (
        "24",
        "Bad weather: Heavy rain/Flood/Storm/Flood/Natural disaster.",
    ),
    ("26", "The sender requested no delivery and return."),
    (
        "30",
        "The contents of the parcel were damaged during delivery.",
    ),
    ("31", "Part of the parcel is missing during delivery."),
    ("33", "Lost parcel during delivery."),
    (
        "35",
        "Incorrect recipient's phone number or incorrect phone number.",
    ),
    ("40", "Another reason."),
    (
        "41",
        "The order requires the recipient to present ID card to receive, but the ID card is not valid(ID card/ID card lost/damaged).",
    ),
    (
        "43",
        "When the sender requests to hand-deliver to the recipient, but when contacting again, the recipient requests to deliver to someone else.",
    ),
    ("46", "Wrong order information."),
    ("52", "Customer changes delivery address"),
    ("53", "The customer requests to cancel the order"),
];

fn codes_of(kind: CodeKind) -> BTreeSet<&'static str> {
    vocabulary()
        .of_kind(kind)
        .map(|row| row.code.as_str())
        .collect()
}

#[test]
fn every_status_stands_as_the_vendor_spells_it() {
    assert_eq!(
        codes_of(CodeKind::Shipment),
        STATUSES.iter().map(|row| row.0).collect()
    );
    for (id, name, english, is_final, text) in STATUSES {
        let row = vocabulary().get(CodeKind::Shipment, id, "").unwrap();
        assert_eq!(
            (&*row.name, &*row.name_en, &*row.text),
            (*name, *english, *text)
        );
        assert_eq!(row.is_final, *is_final, "{id}");
        assert_eq!(row.milestone.stage().is_final(), *is_final, "{id}");
        let named = names().iter().find(|known| known.status == *id).unwrap();
        assert_eq!(named.name, *name);
        assert!(!named.caption.is_empty());
    }
}

#[test]
fn every_scan_and_every_delay_stands_as_the_vendor_spells_it() {
    assert_eq!(
        codes_of(CodeKind::Event),
        SCANS.iter().map(|row| row.0).collect()
    );
    for (code, name) in SCANS {
        let row = vocabulary().get(CodeKind::Event, code, "").unwrap();
        assert_eq!(row.name, *name);
        assert_ne!(row.milestone, Milestone::Unknown);
    }
    assert_eq!(
        codes_of(CodeKind::Reason),
        DELAYS.iter().map(|row| row.0).collect()
    );
    assert_eq!(DELAYS.len(), 31);
    for (code, note) in DELAYS {
        let row = vocabulary().get(CodeKind::Reason, code, "").unwrap();
        assert_eq!(row.text, *note);
        assert_ne!(row.reason, Reason::None, "{code}");
    }
}

#[test]
fn through_milestones_alone_every_code_comes_back_as_its_canonical_one() {
    for kind in [CodeKind::Shipment, CodeKind::Event] {
        for row in vocabulary().of_kind(kind) {
            let (milestone, _) = vocabulary().read(kind, &row.code, "");
            let (told, fidelity) = vocabulary().tell(kind, milestone);
            assert_eq!(
                told.unwrap().key(),
                row.canonical(),
                "{kind:?} {}",
                row.code
            );
            assert_eq!(fidelity, Fidelity::Exact);
        }
    }
    for row in vocabulary().of_kind(CodeKind::Reason) {
        let (_, reason) = vocabulary().read(CodeKind::Reason, &row.code, "");
        let (told, fidelity) = vocabulary().tell_reason(reason);
        assert_eq!(told.unwrap().key(), row.canonical(), "delay {}", row.code);
        assert_eq!(fidelity, Fidelity::Exact);
    }
}

#[test]
fn every_canonical_code_is_a_row_that_stands_for_itself() {
    for row in vocabulary().rows() {
        let canonical = vocabulary().get(row.kind, &row.canonical(), "").unwrap();
        assert_eq!(canonical.same_as, None, "{}", row.code);
    }
}

#[test]
fn every_milestone_and_every_reason_is_told_by_some_code() {
    for milestone in Milestone::ALL.iter().filter(|m| **m != Milestone::Unknown) {
        let (told, _) = vocabulary().tell(CodeKind::Shipment, *milestone);
        let told = told.unwrap_or_else(|| panic!("no status tells {milestone}"));
        // A code never ends a journey that has not ended, nor the other way round.
        let is_final = milestone.stage().is_final();
        assert_eq!(told.milestone.stage().is_final(), is_final, "{milestone}");
    }
    for reason in Reason::ALL.iter().filter(|r| **r != Reason::None) {
        assert!(
            vocabulary().tell_reason(*reason).0.is_some(),
            "no delay tells {}",
            reason.name()
        );
    }
}

#[test]
fn older_names_are_known_but_are_nobodys_present_name() {
    for (older, id) in [("HOANTAT", "30"), ("HOANVE", "28"), ("PHATTHATBAI", "16")] {
        let row = names().iter().find(|row| row.name == older).unwrap();
        assert_eq!(row.status, id);
        assert_ne!(
            vocabulary().get(CodeKind::Shipment, id, "").unwrap().name,
            older
        );
    }
}

#[test]
fn the_table_is_the_dialects() {
    let parsed = Vocabulary::parse(Express247.codes()).unwrap();
    assert_eq!(parsed.version, vocabulary().version);
    assert_eq!(
        parsed.rows().len(),
        STATUSES.len() + SCANS.len() + DELAYS.len()
    );
}
