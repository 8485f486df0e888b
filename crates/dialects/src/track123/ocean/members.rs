//! The members that Track123 is known to send with an ocean record, for telling when it sends others
//! (track123.md §6.3).

use super::super::cargo::wire as cargo;
use super::wire;
use crate::shape::{Kind, Known, always, maybe};

/// A record, of a query's answer or a webhook.
pub const RECORD: &[Known] = &[
    always(cargo::ORDER_NO, Kind::Code),
    always(cargo::TRACKING_NO, Kind::Text),
    always(wire::TYPE, Kind::Code),
    always(wire::SEARCH_STATUS, Kind::Text),
    always(cargo::CREATE_TIME, Kind::Text),
    maybe(cargo::CUSTOMER_EMAIL, Kind::Text),
    always(cargo::CARRIER_INFO, Kind::Object(CARRIER)),
    always(wire::CONTAINER_INFO, Kind::List(CONTAINER)),
];

/// A carrier of ocean or air.
pub const CARRIER: &[Known] = &[
    always(cargo::CARRIER_CODE, Kind::Text),
    maybe("carrierNameCN", Kind::Text),
    maybe("carrierNameEN", Kind::Text),
    maybe("carrierHomePage", Kind::Text),
];

const CONTAINER: &[Known] = &[
    always(wire::CONTAINER_NO, Kind::Text),
    maybe("containerSize", Kind::Code),
    maybe("containerType", Kind::Text),
    maybe("containerDetails", Kind::Text),
    always(wire::TRANSIT_STATUS, Kind::Text),
    maybe("transitSubStatus", Kind::Text),
    maybe(wire::VESSEL_NAME, Kind::Text),
    maybe(wire::VOYAGE, Kind::Text),
    maybe(cargo::LAST_TRACKING_TIME, Kind::Text),
    maybe(wire::CURRENT_STATUS, Kind::Object(CURRENT)),
    always(cargo::TRACKING_DETAILS, Kind::List(DETAIL)),
];

const CURRENT: &[Known] = &[
    always(cargo::EVENT_DETAILS, Kind::Text),
    always(cargo::EVENT_TIME, Kind::Text),
    maybe(cargo::EVENT_TIME_UTC, Kind::Text),
    maybe(cargo::LOCATION_NAME, Kind::Text),
    maybe(wire::LOCATION_TYPE, Kind::Text),
];

const DETAIL: &[Known] = &[
    always(cargo::EVENT_DETAILS, Kind::Text),
    always(wire::EVENT_STATUS, Kind::Text),
    always(cargo::EVENT_TIME, Kind::Text),
    maybe(cargo::EVENT_TIME_UTC, Kind::Text),
    maybe(cargo::LOCATION_NAME, Kind::Text),
    maybe(wire::LOCATION_TYPE, Kind::Text),
    maybe(wire::TRANSIT_STATUS, Kind::Text),
    maybe("transitSubStatus", Kind::Text),
    maybe(wire::VESSEL_NAME, Kind::Text),
    maybe(wire::VOYAGE, Kind::Text),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::compare;

    #[test]
    fn the_references_example_holds_no_surprise() {
        assert_eq!(
            compare(RECORD, include_bytes!("../fixtures/ocean.json")),
            []
        );
    }
}
