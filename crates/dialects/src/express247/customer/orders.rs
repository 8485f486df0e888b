//! Orders: created, updated, cancelled (§8, §9); what becomes of those that could not be delivered, and
//! the pictures of those that were (§12).
//!
//! Chosen here [inferred]: an order's code is ours unless the client gives an `OrderCode`; `ExternalCode`
//! is unique; sender's members of an order are read and the hub's contact is used; a member that an
//! update leaves out keeps its value; an order that another API made keeps its number and the place of
//! its goods; the answer of pictures.

use super::address::RECEIVER;
use super::errors::{Code, Fault, Stop};
use super::hubs;
use super::price;
use super::refused::{self, Words};
use super::request::Fields;
use super::shown;
use super::wire::{Done, Envelope, ImagesAnswer, OrderAnswer, OrderInfo};
use super::{Asked, carried_out};
use crate::desk::{Desk, DeskError, Found, Principal, Trade};
use crate::express247::wire::Number;
use crate::express247::{CARRIER, NAME};
use crate::raw::{self, Object};
use trackway_model::orders::{
    Body, CarrierAnswer, Command, Consigning, Content, Decimal, Fulfilment, Kind, NameKind,
    Package, Record, RecordQuery, Sort, Terms, Whence, Who, Wish,
};

/// What this carrier's API has of its own.
pub const TERMS: Terms = Terms {
    by: NAME,
    carrier: CARRIER,
    currency: "VND",
    shop: ("247EXPRESS", "247Express"),
    service: "DE",
    insurance: "DVBH",
    implied: &["COD"],
    documents_below: 2_500,
};

/// Not explained by the vendor (§8.1); as its example has it.
const DELIVERY_TYPE: &str = "1";
/// The lengths that the tracking call takes.
const CODE_LENGTHS: std::ops::RangeInclusive<usize> = 5..=20;
/// Records that are looked at for one number.
const NAMESAKES: u32 = 10;
const DONE: &str = "0";

/// §8.1.
pub async fn create<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<OrderAnswer, Stop> {
    let fields = asked.wrapped("OrderInfo")?;
    let wanted = Consigning {
        code: own_code(&fields)?,
        address: Some(RECEIVER.read(&fields)?),
        pickup: Some(sender(asked, &fields).await?.ok_or_else(no_sender)?),
        ..read(&fields)?
    };
    let command = Command::Consign {
        wanted: Box::new(wanted),
        terms: &TERMS,
    };
    let record = made(asked, command, refused::CREATE).await?;
    told(&record)
}

fn no_sender() -> Fault {
    Fault::of(Code::Sender, "ClientHubID")
}

/// §8.2.
pub async fn update<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<OrderAnswer, Stop> {
    let fields = asked.wrapped("OrderInfo")?;
    let record = subject(asked, &fields).await?;
    let before = body(&record)?.receiver.as_ref();
    let before = before.map(|party| party.address.clone());
    let is_new = fields.has(RECEIVER.line) || RECEIVER.are_named(&fields);
    let address = is_new.then(|| RECEIVER.over(&fields, &before.unwrap_or_default()));
    let wanted = Consigning {
        address: address.transpose()?,
        pickup: sender(asked, &fields).await?,
        ..read(&fields)?
    };
    let command = Command::ChangeConsigned {
        fulfilment: record.id,
        wanted: Box::new(wanted),
        terms: &TERMS,
    };
    let record = made(asked, command, refused::UPDATE).await?;
    told(&record)
}

/// §9.
pub async fn cancel<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let fields = asked.fields()?;
    let command = Command::CancelFulfilment {
        fulfilment: subject(asked, &fields).await?.id,
        reason: fields.text("Reason")?,
        who: Who::Merchant,
    };
    made(asked, command, refused::CANCEL).await?;
    Ok(Done {
        envelope: Envelope::done(DONE),
    })
}

/// §12, feedback: what is to become of an order that waits for handling.
pub async fn feedback<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Done, Stop> {
    let fields = asked.fields()?;
    let record = subject(asked, &fields).await?;
    let number = fields.whole("ConfirmID");
    let wish = number.ok().flatten().and_then(|it| u8::try_from(it).ok());
    let wish = wish.and_then(Wish::from_number);
    let wish = wish.ok_or_else(|| Fault::of(Code::ConfirmId, "ConfirmID"))?;
    let Ok(delivery) = fields.object("DeliveryInfo") else {
        return Err(Fault::of(Code::DeliveryInfo, "DeliveryInfo").into());
    };
    if delivery.is_none() && wish.goes_elsewhere() {
        return Err(Fault::of(Code::DeliveryInfoMissing, "DeliveryInfo").into());
    }
    let answer = CarrierAnswer {
        wish,
        note: fields.text("Notes")?.unwrap_or_default(),
        ..delivered_to(delivery.as_ref(), &record, wish)?
    };
    let command = Command::AnswerCarrier {
        fulfilment: record.id,
        answer: Box::new(answer),
    };
    made(asked, command, refused::FEEDBACK).await?;
    Ok(Done {
        envelope: Envelope::done(""),
    })
}

/// Where it goes now: divisions where they are named, else only the line is another.
fn delivered_to(
    delivery: Option<&Fields<'_>>,
    record: &Record,
    wish: Wish,
) -> Result<CarrierAnswer, Stop> {
    let mut answer = CarrierAnswer {
        wish,
        name: None,
        phone: None,
        address: None,
        delivery_time: None,
        note: String::new(),
    };
    let Some(delivery) = delivery else {
        return Ok(answer);
    };
    answer.name = delivery.text("ReceiverName")?;
    answer.phone = delivery.text("ReceiverPhone")?;
    answer.delivery_time = delivery.text("DeliveryTime")?;
    if delivery.has(RECEIVER.line) || RECEIVER.are_named(delivery) {
        let before = body(record)?.receiver.as_ref();
        let before = before.map(|party| party.address.clone());
        answer.address = Some(RECEIVER.over(delivery, &before.unwrap_or_default())?);
    } else if wish.goes_elsewhere() {
        return Err(Fault::of(Code::ReceiverAddress, "ReceiverAddress").into());
    }
    Ok(answer)
}

/// §12: what the tracking answer has of pictures.
pub async fn images<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<ImagesAnswer, Stop> {
    let fields = asked.fields()?;
    let code = order_code(&fields)?;
    let found = asked
        .desk
        .look_up(&asked.principal, NAME, Some(CARRIER), &code)
        .await?;
    let Found::Shipment(view) = found else {
        return Err(Fault::of(Code::NotFound, "OrderCode").into());
    };
    let images = view.document.as_ref().and_then(|document| {
        let object = Object::parse(&document.body).ok()?;
        let list = raw::elements(object.get_any_case("confirmImage")?)?;
        let texts = list.into_iter().filter_map(raw::scalar);
        Some(texts.map(std::borrow::Cow::into_owned).collect())
    });
    Ok(ImagesAnswer {
        order_code: view.track.number.to_string(),
        images: images.unwrap_or_default(),
        envelope: Envelope::done(""),
    })
}

/// What create and update read alike.
fn read(fields: &Fields<'_>) -> Result<Consigning, Fault> {
    let extras = match fields.codes("ExtraServices", "ServiceID")? {
        None => fields.codes("ExtraService", "ServiceID")?,
        given => given,
    };
    Ok(Consigning {
        code: None,
        pickup: None,
        address: None,
        service: fields.text("ServiceTypeID")?,
        name: fields.text("ReceiverName")?,
        phone: fields.text("ReceiverPhone")?,
        document: mailer(fields)?,
        weight: fields.grams("RealWeight")?,
        length: fields.amount("Length")?,
        width: fields.amount("Width")?,
        height: fields.amount("Height")?,
        pieces: fields.whole("Quantity")?,
        packages: packages(fields)?,
        note: fields.text("Note")?,
        cod: fields.amount("CODAmount")?,
        cop: fields.amount("COPAmt")?,
        declared: fields.amount("InformFee")?,
        extras,
        show_goods: show_goods(fields)?,
        number: fields.text("ExternalCode")?,
        reference: fields.text("ReferenceCode")?,
        contents: contents(fields)?,
    })
}

/// A code that the client gives must be one that can be tracked.
fn own_code(fields: &Fields<'_>) -> Result<Option<String>, Fault> {
    let code = fields.text("OrderCode")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let fits = |code: &String| CODE_LENGTHS.contains(&code.len()) && code.bytes().all(plain);
    match code {
        Some(code) if !fits(&code) => Err(Fault::of(Code::OrderCode, "OrderCode")),
        code => Ok(code),
    }
}

async fn sender<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    fields: &Fields<'_>,
) -> Result<Option<Whence>, Stop> {
    if let Some(id) = fields.whole("ClientHubID")? {
        return Ok(Some(hubs::whence(id)));
    }
    match fields.text("CusWareHouseID")? {
        Some(warehouse) => Ok(Some(hubs::of_warehouse(asked, &warehouse).await?)),
        None => Ok(None),
    }
}

/// `HH` goods, `TL` document.
fn mailer(fields: &Fields<'_>) -> Result<Option<bool>, Fault> {
    match fields.text("MailerType")?.as_deref() {
        None => Ok(None),
        Some(kind) if kind.eq_ignore_ascii_case("TL") => Ok(Some(true)),
        Some(kind) if kind.eq_ignore_ascii_case("HH") => Ok(Some(false)),
        Some(_) => Err(fields.wrong("MailerType", "must be HH or TL")),
    }
}

/// 1 shows the goods; 2 does not, and neither does the update's 0.
fn show_goods(fields: &Fields<'_>) -> Result<Option<bool>, Fault> {
    match fields.text("SpecialInstructionId")?.as_deref() {
        None => Ok(None),
        Some("1") => Ok(Some(true)),
        Some("0" | "2") => Ok(Some(false)),
        Some(_) => Err(Fault::of(Code::SpecialInstruction, "SpecialInstructionId")),
    }
}

fn packages(fields: &Fields<'_>) -> Result<Option<Vec<Package>>, Fault> {
    let Some(list) = fields.list("Packages")? else {
        return Ok(None);
    };
    list.iter().map(package).collect::<Result<_, _>>().map(Some)
}

/// Length, width and height: all three or none.
fn package(fields: &Fields<'_>) -> Result<Package, Fault> {
    let sides = (
        fields.amount("Length")?,
        fields.amount("Width")?,
        fields.amount("Height")?,
    );
    let sides = match sides {
        (Some(long), Some(wide), Some(high)) => Some([long, wide, high]),
        (None, None, None) => None,
        _ => return Err(fields.wrong("Length", "needs Width and Height, and they it")),
    };
    Ok(Package {
        id: fields.text("PackageID")?.unwrap_or_default(),
        sides,
        weight: fields.grams("RealWeight")?,
    })
}

fn contents(fields: &Fields<'_>) -> Result<Option<Vec<Content>>, Fault> {
    let Some(list) = fields.list("Items")? else {
        return Ok(None);
    };
    let content = |item: &Fields<'_>| -> Result<Content, Fault> {
        let quantity = item.whole("Qty")?.unwrap_or(1);
        let price = match item.amount("UnitPricePromo")? {
            Some(price) => Some(price),
            None => item.amount("UnitPrice")?,
        };
        Ok(Content {
            sku: item.text("ItemID")?.unwrap_or_default(),
            name: item.text("ItemName")?.unwrap_or_default(),
            quantity,
            price: price.unwrap_or_default(),
        })
    };
    list.iter().map(content).collect::<Result<_, _>>().map(Some)
}

fn order_code(fields: &Fields<'_>) -> Result<String, Fault> {
    let invalid = || Fault::of(Code::OrderCode, "OrderCode");
    let code = fields.text("OrderCode").map_err(|_| invalid())?;
    code.ok_or_else(|| Fault::of(Code::OrderCodeMissing, "OrderCode"))
}

/// The shipment of this carrier that a request names, whoever made its order.
async fn subject<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    fields: &Fields<'_>,
) -> Result<Record, Stop> {
    let code = order_code(fields)?;
    let found = of_code(asked.desk, &asked.principal, &code).await?;
    Ok(found.ok_or_else(|| Fault::of(Code::NotFound, "OrderCode"))?)
}

/// The shipment of this carrier that has a number.
pub async fn of_code<D: Desk + Trade>(
    desk: &D,
    principal: &Principal,
    code: &str,
) -> Result<Option<Record>, DeskError> {
    let query = RecordQuery {
        named: Some((NameKind::Waybill, code.to_owned())),
        sort: Sort::NewestFirst,
        limit: NAMESAKES,
        ..RecordQuery::of(Kind::Fulfilment)
    };
    let is_it = |record: &Record| match &record.body {
        Body::Fulfilment(it) => it
            .parcels
            .iter()
            .any(|parcel| parcel.carrier == CARRIER && parcel.has(code)),
        _ => false,
    };
    let found = desk.records(principal, query).await?;
    Ok(found.records.into_iter().find(is_it))
}

fn body(record: &Record) -> Result<&Fulfilment, Stop> {
    match &record.body {
        Body::Fulfilment(fulfilment) => Ok(fulfilment),
        _ => Err(Code::Exception.into()),
    }
}

async fn made<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    command: Command,
    words: Words,
) -> Result<Record, Stop> {
    carried_out(asked, command, words).await
}

/// What a client is told of an order.
fn told(record: &Record) -> Result<OrderAnswer, Stop> {
    let fulfilment = body(record)?;
    let Some(consigned) = &fulfilment.consigned else {
        return Err(Code::Exception.into());
    };
    let quote = consigned.quote.as_ref();
    let (code, name) = (&consigned.service, &consigned.service_name);
    let lines = quote.map_or_else(Vec::new, |quote| price::lines(code, name, quote));
    let total = quote.map_or(Decimal::ZERO, |quote| quote.total);
    let parcel = fulfilment.parcels.first();
    Ok(OrderAnswer {
        order_info: OrderInfo {
            order_code: parcel.map_or_else(String::new, |parcel| parcel.waybill.clone()),
            reference_code: consigned.reference.clone(),
            external_code: shown::external(fulfilment).map(str::to_owned),
            total_service_cost: Number::plain(total),
            extra_services: lines.into_iter().map(Into::into).collect(),
            delivery_type: DELIVERY_TYPE,
        },
        envelope: Envelope::done(DONE),
    })
}
