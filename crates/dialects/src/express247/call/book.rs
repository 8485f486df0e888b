//! 247Express's customer API called by us (§§2, 8, 9, 12): parcels are created, changed, cancelled, and
//! what could not be delivered is decided about.
//!
//! Chosen here: a parcel is known again by our code of its fulfilment (`ExternalCode`); where no
//! `client_hub_id` is set, the place of pick-up is named by our code of it (`CusWareHouseID`); what is
//! carried is goods (`HH`), so that what they are worth is declared (`InformFee`). Of what a merchant
//! knows only what a carrier needs goes there.

use super::super::{CARRIER, Express247};
use super::body::{
    Cancelled, DeliveryInfo, Feedback, Login, Ordered, confirm_id, described, whole,
};
use super::means::{self, Then};
use super::ours;
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
use std::str::FromStr;
use trackway_model::intake::Content;
use trackway_model::orders::{Deed, Fulfilment};
use trackway_model::{OffsetSource, Statement, time};

/// The account of the customer site, and where its API is.
pub const USER_NAME: &str = "username";
pub const PASSWORD: &str = "password";
pub const ADDRESS: &str = "customer_url";
/// The place of pick-up by 247's number of it; else it is named by our code.
pub const CLIENT_HUB: &str = "client_hub_id";
/// The service where a fulfilment names none.
pub const SERVICE: &str = "service";
const LOGIN: &str = "/api/Client/ClientLogin";
const CREATE: &str = "/Api/Customer/CustomerAPICreateOrder";
const UPDATE: &str = "/Api/Customer/CustomerAPIUpdateOrder";
const CANCEL: &str = "/Api/Customer/CancelOrder";
const FEEDBACK: &str = "/api/Customer/CustomerConfirmDelivery";

const CLIENT_ID: HeaderName = HeaderName::from_static("clientid");
const TOKEN: HeaderName = HeaderName::from_static("token");
/// Vietnam's offset in minutes: times without one are its.
const VIETNAM: i16 = 7 * 60;

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

    fn reference_in(&self, told: &Statement) -> Option<String> {
        ours::reference(told)
    }

    fn readdress(&self, told: &mut Content, to: &Fulfilment) {
        ours::readdress(told, to);
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
