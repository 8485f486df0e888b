//! The members that 247Express is known to send (§4.2, §6), for telling when it sends others. What
//! the reference shows only in an example may be left out; anything else is there, be it as null.

use crate::shape::{Kind, Known, always, maybe};

/// A tracking answer.
pub const TRACKING: &[Known] = &[
    always("errorMessage", Kind::Text),
    always("errorCode", Kind::Text),
    always("orderCode", Kind::Text),
    maybe("externalCode", Kind::Text),
    always("acceptDate", Kind::Text),
    always("status", Kind::Code),
    always("statusName", Kind::Text),
    maybe("trackingName", Kind::Text),
    always("delayCode", Kind::Code),
    always("delayNote", Kind::Text),
    always("deliveryNotes", Kind::Text),
    always("deliveryDate", Kind::Text),
    maybe("poDeliveryID", Kind::Code),
    maybe("mailMan", Kind::Text),
    always("receiverName", Kind::Text),
    maybe("serviceTypeID", Kind::Text),
    always("mailerTypeID", Kind::Text),
    maybe("extraServiceName", Kind::Text),
    always("length", Kind::Number),
    always("width", Kind::Number),
    always("height", Kind::Number),
    always("realWeight", Kind::Number),
    always("calWeight", Kind::Number),
    always("weight", Kind::Number),
    always("quantity", Kind::Number),
    always("price", Kind::Number),
    always("priceFR", Kind::Number),
    always("farRegionFeeAmount", Kind::Number),
    always("fuelFeeAmount", Kind::Number),
    always("vatAmount", Kind::Number),
    always("totalServiceCost", Kind::Number),
    maybe("edtFrom", Kind::Text),
    maybe("edtTo", Kind::Text),
    maybe("postOfficeAcceptID", Kind::Code),
    maybe("codAmount", Kind::Number),
    always("priceInfo", Kind::List(PRICE)),
    always("statuses", Kind::List(STATUS)),
    always("trackings", Kind::List(SCAN)),
    always("estimateRoutes", Kind::Any),
    always("confirmImage", Kind::Texts),
];

/// A line of `priceInfo`.
const PRICE: &[Known] = &[
    always("serviceName", Kind::Text),
    always("serviceID", Kind::Code),
    always("cost", Kind::Number),
];

/// An element of `statuses`.
const STATUS: &[Known] = &[
    always("time", Kind::Text),
    always("status", Kind::Code),
    always("statusName", Kind::Text),
    always("trackingName", Kind::Text),
    maybe("provinceName", Kind::Text),
    maybe("postOfficeName", Kind::Text),
];

/// An element of `trackings`.
const SCAN: &[Known] = &[
    always("statusID", Kind::Code),
    always("postOfficeID", Kind::Code),
    always("provinceID", Kind::Code),
    always("provinceName", Kind::Text),
    always("dateChange", Kind::Text),
    always("postOfficeName", Kind::Text),
    always("statusName", Kind::Text),
    always("notes", Kind::Text),
];

/// The webhook, without its credential. Older revisions leave some out, and have the status as a
/// number.
pub const UPDATE: &[Known] = &[
    always("OrderCode", Kind::Text),
    maybe("ExternalCode", Kind::Text),
    maybe("ReferenceCode", Kind::Text),
    always("Status", Kind::Code),
    always("StatusName", Kind::Text),
    maybe("Description", Kind::Text),
    maybe("RequestFeedbackCount", Kind::Number),
    maybe("DelayCode", Kind::Code),
    maybe("DelayNotes", Kind::Text),
    maybe("DeliveryNotes", Kind::Text),
    maybe("Mailman", Kind::Text),
    maybe("DeliveryDate", Kind::Text),
    maybe("ReceiverName", Kind::Text),
    maybe("TransactionId", Kind::Text),
    always("Time", Kind::Text),
];

#[cfg(test)]
mod tests {
    use super::super::wire;
    use super::*;
    use crate::shape::compare;
    use serde_json::Value;
    use std::collections::BTreeSet;
    use utoipa::PartialSchema;

    fn written<T: PartialSchema>() -> BTreeSet<String> {
        let schema: Value = serde_json::to_value(T::schema()).unwrap();
        let members = schema["properties"].as_object().unwrap();
        members.keys().cloned().collect()
    }

    fn known(members: &[Known]) -> BTreeSet<String> {
        members.iter().map(|known| known.name.to_owned()).collect()
    }

    /// What we send as this system and what we know of it are the same members.
    #[test]
    fn the_tables_and_the_wire_types_have_the_same_members() {
        assert_eq!(known(TRACKING), written::<wire::Tracking>());
        assert_eq!(known(PRICE), written::<wire::PriceLine>());
        assert_eq!(known(STATUS), written::<wire::Status>());
        assert_eq!(known(SCAN), written::<wire::Scan>());
        assert_eq!(known(UPDATE), written::<wire::StatusUpdate>());
    }

    fn surprises(fixture: &str) -> Vec<String> {
        let object = crate::raw::Object::of_text(fixture).unwrap();
        let found = compare(UPDATE, object.without("ApiKey").as_bytes());
        found.into_iter().map(|strange| strange.member).collect()
    }

    #[test]
    fn the_references_examples_hold_no_surprise_but_those_made_for_it() {
        let answer = include_bytes!("fixtures/tracking-delivered.json");
        assert_eq!(compare(TRACKING, answer), []);
        let none = surprises(include_str!("fixtures/webhook-delivering.json"));
        assert_eq!(none, [""; 0]);
        // It has two members that nobody documented.
        let two = surprises(include_str!("fixtures/webhook-delayed.json"));
        assert_eq!(two, ["Region", "Cost"]);
    }
}
