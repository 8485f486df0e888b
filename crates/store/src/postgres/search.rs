//! Searches over the rows of shipments.
//!
//! Contract: a search reads one snapshot. It is planned for its very question: what is selective
//! differs from one to the next.

use super::connect::{Params, Work};
use super::numbers::key_of;
use super::shipments::day;
use super::{PostgresStore, sql};
use crate::search::{
    self, COUNTED, LONGEST_PAGE, ShipmentPage, ShipmentQuery, ShipmentRow, Total, text_key,
};
use crate::{Search, StoreError};
use async_trait::async_trait;
use std::collections::HashSet;
use tokio_postgres::Row;
use trackway_model::{ShipmentId, Track, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// Tracks that a beginning of a number or a reference may have, so that the search goes through them
/// and not through the account's shipments.
const FEW: usize = 20_000;
/// Rows read at a time.
const ROWS: usize = 256;
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
                        SET LOCAL plan_cache_mode = force_custom_plan";

/// The beginning of a text, as a range of keys.
struct Range {
    from: Vec<u8>,
    before: Option<Vec<u8>>,
}

impl Range {
    /// None where every text begins so.
    fn of(prefix: Option<&str>) -> Option<Self> {
        let from = text_key(prefix?).into_bytes();
        if from.is_empty() {
            return None;
        }
        let mut before = from.clone();
        while before.last() == Some(&u8::MAX) {
            before.pop();
        }
        if let Some(last) = before.last_mut() {
            *last += 1;
        }
        let before = Some(before).filter(|before| !before.is_empty());
        Some(Self { from, before })
    }
}

/// A question, as the statements take it.
struct Question<'q> {
    query: &'q ShipmentQuery,
    stage: Option<i16>,
    milestone: Option<i16>,
    carrier: Option<Vec<u8>>,
    /// First and last day.
    moved: (Option<i32>, Option<i32>),
    number: Option<Range>,
    reference: Option<Range>,
    /// Where few tracks have such a number or reference: those.
    among: Option<Vec<i64>>,
}

/// A journey that may match: the day of its last happening tells for all but the first and last day.
struct Candidate {
    id: i64,
    sure: bool,
}

impl<'q> Question<'q> {
    fn new(query: &'q ShipmentQuery) -> Self {
        Self {
            query,
            // A milestone's stage is indexed.
            stage: query
                .stage
                .or_else(|| query.milestone.map(trackway_model::Milestone::stage))
                .map(|stage| stage as i16),
            milestone: query.milestone.map(|milestone| milestone as i16),
            carrier: query.carrier.as_deref().map(key_of),
            moved: (
                query.moved.from.map(day),
                query
                    .moved
                    .before
                    .map(|before| day(before.saturating_sub(1))),
            ),
            number: Range::of(query.number.as_deref()),
            reference: Range::of(query.reference.as_deref()),
            among: None,
        }
    }

    /// Looks whether few tracks come into question.
    async fn narrow(&mut self, work: &Work) -> Result<()> {
        for (range, sql) in [
            (&self.number, &sql::NUMBER_BEGIN),
            (&self.reference, &sql::REFERENCE_BEGIN),
        ] {
            let Some(Range { from, before }) = range else {
                continue;
            };
            let account = self.query.account.0;
            let rows = work
                .rows(sql, &[&account, from, before, &(FEW as i64 + 1)])
                .await?;
            if rows.len() > FEW {
                continue;
            }
            let tracks: HashSet<i64> = rows.iter().map(|row| row.get(0)).collect();
            self.among = Some(match self.among.take() {
                Some(held) => held.into_iter().filter(|id| tracks.contains(id)).collect(),
                None => tracks.into_iter().collect(),
            });
        }
        Ok(())
    }

    /// Those behind `after`.
    async fn find(&self, work: &Work, after: Option<i64>, limit: usize) -> Result<Vec<Candidate>> {
        let ShipmentQuery {
            account, created, ..
        } = self.query;
        let (from, to) = self.moved;
        let limit = super::work::bounded(limit);
        let rows = if let Some(among) = &self.among {
            let params: Params<'_> = &[
                &account.0,
                &self.stage,
                &self.milestone,
                &self.carrier,
                &from,
                &to,
                &created.from,
                &created.before,
                among,
                &after,
                &limit,
                &self.query.registered,
            ];
            work.rows(&sql::SHIPMENT_FIND_AMONG, params).await?
        } else {
            let [number, reference] = [&self.number, &self.reference].map(|range| {
                let from = range.as_ref().map(|range| &range.from);
                (from, range.as_ref().and_then(|range| range.before.as_ref()))
            });
            let params: Params<'_> = &[
                &account.0,
                &self.stage,
                &self.milestone,
                &self.carrier,
                &from,
                &to,
                &created.from,
                &created.before,
                &after,
                &number.0,
                &number.1,
                &reference.0,
                &reference.1,
                &limit,
                &self.query.registered,
            ];
            work.rows(&sql::SHIPMENT_FIND, params).await?
        };
        Ok(rows.iter().map(|row| self.candidate(row)).collect())
    }

    fn candidate(&self, row: &Row) -> Candidate {
        let moved = Some(row.get::<_, i32>(1));
        let (first, last) = self.moved;
        let numbers_told =
            self.among.is_some() && self.number.is_some() && self.reference.is_some();
        Candidate {
            id: row.get(0),
            sure: moved != first && moved != last && !numbers_told,
        }
    }
}

#[async_trait]
impl Search for PostgresStore {
    async fn shipments(
        &self,
        query: &ShipmentQuery,
        after: Option<ShipmentId>,
        limit: usize,
    ) -> Result<ShipmentPage> {
        let limit = limit.clamp(1, LONGEST_PAGE);
        let work = Work::unopened(&self.database).await?;
        work.command(SNAPSHOT).await?;
        let mut question = Question::new(query);
        question.narrow(&work).await?;
        let counted = if after.is_none() { COUNTED as usize } else { 0 };
        let enough = (limit + 1).max(counted);
        let mut rows: Vec<ShipmentRow> = Vec::new();
        let mut total = None;
        let mut last = after.map(|after| after.0);
        while rows.len() <= limit {
            let found = question.find(&work, last, enough).await?;
            let all = found.len() < enough;
            last = found.last().map(|candidate| candidate.id).or(last);
            for part in found.chunks(ROWS.min(limit + 1)) {
                if rows.len() > limit {
                    break;
                }
                rows.extend(read(&work, query, part).await?);
            }
            if after.is_none() && total.is_none() {
                total = Some(count(&found, all, &rows, limit));
            }
            if all {
                break;
            }
        }
        work.commit().await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        Ok(ShipmentPage {
            next: rows.last().filter(|_| more).map(|row| row.shipment),
            rows,
            total,
        })
    }

    async fn journeys(&self, track: TrackId) -> Result<Vec<ShipmentRow>> {
        let Some(held) = crate::History::track(self, track).await? else {
            return Ok(Vec::new());
        };
        let ids = (0..held.states.len()).map(|epoch| ShipmentId::new(track, epoch as u16).0);
        let ids: Vec<i64> = ids.collect();
        let rows = self
            .database
            .rows(&sql::SHIPMENT_ROWS, &[&held.account.0, &ids])
            .await?;
        rows.iter()
            .filter_map(|row| shipment(row).transpose())
            .collect()
    }
}

/// What is known of the number of matches when these were found: all there are, or enough of them.
fn count(found: &[Candidate], all: bool, rows: &[ShipmentRow], limit: usize) -> Total {
    let sure = found.iter().filter(|candidate| candidate.sure).count();
    if all && rows.len() <= limit {
        Total::Exact(rows.len() as u64)
    } else if all && sure == found.len() {
        Total::Exact(sure as u64)
    } else {
        Total::AtLeast(sure.max(rows.len()) as u64)
    }
}

/// The rows of those that match.
async fn read(work: &Work, query: &ShipmentQuery, part: &[Candidate]) -> Result<Vec<ShipmentRow>> {
    let ids: Vec<i64> = part.iter().map(|candidate| candidate.id).collect();
    let rows = work
        .rows(&sql::SHIPMENT_ROWS, &[&query.account.0, &ids])
        .await?;
    let rows = rows.iter().filter_map(|row| shipment(row).transpose());
    let ours = |row: &Result<ShipmentRow>| {
        row.as_ref()
            .map_or(true, |row| query.matches(query.account, row))
    };
    rows.filter(ours).collect()
}

/// A row with its track; None where the track does not have that journey.
fn shipment(row: &Row) -> Result<Option<ShipmentRow>> {
    let id = ShipmentId(row.get(0));
    let track = Track::decode(row.get(2))?;
    let references: Vec<&[u8]> = row.get(3);
    let references = references.into_iter().map(String::from_utf8_lossy);
    let references = references.map(std::borrow::Cow::into_owned).collect();
    let state = track.states.get(usize::from(id.epoch()));
    Ok(state.map(|state| search::row(&track, state, Some(row.get(1)), references)))
}
