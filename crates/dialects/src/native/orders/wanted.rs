//! What clients ask to be made: orders, fulfilments, inbounds, returns, and the prices of a way.

use super::{
    Ask, DocumentPart, FeePart, Find, PartyPart, PaymentPart, Ref, amount, inbound_type,
    maybe_amount, maybe_instant, order_type, return_reason,
};
use serde::Deserialize;
use trackway_model::orders::{
    Choices, Command, Decimal, InboundType, Kind, Line, NewFulfilment, NewInbound, NewOrder,
    NewReturn, OrderType, RecordId, ReturnReason,
};
use utoipa::ToSchema;

/// Where orders come from that name no source.
const SOURCE: &str = "api";
/// What is paid in where nothing else is said.
const CURRENCY: &str = "VND";

/// A line of an order, by SKU.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewOrderLine)]
#[serde(deny_unknown_fields)]
pub struct LineWanted {
    pub sku: String,
    pub quantity: i64,
    #[serde(deserialize_with = "amount")]
    #[schema(value_type = String, example = "25000")]
    pub sale_price: Decimal,
    /// What the buyer pays for one; the sale price where it is left out.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub discounted_price: Option<Decimal>,
}

/// An order to be placed.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewOrder)]
#[serde(deny_unknown_fields)]
pub struct OrderWanted {
    /// `b2c` where it is left out, or `b2b`.
    #[serde(default = "consumers", deserialize_with = "order_type")]
    #[schema(value_type = Option<String>)]
    pub order_type: OrderType,
    /// The shop, by id or code.
    #[schema(value_type = String)]
    pub shop: Ref,
    /// The pickup address that it is packed at, by id or code.
    #[schema(value_type = String)]
    pub pickup: Ref,
    /// Your number of it, once a shop. Its own code where it is left out.
    pub number: Option<String>,
    /// Who made it; `api` where it is left out.
    pub source: Option<String>,
    /// `VND` where it is left out.
    pub currency: Option<String>,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub packaging_note: String,
    /// Left out where `customer` is given.
    pub receiver: Option<PartyPart>,
    /// A saved customer, by id or code.
    #[schema(value_type = Option<String>)]
    pub customer: Option<Ref>,
    pub lines: Vec<LineWanted>,
    #[serde(default)]
    pub payments: Vec<PaymentPart>,
    #[serde(default)]
    pub discounts: Vec<FeePart>,
    #[serde(default)]
    pub fees: Vec<FeePart>,
    #[serde(default)]
    pub documents: Vec<DocumentPart>,
    /// The buyer may open the parcel before taking it.
    #[serde(default)]
    pub inspection_by_buyer: bool,
    #[serde(default)]
    pub use_insurance: bool,
    #[serde(default)]
    pub fulfil_now: bool,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub service: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub courier_link: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub courier: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub box_size: Option<Ref>,
    /// Codes.
    #[serde(default)]
    pub additional_services: Vec<String>,
    #[serde(default)]
    pub tax_paid_by_receiver: bool,
    #[serde(default)]
    pub fee_paid_by_receiver: bool,
    /// `true`: approved at once, its items are reserved.
    #[serde(default)]
    pub approve: bool,
    /// What lines, fees and discounts must come to; refused where they do not.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub total: Option<Decimal>,
    /// RFC 3339.
    #[serde(default, deserialize_with = "maybe_instant")]
    #[schema(value_type = Option<String>)]
    pub estimated_departure: Option<i64>,
    /// When your system made it; RFC 3339.
    #[serde(default, deserialize_with = "maybe_instant")]
    #[schema(value_type = Option<String>)]
    pub partner_created: Option<i64>,
}

const fn consumers() -> OrderType {
    OrderType::B2c
}

/// The place of the line with this SKU.
fn line_of<'a>(mut skus: impl Iterator<Item = &'a str>, sku: Option<&str>) -> String {
    let at = skus.position(|known| Some(known) == sku);
    at.map_or_else(|| "/lines".to_owned(), |at| format!("/lines/{at}/sku"))
}

impl OrderWanted {
    fn choices(&self, find: &mut Find<'_>) -> Choices {
        let mut at = |kind, named: &Option<Ref>, pointer| find.maybe(kind, named.as_ref(), pointer);
        Choices {
            inspection_by_buyer: self.inspection_by_buyer,
            use_insurance: self.use_insurance,
            fulfil_now: self.fulfil_now,
            service: at(Kind::Service, &self.service, "/service"),
            courier_link: at(Kind::CourierLink, &self.courier_link, "/courier_link"),
            courier: at(Kind::Courier, &self.courier, "/courier"),
            box_size: at(Kind::BoxSize, &self.box_size, "/box_size"),
            additional_services: self.additional_services.clone(),
            tax_paid_by_receiver: self.tax_paid_by_receiver,
            fee_paid_by_receiver: self.fee_paid_by_receiver,
        }
    }
}

impl Ask for OrderWanted {
    fn command(&self, find: &mut Find<'_>) -> Command {
        let lines = self.lines.iter().map(|line| Line {
            sku: line.sku.clone(),
            quantity: line.quantity,
            sale_price: line.sale_price,
            discounted_price: line.discounted_price.unwrap_or(line.sale_price),
        });
        let or = |text: &Option<String>, usual: &str| text.clone().unwrap_or(usual.to_owned());
        Command::PlaceOrder(Box::new(NewOrder {
            order_type: self.order_type,
            shop: find.id(Kind::Shop, &self.shop, "/shop"),
            pickup: find.id(Kind::PickupAddress, &self.pickup, "/pickup"),
            number: self.number.clone(),
            source: or(&self.source, SOURCE),
            currency: or(&self.currency, CURRENCY),
            note: self.note.clone(),
            packaging_note: self.packaging_note.clone(),
            receiver: self.receiver.as_ref().map(PartyPart::party),
            customer: find.maybe(Kind::Customer, self.customer.as_ref(), "/customer"),
            lines: lines.collect(),
            payments: self.payments.iter().map(PaymentPart::payment).collect(),
            discounts: self.discounts.iter().map(FeePart::fee).collect(),
            fees: self.fees.iter().map(FeePart::fee).collect(),
            documents: self.documents.iter().map(DocumentPart::document).collect(),
            choices: self.choices(find),
            approve: self.approve,
            total: self.total,
            estimated_departure: self.estimated_departure,
            partner_created: self.partner_created,
            extra: serde_json::Map::new(),
        }))
    }

    fn place(&self, kind: Kind, sku: Option<&str>) -> String {
        match kind {
            Kind::Shop => "/shop",
            Kind::PickupAddress => "/pickup",
            Kind::Customer => "/customer",
            Kind::Service => "/service",
            Kind::CourierLink => "/courier_link",
            Kind::Courier => "/courier",
            Kind::BoxSize => "/box_size",
            Kind::Order => "/number",
            _ => return line_of(self.lines.iter().map(|line| line.sku.as_str()), sku),
        }
        .to_owned()
    }
}

/// So many of a line of the order.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[schema(as = NewFulfilmentLine)]
#[serde(deny_unknown_fields)]
pub struct FulfilmentLine {
    /// The order's line.
    pub line: u32,
    pub quantity: i64,
}

/// A fulfilment to be made of an order.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(as = NewFulfilment)]
#[serde(deny_unknown_fields)]
pub struct FulfilmentWanted {
    #[serde(skip)]
    pub order: RecordId,
    /// Left out: all that is not fulfilled yet.
    #[serde(default)]
    pub lines: Vec<FulfilmentLine>,
    /// The couriers' numbers of its parcels, where they are known.
    #[serde(default)]
    pub waybills: Vec<String>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub courier: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub courier_link: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub service: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub box_size: Option<Ref>,
    /// The merchant's own people carry.
    #[serde(default)]
    pub by_hand: bool,
}

impl Ask for FulfilmentWanted {
    fn command(&self, find: &mut Find<'_>) -> Command {
        let mut at = |kind, named: &Option<Ref>, pointer| find.maybe(kind, named.as_ref(), pointer);
        let lines = self.lines.iter();
        Command::CreateFulfilment(Box::new(NewFulfilment {
            order: self.order,
            lines: lines.map(|line| (line.line, line.quantity)).collect(),
            waybills: self.waybills.clone(),
            courier: at(Kind::Courier, &self.courier, "/courier"),
            courier_link: at(Kind::CourierLink, &self.courier_link, "/courier_link"),
            service: at(Kind::Service, &self.service, "/service"),
            box_size: at(Kind::BoxSize, &self.box_size, "/box_size"),
            by_hand: self.by_hand,
        }))
    }

    fn place(&self, kind: Kind, _: Option<&str>) -> String {
        match kind {
            Kind::Courier | Kind::CourierLink | Kind::Service | Kind::BoxSize => {
                format!("/{}", kind.name())
            }
            _ => "/lines".to_owned(),
        }
    }
}

/// Goods of an inbound, by SKU.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewInboundLine)]
#[serde(deny_unknown_fields)]
pub struct InboundLineWanted {
    pub sku: String,
    pub quantity: i64,
    /// Of one.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub cost: Option<Decimal>,
    /// The parcel that it comes in.
    #[serde(default)]
    pub parcel_code: String,
}

/// Goods to be announced to a warehouse.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewInbound)]
#[serde(deny_unknown_fields)]
pub struct InboundWanted {
    /// `purchase_order` where it is left out, `return` or `transfer`.
    #[serde(default = "purchase", deserialize_with = "inbound_type")]
    #[schema(value_type = Option<String>)]
    pub inbound_type: InboundType,
    /// The pickup address that stands for the warehouse, by id or code.
    #[schema(value_type = String)]
    pub warehouse: Ref,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub vendor: Option<Ref>,
    /// Your own reference.
    pub reference: Option<String>,
    #[serde(default)]
    pub note: String,
    #[serde(default)]
    pub parcels: i64,
    /// Codes.
    #[serde(default)]
    pub additional_services: Vec<String>,
    #[serde(default)]
    pub priority: bool,
    /// URLs.
    #[serde(default)]
    pub documents: Vec<String>,
    pub lines: Vec<InboundLineWanted>,
    /// RFC 3339.
    #[serde(default, deserialize_with = "maybe_instant")]
    #[schema(value_type = Option<String>)]
    pub estimated_delivery: Option<i64>,
}

const fn purchase() -> InboundType {
    InboundType::PurchaseOrder
}

impl Ask for InboundWanted {
    fn command(&self, find: &mut Find<'_>) -> Command {
        let lines = self.lines.iter().map(|line| {
            let cost = line.cost.unwrap_or_default();
            (
                line.sku.clone(),
                line.quantity,
                cost,
                line.parcel_code.clone(),
            )
        });
        Command::AnnounceInbound(Box::new(NewInbound {
            inbound_type: self.inbound_type,
            warehouse: find.id(Kind::PickupAddress, &self.warehouse, "/warehouse"),
            vendor: find.maybe(Kind::Vendor, self.vendor.as_ref(), "/vendor"),
            reference: self.reference.clone(),
            note: self.note.clone(),
            parcels: self.parcels,
            additional_services: self.additional_services.clone(),
            priority: self.priority,
            documents: self.documents.clone(),
            lines: lines.collect(),
            estimated_delivery: self.estimated_delivery,
            extra: serde_json::Map::new(),
        }))
    }

    fn place(&self, kind: Kind, sku: Option<&str>) -> String {
        match kind {
            Kind::PickupAddress => "/warehouse".to_owned(),
            Kind::Vendor => "/vendor".to_owned(),
            Kind::Inbound => "/reference".to_owned(),
            _ => line_of(self.lines.iter().map(|line| line.sku.as_str()), sku),
        }
    }
}

/// So many of a line of the order, sent back.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewReturnLine)]
#[serde(deny_unknown_fields)]
pub struct ReturnLineWanted {
    /// The order's line.
    pub line: u32,
    pub quantity: i64,
    /// What one is worth.
    #[serde(default, deserialize_with = "maybe_amount")]
    #[schema(value_type = Option<String>)]
    pub sale_price: Option<Decimal>,
}

/// A return to be requested.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[schema(as = NewReturn)]
#[serde(deny_unknown_fields)]
pub struct ReturnWanted {
    /// The order, by id or code.
    #[schema(value_type = String)]
    pub order: Ref,
    /// The pickup address that the goods go to, by id or code.
    #[schema(value_type = String)]
    pub warehouse: Ref,
    /// `item_damaged`, `wrong_item`, `not_receipt`, `warranty`, `different_description`,
    /// `mutual_agree`, `change_mind`, `expectation_failed`, `item_fake`, `physical_dmg`,
    /// `functional_dmg` or `other`.
    #[serde(deserialize_with = "return_reason")]
    #[schema(value_type = String)]
    pub reason_type: ReturnReason,
    #[serde(default)]
    pub reason: String,
    /// Where it is collected.
    pub pickup: Option<PartyPart>,
    /// A saved customer where it is collected, by id or code.
    #[schema(value_type = Option<String>)]
    pub customer: Option<Ref>,
    /// Left out: all that was shipped.
    #[serde(default)]
    pub lines: Vec<ReturnLineWanted>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub courier: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub courier_link: Option<Ref>,
    /// By id or code.
    #[schema(value_type = Option<String>)]
    pub service: Option<Ref>,
}

impl Ask for ReturnWanted {
    fn command(&self, find: &mut Find<'_>) -> Command {
        let lines = self.lines.iter();
        let lines = lines.map(|line| {
            (
                line.line,
                line.quantity,
                line.sale_price.unwrap_or_default(),
            )
        });
        Command::RequestReturn(Box::new(NewReturn {
            order: find.id(Kind::Order, &self.order, "/order"),
            warehouse: find.id(Kind::PickupAddress, &self.warehouse, "/warehouse"),
            reason_type: self.reason_type,
            reason: self.reason.clone(),
            pickup: self.pickup.as_ref().map(PartyPart::party),
            customer: find.maybe(Kind::Customer, self.customer.as_ref(), "/customer"),
            lines: lines.collect(),
            courier: find.maybe(Kind::Courier, self.courier.as_ref(), "/courier"),
            courier_link: find.maybe(
                Kind::CourierLink,
                self.courier_link.as_ref(),
                "/courier_link",
            ),
            service: find.maybe(Kind::Service, self.service.as_ref(), "/service"),
            extra: serde_json::Map::new(),
        }))
    }

    fn place(&self, kind: Kind, _: Option<&str>) -> String {
        match kind {
            Kind::PickupAddress => "/warehouse".to_owned(),
            Kind::Order | Kind::Customer | Kind::Courier | Kind::CourierLink | Kind::Service => {
                format!("/{}", kind.name())
            }
            _ => "/lines".to_owned(),
        }
    }
}
