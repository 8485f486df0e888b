//! A hub that books with a simulated 247Express, by real HTTP: its parcel is accepted there, travels,
//! waits for its sender's word and goes on. At the end both hold it as it stands.

use crate::booking::Shop;
use crate::world::{World, texts};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use trackway_dialects::desk::Trade;
use trackway_hub::{Clock, NewConnection};
use trackway_model::orders::{
    Body, CarrierAnswer, Command, FULFILMENT, Fulfilment, FulfilmentState, Kind, RecordId,
    RecordQuery, Wish,
};
use trackway_simulator::desk::ACCOUNT;
use trackway_simulator::{Begin, Plan, Scenario, SimulatedDesk, World as Market, http};

const STEP: Duration = Duration::from_mins(30);

struct Carrier {
    desk: Arc<SimulatedDesk>,
    address: String,
}

impl Carrier {
    async fn start(world: &World, scenario: &str) -> Self {
        let clock = world.clock.clone();
        let plan = Plan {
            seed: 11,
            shipments: 1,
            scenario: Scenario::find(scenario).unwrap(),
            begin: Begin::Now,
            ..Plan::default()
        };
        let market = Market::new(plan, Arc::new(move || clock.now()));
        let desk = Arc::new(SimulatedDesk::new(market, BTreeMap::new()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let router = http::router(&desk, Duration::from_millis(1));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { desk, address }
    }

    /// The records of a kind that it has, by the rules' own ledger.
    fn records(&self, kind: Kind) -> Vec<Body> {
        let query = RecordQuery {
            limit: 100,
            ..RecordQuery::of(kind)
        };
        let house = self.desk.house().unwrap();
        let page = house.ledger().query(ACCOUNT, &query);
        page.records.into_iter().map(|record| record.body).collect()
    }

    fn hub_id(&self) -> RecordId {
        let query = RecordQuery::of(Kind::PickupAddress);
        let house = self.desk.house().unwrap();
        house.ledger().query(ACCOUNT, &query).records[0].id
    }

    /// What it was given by us.
    fn given(&self) -> Vec<Fulfilment> {
        let all = self.records(Kind::Fulfilment).into_iter();
        all.filter_map(|body| match body {
            Body::Fulfilment(it) if it.consigned.is_some() => Some(*it),
            _ => None,
        })
        .collect()
    }

    async fn connect(&self, world: &World) {
        let known = self.desk.credentials();
        let hub = self.hub_id().to_string();
        let new = NewConnection {
            dialect: "247express".to_owned(),
            base_url: self.address.clone(),
            settings: texts(&[
                ("apikey", &known.key),
                ("books", "true"),
                ("username", &known.user_name),
                ("password", &known.password),
                ("customer_url", &self.address),
                ("client_hub_id", &hub),
            ]),
            operator: true,
            ..NewConnection::default()
        };
        world.hub.connect(new).await.unwrap();
    }
}

/// Lets the world go on until ours is over; answers every attempt that failed.
async fn until_its_end(shop: &Shop<'_>, id: RecordId) -> (Fulfilment, usize) {
    let mut answered = 0;
    loop {
        let waits = |it: &Fulfilment| {
            let waits = it.state == FulfilmentState::AttemptFailed;
            (waits || FULFILMENT.is_final(it.state)).then(|| it.clone())
        };
        let it = shop
            .until_by("it to wait or to be over", id, STEP, waits)
            .await;
        if FULFILMENT.is_final(it.state) {
            return (it, answered);
        }
        wish(shop, id).await;
        answered += 1;
    }
}

async fn wish(shop: &Shop<'_>, id: RecordId) {
    let answer = CarrierAnswer {
        wish: Wish::DeliverAgain,
        name: None,
        phone: None,
        address: None,
        delivery_time: None,
        note: String::new(),
    };
    let command = Command::AnswerCarrier {
        fulfilment: id,
        answer: Box::new(answer),
    };
    let done = shop.world.hub.carry_out(&shop.merchant.principal, command);
    done.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booked_parcel_travels_waits_and_arrives() {
    let world = World::sqlite().await;
    let carrier = Carrier::start(&world, "failed-attempts").await;
    carrier.connect(&world).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    let number = shop.booked(id).await;
    let given = carrier.given();
    assert_eq!(given.len(), 1);
    assert_eq!(given[0].parcels[0].waybill, number);
    let (ours, answered) = until_its_end(&shop, id).await;
    assert!(answered > 0, "the scenario has attempts that fail");
    let theirs = carrier.given().remove(0);
    assert_eq!(theirs.wishes.len(), answered);
    assert_eq!(ours.state, theirs.state);
    assert!(ours.booking.unwrap().cost.is_some());
    world.hub.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_booked_parcel_is_cancelled_there() {
    let world = World::sqlite().await;
    let carrier = Carrier::start(&world, "failed-attempts").await;
    carrier.connect(&world).await;
    world.hub.start();
    let shop = Shop::open(&world).await;
    let id = shop.ship("SO-1").await;
    shop.booked(id).await;
    shop.cancel(id).await.unwrap();
    shop.until("the carrier to have heard", id, |it| {
        it.booking.as_ref()?.cancelled
    })
    .await;
    assert_eq!(carrier.given()[0].state, FulfilmentState::Cancelled);
    assert_eq!(shop.fulfilment(id).await.booking.unwrap().refused, None);
    world.hub.stop().await.unwrap();
}
