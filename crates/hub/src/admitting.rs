//! Upstreams that must be given a number before they can be asked about it.
//!
//! Contract: numbers of which such an upstream said that it does not know them are handed in, all with
//! one call, paid for like a look; their next looks come by the schedule, as of numbers of which nothing
//! is known yet. Handing one in again changes nothing. What is refused has that as its reason.

use crate::Hub;
use crate::budget::Purpose;
use crate::poll::{Failed, Heard, paid};
use crate::schedule::Trouble;
use trackway_dialects::Call;
use trackway_dialects::dialect::{Parcel, Upstream};
use trackway_store::records::Connection;

impl Hub {
    /// Hands in what was not known, where the upstream wants that. `heard`: what it said of each.
    pub(crate) async fn hand_in(
        &self,
        call: &dyn Call,
        connection: &Connection,
        parcels: &[Parcel<'_>],
        heard: &mut [Result<Heard, Failed>],
        purpose: Purpose,
    ) {
        let admits = call
            .admits()
            .filter(|it| it.is_wanted(&connection.settings));
        let Some(admits) = admits else {
            return;
        };
        let unknown = |heard: &Result<Heard, Failed>| {
            heard
                .as_ref()
                .is_err_and(|failed| failed.trouble == Trouble::Nothing)
        };
        let missing: Vec<usize> = (0..parcels.len().min(heard.len()))
            .filter(|at| unknown(&heard[*at]))
            .collect();
        // Nobody is asked in a sandbox; where that can't be read, the next look tries again.
        if missing.is_empty() || self.in_sandbox(connection.account).await.unwrap_or(true) {
            return;
        }
        let wanted: Vec<Parcel<'_>> = missing.iter().map(|at| parcels[*at]).collect();
        let upstream = Upstream {
            connection: connection.id,
            base_url: &connection.base_url,
            settings: &connection.settings,
        };
        let outcomes: Vec<Result<(), Failed>> = match admits.request_all(&upstream, &wanted) {
            Err(error) => wanted
                .iter()
                .map(|_| Err(Failed::call(&error, None)))
                .collect(),
            Ok(outgoing) => match paid(self, call, connection, outgoing, purpose).await {
                Err(failed) => wanted.iter().map(|_| Err(failed.clone())).collect(),
                Ok((answered, _)) => admits
                    .judge_all(&wanted, &answered.as_answer())
                    .into_iter()
                    .map(|judged| judged.map_err(|error| Failed::call(&error, Some(&answered))))
                    .collect(),
            },
        };
        let count = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        tracing::info!(connection = connection.id.0, count, "handed numbers in");
        for (at, outcome) in missing.into_iter().zip(outcomes) {
            if let Err(failed) = outcome {
                heard[at] = Err(failed);
            }
        }
    }
}
