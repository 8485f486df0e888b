//! Invented facts about one parcel, and strategies that make them.

use super::*;

pub const HOUR: i64 = 3_600_000_000;
pub const START: i64 = 1_760_000_000_000_000;
pub const MILESTONES: [&str; 6] = [
    "accepted",
    "in_transit",
    "out_for_delivery",
    "attempt_failed",
    "delivered",
    "returned",
];

/// The version of a statement that takes it back.
pub const TAKEN_BACK: u8 = 2;

pub fn statement(stream: StreamId, which: usize, version: u8) -> Statement {
    let name = MILESTONES[which % MILESTONES.len()];
    let milestone = Milestone::parse(name).unwrap_or(Milestone::Unknown);
    // One in six tells no time; the last ones come three months later.
    let hours = if which >= MILESTONES.len() {
        2_200 + which as i64
    } else {
        which as i64 * 5
    };
    let at = Occurred {
        wall: START + hours * HOUR,
        offset: 0,
        offset_source: OffsetSource::Source,
        precision: Precision::Second,
    };
    let text = if which == 1 {
        String::new()
    } else {
        at.display()
    };
    Statement {
        stream,
        code: Code {
            kind: CodeKind::Event,
            code: name.to_owned(),
            sub: None,
        },
        milestone,
        reason: Reason::None,
        direction: Direction::Forward,
        certainty: if version == TAKEN_BACK {
            Certainty::Withdrawn
        } else {
            Certainty::Actual
        },
        occurred: time::parse(&text),
        time_text: text.clone(),
        place: (version > 0).then(|| Place {
            name: "Hue".to_owned(),
            key: u32::from(version),
        }),
        pieces: Pieces::default(),
        unit: None,
        identity: identity(&[name, &text]),
        raw: format!("{name} {text} version {version}").into_bytes(),
    }
}

pub fn intake(connection: i64, received: i64, content: Content) -> Intake {
    Intake {
        account: AccountId(1),
        connection: ConnectionId(connection),
        carrier: "c".to_owned(),
        number: "N1".to_owned(),
        received: START + received * HOUR,
        content,
    }
}

pub fn news(which: usize, version: u8, received: i64) -> Intake {
    intake(
        1,
        received,
        Content::News(vec![statement(HOOK, which, version)]),
    )
}

pub fn part(stream: StreamId, told: &[(usize, u8)]) -> Part {
    Part {
        stream,
        statements: told
            .iter()
            .map(|(w, v)| statement(stream, *w, *v))
            .collect(),
    }
}

pub fn document(connection: i64, received: i64, parts: Vec<Part>) -> Intake {
    let body = format!("{parts:?}").into_bytes();
    let mut fingerprint = [0; 16];
    fingerprint.copy_from_slice(&blake3::hash(&body).as_bytes()[..16]);
    let stream = parts[0].stream;
    intake(
        connection,
        received,
        Content::Document(Answer {
            stream,
            body,
            fingerprint,
            parts,
        }),
    )
}

/// Which happenings are told (some twice), and in which version.
pub fn told() -> impl Strategy<Value = Vec<(usize, u8)>> {
    proptest::collection::vec((0_usize..9, 0_u8..2), 0..7).prop_map(|mut told| {
        told.sort_unstable();
        told
    })
}

/// Facts received at a few different times, so that some coincide. One source at one time says one
/// thing: connections that ask at the same microsecond are told apart by `connection`.
pub fn fact() -> impl Strategy<Value = Intake> {
    let received = 100_i64..112;
    prop_oneof![
        3 => (1_i64..3, received.clone(), told(), told()).prop_map(|(connection, at, scans, statuses)| {
            document(connection, at, vec![part(SCANS, &scans), part(STATUSES, &statuses)])
        }),
        2 => (received.clone(), told()).prop_map(|(at, told)| document(3, at, vec![part(OTHER, &told)])),
        3 => (0_usize..9, 0_u8..=TAKEN_BACK, received.clone()).prop_map(|(which, version, at)| news(which, version, at)),
        1 => (received, 0_i64..3_000).prop_map(|(at, hours)| intake(0, at, Content::Opening(START + hours * HOUR))),
    ]
}

/// One connection is asked one thing at a time; two may answer in the same microsecond.
pub fn apart(mut facts: Vec<Intake>) -> Vec<Intake> {
    for at in 0..facts.len() {
        let mut received = facts[at].received;
        let asked = |other: &&Intake| other.connection == facts[at].connection;
        let taken: Vec<_> = facts[..at]
            .iter()
            .filter(asked)
            .map(|other| other.received)
            .collect();
        while taken.contains(&received) {
            received += 1;
        }
        facts[at].received = received;
    }
    facts
}
