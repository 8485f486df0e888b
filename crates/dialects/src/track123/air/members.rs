//! The members that Track123 is thought to send with an air record, for telling when it sends others
//! (track123.md §7.3: inferred but for the two statuses).

use super::super::cargo::wire as cargo;
use super::super::ocean::members::CARRIER;
use super::wire;
use crate::shape::{Kind, Known, always, maybe};

/// A record, of a query's answer or a webhook.
pub const RECORD: &[Known] = &[
    maybe(cargo::ORDER_NO, Kind::Code),
    always(cargo::TRACKING_NO, Kind::Text),
    maybe(cargo::CREATE_TIME, Kind::Text),
    maybe(cargo::CUSTOMER_EMAIL, Kind::Text),
    always(wire::AVIATION_STATUS, Kind::Text),
    maybe("origin", Kind::Text),
    maybe("destination", Kind::Text),
    maybe(wire::PIECES, Kind::Code),
    maybe(wire::WEIGHT, Kind::Code),
    maybe("weightUnit", Kind::Text),
    maybe(cargo::LAST_TRACKING_TIME, Kind::Text),
    maybe(cargo::CARRIER_INFO, Kind::Object(CARRIER)),
    maybe(wire::FLIGHT_INFO, Kind::List(FLIGHT)),
    maybe(cargo::TRACKING_DETAILS, Kind::List(DETAIL)),
];

const FLIGHT: &[Known] = &[
    maybe(wire::FLIGHT_NO, Kind::Text),
    maybe("origin", Kind::Text),
    maybe("destination", Kind::Text),
    maybe("departTime", Kind::Text),
    maybe("arriveTime", Kind::Text),
    maybe("departTimeUTC", Kind::Text),
    maybe("arriveTimeUTC", Kind::Text),
    maybe(wire::PIECES, Kind::Code),
    maybe(wire::WEIGHT, Kind::Code),
];

const DETAIL: &[Known] = &[
    always(wire::STATUS, Kind::Text),
    maybe(cargo::EVENT_DETAILS, Kind::Text),
    maybe(cargo::EVENT_TIME, Kind::Text),
    maybe(cargo::EVENT_TIME_UTC, Kind::Text),
    maybe(cargo::LOCATION_NAME, Kind::Text),
    maybe(wire::AIRPORT_CODE, Kind::Text),
    maybe(wire::FLIGHT_NO, Kind::Text),
    maybe(wire::PIECES, Kind::Code),
    maybe(wire::WEIGHT, Kind::Code),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::compare;

    #[test]
    fn the_references_example_holds_no_surprise() {
        assert_eq!(compare(RECORD, include_bytes!("../fixtures/air.json")), []);
    }
}
