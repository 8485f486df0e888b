//! Orders: found by state and name; one with its lines, payments and shipments.

use super::ask::Trouble;
use super::session::Session;
use super::text::{Chip, query};
use super::{Console, Frame, page};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use trackway_model::orders::{OrderState, State as _};

const PLACE: &str = "/console/orders";

/// What the form asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    keyword: String,
    status: String,
    cursor: String,
}

impl Wanted {
    fn pairs<'a>(&'a self, cursor: &'a str) -> [(&'static str, &'a str); 3] {
        [
            ("keyword", self.keyword.trim()),
            ("status", &self.status),
            ("cursor", cursor),
        ]
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Found<T> {
    records: Vec<T>,
    total: u64,
    total_exact: bool,
    next: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Order {
    id: i64,
    code: String,
    number: String,
    state: String,
    state_since: String,
    #[serde(rename = "order_type")]
    kind: String,
    platform: String,
    currency: String,
    note: String,
    created: String,
    payment_status: String,
    total: String,
    cod_asked: String,
    receiver: Option<Receiver>,
    lines: Vec<Line>,
    payments: Vec<Payment>,
    cancel_reason: Option<String>,
    reserved: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Receiver {
    name: Option<String>,
    phone: Option<String>,
    address: Option<Address>,
}

#[derive(Clone, Debug, Deserialize)]
struct Address {
    line: Option<String>,
    ward: Option<String>,
    district: Option<String>,
    province: Option<String>,
    country: Option<String>,
}

impl Address {
    fn text(&self) -> String {
        let parts = [
            &self.line,
            &self.ward,
            &self.district,
            &self.province,
            &self.country,
        ];
        let told = parts.into_iter().flatten().filter(|part| !part.is_empty());
        told.map(String::as_str).collect::<Vec<_>>().join(", ")
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Line {
    sku: String,
    name: String,
    quantity: i64,
    sale_price: String,
    discounted_price: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Payment {
    method: String,
    status: String,
    amount: String,
}

impl Order {
    fn chip(&self) -> Chip {
        Chip::of_state(&self.state)
    }
}

#[derive(Template)]
#[template(path = "console/orders.html", whitespace = "minimize")]
struct ListPage {
    frame: Frame,
    wanted: Wanted,
    listed: Found<Order>,
    next: Option<String>,
}

impl ListPage {
    fn states() -> impl Iterator<Item = &'static str> {
        OrderState::ALL.iter().map(|state| state.name())
    }
}

pub async fn list(
    State(console): State<Console>,
    session: Session,
    Query(wanted): Query<Wanted>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let path = query("/v1/orders", &wanted.pairs(&wanted.cursor));
    let listed: Found<Order> = console.get(&session, &path).await?;
    let next = listed
        .next
        .as_deref()
        .map(|next| query(PLACE, &wanted.pairs(next)));
    let shown = ListPage {
        frame: Frame::new(PLACE, "Orders"),
        wanted,
        listed,
        next,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}

/// A shipment of an order.
#[derive(Clone, Debug, Deserialize)]
struct Fulfilment {
    code: String,
    state: String,
    created: String,
    parcels: Vec<Parcel>,
}

#[derive(Clone, Debug, Deserialize)]
struct Parcel {
    carrier: String,
    waybill: String,
}

impl Parcel {
    fn found_at(&self) -> String {
        let pairs = [("number", &*self.waybill), ("carrier", &self.carrier)];
        query("/console/shipments", &pairs)
    }
}

impl Fulfilment {
    fn chip(&self) -> Chip {
        Chip::of_state(&self.state)
    }
}

#[derive(Template)]
#[template(path = "console/order.html", whitespace = "minimize")]
struct OrderPage {
    frame: Frame,
    order: Order,
    fulfilments: Found<Fulfilment>,
}

pub async fn show(
    State(console): State<Console>,
    session: Session,
    Path(id): Path<i64>,
    asked: HeaderMap,
) -> Result<Response, Trouble> {
    let path = format!("/v1/orders/{id}");
    let order: Order = console.get(&session, &path).await?;
    let path = format!("{path}/fulfilments");
    let shown = OrderPage {
        frame: Frame::new(PLACE, order.number.clone()),
        order,
        fulfilments: console.get(&session, &path).await?,
    };
    Ok(page(StatusCode::OK, &shown, &asked))
}
