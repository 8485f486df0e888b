//! N&H told that a shipment or an order of its own is cancelled (nandh-oms.md §8, O5 and H3). Whatever
//! has no code of N&H's is a courier's, which N&H is not told of.

use super::client::{self, Ask};
use super::{Asked, Subject, routes};
use crate::desk::Settings;
use crate::dialect::carries::{self, Carries, Consignment, Message, Said, Session};
use crate::dialect::{Answer, CallError, Outgoing, Parcel, Upstream};
use crate::nandh::{CARRIER, Nandh};
use crate::settings::SettingError;
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
        client::ask(upstream, call, &Ask::about(number)).map(Some)
    }

    fn judge(&self, _deed: Deed, answer: &Answer<'_>) -> Result<Said, CallError> {
        if client::status_of(answer) == CONFLICT {
            return Ok(Said::Late {
                code: CONFLICT.to_string(),
                text: "how far it is does not allow it".to_owned(),
            });
        }
        match client::heard(answer) {
            Ok(_) => Ok(Said::Yes {
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
