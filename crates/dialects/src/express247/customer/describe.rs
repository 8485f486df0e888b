//! The customer API's calls, as OpenAPI. Requests are told in words: they are read with more tolerance
//! than a schema says.

use super::errors::rows;
use super::wire;
use crate::express247::wire::CustomerFailure;
use std::fmt::Write;
use utoipa::OpenApi;

macro_rules! calls {
    ($($call:ident $path:literal $answer:ty, $told:literal, $body:literal;)*) => {
        $(
            #[doc = $told]
            #[utoipa::path(
                post,
                path = $path,
                tag = "247Express",
                description = $body,
                params(
                    ("ClientID" = i64, Header, description = "From the login"),
                    ("Token" = String, Header, description = "From the login")
                ),
                request_body = serde_json::Value,
                responses(
                    (status = 200, description = "Done; or an error in `ErrorCode`, see the schema", body = $answer),
                    (status = 503, description = "Busy: try again after `Retry-After` seconds", body = CustomerFailure)
                )
            )]
            #[expect(dead_code, reason = "`serve` answers; this describes it")]
            fn $call() {}
        )*

        /// The calls.
        #[derive(OpenApi)]
        #[openapi(
            paths($($call),*),
            components(schemas(
                wire::OrderAnswer,
                wire::OrderInfo,
                wire::Charge,
                wire::PriceAnswer,
                wire::PricedService,
                wire::ServiceTypesAnswer,
                wire::ServiceType,
                wire::ServicesAnswer,
                wire::ExtraService,
                wire::HubInfo,
                wire::HubAnswer,
                wire::HubsAnswer,
                wire::ImagesAnswer,
                wire::Done,
                wire::Envelope
            ))
        )]
        pub struct Described;
    };
}

calls! {
    create "/Api/Customer/CustomerAPICreateOrder" wire::OrderAnswer, "Creates an order.",
        "`{\"OrderInfo\": {…}}` with `ClientHubID` or `CusWareHouseID`, `ReceiverAddress`, `ReceiverProvinceName`, `ReceiverDistrictName` (null in an address of two levels), `ReceiverWardName`, `ReceiverName`, `ReceiverPhone`, `RealWeight` (kg), `Length`, `Width`, `Height` (cm), `Quantity`, `Packages`, `Note`, `ServiceTypeID`, `MailerType`, `CODAmount`, `COPAmt`, `ExternalCode`, `ReferenceCode`, `SpecialInstructionId`, `InformFee`, `ExtraServices`, `Items`.";
    update "/api/Customer/CustomerAPIUpdateOrder" wire::OrderAnswer, "Changes an order that was not picked up.",
        "`{\"OrderInfo\": {\"OrderCode\": …}}` with the members of an order; those that are left out stay as they are.";
    cancel "/Api/Customer/CancelOrder" wire::Done, "Cancels an order that was not picked up.",
        "`{\"OrderCode\": …}`.";
    price "/Api/Customer/GetPriceForCustomerAPI" wire::PriceAnswer, "Says what carrying would cost.",
        "`ServiceTypeID`, `ClientHubID` or `FromProvinceName`, `ToProvinceName`, `ToDistrictName`, `ToWardName`, `RealWeight`, `Length`, `Width`, `Height`, `ExtraServices`.";
    service_types "/Api/Customer/GetServiceTypes" wire::ServiceTypesAnswer, "The account's main services.", "`{}`.";
    services "/api/Customer/Services" wire::ServicesAnswer, "The account's value-added services.", "`{}`.";
    master_data_services "/api/MasterData/Services" wire::ServicesAnswer, "The same at its other address.", "`{}`.";
    hubs "/Api/Customer/CustomerGetClientHubs" wire::HubsAnswer, "The account's hubs.",
        "`{\"GetFullAddress\": false}`: true tells of those too that are not approved.";
    insert_hub "/Api/Customer/CustomerInsertClientHub" wire::HubAnswer, "Makes a hub, which waits for approval.",
        "`{\"HubInfo\": {…}}` with `Address`, `ContactName`, `ContactPhone`, `ProvinceName`, `DistrictName` (null in an address of two levels), `WardName`, `CusWarehouseID`, `CusWarehouseName`.";
    update_hub "/api/Customer/CustomerUpdateClientHub" wire::HubAnswer, "Changes a hub.",
        "`{\"HubInfo\": {\"ClientHubID\": …}}` with the members of a hub; those that are left out stay as they are.";
    images "/Api/Customer/GetOrderImages" wire::ImagesAnswer, "Pictures of a delivered order.",
        "`{\"OrderCode\": …}`.";
    feedback "/api/Customer/CustomerConfirmDelivery" wire::Done, "Says what becomes of an order that waits for handling.",
        "`OrderCode`, `ConfirmID` (1 deliver again, 2 return, 3 return to another address, 4 forward to another address, 5 destroy), `Notes`, `DeliveryInfo` with `ReceiverName`, `ReceiverAddress`, `ReceiverPhone`, `DeliveryTime`.";
}

impl Described {
    /// The calls, with the table of numbers at the envelope.
    pub fn document() -> utoipa::openapi::OpenApi {
        let mut document = Self::openapi();
        let mut told = String::from("Numbers of `ErrorCode`:");
        for row in rows() {
            let _ = write!(
                told,
                "\n\n`{}` {}",
                row.code,
                if row.text.is_empty() {
                    "Success."
                } else {
                    &row.text
                }
            );
        }
        let schemas = document.components.as_mut().map(|it| &mut it.schemas);
        if let Some(utoipa::openapi::RefOr::T(utoipa::openapi::Schema::Object(envelope))) =
            schemas.and_then(|schemas| schemas.get_mut("Envelope"))
        {
            envelope.description = Some(told);
        }
        document
    }
}
