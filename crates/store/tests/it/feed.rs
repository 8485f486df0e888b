//! The feed of changes.

use crate::engines::{Engine, contract};
use crate::fixtures::*;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use trackway_model::change::{Change, FeedPosition, RecordChange, Subject};
use trackway_model::orders::{Body, Catalogued, Command, Kind, Movement, RecordId, StockKey};
use trackway_store::Store;
use trackway_store::orders::{Asking, Task};

contract!(
    changes_come_in_order_and_page_by_position,
    a_single_change_is_found_by_its_position,
    the_doorbell_rings_for_changes,
    repetitions_make_no_change,
    many_callers_make_each_change_once,
    shipments_and_records_stand_in_one_feed,
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
    let last = of_shipment(&all[700].1);
    assert_eq!(last.statements.as_slice(), [1]);
    assert_eq!(last.before.unwrap().milestone, milestone("accepted"));
    assert_eq!((last.learned, last.account), (START + 10 * HOUR, ACCOUNT));
    assert_eq!(of_shipment(&all[0].1).before, None);
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
    assert_eq!(of_shipment(&changes[2].1).before, None);
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
    let shipments: BTreeSet<_> = changes.iter().map(|(_, change)| change.subject()).collect();
    assert_eq!(shipments.len(), 80);
    assert_sound(&store).await;
}

/// Has a command carried out; the id of what it made.
async fn carry_out(store: &Arc<dyn Store>, now: i64, command: Command) -> Option<RecordId> {
    let task = Task {
        account: ACCOUNT,
        by: 7,
        now,
        command,
        asking: Asking::default(),
    };
    let mut done = store.carry_out(vec![task]).await.unwrap();
    done.pop().unwrap().unwrap().record.map(|record| record.id)
}

/// Makes a place, and so many items.
async fn goods(store: &Arc<dyn Store>, items: usize) -> (RecordId, Vec<RecordId>) {
    let make = async |body| {
        let wanted = Catalogued {
            id: None,
            code: None,
            body,
        };
        let made = carry_out(store, START, Command::Catalogue(Box::new(wanted))).await;
        made.unwrap()
    };
    let facts = json!({ "name": "Shelf", "fulfilment_provider": "self", "fulfilment_provider_name": "",
                        "warehouse": null, "warehouse_name": null, "default": true, "active": true });
    let place = Body::of_facts(Kind::PickupAddress, facts.to_string().as_bytes()).unwrap();
    let place = make(place).await;
    let mut made = Vec::new();
    for item in 0..items {
        let facts = json!({
            "sku": format!("SKU-{item}"), "sku_uuid": "", "name": "Tea", "image_urls": [], "barcodes": [],
            "documents": [], "description": "", "weight": 100, "length": "1", "width": "1", "height": "1",
            "category": null, "brand": null, "unit": null, "cost": "1", "sale_price": "1",
            "serial_number": false, "batch_control": false, "bubble_wrap": false, "kraft_paper": false,
            "fragile": false, "high_value": false, "min_shelf_life_inbound": null,
            "min_shelf_life_outbound": null, "material": "", "product_type": "", "storage_method": "",
            "outbound_strategy": "", "min_stock_warning": 0, "qualified": true, "status_since": 0,
            "active": true
        });
        made.push(make(Body::of_facts(Kind::Item, facts.to_string().as_bytes()).unwrap()).await);
    }
    (place, made)
}

/// Of either kind in turn, in one commit and in many; read back as they were told, from memory and
/// from the file.
async fn shipments_and_records_stand_in_one_feed(engine: Engine) {
    let store = engine.open().await;
    let account = store.account("shop", START).await.unwrap();
    assert_eq!(account.id, ACCOUNT, "of whom the parcels are");
    let (place, items) = goods(&store, 3).await;
    let mut told = Vec::new();
    for turn in 0..30_i64 {
        let item = items[turn as usize % items.len()];
        let found = Command::Stock {
            key: StockKey {
                item,
                warehouse: place,
            },
            movement: Movement::Found,
            quantity: 1,
        };
        carry_out(&store, START + turn, found).await;
        told.push(Subject::Record(Kind::Item, item));
        let receipt = tell_one(&store, news(&format!("TW{turn}"), "accepted", 1, 2)).await;
        told.push(Subject::Shipment(receipt.shipment));
    }
    let all = feed(&store, told.len()).await;
    let subjects: Vec<Subject> = all.iter().map(|(_, change)| change.subject()).collect();
    assert_eq!(subjects, told);
    for (turn, (position, change)) in all.iter().step_by(2).enumerate() {
        let Change::Record(stock) = change else {
            panic!("{change:?} is of no record");
        };
        let expected = RecordChange {
            account: ACCOUNT,
            kind: Kind::Item,
            record: items[turn % items.len()],
            at: START + turn as i64,
            before: Some(stock.after),
            after: stock.after,
            version: (turn / items.len()) as u64 + 1,
            warehouse: Some(place),
            cause: None,
        };
        assert_eq!(*stock, expected);
        assert_eq!((change.account(), change.learned()), (ACCOUNT, expected.at));
        assert_eq!(
            store.change(*position).await.unwrap().as_ref(),
            Some(change)
        );
    }
    let page = store.changes(&[all[9].0], 20).await.unwrap();
    assert_eq!(page, all[10..10 + page.len()]);
    store.close().await.unwrap();
    drop(store);
    let store = engine.open().await;
    assert_eq!(feed(&store, told.len()).await, all);
}
