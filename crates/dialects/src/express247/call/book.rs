//! 247Express's customer API called by us (§§2, 8, 9, 12): parcels are created, changed, cancelled, and
//! what could not be delivered is decided about.
//!
//! Chosen here: a parcel is known again by our code of its fulfilment (`ExternalCode`); where no
//! `client_hub_id` is set, the place of pick-up is named by our code of it (`CusWareHouseID`); what is
//! carried is goods (`HH`), so that what they are worth is declared (`InformFee`). Of what a merchant
//! knows only what a carrier needs goes there.

use super::super::{CARRIER, Express247, wire::Number};
use super::means::{self, Then};
use super::{by_http, failure};
use crate::desk::Settings;
use crate::dialect::carries::{self, Carries, Consignment, Message, Said, Session};
use crate::dialect::{Answer, CallError, Outgoing, Upstream};
use crate::raw::{self, Object};
use crate::settings::SettingError;
use crate::{express247::errors::Means, fingerprint};
use http::{HeaderName, HeaderValue, Method, header};
use rust_decimal::Decimal;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::value::RawValue;
use std::str::FromStr;
use trackway_model::orders::{Address, Deed, Party, Wish};
use trackway_model::{OffsetSource, time};

/// The account of the customer site, and where its API is.
pub const USER_NAME: &str = "username";
pub const PASSWORD: &str = "password";
pub const ADDRESS: &str = "customer_url";
/// The place of pick-up by 247's number of it; else it is named by our code.
pub const CLIENT_HUB: &str = "client_hub_id";
/// The service where a fulfilment names none.
pub const SERVICE: &str = "service";
const USUAL_SERVICE: &str = "DE";

const LOGIN: &str = "/api/Client/ClientLogin";
const CREATE: &str = "/Api/Customer/CustomerAPICreateOrder";
const UPDATE: &str = "/Api/Customer/CustomerAPIUpdateOrder";
const CANCEL: &str = "/Api/Customer/CancelOrder";
const FEEDBACK: &str = "/api/Customer/CustomerConfirmDelivery";

const CLIENT_ID: HeaderName = HeaderName::from_static("clientid");
const TOKEN: HeaderName = HeaderName::from_static("token");
/// Insurance, as an extra service (§8.1).
const INSURANCE: &str = "DVBH";
const GOODS: &str = "HH";
/// Vietnam's offset in minutes: times without one are its.
const VIETNAM: i16 = 7 * 60;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Login<'a> {
    user_name: &'a str,
    password: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ordered<'a> {
    order_info: OrderInfo<'a>,
}

/// §8.1's members in their order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OrderInfo<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    order_code: Option<&'a str>,
    #[serde(rename = "ClientHubID", skip_serializing_if = "Option::is_none")]
    client_hub_id: Option<i64>,
    #[serde(rename = "CusWareHouseID", skip_serializing_if = "Option::is_none")]
    warehouse: Option<&'a str>,
    contact_name: &'a str,
    contact_phone: &'a str,
    sender_address: String,
    receiver_name: &'a str,
    receiver_phone: &'a str,
    receiver_address: String,
    receiver_province_name: &'a str,
    receiver_district_name: Option<&'a str>,
    receiver_ward_name: Option<&'a str>,
    real_weight: Number,
    length: Option<Number>,
    width: Option<Number>,
    height: Option<Number>,
    quantity: u32,
    packages: [(); 0],
    #[serde(rename = "ServiceTypeID")]
    service: &'a str,
    mailer_type: &'a str,
    #[serde(rename = "CODAmount")]
    cod: Number,
    external_code: &'a str,
    reference_code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    special_instruction_id: Option<Instruction>,
    inform_fee: Number,
    extra_services: Vec<Extra>,
}

/// §8.1 has numbers, 1 show and 2 do not show; §8.2 texts, 1 show and 0 do not show.
#[derive(Serialize)]
#[serde(untagged)]
enum Instruction {
    Created(u8),
    Updated(&'static str),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Extra {
    #[serde(rename = "ServiceID")]
    service: &'static str,
    r#type: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Cancelled<'a> {
    order_code: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Feedback<'a> {
    order_code: &'a str,
    #[serde(rename = "ConfirmID")]
    confirm_id: &'static str,
    notes: &'a str,
    delivery_info: DeliveryInfo<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeliveryInfo<'a> {
    receiver_name: &'a str,
    receiver_address: String,
    receiver_phone: &'a str,
    delivery_time: Option<&'a str>,
}

impl Carries for Express247 {
    fn carrier(&self) -> &'static str {
        CARRIER
    }

    fn check(&self, settings: &Settings) -> Result<(), SettingError> {
        carries::check_switch(settings)?;
        let has = |name| settings.get(name).is_some_and(|value| !value.is_empty());
        if carries::is_on(settings) && ![USER_NAME, PASSWORD, ADDRESS].into_iter().all(has) {
            return Err(SettingError::Value {
                name: carries::BOOKS,
                value: "true".to_owned(),
                wanted: "`true` together with username, password and customer_url",
            });
        }
        match settings.get(CLIENT_HUB) {
            Some(value) if value.parse::<i64>().is_err() => Err(SettingError::Value {
                name: CLIENT_HUB,
                value: value.clone(),
                wanted: "a whole number",
            }),
            _ => Ok(()),
        }
    }

    fn address<'s>(&self, settings: &'s Settings) -> Option<&'s str> {
        settings.get(ADDRESS).map(String::as_str)
    }

    fn creates(&self) -> bool {
        true
    }

    fn log_in(&self, upstream: &Upstream<'_>) -> Result<Option<Outgoing>, CallError> {
        let login = Login {
            user_name: setting(upstream.settings, USER_NAME)?,
            password: setting(upstream.settings, PASSWORD)?,
        };
        post(upstream, LOGIN, &login, Vec::new()).map(Some)
    }

    fn opened(&self, answer: &Answer<'_>) -> Result<Session, CallError> {
        let document = read(answer)?;
        let said = |name: &str| document.get_any_case(name).and_then(raw::scalar);
        let user = said("ClientID").filter(|id| id != "0");
        let token = said("Token").filter(|token| !token.is_empty());
        let (Some(user), Some(token)) = (user, token) else {
            return Err(CallError::Refused {
                code: "login".to_owned(),
                text: "user name and password are refused".to_owned(),
            });
        };
        let until = said("ExpireDate").and_then(|date| time::parse(date.trim()));
        let until = until.map(|it| it.with_offset(VIETNAM, OffsetSource::Source).assumed());
        Ok(Session {
            user: user.into_owned(),
            token: SecretString::from(token.into_owned()),
            until,
        })
    }

    fn request(
        &self,
        upstream: &Upstream<'_>,
        session: Option<&Session>,
        message: &Message<'_>,
    ) -> Result<Option<Outgoing>, CallError> {
        let headers = session.map(credentials).transpose()?.unwrap_or_default();
        let post = match message {
            Message::Create(consignment) => {
                placed(consignment)?;
                let order_info = described(upstream.settings, consignment, None);
                post(upstream, CREATE, &Ordered { order_info }, headers)
            }
            Message::Update { number, to } => {
                placed(to)?;
                let order_info = described(upstream.settings, to, Some(number));
                post(upstream, UPDATE, &Ordered { order_info }, headers)
            }
            Message::Cancel { number } => {
                let body = Cancelled { order_code: number };
                post(upstream, CANCEL, &body, headers)
            }
            Message::Wish {
                number,
                wish,
                receiver,
                delivery_time,
                note,
            } => {
                let body = Feedback {
                    order_code: number,
                    confirm_id: confirm_id(*wish),
                    notes: note,
                    delivery_info: DeliveryInfo {
                        receiver_name: &receiver.name,
                        receiver_address: whole(&receiver.address),
                        receiver_phone: receiver.phone.as_deref().unwrap_or_default(),
                        delivery_time: *delivery_time,
                    },
                };
                post(upstream, FEEDBACK, &body, headers)
            }
        };
        post.map(Some)
    }

    fn judge(&self, deed: Deed, answer: &Answer<'_>) -> Result<Said, CallError> {
        if matches!(answer.status, 401 | 403) {
            return Ok(Said::LoggedOut);
        }
        let document = read(answer)?;
        let said = |name: &str| document.get_any_case(name).and_then(raw::scalar);
        let code = said("ErrorCode").unwrap_or_default();
        let failed = said("IsError").is_some_and(|is| is.eq_ignore_ascii_case("true"))
            || said("ErrorMessage").is_some_and(|text| !text.trim().is_empty());
        if code != "0" && (failed || !code.is_empty()) {
            return declined(&code);
        }
        if deed != Deed::Create {
            return Ok(Said::Yes {
                number: None,
                cost: None,
            });
        }
        let info = document.get_any_case("OrderInfo").unwrap_or("null");
        let info = Object::of_text(info).map_err(|problem| CallError::Shape {
            member: "OrderInfo".to_owned(),
            problem: problem.to_string(),
        })?;
        let told = |name: &str| info.get_any_case(name).and_then(raw::scalar);
        let number = told("OrderCode").map(|number| number.trim().to_owned());
        let number = number.filter(|number| !number.is_empty());
        let cost = told("TotalServiceCost").and_then(|cost| Decimal::from_str(cost.trim()).ok());
        match number {
            None => Err(CallError::Shape {
                member: "OrderInfo.OrderCode".to_owned(),
                problem: "it is missing".to_owned(),
            }),
            number => Ok(Said::Yes { number, cost }),
        }
    }

    fn known_by(&self, upstream: &Upstream<'_>, consignment: &Consignment<'_>) -> i64 {
        let info = described(upstream.settings, consignment, None);
        let bytes = fingerprint::of(text(&info));
        let (first, _) = bytes.split_first_chunk().expect("it has sixteen bytes");
        i64::from_le_bytes(*first)
    }

    fn number_in(&self, answer: &Answer<'_>) -> Option<String> {
        let document = Object::parse(answer.body).ok()?;
        let said = |name: &str| document.get_any_case(name).and_then(raw::scalar);
        let failed = said("errorCode").is_some_and(|code| !code.is_empty());
        let number = said("orderCode").map(|code| code.trim().to_owned());
        number.filter(|number| !failed && !number.is_empty())
    }
}

/// §12's table.
const fn confirm_id(wish: Wish) -> &'static str {
    match wish {
        Wish::DeliverAgain => "1",
        Wish::Return => "2",
        Wish::ReturnElsewhere => "3",
        Wish::Forward => "4",
        Wish::Destroy => "5",
    }
}

fn setting<'s>(settings: &'s Settings, name: &'static str) -> Result<&'s str, CallError> {
    let value = settings.get(name).filter(|value| !value.is_empty());
    value.map(String::as_str).ok_or(CallError::Unset(name))
}

fn credentials(session: &Session) -> Result<Vec<(HeaderName, HeaderValue)>, CallError> {
    let value = |text: &str| {
        let mut value = HeaderValue::from_str(text).map_err(|_| CallError::Fault {
            code: "login".to_owned(),
            text: "the session holds characters that no header may".to_owned(),
        })?;
        value.set_sensitive(true);
        Ok(value)
    };
    Ok(vec![
        (CLIENT_ID, value(&session.user)?),
        (TOKEN, value(session.token.expose_secret())?),
    ])
}

fn post(
    upstream: &Upstream<'_>,
    path: &str,
    body: &impl Serialize,
    mut headers: Vec<(HeaderName, HeaderValue)>,
) -> Result<Outgoing, CallError> {
    let base = setting(upstream.settings, ADDRESS)?;
    let url = format!("{}{path}", base.trim().trim_end_matches('/'));
    let json = HeaderValue::from_static("application/json");
    headers.push((header::CONTENT_TYPE, json.clone()));
    headers.push((header::ACCEPT, json));
    Ok(Outgoing {
        method: Method::POST,
        redacted_url: url.clone(),
        url,
        headers,
        body: text(body).into_bytes(),
    })
}

fn text(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("the bodies have text keys")
}

fn number(value: Decimal) -> Number {
    let text = value.normalize().to_string();
    Number(RawValue::from_string(text).expect("a decimal's digits are a JSON number"))
}

/// Street, and what of the rest is named, as it is written on a parcel.
fn whole(address: &Address) -> String {
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

/// What the carrier would refuse anyway costs no call.
fn placed(consignment: &Consignment<'_>) -> Result<(), CallError> {
    let province = consignment.receiver.address.province.as_deref();
    if province.is_none_or(|name| name.trim().is_empty()) {
        let row = means::of("3");
        return Err(CallError::Refused {
            code: "3".to_owned(),
            text: row.map_or_else(String::new, |row| row.text.to_owned()),
        });
    }
    Ok(())
}

fn phone(party: &Party) -> &str {
    party.phone.as_deref().unwrap_or_default()
}

/// A blank name is none: two-level addresses have no district (§8.1).
fn named(name: Option<&String>) -> Option<&str> {
    name.map(|name| name.trim()).filter(|name| !name.is_empty())
}

fn described<'a>(
    settings: &'a Settings,
    it: &'a Consignment<'a>,
    order_code: Option<&'a str>,
) -> OrderInfo<'a> {
    let hub = settings.get(CLIENT_HUB).and_then(|id| id.parse().ok());
    let to = &it.receiver.address;
    let [length, width, height] = it.sides.map_or([None; 3], |sides| sides.map(Some));
    let shown = |is_update: bool, may: bool| match (is_update, may) {
        (false, true) => Instruction::Created(1),
        (false, false) => Instruction::Created(2),
        (true, true) => Instruction::Updated("1"),
        (true, false) => Instruction::Updated("0"),
    };
    let usual = settings.get(SERVICE).map_or(USUAL_SERVICE, String::as_str);
    let insured = it.is_insured.then_some(Extra {
        service: INSURANCE,
        r#type: 2,
    });
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
        length: length.map(number),
        width: width.map(number),
        height: height.map(number),
        quantity: 1,
        packages: [],
        service: it.service.unwrap_or(usual),
        mailer_type: GOODS,
        cod: number(it.cod),
        external_code: it.reference,
        reference_code: it.order_number,
        special_instruction_id: (!it.cod.is_zero())
            .then(|| shown(order_code.is_some(), it.may_be_opened)),
        inform_fee: number(it.worth),
        extra_services: insured.into_iter().collect(),
    }
}

/// An answer that is a JSON object, whatever else it says.
fn read<'a>(answer: &Answer<'a>) -> Result<Object<'a>, CallError> {
    let document = Object::parse(answer.body);
    match (document, by_http(answer.status)) {
        (Ok(document), None) => Ok(document),
        // An error in the envelope says more than the status that it came with.
        (Ok(document), Some(means)) => {
            let has_code = document.get_any_case("ErrorCode").and_then(raw::scalar);
            match has_code.filter(|code| !code.is_empty() && code != "0") {
                Some(_) if means != Means::Quota => Ok(document),
                _ => Err(by_status(answer.status, means)),
            }
        }
        (Err(_), Some(means)) => Err(by_status(answer.status, means)),
        (Err(problem), None) => Err(CallError::Shape {
            member: "the answer".to_owned(),
            problem: problem.to_string(),
        }),
    }
}

/// A path that is not there, or a page of a gateway, says nothing of a parcel.
fn by_status(status: u16, means: Means) -> CallError {
    let means = match means {
        Means::Quota => Means::Quota,
        Means::Nothing | Means::Refused | Means::Fault => Means::Fault,
    };
    let text = "it answered no more than a status".to_owned();
    failure(means, format!("HTTP {status}"), text)
}

fn declined(code: &str) -> Result<Said, CallError> {
    let row = means::of(code);
    let text = row.map_or("an error that is not in its list", |row| row.text);
    let (code, text) = (code.to_owned(), text.to_owned());
    match row.map_or(Then::Again, |row| row.then) {
        Then::Never => Err(CallError::Refused { code, text }),
        Then::Again => Err(CallError::Fault { code, text }),
        Then::Gone => Err(CallError::Nothing { code, text }),
        Then::LogIn => Ok(Said::LoggedOut),
        Then::Has => Ok(Said::Has { code, text }),
        Then::Late => Ok(Said::Late { code, text }),
    }
}
