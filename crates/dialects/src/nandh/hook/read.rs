//! A webhook read, whoever brought it: from a sender's bytes to what they tell of one shipment, order or
//! return. Used when it comes in, and again for bytes that were put aside. Inbounds and stock have no
//! journey: what they tell is a report (`report`).

use super::super::statement::{self, WEBHOOK};
use super::super::{CARRIER, Nandh};
use super::event::EVENT_CODE;
use super::{Event, report};
use crate::dialect::{Inbound, Told, Unreadable};
use crate::raw::{self, Object};
use crate::taking::unreadable;
use trackway_model::intake::Content;
use trackway_model::orders::NewReport;
use trackway_model::vocabulary::Vocabulary;
use trackway_model::{ConnectionId, Oddity, Strange};

impl Inbound for Nandh {
    fn read(&self, vocabulary: &Vocabulary, body: &[u8]) -> Result<Told, Box<Unreadable>> {
        let object = Object::parse(body).map_err(|problem| unreadable(&problem, body))?;
        read(vocabulary, &object)
    }

    fn report(
        &self,
        connection: ConnectionId,
        counted_at: Option<String>,
        body: &[u8],
    ) -> Option<NewReport> {
        report::of(connection, counted_at, body)
    }
}

/// What an object tells.
pub fn read(vocabulary: &Vocabulary, webhook: &Object<'_>) -> Result<Told, Box<Unreadable>> {
    let event = Event::told(webhook)
        .ok_or_else(|| Box::new(lacks(webhook, EVENT_CODE, "one of the eight events")))?;
    let number = webhook.get(event.number()).and_then(raw::scalar);
    let number = number
        .filter(|number| !number.trim().is_empty())
        .ok_or_else(|| Box::new(lacks(webhook, event.number(), "a text")))?;
    let mut warnings = Vec::new();
    let statement = event.subject().map(|subject| {
        let warn = |warning| warnings.push(warning);
        statement::read(vocabulary, WEBHOOK.id, subject.kind(), webhook.text(), warn)
    });
    Ok(Told {
        carrier: CARRIER.to_owned(),
        number: number.into_owned(),
        content: Content::News(statement.into_iter().collect()),
        warnings,
    })
}

/// The courier's own number of a shipment, where the webhook names it.
pub fn courier_number(webhook: &Object<'_>) -> Option<String> {
    let is_shipment = matches!(
        Event::told(webhook)?,
        Event::ShipmentCreated | Event::ShipmentUpdated
    );
    let number = raw::scalar(webhook.get("courier_tracking_code")?)?;
    (is_shipment && !number.trim().is_empty()).then(|| number.into_owned())
}

fn lacks(webhook: &Object<'_>, member: &str, wanted: &'static str) -> Unreadable {
    let found = webhook
        .get(member)
        .map_or_else(|| "nothing".to_owned(), crate::shape::described);
    Unreadable {
        strange: Strange::new(Oddity::Shape, member, wanted, found),
        problem: format!("{member} is missing or not valid"),
        body: webhook.text().as_bytes().to_vec(),
    }
}
