//! Who is told of a shipment by e-mail, and which e-mails that came to.
//!
//! Guarantee: one e-mail for a (journey, recipient, milestone), for ever. Its row is the claim: it is
//! queued in the transaction that moves the cursor in the feed, claimed by a conditional update before
//! anything is sent, and never becomes due again once it was handed over. A claim whose holder died is
//! found when its lease ends and becomes `unknown`, which is final. An address is sealed under its
//! track's key and goes with an erasure; its keyed hash stays, so that what ended stays ended and what
//! was sent is never sent again.

use crate::StoreError;
use crate::seal::{Sealer, TrackKey};
use async_trait::async_trait;
use secrecy::SecretString;
use trackway_model::change::FeedPosition;
use trackway_model::ids::MAX_EPOCHS;
use trackway_model::{AccountId, Milestone, ShipmentId, Stage, TrackId};

type Result<T> = std::result::Result<T, StoreError>;

/// Rows of recipients that a shipment may have, ended ones among them.
pub const MOST_ROWS: usize = 40;

/// A recipient's name among the recipients of an account: the keyed hash of account and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecipientId(pub [u8; 16]);

impl RecipientId {
    const PURPOSE: &str = "trackway 2026-11 mail recipient";

    /// `address` is in its one form: nobody here knows what else means the same.
    pub fn of(sealer: &Sealer, account: AccountId, address: &str) -> Self {
        let value = format!("{}/{address}", account.0);
        let hash = sealer.installation().blind(Self::PURPOSE, &value);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Self(id)
    }

    pub(crate) fn read(bytes: &[u8]) -> Result<Self> {
        let damaged = |_| StoreError::Damaged { what: "recipient" };
        bytes.try_into().map(Self).map_err(damaged)
    }
}

/// A set of stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stages(u32);

impl Stages {
    pub const fn contains(self, stage: Stage) -> bool {
        self.0 & (1 << stage as u32) != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Stage> {
        let all = Stage::ALL.iter().copied();
        all.filter(move |stage| self.contains(*stage))
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn bits(self) -> i32 {
        self.0 as i32
    }

    pub(crate) const fn of_bits(bits: i32) -> Self {
        Self(bits as u32)
    }
}

impl FromIterator<Stage> for Stages {
    fn from_iter<T: IntoIterator<Item = Stage>>(stages: T) -> Self {
        let with = |set: u32, stage: Stage| set | 1 << stage as u32;
        Self(stages.into_iter().fold(0, with))
    }
}

macro_rules! numbered {
    ($(#[$about:meta])* $name:ident: $($(#[$doc:meta])* $number:literal $variant:ident $text:literal),* $(,)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(i16)]
        pub enum $name { $($(#[$doc])* $variant = $number),* }

        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            pub(crate) fn of_number(number: i16) -> Result<Self> {
                let found = Self::ALL.iter().find(|known| **known as i16 == number);
                found.copied().ok_or(StoreError::Damaged { what: stringify!($name) })
            }
        }
    };
}

numbered! {
    /// Whether a recipient is told. Numbers are stored.
    Standing:
    0 Active "active",
    /// By the recipient: nobody but they can change it.
    1 Unsubscribed "unsubscribed",
    /// The server refused the address for good.
    2 Refused "refused",
    /// By the account, which may add them again.
    3 Removed "removed",
}

numbered! {
    /// What an e-mail came to. Numbers are stored.
    MailState:
    /// Is sent when it is due.
    0 Queued "queued",
    /// Somebody is sending it.
    1 Claimed "claimed",
    2 Sent "sent",
    /// For good.
    3 Refused "refused",
    /// It was handed over, or may have been, and nobody knows whether it was taken.
    4 Unknown "unknown",
    /// It could not be sent while it was news.
    5 Stale "stale",
    /// The shipment had gone on before it could be sent.
    6 Overtaken "overtaken",
    /// There were too many on that day.
    7 Limited "limited",
    /// The recipient, or the shipment's words, were gone.
    8 Ended "ended",
}

impl Standing {
    /// Whether the account may make it active.
    const fn may_return(self) -> bool {
        matches!(self, Self::Active | Self::Removed)
    }
}

/// What an account says of all its shipments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticePolicy {
    /// As the languages of the pages are spelt in an address.
    pub language: String,
    pub stages: Stages,
}

#[derive(Clone, Debug)]
pub struct Recipient {
    pub id: RecipientId,
    pub shipment: ShipmentId,
    pub account: AccountId,
    /// None after an erasure.
    pub address: Option<SecretString>,
    pub language: String,
    pub stages: Stages,
    pub standing: Standing,
    /// Microseconds since the epoch, as every time here.
    pub created: i64,
    pub changed: i64,
}

#[derive(Clone, Debug)]
pub struct NewRecipient {
    /// Of the address in the form in which it is compared.
    pub id: RecipientId,
    pub shipment: ShipmentId,
    pub account: AccountId,
    pub address: SecretString,
    pub language: String,
    pub stages: Stages,
    pub now: i64,
}

/// What became of a recipient that was to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    New,
    Changed,
    /// They ended it themselves, or their server did: nothing was changed.
    Ended(Standing),
    /// The shipment has as many as it may.
    Full,
}

/// Whether a recipient may be kept beside those that are known.
pub(crate) fn admit(known: &[(RecipientId, Standing)], id: RecipientId, most: usize) -> Kept {
    let standing = known.iter().find(|(there, _)| *there == id);
    let active = known
        .iter()
        .filter(|(_, it)| *it == Standing::Active)
        .count();
    match standing {
        Some((_, Standing::Active)) => Kept::Changed,
        Some((_, ended)) if !ended.may_return() => Kept::Ended(*ended),
        _ if active >= most => Kept::Full,
        Some(_) => Kept::Changed,
        None if known.len() >= MOST_ROWS => Kept::Full,
        None => Kept::New,
    }
}

/// The first and the last shipment that a track may have.
pub(crate) const fn journeys(track: TrackId) -> (ShipmentId, ShipmentId) {
    (
        ShipmentId::new(track, 0),
        ShipmentId::new(track, MAX_EPOCHS as u16 - 1),
    )
}

/// What an address is sealed with beside its key: it opens nowhere else.
pub(crate) fn sealed_address(
    sealer: &Sealer,
    key: &TrackKey,
    (shipment, id): (ShipmentId, RecipientId),
    address: &SecretString,
) -> Vec<u8> {
    sealer.seal_personal(key, &context(shipment, id), address)
}

/// None under another key, which is what an erasure leaves.
pub(crate) fn opened_address(
    sealer: &Sealer,
    key: &TrackKey,
    (shipment, id): (ShipmentId, RecipientId),
    sealed: &[u8],
) -> Option<SecretString> {
    sealer.open_personal(key, &context(shipment, id), sealed)
}

fn context(shipment: ShipmentId, id: RecipientId) -> Vec<u8> {
    [&b"notice.address"[..], &shipment.0.to_le_bytes(), &id.0].concat()
}

/// Which e-mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailKey {
    pub shipment: ShipmentId,
    pub recipient: RecipientId,
    pub milestone: Milestone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewMail {
    pub key: MailKey,
    pub account: AccountId,
    pub due: i64,
    /// Until when it is news.
    pub fresh_until: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mail {
    pub key: MailKey,
    pub account: AccountId,
    pub state: MailState,
    /// When somebody must look at it; None once it came to something.
    pub due: Option<i64>,
    pub fresh_until: i64,
    /// How often a server was asked to take it.
    pub attempts: u32,
    /// The server's last code; 0 where there was none.
    pub code: u16,
    /// When its state changed.
    pub moved: i64,
}

/// How many may be handed over in a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailLimits {
    pub by_account: u32,
    pub to_one: u32,
}

/// A day, for the limits: the last 24 hours.
pub const DAY: i64 = 86_400_000_000;

/// How an e-mail that was due is to be treated. Shared by the engines, so that they can't differ.
pub(crate) fn judge(mail: &Mail, now: i64, counts: (u32, u32), limits: MailLimits) -> MailState {
    let (by_account, to_one) = counts;
    match mail.state {
        MailState::Queued if mail.fresh_until < now => MailState::Stale,
        MailState::Queued if by_account >= limits.by_account || to_one >= limits.to_one => {
            MailState::Limited
        }
        MailState::Queued => MailState::Claimed,
        // Whoever claimed it has died: it may have been sent.
        MailState::Claimed => MailState::Unknown,
        settled => settled,
    }
}

/// The row after `judge`.
pub(crate) const fn judged(mail: Mail, state: MailState, now: i64, lease: i64) -> Mail {
    let is_claimed = matches!(state, MailState::Claimed);
    Mail {
        state,
        due: if is_claimed { Some(now + lease) } else { None },
        attempts: mail.attempts + is_claimed as u32,
        moved: now,
        ..mail
    }
}

#[async_trait]
pub trait Notices: Send + Sync {
    async fn notice_policy(&self, account: AccountId) -> Result<Option<NoticePolicy>>;
    async fn set_notice_policy(&self, account: AccountId, policy: NoticePolicy) -> Result<()>;

    /// The recipient that an address is.
    fn recipient_of(&self, account: AccountId, address: &str) -> RecipientId;
    /// Adds a recipient or changes one; `most` may be active at once. One that ended otherwise than
    /// by the account stays as it is.
    async fn keep_recipient(&self, recipient: NewRecipient, most: usize) -> Result<Kept>;
    /// Those of a journey, ended ones too, in the order of their ids.
    async fn recipients(&self, shipment: ShipmentId) -> Result<Vec<Recipient>>;
    /// Ends an active recipient, or, by themselves, one that the account removed. False where there
    /// is none to end.
    async fn end_recipient(
        &self,
        shipment: ShipmentId,
        id: RecipientId,
        standing: Standing,
        now: i64,
    ) -> Result<bool>;

    /// The e-mails of a journey, in the order of recipient and milestone.
    async fn mails(&self, shipment: ShipmentId) -> Result<Vec<Mail>>;
    /// How far the feed was read; empty where it never was.
    async fn mail_cursor(&self) -> Result<Vec<FeedPosition>>;
    /// Moves the cursor, never back, and queues those e-mails that are not known. Returns how many.
    async fn queue_mails(&self, cursor: Vec<FeedPosition>, mails: Vec<NewMail>) -> Result<u64>;
    /// Takes the e-mail that is due first and says what it is to come to: `Claimed` is the caller's
    /// to send and to settle within the lease, everything else is final. None where none is due.
    async fn claim_mail(&self, now: i64, lease_us: i64, limits: MailLimits)
    -> Result<Option<Mail>>;
    /// Keeps what became of a claimed e-mail, with its state, due time and code.
    async fn settle_mail(&self, mail: Mail) -> Result<()>;
    /// When somebody must look at the next one.
    async fn next_mail(&self) -> Result<Option<i64>>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: RecipientId = RecipientId([1; 16]);
    const B: RecipientId = RecipientId([2; 16]);

    #[test]
    fn an_account_brings_back_only_what_it_ended_itself() {
        let known = |standing| [(A, standing)];
        assert_eq!(admit(&[], A, 1), Kept::New);
        assert_eq!(admit(&known(Standing::Active), A, 1), Kept::Changed);
        assert_eq!(admit(&known(Standing::Removed), A, 1), Kept::Changed);
        for ended in [Standing::Unsubscribed, Standing::Refused] {
            assert_eq!(admit(&known(ended), A, 1), Kept::Ended(ended));
        }
        assert_eq!(admit(&known(Standing::Active), B, 1), Kept::Full);
        assert_eq!(admit(&known(Standing::Active), B, 2), Kept::New);
        let back = [(A, Standing::Removed), (B, Standing::Active)];
        assert_eq!(admit(&back, A, 1), Kept::Full);
        let many = [(B, Standing::Removed); MOST_ROWS];
        assert_eq!(admit(&many, A, 1), Kept::Full);
    }

    #[test]
    fn stages_are_a_set() {
        let set: Stages = [Stage::Delivered, Stage::Delivered, Stage::Lost]
            .into_iter()
            .collect();
        let names: Vec<_> = set.iter().map(Stage::name).collect();
        assert_eq!(names, ["delivered", "lost"]);
        assert_eq!(Stages::of_bits(set.bits()), set);
        assert!(Stages::default().is_empty() && !set.contains(Stage::Seized));
    }
}
