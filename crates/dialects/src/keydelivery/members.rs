//! The members that KeyDelivery is known to send with a real-time answer and with a push, for telling
//! when it sends others. A success says all of them; the texts of an item come as null as well.

use super::wire;
use crate::shape::{Kind, Known, always, maybe};

/// A successful answer.
pub const ANSWER: &[Known] = &[
    always(wire::CODE, Kind::Code),
    always(wire::MESSAGE, Kind::Text),
    always(wire::DATA, Kind::Object(DATA)),
];

const DATA: &[Known] = &[
    always(wire::CARRIER_ID, Kind::Text),
    always(wire::TRACKING_NUMBER, Kind::Text),
    maybe(wire::STATUS_CODE, Kind::Code),
    maybe(wire::STATUS_DESCRIPTION, Kind::Text),
    always(wire::ITEMS, Kind::List(ITEM)),
];

/// A push: no envelope, and only what §8 calls required is always there.
pub const PUSH: &[Known] = &[
    always(wire::EVENT, Kind::Text),
    always(wire::MESSAGE, Kind::Text),
    always(wire::CARRIER_ID, Kind::Text),
    always(wire::TRACKING_NUMBER, Kind::Text),
    always(wire::SIGNER, Kind::Code),
    maybe(wire::STATUS_CODE, Kind::Code),
    maybe(wire::ITEMS, Kind::List(ITEM)),
];

/// Only context and time are in every revision.
const ITEM: &[Known] = &[
    always(wire::CONTEXT, Kind::Text),
    always(wire::TIME, Kind::Text),
    maybe(wire::STATUS_CODE, Kind::Code),
    maybe(wire::STATUS_DESCRIPTION, Kind::Text),
    maybe(wire::LOCATION, Kind::Text),
    maybe(wire::AREA_NAME, Kind::Text),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shape::compare;

    #[test]
    fn the_references_examples_hold_no_surprise() {
        let fixture = include_bytes!("fixtures/delivered.json");
        assert_eq!(compare(ANSWER, fixture), []);
        let push = include_bytes!("fixtures/push-delivered.json");
        assert_eq!(compare(PUSH, push), []);
    }
}
