//! The feed of changes.

use crate::engines::{Engine, contract};
use crate::fixtures::*;
use std::collections::BTreeSet;
use trackway_model::change::FeedPosition;

contract!(
    changes_come_in_order_and_page_by_position,
    a_single_change_is_found_by_its_position,
    the_doorbell_rings_for_changes,
    repetitions_make_no_change,
    many_callers_make_each_change_once,
);

async fn changes_come_in_order_and_page_by_position(engine: Engine) {
    let store = engine.open().await;
    assert!(store.changes(&[], 10).await.unwrap().is_empty());
    // More changes in one commit than stand in a row of the feed.
    let told = (0..700)
        .map(|n| news(&format!("TW{n}"), "accepted", 1, 2))
        .collect();
    tell(&store, told).await;
    tell_one(&store, news("TW0", "delivered", 9, 10)).await;
    let all = feed(&store, 701).await;
    let mut paged = Vec::new();
    loop {
        let after: Vec<FeedPosition> = paged
            .last()
            .map(|(position, _)| *position)
            .into_iter()
            .collect();
        let page = store.changes(&after, 64).await.unwrap();
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert!(
        all.windows(2)
            .all(|two| two[0].0.number + 1 == two[1].0.number)
    );
    let head = store.head().await.unwrap();
    assert_eq!(head, [all[700].0]);
    let last = &all[700].1;
    assert_eq!(last.statements.as_slice(), [1]);
    assert_eq!(last.before.unwrap().milestone, milestone("accepted"));
    assert_eq!((last.learned, last.account), (START + 10 * HOUR, ACCOUNT));
    assert_eq!(all[0].1.before, None);
}

async fn a_single_change_is_found_by_its_position(engine: Engine) {
    let store = engine.open().await;
    let told = (0..20)
        .map(|n| news(&format!("TW{n}"), "accepted", 1, 2))
        .collect();
    tell(&store, told).await;
    for (position, change) in feed(&store, 20).await {
        assert_eq!(store.change(position).await.unwrap(), Some(change));
    }
    let beyond = FeedPosition {
        shard: 0,
        number: 9_999,
    };
    assert_eq!(store.change(beyond).await.unwrap(), None);
    assert_eq!(
        store
            .change(FeedPosition {
                shard: 0,
                number: 0
            })
            .await
            .unwrap(),
        None
    );
    assert_eq!(
        store
            .change(FeedPosition {
                shard: 999,
                number: 1
            })
            .await
            .unwrap(),
        None
    );
}

async fn the_doorbell_rings_for_changes(engine: Engine) {
    let store = engine.open().await;
    let mut bell = store.doorbell();
    bell.mark_unchanged();
    tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
    tokio::time::timeout(LIMIT, bell.changed())
        .await
        .unwrap()
        .unwrap();
    feed(&store, 1).await;
}

async fn repetitions_make_no_change(engine: Engine) {
    let store = engine.open().await;
    for _ in 0..3 {
        tell_one(&store, news(NUMBER, "accepted", 1, 2)).await;
        tell_one(&store, answer(NUMBER, 3, &[("accepted", 1)], &[])).await;
    }
    tell_one(&store, news("TW2", "accepted", 1, 2)).await;
    let changes = feed(&store, 3).await;
    assert_eq!(changes[2].1.before, None);
}

async fn many_callers_make_each_change_once(engine: Engine) {
    let store = engine.open().await;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..16 {
        let store = store.clone();
        callers.spawn(async move {
            for n in 0..20 {
                // Every parcel is told of by four callers.
                let number = format!("TW{}-{n}", caller % 4);
                tell_one(&store, news(&number, "accepted", 1, 2)).await;
            }
        });
    }
    callers.join_all().await;
    let changes = feed(&store, 80).await;
    let shipments: BTreeSet<_> = changes.iter().map(|(_, change)| change.shipment).collect();
    assert_eq!(shipments.len(), 80);
    assert_sound(&store).await;
}
