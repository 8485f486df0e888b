//! Pages of the feed as they were told, kept for whoever reads the same part soon after.
//!
//! Contract: a page is kept for [`SECONDS`], by account, place and size, and only a full one: what
//! stands before a full page's end never changes its place, so a later reader would be told the same
//! changes. Their events stand there as they stood when the page was made; one that got a newer
//! version since is told again by a later change. What a reader has counted is his own and no part of
//! what is kept. Bounded by its bytes; a restart loses nothing.

use super::window::Place;
use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use moka::sync::Cache;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, Digest};

/// How long a page is kept.
const SECONDS: u64 = 30;
/// Bytes of pages that are kept.
const MOST_BYTES: u64 = 64 << 20;

/// Whose page it is, behind which place, of how many changes.
pub type Asked = (AccountId, Vec<FeedPosition>, usize);

/// A page's changes.
#[derive(Debug)]
pub struct ToldPage {
    /// As a JSON array.
    pub changes: Bytes,
    /// What a reader's count and hash go on by.
    pub hashes: Vec<(FeedPosition, Digest)>,
    /// Where the page ends.
    pub cursor: Vec<FeedPosition>,
    /// There may be more at once.
    pub more: bool,
}

impl ToldPage {
    /// Moves a reader behind the page.
    pub fn move_on(&self, place: &mut Place) {
        for (position, hash) in &self.hashes {
            place.take(*position, hash);
        }
        place.pass(&self.cursor);
    }

    fn weight(&self) -> u32 {
        let hashes = size_of_val(self.hashes.as_slice());
        u32::try_from(self.changes.len() + hashes).unwrap_or(u32::MAX)
    }
}

#[derive(Debug)]
pub struct KeptPages(Cache<Asked, Arc<ToldPage>>);

impl Default for KeptPages {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(MOST_BYTES)
            .weigher(|_: &Asked, page: &Arc<ToldPage>| page.weight())
            .time_to_live(Duration::from_secs(SECONDS));
        Self(cache.build())
    }
}

impl KeptPages {
    pub fn get(&self, asked: &Asked) -> Option<Arc<ToldPage>> {
        self.0.get(asked)
    }

    /// Keeps a page, if it is a full one.
    pub fn keep(&self, asked: Asked, page: &Arc<ToldPage>) {
        if page.more && page.hashes.len() == asked.2 {
            self.0.insert(asked, page.clone());
        }
    }
}

/// A body of several pieces, none of them copied.
pub fn body_of(pieces: impl IntoIterator<Item = Bytes>) -> Body {
    Body::new(Pieces(pieces.into_iter().collect()))
}

struct Pieces(VecDeque<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(changes: usize, more: bool) -> Arc<ToldPage> {
        let at = |number| FeedPosition { shard: 0, number };
        Arc::new(ToldPage {
            changes: Bytes::from(vec![b' '; changes * 700]),
            hashes: (1..=changes as u64)
                .map(|number| (at(number), [7; 32]))
                .collect(),
            cursor: vec![at(changes as u64)],
            more,
        })
    }

    #[test]
    fn only_full_pages_are_kept_and_only_for_their_reader() {
        let kept = KeptPages::default();
        let asked = |account, limit| (AccountId(account), Vec::new(), limit);
        kept.keep(asked(1, 10), &page(10, true));
        kept.keep(asked(1, 11), &page(10, true));
        kept.keep(asked(1, 9), &page(9, false));
        assert!(kept.get(&asked(1, 10)).is_some());
        for other in [asked(1, 11), asked(1, 9), asked(2, 10)] {
            assert!(kept.get(&other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_body_of_pieces_says_how_long_it_is() {
        let pieces = Pieces([Bytes::from_static(b"ab"), Bytes::from_static(b"c")].into());
        assert_eq!(pieces.size_hint().exact(), Some(3));
        assert!(!pieces.is_end_stream());
    }

    #[test]
    fn a_reader_goes_on_behind_a_kept_page_as_behind_its_changes() {
        let page = page(3, true);
        let (mut kept, mut read) = (Place::default(), Place::default());
        page.move_on(&mut kept);
        for (position, hash) in &page.hashes {
            read.take(*position, hash);
        }
        assert_eq!(kept, read);
    }
}
