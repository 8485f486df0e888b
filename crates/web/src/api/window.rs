//! Where a reader of the feed is, and what it has had: the cursor, the count and the running hash.
//!
//! Contract: the cursor carries all of it, so that a page costs no more reads than its changes and
//! the server keeps nothing of its readers. Pages of any size, a stream and a proof that begin at
//! the same place come to the same count and hash at the same change. A cursor that somebody makes
//! up or that an older release wrote is no harm: the count and the hash are the reader's own, and a
//! proof computes them anew from the feed.

use super::change::Hex;
use super::input::bad_query;
use super::{Problem, cursor};
use http::StatusCode;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use trackway_hub::Hub;
use trackway_model::Digest;
use trackway_model::bytes::{Reader, Truncated, Writer};
use trackway_model::change::FeedPosition;
use trackway_model::proof::{NOTHING, run_on};
use utoipa::ToSchema;

/// What the cursors are bound to: these, and those that said only where each shard is.
const BOUND_TO: [&[u8]; 2] = [b"feed", b"window"];
const BOUND_BEFORE: [&[u8]; 1] = [b"feed"];
/// Where a reader begins who wants to hear of what comes only.
const NOW: &str = "now";
/// Bytes of a shard in a cursor, mostly.
const USUAL_LENGTH: usize = 48;

/// What you have read, from where you began to the end of this page.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Window {
    /// The position behind which the count began; null where it was the beginning of the feed.
    #[schema(example = "0:15")]
    since: Option<String>,
    /// How many changes of yours.
    count: u64,
    /// The running hash over them: 32 zero bytes to begin with, then with each change the SHA-256 of
    /// the hash before and the change's own.
    #[schema(value_type = String)]
    hash: Hex,
}

/// A reader in one shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Walk {
    shard: u16,
    /// Changes behind this one are still to come.
    after: u64,
    /// Changes up to this one were not counted.
    since: u64,
    count: u64,
    hash: Digest,
}

/// A reader in every shard where it is not at the beginning, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place(Vec<Walk>);

impl Place {
    /// Begins here.
    pub fn at(positions: &[FeedPosition]) -> Self {
        let mut place = Self::default();
        for position in positions.iter().filter(|position| position.number > 0) {
            let walk = place.walk(position.shard);
            (walk.after, walk.since) = (position.number, position.number);
        }
        place
    }

    pub fn positions(&self) -> Vec<FeedPosition> {
        let position = |walk: &Walk| FeedPosition {
            shard: walk.shard,
            number: walk.after,
        };
        self.0.iter().map(position).collect()
    }

    fn walk(&mut self, shard: u16) -> &mut Walk {
        let at = match self.0.binary_search_by_key(&shard, |walk| walk.shard) {
            Ok(at) => at,
            Err(at) => {
                let walk = Walk {
                    shard,
                    after: 0,
                    since: 0,
                    count: 0,
                    hash: NOTHING,
                };
                self.0.insert(at, walk);
                at
            }
        };
        &mut self.0[at]
    }

    /// Goes on behind a change of the reader's.
    pub fn take(&mut self, position: FeedPosition, hash: &Digest) {
        let walk = self.walk(position.shard);
        walk.after = walk.after.max(position.number);
        walk.count += 1;
        walk.hash = run_on(&walk.hash, hash);
    }

    /// Goes on behind what was passed over.
    pub fn pass(&mut self, positions: &[FeedPosition]) {
        for position in positions {
            let walk = self.walk(position.shard);
            walk.after = walk.after.max(position.number);
        }
    }

    pub fn window(&self) -> Window {
        let since: Vec<String> = self
            .0
            .iter()
            .filter(|walk| walk.since > 0)
            .map(|walk| {
                let (shard, number) = (walk.shard, walk.since);
                FeedPosition { shard, number }.to_string()
            })
            .collect();
        let hash = match self.0.as_slice() {
            [] => NOTHING,
            [only] => only.hash,
            several => {
                let mut hasher = Sha256::new();
                for walk in several {
                    hasher.update(walk.hash);
                }
                hasher.finalize().into()
            }
        };
        Window {
            since: (!since.is_empty()).then(|| since.join(",")),
            count: self
                .0
                .iter()
                .fold(0, |sum, walk| sum.saturating_add(walk.count)),
            hash: Hex(hash),
        }
    }

    /// As an opaque text.
    pub fn cursor(&self) -> String {
        let mut out = Writer::with_capacity(USUAL_LENGTH * self.0.len());
        for walk in &self.0 {
            out.varint(u64::from(walk.shard))
                .varint(walk.after)
                .varint(walk.since)
                .varint(walk.count);
            if walk.count > 0 {
                out.raw(&walk.hash);
            }
        }
        cursor::write(&BOUND_TO, &out.0)
    }

    /// A cursor that we wrote. One of an older release counts from where it is.
    fn parse(text: &str) -> Result<Self, Problem> {
        let unread = |_| bad_query("This cursor can't be read.");
        match cursor::read(&BOUND_TO, text) {
            Ok(place) => Self::decode(Reader(&place)).map_err(unread),
            Err(refused) => {
                let place = cursor::read(&BOUND_BEFORE, text).map_err(|_| refused)?;
                let positions = decode_positions(Reader(&place)).map_err(unread)?;
                Ok(Self::at(&positions))
            }
        }
    }

    fn decode(mut row: Reader<'_>) -> Result<Self, Truncated> {
        let mut place = Self::default();
        while !row.is_empty() {
            let walk = place.walk(shard(&mut row)?);
            walk.after = row.varint()?;
            walk.since = row.varint()?;
            walk.count = row.varint()?;
            if walk.count > 0 {
                walk.hash = row.array()?;
            }
            // A count that no feed reaches could not go on.
            if walk.count > walk.after {
                return Err(Truncated);
            }
        }
        Ok(place)
    }

    /// Where to read from: a cursor, `now`, or the beginning. A place ahead of the feed would wait
    /// for ever: it is refused.
    pub async fn of(hub: &Hub, after: Option<&str>) -> Result<Self, Problem> {
        let Some(after) = after else {
            return Ok(Self::default());
        };
        let head = hub.feed_head().await.map_err(super::failures::failed)?;
        if after == NOW {
            return Ok(Self::at(&head));
        }
        Self::parse(after)?.within(&head)
    }

    /// Begins behind a position as changes show it, one a shard.
    pub async fn since(hub: &Hub, text: &str) -> Result<Self, Problem> {
        let position = |text| FeedPosition::parse(text).ok_or_else(no_position);
        let positions = text.split(',').map(position);
        let place = Self::at(&positions.collect::<Result<Vec<_>, _>>()?);
        let head = hub.feed_head().await.map_err(super::failures::failed)?;
        place.within(&head)
    }

    fn within(self, head: &[FeedPosition]) -> Result<Self, Problem> {
        let known = |walk: &Walk| {
            let end = head.iter().find(|end| end.shard == walk.shard);
            walk.after <= end.map_or(0, |end| end.number)
        };
        if self.0.iter().all(known) {
            return Ok(self);
        }
        let detail = "This cursor is ahead of the feed: it is of another installation, or this one was restored from an older backup. Begin again without it.";
        Err(Problem::new(StatusCode::GONE, detail))
    }
}

fn no_position() -> Problem {
    bad_query("`since` must be a position as a change of the feed shows it, such as `0:15`.")
}

fn shard(row: &mut Reader<'_>) -> Result<u16, Truncated> {
    u16::try_from(row.varint()?).map_err(|_| Truncated)
}

fn decode_positions(mut row: Reader<'_>) -> Result<Vec<FeedPosition>, Truncated> {
    let mut positions = Vec::new();
    while !row.is_empty() {
        let shard = shard(&mut row)?;
        let number = row.varint()?;
        positions.push(FeedPosition { shard, number });
    }
    Ok(positions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(shard: u16, number: u64) -> FeedPosition {
        FeedPosition { shard, number }
    }

    #[test]
    fn a_cursor_says_where_each_shard_is_and_what_was_read() {
        let mut place = Place::at(&[at(63, u64::MAX), at(0, 1), at(7, 300)]);
        for read in [place.clone(), Place::default()] {
            assert_eq!(Place::parse(&read.cursor()).unwrap(), read);
        }
        assert_eq!(place.positions(), [at(0, 1), at(7, 300), at(63, u64::MAX)]);
        place.take(at(7, 301), &[1; 32]);
        place.pass(&[at(7, 305), at(8, 2)]);
        let read = Place::parse(&place.cursor()).unwrap();
        assert_eq!(read, place);
        let window = read.window();
        assert_eq!(
            window.since.as_deref(),
            Some("0:1,7:300,63:18446744073709551615")
        );
        assert_eq!(window.count, 1);
    }

    #[test]
    fn a_cursor_of_an_older_release_counts_from_where_it_is() {
        let mut old = Writer::default();
        old.varint(0).varint(15);
        let read = Place::parse(&cursor::write(&BOUND_BEFORE, &old.0)).unwrap();
        assert_eq!(read, Place::at(&[at(0, 15)]));
        let window = read.window();
        assert_eq!(
            (window.since.as_deref(), window.count, window.hash.0),
            (Some("0:15"), 0, NOTHING)
        );
    }

    #[test]
    fn a_cursor_that_is_made_up_is_refused_or_read_and_never_breaks() {
        let mut endless = Writer::default();
        endless
            .varint(0)
            .varint(1)
            .varint(0)
            .varint(u64::MAX)
            .raw(&NOTHING);
        let mut cut = Writer::default();
        cut.varint(0).varint(9).varint(0).varint(9).raw(&[0; 31]);
        let mut far = Writer::default();
        far.varint(70_000).varint(1).varint(0).varint(0);
        for out in [endless, cut, far] {
            let made_up = cursor::write(&BOUND_TO, &out.0);
            assert_eq!(Place::parse(&made_up).unwrap_err().status, 400);
        }
    }

    #[test]
    fn a_running_hash_is_of_the_changes_in_their_order() {
        let run = |changes: &[(FeedPosition, Digest)]| {
            let mut place = Place::default();
            for (position, hash) in changes {
                // As from page to page.
                place = Place::parse(&place.cursor()).unwrap();
                place.take(*position, hash);
            }
            (place.window().count, place.window().hash.0)
        };
        let (one, two) = ((at(0, 1), [1; 32]), (at(0, 2), [2; 32]));
        assert_eq!(run(&[]), (0, NOTHING));
        assert_eq!(run(&[one]), (1, run_on(&NOTHING, &[1; 32])));
        assert_ne!(run(&[one, two]), run(&[two, one]));
        // Shards are read side by side: only the order within one counts.
        let beside = (at(1, 1), [3; 32]);
        assert_eq!(run(&[one, beside, two]), run(&[beside, one, two]));
    }
}
