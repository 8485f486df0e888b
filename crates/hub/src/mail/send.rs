//! Sends what was queued, one after the other.
//!
//! Guarantee: a claim is committed before the server hears of the e-mail, and settled after it
//! answered. What the server did not take for now is tried again, spread in time, so often and as long
//! as it is news; a server that cannot be reached rests everything. Whether it is still true is looked
//! at in the last moment: nobody is told that a parcel is out for delivery when it was delivered.

use super::address::Mailbox;
use super::letter::{Envelope, Letter};
use super::{HandedOver, Mailing};
use crate::Hub;
use crate::clock::{SECOND, micros};
use crate::deliver::retry::full_jitter;
use crate::error::HubError;
use crate::language::Language;
use crate::links::{Opened, TOKEN_LEN, USUAL_DAYS, address};
use crate::metrics::Name;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use trackway_store::notices::{Mail, MailLimits, MailState, Recipient, Standing};

/// How long a claim is its holder's: longer than a transaction's deadlines together.
const LEASE: i64 = 5 * 60 * SECOND;
const MINUTE: i64 = 60 * SECOND;
/// The wait after an e-mail was not taken: a floor, and what is drawn above it, which doubles.
const FLOOR: Duration = Duration::from_secs(30);
const MOST: Duration = Duration::from_mins(30);
/// How often a server is asked to take one e-mail.
const MOST_ATTEMPTS: u32 = 10;
/// The meter that all nodes count their e-mails of a minute with.
const METER: &str = "mail/minute";

pub(super) async fn run(hub: Arc<Hub>, mailing: Arc<Mailing>, stop: CancellationToken) {
    let mut sender = Sender {
        hub: hub.clone(),
        mailing,
        unreachable: 0,
    };
    while !stop.is_cancelled() {
        let (wake, listen) = match sender.step().await {
            Ok(Step::Moved) => continue,
            Ok(Step::Idle(at)) => (at, true),
            Ok(Step::Rest(at)) => (at, false),
            Err(error) => {
                tracing::warn!(%error, "e-mails could not be sent; it is tried again");
                (hub.clock.now() + SECOND, false)
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            () = hub.mails_bell.notified(), if listen => {}
            () = hub.clock.sleep_until(wake) => {}
        }
    }
}

/// What a step came to, and until when to wait.
enum Step {
    Moved,
    /// Nothing is due.
    Idle(i64),
    /// The server is not there, or the minute is full.
    Rest(i64),
}

/// What an e-mail came to before or after the server heard of it.
enum Told {
    Never(MailState),
    Handed(HandedOver),
}

struct Sender {
    hub: Arc<Hub>,
    mailing: Arc<Mailing>,
    /// How often in a row the server was not there.
    unreachable: u32,
}

impl Sender {
    async fn step(&mut self) -> Result<Step, HubError> {
        let store = &self.hub.store;
        let now = self.hub.clock.now();
        let limits = self.mailing.limits;
        let look = self.hub.next_look();
        match store.next_mail().await? {
            Some(due) if due <= now => {}
            due => return Ok(Step::Idle(due.map_or(look, |due| due.min(look)))),
        }
        let minute = now.div_euclid(MINUTE);
        let most = u64::from(limits.per_minute);
        if !store.spend(METER, minute, 1, most).await? {
            return Ok(Step::Rest((minute + 1) * MINUTE));
        }
        let day = MailLimits {
            by_account: limits.by_account,
            to_one: limits.to_one,
        };
        let Some(mail) = store.claim_mail(now, LEASE, day).await? else {
            return Ok(Step::Idle(look));
        };
        if mail.state != MailState::Claimed {
            self.count(mail.state);
            return Ok(Step::Moved);
        }
        let told = match self.tell(&mail).await {
            Ok(told) => told,
            Err(error) => {
                // Nothing was handed over: it comes due again.
                let why = error.to_string();
                tracing::warn!(%error, "an e-mail could not be written");
                Told::Handed(HandedOver::Unreachable { why })
            }
        };
        self.settle(mail, told).await
    }

    async fn tell(&self, mail: &Mail) -> Result<Told, HubError> {
        let hub = &self.hub;
        let key = mail.key;
        let ended = Ok(Told::Never(MailState::Ended));
        let recipients = hub.store.recipients(key.shipment).await?;
        let stage = key.milestone.stage();
        let still_wants = |one: &Recipient| {
            one.id == key.recipient
                && one.standing == Standing::Active
                && one.stages.contains(stage)
        };
        let Some(recipient) = recipients.into_iter().find(still_wants) else {
            return ended;
        };
        let written_to = recipient.address.as_ref().map(ExposeSecret::expose_secret);
        let Some(to) = written_to.and_then(|text| Mailbox::parse(text).ok()) else {
            return ended;
        };
        let Some(track) = hub.store.track(key.shipment.track()).await? else {
            return ended;
        };
        let epoch = key.shipment.epoch();
        let state = track.states.get(usize::from(epoch));
        if state.is_none_or(|state| state.stage() != stage) {
            return Ok(Told::Never(MailState::Overtaken));
        }
        let link = hub.link_to(&track, epoch, USUAL_DAYS)?;
        let token = &link.path[link.path.len().saturating_sub(TOKEN_LEN)..];
        let Opened::Shipment(linked) = hub.open_link(token, 1).await? else {
            return ended;
        };
        let courier = &self.mailing.courier;
        let unsubscribe = hub.unsubscribe_path(key.shipment, key.recipient);
        let unsubscribe = address(courier.public_url(), &unsubscribe);
        let written = self.mailing.letters.write(&Letter {
            language: super::language(&recipient.language).unwrap_or(Language::English),
            linked: &linked,
            vocabularies: &hub.vocabularies(),
            link: &address(courier.public_url(), &link.path),
            unsubscribe: &unsubscribe,
        });
        let name = hex::encode(key.recipient.0);
        let envelope = Envelope {
            to: &to,
            name: &format!("{}/{name}/{}", key.shipment, key.milestone),
            now: hub.clock.now(),
            unsubscribe: Some(&unsubscribe),
        };
        Ok(Told::Handed(courier.send(&envelope, written).await))
    }

    async fn settle(&mut self, mail: Mail, told: Told) -> Result<Step, HubError> {
        let now = self.hub.clock.now();
        let done = |state, code| Mail {
            state,
            code,
            due: None,
            moved: now,
            ..mail
        };
        let mut rest = None;
        let settled = match told {
            Told::Never(state) => done(state, mail.code),
            Told::Handed(HandedOver::Taken) => done(MailState::Sent, 250),
            Told::Handed(HandedOver::Refused { code }) => done(MailState::Refused, code),
            Told::Handed(HandedOver::Unknown { why }) => {
                tracing::warn!(
                    why,
                    "whether an e-mail was taken is not known; it is not sent again"
                );
                done(MailState::Unknown, mail.code)
            }
            Told::Handed(HandedOver::NotNow { code }) => self.again(mail, code, now),
            Told::Handed(HandedOver::Unreachable { why }) => {
                tracing::warn!(why, "the e-mail server can't be used");
                let wait = wait(self.unreachable, u64::from_le_bytes(self.hub.random()));
                rest = Some(now + micros(wait));
                self.unreachable += 1;
                Mail {
                    attempts: mail.attempts.saturating_sub(1),
                    ..self.again(mail, mail.code, now)
                }
            }
        };
        if rest.is_none() && !matches!(settled.state, MailState::Overtaken | MailState::Ended) {
            self.unreachable = 0;
        }
        self.hub.store.settle_mail(settled).await?;
        self.count(settled.state);
        if settled.state == MailState::Refused {
            let (shipment, id) = (mail.key.shipment, mail.key.recipient);
            let ended = self
                .hub
                .store
                .end_recipient(shipment, id, Standing::Refused, now);
            ended.await?;
        }
        Ok(rest.map_or(Step::Moved, Step::Rest))
    }

    /// Due once more, if there is still time and it was not asked too often.
    fn again(&self, mail: Mail, code: u16, now: i64) -> Mail {
        let wait = wait(mail.attempts, u64::from_le_bytes(self.hub.random()));
        let due = now.saturating_add(micros(wait));
        let is_over = mail.attempts >= MOST_ATTEMPTS || due > mail.fresh_until;
        Mail {
            state: if is_over {
                MailState::Stale
            } else {
                MailState::Queued
            },
            due: (!is_over).then_some(due),
            code,
            moved: now,
            ..mail
        }
    }

    fn count(&self, state: MailState) {
        let outcome = match state {
            // Claimed ones are counted when they are settled.
            MailState::Queued | MailState::Claimed => "again",
            settled => settled.name(),
        };
        self.hub.metrics.count(Name::Mails, &[outcome.into()], 1);
    }
}

/// The wait after so many attempts.
fn wait(attempts: u32, drawn: u64) -> Duration {
    let ceiling = FLOOR.saturating_mul(1 << attempts.min(16)).min(MOST);
    FLOOR + full_jitter(ceiling, drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_are_spread() {
        assert_eq!(wait(1, 0), FLOOR);
        assert_eq!(wait(1, u64::MAX), FLOOR * 3);
        assert_eq!(wait(40, u64::MAX), FLOOR + MOST);
        assert!(wait(3, u64::MAX / 2) > FLOOR * 4);
    }
}
