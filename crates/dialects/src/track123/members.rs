//! The members that Track123 is known to send with a tracking, for telling when it sends others. An
//! answer to a query has the documented ones; a webhook some of them (track123.md §§5.4, 8.3).

use super::wire;
use crate::shape::{Kind, Known, always, maybe};

/// A tracking in an answer to a query.
pub const TRACKING: &[Known] = &tracking(true);
/// A tracking in a webhook.
pub const TOLD: &[Known] = &tracking(false);

const fn tracking(answered: bool) -> [Known; 29] {
    const fn documented(answered: bool, name: &'static str, kind: Kind) -> Known {
        if answered {
            always(name, kind)
        } else {
            maybe(name, kind)
        }
    }
    [
        documented(answered, wire::ID, Kind::Code),
        always(wire::TRACK_NO, Kind::Text),
        documented(answered, wire::CREATE_TIME, Kind::Text),
        documented(answered, wire::NEXT_UPDATE_TIME, Kind::Text),
        documented(answered, wire::ORDER_NO, Kind::Text),
        documented(answered, wire::CUSTOMER_EMAIL, Kind::Text),
        documented(answered, wire::SHIP_FROM, Kind::Text),
        documented(answered, wire::SHIP_TO, Kind::Text),
        documented(answered, wire::TRACKING_STATUS, Kind::Text),
        documented(answered, wire::TRANSIT_STATUS, Kind::Text),
        documented(answered, wire::TRANSIT_SUB_STATUS, Kind::Text),
        documented(answered, wire::SHIP_TIME, Kind::Text),
        documented(answered, wire::LAST_TRACKING_TIME, Kind::Text),
        documented(answered, wire::LOCAL, Kind::Object(LOCAL)),
        maybe(wire::ORDER_TIME, Kind::Text),
        maybe(wire::RECEIPT_TIME, Kind::Text),
        maybe(wire::DELIVERED_TIME, Kind::Text),
        maybe(wire::TRANSIT_DAYS, Kind::Number),
        maybe(wire::STAY_DAYS, Kind::Number),
        maybe(wire::DELIVERED_DAYS, Kind::Number),
        maybe(wire::RECEIPT_DAYS, Kind::Number),
        maybe(wire::EXPECTED_DELIVERY, Kind::Text),
        maybe(wire::SHIPMENT_TYPE, Kind::Text),
        maybe(wire::REMARK, Kind::Text),
        maybe(wire::CUSTOM_1, Kind::Text),
        maybe(wire::CUSTOM_2, Kind::Text),
        maybe(wire::EXCEPTION, Kind::Text),
        maybe(wire::LAST_MILE, Kind::Object(LAST_MILE)),
        maybe(wire::EXTRA_INFO, Kind::Any),
    ]
}

const LOCAL: &[Known] = &[
    maybe(wire::COURIER_CODE, Kind::Text),
    maybe(wire::NAME_CN, Kind::Text),
    maybe(wire::NAME_EN, Kind::Text),
    maybe(wire::HOME_PAGE, Kind::Text),
    maybe(wire::TRACKING_LINK, Kind::Text),
    maybe(wire::DETAILS, Kind::List(DETAIL)),
];

const LAST_MILE: &[Known] = &[
    maybe(wire::LM_TRACK_NO, Kind::Text),
    maybe(wire::WAY_BILL, Kind::Object(LOCAL)),
];

const DETAIL: &[Known] = &[
    always(wire::ADDRESS, Kind::Text),
    always(wire::EVENT_TIME, Kind::Text),
    maybe(wire::TIMEZONE, Kind::Text),
    maybe(wire::EVENT_TIME_UTC, Kind::Text),
    always(wire::EVENT_DETAIL, Kind::Text),
    maybe(wire::TRANSIT_SUB_STATUS, Kind::Text),
    maybe(wire::EVENT_TRANSLATION, Kind::Text),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::compare;

    #[test]
    fn the_references_examples_hold_no_surprise() {
        assert_eq!(
            compare(TRACKING, include_bytes!("fixtures/tracking.json")),
            []
        );
        assert_eq!(compare(TOLD, include_bytes!("fixtures/told.json")), []);
    }
}
