//! The calls served here, as OpenAPI. Bodies are made and read by hand, byte for byte; the types here
//! say their shape.

use super::service::Code;
use super::wire;
use std::fmt::Write;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

/// The envelope of every answer.
#[derive(ToSchema)]
#[schema(as = Track123Envelope)]
#[expect(dead_code, reason = "it is a shape")]
struct Envelope {
    /// `00000`, or why not. Never a number.
    code: String,
    msg: String,
    /// What the call answers; null where it failed.
    data: serde_json::Value,
    #[schema(rename = "traceId")]
    trace_id: String,
}

/// A number to be registered.
#[derive(ToSchema)]
#[schema(as = Track123Item, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct Item {
    track_no: String,
    /// Detected where it is left out.
    courier_code: Option<String>,
    order_no: Option<String>,
    /// ISO 3166-1 alpha-2 of the destination.
    country: Option<String>,
    /// `yyyy-MM-dd HH:mm:ss`.
    ship_time: Option<String>,
    customer_email: Option<String>,
    postal_code: Option<String>,
    /// `phoneSuffix`: four digits.
    extend_field_map: Option<serde_json::Value>,
    remark: Option<String>,
    custom1: Option<String>,
    custom2: Option<String>,
}

/// A tracking of a registered number.
#[derive(ToSchema)]
#[schema(as = Track123Pair, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct Pair {
    track_no: String,
    courier_code: String,
}

/// Another courier for a number.
#[derive(ToSchema)]
#[schema(as = Track123Change, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct Change {
    track_no: String,
    courier_code: String,
    new_courier_code: String,
}

/// A number whose courier is asked for.
#[derive(ToSchema)]
#[schema(as = Track123Detection)]
#[expect(dead_code, reason = "it is a shape")]
struct Detection {
    /// `trackNo` and `number` are taken as well.
    tracking_number: String,
}

/// Which trackings are asked for. All of it must hold; without any, every tracking is meant.
#[derive(ToSchema)]
#[schema(as = Track123Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
#[expect(clippy::struct_field_names, reason = "the vendor's names")]
struct Query {
    track_nos: Option<Vec<String>>,
    track_no_infos: Option<Vec<QueriedNumber>>,
    order_nos: Option<Vec<String>>,
    create_time_start: Option<String>,
    create_time_end: Option<String>,
    /// Empty for the first page, then the last answer's.
    cursor: Option<String>,
    /// From 1 to 100.
    query_page_size: Option<u8>,
}

/// A number, of any courier unless one is named.
#[derive(ToSchema)]
#[schema(as = Track123QueriedNumber, rename_all = "camelCase")]
#[expect(dead_code, reason = "it is a shape")]
struct QueriedNumber {
    track_no: String,
    courier_code: Option<String>,
}

/// Writes a call's row of the document.
macro_rules! calls {
    ($($name:ident: $method:ident $path:literal, $body:ty, $summary:literal;)*) => {
        $(
            #[utoipa::path(
                $method,
                path = $path,
                tag = "parcels",
                summary = $summary,
                request_body = $body,
                responses((status = 200, body = Envelope)),
                security(("Track123-Api-Secret" = []))
            )]
            #[expect(dead_code, reason = "it is a description")]
            fn $name() {}
        )*
    };
}

calls! {
    detect: post "/gateway/open-api/tk/v2.1/courier/detection", Detection,
        "Which couriers a number may be of";
    import: post "/gateway/open-api/tk/v2.1/track/import", Vec<Item>,
        "Registers up to 100 numbers";
    query: post "/gateway/open-api/tk/v2.1/track/query", Query,
        "Trackings, newest registration first";
    change: post "/gateway/open-api/tk/v2.1/track/update-courier", Change,
        "Gives a number another courier";
    refresh: post "/gateway/open-api/tk/v2.1/track/refresh", Pair,
        "Has a number looked at again, once in 6 hours";
    refresh_batch: post "/gateway/open-api/tk/v2.1/track/refresh-batch", Vec<Pair>,
        "The same of up to 100 numbers";
    update: post "/gateway/open-api/tk/v2.1/track/update", Item,
        "Edits what was given with a number; a list is taken as well";
    update_batch: post "/gateway/open-api/tk/v2.1/track/update-batch", Vec<Item>,
        "The same of up to 100 numbers";
    delete: post "/gateway/open-api/tk/v2.1/track/delete", Vec<Pair>,
        "Ends registrations; one object is taken as well";
    instant: post "/gateway/open-api/tk/v2.1/track/query-realtime", Item,
        "Asks about a number at once, and keeps nothing";
}

/// Every courier.
#[utoipa::path(
    get,
    path = "/gateway/open-api/tk/v2.1/courier/list",
    tag = "parcels",
    summary = "Every courier",
    responses((status = 200, body = Envelope)),
    security(("Track123-Api-Secret" = []))
)]
#[expect(dead_code, reason = "it is a description")]
fn couriers() {}

#[derive(OpenApi)]
#[openapi(
    info(title = "Track123, as Trackway serves it", version = "v2.1"),
    paths(
        couriers,
        detect,
        import,
        query,
        change,
        refresh,
        refresh_batch,
        update,
        update_batch,
        delete,
        instant
    ),
    tags((name = "parcels", description = "Packages")),
    modifiers(&Key, &Codes)
)]
struct Document;

/// The document of Track123's API as it is served here.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(super::cargo::openapi());
    document
}

struct Key;

impl Modify for Key {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let value = ApiKeyValue::new("Track123-Api-Secret");
        let scheme = SecurityScheme::ApiKey(ApiKey::Header(value));
        components.add_security_scheme("Track123-Api-Secret", scheme);
    }
}

/// The codes that answers have.
struct Codes;

impl Modify for Codes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let mut text = format!(
            "Calls stand under the versions {} alike. Codes:\n\n",
            wire::VERSIONS.join(", ")
        );
        for code in Code::ALL {
            let row = code.row();
            writeln!(text, "- `{}` (HTTP {}): {}", row.code, row.http, row.msg)
                .expect("a String takes what is written");
        }
        text.push_str(
            "\n`msg` is the code's text, to the letter. Where a parameter of the request is wrong, the header \
             `Trackway-Reason` says which one, and how.\n",
        );
        document.info.description = Some(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_described_where_it_stands() {
        let document = serde_json::to_value(openapi()).unwrap();
        for path in [
            wire::COURIERS,
            wire::DETECTION,
            wire::IMPORT,
            wire::QUERY,
            wire::UPDATE_COURIER,
            wire::REFRESH,
            wire::REFRESH_BATCH,
            wire::UPDATE,
            wire::UPDATE_BATCH,
            wire::DELETE,
            wire::QUERY_REALTIME,
        ] {
            let path = format!("{}{}/{path}", wire::ROOT, wire::CALLED);
            assert!(document["paths"][&path].is_object(), "{path}");
        }
        let told = document["info"]["description"].as_str().unwrap();
        assert!(told.contains("`101107`") && told.contains("`A0231`"));
    }

    #[test]
    fn the_members_of_an_item_are_the_ones_that_are_read() {
        let document = serde_json::to_value(openapi()).unwrap();
        let shape = &document["components"]["schemas"]["Track123Item"]["properties"];
        let mut told: Vec<&str> = shape
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let mut read = super::super::own::TEXTS.to_vec();
        read.extend([wire::TRACK_NO, wire::COURIER_CODE, wire::EXTEND_FIELD_MAP]);
        told.sort_unstable();
        read.sort_unstable();
        assert_eq!(told, read);
    }
}
