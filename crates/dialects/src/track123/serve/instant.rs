//! One number, asked about while the client waits (§5.11): nothing is registered or kept by it.
//!
//! Where no upstream answers, what the account knows of the number is told with the query status of a
//! cached result (005), and where nothing is known either, with that of an unstable site (003). Where an
//! upstream refuses, its own words are passed on (D0000).

use super::super::envelope::Stop;
use super::super::service::Code;
use super::super::told::{self, Own};
use super::super::{VOCABULARY, frame, own, wire};
use super::{carrier_of, object};
use crate::desk::{Desk, Instant, Principal};
use crate::raw::{Object, quoted};
use trackway_model::view::ShipmentView;
use trackway_model::{CodeKind, Standing};

pub async fn ask<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    let object = object(body)?;
    let item = own::item(&object)?;
    let given = own::members(&object)?;
    let country = given.get(wire::COUNTRY).and_then(serde_json::Value::as_str);
    let (carrier, courier) = carrier_of(desk, &item, country)?;
    frame::charge(desk, principal, 1).await?;
    let found = desk.ask_now(principal, &carrier, &item.number).await?;
    let (view, query) = match &found {
        Instant::Told(view) => (Some(&**view), None),
        Instant::Nothing => (None, Some("NO_RECORD")),
        Instant::Unanswered(Some(known)) => (Some(&**known), Some("CACHE_FOR_WEBSITE_ERROR")),
        Instant::Unanswered(None) => (None, Some("UNSTABLE_OFFICIAL_WEBSITE")),
        Instant::Refused(words) => return Err(Stop::because(Code::Upstream, words)),
    };
    let own = Own {
        // Nothing is registered: what the upstream knows of a registration is not the client's.
        id: Some(told::null()),
        carrier: &carrier,
        courier: courier.as_deref(),
        number: &item.number,
        created: None,
        next: None,
        data: std::borrow::Cow::Owned(serde_json::Value::Null),
        standing: standing(view),
    };
    let tracking = told::tracking(view, &own, desk.now());
    let tracking = match query {
        Some(query) => with_status(&tracking, query),
        None => tracking,
    };
    Ok(format!(r#"{{"accepted":{tracking},"rejected":null}}"#))
}

fn standing(view: Option<&ShipmentView>) -> Standing {
    match view {
        None => Standing::NoRecord,
        Some(_) => Standing::Active,
    }
}

/// A tracking with another query status.
fn with_status(tracking: &str, name: &str) -> String {
    let mut rows = VOCABULARY.of_kind(CodeKind::Query);
    let code = rows
        .find(|row| row.name == name)
        .map(|row| row.code.as_str());
    match (Object::of_text(tracking), code) {
        (Ok(object), Some(code)) => object.with(&[(wire::TRACKING_STATUS, quoted(code))]),
        _ => tracking.to_owned(),
    }
}
