//! Who waits for changes: long polls and streams, counted, so that one account can't take all the
//! room and all together can't take the server's.

use super::Problem;
use http::{HeaderValue, StatusCode, header};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use trackway_model::AccountId;

/// What a refused listener is told to wait.
const RETRY_AFTER_S: u16 = 5;

/// The seats and who sits.
#[derive(Debug)]
pub struct Listeners {
    most: usize,
    most_of_account: usize,
    seated: Mutex<Seated>,
}

#[derive(Debug, Default)]
struct Seated {
    all: usize,
    of: HashMap<AccountId, usize>,
}

impl Listeners {
    pub fn new(most: usize, most_of_account: usize) -> Self {
        Self {
            most,
            most_of_account,
            seated: Mutex::default(),
        }
    }

    /// A seat until it is dropped: 429 where the account has all of its own, 503 where none is left.
    pub fn sit(self: &Arc<Self>, account: AccountId) -> Result<Seat, Problem> {
        let mut seated = self.seated.lock();
        let own = seated.of.get(&account).copied().unwrap_or_default();
        if own >= self.most_of_account {
            let detail = format!(
                "This account listens {own} times already: end one before you begin another."
            );
            return Err(full(StatusCode::TOO_MANY_REQUESTS, &detail));
        }
        if seated.all >= self.most {
            let detail = "Too many listen at the moment: try again later.";
            return Err(full(StatusCode::SERVICE_UNAVAILABLE, detail));
        }
        seated.all += 1;
        seated.of.insert(account, own + 1);
        drop(seated);
        Ok(Seat {
            listeners: self.clone(),
            account,
        })
    }

    /// How many listen.
    pub fn count(&self) -> usize {
        self.seated.lock().all
    }
}

fn full(status: StatusCode, detail: &str) -> Problem {
    Problem::new(status, detail).with_header(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_S))
}

/// One listener's place.
#[derive(Debug)]
pub struct Seat {
    listeners: Arc<Listeners>,
    account: AccountId,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seated = self.listeners.seated.lock();
        seated.all -= 1;
        if let Some(own) = seated.of.get_mut(&self.account) {
            *own -= 1;
            if *own == 0 {
                seated.of.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_bounded_for_each_and_for_all_and_come_back() {
        let listeners = Arc::new(Listeners::new(3, 2));
        let (one, two, three) = (AccountId(1), AccountId(2), AccountId(3));
        let first = listeners.sit(one).unwrap();
        let _second = listeners.sit(one).unwrap();
        assert_eq!(listeners.sit(one).unwrap_err().status, 429);
        let _third = listeners.sit(two).unwrap();
        assert_eq!(listeners.sit(three).unwrap_err().status, 503);
        drop(first);
        assert_eq!(listeners.count(), 2);
        assert!(listeners.sit(three).is_ok());
        assert_eq!(listeners.count(), 2);
    }
}
