//! Editing what was given with a registration (§§5.8, 5.9), and ending registrations (§5.10). Both take
//! one object, answered with a boolean, or a list of them, answered item by item.

use super::super::envelope::{Outcome, Refused, Stop};
use super::super::service::Code;
use super::super::{NAME, frame, own, synthesis};
use super::{NAMED, NO_OBJECT, NOT_REGISTERED, named, object, registered};
use crate::desk::{Desk, Principal};
use crate::raw::Object;

/// What is done to each.
#[derive(Clone, Copy)]
enum Deed {
    Edit,
    End,
}

pub async fn update<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    one_or_many(desk, principal, body, Deed::Edit).await
}

pub async fn update_many<D: Desk>(
    desk: &D,
    principal: &Principal,
    body: &[u8],
) -> Result<String, Stop> {
    many(desk, principal, body, Deed::Edit).await
}

pub async fn delete<D: Desk>(desk: &D, principal: &Principal, body: &[u8]) -> Result<String, Stop> {
    one_or_many(desk, principal, body, Deed::End).await
}

async fn one_or_many<D: Desk>(
    desk: &D,
    principal: &Principal,
    body: &[u8],
    deed: Deed,
) -> Result<String, Stop> {
    if frame::text(body)?.starts_with('[') {
        return many(desk, principal, body, deed).await;
    }
    done(desk, principal, &object(body)?, deed).await??;
    Ok("true".to_owned())
}

async fn many<D: Desk>(
    desk: &D,
    principal: &Principal,
    body: &[u8],
    deed: Deed,
) -> Result<String, Stop> {
    let mut outcome = Outcome::default();
    for (at, text) in frame::list(desk, body)?.into_iter().enumerate() {
        let object = Object::of_text(text).ok();
        let members = named(object.as_ref(), NAMED);
        let done = match &object {
            Some(object) => done(desk, principal, object, deed).await?,
            None => Err(Refused::wrong(NO_OBJECT)),
        };
        match done {
            Ok(()) => outcome.accepted.push(synthesis::object(&members)),
            Err(why) => outcome.reject(at, &members, &why),
        }
    }
    Ok(outcome.written())
}

async fn done<D: Desk>(
    desk: &D,
    principal: &Principal,
    object: &Object<'_>,
    deed: Deed,
) -> Result<Result<(), Refused>, Stop> {
    let read = own::full_item(object).and_then(|item| Ok((item, own::members(object)?)));
    let ((number, courier), given) = match read {
        Ok(read) => read,
        Err(why) => return Ok(Err(why)),
    };
    let found = match registered(desk, principal, &number, &courier).await? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    let is_done = match deed {
        Deed::Edit => {
            let data = own::amended(&found.data, given);
            let key = own::key(&data);
            desk.amend(principal, NAME, found.id, data, key).await?
        }
        Deed::End => desk.unregister(principal, NAME, &[found.id]).await? > 0,
    };
    let gone = || Refused::new(Code::Parameter, NOT_REGISTERED);
    Ok(is_done.then_some(()).ok_or_else(gone))
}
