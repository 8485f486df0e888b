//! E-mails: queued once, claimed by one, and never due again.

use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::sync::Arc;
use trackway_model::change::FeedPosition;
use trackway_model::{Milestone, ShipmentId};
use trackway_store::Store;
use trackway_store::notices::{DAY, Mail, MailKey, MailLimits, MailState, NewMail, RecipientId};

contract!(
    an_email_is_queued_once_for_ever,
    a_claim_is_one_holder_s_and_never_due_again,
    a_claim_whose_holder_died_is_unknown,
    news_that_is_old_is_not_sent,
    a_day_s_limits_hold_by_account_and_by_recipient,
    many_claim_at_once_and_none_gets_what_another_has,
);

const LEASE: i64 = 300_000_000;
const LIMITS: MailLimits = MailLimits {
    by_account: 100,
    to_one: 10,
};

fn key(shipment: i64, recipient: u8, milestone: Milestone) -> MailKey {
    MailKey {
        shipment: ShipmentId(shipment),
        recipient: RecipientId([recipient; 16]),
        milestone,
    }
}

pub fn queued(key: MailKey, due: i64) -> NewMail {
    NewMail {
        key,
        account: ACCOUNT,
        due: START + due,
        fresh_until: START + 10 * HOUR,
    }
}

async fn with_mails(engine: &Engine, mails: Vec<NewMail>) -> Arc<dyn Store> {
    let store = engine.open().await;
    assert_eq!(store.account("default", START).await.unwrap().id, ACCOUNT);
    store.queue_mails(Vec::new(), mails).await.unwrap();
    store
}

async fn claimed(store: &Arc<dyn Store>, now: i64) -> Option<Mail> {
    store.claim_mail(START + now, LEASE, LIMITS).await.unwrap()
}

async fn an_email_is_queued_once_for_ever(engine: Engine) {
    let first = key(1_024, 1, Milestone::Delivered);
    let store = with_mails(&engine, vec![queued(first, 0)]).await;
    assert!(store.mail_cursor().await.unwrap().is_empty());
    let at = |number| vec![FeedPosition { shard: 0, number }];
    let more = vec![
        queued(first, 5),
        queued(key(1_024, 2, Milestone::Delivered), 5),
        queued(key(1_024, 1, Milestone::OutForDelivery), 5),
        queued(key(1_025, 1, Milestone::Delivered), 5),
    ];
    assert_eq!(store.queue_mails(at(9), more).await.unwrap(), 3);
    // A node that is behind does not move it back.
    assert_eq!(store.queue_mails(at(7), Vec::new()).await.unwrap(), 0);
    assert_eq!(store.mail_cursor().await.unwrap(), at(9));
    let sent = claimed(&store, 0).await.unwrap();
    assert_eq!(
        (sent.key, sent.state, sent.attempts),
        (first, MailState::Claimed, 1)
    );
    let sent = Mail {
        state: MailState::Sent,
        due: None,
        code: 250,
        ..sent
    };
    store.settle_mail(sent).await.unwrap();
    assert_eq!(
        store
            .queue_mails(at(10), vec![queued(first, 0)])
            .await
            .unwrap(),
        0
    );
    let found = store.mails(ShipmentId(1_024)).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|mail| (mail.key.milestone, mail.state))
        .collect();
    assert_eq!(
        found,
        [
            (Milestone::OutForDelivery, MailState::Queued),
            (Milestone::Delivered, MailState::Sent),
            (Milestone::Delivered, MailState::Queued),
        ]
    );
}

async fn a_claim_is_one_holder_s_and_never_due_again(engine: Engine) {
    let first = key(1_024, 1, Milestone::Delivered);
    let store = with_mails(&engine, vec![queued(first, 100)]).await;
    assert_eq!(store.next_mail().await.unwrap(), Some(START + 100));
    assert_eq!(claimed(&store, 99).await, None);
    let mine = claimed(&store, 100).await.unwrap();
    assert_eq!(mine.due, Some(START + 100 + LEASE));
    assert_eq!(claimed(&store, 101).await, None);
    // Not taken for now: due again, and counted.
    let again = Mail {
        state: MailState::Queued,
        due: Some(START + 500),
        code: 451,
        ..mine
    };
    store.settle_mail(again).await.unwrap();
    assert_eq!(claimed(&store, 499).await, None);
    let mine = claimed(&store, 500).await.unwrap();
    assert_eq!((mine.attempts, mine.code), (2, 451));
    let refused = Mail {
        state: MailState::Refused,
        due: None,
        code: 550,
        ..mine
    };
    store.settle_mail(refused).await.unwrap();
    assert_eq!(store.next_mail().await.unwrap(), None);
    assert_eq!(claimed(&store, LEASE * 9).await, None);
    assert_eq!(store.mails(ShipmentId(1_024)).await.unwrap(), [refused]);
}

async fn a_claim_whose_holder_died_is_unknown(engine: Engine) {
    let first = key(1_024, 1, Milestone::Delivered);
    let store = with_mails(&engine, vec![queued(first, 0)]).await;
    claimed(&store, 0).await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(claimed(&store, LEASE - 1).await, None);
    let found = claimed(&store, LEASE).await.unwrap();
    assert_eq!(
        (found.state, found.due, found.attempts),
        (MailState::Unknown, None, 1)
    );
    assert_eq!(claimed(&store, 100 * LEASE).await, None);
    assert_eq!(
        store
            .queue_mails(Vec::new(), vec![queued(first, 0)])
            .await
            .unwrap(),
        0
    );
}

async fn news_that_is_old_is_not_sent(engine: Engine) {
    let first = key(1_024, 1, Milestone::Delivered);
    let store = with_mails(&engine, vec![queued(first, 0)]).await;
    let found = claimed(&store, 10 * HOUR + 1).await.unwrap();
    assert_eq!((found.state, found.attempts), (MailState::Stale, 0));
    assert_eq!(store.next_mail().await.unwrap(), None);
}

async fn a_day_s_limits_hold_by_account_and_by_recipient(engine: Engine) {
    let mails = (0..6_u8).map(|n| {
        let shipment = 1_024 * i64::from(n + 1);
        queued(key(shipment, n / 3, Milestone::Delivered), i64::from(n))
    });
    let store = with_mails(&engine, mails.collect()).await;
    let limits = MailLimits {
        by_account: 4,
        to_one: 2,
    };
    let mut states = Vec::new();
    for _ in 0..6 {
        let mail = store
            .claim_mail(START + 10, LEASE, limits)
            .await
            .unwrap()
            .unwrap();
        states.push(mail.state);
        if mail.state == MailState::Claimed {
            let sent = Mail {
                state: MailState::Sent,
                due: None,
                ..mail
            };
            store.settle_mail(sent).await.unwrap();
        }
    }
    let (claimed, limited) = (MailState::Claimed, MailState::Limited);
    assert_eq!(
        states,
        [claimed, claimed, limited, claimed, claimed, limited]
    );
    let late = NewMail {
        fresh_until: START + 2 * DAY,
        ..queued(key(90_000, 0, Milestone::Lost), 0)
    };
    store.queue_mails(Vec::new(), vec![late]).await.unwrap();
    let next = store
        .claim_mail(START + DAY + 10, LEASE, limits)
        .await
        .unwrap();
    assert_eq!(next.unwrap().state, claimed, "a day later there is room");
}

async fn many_claim_at_once_and_none_gets_what_another_has(engine: Engine) {
    let mails = (1..=12).map(|n| queued(key(1_024 * n, n as u8, Milestone::Delivered), 0));
    let store = with_mails(&engine, mails.collect()).await;
    let limits = MailLimits {
        by_account: 7,
        to_one: 1,
    };
    let claims = (0..24).map(|_| {
        let store = store.clone();
        tokio::spawn(async move { store.claim_mail(START, LEASE, limits).await.unwrap() })
    });
    let mut found = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        found.extend(claim.await.unwrap());
    }
    // Nodes pass over what another one holds at this moment.
    while let Some(mail) = store.claim_mail(START, LEASE, limits).await.unwrap() {
        found.push(mail);
    }
    let mut keys: Vec<_> = found.iter().map(|mail| mail.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!((found.len(), keys.len()), (12, 12));
    let claimed = found.iter().filter(|mail| mail.state == MailState::Claimed);
    assert_eq!(claimed.count(), 7);
}
