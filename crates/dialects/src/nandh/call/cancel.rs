//! N&H told that a shipment or an order of its own is cancelled (nandh-oms.md §8, O5 and H3). Whatever
//! has no code of N&H's is a courier's, which N&H is not told of.

use super::{Asked, Subject, authorized, refused, routes, unreadable};
use crate::desk::Settings;
use crate::dialect::carries::{self, Carries, Consignment, Message, Said, Session};
use crate::dialect::{Answer, CallError, Outgoing, Parcel, Upstream};
use crate::nandh::{CARRIER, Nandh};
use crate::raw::{self, Object};
use crate::settings::SettingError;
use http::{HeaderValue, Method, header};
use trackway_model::orders::Deed;

/// "Transition refused" (§2).
const CONFLICT: u16 = 409;

impl Carries for Nandh {
    fn carrier(&self) -> &'static str {
        CARRIER
    }

    fn check(&self, settings: &Settings) -> Result<(), SettingError> {
        carries::check_switch(settings)
    }

    /// Its shipments are made there.
    fn creates(&self) -> bool {
        false
    }

    fn request(
        &self,
        upstream: &Upstream<'_>,
        _session: Option<&Session>,
        message: &Message<'_>,
    ) -> Result<Option<Outgoing>, CallError> {
        let Message::Cancel { number } = message else {
            return Ok(None);
        };
        let parcel = Parcel {
            carrier: CARRIER,
            number,
            ..Parcel::default()
        };
        let call = match Asked::of(&parcel) {
            Asked::Detail(Subject::Shipment) => routes::Call::CancelShipment,
            Asked::Detail(Subject::Order) => routes::Call::CancelOrder,
            Asked::Detail(Subject::Return) | Asked::Listed => return Ok(None),
        };
        let json = HeaderValue::from_static("application/json");
        let mut outgoing = authorized(upstream, &super::path_of(call, number))?;
        outgoing.method = Method::PATCH;
        outgoing.headers.push((header::CONTENT_TYPE, json));
        outgoing.body = b"{}".to_vec();
        Ok(Some(outgoing))
    }

    fn judge(&self, _deed: Deed, answer: &Answer<'_>) -> Result<Said, CallError> {
        let envelope = Object::parse(answer.body).map_err(|it| unreadable(answer, &it))?;
        let told = envelope.get("status_code").and_then(raw::scalar);
        let told = told.and_then(|status| status.parse::<u16>().ok());
        if answer.status == CONFLICT || told == Some(CONFLICT) {
            return Ok(Said::Late {
                code: CONFLICT.to_string(),
                text: "how far it is does not allow it".to_owned(),
            });
        }
        match refused(&envelope, answer.status) {
            Ok(()) => Ok(Said::Yes {
                number: None,
                cost: None,
            }),
            // In words of ours: its own may name people.
            Err(CallError::Refused { code, .. }) => Err(CallError::Refused {
                code,
                text: "it refuses the cancellation".to_owned(),
            }),
            Err(error) => Err(error),
        }
    }

    /// It is given nothing.
    fn known_by(&self, _upstream: &Upstream<'_>, _consignment: &Consignment<'_>) -> i64 {
        0
    }

    fn number_in(&self, _answer: &Answer<'_>) -> Option<String> {
        None
    }
}
