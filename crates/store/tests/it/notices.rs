//! Who is told by e-mail, and that no e-mail is anybody's twice.

use crate::directory::registration;
use crate::engines::{Engine, contract};
use crate::fixtures::*;
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use trackway_model::change::FeedPosition;
use trackway_model::{AccountId, Milestone, ShipmentId, Stage};
use trackway_store::Store;
use trackway_store::notices::{
    Kept, MailKey, NewMail, NewRecipient, NoticePolicy, Recipient, Stages, Standing,
};

contract!(
    a_recipient_is_kept_changed_and_ended,
    an_erasure_takes_the_address_and_nothing_else,
    an_address_is_sealed_before_anything_was_told,
    what_the_recipient_ended_the_account_cannot_begin,
    a_policy_is_the_account_s_own,
);

const WHO: &str = "an.example@example.org";

/// Rows of every kind, for copies and backups.
pub async fn fill(store: &Arc<dyn Store>, account: AccountId, number: &str) {
    let shipment = first(store, account, number).await;
    store
        .keep_recipient(new(store, account, shipment, WHO), 2)
        .await
        .unwrap();
    let policy = NoticePolicy {
        language: "zh".to_owned(),
        stages: [Stage::Lost].into_iter().collect(),
    };
    store.set_notice_policy(account, policy).await.unwrap();
    let key = MailKey {
        shipment,
        recipient: store.recipient_of(account, WHO),
        milestone: Milestone::Delivered,
    };
    let cursor = vec![FeedPosition {
        shard: 0,
        number: 4,
    }];
    let mail = NewMail {
        account,
        ..crate::mails::queued(key, 0)
    };
    store.queue_mails(cursor, vec![mail]).await.unwrap();
}

/// All that is told of them.
pub async fn told(store: &Arc<dyn Store>, account: AccountId, number: &str) -> String {
    let shipment = first(store, account, number).await;
    let recipients = store.recipients(shipment).await.unwrap();
    let addresses: Vec<_> = recipients.iter().map(address).collect();
    format!(
        "{recipients:?} {addresses:?} {:?} {:?} {:?} {:?}",
        store.mails(shipment).await.unwrap(),
        store.notice_policy(account).await.unwrap(),
        store.mail_cursor().await.unwrap(),
        store.next_mail().await.unwrap(),
    )
}

async fn first(store: &Arc<dyn Store>, account: AccountId, number: &str) -> ShipmentId {
    let found = store.find(account, Some(CARRIER), number).await.unwrap();
    ShipmentId::new(found[0].id, 0)
}

/// A store with a registered number; the account and the shipment.
async fn registered(engine: &Engine) -> (Arc<dyn Store>, AccountId, ShipmentId) {
    let store = engine.open().await;
    let account = store.account("default", START).await.unwrap().id;
    let wish = registration(account, NUMBER);
    let (made, _) = store.register(wish, None).await.unwrap();
    (store, account, ShipmentId::new(made.track, 0))
}

fn new(
    store: &Arc<dyn Store>,
    account: AccountId,
    shipment: ShipmentId,
    address: &str,
) -> NewRecipient {
    NewRecipient {
        id: store.recipient_of(account, address),
        shipment,
        account,
        address: SecretString::from(address),
        language: "vi".to_owned(),
        stages: [Stage::Delivered, Stage::OutForDelivery]
            .into_iter()
            .collect(),
        now: START,
    }
}

async fn only(store: &Arc<dyn Store>, shipment: ShipmentId) -> Recipient {
    let mut found = store.recipients(shipment).await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn address(recipient: &Recipient) -> Option<&str> {
    recipient.address.as_ref().map(ExposeSecret::expose_secret)
}

async fn a_recipient_is_kept_changed_and_ended(engine: Engine) {
    let (store, account, shipment) = registered(&engine).await;
    let id = store.recipient_of(account, WHO);
    let kept = store
        .keep_recipient(new(&store, account, shipment, WHO), 2)
        .await;
    assert_eq!(kept.unwrap(), Kept::New);
    let found = only(&store, shipment).await;
    assert_eq!((found.id, address(&found)), (id, Some(WHO)));
    assert_eq!(
        (found.language.as_str(), found.standing),
        ("vi", Standing::Active)
    );
    let other = NewRecipient {
        language: "zh".to_owned(),
        stages: [Stage::Lost].into_iter().collect(),
        now: START + 1,
        ..new(&store, account, shipment, WHO)
    };
    assert_eq!(store.keep_recipient(other, 1).await.unwrap(), Kept::Changed);
    let full = store
        .keep_recipient(new(&store, account, shipment, "b@example.org"), 1)
        .await;
    assert_eq!(full.unwrap(), Kept::Full);
    // Another process finds the same.
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    let found = only(&store, shipment).await;
    assert_eq!(
        (found.language.as_str(), address(&found)),
        ("zh", Some(WHO))
    );
    assert_eq!((found.created, found.changed), (START, START + 1));
    assert_eq!(found.stages.iter().collect::<Vec<_>>(), [Stage::Lost]);
    let removed = Standing::Removed;
    assert!(
        store
            .end_recipient(shipment, id, removed, START + 2)
            .await
            .unwrap()
    );
    assert!(
        !store
            .end_recipient(shipment, id, removed, START + 3)
            .await
            .unwrap()
    );
    let found = only(&store, shipment).await;
    assert_eq!((found.standing, found.changed), (removed, START + 2));
    let again = store
        .keep_recipient(new(&store, account, shipment, WHO), 1)
        .await;
    assert_eq!(again.unwrap(), Kept::Changed);
    assert_eq!(only(&store, shipment).await.standing, Standing::Active);
    let elsewhere = ShipmentId::new(shipment.track(), 1);
    assert!(store.recipients(elsewhere).await.unwrap().is_empty());
    assert_ne!(store.recipient_of(AccountId(77), WHO), id);
    assert_sound(&store).await;
}

async fn an_erasure_takes_the_address_and_nothing_else(engine: Engine) {
    let (store, account, shipment) = registered(&engine).await;
    store
        .keep_recipient(new(&store, account, shipment, WHO), 2)
        .await
        .unwrap();
    let id = store.recipient_of(account, WHO);
    let ended = store.end_recipient(shipment, id, Standing::Unsubscribed, START);
    assert!(ended.await.unwrap());
    store.erase(shipment.track()).await.unwrap();
    let found = only(&store, shipment).await;
    assert_eq!((found.id, address(&found)), (id, None));
    assert_eq!(found.standing, Standing::Unsubscribed);
    // What is told later is sealed under another key: the address stays gone.
    let told = trackway_model::intake::Intake {
        account,
        ..news(NUMBER, "accepted", 1, 2)
    };
    tell_one(&store, told).await;
    assert_eq!(address(&only(&store, shipment).await), None);
    // One who is added after it is there again.
    store
        .keep_recipient(new(&store, account, shipment, "b@example.org"), 2)
        .await
        .unwrap();
    let found = store.recipients(shipment).await.unwrap();
    let there: Vec<_> = found.iter().filter_map(address).collect();
    assert_eq!(there, ["b@example.org"]);
    assert_sound(&store).await;
}

async fn an_address_is_sealed_before_anything_was_told(engine: Engine) {
    let (store, account, shipment) = registered(&engine).await;
    store
        .keep_recipient(new(&store, account, shipment, WHO), 2)
        .await
        .unwrap();
    let told = trackway_model::intake::Intake {
        account,
        ..news(NUMBER, "accepted", 1, 2)
    };
    tell_one(&store, told).await;
    // The same key seals both.
    assert_eq!(address(&only(&store, shipment).await), Some(WHO));
    let track = store.track(shipment.track()).await.unwrap().unwrap();
    let views = store.statements(&track, &[0]).await.unwrap();
    assert!(views[0].raw.is_some());
    drop(store);
    let store = engine.open().await;
    assert_eq!(address(&only(&store, shipment).await), Some(WHO));
    assert_sound(&store).await;
}

async fn what_the_recipient_ended_the_account_cannot_begin(engine: Engine) {
    let (store, account, shipment) = registered(&engine).await;
    let id = store.recipient_of(account, WHO);
    for ended in [Standing::Removed, Standing::Unsubscribed] {
        store
            .keep_recipient(new(&store, account, shipment, WHO), 2)
            .await
            .unwrap();
        store
            .end_recipient(shipment, id, ended, START)
            .await
            .unwrap();
    }
    let again = store
        .keep_recipient(new(&store, account, shipment, WHO), 2)
        .await;
    assert_eq!(again.unwrap(), Kept::Ended(Standing::Unsubscribed));
    assert!(
        !store
            .end_recipient(shipment, id, Standing::Removed, START)
            .await
            .unwrap()
    );
    assert_eq!(
        only(&store, shipment).await.standing,
        Standing::Unsubscribed
    );
    // Also one whom the account had removed may say that they want nothing more.
    let other = store.recipient_of(account, "b@example.org");
    store
        .keep_recipient(new(&store, account, shipment, "b@example.org"), 2)
        .await
        .unwrap();
    for standing in [Standing::Removed, Standing::Unsubscribed] {
        assert!(
            store
                .end_recipient(shipment, other, standing, START)
                .await
                .unwrap()
        );
    }
}

async fn a_policy_is_the_account_s_own(engine: Engine) {
    let (store, account, _) = registered(&engine).await;
    let other = store.account("other", START).await.unwrap().id;
    assert_eq!(store.notice_policy(account).await.unwrap(), None);
    let mut policy = NoticePolicy {
        language: "en".to_owned(),
        stages: Stages::default(),
    };
    store
        .set_notice_policy(account, policy.clone())
        .await
        .unwrap();
    policy.stages = [Stage::Delivered].into_iter().collect();
    store
        .set_notice_policy(account, policy.clone())
        .await
        .unwrap();
    assert_eq!(store.notice_policy(account).await.unwrap(), Some(policy));
    assert_eq!(store.notice_policy(other).await.unwrap(), None);
}
