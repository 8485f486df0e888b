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

/// A number to be registered.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct CreateRequest {
    carrier_id: String,
    tracking_number: String,
    phone: Option<String>,
    ship_from: Option<String>,
    ship_to: Option<String>,
    /// 1: pushed items with status and place. 0, or left out: `context` and `time` alone. A string is
    /// taken as well.
    area_show: Option<u8>,
    /// Where pushes go: an http or https address. Put something into it that nobody can guess, since
    /// pushes are not signed.
    webhook_url: String,
}

/// What a registration and a push are answered with.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct Outcome {
    /// 200, or why not. It is no HTTP status.
    code: u32,
    message: String,
}

/// A number whose carrier is asked for.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct DetectRequest {
    tracking_number: String,
}

/// Where `code` is not 200, there is no `data`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct DetectAnswer {
    code: u32,
    message: String,
    /// The most likely first.
    data: Option<Vec<Detected>>,
}

/// A carrier that a number may be of.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct Detected {
    carrier_id: String,
    carrier_name: String,
}

/// A parcel's whole history, pushed.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct Push {
    /// `tracking`, or `expired` where nothing was found for 3 days or nothing new for 60.
    event: String,
    message: String,
    carrier_id: String,
    tracking_number: String,
    /// 1 where the parcel was received.
    signer: u8,
    order_status_code: Option<u32>,
    items: Option<Vec<PushItem>>,
}

/// A happening. The last four members are there only with `area_show` 1.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it is a shape")]
struct PushItem {
    context: String,
    time: String,
    /// A string, where the answer of the look-up has a number.
    #[schema(required = false)]
    order_status_code: Option<String>,
    #[schema(required = false)]
    order_status_description: Option<String>,
    #[schema(required = false)]
    location: Option<String>,
    #[schema(required = false)]
    area_name: Option<String>,
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

/// Register a number: it is asked about from then on, and what becomes of it is pushed.
#[utoipa::path(
    post,
    path = "/api/v1/tracking/create",
    tag = "KeyDelivery",
    security(("API-Key" = [], "signature" = [])),
    request_body = CreateRequest,
    responses(
        (status = 200, description = "Whether the number is registered", body = Outcome),
        (status = 413, description = "The body is too large: code 106", body = Outcome),
        (status = 503, description = "The server is busy: code 500, see Retry-After", body = Outcome),
    )
)]
#[expect(dead_code, reason = "`serve` answers; this describes it")]
fn create() {}

/// Ask which carriers a number may be of.
#[utoipa::path(
    post,
    path = "/api/v1/carriers/detect",
    tag = "KeyDelivery",
    security(("API-Key" = [], "signature" = [])),
    request_body = DetectRequest,
    responses(
        (status = 200, description = "Possible carriers, or a code without `data`", body = DetectAnswer),
        (status = 413, description = "The body is too large: code 106", body = DetectAnswer),
        (status = 503, description = "The server is busy: code 500, see Retry-After", body = DetectAnswer),
    )
)]
#[expect(dead_code, reason = "`serve` answers; this describes it")]
fn detect() {}

/// Takes a push in, at the address that a connection has for itself: its token proves the sender. It is
/// acknowledged once it is committed.
#[utoipa::path(
    post,
    path = "/in/{token}/keydelivery",
    tag = "KeyDelivery",
    params(("token" = String, Path, description = "The connection's own")),
    request_body = Push,
    responses(
        (status = 200, description = "Code 200: the push was committed; 404: it is nobody's address", body = Outcome),
        (status = 413, description = "The body is too large: code 106", body = Outcome),
        (status = 503, description = "The server is busy: code 500, see Retry-After", body = Outcome),
    )
)]
#[expect(dead_code, reason = "`hook::receive` answers; this describes it")]
fn receive() {}

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

/// The codes that one call alone may answer.
const OWN: [(&str, &[Code]); 3] = [
    (wire::REALTIME, &[Code::CarrierInvalid, Code::NoResult]),
    (wire::CREATE, &[Code::CarrierInvalid, Code::Exists]),
    (wire::DETECT, &[Code::NoCarrier]),
];

/// The codes that a call may answer, out of the vendor's table.
struct Codes;

impl Modify for Codes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        for (path, own) in OWN {
            let item = document.paths.paths.get_mut(path);
            let Some(call) = item.and_then(|item| item.post.as_mut()) else {
                continue;
            };
            let is_anothers = |code: &Code| OWN.iter().any(|(_, codes)| codes.contains(code));
            let is_answered = |number| {
                Code::of(number).is_none_or(|code| own.contains(&code) || !is_anothers(&code))
            };
            let mut told = String::from("Codes and their messages:");
            for row in ROWS.iter().filter(|row| is_answered(row.number)) {
                let _ = write!(told, "\n\n`{}`: {}", row.number, row.message);
            }
            call.description = Some(told);
        }
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "KeyDelivery",
        version = "1",
        description = "KeyDelivery's API, served by Trackway at the paths of the original.\n\nEvery answer is HTTP 200 with a code in its body; only what never reached a look-up has another status. Clients decide by `code`."
    ),
    paths(realtime, create, detect, receive),
    components(schemas(
        RealtimeRequest,
        RealtimeAnswer,
        Realtime,
        Item,
        CreateRequest,
        Outcome,
        DetectRequest,
        DetectAnswer,
        Detected,
        Push,
        PushItem
    )),
    modifiers(&Proofs, &Codes),
    tags((name = "KeyDelivery", description = "Look-ups one at a time, registrations with pushes, and carrier detection"))
)]
struct Document;

/// The document of the calls served here.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members of an item, as answers and pushes have them.
    const ITEM: &[&str] = &[
        wire::CONTEXT,
        wire::TIME,
        wire::STATUS_CODE,
        wire::STATUS_DESCRIPTION,
        wire::LOCATION,
        wire::AREA_NAME,
    ];

    #[test]
    fn shapes_have_the_members_that_are_written_and_read() {
        let document = serde_json::to_value(openapi()).unwrap();
        let [phone, from, to] = wire::HINTS;
        let (carrier, number) = (wire::CARRIER_ID, wire::TRACKING_NUMBER);
        let (area, url) = (wire::AREA_SHOW, wire::WEBHOOK_URL);
        let rows: [(&str, &[&str]); 11] = [
            (
                "RealtimeRequest",
                &[carrier, number, area, wire::ORDER, phone, from, to],
            ),
            ("RealtimeAnswer", &[wire::CODE, wire::MESSAGE, wire::DATA]),
            (
                "Realtime",
                &[carrier, number, wire::STATUS_CODE, wire::ITEMS],
            ),
            ("Item", ITEM),
            (
                "CreateRequest",
                &[carrier, number, area, url, phone, from, to],
            ),
            ("Outcome", &[wire::CODE, wire::MESSAGE]),
            ("DetectRequest", &[number]),
            ("DetectAnswer", &[wire::CODE, wire::MESSAGE, wire::DATA]),
            ("Detected", &[carrier, wire::CARRIER_NAME]),
            (
                "Push",
                &[
                    wire::EVENT,
                    wire::MESSAGE,
                    carrier,
                    number,
                    wire::SIGNER,
                    wire::STATUS_CODE,
                    wire::ITEMS,
                ],
            ),
            ("PushItem", ITEM),
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
    }

    #[test]
    fn every_call_tells_the_codes_that_it_may_answer() {
        let document = serde_json::to_value(openapi()).unwrap();
        for (path, own, others) in [
            (wire::REALTIME, "`60101`: No result found", ["406", "60201"]),
            (
                wire::CREATE,
                "`60201`: Tracking already exists.",
                ["406", "60101"],
            ),
            (
                wire::DETECT,
                "`406`: Cannot detect the carrier",
                ["405", "60101"],
            ),
        ] {
            let call = &document["paths"][path]["post"];
            let told = call["description"].as_str().unwrap();
            assert!(told.contains(own) && told.contains("`200`: OK"), "{told}");
            for other in others {
                assert!(!told.contains(&format!("`{other}`")), "{path}: {told}");
            }
        }
    }
}
