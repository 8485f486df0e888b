//! Many at once: what is sold is what there was, and what is unique is one's.

use super::world::*;
use crate::engines::{Engine, contract};
use futures::future::join_all;
use std::time::Duration;
use tokio_postgres::NoTls;
use trackway_model::orders::{Command, Kind, Movement, NewFulfilment, RecordQuery, Refusal, Total};
use trackway_testkit::eventually;

const LIMIT: Duration = Duration::from_secs(20);

contract!(
    hundreds_who_want_the_last_items_buy_exactly_these,
    one_number_is_given_once,
    cancels_and_sales_at_once_add_up,
);

async fn hundreds_who_want_the_last_items_buy_exactly_these(engine: Engine) {
    const STOCK: i64 = 70;
    let world = World::stocked(engine.open().await, STOCK).await;
    let buyers = (0..400).map(|n| async move { 1 + n % 2 });
    let quantities = join_all(buyers).await;
    let tries = quantities.iter().map(|quantity| {
        let (world, quantity) = (&world, *quantity);
        async move {
            (
                quantity,
                world.carry(world.order("TEA", quantity, None)).await,
            )
        }
    });
    let mut sold = 0;
    for (quantity, answer) in join_all(tries).await {
        match answer {
            Ok(_) => sold += quantity,
            Err(Refusal::OutOfStock { sku, available, .. }) => {
                assert_eq!(sku, "TEA");
                assert!(available < quantity, "{available} of {quantity}");
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(sold, STOCK);
    let level = world.level(world.tea).await;
    assert_eq!((level.on_hand, level.reserved), (STOCK, STOCK));
    let key = world.key(world.tea);
    let ledger = world
        .store
        .movements(world.account, key, 0, 1_000)
        .await
        .unwrap();
    let reserved = ledger.iter().map(|entry| entry.movement);
    let reserved = reserved.filter(|it| it.movement == Movement::Reserve);
    assert_eq!(reserved.map(|it| it.quantity).sum::<i64>(), STOCK);
    assert_balanced(&world.store).await;
}

async fn one_number_is_given_once(engine: Engine) {
    let world = World::stocked(engine.open().await, 1_000).await;
    let tries = (0..100).map(|n| {
        let number = format!("PO-{}", n % 5);
        let world = &world;
        async move { world.carry(world.order("TEA", 1, Some(&number))).await }
    });
    let mut made = 0;
    for answer in join_all(tries).await {
        match answer {
            Ok(_) => made += 1,
            Err(Refusal::Duplicate { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(made, 5);
    let all = RecordQuery::of(Kind::Order);
    let page = world.store.records(world.account, &all);
    assert_eq!(page.await.unwrap().total, Total::Exact(5));
    assert_eq!(world.level(world.tea).await.reserved, 5);
    assert_balanced(&world.store).await;
}

async fn cancels_and_sales_at_once_add_up(engine: Engine) {
    let world = World::stocked(engine.open().await, 40).await;
    let trader = |n: i64| {
        let world = &world;
        async move {
            let mut kept = 0;
            for round in 0..4 {
                let sku = if (n + round) % 2 == 0 { "TEA" } else { "CUP" };
                let Ok(outcome) = world.carry(world.order(sku, 1 + n % 3, None)).await else {
                    continue;
                };
                let order = subject(outcome).id;
                if (n + round) % 3 == 0 {
                    kept += 1 + n % 3;
                    continue;
                }
                let cancel = Command::CancelOrder {
                    order,
                    reason: None,
                    who: trackway_model::orders::Who::Merchant,
                };
                world.carry(cancel).await.unwrap();
            }
            kept
        }
    };
    let kept: i64 = join_all((0..40).map(trader)).await.into_iter().sum();
    let (tea, cup) = (world.level(world.tea).await, world.level(world.cup).await);
    assert_eq!(tea.reserved + cup.reserved, kept);
    assert!(tea.reserved <= 40 && cup.reserved <= 40, "{tea:?} {cup:?}");
    assert_eq!((tea.on_hand, cup.on_hand), (40, 40));
    assert_balanced(&world.store).await;
}

/// Holds a tied number's row as who takes in what is told of it, and then wants its account, while a
/// command holds the account and wants the row. The server would end one of the two after a second, and
/// this one after a tenth of that: the command lets go before, and is carried out.
#[tokio::test]
async fn a_tie_lets_whoever_tells_of_its_number_go_first() {
    let engine = Engine::postgres().await;
    let Engine::Postgres(database) = &engine else {
        unreachable!("it was just made")
    };
    let world = World::stocked(engine.open().await, 60).await;
    world.tell("FG1", "in_transit", 1).await;
    let order = world.placed("CUP", 1).await;
    let connect = async || {
        let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    };
    let (mut teller, watcher) = (connect().await, connect().await);
    teller
        .batch_execute("SET deadlock_timeout = '300ms'")
        .await
        .unwrap();
    let telling = teller.transaction().await.unwrap();
    let held = telling.query("SELECT id FROM track FOR UPDATE", &[]).await;
    assert_eq!(held.unwrap().len(), 1);
    let fulfil = NewFulfilment {
        order,
        waybills: vec!["FG1".to_owned()],
        ..NewFulfilment::default()
    };
    let task = world.task(Command::CreateFulfilment(Box::new(fulfil)));
    let store = world.store.clone();
    let tying = tokio::spawn(async move { store.carry_out(vec![task]).await });
    eventually("the command to wait for the row", LIMIT, async || {
        let waiting = "SELECT FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waiting = watcher.query(waiting, &[]).await.unwrap();
        (!waiting.is_empty()).then_some(())
    })
    .await
    .unwrap();
    let account = world.account.0;
    let wanted = "INSERT INTO record_account (account) VALUES ($1)
                  ON CONFLICT (account) DO UPDATE SET account = excluded.account";
    let gets = telling.execute(wanted, &[&account]).await;
    assert_eq!(gets.unwrap(), 1, "it is not the one that loses");
    telling.commit().await.unwrap();
    let answers = tying.await.unwrap().unwrap();
    let fulfilment = subject(answers.into_iter().next().unwrap().unwrap());
    // What was known of the number moved it.
    let state = world.fulfilment(fulfilment.id).await.state;
    assert_eq!(state, trackway_model::orders::FulfilmentState::InTransit);
    assert_balanced(&world.store).await;
}

/// Known numbers are tied on two nodes while more is told of them on both: nobody is refused, and every
/// fulfilment is where its parcel is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ties_and_tellings_of_two_nodes_never_fail_each_other() {
    const PARCELS: usize = 24;
    let engine = Engine::postgres().await;
    let world = World::stocked(engine.open().await, 1_000).await;
    let nodes = [world.store.clone(), engine.open().await];
    let number = |n: usize| format!("FG{n}");
    let mut orders = Vec::new();
    for n in 0..PARCELS {
        world.tell(&number(n), "accepted", 1).await;
        orders.push(world.placed("CUP", 1).await);
    }
    let tying = (0..PARCELS).map(|n| {
        let fulfil = NewFulfilment {
            order: orders[n],
            waybills: vec![number(n)],
            ..NewFulfilment::default()
        };
        let task = world.task(Command::CreateFulfilment(Box::new(fulfil)));
        nodes[n % 2].carry_out(vec![task])
    });
    let telling = (0..3 * PARCELS).map(|n| {
        let name = ["in_transit", "out_for_delivery", "delivered"][n / PARCELS];
        // Some of them with other parcels of the account, so that a transaction holds several.
        let told = [n % PARCELS, (n + 7) % PARCELS];
        let told = told.map(|at| world.scan(&number(at), name, 2 + (n / PARCELS) as i64));
        nodes[(n / 2) % 2].ingest(trackway_model::intake::Verified::attest(told.to_vec()))
    });
    let (tied, told) = futures::join!(join_all(tying), join_all(telling));
    for answer in told {
        answer.unwrap();
    }
    for answer in tied {
        let fulfilment = subject(answer.unwrap().remove(0).unwrap());
        let state = world.fulfilment(fulfilment.id).await.state;
        assert_eq!(state, trackway_model::orders::FulfilmentState::Delivered);
    }
    assert_balanced(&world.store).await;
}

#[tokio::test]
async fn two_nodes_sell_what_there_is_once() {
    let engine = Engine::postgres().await;
    let world = World::stocked(engine.open().await, 60).await;
    let other = engine.open().await;
    let tries = (0..200).map(|n| {
        let (world, other) = (&world, &other);
        let number = format!("PO-{}", n % 150);
        async move {
            let task = world.task(world.order("TEA", 1, Some(&number)));
            let node = if n % 2 == 0 { &world.store } else { other };
            node.carry_out(vec![task]).await.unwrap().remove(0).is_ok()
        }
    });
    let sold = join_all(tries)
        .await
        .into_iter()
        .filter(|sold| *sold)
        .count();
    assert_eq!(sold, 60);
    assert_eq!(world.level(world.tea).await.reserved, 60);
    // Parcels are told of at both, while both sell cups.
    let order = world.placed("CUP", 1).await;
    let fulfilment = world.fulfilled(order, "FG1").await;
    let telling = ["accepted", "in_transit", "out_for_delivery", "delivered"].map(|name| {
        let told = vec![world.scan("FG1", name, name.len() as i64)];
        let node = if name.len() % 2 == 0 {
            &world.store
        } else {
            &other
        };
        node.ingest(trackway_model::intake::Verified::attest(told))
    });
    let selling = (0..40).map(|n| {
        let task = world.task(world.order("CUP", 1, None));
        let node = if n % 2 == 0 { &world.store } else { &other };
        node.carry_out(vec![task])
    });
    let (told, sold) = futures::join!(join_all(telling), join_all(selling));
    assert!(told.iter().all(Result::is_ok), "{told:?}");
    assert!(sold.iter().all(Result::is_ok));
    let state = world.fulfilment(fulfilment).await.state;
    assert_eq!(state, trackway_model::orders::FulfilmentState::Delivered);
    let level = world.level(world.cup).await;
    assert_eq!((level.on_hand, level.reserved), (59, 40));
    assert_balanced(&world.store).await;
}
