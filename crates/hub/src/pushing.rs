//! Upstreams that push: numbers are registered with them, and what they push is taken in.
//!
//! Contract: a number is registered before its first look on a connection that prefers pushes, and
//! again before each of its rare looks until that connection has told of it; so an upstream that lost a
//! registration, or let it expire, is given it again, and one that never pushes is asked all the same.
//! A registration is paid for like a look. Calling it again changes nothing.

use crate::Hub;
use crate::budget::Purpose;
use crate::poll::{Again, DEADLINE, Failed, Flight, paid};
use secrecy::ExposeSecret;
use trackway_dialects::dialect::{Parcel, Registers, Upstream};
use trackway_dialects::{Call, registry};
use trackway_model::intake::{Content, Intake};
use trackway_model::{Certainty, Statement, Track};
use trackway_store::StoreError;
use trackway_store::records::{Connection, Poll, PollKind};

impl Hub {
    /// How a connection's numbers are registered, and where they are pushed to; None where they are
    /// not: it does not prefer that, or nobody said under which address we are reached.
    pub(crate) fn registers(
        &self,
        connection: &Connection,
    ) -> Option<(&'static dyn Registers, String)> {
        let call = registry::find(&connection.dialect)?.call()?;
        let registers = call.registers()?;
        if !registers.is_wanted(&connection.settings) {
            return None;
        }
        let base = match self.config.public_url.as_deref() {
            Some(base) => base.trim_end_matches('/'),
            None if registers.names_address() => return None,
            None => "",
        };
        let (token, door) = (connection.token.expose_secret(), registers.door());
        Some((registers, format!("{base}/in/{token}{door}")))
    }

    /// Registers those of a flight's numbers that are to be registered before they are asked about. In
    /// the order of its polls: what became of those for which nothing need be asked now; None: ask.
    pub(crate) async fn register_first(
        &self,
        flight: &Flight,
        purpose: Purpose,
    ) -> Vec<Option<Result<Again, Failed>>> {
        let Flight {
            connection,
            call,
            kind,
            polls,
            ..
        } = flight;
        let mut became = Vec::with_capacity(polls.len());
        if *kind == PollKind::Manual || self.registers(connection).is_none() {
            became.resize_with(polls.len(), || None);
            return became;
        }
        let began = self.clock.monotonic();
        for poll in polls {
            if self.clock.monotonic().saturating_sub(began) >= DEADLINE {
                // Its lease is for one look: the rest have their turn at once.
                became.push(Some(Ok(Again::At(Some(self.clock.now())))));
                continue;
            }
            let registered = self
                .register_upstream(*call, connection, poll, purpose)
                .await;
            became.push(match registered {
                Ok(false) => None,
                Ok(true) => Some(Err(Failed::registered())),
                Err(failed) => Some(Err(failed)),
            });
        }
        became
    }

    /// Registers a number with an upstream that pushes. True where it was registered by this: then
    /// nothing need be asked for a while.
    async fn register_upstream(
        &self,
        call: &dyn Call,
        connection: &Connection,
        poll: &Poll,
        purpose: Purpose,
    ) -> Result<bool, Failed> {
        let Some((registers, address)) = self.registers(connection) else {
            return Ok(false);
        };
        let sandboxed = self.in_sandbox(connection.account).await;
        let told = self.told_by(connection, poll).await;
        let store = |error: StoreError| Failed::store(&error);
        if sandboxed.map_err(store)? || told.map_err(store)? {
            return Ok(false);
        }
        let upstream = Upstream {
            connection: connection.id,
            base_url: &connection.base_url,
            settings: &connection.settings,
        };
        let parcel = Parcel {
            carrier: &poll.carrier,
            number: &poll.number,
            ..Parcel::default()
        };
        let outgoing = registers
            .request(&upstream, &parcel, &address)
            .map_err(|error| Failed::call(&error, None))?;
        let (answered, _) = paid(self, call, connection, outgoing, purpose).await?;
        let judged = registers.judge(&answered.as_answer());
        judged.map_err(|error| Failed::call(&error, Some(&answered)))
    }

    /// Whether a connection has told anything of a number yet.
    async fn told_by(&self, connection: &Connection, poll: &Poll) -> Result<bool, StoreError> {
        let track = self.store.track(poll.track).await?;
        let own = |track: &Track| {
            let mut spine = track.spine.iter();
            spine.any(|told| track.connection_of(told) == connection.id)
        };
        Ok(track.is_some_and(|track| own(&track)))
    }

    /// A push that tells less than its stream has told already came late, since the ones after it were
    /// taken first: what it tells is merged, and it does not stand for the whole any more (§8 of
    /// keydelivery.md: pushes may come out of order). The decision is made when it is received and is
    /// stored with it, so every node folds alike.
    pub(crate) async fn settle_late(&self, intake: &mut Intake) -> Result<(), StoreError> {
        let Content::Document(answer) = &intake.content else {
            return Ok(());
        };
        if !registry::is_pushed(answer.stream) {
            return Ok(());
        }
        // What is only expected moves to and fro, and says nothing of when it was told.
        let told = answer.parts.iter().flat_map(|part| &part.statements);
        let happened = told.filter(|told| told.certainty == Certainty::Actual);
        let Some(newest) = happened.filter_map(wall).max() else {
            return Ok(());
        };
        let (carrier, number) = (Some(intake.carrier.as_str()), intake.number.as_str());
        let tracks = self.store.find(intake.account, carrier, number).await?;
        let is_late = tracks.iter().any(|track| {
            let of_stream = track.spine.iter().filter(|told| {
                track.stream_of(told) == answer.stream
                    && told.certainty == Certainty::Actual
                    && track.connection_of(told) == intake.connection
                    && !track.withdrawn(told)
            });
            let known = of_stream.filter_map(|told| told.occurred.map(|occurred| occurred.wall));
            known.max().is_some_and(|known| known > newest)
        });
        if is_late {
            tracing::info!(
                connection = intake.connection.0,
                "a push came late: what it tells is merged"
            );
            let parts = answer.parts.iter();
            let merged = parts.flat_map(|part| part.statements.clone()).collect();
            intake.content = Content::News(merged);
        }
        Ok(())
    }
}

/// What a statement's own clock showed.
fn wall(statement: &Statement) -> Option<i64> {
    statement.occurred.map(|occurred| occurred.wall)
}
