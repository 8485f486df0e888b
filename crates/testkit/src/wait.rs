//! Waiting for a state.
//!
//! Guarantee: returns as soon as the probe finds the state, and never later than one probe after
//! the limit; the error says what was waited for and for how long.

use std::time::Duration;

use anyhow::bail;
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Asks `probe` until it returns `Some`, at most for `limit`. It is asked at least once, and once
/// more at the limit.
pub async fn eventually<T, F>(
    what: impl std::fmt::Display,
    limit: Duration,
    mut probe: F,
) -> anyhow::Result<T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        let last = Instant::now() >= deadline;
        if let Some(found) = probe().await {
            return Ok(found);
        }
        if last {
            bail!("waited {limit:?} in vain for {what}");
        }
        tokio::time::sleep_until((Instant::now() + pause).min(deadline)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
