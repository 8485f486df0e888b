//! What this system tells of parcels that were consigned through its API here: the statuses of §3, as
//! its webhook writes them, so that tracking, webhooks and the status log tell of an order from its
//! creation on. Which state is which status is data: `statuses.csv`.
//!
//! Where a real carrier has the parcel, it speaks for itself: then only that the order was accepted and
//! that it was given up is told here.

use super::shown;
use crate::express247::names::status_name;
use crate::express247::wire::StatusUpdate;
use crate::express247::{CARRIER, NAME, hook, statement, vocabulary};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::sync::LazyLock;
use trackway_model::ConnectionId;
use trackway_model::intake::{Content, Intake};
use trackway_model::orders::{Body, Consigned, Fulfilment, FulfilmentState, Record, State};

/// A row of `statuses.csv`.
#[derive(Clone, Debug, Deserialize)]
struct Row {
    state: String,
    /// The last wish that led there; empty: any.
    wish: String,
    status: String,
    /// The status before it, where it can only have been one.
    before: String,
}

fn rows() -> &'static [Row] {
    static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
        csv::Reader::from_reader(include_str!("statuses.csv").as_bytes())
            .deserialize()
            .collect::<Result<_, _>>()
            .expect("the table in the binary is tested")
    });
    &TABLE
}

/// What is told of a record that was just written; None where it says nothing new.
pub fn spoken(record: &Record) -> Option<Intake> {
    let Body::Fulfilment(fulfilment) = &record.body else {
        return None;
    };
    let consigned = fulfilment.made_by_carrier()?;
    let parcel = fulfilment.parcels.first()?;
    let moved = fulfilment.state_since == record.updated;
    let ours = [FulfilmentState::Unfulfilled, FulfilmentState::Cancelled];
    let booking = fulfilment.booking.as_ref();
    let carried = booking.is_some_and(|booking| booking.taken.is_some());
    let speaks = !carried || ours.contains(&fulfilment.state);
    if consigned.by != NAME || parcel.carrier != CARRIER || !moved || !speaks {
        return None;
    }
    let row = row(fulfilment)?;
    let update = update(row, fulfilment, consigned, &parcel.waybill, record.updated);
    let raw = serde_json::to_string(&update).expect("wire types are plain data");
    let told = statement::read(&statement::UPDATE, vocabulary(), &raw, &mut Vec::new());
    Some(Intake {
        account: record.account,
        connection: ConnectionId::default(),
        carrier: CARRIER.to_owned(),
        number: parcel.waybill.clone(),
        received: record.updated,
        content: Content::News(vec![told]),
    })
}

fn row(fulfilment: &Fulfilment) -> Option<&'static Row> {
    let state = fulfilment.state.name();
    let wish = fulfilment.wishes.last().map_or("", |last| last.wish.name());
    let of = |wish: &str| {
        let mut rows = rows().iter();
        rows.find(|row| row.state == state && row.wish == wish)
    };
    of(wish).or_else(|| of(""))
}

fn update(
    row: &Row,
    fulfilment: &Fulfilment,
    consigned: &Consigned,
    code: &str,
    at: i64,
) -> StatusUpdate {
    let name = status_name(&row.status);
    let before = status_name(&row.before);
    let description = before.zip(name);
    // A wish answers a request for one; the one that waits is open.
    let open = fulfilment.state == FulfilmentState::AttemptFailed;
    let asked = fulfilment.wishes.len() + usize::from(open);
    StatusUpdate {
        order_code: code.to_owned(),
        external_code: shown::external(fulfilment).and_then(text),
        reference_code: consigned.reference.as_deref().and_then(text),
        status: row.status.clone(),
        status_name: name.map(str::to_owned),
        description: description
            .map(|(before, name)| format!("Change order status: {before} ==> {name}")),
        request_feedback_count: RawValue::from_string(asked.to_string()).ok(),
        transaction_id: hook::message::transaction_id(&format!("{code}/{}/{at}", row.status)),
        time: Some(hook::message::vietnam(at)),
        ..StatusUpdate::default()
    }
}

fn text(text: &str) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use trackway_model::orders::Wish;

    #[test]
    fn every_state_and_status_of_the_table_is_one() {
        for row in rows() {
            let mut states = FulfilmentState::ALL.iter();
            assert!(
                states.any(|state| state.name() == row.state),
                "{}",
                row.state
            );
            assert!(status_name(&row.status).is_some(), "{}", row.status);
            assert!(row.before.is_empty() || status_name(&row.before).is_some());
            assert!(row.wish.is_empty() || Wish::from_name(&row.wish).is_some());
        }
    }

    #[test]
    fn every_wish_leads_to_a_state_that_is_told() {
        for wish in Wish::ALL {
            let state = wish.leads_to().name();
            assert!(rows().iter().any(|row| row.state == state), "{wish}");
        }
    }
}
