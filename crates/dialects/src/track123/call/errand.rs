//! What Track123 is told of a number that we registered there (§§5.5 to 5.10): that what the carrier needs
//! of it changed, that it is to be looked at again, that another carrier has it, that nobody wants it any
//! more.
//!
//! Of what a client gave with its registration only what a carrier or the look-up needs goes there:
//! country, time of dispatch, post code and the digits of a phone number. Order numbers, addresses for
//! e-mail, remarks and the client's own fields stay here.

use super::super::{carriers, wire};
use super::{NOT_REGISTERED, data, named, shape};
use crate::dialect::{Answer, CallError, Errand, Parcel};
use crate::raw::scalar;
use serde_json::{Value, json};

/// Members of a registration that Track123 is told.
const TOLD: [&str; 4] = [
    wire::COUNTRY,
    wire::SHIP_TIME,
    wire::POSTAL_CODE,
    wire::EXTEND_FIELD_MAP,
];

/// A number as it is registered: named, with what its client said of it.
pub fn described(parcel: &Parcel<'_>) -> Value {
    let mut item = named(parcel);
    for (name, value) in told(parcel) {
        if !value.is_null() {
            item[name] = value.clone();
        }
    }
    item
}

fn told<'a>(parcel: &Parcel<'a>) -> impl Iterator<Item = (&'static str, &'a Value)> {
    let registered = parcel.registered.unwrap_or(&Value::Null);
    TOLD.into_iter()
        .map(|name| (name, registered.get(name).unwrap_or(&Value::Null)))
}

/// The call about a parcel: path and body; None where the carriers have no codes to say it with.
pub fn of_parcel(errand: Errand<'_>, parcel: &Parcel<'_>) -> Option<(String, Value)> {
    let (path, body) = match errand {
        Errand::Edited => {
            // What is not there is cleared: null, where nothing said would leave it as it is.
            let mut item = named(parcel);
            for (name, value) in told(parcel) {
                item[name] = value.clone();
            }
            (wire::UPDATE, item)
        }
        Errand::Refreshed => (wire::REFRESH, named(parcel)),
        Errand::Ended => (wire::DELETE, named(parcel)),
        Errand::Moved { from } => {
            let body = json!({
                wire::TRACK_NO: parcel.number,
                wire::COURIER_CODE: carriers::code_of(from)?,
                wire::NEW_COURIER_CODE: carriers::code_of(parcel.carrier)?,
            });
            (wire::UPDATE_COURIER, body)
        }
    };
    Some((path.to_owned(), body))
}

/// What became of it. A refresh that came too soon after another is as good as done.
pub fn judge(errand: Errand<'_>, answer: &Answer<'_>) -> Result<(), CallError> {
    let data = match data(answer) {
        Ok(data) => data,
        Err(CallError::Refused { code, text }) if text.contains(NOT_REGISTERED) => {
            return Err(CallError::Nothing { code, text });
        }
        Err(error) => return Err(error),
    };
    if errand == Errand::Refreshed {
        return Ok(());
    }
    match scalar(data.text()).as_deref() {
        Some("true") => Ok(()),
        Some("false") => Err(CallError::Refused {
            code: String::new(),
            text: format!(
                "it was told that a number was {}, and did nothing",
                errand.name()
            ),
        }),
        _ => Err(shape(wire::DATA, "it must be true or false")),
    }
}
