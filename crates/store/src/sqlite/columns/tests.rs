use super::*;
use crate::search::{Bounds, ShipmentQuery};
use proptest::prelude::*;
use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules, refold};
use trackway_model::statement::{Certainty, Direction, Pieces};
use trackway_model::track::{Incoming, Sighted};
use trackway_model::{ConnectionId, StatementId, StreamId, StreamTable};

const RULES: FoldRules = FoldRules {
    streams: StreamTable(&[]),
    reuse_after: DEFAULT_REUSE_AFTER,
};

/// What is told of a track at a time, and when.
type Told1 = (u8, Milestone, i64);

fn track(id: i64, account: i64, carrier: &str, told: &[Told1]) -> Track {
    let number = format!("TW{id:05}");
    let mut track = Track::new(
        TrackId(id),
        AccountId(account),
        Arc::from(carrier),
        Arc::from(&*number),
    );
    for (at, (which, milestone, received)) in told.iter().enumerate() {
        let source = track.source(StreamId(1), ConnectionId(1)).unwrap();
        let incoming = Incoming {
            id: StatementId([at as u8 + 16 * which; 16]),
            member_hash: 1,
            occurred: None,
            milestone: *milestone,
            reason: Reason::None,
            direction: Direction::Forward,
            certainty: Certainty::Actual,
            place: 0,
            unit: 0,
            pieces: Pieces::default(),
            rank: 0,
        };
        assert!(matches!(
            track.sight(source, *received, &incoming),
            Sighted::New(_)
        ));
    }
    refold(&mut track, &RULES);
    track
}

fn all(columns: &Columns, query: &ShipmentQuery) -> Vec<ShipmentRow> {
    let mut rows = Vec::new();
    columns.find(&Filter::new(query), None, &mut |found| {
        rows.push(found.row(0));
        true
    });
    rows
}

fn told() -> impl Strategy<Value = Vec<Told1>> {
    let milestones = prop::sample::select(&Milestone::ALL[..20]);
    // Far apart: numbers are used again.
    prop::collection::vec((0_u8..4, milestones, 0_i64..400), 0..5).prop_map(|mut told| {
        told.sort_by_key(|(_, _, at)| *at);
        for (told, which) in told.iter_mut().zip(0..) {
            (told.0, told.2) = (which, told.2 * 24 * 3_600_000_000);
        }
        told
    })
}

proptest! {
    #[test]
    fn a_page_returns_from_its_bytes(
        tracks in prop::collection::vec((1_i64..1_024, 1_i64..4, 0_usize..3, told()), 0..30),
        references in prop::collection::vec((1_i64..1_024, "[A-Z]{1,3}-[0-9]{1,3}"), 0..10),
    ) {
        let mut columns = Columns::default();
        for (id, account, carrier, told) in &tracks {
            let carrier = ["a", "b", "x-one:\u{1ea5}"][*carrier];
            let held = Told {
                created: Some(5),
                erased: false,
                references: references.iter().filter(|(of, _)| of == id).map(|(_, text)| text.clone()).collect(),
            };
            columns.set(&track(*id, *account, carrier, told), [&held]);
            columns.set(&track(*id, *account, carrier, told), [&held, &Told::default()]);
        }
        let again = Columns::decode(&columns.encode()).unwrap();
        for account in 1..4 {
            let query = ShipmentQuery::of(AccountId(account));
            prop_assert_eq!(all(&columns, &query), all(&again, &query));
            for reference in ["A", "AB"] {
                let query = ShipmentQuery { reference: Some(reference.to_owned()), ..query.clone() };
                prop_assert_eq!(all(&columns, &query), all(&again, &query));
            }
        }
        prop_assert_eq!(again.encode(), columns.encode());
    }

    #[test]
    fn damaged_bytes_are_refused_or_read(at in 0_usize..400, with: u8, cut in 0_usize..400) {
        let mut columns = Columns::default();
        for id in 1..12 {
            let told = Told { created: None, erased: false, references: vec![format!("SO-{id}")] };
            let journeys = [(0, Milestone::ALL[20], 0), (1, Milestone::ALL[1], 90 * 24 * 3_600_000_000)];
            columns.set(&track(id, id % 3, "c", &journeys), [&told]);
        }
        let mut bytes = columns.encode();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = with;
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        if let Ok(read) = Columns::decode(&bytes) {
            for account in 0..4 {
                all(&read, &ShipmentQuery::of(AccountId(account)));
            }
        }
    }
}

#[test]
fn a_place_and_an_epoch_end_what_came_before() {
    let mut columns = Columns::default();
    let month = 30 * 24 * 3_600_000_000_i64;
    let delivered = Milestone::parse("delivered").unwrap();
    let accepted = Milestone::parse("accepted").unwrap();
    for id in 1..4 {
        let mut reused = track(id, 1, "c", &[]);
        reused.openings = vec![month, 2 * month];
        let told = [
            (0, delivered, 1),
            (1, accepted, month),
            (2, accepted, 2 * month),
        ];
        let mut reused = Track {
            openings: reused.openings,
            ..track(id, 1, "c", &told)
        };
        refold(&mut reused, &RULES);
        assert_eq!(reused.states.len(), 3);
        columns.set(&reused, None);
    }
    let query = ShipmentQuery::of(AccountId(1));
    let ids: Vec<_> = all(&columns, &query)
        .iter()
        .map(|row| row.shipment)
        .collect();
    assert_eq!(ids.len(), 9);
    assert!(ids.is_sorted_by(|a, b| a > b));
    for (at, id) in ids.iter().enumerate() {
        let below = (place(id.track()).1, id.epoch());
        let mut rest = Vec::new();
        columns.find(&Filter::new(&query), Some(below), &mut |found| {
            rest.push(found.row(0).shipment);
            true
        });
        assert_eq!(rest, ids[at + 1..]);
    }
    // One journey again, as after an erroneous opening.
    columns.set(&track(2, 1, "c", &[(0, accepted, 7)]), None);
    let rows = all(&columns, &query);
    assert_eq!(rows.len(), 7);
    let created = Bounds {
        from: Some(1),
        before: Some(2),
    };
    let first = all(&columns, &ShipmentQuery { created, ..query });
    assert_eq!(first.len(), 3, "what was known first is not forgotten");
}

#[test]
fn what_is_told_later_comes_after() {
    let mut told = Told {
        created: Some(5),
        erased: false,
        references: vec!["A".to_owned()],
    };
    let erased = Told {
        erased: true,
        ..Told::default()
    };
    told.then(&Told {
        created: Some(3),
        references: vec!["B".to_owned()],
        ..Told::default()
    });
    assert_eq!((told.created, told.references.len()), (Some(3), 2));
    told.then(&erased);
    told.then(&Told {
        references: vec!["C".to_owned()],
        ..Told::default()
    });
    assert_eq!(
        (told.created, told.erased, &*told.references),
        (Some(3), true, &["C".to_owned()][..])
    );
}

#[test]
fn texts_begin_whatever_their_case() {
    for (text, key, begins_so) in [
        ("tw001", "TW0", true),
        ("  tw001", "TW0", true),
        ("tw", "TW0", false),
        ("\u{1ea5}n-1", "\u{1ea4}N", true),
        ("stra\u{df}e", "STRASS", true),
        ("tw001", "", true),
        ("", "A", false),
    ] {
        assert_eq!(begins(text.as_bytes(), key), begins_so, "{text} {key}");
    }
}
