//! The calls served here, as OpenAPI. Bodies are made and read by hand, byte for byte; the types here
//! say their shape, and a test holds their members to the names that are written and read.

use super::response::{Code, ROWS};
use super::wire;
use std::fmt::Write;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

/// What the real-time look-up is asked.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct RealtimeRequest {
    /// The carrier's code here, such as `dhl`. It is echoed as sent.
    carrier_id: String,
    /// It is echoed as sent.
    tracking_number: String,
    /// The sender's or the recipient's number.
    phone: Option<String>,
    /// The sender's city.
    ship_from: Option<String>,
    /// The recipient's city.
    ship_to: Option<String>,
    /// 1: items with status and place. 0, or left out: `context` and `time` alone. A string is taken
    /// as well.
    area_show: Option<u8>,
    /// `desc`, the newest first, or `asc`.
    order: Option<String>,
}

/// An answer. Where `code` is not 200, there is no `data`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct RealtimeAnswer {
    /// 200, or why there is no `data`. It is no HTTP status.
    code: u32,
    message: String,
    data: Option<Realtime>,
}

/// A parcel's history.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct Realtime {
    carrier_id: String,
    tracking_number: String,
    /// The parcel's latest status.
    order_status_code: u32,
    items: Vec<Item>,
}

/// A happening. The last four members are there only with `area_show` 1.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct Item {
    /// In the carrier's language.
    context: String,
    /// `YYYY-MM-DD HH:MM:SS`, local to the event and without a zone.
    time: String,
    #[schema(required = false)]
    order_status_code: Option<u32>,
    #[schema(required = false)]
    order_status_description: Option<String>,
    #[schema(required = false)]
    location: Option<String>,
    #[schema(required = false)]
    area_name: Option<String>,
}

/// Look a parcel up.
#[utoipa::path(
    post,
    path = "/api/v1/tracking/realtime",
    tag = "KeyDelivery",
    security(("API-Key" = [], "signature" = [])),
    request_body = RealtimeRequest,
    responses(
        (status = 200, description = "The parcel's history, or a code without `data`", body = RealtimeAnswer),
        (status = 413, description = "The body is too large: code 106", body = RealtimeAnswer),
        (status = 503, description = "The server is busy: code 500, see Retry-After", body = RealtimeAnswer),
    )
)]
#[expect(dead_code, reason = "`serve` answers; this describes it")]
fn realtime() {}

/// How a request proves itself.
struct Proofs;

impl Modify for Proofs {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let header = |name: &str, about: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, about)))
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("API-Key", header("API-Key", "The account's key"));
        let rule =
            "`UPPER(HEX(MD5(body + API-Key + Secret)))` over the body's bytes as they are sent";
        components.add_security_scheme("signature", header("signature", rule));
    }
}

/// The codes that a look-up may answer, out of the vendor's table.
struct Codes;

impl Modify for Codes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let item = document.paths.paths.get_mut(wire::REALTIME);
        let Some(call) = item.and_then(|item| item.post.as_mut()) else {
            return;
        };
        let mut told = String::from("Codes and their messages:");
        for row in ROWS.iter().filter(|row| Code::is_answered(row.number)) {
            let _ = write!(told, "\n\n`{}`: {}", row.number, row.message);
        }
        call.description = Some(told);
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "KeyDelivery",
        version = "1",
        description = "KeyDelivery's API, served by Trackway at the paths of the original.\n\nEvery answer is HTTP 200 with a code in its body; only what never reached a look-up has another status. Clients decide by `code`."
    ),
    paths(realtime),
    components(schemas(RealtimeRequest, RealtimeAnswer, Realtime, Item)),
    modifiers(&Proofs, &Codes),
    tags((name = "KeyDelivery", description = "One look-up at a time"))
)]
struct Document;

/// The document of the calls served here.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_have_the_members_that_are_written_and_read() {
        let document = serde_json::to_value(openapi()).unwrap();
        let rows: [(&str, &[&str]); 4] = [
            (
                "RealtimeRequest",
                &[
                    wire::CARRIER_ID,
                    wire::TRACKING_NUMBER,
                    wire::AREA_SHOW,
                    wire::ORDER,
                    wire::HINTS[0],
                    wire::HINTS[1],
                    wire::HINTS[2],
                ],
            ),
            ("RealtimeAnswer", &[wire::CODE, wire::MESSAGE, wire::DATA]),
            (
                "Realtime",
                &[
                    wire::CARRIER_ID,
                    wire::TRACKING_NUMBER,
                    wire::STATUS_CODE,
                    wire::ITEMS,
                ],
            ),
            (
                "Item",
                &[
                    wire::CONTEXT,
                    wire::TIME,
                    wire::STATUS_CODE,
                    wire::STATUS_DESCRIPTION,
                    wire::LOCATION,
                    wire::AREA_NAME,
                ],
            ),
        ];
        for (shape, members) in rows {
            let told = &document["components"]["schemas"][shape]["properties"];
            let mut told: Vec<&str> = told
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let mut members = members.to_vec();
            told.sort_unstable();
            members.sort_unstable();
            assert_eq!(told, members, "{shape}");
        }
        let call = &document["paths"][wire::REALTIME]["post"];
        let told = call["description"].as_str().unwrap();
        assert!(told.contains("`60101`: No result found"), "{told}");
        assert!(!told.contains("60201"), "no call here answers it: {told}");
    }
}
