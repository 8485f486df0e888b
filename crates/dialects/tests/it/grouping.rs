//! What three sources say of one parcel, a carrier and two aggregators, in the ways that confuse: each
//! case's answers are read by their dialects and folded, in every order of arrival.

use crate::support::FakeDesk;
use trackway_dialects::dialect::{Answer, Parcel};
use trackway_dialects::registry;
use trackway_model::view::ShipmentView;
use trackway_model::{ConnectionId, Milestone, OffsetSource, Reason, time};

const SHOP: &str = "shop";
const NUMBER: &str = "VD0000001";
const CARRIER: &str = "247express";

/// A case's answers, by dialect.
type Told = [(&'static str, &'static str); 3];

macro_rules! case {
    ($name:literal) => {
        [
            (
                "247express",
                include_str!(concat!("grouping/fixtures/", $name, "/247express.json")),
            ),
            (
                "keydelivery",
                include_str!(concat!("grouping/fixtures/", $name, "/keydelivery.json")),
            ),
            (
                "track123",
                include_str!(concat!("grouping/fixtures/", $name, "/track123.json")),
            ),
        ]
    };
}

/// The parcel after its sources told of it in this order.
fn told_in(order: &[(&'static str, &'static str)]) -> ShipmentView {
    let desk = FakeDesk::new();
    for (at, (name, body)) in order.iter().enumerate() {
        let dialect = registry::find(name).unwrap();
        let parcel = Parcel {
            carrier: CARRIER,
            number: NUMBER,
            ..Parcel::default()
        };
        let answer = Answer {
            status: 200,
            retry_after_s: None,
            body: body.as_bytes(),
        };
        let tables = registry::built_in();
        let parsed = dialect
            .call()
            .unwrap()
            .parse(tables.of(name), &parcel, &answer)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let connection = ConnectionId(at as i64 + 1);
        desk.answer(SHOP, connection, CARRIER, NUMBER, parsed.answer);
        desk.pass(1_000_000);
    }
    desk.view(SHOP, "native", NUMBER).unwrap()
}

/// An event as a test expects it.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    milestone: Milestone,
    witnesses: usize,
    /// RFC 3339 with the best known offset; empty where none was readable.
    at: String,
}

fn seen(milestone: Milestone, witnesses: usize, at: &str) -> Seen {
    let at = time::parse(at).map_or_else(String::new, time::Occurred::display);
    Seen {
        milestone,
        witnesses,
        at,
    }
}

fn events(view: &ShipmentView) -> Vec<Seen> {
    let events = view.journey.events.iter();
    events
        .map(|(event, _)| Seen {
            milestone: event.milestone,
            witnesses: event.witnesses.len(),
            at: event
                .occurred
                .map_or_else(String::new, time::Occurred::display),
        })
        .collect()
}

/// Tells the case in every order, asserts the events, and gives the parcel.
fn check(told: &Told, expected: &[Seen]) -> ShipmentView {
    let [a, b, c] = *told;
    let orders = [
        [a, b, c],
        [a, c, b],
        [b, a, c],
        [b, c, a],
        [c, a, b],
        [c, b, a],
    ];
    let mut views = orders.iter().map(|order| told_in(order));
    let first = views.next().unwrap();
    assert_eq!(events(&first), expected);
    for view in views {
        assert_eq!(events(&view), expected);
        let (mine, other) = (view.state(), first.state());
        assert_eq!(
            (mine.milestone, mine.reason, mine.occurred),
            (other.milestone, other.reason, other.occurred)
        );
    }
    first
}

#[test]
fn a_minute_that_one_cut_and_another_rounded_is_one_event() {
    // The carrier tells it in two streams, as a status and as a scan.
    let moving = Milestone::InTransit;
    let view = check(
        &case!("rounded-minutes"),
        &[seen(moving, 4, "2024-05-07T10:01:42.4946223+07:00")],
    );
    assert_eq!(view.state().events, 1);
}

#[test]
fn a_time_without_a_zone_takes_the_one_that_another_wrote() {
    // The carrier tells it in two streams, as a status and as a scan.
    let moving = Milestone::InTransit;
    let view = check(
        &case!("missing-zone"),
        &[seen(moving, 4, "2024-05-07T10:01:42+07:00")],
    );
    let occurred = view.state().occurred.unwrap();
    assert_eq!(occurred.offset_source, OffsetSource::Source);
}

#[test]
fn words_of_three_languages_are_one_event() {
    let delivered = Milestone::Delivered;
    let at = "2024-05-08T15:00:11.5+07:00";
    check(&case!("other-language"), &[seen(delivered, 3, at)]);
}

/// The carrier's own words decide what it was: the others have no code for it.
#[test]
fn what_coarser_tables_call_otherwise_is_one_event() {
    let view = check(
        &case!("other-wording"),
        &[
            seen(Milestone::PickedUp, 3, "2024-05-06T09:00:11+07:00"),
            seen(Milestone::InTransit, 3, "2024-05-06T20:02:30+07:00"),
            seen(Milestone::Lost, 3, "2024-05-09T08:00:05+07:00"),
        ],
    );
    assert_eq!(view.state().milestone, Milestone::Lost);
}

#[test]
fn a_place_that_one_gives_contradicts_nobody() {
    let out = Milestone::OutForDelivery;
    let at = "2024-05-08T08:15:40+07:00";
    let view = check(&case!("one-place"), &[seen(out, 3, at)]);
    let words = |ordinal: &u16| {
        let told = view.statement(*ordinal).unwrap();
        let dialect = registry::of_stream(told.stream).unwrap();
        dialect
            .words(told.stream, told.raw.as_deref().unwrap())
            .place
    };
    let witnesses = &view.journey.events[0].0.witnesses;
    let places: Vec<String> = witnesses.iter().filter_map(words).collect();
    assert_eq!(places, ["HAI PHONG"]);
}

#[test]
fn two_failed_attempts_an_hour_apart_stay_two() {
    let failed = Milestone::PendingHandling;
    let view = check(
        &case!("two-attempts"),
        &[
            seen(failed, 3, "2024-05-08T10:00:12+07:00"),
            seen(failed, 3, "2024-05-08T11:00:12+07:00"),
        ],
    );
    assert_eq!(view.state().attempts_failed, 2);
    // The carrier's cause of the second: nobody answered the telephone.
    assert_eq!(view.state().reason, Reason::Unreachable);
}

/// A slip in the year is kept as it was told, apart from what the others say.
#[test]
fn an_event_in_the_future_joins_nothing() {
    check(
        &case!("in-the-future"),
        &[
            seen(Milestone::OutForDelivery, 3, "2024-05-08T08:15:40+07:00"),
            seen(Milestone::Delivered, 1, "2042-05-08T15:00:11+07:00"),
        ],
    );
}

/// Fractions, seconds, minutes, `T` or a blank, `Z` or an offset; and one that nobody can read.
#[test]
fn times_of_mixed_formats_meet_at_the_coarser_precision() {
    check(
        &case!("mixed-formats"),
        &[
            seen(Milestone::InTransit, 3, "2024-05-06T20:02:30.12+07:00"),
            // It stands where it was learned.
            seen(Milestone::OutForDelivery, 1, ""),
            seen(Milestone::OutForDelivery, 3, "2024-05-08T08:15:40Z"),
        ],
    );
}
