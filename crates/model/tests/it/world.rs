//! A small language for facts, and the one way in which these tests tell them to a track.

use trackway_model::fold::{DEFAULT_REUSE_AFTER, FoldRules, Journey, fold, refold};
use trackway_model::statement::{Certainty, Direction, Pieces, identity};
use trackway_model::track::{Incoming, Track};
use trackway_model::{
    AccountId, ConnectionId, InstallationKey, Milestone, Nature, Reason, StreamDef, StreamId,
    StreamTable, TrackId, time,
};

pub const STATUSES: StreamId = StreamId(2);
pub const SCANS: StreamId = StreamId(3);
pub const PUSH: StreamId = StreamId(4);
pub const AGGREGATOR: StreamId = StreamId(5);

static STREAMS: [StreamDef; 4] = [
    StreamDef {
        id: STATUSES,
        dialect: "carrier",
        name: "statuses",
        nature: Nature::History,
        rank: 1,
    },
    StreamDef {
        id: SCANS,
        dialect: "carrier",
        name: "scans",
        nature: Nature::History,
        rank: 3,
    },
    StreamDef {
        id: PUSH,
        dialect: "carrier",
        name: "push",
        nature: Nature::News,
        rank: 2,
    },
    StreamDef {
        id: AGGREGATOR,
        dialect: "aggregator",
        name: "items",
        nature: Nature::History,
        rank: 10,
    },
];

pub const RULES: FoldRules = FoldRules {
    streams: StreamTable(&STREAMS),
    reuse_after: DEFAULT_REUSE_AFTER,
};

pub fn key() -> InstallationKey {
    InstallationKey::new([7; 32])
}

/// What one stream said: a whole document for a history stream, single tellings for news.
#[derive(Clone, Debug)]
pub struct Fact {
    pub stream: StreamId,
    pub received: i64,
    pub said: Vec<Said>,
}

#[derive(Clone, Debug)]
pub struct Said {
    pub time: String,
    pub milestone: Milestone,
    /// Members that are no part of the identity.
    pub note: String,
    pub direction: Direction,
    pub certainty: Certainty,
    pub pieces: Pieces,
    pub place: u32,
    pub unit: u32,
}

pub fn said(time: &str, milestone: Milestone) -> Said {
    Said {
        time: time.to_owned(),
        milestone,
        note: String::new(),
        direction: Direction::Forward,
        certainty: Certainty::Actual,
        pieces: Pieces::default(),
        place: 0,
        unit: 0,
    }
}

pub fn fact(stream: StreamId, received: i64, said: Vec<Said>) -> Fact {
    Fact {
        stream,
        received,
        said,
    }
}

pub fn new_track(id: TrackId) -> Track {
    Track::new(id, AccountId(1), "carrier".into(), "VD0000001".into())
}

pub fn tell(track: &mut Track, fact: &Fact) {
    let source = track.source(fact.stream, ConnectionId(1)).unwrap();
    let mut oldest: Option<i64> = None;
    for (rank, said) in fact.said.iter().enumerate() {
        let code = said.milestone.name();
        let unit = said.unit.to_string();
        let occurred = time::parse(&said.time);
        let incoming = Incoming {
            id: key().statement_id(
                track.id,
                fact.stream,
                &identity(&[code, &said.time, &unit]),
                0,
            ),
            member_hash: key().member_hash(
                format!("{code}{}{}{:?}", said.time, said.note, said.certainty).as_bytes(),
            ),
            occurred,
            milestone: said.milestone,
            reason: Reason::None,
            direction: said.direction,
            certainty: said.certainty,
            place: said.place,
            unit: said.unit,
            pieces: said.pieces,
            rank: rank as u16,
        };
        track.sight(source, fact.received, &incoming);
        if let Some(at) = occurred.map(time::Occurred::assumed) {
            oldest = Some(oldest.map_or(at, |o| o.min(at)));
        }
    }
    if RULES.streams.get(fact.stream).nature == Nature::History {
        track.cover(source, fact.received, oldest);
    }
}

pub fn told(facts: &[Fact]) -> Track {
    told_of(TrackId(11), facts)
}

/// On another track the same facts have other ids.
pub fn told_of(id: TrackId, facts: &[Fact]) -> Track {
    let mut track = new_track(id);
    for fact in facts {
        tell(&mut track, fact);
    }
    refold(&mut track, &RULES);
    track
}

pub fn journeys(facts: &[Fact]) -> Vec<Journey> {
    fold(&told(facts), &RULES)
}
