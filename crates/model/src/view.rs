//! What is read back: statements with their words, and documents whole.

use crate::fold::Journey;
use crate::track::{Spine, Track};
use crate::{Code, ConnectionId, StreamId};
use std::sync::Arc;

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

/// A shipment as a facade needs it.
#[derive(Clone, Debug)]
pub struct ShipmentView {
    pub track: Arc<Track>,
    pub journey: Arc<Journey>,
    /// The asking dialect's own document, if there is one.
    pub document: Option<DocumentView>,
    /// With a document of the asking dialect: that dialect's news since. Otherwise everything that
    /// the journey holds, by ordinal.
    pub statements: Vec<StatementView>,
}

impl ShipmentView {
    pub fn statement(&self, ordinal: u16) -> Option<&StatementView> {
        self.statements.iter().find(|view| view.ordinal == ordinal)
    }
}
