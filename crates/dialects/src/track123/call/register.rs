//! `POST tk/v2.1/track/import` (§5.3): a number must be registered before it can be asked about. Their
//! webhooks go to an address that is set in their portal, not by a call.

use super::super::cargo::{Mode, call as cargo};
use super::super::wire;
use super::{Query, errand, lists, objects, refusal, request};
use crate::desk::Settings;
use crate::dialect::{Admits, Answer, CallError, Errand, Outgoing, Parcel, Taken, Upstream};
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
            return request(upstream, &path, &body);
        }
        let items: Vec<Value> = parcels.iter().map(errand::described).collect();
        request(upstream, wire::IMPORT, &Value::from(items))
    }

    fn asks_by_given(&self, settings: &Settings) -> bool {
        matches!(cargo::mode(settings), Ok(Some(Mode::Ocean)))
    }

    fn judge_all(
        &self,
        parcels: &[Parcel<'_>],
        answer: &Answer<'_>,
    ) -> Vec<Result<Taken, CallError>> {
        let lists = lists(answer).and_then(|data| {
            Ok((
                objects(&data, wire::ACCEPTED, "data.accepted")?,
                objects(&data, wire::REJECTED, "data.rejected")?,
            ))
        });
        let (accepted, rejected) = match lists {
            Ok(lists) => lists,
            Err(error) => return parcels.iter().map(|_| Err(error.clone())).collect(),
        };
        let judge = |parcel: &Parcel<'_>| {
            let about = |item: &&Object<'_>| super::names(item, parcel);
            match rejected.iter().find(about).map(refusal) {
                None => {
                    let given = accepted.iter().find(about);
                    let given = given.map_or(Value::Null, cargo::given);
                    Ok(Taken::Now(given))
                }
                Some(CallError::Refused { text, .. }) if text.contains(IMPORTED) => {
                    Ok(Taken::Before)
                }
                Some(error) => Err(error),
            }
        };
        parcels.iter().map(judge).collect()
    }

    fn errand(
        &self,
        upstream: &Upstream<'_>,
        errand: Errand<'_>,
        parcel: &Parcel<'_>,
    ) -> Result<Option<Outgoing>, CallError> {
        let call = match cargo::mode(upstream.settings)? {
            Some(mode) => cargo::errand(mode, upstream.settings, errand, parcel),
            None => errand::of_parcel(errand, parcel),
        };
        call.map(|(path, body)| request(upstream, &path, &body))
            .transpose()
    }

    fn judge_errand(&self, errand: Errand<'_>, answer: &Answer<'_>) -> Result<(), CallError> {
        errand::judge(errand, answer)
    }
}
