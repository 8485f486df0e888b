//! The world's parcels as 247Express tells them: the tracking document, and its status webhooks.

use crate::journey::{Happening, Status};
use crate::office::{COURIERS, RECEIVERS};
use crate::seen::{Kept, Seen};
use crate::{wall, words};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use trackway_dialects::express247::errors;
use trackway_dialects::express247::wire::{self, Number, PriceLine};
use trackway_model::StreamId;

/// The dialect's name in the registry.
pub const NAME: &str = trackway_dialects::express247::NAME;
/// Our code of the carrier.
pub const CARRIER: &str = trackway_dialects::express247::CARRIER;
/// The stream that names the dialect of its documents.
pub const STREAM: StreamId = trackway_dialects::express247::STATUSES.id;

impl Status {
    fn id(self) -> String {
        (self as u8).to_string()
    }

    /// The code and the caption that travel.
    fn names(self) -> (&'static str, &'static str) {
        words::status(self as u8)
    }
}

/// A number with as many decimals as the system prints.
fn money(amount: i64, decimals: usize) -> Number {
    number(format!("{amount}.{:0decimals$}", 0))
}

fn number(text: String) -> Number {
    Number(RawValue::from_string(text).expect("what is printed of a number is JSON"))
}

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

impl Seen<'_> {
    fn order(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.draw.between(prefix, 0, 1_000, 999_999))
    }

    fn written(&self, at: i64) -> String {
        if self.manner.zoneless {
            wall::without_zone(at)
        } else {
            wall::with_offset(at)
        }
    }

    /// The table's text of a delay, or the courier's own note.
    fn note(&self, nth: usize, happening: &Happening) -> Option<&'static str> {
        let delay = happening.delay?;
        Some(if self.vietnamese(nth) {
            words::note(delay)
        } else {
            delay.text
        })
    }

    fn when(&self, wanted: Status) -> Option<String> {
        let found = self.journey.iter().find(|h| h.status == Some(wanted));
        found.map(|happening| self.written(happening.at))
    }
}

/// The tracking document of a parcel; None before the carrier has it.
pub fn document(seen: &Seen<'_>) -> Option<Vec<u8>> {
    let (nth, newest, status) = seen
        .journey
        .iter()
        .enumerate()
        .rev()
        .find_map(|(nth, h)| h.status.map(|status| (nth, h, status)))?;
    let draw = seen.draw;
    let last_office = seen.journey.last().map(|happening| happening.office.id);
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
    let owned = |text: Option<&str>| text.map(str::to_owned);
    // An emptied answer names no status either.
    let (status_name, tracking_name) = status.names();
    let told = |text: &str| (seen.kept != Kept::Nothing).then(|| text.to_owned());
    let statuses = seen.journey.iter().filter_map(|h| status_line(seen, h));
    let scans = seen.journey.iter().filter_map(|h| scan_line(seen, h));
    let document = wire::Tracking {
        order_code: Some(seen.number.to_owned()),
        external_code: Some(
            seen.reference
                .map_or_else(|| seen.order("SO"), str::to_owned),
        ),
        accept_date: seen.when(Status::PickedUp),
        status: told(&status.id()),
        status_name: told(status_name),
        tracking_name: told(tracking_name),
        delay_code: owned(newest.delay.map(|delay| delay.code)),
        delay_note: owned(seen.note(nth, newest)),
        delivery_date: seen.when(Status::Delivered),
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
        post_office_accept_id: owned(seen.journey.first().map(|happening| happening.office.id)),
        cod_amount: Some(money(draw.between("cod", 0, 0, 20) * 10_000, 3)),
        price_info: Some(bill.lines()),
        statuses: Some(seen.listed("statuses", statuses.collect())),
        trackings: Some(seen.listed("trackings", scans.collect())),
        ..wire::Tracking::default()
    };
    serde_json::to_vec(&document).ok()
}

fn status_line(seen: &Seen<'_>, happening: &Happening) -> Option<Box<RawValue>> {
    let status = happening.status?;
    let (status_name, tracking_name) = status.names();
    to_raw_value(&wire::Status {
        time: Some(seen.written(happening.at)),
        status: status.id(),
        status_name: Some(status_name.to_owned()),
        tracking_name: Some(tracking_name.to_owned()),
        province_name: Some(happening.office.province.to_owned()),
        post_office_name: Some(happening.office.name.to_owned()),
    })
    .ok()
}

fn scan_line(seen: &Seen<'_>, happening: &Happening) -> Option<Box<RawValue>> {
    let scan = happening.scan? as u8;
    to_raw_value(&wire::Scan {
        status_id: Some(scan.to_string()),
        post_office_id: Some(happening.office.id.to_owned()),
        province_id: Some(happening.office.province_id.to_owned()),
        province_name: Some(happening.office.province.to_owned()),
        date_change: Some(seen.written(happening.at)),
        post_office_name: Some(happening.office.name.to_owned()),
        status_name: Some(words::scan(scan).to_owned()),
        notes: None,
    })
    .ok()
}

/// A status webhook as it is sent: what it tells, and the key that its receiver knows.
#[derive(Debug, Serialize)]
struct Webhook<'k> {
    #[serde(rename = "ApiKey")]
    api_key: &'k str,
    #[serde(flatten)]
    update: wire::StatusUpdate,
}

/// The webhook that tells a parcel's newest happening; None where the status did not change.
pub fn webhook(seen: &Seen<'_>, api_key: &str) -> Option<Vec<u8>> {
    let (told, before) = seen.journey.split_last()?;
    let nth = before.len();
    let status = told.status?;
    let was = before.iter().rev().find_map(|happening| happening.status);
    let was = was.map_or("", |status| status.names().0);
    let time = seen.written(told.at);
    let is_delivered = status == Status::Delivered;
    let courier = *seen.draw.pick("courier", 0, COURIERS);
    let receiver = *seen.draw.pick("receiver", 0, RECEIVERS);
    let text = |text: &str| to_raw_value(text).ok();
    let update = wire::StatusUpdate {
        order_code: seen.number.to_owned(),
        external_code: text(&seen.order("SO")),
        reference_code: text(&seen.order("PO")),
        status: status.id(),
        status_name: Some(status.names().0.to_owned()),
        description: Some(format!(
            "Change order status: {was} ==> {}",
            status.names().0
        )),
        request_feedback_count: to_raw_value(&0).ok(),
        delay_code: told.delay.map(|delay| delay.code.to_owned()),
        delay_notes: seen.note(nth, told).map(str::to_owned),
        delivery_notes: None,
        mailman: text(courier).filter(|_| status == Status::Delivering),
        // Older revisions write it without a zone (247express.md §6).
        delivery_date: text(&wall::without_zone(told.at)).filter(|_| is_delivered),
        receiver_name: text(receiver).filter(|_| is_delivered),
        transaction_id: seen.draw.uuid("transaction", nth),
        time: Some(time),
    };
    serde_json::to_vec(&Webhook { api_key, update }).ok()
}

/// An error as the tracking call answers it (§4.1).
pub fn failure(error: errors::TrackingError) -> Vec<u8> {
    let answer = wire::Tracking {
        error_message: Some(error.text.to_owned()),
        error_code: Some(error.code.to_owned()),
        ..wire::Tracking::default()
    };
    serde_json::to_vec(&answer).unwrap_or_default()
}

/// An answer of another shape than documented: nothing in it says what it tells of.
pub const WRONG_SHAPE: &str =
    r#"{"errorMessage":null,"errorCode":null,"data":[{"order":{"code":17},"status":{"id":30}}]}"#;
