//! What subscribers are sent, as OpenAPI 3.1 describes it: a message a type, those of shipments of one
//! shape, and those of records.

use super::message::{Body, Data, Test, TestData};
use super::record;
use super::told::{Clock, Parts, Source, Status, Told};
use record::Body as RecordBody;
use utoipa::OpenApi;

/// The messages under their types, and the shapes that they are made of.
pub fn openapi() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(
        paths(
            shipment_updated, registration_no_record, registration_expired, order_created,
            order_updated, fulfilment_created, fulfilment_updated, inbound_created, inbound_updated,
            return_created, return_updated, stock_updated, endpoint_test
        ),
        components(schemas(
            Body, Data, Test, TestData, Status, Clock, Told, Parts, Source, RecordBody,
            record::Data, record::About, record::Stood, record::Brief, record::OrderInBrief,
            record::FulfilmentInBrief, record::ParcelInBrief, record::InboundInBrief,
            record::ReturnInBrief, record::StockInBrief
        )),
        tags((
            name = "webhooks",
            description = "What endpoints of the dialect `native` are sent (Standard Webhooks); `docs/webhooks.md` tells how it is verified"
        ))
    )]
    struct Document;
    let mut document = Document::openapi();
    document.webhooks = Some(std::mem::take(&mut document.paths));
    document
}

macro_rules! messages {
    ($($name:ident: $kind:literal, $body:ident, $summary:literal, $about:literal;)*) => {$(
        #[doc = $summary]
        ///
        #[doc = $about]
        #[utoipa::path(
            post,
            path = $kind,
            tag = "webhooks",
            params(
                ("webhook-id" = String, Header, description = "The same through every retry and replay of this message"),
                ("webhook-timestamp" = i64, Header, description = "Of this attempt: seconds since 1970"),
                ("webhook-signature" = String, Header, description = "`v1,` (HMAC-SHA256) or `v1a,` (ed25519) and Base64; two, with a space between, while a secret is rotated"),
            ),
            request_body = $body,
            responses(
                (status = "2XX", description = "Taken: it is not sent again"),
                (status = 410, description = "Gone for good: the endpoint is paused, and what happens waits in the feed"),
                (status = 429, description = "Too fast: nothing is sent to the endpoint before `Retry-After` is over"),
                (status = "default", description = "Not taken: sent again by the table of retries"),
            )
        )]
        #[expect(dead_code, reason = "it describes what is sent, and answers nothing")]
        fn $name() {}
    )*};
}

messages! {
    shipment_updated: "shipment.updated", Body, "Something was told of a shipment.",
        "`events` are what was told; `before` and the members beside it say what that changed.";
    registration_no_record: "registration.no_record", Body, "Nothing was found of a registered number for as long as its system waits.",
        "In our own API that is seven days. Nothing was told, so `events` is empty. It is asked about on; what is told later is a `shipment.updated`.";
    registration_expired: "registration.expired", Body, "Nothing new was told of a registered number for as long as its system waits.",
        "In our own API that is 60 days. Nothing was told, so `events` is empty and the status is as it was. It is not asked about any more; what its source still tells is a `shipment.updated`.";
    order_created: "order.created", RecordBody, "An order was placed.",
        "Its lines and its receiver stand in `GET /v1/orders/{id}`.";
    order_updated: "order.updated", RecordBody, "Something became of an order.",
        "`before` and `after` are its states: another one, or the same where something else of it changed.";
    fulfilment_created: "fulfilment.created", RecordBody, "A shipment of an order was made.",
        "Its parcels are tracked shipments, of which `shipment.updated` tells.";
    fulfilment_updated: "fulfilment.updated", RecordBody, "A shipment of an order went on.",
        "What its parcels' carriers tell moves it, and with it the order.";
    inbound_created: "inbound.created", RecordBody, "Goods were announced to a warehouse.",
        "What is announced counts as incoming stock.";
    inbound_updated: "inbound.updated", RecordBody, "An announcement went on.",
        "The quantities are over all lines; what was received is stock from its completion on.";
    return_created: "return.created", RecordBody, "A return was asked for.",
        "It is of an order that was shipped.";
    return_updated: "return.updated", RecordBody, "A return went on.",
        "What was received of it stands in `GET /v1/returns/{id}`.";
    stock_updated: "stock.updated", RecordBody, "The stock of an item changed in a warehouse.",
        "`record` is the level as it stands when the message is sent. `cause` is the order, inbound or return on whose account it changed.";
    endpoint_test: "endpoint.test", Test, "A test that somebody asked for.",
        "It has the header `Trackway-Test: 1` and tells of no shipment.";
}
