//! What is told of one parcel: one message, in a session where the carrier wants one, and what its answer
//! means for the record.

use super::owed::{Duty, Facts};
use crate::Hub;
use crate::budget::Purpose;
use crate::metrics::Name;
use crate::outbound::Answered;
use crate::poll::{Failed, hear, paid};
use crate::schedule::Trouble;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use trackway_dialects::dialect::carries::{self, Carries, Message, Said};
use trackway_dialects::dialect::{Parcel, Upstream};
use trackway_dialects::{Call, CallError, Outgoing, registry};
use trackway_model::Milestone;
use trackway_model::orders::{Deed, Refusal, Reply};
use trackway_store::StoreError;
use trackway_store::bookings::Booking;
use trackway_store::records::Connection;

/// Faults in a row that a carrier answers with, after which it is told no more: some hours.
const LAST_FAULT: u32 = 12;

/// What is told of one parcel, and by whom.
pub struct Trip<'h> {
    pub(super) hub: &'h Hub,
    pub(super) connection: Arc<Connection>,
    dialect: &'static str,
    call: &'static dyn Call,
    pub(super) carries: &'static dyn Carries,
    facts: Facts,
    /// Whether the carrier may have heard something.
    sent: AtomicBool,
}

/// What came of a message.
enum Answer {
    Said(Said),
    /// It is not told of that.
    Untold,
    /// It has no such parcel.
    Gone,
    /// For good.
    Declined {
        code: String,
        text: String,
    },
}

impl<'h> Trip<'h> {
    /// None: nobody is told of it any more.
    pub async fn begin(hub: &'h Hub, booking: &Booking) -> Result<Option<Self>, StoreError> {
        let Some(connection) = hub.store.connection(booking.connection).await? else {
            return Ok(None);
        };
        let dialect = registry::find(&connection.dialect);
        let Some((dialect, call)) = dialect.and_then(|it| Some((it.name(), it.call()?))) else {
            return Ok(None);
        };
        let Some(carries) = call
            .carries()
            .filter(|_| carries::is_on(&connection.settings))
        else {
            return Ok(None);
        };
        if connection.account != booking.account || hub.in_sandbox(booking.account).await? {
            return Ok(None);
        }
        let facts = Facts::read(hub.store.as_ref(), booking.account, booking.fulfilment).await?;
        Ok(facts.map(|facts| Self {
            hub,
            connection,
            dialect,
            call,
            carries,
            facts,
            sent: AtomicBool::new(false),
        }))
    }

    /// Whether a message went out, whatever came of it.
    pub fn was_sent(&self) -> bool {
        self.sent.load(Ordering::Relaxed)
    }

    pub(super) fn upstream(&self) -> Upstream<'_> {
        Upstream {
            connection: self.connection.id,
            base_url: &self.connection.base_url,
            settings: &self.connection.settings,
        }
    }

    /// Tells what is owed: at most one thing, since what was answered makes the row due again.
    pub async fn tell(&self, booking: &mut Booking) -> Result<(), Failed> {
        let consignment = self.facts.consignment();
        let known_by = consignment
            .as_ref()
            .map(|it| self.carries.known_by(&self.upstream(), it));
        let unsure = booking.tries > 1;
        let duty = self
            .facts
            .duty(self.carries, booking.told, known_by, unsure);
        match (duty, &consignment) {
            (None, _) => Ok(()),
            (Some(Duty::Create), Some(it)) => {
                self.create(&Message::Create(it), booking, known_by).await
            }
            (Some(Duty::Update(number)), Some(to)) => {
                let number = &number;
                let answer = self.send(&Message::Update { number, to }, booking).await?;
                self.keep(Deed::Update, answer).await?;
                booking.told = known_by;
                Ok(())
            }
            (Some(Duty::Create | Duty::Update(_)), None) => {
                let declined = Answer::Declined {
                    code: "erased".to_owned(),
                    text: "its receiver was erased".to_owned(),
                };
                self.keep(Deed::Create, declined).await
            }
            (Some(Duty::Cancel(number)), _) => self.cancel(number, booking).await,
            (Some(Duty::Wish(number, wished)), _) => {
                let message = Message::Wish {
                    number: &number,
                    wish: wished.wish,
                    receiver: &self.facts.receiver(),
                    delivery_time: wished.delivery_time.as_deref(),
                    note: &wished.note,
                };
                let answer = match self.send(&message, booking).await? {
                    // What was heard already is done already.
                    Answer::Said(Said::Late { .. }) if unsure => yes(),
                    answer => answer,
                };
                self.keep(Deed::Wish, answer).await
            }
        }
    }

    async fn create(
        &self,
        message: &Message<'_>,
        booking: &mut Booking,
        known_by: Option<i64>,
    ) -> Result<(), Failed> {
        let answer = match self.send(message, booking).await? {
            // An answer was lost: it stands.
            Answer::Said(Said::Has { .. }) if booking.tries > 1 => Answer::Said(Said::Yes {
                number: self.find().await?,
                cost: None,
            }),
            answer => answer,
        };
        self.keep(Deed::Create, answer).await?;
        booking.told = known_by;
        Ok(())
    }

    /// Under which number the carrier has what it was given by our reference, where it tells that.
    async fn find(&self) -> Result<Option<String>, Failed> {
        let parcel = Parcel {
            carrier: self.carries.carrier(),
            number: &self.facts.record.code,
            ..Parcel::default()
        };
        let outgoing = self.call.request(&self.upstream(), &parcel);
        let outgoing = outgoing.map_err(|error| Failed::call(&error, None))?;
        let answered = self.pay(outgoing).await?;
        Ok(self.carries.number_in(&answered.as_answer()))
    }

    /// Where no number is known, the carrier may have it under our reference.
    async fn cancel(&self, number: Option<String>, booking: &Booking) -> Result<(), Failed> {
        let number = match number {
            Some(number) => number,
            None => match self.find().await? {
                Some(number) => number,
                None => self.facts.record.code.clone(),
            },
        };
        let number = &number;
        let answer = match self.send(&Message::Cancel { number }, booking).await? {
            Answer::Gone => yes(),
            Answer::Said(Said::Late { .. })
                if booking.tries > 1 && self.is_cancelled(number).await? =>
            {
                yes()
            }
            answer => answer,
        };
        self.keep(Deed::Cancel, answer).await
    }

    /// Whether the carrier itself says that a parcel is cancelled.
    async fn is_cancelled(&self, number: &str) -> Result<bool, Failed> {
        let parcel = Parcel {
            carrier: self.carries.carrier(),
            number,
            ..Parcel::default()
        };
        let (hub, connection) = (self.hub, &self.connection);
        let heard = hear(
            hub,
            self.call,
            self.dialect,
            connection,
            &parcel,
            Purpose::Scheduled,
        );
        let heard = match heard.await {
            Ok(heard) => heard,
            Err(failed) if failed.trouble == Trouble::Nothing => return Ok(false),
            Err(failed) => return Err(failed),
        };
        let parts = heard.parsed.answer.parts.iter();
        let statements = parts.flat_map(|part| &part.statements);
        Ok(statements
            .into_iter()
            .any(|statement| statement.milestone == Milestone::Cancelled))
    }

    /// Makes the call of a message, in a session where it needs one. What may go through later is an
    /// error.
    async fn send(&self, message: &Message<'_>, booking: &Booking) -> Result<Answer, Failed> {
        let told = self.said(message, booking).await;
        let outcome = match &told {
            Ok(Answer::Said(Said::Yes { .. }) | Answer::Untold) => "told",
            Ok(Answer::Gone) => Trouble::Nothing.name(),
            Ok(Answer::Said(_) | Answer::Declined { .. }) => Trouble::Refused.name(),
            Err(failed) => failed.trouble.name(),
        };
        let labels = [message.deed().name().into(), outcome.into()];
        self.hub.metrics.count(Name::Errands, &labels, 1);
        told
    }

    async fn said(&self, message: &Message<'_>, booking: &Booking) -> Result<Answer, Failed> {
        let mut fresh = false;
        loop {
            let session = self.session(fresh).await?;
            let outgoing = self
                .carries
                .request(&self.upstream(), session.as_ref(), message);
            let outgoing = match outgoing {
                Ok(Some(outgoing)) => outgoing,
                Ok(None) => return Ok(Answer::Untold),
                Err(CallError::Refused { code, text }) => {
                    return Ok(Answer::Declined { code, text });
                }
                Err(error) => return Err(Failed::call(&error, None)),
            };
            let answered = self.pay(outgoing).await;
            if answered
                .as_ref()
                .map_or_else(|failed| failed.made, |_| true)
            {
                self.sent.store(true, Ordering::Relaxed);
            }
            let answered = answered?;
            match self.carries.judge(message.deed(), &answered.as_answer()) {
                Ok(Said::LoggedOut) if !fresh => fresh = true,
                Ok(Said::LoggedOut) => return Err(logged_out()),
                Ok(said) => return Ok(Answer::Said(said)),
                Err(CallError::Nothing { .. }) => return Ok(Answer::Gone),
                Err(CallError::Refused { code, text }) => {
                    return Ok(Answer::Declined { code, text });
                }
                Err(CallError::Fault { code, text }) if booking.failures >= LAST_FAULT => {
                    return Ok(Answer::Declined { code, text });
                }
                Err(error) => return Err(self.failed(&error, &answered).await),
            }
        }
    }

    pub(super) async fn failed(&self, error: &CallError, answered: &Answered) -> Failed {
        let failed = Failed::call(error, Some(answered));
        if failed.trouble != Trouble::Quota {
            return failed;
        }
        let closed = self
            .hub
            .refused(self.call, &self.connection, answered)
            .await;
        closed.map_or_else(|error| Failed::store(&error), |()| failed)
    }

    pub(super) async fn pay(&self, outgoing: Outgoing) -> Result<Answered, Failed> {
        let (hub, connection) = (self.hub, &self.connection);
        let paid = paid(hub, self.call, connection, outgoing, Purpose::Scheduled);
        Ok(paid.await?.0)
    }

    /// Keeps with the record what was answered.
    async fn keep(&self, deed: Deed, answer: Answer) -> Result<(), Failed> {
        let reply = match answer {
            Answer::Said(Said::Yes { number, cost }) if deed == Deed::Create => {
                Reply::Taken { number, cost }
            }
            Answer::Said(Said::Yes { .. } | Said::LoggedOut) => Reply::Done(deed),
            Answer::Said(Said::Has { code, text } | Said::Late { code, text })
            | Answer::Declined { code, text } => Reply::Declined { deed, code, text },
            Answer::Untold => return Ok(()),
            Answer::Gone => Reply::Declined {
                deed,
                code: "gone".to_owned(),
                text: "the carrier has no such parcel".to_owned(),
            },
        };
        let (account, fulfilment) = (self.facts.record.account, self.facts.record.id);
        let refused = self.hub.carrier_answered(account, fulfilment, reply).await;
        match refused.map_err(|error| Failed::store(&error))? {
            None => Ok(()),
            Some(refusal) => self.unlinked(deed, &refusal).await,
        }
    }

    /// A number that another record has, or that is none: said in the record, with nothing to track.
    async fn unlinked(&self, deed: Deed, refusal: &Refusal) -> Result<(), Failed> {
        let (account, fulfilment) = (self.facts.record.account, self.facts.record.id);
        tracing::warn!(fulfilment = fulfilment.0, %refusal, "a carrier's answer can't be kept");
        for reply in [
            Reply::Taken {
                number: None,
                cost: None,
            },
            Reply::Declined {
                deed,
                code: "number".to_owned(),
                text: "the number that the carrier gave can't be used".to_owned(),
            },
        ] {
            let kept = self.hub.carrier_answered(account, fulfilment, reply).await;
            kept.map_err(|error| Failed::store(&error))?;
        }
        Ok(())
    }
}

const fn yes() -> Answer {
    Answer::Said(Said::Yes {
        number: None,
        cost: None,
    })
}

/// A session that is refused as soon as it was opened.
fn logged_out() -> Failed {
    let error = CallError::Unset("username");
    Failed {
        why: "the carrier takes no session of this user".to_owned(),
        ..Failed::call(&error, None)
    }
}
