//! Looking again (§§5.6, 5.7): each number once in so many hours; a call before that changes nothing and
//! says when the last one was.

use super::super::envelope::{Outcome, Refused, Stop};
use super::super::service::Code;
use super::super::{NAME, clock, frame, own, synthesis};
use super::{NAMED, NO_OBJECT, NOT_REGISTERED, REFRESH_HOURS, named, object, registered};
use crate::desk::{Desk, Principal, Refresh};
use crate::raw::{Object, quoted};

const HOUR_US: i64 = 3_600_000_000;

pub async fn one<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    let object = object(body)?;
    let done = refreshed(desk, principal, &object).await??;
    Ok(synthesis::object(&done))
}

pub async fn many<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    let mut outcome = Outcome::default();
    for (at, text) in frame::list(desk, body)?.into_iter().enumerate() {
        let object = Object::of_text(text).ok();
        let mut members = named(object.as_ref(), NAMED);
        let done = match &object {
            Some(object) => refreshed(desk, principal, object).await?,
            None => Err(Refused::wrong(NO_OBJECT)),
        };
        match done {
            Ok(done) => {
                members.extend(done);
                outcome.accepted.push(synthesis::object(&members));
            }
            Err(why) => outcome.reject(at, &members, &why),
        }
    }
    Ok(outcome.written())
}

type Done = Vec<(&'static str, String)>;

async fn refreshed<D: Desk>(
    desk: &D,
    principal: &Principal,
    object: &Object<'_>,
) -> Result<Result<Done, Refused>, Stop> {
    let (number, courier) = match own::full_item(object) {
        Ok(item) => item,
        Err(why) => return Ok(Err(why)),
    };
    let found = match registered(desk, principal, &number, &courier).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let hours = i64::try_from(frame::number(desk, REFRESH_HOURS)?).unwrap_or(i64::MAX);
    let least = hours.saturating_mul(HOUR_US);
    let done = |success: bool, at: i64| {
        Ok(vec![
            ("success", success.to_string()),
            ("actualRefreshTime", quoted(&clock::text(at))),
        ])
    };
    Ok(
        match desk.refresh(principal, NAME, found.id, least).await? {
            Refresh::Asked { at } => done(true, at),
            Refresh::TooSoon { last } => done(false, last),
            Refresh::Unknown => Err(Refused::new(Code::Parameter, NOT_REGISTERED)),
        },
    )
}
