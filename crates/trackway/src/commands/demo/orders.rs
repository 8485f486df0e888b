//! The merchant of the show: places orders through N&H's API on the hub; a robot packs them through our
//! own API and gives each to the simulated 247Express, which carries it; what the hub learns of the
//! parcel moves the order on. Where the carrier would not have the parcel the merchant cancels.

use super::api::Api;
use super::audit::Report;
use super::notified::{Notified, TOKEN};
use anyhow::{Context, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use trackway_dialects::desk::{Principal, Trade};
use trackway_dialects::nandh;
use trackway_hub::{Hub, NewEndpoint, NewKey};
use trackway_model::orders::{
    Body, Command, Condition, Decimal, Facet, FulfilmentState, Inbound, InboundState, Kind,
    NewOrder, ORDER, Order, OrderState, Outcome, PaymentMethod, PaymentStatus, Record, RecordId,
    RecordQuery, State, StockKey, state_of,
};
use trackway_simulator::journey::{Happening, Status};
use trackway_simulator::merchant::{self, Merchant};
use trackway_simulator::{World, warehouse};

/// Of so many parcels one is an order's, and so many orders there are at most.
const EVERY: u32 = 3;
const MOST: u32 = 30;
/// Orders that the robot works on in a tick.
const PACKED_A_TICK: usize = 12;

/// The merchant and its warehouse.
pub struct Orders {
    merchant: Merchant,
    operator: Principal,
    api: Api,
    /// The merchant's key of N&H's API, and the robot's of ours.
    merchants: String,
    robots: String,
    receiver: Notified,
    /// The hub's orders, by the place of their parcels.
    placed: BTreeMap<u32, Placed>,
    /// Whose turn it is: the next of `placed` that is worked on.
    turn: u32,
    /// Good pieces that came in, by item.
    goods: BTreeMap<RecordId, i64>,
}

#[derive(Debug)]
struct Placed {
    id: RecordId,
    /// Nothing is left to be done by the warehouse.
    packed: bool,
}

impl Orders {
    /// Opens the shops, brings the goods in and places the orders.
    pub async fn open(hub: &Arc<Hub>, world: &World, address: &str) -> anyhow::Result<Self> {
        let operator = hub.operator_of(None).await?;
        let (receiver, url) = Notified::start().await?;
        let made = hub.add_endpoint(NewEndpoint {
            dialect: Some(nandh::NAME.to_owned()),
            url,
            settings: BTreeMap::from([("token".to_owned(), TOKEN.to_owned())]),
            operator: true,
            ..NewEndpoint::default()
        });
        receiver.set_secret(made.await?.secret.as_deref().unwrap_or_default());
        let merchant = merchant::open(async |command| told(hub, &operator, command).await).await?;
        let goods = goods_in(hub, &operator, &merchant, world.len().min(MOST * EVERY)).await?;
        let key = |dialect: &str, scopes: &[&str]| {
            hub.create_key(NewKey {
                dialect: Some(dialect.to_owned()),
                name: format!("the show's {dialect}"),
                scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
                ..NewKey::default()
            })
        };
        let robots = key("native", &["read", "write", "warehouse"]).await?.key;
        let mut orders = Self {
            merchant,
            operator,
            api: Api::new(hub, address),
            merchants: key(nandh::NAME, &[]).await?.key,
            robots: format!("Bearer {robots}"),
            receiver,
            placed: BTreeMap::new(),
            turn: 0,
            goods,
        };
        orders.place_all(world).await?;
        Ok(orders)
    }

    /// N&H's API, as the merchant's program calls it.
    async fn nandh(&self, method: http::Method, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.api.nandh(&self.merchants, method, path, body).await
    }

    /// The merchant, whose shops are open.
    pub const fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    async fn place_all(&mut self, world: &World) -> anyhow::Result<()> {
        let indexes = (0..world.len()).step_by(EVERY as usize).take(MOST as usize);
        for index in indexes {
            let wanted = wanted(&self.merchant.order(world, index), &self.merchant);
            let made = self.nandh(http::Method::POST, "/orders/create", &wanted);
            let id = made.await?["order_id"].as_i64();
            let id = RecordId(id.context("an order that was made has a number")?);
            self.placed.insert(index, Placed { id, packed: false });
        }
        Ok(())
    }

    /// The robot's round: some orders, each a step further.
    pub async fn go_on(&mut self, hub: &Hub) -> anyhow::Result<()> {
        let open = self.placed.iter().filter(|(_, placed)| !placed.packed);
        let (ahead, behind): (Vec<_>, Vec<_>) = open
            .map(|(index, placed)| (*index, placed.id))
            .partition(|(index, _)| *index >= self.turn);
        let round = ahead.into_iter().chain(behind).take(PACKED_A_TICK);
        for (index, id) in round.collect::<Vec<_>>() {
            let packed = self.pack(hub, index, id).await?;
            self.turn = index + 1;
            if let Some(placed) = self.placed.get_mut(&index) {
                placed.packed = packed;
            }
        }
        Ok(())
    }

    /// One step with an order; whether nothing is left to be done.
    async fn pack(&self, hub: &Hub, index: u32, id: RecordId) -> anyhow::Result<bool> {
        let order = self.order(hub, id).await?;
        match order.state {
            OrderState::Approved
                if order.weighed.is_some() || self.was_sent_away(hub, id).await? =>
            {
                let path = format!("/orders/cancel/{id}");
                let reason = json!({"reason": "The courier cancelled the parcel"});
                self.nandh(http::Method::PATCH, &path, &reason).await?;
                return Ok(true);
            }
            OrderState::Approved => {
                let path = format!("/v1/orders/{id}/fulfilments");
                self.api.own(&self.robots, &path, &json!({})).await?;
                return Ok(false);
            }
            state if ORDER.is_final(state) => return Ok(true),
            _ => {}
        }
        for (fulfilment, state) in self.fulfilments(hub, id).await? {
            let Some(to) = warehouse::after(state) else {
                continue;
            };
            let mut step = json!({"to": to.name()});
            match to {
                FulfilmentState::Unfulfilled => step["waybill"] = World::number(index).into(),
                FulfilmentState::ReadyToShip => step["weighed"] = weight(&order).into(),
                _ => {}
            }
            let path = format!("/v1/fulfilments/{fulfilment}/move");
            self.api.own(&self.robots, &path, &step).await?;
        }
        Ok(false)
    }

    async fn was_sent_away(&self, hub: &Hub, order: RecordId) -> anyhow::Result<bool> {
        let fulfilments = self.fulfilments(hub, order).await?;
        let mut states = fulfilments.iter().map(|(_, state)| *state);
        Ok(states.any(|state| state == FulfilmentState::Cancelled))
    }

    async fn order(&self, hub: &Hub, id: RecordId) -> anyhow::Result<Order> {
        let record = hub.record(&self.operator, Kind::Order, id).await?;
        match record.map(|record| record.body) {
            Some(Body::Order(order)) => Ok(*order),
            _ => bail!("order {id} is gone"),
        }
    }

    /// The numbers and states of an order's fulfilments.
    async fn fulfilments(
        &self,
        hub: &Hub,
        order: RecordId,
    ) -> anyhow::Result<Vec<(RecordId, FulfilmentState)>> {
        let query = RecordQuery {
            facets: vec![(Facet::Parent, vec![order.0])],
            ..RecordQuery::of(Kind::Fulfilment)
        };
        let page = hub.records(&self.operator, query).await?;
        let of = |record: &Record| Some((record.id, state_of(record.status())?));
        Ok(page.records.iter().filter_map(of).collect())
    }

    /// The status of each order in N&H's own codes, as the merchant's program sees it, by the place of its
    /// parcel.
    pub async fn seen(&self) -> anyhow::Result<Vec<(u32, String)>> {
        let mut seen = Vec::new();
        for (index, placed) in &self.placed {
            let path = format!("/orders/detail/{}", placed.id);
            let told = self.nandh(http::Method::GET, &path, &Value::Null).await?;
            let status = &told["status"];
            seen.push((*index, status.to_string()));
        }
        Ok(seen)
    }

    /// Compares each order with its parcel, the stock with what came in and went out, and the messages
    /// with what there was to tell.
    pub async fn audit(&self, report: &mut Report, hub: &Hub, world: &World) -> anyhow::Result<()> {
        let mut left = self.goods.clone();
        let mut reserved = BTreeMap::<RecordId, i64>::new();
        for (index, placed) in &self.placed {
            let order = self.order(hub, placed.id).await?;
            let script = world.until(*index, world.now());
            let status = script.iter().rev().find_map(|happening| happening.status);
            report.orders += 1;
            let is_as_its_parcel = expected(status).contains(&order.state);
            report.orders_as_their_parcels += usize::from(is_as_its_parcel);
            report.orders_completed += usize::from(order.state == OrderState::Completed);
            if !is_as_its_parcel {
                let (number, state) = (World::number(*index), order.state.name());
                report.note(format!("{number} is {status:?}, its order is {state}"));
            }
            let took = left_the_warehouse(&order, script, status);
            let is_over = order.cancelled.is_some();
            for part in order.lines.iter().flat_map(|line| {
                let parts = line.parts.iter();
                parts.map(|part| (part.item, part.quantity * line.quantity))
            }) {
                match (took, is_over) {
                    (true, _) => *left.entry(part.0).or_default() -= part.1,
                    (false, false) => *reserved.entry(part.0).or_default() += part.1,
                    (false, true) => {}
                }
            }
        }
        for (item, expected) in left {
            let key = StockKey {
                item,
                warehouse: self.merchant.warehouse,
            };
            let levels = hub.levels(&self.operator, &[item]).await?;
            let level = levels.iter().find(|(of, _)| *of == key);
            let level = level.map(|(_, level)| *level).unwrap_or_default();
            let waiting = reserved.get(&item).copied().unwrap_or_default();
            report.items += 1;
            if (level.on_hand, level.reserved) == (expected, waiting) {
                report.items_exact += 1;
            } else {
                report.note(format!(
                    "item {item}: {level:?}, but {expected} and {waiting} reserved are right"
                ));
            }
        }
        (
            report.order_messages_verified,
            report.order_messages_refused,
        ) = self.receiver.counts();
        Ok(())
    }
}

/// Where an order may be whose parcel's carrier told this last. What scans and aggregators tell may
/// be ahead of a status that is none of an end.
fn expected(status: Option<Status>) -> &'static [OrderState] {
    use OrderState as O;
    match status {
        Some(Status::Delivered) => &[O::Completed],
        Some(Status::Returned) => &[O::Returned],
        Some(Status::Lost | Status::Seized) => &[O::CourierLost],
        Some(Status::Cancelled) => &[O::CancelledBySeller],
        Some(
            Status::PickedUp
            | Status::InTransit
            | Status::Delivering
            | Status::Pending
            | Status::Returning,
        ) => &[O::Shipped, O::Delivering],
        Some(Status::Accepted) | None => &[
            O::Approved,
            O::AwaitingLabel,
            O::Processing,
            O::ReadyToShip,
            O::Shipped,
            O::Delivering,
        ],
    }
}

/// Whether the goods left the warehouse: the carrier had them, or an aggregator said so first.
fn left_the_warehouse(order: &Order, script: &[Happening], last: Option<Status>) -> bool {
    let had = |status: Status| !matches!(status, Status::Accepted | Status::Cancelled);
    let is_over = last.is_some_and(Status::is_final);
    script.iter().filter_map(|it| it.status).any(had) || (!is_over && order.shipped.is_some())
}

/// A command of the operator's.
async fn told(hub: &Hub, operator: &Principal, command: Command) -> anyhow::Result<Outcome> {
    Ok(hub.carry_out(operator, command).await??)
}

/// The vendor's goods come in, some of them damaged or lost; good pieces by item.
async fn goods_in(
    hub: &Hub,
    operator: &Principal,
    merchant: &Merchant,
    orders: u32,
) -> anyhow::Result<BTreeMap<RecordId, i64>> {
    const STEPS: [InboundState; 4] = [
        InboundState::AwaitingArrival,
        InboundState::Received,
        InboundState::Inspecting,
        InboundState::Completed,
    ];
    let announced = Command::AnnounceInbound(Box::new(merchant.first_goods(orders)));
    let record = told(hub, operator, announced).await?.record;
    let record = record.context("an inbound that was announced is there")?;
    let Body::Inbound(inbound) = record.body else {
        bail!("{} is no inbound", record.code);
    };
    let conditions = conditions(&inbound);
    for to in STEPS {
        let counted = to == InboundState::Completed;
        let step = Command::MoveInbound {
            inbound: record.id,
            to,
            conditions: if counted {
                conditions.clone()
            } else {
                Vec::new()
            },
        };
        told(hub, operator, step).await?;
    }
    let received = inbound.lines.iter().zip(&conditions);
    Ok(received
        .map(|(line, it)| (line.item, it.received))
        .collect())
}

/// Of each line a few pieces are damaged, and of every other one is missing.
fn conditions(inbound: &Inbound) -> Vec<Condition> {
    let lines = inbound.lines.iter();
    lines
        .map(|line| {
            let lost = i64::from(line.id % 2);
            Condition {
                line: line.id,
                received: line.quantity - lost - 3,
                damaged: [2, 1, 0],
                lost,
            }
        })
        .collect()
}

/// Grams, with the box.
fn weight(order: &Order) -> i64 {
    const BOX: i64 = 80;
    let lines = order.lines.iter();
    lines.map(|line| line.weight * line.quantity).sum::<i64>() + BOX
}

/// An order as N&H's API takes it (nandh-oms.md §7).
fn wanted(order: &NewOrder, merchant: &Merchant) -> Value {
    let amount = |amount: Decimal| json!(i64::try_from(amount.normalize()).unwrap_or_default());
    let receiver = order.receiver.as_ref();
    let items = order.lines.iter().map(|line| {
        json!({
            "sku": line.sku,
            "sale_price": amount(line.sale_price),
            "discounted_price": amount(line.discounted_price),
            "quantity": line.quantity,
        })
    });
    let payments = order.payments.iter().map(|payment| {
        let status = if payment.status == PaymentStatus::Paid {
            200
        } else {
            100
        };
        let method = if payment.method == PaymentMethod::Cod {
            1
        } else {
            2
        };
        json!({"status": status, "method": method, "amount": amount(payment.amount)})
    });
    let fees = order.fees.iter();
    let fees = fees.map(|fee| json!({"code": fee.code, "amount": amount(fee.amount)}));
    json!({
        "store_id": merchant.shop,
        "pickup_id": merchant.warehouse,
        "receiver": receiver.map(|it| json!({
            "customer_id": null,
            "country": it.address.country,
            "fullname": it.name,
            "phone": it.phone,
            "address": it.address.line,
            "province_name": it.address.province,
            "district_name": it.address.district,
            "ward_name": it.address.ward,
        })),
        "payments": payments.collect::<Vec<_>>(),
        "discounts": [],
        "fees": fees.collect::<Vec<_>>(),
        "items": items.collect::<Vec<_>>(),
        "config": {
            "order_type": order.order_type.name(),
            "approve": 1,
            "preview": i32::from(order.choices.inspection_by_buyer),
            "use_insurance": 0,
            "fulfill_now": 0,
            "delivery_service": "VD_STD",
            "courier_integration_id": merchant.link,
            "courier_id": merchant.courier,
            "box_dimension": merchant.box_size,
        },
        "extra_info": {"note": "", "packaging_note": "", "order_number": order.number},
    })
}
