//! A small account: two shops, two places, two couriers, some goods.

use std::collections::BTreeMap;
use trackway_model::orders::{
    Address, Body, BoxSize, Carried, Catalogued, Choices, Command, Courier, CourierLink, Customer,
    Decimal, Fulfilment, Inbound, Item, ItemPart, Kind, Ledger, Level, Line, Movement,
    NewFulfilment, NewOrder, Order, OrderState, OrderType, Party, Payment, PaymentMethod,
    PaymentStatus, PickupAddress, Product, Record, RecordId, Refusal, Return, Service, Shop,
    StockKey, StockMove, Vendor, Who,
};
use trackway_model::{AccountId, Milestone};

pub const ACCOUNT: AccountId = AccountId(900);
pub const OTHER: AccountId = AccountId(901);
const KEY: i64 = 7;
const SECOND: i64 = 1_000_000;

pub struct World {
    pub ledger: Ledger,
    pub now: i64,
    /// Every movement that was written.
    pub moves: Vec<StockMove>,
    pub shop: RecordId,
    pub trade: RecordId,
    /// A fulfilment provider's warehouse.
    pub warehouse: RecordId,
    /// The merchant's own shelf.
    pub shelf: RecordId,
    /// The merchant's own people.
    pub fleet: RecordId,
    /// A courier that gives numbers of its own.
    pub courier: RecordId,
    pub link: RecordId,
    pub service: RecordId,
    pub box_size: RecordId,
    pub customer: RecordId,
    pub vendor: RecordId,
    /// SKUs `tea` and `cup`; a `set` is two of tea and one cup.
    pub tea: RecordId,
    pub cup: RecordId,
    pub set: RecordId,
}

pub fn money(amount: i64) -> Decimal {
    Decimal::from(amount)
}

pub fn party(name: &str) -> Party {
    Party {
        name: name.to_owned(),
        phone: Some("+84 000 000 001".to_owned()),
        email: Some("Receiver@Example.invalid".to_owned()),
        address: Address {
            country: "VN".to_owned(),
            line: "1 Sample St".to_owned(),
            province_id: Some(79),
            district_id: Some(766),
            ..Address::default()
        },
        customer: None,
    }
}

pub fn shop(name: &str, shop_type: OrderType) -> Shop {
    Shop {
        name: name.to_owned(),
        logo: None,
        platform: "retail".to_owned(),
        platform_logo: None,
        shop_type,
        active: true,
    }
}

pub fn place(name: &str, provider: &str) -> PickupAddress {
    PickupAddress {
        name: name.to_owned(),
        fulfilment_provider: provider.to_owned(),
        fulfilment_provider_name: provider.to_owned(),
        warehouse: None,
        warehouse_name: None,
        default: false,
        active: true,
        contact: party(name),
    }
}

pub fn courier(name: &str, own_fleet: bool) -> Courier {
    Courier {
        name: name.to_owned(),
        description: None,
        logo: None,
        carrier: name.to_lowercase(),
        tracking_url: None,
        rating: Some(4),
        own_fleet,
        platform_fleet: false,
        fulfil_now: false,
        active: true,
    }
}

pub fn item(sku: &str) -> Item {
    Item {
        sku: sku.to_owned(),
        sku_uuid: String::new(),
        name: format!("A {sku}"),
        image_urls: vec![],
        barcodes: vec![format!("89{sku}")],
        documents: vec![],
        description: String::new(),
        weight: 100,
        length: money(10),
        width: money(10),
        height: money(10),
        category: None,
        brand: None,
        unit: None,
        cost: money(6_000),
        sale_price: money(10_000),
        serial_number: false,
        batch_control: false,
        bubble_wrap: false,
        kraft_paper: false,
        fragile: sku == "cup",
        high_value: false,
        min_shelf_life_inbound: None,
        min_shelf_life_outbound: None,
        material: "3PF-BOX".to_owned(),
        product_type: "NORMAL".to_owned(),
        storage_method: "normal".to_owned(),
        outbound_strategy: "fifo".to_owned(),
        min_stock_warning: 0,
        qualified: false,
        status_since: 0,
        active: true,
    }
}

pub fn product(shop: RecordId, sku: &str, parts: Vec<ItemPart>) -> Product {
    Product {
        shop,
        platform: String::new(),
        sku: sku.to_owned(),
        name: format!("One {sku}"),
        image_url: None,
        sale_price: money(25_000),
        discounted_price: money(25_000),
        category: None,
        brand: None,
        parts,
        active: true,
    }
}

pub fn line(sku: &str, quantity: i64) -> Line {
    Line {
        sku: sku.to_owned(),
        quantity,
        sale_price: money(12_000),
        discounted_price: money(10_000),
    }
}

pub fn cod(amount: i64) -> Payment {
    Payment {
        status: PaymentStatus::NotPaid,
        method: PaymentMethod::Cod,
        amount: money(amount),
    }
}

/// A fulfilment with a number.
pub fn wanted(order: RecordId, lines: &[(u32, i64)], waybill: &str) -> NewFulfilment {
    NewFulfilment {
        order,
        lines: lines.to_vec(),
        waybills: vec![waybill.to_owned()],
        ..NewFulfilment::default()
    }
}

/// The refusal, as people read it.
pub fn said<T: std::fmt::Debug>(refused: Result<T, Refusal>) -> String {
    refused.unwrap_err().to_string()
}

impl World {
    pub fn new() -> Self {
        let none = RecordId(0);
        let mut world = Self {
            ledger: Ledger::default(),
            now: SECOND,
            moves: vec![],
            shop: none,
            trade: none,
            warehouse: none,
            shelf: none,
            fleet: none,
            courier: none,
            link: none,
            service: none,
            box_size: none,
            customer: none,
            vendor: none,
            tea: none,
            cup: none,
            set: none,
        };
        world.shop = world.put(shop("Corner", OrderType::B2c));
        world.trade = world.put(shop("Wholesale", OrderType::B2b));
        world.warehouse = world.put(place("FC", "provider"));
        world.shelf = world.put(place("Own shelf", "self"));
        world.fleet = world.put(courier("Fleet", true));
        world.courier = world.put(courier("Fastgo", false));
        world.link = world.put(CourierLink {
            courier: world.courier,
            name: "Our Fastgo".to_owned(),
            active: true,
        });
        world.service = world.put(Service {
            courier: world.courier,
            name: "Standard".to_owned(),
            estimate: "3-5".to_owned(),
            fulfil_now: false,
            promise: None,
            rate_card: None,
            active: true,
        });
        world.box_size = world.put(BoxSize {
            name: "Box S".to_owned(),
            length: money(10),
            width: money(10),
            height: money(10),
            max_weight: None,
            active: true,
        });
        world.customer = world.put(Customer {
            party: party("A saved customer"),
        });
        world.vendor = world.put(Vendor {
            name: "A vendor".to_owned(),
            logo: None,
            company: true,
            contact: party("A vendor's clerk"),
        });
        world.tea = world.put(item("tea"));
        world.cup = world.put(item("cup"));
        let parts = [(world.tea, 2), (world.cup, 1)];
        let parts = parts.map(|(item, quantity)| ItemPart { item, quantity });
        world.set = world.put(product(world.shop, "set", parts.to_vec()));
        world
    }

    /// With so many of everything in the warehouse.
    pub fn stocked(quantity: i64) -> Self {
        let mut world = Self::new();
        for item in [world.tea, world.cup] {
            world.count(item, Movement::Found, quantity).unwrap();
        }
        world
    }

    pub fn carry(&mut self, command: &Command) -> Result<Carried, Refusal> {
        self.carry_for(ACCOUNT, command)
    }

    pub fn carry_for(&mut self, account: AccountId, command: &Command) -> Result<Carried, Refusal> {
        self.now += SECOND;
        let carried = self.ledger.carry_out(account, KEY, self.now, command)?;
        self.moves.extend(&carried.verdict.moves);
        Ok(carried)
    }

    /// The record that a command is about.
    pub fn subject(&mut self, command: &Command) -> Result<RecordId, Refusal> {
        let carried = self.carry(command)?;
        Ok(carried.outcome.record.unwrap().id)
    }

    pub fn put(&mut self, body: impl Into<Body>) -> RecordId {
        self.subject(&Command::Catalogue(Box::new(Catalogued {
            id: None,
            code: None,
            body: body.into(),
        })))
        .unwrap()
    }

    pub fn change(&mut self, id: RecordId, body: impl Into<Body>) -> Result<Carried, Refusal> {
        self.carry(&Command::Catalogue(Box::new(Catalogued {
            id: Some(id),
            code: None,
            body: body.into(),
        })))
    }

    pub fn count(
        &mut self,
        item: RecordId,
        movement: Movement,
        quantity: i64,
    ) -> Result<Carried, Refusal> {
        let key = StockKey {
            item,
            warehouse: self.warehouse,
        };
        self.carry(&Command::Stock {
            key,
            movement,
            quantity,
        })
    }

    /// An order of these, approved, by a courier that gives numbers of its own.
    pub fn asked(&self, lines: &[(&str, i64)]) -> NewOrder {
        NewOrder {
            order_type: OrderType::B2c,
            shop: self.shop,
            pickup: self.warehouse,
            number: None,
            source: "api".to_owned(),
            currency: "VND".to_owned(),
            note: String::new(),
            packaging_note: String::new(),
            receiver: Some(party("Test Receiver")),
            customer: None,
            lines: lines
                .iter()
                .map(|(sku, quantity)| line(sku, *quantity))
                .collect(),
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
        }
    }

    /// The same by the merchant's own people.
    pub fn asked_by_fleet(&self, lines: &[(&str, i64)]) -> NewOrder {
        let mut new = self.asked(lines);
        new.choices.courier = Some(self.fleet);
        new
    }

    pub fn place(&mut self, new: NewOrder) -> Result<RecordId, Refusal> {
        self.subject(&Command::PlaceOrder(Box::new(new)))
    }

    pub fn placed(&mut self, lines: &[(&str, i64)]) -> RecordId {
        self.place(self.asked(lines)).unwrap()
    }

    pub fn fulfil(&mut self, new: NewFulfilment) -> Result<RecordId, Refusal> {
        self.subject(&Command::CreateFulfilment(Box::new(new)))
    }

    pub fn fulfilled(&mut self, order: RecordId, waybill: &str) -> RecordId {
        self.fulfil(wanted(order, &[], waybill)).unwrap()
    }

    pub fn tell(&mut self, number: &str, milestone: Milestone) -> Carried {
        let at = self.now;
        self.carry(&Command::ParcelTold {
            carrier: "fastgo".to_owned(),
            number: number.to_owned(),
            milestone,
            at,
        })
        .unwrap()
    }

    pub fn cancel(&mut self, order: RecordId) -> Result<Carried, Refusal> {
        self.carry(&Command::CancelOrder {
            order,
            reason: Some("no longer wanted".to_owned()),
            who: Who::Merchant,
        })
    }

    pub fn record(&self, kind: Kind, id: RecordId) -> &Record {
        self.ledger.record(ACCOUNT, kind, id).unwrap()
    }

    pub fn order(&self, id: RecordId) -> &Order {
        match &self.record(Kind::Order, id).body {
            Body::Order(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn state(&self, order: RecordId) -> OrderState {
        self.order(order).state
    }

    pub fn fulfilment(&self, id: RecordId) -> &Fulfilment {
        match &self.record(Kind::Fulfilment, id).body {
            Body::Fulfilment(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn inbound(&self, id: RecordId) -> &Inbound {
        match &self.record(Kind::Inbound, id).body {
            Body::Inbound(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn return_(&self, id: RecordId) -> &Return {
        match &self.record(Kind::Return, id).body {
            Body::Return(it) => it,
            other => panic!("{other:?}"),
        }
    }

    pub fn level(&self, item: RecordId) -> Level {
        let key = StockKey {
            item,
            warehouse: self.warehouse,
        };
        self.ledger.level(ACCOUNT, key)
    }

    /// On hand, reserved, incoming, damaged.
    pub fn figures(&self, item: RecordId) -> [i64; 4] {
        let it = self.level(item);
        [it.on_hand, it.reserved, it.incoming, it.damaged]
    }

    /// The levels that the movements come to.
    pub fn sums(&self) -> BTreeMap<StockKey, Level> {
        let mut sums = BTreeMap::<StockKey, Level>::new();
        for it in &self.moves {
            let (sum, by) = (sums.entry(it.key).or_default(), Level::effect(it.movement));
            sum.on_hand += by.on_hand * it.quantity;
            sum.reserved += by.reserved * it.quantity;
            sum.incoming += by.incoming * it.quantity;
            sum.damaged += by.damaged * it.quantity;
        }
        sums
    }
}
