//! Fulfilments whose carriers are told of them: who looks at one, and when.

use crate::directory::connection;
use crate::engines::{Engine, contract};
use crate::orders::world::World;
use std::sync::atomic::Ordering;
use trackway_model::ConnectionId;
use trackway_model::orders::{Command, Deed, NewFulfilment, RecordId, Reply};
use trackway_store::bookings::{Booking, SettledBooking};
use trackway_store::orders::Asking;

contract!(
    a_fulfilment_that_its_carrier_is_told_of_comes_due_until_it_is_settled,
    what_is_written_during_a_claim_is_looked_at_after_it,
    a_claim_that_ended_settles_nothing,
    only_what_somebody_tells_of_has_a_row,
);

const LEASE: i64 = 60_000_000;

struct Shop {
    world: World,
    connection: ConnectionId,
}

impl Shop {
    async fn open(engine: &Engine) -> Self {
        let world = World::stocked(engine.open().await, 100).await;
        let made = connection(world.account, "carrier");
        let connection = world.store.create_connection(made).await.unwrap().id;
        Self { world, connection }
    }

    /// Makes a fulfilment of which this connection tells, if any.
    async fn ship(&self, teller: Option<ConnectionId>) -> RecordId {
        let order = self.world.placed("TEA", 1).await;
        let wanted = NewFulfilment {
            order,
            courier: Some(self.world.courier),
            ..NewFulfilment::default()
        };
        let mut task = self.world.task(Command::CreateFulfilment(Box::new(wanted)));
        task.asking = Asking::default().telling(move |_| teller.into_iter().collect());
        let mut answers = self.world.store.carry_out(vec![task]).await.unwrap();
        answers.remove(0).unwrap().record.unwrap().id
    }

    async fn answer(&self, fulfilment: RecordId, reply: Reply) {
        let command = Command::CarrierAnswered { fulfilment, reply };
        self.world.carry(command).await.unwrap();
    }

    fn now(&self) -> i64 {
        self.world.now.load(Ordering::Relaxed)
    }

    async fn claim(&self, now: i64) -> Vec<Booking> {
        self.world
            .store
            .claim_bookings(now, LEASE, 10)
            .await
            .unwrap()
    }

    async fn settle(&self, booking: &Booking, due: Option<i64>) -> bool {
        let settled = SettledBooking {
            booking: booking.clone(),
            due,
            now: self.now(),
        };
        self.world.store.settle_booking(settled).await.unwrap()
    }

    async fn next(&self) -> Option<i64> {
        self.world.store.next_booking().await.unwrap()
    }
}

async fn a_fulfilment_that_its_carrier_is_told_of_comes_due_until_it_is_settled(engine: Engine) {
    let shop = Shop::open(&engine).await;
    let id = shop.ship(Some(shop.connection)).await;
    let now = shop.now();
    assert!(shop.next().await.unwrap() <= now);
    let claimed = shop.claim(now).await;
    assert_eq!(claimed.len(), 1);
    let mut booking = claimed[0].clone();
    assert_eq!(
        (booking.fulfilment, booking.connection),
        (id, shop.connection)
    );
    assert_eq!((booking.account, booking.tries), (shop.world.account, 1));
    assert_eq!((booking.lease, booking.told), (now + LEASE, None));
    assert_eq!(shop.claim(now + LEASE - 1).await, []);
    // Nobody settled it: it comes again, and is known to have been tried.
    let again = shop.claim(now + LEASE).await;
    assert_eq!(again[0].tries, 2);
    booking = again[0].clone();
    (booking.tries, booking.failures, booking.told) = (1, 3, Some(-7));
    assert!(shop.settle(&booking, Some(now + 2 * LEASE)).await);
    assert_eq!(shop.next().await, Some(now + 2 * LEASE));
    assert_eq!(
        shop.world
            .store
            .count_bookings(shop.connection)
            .await
            .unwrap(),
        1
    );
    let third = shop.claim(now + 2 * LEASE).await;
    let kept = (third[0].tries, third[0].failures, third[0].told);
    assert_eq!(kept, (2, 3, Some(-7)));
    assert!(shop.settle(&third[0], None).await);
    assert_eq!(shop.next().await, None);
    assert_eq!(
        shop.world
            .store
            .count_bookings(shop.connection)
            .await
            .unwrap(),
        0
    );
    // A connection that is paused tells nothing.
    shop.answer(id, Reply::Done(Deed::Cancel)).await;
    let (account, id) = (shop.world.account, shop.connection);
    let paused = shop.world.store.pause_connection(account, id, true);
    paused.await.unwrap();
    assert_eq!(shop.next().await, None);
    assert_eq!(shop.claim(i64::MAX / 2).await, []);
}

async fn what_is_written_during_a_claim_is_looked_at_after_it(engine: Engine) {
    let shop = Shop::open(&engine).await;
    let id = shop.ship(Some(shop.connection)).await;
    let claimed = shop.claim(shop.now()).await;
    let taken = Reply::Taken {
        number: Some("VD0000001".to_owned()),
        cost: None,
    };
    shop.answer(id, taken).await;
    // The claim stands.
    assert_eq!(shop.claim(shop.now()).await, []);
    assert!(shop.settle(&claimed[0], None).await);
    let again = shop.claim(shop.now()).await;
    assert_eq!(again.len(), 1);
    assert!(again[0].news > claimed[0].news);
    assert!(shop.settle(&again[0], None).await);
    assert_eq!(shop.next().await, None);
    // What its parcel tells is news too.
    shop.world.tell("VD0000001", "in_transit", 3).await;
    assert_eq!(shop.claim(i64::MAX / 2).await.len(), 1);
}

async fn a_claim_that_ended_settles_nothing(engine: Engine) {
    let shop = Shop::open(&engine).await;
    shop.ship(Some(shop.connection)).await;
    let now = shop.now();
    let first = shop.claim(now).await;
    let second = shop.claim(now + LEASE).await;
    assert!(!shop.settle(&first[0], None).await);
    assert!(shop.settle(&second[0], None).await);
    assert!(!shop.settle(&second[0], Some(now)).await, "once");
    assert_eq!(shop.next().await, None);
}

async fn only_what_somebody_tells_of_has_a_row(engine: Engine) {
    let shop = Shop::open(&engine).await;
    let id = shop.ship(None).await;
    assert_eq!(shop.next().await, None);
    shop.answer(id, Reply::Done(Deed::Update)).await;
    assert_eq!(shop.next().await, None);
}
