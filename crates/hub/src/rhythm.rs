//! Numbers that are looked after as the system does in which they are registered: KeyDelivery's, for
//! one, are first asked about after a quarter of an hour, and every four hours until something is known.
//!
//! Contract: it holds where every registration of the account's number is in such a system; one that
//! asks for more (our own) has it asked about as the schedule likes. It never holds once something is
//! known: then the schedule (`polling::life`) decides.

use crate::Hub;
use crate::clock::micros;
use trackway_dialects::dialect::{Dialect, Rhythm};
use trackway_dialects::registry::{self, DIALECTS};
use trackway_store::StoreError;
use trackway_store::records::{Connection, Poll, PollKind};

impl Hub {
    /// When a new number is to be asked about, if that is later than now.
    pub(crate) async fn due_first(
        &self,
        connection: &Connection,
        poll: &Poll,
        now: i64,
    ) -> Result<Option<i64>, StoreError> {
        // An upstream that is to push waits by itself.
        if poll.kind != PollKind::First
            || self.registers(connection).is_some()
            || self.in_sandbox(connection.account).await?
        {
            return Ok(None);
        }
        let Some((rhythm, registered)) = self.rhythm_of(poll).await? else {
            return Ok(None);
        };
        let due = registered.saturating_add(micros(rhythm.first));
        Ok(Some(due).filter(|due| *due > now))
    }

    /// The wait, in microseconds, after a look that found nothing; None: as the schedule likes.
    pub(crate) async fn wait_for_news(&self, poll: &Poll) -> Result<Option<i64>, StoreError> {
        let connection = self.store.connection(poll.connection).await?;
        let pushes = connection.filter(|connection| self.registers(connection).is_some());
        let rhythm = match pushes {
            Some(connection) => registry::find(&connection.dialect).and_then(<dyn Dialect>::rhythm),
            None => self.rhythm_of(poll).await?.map(|(rhythm, _)| rhythm),
        };
        Ok(rhythm.map(|rhythm| micros(rhythm.then)))
    }

    /// The shortest rhythm of the account's registrations of a number, and when the first of them was
    /// made; None where one has none.
    async fn rhythm_of(&self, poll: &Poll) -> Result<Option<(Rhythm, i64)>, StoreError> {
        let mut found: Option<(Rhythm, i64)> = None;
        for dialect in DIALECTS {
            for book in dialect.books() {
                let known = self.store.registrations(poll.account, book, poll.track);
                let Some(created) = known.await?.iter().map(|known| known.created).min() else {
                    continue;
                };
                let Some(rhythm) = dialect.rhythm() else {
                    return Ok(None);
                };
                let (held, since) = found.unwrap_or((rhythm, created));
                let shorter = Rhythm {
                    first: held.first.min(rhythm.first),
                    then: held.then.min(rhythm.then),
                };
                found = Some((shorter, since.min(created)));
            }
        }
        Ok(found)
    }
}
