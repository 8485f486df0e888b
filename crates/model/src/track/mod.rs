//! A track's row: the spine and all else that the fold needs, so that deduplication and fold read
//! nothing but this.
//!
//! Guarantee: what `sight`, `cover` and `open` leave behind is a function of the *set* of facts they
//! were given. Ordinals and positions tell where the log keeps a statement and depend on arrival;
//! no state and no hash is made of them.

mod row;

use crate::fold::ShipmentState;
use crate::statement::{Certainty, Direction, Pieces};
use crate::time::Occurred;
use crate::{
    AccountId, ConnectionId, Digest, InstallationKey, Milestone, Reason, StatementId, StreamId,
    TrackId,
};
use smallvec::SmallVec;
use std::sync::Arc;

/// One statement, without its text: what deduplication and fold read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spine {
    pub id: StatementId,
    /// Of the version that wins.
    pub member_hash: u64,
    /// Where the log keeps that version; the store gives it its meaning.
    pub position: i64,
    /// When we learned it first and last, microseconds since the epoch.
    pub first_seen: i64,
    pub last_seen: i64,
    pub occurred: Option<Occurred>,
    /// Resolved place, 0 where unresolved.
    pub place: u32,
    /// Key of the unit that it speaks of, 0 for the consignment as a whole.
    pub unit: u32,
    /// Position in the newest document that holds it, counted from its oldest end.
    pub rank: u16,
    pub pieces: Pieces,
    /// Index into the track's sources.
    pub source: u8,
    pub milestone: Milestone,
    pub reason: Reason,
    pub direction: Direction,
    pub certainty: Certainty,
}

impl Spine {
    /// For ordering only: a statement without a time stands where we learned of it.
    pub fn assumed(&self) -> i64 {
        self.occurred.map_or(self.first_seen, Occurred::assumed)
    }
}

/// A statement as an intake brings it, before the track knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub id: StatementId,
    pub member_hash: u64,
    pub occurred: Option<Occurred>,
    pub milestone: Milestone,
    pub reason: Reason,
    pub direction: Direction,
    pub certainty: Certainty,
    pub place: u32,
    pub unit: u32,
    pub pieces: Pieces,
    pub rank: u16,
}

/// What a sighting was. The ordinal is the statement's place in the spine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighted {
    New(u16),
    /// Other members under a known id, and these win.
    Version(u16),
    /// Other members under a known id that lose to what is held: kept in the log only.
    Superseded(u16),
    /// Known; `moved` when the sighting widened what is known of when it was seen.
    Again {
        ordinal: u16,
        moved: bool,
    },
    /// The track holds as many statements as a row can: the statement is kept in the log only.
    Full,
}

/// A voice that spoke about this track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub stream: StreamId,
    pub connection: ConnectionId,
}

/// The latest full answer of one connection, kept whole for lossless passage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    pub connection: ConnectionId,
    /// The first stream of the dialect that the answer speaks; names the dialect.
    pub stream: StreamId,
    pub received: i64,
    /// Of the answer without its volatile members.
    pub hash: [u8; 16],
    /// Where the archive keeps the body.
    pub payload: i64,
}

/// A span that a stream's answer covered: from `from` to whenever. Later answers that cover as much
/// replace it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub source: u8,
    pub received: i64,
    pub from: i64,
}

/// Most tracks have one voice and one journey: a row that changes is copied, and each list of its
/// own costs an allocation.
pub type Sources = SmallVec<[Source; 2]>;
pub type States = SmallVec<[ShipmentState; 1]>;

/// The row.
#[derive(Debug, PartialEq, Eq)]
pub struct Track {
    pub id: TrackId,
    pub account: AccountId,
    pub carrier: Arc<str>,
    /// As first written; the index holds its key.
    pub number: Arc<str>,
    /// Stored openings, ascending. Openings that the rule for reused numbers finds are derived.
    pub openings: Vec<i64>,
    pub sources: Sources,
    pub documents: Vec<Document>,
    pub spans: Vec<Span>,
    /// One state a journey, by epoch; written by the fold.
    pub states: States,
    pub spine: Vec<Spine>,
}

/// A row is copied to be told one thing more: the copy has room for it.
impl Clone for Track {
    fn clone(&self) -> Self {
        let mut spine = Vec::with_capacity(self.spine.len() + 1);
        spine.extend_from_slice(&self.spine);
        Self {
            id: self.id,
            account: self.account,
            carrier: self.carrier.clone(),
            number: self.number.clone(),
            openings: self.openings.clone(),
            sources: self.sources.clone(),
            documents: self.documents.clone(),
            spans: self.spans.clone(),
            states: self.states.clone(),
            spine,
        }
    }
}

/// More statements than any journey has; beyond it a source is broken or hostile.
pub const MAX_STATEMENTS: usize = 20_000;

impl Track {
    pub fn new(id: TrackId, account: AccountId, carrier: Arc<str>, number: Arc<str>) -> Self {
        Self {
            id,
            account,
            carrier,
            number,
            openings: Vec::new(),
            sources: Sources::new(),
            documents: Vec::new(),
            spans: Vec::new(),
            states: States::new(),
            spine: Vec::new(),
        }
    }

    /// The index of a source, added when it speaks for the first time. None when 255 already did.
    pub fn source(&mut self, stream: StreamId, connection: ConnectionId) -> Option<u8> {
        let source = Source { stream, connection };
        let index = self
            .sources
            .iter()
            .position(|known| *known == source)
            .unwrap_or_else(|| {
                self.sources.push(source);
                self.sources.len() - 1
            });
        u8::try_from(index).ok()
    }

    pub fn connection_of(&self, spine: &Spine) -> ConnectionId {
        self.sources
            .get(usize::from(spine.source))
            .map_or(ConnectionId(0), |s| s.connection)
    }

    pub fn stream_of(&self, spine: &Spine) -> StreamId {
        self.sources
            .get(usize::from(spine.source))
            .map_or(StreamId(u16::MAX), |s| s.stream)
    }

    pub fn ordinal(&self, id: StatementId) -> Option<u16> {
        self.spine
            .iter()
            .position(|known| known.id == id)
            .map(|at| at as u16)
    }

    /// Takes note that `source` said `incoming` in what we received at `received`.
    pub fn sight(&mut self, source: u8, received: i64, incoming: &Incoming) -> Sighted {
        let Some(ordinal) = self.ordinal(incoming.id) else {
            return self.first_sight(source, received, incoming);
        };
        let known = &mut self.spine[usize::from(ordinal)];
        let moved = received < known.first_seen || received > known.last_seen;
        let wins = (received, incoming.member_hash) > (known.last_seen, known.member_hash);
        let other = incoming.member_hash != known.member_hash;
        known.first_seen = known.first_seen.min(received);
        if (received, incoming.member_hash) == (known.last_seen, known.member_hash) {
            known.rank = known.rank.max(incoming.rank);
            // Two connections in the same microsecond: the same one speaks in any order of arrival.
            let connection =
                |source: u8| self.sources.get(usize::from(source)).map(|s| s.connection);
            if connection(source) < connection(known.source) {
                known.take_members(source, incoming);
            }
        }
        if wins {
            known.rank = incoming.rank;
            known.last_seen = received;
            known.take_members(source, incoming);
        }
        match (other, wins) {
            (true, true) => Sighted::Version(ordinal),
            (true, false) => Sighted::Superseded(ordinal),
            (false, _) => Sighted::Again { ordinal, moved },
        }
    }

    fn first_sight(&mut self, source: u8, received: i64, incoming: &Incoming) -> Sighted {
        if self.spine.len() >= MAX_STATEMENTS {
            return Sighted::Full;
        }
        let mut spine = Spine {
            id: incoming.id,
            member_hash: incoming.member_hash,
            position: 0,
            first_seen: received,
            last_seen: received,
            occurred: None,
            place: 0,
            unit: 0,
            rank: incoming.rank,
            pieces: Pieces::default(),
            source,
            milestone: Milestone::Unknown,
            reason: Reason::None,
            direction: Direction::Forward,
            certainty: Certainty::Actual,
        };
        spine.take_members(source, incoming);
        // Rows live in memory by the hundred thousand: grow by little, not by doubling.
        if self.spine.len() == self.spine.capacity() {
            self.spine.reserve_exact(1 + self.spine.len() / 8);
        }
        self.spine.push(spine);
        Sighted::New((self.spine.len() - 1) as u16)
    }

    /// A history stream's answer covered everything from `from` on; None for an empty answer, which
    /// covers nothing and so withdraws nothing.
    pub fn cover(&mut self, source: u8, received: i64, from: Option<i64>) {
        let Some(from) = from else { return };
        let covers = |a: &Span, b: &Span| {
            a.source == b.source && a.received >= b.received && a.from <= b.from
        };
        let span = Span {
            source,
            received,
            from,
        };
        if self.spans.iter().any(|known| covers(known, &span)) {
            return;
        }
        self.spans.retain(|known| !covers(&span, known));
        self.spans.push(span);
        self.spans
            .sort_unstable_by_key(|span| (span.source, span.received, span.from));
    }

    /// Whether a later answer of its own stream covers this statement's time and leaves it out.
    pub fn withdrawn(&self, spine: &Spine) -> bool {
        self.withdrawn_at(spine).is_some()
    }

    /// When the first answer came that left the statement out for good.
    pub fn withdrawn_at(&self, spine: &Spine) -> Option<i64> {
        let at = spine.assumed();
        self.spans
            .iter()
            .filter(|span| {
                span.source == spine.source && span.received > spine.last_seen && span.from <= at
            })
            .map(|span| span.received)
            .min()
    }

    /// Keeps the newer of the held and the given document of that connection and dialect.
    /// Returns whether the given one is now held.
    pub fn keep_document(&mut self, document: Document) -> bool {
        let held = self
            .documents
            .iter_mut()
            .find(|held| held.connection == document.connection && held.stream == document.stream);
        match held {
            Some(held) if (held.received, held.hash) >= (document.received, document.hash) => false,
            Some(held) => {
                *held = document;
                true
            }
            None => {
                self.documents.push(document);
                true
            }
        }
    }

    pub fn document(&self, connection: ConnectionId, stream: StreamId) -> Option<&Document> {
        self.documents
            .iter()
            .find(|held| held.connection == connection && held.stream == stream)
    }

    /// The same answer as the one held came again at `received`: everything it held is seen again.
    pub fn unchanged(
        &mut self,
        connection: ConnectionId,
        stream: StreamId,
        parts: &[u8],
        received: i64,
    ) {
        let Some(held) = self
            .documents
            .iter_mut()
            .find(|held| held.connection == connection && held.stream == stream)
        else {
            return;
        };
        let before = std::mem::replace(&mut held.received, received);
        for source in parts {
            for spine in &mut self.spine {
                if spine.source == *source && spine.last_seen == before {
                    spine.last_seen = received;
                }
            }
            for span in &mut self.spans {
                if span.source == *source && span.received == before {
                    span.received = received;
                }
            }
        }
    }

    /// Stores an opening. Returns false when it is known already.
    pub fn open(&mut self, instant: i64) -> bool {
        match self.openings.binary_search(&instant) {
            Ok(_) => false,
            Err(at) => {
                self.openings.insert(at, instant);
                true
            }
        }
    }

    /// Root hash over everything said: equal on every node that was told the same.
    pub fn root(&self, key: &InstallationKey) -> Digest {
        let mut members: Vec<_> = self.spine.iter().map(|s| (s.id, s.member_hash)).collect();
        key.root(&mut members)
    }
}

impl Spine {
    /// Takes the members of a version that wins. What we resolved, rather than what was said, goes
    /// the same way: the newest mapping speaks.
    fn take_members(&mut self, source: u8, incoming: &Incoming) {
        self.source = source;
        self.member_hash = incoming.member_hash;
        self.occurred = incoming.occurred;
        self.milestone = incoming.milestone;
        self.reason = incoming.reason;
        self.direction = incoming.direction;
        self.certainty = incoming.certainty;
        self.place = incoming.place;
        self.unit = incoming.unit;
        self.pieces = incoming.pieces;
    }
}
