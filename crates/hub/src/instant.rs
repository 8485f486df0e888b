//! An answer folded by itself, stored nowhere.
//!
//! Contract: pure. The view shows what this one answer says of the number, as if nothing else were
//! known of it; its track has no id that anything else knows.

use crate::fold_rules;
use std::collections::HashMap;
use std::sync::Arc;
use trackway_dialects::dialect::Parcel;
use trackway_model::fold::refold;
use trackway_model::intake::Answer;
use trackway_model::statement::unit_key;
use trackway_model::track::{Incoming, Sighted, Track};
use trackway_model::view::{DocumentView, ShipmentView, StatementView};
use trackway_model::{AccountId, ConnectionId, InstallationKey, Statement, TrackId};

/// What an answer tells of a parcel, for a facade of `dialect`.
pub(crate) fn instant(
    (account, connection): (AccountId, ConnectionId),
    parcel: &Parcel<'_>,
    received: i64,
    answer: Answer,
    dialect: &str,
) -> ShipmentView {
    let (carrier, number) = (parcel.carrier.into(), parcel.number.into());
    let mut track = Track::new(TrackId(0), account, carrier, number);
    // Ids are compared among themselves only.
    let key = InstallationKey::new([0; 32]);
    let mut told: Vec<(u16, &Statement)> = Vec::new();
    for part in &answer.parts {
        let Some(source) = track.source(part.stream, connection) else {
            continue;
        };
        let mut seen: HashMap<&[u8], u16> = HashMap::new();
        for (rank, statement) in part.statements.iter().enumerate() {
            let occurrence = seen.entry(&statement.identity).or_default();
            let incoming = incoming(&key, statement, *occurrence, rank);
            *occurrence = occurrence.saturating_add(1);
            if let Sighted::New(ordinal) = track.sight(source, received, &incoming) {
                told.push((ordinal, statement));
            }
        }
        track.cover(source, received, part.covers_from());
    }
    refold(&mut track, &fold_rules());
    let view = |(ordinal, statement): (u16, &Statement)| {
        let spine = track.spine[usize::from(ordinal)];
        StatementView {
            ordinal,
            spine,
            stream: statement.stream,
            connection,
            code: statement.code.clone(),
            time_text: statement.time_text.clone(),
            unit: statement.unit.clone(),
            raw: Some(statement.raw.clone()),
        }
    };
    let statements: Vec<StatementView> = told.into_iter().map(view).collect();
    let mut view = ShipmentView::newest(Arc::new(track), fold_rules());
    if fold_rules().streams.get(answer.stream).dialect == dialect {
        view.document = Some(DocumentView {
            connection,
            stream: answer.stream,
            received,
            body: answer.body,
        });
    } else {
        view.statements = statements;
    }
    view
}

fn incoming(
    key: &InstallationKey,
    statement: &Statement,
    occurrence: u16,
    rank: usize,
) -> Incoming {
    Incoming {
        id: key.statement_id(
            TrackId(0),
            statement.stream,
            &statement.identity,
            occurrence,
        ),
        member_hash: key.member_hash(&statement.raw),
        occurred: statement.occurred,
        milestone: statement.milestone,
        reason: statement.reason,
        direction: statement.direction,
        certainty: statement.certainty,
        place: statement.place.as_ref().map_or(0, |place| place.key),
        unit: unit_key(statement.unit.as_deref()),
        pieces: statement.pieces,
        rank: u16::try_from(rank).unwrap_or(u16::MAX),
    }
}
