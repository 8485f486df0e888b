//! Names looked up: by the machine's resolver, or by whatever a test puts in its place.
//!
//! Guarantee: the machine's resolver holds a bounded number of threads, and one for one name, so
//! that a name whose servers never answer delays whoever asks for it and hardly anybody else.

use async_trait::async_trait;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Weak};
use tokio::sync::Semaphore;

/// Look-ups under way: fewer than there are threads for work that blocks.
const AT_ONCE: usize = 256;
/// Names that are remembered as asked for before those that no longer are get forgotten.
const SWEEP: usize = 1_024;

/// What names stand for.
#[async_trait]
pub trait Names: fmt::Debug + Send + Sync + 'static {
    /// The addresses of a name, in the order in which they are to be tried.
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The machine's resolver.
#[derive(Debug)]
pub struct SystemNames {
    places: Arc<Semaphore>,
    /// Who looks a name up, and who waits for it.
    under_way: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Default for SystemNames {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE)),
            under_way: Mutex::default(),
        }
    }
}

impl SystemNames {
    /// The one place for a name.
    fn turn(&self, name: &str) -> Arc<Semaphore> {
        let mut under_way = self.under_way.lock();
        if let Some(turn) = under_way.get(name).and_then(Weak::upgrade) {
            return turn;
        }
        if under_way.len() >= SWEEP {
            under_way.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::new(Semaphore::new(1));
        under_way.insert(name.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let turn = self.turn(name);
        let turn = turn.acquire_owned().await.map_err(io::Error::other)?;
        let place = self.places.clone().acquire_owned().await;
        let place = place.map_err(io::Error::other)?;
        let name = name.to_owned();
        // Both are held until the thread is free again, also where nobody waits for it any more.
        let looking = tokio::task::spawn_blocking(move || {
            let _held = (turn, place);
            let found = (name.as_str(), 0).to_socket_addrs()?;
            Ok(found.map(|address| address.ip()).collect())
        });
        looking.await.map_err(io::Error::other)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_machines_resolver_knows_this_machine_and_forgets_who_asked() {
        let names = SystemNames::default();
        let found = names.look_up("localhost").await.unwrap();
        assert!(!found.is_empty() && found.iter().all(IpAddr::is_loopback));
        assert!(names.look_up("no name has spaces").await.is_err());
        for nth in 0..3 * SWEEP {
            names.turn(&nth.to_string());
        }
        assert!(names.under_way.lock().len() <= SWEEP);
        assert_eq!(names.places.available_permits(), AT_ONCE);
    }

    #[test]
    fn a_name_is_looked_up_by_one_at_a_time() {
        let names = SystemNames::default();
        let (first, second) = (names.turn("slow.example"), names.turn("slow.example"));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &names.turn("other.example")));
        assert_eq!(first.available_permits(), 1);
    }
}
