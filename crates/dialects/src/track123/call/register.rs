//! `POST tk/v2.1/track/import` (§5.3): a number must be registered before it can be asked about. Their
//! webhooks go to an address that is set in their portal, not by a call.

use super::super::wire;
use super::{Query, data, named, objects, refusal, request, shape};
use crate::desk::Settings;
use crate::dialect::{Answer, CallError, Outgoing, Parcel, Registers, Upstream};
use crate::raw::Object;
use serde_json::json;

/// The setting that says whether we register numbers.
pub const IMPORT: &str = "import";
const NO: &str = "no";
/// What stands behind a connection's own address.
const DOOR: &str = "/track123";
/// A duplicate (§2.3): harmless.
const IMPORTED: &str = "has been imported";

impl Registers for Query {
    fn is_wanted(&self, settings: &Settings) -> bool {
        settings.get(IMPORT).is_none_or(|value| value != NO)
    }

    fn door(&self) -> &'static str {
        DOOR
    }

    fn request(
        &self,
        upstream: &Upstream<'_>,
        parcel: &Parcel<'_>,
        _webhook_url: &str,
    ) -> Result<Outgoing, CallError> {
        request(upstream, wire::IMPORT, &json!([named(parcel)]))
    }

    fn judge(&self, answer: &Answer<'_>) -> Result<bool, CallError> {
        let data = Object::of_text(data(answer)?);
        let data = data.map_err(|_| shape(wire::DATA, "it is no object"))?;
        let rejected = objects(&data, wire::REJECTED, "data.rejected")?;
        let Some((_, item)) = rejected.first() else {
            return Ok(true);
        };
        match refusal(item) {
            CallError::Refused { text, .. } if text.contains(IMPORTED) => Ok(false),
            error => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_is_where_webhooks_come_in() {
        assert_eq!(wire::DOOR.strip_prefix("/in/{token}"), Some(DOOR));
    }
}
