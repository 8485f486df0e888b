//! The world's parcels as 247Express tells them: the tracking document, and its status webhooks.

use crate::journey::{Happening, Scan, Status};
use crate::wall;
use crate::world::{Told, World};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use trackway_dialects::express247::wire::{self, Number, PriceLine};
use trackway_model::StreamId;

/// The dialect's name in the registry.
pub const NAME: &str = trackway_dialects::express247::NAME;
/// The stream that names the dialect of its documents.
pub const STREAM: StreamId = trackway_dialects::express247::STATUSES.id;

impl Status {
    fn id(self) -> String {
        (self as u8).to_string()
    }

    /// The code and the caption that travel.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Pending => ("CHOXULY", "Chờ xử lý"),
            Self::Cancelled => ("HUY", "Đã huỷ"),
            Self::Lost => ("THATLAC", "Thất lạc"),
            Self::Accepted => ("DATIEPNHAN", "Đã tạo đơn hàng"),
            Self::PickedUp => ("DALAYHANG", "Đã lấy hàng"),
            Self::InTransit => ("DANGVANCHUYEN", "Đang vận chuyển"),
            Self::Delivering => ("DANGDIPHAT", "Đang đi phát"),
            Self::Returning => ("CHOCHUYENHOAN", "Chờ chuyển hoàn"),
            Self::Returned => ("DACHUYENHOAN", "Đã chuyển hoàn"),
            Self::Delivered => ("PHATTHANHCONG", "Phát thành công"),
            Self::Seized => ("TICHTHU", "Bị tịch thu"),
        }
    }
}

impl Scan {
    const fn name(self) -> &'static str {
        match self {
            Self::Entered => "Nhập hệ thống",
            Self::Packed => "Đóng gói",
            Self::Forwarding => "Đang chuyển tiếp",
            Self::AtOffice => "Đến bưu cục",
            Self::Out => "Đi phát",
            Self::ToCourier => "Giao bưu tá phát",
        }
    }
}

/// A number with as many decimals as the system prints.
fn money(amount: i64, decimals: usize) -> Number {
    number(format!("{amount}.{:0decimals$}", 0))
}

fn number(text: String) -> Number {
    Number(RawValue::from_string(text).expect("what is printed of a number is JSON"))
}

/// Invented people.
static COURIERS: &[&str] = &["Trần Văn Mẫu", "Lê Thị Ví Dụ", "Phạm Văn Thử"];
static RECEIVERS: &[&str] = &["NGUYEN VAN VI DU", "DO THI MAU", "HOANG VAN THU"];

/// What the system charges: fuel 24 % of the main price, VAT 8 % of both, whole đồng.
struct Bill {
    main: i64,
    fuel: i64,
    vat: i64,
}

impl Bill {
    const fn of(main: i64) -> Self {
        let fuel = main * 24 / 100;
        Self {
            main,
            fuel,
            vat: (main + fuel) * 8 / 100,
        }
    }

    fn lines(&self) -> Vec<PriceLine> {
        let main = ("Chuyển phát nhanh", "DE", self.main);
        [
            main,
            ("Phí xăng dầu", "Fuel", self.fuel),
            ("Phí VAT", "VAT", self.vat),
        ]
        .into_iter()
        .map(|(name, id, cost)| PriceLine {
            service_name: name.to_owned(),
            service_id: id.to_owned(),
            cost: money(cost, 4),
        })
        .collect()
    }
}

fn external_code(index: u32) -> String {
    format!("SO-{}", 7_000 + u64::from(index))
}

/// The document of a parcel at an instant; None before it exists.
pub fn document(world: &World, index: u32, now: i64) -> Option<Vec<u8>> {
    let journey = world.until(index, now);
    let (at, status) = journey
        .iter()
        .rev()
        .find_map(|h| h.status.map(|status| (h, status)))?;
    let draw = world.draw(index);
    let when = |wanted: Status| {
        let found = journey
            .iter()
            .find(|happening| happening.status == Some(wanted));
        found.map(|happening| wall::with_offset(happening.at))
    };
    let last_office = journey.last().map(|happening| happening.office.id);
    let is_out = matches!(
        status,
        Status::Delivering | Status::Delivered | Status::Pending
    );
    let is_delivered = status == Status::Delivered;
    let sides = [0, 1, 2].map(|side| draw.between("side", side, 5, 40));
    let [length, width, height] = sides.map(|side| Some(number(side.to_string())));
    let grams = draw.between("grams", 0, 100, 5_000) as f64;
    let volume = sides.iter().product::<i64>() as f64 / 6_000.0;
    let (real, converted) = (grams / 1_000.0, (volume * 100.0).round() / 100.0);
    let weight = |kg: f64| Some(number(kg.to_string()));
    let bill = Bill::of(draw.between("price", 0, 20, 60) * 1_000);
    let price = |amount| Some(money(amount, 4));
    let (status_name, tracking_name) = status.names();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let document = wire::Tracking {
        order_code: Some(World::number(index)),
        external_code: Some(external_code(index)),
        accept_date: when(Status::PickedUp),
        status: Some(status.id()),
        status_name: owned(Some(status_name)),
        tracking_name: owned(Some(tracking_name)),
        delay_code: owned(at.delay.map(|delay| delay.code)),
        delay_note: owned(at.delay.map(|delay| delay.text)),
        delivery_date: when(Status::Delivered),
        po_delivery_id: owned(last_office.filter(|_| is_out)),
        mail_man: owned(is_out.then(|| *draw.pick("courier", 0, COURIERS))),
        receiver_name: owned(is_delivered.then(|| *draw.pick("receiver", 0, RECEIVERS))),
        service_type_id: owned(Some("DE")),
        mailer_type_id: owned(Some("HH")),
        length,
        width,
        height,
        real_weight: weight(real),
        cal_weight: weight(converted),
        weight: weight(real.max(converted)),
        quantity: Some(number("1".to_owned())),
        price: price(bill.main),
        price_fr: price(0),
        far_region_fee_amount: price(0),
        fuel_fee_amount: price(bill.fuel),
        vat_amount: price(bill.vat),
        total_service_cost: price(bill.main + bill.fuel + bill.vat),
        post_office_accept_id: owned(journey.first().map(|happening| happening.office.id)),
        cod_amount: Some(money(draw.between("cod", 0, 0, 20) * 10_000, 3)),
        price_info: Some(bill.lines()),
        statuses: Some(journey.iter().filter_map(status_line).collect()),
        trackings: Some(journey.iter().filter_map(scan_line).collect()),
        ..wire::Tracking::default()
    };
    serde_json::to_vec(&document).ok()
}

fn status_line(happening: &Happening) -> Option<Box<RawValue>> {
    let status = happening.status?;
    let (status_name, tracking_name) = status.names();
    to_raw_value(&wire::Status {
        time: Some(wall::with_offset(happening.at)),
        status: status.id(),
        status_name: Some(status_name.to_owned()),
        tracking_name: Some(tracking_name.to_owned()),
        province_name: Some(happening.office.province.to_owned()),
        post_office_name: Some(happening.office.name.to_owned()),
    })
    .ok()
}

fn scan_line(happening: &Happening) -> Option<Box<RawValue>> {
    let scan = happening.scan?;
    to_raw_value(&wire::Scan {
        status_id: Some((scan as u8).to_string()),
        post_office_id: Some(happening.office.id.to_owned()),
        province_id: Some(happening.office.province_id.to_owned()),
        province_name: Some(happening.office.province.to_owned()),
        date_change: Some(wall::with_offset(happening.at)),
        post_office_name: Some(happening.office.name.to_owned()),
        status_name: Some(scan.name().to_owned()),
        notes: None,
    })
    .ok()
}

/// A status webhook as it is sent: what it tells, and the key that its receiver knows.
#[derive(Debug, Serialize)]
pub struct Webhook<'k> {
    #[serde(rename = "ApiKey")]
    api_key: &'k str,
    #[serde(flatten)]
    update: wire::StatusUpdate,
}

/// The webhook that tells a happening; None where the status does not change.
pub fn webhook<'k>(world: &World, told: &Told, api_key: &'k str) -> Option<Webhook<'k>> {
    let status = told.happening.status?;
    let before = world
        .until(told.index, told.happening.at - 1)
        .iter()
        .rev()
        .find_map(|happening| happening.status)
        .map_or("", |status| status.names().0);
    let draw = world.draw(told.index);
    let time = wall::with_offset(told.happening.at);
    let is_delivered = status == Status::Delivered;
    let courier = *draw.pick("courier", 0, COURIERS);
    let receiver = *draw.pick("receiver", 0, RECEIVERS);
    let text = |text: &str| to_raw_value(text).ok();
    let delay = told.happening.delay;
    let update = wire::StatusUpdate {
        order_code: World::number(told.index),
        external_code: text(&external_code(told.index)),
        reference_code: text(&format!("PO-{}", u64::from(told.index) + 1)),
        status: status.id(),
        status_name: Some(status.names().0.to_owned()),
        description: Some(format!(
            "Change order status: {before} ==> {}",
            status.names().0
        )),
        request_feedback_count: to_raw_value(&0).ok(),
        delay_code: delay.map(|delay| delay.code.to_owned()),
        delay_notes: delay.map(|delay| delay.text.to_owned()),
        delivery_notes: None,
        mailman: text(courier).filter(|_| status == Status::Delivering),
        delivery_date: text(&time).filter(|_| is_delivered),
        receiver_name: text(receiver).filter(|_| is_delivered),
        transaction_id: draw.uuid("transaction", told.nth),
        time: Some(time),
    };
    Some(Webhook { api_key, update })
}
