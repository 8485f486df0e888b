//! `POST tk/v2.1/courier/detection` (§5.2).

use super::super::own::said;
use super::super::{carriers, wire};
use super::{Query, lists, objects, request};
use crate::dialect::{Answer, CallError, Candidate, Detects, Outgoing, Upstream};
use serde_json::json;

impl Detects for Query {
    fn request(&self, upstream: &Upstream<'_>, number: &str) -> Result<Outgoing, CallError> {
        request(
            upstream,
            wire::DETECTION,
            &json!({ wire::TRACKING_NUMBER: number }),
        )
    }

    /// The recommended one first. Elements that name no courier are left out.
    fn parse(&self, answer: &Answer<'_>) -> Result<Vec<Candidate>, CallError> {
        let data = lists(answer)?;
        let recommended = objects(&data, "recommended_carrier", "data.recommended_carrier")?;
        let others = objects(&data, "candidates", "data.candidates")?;
        let mut found: Vec<Candidate> = Vec::new();
        for object in recommended.iter().chain(&others) {
            let Some(code) = said(object, "carrier") else {
                continue;
            };
            if found.iter().any(|known| known.code == code) {
                continue;
            }
            found.push(Candidate {
                carrier: carriers::told(Some(&code)),
                name: carriers::name(&code).unwrap_or(&code).to_owned(),
                code: code.into_owned(),
            });
        }
        Ok(found)
    }
}
