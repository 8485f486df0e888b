//! What is read back: statements with their words, and documents whole.

use crate::fold::{FoldRules, Journey, ShipmentState, fold, unit};
use crate::group::Event;
use crate::track::{Spine, Track};
use crate::{Code, ConnectionId, StreamId};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A statement with what its source wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct StatementView {
    /// Its place in the track's spine.
    pub ordinal: u16,
    pub spine: Spine,
    pub stream: StreamId,
    pub connection: ConnectionId,
    pub code: Code,
    /// The time as written; empty where none was.
    pub time_text: String,
    /// The unit of the consignment that it speaks of; None: the whole.
    pub unit: Option<String>,
    /// The statement's own bytes as sent; None after the shipment was erased.
    pub raw: Option<Vec<u8>>,
}

/// The latest full answer of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentView {
    pub connection: ConnectionId,
    pub stream: StreamId,
    pub received: i64,
    pub body: Vec<u8>,
}

/// One journey of a track, folded when it is first read: an answer that comes whole out of a held
/// document never needs it.
#[derive(Clone, Debug)]
pub struct LazyJourney {
    track: Arc<Track>,
    epoch: u16,
    rules: FoldRules,
    folded: OnceLock<Arc<Journey>>,
}

impl LazyJourney {
    /// The journey of this epoch; the newest where the track has no such epoch.
    pub const fn new(track: Arc<Track>, epoch: u16, rules: FoldRules) -> Self {
        Self {
            track,
            epoch,
            rules,
            folded: OnceLock::new(),
        }
    }

    /// The track's newest journey, by the states that its last fold stored.
    pub fn newest(track: Arc<Track>, rules: FoldRules) -> Self {
        let epoch = track.states.len().saturating_sub(1) as u16;
        Self::new(track, epoch, rules)
    }

    /// One unit's share of this journey: see `fold::unit`.
    pub fn unit(&self, key: u32) -> Option<Journey> {
        unit(&self.track, &self.rules, self.epoch, key)
    }

    /// The journey's state, as the last fold stored it.
    pub fn state(&self) -> &ShipmentState {
        self.track
            .states
            .get(usize::from(self.epoch))
            .unwrap_or_else(|| &self.deref().state)
    }
}

impl Deref for LazyJourney {
    type Target = Journey;

    fn deref(&self) -> &Journey {
        self.folded.get_or_init(|| {
            let mut journeys = fold(&self.track, &self.rules);
            journeys.truncate(usize::from(self.epoch) + 1);
            Arc::new(journeys.pop().expect("a fold gives at least one journey"))
        })
    }
}

/// A shipment as a facade needs it.
#[derive(Clone, Debug)]
pub struct ShipmentView {
    pub track: Arc<Track>,
    /// Reads like a `Journey`; `state()` needs no fold.
    pub journey: LazyJourney,
    /// The asking dialect's own document, if there is one.
    pub document: Option<DocumentView>,
    /// With a document of the asking dialect: that dialect's news since. Otherwise everything that
    /// the journey holds, by ordinal.
    pub statements: Vec<StatementView>,
}

impl ShipmentView {
    /// The track's newest journey, without document or statements.
    pub fn newest(track: Arc<Track>, rules: FoldRules) -> Self {
        let journey = LazyJourney::newest(track.clone(), rules);
        Self {
            track,
            journey,
            document: None,
            statements: Vec::new(),
        }
    }

    /// The journey with every decision of the fold: folds once, when it is first asked.
    pub fn journey(&self) -> &Journey {
        &self.journey
    }

    /// The journey's state, without a fold.
    pub fn state(&self) -> &ShipmentState {
        self.journey.state()
    }

    /// The name of the unit that an event happened to; None: to the consignment as a whole.
    pub fn unit_of(&self, event: &Event) -> Option<&str> {
        let mut witnesses = event.witnesses.iter().filter(|_| event.unit != 0);
        witnesses.find_map(|ordinal| self.statement(*ordinal)?.unit.as_deref())
    }

    pub fn statement(&self, ordinal: u16) -> Option<&StatementView> {
        self.statements.iter().find(|view| view.ordinal == ordinal)
    }
}
