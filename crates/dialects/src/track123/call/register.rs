//! `POST tk/v2.1/track/import` (§5.3): a number must be registered before it can be asked about. Their
//! webhooks go to an address that is set in their portal, not by a call.

use super::super::cargo::call as cargo;
use super::super::wire;
use super::{Query, data, named, objects, refusal, request, shape};
use crate::desk::Settings;
use crate::dialect::{Admits, Answer, CallError, Outgoing, Parcel, Upstream};
use crate::raw::Object;
use serde_json::Value;

/// The setting that says whether we register numbers.
pub const IMPORT: &str = "import";
const NO: &str = "no";
/// A duplicate (§2.3): harmless.
const IMPORTED: &str = "has been imported";

impl Admits for Query {
    fn is_wanted(&self, settings: &Settings) -> bool {
        settings.get(IMPORT).is_none_or(|value| value != NO)
    }

    fn request_all(
        &self,
        upstream: &Upstream<'_>,
        parcels: &[Parcel<'_>],
    ) -> Result<Outgoing, CallError> {
        if let Some(mode) = cargo::mode(upstream.settings)? {
            let (path, body) = cargo::import(mode, upstream.settings, parcels);
            return request(upstream, path, &body);
        }
        let items: Vec<Value> = parcels.iter().map(named).collect();
        request(upstream, wire::IMPORT, &Value::from(items))
    }

    fn judge_all(&self, parcels: &[Parcel<'_>], answer: &Answer<'_>) -> Vec<Result<(), CallError>> {
        let rejected = data(answer).and_then(|data| {
            let data = Object::of_text(data);
            let data = data.map_err(|_| shape(wire::DATA, "it is no object"))?;
            objects(&data, wire::REJECTED, "data.rejected")
        });
        let rejected = match rejected {
            Ok(rejected) => rejected,
            Err(error) => return parcels.iter().map(|_| Err(error.clone())).collect(),
        };
        let judge = |parcel: &Parcel<'_>| {
            let mut rejected = rejected.iter().map(|(_, item)| item);
            let refused = rejected.find(|item| super::names(item, parcel));
            match refused.map(refusal) {
                None => Ok(()),
                Some(CallError::Refused { text, .. }) if text.contains(IMPORTED) => Ok(()),
                Some(error) => Err(error),
            }
        };
        parcels.iter().map(judge).collect()
    }
}
