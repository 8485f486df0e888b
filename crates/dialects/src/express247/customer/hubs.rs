//! Hubs (§12): the account's pickup addresses. One that is made here waits for approval (`Init`), which
//! is to be switched on: by the operator, through our own API, or at once where the setting says so.
//!
//! A hub's id is its record's; `CusWarehouseID` is its record's code, so that orders name it by that.

use super::address::HUB;
use super::errors::{Code, Fault, Stop};
use super::refused;
use super::request::Fields;
use super::wire::{Envelope, HubAnswer, HubInfo, HubsAnswer};
use super::{Asked, carried_out};
use crate::desk::{Desk, Trade};
use crate::settings::{Setting, Value};
use trackway_model::address::Unit;
use trackway_model::orders::{
    Address, Body, Catalogued, Command, Kind, Party, PickupAddress, Record, RecordId, RecordQuery,
    Sort, Whence,
};

/// Whether a hub that is made here can be used at once.
pub const APPROVE: Setting = Setting {
    name: "express247.approve_hubs",
    value: Value::Switch,
};

/// The most hubs of an answer.
const MOST: u32 = 1_000;
/// Before a customer's own id that consists of digits alone: a record's code never does.
const DIGITS: &str = "WH-";

/// `Status` and `StatusName`; the second pair is [inferred].
const WAITING: (&str, &str) = ("Init", "Chờ duyệt");
const APPROVED: (&str, &str) = ("Approved", "Đã duyệt");

pub const fn whence(id: i64) -> Whence {
    Whence::Id(RecordId(id))
}

/// The code of a hub with this id of the customer's.
fn code_of(warehouse: &str) -> String {
    if warehouse.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{DIGITS}{warehouse}")
    } else {
        warehouse.to_owned()
    }
}

/// The customer's own id, where it gave one: other codes are made of the record's id.
fn warehouse_of(record: &Record, hub: &PickupAddress) -> Option<String> {
    let code = hub.warehouse.clone();
    code.or_else(|| record.code.strip_prefix(DIGITS).map(str::to_owned))
}

/// The hub of a customer's own id: by its code, else of all the one whose warehouse is called so.
pub async fn of_warehouse<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    warehouse: &str,
) -> Result<Whence, Stop> {
    let code = code_of(warehouse);
    let named = trackway_model::orders::Name::code(code.clone());
    let (desk, who) = (asked.desk, &asked.principal);
    if desk
        .record_named(who, Kind::PickupAddress, named)
        .await?
        .is_some()
    {
        return Ok(Whence::Code(code));
    }
    let called = |record: &&Record| match &record.body {
        Body::PickupAddress(hub) => hub.warehouse.as_deref() == Some(warehouse),
        _ => false,
    };
    let all = all(asked).await?;
    let found = all.iter().find(called);
    Ok(found.map_or(Whence::Code(code), |record| Whence::Id(record.id)))
}

/// Where a hub is.
pub async fn address_of<D: Desk + Trade>(asked: &Asked<'_, D>, id: i64) -> Result<Address, Stop> {
    let record = hub(asked, id).await?;
    Ok(body(&record)?.address().clone())
}

async fn hub<D: Desk + Trade>(asked: &Asked<'_, D>, id: i64) -> Result<Record, Stop> {
    let found = asked
        .desk
        .record(&asked.principal, Kind::PickupAddress, RecordId(id))
        .await?;
    Ok(found.ok_or_else(|| Fault::member("ClientHubID", "is not known"))?)
}

fn body(record: &Record) -> Result<&PickupAddress, Stop> {
    match &record.body {
        Body::PickupAddress(hub) => Ok(hub),
        _ => Err(Code::Exception.into()),
    }
}

async fn all<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<Vec<Record>, Stop> {
    let query = RecordQuery {
        sort: Sort::OldestFirst,
        limit: MOST,
        ..RecordQuery::of(Kind::PickupAddress)
    };
    Ok(asked.desk.records(&asked.principal, query).await?.records)
}

/// `GetFullAddress`: also those that are not approved.
pub async fn list<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<HubsAnswer, Stop> {
    let whole = asked.fields()?.flag("GetFullAddress")?.unwrap_or_default();
    let mut hubs = Vec::new();
    for record in all(asked).await? {
        let hub = body(&record)?;
        if whole || hub.active {
            hubs.push(told(&record, hub));
        }
    }
    Ok(HubsAnswer {
        hubs,
        envelope: Envelope::done(""),
    })
}

pub async fn insert<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<HubAnswer, Stop> {
    let fields = asked.wrapped("HubInfo")?;
    let warehouse = fields.text("CusWarehouseID")?;
    let contact = Party {
        name: fields.required("ContactName")?,
        phone: Some(fields.required("ContactPhone")?),
        email: None,
        address: placed(&fields, &Address::default())?,
        customer: None,
    };
    let name = fields.text("CusWarehouseName")?;
    let approved = asked.desk.setting(APPROVE.name).as_deref() == Some("true");
    let hub = PickupAddress {
        name: name.clone().unwrap_or_else(|| contact.address.line.clone()),
        fulfilment_provider: "self".to_owned(),
        fulfilment_provider_name: String::new(),
        warehouse: warehouse.clone(),
        warehouse_name: name,
        default: all(asked).await?.is_empty(),
        active: approved,
        contact,
    };
    kept(asked, None, warehouse.as_deref().map(code_of), hub).await
}

/// What is not given stays as it is.
pub async fn update<D: Desk + Trade>(asked: &Asked<'_, D>) -> Result<HubAnswer, Stop> {
    let fields = asked.wrapped("HubInfo")?;
    let id = fields.whole("ClientHubID")?;
    let id = id.ok_or_else(|| fields.wrong("ClientHubID", "is required"))?;
    let record = hub(asked, id).await?;
    let mut hub = body(&record)?.clone();
    let contact = &mut hub.contact;
    if let Some(name) = fields.text("ContactName")? {
        contact.name = name;
    }
    contact.phone = fields
        .text("ContactPhone")?
        .or_else(|| contact.phone.take());
    if fields.has(HUB.line) || HUB.are_named(&fields) {
        contact.address = placed(&fields, &contact.address)?;
    }
    if let Some(name) = fields.text("CusWarehouseName")? {
        hub.name.clone_from(&name);
        hub.warehouse_name = Some(name);
    }
    let warehouse = fields.text("CusWarehouseID")?;
    let code = warehouse.as_deref().map(code_of);
    hub.warehouse = warehouse.or_else(|| hub.warehouse.take());
    kept(asked, Some(record.id), code, hub).await
}

fn placed(fields: &Fields<'_>, before: &Address) -> Result<Address, Fault> {
    let address = HUB.over(fields, before)?;
    if address.line.is_empty() {
        return Err(fields.wrong(HUB.line, "is required"));
    }
    Ok(address)
}

async fn kept<D: Desk + Trade>(
    asked: &Asked<'_, D>,
    id: Option<RecordId>,
    code: Option<String>,
    hub: PickupAddress,
) -> Result<HubAnswer, Stop> {
    let command = Command::Catalogue(Box::new(Catalogued {
        id,
        code,
        body: hub.into(),
    }));
    let record = carried_out(asked, command, refused::HUB).await?;
    Ok(HubAnswer {
        hub_info: told(&record, body(&record)?),
        envelope: Envelope::done(""),
    })
}

fn told(record: &Record, hub: &PickupAddress) -> HubInfo {
    let address = hub.address();
    let [province, ..] = address.units();
    let short = |unit: &Unit| unit.short_name().map(str::to_owned);
    let (status, status_name) = if hub.active { APPROVED } else { WAITING };
    HubInfo {
        address: address.line.clone(),
        ward_id: address.ward_id.map(|id| id.to_string()),
        client_hub_id: record.id.to_string(),
        contact_name: hub.contact.name.clone(),
        contact_phone: hub.contact.phone.clone(),
        district_id: address.district_id.map(|id| id.to_string()),
        is_main: hub.default.to_string(),
        province_id: province.and_then(short),
        customer_id: record.account.to_string(),
        status,
        status_name,
        cus_warehouse_name: hub.warehouse_name.clone(),
        cus_warehouse_id: warehouse_of(record, hub),
        province_name: address.province.clone(),
        district_name: address.district.clone(),
        ward_name: address.ward.clone(),
    }
}
