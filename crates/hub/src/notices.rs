//! Who is to be told of a shipment by e-mail: what accounts say about it.
//!
//! Contract: an account speaks of its own shipments alone; None is what it does not have. What a
//! recipient or their server ended stays ended. Nothing here sends.

use crate::error::HubError;
use crate::language::Language;
use crate::links::has;
use crate::mail::address::Mailbox;
use crate::mail::language;
use crate::{Hub, clock};
use futures::stream::{self, StreamExt, TryStreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use trackway_model::{AccountId, ShipmentId, Stage};
use trackway_store::notices::{
    Kept, Mail, NewRecipient, NoticePolicy, Recipient, RecipientId, Stages, Standing,
};
use utoipa::ToSchema;

/// Active recipients of one shipment.
pub const MOST_RECIPIENTS: usize = 5;

/// Recipients that are kept at a time, so that they share commits.
const AT_ONCE: usize = 32;

/// What people are told of where nobody says.
pub const USUAL_STAGES: &[Stage] = &[
    Stage::OutForDelivery,
    Stage::ReadyForPickup,
    Stage::AttemptFailed,
    Stage::Delivered,
];

/// A recipient to be added or changed.
#[derive(Clone, Debug, Default)]
pub struct NoticeWish {
    pub address: String,
    /// Of the account's policy where none is named.
    pub language: Option<String>,
    /// The same.
    pub stages: Option<Vec<String>>,
}

/// A recipient as wished for, in which nothing is wrong.
#[derive(Clone, Debug)]
pub struct Checked {
    address: Mailbox,
    language: Option<Language>,
    stages: Option<Stages>,
}

impl NoticeWish {
    /// Says all that is wrong with it.
    pub fn check(&self) -> Result<Checked, Vec<HubError>> {
        let address = Mailbox::parse(&self.address).map_err(HubError::MailAddress);
        let language = self.language.as_deref().map(language_of).transpose();
        let stages = self.stages.as_deref().map(stages_of).transpose();
        match (address, language, stages) {
            (Ok(address), Ok(language), Ok(stages)) => Ok(Checked {
                address,
                language,
                stages,
            }),
            (address, language, stages) => {
                let wrong = [address.err(), language.err(), stages.err()];
                Err(wrong.into_iter().flatten().collect())
            }
        }
    }
}

/// What became of a recipient that was named when its shipment was registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticeOutcome)]
pub struct NoticeOutcome {
    /// Among those of the shipment.
    pub id: String,
    /// `active`: they are told. Why not, otherwise: `unsubscribed` (they want no more of this
    /// shipment), `refused` (by their server), or `full` (the shipment has as many as it may).
    pub standing: &'static str,
}

const FULL: &str = "full";

/// What an account says of all its shipments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = NoticePolicy)]
pub struct Policy {
    /// `en`, `vi` or `zh`.
    pub language: String,
    /// Those of which people are told.
    pub stages: Vec<&'static str>,
}

/// A recipient, as the account sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = Notice)]
pub struct Noticed {
    /// Among those of the shipment.
    pub id: String,
    /// Its first letter and its domain; null after an erasure.
    pub address: Option<String>,
    /// `en`, `vi` or `zh`.
    pub language: String,
    /// Those of which they are told.
    pub stages: Vec<&'static str>,
    /// `active`, `unsubscribed` (by themselves), `refused` (by their server) or `removed`.
    pub standing: &'static str,
    pub created: String,
    pub changed: String,
    pub mails: Vec<Told>,
}

/// An e-mail, as the account sees it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = NoticeMail)]
pub struct Told {
    pub milestone: &'static str,
    /// `queued`, `claimed`, `sent`, `refused`, `unknown` (nobody knows whether it was taken), `stale`,
    /// `overtaken`, `limited` or `ended`.
    pub state: &'static str,
    /// Since when.
    pub at: String,
    /// How often a server was asked to take it.
    pub attempts: u32,
    /// The server's last code; 0 where there was none.
    pub code: u16,
}

impl From<&Mail> for Told {
    fn from(mail: &Mail) -> Self {
        Self {
            milestone: mail.key.milestone.name(),
            state: mail.state.name(),
            at: clock::text(mail.moved),
            attempts: mail.attempts,
            code: mail.code,
        }
    }
}

impl Hub {
    /// Whether this server sends e-mails at all.
    pub const fn sends_mail(&self) -> bool {
        self.mailing.is_some()
    }

    pub async fn notice_policy(&self, account: AccountId) -> Result<Policy, HubError> {
        let kept = self.store.notice_policy(account).await?;
        Ok(kept.map_or_else(
            || Policy {
                language: Language::English.code().to_owned(),
                stages: USUAL_STAGES.iter().map(|stage| stage.name()).collect(),
            },
            |kept| Policy {
                language: kept.language,
                stages: kept.stages.iter().map(Stage::name).collect(),
            },
        ))
    }

    /// Holds for recipients that are added from now on.
    pub async fn set_notice_policy(
        &self,
        account: AccountId,
        language: Option<&str>,
        stages: Option<&[String]>,
    ) -> Result<Policy, HubError> {
        let known = self.notice_policy(account).await?;
        let language = language.map(language_of).transpose()?;
        let policy = NoticePolicy {
            language: language.map_or(known.language, |named| named.code().to_owned()),
            stages: match stages {
                Some(stages) => stages_of(stages)?,
                None => stages_of(&known.stages)?,
            },
        };
        self.store.set_notice_policy(account, policy).await?;
        self.notice_policy(account).await
    }

    /// Adds a recipient, or changes one.
    pub async fn notify(
        &self,
        account: AccountId,
        shipment: ShipmentId,
        wish: &NoticeWish,
    ) -> Result<Option<Noticed>, HubError> {
        if !self.is_own(account, shipment).await? {
            return Ok(None);
        }
        let checked = wish.check().map_err(|mut wrong| wrong.swap_remove(0))?;
        let policy = self.notice_policy(account).await?;
        let (id, kept) = self.keep(account, shipment, &checked, &policy).await?;
        match kept {
            Kept::New | Kept::Changed => {}
            Kept::Ended(standing) => {
                let standing = standing.name();
                return Err(HubError::NoticeEnded { standing });
            }
            Kept::Full => {
                return Err(HubError::TooMany {
                    what: "recipients of one shipment",
                    most: MOST_RECIPIENTS,
                });
            }
        }
        let all = self.noticed(shipment).await?;
        Ok(all.into_iter().find(|one| one.id == hex::encode(id.0)))
    }

    /// Adds recipients to shipments that the account has just registered. Whoever wants no more is not
    /// told, and that is no failure. In their order.
    pub async fn notify_all(
        &self,
        account: AccountId,
        wished: Vec<(ShipmentId, Checked)>,
    ) -> Result<Vec<NoticeOutcome>, HubError> {
        if wished.is_empty() {
            return Ok(Vec::new());
        }
        let policy = self.notice_policy(account).await?;
        let policy = &policy;
        let kept = wished.into_iter().map(|(shipment, checked)| async move {
            let (id, kept) = self.keep(account, shipment, &checked, policy).await?;
            Ok::<_, HubError>(NoticeOutcome {
                id: hex::encode(id.0),
                standing: match kept {
                    Kept::New | Kept::Changed => Standing::Active.name(),
                    Kept::Ended(standing) => standing.name(),
                    Kept::Full => FULL,
                },
            })
        });
        stream::iter(kept).buffered(AT_ONCE).try_collect().await
    }

    async fn keep(
        &self,
        account: AccountId,
        shipment: ShipmentId,
        checked: &Checked,
        policy: &Policy,
    ) -> Result<(RecipientId, Kept), HubError> {
        let id = self
            .store
            .recipient_of(account, &checked.address.known_as());
        let recipient = NewRecipient {
            id,
            shipment,
            account,
            address: SecretString::from(checked.address.as_str()),
            language: match checked.language {
                Some(language) => language.code().to_owned(),
                None => policy.language.clone(),
            },
            stages: match checked.stages {
                Some(stages) => stages,
                None => stages_of(&policy.stages)?,
            },
            now: self.clock.now(),
        };
        let kept = self
            .store
            .keep_recipient(recipient, MOST_RECIPIENTS)
            .await?;
        Ok((id, kept))
    }

    /// Every recipient of a shipment, with what they were told.
    pub async fn notices(
        &self,
        account: AccountId,
        shipment: ShipmentId,
    ) -> Result<Option<Vec<Noticed>>, HubError> {
        if !self.is_own(account, shipment).await? {
            return Ok(None);
        }
        self.noticed(shipment).await.map(Some)
    }

    /// Tells a recipient no more. False where the shipment has no active one of that id.
    pub async fn end_notice(
        &self,
        account: AccountId,
        shipment: ShipmentId,
        id: &str,
    ) -> Result<Option<bool>, HubError> {
        if !self.is_own(account, shipment).await? {
            return Ok(None);
        }
        let mut bytes = [0; 16];
        if hex::decode_to_slice(id, &mut bytes).is_err() {
            return Ok(Some(false));
        }
        let now = self.clock.now();
        let ended = self
            .store
            .end_recipient(shipment, RecipientId(bytes), Standing::Removed, now)
            .await?;
        Ok(Some(ended))
    }

    /// The newest journey under a number, and whose it is.
    pub async fn newest_shipment(
        &self,
        account: Option<&str>,
        carrier: Option<&str>,
        number: &str,
    ) -> Result<(AccountId, ShipmentId), HubError> {
        let track = self.one_track(account, carrier, number).await?;
        let newest = track.states.len().saturating_sub(1) as u16;
        Ok((track.account, ShipmentId::new(track.id, newest)))
    }

    /// The id of an address among a shipment's recipients.
    pub fn notice_id(&self, account: AccountId, address: &str) -> Result<String, HubError> {
        let address = Mailbox::parse(address).map_err(HubError::MailAddress)?;
        let id = self.store.recipient_of(account, &address.known_as());
        Ok(hex::encode(id.0))
    }

    async fn is_own(&self, account: AccountId, shipment: ShipmentId) -> Result<bool, HubError> {
        let found = self.store.track(shipment.track()).await?;
        Ok(found.is_some_and(|track| track.account == account && has(&track, shipment)))
    }

    async fn noticed(&self, shipment: ShipmentId) -> Result<Vec<Noticed>, HubError> {
        let recipients = self.store.recipients(shipment).await?;
        let mails = self.store.mails(shipment).await?;
        Ok(recipients.iter().map(|one| seen(one, &mails)).collect())
    }
}

fn seen(recipient: &Recipient, mails: &[Mail]) -> Noticed {
    let own = mails
        .iter()
        .filter(|mail| mail.key.recipient == recipient.id);
    let address = recipient.address.as_ref();
    Noticed {
        id: hex::encode(recipient.id.0),
        address: address.map(|text| hinted(text.expose_secret())),
        language: recipient.language.clone(),
        stages: recipient.stages.iter().map(Stage::name).collect(),
        standing: recipient.standing.name(),
        created: clock::text(recipient.created),
        changed: clock::text(recipient.changed),
        mails: own.map(Told::from).collect(),
    }
}

/// Enough to know again what one knows: who may read shipments needs no addresses.
fn hinted(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or_default();
    let first = local.chars().next().map(String::from).unwrap_or_default();
    format!("{first}…@{domain}")
}

fn language_of(named: &str) -> Result<Language, HubError> {
    language(named).ok_or_else(|| HubError::UnknownValue {
        name: "language",
        value: named.chars().take(20).collect(),
        known: Language::ALL.map(Language::code).join(", "),
    })
}

fn stages_of<T: AsRef<str>>(named: &[T]) -> Result<Stages, HubError> {
    // What no table knows is nothing to tell people.
    let known = || Stage::ALL.iter().filter(|stage| **stage != Stage::Unknown);
    let one = |name: &str| {
        let found = known().find(|stage| stage.name() == name);
        found.copied().ok_or_else(|| HubError::UnknownValue {
            name: "stages",
            value: name.chars().take(40).collect(),
            known: known()
                .map(|stage| stage.name())
                .collect::<Vec<_>>()
                .join(", "),
        })
    };
    named.iter().map(|name| one(name.as_ref())).collect()
}
