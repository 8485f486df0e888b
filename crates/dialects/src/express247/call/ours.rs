//! Parcels that were consigned through this system's API here and are carried by the system itself: what
//! it tells under its own number is told under ours, which is all that our clients know.
//!
//! Of an answer the members that say what was asked for are ours as well: what the carrier asks of us is
//! not what we ask of the client.

use super::super::WEBHOOK;
use super::super::customer::shown;
use crate::raw::{self, Object, quoted};
use trackway_model::Statement;
use trackway_model::intake::Content;
use trackway_model::orders::Fulfilment;

/// Our reference, as a webhook has it.
const REFERENCE: &str = "ExternalCode";

pub fn reference(told: &Statement) -> Option<String> {
    let body = Object::parse(&told.raw).ok()?;
    let said = body.get_any_case(REFERENCE).and_then(raw::scalar)?;
    let said = said.trim();
    (!said.is_empty()).then(|| said.to_owned())
}

pub fn readdress(told: &mut Content, to: &Fulfilment) {
    match told {
        Content::News(statements) => {
            let news = statements.iter_mut();
            for statement in news.filter(|it| it.stream == WEBHOOK.id) {
                update(&mut statement.raw, to);
            }
        }
        Content::Document(answer) => {
            let changed = Object::parse(&answer.body).map(|body| body.with(&shown::members(to)));
            if let Ok(changed) = changed {
                answer.body = changed.into_bytes();
            }
        }
        Content::Opening(_) => {}
    }
}

/// The webhook's members that name an order.
fn update(body: &mut Vec<u8>, to: &Fulfilment) {
    let Ok(object) = Object::parse(body) else {
        return;
    };
    let said = |text: Option<&str>| text.map_or_else(|| "null".to_owned(), quoted);
    let number = to.parcels.first().map(|parcel| parcel.waybill.as_str());
    let reference = to.consigned.as_ref();
    let reference = reference.and_then(|asked| asked.reference.as_deref());
    let names = [
        ("OrderCode", said(number)),
        (REFERENCE, said(shown::external(to))),
        ("ReferenceCode", said(reference)),
    ];
    // As the carrier spells them.
    let members: Vec<(String, String)> = names
        .into_iter()
        .filter_map(|(name, value)| {
            let mut members = object.members();
            let member = members.find(|it| it.name.eq_ignore_ascii_case(name))?;
            Some((member.name.to_string(), value))
        })
        .collect();
    let members: Vec<(&str, &str)> = members
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    *body = object.with(&members).into_bytes();
}
