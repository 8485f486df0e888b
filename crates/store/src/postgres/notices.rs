//! Who is told by e-mail, and the e-mails.
//!
//! A recipient is kept under the lock of its track's row, so that neither an erasure nor another node
//! comes between the key and what is sealed with it. An e-mail is claimed by locking its row, which
//! other nodes pass over, and then the account's, so that the day's limits hold over all nodes.

use super::commit::{self, Then};
use super::connect::Work;
use super::work::bounded;
use super::{PostgresStore, sql};
use crate::notices::{
    DAY, Kept, Mail, MailKey, MailLimits, MailState, NewMail, NewRecipient, NoticePolicy,
    Recipient, RecipientId, Stages, Standing, admit, judge, judged, opened_address, sealed_address,
};
use crate::{Notices, StoreError};
use async_trait::async_trait;
use tokio_postgres::Row;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, Milestone, ShipmentId};

type Result<T> = std::result::Result<T, StoreError>;

#[async_trait]
impl Notices for PostgresStore {
    async fn notice_policy(&self, account: AccountId) -> Result<Option<NoticePolicy>> {
        let found = self
            .database
            .row(&sql::NOTICE_POLICY_GET, &[&account.0])
            .await?;
        Ok(found.map(|row| NoticePolicy {
            language: row.get(0),
            stages: Stages::of_bits(row.get(1)),
        }))
    }

    async fn set_notice_policy(&self, account: AccountId, policy: NoticePolicy) -> Result<()> {
        let NoticePolicy { language, stages } = policy;
        self.database
            .execute(
                &sql::NOTICE_POLICY_SET,
                &[&account.0, &language, &stages.bits()],
            )
            .await?;
        Ok(())
    }

    fn recipient_of(&self, account: AccountId, address: &str) -> RecipientId {
        RecipientId::of(self.sealer(), account, address)
    }

    async fn keep_recipient(&self, recipient: NewRecipient, most: usize) -> Result<Kept> {
        let NewRecipient {
            id,
            shipment,
            account,
            address,
            language,
            stages,
            now,
        } = recipient;
        let work = self.database.begin().await?;
        let (mut held, block) = self.lock_one(&work, shipment.track()).await?;
        let rows = work.rows(&sql::NOTICE_OF_SHIPMENT, &[&shipment.0]).await?;
        let known = rows
            .iter()
            .map(|row| {
                Ok((
                    RecipientId::read(row.get(0))?,
                    Standing::of_number(row.get(5))?,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        let kept = admit(&known, id, most);
        if let Kept::Ended(_) | Kept::Full = kept {
            return Ok(kept);
        }
        let sealed = {
            let (_, key) = held.open(self.sealer());
            sealed_address(self.sealer(), key, (shipment, id), &address)
        };
        let made = held.has_new_key();
        if made {
            // With the row's next version, so that no node goes on without the key.
            let mut batch = commit::batch(block);
            commit::write(&work, block, &mut batch, &[&held], Then::GoOn).await?;
        }
        work.execute(
            &sql::NOTICE_KEEP,
            &[
                &shipment.0,
                &id.0.as_slice(),
                &account.0,
                &sealed,
                &language,
                &stages.bits(),
                &now,
            ],
        )
        .await?;
        work.commit().await?;
        self.shared.cache.put(held.remembered(made));
        Ok(kept)
    }

    async fn recipients(&self, shipment: ShipmentId) -> Result<Vec<Recipient>> {
        let rows = self
            .database
            .rows(&sql::NOTICE_OF_SHIPMENT, &[&shipment.0])
            .await?;
        let key = self
            .database
            .row(&sql::TRACK_KEY_READ, &[&shipment.track().0])
            .await?;
        let key = self.key(key.as_ref())?.map(|(key, _)| key);
        let read = |row: &Row| {
            let id = RecipientId::read(row.get(0))?;
            let sealed: Option<Vec<u8>> = row.get(2);
            let address = key.as_ref().zip(sealed).and_then(|(key, sealed)| {
                opened_address(self.sealer(), key, (shipment, id), &sealed)
            });
            Ok(Recipient {
                id,
                shipment,
                account: AccountId(row.get(1)),
                address,
                language: row.get(3),
                stages: Stages::of_bits(row.get(4)),
                standing: Standing::of_number(row.get(5))?,
                created: row.get(6),
                changed: row.get(7),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn end_recipient(
        &self,
        shipment: ShipmentId,
        id: RecipientId,
        standing: Standing,
        now: i64,
    ) -> Result<bool> {
        let row = (id.0.as_slice(), standing as i16);
        let ended = self
            .database
            .execute(&sql::NOTICE_END, &[&shipment.0, &row.0, &row.1, &now])
            .await?;
        Ok(ended > 0)
    }

    async fn mails(&self, shipment: ShipmentId) -> Result<Vec<Mail>> {
        let rows = self
            .database
            .rows(&sql::MAIL_OF_SHIPMENT, &[&shipment.0])
            .await?;
        rows.iter().map(mail).collect()
    }

    async fn mail_cursor(&self) -> Result<Vec<FeedPosition>> {
        let rows = self.database.rows(&sql::MAIL_CURSOR_GET, &[]).await?;
        let position = |row: &Row| FeedPosition {
            shard: row.get::<_, i16>(0) as u16,
            number: row.get::<_, i64>(1) as u64,
        };
        Ok(rows.iter().map(position).collect())
    }

    async fn queue_mails(&self, cursor: Vec<FeedPosition>, mut mails: Vec<NewMail>) -> Result<u64> {
        // Nodes that read the same changes take rows in one order.
        mails.sort_unstable_by_key(|mail| mail.key);
        let shipments: Vec<i64> = mails.iter().map(|mail| mail.key.shipment.0).collect();
        let recipients: Vec<&[u8]> = mails
            .iter()
            .map(|mail| mail.key.recipient.0.as_slice())
            .collect();
        let milestones: Vec<i16> = mails
            .iter()
            .map(|mail| i16::from(mail.key.milestone as u8))
            .collect();
        let accounts: Vec<i64> = mails.iter().map(|mail| mail.account.0).collect();
        let dues: Vec<i64> = mails.iter().map(|mail| mail.due).collect();
        let until: Vec<i64> = mails.iter().map(|mail| mail.fresh_until).collect();
        let shards: Vec<i16> = cursor.iter().map(|at| at.shard as i16).collect();
        let numbers: Vec<i64> = cursor.iter().map(|at| at.number as i64).collect();
        let work = self.database.begin().await?;
        let queued = work
            .execute(
                &sql::MAIL_QUEUE,
                &[
                    &shipments,
                    &recipients,
                    &milestones,
                    &accounts,
                    &dues,
                    &until,
                ],
            )
            .await?;
        work.execute(&sql::MAIL_CURSOR_SET, &[&shards, &numbers])
            .await?;
        work.commit().await?;
        Ok(queued)
    }

    async fn claim_mail(
        &self,
        now: i64,
        lease_us: i64,
        limits: MailLimits,
    ) -> Result<Option<Mail>> {
        let work = self.database.begin().await?;
        let due = work.rows(&sql::MAIL_DUE, &[&now]).await?;
        let Some(due) = due.first().map(mail).transpose()? else {
            return Ok(None);
        };
        work.rows(&sql::MAIL_ACCOUNT, &[&due.account.0]).await?;
        let MailLimits { by_account, to_one } = limits;
        let counted = work
            .rows(
                &sql::MAIL_COUNTS,
                &[
                    &due.account.0,
                    &due.key.recipient.0.as_slice(),
                    &(now - DAY),
                    &bounded(by_account as usize),
                    &bounded(to_one as usize),
                ],
            )
            .await?;
        let count = |row: &Row, at| u32::try_from(row.get::<_, i64>(at)).unwrap_or(u32::MAX);
        let counts = counted.first().map(|row| (count(row, 0), count(row, 1)));
        let state = judge(&due, now, counts.unwrap_or_default(), limits);
        let claimed = judged(due, state, now, lease_us);
        set(&work, &claimed).await?;
        work.commit().await?;
        Ok(Some(claimed))
    }

    async fn settle_mail(&self, mail: Mail) -> Result<()> {
        let work = self.database.begin().await?;
        set(&work, &mail).await?;
        work.commit().await
    }

    async fn next_mail(&self) -> Result<Option<i64>> {
        let found = self.database.row(&sql::MAIL_NEXT, &[]).await?;
        Ok(found.map(|row| row.get(0)))
    }
}

async fn set(work: &Work, mail: &Mail) -> Result<()> {
    let MailKey {
        shipment,
        recipient,
        milestone,
    } = mail.key;
    work.execute(
        &sql::MAIL_SET,
        &[
            &shipment.0,
            &recipient.0.as_slice(),
            &i16::from(milestone as u8),
            &(mail.state as i16),
            &mail.due,
            &(mail.attempts as i32),
            &(mail.code as i16),
            &mail.moved,
        ],
    )
    .await?;
    Ok(())
}

fn mail(row: &Row) -> Result<Mail> {
    Ok(Mail {
        key: MailKey {
            shipment: ShipmentId(row.get(0)),
            recipient: RecipientId::read(row.get(1))?,
            milestone: Milestone::from_number(row.get::<_, i16>(2) as u8),
        },
        account: AccountId(row.get(3)),
        state: MailState::of_number(row.get(4))?,
        due: row.get(5),
        fresh_until: row.get(6),
        attempts: row.get::<_, i32>(7) as u32,
        code: row.get::<_, i16>(8) as u16,
        moved: row.get(9),
    })
}
