//! Who is told by e-mail, and the e-mails.
//!
//! Every write is a job of the one writer, so that a claim is nobody else's.

use super::readers::{all, execute, one, read_failed};
use super::work::Work;
use super::{SqliteStore, sql};
use crate::notices::{
    DAY, Kept, Mail, MailKey, MailLimits, MailState, NewMail, NewRecipient, NoticePolicy,
    Recipient, RecipientId, Stages, Standing, admit, judge, judged, opened_address, sealed_address,
};
use crate::seal::TrackKey;
use crate::{Notices, StoreError};
use async_trait::async_trait;
use rusqlite::{Connection, Row};
use secrecy::SecretString;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, Milestone, ShipmentId};

type Result<T> = std::result::Result<T, StoreError>;

/// A recipient with its address as it is stored.
struct Stored {
    recipient: Recipient,
    sealed: Option<Vec<u8>>,
}

#[async_trait]
impl Notices for SqliteStore {
    async fn notice_policy(&self, account: AccountId) -> Result<Option<NoticePolicy>> {
        let read = |row: &Row<'_>| {
            Ok(NoticePolicy {
                language: row.get(0)?,
                stages: Stages::of_bits(row.get(1)?),
            })
        };
        self.core
            .readers
            .one(sql::NOTICE_POLICY_GET, [account.0], read)
    }

    async fn set_notice_policy(&self, account: AccountId, policy: NoticePolicy) -> Result<()> {
        let row = (account.0, policy.language, policy.stages.bits());
        self.run(move |work| execute(&work.connection, sql::NOTICE_POLICY_SET, row))
            .await?;
        Ok(())
    }

    fn recipient_of(&self, account: AccountId, address: &str) -> RecipientId {
        RecipientId::of(&self.core.kernel.sealer, account, address)
    }

    async fn keep_recipient(&self, recipient: NewRecipient, most: usize) -> Result<Kept> {
        self.add(move |work| keep(work, &recipient, most)).await
    }

    async fn recipients(&self, shipment: ShipmentId) -> Result<Vec<Recipient>> {
        self.core.readers.with(|file| {
            let key = self.core.key(file, shipment.track())?;
            let open = |stored: Stored| {
                let Stored {
                    mut recipient,
                    sealed,
                } = stored;
                recipient.address =
                    self.opened(key.as_ref().map(|(key, _)| key), &recipient, sealed);
                recipient
            };
            Ok(of_shipment(file, shipment)?.into_iter().map(open).collect())
        })
    }

    async fn end_recipient(
        &self,
        shipment: ShipmentId,
        id: RecipientId,
        standing: Standing,
        now: i64,
    ) -> Result<bool> {
        let row = (shipment.0, id.0, standing as i16, now);
        let ended = self
            .run(move |work| execute(&work.connection, sql::NOTICE_END, row))
            .await?;
        Ok(ended > 0)
    }

    async fn mails(&self, shipment: ShipmentId) -> Result<Vec<Mail>> {
        let rows = self
            .core
            .readers
            .all(sql::MAIL_OF_SHIPMENT, [shipment.0], |row| Ok(mail(row)))?;
        rows.into_iter().collect()
    }

    async fn mail_cursor(&self) -> Result<Vec<FeedPosition>> {
        self.core.readers.all(sql::MAIL_CURSOR_GET, [], |row| {
            Ok(FeedPosition {
                shard: row.get(0)?,
                number: row.get(1)?,
            })
        })
    }

    async fn queue_mails(&self, cursor: Vec<FeedPosition>, mails: Vec<NewMail>) -> Result<u64> {
        self.run(move |work| {
            let mut queued = 0;
            for mail in &mails {
                let MailKey {
                    shipment,
                    recipient,
                    milestone,
                } = mail.key;
                let row = (
                    shipment.0,
                    recipient.0,
                    milestone as u8,
                    mail.account.0,
                    mail.due,
                    mail.fresh_until,
                );
                queued += execute(&work.connection, sql::MAIL_QUEUE, row)? as u64;
            }
            for at in &cursor {
                execute(
                    &work.connection,
                    sql::MAIL_CURSOR_SET,
                    (at.shard, at.number),
                )?;
            }
            Ok(queued)
        })
        .await
    }

    async fn claim_mail(
        &self,
        now: i64,
        lease_us: i64,
        limits: MailLimits,
    ) -> Result<Option<Mail>> {
        // Most calls find nothing: they need not wait for a commit.
        if self.next_mail().await?.is_none_or(|due| due > now) {
            return Ok(None);
        }
        self.run(move |work| claim(&work.connection, now, lease_us, limits))
            .await
    }

    async fn settle_mail(&self, mail: Mail) -> Result<()> {
        self.run(move |work| set(&work.connection, &mail)).await
    }

    async fn next_mail(&self) -> Result<Option<i64>> {
        self.core.readers.one(sql::MAIL_NEXT, [], |row| row.get(0))
    }
}

impl SqliteStore {
    fn opened(
        &self,
        key: Option<&TrackKey>,
        recipient: &Recipient,
        sealed: Option<Vec<u8>>,
    ) -> Option<SecretString> {
        let name = (recipient.shipment, recipient.id);
        opened_address(&self.core.kernel.sealer, key?, name, &sealed?)
    }
}

fn keep(work: &mut Work, recipient: &NewRecipient, most: usize) -> Result<Kept> {
    let shipment = recipient.shipment;
    let id = recipient.id;
    let known: Vec<_> = of_shipment(&work.connection, shipment)?
        .iter()
        .map(|stored| (stored.recipient.id, stored.recipient.standing))
        .collect();
    let kept = admit(&known, id, most);
    if let Kept::Ended(_) | Kept::Full = kept {
        return Ok(kept);
    }
    let key = work.sealing_key(shipment.track())?;
    let sealer = &work.core.kernel.sealer;
    let row = (
        shipment.0,
        id.0,
        recipient.account.0,
        sealed_address(sealer, &key, (shipment, id), &recipient.address),
        &recipient.language,
        recipient.stages.bits(),
        recipient.now,
    );
    execute(&work.connection, sql::NOTICE_KEEP, row)?;
    Ok(kept)
}

fn of_shipment(file: &Connection, shipment: ShipmentId) -> Result<Vec<Stored>> {
    let read = |row: &Row<'_>| Ok(stored(row, shipment));
    all(file, sql::NOTICE_OF_SHIPMENT, [shipment.0], read)?
        .into_iter()
        .collect()
}

fn stored(row: &Row<'_>, shipment: ShipmentId) -> Result<Stored> {
    let id: Vec<u8> = row.get(0).map_err(read_failed)?;
    let recipient = Recipient {
        id: RecipientId::read(&id)?,
        shipment,
        account: AccountId(row.get(1).map_err(read_failed)?),
        address: None,
        language: row.get(3).map_err(read_failed)?,
        stages: Stages::of_bits(row.get(4).map_err(read_failed)?),
        standing: Standing::of_number(row.get(5).map_err(read_failed)?)?,
        created: row.get(6).map_err(read_failed)?,
        changed: row.get(7).map_err(read_failed)?,
    };
    let sealed = row.get(2).map_err(read_failed)?;
    Ok(Stored { recipient, sealed })
}

fn claim(file: &Connection, now: i64, lease_us: i64, limits: MailLimits) -> Result<Option<Mail>> {
    let Some(due) = one(file, sql::MAIL_DUE, [now], |row| Ok(mail(row)))? else {
        return Ok(None);
    };
    let due = due?;
    let MailLimits { by_account, to_one } = limits;
    let row = (
        due.account.0,
        due.key.recipient.0,
        now - DAY,
        by_account,
        to_one,
    );
    let counts = one(file, sql::MAIL_COUNTS, row, |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let state = judge(&due, now, counts.unwrap_or_default(), limits);
    let claimed = judged(due, state, now, lease_us);
    set(file, &claimed)?;
    Ok(Some(claimed))
}

fn set(file: &Connection, mail: &Mail) -> Result<()> {
    let MailKey {
        shipment,
        recipient,
        milestone,
    } = mail.key;
    let row = (
        shipment.0,
        recipient.0,
        milestone as u8,
        mail.state as i16,
        mail.due,
        mail.attempts,
        mail.code,
        mail.moved,
    );
    execute(file, sql::MAIL_SET, row)?;
    Ok(())
}

fn mail(row: &Row<'_>) -> Result<Mail> {
    let long = |column| row.get::<_, i64>(column).map_err(read_failed);
    let recipient: Vec<u8> = row.get(1).map_err(read_failed)?;
    Ok(Mail {
        key: MailKey {
            shipment: ShipmentId(long(0)?),
            recipient: RecipientId::read(&recipient)?,
            milestone: Milestone::from_number(long(2)? as u8),
        },
        account: AccountId(long(3)?),
        state: MailState::of_number(long(4)? as i16)?,
        due: row.get(5).map_err(read_failed)?,
        fresh_until: long(6)?,
        attempts: long(7)? as u32,
        code: long(8)? as u16,
        moved: long(9)?,
    })
}
