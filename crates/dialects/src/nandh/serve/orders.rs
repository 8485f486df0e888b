//! Orders (O1 to O5).

use super::listing::{Listing, rows};
use super::refused::ORDER;
use super::{Asked, known, parties};
use crate::desk::{Desk, Trade};
use crate::nandh::envelope::Done;
use crate::nandh::errors::Stop;
use crate::nandh::query::{NOBODYS, Query};
use crate::nandh::related::{Related, Wants};
use crate::nandh::request::Members;
use crate::nandh::rules;
use crate::nandh::states;
use crate::nandh::wire::order::{Cancelled, Created, OrderTold, wants};
use trackway_model::orders::{
    Choices, Command, Facet, Fee, Kind, Line, NameKind, NewOrder, Order, OrderDocument, OrderState,
    OrderType, Payment, PaymentMethod, PaymentStatus, RecordQuery, Service, Shop, State, Who,
};

/// Who made an order that came in here.
const SOURCE: &str = "api";
/// What a receiver that is no saved customer must have.
const RECEIVER: &[&str] = &["fullname", "phone", "address"];
/// Members of `extra_info` that are an order's own. Any other is kept as it came: order detail shows those
/// that it has a member for.
const INFO: &[&str] = &[
    "note",
    "packaging_note",
    "order_number",
    "estimated_departure_time",
    "partner_created_time",
];
/// The most shops whose platforms a list is narrowed by.
const SHOPS: u32 = 1_000;

/// O1 and O2.
pub async fn create<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let new = read(asked).await?;
    let record = asked
        .made(Command::PlaceOrder(Box::new(new)), &ORDER)
        .await?;
    Ok(Done::one(&Created {
        order_id: record.id.0,
        tracking_code: record.code,
    }))
}

async fn read<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<NewOrder, Stop> {
    let body = asked.members()?;
    let config = body.required_object("config")?;
    let info = body.object_or_empty("extra_info")?;
    let receiver = parties::read(&body.required_object("receiver")?, RECEIVER, asked.epoch()?)?;
    let payments = body.required_list("payments")?;
    let items = body.required_list("items")?;
    if items.is_empty() {
        return Err(body.wrong("items", "must hold an item at least"));
    }
    let documents = body.list("documents")?.unwrap_or_default();
    Ok(NewOrder {
        order_type: order_type(&config)?,
        shop: body.required_id("store_id")?,
        pickup: body.required_id("pickup_id")?,
        number: info.text("order_number")?,
        source: SOURCE.to_owned(),
        currency: body
            .text("currency")?
            .unwrap_or_else(|| rules::CURRENCY.to_owned()),
        note: info.text_or_empty("note")?,
        packaging_note: info.text_or_empty("packaging_note")?,
        receiver: receiver.party,
        customer: receiver.customer,
        lines: items.iter().map(line).collect::<Result<_, _>>()?,
        payments: payments.iter().map(payment).collect::<Result<_, _>>()?,
        discounts: fees(&body, "discounts")?,
        fees: fees(&body, "fees")?,
        documents: documents.iter().map(document).collect::<Result<_, _>>()?,
        choices: choices(asked, &config).await?,
        approve: config.required_flag("approve")?,
        total: body.amount("total_amount")?,
        estimated_departure: info.seconds("estimated_departure_time")?,
        partner_created: info.seconds("partner_created_time")?,
        extra: info.rest(INFO)?,
    })
}

fn order_type(config: &Members<'_>) -> Result<OrderType, Stop> {
    let given = config.required_text("order_type")?;
    OrderType::from_name(&given.to_lowercase())
        .ok_or_else(|| config.wrong("order_type", "must be b2c or b2b"))
}

fn line(item: &Members<'_>) -> Result<Line, Stop> {
    Ok(Line {
        sku: item.required_text("sku")?,
        quantity: item.required_int_from("quantity", 1)?,
        sale_price: item.required_amount("sale_price")?,
        discounted_price: item.required_amount("discounted_price")?,
    })
}

fn payment(payment: &Members<'_>) -> Result<Payment, Stop> {
    let code = |name: &str, subject: &str| {
        states::named(subject, payment.required_int(name)?)
            .ok_or_else(|| payment.wrong(name, "is no code of the list"))
    };
    let status = PaymentStatus::from_name(code("status", states::PAYMENT)?);
    let method = PaymentMethod::from_name(code("method", states::METHOD)?);
    Ok(Payment {
        status: status.ok_or_else(|| payment.wrong("status", "is no code of the list"))?,
        method: method.ok_or_else(|| payment.wrong("method", "is no code of the list"))?,
        amount: payment.required_amount("amount")?,
    })
}

fn fees(body: &Members<'_>, name: &str) -> Result<Vec<Fee>, Stop> {
    let read = |fee: &Members<'_>| {
        Ok(Fee {
            code: fee.required_text("code")?,
            amount: fee.required_amount("amount")?,
        })
    };
    body.list(name)?
        .unwrap_or_default()
        .iter()
        .map(read)
        .collect()
}

fn document(document: &Members<'_>) -> Result<OrderDocument, Stop> {
    Ok(OrderDocument {
        name: document.required_text("name")?,
        quantity: document.int_from("quantity", 1)?.unwrap_or(1),
        doc_type: document.text_or_empty("doc_type")?,
        url: document.required_text("url")?,
    })
}

async fn choices<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    config: &Members<'_>,
) -> Result<Choices, Stop> {
    Ok(Choices {
        inspection_by_buyer: config.required_flag("preview")?,
        use_insurance: config.flag("use_insurance")?.unwrap_or_default(),
        fulfil_now: config.flag("fulfill_now")?.unwrap_or_default(),
        service: asked.coded::<Service>(config, "delivery_service").await?,
        courier_link: config.id("courier_integration_id")?,
        courier: config.id("courier_id")?,
        box_size: config.id("box_dimension")?,
        additional_services: config.codes("additional_services")?,
        tax_paid_by_receiver: by_receiver(config, "tax_paid_by")?,
        fee_paid_by_receiver: by_receiver(config, "fee_paid_by")?,
    })
}

fn by_receiver(config: &Members<'_>, name: &str) -> Result<bool, Stop> {
    match config.text(name)?.as_deref() {
        None | Some("sender") => Ok(false),
        Some("receiver") => Ok(true),
        Some(_) => Err(config.wrong(name, "must be sender or receiver")),
    }
}

/// O3.
pub async fn list<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let listing = listing(asked).await?;
    rows(
        asked,
        listing,
        |wanted, order: &Order| wants(wanted, order),
        OrderTold::row,
    )
    .await
}

async fn listing<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Listing, Stop> {
    let given = asked.query();
    let query = given.of_kind(Kind::Order)?;
    let query = given.by_codes(query, "status", Facet::Status, |code| {
        states::state::<OrderState>(states::ORDER, code).map(|state| i64::from(state.number()))
    })?;
    let query = given.by_codes(query, "payment_status", Facet::PaymentStatus, |code| {
        let name = states::named(states::PAYMENT, code)?;
        Some(i64::from(PaymentStatus::from_name(name)?.number()))
    })?;
    let ids = [
        ("store_id", Facet::Shop),
        ("pickup_id", Facet::PickupAddress),
    ];
    let mut query = given.by_ids(query, &ids)?;
    if let Some(name) = given.text("order_type") {
        let number = OrderType::from_name(&name.to_lowercase());
        let number = number.map_or(NOBODYS, |it| i64::from(it.number()));
        query.facets.push((Facet::Type, vec![number]));
    }
    if let Some(platform) = given.text("platform") {
        query
            .facets
            .push((Facet::Shop, shops_of(asked, &platform).await?));
    }
    let listing = Listing::new(query).by_names(given, &[("tracking_code", NameKind::Code)]);
    numbered(asked, given, listing).await
}

/// Narrowed by the partner's number, which is the order's own code where the partner gave none.
async fn numbered<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    given: Query<'_>,
    listing: Listing,
) -> Result<Listing, Stop> {
    let Some(number) = given.text("partner_tracking_code") else {
        return Ok(listing);
    };
    let named = RecordQuery {
        named: Some((NameKind::Number, number)),
        limit: 1,
        ..RecordQuery::of(Kind::Order)
    };
    let found = asked.desk.records(&asked.principal, named).await?;
    let kind = if found.records.is_empty() {
        NameKind::Code
    } else {
        NameKind::Number
    };
    Ok(listing.by_names(given, &[("partner_tracking_code", kind)]))
}

/// The account's shops on a platform.
async fn shops_of<D: Desk + Trade>(asked: &Asked<'_, D>, platform: &str) -> Result<Vec<i64>, Stop> {
    let all = RecordQuery {
        limit: SHOPS,
        ..RecordQuery::of(Kind::Shop)
    };
    let shops = asked.desk.records(&asked.principal, all).await?.records;
    let mut found = Vec::new();
    for record in &shops {
        if known::<Shop>(record)?.body.platform == platform {
            found.push(record.id.0);
        }
    }
    if found.is_empty() {
        found.push(NOBODYS);
    }
    Ok(found)
}

/// O4.
pub async fn detail<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let record = asked.subject::<Order>().await?;
    let of = known::<Order>(&record)?;
    let mut wanted = Wants::default();
    wants(&mut wanted, of.body);
    let related = Related::load(asked.desk, &asked.principal, wanted).await?;
    let related = related.told_in(asked.epoch()?);
    Ok(Done::one(&OrderTold::detail(of, &related)))
}

/// O5.
pub async fn cancel<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let order = asked.subject::<Order>().await?.id;
    let reason = asked.members()?.text("reason")?;
    let who = Who::Merchant;
    let command = Command::CancelOrder { order, reason, who };
    let record = asked.made(command, &ORDER).await?;
    let state = known::<Order>(&record)?.body.state;
    Ok(Done::one(&Cancelled {
        order_id: record.id.0,
        tracking_code: record.code.clone(),
        status: states::of(states::ORDER, state.name()).code,
    }))
}
