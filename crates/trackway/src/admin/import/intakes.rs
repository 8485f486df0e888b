//! What a source must have told so that a shipment stands as its line says.
//!
//! A fold knows of a statement when it was first and last seen, its place in the newest answer that
//! held it, and what later answers covered and left out. So each statement is told at its first
//! time; every history stream's answers are told again where a statement was last seen, where a span
//! was covered and where the held document came, each with all that the stream held then. Only the
//! newest has a body: the others are never held, since the newest is told first.
//!
//! One thing is not told by a line: of statements that are equal in all that identifies them and stood
//! in one answer, which one a second connection told again. Such a shipment can hold one of them less
//! here; the comparison after an import names it.

use super::super::lines::{DocumentLine, ShipmentLine, SpanLine, StatementLine};
use anyhow::{Context, bail};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use trackway_dialects::registry;
use trackway_model::intake::{Answer, Content, Intake, Part};
use trackway_model::statement::Place;
use trackway_model::stream::Nature;
use trackway_model::{AccountId, ConnectionId, Statement, StreamDef};

/// The intakes of one shipment.
pub struct Told {
    /// Of what was erased; `whole` comes after the words of these are destroyed.
    pub erased: Vec<Intake>,
    pub whole: Vec<Intake>,
}

/// A source of the line, found here.
#[derive(Clone, Copy)]
struct Voice {
    stream: &'static StreamDef,
    connection: ConnectionId,
}

/// A statement of the line, ready to be told.
struct Ready<'a> {
    line: &'a StatementLine,
    voice: Voice,
    statement: Statement,
    /// Another one of its stream has the same identity: told in answers only, which tell them apart.
    twin: bool,
}

impl Told {
    /// `connection` gives a connection's id by its name.
    pub fn of(
        account: AccountId,
        line: &ShipmentLine,
        connection: &dyn Fn(&str) -> Option<ConnectionId>,
    ) -> anyhow::Result<Self> {
        let voices = voices(line, connection)?;
        let intake = |connection, received, content| Intake {
            account,
            connection,
            carrier: line.carrier.clone(),
            number: line.number.clone(),
            received,
            content,
        };
        let mut told = Self {
            erased: Vec::new(),
            whole: Vec::new(),
        };
        for erased in [true, false] {
            let statements = ready(line, &voices, erased)?;
            let mut contents = news(&statements);
            contents.extend(answers(line, &voices, &statements, erased)?);
            let intakes = contents
                .into_iter()
                .map(|(connection, received, content)| intake(connection, received, content));
            if erased {
                told.erased.extend(intakes);
            } else {
                told.whole.extend(intakes);
            }
        }
        for opening in &line.openings {
            let content = Content::Opening(*opening);
            told.whole
                .push(intake(ConnectionId::default(), *opening, content));
        }
        Ok(told)
    }
}

fn voices(
    line: &ShipmentLine,
    connection: &dyn Fn(&str) -> Option<ConnectionId>,
) -> anyhow::Result<Vec<Voice>> {
    let mut voices = Vec::with_capacity(line.sources.len());
    for source in &line.sources {
        let stream = registry::STREAMS
            .iter()
            .find(|known| known.dialect == source.dialect && known.name == source.stream)
            .with_context(|| {
                format!(
                    "no stream {}/{}: is the export of a later release?",
                    source.dialect, source.stream
                )
            })?;
        let connection = match &source.connection {
            None => ConnectionId::default(),
            Some(name) => connection(name).with_context(|| {
                format!("no connection `{name}`: its line is missing from the export")
            })?,
        };
        voices.push(Voice { stream, connection });
    }
    Ok(voices)
}

fn voice(voices: &[Voice], at: usize) -> anyhow::Result<Voice> {
    let found = voices.get(at).copied();
    found.with_context(|| format!("a member names source {at}, and there is none"))
}

fn ready<'a>(
    line: &'a ShipmentLine,
    voices: &[Voice],
    erased: bool,
) -> anyhow::Result<Vec<Ready<'a>>> {
    let mut ready = Vec::new();
    for line in line
        .statements
        .iter()
        .filter(|line| line.raw.is_none() == erased)
    {
        let voice = voice(voices, line.source)?;
        ready.push(Ready {
            line,
            voice,
            statement: statement(line, voice)?,
            twin: false,
        });
    }
    // Of an answer, the oldest comes first.
    ready.sort_by_key(|one| (one.line.rank, one.line.first_seen));
    let mut seen: HashMap<_, usize> = HashMap::new();
    for one in &ready {
        *seen
            .entry((one.voice.stream.id, one.statement.identity.clone()))
            .or_default() += 1;
    }
    for one in &mut ready {
        one.twin = seen[&(one.voice.stream.id, one.statement.identity.clone())] > 1;
    }
    Ok(ready)
}

fn statement(line: &StatementLine, voice: Voice) -> anyhow::Result<Statement> {
    let dialect = registry::of_stream(voice.stream.id).context("a stream has a dialect")?;
    let (identity, raw) = match (&line.raw, &line.erased) {
        (Some(raw), _) => {
            let raw = raw
                .bytes()
                .context("a statement's hexadecimal bytes can't be read")?;
            (dialect.identity(voice.stream.id, &raw), raw)
        }
        (None, Some(id)) => (format!("erased\u{1f}{id}").into_bytes(), Vec::new()),
        (None, None) => bail!("a statement has neither `raw` nor `erased`"),
    };
    Ok(Statement {
        stream: voice.stream.id,
        code: line.code.clone(),
        milestone: line.milestone,
        reason: line.reason,
        direction: line.direction,
        certainty: line.certainty,
        occurred: line.occurred,
        time_text: line.time_text.clone(),
        place: (line.place > 0).then(|| Place {
            name: String::new(),
            key: line.place,
        }),
        pieces: line.pieces,
        unit: line.unit.clone(),
        identity,
        raw,
    })
}

type Tellings = Vec<(ConnectionId, i64, Content)>;

/// Every statement at its first time, and those of news at their last.
fn news(statements: &[Ready<'_>]) -> Tellings {
    let mut at: BTreeMap<(ConnectionId, i64), Vec<Statement>> = BTreeMap::new();
    for one in statements.iter().filter(|one| !one.twin) {
        let mut tell = |received| {
            let told = at.entry((one.voice.connection, received)).or_default();
            told.push(one.statement.clone());
        };
        tell(one.line.first_seen);
        if one.voice.stream.nature == Nature::News && one.line.last_seen > one.line.first_seen {
            tell(one.line.last_seen);
        }
    }
    at.into_iter()
        .map(|((connection, received), told)| (connection, received, Content::News(told)))
        .collect()
}

/// The answers of every connection in each dialect, the newest first.
fn answers(
    line: &ShipmentLine,
    voices: &[Voice],
    statements: &[Ready<'_>],
    erased: bool,
) -> anyhow::Result<Tellings> {
    let mut tellings = Vec::new();
    for document in line
        .documents
        .iter()
        .filter(|line| line.body.is_none() == erased)
    {
        let teller = voice(voices, document.source)?;
        let history: Vec<(usize, Voice)> = voices
            .iter()
            .copied()
            .enumerate()
            .filter(|(_, voice)| {
                voice.connection == teller.connection
                    && voice.stream.dialect == teller.stream.dialect
                    && voice.stream.nature == Nature::History
            })
            .collect();
        let spans = |source: usize| line.spans.iter().filter(move |span| span.source == source);
        let mut times: BTreeSet<i64> = history
            .iter()
            .flat_map(|(at, _)| spans(*at))
            .map(|span| span.received)
            .collect();
        let own = statements
            .iter()
            .filter(|one| history.iter().any(|(at, _)| *at == one.line.source));
        for one in own {
            times.insert(one.line.last_seen);
            if one.twin {
                times.insert(one.line.first_seen);
            }
        }
        times.retain(|at| *at < document.received);
        for at in std::iter::once(document.received).chain(times.into_iter().rev()) {
            let parts = history
                .iter()
                .map(|(source, voice)| Part {
                    stream: voice.stream.id,
                    statements: held(*source, *voice, spans(*source), statements, at),
                })
                .collect();
            let answer = answer(document, teller, at, parts)?;
            tellings.push((teller.connection, at, Content::Document(answer)));
        }
    }
    Ok(tellings)
}

/// What a stream's answer held at a time: what was seen before and after, as far back as it covered.
fn held<'a>(
    source: usize,
    voice: Voice,
    spans: impl Iterator<Item = &'a SpanLine>,
    statements: &[Ready<'_>],
    at: i64,
) -> Vec<Statement> {
    let mut covered = None;
    let mut floor = i64::MAX;
    for span in spans.filter(|span| span.received >= at) {
        floor = floor.min(span.from);
        if span.received == at {
            covered = Some(span.from);
        }
    }
    let is_held = |one: &&Ready<'_>| {
        let line = one.line;
        let assumed = line
            .occurred
            .map_or(line.first_seen, trackway_model::Occurred::assumed);
        let while_held = (line.first_seen..=line.last_seen).contains(&at);
        if line.source == source {
            let certain = line.first_seen == at || line.last_seen == at;
            while_held && (certain || assumed >= floor)
        } else {
            // Another connection told it since; it tells how far back this answer reached.
            one.voice.stream.id == voice.stream.id
                && while_held
                && covered.is_some_and(|from| assumed >= from)
        }
    };
    in_their_places(statements.iter().filter(is_held).collect(), at)
}

/// What an answer held, in its order: what was seen last in it has its own place in it; the rest, of
/// which a later answer tells the place, fills what is left.
fn in_their_places(held: Vec<&Ready<'_>>, at: i64) -> Vec<Statement> {
    let mut places: Vec<Option<&Ready<'_>>> = vec![None; held.len()];
    let mut rest = Vec::new();
    for one in held {
        let own = places.get_mut(usize::from(one.line.rank));
        match own.filter(|place| one.line.last_seen == at && place.is_none()) {
            Some(place) => *place = Some(one),
            None => rest.push(one),
        }
    }
    let mut rest = rest.into_iter();
    for place in places.iter_mut().filter(|place| place.is_none()) {
        *place = rest.next();
    }
    places
        .into_iter()
        .flatten()
        .map(|one| one.statement.clone())
        .collect()
}

fn answer(
    document: &DocumentLine,
    teller: Voice,
    at: i64,
    parts: Vec<Part>,
) -> anyhow::Result<Answer> {
    let mut fingerprint = [0; 16];
    let mut body = Vec::new();
    if at == document.received {
        hex::decode_to_slice(&document.fingerprint, &mut fingerprint)
            .context("a document's fingerprint is not 32 hexadecimal digits")?;
        if let Some(octets) = &document.body {
            body = octets
                .bytes()
                .context("a document's hexadecimal bytes can't be read")?;
        }
    } else {
        // Of an answer that is not held any more only this is wanted: that it is another one.
        fingerprint[..8].copy_from_slice(&at.to_be_bytes());
    }
    Ok(Answer {
        stream: teller.stream.id,
        body,
        fingerprint,
        parts,
    })
}
