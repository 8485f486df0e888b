//! A row built again from the log, entry by entry, in order.

use crate::log::{DocumentEntry, Entry, MappedEntry, RemapEntry, StatementEntry};
use std::sync::Arc;
use trackway_model::track::{Document, Incoming, Sighted, Spine};
use trackway_model::{ConnectionId, Track};

/// The row that an entry opens.
pub fn opened(entry: &Entry<'_>) -> Option<Track> {
    match entry {
        Entry::TrackOpened {
            track,
            account,
            carrier,
            number,
        } => Some(Track::new(
            *track,
            *account,
            Arc::from(*carrier),
            Arc::from(*number),
        )),
        _ => None,
    }
}

/// Applies an entry to its row. States are not folded: `Kernel::settle` does that once, at the end.
pub fn replay(track: &mut Track, position: i64, entry: &Entry<'_>) {
    match entry {
        Entry::Statement(entry) => statement(track, position, entry),
        Entry::Mapped(entry) => mapped(track, entry),
        Entry::Document(entry) => document(track, entry),
        Entry::Unchanged {
            connection,
            stream,
            received,
            sources,
            ..
        } => {
            if track
                .document(*connection, *stream)
                .is_some_and(|held| held.received < *received)
            {
                track.unchanged(*connection, *stream, sources, *received);
            }
        }
        Entry::Sighting {
            connection,
            ordinal,
            received,
            ..
        } => {
            seen(track, *connection, *received, *ordinal, 0);
        }
        Entry::Opening { instant, .. } => {
            track.open(*instant);
        }
        Entry::Remap { remapped, .. } => remapped.iter().for_each(|item| remap(track, item)),
        Entry::TrackOpened { .. } | Entry::Erased { .. } => {}
    }
}

fn statement(track: &mut Track, position: i64, entry: &StatementEntry<'_>) {
    let Some(source) = track.source(entry.stream, entry.connection) else {
        return;
    };
    if let Sighted::New(ordinal) | Sighted::Version(ordinal) =
        track.sight(source, entry.received, &entry.incoming)
    {
        track.spine[usize::from(ordinal)].position = position;
    }
}

fn mapped(track: &mut Track, entry: &MappedEntry) {
    let Some(known) = track.spine.get(usize::from(entry.ordinal)).copied() else {
        return;
    };
    let stream = track.stream_of(&known);
    let Some(source) = track.source(stream, entry.connection) else {
        return;
    };
    let Spine {
        id,
        member_hash,
        unit,
        ..
    } = known;
    track.sight(
        source,
        entry.received,
        &Incoming {
            id,
            member_hash,
            unit,
            ..entry.incoming
        },
    );
}

fn document(track: &mut Track, entry: &DocumentEntry) {
    let DocumentEntry {
        connection,
        stream,
        received,
        hash,
        payload,
        ..
    } = *entry;
    for part in &entry.parts {
        track.source(part.stream, connection);
    }
    for part in &entry.parts {
        for (ordinal, rank) in &part.known {
            seen(track, connection, received, *ordinal, *rank);
        }
        if let Some(source) = track.source(part.stream, connection) {
            track.cover(source, received, part.covers_from);
        }
    }
    track.keep_document(Document {
        connection,
        stream,
        received,
        hash,
        payload,
    });
}

/// A known statement was seen as it is.
fn seen(track: &mut Track, connection: ConnectionId, received: i64, ordinal: u16, rank: u16) {
    let Some(known) = track.spine.get(usize::from(ordinal)).copied() else {
        return;
    };
    let stream = track.stream_of(&known);
    let Some(source) = track.source(stream, connection) else {
        return;
    };
    let incoming = Incoming {
        id: known.id,
        member_hash: known.member_hash,
        occurred: known.occurred,
        milestone: known.milestone,
        reason: known.reason,
        direction: known.direction,
        certainty: known.certainty,
        place: known.place,
        unit: known.unit,
        pieces: known.pieces,
        rank,
    };
    track.sight(source, received, &incoming);
}

/// Only while the row holds the version that was remapped: a later one brought its own mapping.
fn remap(track: &mut Track, item: &RemapEntry) {
    let Some(spine) = track.spine.get(usize::from(item.ordinal)) else {
        return;
    };
    let held = (
        spine.last_seen,
        spine.member_hash,
        track.connection_of(spine),
    );
    if held == (item.last_seen, item.member_hash, item.connection) {
        let spine = &mut track.spine[usize::from(item.ordinal)];
        (spine.milestone, spine.reason) = (item.milestone, item.reason);
    }
}
