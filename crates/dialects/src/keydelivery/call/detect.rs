//! `POST /api/v1/carriers/detect` (§9).

use super::super::{carriers, item, response, wire};
use super::{Realtime, data, shape, signed};
use crate::dialect::{Answer, CallError, Candidate, Detects, Outgoing, Upstream};
use crate::raw::{self, Object};

impl Detects for Realtime {
    fn request(&self, upstream: &Upstream<'_>, number: &str) -> Result<Outgoing, CallError> {
        let asked = wire::Detect {
            tracking_number: number,
        };
        signed(upstream, wire::DETECT, &asked)
    }

    /// Nothing likely (406) is an empty list. Elements that name no carrier are left out.
    fn parse(&self, answer: &Answer<'_>) -> Result<Vec<Candidate>, CallError> {
        let list = match data(answer) {
            Err(CallError::Refused { code, .. })
                if code == response::Code::NoCarrier.number().to_string() =>
            {
                return Ok(Vec::new());
            }
            list => list?,
        };
        let list = raw::elements(list).ok_or_else(|| shape(wire::DATA, "it is no array"))?;
        Ok(list.into_iter().filter_map(candidate).collect())
    }
}

fn candidate(element: &str) -> Option<Candidate> {
    let members = Object::of_text(element).ok()?;
    let code = item::said(members.get(wire::CARRIER_ID))?.into_owned();
    let name = item::said(members.get(wire::CARRIER_NAME));
    Some(Candidate {
        carrier: carriers::told(&code),
        name: name.map_or_else(|| code.clone(), std::borrow::Cow::into_owned),
        code,
    })
}
