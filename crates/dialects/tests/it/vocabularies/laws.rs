//! The laws of vocabularies, exhaustively: every row of every table, every milestone, every reason.

use super::{each, tables};
use trackway_model::vocabulary::{Fidelity, Row, Vocabulary};
use trackway_model::{CodeKind, Milestone, Reason, Stage, Standing};

/// Tables that tell where a whole shipment or container is.
const STATUSES: &[CodeKind] = &[
    CodeKind::Shipment,
    CodeKind::OceanSearch,
    CodeKind::OceanTransit,
    CodeKind::AirShipment,
];

/// What a row is told as, when only what it means is known.
fn out<'v>(table: &'v Vocabulary, row: &Row) -> (Option<&'v Row>, Fidelity) {
    if let Some(standing) = row.standing {
        return (table.tell_standing(row.kind, standing), Fidelity::Exact);
    }
    if row.kind == CodeKind::Reason {
        return table.tell_reason(row.reason);
    }
    table.tell(row.kind, row.milestone)
}

fn means(row: &Row) -> bool {
    row.has_milestone() || row.standing.is_some() || row.kind == CodeKind::Reason
}

/// Calls `check` for every row of every table, with a label for the message.
fn for_every_row(check: impl Fn(&Vocabulary, &Row, &str)) {
    let tables = tables();
    let mut seen = 0;
    for (name, table) in each(&tables) {
        for row in table.rows() {
            check(
                table,
                row,
                &format!("{name}: {} {}", row.kind.name(), row.key()),
            );
            seen += 1;
        }
    }
    assert!(seen > 300, "{seen} rows only");
}

#[test]
fn through_its_meaning_alone_a_code_comes_back_as_its_canonical_one() {
    for_every_row(|table, row, label| {
        if !means(row) {
            assert_eq!(row.same_as, None, "{label} means nothing");
            return;
        }
        let (told, fidelity) = out(table, row);
        let told = told.unwrap_or_else(|| panic!("{label} is told by nothing"));
        assert_eq!(told.key(), row.canonical(), "{label}");
        assert_eq!(fidelity, Fidelity::Exact, "{label}");
    });
}

#[test]
fn with_its_reason_a_code_comes_back_with_its_reason() {
    for_every_row(|table, row, label| {
        if !row.has_milestone() || row.reason == Reason::None {
            return;
        }
        let (told, _) = table.tell_because(row.kind, row.milestone, row.reason);
        assert_eq!(told.unwrap().reason, row.reason, "{label}");
        assert_eq!(told.unwrap().milestone, row.milestone, "{label}");
    });
}

#[test]
fn no_code_comes_back_as_another_status() {
    for_every_row(|table, row, label| {
        if !means(row) {
            return;
        }
        let told = out(table, row).0.unwrap();
        assert_eq!(told.milestone, row.milestone, "{label}");
        if STATUSES.contains(&row.kind) {
            assert_eq!(told.code, row.code, "{label} stays within its status");
        }
        let with_reason = table.tell_because(row.kind, row.milestone, row.reason).0;
        if STATUSES.contains(&row.kind) && row.has_milestone() {
            assert_eq!(with_reason.unwrap().code, row.code, "{label}");
        }
    });
}

#[test]
fn the_canonical_code_is_a_row_of_its_own_kind_that_stands_for_itself() {
    for_every_row(|table, row, label| {
        let Some(canonical) = &row.same_as else {
            return;
        };
        let found = table.of_kind(row.kind).find(|row| row.key() == *canonical);
        let found = found.unwrap_or_else(|| panic!("{label}: no row {canonical}"));
        assert_eq!(found.same_as, None, "{label}");
    });
}

#[test]
fn every_code_is_found_as_spelt_and_reads_as_its_row_says() {
    for_every_row(|table, row, label| {
        let found = table.get(row.kind, &row.code, &row.sub).unwrap();
        assert_eq!(found, row, "{label}");
        let read = table.read(row.kind, &row.code, &row.sub);
        assert_eq!(read, (row.milestone, row.reason), "{label}");
    });
}

#[test]
fn what_no_table_has_is_unknown_and_a_new_sub_code_reads_as_its_code() {
    for_every_row(|table, row, label| {
        let strange = format!("{}-STRANGE", row.code);
        let nothing = (Milestone::Unknown, Reason::None);
        assert_eq!(table.read(row.kind, &strange, ""), nothing, "{label}");
        if let Some(top) = table.get(row.kind, &row.code, "") {
            let read = table.read(row.kind, &row.code, &strange);
            assert_eq!(read, (top.milestone, top.reason), "{label}");
        }
    });
}

/// A table of statuses leaves no milestone untold, and never tells an end that did not come.
#[test]
fn every_milestone_is_told_and_none_as_an_end_that_did_not_come() {
    let tables = tables();
    let spoken = each(&tables)
        .into_iter()
        .filter(|(name, _)| trackway_dialects::registry::find(name).is_some());
    for (name, table) in spoken {
        for kind in STATUSES {
            if table.of_kind(*kind).next().is_none() {
                continue;
            }
            for milestone in Milestone::ALL {
                let (told, fidelity) = table.tell(*kind, *milestone);
                let label = format!("{name}, {}: {milestone}", kind.name());
                let Some(told) = told else {
                    assert_eq!(*milestone, Milestone::Unknown, "{label} is not told");
                    continue;
                };
                assert_ne!(fidelity, Fidelity::None, "{label}");
                let ends = told.milestone.stage().is_final() || told.is_final;
                assert!(!ends || milestone.stage().is_final(), "{label}");
                let ends_well = told.milestone.stage() == Stage::Delivered;
                let delivered = milestone.stage() == Stage::Delivered;
                assert_eq!(ends_well, delivered, "{label}");
            }
        }
    }
}

/// What a registration is by the clock is no milestone, and no milestone is told as such.
#[test]
fn standings_and_milestones_are_apart() {
    for_every_row(|table, row, label| {
        if row.standing.is_some() {
            assert!(!row.has_milestone(), "{label}");
            assert_eq!(row.reason, Reason::None, "{label}");
            assert!(!row.is_final, "{label}: asking again may find it");
        }
        for milestone in Milestone::ALL {
            let told = table.tell(row.kind, *milestone).0;
            assert!(told.is_none_or(|row| row.standing.is_none()), "{label}");
        }
        for standing in Standing::ALL {
            let told = table.tell_standing(row.kind, *standing);
            assert!(told.is_none_or(|row| !row.has_milestone()), "{label}");
        }
    });
}

#[test]
fn every_reason_is_told_where_reasons_have_codes() {
    let tables = tables();
    let mut seen = 0;
    for (name, table) in each(&tables) {
        if table.of_kind(CodeKind::Reason).next().is_none() {
            continue;
        }
        for reason in Reason::ALL.iter().filter(|reason| **reason != Reason::None) {
            let told = table.tell_reason(*reason).0;
            assert!(told.is_some(), "{name}: {}", reason.name());
            seen += 1;
        }
    }
    assert_eq!(seen, 2 * (Reason::ALL.len() - 1), "247Express and ours");
}

/// The same letters mean other things: a table by the letters alone would be wrong.
#[test]
fn the_same_word_in_two_tables_may_mean_two_things() {
    let tables = tables();
    let read = |dialect, kind, code, sub| tables.named(dialect).unwrap().read(kind, code, sub).0;
    let ocean = CodeKind::OceanEvent;
    assert_eq!(
        read("track123", ocean, "STUF", ""),
        Milestone::EmptyToShipper
    );
    assert_eq!(
        read("track123", ocean, "STRP", ""),
        Milestone::EmptyReturned
    );
    assert_eq!(read("dcsa", ocean, "STUF", ""), Milestone::Packing);
    assert_eq!(read("dcsa", ocean, "STRP", ""), Milestone::Unknown);
    // The same event by another code.
    assert_eq!(
        read("dcsa", ocean, "GTOT", "EMPTY"),
        Milestone::EmptyToShipper
    );
    assert_eq!(
        read("dcsa", ocean, "GTIN", "EMPTY"),
        Milestone::EmptyReturned
    );
    // An airport's arrival is no port's.
    let arrived = read("track123", CodeKind::AirEvent, "ARRIVED", "");
    assert_ne!(arrived, read("track123", ocean, "ARRI", ""));
}
