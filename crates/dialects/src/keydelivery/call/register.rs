//! `POST /api/v1/tracking/create` (§7): a connection that prefers pushes has its numbers registered,
//! under an address that nobody can guess.

use super::super::{response, wire};
use super::{Realtime, carrier_id, envelope, signed};
use crate::desk::Settings;
use crate::dialect::{Answer, CallError, Outgoing, Parcel, Registers, Upstream};
use crate::settings::SettingError;

/// The setting that prefers pushes.
pub const PUSH: &str = "push";
const YES: &str = "yes";
const NO: &str = "no";
/// What stands behind a connection's own address.
const DOOR: &str = "/keydelivery";

impl Registers for Realtime {
    fn check(&self, settings: &Settings) -> Result<(), SettingError> {
        match settings.get(PUSH).map(String::as_str) {
            None | Some(YES | NO) => Ok(()),
            Some(value) => Err(SettingError::Value {
                name: PUSH,
                value: value.to_owned(),
                wanted: "`yes` or `no`",
            }),
        }
    }

    fn is_wanted(&self, settings: &Settings) -> bool {
        settings.get(PUSH).is_some_and(|value| value == YES)
    }

    fn door(&self) -> &'static str {
        DOOR
    }

    fn request(
        &self,
        upstream: &Upstream<'_>,
        parcel: &Parcel<'_>,
        webhook_url: &str,
    ) -> Result<Outgoing, CallError> {
        let create = wire::Create {
            carrier_id: carrier_id(parcel)?,
            tracking_number: parcel.number,
            area_show: 1,
            webhook_url,
        };
        signed(upstream, wire::CREATE, &create)
    }

    /// A success may have `data` or none: no copy of the page shows it. Whoever is registered already
    /// is registered.
    fn judge(&self, answer: &Answer<'_>) -> Result<bool, CallError> {
        let (code, message, _) = envelope(answer)?;
        if code == response::Code::Exists.number().to_string() {
            return Ok(false);
        }
        match response::judge(&code, &message) {
            Some(error) => Err(error),
            None => Ok(true),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_is_where_pushes_come_in() {
        assert_eq!(wire::DOOR.strip_prefix("/in/{token}"), Some(DOOR));
    }
}
