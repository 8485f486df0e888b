//! Pages of an export.
//!
//! Guarantee: a shipment is written as it stands at the moment it is read. Shipments come in the
//! order in which they became known; one that becomes known meanwhile comes last or not at all.

use super::lines::{
    ConnectionLine, DocumentLine, FORMAT, Line, Octets, RegistrationLine, ShipmentLine, SourceLine,
    SpanLine, StatementLine,
};
use super::store;
use anyhow::Context;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use trackway_dialects::registry;
use trackway_hub::Hub;
use trackway_model::change::Mark;
use trackway_model::track::Source;
use trackway_model::view::StatementView;
use trackway_model::{AccountId, ConnectionId, Track, TrackId};

/// The most shipments on a page.
const LONGEST_PAGE: usize = 500;

/// What lines are written with: names for ids.
struct Names {
    accounts: BTreeMap<AccountId, String>,
    connections: BTreeMap<ConnectionId, String>,
}

/// Lines after a shipment, and where the next page begins. The first page begins with the head and
/// the connections.
pub async fn page(
    hub: &Hub,
    account: Option<&str>,
    after: Option<i64>,
    limit: usize,
) -> anyhow::Result<Value> {
    let accounts = store(hub).accounts().await?;
    let wanted = match account {
        None => None,
        Some(name) => {
            let found = accounts.iter().find(|known| known.name == name);
            Some(found.with_context(|| format!("no account `{name}`"))?.id)
        }
    };
    let is_wanted = |id: AccountId| wanted.is_none_or(|wanted| wanted == id);
    let connections = store(hub).connections().await?;
    let names = Names {
        accounts: accounts.into_iter().map(|one| (one.id, one.name)).collect(),
        connections: connections
            .iter()
            .map(|one| (one.id, one.name.clone()))
            .collect(),
    };
    let mut lines = Vec::new();
    if after.is_none() {
        lines.push(Line::Export { format: FORMAT });
        for one in connections.iter().filter(|one| is_wanted(one.account)) {
            lines.push(Line::Connection(ConnectionLine {
                account: names.account(one.account)?,
                name: one.name.clone(),
                dialect: one.dialect.clone(),
                base_url: one.base_url.clone(),
                zone: one.zone.clone(),
            }));
        }
    }
    let limit = limit.clamp(1, LONGEST_PAGE);
    let after = TrackId(after.unwrap_or(i64::MIN));
    let tracks = store(hub).scan(after, limit).await?;
    for track in tracks.iter().filter(|track| is_wanted(track.account)) {
        lines.push(Line::Shipment(Box::new(
            shipment(hub, &names, track).await?,
        )));
    }
    let next = tracks.last().map(|track| track.id);
    Ok(json!({ "lines": lines, "shipments": tracks.len(), "next": next }))
}

impl Names {
    fn account(&self, id: AccountId) -> anyhow::Result<String> {
        let name = self.accounts.get(&id).cloned();
        name.with_context(|| format!("account {id} was made meanwhile: export again"))
    }

    fn source(&self, source: Source) -> SourceLine {
        let stream = registry::streams().get(source.stream);
        SourceLine {
            dialect: stream.dialect.to_owned(),
            stream: stream.name.to_owned(),
            connection: self.connections.get(&source.connection).cloned(),
        }
    }
}

async fn shipment(hub: &Hub, names: &Names, track: &Track) -> anyhow::Result<ShipmentLine> {
    let ordinals: Vec<u16> = (0..track.spine.len() as u16).collect();
    let told = store(hub).statements(track, &ordinals).await?;
    let mut sources: Vec<SourceLine> = track.sources.iter().map(|s| names.source(*s)).collect();
    for document in &track.documents {
        sources.push(names.source(source_of(document)));
    }
    sources.sort_unstable();
    sources.dedup();
    let place = |source: Source| {
        let name = names.source(source);
        sources
            .iter()
            .position(|known| *known == name)
            .unwrap_or_default()
    };
    let of_track = |at: u8| track.sources.get(usize::from(at)).copied().map_or(0, place);
    let mut documents = Vec::with_capacity(track.documents.len());
    for document in &track.documents {
        let body = store(hub).document(track, document).await?;
        documents.push(DocumentLine {
            source: place(source_of(document)),
            received: document.received,
            fingerprint: hex::encode(document.hash),
            body: body.map(Octets::of),
        });
    }
    documents.sort_unstable();
    let spans = track.spans.iter().map(|span| SpanLine {
        source: of_track(span.source),
        received: span.received,
        from: span.from,
    });
    let mut spans: Vec<SpanLine> = spans.collect();
    spans.sort_unstable();
    let mut statements: Vec<StatementLine> = told
        .into_iter()
        .map(|view| statement(of_track(view.spine.source), view))
        .collect();
    statements.sort_by(|a, b| {
        let key = |line: &StatementLine| {
            let at = line.occurred.map(trackway_model::Occurred::assumed);
            (line.source, at, line.rank, line.first_seen, line.last_seen)
        };
        key(a).cmp(&key(b)).then_with(|| a.raw.cmp(&b.raw))
    });
    let mut registrations = Vec::new();
    for book in registry::DIALECTS
        .iter()
        .flat_map(|dialect| dialect.books())
    {
        let kept = store(hub)
            .registrations(track.account, book, track.id)
            .await?;
        registrations.extend(kept.into_iter().map(|one| RegistrationLine {
            dialect: one.dialect,
            created: one.created,
            data: one.data,
        }));
    }
    let rows = store(hub).journeys(track.id).await?;
    Ok(ShipmentLine {
        account: names.account(track.account)?,
        carrier: track.carrier.to_string(),
        number: track.number.to_string(),
        states: track.states.iter().map(Mark::of).collect(),
        references: rows
            .into_iter()
            .next()
            .map(|row| row.references)
            .unwrap_or_default(),
        registrations,
        openings: track.openings.clone(),
        sources,
        documents,
        spans,
        statements,
    })
}

fn source_of(document: &trackway_model::track::Document) -> Source {
    Source {
        stream: document.stream,
        connection: document.connection,
    }
}

fn statement(source: usize, view: StatementView) -> StatementLine {
    let spine = view.spine;
    StatementLine {
        source,
        first_seen: spine.first_seen,
        last_seen: spine.last_seen,
        rank: spine.rank,
        code: view.code,
        milestone: spine.milestone,
        reason: spine.reason,
        direction: spine.direction,
        certainty: spine.certainty,
        occurred: spine.occurred,
        time_text: view.time_text,
        place: spine.place,
        pieces: spine.pieces,
        unit: view.unit,
        erased: view.raw.is_none().then(|| spine.id.to_string()),
        raw: view.raw.map(Octets::of),
    }
}
