//! What answers in bad faith, and what the hub makes of it: as a client, for messages to subscribers,
//! and for questions to upstreams. The servers are the kit's [`Hostile`] ones; the long form of the
//! same is `make soak`.

mod client;
mod delivering;
mod polling;

use futures::future::join_all;
use std::sync::Arc;
use std::time::Duration;
use trackway_hub::outbound::{Certificate, Reach};
use trackway_testkit::{Authority, Hostile, Trick};

/// The longest that a call takes here.
const LONGEST: Duration = Duration::from_millis(1_500);

/// One hostile server a trick, and a reach that trusts their authority.
struct Gang {
    members: Vec<Hostile>,
    authority: Arc<Authority>,
}

impl Gang {
    async fn of(tricks: impl IntoIterator<Item = Trick>) -> Self {
        let authority = Authority::new().unwrap();
        let started = tricks
            .into_iter()
            .map(|trick| Hostile::under(trick, &authority));
        Self {
            members: join_all(started)
                .await
                .into_iter()
                .map(Result::unwrap)
                .collect(),
            authority,
        }
    }

    async fn all() -> Self {
        Self::of(Trick::ALL.iter().copied()).await
    }

    fn reach(&self, longest: Duration) -> Reach {
        let certificate = self.authority.certificate().as_bytes();
        Reach {
            trust: vec![Certificate::from_pem(certificate).unwrap()],
            longest,
            ..Reach::default()
        }
    }
}
