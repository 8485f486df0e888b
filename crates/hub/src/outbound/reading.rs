//! One request and as much of its answer as is wanted, within one deadline.

use super::{Answered, SendError};
use crate::clock::Clock;
use http::header::RETRY_AFTER;
use reqwest::Response;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, timeout_at};

/// How much of a body is wanted, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Share {
    /// All of it, which must be no more than this.
    Whole(usize),
    /// What comes of its first bytes.
    Beginning(usize),
}

impl Share {
    const fn most(self) -> usize {
        match self {
            Self::Whole(most) | Self::Beginning(most) => most,
        }
    }
}

pub(super) async fn exchange(
    request: reqwest::RequestBuilder,
    within: Duration,
    share: Share,
    clock: &dyn Clock,
) -> Result<Answered, SendError> {
    let deadline = Instant::now() + within;
    let mut response = timeout_at(deadline, request.send())
        .await
        .map_err(|_| SendError::Deadline(within))?
        .map_err(no_answer)?;
    let header = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    let mut answered = Answered {
        status: response.status().as_u16(),
        retry_after_s: header.and_then(|value| retry_after(value, clock.now())),
        body: Vec::new(),
        cut: None,
    };
    let read = read(&mut response, share.most(), &mut answered.body);
    answered.cut = match timeout_at(deadline, read).await {
        Ok(whole) => whole.err(),
        Err(_) => Some(SendError::Deadline(within)),
    };
    match (share, answered.cut) {
        (Share::Whole(_), Some(cut)) => Err(cut),
        (_, cut) => Ok(Answered { cut, ..answered }),
    }
}

/// Reads up to `most` bytes. A connection of which not all was read is closed with the response.
async fn read(response: &mut Response, most: usize, body: &mut Vec<u8>) -> Result<(), SendError> {
    while let Some(piece) = response.chunk().await.map_err(broken)? {
        let room = most - body.len();
        body.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return Err(SendError::TooLarge(most));
        }
    }
    Ok(())
}

fn no_answer(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    match innermost(&error).downcast_ref() {
        // The guard's own words.
        Some(refused) => SendError::clone(refused),
        None if error.is_connect() => SendError::Connect(innermost(&error).to_string()),
        None => broken(error),
    }
}

fn broken(error: reqwest::Error) -> SendError {
    SendError::Broken(innermost(&error.without_url()).to_string())
}

/// The innermost cause: the layers above it only repeat that something failed.
fn innermost(error: &reqwest::Error) -> &(dyn std::error::Error + 'static) {
    let mut innermost: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost
}

/// `Retry-After`: seconds, or a date in any of HTTP's three forms, counted from `now`; what is past
/// is no wait.
fn retry_after(value: &str, now: i64) -> Option<u64> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(value.parse().unwrap_or(u64::MAX));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    let at = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let now = Duration::from_micros(u64::try_from(now).unwrap_or_default());
    let wait = at.saturating_sub(now);
    Some(wait.as_secs() + u64::from(wait.subsec_nanos() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1994-11-06T08:49:37Z, the date of the specification's examples.
    const NOW: i64 = 784_111_777_000_000;

    #[test]
    fn waits_are_read_as_seconds_and_as_dates() {
        for (value, wait) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("Sunday, 06-Nov-94 08:51:37 GMT", Some(120)),
            ("Sun Nov  6 08:51:37 1994", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(0)),
            ("Sat, 05 Nov 1994 08:49:37 GMT", Some(0)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("-5", None),
            ("1.5", None),
            ("", None),
            ("soon", None),
            ("Sun, 06 Nov 1994", None),
            ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(retry_after(value, NOW), wait, "{value}");
        }
        let later = NOW + 500_000;
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:38 GMT", later), Some(1));
        assert!(retry_after("Fri, 31 Dec 9999 23:59:59 GMT", i64::MIN).is_some());
    }
}
