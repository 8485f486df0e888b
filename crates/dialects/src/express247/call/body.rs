//! What is said in calls of 247Express's customer API (§§2, 8, 9, 12), member for member.

use super::super::wire::Number;
use super::book::{CLIENT_HUB, SERVICE};
use crate::desk::Settings;
use crate::dialect::carries::Consignment;
use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::value::RawValue;
use trackway_model::orders::{Address, Package, Party, Wish};

const USUAL_SERVICE: &str = "DE";
/// Insurance, as an extra service (§8.1).
const INSURANCE: &str = "DVBH";
const GOODS: &str = "HH";
const DOCUMENT: &str = "TL";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Login<'a> {
    pub user_name: &'a str,
    pub password: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Ordered<'a> {
    pub order_info: OrderInfo<'a>,
}

/// §8.1's members in their order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct OrderInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_code: Option<&'a str>,
    #[serde(rename = "ClientHubID", skip_serializing_if = "Option::is_none")]
    pub client_hub_id: Option<i64>,
    #[serde(rename = "CusWareHouseID", skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<&'a str>,
    pub contact_name: &'a str,
    pub contact_phone: &'a str,
    pub sender_address: String,
    pub receiver_name: &'a str,
    pub receiver_phone: &'a str,
    pub receiver_address: String,
    pub receiver_province_name: &'a str,
    pub receiver_district_name: Option<&'a str>,
    pub receiver_ward_name: Option<&'a str>,
    pub real_weight: Number,
    pub length: Option<Number>,
    pub width: Option<Number>,
    pub height: Option<Number>,
    pub quantity: i64,
    pub packages: Vec<Pack<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'a str>,
    #[serde(rename = "ServiceTypeID")]
    pub service: &'a str,
    pub mailer_type: &'a str,
    #[serde(rename = "CODAmount")]
    pub cod: Number,
    #[serde(rename = "COPAmt", skip_serializing_if = "Option::is_none")]
    pub cop: Option<Number>,
    pub external_code: &'a str,
    pub reference_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub special_instruction_id: Option<Instruction>,
    pub inform_fee: Number,
    pub extra_services: Vec<Extra<'a>>,
}

/// A package of several: length, width and height, all three or none.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Pack<'a> {
    #[serde(rename = "PackageID")]
    pub id: &'a str,
    pub length: Option<Number>,
    pub width: Option<Number>,
    pub height: Option<Number>,
    pub real_weight: Option<Number>,
}

/// §8.1 has numbers, 1 show and 2 do not show; §8.2 texts, 1 show and 0 do not show.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Instruction {
    Created(u8),
    Updated(&'static str),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Extra<'a> {
    #[serde(rename = "ServiceID")]
    pub service: &'a str,
    pub r#type: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cancelled<'a> {
    pub order_code: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Feedback<'a> {
    pub order_code: &'a str,
    #[serde(rename = "ConfirmID")]
    pub confirm_id: &'static str,
    pub notes: &'a str,
    pub delivery_info: DeliveryInfo<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeliveryInfo<'a> {
    pub receiver_name: &'a str,
    pub receiver_address: String,
    pub receiver_phone: &'a str,
    pub delivery_time: Option<&'a str>,
}

/// §12's table.
pub const fn confirm_id(wish: Wish) -> &'static str {
    match wish {
        Wish::DeliverAgain => "1",
        Wish::Return => "2",
        Wish::ReturnElsewhere => "3",
        Wish::Forward => "4",
        Wish::Destroy => "5",
    }
}

fn number(value: Decimal) -> Number {
    let text = value.normalize().to_string();
    Number(RawValue::from_string(text).expect("a decimal's digits are a JSON number"))
}

/// Street, and what of the rest is named, as it is written on a parcel.
pub fn whole(address: &Address) -> String {
    let parts = [
        Some(&address.line),
        address.line2.as_ref(),
        address.ward.as_ref(),
        address.district.as_ref(),
        address.province.as_ref(),
    ];
    let parts = parts.into_iter().flatten().map(|part| part.trim());
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

fn phone(party: &Party) -> &str {
    party.phone.as_deref().unwrap_or_default()
}

/// A blank name is none: two-level addresses have no district (§8.1).
fn named(name: Option<&String>) -> Option<&str> {
    name.map(|name| name.trim()).filter(|name| !name.is_empty())
}

pub fn described<'a>(
    settings: &'a Settings,
    it: &'a Consignment<'a>,
    order_code: Option<&'a str>,
) -> OrderInfo<'a> {
    let hub = settings.get(CLIENT_HUB).and_then(|id| id.parse().ok());
    let to = &it.receiver.address;
    let [length, width, height] = sides(it.sides);
    let shown = |is_update: bool, may: bool| match (is_update, may) {
        (false, true) => Instruction::Created(1),
        (false, false) => Instruction::Created(2),
        (true, true) => Instruction::Updated("1"),
        (true, false) => Instruction::Updated("0"),
    };
    let usual = settings.get(SERVICE).map_or(USUAL_SERVICE, String::as_str);
    OrderInfo {
        order_code,
        client_hub_id: hub,
        warehouse: hub.is_none().then_some(it.pickup),
        contact_name: &it.sender.name,
        contact_phone: phone(it.sender),
        sender_address: whole(&it.sender.address),
        receiver_name: &it.receiver.name,
        receiver_phone: phone(it.receiver),
        receiver_address: whole(to),
        receiver_province_name: named(to.province.as_ref()).unwrap_or_default(),
        receiver_district_name: named(to.district.as_ref()),
        receiver_ward_name: named(to.ward.as_ref()),
        real_weight: number(Decimal::new(it.weight, 3)),
        length,
        width,
        height,
        quantity: it.asked.map_or(1, |asked| asked.pieces),
        packages: packages(it),
        note: it.asked.map(|_| it.note),
        service: it.service.unwrap_or(usual),
        mailer_type: if it.asked.is_some_and(|asked| asked.document) {
            DOCUMENT
        } else {
            GOODS
        },
        cod: number(it.cod),
        cop: it.asked.map(|asked| number(asked.cop)),
        external_code: it.reference,
        reference_code: it.order_number,
        special_instruction_id: (!it.cod.is_zero())
            .then(|| shown(order_code.is_some(), it.may_be_opened)),
        inform_fee: number(it.worth),
        extra_services: extras(it),
    }
}

fn sides(sides: Option<[Decimal; 3]>) -> [Option<Number>; 3] {
    sides.map_or([const { None }; 3], |sides| {
        sides.map(|side| Some(number(side)))
    })
}

/// Several pieces are described one by one (§8.1).
fn packages<'a>(it: &Consignment<'a>) -> Vec<Pack<'a>> {
    let described = it.asked.filter(|asked| asked.pieces > 1);
    let packages = described.iter().flat_map(|asked| &asked.packages);
    let pack = |package: &'a Package| {
        let [length, width, height] = sides(package.sides);
        Pack {
            id: &package.id,
            length,
            width,
            height,
            real_weight: package.weight.map(|grams| number(Decimal::new(grams, 3))),
        }
    };
    packages.map(pack).collect()
}

/// What was asked for; insurance also where somebody else said so.
fn extras<'a>(it: &Consignment<'a>) -> Vec<Extra<'a>> {
    let asked = it.asked.iter().flat_map(|asked| &asked.extras);
    let mut codes: Vec<&str> = asked.map(String::as_str).collect();
    if it.is_insured && !codes.contains(&INSURANCE) {
        codes.push(INSURANCE);
    }
    let extra = |service| Extra { service, r#type: 2 };
    codes.into_iter().map(extra).collect()
}
