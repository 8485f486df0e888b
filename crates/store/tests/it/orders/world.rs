//! An invented merchant: a shop, a warehouse, a courier, a few goods.

use crate::fixtures::{HOUR, START, milestone, statement};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use trackway_model::address::Epoch;
use trackway_model::intake::{Content, Intake, Verified};
use trackway_model::orders::{
    Address, Body, Catalogued, Choices, Command, Courier, Decimal, Fulfilment, Item, Kind, Level,
    Line, Movement, NewFulfilment, NewOrder, Order, OrderType, Outcome, Party, PickupAddress,
    Record, RecordId, Refusal, Shop, StockKey,
};
use trackway_model::{AccountId, ConnectionId};
use trackway_store::Store;
use trackway_store::orders::{Answer, Asking, Task};

pub const POST: &str = "demo-post";
pub const PHONE: &str = "+84 000 000 017";
pub const EMAIL: &str = "Mai.Example@example.invalid";
pub const NAME: &str = "Mai Samplewoman";

pub struct World {
    pub store: Arc<dyn Store>,
    pub account: AccountId,
    pub connections: Vec<ConnectionId>,
    pub now: AtomicI64,
    pub shop: RecordId,
    pub warehouse: RecordId,
    pub courier: RecordId,
    pub tea: RecordId,
    pub cup: RecordId,
}

pub fn party() -> Party {
    Party {
        name: NAME.to_owned(),
        phone: Some(PHONE.to_owned()),
        email: Some(EMAIL.to_owned()),
        address: Address {
            country: "VN".to_owned(),
            line: "17 Quiet Invented Lane".to_owned(),
            // As the address directory completes it.
            province: Some("TP. Hồ Chí Minh".to_owned()),
            district: Some("Quận Tân Bình".to_owned()),
            province_id: Some(79),
            district_id: Some(766),
            epoch: Some(Epoch::Y2024),
            ..Address::default()
        },
        customer: None,
    }
}

pub fn shop(name: &str) -> Shop {
    Shop {
        name: name.to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type: OrderType::B2c,
        active: true,
    }
}

pub fn item(sku: &str) -> Item {
    Item {
        sku: sku.to_owned(),
        sku_uuid: String::new(),
        name: format!("Fine {sku}"),
        image_urls: vec![],
        barcodes: vec![format!("893-{sku}")],
        documents: vec![],
        description: String::new(),
        weight: 100,
        length: Decimal::TEN,
        width: Decimal::TEN,
        height: Decimal::TEN,
        category: None,
        brand: None,
        unit: None,
        cost: Decimal::ONE,
        sale_price: Decimal::TEN,
        serial_number: false,
        batch_control: false,
        bubble_wrap: false,
        kraft_paper: false,
        fragile: false,
        high_value: false,
        min_shelf_life_inbound: None,
        min_shelf_life_outbound: None,
        material: String::new(),
        product_type: "NORMAL".to_owned(),
        storage_method: "normal".to_owned(),
        outbound_strategy: "fifo".to_owned(),
        min_stock_warning: 0,
        qualified: true,
        status_since: 0,
        active: true,
    }
}

impl World {
    pub async fn new(store: Arc<dyn Store>) -> Self {
        Self::of(store, "default").await
    }

    pub async fn of(store: Arc<dyn Store>, account: &str) -> Self {
        let account = store.account(account, START).await.unwrap().id;
        let mut world = Self {
            store,
            account,
            connections: Vec::new(),
            now: AtomicI64::new(START),
            shop: RecordId(0),
            warehouse: RecordId(0),
            courier: RecordId(0),
            tea: RecordId(0),
            cup: RecordId(0),
        };
        world.shop = world.put(shop("Corner")).await;
        world.warehouse = world
            .put(PickupAddress {
                name: "House One".to_owned(),
                fulfilment_provider: "provider".to_owned(),
                fulfilment_provider_name: "Provider".to_owned(),
                warehouse: None,
                warehouse_name: None,
                default: true,
                active: true,
                contact: Party::default(),
            })
            .await;
        world.courier = world
            .put(Courier {
                name: "Demo Post".to_owned(),
                description: None,
                logo: None,
                carrier: POST.to_owned(),
                tracking_url: None,
                rating: None,
                own_fleet: false,
                platform_fleet: false,
                fulfil_now: false,
                active: true,
            })
            .await;
        world.tea = world.put(item("TEA")).await;
        world.cup = world.put(item("CUP")).await;
        world
    }

    pub async fn stocked(store: Arc<dyn Store>, quantity: i64) -> Self {
        let world = Self::new(store).await;
        for item in [world.tea, world.cup] {
            world.found(item, quantity).await;
        }
        world
    }

    /// One second later every time.
    pub fn tick(&self) -> i64 {
        self.now.fetch_add(1_000_000, Ordering::Relaxed)
    }

    pub fn task(&self, command: Command) -> Task {
        let connections = self.connections.clone();
        Task {
            account: self.account,
            by: 7,
            now: self.tick(),
            command,
            asking: Asking::new(move |_| connections.clone()),
        }
    }

    pub async fn carry(&self, command: Command) -> Answer {
        let mut answers = self.carry_all(vec![command]).await;
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    pub async fn carry_all(&self, commands: Vec<Command>) -> Vec<Answer> {
        let tasks = commands.into_iter().map(|it| self.task(it)).collect();
        self.store.carry_out(tasks).await.unwrap()
    }

    /// The record that a command is about.
    pub async fn subject(&self, command: Command) -> Record {
        subject(self.carry(command).await.unwrap())
    }

    pub async fn put(&self, body: impl Into<Body>) -> RecordId {
        self.subject(new(body)).await.id
    }

    pub async fn found(&self, item: RecordId, quantity: i64) {
        let command = Command::Stock {
            key: self.key(item),
            movement: Movement::Found,
            quantity,
        };
        self.carry(command).await.unwrap();
    }

    pub const fn key(&self, item: RecordId) -> StockKey {
        StockKey {
            item,
            warehouse: self.warehouse,
        }
    }

    pub async fn level(&self, item: RecordId) -> Level {
        let levels = self.store.levels(self.account, &[item]).await.unwrap();
        let of = |(key, _): &&(StockKey, Level)| *key == self.key(item);
        levels
            .iter()
            .find(of)
            .map(|(_, level)| *level)
            .unwrap_or_default()
    }

    pub fn order(&self, sku: &str, quantity: i64, number: Option<&str>) -> Command {
        Command::PlaceOrder(Box::new(NewOrder {
            order_type: OrderType::B2c,
            shop: self.shop,
            pickup: self.warehouse,
            number: number.map(str::to_owned),
            source: "api".to_owned(),
            currency: "VND".to_owned(),
            note: String::new(),
            packaging_note: String::new(),
            receiver: Some(party()),
            customer: None,
            lines: vec![Line {
                sku: sku.to_owned(),
                quantity,
                sale_price: Decimal::TEN,
                discounted_price: Decimal::TEN,
            }],
            payments: vec![],
            discounts: vec![],
            fees: vec![],
            documents: vec![],
            choices: Choices {
                courier: Some(self.courier),
                ..Choices::default()
            },
            approve: true,
            total: None,
            estimated_departure: None,
            partner_created: None,
            extra: serde_json::Map::new(),
        }))
    }

    pub async fn placed(&self, sku: &str, quantity: i64) -> RecordId {
        self.subject(self.order(sku, quantity, None)).await.id
    }

    pub async fn fulfilled(&self, order: RecordId, waybill: &str) -> RecordId {
        let wanted = NewFulfilment {
            order,
            waybills: vec![waybill.to_owned()],
            ..NewFulfilment::default()
        };
        let command = Command::CreateFulfilment(Box::new(wanted));
        self.subject(command).await.id
    }

    pub async fn record(&self, kind: Kind, id: RecordId) -> Record {
        let found = self.store.record(self.account, kind, id).await.unwrap();
        found.unwrap()
    }

    pub async fn order_of(&self, id: RecordId) -> Order {
        match self.record(Kind::Order, id).await.body {
            Body::Order(order) => *order,
            other => panic!("{other:?}"),
        }
    }

    pub async fn fulfilment(&self, id: RecordId) -> Fulfilment {
        match self.record(Kind::Fulfilment, id).await.body {
            Body::Fulfilment(it) => *it,
            other => panic!("{other:?}"),
        }
    }

    /// What a carrier tells of a parcel at an hour.
    pub fn scan(&self, number: &str, name: &str, hour: i64) -> Intake {
        assert!(milestone(name) != trackway_model::Milestone::Unknown);
        Intake {
            account: self.account,
            connection: ConnectionId(1),
            carrier: POST.to_owned(),
            number: number.to_owned(),
            received: START + (hour + 1) * HOUR,
            content: Content::News(vec![statement(crate::fixtures::HOOK, name, hour, 0)]),
        }
    }

    pub async fn tell(&self, number: &str, name: &str, hour: i64) {
        let told = vec![self.scan(number, name, hour)];
        self.store.ingest(Verified::attest(told)).await.unwrap();
    }
}

pub fn new(body: impl Into<Body>) -> Command {
    Command::Catalogue(Box::new(Catalogued {
        id: None,
        code: None,
        body: body.into(),
    }))
}

pub fn subject(outcome: Outcome) -> Record {
    outcome.record.unwrap()
}

pub fn refused(answer: Answer) -> Refusal {
    answer.unwrap_err()
}

/// Levels are the sums of their movements, counts the numbers of their rows, tracks what the log says.
pub async fn assert_balanced(store: &Arc<dyn Store>) {
    let found = store.verify().await.unwrap();
    assert_eq!(found.unbalanced, Vec::<String>::new());
    assert_eq!(found.differing, []);
}
