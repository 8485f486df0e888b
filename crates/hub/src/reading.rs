//! One shipment by its id, for the account that has it.
//!
//! Guarantee: every call takes the account that was proved and answers None where that account has
//! no such shipment, so that another's is not told apart from one that does not exist.

use crate::error::HubError;
use crate::explain::Explanation;
use crate::listing::OWN_DIALECT;
use crate::{Hub, clocks, fold_rules};
use std::sync::Arc;
use trackway_model::fold::Journey;
use trackway_model::track::Document;
use trackway_model::view::{LazyJourney, ShipmentView, StatementView};
use trackway_model::{AccountId, ConnectionId, ShipmentId, Standing, StreamId, Track};
pub use trackway_store::records::Registration;
use trackway_store::retention::Archived;
use trackway_store::search::ShipmentRow;

/// A voice that spoke about a shipment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    pub stream: StreamId,
    /// The connection's name; None for the account's own events.
    pub connection: Option<String>,
    /// Microseconds since the epoch; None where all that it said came too late to be kept.
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub statements: usize,
}

/// A shipment with what stands around it.
#[derive(Clone, Debug)]
pub struct OneShipment {
    /// Without statements: see `statements_of`.
    pub view: ShipmentView,
    /// As lists show it.
    pub row: ShipmentRow,
    /// Every journey under the number, the newest first.
    pub journeys: Vec<ShipmentId>,
    /// The account's own registration of the number, and how it stands now.
    pub registration: Option<(Registration, Standing)>,
    pub sources: Vec<Heard>,
}

/// A full answer that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    pub stream: StreamId,
    pub connection: Option<String>,
    pub received: i64,
    /// Or what became of it.
    pub body: Archived,
}

impl Hub {
    /// The journey of an id, without statements.
    pub async fn shipment(
        &self,
        account: AccountId,
        id: ShipmentId,
    ) -> Result<Option<ShipmentView>, HubError> {
        let track = self.store.track(id.track()).await?;
        let own = track.filter(|track| {
            track.account == account && usize::from(id.epoch()) < track.states.len()
        });
        Ok(own.map(|track| ShipmentView {
            journey: LazyJourney::new(track.clone(), id.epoch(), fold_rules()),
            track,
            document: None,
            statements: Vec::new(),
        }))
    }

    /// The journey of an id with its registration and sources.
    pub async fn one_shipment(
        &self,
        account: AccountId,
        id: ShipmentId,
    ) -> Result<Option<OneShipment>, HubError> {
        let Some(view) = self.shipment(account, id).await? else {
            return Ok(None);
        };
        let rows = self.store.journeys(id.track()).await?;
        let journeys = rows.iter().map(|row| row.shipment).collect();
        let Some(row) = rows.into_iter().find(|row| row.shipment == id) else {
            return Ok(None);
        };
        let registrations = self.store.registrations(account, OWN_DIALECT, id.track());
        let registration = registrations.await?.into_iter().next().map(|kept| {
            let standing = clocks::standing(&view.track, &kept, self.clock.now());
            (kept, standing)
        });
        Ok(Some(OneShipment {
            sources: self.heard(&view.track).await?,
            view,
            row,
            journeys,
            registration,
        }))
    }

    async fn heard(&self, track: &Track) -> Result<Vec<Heard>, HubError> {
        let mut heard = Vec::with_capacity(track.sources.len());
        for (at, source) in track.sources.iter().enumerate() {
            let told = || track.spine.iter().filter(|s| usize::from(s.source) == at);
            let answers = track.documents.iter().filter(|document| {
                let dialect = |stream| fold_rules().streams.get(stream).dialect;
                document.connection == source.connection
                    && dialect(document.stream) == dialect(source.stream)
            });
            let answered = answers.map(|document| document.received).max();
            heard.push(Heard {
                stream: source.stream,
                connection: self.connection_name(source.connection).await?,
                first: told().map(|spine| spine.first_seen).min().or(answered),
                last: told().map(|spine| spine.last_seen).max().max(answered),
                statements: told().count(),
            });
        }
        Ok(heard)
    }

    /// None for the account's own events.
    pub async fn connection_name(&self, id: ConnectionId) -> Result<Option<String>, HubError> {
        if id == ConnectionId::default() {
            return Ok(None);
        }
        let connection = self.store.connection(id).await?;
        Ok(connection.map(|connection| connection.name.clone()))
    }

    /// Statements of a track with what their sources wrote, in the order asked for.
    pub async fn statements_of(
        &self,
        track: &Track,
        ordinals: &[u16],
    ) -> Result<Vec<StatementView>, HubError> {
        Ok(self.store.statements(track, ordinals).await?)
    }

    /// The journey of an id with every decision of the fold.
    pub async fn explain_shipment(
        &self,
        account: AccountId,
        id: ShipmentId,
    ) -> Result<Option<Explanation>, HubError> {
        let Some(view) = self.shipment(account, id).await? else {
            return Ok(None);
        };
        let journeys = self.explain_track(&view.track).await?;
        Ok(journeys.into_iter().find(|journey| journey.shipment == id))
    }

    /// The full answers that are kept of the newest journey, the oldest first; none of an earlier
    /// one, since what came later took their place.
    pub async fn kept_answers(&self, view: &ShipmentView) -> Result<Vec<KeptAnswer>, HubError> {
        let track = &view.track;
        if usize::from(view.state().epoch) + 1 < track.states.len() {
            return Ok(Vec::new());
        }
        let mut documents: Vec<&Document> = track.documents.iter().collect();
        documents.sort_by_key(|document| (document.received, document.connection));
        let mut answers = Vec::with_capacity(documents.len());
        for document in documents {
            let body = self.store.archived(track, document).await?;
            answers.push(KeptAnswer {
                stream: document.stream,
                connection: self.connection_name(document.connection).await?,
                received: document.received,
                body,
            });
        }
        Ok(answers)
    }

    /// Makes the words of a shipment's number unreadable for ever, of all its journeys; codes, times
    /// and milestones stay. None where the account has no such shipment.
    pub async fn erase_shipment(
        &self,
        account: AccountId,
        id: ShipmentId,
    ) -> Result<Option<Arc<Track>>, HubError> {
        let Some(view) = self.shipment(account, id).await? else {
            return Ok(None);
        };
        self.store.erase(view.track.id).await?;
        tracing::info!(track = view.track.id.0, "erased the words of a shipment");
        Ok(Some(view.track))
    }
}

/// Ordinals of every statement of a journey, also those that do not count, ascending.
pub fn all_statements(journey: &Journey) -> Vec<u16> {
    let told = journey
        .events
        .iter()
        .flat_map(|(event, _)| &event.witnesses);
    let mut ordinals: Vec<u16> = told.chain(&journey.withdrawn).copied().collect();
    ordinals.sort_unstable();
    ordinals
}
