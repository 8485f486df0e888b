//! The calls of ocean and air, as OpenAPI. Bodies are read by hand; the types here say their shape, and
//! answers' records are the ones that are written.

use super::super::{air, ocean};
use super::wire::CarrierInfo;
use utoipa::{OpenApi, ToSchema};

/// A number to be registered.
#[derive(ToSchema)]
#[schema(as = Track123OceanItem, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct OceanItem {
    tracking_no: String,
    /// 1 booking, 2 bill of lading, 3 container.
    r#type: u8,
    carrier_code: String,
    customer_email: Option<String>,
}

/// A registered number: `orderNo` was answered when it was registered.
#[derive(ToSchema)]
#[schema(as = Track123OceanNumber, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct OceanNumber {
    order_no: String,
    tracking_no: String,
    r#type: u8,
}

/// Another line for registered numbers: for all of them, or for none.
#[derive(ToSchema)]
#[schema(as = Track123OceanChange, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct OceanChange {
    carrier_code: String,
    details: Vec<OceanNumber>,
}

/// An air waybill to be registered.
#[derive(ToSchema)]
#[schema(as = Track123AirItem, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct AirItem {
    /// `NNN-NNNNNNNN`, or eleven digits.
    tracking_no: String,
    /// Found by the number's prefix where it is left out.
    carrier_code: Option<String>,
    customer_email: Option<String>,
}

/// A registered waybill.
#[derive(ToSchema)]
#[schema(as = Track123AirNumber, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct AirNumber {
    tracking_no: String,
    carrier_code: Option<String>,
    order_no: Option<String>,
}

/// Another airline for registered waybills: for all of them, or for none.
#[derive(ToSchema)]
#[schema(as = Track123AirChange, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct AirChange {
    carrier_code: String,
    details: Vec<AirNumber>,
}

/// Writes a call's row of the document.
macro_rules! calls {
    ($($name:ident: $tag:literal $method:ident $path:literal, $body:ty => $data:ty, $summary:literal;)*) => {
        $(
            #[utoipa::path(
                $method,
                path = $path,
                tag = $tag,
                summary = $summary,
                request_body = $body,
                responses((status = 200, description = "`data` of the envelope", body = $data)),
                security(("Track123-Api-Secret" = []))
            )]
            #[expect(dead_code, reason = "it is a description")]
            fn $name() {}
        )*
    };
}

calls! {
    ocean_carriers: "ocean" get "/gateway/open-api/tk/v2.1/ocean/carrier/list", () => Vec<CarrierInfo>,
        "Every shipping line";
    ocean_import: "ocean" post "/gateway/open-api/tk/v2.1/ocean/track/import", Vec<OceanItem> => serde_json::Value,
        "Registers up to 100 bookings, bills of lading or containers";
    ocean_query: "ocean" post "/gateway/open-api/tk/v2.1/ocean/track/query", Vec<OceanNumber> => Vec<ocean::wire::Record<'static>>,
        "Records of up to 100 registered numbers";
    ocean_change: "ocean" post "/gateway/open-api/tk/v2.1/ocean/track/update-carrier", OceanChange => bool,
        "Gives numbers another line";
    ocean_refresh: "ocean" post "/gateway/open-api/tk/v2.1/ocean/track/refresh", OceanNumber => serde_json::Value,
        "Has a number looked at again, once in 6 hours";
    ocean_delete: "ocean" post "/gateway/open-api/tk/v2.1/ocean/track/delete", Vec<OceanNumber> => bool,
        "Ends registrations: all of them, or none";
    air_carriers: "air" get "/gateway/open-api/tk/v2.1/aviation/carrier/list", () => Vec<CarrierInfo>,
        "Every airline, with the prefix of its waybills";
    air_import: "air" post "/gateway/open-api/tk/v2.1/aviation/track/import", Vec<AirItem> => serde_json::Value,
        "Registers up to 100 air waybills";
    air_query: "air" post "/gateway/open-api/tk/v2.1/aviation/track/query", Vec<AirNumber> => Vec<air::wire::Record<'static>>,
        "Records of up to 100 registered waybills";
    air_change: "air" post "/gateway/open-api/tk/v2.1/aviation/track/update-carrier", AirChange => bool,
        "Gives waybills another airline";
    air_refresh: "air" post "/gateway/open-api/tk/v2.1/aviation/track/refresh", AirNumber => serde_json::Value,
        "Has a waybill looked at again, once in 6 hours";
    air_delete: "air" post "/gateway/open-api/tk/v2.1/aviation/track/delete", Vec<AirNumber> => bool,
        "Ends registrations: all of them, or none";
}

#[derive(OpenApi)]
#[openapi(
    tags(
        (name = "ocean", description = "Bookings, bills of lading and containers"),
        (name = "air", description = "Air waybills")
    ),
    paths(
    ocean_carriers,
    ocean_import,
    ocean_query,
    ocean_change,
    ocean_refresh,
    ocean_delete,
    air_carriers,
    air_import,
    air_query,
    air_change,
    air_refresh,
    air_delete
))]
struct Document;

/// The part of Track123's document that is about cargo.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[cfg(test)]
mod tests {
    use super::super::super::wire as track123;
    use super::super::serve::CALLS;
    use super::*;

    #[test]
    fn every_call_is_described_where_it_stands() {
        let document = serde_json::to_value(openapi()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        for known in &CALLS {
            let path = format!("{}{}/{}", track123::ROOT, track123::CALLED, known.call.path);
            // What one old client calls the list of lines stands for itself.
            let is_old = known.call.path == "ocean/courier/list";
            assert!(paths.contains_key(&path) || is_old, "{path}");
        }
        assert_eq!(paths.len() + 1, CALLS.len());
    }
}
