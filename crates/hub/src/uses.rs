//! When keys were last used, for people who ask which ones nobody needs any more.
//!
//! Contract: coarse and lazy. A key in steady use is written once in a while, beside the request and
//! never in its way; a crash loses the last note at worst. What decides whether a key holds is not
//! here.

use crate::Hub;
use crate::clock::SECOND;
use parking_lot::Mutex;
use std::collections::HashMap;
use trackway_model::KeyId;
use trackway_store::records::ApiKey;

/// A note younger than this is as good as new.
const COARSE: i64 = 10 * 60 * SECOND;

/// What this node noted of keys whose stored note was old.
#[derive(Debug, Default)]
pub(crate) struct Uses(Mutex<HashMap<KeyId, i64>>);

impl Uses {
    /// Whether a use is to be written; then it counts as noted.
    fn is_news(&self, key: KeyId, now: i64) -> bool {
        let mut noted = self.0.lock();
        let news = !is_fresh(noted.get(&key).copied(), now);
        if news {
            noted.insert(key, now);
        }
        news
    }
}

fn is_fresh(noted: Option<i64>, now: i64) -> bool {
    noted.is_some_and(|at| now.saturating_sub(at) < COARSE)
}

impl Hub {
    pub(crate) fn note_use(&self, key: &ApiKey, now: i64) {
        if is_fresh(key.used, now) || !self.uses.is_news(key.id, now) {
            return;
        }
        let (store, key) = (self.store.clone(), key.id);
        tokio::spawn(async move {
            if let Err(error) = store.use_key(key, now).await {
                tracing::debug!(%error, key = key.0, "a key's use could not be noted");
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_news_once_in_a_while() {
        let uses = Uses::default();
        let told: Vec<bool> = [0, 1, COARSE - 1, COARSE, COARSE + 1, 2 * COARSE]
            .into_iter()
            .map(|now| uses.is_news(KeyId(1), now))
            .collect();
        assert_eq!(told, [true, false, false, true, false, true]);
        assert!(uses.is_news(KeyId(2), 1));
    }
}
