//! Takes a request's body in, within its limit.
//!
//! Guarantee: never holds more than the limit. Compressed bodies are not taken at all (see
//! `refusal`), so none can swell.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

/// What came in.
#[derive(Debug)]
pub enum Taken {
    Whole(Bytes),
    /// More than the limit; `read` is what came so far and `rest` what is still to come.
    Over {
        read: Vec<u8>,
        rest: Body,
    },
    /// The connection broke off or sent no valid body.
    CutOff,
}

/// The length that the head declares.
pub fn declared(headers: &HeaderMap) -> Option<usize> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Whether the head says that the body is compressed.
pub fn is_encoded(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .any(|value| {
            !value
                .as_bytes()
                .trim_ascii()
                .eq_ignore_ascii_case(b"identity")
        })
}

/// Reads a body of at most `limit` bytes.
pub async fn take(mut body: Body, declared: Option<usize>, limit: usize) -> Taken {
    if declared.is_some_and(|length| length > limit) {
        return Taken::Over {
            read: Vec::new(),
            rest: body,
        };
    }
    let mut first: Option<Bytes> = None;
    let mut more = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Taken::CutOff;
        };
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        let held = more.len().max(first.as_ref().map_or(0, Bytes::len));
        if held + piece.len() > limit {
            let mut read = first.map_or_else(|| more.to_vec(), |first| first.to_vec());
            read.extend_from_slice(&piece);
            return Taken::Over { read, rest: body };
        }
        // Most bodies come in one piece, which then is the body.
        match first.take() {
            None if more.is_empty() => first = Some(piece),
            None => more.extend_from_slice(&piece),
            Some(first) => {
                more = buffer(declared.unwrap_or(first.len() + piece.len()));
                more.extend_from_slice(&first);
                more.extend_from_slice(&piece);
            }
        }
    }
    Taken::Whole(first.unwrap_or_else(|| whole(more)))
}

/// Buffers of bodies that came in pieces, used again: fresh memory would have to be cleared by the
/// system for every one of them.
static BUFFERS: Mutex<Vec<BytesMut>> = Mutex::new(Vec::new());
/// So many are kept, and none larger than this.
const KEPT_BUFFERS: usize = 8;
const KEPT_SIZE: usize = 1 << 20;

/// Room for a body of `length` bytes, empty.
fn buffer(length: usize) -> BytesMut {
    let mut buffers = BUFFERS.lock();
    let free = buffers
        .iter_mut()
        .position(|buffer| buffer.try_reclaim(length));
    match free {
        Some(at) => buffers.swap_remove(at),
        None => BytesMut::with_capacity(length),
    }
}

/// The body; its buffer comes free when the last of the body is dropped.
fn whole(mut buffer: BytesMut) -> Bytes {
    let body = buffer.split().freeze();
    if body.len() <= KEPT_SIZE {
        let mut buffers = BUFFERS.lock();
        if buffers.len() == KEPT_BUFFERS {
            buffers.remove(0);
        }
        buffers.push(buffer);
    }
    body
}

/// What is kept of an over-limit body.
#[derive(Debug, PartialEq, Eq)]
pub struct Measure {
    pub head: Vec<u8>,
    /// How much was read of it, and that much's SHA-256 in hexadecimal.
    pub size: u64,
    pub hash: String,
    /// Whether that is all of it.
    pub ended: bool,
}

impl Measure {
    /// How large it is and its hash, in words.
    pub fn what(&self) -> String {
        let Self { size, hash, .. } = self;
        if self.ended {
            format!("{size} bytes, sha256 {hash}")
        } else {
            format!("at least {size} bytes, of which sha256 {hash}")
        }
    }
}

/// Reads on to the end of an over-limit body, at most `measured` bytes, to learn its size and hash.
pub async fn measure(read: &[u8], mut rest: Body, measured: u64, kept: usize) -> Measure {
    let mut head = read[..read.len().min(kept)].to_vec();
    let mut hash = Sha256::new_with_prefix(read);
    let mut size = read.len() as u64;
    let mut ended = false;
    while size < measured {
        let Some(frame) = rest.frame().await else {
            ended = true;
            break;
        };
        let Ok(frame) = frame else { break };
        let Ok(piece) = frame.into_data() else {
            continue;
        };
        head.extend_from_slice(&piece[..piece.len().min(kept.saturating_sub(head.len()))]);
        hash.update(&piece);
        size += piece.len() as u64;
    }
    Measure {
        head,
        size,
        hash: hex::encode(hash.finalize()),
        ended,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::convert::Infallible;

    fn pieces(sizes: &[usize]) -> Body {
        let pieces: Vec<_> = sizes
            .iter()
            .map(|size| Ok::<_, Infallible>(Bytes::from(vec![b'x'; *size])))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn a_body_at_the_limit_is_taken_and_one_over_it_is_not() {
        for sizes in [&[10][..], &[4, 6], &[3, 3, 4], &[0, 10, 0]] {
            let Taken::Whole(body) = take(pieces(sizes), None, 10).await else {
                panic!("{sizes:?} is within the limit")
            };
            assert_eq!(body.len(), 10);
        }
        for sizes in [&[11][..], &[10, 1], &[5, 5, 1]] {
            assert!(
                matches!(take(pieces(sizes), None, 10).await, Taken::Over { .. }),
                "{sizes:?}"
            );
        }
        assert!(matches!(
            take(pieces(&[]), Some(11), 10).await,
            Taken::Over { .. }
        ));
    }

    #[tokio::test]
    async fn an_over_limit_body_is_measured_to_its_end_or_to_a_bound() {
        let Taken::Over { read, rest } = take(pieces(&[8, 8, 8]), None, 10).await else {
            panic!()
        };
        let found = measure(&read, rest, 1 << 20, 12).await;
        assert_eq!(found.head, vec![b'x'; 12]);
        assert!(
            found.what().starts_with("24 bytes, sha256 "),
            "{}",
            found.what()
        );
        let found = measure(b"", pieces(&[8; 100]), 64, 12).await;
        assert!(
            found.what().starts_with("at least 64 bytes"),
            "{}",
            found.what()
        );
    }
}
